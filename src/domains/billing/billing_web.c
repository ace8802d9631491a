/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_web.c - what all pages of money share: the list of invoices; the table of routes. */
#include "billing_pages.h"
#include "billing_sql.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_ROWS = 50 };

const char *money_text(struct cx *cx, int64_t cents)
{
    return locale_money(cx->arena, cx->locale, cents, cx->currency);
}

/* --- the list of invoices ------------------------------------------------------------- */

static const struct {
    const char *key, *label, *empty;
} filters[] = {
    [INVOICES_ALL] = {"all", N_("All invoices"),
                      N_("No invoices yet. The first is issued from the charges above.")},
    [INVOICES_PENDING] = {"pending", N_("Pending"),
                          N_("Nothing is pending: every invoice is paid.")},
    [INVOICES_OVERDUE] = {"overdue", N_("Overdue"), N_("Nothing is overdue.")},
    [INVOICES_PAID] = {"paid", N_("Paid"), N_("No invoice is paid yet.")},
};

static enum rc filter_of(struct req *rq, enum invoice_filter otherwise, enum invoice_filter *ret)
{
    const char *key = form_get(&rq->query, "filter");
    if (!is_filled(key)) {
        *ret = otherwise;
        return RC_OK;
    }
    for (size_t i = 0; i < N_ELEMS(filters); i++)
        if (strcmp(key, filters[i].key) == 0) {
            *ret = (enum invoice_filter)i;
            return RC_OK;
        }
    return refuse(rq->cx, RC_INVALID, "filter", N_("Choose all, pending, overdue or paid."));
}

static const char *age(struct cx *cx, const struct invoice_row *r)
{
    int32_t left = r->due_days - cx_today(cx);
    if (r->is_credit)
        return r->open_cents < 0 ? trc(cx, N_("to give back")) : trc(cx, N_("credit note"));
    if (r->is_credited)
        return trc(cx, N_("credited"));
    if (r->open_cents == 0)
        return trc(cx, N_("paid"));
    if (r->overdue_days > 0)
        return trnf(cx, "%d day late", "%d days late", r->overdue_days);
    if (left == 0)
        return trc(cx, N_("due today"));
    return trnf(cx, "due in %d day", "due in %d days", left);
}

static struct invoice_line_view line_of(struct cx *cx, const struct invoice_row *r, bool client)
{
    return (struct invoice_line_view){
        .id = r->id,
        .client = r->client_id,
        .number = r->full_number,
        .client_name = r->client_name,
        .issued_days = r->issued_days,
        .due_days = r->due_days,
        .total_cents = r->total_cents,
        .open_cents = r->open_cents,
        .overdue_days = r->overdue_days,
        .is_credit = r->is_credit,
        .is_credited = r->is_credited,
        .issued = locale_date(cx->arena, cx->locale, r->issued_days, DATE_MEDIUM),
        .age = age(cx, r),
        .total = money_text(cx, r->total_cents),
        .open = r->open_cents != 0 ? money_text(cx, r->open_cents) : "",
        .is_paid = !r->is_credit && !r->is_credited && r->open_cents == 0,
        .is_late = r->overdue_days > 0,
        .is_back = r->is_credit && r->open_cents < 0,
        .shows_client = client,
    };
}

static const char *href(struct req *rq, const char *base, enum invoice_filter f, int number)
{
    if (number <= 1)
        return path_of(rq, "%s?filter=%s", base, filters[f].key);
    return path_of(rq, "%s?filter=%s&page=%d", base, filters[f].key, number);
}

static void fill_frame(struct req *rq, const char *base, struct invoice_table *t)
{
    struct cx *cx = rq->cx;
    int from = (t->number - 1) * PAGE_ROWS;
    const char *all = locale_int(cx->arena, cx->locale, t->n_all);
    for (int i = 0; i < (int)N_ELEMS(filters); i++)
        t->tabs[t->n_tabs++] =
            (struct invoice_tab){.label = trc(cx, filters[i].label),
                                 .href = href(rq, base, (enum invoice_filter)i, 1),
                                 .is_here = i == (int)t->filter};
    t->range =
        t->n_all == INVOICE_COUNT_MAX
            ? trf(cx, N_("%1$d to %2$d of more than %3$s"), from + 1, from + t->n_invoices, all)
            : trf(cx, N_("%1$d to %2$d of %3$s"), from + 1, from + t->n_invoices, all);
    t->before = t->number > 1 ? href(rq, base, t->filter, t->number - 1) : NULL;
    t->after = from + t->n_invoices < t->n_all ? href(rq, base, t->filter, t->number + 1) : NULL;
    t->empty = trc(cx, filters[t->filter].empty);
}

