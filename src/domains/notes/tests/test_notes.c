/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_notes.c - drafts, signing and corrections of notes, on both databases. */
#include "notes_world.h"

static const int64_t NINE = INT64_C(1795424400000); /* Monday 10:00 in Madrid */

static struct id appointment_at(int64_t start_ms)
{
    struct service s = {0};
    struct appointment a = {0};
    world_as(&w, OWNER);
    record_init(&service_type, &s);
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

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_notes);
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
    bool more;
    struct client c;
    int n_list;
    world_as(&w, OWNER);
    OK(client_load(&w.cx, world_cap(&w, marta), &c));
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_A);
    assert_int_equal(note_load(&w.cx, n.id, &n), RC_NOT_FOUND);
    assert_int_equal(note_load(&w.cx, d.id, &d), RC_NOT_FOUND);
    OK(note_list_drafts(&w.cx, 10, &owed, &n_list, &more));
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
    OK(client_load(&w.cx, world_cap(&w, jon), &c));
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

/* --- corrections ------------------------------------------------------------------------- */

static void corrections_leave_the_original_as_it_was(void **state)
{
    (void)state;
    struct note p = signed_note("dap", "born in 1981"), a;
    struct note_list l;
    struct id add, amend, again;
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
    OK(note_list_children(&w.cx, p.id, marta, 0, &l));
    assert_int_equal(l.n, 2);
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

/* --- news ---------------------------------------------------------------------------- */

static void beginning_signing_and_discarding_are_told_once_each(void **state)
{
    (void)state;
    struct note a = drafted("free", "a"), b = drafted("free", "b");
    struct id author;
    OK(note_save_draft(&w.cx, &a)); /* a change is no beginning */
    assert_int_equal(n_begun, 2);
    OK(note_author(&w.cx, a.id, &author));
    assert_true(id_eq(author, w.person[CLINICIAN_A]));
    OK(note_sign(&w.cx, a.id, a.version));
    OK(note_sign(&w.cx, a.id, a.version)); /* is signed */
    assert_int_equal(n_signed, 1);
    OK(note_author(&w.cx, a.id, &author));
    assert_false(id_is_set(author));
    OK(note_discard(&w.cx, b.id, b.version));
    assert_int_equal(n_discarded, 1);
}

/* --- limits ------------------------------------------------------------------------------ */

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
    struct note p = signed_note("free", "signed"), a;
    struct note_list l;
    struct id id;
    for (int i = 0; i < NOTE_MAX_CORRECTIONS; i++) {
        OK(note_correct(&w.cx, p.id, NOTE_ADDENDUM, &id));
        OK(note_load(&w.cx, id, &a));
        a.section[0].text = "also";
        OK(note_save_draft(&w.cx, &a));
        OK(note_sign(&w.cx, id, a.version));
    }
    REFUSED(note_correct(&w.cx, p.id, NOTE_AMENDMENT, &id), RC_INVALID, "note",
            "A note has up to 20 corrections. Write a note of its own.");
    OK(note_list_children(&w.cx, p.id, marta, 0, &l));
    assert_int_equal(l.n, NOTE_MAX_CORRECTIONS);
    OK(note_list_children(&w.cx, p.id, marta, 15, &l)); /* those behind the fifteenth */
    assert_int_equal(l.n, NOTE_MAX_CORRECTIONS - 15);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(every_statement_prepares),
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
        ALONE(corrections_leave_the_original_as_it_was),
        ALONE(only_a_signed_note_is_corrected_and_not_a_correction),
        ALONE(a_late_addendum_is_no_late_entry),
        ALONE(beginning_signing_and_discarding_are_told_once_each),
        ALONE(a_section_holds_twenty_thousand_characters_and_no_more),
        ALONE(a_note_of_the_widest_letters_fits_up_to_its_limit),
        ALONE(a_note_has_twenty_corrections_and_no_more),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
