-- Statements of the layer below the domains: who changed what, and jobs.

-- name: audit_change_insert
INSERT INTO audit_change (practice_id, at_ms, actor_id, record, record_id, action, fields)
VALUES (:practice, :at_ms, :actor, :record, :record_id, :action, :fields);

-- Putting a job again moves it, and wakes one that is done.
-- name: job_put
INSERT INTO job (practice_id, kind, subject_id, due_ms, tries, done_ms)
VALUES (:practice, :kind, :subject, :due_ms, 0, NULL)
ON CONFLICT (practice_id, kind, subject_id)
DO UPDATE SET due_ms = excluded.due_ms, tries = 0, done_ms = NULL;

-- name: job_drop
DELETE FROM job WHERE practice_id = :practice AND kind = :kind AND subject_id = :subject;

-- name: job_due
SELECT practice_id, kind, subject_id, due_ms, tries FROM job
 WHERE done_ms IS NULL AND due_ms <= :now_ms
 ORDER BY due_ms, practice_id, kind, subject_id LIMIT :max;

-- A claim moves the job to its next try: of two runners that saw it due, one finds it so.
-- name: job_claim
UPDATE job SET due_ms = :next_ms, tries = tries + 1
 WHERE practice_id = :practice AND kind = :kind AND subject_id = :subject
   AND due_ms = :due_ms AND done_ms IS NULL;

-- name: job_done
UPDATE job SET done_ms = :now_ms
 WHERE practice_id = :practice AND kind = :kind AND subject_id = :subject
   AND due_ms = :due_ms AND done_ms IS NULL;

-- name: root_key_insert
INSERT INTO root_key (id, made_ms, wrapped) VALUES (:id, :now_ms, :wrapped);

-- name: root_key_all
SELECT wrapped FROM root_key ORDER BY made_ms;
