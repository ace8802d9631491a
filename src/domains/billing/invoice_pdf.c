/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invoice_pdf.c - an invoice or credit note on paper, from what was frozen when it was issued.
 *
 * Neutral outside: the file's title is the number, never a name. */
#include "billing_private.h"
#include "pdf/pdf.h"

static const char *lines(struct cx *cx, const struct invoice_party *p)
{
    struct buf b;
    buf_init(&b, cx->arena, 2000);
    if (p->street != NULL && p->street[0] != '\0')
        buf_printf(&b, "%s\n", p->street);
    buf_printf(&b, "%s %s\n%s", p->postal_code != NULL ? p->postal_code : "", p->city != NULL ? p->city : "",
               p->country != NULL ? p->country : "");
    if (p->tax_id != NULL && p->tax_id[0] != '\0')
        buf_printf(&b, "\n%s", p->tax_id);
    return b.s;
}

static void table(struct cx *cx, struct pdf *pdf, const struct invoice *v)
{
    const struct pdf_column column[] = {
        {trc(cx, N_("Date")), 32, PDF_LEFT}, {trc(cx, N_("Description")), 0, PDF_LEFT}, {trc(cx, N_("Amount")), 34, PDF_RIGHT}};
    pdf_table(pdf, column, N_ELEMS(column));
    for (int i = 0; i < v->n_lines; i++) {
        const char *const cell[] = {locale_date(cx->arena, cx->locale, v->line[i].service_days, DATE_SHORT),
                                    v->line[i].description,
                                    locale_money(cx->arena, cx->locale, v->line[i].amount_cents, cx->currency)};
        pdf_row(pdf, cell);
    }
    pdf_total(pdf, trc(cx, N_("Total")), locale_money(cx->arena, cx->locale, v->total_cents, cx->currency), true);
}

static enum rc facts(struct cx *cx, struct pdf *pdf, const struct invoice *v)
{
    pdf_pair(pdf, trc(cx, N_("Number")), v->full_number);
    pdf_pair(pdf, trc(cx, N_("Date of issue")), locale_date(cx->arena, cx->locale, v->issued_days, DATE_LONG));
    if (!id_is_set(v->credit_of)) {
        pdf_pair(pdf, trc(cx, N_("Due")), locale_date(cx->arena, cx->locale, v->due_days, DATE_LONG));
        return RC_OK;
    }
    struct invoice was;
    TRY(invoice_load(cx, v->credit_of, &was));
    pdf_pair(pdf, trc(cx, N_("Takes back invoice")), was.full_number);
    return RC_OK;
}

enum rc invoice_pdf(struct cx *cx, struct id id, struct bytes *ret)
{
    struct invoice v;
    struct practice p;
    char created[32];
    TRY(invoice_load(cx, id, &v));
    TRY(practice_load(cx, &p));
    int64_t issued_ms = zone_day_start(cx->zone, v.issued_days);
    ms_format_iso(issued_ms, created);
    const struct pdf_style style = {.page = PDF_A4, .lang = locale_name(cx->locale), .title = v.full_number,
                                    .created_iso = created, .footer = v.full_number,
                                    .page_of = trc(cx, N_("Page {page} of {pages}"))};
    struct pdf *pdf = pdf_new(cx->arena, &style);
    pdf_heading(pdf, 1, id_is_set(v.credit_of) ? trc(cx, N_("Credit note")) : trc(cx, N_("Invoice")));
    TRY(facts(cx, pdf, &v));
    pdf_space(pdf, 6);
    const struct pdf_party seller = {trc(cx, N_("From")), v.seller.name, lines(cx, &v.seller)};
    const struct pdf_party buyer = {trc(cx, N_("To")), v.buyer.name, lines(cx, &v.buyer)};
    pdf_parties(pdf, &seller, &buyer);
    pdf_space(pdf, 6);
    table(cx, pdf, &v);
    pdf_space(pdf, 8);
    if (v.exemption_text != NULL && v.exemption_text[0] != '\0')
        pdf_small(pdf, v.exemption_text);
    if (p.bank_account != NULL && p.bank_account[0] != '\0' && v.total_cents > 0)
        pdf_small(pdf, trf(cx, N_("Bank transfers: %s"), p.bank_account));
    return pdf_finish(pdf, ret);
}
