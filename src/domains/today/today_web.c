/* SPDX-License-Identifier: AGPL-3.0-or-later
 * today_web.c - the home page. */
#include "today_view.h"

enum { GAP_MIN = 20 };

static const struct member row_members[] = {
    SHAPE_ID(struct day_row, id),
    SHAPE_ID(struct day_row, client_id),
    SHAPE_INT(struct day_row, version),
    SHAPE_INSTANT(struct day_row, start),
    SHAPE_INSTANT(struct day_row, end),
    SHAPE_STR(struct day_row, title),
    SHAPE_STR(struct day_row, where),
    SHAPE_KEY(struct day_row, state_key, appointment_state_choices, APPT_N_)};
static const struct shape row_shape = SHAPE("DayRow", row_members);
static const struct member owed_members[] = {
    SHAPE_STR(struct owed_row, what), SHAPE_STR(struct owed_row, who),
    SHAPE_STR(struct owed_row, why), SHAPE_STR(struct owed_row, path)};
static const struct shape owed_shape = SHAPE("Owed", owed_members);
static const struct member members[] = {
    SHAPE_STR(struct today_view, heading), SHAPE_ID(struct today_view, next_id),
    SHAPE_INSTANT(struct today_view, next_start), SHAPE_LIST(struct today_view, rows, &row_shape),
    SHAPE_LIST(struct today_view, owed, &owed_shape)};
static const struct shape today_shape = SHAPE("Today", members);

/* With whom: only for those who see the day of others. */
static const char *where(struct cx *cx, const struct appointment_row *r)
{
    const char *place = r->room[0] != '\0' ? r->room : trc(cx, modality_choices[r->modality].label);
    if (id_eq(r->clinician_id, cx->actor.user))
        return arena_printf(cx->arena, "%s · %s", r->service, place);
    return arena_printf(cx->arena, "%s · %s · %s", r->service, place, r->clinician);
}

static const char *chip(enum appointment_state s)
{
    return s == APPT_ARRIVED || s == APPT_HELD          ? "chip ok"
           : s == APPT_NO_SHOW || s == APPT_LATE_CANCEL ? "chip need"
                                                        : "chip";
}

/* What waits about a session that is over. */
static void action(struct cx *cx, const struct today *t, int i, struct day_row *r)
{
    const struct appointment_row *a = &t->rows[i];
    r->action = "";
    if (!cx_may(cx, PERM_CLINICAL_WRITE) || a->end_ms > cx->now_ms ||
        !id_eq(a->clinician_id, cx->actor.user))
        return;
    if (a->closed_ms == 0 && appointment_holds_slot(a->state)) {
        r->action = trc(cx, N_("Close session"));
        r->action_path = arena_printf(cx->arena, "/appointments/%s/close", a->id.s);
    } else if (t->note_state != NULL && t->note_state[i] == NOTE_DRAFT) {
        r->action = trc(cx, N_("Sign note"));
        r->action_path = arena_printf(cx->arena, "/appointments/%s/close", a->id.s);
    }
}

static bool is_expected(const struct cx *cx, const struct appointment_row *a)
{
    return cx_may(cx, PERM_AGENDA_WRITE) && (a->state == APPT_BOOKED || a->state == APPT_CONFIRMED);
}

/* Who receives people sees many days at once; a clinician's own next one has its button above. */
static const char *arrived_path(struct cx *cx, const struct appointment_row *a)
{
    if (cx_may(cx, PERM_CLINICAL_READ) || !is_expected(cx, a))
        return NULL;
    return arena_printf(cx->arena, "/appointments/%s/state", a->id.s);
}

static void rows(struct cx *cx, const struct today *t, struct today_view *v)
{
    int64_t free_from = 0;
    v->n_rows = t->n_rows;
    v->rows = arena_array(cx->arena, struct day_row, t->n_rows + 1);
    for (int i = 0; i < t->n_rows; i++) {
        const struct appointment_row *a = &t->rows[i];
        bool off = !appointment_holds_slot(a->state);
        struct day_row r = {.id = a->id,
                            .client_id = a->client_id,
                            .version = a->version,
                            .start_ms = a->start_ms,
                            .end_ms = a->end_ms,
                            .title = a->title,
                            .where = where(cx, a),
                            .time = cx_span(cx, a->start_ms, a->end_ms),
                            .state_key = a->state,
                            .state = trc(cx, appointment_state_choices[a->state].label),
                            .chip_class = chip(a->state),
                            .path = arena_printf(cx->arena, "/appointments/%s", a->id.s),
                            .arrived_path = arrived_path(cx, a)};
        r.row_class = off                       ? "row off"
                      : i == t->next            ? "row is-now"
                      : a->end_ms <= cx->now_ms ? "row past"
                                                : "row";
        if (i == t->next && !t->is_now && a->state != APPT_ARRIVED) {
            r.state = trc(cx, N_("next"));
            r.chip_class = "chip acc";
        }
        action(cx, t, i, &r);
        bool own = cx_may(cx, PERM_CLINICAL_READ);
        if (own && !off && free_from > 0 && a->start_ms - free_from >= GAP_MIN * MS_PER_MIN)
            r.gap = trnf(cx, "%d minute free", "%d minutes free",
                         (a->start_ms - free_from) / MS_PER_MIN);
        if (!off && a->end_ms > free_from)
            free_from = a->end_ms;
        v->rows[i] = r;
    }
}

static void add(struct today_view *v, const char *label, const char *text)
{
    if (is_filled(text))
        v->lines[v->n_lines++] = (struct now_line){label, text};
}

