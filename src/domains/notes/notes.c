/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes.c - drafts, signing, addenda and amendments. */
#include "domains/notes/notes.h"

#include "app/app.h"
#include "app/audit.h"
#include "notes_private.h"
#include "notes_sql.h"

#include <string.h>

static const int64_t HOUR_MS = 3600000;

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such note."));
}

/* --- reading ---------------------------------------------------------------------------- */

static struct note note_of_row(struct db_rows *rows)
{
    return (struct note){.id = db_id(rows, 0),
                         .version = db_i64(rows, 1),
                         .client = db_id(rows, 2),
                         .appointment = db_id(rows, 3),
                         .author = db_id(rows, 4),
                         .kind = (enum note_kind)db_i64(rows, 5),
                         .parent = db_id(rows, 6),
                         .state = (enum note_state)db_i64(rows, 7),
                         .about_ms = db_i64(rows, 8),
                         .signed_ms = db_i64(rows, 9),
                         .is_late = db_i64(rows, 10) != 0,
                         .changed_ms = db_i64(rows, 11)};
}

/* A note that does not open takes nobody's place in the list. */
enum rc note_found_open(struct cx *cx, struct note_found *f)
{
    struct note_list *l = &f->list;
    struct seal_item *item = f->item;
    int n = 0;
    enum rc rc = seal_open_many(cx->arena, cx->keys, item, l->n);
    for (int i = 0; i < l->n; i++) {
        if (item[i].rc != RC_OK && item[i].rc != RC_BROKEN)
            return rc;
        if (item[i].rc != RC_OK || note_unpack(item[i].out, &l->note[i]) != RC_OK) {
            l->n_broken++;
            continue;
        }
        note_translate(cx, &l->note[i]);
        l->note[n++] = l->note[i];
    }
    l->n = n;
    return RC_OK;
}

enum rc note_find(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                  const struct cap *cap, int max, size_t max_bytes, struct note_found *ret)
{
    struct id client = cap_client(cap);
    struct note_list l = {0};
    struct seal_item *item = NULL;
    struct client_keys keys;
    size_t n_bytes = 0;
    int cap_notes = 0, cap_items = 0;
    TRY(cap_admits(cx, cap, ACT_READ_NOTES));
    TRY(client_keys_load(cx, cap, &keys));
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n_v, &rows));
    while (n_bytes < max_bytes && db_next(rows)) {
        arena_grow(cx->arena, l.note, l.n, cap_notes);
        arena_grow(cx->arena, item, l.n, cap_items);
        l.note[l.n] = note_of_row(rows);
        item[l.n] = (struct seal_item){.where = {cx->practice, client, "note", l.note[l.n].id,
                                                 SEAL_CLINICAL, l.note[l.n].version},
                                       .wrapped = keys.wrapped[SEAL_CLINICAL],
                                       .in = db_bytes(rows, 12)};
        n_bytes += item[l.n++].in.len;
    }
    l.more = l.n == max || n_bytes >= max_bytes;
    TRY(n_bytes < max_bytes ? db_end(rows) : RC_OK);
    *ret = (struct note_found){l, item};
    return RC_OK;
}

enum rc note_query(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                   const struct cap *cap, int max, size_t max_bytes, struct note_list *ret)
{
    struct note_found f;
    TRY(note_find(cx, st, v, n_v, cap, max, max_bytes, &f));
    TRY(note_found_open(cx, &f));
    *ret = f.list;
    return RC_OK;
}

