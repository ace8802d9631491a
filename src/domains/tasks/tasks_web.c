/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks_web.c - routes, pages and JSON of tasks. */
#include "tasks_private.h"
#include "tasks_sql.h"
#include "tasks_view.h"

#include <string.h>

enum { OPEN_MAX = 200, DONE_MAX = 30, DONE_DAYS = 14, CLIENT_MAX = 200, CHOICES_MAX = 500 };

/* --- shapes ------------------------------------------------------------------------ */

static const struct member row_members[] = {
    SHAPE_ID(struct task_line, id),
    SHAPE_INT(struct task_line, version),
    SHAPE_KEY(struct task_line, kind, task_kind_choices, N_ELEMS(task_kind_choices)),
    SHAPE_ID(struct task_line, client),
    SHAPE_STR(struct task_line, client_name),
    SHAPE_STR(struct task_line, title),
    SHAPE_DATE(struct task_line, due_days),
    SHAPE_KEY(struct task_line, state, task_state_choices, N_ELEMS(task_state_choices)),
    SHAPE_STR(struct task_line, why),
    SHAPE_INSTANT(struct task_line, done),
};
static const struct shape row_shape = SHAPE("TaskRow", row_members);
static const struct member list_members[] = {
    SHAPE_INT(struct tasks_view, n_overdue),
    SHAPE_LIST(struct tasks_view, tasks, &row_shape),
    SHAPE_LIST(struct tasks_view, done, &row_shape),
};
static const struct shape list_shape = SHAPE("TaskList", list_members);
static const struct member client_members[] = {
    SHAPE_LIST(struct client_tasks_view, tasks, &row_shape),
    SHAPE_LIST(struct client_tasks_view, done, &row_shape),
};
static const struct shape client_shape = SHAPE("ClientTasks", client_members);
static const struct member task_members[] = {
    SHAPE_ID(struct task_view, id),
    SHAPE_INT(struct task_view, version),
    SHAPE_STR(struct task_view, client_name),
    SHAPE_RECORD(struct task_view, task, &task_type),
};
static const struct shape task_shape = SHAPE("TaskPage", task_members);

/* --- rows -------------------------------------------------------------------------- */

static const char *due_text(struct cx *cx, const struct task *t)
{
    int32_t today = cx_today(cx);
    if (t->state != TASK_OPEN)
        return cx_date(cx, t->done_ms, DATE_TINY);
    if (t->due_days == DATE_NONE)
        return trc(cx, N_("No date"));
    if (t->due_days < today)
        return trnf(cx, "%d day late", "%d days late", today - t->due_days);
    if (t->due_days == today)
        return trc(cx, N_("Today"));
    return locale_date(cx->arena, cx->locale, t->due_days,
                       t->due_days < today + 300 ? DATE_TINY : DATE_MEDIUM);
}

static struct task_line row_of(struct req *rq, const struct task *t)
{
    struct cx *cx = rq->cx;
    bool is_open = t->state == TASK_OPEN;
    return (struct task_line){
        .id = t->id,
        .client = t->client,
        .version = t->version,
        .kind = t->kind,
        .state = t->state,
        .due_days = t->due_days,
        .done_ms = t->done_ms,
        .title = t->title,
        .why = t->why,
        .client_name = t->client_name,
        .csrf = rq->csrf,
        .next = rq->path,
        .due_text = due_text(cx, t),
        .state_text = record_show(cx, &task_type, t, "state"),
        .is_open = is_open,
        .is_late = is_open && t->due_days != DATE_NONE && t->due_days < cx_today(cx),
        .is_homework = t->kind == TASK_HOMEWORK,
        .is_done = t->state == TASK_DONE,
        .is_partly = t->state == TASK_PARTLY,
        .is_not = t->state == TASK_NOT,
    };
}

static struct task_line *rows_of(struct req *rq, const struct task *list, int n)
{
    struct task_line *rows = arena_array(rq->cx->arena, struct task_line, n + 1);
    for (int i = 0; i < n; i++)
        rows[i] = row_of(rq, &list[i]);
    return rows;
}

