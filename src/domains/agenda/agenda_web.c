/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_web.c - the agenda: a day or a week, of everyone, one clinician or one room. */
#include "agenda_pages.h"
#include "agenda_sql.h"

#include <string.h>

enum { RANGE_MAX_DAYS = 62 };

/* --- rows of a list ------------------------------------------------------------- */

const char *agenda_chip_class(enum appointment_state s)
{
    static const char *const class[APPT_N_] = {
        [APPT_CONFIRMED] = "acc",    [APPT_ARRIVED] = "acc",  [APPT_HELD] = "ok",
        [APPT_LATE_CANCEL] = "need", [APPT_NO_SHOW] = "need",
    };
    return or_empty(class[s]);
}

static const char *joined(struct cx *cx, const char *const *part, int n)
{
    struct buf b;
    buf_init(&b, cx->arena, 4096);
    for (int i = 0; i < n; i++) {
        if (!is_filled(part[i]))
            continue;
        buf_puts(&b, b.len > 0 ? " · " : "");
        buf_puts(&b, part[i]);
    }
    return b.s;
}

struct agenda_row agenda_row_of(struct req *rq, const struct appointment_row *a,
                                bool with_clinician)
{
    struct cx *cx = rq->cx;
    bool is_group = a->kind == SERVICE_GROUP;
    const char *about[] = {is_group ? "" : a->service, a->place, with_clinician ? a->clinician : "",
                           a->remark};
    const char *look = "";
    if (!appointment_holds_slot(a->state))
        look = "off";
    else if (a->end_ms <= cx->now_ms)
        look = "past";
    else if (a->start_ms <= cx->now_ms)
        look = "is-now";
    return (struct agenda_row){
        .path = a->may_open ? path_of(rq, "/appointments/%s", a->id.s) : "",
        .time = cx_span(cx, a->start_ms, a->end_ms),
        .title = a->title,
        .about = joined(cx, about, N_ELEMS(about)),
        .service = a->service,
        .place = a->place,
        .clinician = with_clinician ? a->clinician : "",
        .color = path_of(rq, "by-%lld", (long long)a->color),
        .state = a->state == APPT_BOOKED ? "" : trc(cx, appointment_state_choices[a->state].label),
        .look = look,
        .chip = agenda_chip_class(a->state),
    };
}

bool agenda_id_of(const struct form *f, const char *key, struct id *ret)
{
    const char *s = form_get(f, key);
    return s != NULL && id_parse(s, ret);
}

/* --- what was asked for ------------------------------------------------------------- */

enum agenda_by { BY_TIME, BY_CLINICIAN, BY_ROOM };
static const char *const by_names[] = {"", "clinician", "room"};

struct wish {
    int32_t from, to; /* days; to: the day after the last */
    bool is_day;
    enum agenda_by by;
    struct id clinician, room; /* unset: all */
};

static bool is_query(const struct req *rq, const char *key, const char *value)
{
    const char *s = form_get(&rq->query, key);
    return s != NULL && strcmp(s, value) == 0;
}

static enum rc read_day(struct req *rq, const char *key, int32_t *ret)
{
    const char *s = form_get(&rq->query, key);
    if (!is_filled(s) || days_parse_iso(s, ret))
        return RC_OK;
    return refuse(rq->cx, RC_INVALID, key, N_("Write the date as 2026-11-23."));
}

/* Somebody who treats sees the own agenda first, side by side or of rooms all of it. */
static void read_filters(struct req *rq, struct wish *w)
{
    struct cx *cx = rq->cx;
    bool is_all = is_query(rq, "clinician", "all");
    w->is_day = is_query(rq, "view", "day");
    w->by = is_query(rq, "by", "clinician") ? BY_CLINICIAN
            : is_query(rq, "by", "room")    ? BY_ROOM
                                            : BY_TIME;
    agenda_id_of(&rq->query, "room", &w->room);
    if (agenda_id_of(&rq->query, "clinician", &w->clinician) || is_all || w->by != BY_TIME)
        return;
    if ((cx->actor.roles & ROLE_CLINICIAN) != 0)
        w->clinician = cx->actor.user;
}

