/* SPDX-License-Identifier: AGPL-3.0-or-later
 * zone.h - instants and local time, from ICU's time zones, as tables.
 *
 * A zone is read from ICU once (transitions 1950 to 2100) and then immutable: look-ups are a
 * binary search, without lock. Instants are int64 ms UTC; local time is a date and a minute. */
#pragma once
#include "base/base.h"
#include "base/days.h"

struct zone;
/* NULL when ICU does not know the name. Kept for the life of the process. */
const struct zone *zone_get(const char *iana_name);
const char *zone_name(const struct zone *z);

struct local {
    int32_t days;   /* since 1970-01-01 */
    int32_t minute; /* of the day, 0..1439 */
};
/* "2026-11-23T10:00", as inputs have it */
const char *local_format(struct arena *a, struct local l);
struct local zone_local(const struct zone *z, int64_t ms);
int32_t zone_offset_min(const struct zone *z, int64_t ms);

/* How a local time relates to the clock changes. */
enum zone_fit { ZONE_ONE, ZONE_GAP, ZONE_TWICE };
/* GAP (02:30 on the night clocks go forward): *ret is the same distance after the gap.
 * TWICE: *ret is the first of the two. */
enum zone_fit zone_instant(const struct zone *z, struct local l, int64_t *ret_ms);
int64_t zone_day_start(const struct zone *z, int32_t days); /* first instant of the day */

/* ISO 8601: format "2026-11-23T09:00:00Z" in UTC (21 bytes) and "2026-11-23T10:00+01:00" with zone;
 * parse either, also "2026-11-23T10:00" as local time of z. */
void ms_format_iso(int64_t ms, char ret[static 32]);
const char *zone_format_iso(struct arena *a, const struct zone *z, int64_t ms);
bool zone_parse_iso(const struct zone *z, const char *s, int64_t *ret_ms);
/* All names ICU offers as canonical location zones, sorted, for the settings page. */
const char *const *zone_names(int *ret_n);
