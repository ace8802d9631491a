/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_list.c - lists of appointments as the actor may see them; attendance; where the next could be.
 *
 * Growth: a list costs its own rows (an index range), whatever lies before and after it. */
#include "agenda_private.h"
#include "agenda_sql.h"
#include "domains/agenda/agenda.h"
#include <string.h>

static const struct id no_id;

/* Names of clinicians, rooms and services, loaded once per list. */
struct names {
    struct person *person;
    struct room *room;
    struct service *service;
    int n_persons, n_rooms, n_services;
};

static enum rc names_load(struct cx *cx, struct names *n)
{
    TRY(person_list(cx, false, &n->person, &n->n_persons));
    TRY(room_list(cx, false, &n->room, &n->n_rooms));
    return service_list(cx, false, &n->service, &n->n_services);
}

static void name_row(struct cx *cx, const struct names *n, struct appointment_row *r)
{
    r->clinician = r->room = r->service = "";
    for (int i = 0; i < n->n_persons; i++)
        if (id_eq(n->person[i].id, r->clinician_id))
            r->clinician = person_name(cx, &n->person[i]);
    for (int i = 0; i < n->n_rooms; i++)
        if (id_eq(n->room[i].id, r->room_id))
            r->room = n->room[i].name;
    for (int i = 0; i < n->n_services; i++)
        if (id_eq(n->service[i].id, r->service_id)) {
            r->service = n->service[i].name;
            r->kind = n->service[i].kind;
        }
}

struct found {
    struct appointment_row *row;
    struct bytes *sealed; /* remark, to be opened for those who may see it */
    int n, cap, cap_sealed;
};

static enum rc find(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n, struct found *f)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, f->row, f->n, f->cap);
        arena_grow(cx->arena, f->sealed, f->n, f->cap_sealed);
        f->sealed[f->n] = db_bytes(rows, 11);
        f->row[f->n++] = (struct appointment_row){
            .id = db_id(rows, 0), .version = db_i64(rows, 1), .clinician_id = db_id(rows, 2), .room_id = db_id(rows, 3),
            .service_id = db_id(rows, 4), .modality = (enum modality)db_i64(rows, 5),
            .state = (enum appointment_state)db_i64(rows, 6), .start = db_i64(rows, 7), .end = db_i64(rows, 8),
            .closed_ms = db_i64(rows, 9), .series_id = db_id(rows, 10), .title = "", .remark = ""};
    }
    return db_end(rows);
}

/* Who comes to each, in one list of pairs. */
struct guest {
    struct id client;
    int row;
};

static enum rc guests_load(struct cx *cx, struct found *f, struct guest **ret, int *ret_n)
{
    struct guest *g = NULL;
    int n = 0, cap = 0;
    for (int i = 0; i < f->n; i++) {
        _cleanup_rows_ struct db_rows *rows = NULL;
        struct db_val v[] = {DB_I(cx->practice), DB_ID(f->row[i].id)};
        TRY(db_query(cx->db, cx->arena, &SQL_APPOINTMENT_CLIENTS, v, N_ELEMS(v), &rows));
        while (db_next(rows)) {
            arena_grow(cx->arena, g, n, cap);
            g[n++] = (struct guest){db_id(rows, 0), i};
            if (f->row[i].n_all_clients++ == 0)
                f->row[i].ordinal = db_i64(rows, 1);
        }
        TRY(db_end(rows));
    }
    *ret = g;
    *ret_n = n;
    return RC_OK;
}

