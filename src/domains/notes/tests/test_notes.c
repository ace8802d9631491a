/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_notes.c - rules and storage of notes, on both databases. */
#include "domains/notes/notes_view.h"
#include "notes_sql.h"
#include "support.h"

static struct world w;
static struct id marta, jon; /* clients of CLINICIAN_A and CLINICIAN_B */
static const int64_t HOUR_MS = 3600000, NINE = INT64_C(1795424400000); /* Monday 10:00 in Madrid */

static int n_signed; /* events heard */

static enum rc listen(struct cx *cx, enum event e, struct id subject)
{
    (void)cx;
    n_signed += e == EV_NOTE_SIGNED && id_is_set(subject);
    return RC_OK;
}
static const struct domain listener = {.name = "listener", .on_event = listen};

static int open_world(void **state)
{
    (void)state;
    world_open(&w, &domain_notes, &listener, NULL);
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    jon = world_client(&w, CLINICIAN_B, "Jon", "Sanz");
    n_signed = 0;
    return 0;
}

static struct id appointment_at(int64_t start_ms)
{
    struct service s = {0};
    struct appointment a = {0};
    world_as(&w, OWNER);
    record_init(&service_type, &s);
    s.code = id_new().s;
    s.code = arena_strndup(&w.arena, id_new().s, 8);
    s.name = "Individual";
    s.duration_min = 50;
    s.is_active = true;
    OK(service_save(&w.cx, &s));
    record_init(&appointment_type, &a);
    a.clinician = w.person[CLINICIAN_A];
    a.service = s.id;
    a.start_ms = start_ms;
    a.end_ms = start_ms + 50 * 60000;
    a.client[0] = marta;
    a.n_clients = 1;
    OK(appointment_save(&w.cx, &a));
    return a.id;
}

/* A draft of CLINICIAN_A about Marta, with these words in its first section. */
static struct note drafted(const char *template_key, const char *words)
{
    struct note n;
    world_as(&w, CLINICIAN_A);
    OK(note_begin_for(&w.cx, marta, template_key, &n));
    n.section[0].text = words;
    OK(note_save_draft(&w.cx, &n));
    return n;
}

static struct note signed_note(const char *template_key, const char *words)
{
    struct note n = drafted(template_key, words);
    OK(note_sign(&w.cx, n.id, n.version));
    OK(note_load(&w.cx, n.id, &n));
    return n;
}

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_notes);
}

/* --- templates --------------------------------------------------------------------------- */

static void every_built_in_template_makes_a_note_that_comes_back(void **state)
{
    (void)state;
    static const char *const keys[] = {"soap", "dap",    "birp",  "girp",  "pie",
                                       "free", "intake", "phone", "noshow"};
    struct note_template *all;
    int n_all;
    world_as(&w, CLINICIAN_A);
    OK(note_template_list(&w.cx, &all, &n_all));
    assert_int_equal(n_all, N_ELEMS(keys));
    for (size_t k = 0; k < N_ELEMS(keys); k++) {
        struct note n, back;
        OK(note_begin_for(&w.cx, marta, keys[k], &n));
        assert_true(n.n_sections > 0);
        for (int i = 0; i < n.n_sections; i++)
            n.section[i].text = TEXT_OF("words of %s", n.section[i].key);
        OK(note_save_draft(&w.cx, &n));
        OK(note_load(&w.cx, n.id, &back));
        assert_string_equal(back.template_key, keys[k]);
        assert_int_equal(back.n_sections, n.n_sections);
        for (int i = 0; i < n.n_sections; i++) {
            assert_string_equal(back.section[i].key, n.section[i].key);
            assert_string_equal(back.section[i].title, n.section[i].title);
            assert_string_equal(back.section[i].text, n.section[i].text);
        }
    }
}

static struct form typed(const char *key, const char *value)
{
    struct form f = {0};
    form_add(&w.arena, &f, key, value);
    return f;
}

static void a_change_of_template_loses_no_words(void **state)
{
    (void)state;
    struct note n = drafted("dap", "what happened");
    struct form f = typed("note.template", "soap");
    form_add(&w.arena, &f, "note.plan", "next week");
    OK(note_parse(&w.cx, &f, &n));
    assert_string_equal(n.template_key, "soap");
    assert_string_equal(note_section_text(&n, "plan"), "next week");
    assert_string_equal(note_section_text(&n, "d"), "what happened"); /* SOAP has no Data */
    assert_int_equal(n.n_sections, 5);
    OK(note_save_draft(&w.cx, &n));
    OK(note_load(&w.cx, n.id, &n));
    assert_string_equal(n.section[4].title, "Data");
    assert_string_equal(note_plan(&n), "next week");
}

