/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_audit_change.c - a change and its row stand or fall together. */
#include "app_fixture.h"
#include "app_test_sql.h"

static int count(struct fixture *f, struct id id)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    int n = 0;
    assert_int_equal(
        db_query(f->db, &f->arena, &SQL_TEST_CHANGES, (struct db_val[]){DB_ID(id)}, 1, &rows),
        RC_OK);
    while (db_next(rows))
        n++;
    assert_int_equal(db_end(rows), RC_OK);
    return n;
}

static void a_change_says_who_what_and_when(void **state)
{
    struct fixture *f = *state;
    struct id who = id_derive(1, 1), what = id_derive(2, 2);
    f->cx.actor.user = who;
    assert_int_equal(audit_change(&f->cx, "client", what, "change", "family_name,fee_cents"),
                     RC_OK);
    _cleanup_rows_ struct db_rows *rows = NULL;
    assert_int_equal(
        db_query(f->db, &f->arena, &SQL_TEST_CHANGES, (struct db_val[]){DB_ID(what)}, 1, &rows),
        RC_OK);
    assert_true(db_next(rows));
    assert_int_equal(db_i64(rows, 0), 1);
    assert_int_equal(db_i64(rows, 1), T0);
    assert_string_equal(db_text(rows, 2), who.s);
    assert_string_equal(db_text(rows, 3), "client");
    assert_string_equal(db_text(rows, 4), what.s);
    assert_string_equal(db_text(rows, 5), "change");
    assert_string_equal(db_text(rows, 6), "family_name,fee_cents");
    assert_false(db_next(rows));
    assert_int_equal(db_end(rows), RC_OK);
}

static void the_program_itself_has_no_id(void **state)
{
    struct fixture *f = *state;
    struct id what = id_derive(2, 2);
    assert_int_equal(audit_change(&f->cx, "client", what, "create", NULL), RC_OK);
    _cleanup_rows_ struct db_rows *rows = NULL;
    assert_int_equal(
        db_query(f->db, &f->arena, &SQL_TEST_CHANGES, (struct db_val[]){DB_ID(what)}, 1, &rows),
        RC_OK);
    assert_true(db_next(rows));
    assert_true(db_is_null(rows, 2));
    assert_true(db_is_null(rows, 6));
    assert_int_equal(db_end(rows), RC_OK);
}

static void a_change_that_is_rolled_back_leaves_no_row(void **state)
{
    struct fixture *f = *state;
    struct id what = id_derive(2, 2);
    struct db_tx tx = {0};
    assert_int_equal(db_begin(f->db, &tx), RC_OK);
    assert_int_equal(audit_change(&f->cx, "client", what, "create", NULL), RC_OK);
    db_rollback(&tx);
    assert_int_equal(count(f, what), 0);

    struct db_tx again = {0};
    assert_int_equal(db_begin(f->db, &again), RC_OK);
    assert_int_equal(audit_change(&f->cx, "client", what, "create", NULL), RC_OK);
    assert_int_equal(db_commit(&again), RC_OK);
    assert_int_equal(count(f, what), 1);
}

static void every_statement_of_this_layer_prepares(void **state)
{
    struct fixture *f = *state;
    assert_true(n_app_statements >= 6);
    for (int i = 0; i < n_app_statements; i++)
        if (db_check(f->db, app_statements[i]) != RC_OK)
            fail_msg("%s: %s", app_statements[i]->name, db_error(f->db));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DB(a_change_says_who_what_and_when),
        ON_DB(the_program_itself_has_no_id),
        ON_DB(a_change_that_is_rolled_back_leaves_no_row),
        ON_DB(every_statement_of_this_layer_prepares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