static enum rc client_of(struct cx *cx, struct id id, struct id *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_S(cx->actor.user.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    *ret = db_id(rows, 2);
    return RC_OK;
}

enum rc note_load(struct cx *cx, struct id id, struct note *ret)
{
    struct id client;
    struct note_list l;
    const struct cap *cap;
    TRY(client_of(cx, id, &client));
    enum rc rc = authorize(cx, ACT_READ_NOTES, client, PURPOSE_CARE, &cap);
    if (rc == RC_NOT_FOUND) {
        cx->n_errs = 0;
        return none(cx);
    }
    TRY(rc);
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_S(cx->actor.user.s)};
    TRY(note_query(cx, &SQL_NOTE_BY_ID, v, N_ELEMS(v), cap, 1, NOTE_LIST_MAX_BYTES, &l));
    if (l.n == 0)
        return l.n_broken > 0 ? RC_BROKEN : none(cx);
    *ret = l.note[0];
    return RC_OK;
}

static enum rc note_of_appointment(struct cx *cx, struct id appointment, struct id client,
                                   struct id *ret)
{
    *ret = (struct id){{0}};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(appointment), DB_ID(client),
                         DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_OF_APPOINTMENT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_id(rows, 0);
    return db_end(rows);
}

/* DAP when the usual one was put away or never chosen. */
enum rc note_template_usual(struct cx *cx, struct note_template *ret)
{
    struct person me;
    TRY(person_load(cx, cx->actor.user, &me));
    int n_errs = cx->n_errs;
    if (me.note_template != NULL && note_template_load(cx, me.note_template, ret) == RC_OK)
        return RC_OK;
    cx->n_errs = n_errs;
    return note_template_load(cx, "dap", ret);
}

enum rc note_draft_for(struct cx *cx, struct id appointment, struct note *ret)
{
    struct appointment a;
    struct note_template t;
    const struct cap *cap;
    struct id id;
    TRY(appointment_load(cx, appointment, &a));
    if (a.n_clients == 0)
        return none(cx);
    TRY(authorize(cx, ACT_WRITE_NOTES, a.client[0], PURPOSE_CARE, &cap));
    TRY(note_of_appointment(cx, a.id, a.client[0], &id));
    if (id_is_set(id))
        return note_load(cx, id, ret);
    TRY(note_template_usual(cx, &t));
    struct note n = {.client = a.client[0],
                     .appointment = a.id,
                     .author = cx->actor.user,
                     .about_ms = a.start_ms};
    note_begin(&n, &t);
    *ret = n;
    return RC_OK;
}

enum rc note_begin_for(struct cx *cx, struct id client, const char *template_key, struct note *ret)
{
    struct note_template t;
    const struct cap *cap;
    TRY(authorize(cx, ACT_WRITE_NOTES, client, PURPOSE_CARE, &cap));
    if (template_key != NULL)
        TRY(note_template_load(cx, template_key, &t));
    else
        TRY(note_template_usual(cx, &t));
    struct note n = {.client = client, .author = cx->actor.user, .about_ms = cx->now_ms};
    note_begin(&n, &t);
    *ret = n;
    return RC_OK;
}

/* --- writing ------------------------------------------------------------------------------ */

static enum rc seal(struct cx *cx, const struct cap *cap, const struct note *n, int64_t version,
                    struct bytes *ret)
{
    struct client_keys keys;
    struct seal_item item = {
        .where = {cx->practice, n->client, "note", n->id, SEAL_CLINICAL, version}};
    TRY(cap_admits(cx, cap, ACT_WRITE_NOTES));
    TRY(client_keys_load(cx, cap, &keys));
    item.wrapped = keys.wrapped[SEAL_CLINICAL];
    TRY(note_pack(cx, n, &item.in));
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    *ret = item.out;
    return RC_OK;
}

static enum rc insert(struct cx *cx, const struct cap *cap, struct note *n)
{
    struct bytes sealed;
    n->id = id_is_set(n->id) ? n->id : id_new();
    n->author = cx->actor.user;
    TRY(seal(cx, cap, n, 1, &sealed));
    struct db_val v[] = {DB_I(cx->practice),    DB_ID(n->id),      DB_ID(n->client),
                         DB_ID(n->appointment), DB_ID(n->author),  DB_I(n->kind),
                         DB_ID(n->parent),      DB_I(n->about_ms), DB_B(sealed),
                         DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_NOTE_INSERT, v, N_ELEMS(v), NULL));
    n->version = 1;
    TRY(audit_change_about(cx, n->client, "note", n->id, "create", NULL));
    return app_emit(cx, EV_NOTE_BEGUN, n->id);
}