static void the_button_use_changes_the_template_and_the_select_alone_does_not(void **state)
{
    (void)state;
    struct note n = drafted("dap", "words");
    struct form f = typed("note.use", "free");
    OK(note_parse(&w.cx, &f, &n));
    assert_string_equal(n.template_key, "dap");
    form_add(&w.arena, &f, "note.change", "1");
    OK(note_parse(&w.cx, &f, &n));
    assert_string_equal(n.template_key, "free");
    assert_string_equal(note_section_text(&n, "d"), "words");
}

static void an_unknown_template_or_section_is_refused(void **state)
{
    (void)state;
    struct note n = drafted("dap", "words");
    struct form f = typed("note.template", "bogus");
    REFUSED(note_parse(&w.cx, &f, &n), RC_INVALID, "template", "There is no such template.");
    f = typed("note.mood", "x");
    REFUSED(note_parse(&w.cx, &f, &n), RC_INVALID, "note.mood",
            "There is no field called \"note.mood\" here.");
}

static void own_templates_are_seen_by_their_owner_alone(void **state)
{
    (void)state;
    struct own_template own = {.name = "Sandplay",
                               .sections =
                                   "World | What stood where.\r\n\r\nStory\tIn their words.\n",
                               .is_active = true};
    struct note_template t;
    struct note n;
    world_as(&w, CLINICIAN_A);
    OK(own_template_save(&w.cx, &own));
    OK(note_template_load(&w.cx, own.id.s, &t));
    assert_int_equal(t.n_sections, 2);
    assert_string_equal(t.section[0].key, "s1");
    assert_string_equal(t.section[0].title, "World");
    assert_string_equal(t.section[0].prompt, "What stood where.");
    assert_string_equal(t.section[1].title, "Story");
    assert_string_equal(t.section[1].prompt, "In their words.");

    n = drafted(own.id.s, "a tower");
    own.sections = "Tray";
    OK(own_template_save(&w.cx, &own)); /* a note keeps the titles it was written under */
    OK(note_load(&w.cx, n.id, &n));
    assert_string_equal(n.section[0].title, "World");
    assert_int_equal(n.n_sections, 2);

    own.version = 1;
    REFUSED(own_template_save(&w.cx, &own), RC_CONFLICT, "version",
            "This template was changed on another device.");
    world_as(&w, CLINICIAN_B);
    assert_int_equal(note_template_load(&w.cx, own.id.s, &t), RC_NOT_FOUND);
    assert_int_equal(own_template_load(&w.cx, own.id, &own), RC_NOT_FOUND);
}

static void a_template_has_twelve_sections_at_most(void **state)
{
    (void)state;
    struct own_template own = {.name = "Long", .is_active = true};
    world_as(&w, CLINICIAN_A);
    own.sections = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13";
    REFUSED(own_template_save(&w.cx, &own), RC_INVALID, "sections",
            "A template has up to 12 sections.");
    own.sections = " | no title\n \n";
    REFUSED(own_template_save(&w.cx, &own), RC_INVALID, "sections",
            "Write at least one section, one a line.");
    own.sections = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12";
    OK(own_template_save(&w.cx, &own));
    struct note n = drafted(own.id.s, "first");
    n.section[11].text = "twelfth";
    OK(note_save_draft(&w.cx, &n));
    OK(note_load(&w.cx, n.id, &n));
    assert_int_equal(n.n_sections, 12);
    assert_string_equal(n.section[11].text, "twelfth");
    struct form f = typed("note.template", "free"); /* 12 sections, of which two hold words */
    OK(note_parse(&w.cx, &f, &n));
    assert_int_equal(n.n_sections, 3);
}

/* --- drafts and devices ------------------------------------------------------------------- */

static void two_devices_on_one_draft_overwrite_nothing(void **state)
{
    (void)state;
    struct note first = drafted("free", "one"), second = first, back;
    first.section[0].text = "of the first device";
    OK(note_save_draft(&w.cx, &first));
    second.section[0].text = "of the second device";
    assert_int_equal(note_save_draft(&w.cx, &second), RC_CONFLICT);
    OK(note_load(&w.cx, first.id, &back));
    assert_string_equal(back.section[0].text, "of the first device");
    assert_int_equal(back.version, 2);
}