static enum rc read_wish(struct req *rq, struct wish *ret)
{
    struct wish w = {0};
    int32_t day = cx_today(rq->cx);
    read_filters(rq, &w);
    TRY(read_day(rq, "date", &day));
    w.from = w.is_day ? day : days_week_start(day);
    w.to = w.from + (w.is_day ? 1 : 7);
    TRY(read_day(rq, "from", &w.from));
    TRY(read_day(rq, "to", &w.to));
    if (w.to <= w.from || w.to - w.from > RANGE_MAX_DAYS)
        return refusef(rq->cx, RC_INVALID, "to", N_("Ask for 1 to %d days."), RANGE_MAX_DAYS);
    *ret = w;
    return RC_OK;
}

/* The page with this wish. */
static const char *path_to(struct req *rq, const struct wish *w)
{
    char day[11];
    days_format_iso(w->from, day);
    bool is_own = id_eq(w->clinician, rq->cx->actor.user);
    const char *clinician = id_is_set(w->clinician) ? w->clinician.s : "all";
    return path_of(rq, "/agenda?view=%s&date=%s%s%s%s%s%s%s", w->is_day ? "day" : "week", day,
                   w->by == BY_TIME ? "" : "&by=", by_names[w->by],
                   is_own && w->by == BY_TIME ? "" : "&clinician=",
                   is_own && w->by == BY_TIME ? "" : clinician, id_is_set(w->room) ? "&room=" : "",
                   w->room.s);
}

/* --- who and where ---------------------------------------------------------------------- */

struct place {
    struct person *clinician;
    struct room *room;
    struct opening *opening;
    int n_clinicians, n_rooms, n_openings;
};

static enum rc place_load(struct cx *cx, const struct wish *w, struct place *ret)
{
    struct place p;
    TRY(clinician_list(cx, &p.clinician, &p.n_clinicians));
    TRY(room_list(cx, true, &p.room, &p.n_rooms));
    TRY(opening_list(cx, w->clinician, &p.opening, &p.n_openings));
    *ret = p;
    return RC_OK;
}

static void add_chip(struct agenda_chip *list, int *n, const char *name, const char *path,
                     bool is_on)
{
    list[(*n)++] = (struct agenda_chip){name, path, is_on};
}

static void fill_chips(struct req *rq, const struct wish *w, const struct place *p,
                       struct agenda_view *v)
{
    struct cx *cx = rq->cx;
    struct wish to = *w;
    v->clinicians = arena_array(cx->arena, struct agenda_chip, p->n_clinicians + 1);
    v->rooms = arena_array(cx->arena, struct agenda_chip, p->n_rooms + 1);
    bool by_room = w->by == BY_ROOM || id_is_set(w->room);
    bool by_clinician = p->n_clinicians > 1 && (w->by != BY_ROOM || id_is_set(w->clinician));
    to.clinician = (struct id){{0}};
    if (by_clinician)
        add_chip(v->clinicians, &v->n_clinicians, trc(cx, N_("Everyone")), path_to(rq, &to),
                 !id_is_set(w->clinician));
    for (int i = 0; i < p->n_clinicians && by_clinician; i++) {
        to.clinician = p->clinician[i].id;
        add_chip(v->clinicians, &v->n_clinicians, person_name(cx, &p->clinician[i]),
                 path_to(rq, &to), id_eq(w->clinician, to.clinician));
    }
    to = *w;
    to.room = (struct id){{0}};
    if (by_room)
        add_chip(v->rooms, &v->n_rooms, trc(cx, N_("All rooms")), path_to(rq, &to),
                 !id_is_set(w->room));
    for (int i = 0; i < p->n_rooms && by_room; i++) {
        to.room = p->room[i].id;
        add_chip(v->rooms, &v->n_rooms, p->room[i].name, path_to(rq, &to), id_eq(w->room, to.room));
    }
}

static void fill_views(struct req *rq, const struct wish *w, const struct place *p,
                       struct agenda_view *v)
{
    struct cx *cx = rq->cx;
    struct wish to = *w;
    v->views = arena_array(cx->arena, struct agenda_chip, 4);
    bool is_in = w->from <= cx_today(cx) && cx_today(cx) < w->to;
    to.by = BY_TIME;
    to.is_day = false;
    add_chip(v->views, &v->n_views, trc(cx, N_("Week")), path_to(rq, &to),
             !w->is_day && w->by == BY_TIME);
    to.is_day = true;
    to.from = !w->is_day && is_in ? cx_today(cx) : w->from;
    add_chip(v->views, &v->n_views, trc(cx, N_("Day")), path_to(rq, &to),
             w->is_day && w->by == BY_TIME);
    to.clinician = (struct id){{0}};
    to.by = BY_CLINICIAN;
    if (p->n_clinicians > 1)
        add_chip(v->views, &v->n_views, trc(cx, N_("Team")), path_to(rq, &to),
                 w->by == BY_CLINICIAN);
    to.by = BY_ROOM;
    if (p->n_rooms > 0)
        add_chip(v->views, &v->n_views, trc(cx, N_("Rooms")), path_to(rq, &to), w->by == BY_ROOM);
}

