/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_notes_stored.c - what lies in the database: signed rows stand, words are sealed. */
#include "notes_world.h"

/* --- what the database itself refuses ---------------------------------------------------- */

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
    bool more;
    struct bytes of_a = sealed_of(a.id);
    int n;
    OK(raw("UPDATE note SET sealed_clinical = ?1 WHERE practice_id = 1 AND id = ?2",
           "UPDATE note SET sealed_clinical = $1 WHERE practice_id = 1 AND id = $2",
           (struct db_val[]){DB_B(of_a), DB_ID(b.id)}, 2));
    OK(note_list_client(&w.cx, marta, INT64_MAX, 10, &list, &n));
    assert_int_equal(n, 1);
    assert_string_equal(list[0].section[0].text, "of a");
    OK(note_list_drafts(&w.cx, 10, &owed, &n, &more));
    assert_int_equal(n, 1);
    assert_true(id_eq(owed[0].id, a.id));
}

static void the_check_finds_a_note_that_does_not_open(void **state)
{
    (void)state;
    struct note n = drafted("free", "words");
    world_as(&w, PROGRAM);
    assert_int_equal(world_check(&w, &domain_notes), 0);
    OK(raw("UPDATE note SET version = 9 WHERE practice_id = 1 AND id = ?1",
           "UPDATE note SET version = 9 WHERE practice_id = 1 AND id = $1",
           (struct db_val[]){DB_ID(n.id)}, 1));
    assert_int_equal(world_check(&w, &domain_notes), 1);
}

struct heard {
    int n_broken;
    int64_t n_opened, n_all;
};

static void hear_broken(void *arg, const char *invariant, const char *detail)
{
    (void)invariant;
    (void)detail;
    ((struct heard *)arg)->n_broken++;
}

static void hear_figures(void *arg, int64_t n_opened, int64_t n_all)
{
    struct heard *h = arg;
    h->n_opened = n_opened;
    h->n_all = n_all;
}

static void the_check_says_how_many_of_how_many_it_opened(void **state)
{
    (void)state;
    struct heard some = {0}, all = {0};
    for (int i = 0; i < 70; i++) { /* more than a batch */
        struct note n = drafted("free", "words");
        OK(raw("UPDATE note SET version = 9 WHERE practice_id = 1 AND id = ?1",
               "UPDATE note SET version = 9 WHERE practice_id = 1 AND id = $1",
               (struct db_val[]){DB_ID(n.id)}, 1));
    }
    world_as(&w, PROGRAM);
    struct sealed_check c = {.max = 5, .report = hear_broken, .tell = hear_figures, .arg = &some};
    OK(domain_notes.check_sealed(&w.cx, &c));
    assert_int_equal(some.n_opened, 5);
    assert_int_equal(some.n_all, 70);
    assert_int_equal(some.n_broken, 5);
    c.max = INT64_MAX;
    c.arg = &all;
    OK(domain_notes.check_sealed(&w.cx, &c));
    assert_int_equal(all.n_opened, 70);
    assert_int_equal(all.n_broken, 70);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(the_database_refuses_to_change_or_erase_a_signed_note),
        ALONE(words_are_sealed_at_rest),
        ALONE(a_value_that_was_moved_does_not_open),
        ALONE(what_does_not_open_takes_nothing_else_along),
        ALONE(the_check_finds_a_note_that_does_not_open),
        ALONE(the_check_says_how_many_of_how_many_it_opened),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
