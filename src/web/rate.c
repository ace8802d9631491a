/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rate.c - token buckets as one instant each.
 *
 * Source: ITU-T I.371, generic cell rate algorithm: the bucket is the instant at which it would
 * be full again. Keys share a bucket when their hashes agree, which the limits can bear; the hash
 * is keyed, so nobody can choose to share. */
#include "web/rate.h"

#include "seal/seal.h"

#include <stdatomic.h>
#include <string.h>

enum { N_BUCKETS = 4096 };

struct rate {
    unsigned char salt[16];
    _Atomic int64_t full_at_us[N_BUCKETS];
};

struct rate *rate_new(void)
{
    struct rate *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    seal_random(r->salt, sizeof(r->salt));
    return r;
}

void rate_free(struct rate *r)
{
    free(r);
}

bool rate_take(struct rate *r, struct rate_limit limit, struct bytes key, int64_t now_us)
{
    unsigned char in[sizeof(r->salt) + 64] = {0}, hash[32];
    size_t n = key.len < 64 ? key.len : 64;
    memcpy(in, r->salt, sizeof(r->salt));
    memcpy(in + sizeof(r->salt), key.p, n);
    seal_hash((struct bytes){in, sizeof(in)}, hash);
    _Atomic int64_t *at = &r->full_at_us[(hash[0] | hash[1] << 8) % N_BUCKETS];

    int64_t step_us = 1000000 / limit.per_second, was = atomic_load(at), next;
    do {
        next = (was > now_us ? was : now_us) + step_us;
        if (next - now_us > limit.burst * step_us)
            return false;
    } while (!atomic_compare_exchange_weak(at, &was, next));
    return true;
}
