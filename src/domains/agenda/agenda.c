/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda.c - booking, moving, states and weekly repetition of appointments. */
#include "domains/agenda/agenda.h"
#include "agenda_private.h"
#include "agenda_sql.h"
#include "app/app.h"
#include "app/audit.h"
#include <string.h>

enum slot_kind { SLOT_CLINICIAN, SLOT_ROOM, SLOT_CLIENT };
static const struct id no_id;

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such appointment."));
}

struct id agenda_filter(const struct cx *cx)
{
    bool sees_all = (cx->actor.roles & (unsigned)~ROLE_CLINICIAN) != 0;
    return sees_all ? no_id : cx->actor.user;
}

static enum rc clients_load(struct cx *cx, struct appointment *a)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(a->id)};
    TRY(db_query(cx->db, cx->arena, &SQL_APPOINTMENT_CLIENTS, v, N_ELEMS(v), &rows));
    while (db_next(rows) && a->n_clients < APPT_MAX_CLIENTS)
        a->client[a->n_clients++] = db_id(rows, 0);
    return db_end(rows);
}

static enum rc load(struct cx *cx, struct id id, struct appointment *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_APPOINTMENT_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    struct appointment a;
    record_init(&appointment_type, &a);
    a.id = db_id(rows, 0);
    a.version = db_i64(rows, 1);
    a.clinician = db_id(rows, 2);
    a.room = db_id(rows, 3);
    a.service = db_id(rows, 4);
    a.modality = (enum modality)db_i64(rows, 5);
    a.state = (enum appointment_state)db_i64(rows, 6);
    a.start_ms = db_i64(rows, 7);
    a.end_ms = db_i64(rows, 8);
    a.actual_start_ms = db_i64(rows, 9);
    a.actual_end_ms = db_i64(rows, 10);
    a.closed_ms = db_i64(rows, 11);
    a.series = db_id(rows, 12);
    if (!db_is_null(rows, 13))
        TRY(record_unseal(cx, &appointment_type, SEAL_IDENTITY, no_id, (struct bytes){0}, a.id, a.version, db_bytes(rows, 13), &a));
    a.n_clients = 0;
    TRY(clients_load(cx, &a));
    *ret = a;
    return RC_OK;
}

enum rc appointment_load(struct cx *cx, struct id id, struct appointment *ret)
{
    struct appointment a;
    struct id only = agenda_filter(cx);
    TRY(load(cx, id, &a));
    if (id_is_set(only) && !id_eq(only, a.clinician))
        return none(cx);
    *ret = a;
    return RC_OK;
}

/* --- what is in the way --------------------------------------------------------- */

static const char *when(struct cx *cx, int64_t start_ms, int64_t end_ms)
{
    struct local s = zone_local(cx->zone, start_ms), e = zone_local(cx->zone, end_ms);
    return trf(cx, N_("%s, %s to %s"), locale_date(cx->arena, cx->locale, s.days, DATE_TINY),
               locale_time(cx->arena, cx->locale, s.minute), locale_time(cx->arena, cx->locale, e.minute));
}

static enum rc resource_name(struct cx *cx, enum slot_kind kind, struct id id, const char **ret)
{
    *ret = "";
    if (kind == SLOT_ROOM) {
        struct room r;
        TRY(room_load(cx, id, &r));
        *ret = r.name;
    } else if (kind == SLOT_CLINICIAN) {
        struct person p;
        TRY(person_load(cx, id, &p));
        *ret = person_name(cx, &p);
    } else {
        struct client_name *name;
        TRY(client_names(cx, &id, 1, &name));
        *ret = name->name;
    }
    return RC_OK;
}

/* Names the first conflict of one resource. Whose appointment it is, is not said: only that the room, the
 * clinician or the client is taken. */
