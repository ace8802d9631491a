/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_list.c - lists of invoices, balances, and the invariants of money. */
#include "billing_private.h"
#include "billing_sql.h"
#include <inttypes.h>

struct list_statements {
    const struct db_stmt *list, *count;
    bool has_due;
};
static const struct list_statements statements[] = {
    [INVOICES_ALL] = {&SQL_INVOICE_LIST, &SQL_INVOICE_COUNT, false},
    [INVOICES_PENDING] = {&SQL_INVOICE_LIST_PENDING, &SQL_INVOICE_COUNT_PENDING, true},
    [INVOICES_OVERDUE] = {&SQL_INVOICE_LIST_PENDING, &SQL_INVOICE_COUNT_PENDING, true},
    [INVOICES_PAID] = {&SQL_INVOICE_LIST_PAID, &SQL_INVOICE_COUNT_PAID, false},
};

static enum rc count(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n, &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

static enum rc name_rows(struct cx *cx, struct invoice_row *list, int n)
{
    struct client_name *name;
    struct id *ids = arena_array(cx->arena, struct id, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        ids[i] = list[i].client_id;
    TRY(client_names(cx, ids, n, &name));
    for (int i = 0; i < n; i++)
        list[i].client_name = name[i].name;
    return RC_OK;
}

enum rc invoice_list(struct cx *cx, enum invoice_filter f, struct id client, int offset, int max,
                     struct invoice_row **ret, int *ret_n, int64_t *ret_n_all)
{
    const struct list_statements *s = &statements[f];
    struct invoice_row *list = NULL;
    struct id only = money_filter(cx);
    int n = 0, cap = 0;
    int32_t today = cx_today(cx);
    int64_t due_before = f == INVOICES_OVERDUE ? today : INT32_MAX;
    if (id_is_set(client))
        TRY(client_visible(cx, client));
    struct db_val v[6] = {DB_I(cx->practice), DB_ID(client), DB_ID(only)};
    int k = 3;
    if (s->has_due)
        v[k++] = DB_I(due_before);
    TRY(count(cx, s->count, v, k, ret_n_all));
    v[k++] = DB_I(max);
    v[k++] = DB_I(offset);
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, s->list, v, k, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        struct invoice_row r = {.id = db_id(rows, 0), .client_id = db_id(rows, 1), .issued_days = db_days(rows, 4),
                                .due_days = db_days(rows, 5), .total_cents = db_i64(rows, 6), .open_cents = db_i64(rows, 7),
                                .is_credit = !db_is_null(rows, 8), .is_credited = db_i64(rows, 9) != 0};
        r.full_number = arena_printf(cx->arena, "%s-%04" PRId64, db_text(rows, 2), db_i64(rows, 3));
        r.overdue_days = r.open_cents > 0 && r.due_days < today ? today - r.due_days : 0;
        list[n++] = r;
    }
    TRY(db_end(rows));
    TRY(name_rows(cx, list, n));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc balance_load(struct cx *cx, struct id client, struct balance *ret)
{
    struct balance b = {.oldest_due_days = DATE_NONE};
    struct id only = money_filter(cx);
    bool one = id_is_set(client);
    if (one)
        TRY(client_visible(cx, client));
    struct db_val all[] = {DB_I(cx->practice), DB_NIL, DB_ID(only)};
    struct db_val of_client[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(one ? count(cx, &SQL_BALANCE_CHARGES_CLIENT, of_client, 2, &b.uninvoiced_cents)
            : count(cx, &SQL_BALANCE_CHARGES, all, 3, &b.uninvoiced_cents));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx_today(cx)), DB_I(cx->practice), one ? DB_ID(client) : DB_ID(only)};
    TRY(db_query(cx->db, cx->arena, one ? &SQL_BALANCE_INVOICES_CLIENT : &SQL_BALANCE_INVOICES, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        b.open_cents = db_i64(rows, 0);
        b.overdue_cents = db_i64(rows, 1);
        b.n_open_invoices = db_i64(rows, 2);
        b.oldest_due_days = db_days(rows, 3);
    }
    TRY(db_end(rows));
    *ret = b;
    return RC_OK;
}

static enum rc broken(struct cx *cx, const struct db_stmt *st, const char *invariant,
                      void (*report)(void *arg, const char *invariant, const char *detail), void *arg)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, (struct db_val[]){DB_I(cx->practice)}, 1, &rows));
    while (db_next(rows))
        report(arg, invariant, db_text(rows, 0));
    return db_end(rows);
}

enum rc billing_check(struct cx *cx, void (*report)(void *arg, const char *invariant, const char *detail), void *arg)
{
    TRY(broken(cx, &SQL_CHECK_SERIES, "invoice numbers have no gaps", report, arg));
    TRY(broken(cx, &SQL_CHECK_OPEN, "open = total - payments - credits", report, arg));
    TRY(broken(cx, &SQL_CHECK_CREDITS, "a credit note mirrors its invoice", report, arg));
    return broken(cx, &SQL_CHECK_TOTALS, "invoice total = its charges", report, arg);
}
