/* SPDX-License-Identifier: AGPL-3.0-or-later
 * take_seal.c - what of a row was sealed, put together again from its columns and sealed under the
 * new keys. */
#include "domains/clients/clients.h"
#include "take_private.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(const struct column *c)
{
    return c->kind == FIELD_TEXT || c->kind == FIELD_NOTE || c->kind == FIELD_ID;
}

static int by_client_id(const void *a, const void *b)
{
    return strcmp(((const struct taken_client *)a)->id.s, ((const struct taken_client *)b)->id.s);
}

struct taken_client *client_of(const struct taking *x, struct id id)
{
    struct taken_client key = {.id = id};
    return x->n_clients > 0 && id_is_set(id)
               ? bsearch(&key, x->clients, (size_t)x->n_clients, sizeof(key), by_client_id)
               : NULL;
}

/* --- what is sealed ------------------------------------------------------------------------------
 */

static const char *plain_at(const struct take_batch *b, const struct take_row *r, const char *key)
{
    for (int i = 0; i < b->cols.n; i++)
        if (strcmp(b->cols.list[i].key, key) == 0)
            return r->plain[i];
    return "";
}

static enum rc record_plain(struct take_batch *b, const struct take_row *r, int nth,
                            struct bytes *ret)
{
    const struct part *p = &b->s->part[nth];
    struct arena *a = &b->x->batch;
    _Alignas(max_align_t) char rec[REC_BYTES] = {0};
    record_clear(p->type, rec);
    for (int i = 0; i < b->cols.n; i++) {
        const struct column *c = &b->cols.list[i];
        const char *plain = r->plain[i];
        int64_t number = 0;
        if (c->part != nth || plain[0] == '\0')
            continue;
        if (!is_text(c) && !cell_number_of(c, plain, &number))
            return wrong_value(b, r->nth, c->key);
        if (c->kind == FIELD_BOOL && number == 0)
            continue;
        if (c->kind == FIELD_BOOL || c->kind == FIELD_INSTANT)
            plain = arena_printf(a, "%lld", (long long)number);
        if (!record_read(c->field, plain, rec))
            return wrong_value(b, r->nth, c->key);
    }
    return record_pack(&b->x->in, p->type, p->cls, rec, ret);
}

/* The next row within, when it belongs to this one. */
static enum rc next_within(struct taking *x, struct lines *l, int which, const char *key,
                           const char *id, struct form *ret, bool *ret_is_there)
{
    *ret_is_there = false;
    if (!x->has_within[which])
        TRY(lines_next(&x->in, l, &x->within[which], &x->has_within[which]));
    if (!x->has_within[which])
        return RC_OK;
    const char *of = form_get(&x->within[which], key);
    if (of == NULL || strcmp(of, id) != 0)
        return RC_OK;
    *ret = x->within[which];
    *ret_is_there = true;
    x->has_within[which] = false;
    return RC_OK;
}

enum rc wrong_within(struct taking *x, const struct lines *l)
{
    return refusef(x->cx, RC_INVALID, NULL,
                   N_("%s, row %lld, column %s: this value cannot be read. Nothing was imported."),
                   l->path, (long long)l->n, "position");
}

static enum rc note_plain(struct take_batch *b, const struct take_row *r, struct bytes *ret)
{
    struct taking *x = b->x;
    struct note *n = arena_new(&x->batch, struct note);
    struct form f;
    bool more;
    n->template_key = plain_at(b, r, "template");
    for (;;) {
        TRY(next_within(x, &x->sections, 0, "note_id", plain_at(b, r, "id"), &f, &more));
        if (!more)
            break;
        if (n->n_sections == NOTE_MAX_SECTIONS || f.n != 5 ||
            form_number(&f, "position") != n->n_sections + 1)
            return wrong_within(x, &x->sections);
        n->section[n->n_sections++] =
            (struct note_section){.key = or_empty(form_get(&f, "key")),
                                  .title = or_empty(form_get(&f, "title")),
                                  .text = or_empty(form_get(&f, "text"))};
    }
    return note_pack(&x->in, n, ret);
}

static enum rc invoice_lines(struct take_batch *b, const struct take_row *r, struct invoice *v)
{
    struct taking *x = b->x;
    struct form f;
    bool more;
    for (;;) {
        TRY(next_within(x, &x->lines, 1, "invoice_id", plain_at(b, r, b->s->part[0].row), &f,
                        &more));
        if (!more)
            return RC_OK;
        struct invoice_line *l = &v->line[v->n_lines];
        if (v->n_lines == INVOICE_MAX_LINES || f.n != 5 ||
            form_number(&f, "position") != v->n_lines + 1 ||
            !days_parse_iso(or_empty(form_get(&f, "service_date")), &l->service_days))
            return wrong_within(x, &x->lines);
        l->description = or_empty(form_get(&f, "description"));
        l->amount_cents = form_number(&f, "amount_cents");
        v->n_lines++;
    }
}

