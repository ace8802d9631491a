/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invoices_web.c - issuing, the page of an invoice, its PDF, payments, refunds, credit notes. */
#include "billing_pages.h"

#include <string.h>

static const struct id no_client;

/* --- issuing ------------------------------------------------------------------------- */

struct issue {
    struct id client;
};
static const struct field issue_fields[] = {
    IDREF(struct issue, client, N_("Client"), .flags = REQUIRED),
};
const struct record_type issue_type = {.table = "invoice",
                                       .name = "InvoiceIssue",
                                       .fields = issue_fields,
                                       .n_fields = N_ELEMS(issue_fields)};

/* The charges named by "charge" (a form) or "charge.N" (JSON); *ret_n 0 and no key: all. */
static enum rc read_charges(struct req *rq, struct id **ret, int *ret_n)
{
    const struct form *f = &rq->form;
    struct id *ids = arena_array(rq->cx->arena, struct id, f->n + 1);
    bool is_named = false;
    int n = 0;
    for (int i = 0; i < f->n; i++) {
        const char *key = f->pair[i].key, *value = f->pair[i].value;
        if (strcmp(key, "charge") != 0 && strncmp(key, "charge.", 7) != 0)
            continue;
        is_named = true;
        if (value[0] != '\0' && !id_parse(value, &ids[n++]))
            return refuse(rq->cx, RC_INVALID, "charge", N_("There is no such charge."));
    }
    if (is_named && n == 0)
        return refuse(rq->cx, RC_INVALID, "charge", N_("Tick what is to be invoiced."));
    *ret = ids;
    *ret_n = n;
    return RC_OK;
}

enum rc invoice_create(struct req *rq)
{
    static const struct form_key also[] = {
        {"charge", FORM_EMPTY}, {"charge.", FORM_STRING}, {"once", FORM_STRING}, {0}};
    struct cx *cx = rq->cx;
    struct issue r = {0};
    struct id *charges, invoice, once;
    int n;
    record_init(&issue_type, &r);
    enum rc rc = record_parse(cx, &issue_type, &rq->form, also, &r);
    if (rc == RC_OK)
        rc = read_charges(rq, &charges, &n);
    if (rc == RC_OK)
        rc = form_once(cx, &rq->form, &once);
    if (rc == RC_OK)
        rc = invoice_issue_once(cx, once, r.client, charges, n, &invoice);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_money(rq, rc, form_has(&rq->form, "charge") ? r.client : no_client);
    TRY(rc);
    const char *path = path_of(rq, "/invoices/%s", invoice.s), *next = path_next(&rq->form, path);
    if (strcmp(next, path) != 0)
        reply_offer_page(rq, path, N_("See the invoice"));
    return reply_done(rq, next, invoice, 1, true, N_("The invoice is issued."));
}

enum rc invoice_create_all(struct req *rq)
{
    struct cx *cx = rq->cx;
    int n_done, n_failed;
    enum rc rc = invoice_issue_all(cx, &n_done, &n_failed);
    if (rc == RC_INVALID)
        return reply_money(rq, rc, no_client);
    TRY(rc);
    if (rq->wants_json) {
        struct json *j = reply_json(rq, RC_OK);
        json_key(j, "n_issued");
        json_i64(j, n_done);
        json_key(j, "n_failed");
        json_i64(j, n_failed);
        json_close(j, '}');
        return reply_json_end(rq);
    }
    const char *said = trnf(cx, "%d invoice was issued.", "%d invoices were issued.", n_done);
    if (n_failed > 0)
        said = arena_printf(cx->arena, "%s %s", said,
                            trnf(cx, "%d could not be issued; it still waits.",
                                 "%d could not be issued; they still wait.", n_failed));
    return reply_done(rq, "/money", no_client, 0, false, said);
}

/* --- the page -------------------------------------------------------------------------- */

