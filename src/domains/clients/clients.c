/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients.c - rules and storage of clients, and who may see whom. */
#include "domains/clients/clients.h"

#include "app/app.h"
#include "app/audit.h"
#include "clients_private.h"
#include "clients_sql.h"

#include <string.h>

enum { CHECK_MAX_BYTES = 8 * 1024 * 1024 };

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such client."));
}

bool client_sees_contact(const struct cx *cx)
{
    return cx_may(cx, PERM_CLIENT_WRITE);
}

enum rc client_open(struct cx *cx, const struct cap *cap, struct client *ret, bool *ret_has_photo)
{
    struct id id = cap_client(cap);
    TRY(cap_admits(cx, cap, ACT_KNOW));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    struct client c;
    record_init(&client_type, &c);
    c.id = db_id(rows, 0);
    c.version = db_i64(rows, 1);
    c.status = (enum client_status)db_i64(rows, 2);
    c.clinician = db_id(rows, 3);
    c.created_ms = db_i64(rows, 4);
    TRY(record_unseal(cx, &client_type, SEAL_IDENTITY, c.id, db_bytes(rows, 6), c.id, c.version,
                      db_bytes(rows, 5), &c));
    *ret_has_photo = db_i64(rows, 7) != 0 && !cap_is_masked(cap);
    TRY(db_end(rows));
    if (cap_is_masked(cap))
        client_mask(cx, &c);
    *ret = c;
    return RC_OK;
}

enum rc client_load(struct cx *cx, const struct cap *cap, struct client *ret)
{
    bool has_photo;
    return client_open(cx, cap, ret, &has_photo);
}

/* What was said opens for who may read or write it; the rest is about who it is and what is owed.
 */
static bool covers_class(const struct cap *cap, int64_t class)
{
    if (class <= SEAL_NONE || class >= (int64_t)SEAL_KEYS_N_)
        return false;
    return class != SEAL_CLINICAL || cap_covers(cap, ACT_READ_NOTES) ||
           cap_covers(cap, ACT_PRIVATE);
}

enum rc client_keys_load(struct cx *cx, const struct cap *cap, struct client_keys *ret)
{
    struct client_keys k = {0};
    struct id client = cap_client(cap);
    int n = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_KEYS, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        int64_t class = db_i64(rows, 0);
        if (!covers_class(cap, class))
            continue;
        k.wrapped[class] = db_bytes(rows, 1);
        n++;
    }
    TRY(db_end(rows));
    if (n == 0)
        return none(cx);
    *ret = k;
    return RC_OK;
}

enum rc client_identity_key(struct cx *cx, struct id client, struct bytes *ret)
{
    struct bytes wrapped = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_KEYS, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        if (db_i64(rows, 0) == SEAL_IDENTITY)
            wrapped = db_bytes(rows, 1);
    TRY(db_end(rows));
    *ret = wrapped;
    return wrapped.p != NULL ? RC_OK : RC_NOT_FOUND;
}

/* One random key per class, stored wrapped: by the newest epoch, which another process may have
 * begun. */
static enum rc keys_make(struct cx *cx, struct id client, struct client_keys *ret)
{
    TRY(practice_epochs_open(cx));
    for (enum seal_class c = SEAL_IDENTITY; c < (enum seal_class)SEAL_KEYS_N_; c++)
        TRY(seal_client_make(cx->arena, cx->keys, cx->practice, client, c, &ret->wrapped[c]));
    return RC_OK;
}

static enum rc keys_store(struct cx *cx, struct id client, const struct client_keys *k)
{
    for (enum seal_class c = SEAL_IDENTITY; c < (enum seal_class)SEAL_KEYS_N_; c++) {
        struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(c), DB_B(k->wrapped[c]),
                             DB_I(seal_client_epoch(k->wrapped[c]))};
        TRY(db_exec(cx->db, &SQL_CLIENT_KEY_INSERT, v, N_ELEMS(v), NULL));
    }
    return RC_OK;
}

bool client_is_own_only(const struct cx *cx)
{
    return !actor_is_program(cx) && !action_reaches_all(cx->actor.roles, ACT_CHANGE);
}

/* A clinician files own clients; others may leave the clinician open, or name one who exists. */
static enum rc clinician_check(struct cx *cx, struct client *c)
{
    struct person p;
    if (client_is_own_only(cx) && !id_is_set(c->id))
        c->clinician = cx->actor.user;
    if (!id_is_set(c->clinician))
        return RC_OK;
    enum rc rc = person_load(cx, c->clinician, &p);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && (p.roles & ROLE_CLINICIAN) == 0))
        return refuse(cx, RC_INVALID, "clinician", N_("Choose a clinician of the practice."));
    return rc;
}

static enum rc insert(struct cx *cx, struct client *c)
{
    struct client_keys keys;
    struct bytes sealed;
    c->id = id_new();
    TRY(keys_make(cx, c->id, &keys));
    TRY(record_seal(cx, &client_type, SEAL_IDENTITY, c->id, keys.wrapped[SEAL_IDENTITY], c->id, 1,
                    c, &sealed));
    struct db_val v[] = {DB_I(cx->practice),  DB_ID(c->id), DB_I(c->status),
                         DB_ID(c->clinician), DB_B(sealed), DB_B(keys.wrapped[SEAL_IDENTITY]),
                         DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_CLIENT_INSERT, v, N_ELEMS(v), NULL));
    TRY(keys_store(cx, c->id, &keys));
    TRY(client_order_outdate(cx));
    TRY(audit_change(cx, "client", c->id, "create", NULL));
    c->version = 1;
    c->created_ms = cx->now_ms;
    return RC_OK;
}

