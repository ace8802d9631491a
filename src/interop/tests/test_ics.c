/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_ics.c - calendars by hand and by real programs; series, clock changes, bombs. */
#include "interop/ics_parts.h"
#include "interop_test.h"

#include <pthread.h>
static int64_t utc_ms(int year, int month, int day, int hour, int min)
{
    return days_from_civil(year, month, day) * MS_PER_DAY + (hour * 60 + min) * MS_PER_MIN;
}

static struct ics_window year_2026(void)
{
    return (struct ics_window){utc_ms(2026, 1, 1, 0, 0), utc_ms(2027, 1, 1, 0, 0)};
}

static struct ics_calendar read_text(const char *s)
{
    struct ics_calendar c;
    struct bytes file = {(const unsigned char *)s, strlen(s)};
    assert_int_equal(ics_read(&arena, file, year_2026(), &c), RC_OK);
    return c;
}

/* A calendar with these lines in its one event. */
static struct ics_calendar read_event(const char *lines)
{
    return read_text(
        arena_printf(&arena,
                     "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\n%s\r\n"
                     "END:VEVENT\r\nEND:VCALENDAR\r\n",
                     lines));
}

/* "2026-03-30 11:00" of each occurrence, one a line. */
static const char *starts(const struct ics_calendar *c)
{
    struct buf b;
    buf_init(&b, &arena, 1024 * 1024);
    for (int i = 0; i < c->n; i++) {
        char day[11];
        days_format_iso(c->list[i].start_days, day);
        buf_printf(&b, "%s %02d:%02d\n", day, c->list[i].start_min / 60, c->list[i].start_min % 60);
    }
    return b.s;
}

static void fields_of_an_event_are_read(void **state UNUSED)
{
    struct ics_calendar c =
        read_event("SUMMARY:Session\\, with\\; a\\nbreak \\\\ \\é\r\nLOCATION:Room "
                   "1\r\nDESCRIPTION:Long\r\n er\r\n"
                   "ORGANIZER;CN=\"A: B\":MAILTO:a@example.org\r\nATTENDEE:mailto:b@example.org\r\n"
                   "ATTENDEE:urn:x\r\nDTSTART;TZID=Europe/Berlin:20260706T090000\r\n"
                   "DTEND;TZID=Europe/"
                   "Berlin:20260706T095000\r\nBEGIN:VALARM\r\nDESCRIPTION:Alarm\r\nEND:VALARM");
    assert_int_equal(c.n, 1);
    assert_int_equal(c.problems.n, 0);
    const struct ics_event *e = &c.list[0];
    assert_string_equal(e->uid, "u");
    assert_string_equal(e->summary, "Session, with; a\nbreak \\ é");
    assert_string_equal(e->location, "Room 1");
    assert_string_equal(e->description, "Longer");
    assert_int_equal(e->n_mails, 2);
    assert_string_equal(e->mails[0], "a@example.org");
    assert_string_equal(e->mails[1], "b@example.org");
    assert_string_equal(e->zone, "Europe/Berlin");
    assert_int_equal(e->start_ms, utc_ms(2026, 7, 6, 7, 0));
    assert_int_equal(e->end_ms, utc_ms(2026, 7, 6, 7, 50));
    assert_int_equal(e->start_min, 9 * 60);
    assert_int_equal(e->end_min, 9 * 60 + 50);
    assert_false(e->is_all_day || e->is_floating || e->is_cancelled || e->is_recurring);
}

static void kinds_of_time_are_told_apart(void **state UNUSED)
{
    struct ics_calendar c = read_event("DTSTART:20260706T090000Z\nDURATION:PT1H30M");
    assert_string_equal(c.list[0].zone, "UTC");
    assert_int_equal(c.list[0].end_ms, utc_ms(2026, 7, 6, 10, 30));
    c = read_event("DTSTART:20260706T090000\nDTEND:20260706T100000");
    assert_true(c.list[0].is_floating);
    assert_string_equal(c.list[0].zone, "");
    assert_int_equal(c.list[0].start_ms, 0);
    assert_int_equal(c.list[0].end_min, 10 * 60);
    c = read_event("DTSTART;VALUE=DATE:20260706\nDTEND;VALUE=DATE:20260708");
    assert_true(c.list[0].is_all_day);
    assert_int_equal(c.list[0].end_days - c.list[0].start_days, 2);
    c = read_event("DTSTART;VALUE=DATE:20260706");
    assert_int_equal(c.list[0].end_days - c.list[0].start_days, 1);
    c = read_event("DTSTART;VALUE=DATE:20260706\nDTEND;VALUE=DATE:20260706");
    assert_int_equal(c.list[0].end_days - c.list[0].start_days, 1);
}

