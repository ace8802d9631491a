/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks.c - rules and storage of follow-ups and homework. */
#include "app/audit.h"
#include "tasks_private.h"
#include "tasks_sql.h"

#include <stdlib.h>

static enum rc none(struct cx *cx)
{
    cx->n_errs = 0; /* not which of the two is not there */
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such task."));
}

/* A client's task is for the client's clinician; a general one for its owner. Others do not learn
 * of it. */
static enum rc may(struct cx *cx, const struct task *t, const struct cap **ret)
{
    *ret = NULL;
    if (id_is_set(t->client))
        return authorize(cx, ACT_WRITE_NOTES, t->client, PURPOSE_CARE, ret);
    return id_eq(t->owner, cx->actor.user) ? RC_OK : none(cx);
}

/* Whose clients' tasks are the actor's; unset: nobody's. */
static struct id clinician(const struct cx *cx)
{
    return cx_may(cx, PERM_CLINICAL_READ) ? cx->actor.user : (struct id){{0}};
}

/* --- reading ----------------------------------------------------------------------- */

static struct task read_row(struct db_rows *rows)
{
    struct task t = {0};
    record_init(&task_type, &t);
    t.id = db_id(rows, 0);
    t.version = db_i64(rows, 1);
    t.kind = (enum task_kind)db_i64(rows, 2);
    t.client = db_id(rows, 3);
    t.owner = db_id(rows, 4);
    t.appointment = db_id(rows, 5);
    t.due_days = db_days(rows, 6);
    t.state = (enum task_state)db_i64(rows, 7);
    t.done_ms = db_i64(rows, 8);
    t.created_ms = db_i64(rows, 9);
    return t;
}

/* What is to be done about nobody in particular is no clinical word: the front desk writes such. */
static enum seal_class class_of(const struct task *t)
{
    return id_is_set(t->client) ? SEAL_CLINICAL : SEAL_IDENTITY;
}

static enum rc find(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                    struct task_found *ret)
{
    struct task_found f = {0};
    int cap = 0, cap_items = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n_v, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, f.list, f.n, cap);
        arena_grow(cx->arena, f.item, f.n, cap_items);
        const struct task *t = &f.list[f.n];
        f.list[f.n] = read_row(rows);
        f.item[f.n] = (struct seal_item){.where = {.practice = cx->practice,
                                                   .client = t->client,
                                                   .table = "task",
                                                   .row = t->id,
                                                   .cls = class_of(t),
                                                   .version = t->version},
                                         .wrapped = db_bytes(rows, 11),
                                         .in = db_bytes(rows, 10)};
        f.n++;
    }
    *ret = f;
    return db_end(rows);
}

/* Opens what is sealed, and names the clients; whom the actor must not find is left out. */
enum rc task_open_found(struct cx *cx, struct task_found *f)
{
    struct client_naming *naming;
    struct client_name *name;
    const bool *visible;
    struct id *ids = arena_array(cx->arena, struct id, f->n + 1);
    int *of = arena_array(cx->arena, int, f->n + 1), n = 0;
    for (int i = 0; i < f->n; i++)
        ids[i] = f->list[i].client;
    TRY(client_names_find(cx, ids, f->n, &naming, &visible));
    for (int i = 0; i < f->n; i++) {
        if (id_is_set(ids[i]) && !visible[i])
            continue;
        f->list[n] = f->list[i];
        f->item[n] = f->item[i];
        of[n++] = i;
    }
    f->n = n;
    TRY(record_open_many(cx, f->item, f->n)); /* and the names with them */
    TRY(client_names_open(cx, naming, &name));
    for (int i = 0; i < f->n; i++) {
        f->list[i].client_name = name[of[i]].name;
        TRY(record_unpack(cx, &task_type, SEAL_CLINICAL, f->item[i].out, &f->list[i]));
        if (f->item[i].rc != RC_OK)
            f->list[i].title = trc(cx, N_("(task cannot be opened)"));
    }
    return RC_OK;
}

static enum rc list(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                    struct task **ret, int *ret_n)
{
    struct task_found f;
    TRY(find(cx, st, v, n_v, &f));
    TRY(task_open_found(cx, &f));
    *ret = f.list;
    *ret_n = f.n;
    return RC_OK;
}

