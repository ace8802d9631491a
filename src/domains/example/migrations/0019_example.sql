-- Examples: what SQL compares is clear, who and what it is about is sealed.
CREATE TABLE example (
    practice_id     @i64@  NOT NULL REFERENCES practice (practice_id),
    id              TEXT   NOT NULL,
    version         @i64@  NOT NULL,
    state           @i64@  NOT NULL CHECK (state BETWEEN 0 AND 1),
    due_days        @i64@,
    fee_cents       @i64@  NOT NULL CHECK (fee_cents >= 0),
    sealed_identity @blob@ NOT NULL, -- name, e-mail, remark...
    created_ms      @i64@  NOT NULL,
    changed_ms      @i64@  NOT NULL,
    PRIMARY KEY (practice_id, id)
) @strict@;
CREATE INDEX example_due ON example (practice_id, state, due_days);
