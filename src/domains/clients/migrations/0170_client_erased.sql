-- Since when a file is closed: the retention clock. An erased client is a row without name and keys, so that
-- appointments and invoices still belong to somebody.
ALTER TABLE client ADD COLUMN closed_ms @i64@;
ALTER TABLE client ADD COLUMN erased_ms @i64@;
UPDATE client SET closed_ms = changed_ms WHERE status >= 3;
CREATE INDEX client_erased ON client (practice_id, id) WHERE erased_ms IS NOT NULL;
