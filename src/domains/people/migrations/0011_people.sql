-- Members of staff, their sessions and opening hours.
CREATE TABLE person (
    practice_id     @i64@ NOT NULL REFERENCES practice (practice_id),
    id              TEXT  NOT NULL,
    version         @i64@ NOT NULL,
    email_hash      @blob@ NOT NULL, -- keyed; exact look-up at sign-in
    roles           @i64@ NOT NULL CHECK (roles BETWEEN 1 AND 511),
    is_active       @i64@ NOT NULL CHECK (is_active IN (0, 1)),
    color           @i64@ NOT NULL,  -- index into the agenda's palette
    locale          TEXT  NOT NULL,
    theme           @i64@ NOT NULL CHECK (theme BETWEEN 0 AND 2),   -- auto, light, dark
    density         @i64@ NOT NULL CHECK (density BETWEEN 0 AND 1), -- comfortable, compact
    lock_min        @i64@ NOT NULL CHECK (lock_min BETWEEN 1 AND 240),
    note_template   TEXT,            -- key or id of the usual template
    password_hash   TEXT  NOT NULL,
    stamp           @i64@ NOT NULL,  -- counts changes of credentials and roles; ends older sessions
    sealed_identity @blob@ NOT NULL, -- name, e-mail, phone, title, licence
    created_ms      @i64@ NOT NULL,
    changed_ms      @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (email_hash)
) @strict@;

-- Failed sign-ins of an address, whether or not it has an account: both get the same answers.
CREATE TABLE sign_in_failure (
    email_hash @blob@ PRIMARY KEY,
    n_failed   @i64@ NOT NULL CHECK (n_failed > 0),
    retry_ms   @i64@ NOT NULL -- no attempt is looked at before this
) @strict@;

-- A browser's session or an API token; only the hash of either is kept.
CREATE TABLE session (
    token_hash  @blob@ PRIMARY KEY,
    practice_id @i64@ NOT NULL,
    person_id   TEXT  NOT NULL,
    stamp       @i64@ NOT NULL,
    is_bearer   @i64@ NOT NULL CHECK (is_bearer IN (0, 1)),
    is_locked   @i64@ NOT NULL CHECK (is_locked IN (0, 1)),
    created_ms  @i64@ NOT NULL,
    used_ms     @i64@ NOT NULL,
    expires_ms  @i64@ NOT NULL,
    sealed_identity @blob@ NOT NULL, -- device as the browser names it
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;
CREATE INDEX session_person ON session (practice_id, person_id);

CREATE TABLE opening (
    practice_id @i64@ NOT NULL,
    id          TEXT  NOT NULL,
    person_id   TEXT  NOT NULL,
    weekday     @i64@ NOT NULL CHECK (weekday BETWEEN 0 AND 6), -- 0 = Monday
    start_min   @i64@ NOT NULL CHECK (start_min BETWEEN 0 AND 1439),
    end_min     @i64@ NOT NULL CHECK (end_min > start_min AND end_min <= 1440),
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;
CREATE INDEX opening_person ON opening (practice_id, person_id, weekday);
