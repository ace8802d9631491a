/* SPDX-License-Identifier: AGPL-3.0-or-later
 * today_view.h - what the home page shows; HTML and JSON alike. */
#pragma once
#include "domains/today/today.h"
#include "web/web.h"

struct day_row {
    struct id id, client_id;
    int64_t start_ms, end_ms, version;
    const char *time, *title, *where, *state, *chip_class, *row_class, *gap, *path;
    const char *action, *action_path; /* "" none */
    const char *arrived_path;         /* NULL: nobody is expected, or not for this reader to say */
    enum appointment_state state_key;
};
struct now_line {
    const char *label, *text;
};
struct owed_row {
    const char *what, *who, *why, *action, *path, *row_class;
    struct id task; /* as struct owed */
    int64_t version;
};
struct today_view {
    struct page page;
    const char *heading, *summary, *proof, *layout; /* layout: one column for who has no agenda */
    bool has_next, sees_agenda;
    struct id next_id;
    int64_t next_version, next_start_ms;
    const char *next_when, *next_iso, *next_name, *next_sub, *prepare_path, *file_path,
        *arrived_path, *next_close_path;
    bool next_has_begun, may_arrive, may_prepare;
    struct now_line *lines;
    int n_lines;
    struct day_row *rows;
    int n_rows;
    struct owed_row *owed;
    int n_owed;
};
void today_today_html(struct html h, const struct today_view *v);

extern const struct domain domain_today;
