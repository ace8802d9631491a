-- Statements of the clients domain. tools/sqlc.py makes clients_sql.h of it.

-- name: client_insert
INSERT INTO client (practice_id, id, version, status, clinician_id, sealed_identity, identity_key, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :status, :clinician_id, :sealed_identity, :identity_key, :now_ms, :now_ms);

-- name: client_update
UPDATE client SET version = version + 1, status = :status, clinician_id = :clinician_id,
       sealed_identity = :sealed_identity, changed_ms = :now_ms,
       closed_ms = CASE WHEN CAST(:status AS BIGINT) < 3 THEN NULL WHEN status < 3 THEN CAST(:now_ms AS BIGINT) ELSE closed_ms END
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: client_key_insert
INSERT INTO client_key (practice_id, client_id, class, wrapped, epoch)
VALUES (:practice_id, :client_id, :class, :wrapped, :epoch);

-- name: client_key_before
SELECT client_id, class, wrapped FROM client_key WHERE practice_id = :practice_id AND epoch < :epoch
 ORDER BY epoch, client_id, class LIMIT :max;

-- Under another key of the practice (SEAL_CLIENT_KEY_ID_AT).
-- name: client_key_other
SELECT client_id, wrapped FROM client_key
 WHERE practice_id = :practice_id AND class = :class AND substr(wrapped, 6, 4) <> :key_id LIMIT :max;

-- name: client_key_renew
UPDATE client_key SET wrapped = :wrapped, epoch = :epoch
 WHERE practice_id = :practice_id AND client_id = :client_id AND class = :class;

-- name: client_identity_key
UPDATE client SET identity_key = :identity_key WHERE practice_id = :practice_id AND id = :id;

-- name: client_keys
SELECT k.class, k.wrapped FROM client_key k WHERE k.practice_id = :practice_id AND k.client_id = :client_id;

-- name: client_by_id
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key,
       EXISTS (SELECT 1 FROM client_photo f WHERE f.practice_id = c.practice_id AND f.client_id = c.id)
  FROM client c
 WHERE c.practice_id = :practice_id AND c.id = :id;

-- What an actor is to a client (app/authorize.h): one row for each place in the care team, at least one.
-- name: client_facts
SELECT c.clinician_id, c.blocked_ms IS NOT NULL,
       EXISTS (SELECT 1 FROM client_wall w
                WHERE w.practice_id = c.practice_id AND w.client_id = c.id
                  AND (w.against_id = :actor_id
                    OR EXISTS (SELECT 1 FROM client_team u
                                WHERE u.practice_id = w.practice_id AND u.client_id = w.against_id
                                  AND u.person_id = :actor_id AND u.until_ms > :now_ms)
                    OR EXISTS (SELECT 1 FROM client k
                                WHERE k.practice_id = w.practice_id AND k.id = w.against_id
                                  AND k.clinician_id = :actor_id))),
       EXISTS (SELECT 1 FROM emergency e
                WHERE e.practice_id = c.practice_id AND e.client_id = c.id AND e.person_id = :actor_id
                  AND e.until_ms > :now_ms),
       t.role, t.is_unmasked
  FROM client c
  LEFT JOIN client_team t ON t.practice_id = c.practice_id AND t.client_id = c.id AND t.person_id = :actor_id
   AND t.until_ms > :now_ms
 WHERE c.practice_id = :practice_id AND c.id = :id AND c.erased_ms IS NULL;

-- name: client_emergency
SELECT until_ms, reason FROM emergency
 WHERE practice_id = :practice_id AND client_id = :client_id AND person_id = :actor_id AND until_ms > :now_ms;

-- The same for lists: what is not so of most clients. Kinds: 0 place in a care team, 1 emergency, 2 blocked, 3 wall,
-- 4 erased.
-- name: client_sight
SELECT t.client_id, 0, t.role, t.is_unmasked FROM client_team t
 WHERE t.practice_id = :practice_id AND t.person_id = :actor_id AND t.until_ms > :now_ms
UNION ALL
SELECT e.client_id, 1, 0, 0 FROM emergency e
 WHERE e.practice_id = :practice_id AND e.person_id = :actor_id AND e.until_ms > :now_ms
