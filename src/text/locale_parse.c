/* SPDX-License-Identifier: AGPL-3.0-or-later
 * locale_parse.c - amounts and dates as people type them. Refuses rather than guesses. */
#include "text/locale_private.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take(const char **s, const char *what)
{
    size_t n = strlen(what);
    if (n == 0 || strncmp(*s, what, n) != 0)
        return false;
    *s += n;
    return true;
}

static bool take_blank(const char **s)
{
    return take(s, " ") || take(s, "\t") || take(s, "\xc2\xa0") || take(s, "\xe2\x80\xaf");
}

static void skip_blanks(const char **s)
{
    while (take_blank(s))
        continue;
}

/* --- amounts ------------------------------------------------------------------- */

/* One separator of groups; blanks and apostrophes of all kinds count as the same. */
static bool take_group(const char **s, const struct number *n)
{
    const char *blank = n->group;
    if (take_blank(&blank))
        return take_blank(s);
    return take(s, n->group) || (strcmp(n->group, "\xe2\x80\x99") == 0 && take(s, "'"));
}

static bool take_minus(const char **s)
{
    return take(s, "-") || take(s, "\xe2\x88\x92");
}

/* Up to three letters and a currency sign ("US$"), or an ISO 4217 code. */
static void skip_currency(const char **s)
{
    int letters = 0;
    const char *p = *s;
    while (letters < 3 && ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z'))) {
        letters++;
        p++;
    }
    UChar32 c;
    int32_t i = 0;
    U8_NEXT(p, i, -1, c);
    if (c > 0 && u_charType(c) == U_CURRENCY_SYMBOL)
        *s = p + i;
    else if (letters == 3)
        *s = p;
}

static bool add_digit(int64_t *v, char digit)
{
    return !__builtin_mul_overflow(*v, 10, v) && !__builtin_add_overflow(*v, digit - '0', v);
}

/* Digits, wholly grouped or not at all: each group between the first and the last has the locale's
 * length. "0.123" is nobody's way of writing 123, so a grouped number does not start with 0. */
static bool take_whole(const char **s, const struct number *n, int64_t *ret)
{
    bool starts_with_0 = **s == '0';
    int in_group = 0, n_groups = 1;
    *ret = 0;
    for (;;) {
        for (in_group = 0; is_digit(**s); (*s)++, in_group++)
            if (!add_digit(ret, **s))
                return false;
        const char *after = *s;
        if (in_group == 0 || !take_group(&after, n) || !is_digit(*after))
            break;
        if (n_groups > 1 ? in_group != n->other_groups : in_group > n->other_groups)
            return false;
        *s = after;
        n_groups++;
    }
    return in_group > 0 && (n_groups == 1 || (in_group == n->last_group && !starts_with_0));
}

bool locale_parse_cents(const struct locale *l, const char *s, int64_t *ret)
{
    int64_t v;
    if (s == NULL)
        return false;
    skip_blanks(&s);
    bool minus = take_minus(&s);
    skip_currency(&s);
    skip_blanks(&s);
    minus = (!minus && take_minus(&s)) || minus;
    if (!take_whole(&s, &l->plain, &v))
        return false;
    bool has_decimals = take(&s, l->plain.decimal);
    if (has_decimals && !is_digit(*s))
        return false;
    for (int i = 0; i < 2; i++)
        if (!add_digit(&v, has_decimals && is_digit(*s) ? *s++ : '0'))
            return false;
    skip_blanks(&s);
    skip_currency(&s);
    skip_blanks(&s);
    if (*s != '\0')
        return false;
    *ret = minus ? -v : v;
    return true;
}

/* --- dates ------------------------------------------------------------------------ */

/* One to four digits; how many in *ret_digits. */
static bool take_int(const char **s, int *ret, int *ret_digits)
{
    *ret = *ret_digits = 0;
    for (; is_digit(**s) && *ret_digits < 4; (*s)++, (*ret_digits)++)
        *ret = *ret * 10 + (**s - '0');
    return *ret_digits > 0 && !is_digit(**s);
}

/* Two digits stand for 1970 to 2069, as in POSIX strptime(). */
static int full_year(int y, int digits)
{
    if (digits == 2)
        return y < 70 ? 2000 + y : 1900 + y;
    return digits == 4 ? y : 0;
}

/* The separator between two numbers: one of / . - with blanks around, the same both times. */
static bool take_separator(const char **s, char *sign)
{
    skip_blanks(s);
    if (**s == '\0' || strchr("/.-", **s) == NULL || (*sign != '\0' && *sign != **s))
        return false;
    *sign = *(*s)++;
    skip_blanks(s);
    return true;
}

bool locale_parse_date(const struct locale *l, const char *s, int32_t *ret)
{
    int y = 0, m = 0, d = 0, v, digits;
    char sign = '\0';
    if (s == NULL)
        return false;
    if (days_parse_iso(s, ret))
        return true;
    skip_blanks(&s);
    for (int i = 0; i < 3; i++) {
        if ((i > 0 && !take_separator(&s, &sign)) || !take_int(&s, &v, &digits))
            return false;
        if (l->date_order[i] == 'y')
            y = full_year(v, digits);
        else if (digits > 2)
            return false;
        else if (l->date_order[i] == 'M')
            m = v;
        else
            d = v;
    }
    skip_blanks(&s);
    return *s == '\0' && days_from_date(y, m, d, ret);
}
