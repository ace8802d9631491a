/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_dump.c - all rows of a practice out of one database and into another, of either engine. */
#include "db/dump.h"
#include "db/migrate.h"
#include "domains/domains.h"
#include "support.h"
#include "support_db.h"

#include <stdlib.h>
#include <unistd.h>

static struct world w;

/* What a database holds: a sum over its rows that does not depend on their order. */
struct held {
    uint64_t sum;
    int n_rows, n_tables;
};

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
    for (const unsigned char *c = p; n > 0; n--)
        h = (h ^ *c++) * UINT64_C(1099511628211);
    return h;
}

static enum rc count_table(void *arg, const struct dump_table *t UNUSED)
{
    ((struct held *)arg)->n_tables++;
    return RC_OK;
}

static enum rc add_row(void *arg, const struct dump_table *t, const struct db_val *v)
{
    struct held *h = arg;
    uint64_t row = mix(UINT64_C(1469598103934665603), t->name, strlen(t->name));
    for (int i = 0; i < t->n_cols; i++) {
        row = mix(row, t->cols[i], strlen(t->cols[i]));
        row = mix(row, &v[i].kind, sizeof(v[i].kind));
        if (v[i].kind == DB_INT)
            row = mix(row, &v[i].i, sizeof(v[i].i));
        else if (v[i].kind == DB_TEXT)
            row = mix(row, v[i].s, strlen(v[i].s));
        else if (v[i].kind == DB_BLOB)
            row = mix(row, v[i].b.p, v[i].b.len);
    }
    h->sum += row * row;
    h->n_rows++;
    return RC_OK;
}

/* A connection's own, as db_dump() wants it. */
static enum rc dump_of(const char *url, const struct dump_sink *to)
{
    struct arena a;
    struct db *db = NULL;
    arena_init(&a, 64 << 20);
    OK(db_open(url, false, &db));
    enum rc rc = db_dump(db, &a, to);
    if (rc != RC_OK)
        print_error("%s\n", db_error(db));
    db_close(db);
    arena_wipe(&a);
    return rc;
}

static struct held held_by(const char *url)
{
    struct held h = {0};
    OK(dump_of(url, &(struct dump_sink){&h, count_table, add_row, NULL}));
    return h;
}

static enum rc load_table(void *arg, const struct dump_table *t)
{
    return db_load_table(arg, t);
}
static enum rc load_row(void *arg, const struct dump_table *t UNUSED, const struct db_val *v)
{
    return db_load_row(arg, v);
}

struct target {
    struct arena arena;
    struct db *db;
    struct load *load;
};

static void target_open(struct target *t, const char *url)
{
    *t = (struct target){0};
    arena_init(&t->arena, 64 << 20);
    OK(db_open(url, false, &t->db));
    OK(migrate_run(t->db));
    if (db_load_begin(t->db, &t->arena, false, &t->load) != RC_OK)
        fail_msg("%s", db_error(t->db));
}

static void target_close(struct target *t)
{
    db_load_free(t->load);
    db_close(t->db);
    arena_wipe(&t->arena);
}

static void copy_database(const char *from, const char *to)
{
    struct target t;
    target_open(&t, to);
    enum rc rc = dump_of(from, &(struct dump_sink){t.load, load_table, load_row, NULL});
    if (rc == RC_OK)
        rc = db_load_end(t.load);
    if (rc != RC_OK)
        fail_msg("rc %d: %s", (int)rc, db_error(t.db));
    target_close(&t);
}

/* Clients enough for more than one fetch, and what belongs to them. */
static int open_world(void **state UNUSED)
{
    world_open_list(&w, domains);
    for (int i = 0; i < 600; i++)
        (void)world_client(&w, i % 2 ? CLINICIAN_A : CLINICIAN_B, "Kim", TEXT_OF("N%d", i));
    return 0;
}

static void a_copy_holds_the_same(void **state UNUSED)
{
    const char *to = support_db_url();
    copy_database(w.url, to);
    struct held here = held_by(w.url), there = held_by(to);
    assert_true(here.n_rows > 1800);
    assert_true(here.n_tables > 40);
    assert_int_equal(here.n_tables, there.n_tables);
    assert_int_equal(here.n_rows, there.n_rows);
    assert_true(here.sum == there.sum);
}

