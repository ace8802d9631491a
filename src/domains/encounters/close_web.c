/* SPDX-License-Identifier: AGPL-3.0-or-later
 * close_web.c - the Close page: one form, one button, resumable. */
#include "encounters_pages.h"

#include <string.h>

enum { N_TASK_ROWS = 3, N_SUGGESTIONS = 2 };

static const struct member option_members[] = {SHAPE_STR(struct close_option, value),
                                               SHAPE_STR(struct close_option, label),
                                               SHAPE_BOOL(struct close_option, is_chosen)};
static const struct shape option_shape = SHAPE("CloseOption", option_members);
static const struct member members[] = {SHAPE_ID(struct close_view, appointment_id),
                                        SHAPE_ID(struct close_view, client_id),
                                        SHAPE_INT(struct close_view, version),
                                        SHAPE_STR(struct close_view, name),
                                        SHAPE_STR(struct close_view, actual_start),
                                        SHAPE_STR(struct close_view, actual_end),
                                        SHAPE_LIST(struct close_view, attendance, &option_shape),
                                        SHAPE_LIST(struct close_view, next, &option_shape),
                                        SHAPE_LIST(struct close_view, paid, &option_shape),
                                        SHAPE_STR(struct close_view, service),
                                        SHAPE_STR(struct close_view, fee),
                                        SHAPE_BOOL(struct close_view, is_signed),
                                        SHAPE_STR(struct close_view, last_plan)};
const struct shape close_shape = SHAPE("Close", members);

static const struct choice drawn[] = {{"actual_start", N_("Started")},
                                      {"actual_end", N_("Ended")},
                                      {"next_other", N_("Next appointment")},
                                      {"fee", N_("Fee")},
                                      {"paid", N_("Paid")}};

/* As an input has it. */
static const char *hhmm(struct cx *cx, int64_t ms)
{
    return minutes_format(cx->arena, zone_local(cx->zone, ms).minute);
}

/* What the form says where it says something, else the default. */
static const char *typed(const struct form *f, const char *key, const char *otherwise)
{
    const char *s = f != NULL ? form_get(f, key) : NULL;
    return s != NULL ? s : otherwise;
}

static void attendance_options(struct cx *cx, const struct appointment *a, const struct form *f,
                               struct close_view *v)
{
    static const enum appointment_state states[] = {APPT_HELD, APPT_NO_SHOW, APPT_LATE_CANCEL};
    enum appointment_state now = a->closed_ms != 0 ? a->state : APPT_HELD;
    const char *chosen = typed(f, "attendance", appointment_state_choices[now].key);
    v->n_attendance = N_ELEMS(states);
    v->attendance = arena_array(cx->arena, struct close_option, v->n_attendance);
    for (int i = 0; i < v->n_attendance; i++) {
        const struct choice *c = &appointment_state_choices[states[i]];
        v->attendance[i] =
            (struct close_option){c->key, trc(cx, c->label), strcmp(c->key, chosen) == 0, NULL};
    }
}

/* The same slot of the coming weeks, when free; the first is chosen unless a next one stands
 * already. */
static enum rc next_options(struct cx *cx, const struct appointment *a, const struct attendance *t,
                            const struct form *f, struct close_view *v)
{
    int64_t start_ms[N_SUGGESTIONS];
    int n = 0;
    bool has_next = t->next_start_ms != 0;
    v->next = arena_array(cx->arena, struct close_option, N_SUGGESTIONS + 1);
    if (!has_next)
        TRY(appointment_suggest(cx, a, N_SUGGESTIONS, start_ms, &n));
    const char *chosen =
        typed(f, "next", n > 0 ? zone_format_iso(cx->arena, cx->zone, start_ms[0]) : "");
    for (int i = 0; i < n; i++) {
        const char *iso = zone_format_iso(cx->arena, cx->zone, start_ms[i]);
        const char *label = cx_moment(cx, start_ms[i], DATE_TINY);
        v->next[v->n_next++] = (struct close_option){iso, label, strcmp(iso, chosen) == 0, NULL};
    }
    const char *none =
        has_next ? trf(cx, N_("Already booked: %s"), cx_date(cx, t->next_start_ms, DATE_TINY))
                 : trc(cx, N_("None"));
    v->next[v->n_next++] = (struct close_option){"", none, chosen[0] == '\0', NULL};
    v->next_other = typed(f, "next_other", "");
    v->next_error = cx_err(cx, "next_other");
    return RC_OK;
}

