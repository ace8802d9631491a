-- Appointments, and the slots they hold. A slot is one resource (a clinician, a room, a client)
-- for a time; the database itself refuses two overlapping slots of one resource.
-- only: pgsql
CREATE EXTENSION IF NOT EXISTS btree_gist;
-- only: both
CREATE TABLE appointment (
    practice_id   @i64@ NOT NULL REFERENCES practice (practice_id),
    id            TEXT  NOT NULL,
    version       @i64@ NOT NULL,
    clinician_id  TEXT  NOT NULL,
    room_id       TEXT,
    service_id    TEXT  NOT NULL,
    modality      @i64@ NOT NULL CHECK (modality BETWEEN 0 AND 3),
    state         @i64@ NOT NULL CHECK (state BETWEEN 0 AND 6), -- booked, confirmed, arrived, held, late cancellation, no-show, cancelled
    start_ms      @i64@ NOT NULL,
    end_ms        @i64@ NOT NULL CHECK (end_ms > start_ms AND end_ms - start_ms <= 86400000),
    actual_start_ms @i64@,
    actual_end_ms @i64@,
    closed_ms     @i64@,           -- when the session was closed (note or not)
    series_id     TEXT,            -- the same for the sessions of one repetition
    sealed_identity @blob@,        -- remark for the agenda, reason of a cancellation
    created_ms    @i64@ NOT NULL,
    changed_ms    @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, clinician_id) REFERENCES person (practice_id, id),
    FOREIGN KEY (practice_id, room_id) REFERENCES room (practice_id, id),
    FOREIGN KEY (practice_id, service_id) REFERENCES service (practice_id, id)
) @strict@;
CREATE INDEX appointment_clinician ON appointment (practice_id, clinician_id, start_ms);
CREATE INDEX appointment_start ON appointment (practice_id, start_ms);
-- Today's queue: past sessions that nobody has closed.
CREATE INDEX appointment_open ON appointment (practice_id, clinician_id, start_ms)
    WHERE closed_ms IS NULL AND state < 4;
CREATE INDEX appointment_series ON appointment (practice_id, series_id, start_ms)
    WHERE series_id IS NOT NULL;

-- Who comes; start_ms repeats the appointment's, so that one client's history is one index range.
CREATE TABLE appointment_client (
    practice_id    @i64@ NOT NULL,
    client_id      TEXT  NOT NULL,
    appointment_id TEXT  NOT NULL,
    start_ms       @i64@ NOT NULL,
    attendance     @i64@ NOT NULL CHECK (attendance BETWEEN 0 AND 6), -- as appointment.state, of this client
    ordinal        @i64@ NOT NULL, -- the client's n-th held session; 0 until held
    PRIMARY KEY (practice_id, appointment_id, client_id),
    FOREIGN KEY (practice_id, appointment_id) REFERENCES appointment (practice_id, id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
) @strict_key@;
CREATE INDEX appointment_client_time ON appointment_client (practice_id, client_id, start_ms, attendance);

CREATE TABLE appointment_slot (
    practice_id    @i64@ NOT NULL,
    resource_id    TEXT  NOT NULL, -- id of a person, room or client
    start_ms       @i64@ NOT NULL,
    end_ms         @i64@ NOT NULL,
    appointment_id TEXT  NOT NULL,
    kind           @i64@ NOT NULL CHECK (kind BETWEEN 0 AND 2), -- clinician, room, client
    PRIMARY KEY (practice_id, resource_id, start_ms),
    FOREIGN KEY (practice_id, appointment_id) REFERENCES appointment (practice_id, id)
-- only: pgsql
    , EXCLUDE USING gist (practice_id WITH =, resource_id WITH =, int8range(start_ms, end_ms) WITH &&)
-- only: both
) @strict_key@;
CREATE INDEX appointment_slot_appointment ON appointment_slot (practice_id, appointment_id);
-- only: sqlite
-- The primary key makes each look-up one short range: a slot lasts a day at most.
CREATE TRIGGER appointment_slot_overlap BEFORE INSERT ON appointment_slot
WHEN EXISTS (SELECT 1 FROM appointment_slot s
              WHERE s.practice_id = NEW.practice_id AND s.resource_id = NEW.resource_id
                AND s.start_ms > NEW.start_ms - 86400000 AND s.start_ms < NEW.end_ms AND s.end_ms > NEW.start_ms)
BEGIN SELECT RAISE(ABORT, 'overlap'); END;
CREATE TRIGGER appointment_slot_fixed BEFORE UPDATE ON appointment_slot
BEGIN SELECT RAISE(ABORT, 'a slot is deleted and made anew'); END;
-- only: both

-- What the clinician wants to remember before the next session with this client.
CREATE TABLE self_note (
    practice_id     @i64@ NOT NULL,
    client_id       TEXT  NOT NULL,
    clinician_id    TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    sealed_clinical @blob@ NOT NULL,
    changed_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, client_id, clinician_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
) @strict@;
