/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_list.c - lists of notes, drafts that are owed, and the check of them all. */
#include "notes_private.h"
#include "notes_sql.h"

#include <string.h>

/* A sealed note and its words have up to 1 MiB each. */
enum { CHECK_BATCH = 64, CHECK_BATCH_MAX_BYTES = 256 << 20 };

static enum rc find_before(struct cx *cx, const struct cap *cap, int64_t before_ms,
                           const char *before_id, int max, struct note_found *ret)
{
    struct id client = cap_client(cap);
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client),          DB_I(before_ms),
                         DB_S(before_id),    DB_S(cx->actor.user.s), DB_I(max)};
    return note_find(cx, &SQL_NOTE_OF_CLIENT, v, N_ELEMS(v), cap, max, NOTE_LIST_MAX_BYTES, ret);
}

static enum rc list_before(struct cx *cx, const struct cap *cap, int64_t before_ms,
                           const char *before_id, int max, struct note_list *ret)
{
    struct note_found f;
    TRY(find_before(cx, cap, before_ms, before_id, max, &f));
    TRY(note_found_open(cx, &f));
    *ret = f.list;
    return RC_OK;
}

enum rc note_find_client(struct cx *cx, struct id client, int64_t before_ms, int max,
                         struct note_found **ret, int64_t *ret_newest_ms)
{
    struct note_found *f = arena_new(cx->arena, struct note_found);
    const struct cap *cap;
    TRY(authorize(cx, ACT_READ_NOTES, client, PURPOSE_CARE, &cap));
    TRY(find_before(cx, cap, before_ms, "", max, f)); /* no id is before "" */
    seal_expect(cx->keys, f->item, f->list.n);
    *ret_newest_ms = f->list.n > 0 ? f->list.note[0].about_ms : 0;
    *ret = f;
    return RC_OK;
}

enum rc note_open_found(struct cx *cx, struct note_found *f, struct note **ret, int *ret_n)
{
    TRY(note_found_open(cx, f));
    *ret = f->list.note;
    *ret_n = f->list.n;
    return RC_OK;
}

enum rc note_list_client(struct cx *cx, struct id client, int64_t before_ms, int max,
                         struct note **ret, int *ret_n)
{
    struct note_found *f;
    int64_t newest_ms;
    TRY(note_find_client(cx, client, before_ms, max, &f, &newest_ms));
    return note_open_found(cx, f, ret, ret_n);
}

enum rc note_list_page(struct cx *cx, struct id client, struct id from, int max,
                       struct note_list *ret)
{
    struct note last;
    const struct cap *cap;
    TRY(authorize(cx, ACT_READ_NOTES, client, PURPOSE_CARE, &cap));
    if (!id_is_set(from))
        return list_before(cx, cap, INT64_MAX, "", max, ret);
    TRY(note_load(cx, from, &last));
    if (!id_eq(last.client, client))
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such note."));
    return list_before(cx, cap, last.about_ms, from.s, max, ret);
}

enum rc note_list_children(struct cx *cx, struct id parent, struct id client, int n_before,
                           struct note_list *ret)
{
    const struct cap *cap;
    TRY(authorize(cx, ACT_READ_NOTES, client, PURPOSE_CARE, &cap));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(parent), DB_S(cx->actor.user.s),
                         DB_I(NOTE_LIST_MAX_CORRECTIONS), DB_I(n_before)};
    return note_query(cx, &SQL_NOTE_CHILDREN, v, N_ELEMS(v), cap, NOTE_LIST_MAX_CORRECTIONS,
                      NOTE_CORRECTIONS_MAX_BYTES, ret);
}

enum rc note_list_corrections(struct cx *cx, struct id client, struct note_place newest,
                              struct note_place oldest, struct note_list *ret)
{
    const struct cap *cap;
    TRY(authorize(cx, ACT_READ_NOTES, client, PURPOSE_CARE, &cap));
    struct db_val v[] = {DB_I(cx->practice),     DB_ID(client),
                         DB_I(oldest.about_ms),  DB_I(newest.about_ms),
                         DB_ID(oldest.id),       DB_ID(newest.id),
                         DB_S(cx->actor.user.s), DB_I(NOTE_LIST_MAX_CORRECTIONS)};
    return note_query(cx, &SQL_NOTE_CORRECTIONS, v, N_ELEMS(v), cap, NOTE_LIST_MAX_CORRECTIONS,
                      NOTE_CORRECTIONS_MAX_BYTES, ret);
}

/* Of a note itself even an empty draft is owed: the session took place. */
static enum rc says_something(struct cx *cx, const struct note *draft, enum note_kind kind,
                              struct id parent, bool *ret)
{
    struct note original;
    *ret = kind == NOTE_PROGRESS || !note_is_empty(draft);
    if (!*ret || kind != NOTE_AMENDMENT)
        return RC_OK;
    int n_errs = cx->n_errs;
    enum rc rc = note_load(cx, parent, &original);
    cx->n_errs = n_errs;
    if (rc == RC_BROKEN || rc == RC_NOT_FOUND) /* the draft is there to be read all the same */
        return RC_OK;
    TRY(rc);
    *ret = !note_says_the_same(draft, &original);
    return RC_OK;
}