static void add_resource(struct agenda_view *v, struct id id, const char *name)
{
    v->resources[v->n_resources++] = (struct agenda_resource){id, name};
}

static bool has_roomless(const struct agenda_view *v)
{
    for (int i = 0; i < v->n_appointments; i++)
        if (!id_is_set(v->appointments[i].room_id))
            return true;
    return false;
}

/* The columns of a day that is not shown by time alone. */
static void fill_resources(struct cx *cx, const struct wish *w, const struct place *p,
                           struct agenda_view *v)
{
    v->resources = arena_array(cx->arena, struct agenda_resource, p->n_clinicians + p->n_rooms + 1);
    for (int i = 0; i < p->n_clinicians && w->by == BY_CLINICIAN; i++)
        if (!id_is_set(w->clinician) || id_eq(w->clinician, p->clinician[i].id))
            add_resource(v, p->clinician[i].id, person_name(cx, &p->clinician[i]));
    for (int i = 0; i < p->n_rooms && w->by == BY_ROOM; i++)
        if (!id_is_set(w->room) || id_eq(w->room, p->room[i].id))
            add_resource(v, p->room[i].id, p->room[i].name);
    if (w->by == BY_ROOM && has_roomless(v))
        add_resource(v, (struct id){{0}}, trc(cx, N_("Without a room")));
}

/* --- opening hours ------------------------------------------------------------------------ */

static void add_closed(struct cx *cx, struct agenda_view *v, int *cap, struct id who, int32_t day,
                       int32_t from, int32_t to)
{
    struct agenda_closed c = {.clinician_id = who};
    if (to <= from)
        return;
    (void)zone_instant(cx->zone, (struct local){day, from}, &c.start_ms);
    (void)zone_instant(cx->zone, (struct local){day + to / 1440, to % 1440}, &c.end_ms);
    arena_grow(cx->arena, v->closed, v->n_closed, *cap);
    v->closed[v->n_closed++] = c;
}

/* Openings come by person, weekday and start. Somebody without any has no hours, so none is closed.
 */
static void fill_closed(struct cx *cx, const struct wish *w, const struct place *p,
                        struct agenda_view *v)
{
    int cap = 0;
    for (int i = 0; i < p->n_clinicians; i++) {
        struct id who = p->clinician[i].id;
        int n_own = 0;
        bool is_shown = w->by == BY_CLINICIAN ? !id_is_set(w->clinician) || id_eq(who, w->clinician)
                                              : w->by == BY_TIME && id_eq(who, w->clinician);
        for (int k = 0; k < p->n_openings; k++)
            n_own += id_eq(p->opening[k].person, who);
        for (int32_t day = w->from; day < w->to && is_shown && n_own > 0; day++) {
            int32_t until = 0;
            for (int k = 0; k < p->n_openings; k++) {
                const struct opening *o = &p->opening[k];
                if (!id_eq(o->person, who) || o->weekday != days_weekday(day))
                    continue;
                add_closed(cx, v, &cap, who, day, until, o->start_min);
                until = o->end_min;
            }
            add_closed(cx, v, &cap, who, day, until, 1440);
        }
    }
}

/* Whole hours around all opening hours; 8 to 20 when there are none. */
static void fill_hours(struct cx *cx, const struct place *p, struct agenda_view *v)
{
    int32_t min = 1440, max = 0;
    for (int i = 0; i < p->n_openings; i++) {
        min = p->opening[i].start_min < min ? p->opening[i].start_min : min;
        max = p->opening[i].end_min > max ? p->opening[i].end_min : max;
    }
    if (min >= max)
        min = 9 * 60, max = 20 * 60;
    min = min >= 60 ? min - 60 : 0; /* air above, so that the first hour has its label */
    v->min = arena_printf(cx->arena, "%02d:00", (int)(min / 60));
    v->max = arena_printf(cx->arena, "%02d:00", (int)((max + 59) / 60));
}

