/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks_private.h - between the files of this folder. */
#pragma once
#include "app/app.h"
#include "domains/tasks/tasks.h"

/* The actor's, newest first, in any state. */
enum rc task_list_recent(struct cx *cx, int max, struct task **ret, int *ret_n) MUST_USE;