enum rc note_list_drafts(struct cx *cx, int max, struct note_owed **ret, int *ret_n, bool *ret_more)
{
    struct note_owed *list = NULL;
    struct seal_item *item = NULL;
    struct practice p;
    size_t n_bytes = 0;
    struct id *parent = NULL;
    int n = 0, n_open = 0, cap = 0, cap_items = 0, cap_parents = 0;
    TRY(practice_load(cx, &p));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(cx->actor.user.s), DB_I(cx->now_ms),
                         DB_I(SEAL_CLINICAL), DB_I(max)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_DRAFTS, v, N_ELEMS(v), &rows));
    while (n_bytes < NOTE_LIST_MAX_BYTES && db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        arena_grow(cx->arena, item, n, cap_items);
        list[n] = (struct note_owed){.id = db_id(rows, 0),
                                     .client = db_id(rows, 2),
                                     .appointment = db_id(rows, 3),
                                     .about_ms = db_i64(rows, 4),
                                     .kind = (enum note_kind)db_i64(rows, 7)};
        arena_grow(cx->arena, parent, n, cap_parents);
        parent[n] = db_id(rows, 8);
        list[n].late_at_ms = list[n].about_ms + p.note_late_hours * INT64_C(3600000);
        list[n].is_late = list[n].kind == NOTE_PROGRESS && note_is_late(cx, &p, list[n].about_ms);
        item[n] = (struct seal_item){.where = {cx->practice, list[n].client, "note", list[n].id,
                                               SEAL_CLINICAL, db_i64(rows, 1)},
                                     .wrapped = db_bytes(rows, 6),
                                     .in = db_bytes(rows, 5)};
        n_bytes += item[n++].in.len;
    }
    TRY(n_bytes < NOTE_LIST_MAX_BYTES ? db_end(rows) : RC_OK);
    enum rc rc = seal_open_many(cx->arena, cx->keys, item, n);
    for (int i = 0; i < n; i++) {
        struct note content = {0};
        if (item[i].rc != RC_OK && item[i].rc != RC_BROKEN)
            return rc;
        if (item[i].rc != RC_OK || note_unpack(item[i].out, &content) != RC_OK)
            continue; /* Today is shown without it; `entracte check` names it */
        bool is_owed;
        TRY(says_something(cx, &content, list[i].kind, parent[i], &is_owed));
        if (!is_owed)
            continue;
        list[n_open] = list[i];
        list[n_open++].n_words = note_words(&content);
    }
    *ret = list;
    *ret_n = n_open;
    *ret_more = n == max || n_bytes >= NOTE_LIST_MAX_BYTES;
    return RC_OK;
}

enum rc note_states(struct cx *cx, const struct id *appointments, int n, int *ret_state)
{
    for (int i = 0; i < n; i++) {
        ret_state[i] = -1;
        _cleanup_rows_ struct db_rows *rows = NULL;
        struct db_val v[] = {DB_I(cx->practice), DB_ID(appointments[i]), DB_S(cx->actor.user.s)};
        TRY(db_query(cx->db, cx->arena, &SQL_NOTE_STATE_OF, v, N_ELEMS(v), &rows));
        while (db_next(rows))
            ret_state[i] = (int)db_i64(rows, 0);
        TRY(db_end(rows));
    }
    return RC_OK;
}

enum rc note_author(struct cx *cx, struct id note, struct id *ret)
{
    *ret = (struct id){{0}};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(note)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_DRAFT_AUTHOR, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_id(rows, 0);
    return db_end(rows);
}

/* --- invariants ---------------------------------------------------------------------------- */

typedef void report_fn(void *arg, const char *invariant, const char *detail);

static enum rc check_signed(struct cx *cx, report_fn *report, void *arg)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_CHECK_SIGNED, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        report(arg, "a signed note has the time of its signing", db_text(rows, 0));
    return db_end(rows);
}

enum rc notes_check(struct cx *cx, report_fn *report, void *arg)
{
    return check_signed(cx, report, arg);
}

/* --- what is sealed opens ------------------------------------------------------------------ */

struct sealed_walk {
    struct arena batch; /* opened notes, wiped before the next ones */
    const struct sealed_check *c;
    struct id last;
    int64_t n_opened;
};

static void sealed_walk_done(struct sealed_walk *o)
{
    arena_wipe(&o->batch);
}

static enum rc count_notes(struct cx *cx, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    *ret = 0;
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_CHECK_COUNT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

/* What does not open is reported, not an error; so is a note whose client has no key any more. */
static enum rc open_batch(struct cx *cx, struct sealed_walk *o, int *ret_n)
{
    struct seal_item item[CHECK_BATCH];
    int64_t left = o->c->max - o->n_opened;
    int n = 0;
    arena_reset(&o->batch);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_S(o->last.s),
                         DB_I(left < CHECK_BATCH ? left : CHECK_BATCH)};
    TRY(db_query(cx->db, &o->batch, &SQL_NOTE_CHECK_SAMPLE, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        o->last = db_id(rows, 0);
        item[n++] = (struct seal_item){.where = {cx->practice, db_id(rows, 2), "note", o->last,
                                                 SEAL_CLINICAL, db_i64(rows, 1)},
                                       .wrapped = db_bytes(rows, 4),
                                       .in = db_bytes(rows, 3)};
    }
    TRY(db_end(rows));
    if (seal_open_many(&o->batch, cx->keys, item, n) == RC_BUSY)
        return RC_BUSY;
    for (int i = 0; i < n; i++) {
        struct note content;
        if (item[i].rc != RC_OK || note_unpack(item[i].out, &content) != RC_OK)
            o->c->report(o->c->arg, "a note opens", item[i].where.row.s);
    }
    o->n_opened += n;
    *ret_n = n;
    return RC_OK;
}

enum rc notes_check_sealed(struct cx *cx, const struct sealed_check *c)
{
    CLEANUP(sealed_walk_done) struct sealed_walk o = {.c = c};
    int64_t n_all;
    arena_init(&o.batch, CHECK_BATCH_MAX_BYTES);
    TRY(count_notes(cx, &n_all));
    for (int n = CHECK_BATCH; n == CHECK_BATCH && o.n_opened < c->max;) {
        TRY(open_batch(cx, &o, &n));
        c->tell(c->arg, o.n_opened, n_all);
    }
    return RC_OK;
}
