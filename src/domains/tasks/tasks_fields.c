/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tasks_fields.c - the fields of a task, once. */
#include "domains/tasks/tasks.h"

const struct choice task_kind_choices[2] = {
    [TASK_FOLLOW_UP] = {"follow_up", N_("Follow-up")},
    [TASK_HOMEWORK] = {"homework", N_("Homework")},
};
const struct choice task_state_choices[4] = {
    [TASK_OPEN] = {"open", N_("Open")},
    [TASK_DONE] = {"done", N_("Done")},
    [TASK_PARTLY] = {"partly", N_("Partly")},
    [TASK_NOT] = {"not", N_("Not done")},
};

static enum rc check(struct cx *cx, const void *rec)
{
    const struct task *t = rec;
    if (t->kind == TASK_HOMEWORK && !id_is_set(t->client))
        return refuse(cx, RC_INVALID, "client", N_("Homework is for a client: choose who."));
    return RC_OK;
}

static const struct field fields[] = {
    TEXT(struct task, title, N_("What"), .seal = SEAL_CLINICAL, .flags = REQUIRED, .max = 300),
    CHOICE(struct task, kind, task_kind_choices, N_("Kind")),
    IDREF(struct task, client, N_("Client")),
    DATE(struct task, due_days, N_("Due")),
    CHOICE(struct task, state, task_state_choices, N_("State")),
    TEXT(struct task, why, N_("A word why"), .seal = SEAL_CLINICAL, .max = 300),
};
const struct record_type task_type = {
    .table = "task", .name = "Task", .fields = fields, .n_fields = N_ELEMS(fields), .check = check};
