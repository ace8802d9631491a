/* SPDX-License-Identifier: AGPL-3.0-or-later
 * prepare.c - what a clinician wants to know before the next session, in a constant number of index
 * look-ups whatever the length of the history. */
#include "encounters_private.h"

enum { MAX_TASKS = 12, LOOK_BACK_DAYS = 60 };

static enum rc last_note(struct cx *cx, struct prepare *p)
{
    struct note *notes;
    int n;
    TRY(note_list_client(cx, p->client.id, p->appointment.start_ms, 1, &notes, &n));
    p->has_note = n > 0;
    if (n > 0)
        p->last = notes[0];
    return RC_OK;
}

enum rc prepare_load(struct cx *cx, struct id appointment, struct prepare *ret)
{
    struct prepare *p = arena_new(cx->arena, struct prepare);
    const struct cap *cap;
    TRY(appointment_load(cx, appointment, &p->appointment));
    if (p->appointment.n_clients == 0)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("Nobody is booked for this appointment yet."));
    TRY(authorize(cx, ACT_WRITE_NOTES, p->appointment.client[0], PURPOSE_CARE, &cap));
    TRY(client_load(cx, cap, &p->client));
    TRY(appointment_row_load(cx, p->appointment.id, &p->row));
    TRY(attendance_load(cx, p->client.id, p->appointment.start_ms, &p->attendance));
    TRY(authorized(cx, ACT_MONEY, p->client.id, PURPOSE_BILLING, &p->sees_money));
    if (p->sees_money)
        TRY(balance_load(cx, p->client.id, &p->balance));
    TRY(last_note(cx, p));
    int64_t since_ms =
        p->has_note ? p->last.about_ms : p->appointment.start_ms - LOOK_BACK_DAYS * MS_PER_DAY;
    TRY(task_list_client(cx, p->client.id, since_ms, MAX_TASKS, &p->tasks, &p->n_tasks));
    TRY(self_note_load(cx, p->client.id, &p->self_note, &p->self_note_version));
    *ret = *p;
    return RC_OK;
}
