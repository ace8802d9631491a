/* SPDX-License-Identifier: AGPL-3.0-or-later
 * locale.h - dates, numbers, money, names and sorting as a person writes them.
 *
 * Owner of ICU. What ICU knows of a locale is read once into a struct (month and weekday
 * names, patterns, separators, collator); formatting is then plain C and needs no lock. */
#pragma once
#include "base/base.h"
#include "base/days.h"

struct locale;

/* name: "en-GB", "en-US", "es-ES", "es-MX", "ca-ES"... Made at first use, kept for the life of the
 * process, shared by threads. Never NULL: an unknown name gives en-GB. */
const struct locale *locale_get(const char *name);
const char *locale_name(const struct locale *l);     /* BCP 47 */
const char *locale_language(const struct locale *l); /* "en", "es" */

enum date_style {
    DATE_FULL,    /* Monday 23 November 2026 */
    DATE_LONG,    /* 23 November 2026 */
    DATE_MEDIUM,  /* 23 Nov 2026 */
    DATE_SHORT,   /* 23/11/2026 */
    DATE_DAY,     /* Monday 23 November (no year) */
    DATE_TINY,    /* Mon 23 Nov */
    DATE_MONTH,   /* November 2026 */
    DATE_WEEKDAY, /* Mon */
};
/* "" for DATE_NONE. */
const char *locale_date(struct arena *a, const struct locale *l, int32_t days,
                        enum date_style style);
/* 10:00, 10:00 AM; "" for negative minutes (not set). */
const char *locale_time(struct arena *a, const struct locale *l, int32_t minute_of_day);
/* Cents with the currency (ISO 4217, two decimals assumed): 70,00 EUR-sign. */
const char *locale_money(struct arena *a, const struct locale *l, int64_t cents,
                         const char *currency);
/* Without the currency, for inputs: 1.234,50 */
const char *locale_amount(struct arena *a, const struct locale *l, int64_t cents);
const char *locale_int(struct arena *a, const struct locale *l, int64_t n);

/* "1.234,50" in es-ES and "1,234.50" in en-GB are 123450; also without grouping, with a currency
 * sign or blanks around. Refuses what the other locale would read otherwise ("1.234" in es-ES is
 * 1234 euro, "1,5" in en-GB is refused), more than two decimals, and overflow. */
bool locale_parse_cents(const struct locale *l, const char *s, int64_t *ret);
/* ISO "2026-11-23" always; else the locale's short order, "23/11/2026", "23.11.26" (two digits are
 * 1970 to 2069). Only dates that exist. */
bool locale_parse_date(const struct locale *l, const char *s, int32_t *ret);

/* "Spain" for "ES" (ISO 3166 alpha-2); what is no such code stays as it is: people write countries
 * out. */
const char *locale_country(struct arena *a, const struct locale *l, const char *country);

/* Sort order of names in the locale: <0, 0, >0. Thread-safe. */
int locale_compare(const struct locale *l, const char *a, const char *b);

/* Name as the person is filed, "Robles, Ines" (file = true), or as one says it, "Ines Robles". */
const char *locale_person(struct arena *a, const struct locale *l, const char *given,
                          const char *family, bool file);
/* "MS" for Marta Sanz: first letters (with their marks) of the two names; NULLs allowed. */
const char *locale_initials(struct arena *a, const char *given, const char *family);

/* For search: accents and case folded (NFKD, marks dropped, case fold), blanks collapsed.
 * "Jose  NUNEZ" finds accented forms. ASCII is fast. */
const char *text_fold(struct arena *a, const char *s);
/* True when every word of the folded query starts a word of the folded text. */
bool text_matches(const char *folded_text, const char *folded_query);
