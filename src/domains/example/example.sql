-- Statements of the example domain. tools/sqlc.py makes example_sql.h of it.

-- name: example_insert
INSERT INTO example (practice_id, id, version, state, due_days, fee_cents, sealed_identity, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :state, :due_days, :fee_cents, :sealed_identity, :now_ms, :now_ms);

-- name: example_update
UPDATE example SET version = version + 1, state = :state, due_days = :due_days, fee_cents = :fee_cents,
       sealed_identity = :sealed_identity, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: example_delete
DELETE FROM example WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: example_by_id
SELECT id, version, state, due_days, fee_cents, sealed_identity FROM example
 WHERE practice_id = :practice_id AND id = :id;

-- name: example_all
SELECT id, version, state, due_days, fee_cents, sealed_identity FROM example
 WHERE practice_id = :practice_id ORDER BY created_ms, id LIMIT :max;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: example_other_key
SELECT id, version, sealed_identity FROM example
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: example_reseal
UPDATE example SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;
