-- Progress notes. A signed note never changes: the database refuses it.
CREATE TABLE note_template (
    practice_id @i64@ NOT NULL REFERENCES practice (practice_id),
    id          TEXT  NOT NULL,
    version     @i64@ NOT NULL,
    owner_id    TEXT  NOT NULL,
    name        TEXT  NOT NULL,
    sections    TEXT  NOT NULL, -- one section a line: title, tab, prompt
    is_active   @i64@ NOT NULL CHECK (is_active IN (0, 1)),
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, owner_id) REFERENCES person (practice_id, id)
) @strict@;

CREATE TABLE note (
    practice_id     @i64@ NOT NULL,
    id              TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    client_id       TEXT  NOT NULL,
    appointment_id  TEXT,
    author_id       TEXT  NOT NULL,
    kind            @i64@ NOT NULL CHECK (kind BETWEEN 0 AND 2), -- note, addendum, amendment
    parent_id       TEXT,            -- the note that an addendum or amendment belongs to
    state           @i64@ NOT NULL CHECK (state BETWEEN 0 AND 1), -- draft, signed
    about_ms        @i64@ NOT NULL,  -- the session or contact it is about
    signed_ms       @i64@,
    is_late         @i64@ NOT NULL CHECK (is_late IN (0, 1)), -- signed later than the practice's limit
    sealed_clinical @blob@ NOT NULL, -- template, title, sections
    created_ms      @i64@ NOT NULL,
    changed_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    CHECK ((state = 1) = (signed_ms IS NOT NULL)),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, appointment_id) REFERENCES appointment (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES person (practice_id, id),
    FOREIGN KEY (practice_id, parent_id) REFERENCES note (practice_id, id)
) @strict@;
CREATE INDEX note_client ON note (practice_id, client_id, about_ms, id);
-- The state is a column of it too, so that it is chosen before note_author without statistics.
CREATE INDEX note_draft ON note (practice_id, author_id, state, about_ms, id) WHERE state = 0;
CREATE INDEX note_author ON note (practice_id, author_id, about_ms, id);
CREATE UNIQUE INDEX note_appointment ON note (practice_id, appointment_id, client_id, author_id)
    WHERE kind = 0 AND appointment_id IS NOT NULL; -- one note of one author about one session
CREATE INDEX note_parent ON note (practice_id, parent_id) WHERE parent_id IS NOT NULL;
-- only: sqlite
CREATE TRIGGER note_signed_fixed BEFORE UPDATE ON note WHEN OLD.state = 1
BEGIN SELECT RAISE(ABORT, 'a signed note does not change'); END;
CREATE TRIGGER note_signed_kept BEFORE DELETE ON note WHEN OLD.state = 1
BEGIN SELECT RAISE(ABORT, 'a signed note is kept'); END;
-- only: pgsql
CREATE FUNCTION note_signed_fixed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a signed note does not change'; END $$;
CREATE TRIGGER note_signed_fixed BEFORE UPDATE OR DELETE ON note
    FOR EACH ROW WHEN (OLD.state = 1) EXECUTE FUNCTION note_signed_fixed();
-- only: both
