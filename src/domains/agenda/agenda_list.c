/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_list.c - lists of appointments as the actor may see them; attendance; where the next could
 * be.
 *
 * Growth: a list costs its own rows (one query over an index range), whatever lies before and after
 * it; each client in it is opened once. */
#include "agenda_private.h"
#include "agenda_sql.h"

static const struct id no_id;

/* --- rows --------------------------------------------------------------------------- */

/* A client of the list, opened once however often they come. */
struct guest {
    struct id client, clinician;
    struct seal_item item;
    enum client_seen seen;
    bool is_erased;
    const char *name;
};

struct pair { /* this guest comes to this row */
    int row, guest;
};

struct found {
    struct appointment_row *row;
    bool *is_hidden;      /* that somebody of this row comes must not be known */
    struct bytes *sealed; /* remark of each row, to be opened for those who may see it */
    struct guest *guest;
    struct pair *pair;
    int n, n_guests, n_pairs;
    int cap, cap_sealed, cap_hidden, cap_guests, cap_pairs;
};

static void add_row(struct cx *cx, struct found *f, struct db_rows *rows)
{
    arena_grow(cx->arena, f->row, f->n, f->cap);
    arena_grow(cx->arena, f->sealed, f->n, f->cap_sealed);
    arena_grow(cx->arena, f->is_hidden, f->n, f->cap_hidden);
    f->is_hidden[f->n] = false;
    f->sealed[f->n] = db_bytes(rows, 11);
    f->row[f->n++] = (struct appointment_row){
        .id = db_id(rows, 0),
        .version = db_i64(rows, 1),
        .clinician_id = db_id(rows, 2),
        .room_id = db_id(rows, 3),
        .service_id = db_id(rows, 4),
        .modality = (enum modality)db_i64(rows, 5),
        .state = (enum appointment_state)db_i64(rows, 6),
        .start_ms = db_i64(rows, 7),
        .end_ms = db_i64(rows, 8),
        .closed_ms = db_i64(rows, 9),
        .is_closed = !db_is_null(rows, 9),
        .series_id = db_id(rows, 10),
        .title = "",
        .remark = "",
    };
}

static int guest_of(struct cx *cx, struct found *f, struct db_rows *rows)
{
    struct id client = db_id(rows, 12);
    for (int i = f->n_guests - 1; i >= 0; i--)
        if (id_eq(f->guest[i].client, client))
            return i;
    arena_grow(cx->arena, f->guest, f->n_guests, f->cap_guests);
    f->guest[f->n_guests] = (struct guest){
        .client = client,
        .clinician = db_id(rows, 15),
        .item = {.where = {cx->practice, client, "client", client, SEAL_IDENTITY, db_i64(rows, 14)},
                 .wrapped = db_bytes(rows, 17),
                 .in = db_bytes(rows, 16)},
    };
    return f->n_guests++;
}

/* One line per appointment and client; lines of one appointment follow each other. */
static enum rc find(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n,
                    struct found *f)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n, &rows));
    while (db_next(rows)) {
        if (f->n == 0 || !id_eq(f->row[f->n - 1].id, db_id(rows, 0)))
            add_row(cx, f, rows);
        if (db_is_null(rows, 12))
            continue;
        if (f->row[f->n - 1].n_all_clients++ == 0)
            f->row[f->n - 1].ordinal = db_i64(rows, 13);
        arena_grow(cx->arena, f->pair, f->n_pairs, f->cap_pairs);
        f->pair[f->n_pairs++] = (struct pair){f->n - 1, guest_of(cx, f, rows)};
    }
    return db_end(rows);
}

/* --- names of clients ------------------------------------------------------------------ */

static enum rc guests_open(struct cx *cx, struct found *f)
{
    const struct client_sight *sight;
    struct seal_item *item = arena_array(cx->arena, struct seal_item, f->n_guests + 1);
    TRY(client_sight(cx, &sight));
    int *of = arena_array(cx->arena, int, f->n_guests + 1), n = 0;
    for (int i = 0; i < f->n_guests; i++) {
        struct guest *g = &f->guest[i];
        g->seen = client_seen(sight, g->client, g->clinician);
        g->is_erased = client_is_erased(sight, g->client);
        if (g->seen < CLIENT_MASKED)
            continue;
        of[n] = i;
        item[n++] = f->guest[i].item;
    }
    TRY(record_open_many(cx, item, n));
    for (int i = 0; i < n; i++) {
        struct client c;
        record_init(&client_type, &c);
        c.id = f->guest[of[i]].client;
        TRY(record_unpack(cx, &client_type, SEAL_IDENTITY, item[i].out, &c));
        if (item[i].rc != RC_OK)
            c.given_name = trc(cx, CLIENT_UNREADABLE);
        else if (f->guest[of[i]].seen == CLIENT_MASKED)
            client_mask(cx, &c);
        f->guest[of[i]].name = client_display_name(cx, &c);
    }
    return RC_OK;
}