static void weekly_series_keeps_local_time_over_the_clock_change(void **state UNUSED)
{
    struct ics_calendar c =
        read_event("DTSTART;TZID=Europe/Berlin:20260323T090000\nDURATION:PT50M\n"
                   "RRULE:FREQ=WEEKLY;COUNT=2");
    assert_string_equal(starts(&c), "2026-03-23 09:00\n2026-03-30 09:00\n");
    assert_int_equal(c.list[0].start_ms, utc_ms(2026, 3, 23, 8, 0));
    assert_int_equal(c.list[1].start_ms, utc_ms(2026, 3, 30, 7, 0));
    assert_string_equal(c.list[0].recurrence, "FREQ=WEEKLY;COUNT=2");
    assert_true(c.list[0].is_recurring);
}

static void night_of_the_clock_change_lasts_its_real_time(void **state UNUSED)
{
    struct ics_calendar c = read_event("DTSTART;TZID=Europe/Berlin:20261025T013000\n"
                                       "DTEND;TZID=Europe/Berlin:20261025T033000");
    assert_int_equal(c.list[0].end_ms - c.list[0].start_ms, 3 * 60 * MS_PER_MIN);
    assert_int_equal(c.list[0].end_min, 3 * 60 + 30);
}

static void exceptions_additions_and_overrides_are_applied(void **state UNUSED)
{
    struct ics_calendar c = read_text(
        "BEGIN:VCALENDAR\nX-WR-CALNAME:My\\, own\nBEGIN:VEVENT\nUID:s\nSUMMARY:old\n"
        "DTSTART;TZID=Europe/Madrid:20260601T100000\nDTEND;TZID=Europe/Madrid:20260601T110000\n"
        "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Europe/Madrid:20260602T100000,20260603T100000\n"
        "RDATE;TZID=Europe/Madrid:20260610T120000,20260601T100000\n"
        "END:VEVENT\nBEGIN:VEVENT\nUID:s\nSUMMARY:moved\nRECURRENCE-ID:20260604T080000Z\n"
        "DTSTART;TZID=Europe/Madrid:20260604T150000\nEND:VEVENT\nBEGIN:VEVENT\nUID:s\nSUMMARY:off\n"
        "RECURRENCE-ID;TZID=Europe/Madrid:20260605T100000\nSTATUS:CANCELLED\n"
        "DTSTART;TZID=Europe/Madrid:20260605T100000\nEND:VEVENT\nEND:VCALENDAR\n");
    assert_string_equal(c.name, "My, own");
    assert_string_equal(starts(&c), "2026-06-01 10:00\n2026-06-04 15:00\n2026-06-05 10:00\n"
                                    "2026-06-10 12:00\n");
    assert_string_equal(c.list[1].summary, "moved");
    assert_true(c.list[2].is_cancelled && c.list[2].is_recurring);
    assert_false(c.list[0].is_cancelled);
}

static void exception_by_day_leaves_out_the_day(void **state UNUSED)
{
    struct ics_calendar c = read_event("DTSTART:20260601T233000Z\nRRULE:FREQ=DAILY;COUNT=3\n"
                                       "EXDATE;VALUE=DATE:20260602");
    assert_string_equal(starts(&c), "2026-06-01 23:30\n2026-06-03 23:30\n");
}

