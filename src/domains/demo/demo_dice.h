/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo_dice.h - SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same everywhere. Not for
 * secrets. */
#pragma once
#include "base/base.h"

struct dice {
    uint64_t state;
};

static inline uint64_t dice_next(struct dice *d)
{
    uint64_t z = (d->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static inline int dice_below(struct dice *d, int n) /* 0 .. n-1 */
{
    return (int)(dice_next(d) % (uint64_t)n);
}
static inline bool dice_percent(struct dice *d, int percent)
{
    return dice_below(d, 100) < percent;
}
