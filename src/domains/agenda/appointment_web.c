/* SPDX-License-Identifier: AGPL-3.0-or-later
 * appointment_web.c - one appointment: its facts, its state, its change. */
#include "inputs_web.h"

#include <string.h>

/* --- the page ------------------------------------------------------------------- */

static const struct member client_members[] = {
    SHAPE_ID(struct agenda_client, id),
    SHAPE_STR(struct agenda_client, name),
};
static const struct shape client_shape = SHAPE("AppointmentClient", client_members);
static const struct member appointment_members[] = {
    SHAPE_ID(struct appointment_view, id),
    SHAPE_INT(struct appointment_view, version),
    SHAPE_RECORD(struct appointment_view, appointment, &appointment_type),
    SHAPE_OBJECT(struct appointment_view, row, &appointment_row_shape),
    SHAPE_LIST(struct appointment_view, clients, &client_shape),
};
const struct shape appointment_shape = SHAPE("AppointmentPage", appointment_members);

static const char *label_of(struct cx *cx, enum appointment_state s)
{
    return trc(cx, appointment_state_choices[s].label);
}

static bool has_begun(const struct cx *cx, const struct appointment *a)
{
    return zone_local(cx->zone, a->start_ms).days <= cx_today(cx);
}

static void add_act(struct appointment_view *v, enum appointment_state s, const char *label)
{
    v->acts[v->n_acts++] = (struct agenda_act){appointment_state_choices[s].key, label};
}

/* What is usual next, as buttons; how else it can end, as a choice with a reason. */
static void fill_acts(struct cx *cx, struct appointment_view *v)
{
    static const enum appointment_state ends[] = {APPT_CANCELLED, APPT_LATE_CANCEL, APPT_NO_SHOW};
    const struct appointment *a = &v->appointment;
    v->acts = arena_array(cx->arena, struct agenda_act, APPT_N_);
    v->ends = arena_array(cx->arena, struct agenda_pick, APPT_N_);
    if (a->closed_ms != 0 || !v->row.may_open || !cx_may(cx, PERM_AGENDA_WRITE))
        return;
    if (a->state == APPT_BOOKED)
        add_act(v, APPT_CONFIRMED, trc(cx, N_("Confirm")));
    if (a->state == APPT_BOOKED || a->state == APPT_CONFIRMED)
        add_act(v, APPT_ARRIVED, trc(cx, N_("Has arrived")));
    else
        add_act(v, APPT_BOOKED, trc(cx, N_("Set back to booked")));
    for (size_t i = 0; i < N_ELEMS(ends) && appointment_is_open(a->state); i++)
        if (ends[i] != APPT_NO_SHOW || has_begun(cx, a))
            v->ends[v->n_ends++] = (struct agenda_pick){appointment_state_choices[ends[i]].key,
                                                        label_of(cx, ends[i]), i == 0};
}

static enum rc fill_clients(struct cx *cx, struct appointment_view *v)
{
    const struct appointment *a = &v->appointment;
    struct client_name *name;
    TRY(client_names(cx, a->client, a->n_clients, &name));
    v->clients = arena_array(cx->arena, struct agenda_client, a->n_clients + 1);
    for (int i = 0; i < a->n_clients; i++)
        if (name[i].is_visible)
            v->clients[v->n_clients++] = (struct agenda_client){name[i].id, name[i].name};
    return RC_OK;
}

/* Prepare and Close are for whoever treats, and Close only once there is something to close. */
static void fill_paths(struct req *rq, struct appointment_view *v)
{
    struct cx *cx = rq->cx;
    const struct appointment *a = &v->appointment;
    bool is_mine = cx_may(cx, PERM_CLINICAL_READ) && id_eq(a->clinician, cx->actor.user);
    char day[11];
    days_format_iso(zone_local(cx->zone, a->start_ms).days, day);
    v->path = path_of(rq, "/appointments/%s", a->id.s);
    v->back = path_of(rq, "/agenda?date=%s", day);
    v->prepare = is_mine && v->n_clients > 0 && a->closed_ms == 0 && appointment_is_open(a->state)
                     ? path_of(rq, "%s/prepare", v->path)
                     : "";
    v->close = is_mine && v->n_clients > 0 && has_begun(cx, a) && a->state != APPT_CANCELLED
                   ? path_of(rq, "%s/close", v->path)
                   : "";
}

static void fill_facts(struct cx *cx, struct appointment_view *v)
{
    const struct appointment *a = &v->appointment;
    v->when = appointment_when(cx, a->start_ms, a->end_ms, DATE_FULL);
    v->state = label_of(cx, a->state);
    v->chip = agenda_chip_class(a->state);
    v->reason = or_empty(a->cancel_reason);
    v->ordinal = v->row.ordinal > 0 && v->n_clients == 1
                     ? locale_int(cx->arena, cx->locale, v->row.ordinal)
                     : "";
    v->closed = a->closed_ms != 0 ? cx_moment(cx, a->closed_ms, DATE_MEDIUM) : "";
    v->is_series = id_is_set(a->series);
    v->may_change = v->row.may_move;
}