static void two_devices_that_begin_the_note_of_one_session_make_one_note(void **state)
{
    (void)state;
    struct id a = appointment_at(NINE);
    struct note first, second, found;
    world_as(&w, CLINICIAN_A);
    OK(note_draft_for(&w.cx, a, &first));
    OK(note_draft_for(&w.cx, a, &second));
    assert_false(id_is_set(first.id));
    first.section[0].text = "first";
    second.section[0].text = "second";
    second.id = id_new();
    OK(note_save_draft(&w.cx, &first));
    assert_int_equal(note_save_draft(&w.cx, &second), RC_CONFLICT);
    OK(note_draft_for(&w.cx, a, &found));
    assert_true(id_eq(found.id, first.id));
    assert_int_equal(found.about_ms, NINE);

    int state_of[1];
    OK(note_states(&w.cx, &a, 1, state_of));
    assert_int_equal(state_of[0], NOTE_DRAFT);
}

static void storing_a_new_note_twice_makes_one(void **state)
{
    (void)state;
    struct note n, again;
    world_as(&w, CLINICIAN_A);
    OK(note_begin_for(&w.cx, marta, "free", &n));
    n.id = id_new();
    n.section[0].text = "words";
    again = n;
    OK(note_save_draft(&w.cx, &n));
    assert_int_equal(note_save_draft(&w.cx, &again), RC_CONFLICT); /* its answer was lost */
}

static void a_draft_is_seen_by_its_author_alone(void **state)
{
    (void)state;
    struct note n = drafted("free", "mine");
    static const enum who others[] = {OWNER, CLINICIAN_B, RECEPTION, BILLING};
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        world_as(&w, others[i]);
        assert_int_equal(note_load(&w.cx, n.id, &n), RC_NOT_FOUND);
        assert_int_equal(note_sign(&w.cx, n.id, 1), RC_NOT_FOUND);
        assert_int_equal(note_discard(&w.cx, n.id, 1), RC_NOT_FOUND);
    }
}

static void a_client_who_changes_clinician_takes_the_signed_notes_along(void **state)
{
    (void)state;
    struct note n = signed_note("free", "signed words"), d = drafted("free", "draft"), *list;
    struct note_owed *owed;
    struct client c;
    int n_list;
    world_as(&w, OWNER);
    OK(client_load(&w.cx, marta, &c));
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_A);
    assert_int_equal(note_load(&w.cx, n.id, &n), RC_NOT_FOUND);
    assert_int_equal(note_load(&w.cx, d.id, &d), RC_NOT_FOUND);
    OK(note_list_drafts(&w.cx, 10, &owed, &n_list));
    assert_int_equal(n_list, 0);
    world_as(&w, CLINICIAN_B);
    OK(note_list_client(&w.cx, marta, INT64_MAX, 10, &list, &n_list));
    assert_int_equal(n_list, 1); /* the draft stays its author's */
    assert_string_equal(list[0].section[0].text, "signed words");
}

static void a_draft_is_never_sealed_with_the_key_of_another_client(void **state)
{
    (void)state;
    struct note d = drafted("free", "about Marta"), other = d, back;
    struct client c;
    world_as(&w, OWNER);
    OK(client_load(&w.cx, jon, &c));
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_A);
    other.client = jon;
    other.section[0].text = "about Jon";
    assert_int_equal(note_save_draft(&w.cx, &other), RC_CONFLICT);
    OK(note_load(&w.cx, d.id, &back));
    assert_string_equal(back.section[0].text, "about Marta");
}

static void discarding_forgets_a_draft_and_never_a_signed_note(void **state)
{
    (void)state;
    struct note n = drafted("free", "draft"), s = signed_note("free", "signed");
    assert_int_equal(note_discard(&w.cx, n.id, 7), RC_CONFLICT);
    OK(note_discard(&w.cx, n.id, 1));
    assert_int_equal(note_load(&w.cx, n.id, &n), RC_NOT_FOUND);
    assert_int_equal(note_discard(&w.cx, s.id, s.version), RC_INVALID);
    OK(note_load(&w.cx, s.id, &s));
}

/* --- signing --------------------------------------------------------------------------------- */

static void an_empty_note_is_not_signed(void **state)
{
    (void)state;
    struct note n = drafted("free", " \n\t ");
    REFUSED(note_sign(&w.cx, n.id, n.version), RC_INVALID, "note",
            "The note is empty. Write something, or leave it as a draft.");
    assert_int_equal(n_signed, 0);
}

