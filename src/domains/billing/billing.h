/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing.h - charges, invoices, payments. Integer cents in the practice's currency.
 *
 * Who sees whose: owner and billing all; a clinician those of own clients, as they are today.
 * An issued invoice never changes; numbers are taken in the issuing transaction and have no gaps.
 * Source: Directive 2006/112/EC art. 226 and RD 1619/2012 art. 6 (contents), art. 132(1)(c)
 * (exemption). */
#pragma once
#include "domains/agenda/agenda.h"

enum charge_state { CHARGE_OPEN, CHARGE_INVOICED, CHARGE_WAIVED };
enum payment_method { PAY_CASH, PAY_CARD, PAY_TRANSFER, PAY_DIRECT_DEBIT, PAY_OTHER, PAY_N_ };
extern const struct choice payment_method_choices[PAY_N_];

struct charge {
    struct id id;
    int64_t version;
    struct id client, clinician, appointment, service, invoice;
    int32_t service_days;
    int64_t amount_cents;
    enum charge_state state;
    const char *description; /* sealed */
};
extern const struct record_type charge_type;

/* One charge per appointment and client: a second call with the same appointment changes the open
 * one. An id with version 0 is a new charge's (form_once()). */
enum rc charge_save(struct cx *cx, struct charge *c) MUST_USE;
enum rc charge_list_open(struct cx *cx, struct id client, struct charge **ret,
                         int *ret_n) MUST_USE; /* client unset: all */
enum rc charge_waive(struct cx *cx, struct id id, int64_t version) MUST_USE;

enum { INVOICE_MAX_LINES = 100 };
struct invoice_line {
    int32_t service_days;
    const char *description;
    int64_t amount_cents;
};
struct invoice_party { /* frozen at issue */
    const char *name, *tax_id, *street, *postal_code, *city, *country;
};
struct invoice {
    struct id id;
    int64_t version;
    const char *series;
    int64_t number;
    const char *full_number; /* "2026-0412" */
    struct id client, clinician, credit_of, credited_by;
    int32_t issued_days, due_days;
    int64_t total_cents, open_cents;
    bool is_kept; /* for the tax office: the client is erased */
    struct invoice_party seller, buyer;
    struct invoice_line line[INVOICE_MAX_LINES];
    int n_lines;
    const char *exemption_text, *bank_account;
    const char *currency,
        *locale; /* of the practice when it was issued: what the paper is written in */
};
/* Issues one invoice of these open charges of one client (n 0: all of the client's).
 * Errors: RC_INVALID nothing to invoice, or the seller's identity is incomplete (named);
 * RC_CONFLICT a charge was taken meanwhile. */
enum rc invoice_issue(struct cx *cx, struct id client, const struct id *charges, int n,
                      struct id *ret_id) MUST_USE;
/* The same under an id of the page (form_once()): an invoice of this client that bears it is the
 * answer. */
enum rc invoice_issue_once(struct cx *cx, struct id once, struct id client,
                           const struct id *charges, int n, struct id *ret_id) MUST_USE;
enum rc invoice_load(struct cx *cx, struct id id, struct invoice *ret) MUST_USE;
enum rc invoice_credit(struct cx *cx, struct id id,
                       struct id *ret_id) MUST_USE; /* the whole; its charges open again */
enum rc invoice_pdf(struct cx *cx, struct id id, struct bytes *ret) MUST_USE;

struct payment {
    struct id id, invoice;
    int32_t paid_days;
    int64_t amount_cents;
    enum payment_method method;
    const char *reference; /* sealed */
};
extern const struct record_type payment_type;

/* A negative amount gives money back. RC_INVALID: more than what is open, or was paid; a credited
 * invoice. An id that is set is the page's (form_once()): the same payment under it is stored once.
 */
enum rc payment_save(struct cx *cx, struct payment *p) MUST_USE;

struct invoice_row {
    struct id id, client_id;
    const char *full_number, *client_name;
    int32_t issued_days, due_days;
    int64_t total_cents, open_cents;
    int overdue_days; /* 0: not */
    bool is_credit, is_credited;
};
/* Pending: what is open, credit notes to be paid back too. Paid: settled, and not by a credit note.
 */
enum invoice_filter { INVOICES_ALL, INVOICES_PENDING, INVOICES_OVERDUE, INVOICES_PAID };
/* *ret_n_all ends at INVOICE_COUNT_MAX. */
enum { INVOICE_COUNT_MAX = 10000 };
enum rc invoice_list(struct cx *cx, enum invoice_filter f, struct id client, int offset, int max,
                     struct invoice_row **ret, int *ret_n, int64_t *ret_n_all) MUST_USE;

/* What one client owes: open charges not invoiced, open invoices. */
struct balance {
    int64_t uninvoiced_cents, open_cents, overdue_cents;
    int64_t owed_back_cents; /* paid, then credited, and not yet given back */
    int64_t n_open_invoices;
    int32_t oldest_due_days; /* DATE_NONE */
};
enum rc balance_load(struct cx *cx, struct id client,
                     struct balance *ret) MUST_USE; /* client unset: all the actor may see */

/* --- for what writes or reads invoices in bulk ------------------------------------------- */
/* Puts on it everything of the practice that stands on an invoice. */
void seller_freeze(const struct practice *p, struct invoice *v);
/* What is frozen at issue, as bytes to be sealed, and back. */
enum rc invoice_pack(struct cx *cx, const struct invoice *v, struct bytes *ret) MUST_USE;
enum rc invoice_unpack(struct bytes plain, struct invoice *v) MUST_USE;
/* The job that ends what is kept for the tax office of an erased client, after this day. */
enum rc invoice_keep_until(struct cx *cx, struct id invoice, int32_t until_days) MUST_USE;
