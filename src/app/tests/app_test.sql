-- What the tests look up behind the functions' backs.

-- name: test_changes
SELECT practice_id, at_ms, actor_id, record, record_id, action, fields FROM audit_change
 WHERE record_id = :id ORDER BY seq;

-- name: test_job
SELECT due_ms, tries, done_ms FROM job WHERE practice_id = :practice AND kind = :kind AND subject_id = :subject;
