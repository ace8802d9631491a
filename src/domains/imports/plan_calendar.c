/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plan_calendar.c - calendars: which events would become appointments, and whose.
 *
 * An event is a client's when its title is the client's name, whatever the accents, or when the
 * address of one client alone is among those invited. Everything else stays out and is named. */
#include "imports_private.h"

#include <stdlib.h>
#include <string.h>

/* Of one client: when there are appointments already, whatever became of them. */
struct past_of {
    struct id client;
    int64_t *start;
    int n;
};

struct reading {
    struct cx *cx;
    const struct import *import;
    struct service service;
    struct known names, mails, series; /* series: by UID, whose it is */
    struct past_of *had;
    int n_had, cap_had;
    int64_t busy_until_ms; /* end of the latest row taken so far */
};

enum { APPOINTMENTS_OF_ONE_MAX = 10000 };

/* --- whose ------------------------------------------------------------------------------- */

static void known_init(struct cx *cx, struct known *k, int n)
{
    k->n_buckets = 2 * n + 1;
    k->bucket = arena_array(cx->arena, int, k->n_buckets);
    for (int i = 0; i < k->n_buckets; i++)
        k->bucket[i] = -1;
}

/* The names are known already; "Sanz, Marta" and the addresses are added. */
static enum rc index_clients(struct reading *rd)
{
    struct cx *cx = rd->cx;
    struct client_identity *all;
    int n;
    TRY(known_load(cx, 0, &rd->names));
    TRY(client_identities(cx, &all, &n));
    known_init(cx, &rd->mails, n);
    for (int i = 0; i < n; i++) {
        const char *filed =
            arena_printf(cx->arena, "%s, %s", all[i].family_name, all[i].given_name);
        struct known_person p = {.id = all[i].id};
        known_add(cx, &rd->names, text_fold(cx->arena, filed), p);
        if (is_filled(all[i].email))
            known_add(cx, &rd->mails, text_fold(cx->arena, all[i].email), p);
    }
    return RC_OK;
}

enum match { MATCH_NONE, MATCH_ONE, MATCH_MANY };

static enum match match_in(const struct known *k, const char *folded, struct id *ret)
{
    enum match m = MATCH_NONE;
    for (int at = known_first(k, folded); at >= 0; at = known_next(k, at)) {
        if (m == MATCH_ONE && !id_eq(*ret, k->list[at].id))
            return MATCH_MANY;
        *ret = k->list[at].id;
        m = MATCH_ONE;
    }
    return m;
}

static enum match match_own(struct reading *rd, const struct ics_event *e, struct id *ret)
{
    struct arena *a = rd->cx->arena;
    enum match m = match_in(&rd->names, text_fold(a, e->summary), ret);
    for (int i = 0; i < e->n_mails && m == MATCH_NONE; i++)
        m = match_in(&rd->mails, text_fold(a, e->mails[i]), ret);
    return m;
}

/* One date of a series may be called otherwise, "Marta Sanz (moved)": it is still hers. */
static enum match match_client(struct reading *rd, const struct ics_event *e, struct id *ret)
{
    enum match m = match_own(rd, e, ret);
    return m == MATCH_NONE && e->is_recurring ? match_in(&rd->series, e->uid, ret) : m;
}

static void index_series(struct reading *rd, const struct ics_calendar *c)
{
    struct known_person p = {0};
    known_init(rd->cx, &rd->series, c->n_events);
    for (int i = 0; i < c->n; i++) {
        const struct ics_event *e = &c->list[i];
        if (e->is_recurring && known_first(&rd->series, e->uid) < 0 &&
            match_own(rd, e, &p.id) == MATCH_ONE)
            known_add(rd->cx, &rd->series, e->uid, p);
    }
}

/* --- what is there already ------------------------------------------------------------------- */

static enum rc past_load(struct reading *rd, struct id client, struct past_of **ret)
{
    struct cx *cx = rd->cx;
    struct appointment_row *rows;
    int n;
    for (int i = 0; i < rd->n_had; i++)
        if (id_eq(rd->had[i].client, client)) {
            *ret = &rd->had[i];
            return RC_OK;
        }
    TRY(appointment_list_client(cx, client, INT64_MAX, APPOINTMENTS_OF_ONE_MAX, &rows, &n));
    arena_grow(cx->arena, rd->had, rd->n_had, rd->cap_had);
    struct past_of *p = &rd->had[rd->n_had++];
    *p = (struct past_of){.client = client, .start = arena_array(cx->arena, int64_t, n + 1)};
    for (; p->n < n; p->n++)
        p->start[p->n] = rows[p->n].start_ms;
    *ret = p;
    return RC_OK;
}

static enum rc look_up(struct reading *rd, struct import_row *r, bool *ret_had)
{
    struct past_of *p;
    TRY(past_load(rd, r->appointment->client[0], &p));
    *ret_had = false;
    for (int i = 0; i < p->n && !*ret_had; i++)
        *ret_had = p->start[i] == r->appointment->start_ms;
    return RC_OK;
}

/* --- one event --------------------------------------------------------------------------- */

/* A local time without a zone is the practice's. */
static void times_of(struct reading *rd, const struct ics_event *e, struct appointment *a)
{
    a->start_ms = e->start_ms;
    a->end_ms = e->end_ms;
    if (e->is_floating) {
        (void)zone_instant(rd->cx->zone, (struct local){e->start_days, e->start_min}, &a->start_ms);
        (void)zone_instant(rd->cx->zone, (struct local){e->end_days, e->end_min}, &a->end_ms);
    }
    if (a->end_ms <= a->start_ms)
        a->end_ms = a->start_ms + rd->service.duration_min * MS_PER_MIN;
}

