-- What a break-in does.

-- name: test_forget_keys
DELETE FROM client_key;

-- name: test_forget_clients
DELETE FROM client;

-- name: test_forget_attestations
DELETE FROM audit_attest;

-- name: test_anchor_ahead
UPDATE audit_anchor SET n = n + 1000;

-- name: test_swap_words
UPDATE audit_change SET sealed = (SELECT o.sealed FROM audit_change o WHERE o.sealed IS NOT NULL ORDER BY o.seq LIMIT 1) WHERE sealed IS NOT NULL;
