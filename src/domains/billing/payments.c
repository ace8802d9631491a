/* SPDX-License-Identifier: AGPL-3.0-or-later
 * payments.c - payments, whole or in parts; what is given back is a negative payment. */
#include "app/audit.h"
#include "billing_private.h"
#include "billing_sql.h"

/* What is paid in advance is entered when the invoice is there. */
enum { DAYS_BEFORE_ISSUE = 366 };

static enum rc seal(struct cx *cx, const struct payment *p, const struct invoice *v,
                    struct bytes *ret)
{
    struct client_keys keys;
    const struct cap *cap;
    *ret = (struct bytes){0};
    if (!is_filled(p->reference))
        return RC_OK;
    TRY(money_of(cx, v->client, &cap));
    TRY(client_keys_load(cx, cap, &keys));
    return record_seal(cx, &payment_type, SEAL_IDENTITY, v->client, keys.wrapped[SEAL_IDENTITY],
                       p->id, 1, p, ret);
}

static enum rc too_much(struct cx *cx, const char *msgid, const struct invoice *v, int64_t cents)
{
    return refusef(cx, RC_INVALID, "amount_cents", msgid,
                   locale_money(cx->arena, cx->locale, cents, v->currency));
}

/* An amount lies between what was paid, to be given back, and what is open, to be paid. */
static enum rc check(struct cx *cx, const struct payment *p, const struct invoice *v)
{
    int64_t most = v->open_cents > 0 ? v->open_cents : 0;
    int64_t back = id_is_set(v->credit_of) ? -v->open_cents : v->total_cents - v->open_cents;
    if (id_is_set(v->credited_by))
        return refuse(cx, RC_INVALID, NULL,
                      N_("This invoice was credited. Money goes back on its credit note."));
    if (p->amount_cents == 0)
        return refuse(cx, RC_INVALID, "amount_cents", N_("Write an amount other than zero."));
    if (p->paid_days > cx_today(cx))
        return refuse(cx, RC_INVALID, "paid_days",
                      N_("The day of the payment lies in the future."));
    if (p->paid_days < v->issued_days - DAYS_BEFORE_ISSUE)
        return refuse(cx, RC_INVALID, "paid_days",
                      N_("The day lies long before the invoice. Is the year right?"));
    if (p->amount_cents > most)
        return too_much(cx, N_("At most %s is still open."), v, most);
    if (-p->amount_cents > back)
        return too_much(cx, N_("At most %s can be given back."), v, back);
    return RC_OK;
}

/* Was this very payment stored before? */
static enum rc find_repeated(struct cx *cx, const struct payment *p, const struct invoice *v,
                             bool *ret)
{
    struct payment *list;
    int n;
    *ret = false;
    if (!id_is_set(p->id))
        return RC_OK;
    TRY(payment_list(cx, v, &list, &n));
    for (int i = 0; i < n; i++)
        if (id_eq(list[i].id, p->id)) {
            *ret = true;
            return record_repeats(cx, &payment_type, &list[i], p);
        }
    return RC_OK;
}

enum rc payment_save(struct cx *cx, struct payment *p)
{
    struct payment is = *p;
    struct invoice v;
    struct bytes sealed;
    int64_t n_changed;
    bool is_repeated;
    if (is.paid_days == DATE_NONE || is.paid_days == 0)
        is.paid_days = cx_today(cx);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(invoice_load(cx, is.invoice, &v));
    TRY(find_repeated(cx, &is, &v, &is_repeated));
    if (is_repeated)
        return db_commit(&tx);
    TRY(check(cx, &is, &v));
    if (!id_is_set(is.id))
        is.id = id_new();
    TRY(seal(cx, &is, &v, &sealed));
    struct db_val row[] = {DB_I(cx->practice), DB_ID(is.id),          DB_ID(is.invoice),
                           DB_I(is.paid_days), DB_I(is.amount_cents), DB_I(is.method),
                           DB_B(sealed),       DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_PAYMENT_INSERT, row, N_ELEMS(row), NULL));
    struct db_val open[] = {DB_I(v.open_cents - is.amount_cents), DB_I(cx->practice),
                            DB_ID(is.invoice), DB_I(v.open_cents)};
    TRY(db_exec(cx->db, &SQL_INVOICE_OPEN, open, N_ELEMS(open), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, NULL, N_("Another payment came in meanwhile. Look again."));
    TRY(audit_change(cx, "payment", is.id, "create", NULL));
    TRY(db_commit(&tx));
    *p = is;
    return RC_OK;
}

enum rc payment_list(struct cx *cx, const struct invoice *v, struct payment **ret, int *ret_n)
{
    struct payment *list = NULL;
    struct client_keys keys = {0};
    const struct cap *cap;
    int n = 0, n_cap = 0;
    if (!v->is_kept) { /* else the references are gone with the keys */
        TRY(money_of(cx, v->client, &cap));
        TRY(client_keys_load(cx, cap, &keys));
    }
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val of[] = {DB_I(cx->practice), DB_ID(v->id)};
    TRY(db_query(cx->db, cx->arena, &SQL_PAYMENT_OF_INVOICE, of, N_ELEMS(of), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, n_cap);
        record_init(&payment_type, &list[n]);
        list[n].id = db_id(rows, 0);
        list[n].invoice = db_id(rows, 1);
        list[n].paid_days = db_days(rows, 2);
        list[n].amount_cents = db_i64(rows, 3);
        list[n].method = (enum payment_method)db_i64(rows, 4);
        if (!db_is_null(rows, 5) && !v->is_kept)
            TRY(record_unseal(cx, &payment_type, SEAL_IDENTITY, v->client,
                              keys.wrapped[SEAL_IDENTITY], list[n].id, 1, db_bytes(rows, 5),
                              &list[n]));
        n++;
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}
