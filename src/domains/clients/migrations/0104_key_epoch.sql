-- Which epoch wraps a client's key (seal.h): the one that is to be destroyed must have none left.
ALTER TABLE client_key ADD COLUMN epoch @i64@ NOT NULL DEFAULT 1;
CREATE INDEX client_key_epoch ON client_key (practice_id, epoch);
