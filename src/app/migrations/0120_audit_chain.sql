-- Changes stand in the audit log too: each row is handed to it after its commit, and then names its record there.
ALTER TABLE audit_change ADD COLUMN salt @blob@;         -- with what the log's commitment is opened; NULL: shredded
ALTER TABLE audit_change ADD COLUMN content_hash @blob@; -- of what is stored, sealed, of a signed note or an issued invoice
ALTER TABLE audit_change ADD COLUMN client_id TEXT;      -- whose key seals; NULL: nobody's
ALTER TABLE audit_change ADD COLUMN sealed @blob@;       -- salt and fields of a client's record; NULL: none, or shredded
ALTER TABLE audit_change ADD COLUMN commitment @blob@;   -- what the log says of it
ALTER TABLE audit_change ADD COLUMN log_id @blob@;       -- the log that has it; NULL: none yet
ALTER TABLE audit_change ADD COLUMN log_seq @i64@;       -- its record there
CREATE INDEX audit_change_sealed ON audit_change (practice_id, client_id) WHERE sealed IS NOT NULL;
CREATE INDEX audit_change_unlogged ON audit_change (seq) WHERE log_seq IS NULL;
CREATE INDEX audit_change_logged ON audit_change (log_id, log_seq) WHERE log_seq IS NOT NULL;
-- only: sqlite
CREATE TRIGGER audit_change_fixed BEFORE UPDATE OF seq, practice_id, at_ms, actor_id, record, record_id, action, content_hash,
    client_id, commitment ON audit_change
BEGIN SELECT RAISE(ABORT, 'what was changed is not rewritten'); END;
CREATE TRIGGER audit_change_logged_once BEFORE UPDATE OF log_id, log_seq ON audit_change WHEN OLD.log_seq IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a change has one record'); END;
CREATE TRIGGER audit_change_shredded BEFORE UPDATE OF salt, fields, sealed ON audit_change
    WHEN NEW.salt IS NOT NULL OR NEW.fields IS NOT NULL OR NEW.sealed IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'details go or stay'); END;
CREATE TRIGGER audit_change_kept BEFORE DELETE ON audit_change
BEGIN SELECT RAISE(ABORT, 'what was changed is kept'); END;
-- only: pgsql
CREATE FUNCTION audit_change_fixed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what was changed is not rewritten'; END $$;
CREATE TRIGGER audit_change_fixed BEFORE UPDATE OF practice_id, at_ms, actor_id, record, record_id, action, content_hash,
    client_id, commitment ON audit_change FOR EACH ROW EXECUTE FUNCTION audit_change_fixed();
CREATE TRIGGER audit_change_logged_once BEFORE UPDATE OF log_id, log_seq ON audit_change
    FOR EACH ROW WHEN (OLD.log_seq IS NOT NULL) EXECUTE FUNCTION audit_change_fixed();
CREATE TRIGGER audit_change_shredded BEFORE UPDATE OF salt, fields, sealed ON audit_change
    FOR EACH ROW WHEN (NEW.salt IS NOT NULL OR NEW.fields IS NOT NULL OR NEW.sealed IS NOT NULL) EXECUTE FUNCTION audit_change_fixed();
CREATE TRIGGER audit_change_kept BEFORE DELETE ON audit_change
    FOR EACH ROW EXECUTE FUNCTION audit_change_fixed();
-- only: both

-- How far a log had come, so that one that is cut, replaced or gone is found.
CREATE TABLE audit_anchor (
    log_id @blob@ PRIMARY KEY,
    n      @i64@ NOT NULL, -- records before its last checkpoint
    head   @blob@ NOT NULL, -- hash of the last of them
    at_ms  @i64@ NOT NULL
) @strict@;

-- What the database held when the log's record said so: tables, their shape, and rows that only become more.
CREATE TABLE audit_attest (
    hash  @blob@ PRIMARY KEY, -- to which the log's record commits; the row is there before it
    at_ms @i64@ NOT NULL,
    said  TEXT NOT NULL -- lines
) @strict@;