static void signing_twice_is_one_signature(void **state)
{
    (void)state;
    struct note n = drafted("free", "words");
    OK(note_sign(&w.cx, n.id, n.version));
    OK(note_load(&w.cx, n.id, &n));
    int64_t at = n.signed_ms;
    world_at(&w, w.cx.now_ms + HOUR_MS);
    OK(note_sign(&w.cx, n.id, n.version));
    OK(note_load(&w.cx, n.id, &n));
    assert_int_equal(n.signed_ms, at);
    assert_int_equal(n_signed, 1);
    assert_int_equal(note_sign(&w.cx, n.id, n.version + 1), RC_CONFLICT);
    n.section[0].text = "other words";
    assert_int_equal(note_save_draft(&w.cx, &n), RC_CONFLICT);
}

static void a_stale_signature_is_refused(void **state)
{
    (void)state;
    struct note n = drafted("free", "one"), newer = n;
    newer.section[0].text = "two";
    OK(note_save_draft(&w.cx, &newer));
    assert_int_equal(note_sign(&w.cx, n.id, n.version), RC_CONFLICT);
    OK(note_sign(&w.cx, n.id, newer.version));
}

static void the_mark_of_a_late_entry_follows_the_hours_of_the_practice(void **state)
{
    (void)state;
    struct note n = drafted("free", "in time"); /* the practice of the tests says 48 hours */
    world_at(&w, w.cx.now_ms + 48 * HOUR_MS);
    OK(note_sign(&w.cx, n.id, n.version));
    OK(note_load(&w.cx, n.id, &n));
    assert_false(n.is_late);

    n = drafted("free", "late");
    world_at(&w, w.cx.now_ms + 48 * HOUR_MS + 1);
    OK(note_sign(&w.cx, n.id, n.version));
    OK(note_load(&w.cx, n.id, &n));
    assert_true(n.is_late);
}

/* --- what the database itself refuses ----------------------------------------------------------
 */

static enum rc raw(const char *sqlite, const char *pgsql, const struct db_val *v, int n)
{
    struct db_stmt *st = arena_new(&w.arena, struct db_stmt);
    *st = (struct db_stmt){.name = "raw", .n_params = n, .writes = true, .text = {sqlite, pgsql}};
    return db_exec(w.db, st, v, n, NULL);
}

static void the_database_refuses_to_change_or_erase_a_signed_note(void **state)
{
    (void)state;
    static const char *const change[] = {
        "UPDATE note SET is_late = 1 WHERE practice_id = 1 AND id = ?1",
        "UPDATE note SET state = 0, signed_ms = NULL WHERE practice_id = 1 AND id = ?1",
        "UPDATE note SET signed_ms = 5 WHERE practice_id = 1 AND id = ?1",
        "DELETE FROM note WHERE practice_id = 1 AND id = ?1",
    };
    static const char *const change_pg[] = {
        "UPDATE note SET is_late = 1 WHERE practice_id = 1 AND id = $1",
        "UPDATE note SET state = 0, signed_ms = NULL WHERE practice_id = 1 AND id = $1",
        "UPDATE note SET signed_ms = 5 WHERE practice_id = 1 AND id = $1",
        "DELETE FROM note WHERE practice_id = 1 AND id = $1",
    };
    struct note s = signed_note("free", "signed"), d = drafted("free", "draft");
    for (size_t i = 0; i < N_ELEMS(change); i++)
        assert_int_equal(raw(change[i], change_pg[i], (struct db_val[]){DB_ID(s.id)}, 1),
                         RC_CONFLICT);
    OK(raw(change[3], change_pg[3], (struct db_val[]){DB_ID(d.id)}, 1)); /* a draft is free */
    OK(note_load(&w.cx, s.id, &s));
    assert_false(s.is_late);
}

static struct bytes sealed_of(struct id id)
{
    static const struct db_stmt st = {
        .name = "sealed",
        .n_params = 1,
        .text = {"SELECT sealed_clinical FROM note WHERE practice_id = 1 AND id = ?1",
                 "SELECT sealed_clinical FROM note WHERE practice_id = 1 AND id = $1"}};
    struct bytes b = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    OK(db_query(w.db, &w.arena, &st, (struct db_val[]){DB_ID(id)}, 1, &rows));
    while (db_next(rows))
        b = db_bytes(rows, 0);
    OK(db_end(rows));
    return b;
}