static void rules_are_laid_out(void **state UNUSED)
{
    static const struct {
        const char *rule, *starts;
    } cases[] = {
        {"FREQ=DAILY;INTERVAL=10;UNTIL=20260125T090000Z",
         "2026-01-05 10:00\n2026-01-15 10:00\n2026-01-25 10:00\n"},
        {"FREQ=DAILY;BYDAY=MO,FR;COUNT=3",
         "2026-01-05 10:00\n2026-01-09 10:00\n2026-01-12 10:00\n"},
        {"FREQ=DAILY;BYMONTH=1;BYMONTHDAY=5,-1", "2026-01-05 10:00\n2026-01-31 10:00\n"},
        {"FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3",
         "2026-01-05 10:00\n2026-01-07 10:00\n2026-01-12 10:00\n"},
        {"FREQ=WEEKLY;BYMONTH=1;INTERVAL=2", "2026-01-05 10:00\n2026-01-19 10:00\n"},
        {"FREQ=MONTHLY;BYDAY=1MO;COUNT=2", "2026-01-05 10:00\n2026-02-02 10:00\n"},
        {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2",
         "2026-01-05 10:00\n2026-01-30 10:00\n2026-02-27 10:00\n"},
        {"FREQ=YEARLY;BYMONTH=1,3;COUNT=2", "2026-01-05 10:00\n2026-03-05 10:00\n"},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct ics_calendar c = read_event(arena_printf(
            &arena, "DTSTART;TZID=Europe/Berlin:20260105T100000\nRRULE:%s", cases[i].rule));
        assert_int_equal(c.problems.n, 0);
        assert_string_equal(starts(&c), cases[i].starts);
    }
}

static void only_what_touches_the_window_is_given(void **state UNUSED)
{
    struct ics_calendar c = read_event("DTSTART:20251231T230000Z\nDTEND:20260101T010000Z");
    assert_int_equal(c.n, 1);
    c = read_event("DTSTART:20251231T230000Z\nDTEND:20260101T000000Z");
    assert_int_equal(c.n, 0);
    c = read_event("DTSTART:20270101T000000Z");
    assert_int_equal(c.n, 0);
    c = read_event("DTSTART;VALUE=DATE:16040412\nRRULE:FREQ=YEARLY"); /* a birthday without year */
    assert_string_equal(starts(&c), "2026-04-12 00:00\n");
    c = read_event("DTSTART:20200101T100000Z\nRRULE:FREQ=WEEKLY");
    assert_int_equal(c.n, 52);
}

static void zones_are_found_by_many_names(void **state UNUSED)
{
    static const struct {
        const char *tzid, *zone;
        int hour; /* UTC of 09:00 in July */
    } cases[] = {{"Europe/Berlin", "Europe/Berlin", 7},
                 {"\"America/New_York\"", "America/New_York", 13},
                 {"/example.org/20260101/Europe/Madrid", "Europe/Madrid", 7},
                 {"Etc/UTC", "UTC", 9}};
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct ics_calendar c =
            read_event(arena_printf(&arena, "DTSTART;TZID=%s:20260706T090000", cases[i].tzid));
        assert_string_equal(c.list[0].zone, cases[i].zone);
        assert_int_equal(c.list[0].start_ms, utc_ms(2026, 7, 6, cases[i].hour, 0));
    }
}

static void zone_of_the_file_is_used_when_its_name_is_its_own(void **state UNUSED)
{
    struct ics_calendar c = read_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=W. Europe Standard "
        "Time:20260706T090000\n"
        "END:VEVENT\nBEGIN:VEVENT\nUID:2\nDTSTART;TZID=W. Europe Standard Time:20260106T090000\n"
        "END:VEVENT\nBEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\nBEGIN:STANDARD\n"
        "DTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\n"
        "DTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
        "END:VCALENDAR\n");
    assert_int_equal(c.problems.n, 0);
    assert_int_equal(c.list[0].start_ms, utc_ms(2026, 1, 6, 8, 0));
    assert_int_equal(c.list[1].start_ms, utc_ms(2026, 7, 6, 7, 0));
    assert_string_equal(c.list[0].zone, "W. Europe Standard Time");
}

static void unknown_zone_is_told_and_read_as_local_time(void **state UNUSED)
{
    static const char *const names[] = {"Mars/Olympus", "../../etc/passwd", "/dev/stdin",
                                        "Europe/"};
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        struct ics_calendar c =
            read_event(arena_printf(&arena, "DTSTART;TZID=%s:20260706T090000", names[i]));
        assert_true(c.list[0].is_floating);
        assert_int_equal(c.list[0].start_min, 9 * 60);
        assert_string_equal(c.problems.list[0].reason, "unknown_zone");
        assert_int_equal(c.problems.list[0].row, 1);
    }
}

