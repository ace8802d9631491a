/* SPDX-License-Identifier: AGPL-3.0-or-later
 * tree.c - the Merkle tree over the records of a day, and the proof that one of them is in it.
 *
 * Source: RFC 6962, 2.1. The growing tree keeps the roots of its complete subtrees, one per bit of
 * its size. */
#include "audit/audit_private.h"

#include <string.h>

static struct bytes node(const unsigned char *p)
{
    return (struct bytes){p, 32};
}

static void leaf_hash(const struct audit_record *r, unsigned char ret[static 32])
{
    seal_tree_hash(0, (struct bytes){(const unsigned char *)r, sizeof(*r)}, (struct bytes){0}, ret);
}

void audit_tree_add(struct audit_tree *t, const struct audit_record *r)
{
    unsigned char h[32];
    int i = 0;
    leaf_hash(r, h);
    for (int64_t n = t->n++; (n & 1) != 0; n >>= 1, i++)
        seal_tree_hash(1, node(t->node[i]), node(h), h);
    memcpy(t->node[i], h, 32);
}

void audit_tree_root(const struct audit_tree *t, unsigned char ret[static 32])
{
    bool has = false;
    if (t->n == 0)
        seal_tree_hash(0, (struct bytes){0}, (struct bytes){0}, ret);
    for (int i = 0; t->n >> i != 0; i++) {
        if ((t->n >> i & 1) == 0)
            continue;
        if (has)
            seal_tree_hash(1, node(t->node[i]), node(ret), ret);
        else
            memcpy(ret, t->node[i], 32);
        has = true;
    }
}

/* --- proofs ------------------------------------------------------------------------ */

struct day {
    const struct audit_log *log;
    int64_t first, n; /* records of the day */
};

static enum rc root_of(const struct day *d, int64_t first, int64_t n, unsigned char ret[static 32])
{
    struct audit_tree t = {0};
    struct audit_record r;
    int64_t got;
    for (int64_t i = 0; i < n; i++) {
        TRY(audit_log_read(d->log, d->first + first + i, &r, 1, &got));
        if (got != 1)
            return RC_BROKEN;
        audit_tree_add(&t, &r);
    }
    audit_tree_root(&t, ret);
    return RC_OK;
}

/* PATH(m, D[n]) of the RFC, from the leaf upward. */
static enum rc put_path(struct buf *b, const struct day *d, int64_t first, int64_t n, int64_t m)
{
    unsigned char h[32];
    int64_t k = 1;
    if (n <= 1)
        return RC_OK;
    while (k * 2 < n)
        k *= 2;
    if (m < k) {
        TRY(put_path(b, d, first, k, m));
        TRY(root_of(d, first + k, n - k, h));
    } else {
        TRY(put_path(b, d, first + k, n - k, m - k));
        TRY(root_of(d, first, k, h));
    }
    buf_printf(b, "path %s\n", audit_hex(b->arena, h, 32));
    return RC_OK;
}

struct around {
    int64_t day, first, last;
};

static bool same_day(void *arg, const struct audit_record *r)
{
    struct around *a = arg;
    int64_t day = audit_i64(&r->at_ms) / 86400000;
    if (day < a->day)
        return false;
    if (day == a->day) {
        a->first = audit_i64(&r->seq);
        if (a->last == 0)
            a->last = a->first;
    }
    return true;
}

enum rc audit_prove(struct arena *a, const struct audit_log *l, const struct keyring *keys,
                    int64_t seq, const char **ret)
{
    struct audit_record r;
    struct buf b;
    unsigned char root[32], signature[AUDIT_SIGNATURE_BYTES], public_key[32];
    int64_t got = 0;
    if (seq < 1 || seq > l->n)
        return RC_NOT_FOUND;
    TRY(audit_log_read(l, seq, &r, 1, &got));
    struct around day = {.day = audit_i64(&r.at_ms) / 86400000};
    TRY(audit_log_back(l, 0, same_day, &day));
    const struct day d = {l, day.first, day.last - day.first + 1};
    TRY(root_of(&d, 0, d.n, root));
    const char *text =
        arena_printf(a, "entracte-day 1 %s %lld %lld %s", audit_hex(a, l->log_id, 16),
                     (long long)day.day, (long long)d.n, audit_hex(a, root, 32));
    struct audit_keys *k = audit_keys_new(keys);
    audit_keys_sign(k, (struct bytes){(const unsigned char *)text, strlen(text)}, signature);
    audit_keys_public(k, public_key);
    audit_keys_free(k);
    buf_init(&b, a, 64 << 10);
    buf_printf(&b, "%s %s %s\nindex %lld\nrecord %s\n", text, audit_hex(a, public_key, 32),
               audit_hex(a, signature, 64), (long long)(seq - d.first),
               audit_hex(a, (const unsigned char *)&r, sizeof(r)));
    TRY(put_path(&b, &d, 0, d.n, seq - d.first));
    *ret = b.s;
    return RC_OK;
}
