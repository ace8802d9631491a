/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_locale.c - what is formatted is what ICU itself would have written; what is read back is
 * what was formatted. */
#include "text/locale.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/unumberformatter.h>
#include <unicode/ustring.h>

#include <cmocka.h>

static const char *const names[] = {"en-GB", "en-US", "es-ES", "es-MX", "ca-ES", "de-DE", "gl-ES",
                                    "eu-ES", "es-AR", "es-CO", "fr-FR", "de-CH", "hi-IN"};
static struct arena arena;

static int set_up(void **state UNUSED)
{
    arena_init(&arena, 32 << 20);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    arena_wipe(&arena);
    return 0;
}

static const char *utf8(const UChar *s, int32_t n, char ret[static 400])
{
    UErrorCode e = U_ZERO_ERROR;
    u_strToUTF8(ret, 400, NULL, s, n, &e);
    assert_true(U_SUCCESS(e));
    return ret;
}

/* --- dates ------------------------------------------------------------------- */

static UDateFormat *icu_dates(const char *name, const char *skeleton)
{
    UChar asked[32], pattern[100];
    UErrorCode e = U_ZERO_ERROR;
    u_uastrcpy(asked, skeleton);
    UDateTimePatternGenerator *g = udatpg_open(name, &e);
    int32_t n = udatpg_getBestPattern(g, asked, -1, pattern, 100, &e);
    udatpg_close(g);
    UDateFormat *f = udat_open(UDAT_PATTERN, UDAT_PATTERN, name, u"UTC", -1, pattern, n, &e);
    assert_true(U_SUCCESS(e));
    return f;
}

static const char *icu_date(const UDateFormat *f, double ms, char ret[static 400])
{
    UChar s[200];
    UErrorCode e = U_ZERO_ERROR;
    int32_t n = udat_format(f, ms, s, 200, NULL, &e);
    return utf8(s, n, ret);
}

static void dates_are_written_as_icu_writes_them(void **state UNUSED)
{
    static const char *const skeletons[] = {"yMMMMEEEEd", "yMMMMd", "yMMMd", "yMMdd",
                                            "MMMMEEEEd",  "MMMEd",  "yMMMM", "EEE"};
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        const struct locale *l = locale_get(names[i]);
        for (int style = 0; style < (int)N_ELEMS(skeletons); style++) {
            UDateFormat *f = icu_dates(names[i], skeletons[style]);
            for (int32_t days = -51000; days<60000; days += days> 20450 && days < 20850 ? 1 : 131) {
                char want[400];
                icu_date(f, (double)days * (double)MS_PER_DAY, want);
                const char *got = locale_date(&arena, l, days, (enum date_style)style);
                if (strcmp(got, want) != 0)
                    fail_msg("%s %s, day %d: \"%s\", ICU \"%s\"", names[i], skeletons[style], days,
                             got, want);
            }
            udat_close(f);
        }
        arena_wipe(&arena);
    }
}

static void times_are_written_as_icu_writes_them(void **state UNUSED)
{
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        const struct locale *l = locale_get(names[i]);
        UDateFormat *f = icu_dates(names[i], "jm");
        for (int32_t minute = 0; minute < 1440; minute++) {
            char want[400];
            assert_string_equal(locale_time(&arena, l, minute),
                                icu_date(f, minute * (double)MS_PER_MIN, want));
        }
        udat_close(f);
        arena_wipe(&arena);
    }
}

static void a_known_date_reads_as_expected(void **state UNUSED)
{
    int32_t days = days_from_civil(2026, 11, 23);
    const struct locale *gb = locale_get("en-GB"), *es = locale_get("es-ES");
    assert_string_equal(locale_date(&arena, gb, days, DATE_LONG), "23 November 2026");
    assert_string_equal(locale_date(&arena, gb, days, DATE_SHORT), "23/11/2026");
    assert_string_equal(locale_date(&arena, es, days, DATE_FULL), "lunes, 23 de noviembre de 2026");
    assert_string_equal(locale_date(&arena, es, days, DATE_WEEKDAY), "lun");
    assert_string_equal(locale_date(&arena, es, DATE_NONE, DATE_LONG), "");
    assert_string_equal(locale_time(&arena, gb, 600), "10:00");
    assert_string_equal(locale_time(&arena, gb, -1), "");
}

