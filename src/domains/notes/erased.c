/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erased.c - a client is erased: drafts and process notes go. Signed notes never change: they stay
 * as bytes that nothing opens, and their hash in the audit log still holds. */
#include "app/audit.h"
#include "notes_private.h"
#include "notes_sql.h"

static enum rc drafts_of(struct cx *cx, struct id client, struct id **ret, int *ret_n)
{
    struct id *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_DRAFTS_OF, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = db_id(rows, 0);
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

enum rc notes_event(struct cx *cx, enum event e, struct id subject)
{
    struct id *drafts;
    int n;
    if (e != EV_CLIENT_ERASED)
        return RC_OK;
    TRY(drafts_of(cx, subject, &drafts, &n));
    for (int i = 0; i < n; i++) {
        struct db_val v[] = {DB_I(cx->practice), DB_ID(drafts[i])};
        TRY(db_exec(cx->db, &SQL_NOTE_DRAFT_DROP, v, N_ELEMS(v), NULL));
        TRY(audit_change(cx, "note", drafts[i], "discard", NULL));
        TRY(app_emit(cx, EV_NOTE_DISCARDED, drafts[i]));
    }
    struct db_val v[] = {DB_I(cx->practice), DB_ID(subject)};
    return db_exec(cx->db, &SQL_PROCESS_NOTES_DROP, v, N_ELEMS(v), NULL);
}
