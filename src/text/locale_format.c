/* SPDX-License-Identifier: AGPL-3.0-or-later
 * locale_format.c - dates and amounts in plain C: an interpreter of the ICU patterns
 * that locale.c read.
 *
 * Source of the pattern letters: UTS #35, part 4, "Date Field Symbol Table". */
#include "text/locale_private.h"

#include <string.h>

struct out { /* what does not fit is cut; the longest date has about 60 bytes */
    char s[256];
    size_t n;
};

static void put(struct out *o, const char *s, size_t n)
{
    size_t room = sizeof(o->s) - o->n;
    n = n < room ? n : room;
    memcpy(o->s + o->n, s, n);
    o->n += n;
}

static void put_text(struct out *o, const char *s)
{
    put(o, s, strlen(s));
}

static void put_int(struct out *o, int64_t v, int min_digits)
{
    char tmp[24], *p = tmp + sizeof(tmp);
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    for (; u != 0 || min_digits > 0; u /= 10, min_digits--)
        *--p = (char)('0' + u % 10);
    if (v < 0)
        *--p = '-';
    put(o, p, (size_t)(tmp + sizeof(tmp) - p));
}

static const char *finish(struct arena *a, const struct out *o)
{
    return arena_strndup(a, o->s, o->n);
}

/* --- dates and times --------------------------------------------------------- */

struct when {
    int year, month, day;
    int weekday; /* 0 = Sunday */
    int minute;  /* of the day */
};

