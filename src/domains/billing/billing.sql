-- Statements of the billing domain. tools/sqlc.py makes billing_sql.h of it.

-- name: charge_insert
INSERT INTO charge (practice_id, id, version, client_id, clinician_id, appointment_id, service_id, service_days, amount_cents,
                    state, invoice_id, sealed_identity, created_ms, changed_ms, treats_id)
VALUES (:practice_id, :id, 1, :client_id, :clinician_id, :appointment_id, :service_id, :service_days, :amount_cents,
        0, NULL, :sealed_identity, :now_ms, :now_ms,
        (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id));

-- name: charge_handed_over
UPDATE charge SET treats_id = (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id)
 WHERE practice_id = :practice_id AND client_id = :client_id;

-- name: charge_update
UPDATE charge SET version = version + 1, service_id = :service_id, service_days = :service_days, amount_cents = :amount_cents,
       sealed_identity = :sealed_identity, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version AND state = 0;

-- name: charge_state
UPDATE charge SET version = version + 1, state = :state, invoice_id = :invoice_id, sealed_identity = :sealed_identity,
       changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version AND state = :was_state;

-- name: charge_by_id
SELECT c.id, c.version, c.client_id, c.clinician_id, c.appointment_id, c.service_id, c.invoice_id, c.service_days,
       c.amount_cents, c.state, c.sealed_identity, k.wrapped
  FROM charge c JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.client_id AND k.class = :class
 WHERE c.practice_id = :practice_id AND c.id = :id;

-- name: charge_of_appointment
SELECT c.id, c.version, c.client_id, c.clinician_id, c.appointment_id, c.service_id, c.invoice_id, c.service_days,
       c.amount_cents, c.state, c.sealed_identity, k.wrapped
  FROM charge c JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.client_id AND k.class = :class
 WHERE c.practice_id = :practice_id AND c.appointment_id = :appointment_id AND c.client_id = :client_id;

-- name: charge_of_invoice
SELECT c.id, c.version, c.client_id, c.clinician_id, c.appointment_id, c.service_id, c.invoice_id, c.service_days,
       c.amount_cents, c.state, c.sealed_identity, k.wrapped
  FROM charge c JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.client_id AND k.class = :class
 WHERE c.practice_id = :practice_id AND c.invoice_id = :invoice_id ORDER BY c.service_days, c.created_ms;

-- name: charge_open_of_client
SELECT c.id, c.version, c.client_id, c.clinician_id, c.appointment_id, c.service_id, c.invoice_id, c.service_days,
       c.amount_cents, c.state, c.sealed_identity, k.wrapped
  FROM charge c JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.client_id AND k.class = :class
 WHERE c.practice_id = :practice_id AND c.client_id = :client_id AND c.state = 0
 ORDER BY c.service_days, c.created_ms;

-- name: charge_open_all
SELECT c.id, c.version, c.client_id, c.clinician_id, c.appointment_id, c.service_id, c.invoice_id, c.service_days,
       c.amount_cents, c.state, c.sealed_identity, k.wrapped
  FROM charge c JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.client_id AND k.class = :class
 WHERE c.practice_id = :practice_id AND c.state = 0
   AND (CAST(:only_clinician AS TEXT) IS NULL
        OR EXISTS (SELECT 1 FROM client w WHERE w.practice_id = c.practice_id AND w.id = c.client_id
                      AND w.clinician_id = :only_clinician))
 ORDER BY c.client_id, c.service_days, c.created_ms LIMIT 1000;

-- One row per client with open charges, who waits longest first. Opens nothing.
-- name: charge_groups
SELECT c.client_id, COUNT(*), CAST(SUM(c.amount_cents) AS BIGINT), MIN(c.service_days), MAX(c.service_days)
  FROM charge c
 WHERE c.practice_id = :practice_id AND c.state = 0
   AND (CAST(:only_clinician AS TEXT) IS NULL OR c.treats_id = :only_clinician)
 GROUP BY c.client_id ORDER BY MIN(c.service_days), c.client_id LIMIT :max;

-- name: charge_group_count
SELECT COUNT(DISTINCT c.client_id)
  FROM charge c
 WHERE c.practice_id = :practice_id AND c.state = 0
   AND (CAST(:only_clinician AS TEXT) IS NULL OR c.treats_id = :only_clinician);

-- name: series_next
INSERT INTO invoice_series (practice_id, series, last_number) VALUES (:practice_id, :series, 1)
ON CONFLICT (practice_id, series) DO UPDATE SET last_number = invoice_series.last_number + 1
RETURNING last_number;