/* --- amounts ------------------------------------------------------------------ */

static const char *icu_number(const UNumberFormatter *f, int64_t v, bool is_cents,
                              char ret[static 400])
{
    char decimal[40];
    UChar s[200];
    UErrorCode e = U_ZERO_ERROR;
    uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    if (is_cents)
        snprintf(decimal, sizeof(decimal), "%s%" PRIu64 ".%02d", v < 0 ? "-" : "", size / 100,
                 (int)(size % 100));
    else
        snprintf(decimal, sizeof(decimal), "%" PRId64, v);
    UFormattedNumber *r = unumf_openResult(&e);
    unumf_formatDecimal(f, decimal, -1, r, &e);
    int32_t n = unumf_resultToString(r, s, 200, &e);
    unumf_closeResult(r);
    assert_true(U_SUCCESS(e));
    return utf8(s, n, ret);
}

static const int64_t amounts[] = {
    0,         1,        5,        99,        100,        7000,
    99999,     100000,   123400,   123450,    999999,     1000000,
    1234550,   12345600, 99999999, 100000000, 1234567890, 123456789012345,
    INT64_MAX, -1,       -100,     -123450,   -1234567,   INT64_MIN,
};

static UNumberFormatter *icu_numbers(const char *name, const char *skeleton)
{
    UChar asked[80];
    UErrorCode e = U_ZERO_ERROR;
    u_uastrcpy(asked, skeleton);
    UNumberFormatter *f = unumf_openForSkeletonAndLocale(asked, -1, name, &e);
    assert_true(U_SUCCESS(e));
    return f;
}

static void money_is_written_as_icu_writes_it(void **state UNUSED)
{
    static const char *const currencies[] = {"EUR", "USD", "GBP", "CHF", "MXN",
                                             "INR", "PEN", "SEK", "XTS"};
    for (size_t i = 0; i < N_ELEMS(names); i++)
        for (size_t k = 0; k < N_ELEMS(currencies); k++) {
            char skeleton[80], want[400];
            snprintf(skeleton, sizeof(skeleton), "currency/%s unit-width-narrow .00 latin",
                     currencies[k]);
            UNumberFormatter *f = icu_numbers(names[i], skeleton);
            for (size_t n = 0; n < N_ELEMS(amounts); n++)
                assert_string_equal(
                    locale_money(&arena, locale_get(names[i]), amounts[n], currencies[k]),
                    icu_number(f, amounts[n], true, want));
            unumf_close(f);
        }
}

static void numbers_are_written_as_icu_writes_them(void **state UNUSED)
{
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        const struct locale *l = locale_get(names[i]);
        UNumberFormatter *f = icu_numbers(names[i], ".00 latin"),
                         *whole = icu_numbers(names[i], "latin");
        for (size_t n = 0; n < N_ELEMS(amounts); n++) {
            char want[400];
            assert_string_equal(locale_amount(&arena, l, amounts[n]),
                                icu_number(f, amounts[n], true, want));
            assert_string_equal(locale_int(&arena, l, amounts[n]),
                                icu_number(whole, amounts[n], false, want));
        }
        unumf_close(f);
        unumf_close(whole);
    }
}

static void known_amounts_read_as_expected(void **state UNUSED)
{
    const struct locale *gb = locale_get("en-GB"), *es = locale_get("es-ES");
    assert_string_equal(locale_money(&arena, es, 7000, "EUR"), "70,00\xc2\xa0\xe2\x82\xac");
    assert_string_equal(locale_money(&arena, es, 123450, "EUR"), "1234,50\xc2\xa0\xe2\x82\xac");
    assert_string_equal(locale_amount(&arena, es, 1234500), "12.345,00");
    assert_string_equal(locale_money(&arena, gb, -123450, "GBP"), "-\xc2\xa3"
                                                                  "1,234.50");
    assert_string_equal(locale_int(&arena, gb, 1234567), "1,234,567");
}

