-- Statements of test_practice_keys.c. tools/sqlc.py makes practice_keys_test_sql.h of it.

-- name: session_that_carries
SELECT token_hash FROM session WHERE practice_id = :practice_id AND unlock_key IS NOT NULL;

-- name: columns_of_type
SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE c.type = :type;

-- name: columns_of_type pgsql
SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
 WHERE table_schema = current_schema() AND data_type = :type;
