/* SPDX-License-Identifier: AGPL-3.0-or-later
 * outbox.c - what is to leave the house, kept sealed until it has left. */
#include "app/jobs.h"
#include "app_sql.h"

static struct seal_where place(const struct cx *cx, struct id id)
{
    return (struct seal_where){
        .practice = cx->practice, .table = "outbox", .row = id, .cls = SEAL_IDENTITY};
}

enum rc outbox_put(struct cx *cx, const char *kind, struct bytes payload, int64_t due_ms,
                   struct id *ret_id)
{
    struct id id = id_new();
    struct seal_item it = {.where = place(cx, id), .in = payload};
    TRY(seal_close_many(cx->arena, cx->keys, &it, 1));

    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    const struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_S(kind), DB_I(due_ms),
                               DB_B(it.out)};
    TRY(db_exec(cx->db, &SQL_OUTBOX_INSERT, v, N_ELEMS(v), NULL));
    TRY(job_put(cx, kind, id, due_ms));
    TRY(db_commit(&tx));
    *ret_id = id;
    return RC_OK;
}

enum rc outbox_load(struct cx *cx, struct id id, struct bytes *ret_payload)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct seal_item it = {.where = place(cx, id)};
    const struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_OUTBOX_LOAD, v, N_ELEMS(v), &rows));
    if (db_next(rows))
        it.in = db_bytes(rows, 0);
    TRY(db_end(rows));
    if (it.in.p == NULL)
        return RC_NOT_FOUND;
    TRY(seal_open_many(cx->arena, cx->keys, &it, 1));
    *ret_payload = it.out;
    return RC_OK;
}

enum rc outbox_done(struct cx *cx, struct id id)
{
    const struct db_val v[] = {DB_I(cx->now_ms), DB_I(cx->practice), DB_ID(id)};
    return db_exec(cx->db, &SQL_OUTBOX_DONE, v, N_ELEMS(v), NULL);
}
