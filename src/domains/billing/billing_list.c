/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_list.c - lists of invoices, balances, and the invariants of money. */
#include "billing_private.h"
#include "billing_sql.h"

#include <inttypes.h>

/* --- counting ---------------------------------------------------------------------- */

static enum rc count(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n,
                     int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n, &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

/* --- lists of invoices --------------------------------------------------------------- */

/* Which statements answer a list, and what they ask after the practice. */
struct listing {
    const struct db_stmt *list, *count;
    struct db_val v[6];
    int n;
};

static struct listing of_client(const struct cx *cx, enum invoice_filter f, const struct id *client)
{
    return (struct listing){&SQL_INVOICE_LIST_CLIENT,
                            &SQL_INVOICE_COUNT_CLIENT,
                            {DB_I(cx->practice), DB_ID((*client)), DB_I(f), DB_I(cx_today(cx))},
                            4};
}

static struct listing of_pending(const struct cx *cx, enum invoice_filter f, const struct id *only)
{
    bool is_overdue = f == INVOICES_OVERDUE;
    return (struct listing){&SQL_INVOICE_LIST_PENDING,
                            &SQL_INVOICE_COUNT_PENDING,
                            {DB_I(cx->practice), DB_I(is_overdue ? 1 : INT64_MIN),
                             DB_I(is_overdue ? cx_today(cx) : INT32_MAX), DB_ID((*only))},
                            4};
}

static struct listing of_clinician(const struct cx *cx, enum invoice_filter f,
                                   const struct id *only)
{
    return (struct listing){&SQL_INVOICE_LIST_CLINICIAN,
                            &SQL_INVOICE_COUNT_CLINICIAN,
                            {DB_I(cx->practice), DB_ID((*only)), DB_I(f == INVOICES_PAID)},
                            3};
}

static struct listing of_practice(const struct cx *cx, enum invoice_filter f)
{
    bool is_paid = f == INVOICES_PAID;
    return (struct listing){is_paid ? &SQL_INVOICE_LIST_PAID : &SQL_INVOICE_LIST_ALL,
                            is_paid ? &SQL_INVOICE_COUNT_PAID : &SQL_INVOICE_COUNT_ALL,
                            {DB_I(cx->practice)},
                            1};
}

static struct listing listing_of(const struct cx *cx, enum invoice_filter f,
                                 const struct id *client, const struct id *only)
{
    if (id_is_set(*client))
        return of_client(cx, f, client);
    if (f == INVOICES_PENDING || f == INVOICES_OVERDUE)
        return of_pending(cx, f, only);
    return id_is_set(*only) ? of_clinician(cx, f, only) : of_practice(cx, f);
}

/* Whose client must not be found is left out; who keeps the books sees those of erased ones. */
static enum rc name_rows(struct cx *cx, struct invoice_row *list, int *n)
{
    int kept = 0;
    struct client_name *name;
    struct id *ids = arena_array(cx->arena, struct id, *n > 0 ? *n : 1);
    for (int i = 0; i < *n; i++)
        ids[i] = list[i].client_id;
    TRY(client_names(cx, ids, *n, &name));
    for (int i = 0; i < *n; i++) {
        if (!name[i].is_visible && (!name[i].is_erased || id_is_set(money_filter(cx))))
            continue;
        list[kept] = list[i];
        list[kept++].client_name = name[i].name;
    }
    *n = kept;
    return RC_OK;
}

static struct invoice_row read_row(struct cx *cx, struct db_rows *rows, int32_t today)
{
    struct invoice_row r = {.id = db_id(rows, 0),
                            .client_id = db_id(rows, 1),
                            .issued_days = db_days(rows, 4),
                            .due_days = db_days(rows, 5),
                            .total_cents = db_i64(rows, 6),
                            .open_cents = db_i64(rows, 7),
                            .is_credit = !db_is_null(rows, 8),
                            .is_credited = db_i64(rows, 9) != 0};
    r.full_number = arena_printf(cx->arena, "%s-%04" PRId64, db_text(rows, 2), db_i64(rows, 3));
    r.overdue_days = r.open_cents > 0 && r.due_days < today ? today - r.due_days : 0;
    return r;
}

enum rc invoice_list(struct cx *cx, enum invoice_filter f, struct id client, int offset, int max,
                     struct invoice_row **ret, int *ret_n, int64_t *ret_n_all)
{
    struct invoice_row *list = NULL;
    struct id only = money_filter(cx);
    const struct cap *whose;
    int n = 0, cap = 0;
    if (id_is_set(client))
        TRY(money_of(cx, client, &whose));
    struct listing s = listing_of(cx, f, &client, &only);
    TRY(count(cx, s.count, s.v, s.n, ret_n_all));
    s.v[s.n++] = DB_I(max);
    s.v[s.n++] = DB_I(offset);
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, s.list, s.v, s.n, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = read_row(cx, rows, cx_today(cx));
    }
    TRY(db_end(rows));
    TRY(name_rows(cx, list, &n));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* --- what waits to be invoiced ---------------------------------------------------------- */

static enum rc name_groups(struct cx *cx, struct charge_group *list, int *n)
{
    int kept = 0;
    struct client_name *name;
    struct id *ids = arena_array(cx->arena, struct id, *n > 0 ? *n : 1);
    for (int i = 0; i < *n; i++)
        ids[i] = list[i].client;
    TRY(client_names(cx, ids, *n, &name));
    for (int i = 0; i < *n; i++) {
        if (!name[i].is_visible)
            continue;
        list[kept] = list[i];
        list[kept++].client_name = name[i].name;
    }
    *n = kept;
    return RC_OK;
}

enum rc charge_list_groups(struct cx *cx, int max, struct charge_group **ret, int *ret_n,
                           int64_t *ret_n_all)
{
    struct charge_group *list = NULL;
    struct id only = money_filter(cx);
    int n = 0, cap = 0;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(only), DB_I(max)};
    TRY(count(cx, &SQL_CHARGE_GROUP_COUNT, v, 2, ret_n_all));
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_CHARGE_GROUPS, v, 3, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct charge_group){.client = db_id(rows, 0),
                                          .n_charges = db_i64(rows, 1),
                                          .total_cents = db_i64(rows, 2),
                                          .first_days = db_days(rows, 3),
                                          .last_days = db_days(rows, 4)};
    }
    TRY(db_end(rows));
    TRY(name_groups(cx, list, &n));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* --- balances ------------------------------------------------------------------------------ */

