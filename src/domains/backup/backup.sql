-- Statements of the backup domain. tools/sqlc.py makes backup_sql.h of it.

-- name: backup_insert
INSERT INTO backup (id, made_ms, proven_ms, n_bytes, n_rows, path, fault)
VALUES (:id, :made_ms, NULL, :n_bytes, :n_rows, :path, :fault);

-- name: backup_forget_faults
DELETE FROM backup WHERE fault IS NOT NULL;

-- name: backup_forget
DELETE FROM backup WHERE id = :id;

-- name: backup_last_proof
SELECT COALESCE(MAX(made_ms), 0) FROM backup WHERE proven_ms IS NOT NULL AND made_ms <= :until_ms;

-- name: backup_proven
UPDATE backup SET proven_ms = :now_ms WHERE id = :id;

-- name: backup_newest
SELECT id, made_ms, proven_ms, n_bytes, n_rows, path, fault FROM backup ORDER BY made_ms DESC, id LIMIT :max;

-- Confirmed kits of who is a clinician still: whoever has the paper opens the file.
-- name: backup_kits
SELECT DISTINCT k.public_key
  FROM recovery_kit k
  JOIN person p ON p.practice_id = k.practice_id AND p.id = k.person_id
 WHERE k.confirmed_ms IS NOT NULL AND p.is_active = 1 AND p.roles % 2 = 1 AND p.clinical_grant IS NOT NULL
 ORDER BY k.public_key;