/* "Nadia and Pau"; "Ana, Berta and Carla". */
static void titles(struct cx *cx, struct found *f)
{
    const struct pair *p = f->pair;
    for (int k = 0; k < f->n_pairs; k++) {
        struct appointment_row *r = &f->row[p[k].row];
        const struct guest *g = &f->guest[p[k].guest];
        bool is_last = k + 1 == f->n_pairs || p[k + 1].row != p[k].row;
        f->is_hidden[p[k].row] |= g->seen == CLIENT_HIDDEN;
        if (g->is_erased && !id_is_set(r->client_id))
            r->title = trc(cx, CLIENT_ERASED_NAME);
        if (g->name == NULL)
            continue;
        if (!id_is_set(r->client_id)) {
            r->client_id = g->client;
            r->title = g->name;
        } else {
            r->title = trf(cx, is_last ? N_("%s and %s") : N_("%s, %s"), r->title, g->name);
        }
    }
}

/* --- what the actor may see --------------------------------------------------------------- */

static bool is_own(const struct cx *cx, const struct appointment_row *r)
{
    struct id only = agenda_filter(cx);
    return !id_is_set(only) || id_eq(only, r->clinician_id);
}

/* Of a colleague's session only that the time is taken. */
static void hide(struct cx *cx, struct appointment_row *r)
{
    *r = (struct appointment_row){
        .id = r->id,
        .clinician_id = r->clinician_id,
        .room_id = r->room_id,
        .start_ms = r->start_ms,
        .end_ms = r->end_ms,
        .title = trc(cx, N_("Busy")),
        .remark = "",
    };
}

/* Leaves out what the actor may know nothing of and that takes no time. */
static void conceal(struct cx *cx, struct found *f)
{
    int kept = 0;
    for (int i = 0; i < f->n; i++) {
        struct appointment_row *r = &f->row[i];
        r->may_open = is_own(cx, r) && !f->is_hidden[i];
        r->may_move = r->may_open && !r->is_closed && appointment_is_open(r->state) &&
                      cx_may(cx, PERM_AGENDA_WRITE);
        bool is_known = !f->is_hidden[i] && (r->may_open || id_is_set(r->client_id));
        if (!is_known && !appointment_holds_slot(r->state))
            continue;
        if (!is_known)
            hide(cx, r);
        f->sealed[kept] = is_known ? f->sealed[i] : (struct bytes){0};
        f->row[kept++] = *r;
    }
    f->n = kept;
}

static enum rc remarks(struct cx *cx, struct found *f)
{
    struct seal_item *item = arena_array(cx->arena, struct seal_item, f->n + 1);
    int *of = arena_array(cx->arena, int, f->n + 1), n = 0;
    for (int i = 0; i < f->n; i++) {
        const struct appointment_row *r = &f->row[i];
        if (f->sealed[i].p == NULL)
            continue;
        of[n] = i;
        item[n++] = (struct seal_item){
            .where = {cx->practice, no_id, "appointment", r->id, SEAL_IDENTITY, r->version},
            .in = f->sealed[i]};
    }
    TRY(record_open_many(cx, item, n));
    for (int i = 0; i < n; i++) {
        struct appointment a;
        record_init(&appointment_type, &a);
        TRY(record_unpack(cx, &appointment_type, SEAL_IDENTITY, item[i].out, &a));
        f->row[of[i]].remark = or_empty(a.remark);
    }
    return RC_OK;
}

/* --- names of clinicians, rooms and services ------------------------------------------------ */

struct names {
    struct person *person;
    struct room *room;
    struct service *service;
    const char **person_name;
    int n_persons, n_rooms, n_services;
};

/* A list is mostly of one clinician: then that name alone is opened, not those of a whole house. */
static enum rc persons_load(struct cx *cx, const struct found *f, struct names *n)
{
    enum { FEW = 2 };
    struct id some[FEW];
    for (int i = 0; i < f->n; i++) {
        int k = 0;
        while (k < n->n_persons && !id_eq(some[k], f->row[i].clinician_id))
            k++;
        if (k == FEW)
            return person_list(cx, false, &n->person, &n->n_persons);
        if (k == n->n_persons)
            some[n->n_persons++] = f->row[i].clinician_id;
    }
    n->person = arena_array(cx->arena, struct person, FEW);
    for (int i = 0; i < n->n_persons; i++)
        TRY(person_load(cx, some[i], &n->person[i]));
    return RC_OK;
}

static enum rc names_load(struct cx *cx, const struct found *f, struct names *n)
{
    TRY(persons_load(cx, f, n));
    TRY(room_list(cx, false, &n->room, &n->n_rooms));
    TRY(service_list(cx, false, &n->service, &n->n_services));
    n->person_name = arena_array(cx->arena, const char *, n->n_persons + 1);
    for (int i = 0; i < n->n_persons; i++)
        n->person_name[i] = person_name(cx, &n->person[i]);
    return RC_OK;
}