/* A clinician reads what was said, so whose client somebody is, is not the front desk's to say: who
 * treats hands over, or the owner does. Anybody who may write names the first. Nobody is given a
 * client whom a wall keeps from them. */
static enum rc may_hand_over(struct cx *cx, const struct client *was, const struct client *is)
{
    bool may, walled = false;
    if (id_eq(was->clinician, is->clinician))
        return RC_OK;
    TRY(authorized(cx, ACT_TEAM, is->id, PURPOSE_CARE, &may));
    if (id_is_set(was->clinician) && !may)
        return refuse(cx, RC_INVALID, "clinician",
                      N_("Only the treating clinician or the owner hands a client over."));
    if (id_is_set(is->clinician))
        TRY(client_is_walled_from(cx, is->id, is->clinician, &walled));
    return walled ? refuse(cx, RC_INVALID, "clinician", N_("Choose another clinician.")) : RC_OK;
}

static enum rc update(struct cx *cx, struct client *c)
{
    struct client was;
    struct client_keys keys;
    struct bytes sealed;
    const struct cap *cap;
    int64_t n_changed;
    TRY(authorize(cx, ACT_CHANGE, c->id, PURPOSE_OFFICE, &cap));
    TRY(client_load(cx, cap, &was));
    if (client_is_own_only(cx) && !id_is_set(c->clinician)) /* the form need not ask who treats */
        c->clinician = was.clinician;
    TRY(may_hand_over(cx, &was, c));
    TRY(client_keys_load(cx, cap, &keys));
    TRY(record_seal(cx, &client_type, SEAL_IDENTITY, c->id, keys.wrapped[SEAL_IDENTITY], c->id,
                    c->version + 1, c, &sealed));
    struct db_val v[] = {DB_I(c->status),    DB_ID(c->clinician), DB_B(sealed),    DB_I(cx->now_ms),
                         DB_I(cx->practice), DB_ID(c->id),        DB_I(c->version)};
    TRY(db_exec(cx->db, &SQL_CLIENT_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, NULL,
                      N_("Somebody else changed this file meanwhile. Both versions are shown."));
    TRY(client_order_outdate(cx));
    if (!id_eq(was.clinician, c->clinician))
        TRY(app_emit(cx, EV_CLIENT_HANDED_OVER, c->id));
    TRY(audit_change_about(cx, c->id, "client", c->id, "change",
                           record_changed(cx->arena, &client_type, &was, c)));
    c->version++;
    return RC_OK;
}

enum rc client_save(struct cx *cx, struct client *c)
{
    struct client is = *c;
    bool is_new = !id_is_set(c->id);
    TRY(client_type.check(cx, &is));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(clinician_check(cx, &is));
    TRY(is_new ? insert(cx, &is) : update(cx, &is));
    TRY(db_commit(&tx));
    *c = is;
    return RC_OK;
}

enum rc client_caseload(struct cx *cx, struct id clinician, struct id **ret, int *ret_n)
{
    struct id *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(clinician), DB_I(CLIENT_PAUSED)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_CASELOAD, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = db_id(rows, 0);
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc client_hand_over(struct cx *cx, struct id client, struct id to)
{
    struct client c;
    const struct cap *cap;
    TRY(authorize(cx, ACT_CHANGE, client, PURPOSE_OFFICE, &cap));
    TRY(client_load(cx, cap, &c));
    c.clinician = to;
    return client_save(cx, &c);
}

static enum rc check_erased(struct cx *cx, report_fn *report, void *arg)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_ERASED_WITH_KEY, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        report(arg, "an erased client has no key", db_text(rows, 0));
    return db_end(rows);
}

static enum rc check_keys(struct cx *cx, report_fn *report, void *arg)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(SEAL_IDENTITY), DB_I(SEAL_CLINICAL)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_WITHOUT_KEYS, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        report(arg, "every client has the keys of every class", db_text(rows, 0));
    return db_end(rows);
}

/* All of them: a single one that does not open keeps every list from being shown. */
static enum rc check_opens(struct cx *cx, report_fn *report, void *arg)
{
    CLEANUP(arena_wipe) struct arena one = {0};
    struct client c;
    arena_init(&one, CHECK_MAX_BYTES);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct id id = db_id(rows, 0);
        struct seal_item item = {
            .where = {cx->practice, id, "client", id, SEAL_IDENTITY, db_i64(rows, 1)},
            .wrapped = db_bytes(rows, 6),
            .in = db_bytes(rows, 5)};
        enum rc rc = seal_open_many(&one, cx->keys, &item, 1);
        if (rc == RC_BUSY)
            return rc;
        if (rc != RC_OK || record_unpack(cx, &client_type, SEAL_IDENTITY, item.out, &c) != RC_OK)
            report(arg, "a client's file opens", id.s);
        arena_reset(&one);
    }
    return db_end(rows);
}

enum rc client_check(struct cx *cx, report_fn *report, void *arg)
{
    TRY(check_keys(cx, report, arg));
    TRY(check_erased(cx, report, arg));
    return check_opens(cx, report, arg);
}
