-- Work to be done after commit, at least once (app/jobs.h).
CREATE TABLE job (
    practice_id @i64@ NOT NULL,
    kind        TEXT NOT NULL,
    subject_id  TEXT NOT NULL, -- empty: the practice itself
    due_ms      @i64@ NOT NULL,
    tries       @i64@ NOT NULL,
    done_ms     @i64@,
    PRIMARY KEY (practice_id, kind, subject_id)
) @strict@;
CREATE INDEX job_due ON job (due_ms) WHERE done_ms IS NULL;

-- What is to leave the house; the job of the same kind and id says when, and carries it out.
CREATE TABLE outbox (
    practice_id    @i64@ NOT NULL,
    id             TEXT NOT NULL,
    kind           TEXT NOT NULL,
    due_ms         @i64@ NOT NULL,
    done_ms        @i64@,
    sealed_payload @blob@, -- NULL once it has left
    PRIMARY KEY (practice_id, id)
) @strict@;
CREATE INDEX outbox_due ON outbox (due_ms) WHERE done_ms IS NULL;
