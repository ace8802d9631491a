/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invoice_keep.c - invoices of a client who is erased: the tax law asks for them longer than the
 * record is kept. docs/adr/0014-erasure.md */
#include "app/jobs.h"
#include "billing_private.h"
#include "billing_sql.h"

static const struct id no_id;

struct seal_where invoice_kept_place(const struct cx *cx, struct id invoice)
{
    return (struct seal_where){.practice = cx->practice,
                               .client = no_id,
                               .table = "invoice_kept",
                               .row = invoice,
                               .cls = SEAL_IDENTITY,
                               .version = 1};
}

static enum rc check_settled(struct cx *cx, struct id client)
{
    bool is_open;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_INVOICE_UNSETTLED, v, N_ELEMS(v), &rows));
    is_open = db_next(rows);
    TRY(db_end(rows));
    return is_open ? refuse(cx, RC_INVALID, NULL,
                            N_("An invoice of this client is not settled. Settle or credit it "
                               "before the client is erased."))
                   : RC_OK;
}

/* Until the end of the year that is so many years later. */
static int32_t last_day(int32_t issued_days, int64_t years)
{
    int y, m, d;
    civil_from_days(issued_days, &y, &m, &d);
    return days_from_civil(y + (int)years, 12, 31);
}

struct kept {
    struct id invoice;
    int32_t until_days;
    struct seal_item item;
};

static enum rc read(struct cx *cx, struct id client, int64_t years, struct kept **ret, int *ret_n)
{
    struct kept *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_INVOICE_TO_KEEP, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct kept k = {.invoice = db_id(rows, 0),
                         .until_days = last_day(db_days(rows, 1), years),
                         .item = {.in = db_bytes(rows, 2), .wrapped = db_bytes(rows, 3)}};
        k.item.where = invoice_kept_place(cx, k.invoice);
        k.item.where.table = "invoice";
        k.item.where.client = client;
        if (k.until_days < cx_today(cx))
            continue;
        arena_grow(cx->arena, list, n, cap);
        list[n++] = k;
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

enum rc invoice_keep_until(struct cx *cx, struct id invoice, int32_t until_days)
{
    return job_put(cx, invoice_kept_job.name, invoice, zone_day_start(cx->zone, until_days + 1));
}

static enum rc keep(struct cx *cx, struct kept *k)
{
    enum rc rc = seal_open_many(cx->arena, cx->keys, &k->item, 1);
    if (rc != RC_OK)
        return cx->is_replay ? RC_OK : rc; /* a copy whose keys are of another time */
    struct seal_item copy = {.where = invoice_kept_place(cx, k->invoice), .in = k->item.out};
    TRY(seal_close_many(cx->arena, cx->keys, &copy, 1));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(k->invoice), DB_DAYS(k->until_days),
                         DB_B(copy.out)};
    TRY(db_exec(cx->db, &SQL_INVOICE_KEPT_INSERT, v, N_ELEMS(v), NULL));
    return invoice_keep_until(cx, k->invoice, k->until_days);
}

enum rc billing_erase(struct cx *cx, struct id client)
{
    static const unsigned char nothing[1];
    struct practice p;
    struct kept *list;
    int n;
    if (!cx->is_replay)
        TRY(check_settled(cx, client));
    TRY(practice_load(cx, &p));
    TRY(read(cx, client, p.invoice_years > 0 ? p.invoice_years : RETENTION_YEARS, &list, &n));
    for (int i = 0; i < n; i++)
        TRY(keep(cx, &list[i]));
    struct db_val v[] = {DB_B(((struct bytes){nothing, sizeof(nothing)})), DB_I(cx->practice),
                         DB_ID(client)};
    return db_exec(cx->db, &SQL_CHARGE_ERASE, v, N_ELEMS(v), NULL);
}

static enum rc end(struct cx *cx, struct id invoice)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(invoice), DB_DAYS(cx_today(cx))};
    return db_exec(cx->db, &SQL_INVOICE_KEPT_END, v, N_ELEMS(v), NULL);
}

const struct job_kind invoice_kept_job = {"invoice_kept", end};
