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

enum rc root_key_made(struct cx *cx, int64_t *ret_ms)
{
    *ret_ms = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_ROOT_KEY_MADE, NULL, 0, &rows));
    while (db_next(rows))
        *ret_ms = db_i64(rows, 0);
    return db_end(rows);
}

enum rc root_key_add(struct cx *cx, struct bytes wrapped)
{
    return insert(cx, id_new(), wrapped);
}

enum rc root_key_is_known(struct cx *cx, struct keyring *with, bool *ret)
{
    *ret = false;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_ROOT_KEY_ALL, NULL, 0, &rows));
    while (db_next(rows))
        *ret = *ret || seal_root_load(with, db_bytes(rows, 0)) == RC_OK;
    return db_end(rows);
}

enum rc root_key_drop_others(struct cx *cx, struct keyring *with)
{
    _cleanup_tx_ struct db_tx tx = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_begin(cx->db, &tx));
    TRY(db_query(cx->db, cx->arena, &SQL_ROOT_KEY_ALL, NULL, 0, &rows));
    while (db_next(rows)) {
        struct db_val v[] = {DB_ID(db_id(rows, 1))};
        if (seal_root_load(with, db_bytes(rows, 0)) == RC_OK)
            continue;
        TRY(db_exec(cx->db, &SQL_ROOT_KEY_DELETE, v, N_ELEMS(v), NULL));
    }
    TRY(db_end(rows));
    return db_commit(&tx);
}
