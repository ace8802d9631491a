-- What a recovery kit opens, sealed to its public half; the seed of its words under the practice's
-- clinical key (seal/kit.h). One that is not confirmed was printed and its words not asked yet.
CREATE TABLE recovery_kit (
    practice_id  @i64@  NOT NULL REFERENCES practice (practice_id),
    id           TEXT   NOT NULL,
    person_id    TEXT   NOT NULL, -- who made it: the own key in it is theirs
    made_ms      @i64@  NOT NULL,
    confirmed_ms @i64@,
    drilled_ms   @i64@,           -- when its words were last asked
    n_asked      @i64@  NOT NULL, -- which words are asked next follows from it
    public_key   @blob@ NOT NULL,
    root_box     @blob@,          -- NULL: the practice is one of many
    clinical_box @blob@ NOT NULL,
    own_box      @blob@ NOT NULL,
    seed         @blob@ NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, person_id) REFERENCES person (practice_id, id)
) @strict@;

-- only: pgsql
CREATE POLICY door ON recovery_kit FOR SELECT -- without the key file nobody knows whose it is
 USING (COALESCE(NULLIF(current_setting('app.practice', true), ''), '0') = '0');
-- only: both