static enum rc resource_free(struct cx *cx, const struct appointment *a, enum slot_kind kind, struct id resource)
{
    static const char *const field[] = {"clinician", "room", "clients"};
    const char *name;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(resource), DB_I(a->start_ms - MS_PER_DAY), DB_I(a->end_ms),
                         DB_I(a->start_ms), DB_S(a->id.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_SLOT_CONFLICT, v, N_ELEMS(v), &rows));
    if (!db_next(rows))
        return db_end(rows);
    int64_t start_ms = db_i64(rows, 2), end_ms = db_i64(rows, 3);
    TRY(resource_name(cx, kind, resource, &name));
    if (name[0] == '\0')
        return refusef(cx, RC_CONFLICT, field[kind], N_("The client already has another appointment then (%s)."),
                       when(cx, start_ms, end_ms));
    return refusef(cx, RC_CONFLICT, field[kind], N_("%s is already taken then: %s."), name, when(cx, start_ms, end_ms));
}

static enum rc worse(enum rc a, enum rc b)
{
    return a == RC_OK || (a == RC_CONFLICT && b != RC_OK) ? b : a;
}

/* Looks first, so that the sentence can name what is in the way; the database has the last word. */
static enum rc all_free(struct cx *cx, const struct appointment *a)
{
    enum rc rc = resource_free(cx, a, SLOT_CLINICIAN, a->clinician);
    if (id_is_set(a->room))
        rc = worse(rc, resource_free(cx, a, SLOT_ROOM, a->room));
    for (int i = 0; i < a->n_clients; i++)
        rc = worse(rc, resource_free(cx, a, SLOT_CLIENT, a->client[i]));
    return rc;
}

static enum rc slot(struct cx *cx, const struct appointment *a, enum slot_kind kind, struct id resource)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(resource), DB_I(a->start_ms), DB_I(a->end_ms), DB_ID(a->id), DB_I(kind)};
    enum rc rc = db_exec(cx->db, &SQL_SLOT_INSERT, v, N_ELEMS(v), NULL);
    /* Taken between our look and our write: run again, and the look will name it. */
    return rc == RC_CONFLICT ? RC_BUSY : rc;
}

static enum rc slots_store(struct cx *cx, const struct appointment *a)
{
    if (!appointment_holds_slot(a->state))
        return RC_OK;
    TRY(all_free(cx, a));
    TRY(slot(cx, a, SLOT_CLINICIAN, a->clinician));
    if (id_is_set(a->room))
        TRY(slot(cx, a, SLOT_ROOM, a->room));
    for (int i = 0; i < a->n_clients; i++)
        TRY(slot(cx, a, SLOT_CLIENT, a->client[i]));
    return RC_OK;
}

/* The client's n-th held session. */
static enum rc ordinal(struct cx *cx, const struct appointment *a, struct id client, int64_t *ret)
{
    *ret = 0;
    if (a->state != APPT_HELD)
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(a->start_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_ORDINAL_BEFORE, v, N_ELEMS(v), &rows));
    *ret = 1;
    while (db_next(rows))
        *ret = db_i64(rows, 0) + 1;
    return db_end(rows);
}

static enum rc clients_store(struct cx *cx, const struct appointment *a)
{
    for (int i = 0; i < a->n_clients; i++) {
        int64_t nth;
        TRY(ordinal(cx, a, a->client[i], &nth));
        struct db_val v[] = {DB_I(cx->practice), DB_ID(a->client[i]), DB_ID(a->id), DB_I(a->start_ms), DB_I(a->state), DB_I(nth)};
        TRY(db_exec(cx->db, &SQL_APPOINTMENT_CLIENT_INSERT, v, N_ELEMS(v), NULL));
    }
    return RC_OK;
}

/* --- rules ------------------------------------------------------------------------ */