static const struct member party_members[] = {
    SHAPE_STR(struct party_view, name),   SHAPE_STR(struct party_view, tax_id),
    SHAPE_STR(struct party_view, street), SHAPE_STR(struct party_view, postal_code),
    SHAPE_STR(struct party_view, city),   SHAPE_STR(struct party_view, country),
};
static const struct shape party_shape = SHAPE("InvoiceParty", party_members);
static const struct member item_members[] = {
    SHAPE_DATE(struct invoice_item, service_days),
    SHAPE_STR(struct invoice_item, description),
    SHAPE_INT(struct invoice_item, amount_cents),
};
static const struct shape item_shape = SHAPE("InvoiceLine", item_members);
static const struct member payment_members[] = {
    SHAPE_ID(struct payment_row, id),
    SHAPE_DATE(struct payment_row, paid_days),
    SHAPE_INT(struct payment_row, amount_cents),
    SHAPE_KEY(struct payment_row, method, payment_method_choices, PAY_N_),
    SHAPE_STR(struct payment_row, reference),
};
static const struct shape payment_shape = SHAPE("InvoicePayment", payment_members);
static const struct member invoice_members[] = {
    SHAPE_ID(struct invoice_view, id),
    SHAPE_STR(struct invoice_view, number),
    SHAPE_ID(struct invoice_view, client),
    SHAPE_DATE(struct invoice_view, issued_days),
    SHAPE_DATE(struct invoice_view, due_days),
    SHAPE_STR(struct invoice_view, currency),
    SHAPE_INT(struct invoice_view, total_cents),
    SHAPE_INT(struct invoice_view, open_cents),
    SHAPE_ID(struct invoice_view, credit_of),
    SHAPE_ID(struct invoice_view, credited_by),
    SHAPE_OBJECT(struct invoice_view, seller, &party_shape),
    SHAPE_OBJECT(struct invoice_view, buyer, &party_shape),
    SHAPE_LIST(struct invoice_view, lines, &item_shape),
    SHAPE_STR(struct invoice_view, exemption_text),
    SHAPE_LIST(struct invoice_view, payments, &payment_shape),
};
const struct shape invoice_shape = SHAPE("Invoice", invoice_members);
static const struct member refund_members[] = {
    SHAPE_ID(struct refund_view, id),
    SHAPE_STR(struct refund_view, number),
    SHAPE_INT(struct refund_view, most_cents),
};
const struct shape refund_shape = SHAPE("Refund", refund_members);

static const char *amount(struct cx *cx, const struct invoice *i, int64_t cents)
{
    return locale_money(cx->arena, cx->locale, cents, i->currency);
}

/* What was paid on the invoice and not given back yet. */
static int64_t back_cents(const struct invoice *i)
{
    if (id_is_set(i->credit_of))
        return -i->open_cents;
    return id_is_set(i->credited_by) ? 0 : i->total_cents - i->open_cents;
}

static const char *state(struct cx *cx, const struct invoice *i)
{
    int32_t late = cx_today(cx) - i->due_days;
    if (id_is_set(i->credited_by))
        return trc(cx, N_("credited"));
    if (i->open_cents == 0)
        return id_is_set(i->credit_of) ? trc(cx, N_("settled")) : trc(cx, N_("paid"));
    if (i->open_cents < 0)
        return trc(cx, N_("to give back"));
    if (late > 0)
        return trnf(cx, "%d day late", "%d days late", late);
    return i->open_cents < i->total_cents ? trc(cx, N_("paid in part")) : trc(cx, N_("pending"));
}

static struct party_view party(struct cx *cx, const struct invoice *i,
                               const struct invoice_party *p)
{
    return (struct party_view){p->name,
                               p->tax_id,
                               p->street,
                               p->postal_code,
                               p->city,
                               p->country,
                               locale_country(cx->arena, locale_get(i->locale), p->country)};
}

static void fill_lines(struct cx *cx, const struct invoice *i, struct invoice_view *v)
{
    v->n_lines = i->n_lines;
    v->lines = arena_array(cx->arena, struct invoice_item, i->n_lines + 1);
    for (int k = 0; k < i->n_lines; k++) {
        const struct invoice_line *l = &i->line[k];
        v->lines[k] = (struct invoice_item){
            .service_days = l->service_days,
            .description = l->description,
            .amount_cents = l->amount_cents,
            .day = locale_date(cx->arena, cx->locale, l->service_days, DATE_MEDIUM),
            .amount = amount(cx, i, l->amount_cents)};
    }
}