static enum rc sum_invoices(struct cx *cx, const struct db_stmt *st, struct db_val whose,
                            struct balance *b)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx_today(cx)), DB_I(cx->practice), whose};
    TRY(db_query(cx->db, cx->arena, st, v, st->n_params, &rows));
    while (db_next(rows)) {
        b->open_cents = db_i64(rows, 0);
        b->overdue_cents = db_i64(rows, 1);
        b->owed_back_cents = db_i64(rows, 2);
        b->n_open_invoices = db_i64(rows, 3);
        b->oldest_due_days = db_days(rows, 4);
    }
    return db_end(rows);
}

enum rc billing_event(struct cx *cx, enum event e, struct id subject)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(subject)};
    if (e == EV_CLIENT_ERASED)
        return billing_erase(cx, subject);
    if (e != EV_CLIENT_HANDED_OVER)
        return RC_OK;
    TRY(db_exec(cx->db, &SQL_CHARGE_HANDED_OVER, v, N_ELEMS(v), NULL));
    return db_exec(cx->db, &SQL_INVOICE_HANDED_OVER, v, N_ELEMS(v), NULL);
}

enum rc balance_load(struct cx *cx, struct id client, struct balance *ret)
{
    struct balance b = {.oldest_due_days = DATE_NONE};
    struct id only = money_filter(cx);
    bool one = id_is_set(client), own = !one && id_is_set(only);
    const struct cap *cap;
    if (one)
        TRY(money_of(cx, client, &cap));
    struct db_val v[] = {DB_I(cx->practice), one ? DB_ID(client) : DB_ID(only)};
    const struct db_stmt *charges = one   ? &SQL_BALANCE_CHARGES_CLIENT
                                    : own ? &SQL_BALANCE_CHARGES_CLINICIAN
                                          : &SQL_BALANCE_CHARGES;
    const struct db_stmt *invoices = one   ? &SQL_BALANCE_INVOICES_CLIENT
                                     : own ? &SQL_BALANCE_INVOICES_CLINICIAN
                                           : &SQL_BALANCE_INVOICES;
    TRY(count(cx, charges, v, charges->n_params, &b.uninvoiced_cents));
    TRY(sum_invoices(cx, invoices, v[1], &b));
    *ret = b;
    return RC_OK;
}

/* --- invariants ------------------------------------------------------------------------------ */

static enum rc broken(struct cx *cx, const struct db_stmt *st, const char *invariant,
                      void (*report)(void *arg, const char *invariant, const char *detail),
                      void *arg)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, (struct db_val[]){DB_I(cx->practice)}, 1, &rows));
    while (db_next(rows))
        report(arg, invariant, db_text(rows, 0));
    return db_end(rows);
}

enum rc billing_check(struct cx *cx,
                      void (*report)(void *arg, const char *invariant, const char *detail),
                      void *arg)
{
    TRY(broken(cx, &SQL_CHECK_SERIES, "invoice numbers have no gaps", report, arg));
    TRY(broken(cx, &SQL_CHECK_OPEN, "open = total - payments - credits", report, arg));
    TRY(broken(cx, &SQL_CHECK_CREDITS, "a credit note mirrors its invoice", report, arg));
    TRY(broken(cx, &SQL_CHECK_CHARGES, "an invoiced charge stands on an invoice of its client",
               report, arg));
    TRY(broken(cx, &SQL_CHECK_TREATS, "money is kept under the client's clinician", report, arg));
    return broken(cx, &SQL_CHECK_TOTALS, "invoice total = its charges", report, arg);
}
