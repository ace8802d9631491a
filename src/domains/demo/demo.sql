-- Statements of the demo domain: bulk inserts of what is already past, sealed as the domains seal it.

-- name: demo_appointment
INSERT INTO appointment (practice_id, id, version, clinician_id, room_id, service_id, modality, state, start_ms, end_ms,
                         actual_start_ms, actual_end_ms, closed_ms, series_id, sealed_identity, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :clinician_id, :room_id, :service_id, :modality, :state, :start_ms, :end_ms,
        :actual_start_ms, :actual_end_ms, :closed_ms, NULL, NULL, :created_ms, :created_ms);

-- name: demo_guest
INSERT INTO appointment_client (practice_id, client_id, appointment_id, start_ms, attendance, ordinal)
VALUES (:practice_id, :client_id, :appointment_id, :start_ms, :attendance, :ordinal);

-- name: demo_slot
INSERT INTO appointment_slot (practice_id, resource_id, start_ms, end_ms, appointment_id, kind)
VALUES (:practice_id, :resource_id, :start_ms, :end_ms, :appointment_id, :kind);

-- name: demo_note
INSERT INTO note (practice_id, id, version, client_id, appointment_id, author_id, kind, parent_id, state, about_ms, signed_ms,
                  is_late, sealed_clinical, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :client_id, :appointment_id, :author_id, 0, NULL, :state, :about_ms, :signed_ms, :is_late,
        :sealed_clinical, :created_ms, :created_ms);

-- name: demo_charge
INSERT INTO charge (practice_id, id, version, client_id, clinician_id, appointment_id, service_id, service_days, amount_cents,
                    state, invoice_id, sealed_identity, created_ms, changed_ms, treats_id)
VALUES (:practice_id, :id, 1, :client_id, :clinician_id, :appointment_id, :service_id, :service_days, :amount_cents,
        :state, :invoice_id, :sealed_identity, :created_ms, :created_ms,
        (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id));

-- name: demo_series
INSERT INTO invoice_series (practice_id, series, last_number) VALUES (:practice_id, :series, :last_number)
ON CONFLICT (practice_id, series) DO UPDATE SET last_number = excluded.last_number;

-- name: demo_invoice
INSERT INTO invoice (practice_id, id, version, series, number, client_id, clinician_id, issued_days, due_days, total_cents,
                     credit_of, open_cents, sealed_identity, created_ms, treats_id)
VALUES (:practice_id, :id, 1, :series, :number, :client_id, :clinician_id, :issued_days, :due_days, :total_cents,
        NULL, :open_cents, :sealed_identity, :created_ms,
        (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id));

-- name: demo_payment
INSERT INTO payment (practice_id, id, invoice_id, paid_days, amount_cents, method, sealed_identity, created_ms)
VALUES (:practice_id, :id, :invoice_id, :paid_days, :amount_cents, :method, NULL, :created_ms);
