-- Statements of the agenda domain. tools/sqlc.py makes agenda_sql.h of it.

-- name: appointment_insert
INSERT INTO appointment (practice_id, id, version, clinician_id, room_id, service_id, modality, state, start_ms, end_ms,
                         series_id, sealed_identity, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :clinician_id, :room_id, :service_id, :modality, :state, :start_ms, :end_ms,
        :series_id, :sealed_identity, :now_ms, :now_ms);

-- name: appointment_update
UPDATE appointment SET version = version + 1, clinician_id = :clinician_id, room_id = :room_id, service_id = :service_id,
       modality = :modality, state = :state, start_ms = :start_ms, end_ms = :end_ms, actual_start_ms = :actual_start_ms,
       actual_end_ms = :actual_end_ms, closed_ms = :closed_ms, sealed_identity = :sealed_identity, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version;

-- name: appointment_by_id
SELECT id, version, clinician_id, room_id, service_id, modality, state, start_ms, end_ms, actual_start_ms, actual_end_ms,
       closed_ms, series_id, sealed_identity
  FROM appointment WHERE practice_id = :practice_id AND id = :id;

-- name: appointment_client_insert
INSERT INTO appointment_client (practice_id, client_id, appointment_id, start_ms, attendance, ordinal)
VALUES (:practice_id, :client_id, :appointment_id, :start_ms, :attendance, :ordinal);

-- name: appointment_client_delete
DELETE FROM appointment_client WHERE practice_id = :practice_id AND appointment_id = :appointment_id;

-- name: appointment_clients
SELECT client_id, ordinal FROM appointment_client
 WHERE practice_id = :practice_id AND appointment_id = :appointment_id ORDER BY client_id;

-- name: slot_insert
INSERT INTO appointment_slot (practice_id, resource_id, start_ms, end_ms, appointment_id, kind)
VALUES (:practice_id, :resource_id, :start_ms, :end_ms, :appointment_id, :kind);

-- name: slot_delete
DELETE FROM appointment_slot WHERE practice_id = :practice_id AND appointment_id = :appointment_id;

-- What is in the way of a resource; :day_before is start - 24 h, so the primary key bounds the range.
-- name: slot_conflict
SELECT appointment_id, kind, start_ms, end_ms FROM appointment_slot
 WHERE practice_id = :practice_id AND resource_id = :resource_id AND start_ms > :day_before AND start_ms < :end_ms
   AND end_ms > :start_ms AND appointment_id <> :but_id
 ORDER BY start_ms;

-- Both of the next come newest last; every list has its index range (appointment_start, appointment_clinician).
-- name: appointment_between
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms, a.end_ms, a.closed_ms,
       a.series_id, a.sealed_identity
  FROM appointment a
 WHERE a.practice_id = :practice_id AND a.start_ms >= :from_ms AND a.start_ms < :to_ms ORDER BY a.start_ms, a.id;

-- name: appointment_between_of
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms, a.end_ms, a.closed_ms,
       a.series_id, a.sealed_identity
  FROM appointment a
 WHERE a.practice_id = :practice_id AND a.clinician_id = :clinician_id AND a.start_ms >= :from_ms AND a.start_ms < :to_ms
 ORDER BY a.start_ms, a.id;

-- name: appointment_unclosed
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms, a.end_ms, a.closed_ms,
       a.series_id, a.sealed_identity
  FROM appointment a
 WHERE a.practice_id = :practice_id AND a.clinician_id = :clinician_id AND a.closed_ms IS NULL AND a.state < 4
   AND a.start_ms < :before_ms
 ORDER BY a.start_ms LIMIT :max;

-- name: appointment_of_client
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms, a.end_ms, a.closed_ms,
       a.series_id, a.sealed_identity
  FROM appointment_client c JOIN appointment a ON a.practice_id = c.practice_id AND a.id = c.appointment_id
 WHERE c.practice_id = :practice_id AND c.client_id = :client_id AND c.start_ms < :before_ms
 ORDER BY c.start_ms DESC LIMIT :max;

-- name: attendance_last
SELECT attendance, ordinal FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms < :now_ms AND attendance >= 3
 ORDER BY start_ms DESC LIMIT 20;

-- The ordinal of the last held session before an instant; index appointment_client_time.
-- name: ordinal_before
SELECT ordinal FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms < :before_ms AND attendance = 3
 ORDER BY start_ms DESC LIMIT 1;

-- name: appointment_next
SELECT start_ms FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms > :now_ms AND attendance < 3
 ORDER BY start_ms LIMIT 1;

-- name: self_note_get
SELECT version, sealed_clinical FROM self_note
 WHERE practice_id = :practice_id AND client_id = :client_id AND clinician_id = :clinician_id;

-- name: self_note_insert
INSERT INTO self_note (practice_id, client_id, clinician_id, version, sealed_clinical, changed_ms)
VALUES (:practice_id, :client_id, :clinician_id, 1, :sealed_clinical, :now_ms);

-- name: self_note_update
UPDATE self_note SET version = version + 1, sealed_clinical = :sealed_clinical, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND client_id = :client_id AND clinician_id = :clinician_id AND version = :version;

-- Invariants, for `entracte check`.
-- name: check_overlaps
SELECT s.appointment_id, t.appointment_id FROM appointment_slot s
  JOIN appointment_slot t ON t.practice_id = s.practice_id AND t.resource_id = s.resource_id AND t.start_ms > s.start_ms
   AND t.start_ms < s.end_ms
 WHERE s.practice_id = :practice_id;

-- name: check_slots
SELECT a.id FROM appointment a
 WHERE a.practice_id = :practice_id AND (a.state <= 3) <> EXISTS (
       SELECT 1 FROM appointment_slot s WHERE s.practice_id = a.practice_id AND s.appointment_id = a.id AND s.kind = 0
          AND s.resource_id = a.clinician_id AND s.start_ms = a.start_ms AND s.end_ms = a.end_ms);
