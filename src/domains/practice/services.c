/* SPDX-License-Identifier: AGPL-3.0-or-later
 * services.c - what the practice offers, how long it takes, what it costs. */
#include "app/audit.h"
#include "domains/practice/practice.h"
#include "practice_sql.h"

static struct service read_row(struct db_rows *rows)
{
    return (struct service){.id = db_id(rows, 0),
                            .version = db_i64(rows, 1),
                            .code = db_text(rows, 2),
                            .name = db_text(rows, 3),
                            .duration_min = db_i64(rows, 4),
                            .modality = (enum modality)db_i64(rows, 5),
                            .kind = (enum service_kind)db_i64(rows, 6),
                            .fee_cents = db_i64(rows, 7),
                            .is_active = db_i64(rows, 8) != 0,
                            .position = db_i64(rows, 9)};
}

enum rc service_save(struct cx *cx, struct service *s)
{
    bool is_new = !id_is_set(s->id);
    struct id id = is_new ? id_new() : s->id;
    int64_t n_changed;
    enum rc rc;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (is_new) {
        struct db_val v[] = {
            DB_I(cx->practice),    DB_ID(id),         DB_S(s->code), DB_S(s->name),
            DB_I(s->duration_min), DB_I(s->modality), DB_I(s->kind), DB_I(s->fee_cents),
            DB_I(s->is_active),    DB_I(s->position)};
        rc = db_exec(cx->db, &SQL_SERVICE_INSERT, v, N_ELEMS(v), &n_changed);
    } else {
        struct db_val v[] = {DB_S(s->code),      DB_S(s->name),     DB_I(s->duration_min),
                             DB_I(s->modality),  DB_I(s->kind),     DB_I(s->fee_cents),
                             DB_I(s->is_active), DB_I(s->position), DB_I(cx->practice),
                             DB_ID(id),          DB_I(s->version)};
        rc = db_exec(cx->db, &SQL_SERVICE_UPDATE, v, N_ELEMS(v), &n_changed);
    }
    if (rc == RC_CONFLICT)
        return refuse(cx, RC_INVALID, "code", N_("Another service has this code."));
    TRY(rc);
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, NULL, N_("Somebody else changed this service meanwhile."));
    TRY(audit_change(cx, "service", id, is_new ? "create" : "change", NULL));
    TRY(db_commit(&tx));
    s->id = id;
    s->version = is_new ? 1 : s->version + 1;
    return RC_OK;
}

enum rc service_load(struct cx *cx, struct id id, struct service *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_SERVICE_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such service."));
    }
    *ret = read_row(rows);
    return RC_OK;
}

struct all {
    struct service *list;
    int n;
};

static enum rc load_all(struct cx *cx, void *value)
{
    struct all *ret = value;
    int cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_SERVICE_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, ret->list, ret->n, cap);
        ret->list[ret->n++] = read_row(rows);
    }
    return db_end(rows);
}

enum rc service_list(struct cx *cx, bool active_only, struct service **ret, int *ret_n)
{
    void *once = NULL;
    TRY(cx_once(cx, load_all, sizeof(struct all), &once));
    const struct all *all = once;
    struct service *list = arena_array(cx->arena, struct service, all->n + 1);
    int n = 0;
    for (int i = 0; i < all->n; i++)
        if (!active_only || all->list[i].is_active)
            list[n++] = all->list[i];
    *ret = list;
    *ret_n = n;
    return RC_OK;
}
