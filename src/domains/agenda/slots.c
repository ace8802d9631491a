/* SPDX-License-Identifier: AGPL-3.0-or-later
 * slots.c - the time that an appointment holds: of its clinician, its room and each client.
 *
 * The database has the last word (a constraint on PostgreSQL, a trigger on SQLite). We look first,
 * so that the sentence can name what is in the way. */
#include "agenda_private.h"
#include "agenda_sql.h"

enum slot_kind { SLOT_CLINICIAN, SLOT_ROOM, SLOT_CLIENT };

const char *appointment_when(struct cx *cx, int64_t start_ms, int64_t end_ms, enum date_style style)
{
    return trf(cx, N_("%s, %s to %s"), cx_date(cx, start_ms, style), cx_time(cx, start_ms),
               cx_time(cx, end_ms));
}

/* "" for a client the actor may not know. */
static enum rc resource_name(struct cx *cx, enum slot_kind kind, struct id id, const char **ret)
{
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

/* Names the first that is in the way of one resource: when, not whose it is. */
static enum rc resource_free(struct cx *cx, const struct appointment *a, enum slot_kind kind,
                             struct id resource)
{
    static const char *const field[] = {"clinician", "room", "clients"};
    const char *name, *when;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(resource),   DB_I(a->start_ms - MS_PER_DAY),
                         DB_I(a->end_ms),    DB_I(a->start_ms), DB_S(a->id.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_SLOT_CONFLICT, v, N_ELEMS(v), &rows));
    if (!db_next(rows))
        return db_end(rows);
    when = appointment_when(cx, db_i64(rows, 0), db_i64(rows, 1), DATE_TINY);
    TRY(resource_name(cx, kind, resource, &name));
    if (name[0] == '\0')
        return refusef(cx, RC_CONFLICT, field[kind],
                       N_("The client already has another appointment then: %s."), when);
    return refusef(cx, RC_CONFLICT, field[kind], N_("%s is already taken then: %s."), name, when);
}

static enum rc is_taken(struct cx *cx, struct id resource, int64_t start_ms, int64_t end_ms,
                        bool *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(resource), DB_I(start_ms - MS_PER_DAY),
                         DB_I(end_ms),       DB_I(start_ms),  DB_S("")};
    TRY(db_query(cx->db, cx->arena, &SQL_SLOT_CONFLICT, v, N_ELEMS(v), &rows));
    *ret = db_next(rows);
    return *ret ? RC_OK : db_end(rows);
}

enum rc slots_free_room(struct cx *cx, int64_t start_ms, int64_t end_ms, bool is_group,
                        struct id *ret)
{
    struct room *list;
    const struct room *best = NULL;
    int n;
    TRY(room_list(cx, true, &list, &n));
    for (int i = 0; i < n; i++) {
        bool taken, fits = best == NULL || (is_group ? list[i].capacity > best->capacity
                                                     : list[i].capacity < best->capacity);
        if (!fits)
            continue;
        TRY(is_taken(cx, list[i].id, start_ms, end_ms, &taken));
        if (!taken)
            best = &list[i];
    }
    *ret = best != NULL ? best->id : (struct id){{0}};
    return RC_OK;
}

/* Goes on after a conflict, so that all of them are named; stops at anything worse. */
static enum rc also_free(struct cx *cx, const struct appointment *a, enum slot_kind kind,
                         struct id resource, enum rc before)
{
    if (before != RC_OK && before != RC_CONFLICT)
        return before;
    enum rc rc = resource_free(cx, a, kind, resource);
    return rc == RC_OK ? before : rc;
}

enum rc slots_free(struct cx *cx, const struct appointment *a)
{
    enum rc rc = also_free(cx, a, SLOT_CLINICIAN, a->clinician, RC_OK);
    if (id_is_set(a->room))
        rc = also_free(cx, a, SLOT_ROOM, a->room, rc);
    for (int i = 0; i < a->n_clients; i++)
        rc = also_free(cx, a, SLOT_CLIENT, a->client[i], rc);
    return rc;
}

static enum rc take(struct cx *cx, const struct appointment *a, enum slot_kind kind,
                    struct id resource)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(resource), DB_I(a->start_ms),
                         DB_I(a->end_ms),    DB_ID(a->id),    DB_I(kind)};
    enum rc rc = db_exec(cx->db, &SQL_SLOT_INSERT, v, N_ELEMS(v), NULL);
    /* Taken between our look and our write: run again, and the look will name it. */
    return rc == RC_CONFLICT ? RC_BUSY : rc;
}

enum rc slots_take(struct cx *cx, const struct appointment *a)
{
    if (!appointment_holds_slot(a->state))
        return RC_OK;
    TRY(slots_free(cx, a));
    TRY(take(cx, a, SLOT_CLINICIAN, a->clinician));
    if (id_is_set(a->room))
        TRY(take(cx, a, SLOT_ROOM, a->room));
    for (int i = 0; i < a->n_clients; i++)
        TRY(take(cx, a, SLOT_CLIENT, a->client[i]));
    return RC_OK;
}

enum rc slots_release(struct cx *cx, struct id appointment)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(appointment)};
    return db_exec(cx->db, &SQL_SLOT_DELETE, v, N_ELEMS(v), NULL);
}
