/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record.c - one record: encoding, chaining, checkpoints; and reading many. */
#include "audit/audit_private.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BEFORE_MAC = offsetof(struct audit_record, mac),
    BEFORE_HASH = offsetof(struct audit_record, hash)
};

int64_t audit_i64(const int64_t *on_disk)
{
    return (int64_t)le64toh((uint64_t)*on_disk);
}

int32_t audit_i32(const int32_t *on_disk)
{
    return (int32_t)le32toh((uint32_t)*on_disk);
}

static int64_t to_disk(int64_t v)
{
    return (int64_t)htole64((uint64_t)v);
}

const char *audit_hex(struct arena *a, const unsigned char *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *s = arena_alloc(a, 2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        s[2 * i] = digits[p[i] >> 4];
        s[2 * i + 1] = digits[p[i] & 15];
    }
    return s;
}

/* --- the chain ------------------------------------------------------------------ */

static struct bytes first_bytes(const struct audit_record *r, size_t n)
{
    return (struct bytes){(const unsigned char *)r, n};
}

void record_add(struct audit_head *h, struct audit_keys *k, struct audit_record *r)
{
    int64_t at_ms = audit_i64(&r->at_ms);
    if (at_ms < h->at_ms) {
        r->flags |= htole16(AUDIT_CLOCK_BACK);
        at_ms = h->at_ms;
        r->at_ms = to_disk(at_ms);
    }
    r->version = 1;
    r->seq = to_disk(++h->seq);
    memcpy(r->prev, h->hash, sizeof(r->prev));
    audit_keys_mac(k, first_bytes(r, BEFORE_MAC), r->mac);
    seal_hash(first_bytes(r, BEFORE_HASH), r->hash);
    memcpy(h->hash, r->hash, sizeof(h->hash));
    h->at_ms = at_ms;
}

bool record_follows(struct audit_head *h, struct audit_keys *k, const struct audit_record *r)
{
    unsigned char hash[32], mac[32];
    seal_hash(first_bytes(r, BEFORE_HASH), hash);
    if (r->version != 1 || r->kind < AUDIT_BEGIN || r->kind > AUDIT_SYSTEM ||
        audit_i64(&r->seq) != h->seq + 1 || audit_i64(&r->at_ms) < h->at_ms ||
        memcmp(r->prev, h->hash, sizeof(hash)) != 0 || memcmp(r->hash, hash, sizeof(hash)) != 0)
        return false;
    if (k != NULL) {
        audit_keys_mac(k, first_bytes(r, BEFORE_MAC), mac);
        if (!seal_equal(mac, r->mac, sizeof(mac))) {
            audit_keys_drop(k);
            return false;
        }
        audit_keys_keep(k);
    }
    h->seq++;
    h->at_ms = audit_i64(&r->at_ms);
    memcpy(h->hash, hash, sizeof(h->hash));
    return true;
}

/* --- encoding ---------------------------------------------------------------------- */

static void put(char *to, const char *s, size_t width)
{
    if (s != NULL)
        memcpy(to, s, strnlen(s, width));
}

struct audit_record record_encode(int64_t at_ms, const struct audit_entry *e)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    struct audit_record r = {
        .kind = (uint8_t)(e->kind != 0 ? e->kind : AUDIT_DISCLOSURE),
        .outcome = (int32_t)htole32((uint32_t)e->outcome),
        .at_ms = to_disk(at_ms),
        .mono_us = to_disk(t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000),
        .practice = to_disk(e->practice),
        .roles = htole32(e->roles),
        .n_rows = (int32_t)htole32((uint32_t)e->n_rows),
    };
    put(r.actor, e->actor.s, sizeof(r.actor));
    memcpy(r.session, e->session, sizeof(r.session));
    put(r.action, e->action, sizeof(r.action));
    put(r.what, e->what, sizeof(r.what));
    put(r.object, e->object.s, sizeof(r.object));
    put(r.client, e->client.s, sizeof(r.client));
    put(r.purpose, e->purpose, sizeof(r.purpose));
    memcpy(r.commitment, e->commitment, sizeof(r.commitment));
    return r;
}