static enum rc invoice_plain(struct take_batch *b, const struct take_row *r, struct bytes *ret)
{
    struct invoice *v = arena_new(&b->x->batch, struct invoice);
    TRY(invoice_lines(b, r, v));
    v->currency = plain_at(b, r, "currency");
    v->locale = plain_at(b, r, "locale");
    v->seller = (struct invoice_party){
        plain_at(b, r, "seller_name"),   plain_at(b, r, "seller_tax_id"),
        plain_at(b, r, "seller_street"), plain_at(b, r, "seller_postal_code"),
        plain_at(b, r, "seller_city"),   plain_at(b, r, "seller_country")};
    v->buyer =
        (struct invoice_party){plain_at(b, r, "buyer_name"),   plain_at(b, r, "buyer_tax_id"),
                               plain_at(b, r, "buyer_street"), plain_at(b, r, "buyer_postal_code"),
                               plain_at(b, r, "buyer_city"),   plain_at(b, r, "buyer_country")};
    v->exemption_text = plain_at(b, r, "exemption_text");
    v->bank_account = plain_at(b, r, "bank_account");
    return invoice_pack(&b->x->in, v, ret);
}

static enum rc photo_plain(struct take_batch *b, const struct take_row *r, struct bytes *ret)
{
    const char *path = plain_at(b, r, "file");
    if (strncmp(path, "files/photos/", strlen("files/photos/")) != 0)
        return wrong_value(b, r->nth, "file");
    TRY(whole_file(&b->x->in, b->x->ask->seen, path, ret));
    return client_photo_type(*ret) != NULL ? RC_OK : wrong_value(b, r->nth, "file");
}

static bool says_nothing(const struct take_batch *b, const struct take_row *r, int nth)
{
    for (int i = 0; i < b->cols.n; i++)
        if (b->cols.list[i].part == nth && r->plain[i][0] != '\0')
            return false;
    return true;
}

/* p NULL: there is nothing to seal. */
static enum rc part_plain(struct take_batch *b, const struct take_row *r, int nth,
                          struct bytes *ret)
{
    const struct part *p = &b->s->part[nth];
    const struct taken_client *c = p->is_of_client ? client_of(b->x, r->client) : NULL;
    bool is_erased = c != NULL && c->erased_ms != 0;
    int col = column_at(b->t, p->col);
    *ret = (struct bytes){0};
    if (is_erased || (!b->t->is_required[col] && says_nothing(b, r, nth)))
        return RC_OK;
    switch (p->kind) {
    case PART_RECORD:
        return record_plain(b, r, nth, ret);
    case PART_NOTE:
        return note_plain(b, r, ret);
    case PART_INVOICE:
        return invoice_plain(b, r, ret);
    case PART_PHOTO:
        return photo_plain(b, r, ret);
    case PART_WORDS: {
        const char *words = plain_at(b, r, p->key);
        *ret = (struct bytes){(const unsigned char *)words, strlen(words)};
        return RC_OK;
    }
    }
    return RC_BROKEN;
}

static struct seal_item item_to_close(struct take_batch *b, const struct take_row *r, int nth)
{
    const struct part *p = &b->s->part[nth];
    struct taking *x = b->x;
    struct seal_item item = {.where = part_where(b->s, p, b->t, r->v, x->cx->practice, r->client),
                             .in = r->part[nth]};
    const struct taken_client *c = client_of(x, item.where.client);
    if (c != NULL)
        item.wrapped = c->wrapped[p->cls == SEAL_PRIVATE ? SEAL_CLINICAL : p->cls];
    return item;
}

/* One call to the keys for each part of a batch. */
enum rc take_seal(struct take_batch *b, int nth)
{
    static const unsigned char nothing[1];
    struct taking *x = b->x;
    int col = column_at(b->t, b->s->part[nth].col), n = 0;
    struct seal_item *item = arena_array(&x->batch, struct seal_item, b->n + 1);
    for (int i = 0; i < b->n; i++) {
        struct take_row *r = &b->row[i];
        TRY(part_plain(b, r, nth, &r->part[nth]));
        if (r->part[nth].p != NULL)
            item[n++] = item_to_close(b, r, nth);
    }
    TRY(seal_close_many(&x->batch, x->cx->keys, item, n));
    for (int i = 0, k = 0; i < b->n; i++) {
        struct bytes sealed = {nothing, sizeof(nothing)};
        bool is_sealed = b->row[i].part[nth].p != NULL;
        if (is_sealed)
            sealed = item[k++].out;
        b->row[i].v[col] = is_sealed || b->t->is_required[col] ? DB_B(sealed) : DB_NIL;
    }
    return RC_OK;
}
