/* SPDX-License-Identifier: AGPL-3.0-or-later
 * charges.c - what is to be invoiced. */
#include "app/audit.h"
#include "billing_private.h"
#include "billing_sql.h"

enum { MAX_CHARGE_CENTS = 10000000 };

struct id money_filter(const struct cx *cx)
{
    bool sees_all = actor_is_program(cx) || action_reaches_all(cx->actor.roles, ACT_MONEY);
    return sees_all ? (struct id){{0}} : cx->actor.user;
}

enum rc money_of(struct cx *cx, struct id client, const struct cap **ret)
{
    return authorize(cx, ACT_MONEY, client, PURPOSE_BILLING, ret);
}

static enum rc none(struct cx *cx)
{
    cx->n_errs = 0; /* not which of the two is not there */
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such charge."));
}

/* --- reading ----------------------------------------------------------------------- */

static struct charge read_row(struct db_rows *rows)
{
    return (struct charge){.id = db_id(rows, 0),
                           .version = db_i64(rows, 1),
                           .client = db_id(rows, 2),
                           .clinician = db_id(rows, 3),
                           .appointment = db_id(rows, 4),
                           .service = db_id(rows, 5),
                           .invoice = db_id(rows, 6),
                           .service_days = db_days(rows, 7),
                           .amount_cents = db_i64(rows, 8),
                           .state = (enum charge_state)db_i64(rows, 9)};
}

static enum rc query(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                     struct charge **ret, int *ret_n)
{
    struct charge *list = NULL;
    struct seal_item *item = NULL;
    int n = 0, cap = 0, cap_items = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n_v, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        arena_grow(cx->arena, item, n, cap_items);
        list[n] = read_row(rows);
        item[n] = (struct seal_item){.where = {.practice = cx->practice,
                                               .client = list[n].client,
                                               .table = "charge",
                                               .row = list[n].id,
                                               .cls = SEAL_IDENTITY,
                                               .version = list[n].version},
                                     .wrapped = db_bytes(rows, 11),
                                     .in = db_bytes(rows, 10)};
        n++;
    }
    TRY(db_end(rows));
    TRY(seal_open_many(cx->arena, cx->keys, item, n));
    for (int i = 0; i < n; i++)
        TRY(record_unpack(cx, &charge_type, SEAL_IDENTITY, item[i].out, &list[i]));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc charge_load(struct cx *cx, struct id id, struct charge *ret)
{
    struct charge *list;
    const struct cap *cap;
    int n;
    struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(id)};
    TRY(query(cx, &SQL_CHARGE_BY_ID, v, N_ELEMS(v), &list, &n));
    if (n == 0)
        return none(cx);
    enum rc rc = money_of(cx, list[0].client, &cap);
    if (rc == RC_NOT_FOUND)
        return none(cx);
    TRY(rc);
    *ret = list[0];
    return RC_OK;
}

enum rc charge_list_open(struct cx *cx, struct id client, struct charge **ret, int *ret_n)
{
    struct id only = money_filter(cx);
    if (id_is_set(client)) {
        const struct cap *cap;
        TRY(money_of(cx, client, &cap));
        struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(client)};
        return query(cx, &SQL_CHARGE_OPEN_OF_CLIENT, v, N_ELEMS(v), ret, ret_n);
    }
    struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(only)};
    return query(cx, &SQL_CHARGE_OPEN_ALL, v, N_ELEMS(v), ret, ret_n);
}

enum rc charge_list_invoice(struct cx *cx, struct id invoice, struct charge **ret, int *ret_n)
{
    struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(invoice)};
    return query(cx, &SQL_CHARGE_OF_INVOICE, v, N_ELEMS(v), ret, ret_n);
}

/* --- writing ----------------------------------------------------------------------- */

static enum rc changed_meanwhile(struct cx *cx)
{
    return refuse(cx, RC_CONFLICT, NULL, N_("This charge was changed or invoiced meanwhile."));
}

static enum rc seal(struct cx *cx, const struct charge *c, int64_t version, struct bytes *ret)
{
    struct client_keys keys;
    const struct cap *cap;
    TRY(money_of(cx, c->client, &cap));
    TRY(client_keys_load(cx, cap, &keys));
    return record_seal(cx, &charge_type, SEAL_IDENTITY, c->client, keys.wrapped[SEAL_IDENTITY],
                       c->id, version, c, ret);
}

static enum rc insert(struct cx *cx, struct charge *c)
{
    struct bytes sealed;
    if (!id_is_set(c->id))
        c->id = id_new();
    TRY(seal(cx, c, 1, &sealed));
    struct db_val v[] = {DB_I(cx->practice),    DB_ID(c->id),          DB_ID(c->client),
                         DB_ID(c->clinician),   DB_ID(c->appointment), DB_ID(c->service),
                         DB_I(c->service_days), DB_I(c->amount_cents), DB_B(sealed),
                         DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_CHARGE_INSERT, v, N_ELEMS(v), NULL));
    c->version = 1;
    return RC_OK;
}