static void a_currency_that_is_none_does_no_harm(void **state UNUSED)
{
    static const char *const odd[] = {NULL, "", "EU", "euro", "eur", "E/R", "%s%", "ZZZ"};
    for (size_t i = 0; i < N_ELEMS(odd); i++)
        assert_non_null(strstr(locale_money(&arena, locale_get("en-GB"), 123, odd[i]), "1.23"));
}

static void what_was_written_is_read_back(void **state UNUSED)
{
    static const char *const currencies[] = {"EUR", "USD", "GBP", "CHF", "MXN"};
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        const struct locale *l = locale_get(names[i]);
        for (size_t n = 0; n < N_ELEMS(amounts); n++) {
            int64_t got = 42;
            if (amounts[n] == INT64_MIN)
                continue;
            assert_true(locale_parse_cents(l, locale_amount(&arena, l, amounts[n]), &got));
            assert_int_equal(got, amounts[n]);
            for (size_t k = 0; k < N_ELEMS(currencies); k++) {
                const char *s = locale_money(&arena, l, amounts[n], currencies[k]);
                if (!locale_parse_cents(l, s, &got) || got != amounts[n])
                    fail_msg("%s: %s read as %" PRId64, names[i], s, got);
            }
        }
        for (int32_t days = -25000; days < 50000; days += 97) {
            int32_t got;
            char iso[11];
            assert_true(locale_parse_date(l, locale_date(&arena, l, days, DATE_SHORT), &got));
            assert_int_equal(got, days);
            days_format_iso(days, iso);
            assert_true(locale_parse_date(l, iso, &got));
            assert_int_equal(got, days);
        }
        arena_wipe(&arena);
    }
}

static void amounts_are_read_as_the_locale_writes_them(void **state UNUSED)
{
    static const struct {
        const char *locale, *s;
        int64_t want;
    } cases[] = {
        {"es-ES", "1.234,50", 123450},
        {"en-GB", "1,234.50", 123450},
        {"es-ES", "1234,5", 123450},
        {"es-ES", "1.234", 123400},
        {"en-GB", "1,234", 123400},
        {"en-GB", "1234", 123400},
        {"es-ES", "70", 7000},
        {"es-ES", " 70,00 \xe2\x82\xac ", 7000},
        {"en-GB",
         "\xc2\xa3"
         "70",
         7000},
        {"en-GB", "GBP 70.1", 7010},
        {"es-MX", "US$1,000.00", 100000},
        {"es-ES", "0,05", 5},
        {"es-ES", "-0,05", -5},
        {"es-ES",
         "\xe2\x88\x92"
         "3",
         -300},
        {"en-GB",
         "-\xc2\xa3"
         "3",
         -300},
        {"en-GB", "\xc2\xa3 -3", -300},
        {"fr-FR", "1 234,5", 123450},
        {"fr-FR",
         "1\xe2\x80\xaf"
         "234",
         123400},
        {"de-CH", "1'234.50", 123450},
        {"hi-IN", "12,34,567", 123456700},
        {"en-GB", "007", 700},
        {"en-GB", "1,234,567.89", 123456789},
        {"en-GB", "92233720368547758.07", INT64_MAX},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        int64_t got = 0;
        if (!locale_parse_cents(locale_get(cases[i].locale), cases[i].s, &got) ||
            got != cases[i].want)
            fail_msg("%s \"%s\": %" PRId64, cases[i].locale, cases[i].s, got);
    }
}

