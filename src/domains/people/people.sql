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

-- name: person_granted
SELECT id, roles, is_active, public_key, clinical_grant FROM person
 WHERE practice_id = :practice_id AND clinical_grant IS NOT NULL;

-- name: person_without_grant
SELECT id, roles FROM person WHERE practice_id = :practice_id AND is_active = 1 AND clinical_grant IS NULL AND public_key IS NOT NULL;

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
                     sealed_identity, unlock_key, state, verified_ms, by_password, scopes)
VALUES (:token_hash, :practice_id, :person_id, :stamp, :is_bearer, 0, :now_ms, :now_ms, :expires_ms, :sealed_identity,
        :unlock_key, :state, :verified_ms, :by_password, :scopes);

-- name: session_by_token
SELECT s.practice_id, s.person_id, s.is_bearer, s.is_locked, s.used_ms, s.expires_ms, p.version, p.roles, p.locale,
       p.theme, p.density, p.lock_min, p.sealed_identity, r.time_zone, r.currency, r.says_patient, r.version,
       r.sealed_identity, s.unlock_key, s.state, s.verified_ms, s.scopes
  FROM session s
  JOIN person p ON p.practice_id = s.practice_id AND p.id = s.person_id
  JOIN practice r ON r.practice_id = s.practice_id
 WHERE s.token_hash = :token_hash AND s.stamp = p.stamp AND p.is_active = 1;

-- name: session_way
SELECT state, verified_ms, by_password, expires_ms FROM session WHERE token_hash = :token_hash;

-- name: session_touch
UPDATE session SET used_ms = :now_ms WHERE token_hash = :token_hash AND is_locked = 0;

-- name: session_lock
UPDATE session SET is_locked = :is_locked, used_ms = :now_ms, unlock_key = :unlock_key WHERE token_hash = :token_hash;

-- What they carry is of the key before.
-- name: session_close_all
UPDATE session SET unlock_key = NULL WHERE practice_id = :practice_id AND unlock_key IS NOT NULL;

-- Of class SEAL_CLINICAL.
-- name: session_before_key
SELECT COUNT(*) FROM session s JOIN practice_key k ON k.practice_id = s.practice_id AND k.class = 2
 WHERE s.token_hash = :token_hash AND s.created_ms < k.made_ms;

-- name: session_keep
UPDATE session SET unlock_key = :unlock_key WHERE token_hash = :token_hash AND is_locked = 0;

-- name: session_delete
DELETE FROM session WHERE token_hash = :token_hash;

-- name: session_delete_person
DELETE FROM session WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: session_delete_one
DELETE FROM session WHERE practice_id = :practice_id AND person_id = :person_id AND token_hash = :token_hash;

-- name: session_sweep
DELETE FROM session WHERE expires_ms < :now_ms;

-- name: session_of_person
SELECT s.token_hash, s.is_bearer, s.is_locked, s.created_ms, s.used_ms, s.expires_ms, s.sealed_identity,
       s.state, s.scopes
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

-- name: person_stamp
UPDATE person SET stamp = stamp + 1 WHERE practice_id = :practice_id AND id = :id;

-- name: factors_of
SELECT (SELECT COUNT(*) FROM totp t WHERE t.practice_id = p.practice_id AND t.person_id = p.id),
       (SELECT COUNT(*) FROM passkey k WHERE k.practice_id = p.practice_id AND k.person_id = p.id),
       (SELECT COUNT(*) FROM recovery_code c WHERE c.practice_id = p.practice_id AND c.person_id = p.id)
  FROM person p WHERE p.practice_id = :practice_id AND p.id = :id;

-- name: totp_by_person
SELECT version, last_step, sealed_identity FROM totp WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: totp_put
INSERT INTO totp (practice_id, person_id, version, last_step, created_ms, sealed_identity)
VALUES (:practice_id, :person_id, :version, :last_step, :now_ms, :sealed_identity)
ON CONFLICT (practice_id, person_id) DO UPDATE SET version = excluded.version, last_step = excluded.last_step,
       created_ms = excluded.created_ms, sealed_identity = excluded.sealed_identity;

-- name: totp_step
UPDATE totp SET last_step = :last_step
 WHERE practice_id = :practice_id AND person_id = :person_id AND last_step < :last_step;

