/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda.c - booking, moving and weekly repetition of appointments. */
#include "domains/agenda/agenda.h"

#include "agenda_private.h"
#include "agenda_sql.h"
#include "app/audit.h"

static const struct id no_id;

/* --- reading ------------------------------------------------------------------------ */

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such appointment."));
}

struct id agenda_filter(const struct cx *cx)
{
    bool sees_all = actor_is_program(cx) || action_reaches_all(cx->actor.roles, ACT_AGENDA);
    return sees_all ? no_id : cx->actor.user;
}

bool agenda_names_services(const struct cx *cx)
{
    return cx_may(cx, PERM_CLINICAL_READ) || cx_may(cx, PERM_MONEY_READ);
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

static enum rc read_row(struct cx *cx, struct db_rows *rows, struct appointment *ret)
{
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
    a.n_clients = 0;
    if (!db_is_null(rows, 13))
        TRY(record_unseal(cx, &appointment_type, SEAL_IDENTITY, no_id, (struct bytes){0}, a.id,
                          a.version, db_bytes(rows, 13), &a));
    *ret = a;
    return RC_OK;
}

/* Of a client who must not be found, not even the appointment is. */
static enum rc check_hidden(struct cx *cx, const struct appointment *a)
{
    const struct client_sight *sight;
    TRY(client_sight(cx, &sight));
    for (int i = 0; i < a->n_clients; i++)
        if (client_seen(sight, a->client[i], no_id) == CLIENT_HIDDEN)
            return none(cx);
    return RC_OK;
}

enum rc appointment_load(struct cx *cx, struct id id, struct appointment *ret)
{
    struct appointment a;
    struct id only = agenda_filter(cx);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_APPOINTMENT_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    TRY(read_row(cx, rows, &a));
    TRY(db_end(rows));
    if (id_is_set(only) && !id_eq(only, a.clinician))
        return none(cx);
    TRY(clients_load(cx, &a));
    TRY(check_hidden(cx, &a));
    *ret = a;
    return RC_OK;
}

/* --- who comes ----------------------------------------------------------------------- */

/* The client's n-th held session; 0 until it is held. */
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

/* Sessions are not always closed in their order: the numbers of later ones follow. */
static enum rc shift_later(struct cx *cx, const struct appointment *a, int step)
{
    for (int i = 0; a->state == APPT_HELD && i < a->n_clients; i++) {
        struct db_val v[] = {DB_I(step), DB_I(cx->practice), DB_ID(a->client[i]),
                             DB_I(a->start_ms)};
        TRY(db_exec(cx->db, &SQL_ORDINAL_SHIFT, v, N_ELEMS(v), NULL));
    }
    return RC_OK;
}

static enum rc clients_store(struct cx *cx, const struct appointment *a)
{
    for (int i = 0; i < a->n_clients; i++) {
        int64_t nth;
        TRY(ordinal(cx, a, a->client[i], &nth));
        struct db_val v[] = {DB_I(cx->practice), DB_ID(a->client[i]), DB_ID(a->id),
                             DB_I(a->start_ms),  DB_I(a->state),      DB_I(nth)};
        TRY(db_exec(cx->db, &SQL_APPOINTMENT_CLIENT_INSERT, v, N_ELEMS(v), NULL));
    }
    return shift_later(cx, a, 1);
}

static enum rc clients_drop(struct cx *cx, const struct appointment *a)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(a->id)};
    TRY(shift_later(cx, a, -1));
    return db_exec(cx->db, &SQL_APPOINTMENT_CLIENT_DELETE, v, N_ELEMS(v), NULL);
}

/* --- rules ------------------------------------------------------------------------ */

/* "There is no such room" tells less than what to do about it. */
static enum rc instead(struct cx *cx, int n_errs, const char *field, const char *sentence)
{
    cx->n_errs = n_errs;
    return refuse(cx, RC_INVALID, field, sentence);
}

static enum rc clinician_check(struct cx *cx, const struct appointment *a)
{
    struct person p;
    struct id only = agenda_filter(cx);
    int n_errs = cx->n_errs;
    if (id_is_set(only) && !id_eq(only, a->clinician))
        return refuse(cx, RC_INVALID, "clinician", N_("You can book only in your own agenda."));
    enum rc rc = person_load(cx, a->clinician, &p);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && ((p.roles & ROLE_CLINICIAN) == 0 || !p.is_active)))
        return instead(cx, n_errs, "clinician", N_("Choose a clinician of the practice."));
    return rc;
}

