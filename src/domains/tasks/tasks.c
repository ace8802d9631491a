/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks.c - rules and storage of follow-ups and homework. */
#include "app/audit.h"
#include "tasks_private.h"
#include "tasks_sql.h"
#include <string.h>

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such task."));
}

static enum rc name_clients(struct cx *cx, struct task *list, int n)
{
    struct client_name *name;
    struct id *ids = arena_array(cx->arena, struct id, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        ids[i] = list[i].client;
    TRY(client_names(cx, ids, n, &name));
    for (int i = 0; i < n; i++)
        list[i].client_name = name[i].name;
    return RC_OK;
}

static enum rc query(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v, struct task **ret, int *ret_n)
{
    struct task *list = NULL;
    struct seal_item *item = NULL;
    int n = 0, cap = 0, cap_items = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n_v, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        arena_grow(cx->arena, item, n, cap_items);
        record_init(&task_type, &list[n]);
        list[n].id = db_id(rows, 0);
        list[n].version = db_i64(rows, 1);
        list[n].kind = (enum task_kind)db_i64(rows, 2);
        list[n].client = db_id(rows, 3);
        list[n].owner = db_id(rows, 4);
        list[n].appointment = db_id(rows, 5);
        list[n].due_days = db_days(rows, 6);
        list[n].state = (enum task_state)db_i64(rows, 7);
        list[n].done_ms = db_i64(rows, 8);
        list[n].created_ms = db_i64(rows, 9);
        item[n] = (struct seal_item){
            .where = {cx->practice, list[n].client, "task", list[n].id, SEAL_CLINICAL, list[n].version},
            .wrapped = db_bytes(rows, 11), .in = db_bytes(rows, 10)};
        n++;
    }
    TRY(db_end(rows));
    TRY(seal_open_many(cx->arena, cx->keys, item, n));
    for (int i = 0; i < n; i++)
        TRY(record_unpack(cx, &task_type, SEAL_CLINICAL, item[i].out, &list[i]));
    TRY(name_clients(cx, list, n));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* A client's task is the clinician's; a general one its owner's. Others do not learn of it. */
static enum rc may(struct cx *cx, const struct task *t)
{
    if (id_is_set(t->client))
        return client_treated(cx, t->client);
    return id_eq(t->owner, cx->actor.user) ? RC_OK : none(cx);
}

enum rc task_load(struct cx *cx, struct id id, struct task *ret)
{
    struct task *list;
    int n;
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_ID(id)};
    TRY(query(cx, &SQL_TASK_BY_ID, v, N_ELEMS(v), &list, &n));
    if (n == 0)
        return none(cx);
    if (may(cx, &list[0]) != RC_OK) {
        cx->n_errs = 0;
        return none(cx);
    }
    *ret = list[0];
    return RC_OK;
}

static enum rc seal(struct cx *cx, const struct task *t, int64_t version, struct bytes *ret)
{
    struct client_keys keys = {0};
    if (id_is_set(t->client))
        TRY(client_keys_load(cx, t->client, &keys));
    return record_seal(cx, &task_type, SEAL_CLINICAL, t->client, keys.wrapped[SEAL_CLINICAL], t->id, version, t, ret);
}

static enum rc insert(struct cx *cx, struct task *t)
{
    struct bytes sealed;
    t->id = id_new();
    TRY(seal(cx, t, 1, &sealed));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(t->id), DB_I(t->kind), DB_ID(t->client), DB_ID(t->owner),
                         DB_ID(t->appointment), DB_DAYS(t->due_days), DB_I(t->state),
                         t->done_ms != 0 ? DB_I(t->done_ms) : DB_NIL, DB_B(sealed), DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_TASK_INSERT, v, N_ELEMS(v), NULL));
    t->version = 1;
    t->created_ms = cx->now_ms;
    return RC_OK;
}

static enum rc update(struct cx *cx, struct task *t)
{
    struct bytes sealed;
    struct task was;
    int64_t n_changed;
    TRY(task_load(cx, t->id, &was));
    t->client = was.client; /* whose it is does not change: it is sealed under that key */
    TRY(seal(cx, t, t->version + 1, &sealed));
    struct db_val v[] = {DB_DAYS(t->due_days), DB_I(t->state), t->done_ms != 0 ? DB_I(t->done_ms) : DB_NIL, DB_B(sealed),
                         DB_I(cx->now_ms), DB_I(cx->practice), DB_ID(t->id), DB_I(t->version)};
    TRY(db_exec(cx->db, &SQL_TASK_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, "version", N_("Somebody else changed this task meanwhile."));
    t->version++;
    return RC_OK;
}

enum rc task_save(struct cx *cx, struct task *t)
{
    struct task is = *t;
    bool is_new = !id_is_set(t->id);
    if (!id_is_set(is.owner))
        is.owner = cx->actor.user;
    TRY(task_type.check(cx, &is));
    if (may(cx, &is) != RC_OK)
        return refuse(cx, RC_INVALID, "client", N_("Choose a client of yours."));
    is.done_ms = is.state == TASK_OPEN ? 0 : is.done_ms != 0 ? is.done_ms : cx->now_ms;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(is_new ? insert(cx, &is) : update(cx, &is));
    TRY(audit_change(cx, "task", is.id, is_new ? "create" : "change", NULL));
    TRY(db_commit(&tx));
    *t = is;
    return RC_OK;
}

enum rc task_set_state(struct cx *cx, struct id id, int64_t version, enum task_state s, const char *why)
{
    struct task t;
    TRY(task_load(cx, id, &t));
    t.version = version;
    t.state = s;
    if (why != NULL)
        t.why = why;
    return task_save(cx, &t);
}

enum rc task_list_open(struct cx *cx, int max, struct task **ret, int *ret_n)
{
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_S(cx->actor.user.s), DB_I(max)};
    return query(cx, &SQL_TASK_OPEN, v, N_ELEMS(v), ret, ret_n);
}

enum rc task_list_recent(struct cx *cx, int max, struct task **ret, int *ret_n)
{
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_S(cx->actor.user.s), DB_I(max)};
    return query(cx, &SQL_TASK_RECENT, v, N_ELEMS(v), ret, ret_n);
}

enum rc task_list_client(struct cx *cx, struct id client, int64_t since_ms, int max, struct task **ret, int *ret_n)
{
    TRY(client_treated(cx, client));
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_ID(client), DB_I(since_ms), DB_I(max)};
    return query(cx, &SQL_TASK_OF_CLIENT, v, N_ELEMS(v), ret, ret_n);
}

enum rc task_count_open(struct cx *cx, int64_t *ret_n, int64_t *ret_n_overdue)
{
    int64_t n = 0, late = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx_today(cx)), DB_I(cx->practice), DB_S(cx->actor.user.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_TASK_COUNT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        n = db_i64(rows, 0);
        late = db_i64(rows, 1);
    }
    TRY(db_end(rows));
    *ret_n = n;
    *ret_n_overdue = late;
    return RC_OK;
}
