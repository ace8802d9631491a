/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rate.h - how often one session or address may write: a bound for scripts that run away, far
 * above what people do. Guessing passwords is slowed down by account, in the people domain. */
#pragma once
#include "base/base.h"

struct rate;
struct rate_limit {
    int per_second, burst;
};
struct rate *rate_new(void);
void rate_free(struct rate *r);
/* Takes one token from the bucket of key; false when it is empty. Thread-safe, without a lock. */
bool rate_take(struct rate *r, struct rate_limit limit, struct bytes key, int64_t now_us);
