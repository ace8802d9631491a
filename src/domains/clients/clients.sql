-- Statements of the clients domain. tools/sqlc.py makes clients_sql.h of it.

-- name: client_insert
INSERT INTO client (practice_id, id, version, status, clinician_id, sealed_identity, identity_key, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :status, :clinician_id, :sealed_identity, :identity_key, :now_ms, :now_ms);

-- name: client_update
UPDATE client SET version = version + 1, status = :status, clinician_id = :clinician_id,
       sealed_identity = :sealed_identity, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: client_key_insert
INSERT INTO client_key (practice_id, client_id, class, wrapped) VALUES (:practice_id, :client_id, :class, :wrapped);

-- name: client_keys
SELECT k.class, k.wrapped FROM client_key k WHERE k.practice_id = :practice_id AND k.client_id = :client_id;

-- The row filter: a clinician passes the own id as :only_clinician, others NULL.
-- name: client_by_id
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key,
       EXISTS (SELECT 1 FROM client_photo f WHERE f.practice_id = c.practice_id AND f.client_id = c.id)
  FROM client c
 WHERE c.practice_id = :practice_id AND c.id = :id
   AND (CAST(:only_clinician AS TEXT) IS NULL OR c.clinician_id = :only_clinician);

-- name: client_is_visible
SELECT 1 FROM client c WHERE c.practice_id = :practice_id AND c.id = :id
   AND (CAST(:only_clinician AS TEXT) IS NULL OR c.clinician_id = :only_clinician);

-- A SQLite file holds one practice: the plain scan is three times faster than the walk of an index.
-- name: client_all
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c WHERE +c.practice_id = :practice_id;

-- name: client_all pgsql
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c WHERE c.practice_id = :practice_id;

-- name: client_all_of
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c WHERE c.practice_id = :practice_id AND c.clinician_id = :clinician_id;

-- As many as are asked, as a JSON list of ids, in one statement.
-- name: client_of_ids
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM json_each(:ids) j CROSS JOIN client c
 WHERE c.practice_id = :practice_id AND c.id = j.value
   AND (CAST(:only_clinician AS TEXT) IS NULL OR c.clinician_id = :only_clinician);

-- name: client_of_ids pgsql
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c
 WHERE c.id = ANY (ARRAY (SELECT json_array_elements_text(CAST(:ids AS json)))) AND c.practice_id = :practice_id
   AND (CAST(:only_clinician AS TEXT) IS NULL OR c.clinician_id = :only_clinician);

-- name: client_mark_get
SELECT mark FROM client_mark WHERE practice_id = :practice_id;

-- name: client_mark_put
INSERT INTO client_mark (practice_id, mark) VALUES (:practice_id, :mark)
ON CONFLICT (practice_id) DO UPDATE SET mark = excluded.mark;

-- name: client_photo_get
SELECT f.version, f.sealed_identity, c.identity_key
  FROM client_photo f JOIN client c ON c.practice_id = f.practice_id AND c.id = f.client_id
 WHERE f.practice_id = :practice_id AND f.client_id = :client_id;

-- name: client_photo_put
INSERT INTO client_photo (practice_id, client_id, version, sealed_identity)
VALUES (:practice_id, :client_id, :version, :sealed_identity)
ON CONFLICT (practice_id, client_id) DO UPDATE SET version = excluded.version, sealed_identity = excluded.sealed_identity;

-- name: client_photo_drop
DELETE FROM client_photo WHERE practice_id = :practice_id AND client_id = :client_id;

-- name: client_without_keys
SELECT c.id FROM client c
 WHERE c.practice_id = :practice_id
   AND (NOT EXISTS (SELECT 1 FROM client_key k WHERE k.practice_id = c.practice_id AND k.client_id = c.id
                       AND k.class = :identity AND k.wrapped = c.identity_key)
     OR NOT EXISTS (SELECT 1 FROM client_key k WHERE k.practice_id = c.practice_id AND k.client_id = c.id
                       AND k.class = :clinical));
