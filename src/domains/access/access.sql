-- Statements of the access domain. tools/sqlc.py makes access_sql.h of it.

-- name: team_of_client
SELECT person_id, role, is_unmasked, until_ms FROM client_team
 WHERE practice_id = :practice_id AND client_id = :client_id AND until_ms > :now_ms ORDER BY from_ms, person_id;

-- name: team_put
INSERT INTO client_team (practice_id, client_id, person_id, role, is_unmasked, from_ms, until_ms, by_id)
VALUES (:practice_id, :client_id, :person_id, :role, :is_unmasked, :now_ms, :until_ms, :by_id)
ON CONFLICT (practice_id, client_id, person_id, role)
DO UPDATE SET is_unmasked = excluded.is_unmasked, from_ms = excluded.from_ms, until_ms = excluded.until_ms,
              by_id = excluded.by_id;

-- name: team_drop
DELETE FROM client_team
 WHERE practice_id = :practice_id AND client_id = :client_id AND person_id = :person_id AND role = :role;

-- name: wall_of_client
SELECT wall_id, against_id, created_ms, sealed_identity FROM client_wall
 WHERE practice_id = :practice_id AND client_id = :client_id ORDER BY created_ms, against_id;

-- name: wall_insert
INSERT INTO client_wall (practice_id, client_id, against_id, wall_id, by_id, created_ms, sealed_identity)
VALUES (:practice_id, :client_id, :against_id, :wall_id, :by_id, :now_ms, :sealed_identity);

-- Both sides of it, when one of them is this client's.
-- name: wall_drop
DELETE FROM client_wall
 WHERE practice_id = :practice_id AND wall_id = :wall_id
   AND EXISTS (SELECT 1 FROM client_wall w
                WHERE w.practice_id = client_wall.practice_id AND w.wall_id = client_wall.wall_id
                  AND w.client_id = :client_id);

-- name: client_block
UPDATE client SET blocked_ms = :blocked_ms WHERE practice_id = :practice_id AND id = :client_id;

-- name: client_blocked
SELECT 1 FROM client WHERE practice_id = :practice_id AND id = :client_id AND blocked_ms IS NOT NULL;

-- name: emergency_insert
INSERT INTO emergency (practice_id, id, client_id, person_id, reason, created_ms, until_ms, sealed_identity, finding)
VALUES (:practice_id, :id, :client_id, :person_id, :reason, :now_ms, :until_ms, :sealed_identity, 0);

-- name: emergency_open_of
SELECT 1 FROM emergency WHERE practice_id = :practice_id AND person_id = :person_id AND until_ms > :now_ms;

-- name: emergency_all
SELECT id, client_id, person_id, reviewer_id, reason, finding, created_ms, until_ms, reviewed_ms, sealed_identity,
       sealed_finding
  FROM emergency WHERE practice_id = :practice_id
   AND (CAST(:client_id AS TEXT) IS NULL OR client_id = :client_id)
 ORDER BY created_ms DESC, id LIMIT :max;

-- The oldest that nobody looked at and that is the actor's to look at: of somebody else, and of a client
-- whose care team the actor is of, or any for who watches over all.
-- name: emergency_pending
SELECT e.client_id FROM emergency e JOIN client c ON c.practice_id = e.practice_id AND c.id = e.client_id
 WHERE e.practice_id = :practice_id AND e.finding = 0 AND e.person_id <> :person_id
   AND (:oversees = 1 OR c.clinician_id = :person_id OR EXISTS (
         SELECT 1 FROM client_team t WHERE t.practice_id = e.practice_id AND t.client_id = e.client_id
            AND t.person_id = :person_id))
 ORDER BY e.created_ms LIMIT 1;

-- name: emergency_review
UPDATE emergency SET finding = :finding, reviewer_id = :reviewer_id, reviewed_ms = :now_ms, sealed_finding = :sealed_finding,
       until_ms = CASE WHEN until_ms > :now_ms AND created_ms < :now_ms THEN :now_ms ELSE until_ms END
 WHERE practice_id = :practice_id AND id = :id AND finding = 0 AND person_id <> :reviewer_id;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: emergency_other_key
SELECT id, 1, sealed_identity FROM emergency
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: emergency_reseal
UPDATE emergency SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;

-- name: finding_other_key
SELECT id, 2, sealed_finding FROM emergency
 WHERE practice_id = :practice_id AND substr(sealed_finding, 2, 4) <> :mark LIMIT :max;

-- name: finding_reseal
UPDATE emergency SET sealed_finding = :sealed WHERE practice_id = :practice_id AND sealed_finding = :was AND id = :row;

-- name: wall_other_key
SELECT wall_id, 1, sealed_identity FROM client_wall
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: wall_reseal
UPDATE client_wall SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND wall_id = :row;
