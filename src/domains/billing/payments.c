/* SPDX-License-Identifier: AGPL-3.0-or-later
 * payments.c - payments, whole or in parts; a refund is a negative payment. */
#include "app/audit.h"
#include "billing_private.h"
#include "billing_sql.h"

static enum rc seal(struct cx *cx, const struct payment *p, const struct invoice *v, struct bytes *ret)
{
    struct client_keys keys;
    *ret = (struct bytes){0};
    if (p->reference == NULL || p->reference[0] == '\0')
        return RC_OK;
    TRY(client_keys_load(cx, v->client, &keys));
    return record_seal(cx, &payment_type, SEAL_IDENTITY, v->client, keys.wrapped[SEAL_IDENTITY], p->id, 1, p, ret);
}

static enum rc check(struct cx *cx, const struct payment *p, const struct invoice *v)
{
    int64_t paid_cents = v->total_cents - v->open_cents;
    if (p->amount_cents == 0)
        return refuse(cx, RC_INVALID, "amount_cents", N_("Write an amount other than zero."));
    if (p->paid_days > cx_today(cx))
        return refuse(cx, RC_INVALID, "paid_days", N_("The day of the payment lies in the future."));
    if (v->total_cents >= 0 && p->amount_cents > v->open_cents)
        return refusef(cx, RC_INVALID, "amount_cents", N_("Only %s is still open."),
                       locale_money(cx->arena, cx->locale, v->open_cents, cx->currency));
    if (v->total_cents >= 0 && p->amount_cents < 0 && -p->amount_cents > paid_cents)
        return refusef(cx, RC_INVALID, "amount_cents", N_("Only %s was paid; no more can be given back."),
                       locale_money(cx->arena, cx->locale, paid_cents, cx->currency));
    if (v->total_cents < 0 && (p->amount_cents > 0 || p->amount_cents < v->open_cents))
        return refuse(cx, RC_INVALID, "amount_cents", N_("A credit note is paid back with a negative amount, at most what is owed."));
    return RC_OK;
}

enum rc payment_save(struct cx *cx, struct payment *p)
{
    struct payment is = *p;
    struct invoice v;
    struct bytes sealed;
    int64_t n_changed;
    if (is.paid_days == DATE_NONE || is.paid_days == 0)
        is.paid_days = cx_today(cx);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(invoice_load(cx, is.invoice, &v));
    if (id_is_set(v.credited_by) && is.amount_cents > 0)
        return refuse(cx, RC_INVALID, NULL, N_("This invoice was credited; it takes no payment."));
    TRY(check(cx, &is, &v));
    is.id = id_new();
    TRY(seal(cx, &is, &v, &sealed));
    struct db_val row[] = {DB_I(cx->practice), DB_ID(is.id), DB_ID(is.invoice), DB_I(is.paid_days), DB_I(is.amount_cents),
                           DB_I(is.method), DB_B(sealed), DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_PAYMENT_INSERT, row, N_ELEMS(row), NULL));
    struct db_val less[] = {DB_I(is.amount_cents), DB_I(cx->practice), DB_ID(is.invoice)};
    TRY(db_exec(cx->db, &SQL_INVOICE_OPEN, less, N_ELEMS(less), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, NULL, N_("Another payment came in meanwhile. Look again."));
    TRY(audit_change(cx, "payment", is.id, "create", NULL));
    TRY(db_commit(&tx));
    *p = is;
    return RC_OK;
}

enum rc payment_list(struct cx *cx, struct id invoice, struct payment **ret, int *ret_n)
{
    struct payment *list = NULL;
    struct invoice inv;
    struct client_keys keys;
    int n = 0, cap = 0;
    TRY(invoice_load(cx, invoice, &inv));
    TRY(client_keys_load(cx, inv.client, &keys));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(invoice)};
    TRY(db_query(cx->db, cx->arena, &SQL_PAYMENT_OF_INVOICE, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        record_init(&payment_type, &list[n]);
        list[n].id = db_id(rows, 0);
        list[n].invoice = db_id(rows, 1);
        list[n].paid_days = db_days(rows, 2);
        list[n].amount_cents = db_i64(rows, 3);
        list[n].method = (enum payment_method)db_i64(rows, 4);
        if (!db_is_null(rows, 5))
            TRY(record_unseal(cx, &payment_type, SEAL_IDENTITY, inv.client, keys.wrapped[SEAL_IDENTITY], list[n].id, 1,
                              db_bytes(rows, 5), &list[n]));
        n++;
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}
