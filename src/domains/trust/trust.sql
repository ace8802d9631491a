-- What must stay as it was, and what is found when it did not.

-- name: trust_stored_notes
SELECT id, sealed_clinical, practice_id FROM note WHERE state = 1 AND id > :after ORDER BY id LIMIT :max;

-- name: trust_stored_invoices
SELECT id, sealed_identity, practice_id FROM invoice WHERE id > :after ORDER BY id LIMIT :max;

-- name: trust_content_hash
SELECT content_hash FROM audit_change WHERE practice_id = :practice AND record_id = :id AND record = :record
   AND content_hash IS NOT NULL ORDER BY seq DESC LIMIT 1;

-- The shape of the schema: a row per table and thing in it.
-- name: trust_shape
SELECT tbl_name, type, sql FROM sqlite_schema ORDER BY tbl_name, type, name;

-- name: trust_shape pgsql
SELECT CAST(table_name AS TEXT), CAST(data_type AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
 WHERE table_schema = current_schema()
UNION ALL
SELECT CAST(event_object_table AS TEXT), CAST(event_manipulation AS TEXT), CAST(trigger_name AS TEXT)
  FROM information_schema.triggers WHERE trigger_schema = current_schema()
 ORDER BY 1, 2, 3;

-- name: trust_schema_number
SELECT MAX(number) FROM schema_migration;

-- name: trust_practices
SELECT practice_id FROM practice ORDER BY practice_id LIMIT :max;

-- name: trust_counts
SELECT (SELECT COUNT(*) FROM practice), (SELECT COUNT(*) FROM person), (SELECT COUNT(*) FROM client),
       (SELECT COUNT(*) FROM appointment), (SELECT COUNT(*) FROM note), (SELECT COUNT(*) FROM charge),
       (SELECT COUNT(*) FROM invoice), (SELECT COUNT(*) FROM payment), (SELECT COUNT(*) FROM audit_change);

-- name: trust_going
SELECT COUNT(*) FROM audit_change WHERE log_seq IS NULL AND record = :record AND action = :action;

-- name: trust_incident_insert
INSERT INTO incident (id, found_ms, findings) VALUES (:id, :found_ms, :findings);

-- name: trust_incident_open
SELECT id, found_ms, findings FROM incident WHERE closed_ms IS NULL ORDER BY found_ms, id LIMIT 1;

-- name: trust_incidents
SELECT id, found_ms, findings, closed_ms, closed_by, reason, practice_id FROM incident ORDER BY found_ms DESC, id LIMIT :max;

-- name: trust_incident_close
UPDATE incident SET closed_ms = :now_ms, closed_by = :actor, reason = :reason, practice_id = :practice
 WHERE closed_ms IS NULL;

-- name: trust_step_insert
INSERT INTO incident_step (practice_id, id, incident_id, step, done_ms, actor_id, sealed_identity, created_ms)
VALUES (:practice, :id, :incident, :step, :done_ms, :actor, :sealed, :now_ms);

-- name: trust_steps
SELECT id, incident_id, step, done_ms, actor_id, sealed_identity FROM incident_step
 WHERE practice_id = :practice ORDER BY done_ms, id LIMIT :max;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: incident_other_key
SELECT id, 1, reason FROM incident
 WHERE practice_id = :practice_id AND substr(reason, 2, 4) <> :mark LIMIT :max;

-- name: incident_reseal
UPDATE incident SET reason = :sealed WHERE practice_id = :practice_id AND reason = :was AND id = :row;

-- name: incident_step_other_key
SELECT id, 1, sealed_identity FROM incident_step
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: incident_step_reseal
UPDATE incident_step SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;
