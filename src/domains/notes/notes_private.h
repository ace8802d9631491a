/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_private.h - between the files of this folder. */
#pragma once
#include "app/app.h"
#include "domains/notes/notes.h"

/* A client is erased. */
enum rc notes_event(struct cx *cx, enum event e, struct id subject) MUST_USE;

/* --- process notes: the author's alone --------------------------------------------- */

/* cap: ACT_PRIVATE, asked for within. No row: version 0. is_lost: it was sealed with an own key
 * that a new password, set by somebody else, took the place of. */
enum rc process_note_load(struct cx *cx, struct id client, struct process_note *ret) MUST_USE;
/* RC_CONFLICT: changed on another device. */
enum rc process_note_save(struct cx *cx, struct id client, struct process_note *n) MUST_USE;

/* --- content ---------------------------------------------------------------------
 * Sealed form of a note: a version byte 1, then "template" NUL, then per section key NUL title NUL
 * text NUL. Titles of own templates are kept with the note, so that a later change of the template
 * does not change the note. */
enum rc note_pack(struct cx *cx, const struct note *n, struct bytes *ret) MUST_USE;

void note_begin(struct note *n, const struct note_template *t); /* its sections, empty */
void note_translate(struct cx *cx, struct note *n); /* titles and prompts of built-in templates */
bool note_is_empty(const struct note *n);
bool note_says_the_same(const struct note *a, const struct note *b);
int64_t note_words(const struct note *n);

/* --- notes ----------------------------------------------------------------------- */

/* Sealed bytes that one list opens: of notes, and of corrections, where one note's are as long as
 * can be. Both stand on one page, and what comes out of them is no more than a quarter of a
 * request's memory. */
enum {
    NOTE_LIST_MAX_BYTES = 5 << 20,
    NOTE_CORRECTIONS_MAX_BYTES = 10 << 20,
    NOTE_LIST_MAX_CORRECTIONS = 100
};

struct note_list {
    struct note *note;
    int n;
    int n_broken; /* do not open; `entracte check` names them */
    bool more;    /* stopped at max_bytes or at the statement's limit: more follow */
};
/* Finds many notes of one client, at most max (which the statement has, too) and max_bytes; and
 * opens them. */
struct note_found {
    struct note_list list;
    struct seal_item *item;
};
enum rc note_find(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                  const struct cap *cap, int max, size_t max_bytes,
                  struct note_found *ret) MUST_USE;
enum rc note_found_open(struct cx *cx, struct note_found *f) MUST_USE;
enum rc note_query(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                   const struct cap *cap, int max, size_t max_bytes,
                   struct note_list *ret) MUST_USE;
/* A new note in memory, not about an appointment. template_key NULL: the author's usual one. */
enum rc note_begin_for(struct cx *cx, struct id client, const char *template_key,
                       struct note *ret) MUST_USE;
/* The client's notes that stand after `from` in the list (newest first), at most max. from unset:
 * the newest; RC_NOT_FOUND: not a note of this client. */
enum rc note_list_page(struct cx *cx, struct id client, struct id from, int max,
                       struct note_list *ret) MUST_USE;
/* Addenda and amendments of one note, oldest first. */
enum rc note_list_children(struct cx *cx, struct id parent, struct id client, int n_before,
                           struct note_list *ret) MUST_USE;
/* Those of a part of the client's list, in the order of their notes, then oldest first. */
struct note_place {
    int64_t about_ms;
    struct id id;
};
enum rc note_list_corrections(struct cx *cx, struct id client, struct note_place newest,
                              struct note_place oldest, struct note_list *ret) MUST_USE;
/* Would it be a late entry, signed now? */
bool note_is_late(const struct cx *cx, const struct practice *p, int64_t about_ms);
/* Forgets a draft. RC_CONFLICT stale; RC_INVALID it is signed. */
enum rc note_discard(struct cx *cx, struct id id, int64_t version) MUST_USE;
/* A draft that belongs to a signed note: an addendum, or an amendment, which begins as a copy. The
 * actor's own draft of that kind when there is one. */
enum rc note_correct(struct cx *cx, struct id parent, enum note_kind kind,
                     struct id *ret_id) MUST_USE;

/* --- search ------------------------------------------------------------------------ */

enum { NOTE_MAX_QUERY_CHARS = 100 };
struct note_hit {
    struct id id, client;
    int64_t about_ms;
    bool is_draft;
    const char *before, *hit, *after; /* the words around the first hit */
};
/* The actor's own notes that hold every one of the words, newest first; case and accents do not
 * count. Growth: linear in the author's notes, which are opened in batches; nothing is indexed.
 *
 * Out:    *ret_n  hits, at most max; *ret_n_opened  how many notes were opened for it
 * Errors: RC_INVALID  "q": no word to look for, or too long */
enum rc note_search(struct cx *cx, const char *words, int max, struct note_hit **ret, int *ret_n,
                    int64_t *ret_n_opened) MUST_USE;

/* --- own templates ------------------------------------------------------------------- */

struct own_template {
    struct id id;
    int64_t version;
    const char *name, *sections; /* lines "Title | prompt" (or a tab) */
    bool is_active;
};
extern const struct record_type own_template_type;
enum rc own_template_load(struct cx *cx, struct id id, struct own_template *ret) MUST_USE;
/* Those that are not offered any more, by name. */
enum rc own_template_list_away(struct cx *cx, struct own_template **ret, int *ret_n) MUST_USE;
/* New when id is unset. RC_CONFLICT stale. */
enum rc own_template_save(struct cx *cx, struct own_template *own) MUST_USE;

/* --- the whole --------------------------------------------------------------------------- */

/* For `entracte check`: signed notes have a time of signing, and notes open (a sample). */
enum rc notes_check(struct cx *cx,
                    void (*report)(void *arg, const char *invariant, const char *detail),
                    void *arg) MUST_USE;
enum rc notes_check_sealed(struct cx *cx, const struct sealed_check *c) MUST_USE;
