CREATE TABLE slot (
    id       TEXT  PRIMARY KEY,
    from_min @i64@ NOT NULL,
    to_min   @i64@ NOT NULL
) @strict@;

-- only: sqlite
CREATE TRIGGER slot_overlap BEFORE INSERT ON slot BEGIN
    SELECT RAISE(ABORT, 'slots overlap') FROM slot
     WHERE from_min < NEW.to_min AND to_min > NEW.from_min;
END;
-- only: pgsql
ALTER TABLE slot ADD CONSTRAINT slot_overlap
    EXCLUDE USING gist (int8range(from_min, to_min) WITH &&);
-- only: both

CREATE INDEX slot_from ON slot (from_min);
-- only: pgsql
CREATE POLICY nobodys ON slot USING (true);
-- only: both
