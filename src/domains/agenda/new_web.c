/* SPDX-License-Identifier: AGPL-3.0-or-later
 * new_web.c - booking: one appointment or a weekly row of them, with a new client when there is
 * one. */
#include "inputs_web.h"

#include <string.h>

enum { SLOT_MIN = 30 }; /* a new one starts at the next full or half hour */

/* --- the form ---------------------------------------------------------------------- */

/* The same page with the new client's inputs open, for a browser without script. */
static const char *with_new_client(struct req *rq, const struct appointment *a)
{
    return path_of(rq, "/appointments/new?new=1&clinician=%s&room=%s&start=%s", a->clinician.s,
                   a->room.s, local_format(rq->cx->arena, zone_local(rq->cx->zone, a->start_ms)));
}

static enum rc family_words(struct cx *cx, const char **ret)
{
    struct practice p;
    TRY(practice_load(cx, &p));
    *ret = strcmp(locale_language(locale_get(p.locale)), "es") == 0 ? "2" : "1";
    return RC_OK;
}

static enum rc reply_form(struct req *rq, enum rc rc, const struct appointment *a,
                          const struct form *typed, const struct typed_clients *t)
{
    struct cx *cx = rq->cx;
    const struct form *f = typed != NULL ? typed : &rq->query;
    struct client fresh = {0};
    record_init(&client_type, &fresh);
    struct appointment_new_view v = {
        .appointment = *a,
        .repeat = typed_or(typed, "repeat", "1"),
        .repeat_error = cx_err(cx, "repeat"),
        .next = path_next(f, ""),
        .back = path_next(f, "/agenda"),
        .client = {.cx = cx, .t = &client_type, .rec = &fresh, .typed = f},
        .is_new_client = has_new_client(f) || form_has(f, "new"),
        .new_client_path = with_new_client(rq, a),
    };
    TRY(inputs_fill(cx, &v.appointment, typed, t, &v.inputs));
    TRY(family_words(cx, &v.family_words));
    v.inputs.wants_focus = typed == NULL && !v.is_new_client;
    v.inputs.new_client = cx_may(cx, PERM_CLIENT_WRITE) ? "#new-client" : "";
    page_init(rq, &v.page, N_("New appointment"), NAV_AGENDA);
    v.page.errors = typed != NULL ? &v.inputs.form : NULL;
    return reply_page(rq, rc, NULL, &v, PAGE(agenda_new_html));
}

static int64_t next_slot(const struct cx *cx)
{
    struct local l = zone_local(cx->zone, cx->now_ms);
    int64_t ret;
    l.minute = (l.minute / SLOT_MIN + 1) * SLOT_MIN;
    l.days += l.minute / 1440;
    l.minute %= 1440;
    (void)zone_instant(cx->zone, l, &ret);
    return ret;
}

/* The one who asks when they treat, else the only clinician there is. */
static enum rc default_clinician(struct cx *cx, struct id *ret)
{
    struct person *list;
    int n;
    if (id_is_set(*ret))
        return RC_OK;
    TRY(clinician_list(cx, &list, &n));
    if ((cx->actor.roles & ROLE_CLINICIAN) != 0)
        *ret = cx->actor.user;
    else if (n == 1)
        *ret = list[0].id;
    return RC_OK;
}

static enum rc default_service(struct cx *cx, struct appointment *a)
{
    struct service *list;
    int n;
    if (id_is_set(a->service))
        return RC_OK;
    TRY(service_list(cx, true, &list, &n));
    if (n == 0)
        return RC_OK;
    a->service = list[0].id;
    a->modality = list[0].modality;
    return RC_OK;
}

/* Only for a time that was chosen: at another one the room may not be free. */
static enum rc default_room(struct cx *cx, struct appointment *a)
{
    struct service s;
    if (id_is_set(a->room) || !id_is_set(a->service))
        return RC_OK;
    int n_errs = cx->n_errs;
    enum rc rc = service_load(cx, a->service, &s);
    cx->n_errs = n_errs;
    if (rc != RC_OK)
        return rc == RC_NOT_FOUND ? RC_OK : rc;
    if (s.modality != MODALITY_IN_PERSON)
        return RC_OK;
    int64_t end_ms = a->end_ms != 0 ? a->end_ms : a->start_ms + s.duration_min * MS_PER_MIN;
    if (end_ms <= a->start_ms)
        return RC_OK;
    return slots_free_room(cx, a->start_ms, end_ms, s.kind == SERVICE_GROUP, &a->room);
}

