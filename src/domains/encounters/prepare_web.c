/* SPDX-License-Identifier: AGPL-3.0-or-later
 * prepare_web.c - the Prepare card as page and JSON. */
#include "encounters_pages.h"

static const struct member line_members[] = {SHAPE_STR(struct prep_line, text),
                                             SHAPE_STR(struct prep_line, why),
                                             SHAPE_STR(struct prep_line, chip)};
static const struct shape line_shape = SHAPE("PrepareLine", line_members);
static const struct member members[] = {SHAPE_ID(struct prepare_view, appointment_id),
                                        SHAPE_ID(struct prepare_view, client_id),
                                        SHAPE_INSTANT(struct prepare_view, start),
                                        SHAPE_INSTANT(struct prepare_view, end),
                                        SHAPE_STR(struct prepare_view, name),
                                        SHAPE_STR(struct prepare_view, pronouns),
                                        SHAPE_STR(struct prepare_view, session),
                                        SHAPE_STR(struct prepare_view, where),
                                        SHAPE_STR(struct prepare_view, last_day),
                                        SHAPE_STR(struct prepare_view, last_text),
                                        SHAPE_STR(struct prepare_view, plan),
                                        SHAPE_STR(struct prepare_view, self_note),
                                        SHAPE_INT(struct prepare_view, self_note_version),
                                        SHAPE_LIST(struct prepare_view, promised, &line_shape),
                                        SHAPE_LIST(struct prepare_view, homework, &line_shape),
                                        SHAPE_LIST(struct prepare_view, attendance, &line_shape),
                                        SHAPE_LIST(struct prepare_view, money, &line_shape)};
const struct shape prepare_shape = SHAPE("Prepare", members);

const char *span_text(struct cx *cx, int64_t start_ms, int64_t end_ms)
{
    return trf(cx, N_("%s to %s"), cx_time(cx, start_ms), cx_time(cx, end_ms));
}

static void add(struct cx *cx, struct prep_line **list, int *n, struct prep_line l)
{
    enum { MAX_LINES = 16 };
    if (*list == NULL)
        *list = arena_array(cx->arena, struct prep_line, MAX_LINES);
    if (*n < MAX_LINES)
        (*list)[(*n)++] = l;
}

static const char *chip_of(enum task_state s)
{
    return s == TASK_DONE ? "chip ok" : s == TASK_OPEN ? "chip" : "chip need";
}

static void tasks(struct cx *cx, const struct prepare *p, struct prepare_view *v)
{
    for (int i = 0; i < p->n_tasks; i++) {
        const struct task *t = &p->tasks[i];
        struct prep_line l = {.text = t->title,
                              .href = arena_printf(cx->arena, "/tasks/%s", t->id.s)};
        if (t->kind == TASK_FOLLOW_UP && t->state == TASK_OPEN) {
            l.why = t->due_days == DATE_NONE
                        ? trc(cx, N_("open"))
                        : locale_date(cx->arena, cx->locale, t->due_days, DATE_TINY);
            add(cx, &v->promised, &v->n_promised, l);
        } else if (t->kind == TASK_HOMEWORK) {
            l.why = is_filled(t->why) ? t->why : NULL;
            l.chip = trc(cx, task_state_choices[t->state].label);
            l.chip_class = chip_of(t->state);
            add(cx, &v->homework, &v->n_homework, l);
        }
    }
}

static void attendance(struct cx *cx, const struct prepare *p, struct prepare_view *v)
{
    const struct attendance *a = &p->attendance;
    add(cx, &v->attendance, &v->n_attendance,
        (struct prep_line){.text = trnf(cx, "%d session held", "%d sessions held", a->n_held),
                           .why = ""});
    if (a->n_last_missed > 0)
        add(cx, &v->attendance, &v->n_attendance,
            (struct prep_line){
                .text = trnf(cx, "%d missed or late", "%d missed or late", a->n_last_missed),
                .why = trf(cx, N_("of the last %d"), a->n_last)});
    if (a->n_last_moved > 0)
        add(cx, &v->attendance, &v->n_attendance,
            (struct prep_line){
                .text = trnf(cx, "%d cancelled in time", "%d cancelled in time", a->n_last_moved),
                .why = trf(cx, N_("of the last %d"), a->n_last)});
    if (a->next_start_ms > 0 && a->next_start_ms != p->appointment.start_ms)
        add(cx, &v->attendance, &v->n_attendance,
            (struct prep_line){.text = trc(cx, N_("Next appointment")),
                               .why = cx_date(cx, a->next_start_ms, DATE_TINY)});
}

