/* SPDX-License-Identifier: AGPL-3.0-or-later
 * walls.c - who must never find a client; records that are kept and not to be used. */
#include "access_sql.h"
#include "app/audit.h"
#include "domains/access/access.h"

static const struct id no_id;

enum rc wall_list(struct cx *cx, const struct cap *cap, struct wall **ret, int *ret_n)
{
    struct wall *list = NULL;
    struct id client = cap_client(cap);
    int n = 0, size = 0;
    TRY(cap_admits(cx, cap, ACT_WALL));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_WALL_OF_CLIENT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, size);
        struct wall *w = &list[n++];
        *w = (struct wall){
            .id = db_id(rows, 0), .against = db_id(rows, 1), .created_ms = db_i64(rows, 2)};
        TRY(record_unseal(cx, &wall_type, SEAL_IDENTITY, no_id, (struct bytes){0}, w->id, 1,
                          db_bytes(rows, 3), w));
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* With a wall whose two sides one of them knows, nobody could go on treating. */
static enum rc check_apart(struct cx *cx, const struct cap *cap)
{
    struct client c;
    struct team_member *m;
    struct id client = cap_client(cap);
    bool walled = false;
    int n;
    TRY(client_load(cx, cap, &c));
    TRY(team_list(cx, cap, &m, &n));
    if (id_is_set(c.clinician))
        TRY(client_is_walled_from(cx, client, c.clinician, &walled));
    for (int i = 0; i < n && !walled; i++)
        TRY(client_is_walled_from(cx, client, m[i].person, &walled));
    return walled
               ? refuse(cx, RC_INVALID, "against",
                        N_("Somebody would stand on both sides. Hand one of the clients over, or "
                           "take the person out of the care team, first."))
               : RC_OK;
}

static enum rc store(struct cx *cx, const struct wall *w, struct id client, struct id against,
                     struct bytes sealed)
{
    struct db_val v[] = {DB_I(cx->practice),     DB_ID(client),    DB_ID(against), DB_ID(w->id),
                         DB_S(cx->actor.user.s), DB_I(cx->now_ms), DB_B(sealed)};
    enum rc rc = db_exec(cx->db, &SQL_WALL_INSERT, v, N_ELEMS(v), NULL);
    return rc == RC_CONFLICT ? refuse(cx, RC_INVALID, "against", N_("This wall stands already."))
                             : rc;
}

/* Is it a member of staff, or else a client whom the actor may see? */
static enum rc side_of(struct cx *cx, struct id against, const struct cap **ret_client)
{
    struct person p;
    int n_errs = cx->n_errs;
    *ret_client = NULL;
    enum rc rc = id_is_set(against) ? person_load(cx, against, &p) : RC_NOT_FOUND;
    if (rc != RC_NOT_FOUND)
        return rc;
    rc = id_is_set(against) ? authorize(cx, ACT_WALL, against, PURPOSE_OVERSIGHT, ret_client)
                            : RC_NOT_FOUND;
    cx->n_errs = n_errs;
    return rc == RC_NOT_FOUND
               ? refuse(cx, RC_INVALID, "against", N_("Choose whom the wall keeps away."))
               : rc;
}

enum rc wall_add(struct cx *cx, const struct cap *cap, struct wall *w)
{
    struct id client = cap_client(cap);
    struct bytes sealed;
    const struct cap *other, *team;
    TRY(cap_admits(cx, cap, ACT_WALL));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(side_of(cx, w->against, &other));
    if (id_eq(client, w->against))
        return refuse(cx, RC_INVALID, "against", N_("Choose whom the wall keeps away."));
    TRY(authorize(cx, ACT_SEE_TEAM, client, PURPOSE_OVERSIGHT, &team));
    w->id = id_new();
    TRY(record_seal(cx, &wall_type, SEAL_IDENTITY, no_id, (struct bytes){0}, w->id, 1, w, &sealed));
    TRY(store(cx, w, client, w->against, sealed));
    if (other != NULL)
        TRY(store(cx, w, w->against, client, sealed));
    TRY(check_apart(cx, team));
    TRY(audit_change_about(cx, client, "client_wall", client, "create", NULL));
    return db_commit(&tx);
}

enum rc wall_lift(struct cx *cx, const struct cap *cap, struct id wall)
{
    struct id client = cap_client(cap);
    int64_t n_changed;
    TRY(cap_admits(cx, cap, ACT_WALL));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(wall), DB_ID(client)};
    TRY(db_exec(cx->db, &SQL_WALL_DROP, v, N_ELEMS(v), &n_changed));
    if (n_changed > 0)
        TRY(audit_change_about(cx, client, "client_wall", client, "lift", NULL));
    return db_commit(&tx);
}

/* --- blocked records ---------------------------------------------------------------------- */

enum rc client_is_blocked(struct cx *cx, const struct cap *cap, bool *ret)
{
    struct id client = cap_client(cap);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_BLOCKED, v, N_ELEMS(v), &rows));
    *ret = db_next(rows);
    return db_end(rows);
}

enum rc client_block(struct cx *cx, const struct cap *cap, bool block)
{
    struct id client = cap_client(cap);
    TRY(cap_admits(cx, cap, ACT_BLOCK));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {block ? DB_I(cx->now_ms) : DB_NIL, DB_I(cx->practice), DB_ID(client)};
    TRY(db_exec(cx->db, &SQL_CLIENT_BLOCK, v, N_ELEMS(v), NULL));
    TRY(audit_change(cx, "client", client, block ? "block" : "unblock", NULL));
    return db_commit(&tx);
}