/* --- checkpoints ---------------------------------------------------------------------- */

/* What is signed, and the line that is handed out, say the same. */
static const char *signed_text(struct arena *a, const unsigned char log_id[static 16], int64_t n,
                               int64_t at_ms, const unsigned char head[static 32])
{
    return arena_printf(a, "entracte-checkpoint 1 %s %lld %lld %s", audit_hex(a, log_id, 16),
                        (long long)n, (long long)at_ms, audit_hex(a, head, 32));
}

void record_checkpoint(const struct audit_head *h, const unsigned char log_id[static 16],
                       const struct audit_keys *k, int64_t at_ms, struct audit_record *ret)
{
    struct arena a;
    arena_init(&a, 64 << 10);
    struct audit_entry e = {.kind = AUDIT_CHECKPOINT, .action = "checkpoint"};
    *ret = record_encode(at_ms > h->at_ms ? at_ms : h->at_ms, &e);
    const char *text = signed_text(&a, log_id, h->seq, audit_i64(&ret->at_ms), h->hash);
    unsigned char signature[AUDIT_SIGNATURE_BYTES];
    audit_keys_sign(k, (struct bytes){(const unsigned char *)text, strlen(text)}, signature);
    memcpy((char *)ret + offsetof(struct audit_record, what), signature, sizeof(signature));
    arena_wipe(&a);
}

void record_to_checkpoint(const struct audit_record *r, const unsigned char log_id[static 16],
                          struct audit_checkpoint *ret)
{
    *ret = (struct audit_checkpoint){.n = audit_i64(&r->seq) - 1, .at_ms = audit_i64(&r->at_ms)};
    memcpy(ret->log_id, log_id, sizeof(ret->log_id));
    memcpy(ret->head, r->prev, sizeof(ret->head));
    memcpy(ret->signature, (const char *)r + offsetof(struct audit_record, what),
           sizeof(ret->signature));
}

const char *audit_checkpoint_line(struct arena *a, const struct audit_checkpoint *c,
                                  const unsigned char public_key[static 32])
{
    return arena_printf(a, "%s %s %s", signed_text(a, c->log_id, c->n, c->at_ms, c->head),
                        audit_hex(a, public_key, 32), audit_hex(a, c->signature, 64));
}

/* --- files of records --------------------------------------------------------------------- */

off_t offset_of(int64_t n_records)
{
    return (off_t)(n_records * RECORD_BYTES);
}

int64_t read_records(int fd, int64_t n_before, struct audit_record *ret, int64_t n)
{
    size_t want = (size_t)n * sizeof(*ret), len = 0;
    ssize_t got;
    while (len < want && (got = pread(fd, (char *)ret + len, want - len,
                                      offset_of(n_before) + (off_t)len)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        len += (size_t)got;
    }
    return (int64_t)(len / sizeof(*ret));
}

bool write_all(int fd, const void *p, size_t n, off_t at)
{
    for (size_t done = 0; done < n;) {
        ssize_t w = pwrite(fd, (const char *)p + done, n - done, at + (off_t)done);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        done += (size_t)w;
    }
    return true;
}

enum rc follow(int fd, struct audit_head *h, struct audit_keys *k, int64_t last, bool *ret_is_end)
{
    struct audit_record *r = calloc(READ_AT_ONCE, sizeof(*r));
    if (r == NULL)
        abort();
    bool is_good = true;
    int64_t n = 1;
    while (is_good && n > 0 && h->seq < last) {
        int64_t left = last - h->seq;
        n = read_records(fd, h->seq, r, left < READ_AT_ONCE ? left : READ_AT_ONCE);
        for (int64_t i = 0; i < n && is_good; i++)
            is_good = record_follows(h, k, &r[i]);
    }
    free(r);
    *ret_is_end = is_good;
    return n < 0 ? RC_BROKEN : RC_OK;
}
