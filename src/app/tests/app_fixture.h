/* SPDX-License-Identifier: AGPL-3.0-or-later
 * app_fixture.h - a migrated database with a practice's keys, for the tests of this layer. */
#pragma once
#include "app/audit.h"
#include "app/jobs.h"
#include "db/migrate.h"
#include "support_db.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define T0 INT64_C(1800000000000)

static int64_t at_t0(void)
{
    return T0;
}

struct fixture {
    struct app app;
    struct arena arena;
    struct db *db;
    struct cx cx;
};

/* The key of client id_derive(9, 9); others are erased. */
static struct bytes client_key_of_test;

static enum rc client_key_for_test(struct cx *cx, struct id client, struct bytes *ret)
{
    if (cx->practice != 1 || !id_eq(client, id_derive(9, 9)))
        return RC_NOT_FOUND;
    *ret = client_key_of_test;
    return RC_OK;
}

static int set_up(void **state)
{
    static struct fixture f;
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    f = (struct fixture){
        .app = {.keys = keyring_for_tests(), .clock_ms = at_t0, .client_key = client_key_for_test}};
    f.app.settings.db = support_db_url();
    arena_init(&f.arena, 16 << 20);
    catalogue_init();
    assert_int_equal(db_open(f.app.settings.db, false, &f.db), RC_OK);
    assert_int_equal(migrate_run(f.db), RC_OK);
    struct keys keys = {.ring = f.app.keys};
    assert_int_equal(seal_practice_make(&keys, 1, SEAL_IDENTITY, wrapped), RC_OK);
    assert_int_equal(seal_epoch_make(&keys, 1, 1, wrapped), RC_OK);
    assert_int_equal(seal_epoch_load(&keys, 1, 1, (struct bytes){wrapped, sizeof(wrapped)}), RC_OK);
    assert_int_equal(
        seal_client_make(&f.arena, &keys, 1, id_derive(9, 9), SEAL_IDENTITY, &client_key_of_test),
        RC_OK);
    cx_init(&f.cx, &f.app, &f.arena, f.db);
    cx_practice(&f.cx, 1);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    db_close(f->db);
    keyring_free(f->app.keys);
    arena_wipe(&f->arena);
    return 0;
}

#define ON_DB(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
