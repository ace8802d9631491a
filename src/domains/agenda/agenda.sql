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
SELECT client_id FROM appointment_client
 WHERE practice_id = :practice_id AND appointment_id = :appointment_id ORDER BY client_id;

-- name: slot_insert
INSERT INTO appointment_slot (practice_id, resource_id, start_ms, end_ms, appointment_id, kind)
VALUES (:practice_id, :resource_id, :start_ms, :end_ms, :appointment_id, :kind);

-- name: slot_delete
DELETE FROM appointment_slot WHERE practice_id = :practice_id AND appointment_id = :appointment_id;

-- What is in the way of a resource; :day_before is start - 24 h, so the primary key bounds the range.
-- name: slot_conflict
SELECT start_ms, end_ms FROM appointment_slot
 WHERE practice_id = :practice_id AND resource_id = :resource_id AND start_ms > :day_before AND start_ms < :end_ms
   AND end_ms > :start_ms AND appointment_id <> :but_id
 ORDER BY start_ms;

-- Lists: one row per appointment and client, with what opens the client's name, so that a list costs one
-- query however long it is. Each walks one index range (appointment_start, appointment_clinician,
-- appointment_open, appointment_client_time).
-- name: appointment_between
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms,
       a.end_ms, a.closed_ms, a.series_id, a.sealed_identity,
       g.client_id, g.ordinal, c.version, c.clinician_id, c.sealed_identity, c.identity_key
  FROM appointment a
  LEFT JOIN appointment_client g ON g.practice_id = a.practice_id AND g.appointment_id = a.id
  LEFT JOIN client c ON c.practice_id = g.practice_id AND c.id = g.client_id
 WHERE a.practice_id = :practice_id AND a.start_ms >= :from_ms AND a.start_ms < :to_ms
 ORDER BY a.start_ms, a.id, g.client_id;

-- name: appointment_between_of
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms,
       a.end_ms, a.closed_ms, a.series_id, a.sealed_identity,
       g.client_id, g.ordinal, c.version, c.clinician_id, c.sealed_identity, c.identity_key
  FROM appointment a
  LEFT JOIN appointment_client g ON g.practice_id = a.practice_id AND g.appointment_id = a.id
  LEFT JOIN client c ON c.practice_id = g.practice_id AND c.id = g.client_id
 WHERE a.practice_id = :practice_id AND a.clinician_id = :clinician_id
   AND a.start_ms >= :from_ms AND a.start_ms < :to_ms
 ORDER BY a.start_ms, a.id, g.client_id;

-- name: appointment_row
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms,
       a.end_ms, a.closed_ms, a.series_id, a.sealed_identity,
       g.client_id, g.ordinal, c.version, c.clinician_id, c.sealed_identity, c.identity_key
  FROM appointment a
  LEFT JOIN appointment_client g ON g.practice_id = a.practice_id AND g.appointment_id = a.id
  LEFT JOIN client c ON c.practice_id = g.practice_id AND c.id = g.client_id
 WHERE a.practice_id = :practice_id AND a.id = :id ORDER BY g.client_id;

-- name: appointment_unclosed
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms,
       a.end_ms, a.closed_ms, a.series_id, a.sealed_identity,
       g.client_id, g.ordinal, c.version, c.clinician_id, c.sealed_identity, c.identity_key
  FROM (SELECT * FROM appointment
         WHERE practice_id = :practice_id AND clinician_id = :clinician_id AND closed_ms IS NULL AND state < 4
           AND start_ms < :before_ms
         ORDER BY start_ms LIMIT :max) a
  LEFT JOIN appointment_client g ON g.practice_id = a.practice_id AND g.appointment_id = a.id
  LEFT JOIN client c ON c.practice_id = g.practice_id AND c.id = g.client_id
 ORDER BY a.start_ms, a.id, g.client_id;

-- name: appointment_of_client
SELECT a.id, a.version, a.clinician_id, a.room_id, a.service_id, a.modality, a.state, a.start_ms,
       a.end_ms, a.closed_ms, a.series_id, a.sealed_identity,
       g.client_id, g.ordinal, c.version, c.clinician_id, c.sealed_identity, c.identity_key
  FROM (SELECT practice_id, appointment_id FROM appointment_client
         WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms < :before_ms
         ORDER BY start_ms DESC LIMIT :max) h
  JOIN appointment a ON a.practice_id = h.practice_id AND a.id = h.appointment_id
  LEFT JOIN appointment_client g ON g.practice_id = a.practice_id AND g.appointment_id = a.id
  LEFT JOIN client c ON c.practice_id = g.practice_id AND c.id = g.client_id
 ORDER BY a.start_ms DESC, a.id, g.client_id;

