-- Follow-ups (for staff) and homework (for the client).
CREATE TABLE task (
    practice_id     @i64@ NOT NULL REFERENCES practice (practice_id),
    id              TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    kind            @i64@ NOT NULL CHECK (kind BETWEEN 0 AND 1), -- follow-up, homework
    client_id       TEXT,            -- NULL: general
    treats_id       TEXT,            -- the client's clinician_id, repeated: what is open is one index range
    owner_id        TEXT  NOT NULL,  -- who must do it; for homework the clinician who gave it
    appointment_id  TEXT,            -- where it was agreed
    due_days        @i64@,
    state           @i64@ NOT NULL CHECK (state BETWEEN 0 AND 3), -- open, done, partly, not
    done_ms         @i64@,
    sealed_clinical @blob@ NOT NULL, -- what, and the word why
    created_ms      @i64@ NOT NULL,
    changed_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    CHECK ((state = 0) = (done_ms IS NULL)),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, owner_id) REFERENCES person (practice_id, id),
    FOREIGN KEY (practice_id, appointment_id) REFERENCES appointment (practice_id, id)
) @strict@;
CREATE INDEX task_open ON task (practice_id, owner_id, client_id, state, due_days) WHERE state = 0;
CREATE INDEX task_open_treats ON task (practice_id, treats_id, state, due_days) WHERE state = 0;
CREATE INDEX task_open_client ON task (practice_id, client_id, state, due_days) WHERE state = 0;
CREATE INDEX task_done ON task (practice_id, owner_id, done_ms) WHERE state <> 0;
CREATE INDEX task_client ON task (practice_id, client_id, created_ms) WHERE client_id IS NOT NULL;
