/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stored.c - signed notes and issued invoices as they are stored, for whoever compares. */
#include "domains/trust/trust.h"
#include "trust_sql.h"

#include <string.h>

enum { AT_ONCE = 200 };

static const struct {
    const char *record;
    const struct db_stmt *page;
} kinds[] = {{"note", &SQL_TRUST_STORED_NOTES}, {"invoice", &SQL_TRUST_STORED_INVOICES}};

static enum rc list_practices(struct db *db, struct arena *a, int64_t **ret, int *ret_n)
{
    int64_t *id = arena_array(a, int64_t, PRACTICES_MAX);
    int n = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(PRACTICES_MAX)};
    TRY(db_query(db, a, &SQL_TRUST_PRACTICES, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++)
        id[n] = db_i64(rows, 0);
    TRY(db_end(rows));
    *ret = id;
    *ret_n = n;
    return RC_OK;
}

enum rc trust_each_practice(struct db *db, practice_fn *fn, void *arg)
{
    struct arena a;
    int64_t *id = NULL, was = db_practice(db, 0);
    int n = 0;
    arena_init(&a, 1 << 20);
    enum rc rc = list_practices(db, &a, &id, &n);
    for (int i = 0; i < n && rc == RC_OK; i++) {
        (void)db_practice(db, id[i]);
        rc = fn(db, id[i], arg);
    }
    (void)db_practice(db, was);
    arena_wipe(&a);
    return rc;
}

static enum rc page(struct db *db, int kind, int64_t max, struct arena *a, struct id *after,
                    stored_fn *fn, void *arg, int *ret_n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_S(after->s), DB_I(max < AT_ONCE ? max : AT_ONCE)};
    int n = 0;
    TRY(db_query(db, a, kinds[kind].page, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++) {
        *after = db_id(rows, 0);
        const struct stored s = {kinds[kind].record, *after, db_i64(rows, 2), db_bytes(rows, 1)};
        TRY(fn(arg, &s));
    }
    TRY(db_end(rows));
    *ret_n = n;
    return RC_OK;
}

struct handing_out {
    int64_t max;
    stored_fn *fn;
    void *arg;
};

static enum rc hand_out(struct db *db, int64_t practice UNUSED, void *arg)
{
    const struct handing_out *h = arg;
    struct arena a;
    enum rc rc = RC_OK;
    arena_init(&a, 256 << 20);
    for (size_t kind = 0; kind < N_ELEMS(kinds) && rc == RC_OK; kind++) {
        struct id after = {""};
        int n = AT_ONCE;
        for (int64_t left = h->max; n == AT_ONCE && left > 0 && rc == RC_OK; left -= n) {
            rc = page(db, (int)kind, left, &a, &after, h->fn, h->arg, &n);
            arena_reset(&a);
        }
    }
    arena_wipe(&a);
    return rc;
}

enum rc trust_each_stored(struct cx *cx, int64_t max, stored_fn *fn, void *arg)
{
    struct handing_out h = {max, fn, arg};
    return trust_each_practice(cx->db, hand_out, &h);
}

/* --- for `entracte check` ------------------------------------------------------------- */

struct comparison {
    struct cx *cx;
    const struct sealed_check *check;
    struct arena a;
};

static enum rc compare(void *arg, const struct stored *s)
{
    struct comparison *x = arg;
    unsigned char hash[32];
    struct bytes known = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(s->practice), DB_ID(s->id), DB_S(s->record)};
    arena_reset(&x->a);
    TRY(db_query(x->cx->db, &x->a, &SQL_TRUST_CONTENT_HASH, v, N_ELEMS(v), &rows));
    if (db_next(rows))
        known = db_bytes(rows, 0);
    TRY(db_end(rows));
    seal_hash(s->bytes, hash);
    if (known.len != sizeof(hash) || memcmp(known.p, hash, sizeof(hash)) != 0)
        x->check->report(x->check->arg,
                         known.p == NULL ? "signed or issued without the audit log"
                                         : "not what was signed or issued",
                         arena_printf(&x->a, "%s %s", s->record, s->id.s));
    return RC_OK;
}

enum rc trust_check_stored(struct cx *cx, const struct sealed_check *c)
{
    struct comparison x = {.cx = cx, .check = c};
    arena_init(&x.a, 16 << 20);
    enum rc rc = trust_each_stored(cx, c->max, compare, &x);
    arena_wipe(&x.a);
    return rc;
}