static void words_are_sealed_at_rest(void **state)
{
    (void)state;
    struct note n = signed_note("soap", "canaryword of the session");
    struct bytes b = sealed_of(n.id);
    assert_true(b.len > 64);
    assert_null(memmem(b.p, b.len, "canaryword", 10));
    assert_null(memmem(b.p, b.len, "soap", 4));
    assert_null(memmem(b.p, b.len, "Subjective", 10));
}

static void a_value_that_was_moved_does_not_open(void **state)
{
    (void)state;
    struct note a = drafted("free", "of a"), b = drafted("free", "of b");
    struct bytes of_a = sealed_of(a.id);
    OK(raw("UPDATE note SET sealed_clinical = ?1 WHERE practice_id = 1 AND id = ?2",
           "UPDATE note SET sealed_clinical = $1 WHERE practice_id = 1 AND id = $2",
           (struct db_val[]){DB_B(of_a), DB_ID(b.id)}, 2));
    assert_int_equal(note_load(&w.cx, b.id, &b), RC_BROKEN);
    OK(note_load(&w.cx, a.id, &a));
}

static void what_does_not_open_takes_nothing_else_along(void **state)
{
    (void)state;
    struct note a = drafted("free", "of a"), b = drafted("free", "of b"), *list;
    struct note_owed *owed;
    struct bytes of_a = sealed_of(a.id);
    int n;
    OK(raw("UPDATE note SET sealed_clinical = ?1 WHERE practice_id = 1 AND id = ?2",
           "UPDATE note SET sealed_clinical = $1 WHERE practice_id = 1 AND id = $2",
           (struct db_val[]){DB_B(of_a), DB_ID(b.id)}, 2));
    OK(note_list_client(&w.cx, marta, INT64_MAX, 10, &list, &n));
    assert_int_equal(n, 1);
    assert_string_equal(list[0].section[0].text, "of a");
    OK(note_list_drafts(&w.cx, 10, &owed, &n));
    assert_int_equal(n, 1);
    assert_true(id_eq(owed[0].id, a.id));
}

static int n_reports;
static void count_report(void *arg, const char *invariant, const char *detail)
{
    (void)invariant;
    (void)detail;
    (*(int *)arg)++;
}

static void the_check_finds_a_note_that_does_not_open(void **state)
{
    (void)state;
    struct note n = drafted("free", "words");
    n_reports = 0;
    world_as(&w, PROGRAM);
    OK(notes_check(&w.cx, count_report, &n_reports));
    assert_int_equal(n_reports, 0);
    OK(raw("UPDATE note SET version = 9 WHERE practice_id = 1 AND id = ?1",
           "UPDATE note SET version = 9 WHERE practice_id = 1 AND id = $1",
           (struct db_val[]){DB_ID(n.id)}, 1));
    OK(notes_check(&w.cx, count_report, &n_reports));
    assert_int_equal(n_reports, 1);
}

/* --- corrections -------------------------------------------------------------------------------
 */

static void corrections_leave_the_original_as_it_was(void **state)
{
    (void)state;
    struct note p = signed_note("dap", "born in 1981"), a, *children;
    struct id add, amend, again;
    int n;
    OK(note_correct(&w.cx, p.id, NOTE_ADDENDUM, &add));
    OK(note_correct(&w.cx, p.id, NOTE_AMENDMENT, &amend));
    OK(note_correct(&w.cx, p.id, NOTE_AMENDMENT, &again));
    assert_true(id_eq(amend, again)); /* the one that was begun */
    OK(note_load(&w.cx, amend, &a));
    assert_string_equal(a.section[0].text, "born in 1981");
    REFUSED(note_sign(&w.cx, amend, 1), RC_INVALID, "note",
            "This amendment says the same as the original. Change what is to be corrected, or "
            "discard it.");
    w.cx.n_errs = 0;
    a.section[0].text = "born in 1982";
    OK(note_save_draft(&w.cx, &a));
    OK(note_sign(&w.cx, amend, a.version));
    OK(note_load(&w.cx, p.id, &p));
    assert_string_equal(p.section[0].text, "born in 1981");
    OK(note_list_children(&w.cx, p.id, marta, &children, &n));
    assert_int_equal(n, 2);
    OK(note_load(&w.cx, add, &a));
    assert_string_equal(a.template_key, "free");
    assert_true(id_eq(a.parent, p.id));
}

