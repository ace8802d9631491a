/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invoice_pack.c - what an invoice freezes when it is issued, as the bytes that are sealed.
 *
 * Format: 1, then texts ended by NUL: seller and buyer (six each), exemption, bank account,
 * currency, locale; then per line date, cents, description. */
#include "billing_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1, MAX_BYTES = 256 * 1024 };

static void put(struct buf *b, const char *s)
{
    buf_add(b, or_empty(s), strlen(or_empty(s)) + 1);
}

static void put_party(struct buf *b, const struct invoice_party *p)
{
    const char *const part[] = {p->name, p->tax_id, p->street, p->postal_code, p->city, p->country};
    for (size_t i = 0; i < N_ELEMS(part); i++)
        put(b, part[i]);
}

static void put_line(struct buf *b, const struct invoice_line *l)
{
    char iso[11];
    days_format_iso(l->service_days, iso);
    put(b, iso);
    buf_int(b, l->amount_cents);
    buf_putc(b, '\0');
    put(b, l->description);
}

enum rc invoice_pack(struct cx *cx, const struct invoice *v, struct bytes *ret)
{
    struct buf b;
    buf_init(&b, cx->arena, MAX_BYTES);
    buf_putc(&b, FORMAT);
    put_party(&b, &v->seller);
    put_party(&b, &v->buyer);
    put(&b, v->exemption_text);
    put(&b, v->bank_account);
    put(&b, v->currency);
    put(&b, v->locale);
    for (int i = 0; i < v->n_lines; i++)
        put_line(&b, &v->line[i]);
    if (b.full)
        return refuse(cx, RC_INVALID, NULL, N_("The texts of this invoice are too long."));
    *ret = (struct bytes){(unsigned char *)b.s, b.len};
    return RC_OK;
}

/* The rest of the bytes; p is NULL once a text did not end. */
struct rest {
    const char *p, *end;
};

static const char *take(struct rest *r)
{
    const char *s = r->p, *nul = NULL;
    if (s != NULL)
        nul = memchr(s, '\0', (size_t)(r->end - s));
    r->p = nul != NULL ? nul + 1 : NULL;
    return nul != NULL ? s : NULL;
}

static struct invoice_party take_party(struct rest *r)
{
    struct invoice_party p;
    p.name = take(r);
    p.tax_id = take(r);
    p.street = take(r);
    p.postal_code = take(r);
    p.city = take(r);
    p.country = take(r);
    return p;
}

static bool take_line(struct rest *r, struct invoice_line *l)
{
    const char *days = take(r), *cents = take(r);
    l->description = take(r);
    if (l->description == NULL || !days_parse_iso(days, &l->service_days))
        return false;
    l->amount_cents = strtoll(cents, NULL, 10);
    return true;
}

enum rc invoice_unpack(struct bytes plain, struct invoice *v)
{
    struct rest r = {(const char *)plain.p, (const char *)plain.p + plain.len};
    if (plain.len < 2 || *r.p++ != FORMAT)
        return RC_BROKEN;
    v->seller = take_party(&r);
    v->buyer = take_party(&r);
    v->exemption_text = take(&r);
    v->bank_account = take(&r);
    v->currency = take(&r);
    v->locale = take(&r);
    if (v->locale == NULL)
        return RC_BROKEN;
    for (v->n_lines = 0; r.p < r.end; v->n_lines++)
        if (v->n_lines == INVOICE_MAX_LINES || !take_line(&r, &v->line[v->n_lines]))
            return RC_BROKEN;
    return RC_OK;
}
