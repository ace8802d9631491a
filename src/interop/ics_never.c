/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ics_never.c - does any day fulfil a monthly or yearly rule? libical looks for "30 February" until
 * the year 2582, day by day, in a single step that no budget of ours can end.
 *
 * The calendar repeats after 400 years, so one look at each of their days is proof. In doubt a day
 * fulfils a rule: intervals are left out, and what libical finds impossible at once is its own.
 * Source: RFC 5545, 3.3.10. */
#include "base/days.h"
#include "interop/ics_parts.h"

enum { CYCLE_YEARS = 400, FIRST_YEAR = 2000 };

struct day {
    int year, month, day, weekday; /* weekday: 1 is Sunday, as libical has it */
    int n_days, of_year, n_year;   /* of the month, in the year, of the year */
};

static bool is_given(const short *list)
{
    return list[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

static int n_given(const short *list, int max)
{
    int n = 0;
    while (n < max && list[n] != ICAL_RECURRENCE_ARRAY_MAX)
        n++;
    return n;
}

/* "the second of n", or from the end. */
static bool is_nth(int position, int at, int n)
{
    return position == 0 || position == (at - 1) / 7 + 1 || -position == (n - at) / 7 + 1;
}

static bool fits_weekday(const struct icalrecurrencetype *rule, const struct day *d)
{
    for (int i = 0; i < ICAL_BY_DAY_SIZE && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int position = icalrecurrencetype_day_position(rule->by_day[i]);
        bool in_month = is_nth(position, d->day, d->n_days);
        bool in_year =
            rule->freq == ICAL_YEARLY_RECURRENCE && is_nth(position, d->of_year, d->n_year);
        if ((int)icalrecurrencetype_day_day_of_week(rule->by_day[i]) == d->weekday &&
            (in_month || in_year))
            return true;
    }
    return !is_given(rule->by_day);
}

static bool fits(const struct icalrecurrencetype *rule, const struct day *d, int start_day)
{
    bool month = !is_given(rule->by_month), day = !is_given(rule->by_month_day);
    for (int i = 0; i < ICAL_BY_MONTH_SIZE && rule->by_month[i] != ICAL_RECURRENCE_ARRAY_MAX; i++)
        month |= rule->by_month[i] == d->month;
    for (int i = 0; i < ICAL_BY_MONTHDAY_SIZE && rule->by_month_day[i] != ICAL_RECURRENCE_ARRAY_MAX;
         i++)
        day |= rule->by_month_day[i] == d->day || rule->by_month_day[i] + d->n_days + 1 == d->day;
    if (!is_given(rule->by_month_day) && !is_given(rule->by_day)) /* the day it begins on */
        day = d->day == start_day;
    return month && day && fits_weekday(rule, d);
}

/* The smallest position that BYSETPOS asks for; 1 without. */
static int least_position(const struct icalrecurrencetype *rule)
{
    int least = ICAL_RECURRENCE_ARRAY_MAX;
    for (int i = 0; i < n_given(rule->by_set_pos, ICAL_BY_SETPOS_SIZE); i++) {
        int p = rule->by_set_pos[i] < 0 ? -rule->by_set_pos[i] : rule->by_set_pos[i];
        least = p < least ? p : least;
    }
    return is_given(rule->by_set_pos) ? least : 1;
}

static int n_times(const struct icalrecurrencetype *rule)
{
    int h = n_given(rule->by_hour, ICAL_BY_HOUR_SIZE),
        m = n_given(rule->by_minute, ICAL_BY_MINUTE_SIZE),
        s = n_given(rule->by_second, ICAL_BY_SECOND_SIZE);
    return (h > 0 ? h : 1) * (m > 0 ? m : 1) * (s > 0 ? s : 1);
}

bool ics_never_comes(const struct icalrecurrencetype *rule, int start_day)
{
    bool is_monthly = rule->freq == ICAL_MONTHLY_RECURRENCE;
    int want = least_position(rule), of_period = 0, times = n_times(rule);
    if ((!is_monthly && rule->freq != ICAL_YEARLY_RECURRENCE) || is_given(rule->by_week_no) ||
        is_given(rule->by_year_day))
        return false;
    int32_t first = days_from_civil(FIRST_YEAR, 1, 1);
    int32_t end = days_from_civil(FIRST_YEAR + CYCLE_YEARS, 1, 1);
    for (int32_t days = first; days < end; days++) {
        struct day d;
        civil_from_days(days, &d.year, &d.month, &d.day);
        d.weekday = (days_weekday(days) + 1) % 7 + 1;
        d.n_days = icaltime_days_in_month(d.month, d.year);
        d.of_year = days - days_from_civil(d.year, 1, 1) + 1;
        d.n_year = icaltime_days_in_year(d.year);
        if (d.day == 1 && (is_monthly || d.month == 1))
            of_period = 0;
        of_period += fits(rule, &d, start_day) ? times : 0;
        if (of_period >= want)
            return false;
    }
    return true;
}
