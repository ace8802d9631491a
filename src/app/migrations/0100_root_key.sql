-- The key below the boot key: all that is not one practice's. While the boot key is being changed there
-- are two rows of one key, each wrapped by one of the two.
CREATE TABLE root_key (
    id      TEXT  NOT NULL PRIMARY KEY,
    made_ms @i64@ NOT NULL,
    wrapped @blob@ NOT NULL
) @strict@;
