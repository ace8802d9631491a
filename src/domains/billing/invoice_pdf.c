/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invoice_pdf.c - an invoice or credit note on paper, from what was frozen when it was issued.
 *
 * In the practice's language and way of writing figures, whoever prints it: equal today and in ten
 * years. Neutral outside: the file's title is the number, never a name. */
#include "billing_private.h"
#include "pdf/pdf.h"

static void add_line(struct buf *b, const char *before, const char *s)
{
    if (is_filled(s))
        buf_printf(b, "%s%s%s", b->len > 0 ? "\n" : "", before, s);
}

/* Address and tax number, one each line; a part that is not known takes no room. */
static const char *address(struct cx *cx, const struct invoice_party *p)
{
    struct buf b, town;
    buf_init(&b, cx->arena, 4000);
    buf_init(&town, cx->arena, 1000);
    buf_printf(&town, "%s%s%s", is_filled(p->postal_code) ? p->postal_code : "",
               is_filled(p->postal_code) && is_filled(p->city) ? " " : "",
               is_filled(p->city) ? p->city : "");
    add_line(&b, "", p->street);
    add_line(&b, "", town.s);
    add_line(&b, "", locale_country(cx->arena, cx->locale, p->country));
    add_line(&b, arena_printf(cx->arena, "%s ", trc(cx, N_("Tax number"))), p->tax_id);
    return b.s;
}

static void table(struct cx *cx, struct pdf *pdf, const struct invoice *v)
{
    const struct pdf_column column[] = {{trc(cx, N_("Date")), 26, PDF_LEFT},
                                        {trc(cx, N_("Description")), 0, PDF_LEFT},
                                        {trc(cx, N_("Amount")), 34, PDF_RIGHT}};
    pdf_table(pdf, column, N_ELEMS(column));
    for (int i = 0; i < v->n_lines; i++) {
        const struct invoice_line *l = &v->line[i];
        const char *const cell[] = {
            locale_date(cx->arena, cx->locale, l->service_days, DATE_SHORT), l->description,
            locale_money(cx->arena, cx->locale, l->amount_cents, v->currency)};
        pdf_row(pdf, cell);
    }
    pdf_total(pdf, trc(cx, N_("Total")),
              locale_money(cx->arena, cx->locale, v->total_cents, v->currency), true);
}

static enum rc facts(struct cx *cx, struct pdf *pdf, const struct invoice *v)
{
    struct invoice was;
    pdf_pair(pdf, trc(cx, N_("Number")), v->full_number);
    pdf_pair(pdf, trc(cx, N_("Date of issue")),
             locale_date(cx->arena, cx->locale, v->issued_days, DATE_LONG));
    if (!id_is_set(v->credit_of)) {
        pdf_pair(pdf, trc(cx, N_("Payable until")),
                 locale_date(cx->arena, cx->locale, v->due_days, DATE_LONG));
        return RC_OK;
    }
    TRY(invoice_load(cx, v->credit_of, &was));
    pdf_pair(pdf, trc(cx, N_("Takes back")),
             trf(cx, N_("Invoice %1$s of %2$s"), was.full_number,
                 locale_date(cx->arena, cx->locale, was.issued_days, DATE_LONG)));
    return RC_OK;
}

static void closing(struct cx *cx, struct pdf *pdf, const struct invoice *v)
{
    pdf_space(pdf, 8);
    if (is_filled(v->exemption_text))
        pdf_small(pdf, v->exemption_text);
    if (is_filled(v->bank_account) && v->total_cents > 0)
        pdf_small(pdf, trf(cx, N_("Account for bank transfers: %1$s. Please give the number %2$s."),
                           v->bank_account, v->full_number));
}

/* The same operation, speaking as the practice spoke when the invoice was issued. */
static struct cx speaking_as(const struct cx *cx, const struct invoice *v)
{
    struct cx r = *cx;
    r.locale = locale_get(v->locale);
    r.cat = catalogue_get(locale_language(r.locale));
    return r;
}

enum rc invoice_pdf(struct cx *cx, struct id id, struct bytes *ret)
{
    struct invoice v;
    char created[32];
    TRY(invoice_load(cx, id, &v));
    struct cx paper = speaking_as(cx, &v);
    ms_format_iso(zone_day_start(cx->zone, v.issued_days), created);
    const struct pdf_style style = {.page = PDF_A4,
                                    .lang = locale_name(paper.locale),
                                    .title = v.full_number,
                                    .created_iso = created,
                                    .footer = v.full_number,
                                    .page_of = trc(&paper, N_("Page {page} of {pages}"))};
    const struct pdf_party seller = {trc(&paper, N_("Issued by")), v.seller.name,
                                     address(&paper, &v.seller)};
    const struct pdf_party buyer = {trc(&paper, N_("Billed to")), v.buyer.name,
                                    address(&paper, &v.buyer)};
    struct pdf *pdf = pdf_new(cx->arena, &style);
    pdf_heading(pdf, 1,
                id_is_set(v.credit_of) ? trc(&paper, N_("Credit note"))
                                       : trc(&paper, N_("Invoice")));
    TRY(facts(&paper, pdf, &v));
    pdf_space(pdf, 8);
    pdf_parties(pdf, &seller, &buyer);
    pdf_space(pdf, 8);
    table(&paper, pdf, &v);
    closing(&paper, pdf, &v);
    return pdf_finish(pdf, ret);
}