static enum rc clients_check(struct cx *cx, const struct appointment *a, const struct service *s)
{
    int n_errs = cx->n_errs;
    if (a->n_clients == 0 && s->kind != SERVICE_GROUP)
        return refuse(cx, RC_INVALID, "clients", N_("Choose who comes."));
    if (s->kind == SERVICE_INDIVIDUAL && a->n_clients > 1)
        return refuse(cx, RC_INVALID, "clients",
                      N_("An individual session has one client. Choose a couple, family or group "
                         "service."));
    for (int i = 0; i < a->n_clients; i++) {
        for (int k = 0; k < i; k++)
            if (id_eq(a->client[i], a->client[k]))
                return refuse(cx, RC_INVALID, "clients", N_("The same client is named twice."));
        const struct cap *cap;
        enum rc rc = authorize(cx, ACT_AGENDA, a->client[i], PURPOSE_OFFICE, &cap);
        if (rc == RC_NOT_FOUND)
            return instead(cx, n_errs, "clients", N_("Choose a client of the list."));
        TRY(rc);
    }
    return RC_OK;
}

static enum rc room_check(struct cx *cx, const struct appointment *a)
{
    struct room r;
    int n_errs = cx->n_errs;
    if (!id_is_set(a->room))
        return RC_OK;
    enum rc rc = room_load(cx, a->room, &r);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && !r.is_active))
        return instead(cx, n_errs, "room", N_("Choose a room of the list."));
    return rc;
}

static enum rc check_all(struct cx *cx, struct appointment *a)
{
    struct service s;
    int n_errs = cx->n_errs;
    enum rc rc = service_load(cx, a->service, &s);
    if (rc == RC_NOT_FOUND)
        return instead(cx, n_errs, "service", N_("Choose a service of the list."));
    TRY(rc);
    if (a->end_ms == 0)
        a->end_ms = a->start_ms + s.duration_min * MS_PER_MIN;
    TRY(appointment_type.check(cx, a));
    TRY(clinician_check(cx, a));
    TRY(clients_check(cx, a, &s));
    return room_check(cx, a);
}

static bool has_client(const struct appointment *a, struct id client)
{
    for (int i = 0; i < a->n_clients; i++)
        if (id_eq(a->client[i], client))
            return true;
    return false;
}

static bool is_same_plan(const struct appointment *a, const struct appointment *b)
{
    for (int i = 0; i < a->n_clients; i++)
        if (!has_client(b, a->client[i]))
            return false;
    return a->n_clients == b->n_clients && a->start_ms == b->start_ms && a->end_ms == b->end_ms &&
           a->modality == b->modality && id_eq(a->clinician, b->clinician) &&
           id_eq(a->room, b->room) && id_eq(a->service, b->service);
}

/* What took place, or did not, is no plan any more. */
static enum rc may_change(struct cx *cx, const struct appointment *was,
                          const struct appointment *is)
{
    if ((was->closed_ms == 0 && appointment_is_open(was->state)) || is_same_plan(was, is))
        return RC_OK;
    if (was->closed_ms != 0 || was->state == APPT_HELD)
        return refuse(cx, RC_INVALID, "state",
                      N_("This session is over and cannot be moved or changed here."));
    return refuse(
        cx, RC_INVALID, "state",
        N_("This appointment was cancelled or missed. Book it again before you move it."));
}

/* --- writing ------------------------------------------------------------------------- */

static enum rc seal_texts(struct cx *cx, const struct appointment *a, int64_t version,
                          struct bytes *ret)
{
    *ret = (struct bytes){0};
    if (!is_filled(a->remark) && !is_filled(a->cancel_reason))
        return RC_OK;
    return record_seal(cx, &appointment_type, SEAL_IDENTITY, no_id, (struct bytes){0}, a->id,
                       version, a, ret);
}

static enum rc insert(struct cx *cx, struct appointment *a)
{
    struct bytes sealed;
    a->id = id_new();
    a->version = 1;
    TRY(seal_texts(cx, a, 1, &sealed));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(a->id),      DB_ID(a->clinician),
                         DB_ID(a->room),     DB_ID(a->service), DB_I(a->modality),
                         DB_I(a->state),     DB_I(a->start_ms), DB_I(a->end_ms),
                         DB_ID(a->series),   DB_B(sealed),      DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_APPOINTMENT_INSERT, v, N_ELEMS(v), NULL));
    TRY(slots_take(cx, a));
    TRY(clients_store(cx, a));
    return audit_change(cx, "appointment", a->id, "create", NULL);
}

