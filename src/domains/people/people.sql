-- Statements of the people domain. tools/sqlc.py makes people_sql.h of it.

-- name: person_insert
INSERT INTO person (practice_id, id, version, email_hash, roles, is_active, color, locale, theme, density, lock_min,
                    note_template, password_hash, stamp, sealed_identity, created_ms, changed_ms, own_key, public_key,
                    clinical_grant)
VALUES (:practice_id, :id, 1, :email_hash, :roles, :is_active, :color, :locale, :theme, :density, :lock_min,
        :note_template, :password_hash, 1, :sealed_identity, :now_ms, :now_ms, :own_key, :public_key, :clinical_grant);

-- name: person_update
UPDATE person SET version = version + 1, email_hash = :email_hash, roles = :roles, is_active = :is_active,
       color = :color, locale = :locale, theme = :theme, density = :density, lock_min = :lock_min,
       note_template = :note_template, stamp = stamp + :ends_sessions, sealed_identity = :sealed_identity,
       changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: person_password
UPDATE person SET password_hash = :password_hash, own_key = :own_key, public_key = :public_key, stamp = stamp + 1
 WHERE practice_id = :practice_id AND id = :id;

-- name: person_by_id
SELECT id, version, roles, is_active, color, locale, theme, density, lock_min, note_template, sealed_identity
  FROM person WHERE practice_id = :practice_id AND id = :id;

-- name: person_all
SELECT id, version, roles, is_active, color, locale, theme, density, lock_min, note_template, sealed_identity
  FROM person WHERE practice_id = :practice_id ORDER BY id;

-- name: person_keys
SELECT public_key, clinical_grant FROM person WHERE practice_id = :practice_id AND id = :id;

-- name: person_grant
UPDATE person SET clinical_grant = :clinical_grant WHERE practice_id = :practice_id AND id = :id;

-- name: person_by_email
SELECT practice_id, id, password_hash, is_active, stamp, own_key, public_key, clinical_grant FROM person WHERE email_hash = :email_hash;

-- name: failure_of
SELECT n_failed, retry_ms FROM sign_in_failure WHERE email_hash = :email_hash;

-- name: failure_reserve
INSERT INTO sign_in_failure (email_hash, n_failed, retry_ms) VALUES (:email_hash, :n_failed, :retry_ms)
ON CONFLICT (email_hash) DO UPDATE SET n_failed = excluded.n_failed, retry_ms = excluded.retry_ms
 WHERE sign_in_failure.n_failed = excluded.n_failed - 1;

-- name: failure_restore
UPDATE sign_in_failure SET n_failed = :n_failed, retry_ms = :retry_ms
 WHERE email_hash = :email_hash AND n_failed = :n_reserved;

-- name: failure_drop
DELETE FROM sign_in_failure WHERE email_hash = :email_hash;

-- name: failure_sweep
DELETE FROM sign_in_failure WHERE retry_ms < :before_ms;

-- name: person_owners
SELECT COUNT(*) FROM person WHERE practice_id = :practice_id AND is_active = 1 AND roles % 2 = 1 AND id <> :but_id;

-- name: session_insert
INSERT INTO session (token_hash, practice_id, person_id, stamp, is_bearer, is_locked, created_ms, used_ms, expires_ms,
                     sealed_identity, unlock_key)
VALUES (:token_hash, :practice_id, :person_id, :stamp, :is_bearer, 0, :now_ms, :now_ms, :expires_ms, :sealed_identity,
        :unlock_key);

-- name: session_by_token
SELECT s.practice_id, s.person_id, s.is_bearer, s.is_locked, s.used_ms, s.expires_ms, p.version, p.roles, p.locale,
       p.theme, p.density, p.lock_min, p.sealed_identity, r.time_zone, r.currency, r.says_patient, r.version,
       r.sealed_identity, s.unlock_key
  FROM session s
  JOIN person p ON p.practice_id = s.practice_id AND p.id = s.person_id
  JOIN practice r ON r.practice_id = s.practice_id
 WHERE s.token_hash = :token_hash AND s.stamp = p.stamp AND p.is_active = 1;

-- name: session_touch
UPDATE session SET used_ms = :now_ms WHERE token_hash = :token_hash AND is_locked = 0;

-- name: session_lock
UPDATE session SET is_locked = :is_locked, used_ms = :now_ms, unlock_key = :unlock_key WHERE token_hash = :token_hash;

-- name: session_delete
DELETE FROM session WHERE token_hash = :token_hash;

-- name: session_delete_person
DELETE FROM session WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: session_sweep
DELETE FROM session WHERE expires_ms < :now_ms;

-- name: session_of_person
SELECT s.token_hash, s.is_bearer, s.is_locked, s.created_ms, s.used_ms, s.expires_ms, s.sealed_identity
  FROM session s JOIN person p ON p.practice_id = s.practice_id AND p.id = s.person_id
 WHERE s.practice_id = :practice_id AND s.person_id = :person_id AND s.expires_ms > :now_ms AND s.stamp = p.stamp
 ORDER BY s.used_ms DESC;

-- name: opening_of
SELECT id, person_id, weekday, start_min, end_min FROM opening
 WHERE practice_id = :practice_id AND person_id = :person_id ORDER BY weekday, start_min;

-- name: opening_all
SELECT id, person_id, weekday, start_min, end_min FROM opening
 WHERE practice_id = :practice_id ORDER BY person_id, weekday, start_min;

-- name: opening_delete
DELETE FROM opening WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: opening_insert
INSERT INTO opening (practice_id, id, person_id, weekday, start_min, end_min)
VALUES (:practice_id, :id, :person_id, :weekday, :start_min, :end_min);
