-- Statements of the tasks domain. tools/sqlc.py makes tasks_sql.h of it.

-- name: task_insert
INSERT INTO task (practice_id, id, version, kind, client_id, owner_id, appointment_id, due_days, state, done_ms,
                  sealed_clinical, created_ms, changed_ms, treats_id)
VALUES (:practice_id, :id, 1, :kind, :client_id, :owner_id, :appointment_id, :due_days, :state, :done_ms,
        :sealed_clinical, :now_ms, :now_ms,
        (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id));

-- name: task_handed_over
UPDATE task SET treats_id = (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id)
 WHERE practice_id = :practice_id AND client_id = :client_id;

-- name: task_update
UPDATE task SET version = version + 1, kind = :kind, due_days = :due_days, state = :state, done_ms = :done_ms,
       sealed_clinical = :sealed_clinical, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: task_by_id
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.id = :id;

-- What somebody has to do: the own general tasks, and those of the clients treated (:clinician_id NULL: none), as they
-- are today: a client who moves takes the tasks along. Two index ranges, as long as what is open.
-- name: task_open
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.owner_id = :owner_id AND t.client_id IS NULL AND t.state = 0
UNION ALL
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.treats_id = :clinician_id AND t.state = 0
 ORDER BY 7 NULLS LAST, 10, 1 LIMIT :max;

-- name: task_done
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.owner_id = :owner_id AND t.state <> 0 AND t.done_ms >= :since_ms
   AND (t.client_id IS NULL OR t.treats_id = :clinician_id)
 ORDER BY t.done_ms DESC LIMIT :max;

-- name: task_of_client
SELECT t.id, t.version, t.kind, t.client_id, t.owner_id, t.appointment_id, t.due_days, t.state, t.done_ms, t.created_ms,
       t.sealed_clinical, k.wrapped
  FROM task t LEFT JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.client_id = :client_id AND (t.state = 0 OR t.changed_ms >= :since_ms)
 ORDER BY t.created_ms DESC LIMIT :max;

-- name: task_count
SELECT COUNT(*), COUNT(CASE WHEN due_days < :before_days THEN 1 END) FROM (
    SELECT t.due_days FROM task t
     WHERE t.practice_id = :practice_id AND t.owner_id = :owner_id AND t.client_id IS NULL AND t.state = 0
    UNION ALL
    SELECT t.due_days FROM task t
     WHERE t.practice_id = :practice_id AND t.treats_id = :clinician_id AND t.state = 0) AS open_tasks;

-- Invariants, for `entracte check`.
-- name: check_state
SELECT t.id FROM task t WHERE t.practice_id = :practice_id AND (t.state = 0) <> (t.done_ms IS NULL);

-- name: check_treats
SELECT t.id FROM task t JOIN client k ON k.practice_id = t.practice_id AND k.id = t.client_id
 WHERE t.practice_id = :practice_id AND COALESCE(t.treats_id, k.id) <> COALESCE(k.clinician_id, k.id);

-- name: task_erased
DELETE FROM task WHERE practice_id = :practice_id AND client_id = :client_id;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: task_other_key
SELECT id, version, sealed_clinical FROM task
 WHERE practice_id = :practice_id AND substr(sealed_clinical, 2, 4) <> :mark AND client_id IS NULL LIMIT :max;

-- name: task_reseal
UPDATE task SET sealed_clinical = :sealed WHERE practice_id = :practice_id AND sealed_clinical = :was AND id = :row;

-- Taken in while nobody could read: beside it the client's key of class SEAL_CLINICAL.
-- name: task_taken_in
SELECT t.id, t.version, t.sealed_clinical, t.client_id, k.wrapped
  FROM task t
  JOIN client_key k ON k.practice_id = t.practice_id AND k.client_id = t.client_id AND k.class = 2
 WHERE t.practice_id = :practice_id AND substr(t.sealed_clinical, 1, 1) = :mark LIMIT :max;
