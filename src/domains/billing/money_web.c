/* SPDX-License-Identifier: AGPL-3.0-or-later
 * money_web.c - the pages of what is to be invoiced and owed, and charges by hand. */
#include "billing_pages.h"

#include <inttypes.h>

enum { QUEUE_ROWS = 8, QUEUE_ALL_ROWS = 500 };

static const struct id no_client;

/* --- shapes ------------------------------------------------------------------------ */

static const struct member sums_members[] = {
    SHAPE_INT(struct money_sums, uninvoiced_cents),
    SHAPE_INT(struct money_sums, open_cents),
    SHAPE_INT(struct money_sums, overdue_cents),
    SHAPE_INT(struct money_sums, owed_back_cents),
};
static const struct shape sums_shape = SHAPE("MoneySums", sums_members);
static const struct member line_members[] = {
    SHAPE_ID(struct invoice_line_view, id),
    SHAPE_STR(struct invoice_line_view, number),
    SHAPE_ID(struct invoice_line_view, client),
    SHAPE_STR(struct invoice_line_view, client_name),
    SHAPE_DATE(struct invoice_line_view, issued_days),
    SHAPE_DATE(struct invoice_line_view, due_days),
    SHAPE_INT(struct invoice_line_view, total_cents),
    SHAPE_INT(struct invoice_line_view, open_cents),
    SHAPE_COUNT(struct invoice_line_view, overdue_days),
    SHAPE_BOOL(struct invoice_line_view, is_credit),
    SHAPE_BOOL(struct invoice_line_view, is_credited),
};
static const struct shape line_shape = SHAPE("InvoiceRow", line_members);
static const struct member table_members[] = {
    SHAPE_INT(struct invoice_table, n_all),
    SHAPE_COUNT(struct invoice_table, number),
    SHAPE_LIST(struct invoice_table, invoices, &line_shape),
};
static const struct shape table_shape = SHAPE("InvoiceList", table_members);
static const struct member queue_members[] = {
    SHAPE_ID(struct queue_row, client),       SHAPE_STR(struct queue_row, client_name),
    SHAPE_INT(struct queue_row, n_charges),   SHAPE_INT(struct queue_row, total_cents),
    SHAPE_DATE(struct queue_row, first_days), SHAPE_DATE(struct queue_row, last_days),
};
static const struct shape queue_shape = SHAPE("ToInvoice", queue_members);
static const struct member money_members[] = {
    SHAPE_OBJECT(struct money_view, sums, &sums_shape),
    SHAPE_INT(struct money_view, n_queue_all),
    SHAPE_LIST(struct money_view, queue, &queue_shape),
    SHAPE_OBJECT(struct money_view, list, &table_shape),
};
const struct shape money_shape = SHAPE("Money", money_members);
static const struct member charge_row_members[] = {
    SHAPE_ID(struct charge_row, id),
    SHAPE_INT(struct charge_row, version),
    SHAPE_DATE(struct charge_row, service_days),
    SHAPE_STR(struct charge_row, description),
    SHAPE_INT(struct charge_row, amount_cents),
};
static const struct shape charge_row_shape = SHAPE("OpenCharge", charge_row_members);
static const struct member client_members[] = {
    SHAPE_ID(struct client_money_view, client),
    SHAPE_OBJECT(struct client_money_view, sums, &sums_shape),
    SHAPE_LIST(struct client_money_view, charges, &charge_row_shape),
    SHAPE_OBJECT(struct client_money_view, list, &table_shape),
};
const struct shape client_money_shape = SHAPE("ClientMoney", client_members);
static const struct member charge_members[] = {
    SHAPE_STR(struct charge_view, client_name),
    SHAPE_RECORD(struct charge_view, charge, &charge_type),
};
const struct shape charge_shape = SHAPE("ChargePage", charge_members);

/* --- what both pages show ------------------------------------------------------------- */

static enum rc load_sums(struct cx *cx, struct id client, struct money_sums *ret)
{
    struct balance b;
    TRY(balance_load(cx, client, &b));
    *ret = (struct money_sums){
        .uninvoiced_cents = b.uninvoiced_cents,
        .open_cents = b.open_cents,
        .overdue_cents = b.overdue_cents,
        .owed_back_cents = b.owed_back_cents,
        .uninvoiced = money_text(cx, b.uninvoiced_cents),
        .open = money_text(cx, b.open_cents),
        .overdue = money_text(cx, b.overdue_cents),
        .owed_back = b.owed_back_cents != 0 ? money_text(cx, b.owed_back_cents) : NULL,
    };
    return RC_OK;
}

