-- Who changed what: ids, actions and names of fields; never a name or a text.
CREATE TABLE audit_change (
    seq         @serial@,
    practice_id @i64@ NOT NULL,
    at_ms       @i64@ NOT NULL,
    actor_id    TEXT, -- NULL: the program itself
    record      TEXT NOT NULL,
    record_id   TEXT,
    action      TEXT NOT NULL,
    fields      TEXT
) @strict@;
CREATE INDEX audit_change_record ON audit_change (practice_id, record_id);
