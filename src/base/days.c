/* SPDX-License-Identifier: AGPL-3.0-or-later
 * days.c - civil dates. */
#include "base/days.h"

#include <string.h>

int32_t days_from_civil(int y, int m, int d)
{
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void civil_from_days(int32_t days, int *ret_y, int *ret_m, int *ret_d)
{
    int64_t z = (int64_t)days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = (int)(z - era * 146097);
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    *ret_d = doy - (153 * mp + 2) / 5 + 1;
    *ret_m = mp < 10 ? mp + 3 : mp - 9;
    *ret_y = (int)(yoe + era * 400) + (*ret_m <= 2);
}

int32_t days_week_start(int32_t days)
{
    return days - days_weekday(days);
}

/* Exactly n digits; -1 otherwise. */
static int digits(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

bool days_from_date(int y, int m, int d, int32_t *ret)
{
    int y2, m2, d2;
    if (y < 1 || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    int32_t days = days_from_civil(y, m, d);
    civil_from_days(days, &y2, &m2, &d2);
    if (y2 != y || m2 != m || d2 != d)
        return false;
    *ret = days;
    return true;
}

bool days_parse_iso(const char *s, int32_t *ret)
{
    if (s == NULL || strlen(s) != 10 || s[4] != '-' || s[7] != '-')
        return false;
    return days_from_date(digits(s, 4), digits(s + 5, 2), digits(s + 8, 2), ret);
}

bool minutes_parse(const char *s, int32_t *ret)
{
    if (s == NULL || strlen(s) != 5 || s[2] != ':')
        return false;
    int h = digits(s, 2), m = digits(s + 3, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59)
        return false;
    *ret = h * 60 + m;
    return true;
}

static void put(char *s, int n, int v)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        s[i] = (char)('0' + v % 10);
}

const char *minutes_format(struct arena *a, int32_t minute)
{
    return arena_printf(a, "%02d:%02d", (int)minute / 60, (int)minute % 60);
}

void days_format_iso(int32_t days, char ret[static 11])
{
    int y, m, d;
    ret[0] = '\0';
    if (days == DATE_NONE)
        return;
    civil_from_days(days, &y, &m, &d);
    if (y < 0 || y > 9999)
        return;
    put(ret, 4, y);
    put(ret + 5, 2, m);
    put(ret + 8, 2, d);
    ret[4] = ret[7] = '-';
    ret[10] = '\0';
}

int days_age(int32_t birth_days, int32_t on_days)
{
    int y, m, d, y2, m2, d2;
    if (birth_days == DATE_NONE || birth_days > on_days)
        return -1;
    civil_from_days(birth_days, &y, &m, &d);
    civil_from_days(on_days, &y2, &m2, &d2);
    return y2 - y - (m2 < m || (m2 == m && d2 < d));
}