static enum rc people_check(struct cx *cx, const struct appointment *a)
{
    struct person p;
    struct id only = agenda_filter(cx);
    if (id_is_set(only) && !id_eq(only, a->clinician))
        return refuse(cx, RC_INVALID, "clinician", N_("You can book only in your own agenda."));
    enum rc rc = person_load(cx, a->clinician, &p);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && ((p.roles & ROLE_CLINICIAN) == 0 || !p.is_active)))
        return refuse(cx, RC_INVALID, "clinician", N_("Choose a clinician of the practice."));
    TRY(rc);
    for (int i = 0; i < a->n_clients; i++) {
        for (int k = 0; k < i; k++)
            if (id_eq(a->client[i], a->client[k]))
                return refuse(cx, RC_INVALID, "clients", N_("The same client is named twice."));
        if (client_visible(cx, a->client[i]) != RC_OK)
            return refuse(cx, RC_INVALID, "clients", N_("Choose a client of the list."));
    }
    return RC_OK;
}

static enum rc place_check(struct cx *cx, const struct appointment *a, const struct service *s)
{
    struct room r;
    if (a->n_clients == 0 && s->kind != SERVICE_GROUP)
        return refuse(cx, RC_INVALID, "clients", N_("Choose who comes."));
    if (s->kind == SERVICE_INDIVIDUAL && a->n_clients > 1)
        return refuse(cx, RC_INVALID, "clients", N_("An individual session has one client. Choose a couple, family or group service."));
    if (!id_is_set(a->room))
        return RC_OK;
    if (room_load(cx, a->room, &r) != RC_OK || !r.is_active)
        return refuse(cx, RC_INVALID, "room", N_("Choose a room of the list."));
    return RC_OK;
}

static enum rc check_all(struct cx *cx, struct appointment *a)
{
    struct service s;
    enum rc rc = service_load(cx, a->service, &s);
    if (rc == RC_NOT_FOUND)
        return refuse(cx, RC_INVALID, "service", N_("Choose a service of the list."));
    TRY(rc);
    if (a->end_ms == 0)
        a->end_ms = a->start_ms + s.duration_min * MS_PER_MIN;
    TRY(appointment_type.check(cx, a));
    TRY(people_check(cx, a));
    return place_check(cx, a, &s);
}

static enum rc seal_texts(struct cx *cx, const struct appointment *a, int64_t version, struct bytes *ret)
{
    bool empty = (a->remark == NULL || a->remark[0] == '\0') && (a->cancel_reason == NULL || a->cancel_reason[0] == '\0');
    *ret = (struct bytes){0};
    if (empty)
        return RC_OK;
    return record_seal(cx, &appointment_type, SEAL_IDENTITY, no_id, (struct bytes){0}, a->id, version, a, ret);
}

static enum rc insert(struct cx *cx, struct appointment *a)
{
    struct bytes sealed;
    a->id = id_new();
    a->version = 1;
    TRY(seal_texts(cx, a, 1, &sealed));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(a->id), DB_ID(a->clinician), DB_ID(a->room), DB_ID(a->service),
                         DB_I(a->modality), DB_I(a->state), DB_I(a->start_ms), DB_I(a->end_ms), DB_ID(a->series),
                         DB_B(sealed), DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_APPOINTMENT_INSERT, v, N_ELEMS(v), NULL));
    TRY(slots_store(cx, a));
    TRY(clients_store(cx, a));
    return audit_change(cx, "appointment", a->id, "create", NULL);
}

#define DB_MS(v_) ((v_) == 0 ? DB_NIL : DB_I(v_))

static enum rc update(struct cx *cx, struct appointment *a, const char *action)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(seal_texts(cx, a, a->version + 1, &sealed));
    struct db_val key[] = {DB_I(cx->practice), DB_ID(a->id)};
    struct db_val v[] = {DB_ID(a->clinician), DB_ID(a->room), DB_ID(a->service), DB_I(a->modality), DB_I(a->state),
                         DB_I(a->start_ms), DB_I(a->end_ms), DB_MS(a->actual_start_ms), DB_MS(a->actual_end_ms),
                         DB_MS(a->closed_ms), DB_B(sealed), DB_I(cx->now_ms), DB_I(cx->practice), DB_ID(a->id),
                         DB_I(a->version)};
    TRY(db_exec(cx->db, &SQL_APPOINTMENT_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, "version", N_("Somebody else changed this appointment meanwhile."));
    TRY(db_exec(cx->db, &SQL_SLOT_DELETE, key, N_ELEMS(key), NULL));
    TRY(db_exec(cx->db, &SQL_APPOINTMENT_CLIENT_DELETE, key, N_ELEMS(key), NULL));
    TRY(slots_store(cx, a));
    TRY(clients_store(cx, a));
    a->version++;
    return audit_change(cx, "appointment", a->id, action, NULL);
}