enum rc task_load(struct cx *cx, struct id id, struct task *ret)
{
    struct task_found f;
    const struct cap *cap;
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_ID(id)};
    TRY(find(cx, &SQL_TASK_BY_ID, v, N_ELEMS(v), &f));
    if (f.n == 0)
        return none(cx);
    enum rc rc = may(cx, &f.list[0], &cap); /* before anything is opened */
    if (rc == RC_NOT_FOUND)
        return none(cx);
    TRY(rc);
    TRY(task_open_found(cx, &f));
    *ret = f.list[0];
    return f.item[0].rc; /* a list may show what is damaged; who writes it again must not */
}

enum rc task_list_open(struct cx *cx, int max, struct task **ret, int *ret_n)
{
    struct id treats = clinician(cx);
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_ID(cx->actor.user),
                         DB_ID(treats), DB_I(max)};
    return list(cx, &SQL_TASK_OPEN, v, N_ELEMS(v), ret, ret_n);
}

enum rc task_list_done(struct cx *cx, int64_t since_ms, int max, struct task **ret, int *ret_n)
{
    struct id treats = clinician(cx);
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_ID(cx->actor.user),
                         DB_I(since_ms),      DB_ID(treats),      DB_I(max)};
    return list(cx, &SQL_TASK_DONE, v, N_ELEMS(v), ret, ret_n);
}

enum rc task_find_client(struct cx *cx, struct id client, int64_t since_ms, int max,
                         struct task_found *ret)
{
    const struct cap *cap;
    TRY(authorize(cx, ACT_WRITE_NOTES, client, PURPOSE_CARE, &cap));
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_ID(client), DB_I(since_ms),
                         DB_I(max)};
    TRY(find(cx, &SQL_TASK_OF_CLIENT, v, N_ELEMS(v), ret));
    seal_expect(cx->keys, ret->item, ret->n);
    return RC_OK;
}

enum rc task_list_client(struct cx *cx, struct id client, int64_t since_ms, int max,
                         struct task **ret, int *ret_n)
{
    struct task_found f;
    TRY(task_find_client(cx, client, since_ms, max, &f));
    TRY(task_open_found(cx, &f));
    *ret = f.list;
    *ret_n = f.n;
    return RC_OK;
}

/* *ret_n_due: of the open ones, those due before the day. */
static enum rc count(struct cx *cx, int32_t before_days, int64_t *ret_n, int64_t *ret_n_due)
{
    struct id treats = clinician(cx);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(before_days), DB_I(cx->practice), DB_ID(cx->actor.user),
                         DB_ID(treats)};
    TRY(db_query(cx->db, cx->arena, &SQL_TASK_COUNT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        *ret_n = db_i64(rows, 0);
        *ret_n_due = db_i64(rows, 1);
    }
    return db_end(rows);
}

enum rc task_count_open(struct cx *cx, int64_t *ret_n, int64_t *ret_n_overdue)
{
    return count(cx, cx_today(cx), ret_n, ret_n_overdue);
}

enum rc task_count_due(struct cx *cx, int64_t *ret)
{
    int64_t n_open;
    return count(cx, cx_today(cx) + 1, &n_open, ret);
}

/* --- writing ----------------------------------------------------------------------- */

static enum rc seal(struct cx *cx, const struct cap *cap, const struct task *t, int64_t version,
                    struct bytes *ret)
{
    struct client_keys keys = {0};
    struct seal_item item = {.where = {.practice = cx->practice,
                                       .client = t->client,
                                       .table = "task",
                                       .row = t->id,
                                       .cls = class_of(t),
                                       .version = version}};
    if (cap != NULL) {
        TRY(client_keys_load(cx, cap, &keys));
        item.wrapped = keys.wrapped[SEAL_CLINICAL];
        if (!seal_is_open(cx->keys, cx->practice)) /* a reminder that the program puts at night */
            item.where.cls = SEAL_INTAKE;
    }
    TRY(record_pack(cx, &task_type, SEAL_CLINICAL, t, &item.in));
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    *ret = item.out;
    return RC_OK;
}

static struct db_val done_val(const struct task *t)
{
    return t->state == TASK_OPEN ? DB_NIL : DB_I(t->done_ms);
}

