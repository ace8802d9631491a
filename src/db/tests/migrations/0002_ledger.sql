CREATE TABLE ledger (
    seq  @serial@,
    text TEXT NOT NULL
) @strict@;

CREATE TABLE counter (
    id TEXT  PRIMARY KEY,
    n  @i64@ NOT NULL
) @strict@;
INSERT INTO counter (id, n) VALUES ('a', 0);
-- only: pgsql
CREATE POLICY nobodys ON ledger USING (true);
CREATE POLICY nobodys ON counter USING (true);
-- only: both