/* --- the form ------------------------------------------------------------------------ */

/* In: client  fixed by the page; unset: the form lets choose, t->client marked. */
static enum rc fill_add(struct req *rq, const struct task *t, const struct form *typed,
                        struct id client, struct task_add *ret)
{
    struct cx *cx = rq->cx;
    struct client_name *name;
    *ret = (struct task_add){.csrf = rq->csrf,
                             .next = typed != NULL ? path_next(&rq->form, "/tasks") : rq->path,
                             .client = client};
    ret->form = (struct record_form){.cx = cx, .t = &task_type, .rec = t, .typed = typed};
    if (id_is_set(client) || rq->wants_json || !cx_may(cx, PERM_CLINICAL_READ))
        return RC_OK;
    TRY(client_choices(cx, CHOICES_MAX, &name, &ret->n_clients));
    ret->clients = arena_array(cx->arena, struct task_client, ret->n_clients + 1);
    for (int i = 0; i < ret->n_clients; i++)
        ret->clients[i] = (struct task_client){
            .id = name[i].id, .name = name[i].name, .is_chosen = id_eq(name[i].id, t->client)};
    return RC_OK;
}

static struct task *blank(struct cx *cx)
{
    struct task *t = arena_new(cx->arena, struct task);
    record_init(&task_type, t);
    return t;
}

/* --- lists --------------------------------------------------------------------------- */

/* Cuts the open tasks, which are sorted by date, where a new stretch of time begins. */
static void group(struct cx *cx, struct tasks_view *v)
{
    static const char *const heading[] = {N_("Overdue"), N_("Today"), N_("This week"), N_("Later"),
                                          N_("Without a date")};
    int32_t today = cx_today(cx), next_week = days_week_start(today) + 7;
    int last = -1;
    v->groups = arena_array(cx->arena, struct task_group, N_ELEMS(heading));
    for (int i = 0; i < v->n_tasks; i++) {
        int32_t due = v->tasks[i].due_days;
        int at = due == DATE_NONE  ? 4
                 : due < today     ? 0
                 : due == today    ? 1
                 : due < next_week ? 2
                                   : 3;
        if (at != last)
            v->groups[v->n_groups++] =
                (struct task_group){.heading = trc(cx, heading[at]), .rows = &v->tasks[i]};
        v->groups[v->n_groups - 1].n_rows++;
        last = at;
    }
}

static const char *summary(struct cx *cx, int64_t n, int64_t n_overdue)
{
    const char *open = trnf(cx, "%d open", "%d open", n);
    if (n_overdue == 0)
        return open;
    return arena_printf(cx->arena, "%s, %s", open, trnf(cx, "%d overdue", "%d overdue", n_overdue));
}

static enum rc show_list(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct task *open, *done;
    struct tasks_view v = {0};
    int64_t n_open = 0;
    TRY(task_list_open(cx, OPEN_MAX, &open, &v.n_tasks));
    TRY(task_list_done(cx, cx->now_ms - DONE_DAYS * MS_PER_DAY, DONE_MAX, &done, &v.n_done));
    TRY(task_count_open(cx, &n_open, &v.n_overdue));
    v.tasks = rows_of(rq, open, v.n_tasks);
    v.done = rows_of(rq, done, v.n_done);
    v.summary = summary(cx, n_open, v.n_overdue);
    group(cx, &v);
    TRY(fill_add(rq, blank(cx), NULL, (struct id){{0}}, &v.add));
    rq->n_disclosed = v.n_tasks + v.n_done;
    page_init(rq, &v.page, N_("Tasks"), NAV_TASKS);
    return reply_page(rq, RC_OK, &list_shape, &v, PAGE(tasks_list_html));
}