static enum rc stale(struct cx *cx)
{
    return refuse(cx, RC_CONFLICT, "version",
                  N_("This note was changed on another device. Both versions are shown; nothing "
                     "was overwritten."));
}

static enum rc update(struct cx *cx, const struct cap *cap, struct note *n)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(seal(cx, cap, n, n->version + 1, &sealed));
    struct db_val v[] = {DB_B(sealed), DB_I(n->about_ms), DB_I(cx->now_ms), DB_I(cx->practice),
                         DB_ID(n->id), DB_I(n->version),  DB_ID(n->client), DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_NOTE_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return stale(cx);
    n->version++;
    return RC_OK;
}

/* Another device may have begun the same note, or this one may not have heard that it was stored.
 */
static enum rc is_stored(struct cx *cx, const struct note *n, bool *ret)
{
    struct id other = {{0}};
    if (id_is_set(n->appointment) && n->kind == NOTE_PROGRESS)
        TRY(note_of_appointment(cx, n->appointment, n->client, &other));
    *ret = id_is_set(other);
    if (*ret || !id_is_set(n->id))
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(n->id)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_EXISTS, v, N_ELEMS(v), &rows));
    *ret = db_next(rows);
    return *ret ? RC_OK : db_end(rows);
}

enum rc note_save_draft(struct cx *cx, struct note *n)
{
    struct note is = *n;
    const struct cap *cap;
    bool stored;
    TRY(authorize(cx, ACT_WRITE_NOTES, n->client, PURPOSE_CARE, &cap));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (is.version != 0) {
        TRY(update(cx, cap, &is));
    } else {
        TRY(is_stored(cx, &is, &stored));
        if (stored)
            return stale(cx);
        TRY(insert(cx, cap, &is));
    }
    TRY(db_commit(&tx));
    is.changed_ms = cx->now_ms;
    *n = is;
    return RC_OK;
}

bool note_is_late(const struct cx *cx, const struct practice *p, int64_t about_ms)
{
    return p->note_late_hours > 0 && cx->now_ms > about_ms + p->note_late_hours * HOUR_MS;
}

/* Others than this one that the actor sees at the note. */
static enum rc check_room(struct cx *cx, struct id parent, struct id correction)
{
    int64_t n = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(parent), DB_ID(cx->actor.user),
                         DB_S(correction.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_COUNT_CORRECTIONS, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        n = db_i64(rows, 0);
    TRY(db_end(rows));
    if (n < NOTE_MAX_CORRECTIONS)
        return RC_OK;
    return refusef(cx, RC_INVALID, "note",
                   N_("A note has up to %d corrections. Write a note of its own."),
                   NOTE_MAX_CORRECTIONS);
}

/* May it be signed? Its own words must say something, and a correction something new. */
static enum rc check_words(struct cx *cx, const struct note *n)
{
    struct note original;
    if (note_is_empty(n))
        return refuse(cx, RC_INVALID, "note",
                      N_("The note is empty. Write something, or leave it as a draft."));
    if (n->kind != NOTE_PROGRESS)
        TRY(check_room(cx, n->parent, n->id));
    if (n->kind != NOTE_AMENDMENT)
        return RC_OK;
    TRY(note_load(cx, n->parent, &original));
    if (note_says_the_same(n, &original))
        return refuse(cx, RC_INVALID, "note",
                      N_("This amendment says the same as the original. Change what is to be "
                         "corrected, or discard it."));
    return RC_OK;
}

static enum rc lock(struct cx *cx, const struct note *n, int64_t version)
{
    struct practice p;
    int64_t n_changed;
    TRY(practice_load(cx, &p));
    bool is_late = n->kind == NOTE_PROGRESS && note_is_late(cx, &p, n->about_ms);
    struct db_val v[] = {DB_I(cx->now_ms), DB_I(is_late), DB_I(cx->practice),
                         DB_ID(n->id),     DB_I(version), DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_NOTE_SIGN, v, N_ELEMS(v), &n_changed));
    return n_changed == 0 ? stale(cx) : RC_OK;
}