static void only_a_signed_note_is_corrected_and_not_a_correction(void **state)
{
    (void)state;
    struct note d = drafted("free", "draft"), p = signed_note("free", "signed"), a;
    struct id id;
    assert_int_equal(note_correct(&w.cx, d.id, NOTE_ADDENDUM, &id), RC_INVALID);
    OK(note_correct(&w.cx, p.id, NOTE_ADDENDUM, &id));
    OK(note_load(&w.cx, id, &a));
    a.section[0].text = "also";
    OK(note_save_draft(&w.cx, &a));
    OK(note_sign(&w.cx, id, a.version));
    assert_int_equal(note_correct(&w.cx, id, NOTE_AMENDMENT, &id), RC_INVALID);
}

static void a_late_addendum_is_no_late_entry(void **state)
{
    (void)state;
    struct note p = signed_note("free", "signed"), a;
    struct id id;
    world_at(&w, w.cx.now_ms + 1000 * HOUR_MS);
    OK(note_correct(&w.cx, p.id, NOTE_ADDENDUM, &id));
    OK(note_load(&w.cx, id, &a));
    a.section[0].text = "heard later";
    OK(note_save_draft(&w.cx, &a));
    OK(note_sign(&w.cx, id, a.version));
    OK(note_load(&w.cx, id, &a));
    assert_false(a.is_late);
}

/* --- reminders
 * ------------------------------------------------------------------------------------ */

static int64_t reminder_of(struct id note)
{
    static const struct db_stmt st = {.name = "job",
                                      .n_params = 1,
                                      .text = {"SELECT due_ms FROM job WHERE practice_id = 1 AND "
                                               "kind = 'draft_reminder' AND subject_id = ?1",
                                               "SELECT due_ms FROM job WHERE practice_id = 1 AND "
                                               "kind = 'draft_reminder' AND subject_id = $1"}};
    int64_t due_ms = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    OK(db_query(w.db, &w.arena, &st, (struct db_val[]){DB_ID(note)}, 1, &rows));
    while (db_next(rows))
        due_ms = db_i64(rows, 0);
    OK(db_end(rows));
    return due_ms;
}

static void a_draft_is_reminded_of_until_it_is_signed_or_discarded(void **state)
{
    (void)state;
    struct note a = drafted("free", "a"), b = drafted("free", "b");
    struct id author;
    assert_int_equal(reminder_of(a.id), w.cx.now_ms + (48 - 24) * HOUR_MS);
    OK(note_author(&w.cx, a.id, &author));
    assert_true(id_eq(author, w.person[CLINICIAN_A]));
    OK(note_sign(&w.cx, a.id, a.version));
    assert_int_equal(reminder_of(a.id), 0);
    OK(note_author(&w.cx, a.id, &author));
    assert_false(id_is_set(author));
    OK(note_discard(&w.cx, b.id, b.version));
    assert_int_equal(reminder_of(b.id), 0);
}

/* --- limits
 * ------------------------------------------------------------------------------------------ */

static const char *repeated(const char *s, int n)
{
    struct buf b;
    buf_init(&b, &w.arena, 1 << 20);
    for (int i = 0; i < n; i++)
        buf_puts(&b, s);
    return b.s;
}

static void a_section_holds_twenty_thousand_characters_and_no_more(void **state)
{
    (void)state;
    struct note n = drafted("free", "x");
    struct form f = typed("note.text", repeated("ñ", NOTE_MAX_SECTION_CHARS));
    OK(note_parse(&w.cx, &f, &n));
    OK(note_save_draft(&w.cx, &n));
    OK(note_load(&w.cx, n.id, &n));
    assert_int_equal(strlen(n.section[0].text), 2 * NOTE_MAX_SECTION_CHARS);
    f = typed("note.text", repeated("ñ", NOTE_MAX_SECTION_CHARS + 1));
    REFUSED(note_parse(&w.cx, &f, &n), RC_INVALID, "note.text",
            "A section has up to 20000 characters.");
}

