/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_zone.c - the tables agree with ICU, and the nights on which clocks change are right. */
#include "text/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include <cmocka.h>

static const int64_t HOUR = 60 * MS_PER_MIN;

static int64_t utc(int y, int m, int d, int minute)
{
    return days_from_civil(y, m, d) * MS_PER_DAY + minute * MS_PER_MIN;
}

static struct local local(int y, int m, int d, int minute)
{
    return (struct local){days_from_civil(y, m, d), minute};
}

static void offsets_are_those_of_icu(void **state UNUSED)
{
    static const char *const zones[] = {
        "Europe/Madrid",       "Atlantic/Canary",
        "Europe/London",       "America/New_York",
        "America/Mexico_City", "America/Sao_Paulo",
        "Africa/Casablanca",   "Asia/Kathmandu",
        "Australia/Lord_Howe", "Pacific/Apia",
        "America/St_Johns",    "Africa/Monrovia",
        "Asia/Tehran",         "UTC",
    };
    uint64_t seed = 88172645463325252u;
    for (size_t i = 0; i < N_ELEMS(zones); i++) {
        UChar id[64];
        UErrorCode e = U_ZERO_ERROR;
        u_uastrcpy(id, zones[i]);
        UCalendar *c = ucal_open(id, -1, "en", UCAL_GREGORIAN, &e);
        const struct zone *z = zone_get(zones[i]);
        assert_non_null(z);
        for (int n = 0; n < 3000; n++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            int64_t ms = utc(1950, 1, 1, 0) + (int64_t)(seed % (uint64_t)(54787 * MS_PER_DAY));
            ucal_setMillis(c, (double)ms, &e);
            int64_t want =
                ms + ucal_get(c, UCAL_ZONE_OFFSET, &e) + ucal_get(c, UCAL_DST_OFFSET, &e);
            struct local l = zone_local(z, ms);
            int64_t got = l.days * MS_PER_DAY + l.minute * MS_PER_MIN;
            assert_true(U_SUCCESS(e));
            if (want - got < 0 || want - got >= MS_PER_MIN)
                fail_msg("%s at %lld", zones[i], (long long)ms);
        }
        ucal_close(c);
    }
}

static void every_instant_comes_back_from_its_local_time(void **state UNUSED)
{
    static const char *const zones[] = {"Europe/Madrid", "America/Sao_Paulo", "Australia/Lord_Howe",
                                        "Pacific/Apia"};
    for (size_t i = 0; i < N_ELEMS(zones); i++) {
        const struct zone *z = zone_get(zones[i]);
        for (int64_t ms = utc(2009, 1, 1, 0); ms < utc(2013, 1, 1, 0); ms += 15 * MS_PER_MIN) {
            int64_t back;
            enum zone_fit fit = zone_instant(z, zone_local(z, ms), &back);
            assert_int_not_equal(fit, ZONE_GAP);
            if (fit == ZONE_ONE)
                assert_int_equal(back, ms);
            else
                assert_true(ms == back || ms == back + HOUR || ms == back + HOUR / 2);
        }
    }
}

static void a_gap_is_left_behind_by_the_same_distance(void **state UNUSED)
{
    int64_t ms;
    const struct zone *z = zone_get("Europe/Madrid"); /* 2026-03-29, 02:00 to 03:00 */
    assert_int_equal(zone_instant(z, local(2026, 3, 29, 150), &ms), ZONE_GAP);
    assert_int_equal(zone_local(z, ms).minute, 210);
    assert_int_equal(zone_instant(z, local(2026, 3, 29, 119), &ms), ZONE_ONE);
    assert_int_equal(ms, utc(2026, 3, 29, 59));
    assert_int_equal(zone_instant(z, local(2026, 3, 29, 120), &ms), ZONE_GAP);
    assert_int_equal(ms, utc(2026, 3, 29, 60));
    assert_int_equal(zone_instant(z, local(2026, 3, 29, 180), &ms), ZONE_ONE);
    assert_int_equal(ms, utc(2026, 3, 29, 60));
}

static void of_two_the_first_is_taken(void **state UNUSED)
{
    int64_t ms;
    const struct zone *z = zone_get("Europe/Madrid"); /* 2026-10-25, 03:00 back to 02:00 */
    assert_int_equal(zone_instant(z, local(2026, 10, 25, 150), &ms), ZONE_TWICE);
    assert_int_equal(ms, utc(2026, 10, 25, 30));
    assert_int_equal(zone_instant(z, local(2026, 10, 25, 120), &ms), ZONE_TWICE);
    assert_int_equal(ms, utc(2026, 10, 25, 0));
    assert_int_equal(zone_instant(z, local(2026, 10, 25, 180), &ms), ZONE_ONE);
    assert_int_equal(ms, utc(2026, 10, 25, 120));
    assert_int_equal(zone_instant(z, local(2026, 10, 25, 119), &ms), ZONE_ONE);
    assert_int_equal(zone_offset_min(z, ms), 120);
    assert_int_equal(zone_offset_min(z, ms + 3 * HOUR), 60);
}