static enum rc insert(struct cx *cx, struct task *t)
{
    struct bytes sealed;
    const struct cap *cap;
    enum rc rc = may(cx, t, &cap);
    if (rc == RC_NOT_FOUND) {
        cx->n_errs = 0;
        return refuse(cx, RC_INVALID, "client", N_("Choose a client of yours."));
    }
    TRY(rc);
    t->id = id_new();
    TRY(seal(cx, cap, t, 1, &sealed));
    struct db_val v[] = {DB_I(cx->practice),   DB_ID(t->id),    DB_I(t->kind),
                         DB_ID(t->client),     DB_ID(t->owner), DB_ID(t->appointment),
                         DB_DAYS(t->due_days), DB_I(t->state),  done_val(t),
                         DB_B(sealed),         DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_TASK_INSERT, v, N_ELEMS(v), NULL));
    TRY(audit_change_about(cx, t->client, "task", t->id, "create", NULL));
    t->version = 1;
    t->created_ms = cx->now_ms;
    return RC_OK;
}

/* Whose a task is does not change: it is sealed under that client's key. */
static enum rc update(struct cx *cx, const struct task *was, struct task *t)
{
    struct bytes sealed;
    const struct cap *cap;
    int64_t n_changed;
    TRY(may(cx, was, &cap));
    if (!id_eq(t->client, was->client))
        return refuse(cx, RC_INVALID, "client",
                      N_("Whose task it is does not change. Write a new one instead."));
    TRY(seal(cx, cap, t, t->version + 1, &sealed));
    struct db_val v[] = {DB_I(t->kind),      DB_DAYS(t->due_days), DB_I(t->state),
                         done_val(t),        DB_B(sealed),         DB_I(cx->now_ms),
                         DB_I(cx->practice), DB_ID(t->id),         DB_I(t->version)};
    TRY(db_exec(cx->db, &SQL_TASK_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, "version", N_("Somebody else changed this task meanwhile."));
    TRY(audit_change_about(cx, t->client, "task", t->id, "change",
                           record_changed(cx->arena, &task_type, was, t)));
    t->version++;
    return RC_OK;
}

/* An answer has its time and may have a word why; an open task has neither. */
static void settle(const struct cx *cx, const struct task *was, struct task *t)
{
    bool is_same = t->state == was->state && was->done_ms != 0;
    t->done_ms = t->state == TASK_OPEN ? 0 : is_same ? was->done_ms : cx->now_ms;
    if (t->state == TASK_OPEN || t->state == TASK_DONE)
        t->why = "";
}

enum rc task_save(struct cx *cx, struct task *t)
{
    struct task is = *t, was = {0};
    bool is_new = !id_is_set(t->id);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (!is_new)
        TRY(task_load(cx, is.id, &was));
    if (!id_is_set(is.owner))
        is.owner = cx->actor.user;
    settle(cx, &was, &is);
    TRY(task_type.check(cx, &is));
    TRY(is_new ? insert(cx, &is) : update(cx, &was, &is));
    TRY(db_commit(&tx));
    *t = is;
    return RC_OK;
}

/* --- invariants ----------------------------------------------------------------------- */

enum rc task_event(struct cx *cx, enum event e, struct id subject)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(subject)};
    if (e == EV_CLIENT_ERASED)
        return db_exec(cx->db, &SQL_TASK_ERASED, v, N_ELEMS(v), NULL);
    return e == EV_CLIENT_HANDED_OVER ? db_exec(cx->db, &SQL_TASK_HANDED_OVER, v, N_ELEMS(v), NULL)
                                      : RC_OK;
}

static enum rc broken(struct cx *cx, const struct db_stmt *st, const char *invariant,
                      void (*report)(void *arg, const char *invariant, const char *detail),
                      void *arg)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, st, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        report(arg, invariant, db_text(rows, 0));
    return db_end(rows);
}

enum rc tasks_check(struct cx *cx,
                    void (*report)(void *arg, const char *invariant, const char *detail), void *arg)
{
    TRY(broken(cx, &SQL_CHECK_STATE, "a task has the time of its answer, an open one none", report,
               arg));
    return broken(cx, &SQL_CHECK_TREATS, "a task is kept under the client's clinician", report,
                  arg);
}