static void paid_options(struct cx *cx, const struct form *f, struct close_view *v)
{
    const char *chosen = typed(f, "paid", "");
    v->paid = arena_array(cx->arena, struct close_option, PAY_N_ + 1);
    v->paid[v->n_paid++] =
        (struct close_option){"", trc(cx, N_("Not yet")), chosen[0] == '\0', NULL};
    for (int i = 0; i < PAY_N_; i++)
        v->paid[v->n_paid++] = (struct close_option){
            payment_method_choices[i].key, trc(cx, payment_method_choices[i].label),
            strcmp(payment_method_choices[i].key, chosen) == 0, NULL};
}

static void task_rows(struct cx *cx, const struct form *f, struct close_view *v)
{
    v->tasks = arena_array(cx->arena, struct task_row, N_TASK_ROWS);
    v->n_tasks = 1;
    v->more = v->tasks + 1;
    v->n_more = N_TASK_ROWS - 1;
    for (int i = 0; i < N_TASK_ROWS; i++) {
        const char *prefix = arena_printf(cx->arena, "tasks.%d.", i);
        const char *kind = typed(f, arena_printf(cx->arena, "%skind", prefix),
                                 i == 0   ? "homework"
                                 : i == 1 ? "follow_up"
                                          : "homework");
        v->tasks[i] =
            (struct task_row){.prefix = prefix,
                              .is_homework = strcmp(kind, "homework") == 0,
                              .is_mine = strcmp(kind, "homework") != 0,
                              .title = typed(f, arena_printf(cx->arena, "%stitle", prefix), ""),
                              .due = typed(f, arena_printf(cx->arena, "%sdue_days", prefix), ""),
                              .error = cx_err(cx, arena_printf(cx->arena, "%stitle", prefix))};
        v->has_more |= i > 0 && (is_filled(v->tasks[i].title) || is_filled(v->tasks[i].error));
    }
}

static enum rc charge_state(struct cx *cx, const struct appointment *a, const struct form *f,
                            struct close_view *v)
{
    struct service s;
    TRY(service_load(cx, a->service, &s));
    v->service = s.name;
    v->fee = typed(f, "fee", locale_amount(cx->arena, cx->locale, s.fee_cents));
    v->fee_error = cx_err(cx, "fee");
    return RC_OK;
}

static enum rc context(struct cx *cx, const struct prepare *p, struct close_view *v)
{
    const char *plan = p->has_note ? note_plan(&p->last) : "";
    v->last_plan = plan[0] != '\0' ? plan : NULL;
    v->last_text = p->has_note ? last_text(cx, &p->last) : "";
    v->last_day = p->has_note ? cx_date(cx, p->last.about_ms, DATE_DAY) : "";
    v->open_tasks = arena_array(cx->arena, struct prep_line, p->n_tasks + 1);
    for (int i = 0; i < p->n_tasks; i++)
        if (p->tasks[i].state == TASK_OPEN)
            v->open_tasks[v->n_open_tasks++] =
                (struct prep_line){.text = p->tasks[i].title,
                                   .why = trc(cx, task_kind_choices[p->tasks[i].kind].label),
                                   .href = arena_printf(cx->arena, "/tasks/%s", p->tasks[i].id.s)};
    return RC_OK;
}

static enum rc close_again(struct req *rq, enum rc rc, const struct form *f,
                           const struct note *draft)
{
    struct cx *cx = rq->cx;
    struct prepare *p = arena_new(cx->arena, struct prepare);
    struct close_view *v = arena_new(cx->arena, struct close_view);
    TRY(prepare_load(cx, rq->id[0], p));
    const struct appointment *a = &p->appointment;
    v->appointment_id = a->id;
    v->client_id = p->client.id;
    v->version = a->version;
    v->name = client_display_name(cx, &p->client);
    v->when = arena_printf(cx->arena, "%s, %s · %s", cx_date(cx, a->start_ms, DATE_DAY),
                           span_text(cx, a->start_ms, a->end_ms), p->row.service);
    v->action = path_of(rq, "/appointments/%s/close", a->id.s);
    v->draft_action = path_of(rq, "/appointments/%s/draft", a->id.s);
    v->later = "/";
    v->file_path = path_of(rq, "/clients/%s", p->client.id.s);
    v->actual_start = typed(f, "actual_start",
                            hhmm(cx, a->actual_start_ms != 0 ? a->actual_start_ms : a->start_ms));
    v->actual_end =
        typed(f, "actual_end", hhmm(cx, a->actual_end_ms != 0 ? a->actual_end_ms : a->end_ms));
    v->is_signed = draft->state == NOTE_SIGNED;
    v->sections = (struct note_section *)(uintptr_t)draft->section;
    v->n_sections = draft->n_sections;
    TRY(note_editor_load(cx, draft, &v->editor));
    attendance_options(cx, a, f, v);
    TRY(next_options(cx, a, &p->attendance, f, v));
    paid_options(cx, f, v);
    task_rows(cx, f, v);
    TRY(charge_state(cx, a, f, v));
    TRY(context(cx, p, v));
    rq->n_disclosed = 1;
    rq->disclosed = rq->client = v->client_id;
    page_init(rq, &v->page, N_("Close"), NAV_TODAY);
    if (rc != RC_OK) {
        v->errors = (struct record_form){
            .cx = cx, .t = &task_type, .drawn = drawn, .n_drawn = N_ELEMS(drawn)};
        v->page.errors = &v->errors;
    }
    return reply_page(rq, rc, &close_shape, v, PAGE(encounters_close_html));
}

