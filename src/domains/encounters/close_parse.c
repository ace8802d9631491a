/* SPDX-License-Identifier: AGPL-3.0-or-later
 * close_parse.c - what the Close form says, as a request to close. */
#include "encounters_pages.h"

#include <stdlib.h>
#include <string.h>

const struct form_key close_keys[] = {{"appointment_version", FORM_NUMBER},
                                      {"attendance", FORM_STRING},
                                      {"actual_start", FORM_STRING},
                                      {"actual_end", FORM_STRING},
                                      {"next_other", FORM_STRING},
                                      {"fee", FORM_NUMBER},
                                      {"paid", FORM_STRING},
                                      {"sign", FORM_BOOL},
                                      {"tasks", FORM_EMPTY},
                                      {"tasks.", FORM_WORDS},
                                      {"note_id", FORM_STRING},
                                      {"note.", FORM_STRING},
                                      {0}};

static enum rc parse_attendance(struct cx *cx, const struct form *f, struct close_request *r)
{
    const char *key = or_empty(form_get(f, "attendance"));
    for (int i = APPT_HELD; i <= APPT_NO_SHOW; i++)
        if (strcmp(appointment_state_choices[i].key, key) == 0) {
            r->attendance = (enum appointment_state)i;
            return RC_OK;
        }
    return refuse(cx, RC_INVALID, "attendance", N_("Say whether the session was held."));
}

/* "09:02" on the day of the appointment; empty: not known. */
static enum rc parse_time(struct cx *cx, const struct form *f, const char *key,
                          const struct appointment *a, int64_t *ret)
{
    struct local l = zone_local(cx->zone, a->start_ms);
    const char *s = or_empty(form_get(f, key));
    if (s[0] == '\0')
        return RC_OK;
    if (!minutes_parse(s, &l.minute))
        return refuse(cx, RC_INVALID, key, N_("Write the time as 09:00."));
    (void)zone_instant(cx->zone, l, ret);
    return RC_OK;
}

static enum rc parse_next(struct cx *cx, const struct form *f, struct close_request *r)
{
    const char *other = or_empty(form_get(f, "next_other")), *next = or_empty(form_get(f, "next"));
    const char *s = other[0] != '\0' ? other : next;
    if (s[0] != '\0' && !zone_parse_iso(cx->zone, s, &r->next_start_ms))
        return refuse(cx, RC_INVALID, "next_other",
                      N_("Write the day and time of the next appointment."));
    return RC_OK;
}

static enum rc parse_charge(struct cx *cx, const struct form *f, struct close_request *r)
{
    const char *fee = form_get(f, "fee"), *paid = or_empty(form_get(f, "paid"));
    r->charges = fee != NULL;
    if (fee == NULL)
        return RC_OK;
    char *end = NULL;
    bool ok = f->is_json ? (r->fee_cents = strtoll(fee, &end, 10), end != fee && *end == '\0')
                         : locale_parse_cents(cx->locale, fee, &r->fee_cents);
    if (!ok || r->fee_cents < 0)
        return refusef(cx, RC_INVALID, "fee", N_("Write the fee as %s."),
                       locale_amount(cx->arena, cx->locale, 7000));
    for (int i = 0; i < PAY_N_; i++)
        if (strcmp(payment_method_choices[i].key, paid) == 0) {
            r->is_paid = true;
            r->method = (enum payment_method)i;
        }
    if (paid[0] != '\0' && !r->is_paid)
        return refuse(cx, RC_INVALID, "paid", N_("Choose one of the list."));
    return RC_OK;
}

static enum rc parse_tasks(struct cx *cx, const struct form *f, const struct appointment *a,
                           struct close_request *r)
{
    enum rc rc = RC_OK;
    int n = form_rows(f, "tasks", (int)N_ELEMS(r->task));
    for (int i = 0; i < n; i++) {
        struct form row = form_row(cx->arena, f, "tasks", i);
        const char *title = form_get(&row, "title"), *at = arena_printf(cx->arena, "tasks.%d", i);
        if (form_has(f, at))
            rc = refuse(cx, RC_INVALID, at, N_("Send a list here."));
        if (title == NULL || title[strspn(title, " ")] == '\0')
            continue;
        record_init(&task_type, &r->task[r->n_tasks]);
        r->task[r->n_tasks].client = a->client[0];
        if (record_parse_row(cx, &task_type, f, "tasks", i, NULL, &r->task[r->n_tasks]) != RC_OK)
            rc = RC_INVALID;
        r->n_tasks++;
    }
    return rc;
}

/* Every part is read, so that every error is shown at once. */
enum rc close_parse(struct cx *cx, const struct form *f, const struct appointment *a,
                    struct close_request *r)
{
    enum rc rc[] = {parse_attendance(cx, f, r),
                    form_flag(cx, f, "sign", &r->sign),
                    parse_time(cx, f, "actual_start", a, &r->actual_start_ms),
                    parse_time(cx, f, "actual_end", a, &r->actual_end_ms),
                    parse_tasks(cx, f, a, r),
                    parse_next(cx, f, r),
                    parse_charge(cx, f, r),
                    r->note.state == NOTE_DRAFT ? note_parse(cx, f, &r->note) : RC_OK};
    for (size_t i = 0; i < N_ELEMS(rc); i++)
        if (rc[i] != RC_OK)
            return rc[i];
    if (r->actual_start_ms != 0 && r->actual_end_ms != 0 && r->actual_end_ms < r->actual_start_ms)
        return refuse(cx, RC_INVALID, "actual_end", N_("The session ended before it started."));
    return RC_OK;
}
