-- Who may read whom: care teams, walls, blocked records, and what was opened in an emergency.
ALTER TABLE client ADD COLUMN blocked_ms @i64@; -- restriction of processing since; NULL: none
CREATE INDEX client_blocked ON client (practice_id, id) WHERE blocked_ms IS NOT NULL;

-- Beside the treating clinician, who is client.clinician_id.
CREATE TABLE client_team (
    practice_id @i64@ NOT NULL,
    client_id   TEXT  NOT NULL,
    person_id   TEXT  NOT NULL,
    role        @i64@ NOT NULL CHECK (role BETWEEN 0 AND 2), -- co-therapist, substitute, supervisor
    is_unmasked @i64@ NOT NULL CHECK (is_unmasked IN (0, 1)), -- a supervisor sees the name
    from_ms     @i64@ NOT NULL,
    until_ms    @i64@ NOT NULL CHECK (until_ms > from_ms), -- no end: the largest number
    by_id       TEXT  NOT NULL,
    PRIMARY KEY (practice_id, client_id, person_id, role),
    CHECK (role <> 2 OR until_ms - from_ms <= 31708800000), -- a supervisor at most 367 days
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict_key@;
CREATE INDEX client_team_person ON client_team (practice_id, person_id, until_ms);

-- The care team of against_id, or the person against_id, must not find client_id. A wall between two
-- clients is two rows of one wall_id.
CREATE TABLE client_wall (
    practice_id     @i64@ NOT NULL,
    client_id       TEXT  NOT NULL,
    against_id      TEXT  NOT NULL CHECK (against_id <> client_id), -- a client or a person
    wall_id         TEXT  NOT NULL,
    by_id           TEXT  NOT NULL,
    created_ms      @i64@ NOT NULL,
    sealed_identity @blob@ NOT NULL, -- the reason
    PRIMARY KEY (practice_id, client_id, against_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
) @strict@;
CREATE INDEX client_wall_against ON client_wall (practice_id, against_id);

-- Emergency access: to read one record for an hour, with a reason; somebody else reviews it.
CREATE TABLE emergency (
    practice_id     @i64@ NOT NULL,
    id              TEXT  NOT NULL,
    client_id       TEXT  NOT NULL,
    person_id       TEXT  NOT NULL,
    reason          @i64@ NOT NULL CHECK (reason BETWEEN 0 AND 3),
    created_ms      @i64@ NOT NULL,
    until_ms        @i64@ NOT NULL CHECK (until_ms - created_ms BETWEEN 1 AND 3600000),
    sealed_identity @blob@ NOT NULL, -- the reason in words
    finding         @i64@ NOT NULL CHECK (finding BETWEEN 0 AND 2), -- none yet, justified, not justified
    reviewer_id     TEXT  CHECK (reviewer_id <> person_id),
    reviewed_ms     @i64@,
    sealed_finding  @blob@, -- the finding in words
    PRIMARY KEY (practice_id, id),
    CHECK ((finding = 0) = (reviewed_ms IS NULL)),
    CHECK ((finding = 0) = (reviewer_id IS NULL)),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;
CREATE INDEX emergency_person ON emergency (practice_id, person_id, until_ms);
CREATE INDEX emergency_client ON emergency (practice_id, client_id, created_ms);
CREATE INDEX emergency_open ON emergency (practice_id, created_ms) WHERE finding = 0;
-- only: sqlite
CREATE TRIGGER emergency_kept BEFORE DELETE ON emergency
BEGIN SELECT RAISE(ABORT, 'emergency access is kept'); END;
-- Another key of the practice (bytes 2 to 5 name it) may take the place of one: the words are as long as before.
CREATE TRIGGER emergency_fixed BEFORE UPDATE ON emergency
 WHEN NOT (NEW.practice_id = OLD.practice_id AND NEW.id = OLD.id AND NEW.client_id = OLD.client_id
           AND NEW.person_id = OLD.person_id AND NEW.reason = OLD.reason AND NEW.created_ms = OLD.created_ms
           AND NEW.until_ms = OLD.until_ms AND NEW.finding = OLD.finding AND NEW.reviewer_id IS OLD.reviewer_id
           AND NEW.reviewed_ms IS OLD.reviewed_ms AND length(NEW.sealed_identity) = length(OLD.sealed_identity)
           AND length(NEW.sealed_finding) IS length(OLD.sealed_finding)
           AND (NEW.sealed_identity = OLD.sealed_identity
                OR substr(NEW.sealed_identity, 2, 4) <> substr(OLD.sealed_identity, 2, 4))
           AND (NEW.sealed_finding IS OLD.sealed_finding
                OR substr(NEW.sealed_finding, 2, 4) <> substr(OLD.sealed_finding, 2, 4)))
  AND (OLD.finding <> 0 OR NEW.practice_id <> OLD.practice_id OR NEW.id <> OLD.id OR NEW.client_id <> OLD.client_id
   OR NEW.person_id <> OLD.person_id OR NEW.reason <> OLD.reason OR NEW.created_ms <> OLD.created_ms
   OR NEW.until_ms > OLD.until_ms OR NEW.sealed_identity <> OLD.sealed_identity)
BEGIN SELECT RAISE(ABORT, 'emergency access is kept as it was'); END;
-- only: pgsql
CREATE FUNCTION emergency_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'emergency access is kept as it was'; END $$;
CREATE TRIGGER emergency_kept BEFORE DELETE ON emergency
    FOR EACH ROW EXECUTE FUNCTION emergency_kept();
CREATE TRIGGER emergency_fixed BEFORE UPDATE ON emergency
    FOR EACH ROW WHEN (NOT (NEW.practice_id = OLD.practice_id AND NEW.id = OLD.id AND NEW.client_id = OLD.client_id
           AND NEW.person_id = OLD.person_id AND NEW.reason = OLD.reason AND NEW.created_ms = OLD.created_ms
           AND NEW.until_ms = OLD.until_ms AND NEW.finding = OLD.finding
           AND NEW.reviewer_id IS NOT DISTINCT FROM OLD.reviewer_id
           AND NEW.reviewed_ms IS NOT DISTINCT FROM OLD.reviewed_ms
           AND length(NEW.sealed_identity) = length(OLD.sealed_identity)
           AND length(NEW.sealed_finding) IS NOT DISTINCT FROM length(OLD.sealed_finding)
           AND (NEW.sealed_identity = OLD.sealed_identity
                OR substr(NEW.sealed_identity, 2, 4) <> substr(OLD.sealed_identity, 2, 4))
           AND (NEW.sealed_finding IS NOT DISTINCT FROM OLD.sealed_finding
                OR substr(NEW.sealed_finding, 2, 4) <> substr(OLD.sealed_finding, 2, 4)))
   AND (OLD.finding <> 0 OR NEW.practice_id <> OLD.practice_id OR NEW.id <> OLD.id
   OR NEW.client_id <> OLD.client_id OR NEW.person_id <> OLD.person_id OR NEW.reason <> OLD.reason
   OR NEW.created_ms <> OLD.created_ms OR NEW.until_ms > OLD.until_ms OR NEW.sealed_identity <> OLD.sealed_identity))
    EXECUTE FUNCTION emergency_kept();
-- only: both
