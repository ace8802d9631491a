-- Statements of the exports domain. tools/sqlc.py makes exports_sql.h of it.

-- Whose record is opened: an erased client has none.
-- name: export_clients
SELECT id FROM client WHERE practice_id = :practice_id AND erased_ms IS NULL ORDER BY id;

-- name: export_keys
SELECT client_id, class, wrapped FROM client_key WHERE practice_id = :practice_id;

-- What follows are pairs: a row, and the client it belongs to.
-- name: export_invoices
SELECT id, client_id FROM invoice
 WHERE practice_id = :practice_id AND (CAST(:clinician_id AS TEXT) IS NULL OR clinician_id = :clinician_id);

-- name: export_appointments
SELECT c.appointment_id, c.client_id
  FROM appointment_client c
  JOIN appointment a ON a.practice_id = c.practice_id AND a.id = c.appointment_id
 WHERE c.practice_id = :practice_id AND c.client_id = :client_id
   AND (CAST(:clinician_id AS TEXT) IS NULL OR a.clinician_id = :clinician_id);

-- Appointments of the client that others had too.
-- name: export_shared
SELECT DISTINCT o.appointment_id, a.client_id
  FROM appointment_client a
  JOIN appointment_client o ON o.practice_id = a.practice_id AND o.appointment_id = a.appointment_id
 WHERE a.practice_id = :practice_id AND a.client_id = :client_id AND o.client_id <> a.client_id;

-- name: export_notes
SELECT id, client_id FROM note
 WHERE practice_id = :practice_id AND client_id = :client_id AND state = 1
   AND (CAST(:clinician_id AS TEXT) IS NULL OR author_id = :clinician_id);

-- Who treats them or stands in; a supervisor takes nothing along.
-- name: export_caseload
SELECT id FROM client
 WHERE practice_id = :practice_id AND erased_ms IS NULL AND blocked_ms IS NULL
   AND (clinician_id = :person_id
        OR id IN (SELECT client_id FROM client_team
                   WHERE practice_id = :practice_id AND person_id = :person_id AND role < 2
                     AND from_ms <= :now_ms AND until_ms > :now_ms))
 ORDER BY id;

-- name: export_person
SELECT id FROM person WHERE practice_id = :practice_id AND id = :person_id;

-- name: release_of
SELECT client_id, with_money, created_ms FROM caseload_release
 WHERE practice_id = :practice_id AND clinician_id = :clinician_id;

-- name: release_drop
DELETE FROM caseload_release WHERE practice_id = :practice_id AND clinician_id = :clinician_id;

-- name: release_insert
INSERT INTO caseload_release (practice_id, clinician_id, client_id, by_id, with_money, created_ms)
VALUES (:practice_id, :clinician_id, :client_id, :by_id, :with_money, :now_ms);

-- When it was announced last.
-- name: export_last
SELECT MAX(at_ms) FROM audit_change
 WHERE practice_id = :practice_id AND record_id = :record_id AND action = :action;

-- name: export_last_whole
SELECT MAX(at_ms) FROM audit_change
 WHERE practice_id = :practice_id AND record_id IS NULL AND action = :action;

-- name: export_count
SELECT COUNT(*) FROM client WHERE practice_id = :practice_id AND erased_ms IS NULL;

-- name: export_walled
SELECT client_id FROM client_wall WHERE practice_id = :practice_id AND against_id = :person_id;

-- --- back into an empty installation --------------------------------------------------------------

-- What was signed or issued before, as the log of then has it (its folder came along): no record of ours.
-- name: import_signature
INSERT INTO audit_change (practice_id, at_ms, actor_id, record, record_id, action, content_hash, log_id, log_seq)
VALUES (:practice_id, :at_ms, :actor_id, :record, :record_id, :action, :content_hash, :log_id, 0);

-- The time that appointments hold follows from them.
-- name: import_slots_of_clinicians
INSERT INTO appointment_slot (practice_id, resource_id, start_ms, end_ms, appointment_id, kind)
SELECT practice_id, clinician_id, start_ms, end_ms, id, 0 FROM appointment
 WHERE practice_id = :practice_id AND state <= 3;

-- name: import_slots_of_rooms
INSERT INTO appointment_slot (practice_id, resource_id, start_ms, end_ms, appointment_id, kind)
SELECT practice_id, room_id, start_ms, end_ms, id, 1 FROM appointment
 WHERE practice_id = :practice_id AND state <= 3 AND room_id IS NOT NULL;

-- name: import_slots_of_clients
INSERT INTO appointment_slot (practice_id, resource_id, start_ms, end_ms, appointment_id, kind)
SELECT a.practice_id, c.client_id, a.start_ms, a.end_ms, a.id, 2 FROM appointment a
  JOIN appointment_client c ON c.practice_id = a.practice_id AND c.appointment_id = a.id
 WHERE a.practice_id = :practice_id AND a.state <= 3;
