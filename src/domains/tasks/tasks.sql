-- Statements of the tasks domain. tools/sqlc.py makes tasks_sql.h of it.

-- name: task_insert
INSERT INTO task (practice_id, id, version, kind, client_id, owner_id, appointment_id, due_days, state, done_ms,
                  sealed_clinical, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :kind, :client_id, :owner_id, :appointment_id, :due_days, :state, :done_ms,
        :sealed_clinical, :now_ms, :now_ms);

-- name: task_update
UPDATE task SET version = version + 1, due_days = :due_days, state = :state, done_ms = :done_ms,
       sealed_clinical = :sealed_clinical, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: task_by_id
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.id = :id;

-- name: task_open
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.owner_id = :owner_id AND t.state = 0
 ORDER BY t.due_days IS NULL, t.due_days, t.created_ms LIMIT :max;

-- name: task_recent
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.owner_id = :owner_id
 ORDER BY t.created_ms DESC LIMIT :max;

-- name: task_of_client
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.client_id = :client_id AND (t.state = 0 OR t.changed_ms >= :since_ms)
 ORDER BY t.created_ms DESC LIMIT :max;

-- name: task_count
SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN due_days < :today THEN 1 ELSE 0 END), 0) AS BIGINT)
  FROM task WHERE practice_id = :practice_id AND owner_id = :owner_id AND state = 0;
