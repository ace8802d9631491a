/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_db.c - opening, values there and back, errors, statements. */
#include "base/days.h"
#include "db_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- opening ------------------------------------------------------------ */

static void a_url_of_neither_database_is_invalid(void **state)
{
    (void)state;
    struct db *db = NULL;
    static const char *const bad[] = {"", "sqlite:", "mysql://x", "/x", "pgsql:x", "postgresql:"};
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        if (db_open(bad[i], false, &db) != RC_INVALID)
            fail_msg("case %zu", i);
    }
    assert_null(db);
}

static void an_unreachable_database_is_busy(void **state)
{
    (void)state;
    struct db *db = NULL;
    static const char *const gone[] = {"sqlite:/nonexistent/folder/x.sqlite",
                                       "postgresql://nobody@/x?host=/nonexistent"};
    for (size_t i = 0; i < N_ELEMS(gone); i++) {
        if (db_open(gone[i], false, &db) != RC_BUSY)
            fail_msg("case %zu", i);
    }
    assert_null(db);
}

static void a_file_that_is_no_database_is_broken(void **state)
{
    (void)state;
    struct db *db = NULL;
    char path[] = "/tmp/entracte-test-file-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database", file);
    fclose(file);
    char url[64];
    snprintf(url, sizeof(url), "sqlite:%s", path);
    assert_int_equal(db_open(url, false, &db), RC_BROKEN);
    remove(path);
}

static void a_new_file_is_for_its_owner_alone(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    if (db_engine(f->db) != DB_SQLITE)
        skip();
    assert_int_equal(stat(f->url + strlen("sqlite:"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_database_in_memory_works(void **state)
{
    struct fixture *f = *state;
    struct db *db = opened("sqlite::memory:", false);
    ok(db, migrate_run(db));
    ok(db, add_thing(db, "a", 1));
    assert_int_equal(n_things(f, db), 1);
    ok(db, db_ping(db));
    db_close(db);
}

static void a_read_only_connection_sees_commits_and_refuses_writes(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    struct db *reader = opened(f->url, true);
    ok(f->db, add_thing(f->db, "a", 1));
    assert_int_equal(n_things(f, reader), 1);
    assert_int_equal(add_thing(reader, "b", 1), RC_BROKEN);
    assert_int_equal(db_begin(reader, &tx), RC_BROKEN);
    assert_int_equal(db_script(reader, "DELETE FROM thing"), RC_BROKEN);
    ok(f->db, add_thing(f->db, "b", 1));
    assert_int_equal(n_things(f, reader), 2);
    db_close(reader);
}

/* --- values ------------------------------------------------------------- */

struct thing {
    const char *id, *title;
    int64_t kind;
    int32_t born_days;
    struct bytes content;
};

static void store(struct fixture *f, const struct thing *t)
{
    ok(f->db, db_exec(f->db, &SQL_THING_INSERT,
                      VALS(DB_S(t->id), DB_I(t->kind), DB_S(t->title), DB_DAYS(t->born_days),
                           DB_B(t->content)),
                      NULL));
}

static void is_stored(struct fixture *f, const struct thing *t)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_BY_ID, VALS(DB_S(t->id)), &rows));
    assert_true(db_next(rows));
    assert_int_equal(db_i64(rows, 0), t->kind);
    assert_string_equal(db_text(rows, 1), t->title);
    assert_int_equal(db_days(rows, 2), t->born_days);
    assert_int_equal(db_is_null(rows, 2), t->born_days == DATE_NONE);
    struct bytes content = db_bytes(rows, 3);
    assert_int_equal(content.p == NULL, t->content.p == NULL);
    assert_int_equal(content.len, t->content.len);
    if (content.p != NULL)
        assert_memory_equal(content.p, t->content.p, content.len);
    assert_false(db_next(rows));
    assert_false(db_next(rows)); /* and stays at the end */
    ok(f->db, db_end(rows));
}

static void values_come_back_as_they_were_stored(void **state)
{
    struct fixture *f = *state;
    static const unsigned char raw[] = {0, 1, 0xff, '\\', 'x', 0};
    const struct thing things[] = {
        {"small", "", 0, 0, {raw, 0}},
        {"large",
         "Zoë \\x41 'q' \"q\" %s \xf0\x9f\x8c\xb1",
         INT64_MAX,
         INT32_MAX,
         {raw, sizeof(raw)}},
        {"none", "n", 1, DATE_NONE, {NULL, 0}},
        {"old", "o", INT32_MAX, -25567, {raw + 2, 1}},
    };
    for (size_t i = 0; i < N_ELEMS(things); i++)
        store(f, &things[i]);
    for (size_t i = 0; i < N_ELEMS(things); i++)
        is_stored(f, &things[i]);
}

static void an_id_comes_back_and_text_that_is_none_is_told(void **state)
{
    struct fixture *f = *state;
    struct id id = id_new(), unset = {{0}};
    ok(f->db, db_exec(f->db, &SQL_THING_INSERT,
                      VALS(DB_ID(id), DB_I(1), DB_S("t"), DB_NIL, DB_ID(unset)), NULL));
    _cleanup_rows_ struct db_rows *rows = NULL;
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_BY_ID, VALS(DB_ID(id)), &rows));
    assert_true(db_next(rows));
    assert_true(id_eq(db_id(rows, 4), id));
    assert_false(id_is_set(db_id(rows, 1)));
    assert_int_equal(db_end(rows), RC_BROKEN);
}