UNION ALL
SELECT c.id, 2, 0, 0 FROM client c WHERE c.practice_id = :practice_id AND c.blocked_ms IS NOT NULL
UNION ALL
SELECT c.id, 4, 0, 0 FROM client c WHERE c.practice_id = :practice_id AND c.erased_ms IS NOT NULL
UNION ALL
SELECT w.client_id, 3, 0, 0 FROM client_wall w
 WHERE w.practice_id = :practice_id AND w.against_id = :actor_id
UNION ALL
SELECT w.client_id, 3, 0, 0 FROM client_team t
  JOIN client_wall w ON w.practice_id = t.practice_id AND w.against_id = t.client_id
 WHERE t.practice_id = :practice_id AND t.person_id = :actor_id AND t.until_ms > :now_ms
UNION ALL
SELECT w.client_id, 3, 0, 0 FROM client_wall w
  JOIN client k ON k.practice_id = w.practice_id AND k.id = w.against_id
 WHERE w.practice_id = :practice_id AND k.clinician_id = :actor_id;

-- A SQLite file holds one practice: the plain scan is three times faster than the walk of an index.
-- name: client_all
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c WHERE +c.practice_id = :practice_id AND c.erased_ms IS NULL;

-- name: client_all pgsql
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c WHERE c.practice_id = :practice_id AND c.erased_ms IS NULL;

-- name: client_all_of
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c WHERE c.practice_id = :practice_id AND c.clinician_id = :person_id
UNION ALL
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM (SELECT t.client_id FROM client_team t
         WHERE t.practice_id = :practice_id AND t.person_id = :person_id AND t.until_ms > :now_ms
        UNION
        SELECT e.client_id FROM emergency e
         WHERE e.practice_id = :practice_id AND e.person_id = :person_id AND e.until_ms > :now_ms) a
  JOIN client c ON c.practice_id = :practice_id AND c.id = a.client_id
 WHERE c.clinician_id IS NULL OR c.clinician_id <> :person_id;

-- As many as are asked, as a JSON list of ids, in one statement.
-- name: client_of_ids
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM json_each(:ids) j CROSS JOIN client c
 WHERE c.practice_id = :practice_id AND c.id = j.value;

-- name: client_of_ids pgsql
SELECT c.id, c.version, c.status, c.clinician_id, c.created_ms, c.sealed_identity, c.identity_key
  FROM client c
 WHERE c.id = ANY (ARRAY (SELECT json_array_elements_text(CAST(:ids AS json)))) AND c.practice_id = :practice_id;

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
 WHERE c.practice_id = :practice_id AND c.erased_ms IS NULL
   AND (NOT EXISTS (SELECT 1 FROM client_key k WHERE k.practice_id = c.practice_id AND k.client_id = c.id
                       AND k.class = :identity AND k.wrapped = c.identity_key)
     OR NOT EXISTS (SELECT 1 FROM client_key k WHERE k.practice_id = c.practice_id AND k.client_id = c.id
                       AND k.class = :clinical));

-- name: client_caseload
SELECT c.id FROM client c
 WHERE c.practice_id = :practice_id AND c.clinician_id = :person_id AND c.status <= :last_status ORDER BY c.created_ms, c.id;

-- --- erasing -------------------------------------------------------------------------------

-- name: client_erase
UPDATE client SET version = version + 1, status = 4, sealed_identity = :nothing, identity_key = :nothing,
       blocked_ms = NULL, erased_ms = :now_ms, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND erased_ms IS NULL;

-- name: client_keys_drop
DELETE FROM client_key WHERE practice_id = :practice_id AND client_id = :client_id;

-- name: client_team_clear
DELETE FROM client_team WHERE practice_id = :practice_id AND client_id = :client_id;

-- name: client_wall_clear
DELETE FROM client_wall
 WHERE practice_id = :practice_id AND (client_id = :client_id OR against_id = :client_id);

-- name: client_erased_with_key
SELECT c.id FROM client c JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.id
 WHERE c.practice_id = :practice_id AND c.erased_ms IS NOT NULL;