enum rc appointment_save(struct cx *cx, struct appointment *a)
{
    struct appointment is = *a, was;
    TRY(check_all(cx, &is));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (!id_is_set(is.id)) {
        TRY(insert(cx, &is));
    } else {
        TRY(appointment_load(cx, is.id, &was));
        TRY(update(cx, &is, "change"));
    }
    TRY(db_commit(&tx));
    *a = is;
    return RC_OK;
}

/* The same local time a week later, through any change of the clocks. */
static int64_t plus_weeks(struct cx *cx, int64_t ms, int n)
{
    struct local l = zone_local(cx->zone, ms);
    int64_t ret;
    l.days += 7 * n;
    (void)zone_instant(cx->zone, l, &ret);
    return ret;
}

enum rc appointment_save_weekly(struct cx *cx, struct appointment *a, int n, struct id *ret_series)
{
    struct appointment first = *a;
    enum rc rc = RC_OK;
    if (n < 1 || n > APPT_MAX_REPEAT)
        return refusef(cx, RC_INVALID, "repeat", N_("Repeat between 1 and %d times."), APPT_MAX_REPEAT);
    TRY(check_all(cx, &first));
    first.series = n > 1 ? id_new() : no_id;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    for (int i = 0; i < n; i++) { /* every conflict is named before anything is refused */
        struct appointment one = first;
        one.start_ms = plus_weeks(cx, first.start_ms, i);
        one.end_ms = one.start_ms + (first.end_ms - first.start_ms);
        rc = worse(rc, rc == RC_OK ? insert(cx, &one) : all_free(cx, &one));
        if (rc != RC_OK && rc != RC_CONFLICT)
            return rc;
        if (i == 0)
            *a = one;
    }
    TRY(rc);
    *ret_series = first.series;
    return db_commit(&tx);
}

enum rc appointment_set_state(struct cx *cx, struct id id, int64_t version, enum appointment_state s, const char *reason)
{
    struct appointment a;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(appointment_load(cx, id, &a));
    a.version = version;
    a.state = s;
    if (reason != NULL)
        a.cancel_reason = reason;
    TRY(update(cx, &a, appointment_state_choices[s].key));
    if (s == APPT_CANCELLED)
        TRY(app_emit(cx, EV_APPOINTMENT_CANCELLED, id));
    return db_commit(&tx);
}

enum rc appointment_close(struct cx *cx, struct id id, enum appointment_state s, int64_t actual_start_ms, int64_t actual_end_ms)
{
    struct appointment a;
    if (s != APPT_HELD && s != APPT_LATE_CANCEL && s != APPT_NO_SHOW)
        return refuse(cx, RC_INVALID, "attendance", N_("Say whether the session was held."));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(appointment_load(cx, id, &a));
    bool same = a.closed_ms != 0 && a.state == s && a.actual_start_ms == actual_start_ms && a.actual_end_ms == actual_end_ms;
    if (!same) {
        a.state = s;
        a.actual_start_ms = actual_start_ms;
        a.actual_end_ms = actual_end_ms;
        a.closed_ms = a.closed_ms != 0 ? a.closed_ms : cx->now_ms;
        TRY(update(cx, &a, "close"));
        TRY(app_emit(cx, EV_APPOINTMENT_CLOSED, id));
    }
    return db_commit(&tx);
}
