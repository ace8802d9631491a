-- What is to be done after commit waits as a job; a second table for the same went unused.
DROP TABLE outbox;
