/* SPDX-License-Identifier: AGPL-3.0-or-later
 * devices.c - browsers somebody signed in with before. A new one is told to the person when they
 * sign in with another that was known. */
#include "people_private.h"
#include "people_sql.h"

#include <string.h>

struct others {
    bool is_known;
    int64_t n, n_untold;
};

static enum rc look(struct cx *cx, const struct db_val v[3], struct others *ret)
{
    *ret = (struct others){0};
    _cleanup_rows_ struct db_rows *known = NULL, *others = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_DEVICE_OF, v, 3, &known));
    while (db_next(known))
        ret->is_known = true;
    TRY(db_end(known));
    TRY(db_query(cx->db, cx->arena, &SQL_DEVICE_OTHERS, v, 3, &others));
    while (db_next(others)) {
        ret->n = db_i64(others, 0);
        ret->n_untold = db_i64(others, 1);
    }
    return db_end(others);
}

enum rc device_meet(struct cx *cx, const char *device, enum device_news *ret)
{
    struct others o;
    unsigned char hash[32];
    const char *what = arena_printf(cx->arena, "device %s %s", cx->actor.user.s, device);
    seal_hash((struct bytes){(const unsigned char *)what, strlen(what)}, hash);
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user),
                         DB_B(((struct bytes){hash, sizeof(hash)})), DB_I(cx->now_ms), DB_I(0)};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(look(cx, v, &o));
    v[4] = DB_I(o.n == 0); /* of the first there is nobody to tell */
    if (!o.is_known)
        TRY(db_exec(cx->db, &SQL_DEVICE_INSERT, v, 5, NULL));
    else if (o.n_untold > 0)
        TRY(db_exec(cx->db, &SQL_DEVICE_TELL, v, 2, NULL));
    TRY(db_commit(&tx));
    *ret = DEVICE_KNOWN;
    if (!o.is_known && o.n > 0)
        *ret = DEVICE_NEW;
    if (o.is_known && o.n_untold > 0)
        *ret = DEVICE_OTHERS_NEW;
    return RC_OK;
}