static enum rc titles(struct cx *cx, struct found *f)
{
    struct guest *guest;
    struct client_name *name;
    int n;
    TRY(guests_load(cx, f, &guest, &n));
    struct id *ids = arena_array(cx->arena, struct id, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        ids[i] = guest[i].client;
    TRY(client_names(cx, ids, n, &name));
    for (int i = 0; i < n; i++) {
        struct appointment_row *r = &f->row[guest[i].row];
        if (!name[i].is_visible)
            continue;
        if (r->title[0] == '\0')
            r->client_id = guest[i].client;
        r->title = r->title[0] == '\0' ? name[i].name : trf(cx, N_("%s and %s"), r->title, name[i].name);
    }
    return RC_OK;
}

/* A remark is for those who may see somebody of the appointment, or whose agenda it is. */
static enum rc remarks(struct cx *cx, struct found *f)
{
    struct seal_item *item = arena_array(cx->arena, struct seal_item, f->n > 0 ? f->n : 1);
    int *of = arena_array(cx->arena, int, f->n > 0 ? f->n : 1), n = 0;
    for (int i = 0; i < f->n; i++) {
        bool may = id_is_set(f->row[i].client_id) || id_eq(f->row[i].clinician_id, cx->actor.user);
        if (f->sealed[i].p == NULL || !may)
            continue;
        of[n] = i;
        item[n++] = (struct seal_item){
            .where = {cx->practice, no_id, "appointment", f->row[i].id, SEAL_IDENTITY, f->row[i].version}, .in = f->sealed[i]};
    }
    TRY(seal_open_many(cx->arena, cx->keys, item, n));
    for (int i = 0; i < n; i++) {
        struct appointment a;
        record_init(&appointment_type, &a);
        TRY(record_unpack(cx, &appointment_type, SEAL_IDENTITY, item[i].out, &a));
        f->row[of[i]].remark = a.remark != NULL ? a.remark : "";
    }
    return RC_OK;
}

static enum rc finish(struct cx *cx, struct found *f, struct appointment_row **ret, int *ret_n)
{
    struct names names;
    if (f->n > 0) {
        TRY(names_load(cx, &names));
        TRY(titles(cx, f));
        TRY(remarks(cx, f));
    }
    for (int i = 0; i < f->n; i++) {
        name_row(cx, &names, &f->row[i]);
        if (f->row[i].title[0] == '\0')
            f->row[i].title = f->row[i].n_all_clients > 0 ? trc(cx, N_("Busy")) : f->row[i].service;
    }
    *ret = f->row;
    *ret_n = f->n;
    return RC_OK;
}

enum rc appointment_list(struct cx *cx, int64_t from_ms, int64_t to_ms, struct id clinician,
                         struct appointment_row **ret, int *ret_n)
{
    struct found f = {0};
    if (id_is_set(clinician)) {
        struct db_val v[] = {DB_I(cx->practice), DB_ID(clinician), DB_I(from_ms), DB_I(to_ms)};
        TRY(find(cx, &SQL_APPOINTMENT_BETWEEN_OF, v, N_ELEMS(v), &f));
    } else {
        struct db_val v[] = {DB_I(cx->practice), DB_I(from_ms), DB_I(to_ms)};
        TRY(find(cx, &SQL_APPOINTMENT_BETWEEN, v, N_ELEMS(v), &f));
    }
    return finish(cx, &f, ret, ret_n);
}

enum rc appointment_list_client(struct cx *cx, struct id client, int64_t before_ms, int max,
                                struct appointment_row **ret, int *ret_n)
{
    struct found f = {0};
    TRY(client_visible(cx, client));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(before_ms), DB_I(max)};
    TRY(find(cx, &SQL_APPOINTMENT_OF_CLIENT, v, N_ELEMS(v), &f));
    return finish(cx, &f, ret, ret_n);
}

enum rc appointment_list_unclosed(struct cx *cx, struct id clinician, int64_t before_ms, int max,
                                  struct appointment_row **ret, int *ret_n)
{
    struct found f = {0};
    struct db_val v[] = {DB_I(cx->practice), DB_ID(clinician), DB_I(before_ms), DB_I(max)};
    TRY(find(cx, &SQL_APPOINTMENT_UNCLOSED, v, N_ELEMS(v), &f));
    return finish(cx, &f, ret, ret_n);
}

static enum rc next_start(struct cx *cx, struct id client, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_APPOINTMENT_NEXT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

enum rc attendance_load(struct cx *cx, struct id client, struct attendance *ret)
{
    struct attendance t = {0};
    TRY(client_visible(cx, client));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_ATTENDANCE_LAST, v, N_ELEMS(v), &rows));
    while (db_next(rows) && t.n_last < (int)N_ELEMS(t.last)) {
        enum appointment_state s = (enum appointment_state)db_i64(rows, 0);
        t.last[t.n_last++] = s;
        t.n_last_held += s == APPT_HELD;
        t.n_last_missed += s == APPT_NO_SHOW || s == APPT_LATE_CANCEL;
        t.n_last_moved += s == APPT_CANCELLED;
        if (t.n_held == 0)
            t.n_held = db_i64(rows, 1);
    }
    TRY(db_end(rows));
    TRY(next_start(cx, client, &t.next_start_ms));
    *ret = t;
    return RC_OK;
}

static enum rc is_free(struct cx *cx, struct id resource, int64_t start_ms, int64_t end_ms, bool *ret)
{
    if (!*ret || !id_is_set(resource))
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(resource), DB_I(start_ms - MS_PER_DAY), DB_I(end_ms), DB_I(start_ms), DB_S("")};
    TRY(db_query(cx->db, cx->arena, &SQL_SLOT_CONFLICT, v, N_ELEMS(v), &rows));
    if (db_next(rows))
        *ret = false;
    return db_end(rows);
}

enum rc appointment_suggest(struct cx *cx, const struct appointment *a, int max, int64_t *ret_ms, int *ret_n)
{
    enum { WEEKS = 8 };
    int n = 0;
    for (int week = 1; week <= WEEKS && n < max; week++) {
        struct local l = zone_local(cx->zone, a->start_ms);
        int64_t start;
        bool free = true;
        l.days += 7 * week;
        (void)zone_instant(cx->zone, l, &start);
        int64_t end = start + (a->end_ms - a->start_ms);
        TRY(is_free(cx, a->clinician, start, end, &free));
        TRY(is_free(cx, a->room, start, end, &free));
        for (int i = 0; i < a->n_clients; i++)
            TRY(is_free(cx, a->client[i], start, end, &free));
        if (free && start > cx->now_ms)
            ret_ms[n++] = start;
    }
    *ret_n = n;
    return RC_OK;
}
