-- Second factors: one-time codes, passkeys, recovery codes; how far a session has come; links of one use.
ALTER TABLE session ADD COLUMN state @i64@ NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2); -- open, needs factor, needs enrolment
ALTER TABLE session ADD COLUMN verified_ms @i64@ NOT NULL DEFAULT 0; -- when a second factor was last shown; 0: never
ALTER TABLE session ADD COLUMN by_password @i64@ NOT NULL DEFAULT 0 CHECK (by_password IN (0, 1)); -- typed in this session
ALTER TABLE session ADD COLUMN scopes TEXT; -- of a token: names of permissions; NULL: all of its owner's

-- The secret of an authenticator app.
CREATE TABLE totp (
    practice_id     @i64@ NOT NULL,
    person_id       TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    last_step       @i64@ NOT NULL, -- no code of this step or an earlier one is taken again
    created_ms      @i64@ NOT NULL,
    sealed_identity @blob@ NOT NULL, -- secret
    PRIMARY KEY (practice_id, person_id),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;

CREATE TABLE passkey (
    practice_id     @i64@ NOT NULL,
    id              TEXT  NOT NULL,
    person_id       TEXT  NOT NULL,
    credential_hash @blob@ NOT NULL, -- of the credential's id, by which a browser names it
    alg             @i64@ NOT NULL CHECK (alg IN (-7, -8, -257)), -- COSE
    counter         @i64@ NOT NULL,
    created_ms      @i64@ NOT NULL,
    used_ms         @i64@ NOT NULL, -- 0: not yet
    sealed_identity @blob@ NOT NULL, -- name, credential, public key
    PRIMARY KEY (practice_id, id),
    UNIQUE (credential_hash),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;
CREATE INDEX passkey_person ON passkey (practice_id, person_id);

-- Challenges that were answered: each is good once, and not for longer than it lasts.
CREATE TABLE passkey_challenge (
    challenge_hash @blob@ PRIMARY KEY,
    expires_ms     @i64@ NOT NULL
) @strict@;

CREATE TABLE recovery_code (
    practice_id @i64@ NOT NULL,
    person_id   TEXT  NOT NULL,
    code_hash   @blob@ NOT NULL,
    PRIMARY KEY (practice_id, person_id, code_hash),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;

-- Guesses at somebody's codes: five in five minutes.
CREATE TABLE factor_guess (
    practice_id @i64@ NOT NULL,
    person_id   TEXT  NOT NULL,
    since_ms    @i64@ NOT NULL,
    n_guesses   @i64@ NOT NULL CHECK (n_guesses > 0),
    PRIMARY KEY (practice_id, person_id)
) @strict@;

-- A link of one use with which somebody chooses a password: invited, or theirs is forgotten.
CREATE TABLE person_link (
    token_hash    @blob@ PRIMARY KEY,
    practice_id   @i64@ NOT NULL,
    person_id     TEXT  NOT NULL,
    kind          @i64@ NOT NULL CHECK (kind BETWEEN 0 AND 2), -- invitation, password, password and second factor
    expires_ms    @i64@ NOT NULL,
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;
CREATE INDEX person_link_person ON person_link (practice_id, person_id);

-- Browsers somebody signed in with, by a cookie of their own; a new one is told to the others once.
CREATE TABLE known_device (
    practice_id @i64@ NOT NULL,
    person_id   TEXT  NOT NULL,
    device_hash @blob@ NOT NULL,
    first_ms    @i64@ NOT NULL,
    is_told     @i64@ NOT NULL CHECK (is_told IN (0, 1)),
    PRIMARY KEY (practice_id, person_id, device_hash),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;
