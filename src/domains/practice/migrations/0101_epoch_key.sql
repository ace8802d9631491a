-- The outer wrap of every client's key, new every month. The old one is destroyed when every key is
-- wrapped anew, so that a client's key, once dropped, opens in no older copy either. For that the rows
-- of this table belong into no backup of the data.
CREATE TABLE epoch_key (
    practice_id @i64@ NOT NULL REFERENCES practice (practice_id),
    epoch       @i64@ NOT NULL CHECK (epoch > 0),
    made_ms     @i64@ NOT NULL,
    wrapped     @blob@ NOT NULL,
    PRIMARY KEY (practice_id, epoch)
) @strict@;