-- name: invoice_insert
INSERT INTO invoice (practice_id, id, version, series, number, client_id, clinician_id, issued_days, due_days, total_cents,
                     credit_of, open_cents, sealed_identity, created_ms, treats_id)
VALUES (:practice_id, :id, 1, :series, :number, :client_id, :clinician_id, :issued_days, :due_days, :total_cents,
        :credit_of, :open_cents, :sealed_identity, :now_ms,
        (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id));

-- name: invoice_handed_over
UPDATE invoice SET treats_id = (SELECT k.clinician_id FROM client k WHERE k.practice_id = :practice_id AND k.id = :client_id)
 WHERE practice_id = :practice_id AND client_id = :client_id;

-- What is open moves by a payment or a credit note; it is named as it was read, so that two cannot both.
-- name: invoice_open
UPDATE invoice SET open_cents = :open_cents
 WHERE practice_id = :practice_id AND id = :id AND open_cents = :was_open_cents;

-- name: invoice_by_id
SELECT i.id, i.version, i.series, i.number, i.client_id, i.clinician_id, i.issued_days, i.due_days, i.total_cents,
       i.open_cents, i.credit_of, i.sealed_identity, k.wrapped,
       (SELECT r.id FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id), e.sealed_identity
  FROM invoice i
  LEFT JOIN client_key k ON k.practice_id = i.practice_id AND k.client_id = i.client_id AND k.class = :class
  LEFT JOIN invoice_kept e ON e.practice_id = i.practice_id AND e.invoice_id = i.id
 WHERE i.practice_id = :practice_id AND i.id = :id;

-- Lists: of the practice, of a clinician's clients, of one client; each in its own index, so that what was paid
-- long ago costs nothing. Counts end at 10,000. CROSS JOIN makes SQLite begin with the clinician's clients: a new one
-- would else wait for all invoices of the practice to be looked through.
-- name: invoice_list_all
SELECT i.id, i.client_id, i.series, i.number, i.issued_days, i.due_days, i.total_cents, i.open_cents, i.credit_of,
       EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
  FROM invoice i WHERE i.practice_id = :practice_id
 ORDER BY i.issued_days DESC, i.number DESC LIMIT :max OFFSET :skip;

-- name: invoice_count_all
SELECT COUNT(*) FROM (SELECT 1 FROM invoice i WHERE i.practice_id = :practice_id LIMIT 10000) AS found;

-- name: invoice_list_paid
SELECT i.id, i.client_id, i.series, i.number, i.issued_days, i.due_days, i.total_cents, i.open_cents, i.credit_of,
       EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
  FROM invoice i WHERE i.practice_id = :practice_id AND i.open_cents = 0 AND i.credit_of IS NULL
   AND NOT EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
 ORDER BY i.issued_days DESC, i.number DESC LIMIT :max OFFSET :skip;

-- name: invoice_count_paid
SELECT COUNT(*) FROM (SELECT 1 FROM invoice i WHERE i.practice_id = :practice_id AND i.open_cents = 0 AND i.credit_of IS NULL
   AND NOT EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id) LIMIT 10000) AS found;

-- name: invoice_list_pending
SELECT i.id, i.client_id, i.series, i.number, i.issued_days, i.due_days, i.total_cents, i.open_cents, i.credit_of,
       EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
  FROM invoice i
 WHERE i.practice_id = :practice_id AND i.open_cents <> 0 AND i.open_cents >= :min_open_cents AND i.due_days < :due_before
   AND (CAST(:only_clinician AS TEXT) IS NULL OR i.treats_id = :only_clinician)
 ORDER BY i.due_days, i.number LIMIT :max OFFSET :skip;

-- name: invoice_count_pending
SELECT COUNT(*) FROM (SELECT 1 FROM invoice i
 WHERE i.practice_id = :practice_id AND i.open_cents <> 0 AND i.open_cents >= :min_open_cents AND i.due_days < :due_before
   AND (CAST(:only_clinician AS TEXT) IS NULL OR i.treats_id = :only_clinician) LIMIT 10000) AS found;

-- name: invoice_list_clinician
SELECT i.id, i.client_id, i.series, i.number, i.issued_days, i.due_days, i.total_cents, i.open_cents, i.credit_of,
       EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
  FROM invoice i
 WHERE i.practice_id = :practice_id AND i.treats_id = :clinician_id
   AND (:paid_only = 0
        OR (i.open_cents = 0 AND i.credit_of IS NULL
            AND NOT EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)))
 ORDER BY i.issued_days DESC, i.number DESC LIMIT :max OFFSET :skip;

