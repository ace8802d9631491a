/* SPDX-License-Identifier: AGPL-3.0-or-later
 * prepare.c - what a clinician wants to know before the next session, in a constant number of index
 * look-ups whatever the length of the history. */
#include "encounters_private.h"

enum { MAX_TASKS = 12, LOOK_BACK_DAYS = 60 };

/* What is sealed is found first, and opened with one call. */
struct found {
    struct note_found *notes;
    struct task_found tasks;
    struct self_note_found self_note;
};

static enum rc find(struct cx *cx, const struct appointment *a, struct found *ret)
{
    struct id client = a->client[0];
    int64_t last_ms = 0;
    TRY(note_find_client(cx, client, a->start_ms, 1, &ret->notes, &last_ms));
    int64_t since_ms = last_ms > 0 ? last_ms : a->start_ms - LOOK_BACK_DAYS * MS_PER_DAY;
    TRY(task_find_client(cx, client, since_ms, MAX_TASKS, &ret->tasks));
    return self_note_find(cx, client, &ret->self_note);
}

static enum rc open_found(struct cx *cx, struct found *f, struct prepare *p)
{
    struct note *notes;
    int n;
    TRY(note_open_found(cx, f->notes, &notes, &n));
    p->has_note = n > 0;
    if (n > 0)
        p->last = notes[0];
    TRY(task_open_found(cx, &f->tasks));
    p->tasks = f->tasks.list;
    p->n_tasks = f->tasks.n;
    p->self_note_version = f->self_note.version;
    return self_note_open(cx, &f->self_note, &p->self_note);
}

enum rc prepare_load(struct cx *cx, struct id appointment, struct prepare *ret)
{
    struct prepare *p = arena_new(cx->arena, struct prepare);
    const struct cap *cap;
    struct found f;
    TRY(appointment_load(cx, appointment, &p->appointment));
    if (p->appointment.n_clients == 0)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("Nobody is booked for this appointment yet."));
    TRY(authorize(cx, ACT_WRITE_NOTES, p->appointment.client[0], PURPOSE_CARE, &cap));
    TRY(find(cx, &p->appointment, &f));
    TRY(client_load(cx, cap, &p->client));
    TRY(appointment_row_load(cx, p->appointment.id, &p->row));
    TRY(attendance_load(cx, p->client.id, p->appointment.start_ms, &p->attendance));
    TRY(authorized(cx, ACT_MONEY, p->client.id, PURPOSE_BILLING, &p->sees_money));
    if (p->sees_money)
        TRY(balance_load(cx, p->client.id, &p->balance));
    TRY(open_found(cx, &f, p));
    *ret = *p;
    return RC_OK;
}
