/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes.h - progress notes: drafts, signing, addenda and amendments.
 *
 * Content is sealed under the client's clinical key. Only the author sees drafts; signed notes are
 * read by the client's clinician. A signed note never changes (the database refuses it);
 * corrections are notes of their own that point to it. */
#pragma once
#include "domains/agenda/agenda.h"

enum note_kind { NOTE_PROGRESS, NOTE_ADDENDUM, NOTE_AMENDMENT };
enum note_state { NOTE_DRAFT, NOTE_SIGNED };
/* A note with all its corrections is one page: docs/limits.md says what that takes. */
enum {
    NOTE_MAX_SECTIONS = 12,
    NOTE_MAX_SECTION_CHARS = 20000,
    NOTE_MAX_CHARS = 100000, /* of all sections */
    NOTE_MAX_CORRECTIONS = 20,
};

struct note_section {
    const char *key, *title, *prompt; /* key: "s", "plan", ... or "s1".. of own templates; title
                                         translated when built in */
    const char *text;
};
struct note_template {
    const char
        *key; /* "soap" "dap" "birp" "girp" "pie" "free" "intake" "phone" "noshow", or an id */
    const char *name;
    bool is_builtin;
    int64_t version;
    struct note_section section[NOTE_MAX_SECTIONS];
    int n_sections;
};
/* Built in and the actor's own. */
enum rc note_template_list(struct cx *cx, struct note_template **ret, int *ret_n) MUST_USE;
enum rc note_template_usual(struct cx *cx,
                            struct note_template *ret) MUST_USE; /* the author's; else DAP */
enum rc note_template_load(struct cx *cx, const char *key,
                           struct note_template *ret) MUST_USE; /* unknown: RC_NOT_FOUND */

struct note {
    struct id id;
    int64_t version;
    struct id client, appointment, author, parent;
    enum note_kind kind;
    enum note_state state;
    int64_t about_ms, signed_ms, changed_ms;
    bool is_late;
    const char *template_key;
    struct note_section section[NOTE_MAX_SECTIONS];
    int n_sections;
};

/* The author's draft for an appointment, made (in memory, id unset) from the usual template when
 * there is none. */
enum rc note_draft_for(struct cx *cx, struct id appointment, struct note *ret) MUST_USE;
enum rc note_load(struct cx *cx, struct id id, struct note *ret) MUST_USE;
/* Stores a draft (autosave). RC_CONFLICT: another device stored a newer version; nothing is
 * overwritten. */
enum rc note_save_draft(struct cx *cx, struct note *n) MUST_USE;
/* Signs: RC_INVALID when every section is empty; RC_CONFLICT stale or already signed with other
 * words. Idempotent. */
enum rc note_sign(struct cx *cx, struct id id, int64_t version) MUST_USE;
/* Fills sections from a form: keys "note.KEY" (texts) and "note.template". */
enum rc note_parse(struct cx *cx, const struct form *f, struct note *n) MUST_USE;

/* Newest first, at most max, about_ms before before_ms; content opened. Without corrections. */
enum rc note_list_client(struct cx *cx, struct id client, int64_t before_ms, int max,
                         struct note **ret, int *ret_n) MUST_USE;
/* The same in two steps, for a page that opens more than notes: what was found comes along with the
 * next call to the keys. *ret_newest_ms: when the newest was; 0: there is none. */
struct note_found;
enum rc note_find_client(struct cx *cx, struct id client, int64_t before_ms, int max,
                         struct note_found **ret, int64_t *ret_newest_ms) MUST_USE;
enum rc note_open_found(struct cx *cx, struct note_found *f, struct note **ret,
                        int *ret_n) MUST_USE;
/* The author's drafts, oldest first, without content. A correction that corrects nothing yet is not
 * owed: whoever opened it need not go on. */
struct note_owed {
    struct id id, client, appointment;
    enum note_kind kind;
    int64_t about_ms;
    int64_t n_words; /* of the draft */
    bool is_late;    /* already past the limit, which corrections do not have */
    int64_t late_at_ms;
};
enum rc note_list_drafts(struct cx *cx, int max, struct note_owed **ret, int *ret_n,
                         bool *ret_more) MUST_USE;
/* Which of these appointments have a note by the actor: state per appointment, -1 none. */
enum rc note_states(struct cx *cx, const struct id *appointments, int n, int *ret_state) MUST_USE;

const char *note_section_text(const struct note *n, const char *key); /* "" when absent */
/* The plan of a note: its "plan" section ("p" of SOAP, DAP, BIRP...), or the last section. */
const char *note_plan(const struct note *n);
const char *note_summary(struct arena *a, const struct note *n,
                         int max_chars); /* first words of the first non-empty section */

/* Who wrote a draft, for the reminder; unset when it is signed or gone. */
enum rc note_author(struct cx *cx, struct id note, struct id *ret) MUST_USE;

/* --- the editor, for this domain's page and for Close ------------------------------------------
 * {{>note_editor &v.editor}} inside the page's own <form>: the template chooser, one textarea a
 * section, the save state, and the hidden fields note_id, version (of the note) and note.template.
 * It sends note_id, version, note.template, note.<section key>   read by note_parse() and
 * note_id_of() note.use, note.change    the button "Use": note_parse() changes to the template
 * note.use; the page stores the draft and shows itself again (note_wants_template()) and nothing
 * else, so that a page's list of keys names "note_id" and "note." besides its own. */
struct note_editor_choice {
    const char *key, *name;
    bool is_chosen;
};
struct note_editor_section {
    const char *key, *title, *prompt, *text, *problem; /* prompt "", problem NULL: none */
    int rows;                                          /* a note of one section has a tall one */
    bool is_first;                                     /* where writing goes on: the first empty */
};
struct note_editor {
    struct id note_id; /* a new one while nothing is stored, so that storing twice makes one note */
    int64_t version;   /* 0: nothing is stored yet */
    const char *template_key;
    const char *saved; /* "Saved 10:42", or NULL */
    const char *problem;
    int max_chars; /* of a section */
    struct note_editor_choice *choices;
    int n_choices;
    struct note_editor_section *sections;
    int n_sections;
};
enum rc note_editor_load(struct cx *cx, const struct note *n, struct note_editor *ret) MUST_USE;
void note_editor(struct html h, const struct note_editor *v);

/* "version" and "note" of an open JSON object: what a 409 shows under "current", named as the
 * editor's fields are, so that the browser can show both versions (ui/src/autosave.js). */
void note_json(struct json *j, const struct note *n);

bool note_wants_template(const struct form *f); /* was "Use" pressed? */
struct id note_id_of(const struct form *f);     /* note_id; unset when absent or malformed */

/* The bytes of a note's content, to be sealed; also for what writes and reads notes in bulk. */
enum rc note_pack(struct cx *cx, const struct note *n, struct bytes *ret) MUST_USE;
/* Texts point into `plain`. RC_BROKEN: not what note_pack() makes. */
enum rc note_unpack(struct bytes plain, struct note *ret) MUST_USE;

/* What a therapist writes for themselves alone, one running text per client. */
struct process_note {
    int64_t version;
    bool is_lost;
    const char *text;
};
extern const struct record_type process_note_type;