static void it_goes_to_the_other_engine_and_back(void **state UNUSED)
{
    char folder[] = "/tmp/entracte-dump-XXXXXX";
    if (db_engine(w.db) != DB_PGSQL)
        skip();
    assert_non_null(mkdtemp(folder));
    const char *file = TEXT_OF("sqlite:%s/db", folder), *back = support_db_url();
    copy_database(w.url, file);
    copy_database(file, back);
    struct held here = held_by(w.url), there = held_by(file), again = held_by(back);
    assert_true(here.sum == there.sum && here.sum == again.sum);
    assert_int_equal(here.n_rows, there.n_rows);
    assert_int_equal(unlink(file + strlen("sqlite:")), 0);
    (void)unlink(TEXT_OF("%s/db-wal", folder));
    (void)unlink(TEXT_OF("%s/db-shm", folder));
    assert_int_equal(rmdir(folder), 0);
}

/* The database goes on refusing what it refused, and the wall stands. */
static void triggers_keys_and_the_wall_are_back_afterwards(void **state UNUSED)
{
    static const char *const refused =
        "INSERT INTO client_key (practice_id, client_id, class, wrapped)"
        " VALUES (1, 'nobody', 1, 'x')";
    const char *to = support_db_url(), *why = NULL;
    struct db *db = NULL;
    copy_database(w.url, to);
    OK(db_open(to, false, &db));
    assert_int_equal(db_wall_check(db, &w.arena, &why), RC_OK);
    (void)db_practice(db, 1);
    assert_int_not_equal(db_script(db, refused), RC_OK);
    db_close(db);
}

static void nothing_goes_into_a_database_that_holds_something(void **state UNUSED)
{
    struct arena a;
    struct db *db = NULL;
    struct load *l = NULL;
    arena_init(&a, 1 << 20);
    OK(db_open(w.url, false, &db));
    assert_int_equal(db_load_begin(db, &a, false, &l), RC_CONFLICT);
    db_load_free(l);
    db_close(db);
    arena_wipe(&a);
}

static void only_known_tables_and_columns_are_taken(void **state UNUSED)
{
    static const char *const cols[] = {"content", "epoch"};
    struct target t;
    target_open(&t, support_db_url());
    assert_int_equal(db_load_table(t.load, &(struct dump_table){"client\" (x", cols, NULL, 2}),
                     RC_INVALID);
    assert_int_equal(db_load_table(t.load, &(struct dump_table){"epoch_key", cols, NULL, 2}),
                     RC_INVALID);
    assert_int_equal(db_load_row(t.load, (struct db_val[]){DB_I(1), DB_I(1)}), RC_INVALID);
    target_close(&t);
}

/* All of it or none: what was not ended is gone. */
static void a_load_that_breaks_off_leaves_nothing(void **state UNUSED)
{
    const char *to = support_db_url();
    struct target t;
    target_open(&t, to);
    OK(dump_of(w.url, &(struct dump_sink){t.load, load_table, load_row, NULL}));
    target_close(&t);
    assert_int_equal(held_by(to).n_rows, 0);
    copy_database(w.url, to);
    assert_int_equal(held_by(to).n_rows, held_by(w.url).n_rows);
}

static enum rc all_but_people(void *arg, const struct dump_table *t, const struct db_val *v)
{
    return strcmp(t->name, "person") == 0 ? RC_OK : db_load_row(arg, v);
}

static void a_row_without_what_it_names_is_refused_in_the_end(void **state UNUSED)
{
    struct target t;
    target_open(&t, support_db_url());
    OK(dump_of(w.url, &(struct dump_sink){t.load, load_table, all_but_people, NULL}));
    assert_int_equal(db_load_end(t.load), RC_CONFLICT);
    target_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_holds_the_same),
        cmocka_unit_test(it_goes_to_the_other_engine_and_back),
        cmocka_unit_test(triggers_keys_and_the_wall_are_back_afterwards),
        cmocka_unit_test(nothing_goes_into_a_database_that_holds_something),
        cmocka_unit_test(only_known_tables_and_columns_are_taken),
        cmocka_unit_test(a_load_that_breaks_off_leaves_nothing),
        cmocka_unit_test(a_row_without_what_it_names_is_refused_in_the_end),
    };
    return cmocka_run_group_tests(tests, open_world, world_close);
}
