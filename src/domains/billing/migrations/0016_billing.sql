-- Charges, invoices, payments. Amounts are integer cents; an issued invoice never changes.
CREATE TABLE charge (
    practice_id     @i64@ NOT NULL,
    id              TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    client_id       TEXT  NOT NULL,
    clinician_id    TEXT  NOT NULL,
    treats_id       TEXT,            -- the client's clinician_id, repeated: what is open is one index range
    appointment_id  TEXT,
    service_id      TEXT,
    service_days    @i64@ NOT NULL, -- the day of the service
    amount_cents    @i64@ NOT NULL,
    state           @i64@ NOT NULL CHECK (state BETWEEN 0 AND 2), -- open, invoiced, waived
    invoice_id      TEXT,
    sealed_identity @blob@ NOT NULL, -- description as it will stand on the invoice
    created_ms      @i64@ NOT NULL,
    changed_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, appointment_id, client_id),
    CHECK ((state = 1) = (invoice_id IS NOT NULL)),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, clinician_id) REFERENCES person (practice_id, id),
    FOREIGN KEY (practice_id, appointment_id) REFERENCES appointment (practice_id, id)
) @strict@;
-- What is to be invoiced, by client; with amount and state, so that a balance reads the index alone.
CREATE INDEX charge_open ON charge (practice_id, client_id, service_days, amount_cents, state) WHERE state = 0;
CREATE INDEX charge_open_treats ON charge (practice_id, treats_id, state, amount_cents) WHERE state = 0;
CREATE INDEX charge_invoice ON charge (practice_id, invoice_id) WHERE invoice_id IS NOT NULL;

-- The counter is moved in the transaction that issues, so numbers have no gaps.
CREATE TABLE invoice_series (
    practice_id @i64@ NOT NULL REFERENCES practice (practice_id),
    series      TEXT  NOT NULL,  -- "2026", "R2026" for credit notes
    last_number @i64@ NOT NULL,
    PRIMARY KEY (practice_id, series)
) @strict@;

CREATE TABLE invoice (
    practice_id     @i64@ NOT NULL,
    id              TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    series          TEXT  NOT NULL,
    number          @i64@ NOT NULL,
    client_id       TEXT  NOT NULL,
    clinician_id    TEXT  NOT NULL,
    treats_id       TEXT,            -- the client's clinician_id, repeated: it moves with the client
    issued_days     @i64@ NOT NULL,
    due_days        @i64@ NOT NULL,
    total_cents     @i64@ NOT NULL,
    credit_of       TEXT,            -- a credit note: the invoice it takes back (total is negative)
    open_cents      @i64@ NOT NULL,  -- total - payments - credits, negative: to be given back; kept in the same transaction
    sealed_identity @blob@ NOT NULL, -- seller, buyer, lines, exemption text ...: frozen
    created_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, series, number),
    FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
    FOREIGN KEY (practice_id, credit_of) REFERENCES invoice (practice_id, id)
) @strict@;
CREATE INDEX invoice_issued ON invoice (practice_id, issued_days, number);
CREATE INDEX invoice_client ON invoice (practice_id, client_id, issued_days, number);
-- What is owed, to the practice or (negative) back to a client: as small as the debts, however old the practice.
CREATE INDEX invoice_pending ON invoice (practice_id, due_days, number) WHERE open_cents <> 0;
CREATE INDEX invoice_pending_client ON invoice (practice_id, client_id, due_days, open_cents) WHERE open_cents <> 0;
CREATE INDEX invoice_treats ON invoice (practice_id, treats_id, issued_days, number);
CREATE INDEX invoice_pending_treats ON invoice (practice_id, treats_id, due_days, open_cents) WHERE open_cents <> 0;
CREATE UNIQUE INDEX invoice_one_credit ON invoice (practice_id, credit_of) WHERE credit_of IS NOT NULL;

CREATE TABLE payment (
    practice_id     @i64@ NOT NULL,
    id              TEXT  NOT NULL,
    invoice_id      TEXT  NOT NULL,
    paid_days       @i64@ NOT NULL,
    amount_cents    @i64@ NOT NULL CHECK (amount_cents <> 0),
    method          @i64@ NOT NULL CHECK (method BETWEEN 0 AND 4), -- cash, card, transfer, direct debit, other
    sealed_identity @blob@,          -- reference
    created_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, invoice_id) REFERENCES invoice (practice_id, id)
) @strict@;
CREATE INDEX payment_invoice ON payment (practice_id, invoice_id, paid_days);
CREATE INDEX payment_day ON payment (practice_id, paid_days);
-- only: sqlite
CREATE TRIGGER invoice_fixed BEFORE UPDATE OF practice_id, id, series, number, client_id, clinician_id,
    issued_days, due_days, total_cents, credit_of, sealed_identity, created_ms ON invoice
BEGIN SELECT RAISE(ABORT, 'an issued invoice does not change'); END;
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice
BEGIN SELECT RAISE(ABORT, 'an issued invoice is kept'); END;
CREATE TRIGGER payment_fixed BEFORE UPDATE ON payment
BEGIN SELECT RAISE(ABORT, 'a payment does not change'); END;
CREATE TRIGGER payment_kept BEFORE DELETE ON payment
BEGIN SELECT RAISE(ABORT, 'a payment is kept; a refund is a negative one'); END;
-- only: pgsql
CREATE FUNCTION billing_fixed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'what was issued or paid does not change'; END $$;
CREATE TRIGGER invoice_fixed BEFORE UPDATE OF practice_id, id, series, number, client_id, clinician_id,
    issued_days, due_days, total_cents, credit_of, sealed_identity, created_ms ON invoice
    FOR EACH ROW EXECUTE FUNCTION billing_fixed();
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION billing_fixed();
CREATE TRIGGER payment_fixed BEFORE UPDATE OR DELETE ON payment FOR EACH ROW EXECUTE FUNCTION billing_fixed();
-- only: both