static struct appointment *appointment_of(struct reading *rd, const struct ics_event *e)
{
    struct appointment *a = arena_new(rd->cx->arena, struct appointment);
    record_init(&appointment_type, a);
    a->id = (struct id){{0}};
    a->version = 0;
    a->clinician = rd->import->clinician;
    a->service = rd->import->service;
    a->modality = rd->service.modality;
    a->state = APPT_BOOKED;
    times_of(rd, e, a);
    return a;
}

/* Why an event cannot be an appointment at all, or NULL. */
static const char *unfit(const struct ics_event *e, const struct appointment *a)
{
    if (e->is_cancelled)
        return N_("The event is cancelled.");
    if (e->is_all_day)
        return N_("The event lasts whole days, it is no appointment.");
    if (a->end_ms - a->start_ms > MS_PER_DAY)
        return N_("The event lasts longer than a day.");
    return NULL;
}

/* Is the time free, in the agenda and among the rows before? */
static enum rc look_for_room(struct reading *rd, struct import_row *r)
{
    struct cx *cx = rd->cx;
    int n_errs = cx->n_errs;
    if (r->appointment->start_ms < rd->busy_until_ms) {
        row_refuse(r, trc(cx, N_("Another event of this file takes the same time.")));
        return RC_OK;
    }
    enum rc rc = slots_free(cx, r->appointment);
    if (rc == RC_CONFLICT)
        row_refuse(r, errors_taken(cx, n_errs));
    else if (rc == RC_OK)
        rd->busy_until_ms = r->appointment->end_ms;
    return rc == RC_CONFLICT ? RC_OK : rc;
}

static const char *when_text(struct cx *cx, const struct ics_event *e, const struct appointment *a)
{
    if (e->is_all_day)
        return locale_date(cx->arena, cx->locale, e->start_days, DATE_MEDIUM);
    return cx_moment(cx, a->start_ms, DATE_MEDIUM);
}

static enum rc plan_event(struct reading *rd, struct import_plan *p, const struct ics_event *e)
{
    struct cx *cx = rd->cx;
    struct import_row *r = plan_row(p, e->number);
    struct appointment *a = appointment_of(rd, e);
    bool had;
    const char *why = unfit(e, a);
    r->who = e->summary[0] != '\0' ? e->summary : trc(cx, N_("(without a title)"));
    r->what = when_text(cx, e, a);
    if (why != NULL) {
        row_refuse(r, trc(cx, why));
        return RC_OK;
    }
    switch (match_client(rd, e, &a->client[0])) {
    case MATCH_NONE:
        row_refuse(r, trc(cx, N_("No client has this name.")));
        return RC_OK;
    case MATCH_MANY:
        row_refuse(r, trc(cx, N_("Several clients have this name or address.")));
        return RC_OK;
    default:
        a->n_clients = 1;
        r->appointment = a;
    }
    TRY(look_up(rd, r, &had));
    if (had) {
        row_skip(r, trc(cx, N_("Already in the agenda: same client and start.")));
        return RC_OK;
    }
    return look_for_room(rd, r);
}

/* --- the file ---------------------------------------------------------------------------- */

static bool is_within(const struct reading *rd, const struct ics_event *e)
{
    int32_t day = e->start_days;
    if (!e->is_all_day && !e->is_floating)
        day = zone_local(rd->cx->zone, e->start_ms).days;
    return day >= rd->import->from_days && day <= rd->import->until_days;
}

/* By start, so that each is measured against those before it; then by place in the file. */
static int by_start(const void *x, const void *y)
{
    const struct ics_event *a = x, *b = y;
    if (a->start_ms != b->start_ms)
        return a->start_ms < b->start_ms ? -1 : 1;
    return a->number - b->number;
}

static enum rc reading_init(struct cx *cx, const struct import *i, struct reading *rd)
{
    *rd = (struct reading){.cx = cx, .import = i, .busy_until_ms = INT64_MIN};
    if (id_is_set(i->service))
        TRY(service_load(cx, i->service, &rd->service));
    return index_clients(rd);
}

/* A window a day wider than asked: the reader compares local times as if they were UTC. */
static enum rc read_events(struct cx *cx, const struct import *i, struct bytes file,
                           struct ics_calendar *ret)
{
    struct ics_window window = {((int64_t)i->from_days - 1) * MS_PER_DAY,
                                ((int64_t)i->until_days + 2) * MS_PER_DAY};
    enum rc rc = ics_read(cx->arena, file, window, ret);
    if (rc == RC_INVALID)
        return plan_unreadable(cx, &ret->problems);
    TRY(rc);
    if (ret->n > 1)
        qsort(ret->list, (size_t)ret->n, sizeof(*ret->list), by_start);
    return RC_OK;
}

enum rc plan_calendar(struct cx *cx, const struct import *i, struct bytes file,
                      struct import_plan *ret)
{
    struct ics_calendar calendar = {0};
    struct reading rd;
    struct import_plan p = {0};
    TRY(read_events(cx, i, file, &calendar));
    TRY(reading_init(cx, i, &rd));
    index_series(&rd, &calendar);
    p.n_read = calendar.n_events;
    p.rows = arena_array(cx->arena, struct import_row,
                         (calendar.n < IMPORT_MAX_ROWS ? calendar.n : IMPORT_MAX_ROWS) +
                             calendar.problems.n + 1);
    for (int k = 0; k < calendar.n; k++) {
        if (!is_within(&rd, &calendar.list[k]))
            continue;
        if (p.n_rows == IMPORT_MAX_ROWS) {
            p.note = trc(cx, N_("There are too many dates. Choose a shorter time."));
            break;
        }
        TRY(plan_event(&rd, &p, &calendar.list[k]));
    }
    plan_problems(cx, &p, &calendar.problems);
    plan_count(&p);
    *ret = p;
    return RC_OK;
}
