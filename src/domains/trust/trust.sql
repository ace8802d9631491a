-- What must stay as it was: it is compared with the audit log.

-- name: trust_stored_notes
SELECT id, sealed_clinical FROM note WHERE state = 1 AND id > :after ORDER BY id LIMIT :max;

-- name: trust_stored_invoices
SELECT id, sealed_identity FROM invoice WHERE id > :after ORDER BY id LIMIT :max;
