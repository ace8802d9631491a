/* SPDX-License-Identifier: AGPL-3.0-or-later
 * locale.c - reads from ICU, once per locale, all that formatting needs. */
#include "text/locale_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucol.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/uloc.h>
#include <unicode/unumberformatter.h>
#include <unicode/ustring.h>

enum { LOCALE_MAX_BYTES = 256 * 1024, ICU_TEXT = 128 };

/* Only ever pushed to, under `making`; readers walk it without lock. */
static _Atomic(struct locale *) locales;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static const char *utf8(struct locale *l, const UChar *s, int32_t n)
{
    char text[3 * ICU_TEXT];
    UErrorCode e = U_ZERO_ERROR;
    int32_t len = 0;
    u_strToUTF8(text, sizeof(text), &len, s, n, &e);
    return U_SUCCESS(e) ? arena_strndup(&l->arena, text, (size_t)len) : "";
}

/* --- dates ---------------------------------------------------------------- */

static const char *symbol(struct locale *l, const UDateFormat *f, UDateFormatSymbolType type, int i)
{
    UChar text[ICU_TEXT];
    UErrorCode e = U_ZERO_ERROR;
    int32_t n = udat_getSymbols(f, type, i, text, ICU_TEXT, &e);
    return U_SUCCESS(e) ? utf8(l, text, n) : "";
}

static void load_names(struct locale *l, const char *icu_name)
{
    static const UDateFormatSymbolType months[N_NAME_FORMS] = {
        UDAT_SHORT_MONTHS, UDAT_MONTHS, UDAT_STANDALONE_SHORT_MONTHS, UDAT_STANDALONE_MONTHS};
    static const UDateFormatSymbolType weekdays[N_NAME_FORMS] = {UDAT_SHORT_WEEKDAYS, UDAT_WEEKDAYS,
                                                                 UDAT_STANDALONE_SHORT_WEEKDAYS,
                                                                 UDAT_STANDALONE_WEEKDAYS};
    UErrorCode e = U_ZERO_ERROR;
    UDateFormat *f = udat_open(UDAT_LONG, UDAT_LONG, icu_name, NULL, 0, NULL, 0, &e);
    if (U_FAILURE(e))
        abort(); /* ICU without its data */
    for (int form = 0; form < N_NAME_FORMS; form++) {
        for (int i = 0; i < 12; i++)
            l->month[form][i] = symbol(l, f, months[form], i);
        for (int i = 0; i < 7; i++)
            l->weekday[form][i] = symbol(l, f, weekdays[form], i + 1);
    }
    for (int i = 0; i < 2; i++)
        l->am_pm[i] = symbol(l, f, UDAT_AM_PMS, i);
    udat_close(f);
}

static const char *pattern(struct locale *l, UDateTimePatternGenerator *g, const char *skeleton,
                           const char *otherwise)
{
    UChar asked[32], best[ICU_TEXT];
    UErrorCode e = U_ZERO_ERROR;
    u_uastrcpy(asked, skeleton);
    int32_t n = udatpg_getBestPattern(g, asked, -1, best, ICU_TEXT, &e);
    const char *p = U_SUCCESS(e) ? utf8(l, best, n) : "";
    return locale_pattern_is_known(p) ? p : otherwise;
}

/* "dd/MM/y": "dMy". */
static void read_order(const char *pattern, char ret[static 4])
{
    int n = 0;
    for (const char *p = pattern; *p != '\0' && n < 3; p++)
        if (strchr("dMy", *p) != NULL && memchr(ret, *p, (size_t)n) == NULL)
            ret[n++] = *p;
}

static void load_patterns(struct locale *l, const char *icu_name)
{
    static const struct {
        const char *skeleton, *otherwise;
    } styles[N_DATE_STYLES] = {
        [DATE_FULL] = {"yMMMMEEEEd", "EEEE d MMMM y"},
        [DATE_LONG] = {"yMMMMd", "d MMMM y"},
        [DATE_MEDIUM] = {"yMMMd", "d MMM y"},
        [DATE_SHORT] = {"yMMdd", "y-MM-dd"},
        [DATE_DAY] = {"MMMMEEEEd", "EEEE d MMMM"},
        [DATE_TINY] = {"MMMEd", "EEE d MMM"},
        [DATE_MONTH] = {"yMMMM", "LLLL y"},
        [DATE_WEEKDAY] = {"EEE", "ccc"},
    };
    UErrorCode e = U_ZERO_ERROR;
    UDateTimePatternGenerator *g = udatpg_open(icu_name, &e);
    if (U_FAILURE(e))
        abort();
    for (int i = 0; i < N_DATE_STYLES; i++)
        l->date_pattern[i] = pattern(l, g, styles[i].skeleton, styles[i].otherwise);
    l->time_pattern = pattern(l, g, "jm", "HH:mm");
    read_order(l->date_pattern[DATE_SHORT], l->date_order);
    udatpg_close(g);
}