static void what_is_not_taken_is_told(void **state UNUSED)
{
    static const struct {
        const char *lines, *reason;
        int n; /* events taken all the same */
    } cases[] = {
        {"SUMMARY:x", "no_start", 0},
        {"DTSTART:hello", "no_start", 0},
        {"DTSTART:20260231T090000Z", "no_start", 0},
        {"DTSTART:20260201T990000Z", "no_start", 0},
        {"DTSTART:00010101T000000Z", "no_start", 0},
        {"DTSTART:20260201T090000Z\nDTEND:20260201T080000Z", "end_before_start", 0},
        {"DTSTART:20260201T090000Z\nDURATION:-PT1H", "end_before_start", 0},
        {"DTSTART:20260201T090000Z\nRRULE:FREQ=NEVER", "rule_not_supported", 1},
        {"DTSTART:20260201T090000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260201T090000Z",
         "range_not_supported", 1},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct ics_calendar c = read_event(cases[i].lines);
        assert_int_equal(c.n, cases[i].n);
        assert_int_equal(c.problems.n, 1);
        assert_string_equal(c.problems.list[0].reason, cases[i].reason);
        assert_int_equal(c.problems.list[0].row, 1);
        assert_non_null(problem_sentence(cases[i].reason));
    }
}

static void bombs_stop_at_their_limits(void **state UNUSED)
{
    static const struct {
        const char *rule, *reason; /* NULL: no problem, and quick */
        int n;
    } cases[] = {
        {"FREQ=SECONDLY", "rule_not_supported", 1},
        {"FREQ=MINUTELY;COUNT=1000000000", "rule_not_supported", 1},
        {"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "rule_not_supported", 1},
        {"FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8;BYMINUTE=1,2,3,4,5;BYSECOND=1,2",
         "too_many_occurrences", ICS_MAX_OCCURRENCES},
        {"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", NULL, 1},
        {"FREQ=DAILY;INTERVAL=7;BYDAY=FR", NULL, 1},
        {"FREQ=DAILY;COUNT=2000000000", NULL, 365},
        {"FREQ=WEEKLY;BYDAY=MO;BYSETPOS=300", "rule_not_supported", 1},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct ics_calendar c =
            read_event(arena_printf(&arena, "DTSTART:20260101T000000Z\nRRULE:%s", cases[i].rule));
        assert_int_equal(c.n, cases[i].n);
        assert_int_equal(c.problems.n, cases[i].reason != NULL);
        if (cases[i].reason != NULL)
            assert_string_equal(c.problems.list[0].reason, cases[i].reason);
    }
}

static int64_t cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void days_that_never_come_are_not_searched_for(void **state UNUSED)
{
    static const char *const rules[] = {
        "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6,9,11",
        "FREQ=MONTHLY;BYMONTHDAY=-31;BYMONTH=2",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=32",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE;BYMONTHDAY=1,2,3,4,5,6,7,8,9,10;BYSETPOS=-366",
        "FREQ=YEARLY;BYDAY=1MO;BYMONTHDAY=31;BYMONTH=1,3,5",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=54",
    };
    for (size_t i = 0; i < N_ELEMS(rules); i++) {
        struct icalrecurrencetype rule = icalrecurrencetype_from_string(rules[i]);
        if (!ics_never_comes(&rule, 1))
            fail_msg("%s is searched for", rules[i]);
        int64_t began_ms = cpu_ms();
        struct ics_calendar c =
            read_event(arena_printf(&arena, "DTSTART:20260101T000000Z\nRRULE:%s", rules[i]));
        assert_true(cpu_ms() - began_ms < 1000);
        assert_int_equal(c.n, 1);
        assert_int_equal(c.problems.n, 0);
    }
    struct icalrecurrencetype february = icalrecurrencetype_from_string("FREQ=YEARLY;BYMONTH=2");
    assert_true(ics_never_comes(&february, 31)); /* it begins on 31 January */
    assert_false(ics_never_comes(&february, 29));
}

static void days_that_come_are_searched_for(void **state UNUSED)
{
    static const char *const rules[] = {
        "FREQ=YEARLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=2",
        "FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=2;BYDAY=MO",
        "FREQ=YEARLY;BYMONTHDAY=-29;BYMONTH=2",
        "FREQ=MONTHLY;BYMONTHDAY=-31",
        "FREQ=MONTHLY;BYDAY=5SU;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=-5FR",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-31",
        "FREQ=YEARLY;BYDAY=53TH",
        "FREQ=YEARLY;BYDAY=-53SA",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=53",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTH=2", /* in a leap year */
        "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=8,9;BYMINUTE=0,30;BYSETPOS=4",
    };
    for (size_t i = 0; i < N_ELEMS(rules); i++) {
        struct icalrecurrencetype rule = icalrecurrencetype_from_string(rules[i]);
        if (ics_never_comes(&rule, 1))
            fail_msg("%s is not searched for", rules[i]);
    }
}

static void many_slow_rules_share_one_budget(void **state UNUSED)
{
    struct buf b;
    buf_init(&b, &arena, 1024 * 1024);
    buf_puts(&b, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < 1000; i++)
        buf_puts(
            &b, "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nRRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300\n"
                "END:VEVENT\n");
    struct timespec t0, t1;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t0);
    struct ics_calendar c = read_text(b.s);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t1);
    assert_int_equal(c.n, 1000); /* each one's first */
    assert_true(problems_has(&c.problems, "too_much_work"));
    assert_true(t1.tv_sec - t0.tv_sec < 30);
}

