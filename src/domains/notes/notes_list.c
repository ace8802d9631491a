/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_list.c - lists of notes, drafts that are owed, and search by opening. */
#include "notes_private.h"
#include "notes_sql.h"

#include <string.h>

enum { SEARCH_BATCH = 500 };

enum rc note_list_client(struct cx *cx, struct id client, int64_t before_ms, int max,
                         struct note **ret, int *ret_n)
{
    TRY(client_treated(cx, client));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(before_ms), DB_S(cx->actor.user.s),
                         DB_I(max)};
    return note_query(cx, &SQL_NOTE_OF_CLIENT, v, N_ELEMS(v), client, ret, ret_n);
}

enum rc note_list_children(struct cx *cx, struct id parent, struct id client, struct note **ret,
                           int *ret_n)
{
    TRY(client_treated(cx, client));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(parent), DB_S(cx->actor.user.s)};
    return note_query(cx, &SQL_NOTE_CHILDREN, v, N_ELEMS(v), client, ret, ret_n);
}

static int64_t words(const struct note *n)
{
    int64_t count = 0;
    for (int i = 0; i < n->n_sections; i++) {
        bool in_word = false;
        for (const char *p = n->section[i].text; *p != '\0'; p++) {
            bool blank = *p == ' ' || *p == '\n' || *p == '\t' || *p == '\r';
            count += !blank && !in_word;
            in_word = !blank;
        }
    }
    return count;
}

enum rc note_list_drafts(struct cx *cx, int max, struct note_owed **ret, int *ret_n)
{
    struct note_owed *list = NULL;
    struct seal_item *item = NULL;
    struct practice p;
    int n = 0, cap = 0, cap_items = 0;
    TRY(practice_load(cx, &p));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_S(cx->actor.user.s),
                         DB_I(max)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_DRAFTS, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        arena_grow(cx->arena, item, n, cap_items);
        list[n] = (struct note_owed){.id = db_id(rows, 0),
                                     .client = db_id(rows, 2),
                                     .appointment = db_id(rows, 3),
                                     .about_ms = db_i64(rows, 4)};
        list[n].late_at_ms = list[n].about_ms + p.note_late_hours * INT64_C(3600000);
        list[n].is_late = p.note_late_hours > 0 && cx->now_ms > list[n].late_at_ms;
        item[n] = (struct seal_item){.where = {cx->practice, list[n].client, "note", list[n].id,
                                               SEAL_CLINICAL, db_i64(rows, 1)},
                                     .wrapped = db_bytes(rows, 6),
                                     .in = db_bytes(rows, 5)};
        n++;
    }
    TRY(db_end(rows));
    TRY(seal_open_many(cx->arena, cx->keys, item, n));
    for (int i = 0; i < n; i++) {
        struct note content = {0};
        TRY(note_unpack(cx, item[i].out, &content));
        list[i].n_words = words(&content);
    }
    *ret = list;
    *ret_n = n;
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
