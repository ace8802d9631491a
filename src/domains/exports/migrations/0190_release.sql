-- Whom a clinician who leaves may take along, as the owner released it.
CREATE TABLE caseload_release (
    practice_id  @i64@ NOT NULL,
    clinician_id TEXT  NOT NULL,
    client_id    TEXT  NOT NULL,
    by_id        TEXT  NOT NULL,
    with_money   @i64@ NOT NULL CHECK (with_money IN (0, 1)),
    created_ms   @i64@ NOT NULL,
    PRIMARY KEY (practice_id, clinician_id, client_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, clinician_id) REFERENCES person (practice_id, id)
) @strict_key@;
