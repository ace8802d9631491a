-- Copies that were made, of the whole installation: no practice's own.
CREATE TABLE backup (
    id        TEXT  PRIMARY KEY,
    made_ms   @i64@ NOT NULL,
    proven_ms @i64@,            -- restored and looked at
    n_bytes   @i64@ NOT NULL,
    n_rows    @i64@ NOT NULL,
    path      TEXT  NOT NULL,   -- on this machine; nothing of a person
    fault     TEXT              -- the sentence of one that did not work, and has no file
) @strict@;
CREATE INDEX backup_made ON backup (made_ms);
-- only: pgsql
CREATE POLICY nobodys ON backup USING (true);
-- only: both