static void name_row(const struct names *n, struct appointment_row *r)
{
    r->clinician = r->room = r->service = "";
    for (int i = 0; i < n->n_persons; i++)
        if (id_eq(n->person[i].id, r->clinician_id)) {
            r->clinician = n->person_name[i];
            r->color = n->person[i].color;
        }
    for (int i = 0; i < n->n_rooms; i++)
        if (id_eq(n->room[i].id, r->room_id))
            r->room = n->room[i].name;
    for (int i = 0; i < n->n_services; i++)
        if (id_eq(n->service[i].id, r->service_id)) {
            r->service = n->service[i].name;
            r->kind = n->service[i].kind;
        }
}

/* Place and what is not usual, in words: neither is said by colour alone. */
static void describe(struct cx *cx, struct appointment_row *r)
{
    bool in_person = r->modality == MODALITY_IN_PERSON;
    const char *kind = trc(cx, service_kind_choices[r->kind].label);
    const char *state = trc(cx, appointment_state_choices[r->state].label);
    r->place = in_person ? r->room : trc(cx, modality_choices[r->modality].label);
    r->hint = r->kind == SERVICE_INDIVIDUAL ? "" : kind;
    if (r->state != APPT_BOOKED)
        r->hint = r->hint[0] == '\0' ? state : arena_printf(cx->arena, "%s · %s", kind, state);
    if (r->kind == SERVICE_GROUP && (r->may_open || id_is_set(r->client_id)))
        r->title = r->service;
    if (r->title[0] == '\0') /* the clients are a colleague's by now */
        r->title = r->service;
}

static enum rc finish(struct cx *cx, struct found *f, struct appointment_row **ret, int *ret_n)
{
    struct names names = {0};
    TRY(guests_open(cx, f));
    titles(cx, f);
    conceal(cx, f);
    TRY(remarks(cx, f));
    if (f->n > 0)
        TRY(names_load(cx, f, &names));
    for (int i = 0; i < f->n; i++) {
        name_row(&names, &f->row[i]);
        if (!agenda_names_services(cx) && f->row[i].service[0] != '\0')
            f->row[i].service = trc(cx, service_kind_choices[f->row[i].kind].label);
        describe(cx, &f->row[i]);
    }
    *ret = f->row;
    *ret_n = f->n;
    return RC_OK;
}

/* --- lists -------------------------------------------------------------------------------- */

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
    const struct cap *cap;
    TRY(authorize(cx, ACT_AGENDA, client, PURPOSE_OFFICE, &cap));
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

enum rc appointment_row_load(struct cx *cx, struct id id, struct appointment_row *ret)
{
    struct found f = {0};
    struct appointment_row *row;
    int n;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(find(cx, &SQL_APPOINTMENT_ROW, v, N_ELEMS(v), &f));
    TRY(finish(cx, &f, &row, &n));
    if (n == 0 || !row[0].may_open)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such appointment."));
    *ret = row[0];
    return RC_OK;
}

/* --- attendance ----------------------------------------------------------------------------- */

static enum rc next_start(struct cx *cx, struct id client, int64_t after_ms, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(after_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_APPOINTMENT_NEXT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

enum rc appointment_next(struct cx *cx, struct id client, int64_t *ret_ms)
{
    *ret_ms = 0;
    return next_start(cx, client, cx->now_ms, ret_ms);
}

static enum rc last_ordinal(struct cx *cx, struct id client, int64_t before_ms, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(before_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_ORDINAL_BEFORE, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

enum rc attendance_load(struct cx *cx, struct id client, int64_t at_ms, struct attendance *ret)
{
    struct attendance t = {0};
    const struct cap *cap;
    TRY(authorize(cx, ACT_AGENDA, client, PURPOSE_OFFICE, &cap));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(at_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_ATTENDANCE_LAST, v, N_ELEMS(v), &rows));
    while (db_next(rows) && t.n_last < (int)N_ELEMS(t.last)) {
        enum appointment_state s = (enum appointment_state)db_i64(rows, 0);
        t.last[t.n_last++] = s;
        t.n_last_held += s == APPT_HELD;
        t.n_last_missed += s == APPT_NO_SHOW || s == APPT_LATE_CANCEL;
        t.n_last_moved += s == APPT_CANCELLED;
    }
    TRY(db_end(rows));
    TRY(last_ordinal(cx, client, at_ms, &t.n_held));
    TRY(next_start(cx, client, at_ms, &t.next_start_ms));
    *ret = t;
    return RC_OK;
}

/* --- the next one --------------------------------------------------------------------------- */

static enum rc is_free(struct cx *cx, struct id resource, int64_t start_ms, int64_t end_ms,
                       bool *ret)
{
    if (!*ret || !id_is_set(resource))
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(resource), DB_I(start_ms - MS_PER_DAY),
                         DB_I(end_ms),       DB_I(start_ms),  DB_S("")};
    TRY(db_query(cx->db, cx->arena, &SQL_SLOT_CONFLICT, v, N_ELEMS(v), &rows));
    if (db_next(rows))
        *ret = false;
    return db_end(rows);
}

enum rc appointment_suggest(struct cx *cx, const struct appointment *a, int max, int64_t *ret_ms,
                            int *ret_n)
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
