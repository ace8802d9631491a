/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reminders.c - a day before an unsigned note becomes late, its author gets a task. The job is put
 * when the draft begins and dropped when it is signed; the task and the end of the job share one
 * transaction. */
#include "encounters_private.h"

static enum rc remind(struct cx *cx, struct id id)
{
    struct id author;
    struct practice p;
    struct note *n = arena_new(cx->arena, struct note);
    TRY(note_author(cx, id, &author));
    if (!id_is_set(author))
        return RC_OK; /* signed, or thrown away */
    cx->actor = (struct actor){.user = author, .roles = ROLE_CLINICIAN, .name = "entracte"};
    enum rc rc = note_load(cx, id, n);
    if (rc == RC_NOT_FOUND)
        return RC_OK; /* the client is somebody else's now */
    TRY(rc);
    TRY(practice_load(cx, &p));
    int64_t late_ms = n->about_ms + p.note_late_hours * INT64_C(3600000);
    struct task t = {.kind = TASK_FOLLOW_UP,
                     .client = n->client,
                     .appointment = n->appointment,
                     .due_days = zone_local(cx->zone, late_ms).days,
                     .title = trc(cx, N_("Sign your draft note"))};
    return task_save(cx, &t);
}

static const struct job_kind draft_reminder = {.name = "draft_reminder", .run = remind};
const struct job_kind *const encounter_jobs[] = {&draft_reminder, NULL};
