/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_cx.c - errors, texts, today, and news to subscribers. */
#include "app/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int64_t noon(void)
{
    return INT64_C(1795435200000);
} /* 2026-11-23T12:00:00Z */

static struct app app = {.clock_ms = noon};
static struct arena arena;
static struct cx cx;

static int set_up(void **state UNUSED)
{
    arena_init(&arena, 4 << 20);
    catalogue_init();
    cx_init(&cx, &app, &arena, NULL);
    return 0;
}
static int tear_down(void **state UNUSED)
{
    app.on_event = NULL;
    arena_wipe(&arena);
    return 0;
}

static void the_program_itself_may_everything(void **state UNUSED)
{
    assert_false(id_is_set(cx.actor.user));
    assert_string_equal(cx.actor.name, "entracte");
    for (enum perm p = PERM_PUBLIC; p < PERM_N_; p++)
        assert_true(cx_may(&cx, p));
    assert_int_equal(cx.now_ms, noon());
    assert_string_equal(catalogue_language(cx.cat), "en");
}

static void a_refusal_keeps_field_and_sentence(void **state UNUSED)
{
    assert_int_equal(refuse(&cx, RC_INVALID, "birth_date", "The date lies in the future."),
                     RC_INVALID);
    assert_int_equal(refusef(&cx, RC_CONFLICT, NULL, "Room %s is taken at %d.", "Blue", 10),
                     RC_CONFLICT);
    assert_int_equal(cx.n_errs, 2);
    assert_string_equal(cx_err(&cx, "birth_date"), "The date lies in the future.");
    assert_string_equal(cx_err(&cx, NULL), "Room Blue is taken at 10.");
    assert_null(cx_err(&cx, "other"));
}

static void the_first_sentence_of_a_field_is_shown(void **state UNUSED)
{
    (void)!refuse(&cx, RC_INVALID, "name", "First.");
    (void)!refuse(&cx, RC_INVALID, "name", "Second.");
    assert_string_equal(cx_err(&cx, "name"), "First.");
}

static void when_all_places_are_taken_the_newest_error_is_kept(void **state UNUSED)
{
    for (int i = 0; i < 40; i++)
        assert_int_equal(refusef(&cx, RC_INVALID, "row", "Row %d.", i), RC_INVALID);
    assert_int_equal(cx.n_errs, N_ELEMS(cx.errs));
    assert_string_equal(cx.errs[30].user, "Row 30.");
    assert_string_equal(cx.errs[31].user, "Row 39.");
}

static void numbers_of_things_are_written_in_words_of_their_own(void **state UNUSED)
{
    assert_string_equal(trnf(&cx, "%d session", "%d sessions", 1), "1 session");
    assert_string_equal(trnf(&cx, "%d session", "%d sessions", 0), "0 sessions");
    assert_string_equal(trnf(&cx, "one session", "All %d sessions.", 12), "All 12 sessions.");
    assert_string_equal(trnf(&cx, "one session", "many", 1), "one session");
    assert_string_equal(trf(&cx, "%s and %s", "a", "b"), "a and b");
}

static void today_is_the_date_in_the_practices_zone(void **state UNUSED)
{
    int32_t day = days_from_civil(2026, 11, 23);
    assert_int_equal(cx_today(&cx), day);
    cx.now_ms = (int64_t)day * MS_PER_DAY + 23 * 60 * MS_PER_MIN + 30 * MS_PER_MIN; /* 23:30 UTC */
    assert_int_equal(cx_today(&cx), day);
    cx.zone = zone_get("Europe/Madrid");
    assert_non_null(cx.zone);
    assert_int_equal(cx_today(&cx), day + 1);
    cx.zone = NULL;
    cx.now_ms = -1;
    assert_int_equal(cx_today(&cx), -1);
}

static char told[8]; /* who was told, in order */

static enum rc told_to(char who, enum rc rc)
{
    told[strlen(told)] = who;
    return rc;
}
static enum rc first(struct cx *c UNUSED, enum event e UNUSED, struct id s UNUSED)
{
    return told_to('1', RC_OK);
}
static enum rc refusing(struct cx *c UNUSED, enum event e, struct id s UNUSED)
{
    return told_to('2', e == EV_NOTE_SIGNED ? RC_CONFLICT : RC_OK);
}
static enum rc last(struct cx *c UNUSED, enum event e UNUSED, struct id s UNUSED)
{
    return told_to('3', RC_OK);
}

static void subscribers_act_in_order_until_one_refuses(void **state UNUSED)
{
    static event_fn *const on_event[] = {first, refusing, last, NULL};
    app.on_event = on_event;
    memset(told, 0, sizeof(told));
    assert_int_equal(app_emit(&cx, EV_NOTE_BEGUN, id_derive(1, 1)), RC_OK);
    assert_string_equal(told, "123");
    memset(told, 0, sizeof(told));
    assert_int_equal(app_emit(&cx, EV_NOTE_SIGNED, id_derive(1, 1)), RC_CONFLICT);
    assert_string_equal(told, "12");
    app.on_event = NULL;
    assert_int_equal(app_emit(&cx, EV_NOTE_SIGNED, id_derive(1, 1)), RC_OK);
}

static void the_clock_tells_this_century(void **state UNUSED)
{
    assert_true(app_clock_ms() > INT64_C(1700000000000));
    assert_true(app_clock_ms() < INT64_C(4102444800000));
}

int main(void)
{
#define WITH_CX(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_CX(the_program_itself_may_everything),
        WITH_CX(a_refusal_keeps_field_and_sentence),
        WITH_CX(the_first_sentence_of_a_field_is_shown),
        WITH_CX(when_all_places_are_taken_the_newest_error_is_kept),
        WITH_CX(numbers_of_things_are_written_in_words_of_their_own),
        WITH_CX(today_is_the_date_in_the_practices_zone),
        WITH_CX(subscribers_act_in_order_until_one_refuses),
        cmocka_unit_test(the_clock_tells_this_century),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