static enum rc show_client(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct task *list, *t = blank(cx);
    struct client_tasks_view v = {0};
    int n;
    TRY(task_list_client(cx, rq->id[0], 0, CLIENT_MAX, &list, &n));
    TRY(client_header_load(cx, rq->id[0], TAB_TASKS, &v.header));
    struct task_line *rows = rows_of(rq, list, n);
    v.tasks = arena_array(cx->arena, struct task_line, n + 1);
    v.done = arena_array(cx->arena, struct task_line, n + 1);
    for (int i = 0; i < n; i++) {
        rows[i].client_name = "";
        if (rows[i].is_open)
            v.tasks[v.n_tasks++] = rows[i];
        else
            v.done[v.n_done++] = rows[i];
    }
    t->kind = TASK_HOMEWORK;
    TRY(fill_add(rq, t, NULL, rq->id[0], &v.add));
    rq->n_disclosed = n;
    page_init(rq, &v.page, N_("Tasks of a client"), NAV_CLIENTS);
    return reply_page(rq, RC_OK, &client_shape, &v, PAGE(tasks_client_html));
}

/* --- one ------------------------------------------------------------------------------- */

/* Where what is stored says something else than what was sent. */
static void compare(struct cx *cx, const struct task *stored, const struct task *mine,
                    struct task_view *v)
{
    v->differences = arena_array(cx->arena, struct task_difference, task_type.n_fields);
    for (int i = 0; i < task_type.n_fields; i++) {
        const struct field *f = &task_type.fields[i];
        const char *is = record_show(cx, &task_type, stored, f->key);
        if (f->kind != FIELD_ID && strcmp(is, record_show(cx, &task_type, mine, f->key)) != 0)
            v->differences[v->n_differences++] =
                (struct task_difference){.label = trc(cx, f->label), .stored = is};
    }
    v->is_conflict = true;
}

/* The form; with what was typed and why it was refused when it comes back. */
static enum rc reply_form(struct req *rq, enum rc rc, const struct task *t, const struct task *mine,
                          const struct form *typed)
{
    struct task_view v = {.id = t->id, .version = t->version, .task = *t, .back = "/tasks"};
    struct id none = {{0}};
    TRY(fill_add(rq, &v.task, typed, id_is_set(t->id) ? t->client : none, &v.add));
    if (!id_is_set(t->id))
        v.add.next = path_next(&rq->form, "/tasks");
    v.action = id_is_set(t->id) ? path_of(rq, "/tasks/%s", t->id.s) : "/tasks";
    v.client_name = t->client_name;
    rq->client = t->client;
    v.back = path_next(&rq->form, "/tasks");
    if (rc == RC_CONFLICT)
        compare(rq->cx, t, mine, &v);
    page_init(rq, &v.page, N_("Task"), NAV_TASKS);
    v.page.errors = rc == RC_INVALID ? &v.add.form : NULL;
    return reply_page(rq, rc, &task_shape, &v, PAGE(tasks_edit_html));
}

static enum rc show_new(struct req *rq)
{
    struct task *t = blank(rq->cx);
    const char *client = form_get(&rq->query, "client");
    if (client != NULL && id_parse(client, &t->client)) {
        const struct cap *cap;
        TRY(authorize(rq->cx, ACT_WRITE_NOTES, t->client, PURPOSE_CARE, &cap));
        t->kind = TASK_HOMEWORK;
    }
    return reply_form(rq, RC_OK, t, t, NULL);
}

static enum rc show(struct req *rq)
{
    struct task t;
    TRY(task_load(rq->cx, rq->id[0], &t));
    rq->n_disclosed = 1;
    return reply_form(rq, RC_OK, &t, &t, NULL);
}

/* --- writing ----------------------------------------------------------------------------- */

static enum rc create(struct req *rq)
{
    struct task *t = blank(rq->cx);
    enum rc rc = record_parse(rq->cx, &task_type, &rq->form, NULL, t);
    if (rc == RC_OK)
        rc = task_save(rq->cx, t);
    if (rc == RC_INVALID)
        return reply_form(rq, rc, t, t, &rq->form);
    TRY(rc);
    return reply_done(rq, path_next(&rq->form, "/tasks"), t->id, t->version, true,
                      N_("The task is noted."));
}

