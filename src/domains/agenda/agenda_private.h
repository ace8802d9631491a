/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_private.h - between the files of this folder. */
#pragma once
#include "app/app.h"
#include "domains/agenda/agenda.h"

/* A client is erased. RC_INVALID: there is an appointment to come. */
enum rc agenda_event(struct cx *cx, enum event e, struct id subject) MUST_USE;

/* A clinician who is nothing else works in the own agenda only; unset: all. */
struct id agenda_filter(const struct cx *cx);
/* What a service is called may tell what somebody comes for ("Addiction group"): who neither treats
 * nor charges sees its kind instead. */
bool agenda_names_services(const struct cx *cx);

/* Looks, then takes what the appointment holds. RC_BUSY: somebody was faster, run again. */
enum rc slots_take(struct cx *cx, const struct appointment *a) MUST_USE;
/* An active room that nobody has from start_ms to end_ms: the smallest, for a group the largest, of
 * equal ones the first; unset: none. */
enum rc slots_free_room(struct cx *cx, int64_t start_ms, int64_t end_ms, bool is_group,
                        struct id *ret) MUST_USE;
enum rc slots_release(struct cx *cx, struct id appointment) MUST_USE;

/* Stores `is` over `was` (the row as it is stored), which holds all there is; is->version as the
 * user saw it. */
enum rc appointment_update(struct cx *cx, const struct appointment *was, struct appointment *is,
                           const char *action) MUST_USE;

/* With whom a client goes on. */
struct hand_over {
    struct id client, to;
};
/* Somebody leaves: all waiting, active and paused clients are handed over, the account is closed.
 * Errors: RC_INVALID  a client without a new clinician; the actor's own account */
enum rc staff_leave(struct cx *cx, struct id person, const struct hand_over *h, int n) MUST_USE;

/* Invariants, for `entracte check`. */
enum rc agenda_check(struct cx *cx,
                     void (*report)(void *arg, const char *invariant, const char *detail),
                     void *arg) MUST_USE;