static enum rc update(struct cx *cx, struct charge *c)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(seal(cx, c, c->version + 1, &sealed));
    struct db_val v[] = {DB_ID(c->service), DB_I(c->service_days), DB_I(c->amount_cents),
                         DB_B(sealed),      DB_I(cx->now_ms),      DB_I(cx->practice),
                         DB_ID(c->id),      DB_I(c->version)};
    TRY(db_exec(cx->db, &SQL_CHARGE_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return changed_meanwhile(cx);
    c->version++;
    return RC_OK;
}

/* The charge that *c is about already: by its id, or by its appointment, so that closing a session
 * twice does not charge twice. What belongs to whom does not change. */
static enum rc find_same(struct cx *cx, struct charge *c)
{
    struct charge same = {0}, *list;
    int n;
    if (id_is_set(c->id) && c->version != 0) {
        TRY(charge_load(cx, c->id, &same));
        same.version = c->version;
    } else if (id_is_set(c->appointment)) {
        struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(c->appointment),
                             DB_ID(c->client)};
        TRY(query(cx, &SQL_CHARGE_OF_APPOINTMENT, v, N_ELEMS(v), &list, &n));
        if (n > 0)
            same = list[0];
    }
    if (!id_is_set(same.id))
        return RC_OK;
    c->id = same.id;
    c->version = same.version;
    c->client = same.client;
    c->clinician = same.clinician;
    c->appointment = same.appointment;
    c->state = same.state;
    c->invoice = same.invoice;
    return RC_OK;
}

/* Was this very charge stored before, under the id of its page? */
static enum rc find_repeated(struct cx *cx, struct charge *c, bool *ret)
{
    struct charge same;
    *ret = false;
    if (!id_is_set(c->id) || c->version != 0)
        return RC_OK;
    enum rc rc = charge_load(cx, c->id, &same);
    if (rc == RC_NOT_FOUND) {
        cx->n_errs = 0;
        return RC_OK;
    }
    TRY(rc);
    c->state = same.state; /* it may be invoiced since */
    TRY(record_repeats(cx, &charge_type, &same, c));
    *c = same;
    *ret = true;
    return RC_OK;
}

static enum rc check(struct cx *cx, const struct charge *c)
{
    if (c->amount_cents < 0 || c->amount_cents > MAX_CHARGE_CENTS)
        return refuse(cx, RC_INVALID, "amount_cents",
                      N_("The amount lies outside what can be charged."));
    if (c->service_days == DATE_NONE)
        return refuse(cx, RC_INVALID, "service_days", N_("Say on which day the service was."));
    return RC_OK;
}

enum rc charge_save(struct cx *cx, struct charge *c)
{
    struct charge is = *c;
    struct client client;
    const struct cap *cap;
    bool is_repeated;
    TRY(check(cx, &is));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(find_repeated(cx, &is, &is_repeated));
    if (is_repeated) {
        *c = is;
        return db_commit(&tx);
    }
    TRY(find_same(cx, &is));
    TRY(money_of(cx, is.client, &cap));
    if (!id_is_set(is.clinician)) {
        TRY(client_load(cx, cap, &client));
        is.clinician = id_is_set(client.clinician) ? client.clinician : cx->actor.user;
    }
    if (is.state == CHARGE_OPEN) { /* what was invoiced or waived stays as it is */
        bool is_new = is.version == 0;
        TRY(is_new ? insert(cx, &is) : update(cx, &is));
        TRY(audit_change(cx, "charge", is.id, is_new ? "create" : "change", NULL));
    }
    TRY(db_commit(&tx));
    *c = is;
    return RC_OK;
}

enum rc charge_move(struct cx *cx, struct charge *c, enum charge_state to, struct id invoice)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(seal(cx, c, c->version + 1, &sealed));
    struct db_val v[] = {DB_I(to),           DB_ID(invoice), DB_B(sealed),     DB_I(cx->now_ms),
                         DB_I(cx->practice), DB_ID(c->id),   DB_I(c->version), DB_I(c->state)};
    TRY(db_exec(cx->db, &SQL_CHARGE_STATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return changed_meanwhile(cx);
    c->version++;
    c->state = to;
    c->invoice = invoice;
    return RC_OK;
}

enum rc charge_waive(struct cx *cx, struct id id, int64_t version)
{
    struct charge c;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(charge_load(cx, id, &c));
    c.version = version;
    if (c.state != CHARGE_OPEN)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Only a charge that is not invoiced can be waived."));
    TRY(charge_move(cx, &c, CHARGE_WAIVED, (struct id){{0}}));
    TRY(audit_change(cx, "charge", id, "waive", NULL));
    return db_commit(&tx);
}