static enum rc fill_payments(struct cx *cx, const struct invoice *i, struct invoice_view *v)
{
    struct payment *p;
    TRY(payment_list(cx, i, &p, &v->n_payments));
    v->payments = arena_array(cx->arena, struct payment_row, v->n_payments + 1);
    for (int k = 0; k < v->n_payments; k++)
        v->payments[k] = (struct payment_row){
            .id = p[k].id,
            .paid_days = p[k].paid_days,
            .amount_cents = p[k].amount_cents,
            .method = p[k].method,
            .reference = p[k].reference,
            .day = locale_date(cx->arena, cx->locale, p[k].paid_days, DATE_MEDIUM),
            .amount = amount(cx, i, p[k].amount_cents),
            .how = record_show(cx, &payment_type, &p[k], "method")};
    return RC_OK;
}

static enum rc number_of(struct cx *cx, struct id id, const char **ret)
{
    struct invoice other;
    if (!id_is_set(id))
        return RC_OK;
    TRY(invoice_load(cx, id, &other));
    *ret = other.full_number;
    return RC_OK;
}

/* The parts that are the same for JSON and the page. */
static struct invoice_view view_of(struct cx *cx, const struct invoice *i)
{
    struct invoice_view v = {.id = i->id,
                             .client = i->client,
                             .credit_of = i->credit_of,
                             .credited_by = i->credited_by,
                             .number = i->full_number,
                             .currency = i->currency,
                             .issued_days = i->issued_days,
                             .due_days = i->due_days,
                             .total_cents = i->total_cents,
                             .open_cents = i->open_cents,
                             .seller = party(cx, i, &i->seller),
                             .buyer = party(cx, i, &i->buyer),
                             .exemption_text = i->exemption_text};
    fill_lines(cx, i, &v);
    return v;
}

static void fill_words(struct cx *cx, const struct invoice *i, struct invoice_view *v)
{
    bool may_write = cx_may(cx, PERM_MONEY_WRITE) && !i->is_kept;
    v->issued = locale_date(cx->arena, cx->locale, i->issued_days, DATE_LONG);
    v->due = locale_date(cx->arena, cx->locale, i->due_days, DATE_LONG);
    v->total = amount(cx, i, i->total_cents);
    v->open = amount(cx, i, i->open_cents);
    v->owed_back = i->open_cents < 0 ? amount(cx, i, -i->open_cents) : NULL;
    v->state = state(cx, i);
    v->is_credit = id_is_set(i->credit_of);
    v->is_paid = i->open_cents == 0 && !id_is_set(i->credited_by);
    v->is_late = i->open_cents < 0 || (i->open_cents > 0 && i->due_days < cx_today(cx));
    v->may_pay = may_write && i->open_cents > 0;
    v->may_refund = may_write && back_cents(i) > 0;
    v->may_credit = may_write && !v->is_credit && !id_is_set(i->credited_by);
    v->confirm_credit = trf(cx, N_("Take invoice %s back by a credit note?"), i->full_number);
}

/* In: p  the payment as it is being entered; typed NULL: not sent yet. */
static enum rc reply_invoice(struct req *rq, enum rc rc, const struct invoice *i,
                             const struct payment *p, const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct invoice_view v = view_of(cx, i);
    fill_words(cx, i, &v);
    TRY(fill_payments(cx, i, &v));
    TRY(number_of(cx, i->credit_of, &v.credit_of_number));
    TRY(number_of(cx, i->credited_by, &v.credited_by_number));
    v.pay = (struct record_form){.cx = cx, .t = &payment_type, .rec = p, .typed = typed};
    rq->n_disclosed = 1;
    rq->client = i->client;
    page_init(rq, &v.page, v.is_credit ? N_("Credit note") : N_("Invoice"), NAV_MONEY);
    if (typed != NULL)
        v.page.errors = &v.pay;
    else
        v.problem = cx->n_errs > 0 ? cx->errs[0].user : NULL;
    return reply_page(rq, rc, &invoice_shape, &v, PAGE(billing_invoice_html));
}

