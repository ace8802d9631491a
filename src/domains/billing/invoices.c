/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invoices.c - issuing, reading and crediting invoices.
 *
 * Source: Directive 2006/112/EC art. 226 (contents), RD 1619/2012 art. 6 (series, correlative numbers). */
#include "app/app.h"
#include "app/audit.h"
#include "billing_private.h"
#include "billing_sql.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PACKED_BYTES = 256 * 1024, DEFAULT_DUE_DAYS = 14 };

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such invoice."));
}

/* --- what is frozen -------------------------------------------------------------------
 * 1, then texts ended by NUL: seller, buyer (six each), exemption, then per line date, cents, description. */

static void put(struct buf *b, const char *s)
{
    buf_add(b, s != NULL ? s : "", s != NULL ? strlen(s) + 1 : 1);
}

static void put_party(struct buf *b, const struct invoice_party *p)
{
    const char *const part[] = {p->name, p->tax_id, p->street, p->postal_code, p->city, p->country};
    for (size_t i = 0; i < N_ELEMS(part); i++)
        put(b, part[i]);
}

static struct bytes pack(struct cx *cx, const struct invoice *v)
{
    struct buf b;
    buf_init(&b, cx->arena, MAX_PACKED_BYTES);
    buf_putc(&b, 1);
    put_party(&b, &v->seller);
    put_party(&b, &v->buyer);
    put(&b, v->exemption_text);
    for (int i = 0; i < v->n_lines; i++) {
        char iso[11];
        days_format_iso(v->line[i].service_days, iso);
        put(&b, iso);
        put(&b, arena_printf(cx->arena, "%" PRId64, v->line[i].amount_cents));
        put(&b, v->line[i].description);
    }
    return (struct bytes){(unsigned char *)b.s, b.len};
}

static const char *take(const char **p, const char *end)
{
    const char *s = *p, *nul = s != NULL && s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;
    *p = nul != NULL ? nul + 1 : NULL;
    return nul != NULL ? s : NULL;
}

static struct invoice_party take_party(const char **p, const char *end)
{
    struct invoice_party r;
    r.name = take(p, end);
    r.tax_id = take(p, end);
    r.street = take(p, end);
    r.postal_code = take(p, end);
    r.city = take(p, end);
    r.country = take(p, end);
    return r;
}

static enum rc unpack(struct bytes plain, struct invoice *v)
{
    const char *p = (const char *)plain.p, *end = p + plain.len;
    if (plain.len < 2 || *p++ != 1)
        return RC_BROKEN;
    v->seller = take_party(&p, end);
    v->buyer = take_party(&p, end);
    v->exemption_text = take(&p, end);
    if (v->exemption_text == NULL)
        return RC_BROKEN;
    while (p != NULL && p < end && v->n_lines < INVOICE_MAX_LINES) {
        struct invoice_line *l = &v->line[v->n_lines++];
        const char *days = take(&p, end), *cents = take(&p, end);
        l->description = take(&p, end);
        if (l->description == NULL || !days_parse_iso(days, &l->service_days))
            return RC_BROKEN;
        l->amount_cents = strtoll(cents, NULL, 10);
    }
    return RC_OK;
}

/* --- reading -------------------------------------------------------------------------------- */