static void a_column_read_as_another_type_is_told_at_the_end(void **state)
{
    struct fixture *f = *state;
    ok(f->db, add_thing(f->db, "a", 7));
    for (int i = 0; i < 4; i++) {
        _cleanup_rows_ struct db_rows *rows = NULL;
        ok(f->db, db_query(f->db, &f->arena, &SQL_THING_BY_ID, VALS(DB_S("a")), &rows));
        assert_true(db_next(rows));
        if (i == 0)
            assert_int_equal(db_i64(rows, 1), 0);
        else if (i == 1)
            assert_string_equal(db_text(rows, 0), "");
        else if (i == 2)
            assert_null(db_bytes(rows, 1).p);
        else
            assert_int_equal(db_days(rows, 4), DATE_NONE);
        assert_false(db_next(rows));
        assert_int_equal(db_end(rows), RC_BROKEN);
    }
}

static void a_day_beyond_the_range_is_told(void **state)
{
    struct fixture *f = *state;
    ok(f->db, add_thing(f->db, "a", INT64_C(1) << 40));
    _cleanup_rows_ struct db_rows *rows = NULL;
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_BY_ID, VALS(DB_S("a")), &rows));
    assert_true(db_next(rows));
    assert_int_equal(db_days(rows, 0), DATE_NONE);
    assert_int_equal(db_end(rows), RC_BROKEN);
}

static void sums_are_integers(void **state)
{
    struct fixture *f = *state;
    static const int64_t kinds[] = {
        0, 1, 9999, 10000, 123456789012345, 990000, INT64_C(4000000000000000000)};
    int64_t sum = 0;
    for (size_t i = 0; i <= N_ELEMS(kinds); i++) {
        _cleanup_rows_ struct db_rows *rows = NULL;
        ok(f->db, db_query(f->db, &f->arena, &SQL_THING_COUNT, NULL, 0, &rows));
        assert_true(db_next(rows));
        assert_int_equal(db_i64(rows, 0), i);
        assert_int_equal(db_is_null(rows, 1), i == 0);
        assert_int_equal(db_i64(rows, 1), sum);
        assert_int_equal(db_i64(rows, 2), sum);
        ok(f->db, db_end(rows));
        char id[8];
        snprintf(id, sizeof(id), "%zu", i);
        if (i < N_ELEMS(kinds)) {
            ok(f->db, add_thing(f->db, id, kinds[i]));
            sum += kinds[i];
        }
    }
}

static void text_stays_valid_after_the_next_row(void **state)
{
    struct fixture *f = *state;
    const char *first = NULL;
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, add_thing(f->db, "b", 2));
    _cleanup_rows_ struct db_rows *rows = NULL;
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_LIST, NULL, 0, &rows));
    assert_true(db_next(rows));
    first = db_text(rows, 0);
    assert_true(db_next(rows));
    assert_string_equal(db_text(rows, 0), "b");
    ok(f->db, db_end(rows));
    assert_string_equal(first, "a");
}

