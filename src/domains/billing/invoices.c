/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invoices.c - issuing, reading and crediting invoices.
 *
 * Source: Directive 2006/112/EC art. 226 (contents), RD 1619/2012 art. 6 (series, correlative
 * numbers). */
#include "app/audit.h"
#include "billing_private.h"
#include "billing_sql.h"

#include <inttypes.h>

enum { DEFAULT_DUE_DAYS = 14 };

static enum rc none(struct cx *cx)
{
    cx->n_errs = 0; /* not which of the two is not there */
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such invoice."));
}

/* --- reading ----------------------------------------------------------------------- */

static struct invoice read_row(struct cx *cx, struct db_rows *rows)
{
    struct invoice v = {.id = db_id(rows, 0),
                        .version = db_i64(rows, 1),
                        .series = db_text(rows, 2),
                        .number = db_i64(rows, 3),
                        .client = db_id(rows, 4),
                        .clinician = db_id(rows, 5),
                        .issued_days = db_days(rows, 6),
                        .due_days = db_days(rows, 7),
                        .total_cents = db_i64(rows, 8),
                        .open_cents = db_i64(rows, 9),
                        .credit_of = db_id(rows, 10),
                        .credited_by = db_id(rows, 13)};
    v.full_number = arena_printf(cx->arena, "%s-%04" PRId64, v.series, v.number);
    return v;
}

static struct seal_where place(const struct cx *cx, const struct invoice *v)
{
    return (struct seal_where){.practice = cx->practice,
                               .client = v->client,
                               .table = "invoice",
                               .row = v->id,
                               .cls = SEAL_IDENTITY,
                               .version = 1};
}

/* Of an erased client nobody has a capability: the copy is for who keeps the practice's books. */
static enum rc may_read(struct cx *cx, const struct invoice *v)
{
    const struct cap *cap;
    if (!v->is_kept)
        return money_of(cx, v->client, &cap);
    bool keeps_books = actor_is_program(cx) || action_reaches_all(cx->actor.roles, ACT_MONEY);
    return keeps_books ? RC_OK : RC_NOT_FOUND;
}

enum rc invoice_load(struct cx *cx, struct id id, struct invoice *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_INVOICE_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    struct invoice i = read_row(cx, rows);
    struct seal_item item = {
        .where = place(cx, &i), .wrapped = db_bytes(rows, 12), .in = db_bytes(rows, 11)};
    i.is_kept = !db_is_null(rows, 14);
    if (i.is_kept)
        item = (struct seal_item){.where = invoice_kept_place(cx, i.id), .in = db_bytes(rows, 14)};
    TRY(db_end(rows));
    enum rc rc = may_read(cx, &i);
    if (rc == RC_NOT_FOUND)
        return none(cx);
    TRY(rc);
    TRY(seal_open_many(cx->arena, cx->keys, &item, 1));
    TRY(invoice_unpack(item.out, &i));
    *ret = i;
    return RC_OK;
}

/* --- the parties --------------------------------------------------------------------- */

const char *seller_missing(struct cx *cx, const struct practice *p)
{
    const struct {
        const char *value, *label;
    } needed[] = {
        {is_filled(p->legal_name) ? p->legal_name : p->name, N_("Legal name")},
        {p->tax_id, N_("Tax number")},
        {p->street, N_("Street and number")},
        {p->city, N_("City")},
    };
    struct buf b;
    buf_init(&b, cx->arena, 1000);
    for (size_t i = 0; i < N_ELEMS(needed); i++)
        if (!is_filled(needed[i].value))
            buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", trc(cx, needed[i].label));
    return b.len > 0 ? b.s : NULL;
}

void seller_freeze(const struct practice *p, struct invoice *v)
{
    v->seller = (struct invoice_party){is_filled(p->legal_name) ? p->legal_name : p->name,
                                       p->tax_id,
                                       p->street,
                                       p->postal_code,
                                       p->city,
                                       p->country};
    v->exemption_text = p->exemption_text;
    v->bank_account = p->bank_account;
    v->currency = p->currency;
    v->locale = p->locale;
}

static enum rc set_seller(struct cx *cx, const struct practice *p, struct invoice *v)
{
    const char *missing = seller_missing(cx, p);
    if (missing != NULL)
        return refusef(cx, RC_INVALID, "seller",
                       N_("An invoice must say who issues it. Complete this under Practice: %s."),
                       missing);
    seller_freeze(p, v);
    return RC_OK;
}

