/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_db_tx.c - transactions: all or nothing, nested, reading, with calls that fail. */
#include "db_fixture.h"

static void a_commit_keeps_and_a_scope_left_early_undoes(void **state)
{
    struct fixture *f = *state;
    {
        _cleanup_tx_ struct db_tx tx = {0};
        ok(f->db, db_begin(f->db, &tx));
        ok(f->db, add_thing(f->db, "a", 1));
        assert_int_equal(n_things(f, f->db), 1);
    }
    assert_int_equal(n_things(f, f->db), 0);
    {
        _cleanup_tx_ struct db_tx tx = {0};
        ok(f->db, db_begin(f->db, &tx));
        ok(f->db, add_thing(f->db, "a", 1));
        ok(f->db, db_commit(&tx));
    }
    assert_int_equal(n_things(f, f->db), 1);
}

static void after_a_failed_statement_nothing_runs_and_commit_tells_its_reason(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    struct db_rows *rows = NULL;
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, add_thing(f->db, "a", 1));
    assert_int_equal(add_thing(f->db, "a", 1), RC_CONFLICT);
    assert_int_equal(add_thing(f->db, "b", 1), RC_CONFLICT);
    assert_int_equal(db_query(f->db, &f->arena, &SQL_THING_LIST, NULL, 0, &rows), RC_CONFLICT);
    assert_int_equal(db_commit(&tx), RC_CONFLICT);
    assert_null(tx.db);
    db_rollback(&tx); /* nothing left to undo */
    assert_int_equal(n_things(f, f->db), 0);

    ok(f->db, db_begin(f->db, &tx)); /* and the connection works */
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, db_commit(&tx));
    assert_int_equal(n_things(f, f->db), 1);
}

static void a_failed_script_undoes_the_transaction(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, add_thing(f->db, "a", 1));
    assert_int_equal(db_script(f->db, "NOT SQL"), RC_BROKEN);
    assert_int_equal(db_commit(&tx), RC_BROKEN);
    assert_int_equal(n_things(f, f->db), 0);
}

static enum rc inner(struct fixture *f, const char *id, bool keep)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(f->db, &tx));
    TRY(add_thing(f->db, id, 1));
    return keep ? db_commit(&tx) : RC_INVALID;
}

static void inner_transactions_join_the_outer(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, inner(f, "a", true));
    ok(f->db, inner(f, "b", true));
    db_rollback(&tx);
    assert_int_equal(n_things(f, f->db), 0);

    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, inner(f, "a", true));
    ok(f->db, inner(f, "b", true));
    ok(f->db, db_commit(&tx));
    assert_int_equal(n_things(f, f->db), 2);
}

static void an_inner_rollback_makes_the_outer_commit_refuse(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, add_thing(f->db, "a", 1));
    assert_int_equal(inner(f, "b", false), RC_INVALID);
    assert_int_equal(inner(f, "c", true), RC_BROKEN);
    assert_int_equal(db_commit(&tx), RC_BROKEN);
    assert_int_equal(n_things(f, f->db), 0);
}

static void a_conflict_inside_is_told_by_every_commit_outside(void **state)
{
    struct fixture *f = *state;
    struct db_tx outer = {0}, middle = {0};
    ok(f->db, db_begin(f->db, &outer));
    ok(f->db, db_begin(f->db, &middle));
    assert_int_equal(add_thing(f->db, "a", -1), RC_CONFLICT);
    assert_int_equal(db_commit(&middle), RC_CONFLICT);
    assert_int_equal(db_commit(&outer), RC_CONFLICT);
}

static void a_commit_before_the_end_of_writing_rows_is_refused(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    struct db_rows *rows = NULL;
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, db_query(f->db, &f->arena, &SQL_LEDGER_ADD, VALS(DB_S("x")), &rows));
    assert_true(db_next(rows));
    assert_int_equal(db_commit(&tx), RC_BROKEN);
    db_rows_free(rows);

    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, db_query(f->db, &f->arena, &SQL_LEDGER_ADD, VALS(DB_S("x")), &rows));
    assert_true(db_next(rows));
    ok(f->db, db_end(rows));
    ok(f->db, db_commit(&tx));
    db_rows_free(rows);
}

static void rows_of_a_read_may_outlive_the_commit(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_LIST, NULL, 0, &rows));
    ok(f->db, db_commit(&tx));
    assert_int_equal(n_things(f, f->db), 1);
}

static void closing_inside_a_transaction_undoes_it_and_frees_the_turn(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    struct db *other = opened(f->url, false);
    ok(other, db_begin(other, &tx));
    ok(other, add_thing(other, "a", 1));
    db_close(other);
    ok(f->db, add_thing(f->db, "b", 1));
    assert_int_equal(n_things(f, f->db), 1);
}

/* --- reading ------------------------------------------------------------ */

