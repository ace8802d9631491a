-- A person's own key, wrapped by the password; the practice's clinical key for this person's eyes, from
-- whoever had it open. NULL: not given (yet).
ALTER TABLE person ADD COLUMN own_key @blob@;
ALTER TABLE person ADD COLUMN public_key @blob@;
ALTER TABLE person ADD COLUMN clinical_grant @blob@;

-- What the session has open, wrapped by the token, of which only a hash is stored. NULL: locked, or
-- nothing clinical.
ALTER TABLE session ADD COLUMN unlock_key @blob@;
