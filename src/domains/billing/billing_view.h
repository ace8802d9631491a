/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/billing/billing.h"
#include "web/web.h"

/* --- a list of invoices -------------------------------------------------------------- */
struct invoice_line_view { /* one invoice in a list */
    struct id id, client;
    const char *number, *client_name;
    int32_t issued_days, due_days;
    int64_t total_cents, open_cents;
    int overdue_days;
    bool is_credit, is_credited;
    /* page only: */
    const char *issued, *age, *total, *open; /* age: "34 days late", "paid" ... */
    bool is_paid, is_late, is_back, shows_client;
};
struct invoice_tab {
    const char *label, *href;
    bool is_here;
};
struct invoice_table {
    struct invoice_line_view *invoices;
    int n_invoices;
    int64_t n_all;
    enum invoice_filter filter;
    int number; /* of the page, from 1 */
    /* page only: */
    struct invoice_tab tabs[4];
    int n_tabs;
    bool shows_client;
    const char *total, *open;           /* of what is shown */
    const char *range, *before, *after; /* paging; NULL: none there */
    const char *empty;
};
void invoice_table(struct html h, const struct invoice_table *v);

/* --- /money ---------------------------------------------------------------------------- */
struct queue_row { /* a client with something to invoice */
    struct id client;
    const char *client_name;
    int64_t n_charges, total_cents;
    int32_t first_days, last_days;
    const char *what, *total; /* page only */
};
struct money_sums {
    int64_t uninvoiced_cents, open_cents, overdue_cents, owed_back_cents;
    const char *uninvoiced, *open, *overdue, *owed_back; /* page only; owed_back NULL: nothing */
};
void money_sums(struct html h, const struct money_sums *v);

struct money_view {
    struct page page;
    struct money_sums sums;
    struct queue_row *queue;
    int n_queue;
    int64_t n_queue_all;
    struct invoice_table list;
    /* page only: */
    const char *problem, *seller_missing, *queue_size, *more, *confirm_all;
    bool may_mend_seller;
};
void billing_money_html(struct html h, const struct money_view *v);

/* --- /clients/{id}/money ------------------------------------------------------------------ */
struct charge_row {
    struct id id;
    int64_t version;
    int32_t service_days;
    const char *description;
    int64_t amount_cents;
    const char *day, *amount, *confirm, *csrf; /* page only */
    bool is_chosen;
};
struct client_money_view {
    struct page page;
    struct client_header header;
    struct id client;
    struct money_sums sums;
    struct charge_row *charges;
    int n_charges;
    struct invoice_table list;
    const char *problem, *seller_missing; /* page only */
    bool may_mend_seller;
};
void billing_client_html(struct html h, const struct client_money_view *v);

struct charge_view {
    struct page page;
    struct charge charge;
    struct record_form form;
    const char *client_name, *client_problem, *back;
};
void billing_charge_html(struct html h, const struct charge_view *v);

/* --- /invoices/{id} --------------------------------------------------------------------------- */
struct invoice_item {
    int32_t service_days;
    const char *description;
    int64_t amount_cents;
    const char *day, *amount; /* page only */
};
struct payment_row {
    struct id id;
    int32_t paid_days;
    int64_t amount_cents;
    enum payment_method method;
    const char *reference;
    const char *day, *amount, *how; /* page only */
};
struct party_view {
    const char *name, *tax_id, *street, *postal_code, *city, *country;
    const char *country_name; /* the page only, in the invoice's language */
};
struct invoice_view {
    struct page page;
    struct id id, client, credit_of, credited_by;
    const char *number, *currency;
    int32_t issued_days, due_days;
    int64_t total_cents, open_cents;
    struct party_view seller, buyer;
    struct invoice_item *lines;
    int n_lines;
    const char *exemption_text;
    struct payment_row *payments;
    int n_payments;
    /* page only: */
    const char *issued, *due, *total, *open, *state, *credit_of_number, *credited_by_number;
    const char *confirm_credit, *owed_back, *problem;
    struct record_form pay;
    bool is_credit, is_paid, is_late, may_pay, may_refund, may_credit;
};
void billing_invoice_html(struct html h, const struct invoice_view *v);

struct refund_view {
    struct page page;
    struct id id; /* of the invoice */
    const char *number, *most;
    int64_t most_cents;
    struct record_form form;
};
void billing_refund_html(struct html h, const struct refund_view *v);

extern const struct domain domain_billing;