-- name: invoice_count_clinician
SELECT COUNT(*) FROM (SELECT 1 FROM invoice i
 WHERE i.practice_id = :practice_id AND i.treats_id = :clinician_id
   AND (:paid_only = 0
        OR (i.open_cents = 0 AND i.credit_of IS NULL
            AND NOT EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id))) LIMIT 10000) AS found;

-- name: invoice_list_client
SELECT i.id, i.client_id, i.series, i.number, i.issued_days, i.due_days, i.total_cents, i.open_cents, i.credit_of,
       EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
  FROM invoice i
 WHERE i.practice_id = :practice_id AND i.client_id = :client_id
   AND (:filter = 0
        OR (:filter = 1 AND i.open_cents <> 0)
        OR (:filter = 2 AND i.open_cents > 0 AND i.due_days < :due_before)
        OR (:filter = 3 AND i.open_cents = 0 AND i.credit_of IS NULL
            AND NOT EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)))
 ORDER BY i.issued_days DESC, i.number DESC LIMIT :max OFFSET :skip;

-- name: invoice_count_client
SELECT COUNT(*) FROM (SELECT 1 FROM invoice i
 WHERE i.practice_id = :practice_id AND i.client_id = :client_id
   AND (:filter = 0
        OR (:filter = 1 AND i.open_cents <> 0)
        OR (:filter = 2 AND i.open_cents > 0 AND i.due_days < :due_before)
        OR (:filter = 3 AND i.open_cents = 0 AND i.credit_of IS NULL
            AND NOT EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id))) LIMIT 10000) AS found;

-- name: payment_insert
INSERT INTO payment (practice_id, id, invoice_id, paid_days, amount_cents, method, sealed_identity, created_ms)
VALUES (:practice_id, :id, :invoice_id, :paid_days, :amount_cents, :method, :sealed_identity, :now_ms);

-- name: payment_of_invoice
SELECT id, invoice_id, paid_days, amount_cents, method, sealed_identity FROM payment
 WHERE practice_id = :practice_id AND invoice_id = :invoice_id ORDER BY paid_days, created_ms;

-- The two halves of a balance; both are partial indexes, so what was paid costs nothing.
-- name: balance_charges
SELECT CAST(COALESCE(SUM(c.amount_cents), 0) AS BIGINT) FROM charge c
 WHERE c.practice_id = :practice_id AND c.state = 0;

-- name: balance_charges_clinician
SELECT CAST(COALESCE(SUM(c.amount_cents), 0) AS BIGINT) FROM charge c
 WHERE c.practice_id = :practice_id AND c.treats_id = :clinician_id AND c.state = 0;

-- name: balance_charges_client
SELECT CAST(COALESCE(SUM(c.amount_cents), 0) AS BIGINT) FROM charge c
 WHERE c.practice_id = :practice_id AND c.state = 0 AND c.client_id = :client_id;

-- name: balance_invoices
SELECT CAST(COALESCE(SUM(CASE WHEN i.open_cents > 0 THEN i.open_cents ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN i.open_cents > 0 AND i.due_days < :today THEN i.open_cents ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN i.open_cents < 0 THEN -i.open_cents ELSE 0 END), 0) AS BIGINT),
       COUNT(CASE WHEN i.open_cents > 0 THEN 1 END), MIN(CASE WHEN i.open_cents > 0 THEN i.due_days END)
  FROM invoice i WHERE i.practice_id = :practice_id AND i.open_cents <> 0;

-- name: balance_invoices_clinician
SELECT CAST(COALESCE(SUM(CASE WHEN i.open_cents > 0 THEN i.open_cents ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN i.open_cents > 0 AND i.due_days < :today THEN i.open_cents ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN i.open_cents < 0 THEN -i.open_cents ELSE 0 END), 0) AS BIGINT),
       COUNT(CASE WHEN i.open_cents > 0 THEN 1 END), MIN(CASE WHEN i.open_cents > 0 THEN i.due_days END)
  FROM invoice i WHERE i.practice_id = :practice_id AND i.treats_id = :clinician_id AND i.open_cents <> 0;

-- name: balance_invoices_client
SELECT CAST(COALESCE(SUM(CASE WHEN i.open_cents > 0 THEN i.open_cents ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN i.open_cents > 0 AND i.due_days < :today THEN i.open_cents ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN i.open_cents < 0 THEN -i.open_cents ELSE 0 END), 0) AS BIGINT),
       COUNT(CASE WHEN i.open_cents > 0 THEN 1 END), MIN(CASE WHEN i.open_cents > 0 THEN i.due_days END)
  FROM invoice i WHERE i.practice_id = :practice_id AND i.open_cents <> 0 AND i.client_id = :client_id;

