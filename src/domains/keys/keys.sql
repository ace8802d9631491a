-- Statements of the keys domain. tools/sqlc.py makes keys_sql.h of it.

-- name: kit_insert
INSERT INTO recovery_kit (practice_id, id, person_id, made_ms, confirmed_ms, drilled_ms, n_asked, public_key, root_box,
                          clinical_box, own_box, seed)
VALUES (:practice_id, :id, :person_id, :made_ms, NULL, NULL, 0, :public_key, :root_box, :clinical_box, :own_box, :seed);

-- Of who is a clinician still; the newest first.
-- name: kit_all
SELECT k.id, k.person_id, k.made_ms, k.confirmed_ms, k.drilled_ms, k.n_asked, k.public_key, k.root_box, k.clinical_box,
       k.own_box, k.seed
  FROM recovery_kit k
  JOIN person p ON p.practice_id = k.practice_id AND p.id = k.person_id
 WHERE k.practice_id = :practice_id AND p.is_active = 1 AND p.clinical_grant IS NOT NULL
 ORDER BY k.made_ms DESC, k.id;

-- name: kit_asked
UPDATE recovery_kit SET n_asked = n_asked + 1 WHERE practice_id = :practice_id AND id = :id;

-- name: kit_confirm
UPDATE recovery_kit SET confirmed_ms = COALESCE(confirmed_ms, :now_ms), drilled_ms = :now_ms, n_asked = n_asked + 1
 WHERE practice_id = :practice_id AND id = :id;

-- name: kit_drop_others
DELETE FROM recovery_kit WHERE practice_id = :practice_id AND person_id = :person_id AND id <> :id;

-- name: kit_drop_unconfirmed
DELETE FROM recovery_kit WHERE practice_id = :practice_id AND person_id = :person_id AND confirmed_ms IS NULL;

-- name: kit_boxes
UPDATE recovery_kit SET clinical_box = :clinical_box, seed = :seed WHERE practice_id = :practice_id AND id = :id;

-- Of who may not open clinical records any more.
-- name: kit_drop_gone
DELETE FROM recovery_kit
 WHERE practice_id = :practice_id
   AND NOT EXISTS (SELECT 1 FROM person p
                    WHERE p.practice_id = recovery_kit.practice_id AND p.id = recovery_kit.person_id
                      AND p.is_active = 1 AND p.clinical_grant IS NOT NULL);

-- Who waits for a new grant after a new password keeps the kit.
-- name: kit_drop_unowned
DELETE FROM recovery_kit
 WHERE practice_id = :practice_id
   AND NOT EXISTS (SELECT 1 FROM person p
                    WHERE p.practice_id = recovery_kit.practice_id AND p.id = recovery_kit.person_id
                      AND p.is_active = 1 AND p.roles % 2 = 1);

-- Before anything is opened: any kit that has the root key will do.
-- name: kit_with_root
SELECT practice_id, id, public_key, root_box FROM recovery_kit WHERE root_box IS NOT NULL ORDER BY made_ms DESC;

-- name: kit_state
SELECT COALESCE(MAX(CASE WHEN k.confirmed_ms IS NULL THEN 0 ELSE 1 END), 0), COALESCE(MAX(k.drilled_ms), 0)
  FROM recovery_kit k
  JOIN person p ON p.practice_id = k.practice_id AND p.id = k.person_id
 WHERE k.practice_id = :practice_id AND p.is_active = 1 AND p.roles % 2 = 1 AND p.clinical_grant IS NOT NULL;
