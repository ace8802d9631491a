/* SPDX-License-Identifier: AGPL-3.0-or-later
 * root_key.c - the first thing that is opened at start. */
#include "app/root_key.h"

#include "app/app.h"
#include "app_sql.h"

static enum rc make(struct cx *cx)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct id id = id_new();
    TRY(seal_root_make(cx->app->keys, wrapped));
    struct db_val v[] = {DB_ID(id), DB_I(cx->now_ms),
                         DB_B(((struct bytes){wrapped, sizeof(wrapped)}))};
    return db_exec(cx->db, &SQL_ROOT_KEY_INSERT, v, N_ELEMS(v), NULL);
}

enum rc root_key_load(struct cx *cx)
{
    enum rc rc = RC_NOT_FOUND;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_ROOT_KEY_ALL, NULL, 0, &rows));
    while (db_next(rows))
        if (rc != RC_OK)
            rc = seal_root_load(cx->app->keys, db_bytes(rows, 0));
    TRY(db_end(rows));
    return rc == RC_NOT_FOUND ? make(cx) : rc;
}
