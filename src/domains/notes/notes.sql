-- Statements of the notes domain. tools/sqlc.py makes notes_sql.h of it.

-- name: note_insert
INSERT INTO note (practice_id, id, version, client_id, appointment_id, author_id, kind, parent_id,
                  state, about_ms, signed_ms, is_late, sealed_clinical, created_ms, changed_ms)
VALUES (:practice_id, :id, 1, :client_id, :appointment_id, :author_id, :kind, :parent_id,
        0, :about_ms, NULL, 0, :sealed_clinical, :now_ms, :now_ms);

-- name: note_update
UPDATE note SET version = version + 1, sealed_clinical = :sealed_clinical, about_ms = :about_ms,
       changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version
   AND client_id = :client_id AND author_id = :author_id AND state = 0;

-- name: note_stored
SELECT sealed_clinical FROM note WHERE practice_id = :practice AND id = :id;

-- name: note_sign
UPDATE note SET state = 1, signed_ms = :now_ms, is_late = :is_late, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND id = :id AND version = :version
   AND author_id = :author_id AND state = 0;

-- name: note_discard
DELETE FROM note WHERE practice_id = :practice_id AND id = :id AND version = :version
   AND author_id = :author_id AND state = 0;

-- name: note_by_id
SELECT id, version, client_id, appointment_id, author_id, kind, parent_id, state, about_ms,
       signed_ms, is_late, changed_ms, sealed_clinical
  FROM note WHERE practice_id = :practice_id AND id = :id
   AND (state = 1 OR author_id = :actor_id);

-- The author's note of an appointment: the draft first, then the signed one.
-- name: note_of_appointment
SELECT id FROM note WHERE practice_id = :practice_id AND appointment_id = :appointment_id
   AND client_id = :client_id AND author_id = :author_id AND kind = 0
 ORDER BY state, created_ms LIMIT 1;

-- name: note_state_of
SELECT state FROM note WHERE practice_id = :practice_id AND appointment_id = :appointment_id
   AND author_id = :author_id AND kind = 0 ORDER BY state DESC LIMIT 1;

-- Notes of a client, newest first, from a place in the list; index note_client. What corrects them
-- is another statement's.
-- name: note_of_client
SELECT id, version, client_id, appointment_id, author_id, kind, parent_id, state, about_ms,
       signed_ms, is_late, changed_ms, sealed_clinical
  FROM note WHERE practice_id = :practice_id AND client_id = :client_id
   AND (about_ms, id) < (:before_ms, :before_id) AND kind = 0
   AND (state = 1 OR author_id = :actor_id)
 ORDER BY about_ms DESC, id DESC LIMIT :max;

-- Addenda and amendments of a part of a client's list, in the order of their notes, whose time they
-- have; BETWEEN is for index note_client.
-- name: note_corrections
SELECT id, version, client_id, appointment_id, author_id, kind, parent_id, state, about_ms,
       signed_ms, is_late, changed_ms, sealed_clinical
  FROM note WHERE practice_id = :practice_id AND client_id = :client_id
   AND about_ms BETWEEN :from_ms AND :to_ms AND kind > 0
   AND (about_ms, parent_id) >= (:from_ms, :from_id) AND (about_ms, parent_id) <= (:to_ms, :to_id)
   AND (state = 1 OR author_id = :actor_id)
 ORDER BY about_ms DESC, parent_id DESC, created_ms, id LIMIT :max;

-- name: note_children
SELECT id, version, client_id, appointment_id, author_id, kind, parent_id, state, about_ms,
       signed_ms, is_late, changed_ms, sealed_clinical
  FROM note WHERE practice_id = :practice_id AND parent_id = :parent_id
   AND (state = 1 OR author_id = :actor_id)
 ORDER BY created_ms, id LIMIT :max OFFSET :n_before;

-- name: note_count_corrections
SELECT count(*) FROM note WHERE practice_id = :practice_id AND parent_id = :parent_id
   AND (state = 1 OR author_id = :actor_id) AND id <> :id;

-- name: note_exists
SELECT 1 FROM note WHERE practice_id = :practice_id AND id = :id;

