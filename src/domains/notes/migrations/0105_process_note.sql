-- Process notes: one running text per client and author, sealed to the author (seal.h, SEAL_PRIVATE).
CREATE TABLE process_note (
    practice_id    @i64@ NOT NULL,
    client_id      TEXT  NOT NULL,
    author_id      TEXT  NOT NULL,
    version        @i64@ NOT NULL,
    sealed_private @blob@ NOT NULL,
    changed_ms     @i64@ NOT NULL,
    PRIMARY KEY (practice_id, client_id, author_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES person (practice_id, id)
) @strict@;
