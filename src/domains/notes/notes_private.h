/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_private.h - between the files of this folder. */
#pragma once
#include "domains/notes/notes.h"

/* --- content ---------------------------------------------------------------------
 * Sealed form of a note: "template" NUL key NUL, then per section key NUL title NUL text NUL,
 * after a version byte 1. Titles of own templates are kept with the note, so that a later change of
 * the template does not change the note. */
enum rc note_pack(struct cx *cx, const struct note *n, struct bytes *ret) MUST_USE;
enum rc note_unpack(struct cx *cx, struct bytes plain, struct note *ret) MUST_USE;

/* Opens many notes of one client. */
enum rc note_query(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                   struct id client, struct note **ret, int *ret_n) MUST_USE;

/* The addenda and amendments of a note, oldest first. */
enum rc note_list_children(struct cx *cx, struct id parent, struct id client, struct note **ret,
                           int *ret_n) MUST_USE;
enum rc note_discard(struct cx *cx, struct id id,
                     int64_t version) MUST_USE; /* a draft; RC_CONFLICT stale */
/* A new draft that belongs to a signed note: addendum, or amendment (starts as a copy). */
enum rc note_correct(struct cx *cx, struct id parent, enum note_kind kind,
                     struct id *ret_id) MUST_USE;

/* The author's notes whose text holds every word, newest first. *ret_n_opened: how many were
 * opened. Growth: linear in the author's notes; nothing is indexed. */
struct note_hit {
    struct id id, client;
    int64_t about_ms;
    bool is_draft;
    const char *before, *hit, *after; /* the words around the first hit */
};
enum rc note_search(struct cx *cx, const char *words, int max, struct note_hit **ret, int *ret_n,
                    int64_t *ret_n_opened) MUST_USE;

/* Own templates: sections as lines "Title<TAB>prompt". */
enum rc note_template_save(struct cx *cx, struct id *id, int64_t version, const char *name,
                           const char *sections, bool is_active) MUST_USE;