static void damaged_files_give_what_they_have(void **state UNUSED)
{
    struct ics_calendar c = read_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T000000Z\n"
                                      "END:VEVENT\nBEGIN:VEVENT\nDTSTART:2026");
    assert_int_equal(c.n, 1);
    assert_int_equal(c.problems.list[0].row, 2);
    assert_string_equal(c.problems.list[0].reason, "event_not_closed");
    c = read_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T000000Z\nBEGIN:VEVENT\n"
                  "DTSTART:20260102T000000Z\nEND:VEVENT\nEND:VCALENDAR");
    assert_int_equal(c.n, 1);
    assert_true(problems_has(&c.problems, "event_not_closed"));
    struct buf b;
    buf_init(&b, &arena, 16 * 1024 * 1024);
    buf_puts(&b, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T000000Z\nSUMMARY:");
    for (int i = 0; i < 10 * 1024 * 1024; i += 16)
        buf_puts(&b, "0123456789abcdef");
    buf_puts(&b, "\nEND:VEVENT\nEND:VCALENDAR\n");
    c = read_text(b.s);
    assert_int_equal(c.n, 1);
    assert_string_equal(c.problems.list[0].reason, "value_too_long");
    b.len = 0;
    buf_puts(&b, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < 500000; i++)
        buf_puts(&b, "BEGIN:X\n"); /* nothing recurses */
    c = read_text(b.s);
    assert_int_equal(c.n, 0);
    static const char nul[] = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2026\0000101T000000Z\n"
                              "END:VEVENT\nEND:VCALENDAR\n";
    struct bytes file = {(const unsigned char *)nul, sizeof(nul) - 1};
    assert_int_equal(ics_read(&arena, file, year_2026(), &c), RC_OK);
    assert_int_equal(c.n, 1);
    assert_true(problems_has(&c.problems, "nul_character"));
}

static void what_is_no_calendar_is_refused(void **state UNUSED)
{
    static const char *const cases[] = {"", "hello: world", "BEGIN:VCARD\nEND:VCARD\n",
                                        "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nEND:VEVENT\n"};
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct ics_calendar c;
        struct bytes file = {(const unsigned char *)cases[i], strlen(cases[i])};
        assert_int_equal(ics_read(&arena, file, year_2026(), &c), RC_INVALID);
        assert_string_equal(c.problems.list[0].reason, "not_a_calendar");
    }
}

static void small_arena_refuses_instead_of_aborting(void **state UNUSED)
{
    struct arena small;
    struct ics_calendar c;
    struct buf b;
    buf_init(&b, &arena, 1024 * 1024);
    buf_puts(&b, "BEGIN:VCALENDAR\n");
    for (int i = 0; i < 2000; i++)
        buf_puts(&b, "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\n");
    struct bytes file = {(const unsigned char *)b.s, b.len};
    for (size_t mib = 1; mib <= 32; mib *= 2) {
        arena_init(&small, mib * 1024 * 1024);
        enum rc rc = ics_read(&small, file, year_2026(), &c);
        assert_true(rc == RC_OK || rc == RC_INVALID);
        assert_true(problems_has(&c.problems, "too_large") ||
                    problems_has(&c.problems, "too_many_events") ||
                    c.n >= ICS_MAX_TOTAL_OCCURRENCES);
        arena_wipe(&small);
    }
}