/* A row for each client who is there, under that client's key. */
static enum rc note_change(struct cx *cx, const struct appointment *is, const char *action,
                           const char *fields)
{
    for (int i = 0; i < is->n_clients; i++)
        TRY(audit_change_about(cx, is->client[i], "appointment", is->id, action, fields));
    return is->n_clients > 0 ? RC_OK : audit_change(cx, "appointment", is->id, action, fields);
}

#define DB_MS(v_) ((v_) == 0 ? DB_NIL : DB_I(v_))

enum rc appointment_update(struct cx *cx, const struct appointment *was, struct appointment *is,
                           const char *action)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(seal_texts(cx, is, is->version + 1, &sealed));
    struct db_val v[] = {DB_ID(is->clinician),
                         DB_ID(is->room),
                         DB_ID(is->service),
                         DB_I(is->modality),
                         DB_I(is->state),
                         DB_I(is->start_ms),
                         DB_I(is->end_ms),
                         DB_MS(is->actual_start_ms),
                         DB_MS(is->actual_end_ms),
                         DB_MS(is->closed_ms),
                         DB_B(sealed),
                         DB_I(cx->now_ms),
                         DB_I(cx->practice),
                         DB_ID(is->id),
                         DB_I(is->version)};
    TRY(db_exec(cx->db, &SQL_APPOINTMENT_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, "version",
                      N_("Somebody else changed this appointment meanwhile."));
    TRY(slots_release(cx, is->id));
    TRY(clients_drop(cx, was));
    TRY(slots_take(cx, is));
    TRY(clients_store(cx, is));
    is->version++;
    return note_change(cx, is, action, record_changed(cx->arena, &appointment_type, was, is));
}

static enum rc change(struct cx *cx, struct appointment *is)
{
    struct appointment was;
    TRY(appointment_load(cx, is->id, &was));
    is->state = was.state;
    is->series = was.series;
    is->closed_ms = was.closed_ms;
    is->actual_start_ms = was.actual_start_ms;
    is->actual_end_ms = was.actual_end_ms;
    is->cancel_reason = was.cancel_reason;
    TRY(may_change(cx, &was, is));
    return appointment_update(cx, &was, is, "change");
}

enum rc appointment_save(struct cx *cx, struct appointment *a)
{
    struct appointment is = *a;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(check_all(cx, &is));
    TRY(id_is_set(is.id) ? change(cx, &is) : insert(cx, &is));
    TRY(db_commit(&tx));
    *a = is;
    return RC_OK;
}

/* The same local time some weeks later, through any change of the clocks. */
static int64_t plus_weeks(const struct cx *cx, int64_t ms, int n)
{
    struct local l = zone_local(cx->zone, ms);
    int64_t ret;
    l.days += 7 * n;
    (void)zone_instant(cx->zone, l, &ret);
    return ret;
}

/* Every conflict is named: after the first one the others are only looked for. */
static enum rc insert_weekly(struct cx *cx, const struct appointment *first, int n,
                             struct appointment *ret_first)
{
    enum rc rc = RC_OK;
    for (int i = 0; i < n; i++) {
        struct appointment one = *first;
        one.start_ms = plus_weeks(cx, first->start_ms, i);
        one.end_ms = one.start_ms + (first->end_ms - first->start_ms);
        enum rc this = rc == RC_OK ? insert(cx, &one) : slots_free(cx, &one);
        if (this != RC_OK && this != RC_CONFLICT)
            return this;
        if (this == RC_CONFLICT)
            rc = RC_CONFLICT;
        if (i == 0)
            *ret_first = one;
    }
    return rc;
}

enum rc appointment_save_weekly(struct cx *cx, struct appointment *a, int n, struct id *ret_series)
{
    struct appointment first = *a, stored;
    if (n < 1 || n > APPT_MAX_REPEAT)
        return refusef(cx, RC_INVALID, "repeat", N_("Repeat between 1 and %d times."),
                       APPT_MAX_REPEAT);
    first.series = n > 1 ? id_new() : no_id;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(check_all(cx, &first));
    TRY(insert_weekly(cx, &first, n, &stored));
    TRY(db_commit(&tx));
    *a = stored;
    *ret_series = first.series;
    return RC_OK;
}