static enum rc reply_appointment(struct req *rq, enum rc rc, const struct form *typed,
                                 const struct appointment *edited, const struct typed_clients *t)
{
    struct cx *cx = rq->cx;
    struct appointment_view v = {.id = rq->id[0]};
    TRY(appointment_load(cx, rq->id[0], &v.appointment));
    TRY(appointment_row_load(cx, rq->id[0], &v.row));
    v.version = v.appointment.version;
    TRY(fill_clients(cx, &v));
    fill_paths(rq, &v);
    fill_acts(cx, &v);
    fill_facts(cx, &v);
    TRY(inputs_fill(cx, edited != NULL ? edited : &v.appointment, typed, t, &v.inputs));
    v.lacks_room = v.appointment.modality == MODALITY_IN_PERSON && !id_is_set(v.appointment.room) &&
                   v.inputs.n_rooms > 0 && appointment_is_open(v.appointment.state);
    rq->n_disclosed = 1;
    if (v.appointment.n_clients == 1) /* of a group nobody's record is opened here */
        rq->client = v.appointment.client[0];
    page_init(rq, &v.page, N_("Appointment"), NAV_AGENDA);
    v.page.errors = rc != RC_OK ? &v.inputs.form : NULL;
    return reply_page(rq, rc, &appointment_shape, &v, PAGE(agenda_appointment_html));
}

enum rc appointment_show(struct req *rq)
{
    return reply_appointment(rq, RC_OK, NULL, NULL, NULL);
}

/* --- changing ---------------------------------------------------------------------- */

/* Back to where and when it was; ids and times only. */
static bool offer_back(struct req *rq, const struct appointment *was, const struct appointment *a)
{
    struct cx *cx = rq->cx;
    if (was->start_ms == a->start_ms && was->end_ms == a->end_ms && id_eq(was->room, a->room) &&
        id_eq(was->clinician, a->clinician))
        return false;
    reply_offer_undo(rq, path_of(rq, "/appointments/%s/move", a->id.s),
                     path_of(rq, "version=%lld&start=%.16s&end=%.16s&room=%s&clinician=%s",
                             (long long)a->version,
                             zone_format_iso(cx->arena, cx->zone, was->start_ms),
                             zone_format_iso(cx->arena, cx->zone, was->end_ms), was->room.s,
                             was->clinician.s)); /* local times, without offset: a form's */
    return true;
}

static enum rc change(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct appointment was, a, typed;
    struct typed_clients t;
    TRY(appointment_load(cx, rq->id[0], &was));
    a = was;
    a.version = form_version(&rq->form);
    enum rc rc = read_appointment(cx, &rq->form, &a, &t);
    typed = a;
    if (rc == RC_OK)
        rc = appointment_save(cx, &a);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_appointment(rq, rc, &rq->form, &typed, &t);
    TRY(rc);
    bool is_moved = offer_back(rq, &was, &a);
    return reply_done(rq, path_next(&rq->form, path_of(rq, "/appointments/%s", a.id.s)), a.id,
                      a.version, false, is_moved ? N_("Moved.") : N_("Saved."));
}

enum rc appointment_save_form(struct req *rq)
{
    return change(rq);
}

enum rc appointment_move(struct req *rq)
{
    return change(rq);
}

/* --- states -------------------------------------------------------------------------- */

const struct form_key state_keys[] = {{"state", FORM_STRING}, {"reason", FORM_STRING}, {0}};

static enum rc read_state(struct req *rq, enum appointment_state *ret)
{
    const char *s = form_get(&rq->form, "state");
    for (int i = 0; s != NULL && i < APPT_N_; i++)
        if (strcmp(s, appointment_state_choices[i].key) == 0) {
            *ret = (enum appointment_state)i;
            return RC_OK;
        }
    return refuse(rq->cx, RC_INVALID, "state", N_("Choose one."));
}

/* The reason follows the rules of its field. */
static enum rc read_reason(struct req *rq, const char **ret)
{
    const char *s = form_get(&rq->form, "reason");
    *ret = NULL;
    if (s == NULL)
        return RC_OK;
    struct form f = {.is_json = rq->form.is_json};
    struct appointment a;
    record_init(&appointment_type, &a);
    form_add(rq->cx->arena, &f, "remark", s);
    int n_errs = rq->cx->n_errs;
    bool bad = record_parse(rq->cx, &appointment_type, &f, NULL, &a) != RC_OK &&
               cx_err(rq->cx, "remark") != NULL;
    const char *sentence = cx_err(rq->cx, "remark");
    rq->cx->n_errs = n_errs;
    if (bad)
        return refuse(rq->cx, RC_INVALID, "reason", sentence);
    *ret = a.remark;
    return RC_OK;
}

enum rc appointment_state(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct appointment was;
    enum appointment_state s = APPT_BOOKED;
    const char *reason = NULL;
    int64_t version = form_version(&rq->form);
    TRY(appointment_load(cx, rq->id[0], &was));
    enum rc rc = read_state(rq, &s);
    if (rc == RC_OK)
        rc = read_reason(rq, &reason);
    if (rc == RC_OK)
        rc = appointment_set_state(cx, was.id, version, s, reason);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_appointment(rq, rc, NULL, NULL, NULL);
    TRY(rc);
    const char *own = path_of(rq, "/appointments/%s", was.id.s);
    reply_offer_undo(rq, path_of(rq, "%s/state", own),
                     path_of(rq, "version=%lld&state=%s", (long long)version + 1,
                             appointment_state_choices[was.state].key));
    return reply_done(rq, path_next(&rq->form, own), was.id, version + 1, false, label_of(cx, s));
}

enum rc appointment_cancel_rest(struct req *rq)
{
    const char *reason = NULL;
    int n;
    struct id id = rq->id[0];
    int64_t version = form_version(&rq->form);
    enum rc rc = read_reason(rq, &reason);
    if (rc == RC_OK)
        rc = appointment_cancel_series(rq->cx, id, version, reason, &n);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_appointment(rq, rc, NULL, NULL, NULL);
    TRY(rc);
    return reply_done(rq, path_next(&rq->form, path_of(rq, "/appointments/%s", id.s)), id,
                      version + 1, false,
                      N_("This appointment and those that follow are cancelled."));
}
