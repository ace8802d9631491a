/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reminders.c - a day before an unsigned note becomes late, its author gets a task.
 *
 * The job is put in the transaction that begins the draft and dropped in the one that signs or
 * discards it; the task and the end of the job share a third. */
#include "app/jobs.h"
#include "encounters_private.h"

enum { USUAL_LATE_HOURS = 72 }; /* for practices that mark no note as late */
static const int64_t HOUR_MS = 3600000;

/* When a note begun then is late. A correction is about a session that may be long ago: its hours
 * count from its own beginning. */
static int64_t late_ms(const struct practice *p, int64_t begun_ms)
{
    return begun_ms + (p->note_late_hours > 0 ? p->note_late_hours : USUAL_LATE_HOURS) * HOUR_MS;
}

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
    int64_t due_ms = n->kind == NOTE_PROGRESS ? late_ms(&p, n->about_ms) : cx->now_ms + MS_PER_DAY;
    struct task t = {.kind = TASK_FOLLOW_UP,
                     .client = n->client,
                     .appointment = n->appointment,
                     .due_days = zone_local(cx->zone, due_ms).days,
                     .title = trc(cx, N_("Sign your draft note"))};
    return task_save(cx, &t);
}

static const struct job_kind draft_reminder = {.name = "draft_reminder", .run = remind};
const struct job_kind *const encounter_jobs[] = {&draft_reminder, NULL};

static enum rc remind_later(struct cx *cx, struct id id)
{
    struct practice p;
    struct note *n = arena_new(cx->arena, struct note);
    TRY(note_load(cx, id, n));
    TRY(practice_load(cx, &p));
    int64_t begun_ms = n->kind == NOTE_PROGRESS ? n->about_ms : cx->now_ms;
    return job_put(cx, draft_reminder.name, id, late_ms(&p, begun_ms) - MS_PER_DAY);
}

enum rc encounter_event(struct cx *cx, enum event e, struct id subject)
{
    switch (e) {
    case EV_NOTE_BEGUN:
        return remind_later(cx, subject);
    case EV_NOTE_SIGNED:
    case EV_NOTE_DISCARDED:
        return job_drop(cx, draft_reminder.name, subject);
    default:
        return RC_OK;
    }
}