static void an_optional_filter_takes_null(void **state)
{
    struct fixture *f = *state;
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, add_thing(f->db, "b", 2));
    assert_int_equal(number_of(f, f->db, &SQL_THING_OF_KINDS, VALS(DB_I(2))), 1);
    assert_int_equal(number_of(f, f->db, &SQL_THING_OF_KINDS, VALS(DB_NIL)), 2);
}

/* --- statements --------------------------------------------------------- */

static void a_write_tells_how_many_rows_it_changed(void **state)
{
    struct fixture *f = *state;
    int64_t n = -1;
    const struct db_val v[] = {DB_S("a"), DB_I(1), DB_S("t")};
    ok(f->db, db_exec(f->db, &SQL_THING_INSERT_UNLESS_THERE, v, 3, &n));
    assert_int_equal(n, 1);
    ok(f->db, db_exec(f->db, &SQL_THING_INSERT_UNLESS_THERE, v, 3, &n));
    assert_int_equal(n, 0);
    ok(f->db, add_thing(f->db, "b", 1));
    ok(f->db, db_exec(f->db, &SQL_THING_TOUCH, VALS(DB_I(0)), &n));
    assert_int_equal(n, 2);
    ok(f->db, db_exec(f->db, &SQL_THING_LIST, NULL, 0, &n));
    assert_int_equal(n, 0);
}

static void a_statement_runs_inside_its_own_rows(void **state)
{
    struct fixture *f = *state;
    int n = 0;
    ok(f->db, add_thing(f->db, "a", 1));
    ok(f->db, add_thing(f->db, "b", 2));
    _cleanup_rows_ struct db_rows *outer = NULL;
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_LIST, NULL, 0, &outer));
    while (db_next(outer)) {
        _cleanup_rows_ struct db_rows *inner = NULL;
        ok(f->db, db_query(f->db, &f->arena, &SQL_THING_LIST, NULL, 0, &inner));
        while (db_next(inner))
            n++;
        ok(f->db, db_end(inner));
    }
    ok(f->db, db_end(outer));
    assert_int_equal(n, 4);
}

static void bound_values_may_go_before_the_rows_are_read(void **state)
{
    struct fixture *f = *state;
    ok(f->db, add_thing(f->db, "a", 1));
    _cleanup_rows_ struct db_rows *rows = NULL;
    char *id = strdup("a");
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_BY_ID, VALS(DB_S(id)), &rows));
    free(id);
    assert_true(db_next(rows));
    assert_false(db_next(rows));
    ok(f->db, db_end(rows));
}

static void a_null_is_not_the_value_bound_before(void **state)
{
    struct fixture *f = *state;
    static const unsigned char raw[] = {1};
    store(f, &(struct thing){"a", "t", 1, 5, {raw, 1}});
    const struct thing without = {"b", "t", 1, DATE_NONE, {NULL, 0}};
    store(f, &without);
    is_stored(f, &without);
}

static void a_write_with_rows_is_its_own_transaction(void **state)
{
    struct fixture *f = *state;
    const struct db_val v[] = {DB_S("a"), DB_I(3), DB_S("t")};
    struct db_rows *rows = NULL;
    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_INSERT_RETURNING, v, 3, &rows));
    assert_true(db_next(rows));
    assert_int_equal(db_i64(rows, 0), 3);
    assert_string_equal(db_text(rows, 1), "t");
    db_rows_free(rows); /* without db_end(): undone */
    assert_int_equal(n_things(f, f->db), 0);

    ok(f->db, db_query(f->db, &f->arena, &SQL_THING_INSERT_RETURNING, v, 3, &rows));
    ok(f->db, db_end(rows));
    db_rows_free(rows);
    assert_int_equal(n_things(f, f->db), 1);
    assert_int_equal(db_query(f->db, &f->arena, &SQL_THING_INSERT_RETURNING, v, 3, &rows),
                     RC_CONFLICT);
    ok(f->db, add_thing(f->db, "b", 1)); /* the turn to write was given back */
}

static void serial_numbers_ascend(void **state)
{
    struct fixture *f = *state;
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(number_of(f, f->db, &SQL_LEDGER_ADD, VALS(DB_S("x"))), i);
}

static void the_twin_runs_on_its_database(void **state)
{
    struct fixture *f = *state;
    int64_t expected = db_engine(f->db) == DB_SQLITE ? 1 : 2;
    assert_int_equal(number_of(f, f->db, &SQL_ENGINE, NULL, 0), expected);
}