static void a_read_transaction_sees_one_snapshot(void **state)
{
    struct fixture *f = *state;
    struct db *reader = opened(f->url, false);
    ok(f->db, add_thing(f->db, "a", 1));
    ok(reader, db_begin_read(reader));
    assert_int_equal(n_things(f, reader), 1);
    ok(f->db, add_thing(f->db, "b", 1));
    assert_int_equal(n_things(f, reader), 1);
    ok(reader, db_begin_read(reader)); /* joins */
    db_end_read(reader);
    assert_int_equal(n_things(f, reader), 1);
    db_end_read(reader);
    assert_int_equal(n_things(f, reader), 2);
    db_end_read(reader); /* none is open: nothing happens */
    db_close(reader);
}

static void a_read_transaction_refuses_every_write(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    struct db_rows *rows = NULL;
    const struct db_val v[] = {DB_S("a"), DB_I(3), DB_S("t")};
    for (int i = 0; i < 4; i++) {
        enum rc rc = RC_OK;
        ok(f->db, db_begin_read(f->db));
        if (i == 0)
            rc = add_thing(f->db, "a", 1);
        else if (i == 1)
            rc = db_begin(f->db, &tx);
        else if (i == 2)
            rc = db_query(f->db, &f->arena, &SQL_THING_INSERT_RETURNING, v, 3, &rows);
        else
            rc = db_script(f->db, "DELETE FROM thing");
        if (rc != RC_BROKEN)
            fail_msg("case %d", i);
        db_end_read(f->db);
    }
    assert_int_equal(n_things(f, f->db), 0);
    ok(f->db, add_thing(f->db, "a", 1));
}

static void a_read_inside_a_write_transaction_joins_it(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, db_begin_read(f->db));
    assert_int_equal(n_things(f, f->db), 1);
    db_end_read(f->db);
    ok(f->db, add_thing(f->db, "b", 1));
    ok(f->db, db_commit(&tx));
    assert_int_equal(n_things(f, f->db), 2);
}

/* --- failures ----------------------------------------------------------- */

static enum rc add_two(struct fixture *f, int64_t *ret_seen)
{
    _cleanup_tx_ struct db_tx tx = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_begin(f->db, &tx));
    TRY(add_thing(f->db, "a", 1));
    TRY(inner(f, "b", true));
    TRY(db_query(f->db, &f->arena, &SQL_THING_COUNT, NULL, 0, &rows));
    if (db_next(rows))
        *ret_seen = db_i64(rows, 0);
    TRY(db_end(rows));
    return db_commit(&tx);
}

static void whichever_call_fails_nothing_is_half_written(void **state)
{
    struct fixture *f = *state;
    enum { N_CALLS = 7 }; /* begin, insert, begin, insert, commit, count, commit */
    for (int64_t nth = 1; nth <= N_CALLS; nth++) {
        int64_t seen = 0;
        db_fail_nth(f->db, nth);
        assert_int_equal(add_two(f, &seen), RC_BUSY);
        assert_int_equal(db_fail_nth(f->db, 0), nth);
        if (n_things(f, f->db) != 0)
            fail_msg("call %d", (int)nth);
    }
    int64_t seen = 0;
    db_fail_nth(f->db, N_CALLS + 1);
    ok(f->db, add_two(f, &seen));
    assert_int_equal(db_fail_nth(f->db, 0), N_CALLS);
    assert_int_equal(seen, 2);
    assert_int_equal(n_things(f, f->db), 2);
}

static void a_single_statement_can_be_made_to_fail(void **state)
{
    struct fixture *f = *state;
    db_fail_nth(f->db, 2);
    ok(f->db, add_thing(f->db, "a", 1));
    assert_int_equal(add_thing(f->db, "b", 1), RC_BUSY);
    ok(f->db, add_thing(f->db, "b", 1));
    assert_int_equal(db_fail_nth(f->db, 0), 3);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        db_test(a_commit_keeps_and_a_scope_left_early_undoes),
        db_test(after_a_failed_statement_nothing_runs_and_commit_tells_its_reason),
        db_test(a_failed_script_undoes_the_transaction),
        db_test(inner_transactions_join_the_outer),
        db_test(an_inner_rollback_makes_the_outer_commit_refuse),
        db_test(a_conflict_inside_is_told_by_every_commit_outside),
        db_test(a_commit_before_the_end_of_writing_rows_is_refused),
        db_test(rows_of_a_read_may_outlive_the_commit),
        db_test(closing_inside_a_transaction_undoes_it_and_frees_the_turn),
        db_test(a_read_transaction_sees_one_snapshot),
        db_test(a_read_transaction_refuses_every_write),
        db_test(a_read_inside_a_write_transaction_joins_it),
        db_test(whichever_call_fails_nothing_is_half_written),
        db_test(a_single_statement_can_be_made_to_fail),
    };
    return cmocka_run_group_tests_name("db_tx", cases, NULL, NULL);
}
