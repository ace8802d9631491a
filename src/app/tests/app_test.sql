-- What the tests look up behind the functions' backs.

-- name: test_changes
SELECT practice_id, at_ms, actor_id, record, record_id, action, fields, salt, sealed, client_id
  FROM audit_change
 WHERE record_id = :id ORDER BY seq;

-- name: test_job
SELECT due_ms, tries, done_ms FROM job WHERE practice_id = :practice AND kind = :kind AND subject_id = :subject;

-- name: test_change_rewrite
UPDATE audit_change SET action = :action WHERE record_id = :id;

-- name: test_change_remove
DELETE FROM audit_change WHERE record_id = :id;

-- name: test_change_shred
UPDATE audit_change SET salt = NULL, fields = NULL, sealed = NULL WHERE record_id = :id;

-- name: test_anchors
SELECT n FROM audit_anchor;