static void a_note_of_the_widest_letters_fits_up_to_its_limit(void **state)
{
    (void)state;
    struct own_template own = {
        .name = "Full", .sections = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12", .is_active = true};
    world_as(&w, CLINICIAN_A);
    OK(own_template_save(&w.cx, &own));
    struct note n = drafted(own.id.s, "x");
    for (int i = 0; i < 12; i++)
        n.section[i].text = repeated("\xF0\x9F\x8C\xB3", NOTE_MAX_CHARS / 12);
    OK(note_save_draft(&w.cx, &n));
    OK(note_load(&w.cx, n.id, &n));
    assert_int_equal(strlen(n.section[11].text), NOTE_MAX_CHARS / 12 * 4);
    n.section[0].text = repeated("x", NOTE_MAX_SECTION_CHARS);
    REFUSED(note_save_draft(&w.cx, &n), RC_INVALID, "note", "A note has up to 100000 characters.");
}

static void a_note_has_twenty_corrections_and_no_more(void **state)
{
    (void)state;
    struct note p = signed_note("free", "signed"), a, *children;
    struct id id;
    int n;
    for (int i = 0; i < NOTE_MAX_CORRECTIONS; i++) {
        OK(note_correct(&w.cx, p.id, NOTE_ADDENDUM, &id));
        OK(note_load(&w.cx, id, &a));
        a.section[0].text = "also";
        OK(note_save_draft(&w.cx, &a));
        OK(note_sign(&w.cx, id, a.version));
    }
    REFUSED(note_correct(&w.cx, p.id, NOTE_AMENDMENT, &id), RC_INVALID, "note",
            "A note has up to 20 corrections. Write a note of its own.");
    OK(note_list_children(&w.cx, p.id, marta, &children, &n));
    assert_int_equal(n, NOTE_MAX_CORRECTIONS);
}

/* --- lists
 * -------------------------------------------------------------------------------------------- */

static void pages_of_the_list_meet_without_gap_or_repetition(void **state)
{
    (void)state;
    struct id seen[9], from = {{0}};
    int n_seen = 0;
    for (int i = 0; i < 9; i++) /* three at each of three times */
        drafted("free", "x"), world_at(&w, w.cx.now_ms + (i % 3 == 2 ? HOUR_MS : 0));
    for (int n = 4; n == 4;) {
        struct note_list l;
        OK(note_list_page(&w.cx, marta, from, 4, &l));
        n = l.n;
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < n_seen; k++)
                assert_false(id_eq(seen[k], l.note[i].id));
            assert_true(n_seen < 9);
            seen[n_seen++] = from = l.note[i].id;
        }
    }
    assert_int_equal(n_seen, 9);
    struct note_list l;
    world_as(&w, CLINICIAN_B);
    assert_int_equal(note_list_page(&w.cx, marta, from, 4, &l), RC_NOT_FOUND);
    assert_int_equal(note_list_page(&w.cx, jon, from, 4, &l), RC_NOT_FOUND);
}

static void drafts_that_are_owed_stand_oldest_first_with_their_words_counted(void **state)
{
    (void)state;
    struct note_owed *owed;
    int n;
    drafted("free", "one two  three\nfour ");
    world_at(&w, w.cx.now_ms + HOUR_MS);
    drafted("free", "");
    world_at(&w, w.cx.now_ms + 48 * HOUR_MS - 1);
    OK(note_list_drafts(&w.cx, 10, &owed, &n));
    assert_int_equal(n, 2);
    assert_int_equal(owed[0].n_words, 4);
    assert_true(owed[0].is_late);
    assert_int_equal(owed[1].n_words, 0);
    assert_false(owed[1].is_late);
}

/* --- search
 * -------------------------------------------------------------------------------------------- */

static struct note_hit *found(const char *words, int want)
{
    struct note_hit *hits;
    int64_t n_opened;
    int n;
    OK(note_search(&w.cx, words, 50, &hits, &n, &n_opened));
    if (n != want)
        fail_msg("\"%s\": %d hits, want %d", words, n, want);
    return hits;
}

static void search_knows_no_case_and_no_accents(void **state)
{
    (void)state;
    drafted("free", "Habló de su hermana Begoña y del SUEÑO.");
    drafted("free", "nothing of that kind");
    struct note_hit *h = found("sueno", 1);
    assert_string_equal(h->before, "Habló de su hermana Begoña y del ");
    assert_string_equal(h->hit, "SUEÑO");
    assert_string_equal(h->after, ".");
    assert_string_equal(found("BEGOÑA hablo", 1)->hit, "Begoña");
    assert_string_equal(found("straße", 0) == NULL ? "" : "x", "");
    found("begoña nothing", 0); /* every word in one note */
    assert_string_equal(found("of that", 1)->hit, "of");
}