enum rc invoice_load(struct cx *cx, struct id id, struct invoice *ret)
{
    struct id only = money_filter(cx);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(id), DB_ID(only)};
    TRY(db_query(cx->db, cx->arena, &SQL_INVOICE_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    struct invoice i = {.id = db_id(rows, 0), .version = db_i64(rows, 1), .series = db_text(rows, 2), .number = db_i64(rows, 3),
                        .client = db_id(rows, 4), .clinician = db_id(rows, 5), .issued_days = db_days(rows, 6),
                        .due_days = db_days(rows, 7), .total_cents = db_i64(rows, 8), .open_cents = db_i64(rows, 9),
                        .credit_of = db_id(rows, 10), .credited_by = db_id(rows, 13)};
    i.full_number = arena_printf(cx->arena, "%s-%04" PRId64, i.series, i.number);
    struct seal_item item = {.where = {cx->practice, i.client, "invoice", i.id, SEAL_IDENTITY, 1},
                             .wrapped = db_bytes(rows, 12), .in = db_bytes(rows, 11)};
    TRY(seal_open_many(cx->arena, cx->keys, &item, 1));
    TRY(unpack(item.out, &i));
    *ret = i;
    return RC_OK;
}

/* --- issuing ---------------------------------------------------------------------------------- */

static bool is_filled(const char *s)
{
    return s != NULL && s[0] != '\0';
}

static enum rc seller(struct cx *cx, struct practice *p, struct invoice *v)
{
    TRY(practice_load(cx, p));
    v->seller = (struct invoice_party){is_filled(p->legal_name) ? p->legal_name : p->name, p->tax_id, p->street,
                                       p->postal_code, p->city, p->country};
    v->exemption_text = p->exemption_text;
    if (!is_filled(v->seller.name) || !is_filled(p->tax_id) || !is_filled(p->street) || !is_filled(p->city))
        return refuse(cx, RC_INVALID, NULL,
                      N_("An invoice needs the practice's legal name, tax number and address. Complete them under Practice."));
    return RC_OK;
}

static enum rc buyer(struct cx *cx, struct id client, struct invoice *v)
{
    struct client c;
    TRY(client_load(cx, client, &c));
    v->client = client;
    v->clinician = id_is_set(c.clinician) ? c.clinician : cx->actor.user;
    v->buyer = (struct invoice_party){locale_person(cx->arena, cx->locale, c.given_name, c.family_name, false), c.id_number,
                                      c.street, c.postal_code, c.city, c.country};
    return RC_OK;
}

static enum rc number_next(struct cx *cx, const char *series, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(series)};
    TRY(db_query(cx->db, cx->arena, &SQL_SERIES_NEXT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

static enum rc store(struct cx *cx, struct invoice *v, const char *prefix)
{
    struct client_keys keys;
    int y, m, d;
    civil_from_days(v->issued_days, &y, &m, &d);
    v->id = id_new();
    v->series = arena_printf(cx->arena, "%s%04d", prefix, y);
    TRY(number_next(cx, v->series, &v->number));
    TRY(client_keys_load(cx, v->client, &keys));
    struct seal_item item = {.where = {cx->practice, v->client, "invoice", v->id, SEAL_IDENTITY, 1},
                             .wrapped = keys.wrapped[SEAL_IDENTITY], .in = pack(cx, v)};
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    struct db_val row[] = {DB_I(cx->practice), DB_ID(v->id), DB_S(v->series), DB_I(v->number), DB_ID(v->client),
                           DB_ID(v->clinician), DB_I(v->issued_days), DB_I(v->due_days), DB_I(v->total_cents),
                           DB_ID(v->credit_of), DB_I(v->open_cents), DB_B(item.out), DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_INVOICE_INSERT, row, N_ELEMS(row), NULL));
    TRY(audit_change(cx, "invoice", v->id, "issue", NULL));
    return app_emit(cx, EV_INVOICE_ISSUED, v->id);
}

static bool is_chosen(struct id id, const struct id *charges, int n)
{
    for (int i = 0; i < n; i++)
        if (id_eq(charges[i], id))
            return true;
    return n == 0;
}

static enum rc take_charges(struct cx *cx, struct invoice *v, struct charge *open, int n_open, const struct id *charges, int n,
                            struct charge **ret_taken, int *ret_n)
{
    struct charge *taken = arena_array(cx->arena, struct charge, n_open > 0 ? n_open : 1);
    int k = 0;
    for (int i = 0; i < n_open; i++) {
        if (!is_chosen(open[i].id, charges, n))
            continue;
        if (v->n_lines == INVOICE_MAX_LINES)
            break; /* the rest stays open for the next invoice */
        v->line[v->n_lines++] = (struct invoice_line){open[i].service_days, open[i].description, open[i].amount_cents};
        v->total_cents += open[i].amount_cents;
        taken[k++] = open[i];
    }
    if (n > 0 && k < n)
        return refuse(cx, RC_CONFLICT, NULL, N_("A charge was invoiced or waived meanwhile. Look again."));
    if (k == 0)
        return refuse(cx, RC_INVALID, NULL, N_("There is nothing to invoice."));
    *ret_taken = taken;
    *ret_n = k;
    return RC_OK;
}

enum rc invoice_issue(struct cx *cx, struct id client, const struct id *charges, int n, struct id *ret_id)
{
    struct practice p;
    struct charge *open, *taken;
    struct invoice v = {.issued_days = cx_today(cx)};
    int n_open, n_taken;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(seller(cx, &p, &v));
    TRY(buyer(cx, client, &v));
    TRY(charge_list_open(cx, client, &open, &n_open));
    TRY(take_charges(cx, &v, open, n_open, charges, n, &taken, &n_taken));
    v.due_days = v.issued_days + (int32_t)(p.invoice_due_days > 0 ? p.invoice_due_days : DEFAULT_DUE_DAYS);
    v.open_cents = v.total_cents;
    TRY(store(cx, &v, ""));
    for (int i = 0; i < n_taken; i++)
        TRY(charge_move(cx, &taken[i], CHARGE_INVOICED, v.id));
    TRY(db_commit(&tx));
    *ret_id = v.id;
    return RC_OK;
}

/* --- taking back --------------------------------------------------------------------------------- */

enum rc invoice_credit(struct cx *cx, struct id id, struct id *ret_id)
{
    struct invoice v, r;
    struct charge *charge;
    int n;
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(invoice_load(cx, id, &v));
    if (id_is_set(v.credit_of) || id_is_set(v.credited_by))
        return refuse(cx, RC_INVALID, NULL, N_("A credit note, or an invoice already credited, cannot be credited."));
    r = v;
    r.credit_of = v.id;
    r.issued_days = r.due_days = cx_today(cx);
    r.total_cents = -v.total_cents;
    r.open_cents = v.open_cents - v.total_cents; /* what was paid is owed back */
    for (int i = 0; i < r.n_lines; i++)
        r.line[i].amount_cents = -r.line[i].amount_cents;
    TRY(store(cx, &r, "R"));
    struct db_val settle[] = {DB_I(cx->practice), DB_ID(v.id), DB_I(v.open_cents)};
    TRY(db_exec(cx->db, &SQL_INVOICE_SETTLE, settle, N_ELEMS(settle), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, NULL, N_("A payment came in meanwhile. Look again."));
    TRY(charge_list_invoice(cx, v.id, &charge, &n));
    for (int i = 0; i < n; i++)
        TRY(charge_move(cx, &charge[i], CHARGE_OPEN, (struct id){{0}}));
    TRY(db_commit(&tx));
    *ret_id = r.id;
    return RC_OK;
}
