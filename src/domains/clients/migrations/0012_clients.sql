-- The patient file. One key per client and class; every client table carries the client's id.
CREATE TABLE client (
    practice_id     @i64@ NOT NULL REFERENCES practice (practice_id),
    id              TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    status          @i64@ NOT NULL CHECK (status BETWEEN 0 AND 4), -- waiting, active, paused, closed, archived
    clinician_id    TEXT,            -- who treats; NULL: nobody yet
    sealed_identity @blob@ NOT NULL, -- everything about who and how to reach (clients_fields.c)
    identity_key    @blob@ NOT NULL, -- as in client_key: a list of names reads one table
    created_ms      @i64@ NOT NULL,
    changed_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, clinician_id) REFERENCES person (practice_id, id)
) @strict@;
CREATE INDEX client_clinician ON client (practice_id, clinician_id, status);

-- Another random number after each change of the table above: what a process remembers of its order
-- holds as long as the mark stands.
CREATE TABLE client_mark (
    practice_id @i64@ NOT NULL PRIMARY KEY REFERENCES practice (practice_id),
    mark        @i64@ NOT NULL
) @strict@;

CREATE TABLE client_key (
    practice_id @i64@ NOT NULL,
    client_id   TEXT  NOT NULL,
    class       @i64@ NOT NULL,
    wrapped     @blob@ NOT NULL,
    PRIMARY KEY (practice_id, client_id, class),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
) @strict_key@;

CREATE TABLE client_photo (
    practice_id     @i64@ NOT NULL,
    client_id       TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    sealed_identity @blob@ NOT NULL,
    PRIMARY KEY (practice_id, client_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
) @strict@;