static enum rc save(struct req *rq)
{
    struct task stored, t;
    TRY(task_load(rq->cx, rq->id[0], &stored));
    t = stored;
    t.version = form_version(&rq->form);
    enum rc rc = record_parse(rq->cx, &task_type, &rq->form, NULL, &t);
    if (rc == RC_OK)
        rc = task_save(rq->cx, &t);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_form(rq, rc, &stored, &t, &rq->form);
    TRY(rc);
    return reply_done(rq, path_next(&rq->form, "/tasks"), t.id, t.version, false, N_("Saved."));
}

/* How it went; "open" takes an answer back. */
static const struct field answer_fields[] = {
    CHOICE(struct task, state, task_state_choices, N_("State"), .flags = REQUIRED),
    TEXT(struct task, why, N_("A word why"), .max = 300),
};
static const struct record_type answer_type = {.table = "task",
                                               .name = "TaskAnswer",
                                               .fields = answer_fields,
                                               .n_fields = N_ELEMS(answer_fields)};

static enum rc set_state(struct req *rq)
{
    static const char *const said[] = {N_("The task is open again."), N_("Done."),
                                       N_("Noted: done in part."), N_("Noted: not done.")};
    struct task stored, t;
    TRY(task_load(rq->cx, rq->id[0], &stored));
    t = stored;
    t.version = form_version(&rq->form);
    t.state = (enum task_state) - 1; /* to be said */
    enum rc rc = record_parse(rq->cx, &answer_type, &rq->form, NULL, &t);
    if (rc == RC_OK)
        rc = task_save(rq->cx, &t);
    if (rc == RC_CONFLICT)
        return reply_form(rq, rc, &stored, &t, &rq->form);
    if (rc == RC_INVALID)
        return reply_form(rq, rc, &stored, &stored, NULL);
    TRY(rc);
    if (t.state != TASK_OPEN)
        reply_offer_undo(rq, path_of(rq, "/tasks/%s/state", t.id.s),
                         path_of(rq, "version=%lld&state=open", (long long)t.version));
    return reply_done(rq, path_next(&rq->form, "/tasks"), t.id, t.version, false, said[t.state]);
}

/* --- the table ----------------------------------------------------------------------------- */

static const struct route routes[] = {
    {GET, "/tasks", PERM_TASK_READ, NO_BODY, show_list, N_("What the signed-in person has to do"),
     .discloses = "tasks", .answer = &list_shape},
    {GET, "/tasks/new", PERM_TASK_WRITE, NO_BODY, show_new, N_("Form for a new task"),
     .discloses = "clients", .answer = &task_shape},
    {GET, "/tasks/{id}", PERM_TASK_READ, NO_BODY, show, N_("One task"), .discloses = "task",
     .answer = &task_shape},
    {GET, "/clients/{id}/tasks", PERM_CLINICAL_READ, NO_BODY, show_client,
     N_("Follow-ups and homework of a client"), .discloses = "client_tasks",
     .answer = &client_shape},
    {POST, "/tasks", PERM_TASK_WRITE, 16 * KiB, create, N_("Note a task"), .takes = &task_type},
    {POST, "/tasks/{id}", PERM_TASK_WRITE, 16 * KiB, save, N_("Change a task"),
     .takes = &task_type},
    {POST, "/tasks/{id}/state", PERM_TASK_WRITE, 4 * KiB, set_state,
     N_("Say how a task went: done, partly, not, or open again"), .takes = &answer_type},
};

static const struct sealed_table sealed_task = {
    .name = "task", .class = SEAL_IDENTITY, .others = &SQL_TASK_OTHER_KEY, .put = &SQL_TASK_RESEAL};
static const struct sealed_table sealed_taken_in = {
    .name = "task", .class = SEAL_CLINICAL, .others = &SQL_TASK_TAKEN_IN, .put = &SQL_TASK_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_task, &sealed_taken_in, NULL};

const struct domain domain_tasks = {
    .name = "tasks",
    ROUTES(routes),
    .on_event = task_event,
    .statements = TASKS_STATEMENTS,
    .n_statements = (int)N_ELEMS(TASKS_STATEMENTS),
    .sealed = sealed,
    .check = tasks_check,
};