-- name: attendance_last
SELECT attendance FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms < :at_ms AND attendance >= 3
 ORDER BY start_ms DESC LIMIT 20;

-- The ordinal of the last held session before an instant; index appointment_client_time.
-- name: ordinal_before
SELECT ordinal FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms < :before_ms AND attendance = 3
 ORDER BY start_ms DESC LIMIT 1;

-- A session held, or no longer held, before others that are: their numbers move.
-- name: ordinal_shift
UPDATE appointment_client SET ordinal = ordinal + :step
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms > :after_ms AND attendance = 3;

-- What is still to come of a repetition.
-- name: series_following
SELECT id, version FROM appointment
 WHERE practice_id = :practice_id AND series_id = :series_id AND start_ms >= :from_ms AND state < 3
   AND closed_ms IS NULL
 ORDER BY start_ms;

-- name: appointment_next
SELECT start_ms FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms > :after_ms AND attendance < 3
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

-- A held time is held by the clinician, the room and each client, once each, and by nothing else.
-- name: check_slots
SELECT a.id
  FROM (SELECT id, CASE WHEN state > 3 THEN 0 ELSE 1 + CASE WHEN room_id IS NULL THEN 0 ELSE 1 END END AS n,
               CASE WHEN state > 3 THEN 0 ELSE 1 END AS is_held
          FROM appointment WHERE practice_id = :practice_id) a
  LEFT JOIN (SELECT appointment_id, COUNT(*) AS n FROM appointment_client WHERE practice_id = :practice_id
              GROUP BY appointment_id) c ON c.appointment_id = a.id
  LEFT JOIN (SELECT s.appointment_id, COUNT(*) AS n,
                    SUM(CASE WHEN s.start_ms = b.start_ms AND s.end_ms = b.end_ms
                              AND (s.resource_id = b.clinician_id OR s.resource_id = b.room_id OR s.kind = 2)
                             THEN 1 ELSE 0 END) AS fitting
               FROM appointment_slot s JOIN appointment b ON b.practice_id = s.practice_id AND b.id = s.appointment_id
              WHERE s.practice_id = :practice_id GROUP BY s.appointment_id) t ON t.appointment_id = a.id
 WHERE COALESCE(t.n, 0) <> a.n + a.is_held * COALESCE(c.n, 0)
    OR COALESCE(t.fitting, 0) <> a.n + a.is_held * COALESCE(c.n, 0);

-- The copy of time and state beside each client is the appointment's.
-- name: check_clients
SELECT c.appointment_id, c.client_id
  FROM appointment_client c JOIN appointment a ON a.practice_id = c.practice_id AND a.id = c.appointment_id
 WHERE c.practice_id = :practice_id AND (c.start_ms <> a.start_ms OR c.attendance <> a.state);

-- Held sessions of a client are numbered 1, 2, 3 ... in the order of time.
-- name: check_ordinals
SELECT n.appointment_id, n.client_id FROM (
       SELECT appointment_id, client_id, ordinal,
              ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY start_ms, appointment_id) AS nth
         FROM appointment_client WHERE practice_id = :practice_id AND attendance = 3) n
 WHERE n.ordinal <> n.nth;

-- --- when a client is erased ----------------------------------------------------------------

-- name: agenda_to_come
SELECT 1 FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id AND start_ms > :now_ms AND attendance < 4;

-- name: self_notes_drop
DELETE FROM self_note WHERE practice_id = :practice_id AND client_id = :client_id;

-- name: appointment_remarks_drop
UPDATE appointment SET sealed_identity = NULL
 WHERE practice_id = :practice_id
   AND id IN (SELECT g.appointment_id FROM appointment_client g
               WHERE g.practice_id = :practice_id AND g.client_id = :client_id);

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: appointment_other_key
SELECT id, version, sealed_identity FROM appointment
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: appointment_reseal
UPDATE appointment SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND id = :row;