/* How many times the letter may stand; locale.c refuses patterns with anything else. */
static const struct {
    char letter;
    const char *counts;
} known[] = {
    {'d', "12"}, {'M', "1234"}, {'L', "1234"}, {'y', "124"}, {'E', "1234"}, {'c', "34"},
    {'H', "12"}, {'h', "12"},   {'K', "12"},   {'k', "12"},  {'m', "12"},   {'a', "123"},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int run_length(const char *p)
{
    int n = 1;
    while (p[n] == p[0])
        n++;
    return n;
}

static bool is_known(char letter, int count)
{
    for (size_t i = 0; i < N_ELEMS(known); i++)
        if (known[i].letter == letter)
            return count < 10 && strchr(known[i].counts, '0' + count) != NULL;
    return false;
}

bool locale_pattern_is_known(const char *pattern)
{
    bool quoted = false;
    for (const char *p = pattern; *p != '\0';) {
        int n = run_length(p);
        if (*p == '\'')
            quoted ^= n & 1;
        else if (!quoted && is_letter(*p) && !is_known(*p, n))
            return false;
        p += n;
    }
    return pattern[0] != '\0' && !quoted;
}

static void put_month(struct out *o, const char *const name[], int month, int count)
{
    if (count <= 2)
        put_int(o, month, count);
    else
        put_text(o, name[month - 1]);
}

static void put_field(struct out *o, const struct locale *l, const struct when *w, char letter,
                      int count)
{
    int hour = w->minute / 60;
    bool wide = count == 4;
    /* clang-format off */
    switch (letter) {
    case 'd': put_int(o, w->day, count); break;
    case 'M': put_month(o, l->month[NAME_SHORT + wide], w->month, count); break;
    case 'L': put_month(o, l->month[NAME_ALONE_SHORT + wide], w->month, count); break;
    case 'y': put_int(o, count == 2 ? w->year % 100 : w->year, count); break;
    case 'E': put_text(o, l->weekday[NAME_SHORT + wide][w->weekday]); break;
    case 'c': put_text(o, l->weekday[NAME_ALONE_SHORT + wide][w->weekday]); break;
    case 'H': put_int(o, hour, count); break;
    case 'k': put_int(o, hour == 0 ? 24 : hour, count); break;
    case 'h': put_int(o, hour % 12 == 0 ? 12 : hour % 12, count); break;
    case 'K': put_int(o, hour % 12, count); break;
    case 'm': put_int(o, w->minute % 60, count); break;
    case 'a': put_text(o, l->am_pm[hour % 24 >= 12]); break;
    }
    /* clang-format on */
}

static const char *interpret(struct arena *a, const struct locale *l, const char *pattern,
                             const struct when *w)
{
    struct out o = {.n = 0};
    bool quoted = false;
    for (const char *p = pattern; *p != '\0';) {
        if (p[0] == '\'' && p[1] == '\'') { /* a quote itself, inside quotes and out */
            put(&o, p, 1);
            p += 2;
        } else if (*p == '\'') {
            quoted = !quoted;
            p++;
        } else if (!quoted && is_letter(*p)) {
            int n = run_length(p);
            put_field(&o, l, w, *p, n);
            p += n;
        } else {
            put(&o, p++, 1);
        }
    }
    return finish(a, &o);
}

const char *locale_date(struct arena *a, const struct locale *l, int32_t days,
                        enum date_style style)
{
    struct when w = {.weekday = (days_weekday(days) + 1) % 7};
    if (days == DATE_NONE)
        return "";
    civil_from_days(days, &w.year, &w.month, &w.day);
    return interpret(a, l, l->date_pattern[style], &w);
}

const char *locale_time(struct arena *a, const struct locale *l, int32_t minute_of_day)
{
    return minute_of_day < 0
               ? ""
               : interpret(a, l, l->time_pattern, &(struct when){.minute = minute_of_day});
}

/* --- numbers ----------------------------------------------------------------- */

/* The digits of v in groups: from the right one of last_group, then of other_groups digits. */
static void put_grouped(struct out *o, const struct number *n, uint64_t v)
{
    char digits[24];
    int len = 0, group = n->last_group;
    for (; v != 0 || len == 0; v /= 10)
        digits[len++] = (char)('0' + v % 10);
    bool grouped = group > 0 && len >= group + n->min_leading;
    while (len-- > 0) {
        put(o, &digits[len], 1);
        bool ends_group = len == group || (len > group && (len - group) % n->other_groups == 0);
        if (grouped && ends_group)
            put_text(o, n->group);
    }
}

static const char *number(struct arena *a, const struct number *n, int64_t v, bool is_cents)
{
    struct out o = {.n = 0};
    bool minus = v < 0;
    uint64_t size = minus ? 0 - (uint64_t)v : (uint64_t)v;
    put_text(&o, n->before[minus]);
    put_grouped(&o, n, is_cents ? size / 100 : size);
    if (is_cents) {
        put_text(&o, n->decimal);
        put_int(&o, (int64_t)(size % 100), 2);
    }
    put_text(&o, n->after[minus]);
    return finish(a, &o);
}

const char *locale_money(struct arena *a, const struct locale *l, int64_t cents,
                         const char *currency)
{
    return number(a, locale_currency(l, currency), cents, true);
}

const char *locale_amount(struct arena *a, const struct locale *l, int64_t cents)
{
    return number(a, &l->plain, cents, true);
}

const char *locale_int(struct arena *a, const struct locale *l, int64_t n)
{
    return number(a, &l->plain, n, false);
}

/* --- persons ------------------------------------------------------------------ */

static bool family_comes_first(const struct locale *l)
{
    static const char *const languages[] = {"hu", "ja", "ko", "vi", "zh", "yue"};
    for (size_t i = 0; i < N_ELEMS(languages); i++)
        if (strcmp(l->language, languages[i]) == 0)
            return true;
    return false;
}

const char *locale_person(struct arena *a, const struct locale *l, const char *given,
                          const char *family, bool file)
{
    given = given != NULL ? given : "";
    family = family != NULL ? family : "";
    if (given[0] == '\0' || family[0] == '\0')
        return arena_strdup(a, given[0] != '\0' ? given : family);
    if (family_comes_first(l))
        return arena_printf(a, "%s %s", family, given);
    return file ? arena_printf(a, "%s, %s", family, given)
                : arena_printf(a, "%s %s", given, family);
}
