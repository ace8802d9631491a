/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encounters.h - Prepare (before a session) and Close (after it): pages that compose what the
 * domains below know. Nothing is stored here: what Close has not finished yet stands as the draft
 * of the note and the appointment's state, so it can be left and resumed. */
#pragma once
#include "domains/billing/billing.h"
#include "domains/notes/notes.h"
#include "domains/tasks/tasks.h"

/* The Prepare card: everything that is known before a session, computed from what exists, no text
 * of its own. */
struct prepare {
    struct appointment appointment;
    struct appointment_row row; /* named */
    struct client client;       /* the first client */
    struct attendance attendance;
    struct balance balance; /* when sees_money */
    bool sees_money;
    struct note last;   /* the last note about an earlier session; id unset: none */
    struct task *tasks; /* open, and answered since the last session */
    int n_tasks;
    const char *self_note;
    int64_t self_note_version;
    bool has_note;
};
enum rc prepare_load(struct cx *cx, struct id appointment, struct prepare *ret) MUST_USE;

/* Everything Close may do, in one transaction: attendance, note (saved or signed), tasks, next
 * appointment, charge. */
struct close_request {
    struct id appointment;
    int64_t version;                   /* of the appointment */
    enum appointment_state attendance; /* held, late cancellation, no-show */
    int64_t actual_start_ms, actual_end_ms;
    struct note note;
    bool sign;
    struct task task[10];
    int n_tasks;
    int64_t next_start_ms; /* 0: none */
    bool charges;          /* make the charge */
    int64_t fee_cents;
    bool is_paid;
    enum payment_method method; /* when paid: the invoice is issued and the payment stored */
};
enum rc encounter_close(struct cx *cx, struct close_request *r, struct id *ret_invoice) MUST_USE;