enum rc close_show(struct req *rq)
{
    struct note *n = arena_new(rq->cx->arena, struct note);
    TRY(note_draft_for(rq->cx, rq->id[0], n));
    return close_again(rq, RC_OK, NULL, n);
}

/* --- keeping the draft while somebody writes ----------------------------------------------- */

/* Both versions, for the browser to show side by side. */
static enum rc draft_conflict(struct req *rq)
{
    struct note *stored = arena_new(rq->cx->arena, struct note);
    TRY(note_draft_for(rq->cx, rq->id[0], stored));
    struct json *j = reply_json(rq, RC_CONFLICT);
    json_key(j, "current");
    json_open(j, '{');
    json_key(j, "version");
    json_i64(j, stored->version);
    json_key(j, "note");
    json_open(j, '{');
    for (int i = 0; i < stored->n_sections; i++) {
        json_key(j, stored->section[i].key);
        json_str(j, stored->section[i].text);
    }
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, '}');
    return reply_json_end(rq);
}

static bool has_words(const struct note *n)
{
    for (int i = 0; i < n->n_sections; i++)
        if (n->section[i].text[0] != '\0')
            return true;
    return false;
}

/* Autosave of the Close form: of all its fields only the note's words are stored, so that leaving
 * and coming back costs nothing; the rest is decided by the button. */
enum rc close_draft(struct req *rq)
{
    struct note *n = arena_new(rq->cx->arena, struct note);
    TRY(note_draft_for(rq->cx, rq->id[0], n));
    if (n->state == NOTE_SIGNED)
        return refuse(rq->cx, RC_CONFLICT, "version", N_("This note is already signed."));
    n->version = form_version(&rq->form);
    TRY(note_parse(rq->cx, &rq->form, n));
    if (has_words(n) || id_is_set(n->id)) {
        enum rc rc = note_save_draft(rq->cx, n);
        if (rc == RC_CONFLICT)
            return draft_conflict(rq);
        TRY(rc);
    }
    return reply_done(rq, path_of(rq, "/appointments/%s/close", rq->id[0].s), n->id, n->version,
                      false, NULL);
}

/* What was charged, one step away. */
static void offer_money(struct req *rq, const struct appointment *a, const struct close_request *r,
                        struct id invoice)
{
    if (!cx_may(rq->cx, PERM_MONEY_READ) || !r->charges || r->fee_cents == 0)
        return;
    if (id_is_set(invoice))
        reply_offer_page(rq, path_of(rq, "/invoices/%s", invoice.s), N_("See the invoice"));
    else
        reply_offer_page(rq, path_of(rq, "/clients/%s/money", a->client[0].s),
                         N_("See the charge"));
}

enum rc close_do(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct appointment a;
    struct id invoice;
    struct close_request *r = arena_new(cx->arena, struct close_request);
    r->appointment = rq->id[0];
    TRY(appointment_load(cx, rq->id[0], &a));
    TRY(note_draft_for(cx, rq->id[0], &r->note));
    r->version = form_number(&rq->form, "appointment_version");
    if (form_has(&rq->form, "version") && r->note.state == NOTE_DRAFT)
        r->note.version = form_version(&rq->form);
    if (note_wants_template(
            &rq->form)) { /* the words are kept, the sections change, nothing is closed */
        TRY(note_parse(cx, &rq->form, &r->note));
        return close_again(rq, RC_OK, &rq->form, &r->note);
    }
    enum rc rc = close_parse(cx, &rq->form, &a, r);
    struct note *sent = arena_new(cx->arena, struct note);
    *sent = r->note; /* a refusal takes the saving back, and with it the note's new version */
    if (rc == RC_OK)
        rc = encounter_close(cx, r, &invoice);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return close_again(rq, rc, &rq->form, sent);
    TRY(rc);
    offer_money(rq, &a, r, invoice);
    return reply_done(rq, "/", a.id, 0, false,
                      r->sign ? N_("Signed and closed.")
                              : N_("Closed. The note waits for your signature."));
}