static const char *first_problem(const struct cx *cx)
{
    return cx->n_errs > 0 ? cx->errs[0].user : NULL;
}

/* Said before anybody tries: what invoices need and the settings lack. */
static enum rc seller_notice(struct cx *cx, const char **ret)
{
    struct practice p;
    TRY(practice_load(cx, &p));
    const char *missing = seller_missing(cx, &p);
    if (missing != NULL)
        *ret =
            trf(cx, N_("Before the first invoice, the practice's identity must be complete: %s."),
                missing);
    return RC_OK;
}

/* --- everybody ------------------------------------------------------------------------- */

static const char *what_waits(struct cx *cx, const struct charge_group *g)
{
    const char *n = trnf(cx, "%d service", "%d services", g->n_charges);
    const char *first = locale_date(cx->arena, cx->locale, g->first_days, DATE_MEDIUM);
    if (g->first_days == g->last_days)
        return arena_printf(cx->arena, "%s, %s", n, first);
    return trf(cx, N_("%1$s, %2$s to %3$s"), n, first,
               locale_date(cx->arena, cx->locale, g->last_days, DATE_MEDIUM));
}

/* The first few, unless all are asked for. */
static enum rc load_queue(struct req *rq, struct money_view *v)
{
    struct cx *cx = rq->cx;
    struct charge_group *g;
    bool shows_all = rq->wants_json || form_has(&rq->query, "queue");
    TRY(charge_list_groups(cx, shows_all ? QUEUE_ALL_ROWS : QUEUE_ROWS, &g, &v->n_queue,
                           &v->n_queue_all));
    v->queue = arena_array(cx->arena, struct queue_row, v->n_queue + 1);
    for (int i = 0; i < v->n_queue; i++)
        v->queue[i] = (struct queue_row){.client = g[i].client,
                                         .client_name = g[i].client_name,
                                         .n_charges = g[i].n_charges,
                                         .total_cents = g[i].total_cents,
                                         .first_days = g[i].first_days,
                                         .last_days = g[i].last_days,
                                         .what = what_waits(cx, &g[i]),
                                         .total = money_text(cx, g[i].total_cents)};
    v->queue_size = trnf(cx, "%d client", "%d clients", v->n_queue_all);
    if (v->n_queue_all > v->n_queue && !shows_all)
        v->more =
            trnf(cx, "Show %d more client", "Show %d more clients", v->n_queue_all - v->n_queue);
    v->confirm_all =
        trf(cx, N_("Issue invoices for all: %1$s, %2$s?"), v->queue_size, v->sums.uninvoiced);
    return RC_OK;
}

static enum rc reply_all(struct req *rq, enum rc rc)
{
    struct cx *cx = rq->cx;
    struct money_view v = {.problem = first_problem(cx),
                           .may_mend_seller = cx_may(cx, PERM_PRACTICE_WRITE)};
    TRY(load_sums(cx, no_client, &v.sums));
    TRY(load_queue(rq, &v));
    TRY(seller_notice(cx, &v.seller_missing));
    TRY(invoice_table_load(rq, no_client, "/money", &v.list));
    rq->n_disclosed = v.n_queue + v.list.n_invoices;
    page_init(rq, &v.page, N_("Money"), NAV_MONEY);
    return reply_page(rq, rc, &money_shape, &v, PAGE(billing_money_html));
}

enum rc money_show(struct req *rq)
{
    return reply_all(rq, RC_OK);
}

/* --- one client -------------------------------------------------------------------------- */

static bool was_ticked(const struct req *rq, struct id charge)
{
    if (!form_has(&rq->form, "charge"))
        return true;
    for (int i = 0; i < rq->form.n; i++) {
        struct id id;
        if (id_parse(rq->form.pair[i].value, &id) && id_eq(id, charge))
            return true;
    }
    return false;
}