static void amounts_that_could_mean_two_things_are_refused(void **state UNUSED)
{
    static const struct {
        const char *locale, *s;
    } cases[] = {
        {"en-GB", "1,5"},
        {"es-ES", "1.5"},
        {"es-ES", "1.50"},
        {"en-GB", "1,50"},
        {"en-GB", "1.234"},
        {"es-ES", "1,234"},
        {"es-ES", "0.123"},
        {"en-GB", "0,123"},
        {"es-ES", "1,234.50"},
        {"en-GB", "1.234,50"},
        {"en-GB", "12,34"},
        {"en-GB", "1234,567"},
        {"en-GB", "1,2345"},
        {"en-GB", "1,234567"},
        {"en-GB", "1,,234"},
        {"en-GB", ",234"},
        {"en-GB", ""},
        {"en-GB", " "},
        {"en-GB", "."},
        {"en-GB", "1."},
        {"en-GB", ".5"},
        {"en-GB", "-"},
        {"en-GB", "--1"},
        {"en-GB", "-\xc2\xa3-1"},
        {"en-GB", "1-"},
        {"en-GB", "+1"},
        {"en-GB", "1e3"},
        {"en-GB", "0x10"},
        {"en-GB", "1 2"},
        {"en-GB", "twelve"},
        {"en-GB", "1\xd9\xa1"},
        {"en-GB", "\xd9\xa1"},
        {"en-GB", "12h"},
        {"en-GB", "GB 1"},
        {"en-GB", "EURO 1"},
        {"en-GB", "92233720368547758.08"},
        {"en-GB", "99999999999999999999999"},
        {"hi-IN", "1,234,567"},
        {"en-GB", "\xc2\xa3"},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        int64_t got = 42;
        if (locale_parse_cents(locale_get(cases[i].locale), cases[i].s, &got) || got != 42)
            fail_msg("%s \"%s\" was read as %" PRId64, cases[i].locale, cases[i].s, got);
    }
    assert_false(locale_parse_cents(locale_get("en-GB"), NULL, &(int64_t){0}));
}

static void dates_are_read_in_the_order_of_the_locale(void **state UNUSED)
{
    static const struct {
        const char *locale, *s;
        int y, m, d;
    } cases[] = {
        {"es-ES", "23/11/2026", 2026, 11, 23}, {"es-ES", "23.11.26", 2026, 11, 23},
        {"es-ES", "3-1-70", 1970, 1, 3},       {"es-ES", "03/01/69", 2069, 1, 3},
        {"en-US", "11/23/2026", 2026, 11, 23}, {"en-GB", "2026-11-23", 2026, 11, 23},
        {"eu-ES", "2026/11/23", 2026, 11, 23}, {"de-DE", " 1. 2. 2026 ", 2026, 2, 1},
        {"en-GB", "29/2/2024", 2024, 2, 29},
    };
    static const struct {
        const char *locale, *s;
    } bad[] = {
        {"en-GB", "11/23/2026"}, {"en-US", "23/11/2026"},
        {"en-GB", "29/2/2023"},  {"en-GB", "31/4/2026"},
        {"en-GB", "0/1/2026"},   {"en-GB", "1/0/2026"},
        {"en-GB", "1/1"},        {"en-GB", "1/1/"},
        {"en-GB", "1/1/2"},      {"en-GB", "1/1/202"},
        {"en-GB", "1/1/20266"},  {"en-GB", "1/1-2026"},
        {"en-GB", "111/1/2026"}, {"en-GB", "1/1/2026x"},
        {"en-GB", "1/1/2026/1"}, {"en-GB", ""},
        {"en-GB", "1//1/2026"},  {"en-GB", "-1/1/2026"},
        {"en-GB", "1 1 2026"},   {"en-GB", "1/1/0000"},
        {"en-GB", "2026-02-30"}, {"en-GB", "23 November 2026"},
    };
    int32_t got = 42;
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        if (!locale_parse_date(locale_get(cases[i].locale), cases[i].s, &got))
            fail_msg("%s \"%s\" was refused", cases[i].locale, cases[i].s);
        assert_int_equal(got, days_from_civil(cases[i].y, cases[i].m, cases[i].d));
    }
    got = 42;
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        if (locale_parse_date(locale_get(bad[i].locale), bad[i].s, &got) || got != 42)
            fail_msg("%s \"%s\" was read as %d", bad[i].locale, bad[i].s, got);
    assert_false(locale_parse_date(locale_get("en-GB"), NULL, &got));
}