/* --- the columns of the page as it stands without script --------------------------------- */

static struct agenda_column *add_column(struct agenda_view *v, const char *heading)
{
    struct agenda_column *c = &v->columns[v->n_columns++];
    *c = (struct agenda_column){.heading = heading, .sub = "", .new_path = ""};
    return c;
}

static void put_row(struct req *rq, struct agenda_view *v, struct agenda_column *c,
                    const struct appointment_row *a, bool with_clinician)
{
    if (c->rows == NULL)
        c->rows = arena_array(rq->cx->arena, struct agenda_row, v->n_appointments);
    c->rows[c->n_rows++] = agenda_row_of(rq, a, with_clinician);
}

static const char *new_on(struct req *rq, const struct wish *w, const char *more)
{
    if (!cx_may(rq->cx, PERM_AGENDA_WRITE))
        return "";
    return path_of(rq, "/appointments/new?clinician=%s&room=%s%s", w->clinician.s, w->room.s, more);
}

/* A day each; a weekend with nothing in it leaves its room to the others. */
static void fill_days(struct req *rq, const struct wish *w, struct agenda_view *v)
{
    struct cx *cx = rq->cx;
    int k = 0;
    v->columns = arena_array(cx->arena, struct agenda_column, w->to - w->from);
    for (int32_t day = w->from; day < w->to; day++) {
        int64_t end = zone_day_start(cx->zone, day + 1);
        bool is_used = k < v->n_appointments && v->appointments[k].start_ms < end;
        if (days_weekday(day) >= 5 && !is_used && day != cx_today(cx) && !w->is_day)
            continue;
        char iso[11];
        days_format_iso(day, iso);
        struct agenda_column *c = add_column(v, locale_date(cx->arena, cx->locale, day, DATE_TINY));
        c->is_today = day == cx_today(cx);
        c->new_path = new_on(rq, w, arena_printf(cx->arena, "&start=%sT09:00", iso));
        for (; k < v->n_appointments && v->appointments[k].start_ms < end; k++)
            put_row(rq, v, c, &v->appointments[k], !id_is_set(w->clinician));
    }
}

/* A clinician or a room each, and who or what is not in use any more. */
static void fill_by_resource(struct req *rq, const struct wish *w, struct agenda_view *v)
{
    struct cx *cx = rq->cx;
    bool by_room = w->by == BY_ROOM;
    struct agenda_column *other = NULL;
    v->columns = arena_array(cx->arena, struct agenda_column, v->n_resources + 1);
    for (int i = 0; i < v->n_resources; i++) {
        struct wish one = *w;
        *(by_room ? &one.room : &one.clinician) = v->resources[i].id;
        add_column(v, v->resources[i].name)->new_path = new_on(rq, &one, "");
    }
    for (int k = 0; k < v->n_appointments; k++) {
        const struct appointment_row *a = &v->appointments[k];
        struct agenda_column *c = NULL;
        for (int i = 0; i < v->n_resources; i++)
            if (id_eq(v->resources[i].id, by_room ? a->room_id : a->clinician_id))
                c = &v->columns[i];
        if (c == NULL && other == NULL)
            other = add_column(v, trc(cx, N_("Others")));
        put_row(rq, v, c != NULL ? c : other, a, by_room);
    }
}

/* --- the page --------------------------------------------------------------------------------- */

static enum rc appointments_load(struct cx *cx, const struct wish *w, struct agenda_view *v)
{
    int n = 0;
    TRY(appointment_list(cx, zone_day_start(cx->zone, w->from), zone_day_start(cx->zone, w->to),
                         w->clinician, &v->appointments, &n));
    for (int i = 0; i < n; i++) {
        struct appointment_row a = v->appointments[i];
        if (id_is_set(w->room) && !id_eq(w->room, a.room_id))
            continue;
        if (!id_is_set(w->clinician) &&
            w->by != BY_CLINICIAN) /* whose it is, where the column does not say */
            a.hint = joined(cx, (const char *[]){a.clinician, a.hint}, 2);
        v->appointments[v->n_appointments++] = a;
    }
    return RC_OK;
}