/* What the address says (start, end, clinician, room, client), as far as it makes sense. */
static void prefill(struct req *rq, struct appointment *a)
{
    static const char *const keys[] = {"start", "end", "clinician", "room", "service"};
    struct form f = {0};
    struct id client;
    for (size_t i = 0; i < N_ELEMS(keys); i++) {
        const char *s = form_get(&rq->query, keys[i]);
        if (is_filled(s))
            form_add(rq->cx->arena, &f, keys[i], s);
    }
    if (record_parse(rq->cx, &appointment_type, &f, NULL, a) != RC_OK)
        rq->cx->n_errs = 0;
    if (agenda_id_of(&rq->query, "client", &client))
        a->client[a->n_clients++] = client;
}

enum rc appointment_new_show(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct appointment a = {0};
    const struct cap *cap;
    record_init(&appointment_type, &a);
    prefill(rq, &a);
    if (a.n_clients > 0)
        TRY(authorize(cx, ACT_AGENDA, a.client[0], PURPOSE_OFFICE, &cap));
    bool has_time = a.start_ms != 0;
    if (!has_time) {
        a.start_ms = next_slot(cx);
        a.end_ms = 0;
    }
    TRY(default_clinician(cx, &a.clinician));
    TRY(default_service(cx, &a));
    if (has_time)
        TRY(default_room(cx, &a));
    return reply_form(rq, RC_OK, &a, NULL, NULL);
}

/* --- booking --------------------------------------------------------------------------- */

/* The client and the appointments, or nothing. */
static enum rc book(struct cx *cx, struct client *fresh, int repeat, struct appointment *a)
{
    struct id series;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (fresh != NULL) {
        if (!cx_may(cx, PERM_CLIENT_WRITE))
            return RC_DENIED;
        fresh->clinician = a->clinician;
        TRY(client_save(cx, fresh));
        a->client[a->n_clients++] = fresh->id;
    }
    TRY(appointment_save_weekly(cx, a, repeat, &series));
    return db_commit(&tx);
}

/* How one meets is the service's, unless it was said. */
static enum rc modality_of_service(struct cx *cx, const struct form *f, struct appointment *a)
{
    struct service s;
    if (form_has(f, "modality"))
        return RC_OK;
    int n_errs = cx->n_errs;
    enum rc rc = service_load(cx, a->service, &s);
    if (rc == RC_OK)
        a->modality = s.modality;
    cx->n_errs = n_errs; /* an unknown service is refused by the rules, with their sentence */
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* A program goes on to the new appointment, a person to the agenda it stands in. */
static const char *after(struct req *rq, const struct appointment *a)
{
    char day[11];
    days_format_iso(zone_local(rq->cx->zone, a->start_ms).days, day);
    if (rq->wants_json)
        return path_of(rq, "/appointments/%s", a->id.s);
    return path_next(&rq->form, path_of(rq, "/agenda?date=%s", day));
}

enum rc appointment_create(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct appointment a = {0};
    struct typed_clients t;
    struct client fresh;
    bool has_new = has_new_client(&rq->form);
    int repeat = 1;
    record_init(&appointment_type, &a);
    enum rc rc = read_appointment(cx, &rq->form, &a, &t);
    enum rc often = read_repeat(cx, &rq->form, &repeat);
    enum rc who = has_new ? read_new_client(cx, &rq->form, &fresh) : RC_OK;
    if (rc == RC_OK)
        rc = often != RC_OK ? often : who;
    if (rc == RC_OK)
        rc = modality_of_service(cx, &rq->form, &a);
    if (rc == RC_OK && has_new && a.n_clients == APPT_MAX_CLIENTS)
        rc = refuse(cx, RC_INVALID, "clients", N_("There is no place for one more client."));
    struct appointment stored = a;
    if (rc == RC_OK)
        rc = book(cx, has_new ? &fresh : NULL, repeat, &stored);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_form(rq, rc, &a, &rq->form, &t);
    TRY(rc);
    return reply_done(rq, after(rq, &stored), stored.id, stored.version, true, N_("Booked."));
}
