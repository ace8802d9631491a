/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reminders.c - a day before an unsigned note becomes late, its author gets a task. The job is put when
 * the draft begins and dropped when it is signed; the task and the end of the job share one transaction. */
#include "encounters_private.h"

static enum rc remind(struct cx *cx, struct id note)
{
    struct note_owed *owed;
    struct id author;
    int n;
    bool is_owed = false;
    TRY(note_author(cx, note, &author));
    if (!id_is_set(author))
        return RC_OK;
    cx->actor = (struct actor){.user = author, .roles = ROLE_CLINICIAN, .name = "entracte"};
    TRY(note_list_drafts(cx, 200, &owed, &n));
    struct task t = {.kind = TASK_FOLLOW_UP, .due_days = cx_today(cx) + 1, .title = trc(cx, N_("Sign your draft note"))};
    for (int i = 0; i < n; i++)
        if (id_eq(owed[i].id, note)) {
            is_owed = true;
            t.client = owed[i].client;
            t.appointment = owed[i].appointment;
            t.due_days = zone_local(cx->zone, owed[i].late_at_ms).days;
        }
    return is_owed ? task_save(cx, &t) : RC_OK;
}

static const struct job_kind draft_reminder = {.name = "draft_reminder", .run = remind};
const struct job_kind *const encounter_jobs[] = {&draft_reminder, NULL};
