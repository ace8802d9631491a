-- Who asked to be erased while the file must still be kept; goes with the client.
CREATE TABLE erasure_request (
    practice_id     @i64@ NOT NULL,
    client_id       TEXT  NOT NULL,
    asked_ms        @i64@ NOT NULL,
    by_id           TEXT  NOT NULL, -- who wrote it down
    sealed_identity @blob@ NOT NULL, -- in words, under the client's key
    PRIMARY KEY (practice_id, client_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
) @strict@;

-- Tombstones: that somebody was erased, not who. A copy that is put back is erased again by the keyed hash of the id.
CREATE TABLE erasure (
    practice_id     @i64@ NOT NULL REFERENCES practice (practice_id),
    id              TEXT  NOT NULL,
    erased_ms       @i64@ NOT NULL,
    reason          @i64@ NOT NULL CHECK (reason BETWEEN 0 AND 2), -- period over, asked, made by mistake
    is_early        @i64@ NOT NULL CHECK (is_early IN (0, 1)), -- before the period was over
    by_id           TEXT,           -- NULL: the program, in a copy that was put back
    client_hash     @blob@ NOT NULL,
    sealed_identity @blob@,         -- why, in words without a name
    PRIMARY KEY (practice_id, id)
) @strict@;
CREATE INDEX erasure_time ON erasure (practice_id, erased_ms);
