-- Files on their way in: an uploaded file waits here, sealed, between its preview and its taking in;
-- then its report takes its place. Both go after a day.
CREATE TABLE import_file (
    practice_id     @i64@  NOT NULL REFERENCES practice (practice_id),
    id              TEXT   NOT NULL,
    version         @i64@  NOT NULL CHECK (version BETWEEN 1 AND 2), -- 1: the file, 2: its report
    owner_id        TEXT   NOT NULL, -- who brought it
    kind            @i64@  NOT NULL CHECK (kind BETWEEN 0 AND 2), -- table, cards, calendar
    progress        @i64@  NOT NULL, -- counts what was written, so that two runs cannot mix
    mapping         TEXT   NOT NULL, -- field of each column, comma separated; empty: guessed
    dates           @i64@  NOT NULL,
    status          @i64@  NOT NULL,
    clinician_id    TEXT,
    service_id      TEXT,
    from_days       @i64@,
    until_days      @i64@,
    past_held       @i64@  NOT NULL,
    sealed_identity @blob@ NOT NULL,
    created_ms      @i64@  NOT NULL,
    PRIMARY KEY (practice_id, id)
) @strict@;
CREATE INDEX import_file_owner ON import_file (practice_id, owner_id, created_ms);
