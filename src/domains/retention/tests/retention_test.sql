-- What is left of a client, or not.

-- name: test_photo
SELECT 1 FROM client_photo WHERE practice_id = :practice AND client_id = :client;

-- name: test_task
SELECT 1 FROM task WHERE practice_id = :practice AND client_id = :client;

-- name: test_process_note
SELECT 1 FROM process_note WHERE practice_id = :practice AND client_id = :client;

-- name: test_words
SELECT 1 FROM audit_change WHERE practice_id = :practice AND client_id = :client AND sealed IS NOT NULL;