/* Filled in as it mostly is: all that is open, today. */
static struct payment expected(struct cx *cx, const struct invoice *i, int64_t cents)
{
    struct payment p = {0};
    record_init(&payment_type, &p);
    p.invoice = i->id;
    p.amount_cents = cents;
    p.paid_days = cx_today(cx);
    p.method = PAY_TRANSFER;
    return p;
}

enum rc invoice_show(struct req *rq)
{
    struct invoice i;
    TRY(invoice_load(rq->cx, rq->id[0], &i));
    struct payment p = expected(rq->cx, &i, i.open_cents);
    return reply_invoice(rq, RC_OK, &i, &p, NULL);
}

enum rc invoice_file(struct req *rq)
{
    struct invoice i;
    struct bytes file;
    TRY(invoice_load(rq->cx, rq->id[0], &i));
    TRY(invoice_pdf(rq->cx, i.id, &file));
    rq->n_disclosed = 1;
    rq->client = i.client;
    const char *kind = id_is_set(i.credit_of) ? "credit-note" : "invoice";
    return reply_file(rq, "application/pdf", path_of(rq, "%s-%s.pdf", kind, i.full_number), true,
                      file);
}

/* --- money in and back --------------------------------------------------------------------- */

static enum rc paid(struct req *rq, const struct invoice *i, const struct payment *p,
                    const char *said)
{
    return reply_done(rq, path_next(&rq->form, path_of(rq, "/invoices/%s", i->id.s)), p->id, 0,
                      true, said);
}

enum rc invoice_pay(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct invoice i;
    TRY(invoice_load(cx, rq->id[0], &i));
    struct payment p = expected(cx, &i, i.open_cents);
    enum rc rc = record_parse(cx, &payment_type, &rq->form, once_key, &p);
    if (rc == RC_OK)
        rc = form_once(cx, &rq->form, &p.id);
    if (rc == RC_OK)
        rc = payment_save(cx, &p);
    if (rc == RC_INVALID)
        return reply_invoice(rq, rc, &i, &p, &rq->form);
    TRY(rc);
    return paid(rq, &i, &p, N_("The payment is recorded."));
}

static enum rc reply_refund(struct req *rq, enum rc rc, const struct invoice *i,
                            const struct payment *p, const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct refund_view v = {.id = i->id, .number = i->full_number, .most_cents = back_cents(i)};
    v.most = trf(cx, N_("At most %s can be given back."), amount(cx, i, v.most_cents));
    v.form = (struct record_form){.cx = cx, .t = &payment_type, .rec = p, .typed = typed};
    rq->n_disclosed = 1;
    rq->client = i->client;
    page_init(rq, &v.page, N_("Give money back"), NAV_MONEY);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &refund_shape, &v, PAGE(billing_refund_html));
}

enum rc invoice_refund_form(struct req *rq)
{
    struct invoice i;
    TRY(invoice_load(rq->cx, rq->id[0], &i));
    struct payment p = expected(rq->cx, &i, back_cents(&i));
    return reply_refund(rq, RC_OK, &i, &p, NULL);
}

enum rc invoice_refund(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct invoice i;
    TRY(invoice_load(cx, rq->id[0], &i));
    struct payment p = expected(cx, &i, back_cents(&i)), back;
    enum rc rc = record_parse(cx, &payment_type, &rq->form, once_key, &p);
    if (rc == RC_OK)
        rc = form_once(cx, &rq->form, &p.id);
    back = p;
    back.amount_cents = -p.amount_cents;
    if (rc == RC_OK)
        rc = payment_save(cx, &back);
    if (rc == RC_INVALID)
        return reply_refund(rq, rc, &i, &p, &rq->form);
    TRY(rc);
    return paid(rq, &i, &back, N_("The refund is recorded."));
}

enum rc invoice_take_back(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct invoice i;
    struct id credit;
    TRY(invoice_load(cx, rq->id[0], &i));
    enum rc rc = invoice_credit(cx, i.id, &credit);
    struct payment p = expected(cx, &i, i.open_cents);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_invoice(rq, rc, &i, &p, NULL);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/invoices/%s", credit.s), credit, 1, true,
                      N_("The credit note is issued."));
}