-- name: totp_delete
DELETE FROM totp WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: recovery_insert
INSERT INTO recovery_code (practice_id, person_id, code_hash) VALUES (:practice_id, :person_id, :code_hash);

-- name: recovery_use
DELETE FROM recovery_code WHERE practice_id = :practice_id AND person_id = :person_id AND code_hash = :code_hash;

-- name: recovery_delete
DELETE FROM recovery_code WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: guess_of
SELECT since_ms, n_guesses FROM factor_guess WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: guess_reserve
INSERT INTO factor_guess (practice_id, person_id, since_ms, n_guesses)
VALUES (:practice_id, :person_id, :since_ms, :n_guesses)
ON CONFLICT (practice_id, person_id) DO UPDATE SET since_ms = excluded.since_ms, n_guesses = excluded.n_guesses
 WHERE factor_guess.since_ms < excluded.since_ms OR factor_guess.n_guesses = excluded.n_guesses - 1;

-- name: guess_drop
DELETE FROM factor_guess WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: passkey_insert
INSERT INTO passkey (practice_id, id, person_id, credential_hash, alg, counter, created_ms, used_ms, sealed_identity)
VALUES (:practice_id, :id, :person_id, :credential_hash, :alg, :counter, :now_ms, 0, :sealed_identity);

-- name: passkey_by_credential
SELECT practice_id, id, person_id, alg, counter, sealed_identity FROM passkey WHERE credential_hash = :credential_hash;

-- name: passkey_of_person
SELECT id, created_ms, used_ms, sealed_identity FROM passkey
 WHERE practice_id = :practice_id AND person_id = :person_id ORDER BY created_ms;

-- name: passkey_used
UPDATE passkey SET counter = :counter, used_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND counter = :was_counter;

-- name: passkey_delete
DELETE FROM passkey WHERE practice_id = :practice_id AND person_id = :person_id AND id = :id;

-- name: passkey_delete_person
DELETE FROM passkey WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: challenge_use
INSERT INTO passkey_challenge (challenge_hash, expires_ms) VALUES (:challenge_hash, :expires_ms)
ON CONFLICT (challenge_hash) DO NOTHING;

-- name: challenge_sweep
DELETE FROM passkey_challenge WHERE expires_ms < :now_ms;

-- name: link_insert
INSERT INTO person_link (token_hash, practice_id, person_id, kind, expires_ms)
VALUES (:token_hash, :practice_id, :person_id, :kind, :expires_ms);

-- name: link_by_token
SELECT practice_id, person_id, kind FROM person_link WHERE token_hash = :token_hash AND expires_ms > :now_ms;

-- name: link_of_practice
SELECT person_id, kind, expires_ms FROM person_link WHERE practice_id = :practice_id AND expires_ms > :now_ms;

-- name: link_delete
DELETE FROM person_link WHERE token_hash = :token_hash;

-- name: link_delete_person
DELETE FROM person_link WHERE practice_id = :practice_id AND person_id = :person_id;

-- name: device_of
SELECT is_told FROM known_device
 WHERE practice_id = :practice_id AND person_id = :person_id AND device_hash = :device_hash;

-- name: device_others
SELECT COUNT(*), COALESCE(SUM(1 - is_told), 0) FROM known_device
 WHERE practice_id = :practice_id AND person_id = :person_id AND device_hash <> :device_hash;

-- name: device_insert
INSERT INTO known_device (practice_id, person_id, device_hash, first_ms, is_told)
VALUES (:practice_id, :person_id, :device_hash, :now_ms, :is_told)
ON CONFLICT (practice_id, person_id, device_hash) DO NOTHING;

-- name: device_tell
UPDATE known_device SET is_told = 1 WHERE practice_id = :practice_id AND person_id = :person_id;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: person_other_key
SELECT id, version, sealed_identity FROM person
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: person_reseal
UPDATE person SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;

-- name: session_other_key
SELECT token_hash, 1, sealed_identity FROM session
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: session_reseal
UPDATE session SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was;

-- name: passkey_other_key
SELECT id, 1, sealed_identity FROM passkey
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: passkey_reseal
UPDATE passkey SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;

-- name: totp_other_key
SELECT person_id, version, sealed_identity FROM totp
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: totp_reseal
UPDATE totp SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND person_id = :row;
