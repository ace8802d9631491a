/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_days.c - every day there is, ages on the last of February, times of the day. */
#include "base/days.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

static int32_t day(int y, int m, int d)
{
    return days_from_civil(y, m, d);
}

static void every_day_of_400_years_goes_there_and_back(void **state UNUSED)
{
    int y = 1800, m = 1, d = 1, y2, m2, d2;
    for (int32_t n = day(1800, 1, 1); n < day(2200, 1, 1); n++) {
        char iso[11];
        int32_t back;
        static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool is_leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        civil_from_days(n, &y2, &m2, &d2);
        assert_true(y2 == y && m2 == m && d2 == d);
        days_format_iso(n, iso);
        assert_true(days_parse_iso(iso, &back));
        assert_int_equal(back, n);
        if (++d > length[m - 1] + (m == 2 && is_leap)) {
            d = 1;
            m = m % 12 + 1;
            y += m == 1;
        }
    }
}

static void weeks_begin_on_monday(void **state UNUSED)
{
    assert_int_equal(days_weekday(day(2026, 11, 23)), 0);
    assert_int_equal(days_weekday(day(1969, 12, 28)), 6);
    assert_int_equal(days_week_start(day(2026, 11, 23)), day(2026, 11, 23));
    assert_int_equal(days_week_start(day(2026, 11, 29)), day(2026, 11, 23));
    assert_int_equal(days_week_start(day(1969, 12, 28)), day(1969, 12, 22));
}

static void days_that_do_not_exist_are_refused(void **state UNUSED)
{
    static const char *const bad[] = {"2026-02-29", "2026-13-01",  "2026-00-01", "2026-01-00",
                                      "2026-04-31", "1900-02-29",  "0000-01-01", "2026-1-1",
                                      "2026/01/01", "2026-01-01x", "-026-01-01", "",
                                      "2026-0a-01"};
    int32_t n = 7;
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(days_parse_iso(bad[i], &n));
    assert_false(days_parse_iso(NULL, &n));
    assert_int_equal(n, 7);
    char iso[11] = "x";
    days_format_iso(DATE_NONE, iso);
    assert_string_equal(iso, "");
}

static void who_is_born_on_29_february_is_older_on_1_march(void **state UNUSED)
{
    int32_t leap = day(2012, 2, 29);
    assert_int_equal(days_age(leap, leap), 0);
    assert_int_equal(days_age(leap, day(2026, 2, 28)), 13);
    assert_int_equal(days_age(leap, day(2026, 3, 1)), 14);
    assert_int_equal(days_age(leap, day(2028, 2, 29)), 16);
    assert_int_equal(days_age(day(2008, 11, 23), day(2026, 11, 22)), 17);
    assert_int_equal(days_age(day(2008, 11, 23), day(2026, 11, 23)), 18);
    assert_int_equal(days_age(day(2026, 11, 24), day(2026, 11, 23)), -1);
    assert_int_equal(days_age(DATE_NONE, day(2026, 11, 23)), -1);
}

static void times_are_two_digits_and_two(void **state UNUSED)
{
    static const char *const bad[] = {"24:00", "09:60", "9:30", "09.30", "09:3x", "+9:30", ""};
    struct arena a;
    int32_t n = 7;
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(minutes_parse(bad[i], &n));
    assert_false(minutes_parse(NULL, &n));
    assert_int_equal(n, 7);
    assert_true(minutes_parse("23:59", &n));
    assert_int_equal(n, 1439);
    arena_init(&a, 1 << 20);
    assert_string_equal(minutes_format(&a, 1439), "23:59");
    assert_string_equal(minutes_format(&a, 0), "00:00");
    arena_wipe(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_400_years_goes_there_and_back),
        cmocka_unit_test(weeks_begin_on_monday),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(who_is_born_on_29_february_is_older_on_1_march),
        cmocka_unit_test(times_are_two_digits_and_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