static void the_words_around_a_hit_are_whole(void **state)
{
    (void)state;
    drafted(
        "free",
        "A long beginning that is not shown because it stands too far before the place, then "
        "some words,  the\nneedle\u0301s   and  after it again a good many words that go on and "
        "on until nobody reads them any more at all.");
    struct note_hit *h = found("needles", 1);
    assert_string_equal(h->hit, "needle\u0301s"); /* a mark of its own folds away */
    assert_non_null(strstr(h->before, "… "));
    assert_non_null(strstr(h->before, "some words,  the\n"));
    assert_non_null(strstr(h->after, " …"));
    assert_true(strlen(h->before) < 100 && strlen(h->after) < 110);
}

static void a_hit_in_a_part_of_a_letter_shows_the_letter(void **state)
{
    (void)state;
    drafted("free", "Weiß \xEF\xB7\xBA end");
    assert_string_equal(found("weis", 1)->hit, "Weiß");
    found("end", 1);
}

static void search_opens_ones_own_notes_only(void **state)
{
    (void)state;
    struct note n;
    world_as(&w, CLINICIAN_B);
    OK(note_begin_for(&w.cx, jon, "free", &n));
    n.section[0].text = "needle of another";
    OK(note_save_draft(&w.cx, &n));
    drafted("free", "needle");
    found("needle", 1);
    struct note_hit *hits;
    int64_t n_opened;
    int n_hits;
    OK(note_search(&w.cx, "absent", 50, &hits, &n_hits, &n_opened));
    assert_int_equal(n_opened, 1);
    REFUSED(note_search(&w.cx, "  ", 50, &hits, &n_hits, &n_opened), RC_INVALID, "q",
            "Write a word to look for.");
}

static void search_goes_through_all_batches(void **state)
{
    (void)state;
    for (int i = 0; i < 150; i++)
        drafted("free", i == 0 ? "needle in the oldest" : "hay");
    struct note_hit *hits;
    int64_t n_opened;
    int n;
    OK(note_search(&w.cx, "needle", 50, &hits, &n, &n_opened));
    assert_int_equal(n, 1);
    assert_int_equal(n_opened, 150);
    OK(note_search(&w.cx, "hay", 50, &hits, &n, &n_opened));
    assert_int_equal(n, 50);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(every_statement_prepares),
        ALONE(every_built_in_template_makes_a_note_that_comes_back),
        ALONE(a_change_of_template_loses_no_words),
        ALONE(the_button_use_changes_the_template_and_the_select_alone_does_not),
        ALONE(an_unknown_template_or_section_is_refused),
        ALONE(own_templates_are_seen_by_their_owner_alone),
        ALONE(a_template_has_twelve_sections_at_most),
        ALONE(two_devices_on_one_draft_overwrite_nothing),
        ALONE(two_devices_that_begin_the_note_of_one_session_make_one_note),
        ALONE(storing_a_new_note_twice_makes_one),
        ALONE(a_draft_is_seen_by_its_author_alone),
        ALONE(a_client_who_changes_clinician_takes_the_signed_notes_along),
        ALONE(a_draft_is_never_sealed_with_the_key_of_another_client),
        ALONE(discarding_forgets_a_draft_and_never_a_signed_note),
        ALONE(an_empty_note_is_not_signed),
        ALONE(signing_twice_is_one_signature),
        ALONE(a_stale_signature_is_refused),
        ALONE(the_mark_of_a_late_entry_follows_the_hours_of_the_practice),
        ALONE(the_database_refuses_to_change_or_erase_a_signed_note),
        ALONE(words_are_sealed_at_rest),
        ALONE(a_value_that_was_moved_does_not_open),
        ALONE(what_does_not_open_takes_nothing_else_along),
        ALONE(the_check_finds_a_note_that_does_not_open),
        ALONE(corrections_leave_the_original_as_it_was),
        ALONE(only_a_signed_note_is_corrected_and_not_a_correction),
        ALONE(a_late_addendum_is_no_late_entry),
        ALONE(a_draft_is_reminded_of_until_it_is_signed_or_discarded),
        ALONE(a_section_holds_twenty_thousand_characters_and_no_more),
        ALONE(a_note_of_the_widest_letters_fits_up_to_its_limit),
        ALONE(a_note_has_twenty_corrections_and_no_more),
        ALONE(pages_of_the_list_meet_without_gap_or_repetition),
        ALONE(drafts_that_are_owed_stand_oldest_first_with_their_words_counted),
        ALONE(search_knows_no_case_and_no_accents),
        ALONE(the_words_around_a_hit_are_whole),
        ALONE(a_hit_in_a_part_of_a_letter_shows_the_letter),
        ALONE(search_opens_ones_own_notes_only),
        ALONE(search_goes_through_all_batches),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