static void every_statement_is_what_it_says(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < N_ELEMS(DB_TEST_STATEMENTS); i++)
        ok(f->db, db_check(f->db, DB_TEST_STATEMENTS[i]));
}

static void a_statement_that_is_not_what_it_says_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char none[] = "SELECT nothing FROM thing", one[] = "SELECT kind FROM thing",
                      two[] = "DELETE FROM thing; DELETE FROM part";
    const struct db_stmt bad[] = {
        {"unknown_column", 0, false, {none, none}},
        {"wrong_count", 2, false, {one, one}},
        {"hidden_write", 0, false, {"DELETE FROM thing", none}},
        {"two_in_one", 0, true, {two, two}},
    };
    ok(f->db, add_thing(f->db, "a", 1));
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        if (db_check(f->db, &bad[i]) != RC_BROKEN)
            fail_msg("case %zu", i);
    }
    const struct db_stmt hidden = {"hidden_write", 0, false, {"DELETE FROM thing", none}};
    assert_int_equal(db_exec(f->db, &hidden, NULL, 0, NULL), RC_BROKEN);
    assert_int_equal(n_things(f, f->db), 1);
}

/* --- errors ------------------------------------------------------------- */

static void broken_constraints_are_conflicts(void **state)
{
    struct fixture *f = *state;
    struct db *db = f->db;
    ok(db, add_thing(db, "a", 1));
    assert_int_equal(add_thing(db, "a", 1), RC_CONFLICT);  /* unique */
    assert_int_equal(add_thing(db, "b", -1), RC_CONFLICT); /* check */
    assert_int_equal(add_thing(db, NULL, 1), RC_CONFLICT); /* not null */
    assert_int_equal(db_exec(db, &SQL_PART_INSERT, VALS(DB_S("p"), DB_S("nobody")), NULL),
                     RC_CONFLICT); /* foreign key */
    ok(db, db_exec(db, &SQL_SLOT_INSERT, VALS(DB_S("s"), DB_I(0), DB_I(50)), NULL));
    ok(db, db_exec(db, &SQL_SLOT_INSERT, VALS(DB_S("t"), DB_I(50), DB_I(60)), NULL));
    assert_int_equal(db_exec(db, &SQL_SLOT_INSERT, VALS(DB_S("u"), DB_I(49), DB_I(51)), NULL),
                     RC_CONFLICT); /* trigger or exclusion */
    assert_int_equal(n_things(f, db), 1);
}

static void a_wrong_type_is_broken(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_exec(f->db, &SQL_THING_INSERT,
                             VALS(DB_S("a"), DB_S("many"), DB_S("t"), DB_NIL, DB_NIL), NULL),
                     RC_BROKEN);
}

static void the_error_names_the_statement_and_no_values(void **state)
{
    struct fixture *f = *state;
    const struct db_val v[] = {DB_S("canary-id"), DB_I(1), DB_S("canary-title"), DB_NIL, DB_NIL};
    ok(f->db, db_exec(f->db, &SQL_THING_INSERT, v, 5, NULL));
    assert_int_equal(db_exec(f->db, &SQL_THING_INSERT, v, 5, NULL), RC_CONFLICT);
    assert_non_null(strstr(db_error(f->db), "thing_insert"));
    assert_null(strstr(db_error(f->db), "canary"));
    assert_int_equal(db_exec(f->db, &SQL_THING_INSERT,
                             VALS(DB_S("b"), DB_S("canary-kind"), DB_S("t"), DB_NIL, DB_NIL), NULL),
                     RC_BROKEN);
    assert_null(strstr(db_error(f->db), "canary"));
}

