/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_process_notes.c - the author reads them, and nobody else: not by pages, not with the rows.
 */
#include "domains/clients/clients_view.h"
#include "domains/notes/notes_view.h"
#include "domains/people/people_view.h"
#include "notes_private.h"
#include "notes_sql.h"
#include "support.h"

static struct world w;
static struct id marta;
static const char words[] = "I thought of my own mother.";

static int open_world(void **state)
{
    (void)state;
    world_open(&w, &domain_people, &domain_clients, &domain_notes, NULL);
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    keyring_close(w.app.keys);
    return 0;
}

/* With a session of their own, as after a sign-in. */
static void as(enum who who, const char *email)
{
    OK(person_unlock(&w.cx, email, WORLD_PASSWORD));
    world_as(&w, who);
}

static void written(void)
{
    struct process_note n = {.text = words};
    as(CLINICIAN_A, "clinician_a@example.org");
    OK(process_note_save(&w.cx, marta, &n));
    assert_int_equal(n.version, 1);
}

static void the_author_reads_what_was_written(void **state)
{
    (void)state;
    struct process_note n;
    written();
    OK(process_note_load(&w.cx, marta, &n));
    assert_string_equal(n.text, words);
    n.version = 0;
    REFUSED(process_note_save(&w.cx, marta, &n), RC_CONFLICT, "version",
            "These notes were changed on another device.");
}

static struct bytes stored(void)
{
    struct bytes b = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(w.cx.practice), DB_ID(marta), DB_ID(w.person[CLINICIAN_A])};
    OK(db_query(w.db, &w.arena, &SQL_PROCESS_NOTE_GET, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        b = db_bytes(rows, 1);
    OK(db_end(rows));
    assert_non_null(b.p);
    return b;
}

/* The row and the client's keys in hand, past every check of the pages. */
static enum rc open_it(void)
{
    struct client_keys keys;
    struct process_note n = {0};
    OK(client_keys_load(&w.cx, world_cap(&w, marta), &keys));
    return record_unseal(&w.cx, &process_note_type, SEAL_PRIVATE, marta,
                         keys.wrapped[SEAL_CLINICAL], w.person[CLINICIAN_A], 1, stored(), &n);
}

static void a_colleague_with_the_clinical_key_cannot_open_the_row(void **state)
{
    (void)state;
    struct process_note n;
    written();
    OK(open_it()); /* the author can: it is the key that decides */
    as(CLINICIAN_B, "clinician_b@example.org");
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
    assert_int_equal(process_note_load(&w.cx, marta, &n), RC_NOT_FOUND);
    assert_int_equal(open_it(), RC_BROKEN);
}

static void the_owner_and_the_program_cannot_open_the_row(void **state)
{
    (void)state;
    struct process_note n;
    written();
    as(OWNER, "owner@example.org");
    assert_int_not_equal(process_note_load(&w.cx, marta, &n), RC_OK);
    assert_int_equal(open_it(), RC_DENIED);
    memset(w.cx.keys->session, 0, sizeof(w.cx.keys->session));
    w.cx.keys->token = NULL;
    world_as(&w, PROGRAM);
    assert_int_equal(open_it(), RC_DENIED);
}

static void the_words_stand_nowhere_in_the_database(void **state)
{
    (void)state;
    written();
    struct bytes b = stored();
    assert_null(memmem(b.p, b.len, "mother", 6));
}

static void a_password_set_by_another_closes_them(void **state)
{
    (void)state;
    struct process_note n;
    struct person p;
    written();
    as(CLINICIAN_B, "clinician_b@example.org");
    world_as(&w, OWNER);
    OK(person_load(&w.cx, w.person[CLINICIAN_A], &p));
    OK(person_save(&w.cx, &p, "seventeen green kettles"));
    OK(person_unlock(&w.cx, "clinician_a@example.org", "seventeen green kettles"));
    world_as(&w, CLINICIAN_A);
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
    OK(process_note_load(&w.cx, marta, &n));
    assert_true(n.is_lost);
    assert_int_equal(n.version, 1);
}

/* --- the page -------------------------------------------------------------------------- */

static int open_pages(void **state)
{
    (void)state;
    world_open(&w, &domain_people, &domain_clients, &domain_notes, NULL);
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    return 0;
}

static void the_page_stores_every_pause(void **state)
{
    (void)state;
    const char *path = TEXT_OF("/clients/%s/process-notes", marta.s);
    struct web_answer a = GOT(path, CLINICIAN_A);
    assert_status(&a, 200);
    assert_holds(&a, "data-autosave");
    a = POSTED(path, CLINICIAN_A, "{\"version\":0,\"text\":\"first\"}");
    assert_status(&a, 201);
    assert_holds(&a, "\"version\":1");
    a = POSTED(path, CLINICIAN_A, "{\"version\":1,\"text\":\"second\"}");
    assert_status(&a, 200);
    a = POSTED(path, CLINICIAN_A, "{\"version\":1,\"text\":\"from elsewhere\"}");
    assert_status(&a, 409);
    assert_holds(&a, "second");
    a = GOT(path, CLINICIAN_A);
    assert_holds(&a, "second");
    a = GOT(path, CLINICIAN_B);
    assert_status(&a, 404);
    a = GOT(path, RECEPTION);
    assert_status(&a, 403);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(the_author_reads_what_was_written),
        ALONE(a_colleague_with_the_clinical_key_cannot_open_the_row),
        ALONE(the_owner_and_the_program_cannot_open_the_row),
        ALONE(the_words_stand_nowhere_in_the_database),
        ALONE(a_password_set_by_another_closes_them),
        cmocka_unit_test_setup_teardown(the_page_stores_every_pause, open_pages, world_close),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