static void fill_heading(struct req *rq, const struct wish *w, struct agenda_view *v)
{
    struct cx *cx = rq->cx;
    int n = 0;
    for (int i = 0; i < v->n_appointments; i++)
        n += appointment_holds_slot(v->appointments[i].state);
    const char *count =
        n == 0 ? trc(cx, N_("no appointments")) : trnf(cx, "%d appointment", "%d appointments", n);
    const char *first = locale_date(cx->arena, cx->locale, w->from, DATE_TINY);
    const char *last = locale_date(cx->arena, cx->locale, w->to - 1, DATE_TINY);
    v->heading = locale_date(cx->arena, cx->locale, w->is_day ? w->from : w->from + 3,
                             w->is_day ? DATE_DAY : DATE_MONTH);
    v->sub = w->is_day ? count : trf(cx, N_("%s to %s · %s"), first, last, count);
}

static void fill_paths(struct req *rq, const struct wish *w, struct agenda_view *v)
{
    struct wish to = *w;
    char day[11];
    days_format_iso(w->from, day);
    v->date = arena_strdup(rq->cx->arena, day);
    to.from = w->from - (w->is_day ? 1 : 7);
    v->prev_path = path_to(rq, &to);
    to.from = w->from + (w->is_day ? 1 : 7);
    v->next_path = path_to(rq, &to);
    to.from = cx_today(rq->cx);
    v->today_path = path_to(rq, &to);
    v->pdf_path = path_of(rq, "/agenda/day.pdf?date=%s&clinician=%s", day,
                          id_is_set(w->clinician) ? w->clinician.s : "all");
    v->new_path = new_on(rq, w, "");
    v->all_new = v->new_path[0] != '\0' ? "/appointments/new" : "";
}

static const struct member row_members[] = {
    SHAPE_ID(struct appointment_row, id),
    SHAPE_INT(struct appointment_row, version),
    SHAPE_INSTANT(struct appointment_row, start),
    SHAPE_INSTANT(struct appointment_row, end),
    SHAPE_STR(struct appointment_row, title),
    SHAPE_KEY(struct appointment_row, state, appointment_state_choices, APPT_N_),
    SHAPE_KEY(struct appointment_row, modality, modality_choices, MODALITY_N_),
    SHAPE_KEY(struct appointment_row, kind, service_kind_choices, SERVICE_KIND_N_),
    SHAPE_STR(struct appointment_row, place),
    SHAPE_STR(struct appointment_row, hint),
    SHAPE_ID(struct appointment_row, client_id),
    SHAPE_ID(struct appointment_row, clinician_id),
    SHAPE_STR(struct appointment_row, clinician),
    SHAPE_INT(struct appointment_row, color),
    SHAPE_ID(struct appointment_row, room_id),
    SHAPE_STR(struct appointment_row, room),
    SHAPE_ID(struct appointment_row, service_id),
    SHAPE_STR(struct appointment_row, service),
    SHAPE_ID(struct appointment_row, series_id),
    SHAPE_STR(struct appointment_row, remark),
    SHAPE_INT(struct appointment_row, ordinal),
    SHAPE_BOOL(struct appointment_row, is_closed),
    SHAPE_BOOL(struct appointment_row, may_open),
    SHAPE_BOOL(struct appointment_row, may_move),
};
const struct shape appointment_row_shape = SHAPE("AppointmentRow", row_members);
static const struct member resource_members[] = {
    SHAPE_ID(struct agenda_resource, id),
    SHAPE_STR(struct agenda_resource, name),
};
static const struct shape resource_shape = SHAPE("AgendaResource", resource_members);
static const struct member closed_members[] = {
    SHAPE_INSTANT(struct agenda_closed, start),
    SHAPE_INSTANT(struct agenda_closed, end),
    SHAPE_ID(struct agenda_closed, clinician_id),
};
static const struct shape closed_shape = SHAPE("AgendaClosed", closed_members);
static const struct member agenda_members[] = {
    SHAPE_STR(struct agenda_view, date),
    SHAPE_STR(struct agenda_view, view),
    SHAPE_STR(struct agenda_view, by),
    SHAPE_LIST(struct agenda_view, appointments, &appointment_row_shape),
    SHAPE_LIST(struct agenda_view, resources, &resource_shape),
    SHAPE_LIST(struct agenda_view, closed, &closed_shape),
};
static const struct shape agenda_shape = SHAPE("Agenda", agenda_members);

