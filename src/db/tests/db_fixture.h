/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db_fixture.h - what the tests of src/db/ share: an arena, a migrated database, cmocka. */
#pragma once
#include "base/base.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db_test_sql.h"
#include "support_db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    const char *url;
    struct db *db;
};

#define ok(db_, expr_)                                                                             \
    do {                                                                                           \
        enum rc ok_ = (expr_);                                                                     \
        if (ok_ != RC_OK)                                                                          \
            fail_msg("%s: rc %d: %s", #expr_, (int)ok_, db_error(db_));                            \
    } while (0)
#define VALS(...) (struct db_val[]){__VA_ARGS__}, N_ELEMS(((struct db_val[]){__VA_ARGS__}))

static inline struct db *opened(const char *url, bool read_only)
{
    struct db *db = NULL;
    assert_int_equal(db_open(url, read_only, &db), RC_OK);
    return db;
}

static inline int fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    arena_init(&f->arena, 16 * 1024 * 1024);
    f->url = support_db_url();
    f->db = opened(f->url, false);
    ok(f->db, migrate_run(f->db));
    *state = f;
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    db_close(f->db);
    arena_wipe(&f->arena);
    free(f);
    return 0;
}

/* The first column of a query's only row. */
static inline int64_t number_of(struct fixture *f, struct db *db, const struct db_stmt *st,
                                const struct db_val *v, int n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    ok(db, db_query(db, &f->arena, st, v, n, &rows));
    assert_true(db_next(rows));
    int64_t number = db_i64(rows, 0);
    ok(db, db_end(rows));
    return number;
}

static inline int64_t n_things(struct fixture *f, struct db *db)
{
    return number_of(f, db, &SQL_THING_COUNT, NULL, 0);
}

static inline enum rc add_thing(struct db *db, const char *id, int64_t kind)
{
    return db_exec(db, &SQL_THING_INSERT, VALS(DB_S(id), DB_I(kind), DB_S("t"), DB_NIL, DB_NIL),
                   NULL);
}
#define db_test(fn_) cmocka_unit_test_setup_teardown(fn_, fixture_set_up, fixture_tear_down)