static void days_start_when_they_start(void **state UNUSED)
{
    const struct zone *madrid = zone_get("Europe/Madrid"), *sao = zone_get("America/Sao_Paulo"),
                      *apia = zone_get("Pacific/Apia"), *cuba = zone_get("America/Havana");
    assert_int_equal(zone_day_start(madrid, days_from_civil(2026, 3, 29)),
                     utc(2026, 3, 28, 23 * 60));
    /* clocks went from midnight to 01:00 */
    assert_int_equal(zone_day_start(sao, days_from_civil(2018, 11, 4)), utc(2018, 11, 4, 180));
    assert_int_equal(zone_local(sao, utc(2018, 11, 4, 180)).minute, 60);
    /* clocks went from 01:00 back to midnight: the first of two */
    assert_int_equal(zone_day_start(cuba, days_from_civil(2026, 11, 1)), utc(2026, 11, 1, 240));
    /* a day that Samoa left out begins where the next does */
    assert_int_equal(zone_day_start(apia, days_from_civil(2011, 12, 30)),
                     zone_day_start(apia, days_from_civil(2011, 12, 31)));
}

static void only_real_zones_are_known(void **state UNUSED)
{
    static const char *const odd[] = {
        "",       "Europe/Atlantis",     "GMT+3",         "europe/madrid", "Etc/Unknown", "\xff",
        "+01:00", "../../etc/localtime", "Europe/Madrid "};
    for (size_t i = 0; i < N_ELEMS(odd); i++)
        assert_null(zone_get(odd[i]));
    assert_null(zone_get(NULL));
    char much[300] = {0};
    memset(much, 'x', sizeof(much) - 1);
    assert_null(zone_get(much));
    assert_ptr_equal(zone_get("Europe/Madrid"), zone_get("Europe/Madrid"));
    assert_string_equal(zone_name(zone_get("Europe/Madrid")), "Europe/Madrid");
}

static void names_are_sorted_and_known(void **state UNUSED)
{
    int n, seen = 0;
    const char *const *names = zone_names(&n);
    assert_in_range(n, 300, 900);
    for (int i = 0; i < n; i++) {
        assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
        seen +=
            strcmp(names[i], "Europe/Madrid") == 0 || strcmp(names[i], "America/Mexico_City") == 0;
    }
    assert_int_equal(seen, 2);
}

static void iso_is_written_and_read(void **state UNUSED)
{
    struct arena a;
    char text[32];
    int64_t ms, nine = utc(2026, 11, 23, 9 * 60);
    const struct zone *madrid = zone_get("Europe/Madrid"), *york = zone_get("America/St_Johns");
    arena_init(&a, 1 << 16);
    ms_format_iso(nine, text);
    assert_string_equal(text, "2026-11-23T09:00:00Z");
    ms_format_iso(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    ms_format_iso(INT64_MAX, text);
    assert_string_equal(text, "");
    assert_string_equal(zone_format_iso(&a, madrid, nine), "2026-11-23T10:00+01:00");
    assert_string_equal(zone_format_iso(&a, york, nine), "2026-11-23T05:30-03:30");
    static const char *const same[] = {
        "2026-11-23T09:00:00Z",     "2026-11-23T09:00Z",      "2026-11-23T10:00+01:00",
        "2026-11-23T05:30-03:30",   "2026-11-23T10:00",       "2026-11-23T10:00:00",
        "2026-11-23T09:00:00.000Z", "2026-11-24T08:59+23:59",
    };
    for (size_t i = 0; i < N_ELEMS(same); i++) {
        assert_true(zone_parse_iso(madrid, same[i], &ms));
        assert_int_equal(ms, nine);
    }
    assert_true(zone_parse_iso(NULL, "2026-11-23T09:00:07.1254Z", &ms));
    assert_int_equal(ms, nine + 7125);
    assert_true(zone_parse_iso(madrid, "2026-03-29T02:30", &ms));
    assert_int_equal(ms, utc(2026, 3, 29, 90));
    arena_wipe(&a);
}

static void what_is_not_iso_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-23",
        "2026-11-23T",
        "2026-11-23T09",
        "2026-11-23T24:00",
        "2026-11-23T09:60",
        "2026-11-31T09:00",
        "2026-11-23 09:00",
        "2026-11-23T09:00:60",
        "2026-11-23T09:00:0",
        "2026-11-23T09:00:00.",
        "2026-11-23T09:00X",
        "2026-11-23T09:00ZZ",
        "2026-11-23T09:00+1",
        "2026-11-23T09:00+24:00",
        "2026-11-23T09:00+01:00x",
        "2026-11-23T09:00:",
        "2026-11-23T09:00z",
    };
    int64_t ms = 42;
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        if (zone_parse_iso(zone_get("UTC"), bad[i], &ms) || ms != 42)
            fail_msg("\"%s\" was taken", bad[i]);
    assert_false(zone_parse_iso(zone_get("UTC"), NULL, &ms));
    assert_false(zone_parse_iso(NULL, "2026-11-23T09:00", &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_icu),
        cmocka_unit_test(every_instant_comes_back_from_its_local_time),
        cmocka_unit_test(a_gap_is_left_behind_by_the_same_distance),
        cmocka_unit_test(of_two_the_first_is_taken),
        cmocka_unit_test(days_start_when_they_start),
        cmocka_unit_test(only_real_zones_are_known),
        cmocka_unit_test(names_are_sorted_and_known),
        cmocka_unit_test(iso_is_written_and_read),
        cmocka_unit_test(what_is_not_iso_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
