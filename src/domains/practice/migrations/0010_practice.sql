-- A practice and what it consists of. Structure is clear; who it is, is sealed.
CREATE TABLE practice (
    practice_id     @i64@ PRIMARY KEY,
    version         @i64@ NOT NULL,
    time_zone       TEXT  NOT NULL,
    locale          TEXT  NOT NULL,
    currency        TEXT  NOT NULL,
    says_patient    @i64@ NOT NULL CHECK (says_patient IN (0, 1)),
    is_demo         @i64@ NOT NULL CHECK (is_demo IN (0, 1)),
    sealed_identity @blob@ NOT NULL,
    created_ms      @i64@ NOT NULL,
    changed_ms      @i64@ NOT NULL
) @strict@;

-- The practice's key of each class, wrapped by the root key (seal/seal.h); and another one that opens too, while one
-- takes the place of the other.
CREATE TABLE practice_key (
    practice_id @i64@ NOT NULL REFERENCES practice (practice_id),
    class       @i64@ NOT NULL,
    wrapped     @blob@ NOT NULL,
    other       @blob@,
    phase       @i64@ NOT NULL CHECK (phase BETWEEN 0 AND 2), -- settled, the other comes, the other goes
    made_ms     @i64@ NOT NULL, -- since when it seals
    phase_ms    @i64@ NOT NULL, -- since when the phase is what it is
    due_ms      @i64@,          -- since when there is a reason for another one
    PRIMARY KEY (practice_id, class),
    CHECK ((phase = 0) = (other IS NULL))
) @strict@;

CREATE TABLE room (
    practice_id @i64@ NOT NULL REFERENCES practice (practice_id),
    id          TEXT  NOT NULL,
    version     @i64@ NOT NULL,
    name        TEXT  NOT NULL,
    capacity    @i64@ NOT NULL,
    position    @i64@ NOT NULL,
    is_active   @i64@ NOT NULL CHECK (is_active IN (0, 1)),
    PRIMARY KEY (practice_id, id)
) @strict@;

CREATE TABLE service (
    practice_id  @i64@ NOT NULL REFERENCES practice (practice_id),
    id           TEXT  NOT NULL,
    version      @i64@ NOT NULL,
    code         TEXT  NOT NULL,
    name         TEXT  NOT NULL,
    duration_min @i64@ NOT NULL CHECK (duration_min BETWEEN 5 AND 1440),
    modality     @i64@ NOT NULL CHECK (modality BETWEEN 0 AND 3), -- in person, video, phone, home
    kind         @i64@ NOT NULL CHECK (kind BETWEEN 0 AND 3),     -- individual, couple, family, group
    fee_cents    @i64@ NOT NULL CHECK (fee_cents >= 0),
    is_active    @i64@ NOT NULL CHECK (is_active IN (0, 1)),
    position     @i64@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, code)
) @strict@;
