/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_wall.c - the second wall between practices: with authorize() stubbed to yes, and with a
 * statement that names another practice, its rows stay unseen on PostgreSQL; and the test sees what
 * happens without the wall. */
#include "clients_sql.h"
#include "domains/clients/clients.h"
#include "domains/domains.h"
#include "domains/practice/practice.h"
#include "support.h"

static struct world w;
static struct id theirs; /* a client of practice 2; unset on SQLite, whose file holds one */

static void make_second_practice(void)
{
    struct practice p;
    struct client c = {0};
    struct cx second = w.cx;
    world_as(&w, PROGRAM);
    second.actor = w.cx.actor;
    OK(practice_load(&w.cx, &p));
    OK(practice_create(&second, &p));
    assert_int_equal(second.practice, 2);
    record_init(&client_type, &c);
    c.status = CLIENT_ACTIVE;
    c.given_name = "Elsa";
    c.family_name = "Elsewhere";
    OK(client_save(&second, &c));
    theirs = c.id;
    cx_practice(&w.cx, 1);
}

static int open_world(void **state)
{
    (void)state;
    world_open_list(&w, domains);
    if (db_engine(w.db) == DB_PGSQL)
        make_second_practice();
    return 0;
}

/* By a statement that says it is of practice 2. */
static int n_seen(void)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    int n = 0;
    struct db_val v[] = {DB_I(2), DB_ID(theirs)};
    OK(db_query(w.db, &w.arena, &SQL_CLIENT_BY_ID, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        n++;
    OK(db_end(rows));
    return n;
}

static void with_authorize_saying_yes_the_other_practice_stays_unseen(void **state)
{
    (void)state;
    static const char *const pages[] = {"", "/edit", "/notes", "/appointments", "/money", "/tasks"};
    static const enum who all[] = {OWNER, CLINICIAN_A, RECEPTION, BILLING};
    if (!id_is_set(theirs))
        skip();
    w.app.tests_grant_all = true;
    for (size_t i = 0; i < N_ELEMS(pages); i++)
        for (size_t k = 0; k < N_ELEMS(all); k++) {
            const char *path = arena_printf(&w.arena, "/clients/%s%s", theirs.s, pages[i]);
            struct web_answer a = world_call(&w, GET, path, all[k], NULL);
            if (a.status == 403) /* not a page of this role at all */
                continue;
            if (i == 0)
                assert_int_equal(a.status, 404);
            assert_null(memmem(a.body.p, a.body.len, "Elsewhere", 9));
        }
    assert_int_equal(n_seen(), 0);
    w.app.tests_grant_all = false;
}

static void a_row_of_another_practice_cannot_be_written(void **state)
{
    (void)state;
    if (!id_is_set(theirs))
        skip();
    struct db_val v[] = {DB_I(2), DB_I(77)};
    assert_int_equal(db_exec(w.db, &SQL_CLIENT_MARK_PUT, v, N_ELEMS(v), NULL), RC_BROKEN);
}

static void before_a_practice_is_known_no_client_is_seen(void **state)
{
    (void)state;
    if (!id_is_set(theirs))
        skip();
    (void)db_practice(w.db, 0);
    assert_int_equal(n_seen(), 0);
    (void)db_practice(w.db, 1);
}

/* The positive control: what the others rely on is the wall, and its absence is noticed. */
static void without_the_wall_the_row_is_seen_and_the_program_does_not_start(void **state)
{
    (void)state;
    const char *why = NULL;
    if (!id_is_set(theirs))
        skip();
    OK(db_wall_check(w.db, &w.arena, &why));
    OK(db_script(w.db, "ALTER TABLE client NO FORCE ROW LEVEL SECURITY"));
    assert_int_equal(n_seen(), 1);
    assert_int_equal(db_wall_check(w.db, &w.arena, &why), RC_INVALID);
    assert_string_equal(why, "The table client has no row-level security that binds its owner. "
                             "Somebody changed the schema by hand.");
    OK(db_script(w.db,
                 "ALTER TABLE client FORCE ROW LEVEL SECURITY; DROP POLICY practice ON note"));
    assert_int_equal(db_wall_check(w.db, &w.arena, &why), RC_INVALID);
    assert_non_null(strstr(why, "The table note "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_authorize_saying_yes_the_other_practice_stays_unseen),
        cmocka_unit_test(a_row_of_another_practice_cannot_be_written),
        cmocka_unit_test(before_a_practice_is_known_no_client_is_seen),
        cmocka_unit_test(without_the_wall_the_row_is_seen_and_the_program_does_not_start),
    };
    return cmocka_run_group_tests(tests, open_world, world_close);
}