static enum rc load_charges(struct req *rq, struct client_money_view *v)
{
    struct cx *cx = rq->cx;
    struct charge *c;
    TRY(charge_list_open(cx, v->client, &c, &v->n_charges));
    v->charges = arena_array(cx->arena, struct charge_row, v->n_charges + 1);
    for (int i = 0; i < v->n_charges; i++)
        v->charges[i] = (struct charge_row){
            .id = c[i].id,
            .version = c[i].version,
            .service_days = c[i].service_days,
            .description = c[i].description,
            .amount_cents = c[i].amount_cents,
            .day = locale_date(cx->arena, cx->locale, c[i].service_days, DATE_MEDIUM),
            .amount = money_text(cx, c[i].amount_cents),
            .confirm = trf(cx, N_("Waive %1$s, %2$s? It will not be invoiced."), c[i].description,
                           money_text(cx, c[i].amount_cents)),
            .csrf = rq->csrf,
            .is_chosen = was_ticked(rq, c[i].id)};
    return RC_OK;
}

static enum rc reply_client(struct req *rq, enum rc rc, struct id client)
{
    struct cx *cx = rq->cx;
    struct client_money_view v = {.client = client,
                                  .problem = first_problem(cx),
                                  .may_mend_seller = cx_may(cx, PERM_PRACTICE_WRITE)};
    TRY(load_sums(cx, client, &v.sums)); /* whose money is not the actor's ends here */
    TRY(client_header_load(cx, client, TAB_MONEY, &v.header));
    TRY(load_charges(rq, &v));
    TRY(seller_notice(cx, &v.seller_missing));
    TRY(invoice_table_load(rq, client, path_of(rq, "/clients/%s/money", client.s), &v.list));
    rq->n_disclosed = v.n_charges + v.list.n_invoices;
    page_init(rq, &v.page, N_("Money of a client"), NAV_CLIENTS);
    return reply_page(rq, rc, &client_money_shape, &v, PAGE(billing_client_html));
}

enum rc money_client(struct req *rq)
{
    return reply_client(rq, RC_OK, rq->id[0]);
}

enum rc reply_money(struct req *rq, enum rc rc, struct id client)
{
    return id_is_set(client) ? reply_client(rq, rc, client) : reply_all(rq, rc);
}

/* --- charges by hand ------------------------------------------------------------------------ */

static enum rc reply_charge(struct req *rq, enum rc rc, const struct charge *c,
                            const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct client_name *name;
    struct charge_view v = {.charge = *c, .back = "/money", .client_problem = cx_err(cx, "client")};
    v.form = (struct record_form){.cx = cx, .t = &charge_type, .rec = &v.charge, .typed = typed};
    TRY(client_names(cx, &c->client, 1, &name));
    if (id_is_set(c->client) && v.client_problem == NULL) {
        v.client_name = name[0].name;
        v.back = path_of(rq, "/clients/%s/money", c->client.s);
    }
    page_init(rq, &v.page, N_("New charge"), NAV_MONEY);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &charge_shape, &v, PAGE(billing_charge_html));
}

enum rc charge_new(struct req *rq)
{
    struct charge c = {0};
    const char *client = form_get(&rq->query, "client");
    record_init(&charge_type, &c);
    c.service_days = cx_today(rq->cx);
    if (client != NULL) {
        if (!id_parse(client, &c.client))
            return RC_NOT_FOUND;
        const struct cap *cap;
        TRY(money_of(rq->cx, c.client, &cap));
        rq->disclosed = rq->client = c.client;
        rq->n_disclosed = 1;
    }
    return reply_charge(rq, RC_OK, &c, NULL);
}

enum rc charge_create(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct charge c = {0};
    const struct cap *cap;
    record_init(&charge_type, &c);
    enum rc rc = record_parse(cx, &charge_type, &rq->form, once_key, &c);
    if (rc == RC_OK)
        rc = form_once(cx, &rq->form, &c.id);
    if (rc == RC_OK && (rc = money_of(cx, c.client, &cap)) == RC_NOT_FOUND) {
        cx->n_errs = 0;
        rc = refuse(cx, RC_INVALID, "client", N_("Choose a client of the list."));
    }
    if (rc == RC_OK)
        rc = charge_save(cx, &c);
    if (rc == RC_INVALID)
        return reply_charge(rq, rc, &c, &rq->form);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/clients/%s/money", c.client.s), c.id, c.version, true,
                      N_("The charge waits to be invoiced."));
}

enum rc charge_waive_do(struct req *rq)
{
    struct charge c;
    TRY(charge_load(rq->cx, rq->id[0], &c));
    enum rc rc = charge_waive(rq->cx, c.id, form_version(&rq->form));
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_client(rq, rc, c.client);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/clients/%s/money", c.client.s), c.id, 0, false,
                      N_("The charge is waived."));
}