/* The audit log holds the hash of what is stored from now on: an older or another one is found. */
static enum rc attest(struct cx *cx, struct id id)
{
    struct bytes stored = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_STORED, v, N_ELEMS(v), &rows));
    if (db_next(rows))
        stored = db_bytes(rows, 0);
    TRY(db_end(rows));
    return audit_change_of(cx, "note", id, "sign", stored);
}

enum rc note_sign(struct cx *cx, struct id id, int64_t version)
{
    struct note n;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(note_load(cx, id, &n));
    if (n.state == NOTE_SIGNED && n.version == version)
        return db_commit(&tx);
    if (n.state == NOTE_SIGNED)
        return refuse(cx, RC_CONFLICT, "version",
                      N_("This note was already signed with other words."));
    TRY(check_words(cx, &n));
    TRY(lock(cx, &n, version));
    TRY(attest(cx, id));
    TRY(app_emit(cx, EV_NOTE_SIGNED, id));
    return db_commit(&tx);
}

enum rc note_discard(struct cx *cx, struct id id, int64_t version)
{
    struct note n;
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(note_load(cx, id, &n));
    if (n.state == NOTE_SIGNED)
        return refuse(
            cx, RC_INVALID, NULL,
            N_("A signed note is kept. What is wrong in it is corrected by an amendment."));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_I(version), DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_NOTE_DISCARD, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return stale(cx);
    TRY(audit_change(cx, "note", id, "discard", NULL));
    TRY(app_emit(cx, EV_NOTE_DISCARDED, id));
    return db_commit(&tx);
}

/* --- corrections ------------------------------------------------------------------------------ */

/* The correction of this kind that the actor has begun already, or unset. */
static enum rc begun_already(struct cx *cx, const struct note *p, enum note_kind kind,
                             struct id *ret)
{
    struct note_list l = {.more = true};
    *ret = (struct id){{0}};
    for (int n = 0; l.more; n += l.n) {
        TRY(note_list_children(cx, p->id, p->client, n, &l));
        l.more &= l.n > 0;
        for (int i = 0; i < l.n; i++)
            if (l.note[i].kind == kind && l.note[i].state == NOTE_DRAFT)
                *ret = l.note[i].id;
    }
    return RC_OK;
}

enum rc note_correct(struct cx *cx, struct id parent, enum note_kind kind, struct id *ret_id)
{
    struct note p, n;
    struct note_template t;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(note_load(cx, parent, &p));
    if (p.state != NOTE_SIGNED)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Only a signed note is corrected; a draft is simply changed."));
    if (p.kind != NOTE_PROGRESS)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Corrections belong to the note itself, not to another correction."));
    TRY(begun_already(cx, &p, kind, ret_id));
    if (id_is_set(*ret_id))
        return db_commit(&tx);
    TRY(check_room(cx, p.id, (struct id){{0}}));
    n = (struct note){.client = p.client, .kind = kind, .parent = p.id, .about_ms = p.about_ms};
    TRY(note_template_load(cx, "free", &t));
    note_begin(&n, &t);
    if (kind == NOTE_AMENDMENT) { /* begins with the words of the original */
        n.template_key = p.template_key;
        n.n_sections = p.n_sections;
        memcpy(n.section, p.section, sizeof(n.section));
    }
    TRY(note_save_draft(cx, &n));
    *ret_id = n.id;
    return db_commit(&tx);
}