static enum rc set_buyer(struct cx *cx, struct id client, struct invoice *v)
{
    struct client c;
    const struct cap *cap;
    TRY(money_of(cx, client, &cap));
    TRY(client_load(cx, cap, &c));
    v->client = client;
    v->clinician = id_is_set(c.clinician) ? c.clinician : cx->actor.user;
    v->buyer = (struct invoice_party){
        locale_person(cx->arena, locale_get(v->locale), c.given_name, c.family_name, false),
        c.id_number,
        c.street,
        c.postal_code,
        c.city,
        c.country};
    return RC_OK;
}

/* --- issuing ------------------------------------------------------------------------- */

static enum rc number_next(struct cx *cx, const char *series, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(series)};
    TRY(db_query(cx->db, cx->arena, &SQL_SERIES_NEXT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

/* Takes the number in the transaction of the invoice that bears it: none is lost, none given twice.
 */
static enum rc store(struct cx *cx, struct invoice *v, const char *prefix)
{
    struct client_keys keys;
    const struct cap *cap;
    int y, m, d;
    civil_from_days(v->issued_days, &y, &m, &d);
    if (!id_is_set(v->id))
        v->id = id_new();
    v->series = arena_printf(cx->arena, "%s%04d", prefix, y);
    TRY(number_next(cx, v->series, &v->number));
    TRY(money_of(cx, v->client, &cap));
    TRY(client_keys_load(cx, cap, &keys));
    struct seal_item item = {.where = place(cx, v), .wrapped = keys.wrapped[SEAL_IDENTITY]};
    TRY(invoice_pack(cx, v, &item.in));
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    struct db_val row[] = {DB_I(cx->practice),   DB_ID(v->id),        DB_S(v->series),
                           DB_I(v->number),      DB_ID(v->client),    DB_ID(v->clinician),
                           DB_I(v->issued_days), DB_I(v->due_days),   DB_I(v->total_cents),
                           DB_ID(v->credit_of),  DB_I(v->open_cents), DB_B(item.out),
                           DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_INVOICE_INSERT, row, N_ELEMS(row), NULL));
    TRY(audit_change_of(cx, "invoice", v->id, "issue", item.out));
    return RC_OK;
}

static bool is_among(const struct charge *open, int n_open, struct id id)
{
    for (int i = 0; i < n_open; i++)
        if (id_eq(open[i].id, id))
            return true;
    return false;
}

static bool is_chosen(struct id id, const struct id *charges, int n)
{
    for (int i = 0; i < n; i++)
        if (id_eq(charges[i], id))
            return true;
    return n == 0;
}

/* Keeps those of the open charges that are to be invoiced. */
static enum rc choose(struct cx *cx, struct charge *open, int *n_open, const struct id *charges,
                      int n)
{
    int k = 0;
    for (int i = 0; i < n; i++)
        if (!is_among(open, *n_open, charges[i]))
            return refuse(cx, RC_CONFLICT, "charge",
                          N_("A charge was invoiced or waived meanwhile. Look again."));
    if (n > INVOICE_MAX_LINES)
        return refusef(cx, RC_INVALID, "charge", N_("An invoice has at most %d lines."),
                       INVOICE_MAX_LINES);
    for (int i = 0; i < *n_open && k < INVOICE_MAX_LINES; i++) /* the rest waits for the next */
        if (is_chosen(open[i].id, charges, n))
            open[k++] = open[i];
    if (k == 0)
        return refuse(cx, RC_INVALID, NULL, N_("There is nothing to invoice."));
    *n_open = k;
    return RC_OK;
}

/* Is there an invoice of this client under the id of its page? */
static enum rc find_repeated(struct cx *cx, struct id once, struct id client, bool *ret)
{
    struct invoice v;
    *ret = false;
    enum rc rc = id_is_set(once) ? invoice_load(cx, once, &v) : RC_NOT_FOUND;
    if (rc == RC_OK)
        *ret = id_eq(v.client, client);
    if (rc == RC_NOT_FOUND)
        cx->n_errs = 0;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc invoice_issue(struct cx *cx, struct id client, const struct id *charges, int n,
                      struct id *ret_id)
{
    return invoice_issue_once(cx, (struct id){{0}}, client, charges, n, ret_id);
}

enum rc invoice_issue_once(struct cx *cx, struct id once, struct id client,
                           const struct id *charges, int n, struct id *ret_id)
{
    struct practice p;
    struct charge *taken;
    struct invoice v = {.id = once, .issued_days = cx_today(cx)};
    int n_taken;
    bool is_repeated;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(find_repeated(cx, once, client, &is_repeated));
    if (is_repeated) {
        *ret_id = once;
        return db_commit(&tx);
    }
    TRY(charge_list_open(cx, client, &taken, &n_taken));
    TRY(practice_load(cx, &p));
    TRY(set_seller(cx, &p, &v));
    TRY(set_buyer(cx, client, &v));
    TRY(choose(cx, taken, &n_taken, charges, n));
    for (int i = 0; i < n_taken; i++) {
        v.line[v.n_lines++] = (struct invoice_line){taken[i].service_days, taken[i].description,
                                                    taken[i].amount_cents};
        v.total_cents += taken[i].amount_cents;
    }
    v.open_cents = v.total_cents;
    v.due_days =
        v.issued_days + (int32_t)(p.invoice_due_days > 0 ? p.invoice_due_days : DEFAULT_DUE_DAYS);
    TRY(store(cx, &v, ""));
    for (int i = 0; i < n_taken; i++)
        TRY(charge_move(cx, &taken[i], CHARGE_INVOICED, v.id));
    TRY(db_commit(&tx));
    *ret_id = v.id;
    return RC_OK;
}

/* --- issuing for all ------------------------------------------------------------------ */

enum { TRIES = 5, SCRATCH_BYTES = 16 * 1024 * 1024 };

/* In scratch memory, so that five hundred need no more than one. */
static enum rc issue_alone(const struct cx *cx, struct arena *scratch, struct id client)
{
    enum rc rc = RC_BUSY;
    for (int i = 0; i < TRIES && rc == RC_BUSY; i++) {
        struct id invoice;
        struct cx one = *cx;
        arena_reset(scratch);
        one.arena = scratch;
        rc = invoice_issue(&one, client, NULL, 0, &invoice);
    }
    return rc;
}

enum rc invoice_issue_all(struct cx *cx, int *ret_n, int *ret_n_failed)
{
    struct practice p;
    struct invoice probe = {0};
    struct charge_group *group;
    struct arena scratch;
    int64_t n_all;
    int n, n_done = 0;
    TRY(practice_load(cx, &p));
    TRY(set_seller(cx, &p, &probe));
    TRY(charge_list_groups(cx, ISSUE_ALL_MAX, &group, &n, &n_all));
    arena_init(&scratch, SCRATCH_BYTES);
    for (int i = 0; i < n; i++)
        n_done += issue_alone(cx, &scratch, group[i].client) == RC_OK;
    arena_wipe(&scratch);
    *ret_n = n_done;
    *ret_n_failed = n - n_done;
    return RC_OK;
}

/* --- taking back ------------------------------------------------------------------------ */

/* What stands on the credit note: the same, negative; what was paid is owed back. */
static struct invoice mirrored(const struct cx *cx, const struct invoice *v)
{
    struct invoice r = *v;
    r.id = (struct id){{0}};
    r.credit_of = v->id;
    r.issued_days = r.due_days = cx_today(cx);
    r.total_cents = -v->total_cents;
    r.open_cents = v->open_cents - v->total_cents;
    for (int i = 0; i < r.n_lines; i++)
        r.line[i].amount_cents = -r.line[i].amount_cents;
    return r;
}

enum rc invoice_credit(struct cx *cx, struct id id, struct id *ret_id)
{
    struct invoice v;
    struct charge *charge;
    int n;
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(invoice_load(cx, id, &v));
    if (id_is_set(v.credit_of))
        return refuse(cx, RC_INVALID, NULL, N_("A credit note cannot be credited itself."));
    if (id_is_set(v.credited_by))
        return refuse(cx, RC_INVALID, NULL, N_("This invoice is credited already."));
    struct invoice r = mirrored(cx, &v);
    TRY(store(cx, &r, "R"));
    struct db_val settle[] = {DB_I(0), DB_I(cx->practice), DB_ID(v.id), DB_I(v.open_cents)};
    TRY(db_exec(cx->db, &SQL_INVOICE_OPEN, settle, N_ELEMS(settle), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, NULL, N_("A payment came in meanwhile. Look again."));
    TRY(charge_list_invoice(cx, v.id, &charge, &n));
    for (int i = 0; i < n; i++)
        TRY(charge_move(cx, &charge[i], CHARGE_OPEN, (struct id){{0}}));
    TRY(db_commit(&tx));
    *ret_id = r.id;
    return RC_OK;
}
