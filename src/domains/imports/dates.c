/* SPDX-License-Identifier: AGPL-3.0-or-later
 * dates.c - dates of birth as programs write them: three numbers, in one of three orders. */
#include "imports_private.h"

#include <stdio.h>
#include <string.h>

/* Three numbers parted by one sign each; a time of day may follow. */
static bool three_numbers(const char *s, int n[static 3], char *ret_sign)
{
    char sign, again;
    int used = 0;
    while (*s == ' ')
        s++;
    if (sscanf(s, "%4d%c%2d%c%4d%n", &n[0], &sign, &n[1], &again, &n[2], &used) != 5)
        return false;
    *ret_sign = sign;
    return strchr("-/. ", sign) != NULL && sign == again && strchr(" T", s[used]) != NULL &&
           n[0] >= 0 && n[1] >= 0 && n[2] >= 0;
}

enum date_order dates_guess(const char *const *values, int n, const char **ret_open)
{
    int n_day_first = 0, n_month_first = 0;
    const char *either = NULL;
    for (int i = 0; i < n; i++) {
        int part[3];
        char sign;
        if (!three_numbers(values[i], part, &sign) || part[0] > 31)
            continue;
        if (part[0] > 12 || sign == '.')
            n_day_first++;
        else if (part[1] > 12)
            n_month_first++;
        else if (part[0] != part[1] && either == NULL)
            either = values[i];
    }
    bool is_told = (n_day_first > 0) != (n_month_first > 0);
    *ret_open = is_told ? NULL : either;
    if (*ret_open != NULL)
        return DATES_GUESSED;
    return n_month_first > n_day_first ? DATES_MONTH_FIRST : DATES_DAY_FIRST;
}

/* Nobody is born later than today: "85" is 1985, "04" may be 2004. */
static int full_year(int y, int32_t today)
{
    int this_year, m, d;
    civil_from_days(today, &this_year, &m, &d);
    if (y > 99)
        return y;
    int year = this_year / 100 * 100 + y;
    return year > this_year ? year - 100 : year;
}

bool date_read(const char *s, enum date_order order, int32_t today, int32_t *ret)
{
    int n[3], year, month, day;
    char sign;
    if (!three_numbers(s, n, &sign))
        return false;
    if (n[0] == 0 && n[1] == 0 && n[2] == 0) {
        *ret = DATE_NONE;
        return true;
    }
    bool year_first = n[0] > 31, month_first = !year_first && order == DATES_MONTH_FIRST;
    year = full_year(year_first ? n[0] : n[2], today);
    month = month_first ? n[0] : n[1];
    day = year_first ? n[2] : month_first ? n[1] : n[0];
    char iso[24];
    snprintf(iso, sizeof(iso), "%04d-%02d-%02d", year, month, day);
    return days_parse_iso(iso, ret);
}
