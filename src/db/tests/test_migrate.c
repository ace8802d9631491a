/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_migrate.c - a database is brought to the schema once, and strange histories are refused. */
#include "db_fixture.h"

#include <pthread.h>
#include <stdlib.h>

static int set_up_empty(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    arena_init(&f->arena, 16 * 1024 * 1024);
    f->url = support_db_url();
    f->db = opened(f->url, false);
    *state = f;
    return 0;
}

static enum schema_state state_of(struct db *db)
{
    enum schema_state s = SCHEMA_ALTERED;
    ok(db, migrate_state(db, &s));
    return s;
}

static void an_empty_database_becomes_current(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(state_of(f->db), SCHEMA_EMPTY);
    ok(f->db, migrate_run(f->db));
    assert_int_equal(state_of(f->db), SCHEMA_CURRENT);
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, migrate_run(f->db)); /* does nothing */
    assert_int_equal(n_things(f, f->db), 1);
}

static void what_was_applied_is_recorded(void **state)
{
    struct fixture *f = *state;
    static const struct db_stmt list = {
        "applied",
        0,
        false,
        {"SELECT number, name, checksum, applied_ms FROM schema_migration ORDER BY number",
         "SELECT number, name, checksum, applied_ms FROM schema_migration ORDER BY number"}};
    ok(f->db, migrate_run(f->db));
    _cleanup_rows_ struct db_rows *rows = NULL;
    ok(f->db, db_query(f->db, &f->arena, &list, NULL, 0, &rows));
    int n = 0;
    for (; db_next(rows); n++) {
        assert_int_equal(db_i64(rows, 0), migrations[n].number);
        assert_string_equal(db_text(rows, 1), migrations[n].name);
        assert_int_equal((uint64_t)db_i64(rows, 2), migrations[n].checksum);
        assert_true(db_i64(rows, 3) > INT64_C(1700000000000));
    }
    ok(f->db, db_end(rows));
    assert_int_equal(n, n_migrations);
}

static void an_older_database_gets_what_it_lacks_and_keeps_its_rows(void **state)
{
    struct fixture *f = *state;
    ok(f->db, migrate_run(f->db));
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, db_script(f->db, "DROP TABLE slot; DELETE FROM schema_migration WHERE number = 3"));
    assert_int_equal(state_of(f->db), SCHEMA_OLDER);
    ok(f->db, migrate_run(f->db));
    assert_int_equal(state_of(f->db), SCHEMA_CURRENT);
    assert_int_equal(n_things(f, f->db), 1);
    ok(f->db, db_exec(f->db, &SQL_SLOT_INSERT, VALS(DB_S("s"), DB_I(0), DB_I(50)), NULL));
}

static void strange_histories_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *change, *undo;
        enum schema_state state;
    } cases[] = {
        {"INSERT INTO schema_migration VALUES (9, '0009_next', 1, 1)",
         "DELETE FROM schema_migration WHERE number = 9", SCHEMA_NEWER},
        {"UPDATE schema_migration SET checksum = checksum + 1 WHERE number = 2",
         "UPDATE schema_migration SET checksum = checksum - 1 WHERE number = 2", SCHEMA_ALTERED},
        {"UPDATE schema_migration SET name = 'x' WHERE number = 1",
         "UPDATE schema_migration SET name = '0001_thing' WHERE number = 1", SCHEMA_ALTERED},
        {"UPDATE schema_migration SET number = 0 WHERE number = 2",
         "UPDATE schema_migration SET number = 2 WHERE number = 0", SCHEMA_ALTERED},
        {"UPDATE schema_migration SET number = 9 WHERE number = 2",
         "UPDATE schema_migration SET number = 2 WHERE number = 9", SCHEMA_ALTERED},
    };
    ok(f->db, migrate_run(f->db));
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        ok(f->db, db_script(f->db, cases[i].change));
        if (state_of(f->db) != cases[i].state || migrate_run(f->db) != RC_CONFLICT)
            fail_msg("case %zu", i);
        ok(f->db, db_script(f->db, cases[i].undo));
        assert_int_equal(state_of(f->db), SCHEMA_CURRENT);
    }
}

static void a_migration_that_fails_leaves_nothing_of_the_ones_before_it(void **state)
{
    struct fixture *f = *state;
    ok(f->db, db_script(f->db, "CREATE TABLE counter (other INTEGER)")); /* in the way of 0002 */
    assert_int_equal(migrate_run(f->db), RC_BROKEN);
    assert_int_equal(state_of(f->db), SCHEMA_EMPTY);
    assert_int_equal(db_check(f->db, &SQL_LEDGER_ADD), RC_BROKEN);
    ok(f->db, db_script(f->db, "DROP TABLE counter"));
    ok(f->db, migrate_run(f->db));
    assert_int_equal(state_of(f->db), SCHEMA_CURRENT);
    ok(f->db, add_thing(f->db, "a", 1));
}

static void whichever_call_fails_a_second_run_completes_it(void **state)
{
    struct fixture *f = *state;
    enum rc rc = RC_BUSY;
    /* Each run gets further, so that the loop ends. On PostgreSQL the lock is tried again. */
    for (int nth = 1; rc != RC_OK; nth++) {
        assert_true(nth < 100);
        db_fail_nth(f->db, nth);
        rc = migrate_run(f->db);
    }
    db_fail_nth(f->db, 0);
    assert_int_equal(state_of(f->db), SCHEMA_CURRENT);
}

static void *migrate_in_thread(void *arg)
{
    struct db *db = NULL;
    enum rc rc = db_open(arg, false, &db);
    if (rc == RC_OK)
        rc = migrate_run(db);
    db_close(db);
    return rc == RC_OK ? arg : NULL;
}

static void two_that_start_at_once_do_not_collide(void **state)
{
    struct fixture *f = *state;
    char *url = (char *)(uintptr_t)f->url;
    pthread_t threads[3];
    for (size_t i = 0; i < N_ELEMS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_in_thread, url), 0);
    for (size_t i = 0; i < N_ELEMS(threads); i++) {
        void *done = NULL;
        pthread_join(threads[i], &done);
        assert_ptr_equal(done, url);
    }
    assert_int_equal(state_of(f->db), SCHEMA_CURRENT);
}

int main(void)
{
#define empty_test(fn_) cmocka_unit_test_setup_teardown(fn_, set_up_empty, fixture_tear_down)
    const struct CMUnitTest cases[] = {
        empty_test(an_empty_database_becomes_current),
        empty_test(what_was_applied_is_recorded),
        empty_test(an_older_database_gets_what_it_lacks_and_keeps_its_rows),
        empty_test(strange_histories_are_refused),
        empty_test(a_migration_that_fails_leaves_nothing_of_the_ones_before_it),
        empty_test(whichever_call_fails_a_second_run_completes_it),
        empty_test(two_that_start_at_once_do_not_collide),
    };
    return cmocka_run_group_tests_name("migrate", cases, NULL, NULL);
}
