/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record_pack.c - the fields of one class as bytes, and sealed with their row. */
#include "base/log.h"
#include "record/record_private.h"

#include <string.h>

enum { FORMAT = 1, PACK_MAX = 1 << 20 };

enum rc record_pack(struct cx *cx, const struct record_type *t, enum seal_class c, const void *rec,
                    struct bytes *ret)
{
    struct buf b;
    buf_init(&b, cx->arena, PACK_MAX);
    buf_putc(&b, FORMAT);
    for (int i = 0; i < t->n_fields; i++) {
        const struct field *f = &t->fields[i];
        const char *value = f->seal == c ? field_plain(cx->arena, f, rec) : "";
        if (*value == '\0')
            continue;
        buf_add(&b, f->key, strlen(f->key) + 1);
        buf_add(&b, value, strlen(value) + 1);
    }
    if (b.full)
        return refuse(cx, RC_INVALID, NULL, N_("This record is too large."));
    *ret = (struct bytes){(const unsigned char *)b.s, b.len};
    return RC_OK;
}

/* The text at *at; *at moves behind its NUL. NULL when it does not end before `end`. */
static const char *next_text(const char **at, const char *end)
{
    const char *s = *at, *nul = memchr(s, '\0', (size_t)(end - s));
    if (nul == NULL)
        return NULL;
    *at = nul + 1;
    return s;
}

/* The field of that key, looked for from *at on: packs are in table order, so it is mostly the
 * next. */
static const struct field *find_from(const struct record_type *t, const char *key, int *at)
{
    for (int i = 0; i < t->n_fields; i++, (*at)++) {
        if (*at >= t->n_fields)
            *at = 0;
        const char *own = t->fields[*at].key;
        if (own[0] == key[0] && strcmp(own, key) == 0)
            return &t->fields[(*at)++];
    }
    return NULL;
}

enum rc record_unpack(struct cx *cx, const struct record_type *t, enum seal_class c,
                      struct bytes plain, void *rec)
{
    for (int i = 0; i < t->n_fields; i++)
        if (t->fields[i].seal == c)
            field_clear(&t->fields[i], rec);
    if (plain.len == 0)
        return RC_OK;
    if (plain.p[0] != FORMAT) {
        cx->detail = "unknown format of a packed record";
        return RC_BROKEN;
    }
    int next = 0;
    const char *at = (const char *)plain.p + 1, *end = (const char *)plain.p + plain.len;
    while (at < end) {
        const char *key = next_text(&at, end);
        const char *value = key != NULL ? next_text(&at, end) : NULL;
        const struct field *f = value != NULL ? find_from(t, key, &next) : NULL;
        if (value == NULL || (f != NULL && f->seal == c && !field_read_plain(f, value, rec))) {
            cx->detail = "damaged value in a packed record";
            return RC_BROKEN;
        }
    }
    return RC_OK;
}

static struct seal_item item_of(const struct cx *cx, const struct record_type *t, enum seal_class c,
                                struct id client, struct bytes wrapped, struct id row,
                                int64_t version)
{
    return (struct seal_item){.where = {.practice = cx->practice,
                                        .client = client,
                                        .table = t->table,
                                        .row = row,
                                        .cls = c,
                                        .version = version},
                              .wrapped = wrapped};
}

enum rc record_seal(struct cx *cx, const struct record_type *t, enum seal_class c, struct id client,
                    struct bytes wrapped, struct id row, int64_t version, const void *rec,
                    struct bytes *ret)
{
    struct seal_item item = item_of(cx, t, c, client, wrapped, row, version);
    TRY(record_pack(cx, t, c == SEAL_INTAKE ? SEAL_CLINICAL : c, rec, &item.in));
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    *ret = item.out;
    return RC_OK;
}

enum rc record_unseal(struct cx *cx, const struct record_type *t, enum seal_class c,
                      struct id client, struct bytes wrapped, struct id row, int64_t version,
                      struct bytes sealed, void *rec)
{
    struct seal_item item = item_of(cx, t, c, client, wrapped, row, version);
    item.in = sealed;
    enum rc rc = seal_open_many(cx->arena, cx->keys, &item, 1);
    if (rc != RC_OK) {
        cx->detail = arena_printf(cx->arena, "%s %s cannot be opened", t->table, row.s);
        return rc;
    }
    return record_unpack(cx, t, c, item.out, rec);
}

enum rc record_open_many(struct cx *cx, struct seal_item *items, int n)
{
    if (seal_open_many(cx->arena, cx->keys, items, n) == RC_OK)
        return RC_OK;
    for (int i = 0; i < n; i++) {
        if (items[i].rc != RC_OK && items[i].rc != RC_BROKEN)
            return items[i].rc;
        if (items[i].rc == RC_BROKEN)
            log_error("%s %s cannot be opened", items[i].where.table, items[i].where.row.s);
    }
    return RC_OK;
}
