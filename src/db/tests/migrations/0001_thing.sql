CREATE TABLE thing (
    id        TEXT   PRIMARY KEY,
    kind      @i64@  NOT NULL CHECK (kind >= 0),
    title     TEXT   NOT NULL,
    born_days @i64@,
    content   @blob@
) @strict@;

CREATE TABLE part (
    id    TEXT PRIMARY KEY,
    thing TEXT NOT NULL REFERENCES thing (id)
) @strict@;
-- only: pgsql
CREATE POLICY nobodys ON thing USING (true);
CREATE POLICY nobodys ON part USING (true);
-- only: both
