/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks.h - follow-ups (for staff) and homework (for the client). */
#pragma once
#include "domains/agenda/agenda.h"

enum task_kind { TASK_FOLLOW_UP, TASK_HOMEWORK };
enum task_state { TASK_OPEN, TASK_DONE, TASK_PARTLY, TASK_NOT };
extern const struct choice task_kind_choices[2], task_state_choices[4];

struct task {
    struct id id;
    int64_t version;
    enum task_kind kind;
    struct id client, owner, appointment; /* client unset: general */
    int32_t due_days;                     /* DATE_NONE: none */
    enum task_state state;
    int64_t done_ms, created_ms;
    const char *title, *why; /* sealed; why: a word on partly or not */
    const char *client_name; /* for lists; "" when general */
};
extern const struct record_type task_type;

enum rc task_save(struct cx *cx,
                  struct task *t) MUST_USE; /* new when id unset; owner unset: the actor */
enum rc task_load(struct cx *cx, struct id id, struct task *ret) MUST_USE;
/* The actor's open tasks by due date (none last), at most max. */
enum rc task_list_open(struct cx *cx, int max, struct task **ret, int *ret_n) MUST_USE;
/* A client's, newest first: open ones and those changed since since_ms. */
enum rc task_list_client(struct cx *cx, struct id client, int64_t since_ms, int max,
                         struct task **ret, int *ret_n) MUST_USE;
/* The same in two steps, for a page that opens more than tasks: what was found comes along with the
 * next call to the keys. */
struct task_found {
    struct task *list;
    struct seal_item *item;
    int n;
};
enum rc task_find_client(struct cx *cx, struct id client, int64_t since_ms, int max,
                         struct task_found *ret) MUST_USE;
enum rc task_open_found(struct cx *cx, struct task_found *f) MUST_USE;
/* Open and due today or before. */
enum rc task_count_due(struct cx *cx, int64_t *ret) MUST_USE;
enum rc task_count_open(struct cx *cx, int64_t *ret_n, int64_t *ret_n_overdue) MUST_USE;