static void calendar_of_khal_is_read(void **state UNUSED)
{
    struct ics_calendar c = read_text((const char *)fixture("khal.ics").p);
    assert_int_equal(c.n_events, 4);
    assert_int_equal(c.problems.n, 0);
    assert_string_equal(starts(&c),
                        "2026-03-16 09:00\n2026-03-23 09:00\n2026-03-30 09:00\n2026-04-06 09:00\n"
                        "2026-04-13 09:00\n2026-04-20 09:00\n2026-04-27 09:00\n2026-05-01 00:00\n"
                        "2026-06-10 14:00\n2026-10-25 01:30\n");
    assert_string_equal(c.list[0].description, "Bring the diary; then, plan");
    assert_string_equal(c.list[0].location, "Room 1");
    assert_int_equal(c.list[2].start_ms, utc_ms(2026, 3, 30, 7, 0));
    assert_true(c.list[7].is_all_day);
    assert_int_equal(c.list[7].end_days - c.list[7].start_days, 3);
    assert_int_equal(c.list[8].start_ms, utc_ms(2026, 6, 10, 18, 0));
    assert_int_equal(c.list[9].end_ms - c.list[9].start_ms, 3 * 60 * MS_PER_MIN);
}

static void calendar_of_radicale_is_read(void **state UNUSED)
{
    struct ics_calendar c = read_text((const char *)fixture("radicale.ics").p);
    assert_int_equal(c.problems.n, 0);
    assert_string_equal(starts(&c), "2026-01-05 17:00\n2026-01-07 10:00\n2026-02-03 10:00\n"
                                    "2026-02-16 17:00\n2026-03-02 17:00\n2026-03-16 17:00\n");
    assert_true(c.list[1].is_cancelled);
    assert_string_equal(c.list[2].summary, "Every other week (moved)");
    assert_string_equal(c.list[0].location, "Calle Mayor 1, Madrid");
    assert_int_equal(c.list[0].n_mails, 2);
}

static void *read_often(void *unused UNUSED)
{
    static const char file[] =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nRRULE:FREQ=WEEKLY\n"
        "DTSTART;TZID=Europe/Berlin:20260105T090000\nEND:VEVENT\nEND:VCALENDAR\n";
    for (int i = 0; i < 20; i++) {
        struct arena a;
        struct ics_calendar c;
        arena_init(&a, 16 * 1024 * 1024);
        struct bytes bytes = {(const unsigned char *)file, sizeof(file) - 1};
        if (ics_read(&a, bytes, year_2026(), &c) != RC_OK || c.n != 52)
            abort();
        arena_wipe(&a);
    }
    return NULL;
}

static void threads_read_at_the_same_time(void **state UNUSED)
{
    pthread_t threads[4];
    for (size_t i = 0; i < N_ELEMS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, NULL), 0);
    for (size_t i = 0; i < N_ELEMS(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_of_an_event_are_read),
        TEST(kinds_of_time_are_told_apart),
        TEST(weekly_series_keeps_local_time_over_the_clock_change),
        TEST(night_of_the_clock_change_lasts_its_real_time),
        TEST(exceptions_additions_and_overrides_are_applied),
        TEST(exception_by_day_leaves_out_the_day),
        TEST(rules_are_laid_out),
        TEST(only_what_touches_the_window_is_given),
        TEST(zones_are_found_by_many_names),
        TEST(zone_of_the_file_is_used_when_its_name_is_its_own),
        TEST(unknown_zone_is_told_and_read_as_local_time),
        TEST(what_is_not_taken_is_told),
        TEST(bombs_stop_at_their_limits),
        TEST(days_that_never_come_are_not_searched_for),
        TEST(days_that_come_are_searched_for),
        TEST(many_slow_rules_share_one_budget),
        TEST(damaged_files_give_what_they_have),
        TEST(what_is_no_calendar_is_refused),
        TEST(small_arena_refuses_instead_of_aborting),
        TEST(calendar_of_khal_is_read),
        TEST(calendar_of_radicale_is_read),
        TEST(threads_read_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
