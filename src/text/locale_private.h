/* SPDX-License-Identifier: AGPL-3.0-or-later
 * locale_private.h - what locale.c reads from ICU and the other locale_*.c work with. */
#pragma once
#include "text/locale.h"

#include <stdatomic.h>

enum { N_DATE_STYLES = DATE_WEEKDAY + 1 };

/* How a number is written; learnt from samples that ICU wrote. */
struct number {
    char before[2][32], after[2][32]; /* around the digits; [1]: of negative numbers */
    char decimal[8], group[8];        /* separators; group "": none */
    int last_group, other_groups;     /* digits: 3 and 3; in India 3 and 2 */
    int min_leading; /* fewer digits before the last group: not grouped (es-ES: 2) */
};

struct currency { /* made at its first use in a locale, then immutable */
    struct currency *next;
    char code[4];
    struct number number;
};

enum name_form { NAME_SHORT, NAME_WIDE, NAME_ALONE_SHORT, NAME_ALONE_WIDE, N_NAME_FORMS };

struct UCollator;
struct locale {
    struct locale *next;
    struct arena arena; /* of the texts below */
    char name[32], language[12];
    const char *date_pattern[N_DATE_STYLES], *time_pattern; /* only letters the formatter knows */
    const char *month[N_NAME_FORMS][12];
    const char *weekday[N_NAME_FORMS][7]; /* [0] Sunday, as ICU counts */
    const char *am_pm[2];
    char date_order[4]; /* of the short date: "dMy" */
    struct number plain;
    _Atomic(struct currency *) currencies;
    struct UCollator *collator; /* NULL: ICU has none; bytes are compared */
};

/* The letters and lengths of ICU date patterns that the formatter writes. */
bool locale_pattern_is_known(const char *pattern);
/* How amounts of the currency (three capital letters, else "XXX") are written. */
const struct number *locale_currency(const struct locale *l, const char *code);