/* --- names --------------------------------------------------------------------- */

static void unknown_locales_are_british(void **state UNUSED)
{
    static const char *const odd[] = {
        NULL,        "",
        "xx",        "xx-YY",
        "es_ES",     "en-GB-u-ca-buddhist",
        "../../etc", "a-very-long-name-that-no-locale-would-ever-have-in-this-world",
        "\xff"};
    for (size_t i = 0; i < N_ELEMS(odd); i++)
        assert_string_equal(locale_name(locale_get(odd[i])), "en-GB");
    assert_ptr_equal(locale_get("ca-ES"), locale_get("ca-ES"));
    assert_string_equal(locale_name(locale_get("ca-ES")), "ca-ES");
    assert_string_equal(locale_language(locale_get("ca-ES")), "ca");
    assert_string_equal(locale_language(locale_get(NULL)), "en");
}

static void names_sort_as_people_expect(void **state UNUSED)
{
    const struct locale *es = locale_get("es-ES");
    assert_true(locale_compare(es, "\xc3\x81lvarez", "Bueno") < 0);
    assert_true(locale_compare(es,
                               "Nu\xc3\xb1"
                               "ez",
                               "Nunzio") > 0); /* n with tilde is a letter after n */
    assert_true(locale_compare(es, "nu\xc3\xb1", "nuo") < 0);
    assert_int_equal(locale_compare(es, "Sanz", "Sanz"), 0);
    assert_int_equal(locale_compare(es, "e\xcc\x81", "\xc3\xa9"), 0);
}

static void countries_are_named_in_the_language(void **state UNUSED)
{
    const struct locale *es = locale_get("es-ES"), *en = locale_get("en-GB");
    assert_string_equal(locale_country(&arena, es, "ES"), "Espa\xc3\xb1"
                                                          "a");
    assert_string_equal(locale_country(&arena, en, "ES"), "Spain");
    assert_string_equal(locale_country(&arena, en,
                                       "Espa\xc3\xb1"
                                       "a"),
                        "Espa\xc3\xb1"
                        "a");
    assert_string_equal(locale_country(&arena, en, "QQ"), "QQ");
    assert_string_equal(locale_country(&arena, en, NULL), "");
}

static void persons_are_filed_by_family_name(void **state UNUSED)
{
    const struct locale *es = locale_get("es-ES");
    assert_string_equal(locale_person(&arena, es, "Marta", "Sanz", true), "Sanz, Marta");
    assert_string_equal(locale_person(&arena, es, "Marta", "Sanz", false), "Marta Sanz");
    assert_string_equal(locale_person(&arena, es, NULL, "Sanz", true), "Sanz");
    assert_string_equal(locale_person(&arena, es, "Marta", "", true), "Marta");
    assert_string_equal(locale_person(&arena, es, NULL, NULL, true), "");
    assert_string_equal(locale_person(&arena, locale_get("hu-HU"), "Anna", "Nagy", true),
                        "Nagy Anna");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_written_as_icu_writes_them),
        cmocka_unit_test(times_are_written_as_icu_writes_them),
        cmocka_unit_test(a_known_date_reads_as_expected),
        cmocka_unit_test(money_is_written_as_icu_writes_it),
        cmocka_unit_test(numbers_are_written_as_icu_writes_them),
        cmocka_unit_test(known_amounts_read_as_expected),
        cmocka_unit_test(a_currency_that_is_none_does_no_harm),
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(amounts_are_read_as_the_locale_writes_them),
        cmocka_unit_test(amounts_that_could_mean_two_things_are_refused),
        cmocka_unit_test(dates_are_read_in_the_order_of_the_locale),
        cmocka_unit_test(unknown_locales_are_british),
        cmocka_unit_test(names_sort_as_people_expect),
        cmocka_unit_test(countries_are_named_in_the_language),
        cmocka_unit_test(persons_are_filed_by_family_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
