-- Something was changed outside of the program. Of the whole installation, so without a practice.
CREATE TABLE incident (
    id         TEXT PRIMARY KEY,
    found_ms   @i64@ NOT NULL,
    findings   TEXT NOT NULL, -- a line each: what, and of which table or how many
    closed_ms  @i64@,
    closed_by  TEXT,
    reason     @blob@,        -- sealed; why work goes on
    practice_id @i64@,        -- whose key seals the reason
    CHECK ((closed_ms IS NULL) = (closed_by IS NULL))
) @strict@;

-- The record of Art. 33 (5): what was done about it and when. Rows are added, never changed.
CREATE TABLE incident_step (
    practice_id     @i64@ NOT NULL,
    id              TEXT  NOT NULL,
    incident_id     TEXT  NOT NULL REFERENCES incident (id),
    step            @i64@ NOT NULL CHECK (step BETWEEN 0 AND 5),
    done_ms         @i64@ NOT NULL, -- when it was done, as told
    actor_id        TEXT  NOT NULL,
    sealed_identity @blob@ NOT NULL, -- who was told, and what
    created_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id)
) @strict@;
CREATE INDEX incident_step_of ON incident_step (practice_id, incident_id, done_ms);
-- only: sqlite
CREATE TRIGGER incident_kept BEFORE DELETE ON incident
BEGIN SELECT RAISE(ABORT, 'an incident is kept'); END;
-- Another key of the practice (bytes 2 to 5 name it) may take the place of one: the words are as long as before.
CREATE TRIGGER incident_fixed BEFORE UPDATE ON incident WHEN OLD.closed_ms IS NOT NULL
  AND NOT (NEW.id = OLD.id AND NEW.found_ms = OLD.found_ms AND NEW.findings = OLD.findings
           AND NEW.closed_ms IS OLD.closed_ms AND NEW.closed_by IS OLD.closed_by AND NEW.practice_id IS OLD.practice_id
           AND length(NEW.reason) = length(OLD.reason) AND substr(NEW.reason, 2, 4) <> substr(OLD.reason, 2, 4))
BEGIN SELECT RAISE(ABORT, 'a closed incident does not change'); END;
CREATE TRIGGER incident_step_kept BEFORE DELETE ON incident_step
BEGIN SELECT RAISE(ABORT, 'a step is kept'); END;
CREATE TRIGGER incident_step_fixed BEFORE UPDATE ON incident_step
 WHEN NOT (NEW.practice_id = OLD.practice_id AND NEW.id = OLD.id AND NEW.incident_id = OLD.incident_id
           AND NEW.step = OLD.step AND NEW.done_ms = OLD.done_ms AND NEW.actor_id = OLD.actor_id
           AND NEW.created_ms = OLD.created_ms AND length(NEW.sealed_identity) = length(OLD.sealed_identity)
           AND substr(NEW.sealed_identity, 2, 4) <> substr(OLD.sealed_identity, 2, 4))
BEGIN SELECT RAISE(ABORT, 'a step does not change'); END;
-- only: pgsql
CREATE POLICY nobodys ON incident USING (true); -- what was found is of the whole installation
CREATE FUNCTION incident_fixed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the record of an incident does not change'; END $$;
CREATE TRIGGER incident_kept BEFORE DELETE ON incident FOR EACH ROW EXECUTE FUNCTION incident_fixed();
CREATE TRIGGER incident_fixed BEFORE UPDATE ON incident
    FOR EACH ROW WHEN (OLD.closed_ms IS NOT NULL
  AND NOT (NEW.id = OLD.id AND NEW.found_ms = OLD.found_ms AND NEW.findings = OLD.findings
           AND NEW.closed_ms IS NOT DISTINCT FROM OLD.closed_ms AND NEW.closed_by IS NOT DISTINCT FROM OLD.closed_by
           AND NEW.practice_id IS NOT DISTINCT FROM OLD.practice_id AND length(NEW.reason) = length(OLD.reason)
           AND substr(NEW.reason, 2, 4) <> substr(OLD.reason, 2, 4))) EXECUTE FUNCTION incident_fixed();
CREATE TRIGGER incident_step_kept BEFORE DELETE ON incident_step FOR EACH ROW EXECUTE FUNCTION incident_fixed();
CREATE TRIGGER incident_step_fixed BEFORE UPDATE ON incident_step
    FOR EACH ROW WHEN (NOT (NEW.practice_id = OLD.practice_id AND NEW.id = OLD.id AND NEW.incident_id = OLD.incident_id
           AND NEW.step = OLD.step AND NEW.done_ms = OLD.done_ms AND NEW.actor_id = OLD.actor_id
           AND NEW.created_ms = OLD.created_ms AND length(NEW.sealed_identity) = length(OLD.sealed_identity)
           AND substr(NEW.sealed_identity, 2, 4) <> substr(OLD.sealed_identity, 2, 4)))
    EXECUTE FUNCTION incident_fixed();
-- only: both
