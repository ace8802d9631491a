/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_private.h - between the files of this folder. */
#pragma once
#include "domains/billing/billing.h"

extern const struct record_type charge_type, payment_type;
extern const struct choice charge_state_choices[3];

/* Whose money the actor may see: the own id for one who is only a clinician, else unset. */
struct id money_filter(const struct cx *cx);

enum rc charge_load(struct cx *cx, struct id id, struct charge *ret) MUST_USE;
/* Moves a charge between open, invoiced and waived. RC_CONFLICT when it is no longer where it was. */
enum rc charge_move(struct cx *cx, struct charge *c, enum charge_state to, struct id invoice) MUST_USE;
enum rc charge_list_invoice(struct cx *cx, struct id invoice, struct charge **ret, int *ret_n) MUST_USE;

enum rc payment_list(struct cx *cx, struct id invoice, struct payment **ret, int *ret_n) MUST_USE;
enum rc billing_check(struct cx *cx, void (*report)(void *arg, const char *invariant, const char *detail), void *arg) MUST_USE;
