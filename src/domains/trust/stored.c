/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stored.c - signed notes and issued invoices as they are stored, for whoever compares. */
#include "domains/trust/trust.h"
#include "trust_sql.h"

enum { AT_ONCE = 200 };

static const struct {
    const char *record;
    const struct db_stmt *page;
} kinds[] = {{"note", &SQL_TRUST_STORED_NOTES}, {"invoice", &SQL_TRUST_STORED_INVOICES}};

static enum rc page(struct cx *cx, int kind, struct arena *a, struct id *after, stored_fn *fn,
                    void *arg, int *ret_n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_S(after->s), DB_I(AT_ONCE)};
    int n = 0;
    TRY(db_query(cx->db, a, kinds[kind].page, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++) {
        *after = db_id(rows, 0);
        TRY(fn(arg, kinds[kind].record, *after, db_bytes(rows, 1)));
    }
    TRY(db_end(rows));
    *ret_n = n;
    return RC_OK;
}

enum rc trust_each_stored(struct cx *cx, stored_fn *fn, void *arg)
{
    struct arena a;
    enum rc rc = RC_OK;
    arena_init(&a, 256 << 20);
    for (size_t kind = 0; kind < N_ELEMS(kinds) && rc == RC_OK; kind++) {
        struct id after = {""};
        int n = AT_ONCE;
        while (n == AT_ONCE && rc == RC_OK) {
            rc = page(cx, (int)kind, &a, &after, fn, arg, &n);
            arena_reset(&a);
        }
    }
    arena_wipe(&a);
    return rc;
}
