-- Statements of the layer below the domains: who changed what, and jobs.

-- name: audit_change_insert
INSERT INTO audit_change (practice_id, at_ms, actor_id, record, record_id, action, fields, salt, content_hash, client_id, sealed,
                          commitment)
VALUES (:practice, :at_ms, :actor, :record, :record_id, :action, :fields, :salt, :content_hash, :client_id, :sealed,
        :commitment);

-- name: audit_change_shred
UPDATE audit_change SET sealed = NULL WHERE practice_id = :practice AND client_id = :client AND sealed IS NOT NULL;

-- name: audit_change_unlogged
SELECT seq, practice_id, at_ms, actor_id, record, record_id, action, fields, salt, content_hash, client_id, sealed,
       commitment FROM audit_change
 WHERE log_seq IS NULL ORDER BY seq LIMIT :max;

-- name: audit_change_by_seq
SELECT seq, practice_id, at_ms, actor_id, record, record_id, action, fields, salt, content_hash, client_id, sealed,
       commitment FROM audit_change
 WHERE seq = :seq;

-- name: audit_change_logged
SELECT seq, practice_id, at_ms, actor_id, record, record_id, action, fields, salt, content_hash, client_id, sealed,
       commitment, log_seq FROM audit_change
 WHERE log_id = :log AND log_seq > :after ORDER BY log_seq LIMIT :max;

-- name: audit_change_note_log
UPDATE audit_change SET log_id = :log, log_seq = :log_seq WHERE seq = :seq AND log_seq IS NULL;

-- name: audit_anchor_put
INSERT INTO audit_anchor (log_id, n, head, at_ms) VALUES (:log, :n, :head, :at_ms)
ON CONFLICT (log_id) DO UPDATE SET n = excluded.n, head = excluded.head, at_ms = excluded.at_ms;

-- name: audit_anchor_all
SELECT log_id, n, head, at_ms FROM audit_anchor ORDER BY log_id;

-- What was found of a log is settled: the next start asks no more for it.
-- name: audit_anchor_drop
DELETE FROM audit_anchor WHERE log_id = :log;

-- name: audit_attest_put
INSERT INTO audit_attest (hash, at_ms, said) VALUES (:hash, :at_ms, :said);

-- name: audit_attest_get
SELECT said FROM audit_attest WHERE hash = :hash;

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
SELECT wrapped, id FROM root_key ORDER BY made_ms, id;

-- name: root_key_made
SELECT COALESCE(MAX(made_ms), 0) FROM root_key;

-- name: root_key_delete
DELETE FROM root_key WHERE id = :id;
