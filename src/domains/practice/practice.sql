-- Statements of the practice domain. tools/sqlc.py makes practice_sql.h of it.

-- name: practice_insert
INSERT INTO practice (practice_id, version, time_zone, locale, currency, says_patient, is_demo,
                      sealed_identity, created_ms, changed_ms)
VALUES (:practice_id, 1, :time_zone, :locale, :currency, :says_patient, :is_demo, :sealed_identity, :now_ms, :now_ms);

-- name: practice_update
UPDATE practice SET version = version + 1, time_zone = :time_zone, locale = :locale, currency = :currency,
       says_patient = :says_patient, sealed_identity = :sealed_identity, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND version = :version;

-- name: practice_by_id
SELECT version, time_zone, locale, currency, says_patient, is_demo, sealed_identity
  FROM practice WHERE practice_id = :practice_id;

-- name: practice_last_id
SELECT COALESCE(MAX(practice_id), 0) FROM practice;

-- name: practice_count
SELECT COUNT(*) FROM practice;

-- name: practice_key_insert
INSERT INTO practice_key (practice_id, class, wrapped, phase, made_ms, phase_ms)
VALUES (:practice_id, :class, :wrapped, 0, :now_ms, :now_ms);

-- name: practice_key_all
SELECT practice_id, class, wrapped, other FROM practice_key ORDER BY practice_id, class;

-- name: practice_key_of
SELECT practice_id, class, wrapped, other FROM practice_key WHERE practice_id = :practice_id ORDER BY class;

-- name: practice_key_since
SELECT practice_id, class, wrapped, other FROM practice_key WHERE phase_ms > :since_ms;

-- name: practice_key_state
SELECT wrapped, other, phase, made_ms, phase_ms, due_ms FROM practice_key WHERE practice_id = :practice_id AND class = :class;

-- name: practice_key_change
UPDATE practice_key SET wrapped = :wrapped, other = :other, phase = :phase, made_ms = :made_ms, phase_ms = :now_ms,
       due_ms = :due_ms
 WHERE practice_id = :practice_id AND class = :class;

-- name: practice_key_due
UPDATE practice_key SET due_ms = :now_ms WHERE practice_id = :practice_id AND class = :class;

-- name: epoch_key_insert
INSERT INTO epoch_key (practice_id, epoch, made_ms, wrapped) VALUES (:practice_id, :epoch, :now_ms, :wrapped);

-- name: epoch_key_all
SELECT practice_id, epoch, wrapped FROM epoch_key ORDER BY practice_id, epoch;

-- name: epoch_key_state
SELECT epoch, made_ms FROM epoch_key WHERE practice_id = :practice_id ORDER BY epoch;

-- name: epoch_key_since
SELECT practice_id, epoch, wrapped FROM epoch_key WHERE made_ms > :since_ms;

-- name: epoch_key_delete
DELETE FROM epoch_key WHERE practice_id = :practice_id AND epoch < :before;

-- name: epoch_key_of
SELECT epoch, wrapped FROM epoch_key WHERE practice_id = :practice_id ORDER BY epoch;

-- name: room_insert
INSERT INTO room (practice_id, id, version, name, capacity, position, is_active)
VALUES (:practice_id, :id, 1, :name, :capacity, :position, :is_active);

-- name: room_update
UPDATE room SET version = version + 1, name = :name, capacity = :capacity, position = :position,
       is_active = :is_active
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: room_by_id
SELECT id, version, name, capacity, position, is_active FROM room
 WHERE practice_id = :practice_id AND id = :id;

-- name: room_all
SELECT id, version, name, capacity, position, is_active FROM room
 WHERE practice_id = :practice_id ORDER BY position, name, id;

-- name: service_insert
INSERT INTO service (practice_id, id, version, code, name, duration_min, modality, kind, fee_cents, is_active, position)
VALUES (:practice_id, :id, 1, :code, :name, :duration_min, :modality, :kind, :fee_cents, :is_active, :position);

-- name: service_update
UPDATE service SET version = version + 1, code = :code, name = :name, duration_min = :duration_min,
       modality = :modality, kind = :kind, fee_cents = :fee_cents, is_active = :is_active, position = :position
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: service_by_id
SELECT id, version, code, name, duration_min, modality, kind, fee_cents, is_active, position FROM service
 WHERE practice_id = :practice_id AND id = :id;

-- name: service_all
SELECT id, version, code, name, duration_min, modality, kind, fee_cents, is_active, position FROM service
 WHERE practice_id = :practice_id ORDER BY position, name, id;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: practice_other_key
SELECT CAST(NULL AS TEXT), version, sealed_identity FROM practice
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: practice_reseal
UPDATE practice SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was;