-- Notes of clients that went to another clinician stay with that one's care team.
-- CROSS JOIN keeps SQLite from starting at the author's clients: few drafts, many clients.
-- name: note_drafts
SELECT n.id, n.version, n.client_id, n.appointment_id, n.about_ms, n.sealed_clinical, k.wrapped,
       n.kind, n.parent_id
  FROM note n CROSS JOIN client c CROSS JOIN client_key k
 WHERE n.practice_id = :practice_id AND n.author_id = :author_id AND n.state = 0
   AND c.practice_id = n.practice_id AND c.id = n.client_id
   AND (c.clinician_id = n.author_id
        OR EXISTS (SELECT 1 FROM client_team t
                    WHERE t.practice_id = c.practice_id AND t.client_id = c.id AND t.person_id = n.author_id
                      AND t.until_ms > :now_ms))
   AND k.practice_id = n.practice_id AND k.client_id = n.client_id AND k.class = :class
 ORDER BY n.about_ms, n.id LIMIT :max;

-- A batch of the author's notes, newest first, for search by opening; index note_author.
-- name: note_mine
SELECT n.id, n.version, n.client_id, n.about_ms, n.state, n.sealed_clinical FROM note n
 WHERE n.practice_id = :practice_id AND n.author_id = :author_id
   AND (n.about_ms, n.id) < (:before_ms, :before_id)
 ORDER BY n.about_ms DESC, n.id DESC LIMIT :max;

-- The clients in whose care team a clinician is, with the key of their notes.
-- name: note_client_keys
SELECT c.id, k.wrapped
  FROM client c JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.id
   AND k.class = :class
 WHERE c.practice_id = :practice_id AND c.clinician_id = :clinician_id
UNION ALL
SELECT c.id, k.wrapped
  FROM client_team t JOIN client c ON c.practice_id = t.practice_id AND c.id = t.client_id
  JOIN client_key k ON k.practice_id = c.practice_id AND k.client_id = c.id AND k.class = :class
 WHERE t.practice_id = :practice_id AND t.person_id = :clinician_id AND t.until_ms > :now_ms
   AND (c.clinician_id IS NULL OR c.clinician_id <> :clinician_id);

-- name: note_check_signed
SELECT id FROM note WHERE practice_id = :practice_id AND (state = 1) <> (signed_ms IS NOT NULL);

-- A sample for the check that notes open: ids are random.
-- name: note_check_sample
SELECT n.id, n.version, n.client_id, n.sealed_clinical, k.wrapped
  FROM note n
  JOIN client c ON c.practice_id = n.practice_id AND c.id = n.client_id AND c.erased_ms IS NULL
  LEFT JOIN client_key k ON k.practice_id = n.practice_id AND k.client_id = n.client_id AND k.class = :class
 WHERE n.practice_id = :practice_id AND n.id > :after_id ORDER BY n.id LIMIT :max;

-- name: note_check_count
SELECT COUNT(*) FROM note n
  JOIN client c ON c.practice_id = n.practice_id AND c.id = n.client_id AND c.erased_ms IS NULL
 WHERE n.practice_id = :practice_id;

-- name: template_insert
INSERT INTO note_template (practice_id, id, version, owner_id, name, sections, is_active)
VALUES (:practice_id, :id, 1, :owner_id, :name, :sections, 1);

-- name: template_update
UPDATE note_template SET version = version + 1, name = :name, sections = :sections,
       is_active = :is_active
 WHERE practice_id = :practice_id AND id = :id AND owner_id = :owner_id AND version = :version;

-- name: template_by_id
SELECT id, version, name, sections, is_active FROM note_template
 WHERE practice_id = :practice_id AND id = :id AND owner_id = :owner_id;

-- name: template_all
SELECT id, version, name, sections, is_active FROM note_template
 WHERE practice_id = :practice_id AND owner_id = :owner_id AND is_active = :is_active
 ORDER BY name, id;

-- name: note_draft_author
SELECT author_id FROM note WHERE practice_id = :practice_id AND id = :id AND state = 0;

-- name: process_note_get
SELECT version, sealed_private FROM process_note
 WHERE practice_id = :practice_id AND client_id = :client_id AND author_id = :author_id;

-- name: process_note_insert
INSERT INTO process_note (practice_id, client_id, author_id, version, sealed_private, changed_ms)
VALUES (:practice_id, :client_id, :author_id, 1, :sealed_private, :now_ms);

-- name: process_note_update
UPDATE process_note SET version = version + 1, sealed_private = :sealed_private, changed_ms = :now_ms
 WHERE practice_id = :practice_id AND client_id = :client_id AND author_id = :author_id AND version = :version;

-- --- when a client is erased: a signed note stays, and opens no more ---------------------------

-- name: note_drafts_of
SELECT id FROM note WHERE practice_id = :practice_id AND client_id = :client_id AND state = 0;

-- name: note_draft_drop
DELETE FROM note WHERE practice_id = :practice_id AND id = :id AND state = 0;

-- name: process_notes_drop
DELETE FROM process_note WHERE practice_id = :practice_id AND client_id = :client_id;
