-- Statements of the tests of src/db/.

-- name: thing_insert
INSERT INTO thing (id, kind, title, born_days, content) VALUES (:id, :kind, :title, :born_days, :content);

-- name: thing_insert_unless_there
INSERT INTO thing (id, kind, title) VALUES (:id, :kind, :title) ON CONFLICT (id) DO NOTHING;

-- name: thing_insert_returning
INSERT INTO thing (id, kind, title) VALUES (:id, :kind, :title) RETURNING kind, title;

-- name: thing_by_id
SELECT kind, title, born_days, content, id FROM thing WHERE id = :id;

-- name: thing_list
SELECT id, kind FROM thing ORDER BY kind, id;

-- name: thing_count
SELECT COUNT(*), SUM(kind), COALESCE(SUM(kind), 0) FROM thing;

-- name: thing_of_kinds
SELECT COUNT(*) FROM thing WHERE (CAST(:kind AS BIGINT) IS NULL OR kind = :kind);

-- name: thing_touch
UPDATE thing SET kind = kind + 1 WHERE kind >= :kind;

-- name: part_insert
INSERT INTO part (id, thing) VALUES (:id, :thing);

-- name: slot_insert
INSERT INTO slot (id, from_min, to_min) VALUES (:id, :from_min, :to_min);

-- name: ledger_add
INSERT INTO ledger (text) VALUES (:text) RETURNING seq;

-- name: counter_add
UPDATE counter SET n = n + 1 WHERE id = :id;

-- name: counter_read
SELECT n FROM counter WHERE id = :id;

-- name: engine
SELECT 1;
-- name: engine pgsql
SELECT 2;
