/* SPDX-License-Identifier: AGPL-3.0-or-later
 * root_key.c - the first thing that is opened at start. */
#include "app/root_key.h"

#include "app/app.h"
#include "app_sql.h"

static enum rc insert(struct cx *cx, struct id id, struct bytes wrapped)
{
    struct db_val v[] = {DB_ID(id), DB_I(cx->now_ms), DB_B(wrapped)};
    return db_exec(cx->db, &SQL_ROOT_KEY_INSERT, v, N_ELEMS(v), NULL);
}

static enum rc make(struct cx *cx)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    TRY(seal_root_make(cx->app->keys, wrapped));
    return insert(cx, id_new(), (struct bytes){wrapped, sizeof(wrapped)});
}

enum rc root_key_stored(struct cx *cx, struct bytes *ret)
{
    enum rc rc = RC_NOT_FOUND;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_ROOT_KEY_ALL, NULL, 0, &rows));
    while (db_next(rows)) {
        struct bytes wrapped = db_bytes(rows, 0);
        if (rc != RC_OK && (rc = seal_root_load(cx->app->keys, wrapped)) == RC_OK)
            *ret = wrapped;
    }
    TRY(db_end(rows));
    return rc;
}

enum rc root_key_load(struct cx *cx)
{
    struct bytes wrapped;
    enum rc rc = root_key_stored(cx, &wrapped);
    return rc == RC_NOT_FOUND ? make(cx) : rc;
}

enum rc root_key_replace(struct cx *cx, struct bytes wrapped)
{
    struct id id = id_new();
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(insert(cx, id, wrapped));
    TRY(db_exec(cx->db, &SQL_ROOT_KEY_DELETE_OTHERS, (struct db_val[]){DB_ID(id)}, 1, NULL));
    return db_commit(&tx);
}