-- Invariants, for `entracte check`.
-- name: check_series
SELECT s.series FROM invoice_series s
 WHERE s.practice_id = :practice_id
   AND (s.last_number <> (SELECT COUNT(*) FROM invoice i WHERE i.practice_id = s.practice_id AND i.series = s.series)
        OR s.last_number <> (SELECT COALESCE(MAX(i.number), 0) FROM invoice i
                              WHERE i.practice_id = s.practice_id AND i.series = s.series));

-- name: check_open
SELECT i.id FROM invoice i
 WHERE i.practice_id = :practice_id AND i.credit_of IS NULL
   AND i.open_cents <> CASE WHEN EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
       THEN 0 ELSE CAST(i.total_cents - COALESCE((SELECT SUM(p.amount_cents) FROM payment p
            WHERE p.practice_id = i.practice_id AND p.invoice_id = i.id), 0) AS BIGINT) END;

-- name: check_credits
SELECT r.id FROM invoice r JOIN invoice i ON i.practice_id = r.practice_id AND i.id = r.credit_of
 WHERE r.practice_id = :practice_id
   AND (r.total_cents <> -i.total_cents
        OR -r.open_cents <> CAST(COALESCE((SELECT SUM(p.amount_cents) FROM payment p
            WHERE p.practice_id = r.practice_id AND (p.invoice_id = r.id OR p.invoice_id = i.id)), 0) AS BIGINT));

-- name: check_totals
SELECT i.id FROM invoice i
 WHERE i.practice_id = :practice_id AND i.credit_of IS NULL
   AND NOT EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id)
   AND i.total_cents <> CAST(COALESCE((SELECT SUM(c.amount_cents) FROM charge c
                         WHERE c.practice_id = i.practice_id AND c.invoice_id = i.id), 0) AS BIGINT);

-- name: check_charges
SELECT c.id FROM charge c
  LEFT JOIN invoice i ON i.practice_id = c.practice_id AND i.id = c.invoice_id
 WHERE c.practice_id = :practice_id AND c.invoice_id IS NOT NULL
   AND (i.id IS NULL OR i.client_id <> c.client_id OR i.credit_of IS NOT NULL
        OR EXISTS (SELECT 1 FROM invoice r WHERE r.practice_id = i.practice_id AND r.credit_of = i.id));

-- name: check_treats
SELECT i.id FROM invoice i JOIN client k ON k.practice_id = i.practice_id AND k.id = i.client_id
 WHERE i.practice_id = :practice_id AND COALESCE(i.treats_id, k.id) <> COALESCE(k.clinician_id, k.id)
UNION ALL
SELECT c.id FROM charge c JOIN client k ON k.practice_id = c.practice_id AND k.id = c.client_id
 WHERE c.practice_id = :practice_id AND COALESCE(c.treats_id, k.id) <> COALESCE(k.clinician_id, k.id);

-- --- when a client is erased ----------------------------------------------------------------

-- name: invoice_unsettled
SELECT 1 FROM invoice WHERE practice_id = :practice_id AND client_id = :client_id AND open_cents <> 0;

-- name: invoice_to_keep
SELECT i.id, i.issued_days, i.sealed_identity, k.wrapped
  FROM invoice i JOIN client_key k ON k.practice_id = i.practice_id AND k.client_id = i.client_id AND k.class = :class
 WHERE i.practice_id = :practice_id AND i.client_id = :client_id
   AND NOT EXISTS (SELECT 1 FROM invoice_kept o WHERE o.practice_id = i.practice_id AND o.invoice_id = i.id);

-- name: invoice_kept_insert
INSERT INTO invoice_kept (practice_id, invoice_id, until_days, sealed_identity)
VALUES (:practice_id, :invoice_id, :until_days, :sealed_identity);

-- name: invoice_kept_end
DELETE FROM invoice_kept WHERE practice_id = :practice_id AND invoice_id = :invoice_id AND until_days < :today;

-- name: charge_erase
UPDATE charge SET version = version + 1, state = CASE WHEN state = 0 THEN 2 ELSE state END, sealed_identity = :nothing
 WHERE practice_id = :practice_id AND client_id = :client_id;

-- --- under another key of the practice (struct sealed_table) -------------------------------

-- name: invoice_kept_other_key
SELECT invoice_id, 1, sealed_identity FROM invoice_kept
 WHERE practice_id = :practice_id AND substr(sealed_identity, 2, 4) <> :mark LIMIT :max;

-- name: invoice_kept_reseal
UPDATE invoice_kept SET sealed_identity = :sealed WHERE practice_id = :practice_id AND sealed_identity = :was AND invoice_id = :row;