static void a_lost_connection_is_busy_and_ping_restores_it(void **state)
{
    struct fixture *f = *state;
    static const struct db_stmt kill_others = {
        "kill_others",
        0,
        false,
        {NULL, "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
               "WHERE datname = current_database() AND pid <> pg_backend_pid()"}};
    if (db_engine(f->db) != DB_PGSQL)
        skip();
    struct db *other = opened(f->url, false);
    ok(other, add_thing(other, "a", 1));
    assert_int_equal(number_of(f, f->db, &kill_others, NULL, 0), 1);
    assert_int_equal(add_thing(other, "b", 1), RC_BUSY);
    ok(other, db_ping(other));
    ok(other, add_thing(other, "b", 1));

    /* unnoticed until now: ping sees it on the socket, begin after a failure */
    assert_int_equal(number_of(f, f->db, &kill_others, NULL, 0), 1);
    ok(other, db_ping(other));
    ok(other, add_thing(other, "c", 1));
    assert_int_equal(number_of(f, f->db, &kill_others, NULL, 0), 1);
    assert_int_equal(add_thing(other, "d", 1), RC_BUSY);
    struct db_tx tx = {0};
    ok(other, db_begin(other, &tx));
    ok(other, add_thing(other, "d", 1));
    ok(other, db_commit(&tx));
    assert_int_equal(n_things(f, f->db), 4);
    db_close(other);
}

static void a_connection_lost_inside_a_transaction_undoes_it(void **state)
{
    struct fixture *f = *state;
    if (db_engine(f->db) != DB_PGSQL)
        skip();
    struct db_tx tx = {0};
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, add_thing(f->db, "a", 1));
    struct db *other = opened(f->url, false);
    ok(other, db_script(other, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()"));
    db_close(other);
    assert_int_equal(add_thing(f->db, "b", 1), RC_BUSY);
    assert_int_equal(db_commit(&tx), RC_BUSY);
    ok(f->db, db_ping(f->db));
    assert_int_equal(n_things(f, f->db), 0);
}

static void a_full_disk_is_busy_and_leaves_nothing_half(void **state)
{
    struct fixture *f = *state;
    static unsigned char big[256 * 1024];
    static const struct bytes content = {big, sizeof(big)};
    struct db_tx tx = {0};
    if (db_engine(f->db) != DB_SQLITE)
        skip();
    ok(f->db, db_script(f->db, "PRAGMA max_page_count = 30"));
    ok(f->db, db_begin(f->db, &tx));
    ok(f->db, add_thing(f->db, "a", 1));
    const struct db_val v[] = {DB_S("b"), DB_I(1), DB_S("t"), DB_NIL, DB_B(content)};
    assert_int_equal(db_exec(f->db, &SQL_THING_INSERT, v, 5, NULL), RC_BUSY);
    assert_int_equal(db_commit(&tx), RC_BUSY);
    assert_int_equal(n_things(f, f->db), 0);
    ok(f->db, db_script(f->db, "PRAGMA max_page_count = 10000"));
    ok(f->db, db_exec(f->db, &SQL_THING_INSERT, v, 5, NULL));
    assert_int_equal(n_things(f, f->db), 1);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_url_of_neither_database_is_invalid),
        cmocka_unit_test(an_unreachable_database_is_busy),
        cmocka_unit_test(a_file_that_is_no_database_is_broken),
        db_test(a_new_file_is_for_its_owner_alone),
        db_test(a_database_in_memory_works),
        db_test(a_read_only_connection_sees_commits_and_refuses_writes),
        db_test(values_come_back_as_they_were_stored),
        db_test(an_id_comes_back_and_text_that_is_none_is_told),
        db_test(a_column_read_as_another_type_is_told_at_the_end),
        db_test(a_day_beyond_the_range_is_told),
        db_test(sums_are_integers),
        db_test(text_stays_valid_after_the_next_row),
        db_test(an_optional_filter_takes_null),
        db_test(a_write_tells_how_many_rows_it_changed),
        db_test(a_statement_runs_inside_its_own_rows),
        db_test(bound_values_may_go_before_the_rows_are_read),
        db_test(a_null_is_not_the_value_bound_before),
        db_test(a_write_with_rows_is_its_own_transaction),
        db_test(serial_numbers_ascend),
        db_test(the_twin_runs_on_its_database),
        db_test(every_statement_is_what_it_says),
        db_test(a_statement_that_is_not_what_it_says_is_refused),
        db_test(broken_constraints_are_conflicts),
        db_test(a_wrong_type_is_broken),
        db_test(the_error_names_the_statement_and_no_values),
        db_test(a_lost_connection_is_busy_and_ping_restores_it),
        db_test(a_connection_lost_inside_a_transaction_undoes_it),
        db_test(a_full_disk_is_busy_and_leaves_nothing_half),
    };
    return cmocka_run_group_tests_name("db", cases, NULL, NULL);
}