/* --- numbers: learnt from samples ------------------------------------------- */

struct sample {
    char s[128];
    int first, last; /* digits in s; last 0: none, or too few to tell */
};

static struct sample write_sample(const UNumberFormatter *f, double v)
{
    struct sample t = {.first = -1};
    UChar text[ICU_TEXT];
    UErrorCode e = U_ZERO_ERROR;
    int32_t len = 0;
    UFormattedNumber *r = unumf_openResult(&e);
    unumf_formatDouble(f, v, r, &e);
    int32_t n = unumf_resultToString(r, text, ICU_TEXT, &e);
    u_strToUTF8(t.s, sizeof(t.s) - 1, &len, text, n, &e);
    unumf_closeResult(r);
    for (int i = 0; U_SUCCESS(e) && t.s[i] != '\0'; i++) {
        if (t.s[i] < '0' || t.s[i] > '9')
            continue;
        t.first = t.first >= 0 ? t.first : i;
        t.last = i;
    }
    return t;
}

static bool cut(const char *from, const char *to, char *ret, size_t max)
{
    if (to < from || (size_t)(to - from) >= max)
        return false;
    memcpy(ret, from, (size_t)(to - from));
    ret[to - from] = '\0';
    return true;
}

/* Runs of digits and what stands between them, to the two decimals: 1.23.45.678,50 */
static bool learn_groups(struct number *n, const struct sample *t)
{
    static const char digits[] = "0123456789";
    const char *last = t->s + t->last;
    int runs[16], n_runs = 0;
    for (const char *p = t->s + t->first; p <= last && n_runs < 16;) {
        const char *gap = p + strspn(p, digits);
        runs[n_runs++] = (int)(gap - p);
        if (gap > last)
            break;
        p = gap + strcspn(gap, digits);
        if (!cut(gap, p, p + 1 == last ? n->decimal : n->group, sizeof(n->group)))
            return false;
    }
    n->last_group = n_runs > 2 ? runs[n_runs - 2] : 0;
    n->other_groups = n_runs > 3 ? runs[n_runs - 3] : n->last_group;
    return n->decimal[0] != '\0';
}

static bool learn(struct number *ret, const UNumberFormatter *f)
{
    struct number n = {0};
    struct sample is[2] = {write_sample(f, 12345678.50), write_sample(f, -12345678.50)};
    struct sample small = write_sample(f, 1234.50);
    for (int i = 0; i < 2; i++) {
        const char *s = is[i].s, *end = s + strlen(s);
        if (is[i].last == 0 || !cut(s, s + is[i].first, n.before[i], sizeof(n.before[i])) ||
            !cut(s + is[i].last + 1, end, n.after[i], sizeof(n.after[i])))
            return false;
    }
    if (small.last == 0 || !learn_groups(&n, &is[0]))
        return false;
    n.min_leading = strspn(small.s + small.first, "0123456789") == 1 ? 1 : 2;
    *ret = n;
    return true;
}

static bool learn_number(struct number *ret, const char *locale, const char *skeleton)
{
    UChar asked[64];
    UErrorCode e = U_ZERO_ERROR;
    u_uastrcpy(asked, skeleton);
    UNumberFormatter *f = unumf_openForSkeletonAndLocale(asked, -1, locale, &e);
    bool learnt = U_SUCCESS(e) && learn(ret, f);
    unumf_close(f);
    return learnt;
}

static struct currency *make_currency(const struct locale *l, const char *code)
{
    char skeleton[64];
    struct currency *c = calloc(1, sizeof(*c));
    if (c == NULL)
        abort();
    memcpy(c->code, code, 3);
    snprintf(skeleton, sizeof(skeleton), "currency/%s unit-width-narrow .00 latin", code);
    if (!learn_number(&c->number, l->name, skeleton)) {
        c->number = l->plain;
        snprintf(c->number.after[0], sizeof(c->number.after[0]), "\xc2\xa0%s", code);
        snprintf(c->number.after[1], sizeof(c->number.after[1]), "\xc2\xa0%s", code);
    }
    return c;
}

