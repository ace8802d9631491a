/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo.c - from an empty database to a practice with a past. */
#include "demo_private.h"

enum rc demo_make(struct cx *cx, const struct demo_options *o, struct demo_sign_in **ret_sign_ins,
                  int *ret_n)
{
    struct demo *d = arena_new(cx->arena, struct demo);
    struct arena scratch, *keep = cx->arena;
    *d = (struct demo){.cx = cx,
                       .keep = keep,
                       .dice = {.state = (uint64_t)o->seed},
                       .o = *o,
                       .n_clients = o->n_clients,
                       .now_ms = cx->now_ms,
                       .n_weeks = o->years * 52};
    const struct zone *zone = zone_get("Europe/Madrid");
    d->today = zone_local(zone, cx->now_ms).days;
    d->first_monday = days_week_start(d->today) - 7 * d->n_weeks;
    cx->zone = zone;
    TRY(demo_people(d, ret_sign_ins, ret_n));
    arena_init(&scratch, 64 << 20);
    cx->arena = &scratch;
    enum rc rc = demo_years(d);
    cx->arena = keep;
    arena_wipe(&scratch);
    return rc;
}
