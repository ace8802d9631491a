/* SPDX-License-Identifier: AGPL-3.0-or-later
 * close.c - closing a session: attendance, note, tasks, next appointment, charge; all or nothing.
 */
#include "encounters_private.h"

#include <string.h>

enum { MAX_TASKS = 200 };

static enum rc write_note(struct cx *cx, struct close_request *r)
{
    bool has_words = false;
    for (int i = 0; i < r->note.n_sections; i++)
        has_words |= r->note.section[i].text[0] != '\0';
    if (r->note.state == NOTE_SIGNED || (!has_words && !r->sign && !id_is_set(r->note.id)))
        return RC_OK;
    TRY(note_save_draft(cx, &r->note));
    return r->sign ? note_sign(cx, r->note.id, r->note.version) : RC_OK;
}

/* The next session: what is booked now, or stands already. */
static enum rc next_session(struct cx *cx, const struct close_request *r,
                            const struct appointment *a, int64_t *ret_ms)
{
    struct attendance t;
    TRY(attendance_load(cx, a->client[0], a->start_ms, &t));
    *ret_ms = r->next_start_ms != 0 ? r->next_start_ms : t.next_start_ms;
    return RC_OK;
}

/* Resuming Close must not make the same tasks twice. */
static bool is_among(const struct task *list, int n, const struct task *t)
{
    for (int i = 0; i < n; i++)
        if (id_eq(list[i].appointment, t->appointment) && list[i].kind == t->kind &&
            strcmp(list[i].title, t->title) == 0)
            return true;
    return false;
}

static enum rc write_tasks(struct cx *cx, struct close_request *r, const struct appointment *a)
{
    struct task *made = NULL;
    int64_t next_ms = 0;
    int n_made = 0;
    if (r->n_tasks > 0)
        TRY(next_session(cx, r, a, &next_ms));
    if (r->n_tasks > 0 && a->closed_ms != 0)
        TRY(task_list_client(cx, a->client[0], 0, MAX_TASKS, &made, &n_made));
    for (int i = 0; i < r->n_tasks; i++) {
        struct task *t = &r->task[i];
        if (!is_filled(t->title))
            continue;
        t->client = a->client[0];
        t->appointment = a->id;
        if (is_among(made, n_made, t))
            continue;
        if (t->due_days == DATE_NONE &&
            next_ms != 0) /* until next time, unless another day is named */
            t->due_days = zone_local(cx->zone, next_ms).days;
        TRY(task_save(cx, t));
    }
    return RC_OK;
}

/* Resuming Close must not book the same time twice. */
static enum rc has_next(struct cx *cx, const struct appointment *a, int64_t start_ms, bool *ret)
{
    struct appointment_row *rows;
    int n;
    *ret = false;
    TRY(appointment_list(cx, start_ms, start_ms + 1, a->clinician, &rows, &n));
    for (int i = 0; i < n; i++)
        *ret |= id_eq(rows[i].client_id, a->client[0]) && appointment_holds_slot(rows[i].state);
    return RC_OK;
}

/* On the Close page the clinician, room and client are not asked for: whatever is in the way is in
 * the way of the next time. */
static enum rc save_next(struct cx *cx, struct appointment *next)
{
    int before = cx->n_errs;
    enum rc rc = appointment_save(cx, next);
    for (int i = before; i < cx->n_errs; i++)
        cx->errs[i].field = "next_other";
    return rc;
}

static enum rc book_next(struct cx *cx, const struct appointment *a, int64_t start_ms)
{
    struct appointment next = {.clinician = a->clinician,
                               .room = a->room,
                               .service = a->service,
                               .modality = a->modality,
                               .state = APPT_BOOKED,
                               .start_ms = start_ms,
                               .end_ms = start_ms + (a->end_ms - a->start_ms),
                               .n_clients = a->n_clients};
    bool there;
    if (start_ms == 0)
        return RC_OK;
    TRY(has_next(cx, a, start_ms, &there));
    if (there)
        return RC_OK;
    memcpy(next.client, a->client, sizeof(next.client));
    return save_next(cx, &next);
}

static enum rc write_charge(struct cx *cx, const struct close_request *r,
                            const struct appointment *a, struct id *ret_invoice)
{
    struct service s;
    if (!r->charges)
        return RC_OK;
    TRY(service_load(cx, a->service, &s));
    struct charge c = {.client = a->client[0],
                       .clinician = a->clinician,
                       .appointment = a->id,
                       .service = a->service,
                       .service_days = zone_local(cx->zone, a->start_ms).days,
                       .amount_cents = r->fee_cents,
                       .description = s.name};
    TRY(charge_save(cx, &c));
    if (c.state == CHARGE_INVOICED)
        *ret_invoice = c.invoice;
    if (!r->is_paid || c.state != CHARGE_OPEN || r->fee_cents == 0)
        return RC_OK;
    TRY(invoice_issue(cx, a->client[0], &c.id, 1, ret_invoice));
    struct payment p = {.invoice = *ret_invoice,
                        .paid_days = cx_today(cx),
                        .amount_cents = r->fee_cents,
                        .method = r->method};
    return payment_save(cx, &p);
}

enum rc encounter_close(struct cx *cx, struct close_request *r, struct id *ret_invoice)
{
    struct appointment a;
    struct id invoice = {{0}};
    const struct cap *cap;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(appointment_load(cx, r->appointment, &a));
    if (a.n_clients == 0)
        return refuse(cx, RC_INVALID, NULL, N_("Nobody is booked for this appointment."));
    TRY(authorize(cx, ACT_WRITE_NOTES, a.client[0], PURPOSE_CARE, &cap));
    if (r->version != 0 && r->version != a.version && a.closed_ms == 0)
        return refuse(cx, RC_CONFLICT, "version",
                      N_("Somebody else changed this appointment meanwhile."));
    TRY(appointment_close(cx, a.id, r->attendance, r->actual_start_ms, r->actual_end_ms));
    TRY(write_note(cx, r));
    TRY(write_tasks(cx, r, &a));
    TRY(book_next(cx, &a, r->next_start_ms));
    TRY(write_charge(cx, r, &a, &invoice));
    TRY(db_commit(&tx));
    *ret_invoice = invoice;
    return RC_OK;
}
