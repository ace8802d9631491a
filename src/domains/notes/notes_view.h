/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/notes/notes.h"
#include "notes_private.h"
#include "web/web.h"

/* --- a note as it is read ------------------------------------------------------------- */

struct note_part {
    const char *key, *title, *text;
    bool differs; /* of an amendment: other words than the original's */
    bool is_written;
};
struct note_view {
    struct id id, client_id, appointment_id, author_id, parent_id;
    int64_t version;
    enum note_kind kind;
    enum note_state state;
    int64_t about_ms, signed_at_ms;
    bool is_late;
    const char *template, *author, *summary;
    struct note_part *sections;
    int n_sections;
    struct note_view *corrections; /* addenda and amendments, oldest first */
    int n_corrections;
    /* the page only: */
    const char *kind_text, *template_text, *about_text, *about_short, *about_iso, *signed_text;
    bool is_draft, is_amendment;
};
extern const struct shape note_read_shape; /* with its sections */
extern const struct shape note_row_shape;  /* with its first words and its corrections */

/* Makes the views of n notes; sections are compared with those of `original` (NULL: not). */
enum rc note_views(struct cx *cx, const struct note *list, int n, const struct note *original,
                   struct note_view **ret) MUST_USE;
/* "23 November 2026, 10:00" in the practice's zone. */

/* --- pages --------------------------------------------------------------------------------- */

struct note_choice { /* a template to begin with */
    const char *key, *name;
    bool is_chosen;
};
struct note_list_view {
    struct page page;
    struct client_header header;
    struct id client_id;
    struct note_view *notes;
    int n_notes;
    const char *next; /* path of the page after this, or NULL */
    bool is_first;
    struct note_choice *choices;
    int n_choices;
};
void notes_list_html(struct html h, const struct note_list_view *v);

struct note_page_view {
    struct page page;
    struct client_header header;
    struct note_view note;
    struct note_view *corrections;
    int n_corrections;
    const char *next; /* more corrections than one page takes */
    bool may_correct, may_print, is_first;
};
extern const struct shape note_page_shape;
void notes_note_html(struct html h, const struct note_page_view *v);

/* What another device stored, beside what is in the form. */
struct note_other {
    const char *title, *text;
};
struct note_edit_view {
    struct page page;
    struct client_header header;
    struct note_view note;
    struct note_editor editor;
    const char *heading, *action, *discard;
    const char *about, *about_text, *about_problem; /* for the input, for reading */
    bool may_set_about, is_late, is_conflict, is_signed;
    struct note_other *others; /* after a conflict */
    int n_others;
    struct note_view beside; /* of a correction the original, else the note before this one */
    bool is_correction, has_before;
};
void notes_edit_html(struct html h, const struct note_edit_view *v);

struct note_hit_view {
    struct id id, client_id;
    int64_t about_ms;
    bool is_draft;
    const char *client, *before, *hit, *after;
    const char *about_text, *about_iso; /* the page only */
};
struct note_search_view {
    struct page page;
    const char *q, *problem, *found;
    struct note_hit_view *hits;
    int n_hits;
    int64_t n_opened;
    bool was_asked, is_cut;
};
void notes_search_html(struct html h, const struct note_search_view *v);

struct template_row {
    const char *key, *name;
    bool is_builtin;
    struct note_part *sections; /* text: the prompt */
    int n_sections;
};
struct template_list_view {
    struct page page;
    struct template_row *templates;
    int n_templates;
    struct own_template *away; /* own ones that are not offered */
    int n_away;
};
void notes_templates_html(struct html h, const struct template_list_view *v);

struct template_view {
    struct page page;
    struct id id;
    int64_t version;
    struct own_template template;
    struct record_form form;
    const char *action;
    bool is_new;
};
void notes_template_html(struct html h, const struct template_view *v);

struct process_view {
    struct page page;
    struct client_header header;
    struct process_note note;
    struct record_form form;
    int64_t version;
    const char *action;
    bool is_lost;
};
void notes_process_html(struct html h, const struct process_view *v);

extern const struct domain domain_notes;
