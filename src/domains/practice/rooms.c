/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rooms.c - the practice's rooms. */
#include "app/audit.h"
#include "domains/practice/practice.h"
#include "practice_sql.h"

static struct room read_row(struct db_rows *rows)
{
    return (struct room){.id = db_id(rows, 0),
                         .version = db_i64(rows, 1),
                         .name = db_text(rows, 2),
                         .capacity = db_i64(rows, 3),
                         .position = db_i64(rows, 4),
                         .is_active = db_i64(rows, 5) != 0};
}

enum rc room_save(struct cx *cx, struct room *r)
{
    bool is_new = !id_is_set(r->id);
    struct id id = is_new ? id_new() : r->id;
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (is_new) {
        struct db_val v[] = {DB_I(cx->practice), DB_ID(id),         DB_S(r->name),
                             DB_I(r->capacity),  DB_I(r->position), DB_I(r->is_active)};
        TRY(db_exec(cx->db, &SQL_ROOM_INSERT, v, N_ELEMS(v), NULL));
    } else {
        struct db_val v[] = {DB_S(r->name),      DB_I(r->capacity),  DB_I(r->position),
                             DB_I(r->is_active), DB_I(cx->practice), DB_ID(id),
                             DB_I(r->version)};
        TRY(db_exec(cx->db, &SQL_ROOM_UPDATE, v, N_ELEMS(v), &n_changed));
        if (n_changed == 0)
            return refuse(cx, RC_CONFLICT, NULL, N_("Somebody else changed this room meanwhile."));
    }
    TRY(audit_change(cx, "room", id, is_new ? "create" : "change", NULL));
    TRY(db_commit(&tx));
    r->id = id;
    r->version = is_new ? 1 : r->version + 1;
    return RC_OK;
}

enum rc room_load(struct cx *cx, struct id id, struct room *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_ROOM_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such room."));
    }
    *ret = read_row(rows);
    return RC_OK;
}

struct all {
    struct room *list;
    int n;
};

static enum rc load_all(struct cx *cx, void *value)
{
    struct all *ret = value;
    int cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_ROOM_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, ret->list, ret->n, cap);
        ret->list[ret->n++] = read_row(rows);
    }
    return db_end(rows);
}

enum rc room_list(struct cx *cx, bool active_only, struct room **ret, int *ret_n)
{
    void *once = NULL;
    TRY(cx_once(cx, load_all, sizeof(struct all), &once));
    const struct all *all = once;
    struct room *list = arena_array(cx->arena, struct room, all->n + 1);
    int n = 0;
    for (int i = 0; i < all->n; i++)
        if (!active_only || all->list[i].is_active)
            list[n++] = all->list[i];
    *ret = list;
    *ret_n = n;
    return RC_OK;
}
