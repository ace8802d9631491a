-- Statements of the retention domain. tools/sqlc.py makes retention_sql.h of it.

-- Closed files old enough to be looked at, and all who asked.
-- name: retention_candidates
SELECT c.id, c.status, c.closed_ms, c.created_ms, c.blocked_ms,
       (SELECT MAX(g.start_ms) FROM appointment_client g WHERE g.practice_id = c.practice_id AND g.client_id = c.id),
       r.asked_ms
  FROM client c LEFT JOIN erasure_request r ON r.practice_id = c.practice_id AND r.client_id = c.id
 WHERE c.practice_id = :practice_id AND c.erased_ms IS NULL
   AND (r.client_id IS NOT NULL OR (c.status >= 3 AND COALESCE(c.closed_ms, c.created_ms) < :before_ms))
 ORDER BY r.asked_ms IS NULL, c.closed_ms, c.id LIMIT :max;

-- name: retention_of
SELECT c.id, c.status, c.closed_ms, c.created_ms, c.blocked_ms,
       (SELECT MAX(g.start_ms) FROM appointment_client g WHERE g.practice_id = c.practice_id AND g.client_id = c.id),
       r.asked_ms
  FROM client c LEFT JOIN erasure_request r ON r.practice_id = c.practice_id AND r.client_id = c.id
 WHERE c.practice_id = :practice_id AND c.id = :client_id;

-- name: retention_all
SELECT c.id, c.status, c.closed_ms, c.created_ms, c.blocked_ms,
       (SELECT MAX(g.start_ms) FROM appointment_client g WHERE g.practice_id = c.practice_id AND g.client_id = c.id),
       NULL
  FROM client c WHERE c.practice_id = :practice_id AND c.erased_ms IS NULL;

-- name: erasure_request_put
INSERT INTO erasure_request (practice_id, client_id, asked_ms, by_id, sealed_identity)
VALUES (:practice_id, :client_id, :now_ms, :by_id, :sealed_identity)
ON CONFLICT (practice_id, client_id) DO UPDATE SET sealed_identity = excluded.sealed_identity, by_id = excluded.by_id;

-- name: erasure_request_drop
DELETE FROM erasure_request WHERE practice_id = :practice_id AND client_id = :client_id;

-- name: erasure_insert
INSERT INTO erasure (practice_id, id, erased_ms, reason, is_early, by_id, client_hash, sealed_identity)
VALUES (:practice_id, :id, :now_ms, :reason, :is_early, :by_id, :client_hash, :sealed_identity);

-- name: erasure_all
SELECT id, erased_ms, reason, is_early, by_id, sealed_identity FROM erasure
 WHERE practice_id = :practice_id ORDER BY erased_ms DESC, id LIMIT :max;

-- name: tombstone_all
SELECT client_hash, erased_ms, reason FROM erasure WHERE practice_id = :practice_id ORDER BY erased_ms, id;

-- name: tombstone_count
SELECT COUNT(*) FROM erasure WHERE practice_id = :practice_id;

-- name: retention_clients_left
SELECT id FROM client WHERE practice_id = :practice_id AND erased_ms IS NULL ORDER BY id;

-- name: retention_check
SELECT c.id FROM client c
 WHERE c.practice_id = :practice_id AND c.erased_ms IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.practice_id = c.practice_id AND e.erased_ms = c.erased_ms);

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: erasure_other_key
SELECT id, 1, sealed_identity FROM erasure
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: erasure_reseal
UPDATE erasure SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;
