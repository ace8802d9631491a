/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encounters_view.h - what Prepare and Close show; HTML and JSON alike. */
#pragma once
#include "domains/encounters/encounters.h"
#include "web/web.h"

struct prep_line {
    const char *text, *why, *chip; /* chip: "" none */
    const char *chip_class;        /* "chip ok", "chip need", "chip" */
    const char *href;
};

struct prepare_view {
    struct page page;
    struct id appointment_id, client_id;
    int64_t start_ms, end_ms;
    const char *name, *initials, *pronouns, *when, *where, *session, *contact;
    int age;
    bool has_age, has_note;
    const char *last_day, *last_text, *last_path, *last_state;
    const char *plan;
    const char *self_note;
    int64_t self_note_version;
    struct prep_line *promised; /* open follow-ups of the clinician */
    int n_promised;
    struct prep_line *homework;
    int n_homework;
    struct prep_line *attendance;
    int n_attendance;
    struct prep_line *money;
    int n_money;
    const char *file_path, *close_path, *self_note_action;
};
void encounters_prepare_html(struct html h, const struct prepare_view *v);

struct close_option {
    const char *value, *label;
    bool is_chosen;
    const char *key; /* shortcut */
};
struct task_row {
    const char *prefix; /* "tasks.0." */
    const char *title, *due;
    bool is_homework, is_mine;
    const char *error;
};
struct close_view {
    struct page page;
    struct id appointment_id, client_id;
    int64_t version;
    const char *name, *when, *action, *draft_action, *later, *file_path;
    struct close_option *attendance;
    int n_attendance;
    const char *actual_start, *actual_end; /* "09:02" */
    struct note_editor editor;
    bool is_signed;
    struct note_section *sections; /* of the signed note */
    int n_sections;
    struct task_row *tasks, *more; /* more: shown on demand, or when something stands there */
    int n_tasks, n_more;
    bool has_more;
    struct close_option *next;
    int n_next;
    const char *next_other, *next_error;
    const char *service, *fee, *fee_error;
    struct close_option *paid;
    int n_paid;
    const char *charge_note; /* already invoiced, ... */
    bool charges;
    const char *last_day, *last_plan, *last_text;
    struct prep_line *open_tasks;
    int n_open_tasks;
    struct record_form errors;
};
void close_task(struct html h, const struct task_row *v);
void encounters_close_html(struct html h, const struct close_view *v);

extern const struct domain domain_encounters;