static enum rc agenda_show(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct wish w;
    struct place p;
    TRY(read_wish(rq, &w));
    TRY(place_load(cx, &w, &p));
    struct agenda_view v = {.view = w.is_day ? "day" : "week",
                            .by = by_names[w.by],
                            .is_day = w.is_day,
                            .zone = zone_name(cx->zone)};
    v.clinician = arena_strdup(cx->arena, w.clinician.s);
    v.room = arena_strdup(cx->arena, w.room.s);
    TRY(appointments_load(cx, &w, &v));
    fill_resources(cx, &w, &p, &v);
    fill_closed(cx, &w, &p, &v);
    fill_paths(rq, &w, &v);
    if (!rq->wants_json) {
        fill_hours(cx, &p, &v);
        fill_chips(rq, &w, &p, &v);
        fill_views(rq, &w, &p, &v);
        fill_heading(rq, &w, &v);
        if (w.by != BY_TIME && w.is_day)
            fill_by_resource(rq, &w, &v);
        else
            fill_days(rq, &w, &v);
    }
    rq->n_disclosed = v.n_appointments;
    page_init(rq, &v.page, N_("Agenda"), NAV_AGENDA);
    return reply_page(rq, RC_OK, &agenda_shape, &v, PAGE(agenda_agenda_html));
}

/* --- the table --------------------------------------------------------------------------- */

static const struct form_key leave_keys[] = {{"to_all", FORM_STRING}, {"to.", FORM_STRING}, {0}};

static const struct route routes[] = {
    {GET, "/practice/staff/{id}/leave", PERM_STAFF_WRITE, NO_BODY, leave_show,
     N_("Form to leave the practice: clients and appointments"), .discloses = "caseload",
     .answer = &leave_shape},
    {POST, "/practice/staff/{id}/leave", PERM_STAFF_WRITE, 64 * KiB, leave_do,
     N_("Hand over all clients and close an account"), .reads = leave_keys, .flags = STEP_UP},
    {GET, "/agenda", PERM_AGENDA_READ, NO_BODY, agenda_show, N_("The agenda of a day or a week"),
     .discloses = "appointments", .answer = &agenda_shape},
    {GET, "/agenda/day.pdf", PERM_AGENDA_READ, NO_BODY, agenda_day_pdf,
     N_("A day of the agenda, to print"), .discloses = "appointments"},
    {GET, "/appointments/new", PERM_AGENDA_WRITE, NO_BODY, appointment_new_show,
     N_("Form for a new appointment")},
    {POST, "/appointments", PERM_AGENDA_WRITE, 16 * KiB, appointment_create,
     N_("Book an appointment"), .takes = &appointment_type},
    {GET, "/appointments/{id}", PERM_AGENDA_READ, NO_BODY, appointment_show, N_("One appointment"),
     .discloses = "appointment", .answer = &appointment_shape},
    {POST, "/appointments/{id}", PERM_AGENDA_WRITE, 16 * KiB, appointment_save_form,
     N_("Change an appointment"), .takes = &appointment_type},
    {POST, "/appointments/{id}/move", PERM_AGENDA_WRITE, 4 * KiB, appointment_move,
     N_("Move an appointment"), .takes = &appointment_type},
    {POST, "/appointments/{id}/state", PERM_AGENDA_WRITE, 4 * KiB, appointment_state,
     N_("Set the state of an appointment"), .reads = state_keys},
    {POST, "/appointments/{id}/cancel-series", PERM_AGENDA_WRITE, 4 * KiB, appointment_cancel_rest,
     N_("Cancel an appointment and what follows of its repetition"), .reads = state_keys},
    {GET, "/clients/{id}/appointments", PERM_AGENDA_READ, NO_BODY, client_agenda_show,
     N_("A client's appointments"), .discloses = "appointments", .answer = &client_agenda_shape},
    {POST, "/clients/{id}/self-note", PERM_CLINICAL_WRITE, 16 * KiB, self_note_save_form,
     N_("Write the own note before the next session with a client"), .takes = &self_note_type},
};

static const struct sealed_table sealed_appointment = {.name = "appointment",
                                                       .class = SEAL_IDENTITY,
                                                       .others = &SQL_APPOINTMENT_OTHER_KEY,
                                                       .put = &SQL_APPOINTMENT_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_appointment, NULL};

const struct domain domain_agenda = {
    .name = "agenda",
    ROUTES(routes),
    .statements = AGENDA_STATEMENTS,
    .n_statements = (int)N_ELEMS(AGENDA_STATEMENTS),
    .sealed = sealed,
    .on_event = agenda_event,
    .check = agenda_check,
};
