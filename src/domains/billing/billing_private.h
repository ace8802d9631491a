/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_private.h - between the files of this folder. */
#pragma once
#include "app/app.h"
#include "domains/billing/billing.h"

/* Whose clients' money the actor may see: the own id for one who is only a clinician, else unset.
 */
struct id money_filter(const struct cx *cx);
/* The capability for this client's money; RC_NOT_FOUND when it is not the actor's. */
enum rc money_of(struct cx *cx, struct id client, const struct cap **ret) MUST_USE;

/* A client who is handed over takes the money along. */
enum rc billing_event(struct cx *cx, enum event e, struct id subject) MUST_USE;

/* A client is erased: invoices are kept for the tax office, open charges are waived. RC_INVALID:
 * one is not settled. */
enum rc billing_erase(struct cx *cx, struct id client) MUST_USE;
/* Where the copy of such an invoice is sealed. */
struct seal_where invoice_kept_place(const struct cx *cx, struct id invoice);
extern const struct job_kind invoice_kept_job;

/* --- charges --------------------------------------------------------------------- */
enum rc charge_load(struct cx *cx, struct id id, struct charge *ret) MUST_USE;
/* Moves a charge between open, invoiced and waived. RC_CONFLICT when it is no longer where it was.
 */
enum rc charge_move(struct cx *cx, struct charge *c, enum charge_state to,
                    struct id invoice) MUST_USE;
enum rc charge_list_invoice(struct cx *cx, struct id invoice, struct charge **ret,
                            int *ret_n) MUST_USE;

/* The clients with something to invoice, who waits longest first; at most max. */
struct charge_group {
    struct id client;
    const char *client_name;
    int64_t n_charges, total_cents;
    int32_t first_days, last_days;
};
enum rc charge_list_groups(struct cx *cx, int max, struct charge_group **ret, int *ret_n,
                           int64_t *ret_n_all) MUST_USE;

/* --- invoices -------------------------------------------------------------------- */
/* What the law asks of the seller and the practice's settings lack, as words; NULL: nothing. */
const char *seller_missing(struct cx *cx, const struct practice *p);

/* One invoice for each client with open charges, each in a transaction of its own: what is done
 * stays done, and one that fails stops no other. At most ISSUE_ALL_MAX in one go. Errors:
 * RC_INVALID the seller's identity is incomplete. */
enum { ISSUE_ALL_MAX = 500 };
enum rc invoice_issue_all(struct cx *cx, int *ret_n, int *ret_n_failed) MUST_USE;

enum rc payment_list(struct cx *cx, const struct invoice *v, struct payment **ret,
                     int *ret_n) MUST_USE;
enum rc billing_check(struct cx *cx,
                      void (*report)(void *arg, const char *invariant, const char *detail),
                      void *arg) MUST_USE;
