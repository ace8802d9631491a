-- Statements of the exports domain. tools/sqlc.py makes exports_sql.h of it.

-- Whose record is opened: an erased client has none.
-- name: export_clients
SELECT id FROM client WHERE practice_id = :practice_id AND erased_ms IS NULL ORDER BY id;

-- name: export_keys
SELECT client_id, class, wrapped FROM client_key WHERE practice_id = :practice_id;

-- What follows are pairs: a row, and the client it belongs to.
-- name: export_invoices
SELECT id, client_id FROM invoice WHERE practice_id = :practice_id;

-- name: export_appointments
SELECT appointment_id, client_id FROM appointment_client
 WHERE practice_id = :practice_id AND client_id = :client_id;

-- Appointments of the client that others had too.
-- name: export_shared
SELECT DISTINCT o.appointment_id, a.client_id
  FROM appointment_client a
  JOIN appointment_client o ON o.practice_id = a.practice_id AND o.appointment_id = a.appointment_id
 WHERE a.practice_id = :practice_id AND a.client_id = :client_id AND o.client_id <> a.client_id;

-- name: export_notes
SELECT id, client_id FROM note
 WHERE practice_id = :practice_id AND client_id = :client_id AND state = 1;
