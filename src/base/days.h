/* SPDX-License-Identifier: AGPL-3.0-or-later
 * days.h - civil dates as days since 1970-01-01, without time zones.
 *
 * Instants (int64 ms UTC) become dates only through text/zone.h. */
#pragma once
#include "base/base.h"

#define DATE_NONE INT32_MIN
#define MS_PER_DAY INT64_C(86400000)
#define MS_PER_MIN INT64_C(60000)

/* Source: H. Hinnant, "chrono-compatible low-level date algorithms". */
int32_t days_from_civil(int y, int m, int d);
void civil_from_days(int32_t days, int *ret_y, int *ret_m, int *ret_d);
static inline int days_weekday(int32_t days)
{
    return (int)(((int64_t)days + 3) % 7 + 7) % 7;
} /* 0 = Monday */
int32_t days_week_start(int32_t days); /* the Monday at or before */

/* False for days that do not exist. */
bool days_from_date(int y, int m, int d, int32_t *ret);
/* "YYYY-MM-DD" to days; false for anything else and for days that do not exist. */
bool days_parse_iso(const char *s, int32_t *ret);
/* "HH:MM", 00:00 to 23:59, to minutes of the day. */
bool minutes_parse(const char *s, int32_t *ret);
const char *minutes_format(struct arena *a, int32_t minute); /* 0..1439 to "HH:MM" */
/* Writes "YYYY-MM-DD" (11 bytes with NUL); the empty string for DATE_NONE. */
void days_format_iso(int32_t days, char ret[static 11]);
/* whole years; -1 when birth is DATE_NONE or later */
int days_age(int32_t birth_days, int32_t on_days);
