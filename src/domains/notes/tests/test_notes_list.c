/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_notes_list.c - lists of notes, and the search in them. */
#include "notes_world.h"

/* --- lists ------------------------------------------------------------------------------- */

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
    bool more;
    int n;
    drafted("free", "one two  three\nfour ");
    world_at(&w, w.cx.now_ms + HOUR_MS);
    drafted("free", "");
    world_at(&w, w.cx.now_ms + 48 * HOUR_MS - 1);
    OK(note_list_drafts(&w.cx, 10, &owed, &n, &more));
    assert_int_equal(n, 2);
    assert_int_equal(owed[0].n_words, 4);
    assert_true(owed[0].is_late);
    assert_int_equal(owed[1].n_words, 0);
    assert_false(owed[1].is_late);
}

static void a_correction_is_owed_once_it_corrects_something(void **state)
{
    (void)state;
    struct note_owed *owed;
    bool more;
    int n;
    struct note original = signed_note("free", "one"), c;
    struct id amendment, addendum;
    OK(note_correct(&w.cx, original.id, NOTE_AMENDMENT, &amendment));
    OK(note_correct(&w.cx, original.id, NOTE_ADDENDUM, &addendum));
    OK(note_list_drafts(&w.cx, 10, &owed, &n, &more));
    assert_int_equal(n, 0);

    OK(note_load(&w.cx, amendment, &c));
    c.section[0].text = "one, not two";
    OK(note_save_draft(&w.cx, &c));
    world_at(&w, w.cx.now_ms + 200 * HOUR_MS);
    OK(note_list_drafts(&w.cx, 10, &owed, &n, &more));
    assert_int_equal(n, 1);
    assert_true(id_eq(owed[0].id, amendment));
    assert_int_equal(owed[0].kind, NOTE_AMENDMENT);
    assert_false(owed[0].is_late);
    OK(note_load(&w.cx, addendum, &c));
    c.section[0].text = "more";
    OK(note_save_draft(&w.cx, &c));
    OK(note_list_drafts(&w.cx, 10, &owed, &n, &more));
    assert_int_equal(n, 2);
}

/* --- search ------------------------------------------------------------------------------ */

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
        ALONE(pages_of_the_list_meet_without_gap_or_repetition),
        ALONE(drafts_that_are_owed_stand_oldest_first_with_their_words_counted),
        ALONE(a_correction_is_owed_once_it_corrects_something),
        ALONE(search_knows_no_case_and_no_accents),
        ALONE(the_words_around_a_hit_are_whole),
        ALONE(a_hit_in_a_part_of_a_letter_shows_the_letter),
        ALONE(search_opens_ones_own_notes_only),
        ALONE(search_goes_through_all_batches),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
