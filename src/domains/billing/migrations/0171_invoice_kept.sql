-- What the tax law asks of an erased client's invoices: a copy, sealed under the practice's operational key, until the
-- end of the period. The invoice itself stays as it was issued and opens no more.
CREATE TABLE invoice_kept (
    practice_id     @i64@ NOT NULL,
    invoice_id      TEXT  NOT NULL,
    until_days      @i64@ NOT NULL, -- the last day
    sealed_identity @blob@ NOT NULL,
    PRIMARY KEY (practice_id, invoice_id),
    FOREIGN KEY (practice_id, invoice_id) REFERENCES invoice (practice_id, id)
) @strict@;
