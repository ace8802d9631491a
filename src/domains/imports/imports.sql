-- Statements of the imports domain. tools/sqlc.py makes imports_sql.h of it.

-- name: import_insert
INSERT INTO import_file (practice_id, id, version, owner_id, kind, progress, mapping, dates, status, clinician_id,
                         service_id, from_days, until_days, past_held, sealed_identity, created_ms)
VALUES (:practice_id, :id, 1, :owner_id, :kind, 0, :mapping, :dates, :status, :clinician_id,
        :service_id, :from_days, :until_days, :past_held, :sealed_identity, :now_ms);

-- name: import_by_id
SELECT id, version, kind, progress, mapping, dates, status, clinician_id, service_id, from_days, until_days,
       past_held, created_ms
  FROM import_file WHERE practice_id = :practice_id AND id = :id AND owner_id = :owner_id;

-- name: import_content
SELECT version, sealed_identity FROM import_file
 WHERE practice_id = :practice_id AND id = :id AND owner_id = :owner_id;

-- name: import_of_owner
SELECT id, version, kind, progress, mapping, dates, status, clinician_id, service_id, from_days, until_days,
       past_held, created_ms
  FROM import_file WHERE practice_id = :practice_id AND owner_id = :owner_id
 ORDER BY created_ms DESC, id LIMIT :max;

-- name: import_choose
UPDATE import_file SET mapping = :mapping, dates = :dates, status = :status, clinician_id = :clinician_id,
       service_id = :service_id, from_days = :from_days, until_days = :until_days, past_held = :past_held
 WHERE practice_id = :practice_id AND id = :id AND owner_id = :owner_id AND version = 1;

-- name: import_step
UPDATE import_file SET progress = progress + 1
 WHERE practice_id = :practice_id AND id = :id AND progress = :progress AND version = 1;

-- name: import_finish
UPDATE import_file SET version = 2, sealed_identity = :sealed_identity
 WHERE practice_id = :practice_id AND id = :id AND progress = :progress AND version = 1;

-- name: import_erase
DELETE FROM import_file WHERE practice_id = :practice_id AND id = :id;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: import_other_key
SELECT id, version, sealed_identity FROM import_file
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: import_reseal
UPDATE import_file SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;
