/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_erase.c - erasing a client by deleting the keys (docs/adr/0014-erasure.md). */
#include "app/app.h"
#include "app/audit.h"
#include "clients_private.h"
#include "clients_sql.h"

/* What may stay is garbage without the keys; what can go at once, goes. */
static enum rc drop(struct cx *cx, struct id client)
{
    static const struct db_stmt *const drops[] = {&SQL_CLIENT_KEYS_DROP, &SQL_CLIENT_PHOTO_DROP,
                                                  &SQL_CLIENT_TEAM_CLEAR, &SQL_CLIENT_WALL_CLEAR};
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    for (size_t i = 0; i < N_ELEMS(drops); i++)
        TRY(db_exec(cx->db, drops[i], v, N_ELEMS(v), NULL));
    return RC_OK;
}

enum rc client_erase(struct cx *cx, const struct cap *cap)
{
    static const unsigned char nothing[1];
    struct id client = cap_client(cap);
    int64_t n_changed;
    TRY(cap_admits(cx, cap, ACT_BLOCK));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(app_emit(cx, EV_CLIENT_ERASED, client));
    TRY(audit_change(cx, "client", client, "erase", NULL));
    struct db_val v[] = {DB_B(((struct bytes){nothing, sizeof(nothing)})), DB_I(cx->now_ms),
                         DB_I(cx->practice), DB_ID(client)};
    TRY(db_exec(cx->db, &SQL_CLIENT_ERASE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such client."));
    TRY(drop(cx, client));
    TRY(audit_change_shred(cx, client));
    TRY(client_order_outdate(cx));
    return db_commit(&tx);
}

enum rc client_forget(struct cx *cx, struct id client)
{
    TRY(seal_client_forget(cx->keys, cx->practice, client));
    return db_scrub(cx->db);
}
