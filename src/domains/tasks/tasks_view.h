/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/tasks/tasks.h"
#include "web/web.h"

struct task_line {
    struct id id, client;
    int64_t version;
    enum task_kind kind;
    enum task_state state;
    int32_t due_days;
    int64_t done_ms;
    const char *title, *why;
    const char *client_name; /* "" on the client's own page, and when general */
    /* page only: */
    const char *csrf, *next; /* of its forms */
    const char *due_text, *state_text;
    bool is_late, is_open, is_homework, is_done, is_partly, is_not;
};
void task_line(struct html h, const struct task_line *v);

struct task_group { /* "Overdue", "Today" ... */
    const char *heading;
    struct task_line *rows;
    int n_rows;
};

/* Who may be chosen on a form. */
struct task_client {
    struct id id;
    const char *name;
    bool is_chosen;
};
struct task_add { /* the form of one line, and the long one */
    const char *csrf, *next;
    struct record_form form;
    struct task_client *clients;
    int n_clients;
    struct id client;        /* fixed by the page; unset: choose */
    const char *client_name; /* of the fixed one */
};
void task_add(struct html h, const struct task_add *v);
void task_aside(struct html h, const struct task_add *v);

struct tasks_view {
    struct page page;
    struct task_line *tasks, *done; /* open by due date; answered lately */
    int n_tasks, n_done;
    struct task_group *groups;
    int n_groups;
    int64_t n_overdue;
    const char *summary;
    struct task_add add;
};
void tasks_list_html(struct html h, const struct tasks_view *v);

struct client_tasks_view {
    struct page page;
    struct client_header header;
    struct task_line *tasks, *done;
    int n_tasks, n_done;
    struct task_add add;
};
void tasks_client_html(struct html h, const struct client_tasks_view *v);

/* What somebody else stored meanwhile, where it differs from what was sent. */
struct task_difference {
    const char *label, *stored;
};
struct task_view {
    struct page page;
    struct id id; /* unset: a new one */
    int64_t version;
    struct task task;
    struct task_add add; /* its inputs */
    const char *action, *client_name, *back;
    struct task_difference *differences;
    int n_differences;
    bool is_conflict;
};
void tasks_edit_html(struct html h, const struct task_view *v);

extern const struct domain domain_tasks;