static const char *homework(struct cx *cx, const struct prepare *p)
{
    struct buf b;
    buf_init(&b, cx->arena, 2000);
    for (int i = 0; i < p->n_tasks; i++)
        if (p->tasks[i].kind == TASK_HOMEWORK)
            buf_printf(&b, "%s%s (%s)", b.len > 0 ? "; " : "", p->tasks[i].title,
                       trc(cx, task_state_choices[p->tasks[i].state].label));
    return b.s;
}

static void next(struct req *rq, const struct today *t, struct today_view *v)
{
    struct cx *cx = rq->cx;
    if (t->next < 0)
        return;
    const struct appointment_row *a = &t->rows[t->next];
    v->has_next = true;
    v->next_id = a->id;
    v->next_version = a->version;
    v->next_start_ms = a->start_ms;
    v->next_name = a->title;
    char *iso = arena_alloc(cx->arena, 32);
    ms_format_iso(a->start_ms, iso);
    v->next_iso = iso;
    v->next_when = arena_printf(cx->arena, "· %s", cx_span(cx, a->start_ms, a->end_ms));
    v->next_sub = where(cx, a);
    v->next_has_begun = t->is_now && cx_may(cx, PERM_CLINICAL_WRITE);
    v->may_arrive = is_expected(cx, a);
    v->may_prepare = t->has_prepare;
    v->prepare_path = path_of(rq, "/appointments/%s/prepare", a->id.s);
    v->next_close_path = path_of(rq, "/appointments/%s/close", a->id.s);
    v->arrived_path = path_of(rq, "/appointments/%s/state", a->id.s);
    v->file_path = id_is_set(a->client_id) ? path_of(rq, "/clients/%s", a->client_id.s)
                                           : path_of(rq, "/appointments/%s", a->id.s);
    if (!t->has_prepare)
        return;
    const struct prepare *p = &t->prepare;
    v->lines = arena_array(cx->arena, struct now_line, 4);
    v->next_sub =
        arena_printf(cx->arena, "%s · %s", trf(cx, N_("Session %d"), (int)p->attendance.n_held + 1),
                     where(cx, a));
    add(v, trc(cx, N_("The plan was")), p->has_note ? note_plan(&p->last) : "");
    add(v, trc(cx, N_("Homework")), homework(cx, p));
    add(v, trc(cx, N_("Note to self")), p->self_note);
    if (p->balance.overdue_cents > 0)
        add(v, trc(cx, N_("Money")),
            trf(cx, N_("%s overdue"),
                locale_money(cx->arena, cx->locale, p->balance.overdue_cents, cx->currency)));
}

static const char *summary(struct cx *cx, const struct today *t)
{
    int64_t n = 0, end = 0;
    for (int i = 0; i < t->n_rows; i++)
        if (appointment_holds_slot(t->rows[i].state)) {
            n++;
            end = t->rows[i].end_ms > end ? t->rows[i].end_ms : end;
        }
    if (n == 0)
        return trc(cx, N_("No sessions"));
    return trf(cx, N_("%s, done at %s"), trnf(cx, "%d session", "%d sessions", n),
               cx_time(cx, end));
}

/* Who answers for the data sees at a glance that they are safe. */
static enum rc proof(struct cx *cx, const char **ret)
{
    int64_t ms = 0;
    *ret = "";
    if (!cx_may(cx, PERM_KEYS) || cx->app->last_proof == NULL)
        return RC_OK;
    TRY(cx->app->last_proof(cx, &ms));
    int64_t hours = (cx->now_ms - ms) / (60 * MS_PER_MIN);
    if (ms == 0)
        *ret = cx->app->settings.is_demo ? "" : trc(cx, N_("There is no proven backup yet"));
    else
        *ret = hours < 1 ? trc(cx, N_("Last proven backup less than an hour ago"))
                         : trnf(cx, "Last proven backup %d hour ago",
                                "Last proven backup %d hours ago", hours);
    return RC_OK;
}

static enum rc show(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct today *t = arena_new(cx->arena, struct today);
    TRY(today_load(cx, t));
    struct today_view v = {.sees_agenda = cx_may(cx, PERM_AGENDA_READ), .n_owed = t->n_owed};
    v.heading = locale_date(cx->arena, cx->locale, cx_today(cx), DATE_DAY);
    v.layout = v.sees_agenda ? "two" : "stack";
    v.summary = v.sees_agenda ? summary(cx, t) : "";
    rows(cx, t, &v);
    next(rq, t, &v);
    v.owed = arena_array(cx->arena, struct owed_row, t->n_owed + 1);
    for (int i = 0; i < t->n_owed; i++)
        v.owed[i] = (struct owed_row){
            t->owed[i].what, or_empty(t->owed[i].who),
            t->owed[i].why,  t->owed[i].action,
            t->owed[i].path, t->owed[i].urgency == OWED_NEEDS_YOU ? "task need" : "task",
            t->owed[i].task, t->owed[i].version};
    TRY(proof(cx, &v.proof));
    rq->n_disclosed = t->n_rows + t->n_owed;
    page_init(rq, &v.page, N_("Today"), NAV_TODAY);
    return reply_page(rq, RC_OK, &today_shape, &v, PAGE(today_today_html));
}

static const struct route routes[] = {
    {GET, "/", PERM_SIGNED_IN, NO_BODY, show, N_("Today: now, next, and what is owed"),
     .discloses = "today", .answer = &today_shape},
    {GET, "/today", PERM_SIGNED_IN, NO_BODY, show, N_("The same under its name"),
     .discloses = "today", .answer = &today_shape},
};

const struct domain domain_today = {.name = "today", ROUTES(routes)};