static void money(struct cx *cx, const struct prepare *p, struct prepare_view *v)
{
    const struct balance *b = &p->balance;
    if (!p->sees_money) /* a co-therapist's */
        return;
    if (b->open_cents == 0 && b->uninvoiced_cents == 0) {
        add(cx, &v->money, &v->n_money,
            (struct prep_line){.text = trc(cx, N_("Paid up")), .why = ""});
        return;
    }
    if (b->uninvoiced_cents != 0)
        add(cx, &v->money, &v->n_money,
            (struct prep_line){
                .text = trc(cx, N_("Not yet invoiced")),
                .why = locale_money(cx->arena, cx->locale, b->uninvoiced_cents, cx->currency)});
    if (b->open_cents != 0)
        add(cx, &v->money, &v->n_money,
            (struct prep_line){
                .text =
                    b->overdue_cents > 0 ? trc(cx, N_("Unpaid, overdue")) : trc(cx, N_("Unpaid")),
                .why = locale_money(cx->arena, cx->locale, b->open_cents, cx->currency)});
}

const char *last_text(struct cx *cx, const struct note *n)
{
    struct buf b;
    buf_init(&b, cx->arena, 64 * 1024);
    const char *plan = note_plan(n);
    for (int i = 0; i < n->n_sections; i++)
        if (is_filled(n->section[i].text) && n->section[i].text != plan)
            buf_printf(&b, "%s%s", b.len > 0 ? "\n" : "", n->section[i].text);
    return b.s;
}

static void last(struct cx *cx, const struct prepare *p, struct prepare_view *v)
{
    v->has_note = p->has_note;
    if (!p->has_note)
        return;
    v->last_day = cx_date(cx, p->last.about_ms, DATE_DAY);
    v->last_text = last_text(cx, &p->last);
    v->last_path = arena_printf(cx->arena, "/notes/%s", p->last.id.s);
    v->last_state =
        p->last.state == NOTE_SIGNED ? trc(cx, N_("note signed")) : trc(cx, N_("draft"));
    const char *plan = note_plan(&p->last);
    v->plan = is_filled(plan) ? plan : NULL;
}

static const char *safe_contact(struct cx *cx, const struct client *c)
{
    if (!is_filled(c->contact_wording) && !is_filled(c->contact_hours) && c->contact_channels == 0)
        return NULL;
    struct buf b;
    buf_init(&b, cx->arena, 2000);
    buf_puts(&b, record_show(cx, &client_type, c, "contact_channels"));
    if (is_filled(c->contact_hours))
        buf_printf(&b, "%s%s", b.len > 0 ? " · " : "", c->contact_hours);
    if (is_filled(c->contact_wording))
        buf_printf(&b, "%s%s", b.len > 0 ? " · " : "", c->contact_wording);
    return b.s;
}

enum rc prepare_show(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct prepare *p = arena_new(cx->arena, struct prepare);
    TRY(prepare_load(cx, rq->id[0], p));
    struct prepare_view v = {.appointment_id = p->appointment.id,
                             .client_id = p->client.id,
                             .start_ms = p->appointment.start_ms,
                             .end_ms = p->appointment.end_ms,
                             .name = client_display_name(cx, &p->client),
                             .pronouns = is_filled(p->client.pronouns) ? p->client.pronouns : NULL,
                             .age = days_age(p->client.birth_date, cx_today(cx)),
                             .self_note = p->self_note,
                             .self_note_version = p->self_note_version,
                             .last_day = ""};
    v.initials = locale_initials(
        cx->arena, is_filled(p->client.name_used) ? p->client.name_used : p->client.given_name,
        p->client.family_name);
    v.has_age = v.age >= 0;
    v.when = arena_printf(cx->arena, "%s, %s", cx_date(cx, v.start_ms, DATE_TINY),
                          span_text(cx, v.start_ms, v.end_ms));
    v.where =
        is_filled(p->row.room) ? p->row.room : trc(cx, modality_choices[p->row.modality].label);
    v.session = trf(cx, N_("session %d · %s"), (int)p->attendance.n_held + 1, p->row.service);
    v.contact = safe_contact(cx, &p->client);
    last(cx, p, &v);
    tasks(cx, p, &v);
    attendance(cx, p, &v);
    money(cx, p, &v);
    v.file_path = path_of(rq, "/clients/%s", v.client_id.s);
    v.close_path = path_of(rq, "/appointments/%s/close", v.appointment_id.s);
    v.self_note_action = path_of(rq, "/clients/%s/self-note", v.client_id.s);
    rq->n_disclosed = 1;
    rq->disclosed = rq->client = v.client_id;
    page_init(rq, &v.page, N_("Prepare"), NAV_TODAY);
    return reply_page(rq, RC_OK, &prepare_shape, &v, PAGE(encounters_prepare_html));
}