enum rc invoice_table_load(struct req *rq, struct id client, const char *base,
                           struct invoice_table *ret)
{
    struct cx *cx = rq->cx;
    struct invoice_row *rows;
    struct invoice_table t = {.number = page_number(&rq->query),
                              .shows_client = !id_is_set(client)};
    int64_t total_cents = 0, open_cents = 0;
    TRY(filter_of(rq, id_is_set(client) ? INVOICES_ALL : INVOICES_PENDING, &t.filter));
    TRY(invoice_list(cx, t.filter, client, (t.number - 1) * PAGE_ROWS, PAGE_ROWS, &rows,
                     &t.n_invoices, &t.n_all));
    t.invoices = arena_array(cx->arena, struct invoice_line_view, t.n_invoices + 1);
    for (int i = 0; i < t.n_invoices; i++) {
        t.invoices[i] = line_of(cx, &rows[i], t.shows_client);
        total_cents += rows[i].total_cents;
        open_cents += rows[i].open_cents;
    }
    t.total = money_text(cx, total_cents);
    t.open = money_text(cx, open_cents);
    fill_frame(rq, base, &t);
    *ret = t;
    return RC_OK;
}

/* --- the table of routes ---------------------------------------------------------------- */

static const struct route routes[] = {
    {GET, "/money", PERM_MONEY_READ, NO_BODY, money_show,
     N_("What is to be invoiced, pending and overdue, and the list of invoices"),
     .discloses = "money", .answer = &money_shape},
    {GET, "/clients/{id}/money", PERM_MONEY_READ, NO_BODY, money_client,
     N_("One client's charges and invoices"), .discloses = "client_money",
     .answer = &client_money_shape},
    {GET, "/charges/new", PERM_MONEY_WRITE, NO_BODY, charge_new, N_("Form for a charge by hand"),
     .discloses = "client", .answer = &charge_shape},
    {POST, "/charges", PERM_MONEY_WRITE, 16 * KiB, charge_create, N_("Add a charge by hand"),
     .takes = &charge_type},
    {POST, "/charges/{id}/waive", PERM_MONEY_WRITE, 4 * KiB, charge_waive_do,
     N_("Waive a charge that is not invoiced")},
    {POST, "/invoices", PERM_MONEY_WRITE, 64 * KiB, invoice_create,
     N_("Issue an invoice of a client's open charges: all, or those named by \"charge\""),
     .takes = &issue_type},
    {POST, "/invoices/issue-all", PERM_MONEY_WRITE, 4 * KiB, invoice_create_all,
     N_("Issue an invoice for every client with open charges")},
    {GET, "/invoices/{id}", PERM_MONEY_READ, NO_BODY, invoice_show,
     N_("An invoice as it was issued, and its payments"), .discloses = "invoice",
     .answer = &invoice_shape},
    {GET, "/invoices/{id}/pdf", PERM_MONEY_READ, NO_BODY, invoice_file, N_("The invoice as PDF"),
     .discloses = "invoice"},
    {GET, "/invoices/{id}/refund", PERM_MONEY_WRITE, NO_BODY, invoice_refund_form,
     N_("Form for giving money back"), .discloses = "invoice", .answer = &refund_shape},
    {POST, "/invoices/{id}/payments", PERM_MONEY_WRITE, 16 * KiB, invoice_pay,
     N_("Record a payment, whole or in part"), .takes = &payment_type},
    {POST, "/invoices/{id}/refund", PERM_MONEY_WRITE, 16 * KiB, invoice_refund,
     N_("Record money given back; the amount is positive"), .takes = &payment_type},
    {POST, "/invoices/{id}/credit", PERM_MONEY_WRITE, 4 * KiB, invoice_take_back,
     N_("Take an invoice back by a credit note; its charges open again")},
};

static const struct job_kind *const jobs[] = {&invoice_kept_job, NULL};

static const struct sealed_table sealed_kept = {.name = "invoice_kept",
                                                .class = SEAL_IDENTITY,
                                                .others = &SQL_INVOICE_KEPT_OTHER_KEY,
                                                .put = &SQL_INVOICE_KEPT_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_kept, NULL};

const struct domain domain_billing = {
    .name = "billing",
    ROUTES(routes),
    .on_event = billing_event,
    .jobs = jobs,
    .statements = BILLING_STATEMENTS,
    .n_statements = (int)N_ELEMS(BILLING_STATEMENTS),
    .sealed = sealed,
    .check = billing_check,
};
