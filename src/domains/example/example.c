/* SPDX-License-Identifier: AGPL-3.0-or-later
 * example.c - rules and storage of examples. */
#include "domains/example/example.h"

#include "app/audit.h"
#include "example_sql.h"

#include <stdlib.h>

static const struct id no_client; /* sealed under the practice's own key */

/* The clear columns; the sealed one is *ret_sealed. */
static struct example read_row(struct db_rows *rows, struct bytes *ret_sealed)
{
    struct example e;
    record_init(&example_type, &e);
    e.id = db_id(rows, 0);
    e.version = db_i64(rows, 1);
    e.state = (enum example_state)db_i64(rows, 2);
    e.due_days = db_days(rows, 3);
    e.fee_cents = db_i64(rows, 4);
    *ret_sealed = db_bytes(rows, 5);
    return e;
}

enum rc example_load(struct cx *cx, struct id id, struct example *ret)
{
    struct bytes sealed;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_EXAMPLE_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such example."));
    }
    struct example e = read_row(rows, &sealed);
    TRY(record_unseal(cx, &example_type, SEAL_IDENTITY, no_client, (struct bytes){0}, e.id,
                      e.version, sealed, &e));
    *ret = e;
    return RC_OK;
}

/* --- the list -------------------------------------------------------------------- */

/* Opens the sealed column of all rows in one batch. */
static enum rc open_all(struct cx *cx, struct seal_item *items, struct example *list, int n)
{
    TRY(record_open_many(cx, items, n));
    for (int i = 0; i < n; i++)
        TRY(record_unpack(cx, &example_type, SEAL_IDENTITY, items[i].out, &list[i]));
    return RC_OK;
}

static int by_name(const void *a, const void *b, void *locale)
{
    const struct example *x = a, *y = b;
    return locale_compare(locale, x->name, y->name);
}

enum rc example_list(struct cx *cx, struct example **ret, int *ret_n)
{
    struct example *list = arena_array(cx->arena, struct example, EXAMPLE_LIST_MAX);
    struct seal_item *items = arena_array(cx->arena, struct seal_item, EXAMPLE_LIST_MAX);
    int n = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(EXAMPLE_LIST_MAX)};
    TRY(db_query(cx->db, cx->arena, &SQL_EXAMPLE_ALL, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++) {
        list[n] = read_row(rows, &items[n].in);
        items[n].where = (struct seal_where){.practice = cx->practice,
                                             .table = "example",
                                             .row = list[n].id,
                                             .cls = SEAL_IDENTITY,
                                             .version = list[n].version};
    }
    TRY(db_end(rows));
    TRY(open_all(cx, items, list, n));
    qsort_r(list, (size_t)n, sizeof(*list), by_name, (void *)(uintptr_t)cx->locale);
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* --- writing ----------------------------------------------------------------------- */

static enum rc changed_meanwhile(struct cx *cx)
{
    return refuse(cx, RC_CONFLICT, NULL, N_("Somebody else changed this example meanwhile."));
}

static enum rc insert(struct cx *cx, const struct example *e)
{
    struct bytes sealed;
    TRY(record_seal(cx, &example_type, SEAL_IDENTITY, no_client, (struct bytes){0}, e->id, 1, e,
                    &sealed));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(e->id), DB_I(e->state),  DB_DAYS(e->due_days),
                         DB_I(e->fee_cents), DB_B(sealed), DB_I(cx->now_ms)};
    return db_exec(cx->db, &SQL_EXAMPLE_INSERT, v, N_ELEMS(v), NULL);
}

static enum rc update(struct cx *cx, const struct example *e)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(record_seal(cx, &example_type, SEAL_IDENTITY, no_client, (struct bytes){0}, e->id,
                    e->version + 1, e, &sealed));
    struct db_val v[] = {DB_I(e->state), DB_DAYS(e->due_days), DB_I(e->fee_cents),
                         DB_B(sealed),   DB_I(cx->now_ms),     DB_I(cx->practice),
                         DB_ID(e->id),   DB_I(e->version)};
    TRY(db_exec(cx->db, &SQL_EXAMPLE_UPDATE, v, N_ELEMS(v), &n_changed));
    return n_changed == 1 ? RC_OK : changed_meanwhile(cx);
}

enum rc example_save(struct cx *cx, struct example *e)
{
    struct example was, is = *e;
    bool is_new = !id_is_set(e->id);
    record_init(&example_type, &was);

    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (is_new) {
        is.id = id_new();
        TRY(insert(cx, &is));
    } else {
        TRY(example_load(cx, is.id, &was));
        TRY(update(cx, &is));
    }
    TRY(audit_change(cx, "example", is.id, is_new ? "create" : "change",
                     record_changed(cx->arena, &example_type, &was, &is)));
    TRY(db_commit(&tx));
    is.version = is_new ? 1 : is.version + 1;
    *e = is;
    return RC_OK;
}

enum rc example_erase(struct cx *cx, struct id id, int64_t version)
{
    struct example was;
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(example_load(cx, id, &was));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_I(version)};
    TRY(db_exec(cx->db, &SQL_EXAMPLE_DELETE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return changed_meanwhile(cx);
    TRY(audit_change(cx, "example", id, "erase", NULL));
    return db_commit(&tx);
}