static const struct number *find_currency(const struct locale *l, const char *code)
{
    for (const struct currency *c = atomic_load(&l->currencies); c != NULL; c = c->next)
        if (strcmp(c->code, code) == 0)
            return &c->number;
    return NULL;
}

const struct number *locale_currency(const struct locale *l, const char *code)
{
    if (code == NULL || strlen(code) != 3 || strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
        code = "XXX";
    const struct number *n = find_currency(l, code);
    if (n != NULL)
        return n;
    pthread_mutex_lock(&making);
    if ((n = find_currency(l, code)) == NULL) {
        struct locale *mine = (struct locale *)l; /* a cache; readers see whole entries only */
        struct currency *c = make_currency(l, code);
        c->next = atomic_load(&mine->currencies);
        atomic_store(&mine->currencies, c);
        n = &c->number;
    }
    pthread_mutex_unlock(&making);
    return n;
}

/* --- making and finding ------------------------------------------------------ */

static struct locale *make(const char *name, const char *icu_name)
{
    static const struct number fallback = {.before[1] = "-",
                                           .decimal = ".",
                                           .group = ",",
                                           .last_group = 3,
                                           .other_groups = 3,
                                           .min_leading = 1};
    struct locale *l = calloc(1, sizeof(*l));
    if (l == NULL)
        abort();
    arena_init(&l->arena, LOCALE_MAX_BYTES);
    snprintf(l->name, sizeof(l->name), "%s", name);
    UErrorCode e = U_ZERO_ERROR;
    uloc_getLanguage(icu_name, l->language, sizeof(l->language), &e);
    load_names(l, icu_name);
    load_patterns(l, icu_name);
    if (!learn_number(&l->plain, icu_name, ".00 latin"))
        l->plain = fallback;
    e = U_ZERO_ERROR;
    l->collator = ucol_open(icu_name, &e);
    return l;
}

/* ICU would make up something for any name; only those it has data for are taken. */
static bool is_available(const char *name, char *ret_icu_name, size_t max)
{
    UErrorCode e = U_ZERO_ERROR;
    int32_t parsed = 0;
    if (strlen(name) >= sizeof(((struct locale *)0)->name))
        return false;
    uloc_forLanguageTag(name, ret_icu_name, (int32_t)max, &parsed, &e);
    if (U_FAILURE(e) || e == U_STRING_NOT_TERMINATED_WARNING || (size_t)parsed != strlen(name))
        return false;
    for (int32_t i = uloc_countAvailable(); i-- > 0;)
        if (strcmp(uloc_getAvailable(i), ret_icu_name) == 0)
            return true;
    return false;
}

static const struct locale *find(const char *name)
{
    for (const struct locale *l = atomic_load(&locales); l != NULL; l = l->next)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}

const struct locale *locale_get(const char *name)
{
    char icu_name[64];
    const struct locale *l = name != NULL ? find(name) : NULL;
    if (l != NULL)
        return l;
    if (name == NULL || !is_available(name, icu_name, sizeof(icu_name)))
        return locale_get("en-GB");
    pthread_mutex_lock(&making);
    if ((l = find(name)) == NULL) {
        struct locale *made = make(name, icu_name);
        made->next = atomic_load(&locales);
        atomic_store(&locales, made);
        l = made;
    }
    pthread_mutex_unlock(&making);
    return l;
}

const char *locale_name(const struct locale *l)
{
    return l->name;
}

const char *locale_language(const struct locale *l)
{
    return l->language;
}

int locale_compare(const struct locale *l, const char *a, const char *b)
{
    UErrorCode e = U_ZERO_ERROR;
    if (l->collator == NULL)
        return strcmp(a, b);
    return (int)ucol_strcollUTF8(l->collator, a, -1, b, -1, &e);
}

/* --- countries -------------------------------------------------------------- */

static bool is_country_code(const char *s)
{
    return s != NULL && strlen(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z';
}

const char *locale_country(struct arena *a, const struct locale *l, const char *country)
{
    UChar name[ICU_TEXT];
    char place[8], text[3 * ICU_TEXT];
    UErrorCode e = U_ZERO_ERROR;
    int32_t len = 0;
    if (!is_country_code(country))
        return or_empty(country);
    snprintf(place, sizeof(place), "und_%s", country);
    int32_t n = uloc_getDisplayCountry(place, l->name, name, ICU_TEXT, &e);
    if (U_FAILURE(e) || e == U_USING_DEFAULT_WARNING)
        return country;
    u_strToUTF8(text, sizeof(text), &len, name, n, &e);
    return U_SUCCESS(e) ? arena_strndup(a, text, (size_t)len) : country;
}
