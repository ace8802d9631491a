/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks_private.h - between the files of this folder. */
#pragma once
#include "app/app.h"
#include "domains/tasks/tasks.h"

/* The actor's, answered since then, the latest first. */
enum rc task_list_done(struct cx *cx, int64_t since_ms, int max, struct task **ret,
                       int *ret_n) MUST_USE;

/* A client who is handed over takes the tasks along. */
enum rc task_event(struct cx *cx, enum event e, struct id subject) MUST_USE;

enum rc tasks_check(struct cx *cx,
                    void (*report)(void *arg, const char *invariant, const char *detail),
                    void *arg) MUST_USE;
