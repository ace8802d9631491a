/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_practice.c - the practice, its rooms and services, on both databases. */
#include "domains/practice/practice_view.h"
#include "practice_sql.h"
#include "support.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_practice, NULL);
}

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_practice);
}

static void settings_come_back_and_a_stale_version_is_refused(void **state)
{
    (void)state;
    struct practice p, second;
    OK(practice_load(&w.cx, &p));
    second = p;
    p.name = "Consulta Ñandú";
    p.says_patient = true;
    OK(practice_save(&w.cx, &p));
    REFUSED(practice_save(&w.cx, &second), RC_CONFLICT, NULL,
            "Somebody else changed the settings meanwhile.");
    OK(practice_load(&w.cx, &second));
    assert_string_equal(second.name, "Consulta Ñandú");
    assert_true(second.says_patient);
    assert_int_equal(second.version, p.version);
}

static void a_practice_needs_a_real_zone_language_and_currency(void **state)
{
    (void)state;
    struct practice p;
    OK(practice_load(&w.cx, &p));
    static const struct {
        const char *zone, *locale, *currency, *country, *field;
    } bad[] = {
        {"Europe/Atlantis", "en-GB", "EUR", "ES", "time_zone"},
        {"", "en-GB", "EUR", "ES", "time_zone"},
        {"Europe/Madrid", "xx-YY", "EUR", "ES", "locale"},
        {"Europe/Madrid", "en-GB", "euro", "ES", "currency"},
        {"Europe/Madrid", "en-GB", "EU", "ES", "currency"},
        {"Europe/Madrid", "en-GB", "EUR", "es", "country"},
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct practice x = p;
        x.time_zone = bad[i].zone;
        x.locale = bad[i].locale;
        x.currency = bad[i].currency;
        x.country = bad[i].country;
        w.cx.n_errs = 0;
        assert_int_equal(practice_save(&w.cx, &x), RC_INVALID);
        assert_non_null(cx_err(&w.cx, bad[i].field));
    }
}

static void every_language_offered_is_known(void **state)
{
    (void)state;
    struct practice p;
    OK(practice_load(&w.cx, &p));
    struct record_form f = {.cx = &w.cx, .t = &practice_type, .rec = &p};
    struct select_view locale = select_locale(&f, "locale"), zone = select_zone(&f, "time_zone");
    for (int i = 0; i < locale.n_options; i++)
        assert_string_equal(locale_name(locale_get(locale.options[i].value)),
                            locale.options[i].value);
    int n_chosen = 0;
    for (int i = 0; i < zone.n_options; i++)
        n_chosen += zone.options[i].is_chosen;
    assert_int_equal(n_chosen, 1);
    p.locale = "fr-FR"; /* not of the list, but what is stored is not lost */
    locale = select_locale(&f, "locale");
    assert_true(locale.options[locale.n_options - 1].is_chosen);
    assert_string_equal(locale.options[locale.n_options - 1].value, "fr-FR");
}

static void who_the_practice_is_stands_in_no_column(void **state)
{
    (void)state;
    _cleanup_rows_ struct db_rows *rows = NULL;
    OK(db_query(w.db, &w.arena, &SQL_PRACTICE_BY_ID, (struct db_val[]){DB_I(w.cx.practice)}, 1,
                &rows));
    assert_true(db_next(rows));
    struct bytes sealed = db_bytes(rows, 6);
    OK(db_end(rows));
    assert_null(memmem(sealed.p, sealed.len, "Practice of", 11));
    assert_null(memmem(sealed.p, sealed.len, "00000000T", 9));
}

static void a_file_holds_one_practice(void **state)
{
    (void)state;
    struct practice p;
    int n;
    bool exists;
    int64_t first = w.cx.practice;
    OK(practice_load(&w.cx, &p));
    enum rc rc = practice_create(&w.cx, &p);
    if (db_engine(w.db) == DB_SQLITE) {
        assert_int_equal(rc, RC_CONFLICT);
    } else {
        OK(rc);
        assert_int_equal(w.cx.practice, first + 1);
    }
    OK(practice_open_all(&w.cx, &n));
    assert_int_equal(n, db_engine(w.db) == DB_SQLITE ? 1 : 2);
    OK(practice_open(&w.cx, first));
    OK(practice_exists(&w.cx, &exists));
    assert_true(exists);
}

static struct room room_named(const char *name, int64_t position)
{
    struct room r = {.name = name, .capacity = 2, .position = position, .is_active = true};
    OK(room_save(&w.cx, &r));
    return r;
}

static void rooms_stand_in_their_order(void **state)
{
    (void)state;
    struct room *list, r = room_named("B", 1);
    int n;
    room_named("A", 2);
    room_named("C", 1);
    r.is_active = false;
    OK(room_save(&w.cx, &r));
    assert_int_equal(r.version, 2);
    OK(room_list(&w.cx, true, &list, &n));
    assert_int_equal(n, 2);
    assert_string_equal(list[0].name, "C");
    OK(room_list(&w.cx, false, &list, &n));
    assert_int_equal(n, 3);
    r.version = 1;
    REFUSED(room_save(&w.cx, &r), RC_CONFLICT, NULL, "Somebody else changed this room meanwhile.");
    REFUSED(room_load(&w.cx, id_new(), &r), RC_NOT_FOUND, NULL, "There is no such room.");
}

static struct service individual(void)
{
    return (struct service){.code = "IND",
                            .name = "Individual",
                            .duration_min = 50,
                            .fee_cents = 7000,
                            .is_active = true};
}

static void codes_of_services_are_unique(void **state)
{
    (void)state;
    struct service s = individual(), again = individual(), back;
    OK(service_save(&w.cx, &s));
    REFUSED(service_save(&w.cx, &again), RC_INVALID, "code", "Another service has this code.");
    again.code = "IND2";
    OK(service_save(&w.cx, &again));
    again.code = "IND";
    REFUSED(service_save(&w.cx, &again), RC_INVALID, "code", "Another service has this code.");
    again = s;
    s.fee_cents = 7500;
    OK(service_save(&w.cx, &s));
    REFUSED(service_save(&w.cx, &again), RC_CONFLICT, NULL,
            "Somebody else changed this service meanwhile.");
    OK(service_load(&w.cx, s.id, &back));
    assert_int_equal(back.fee_cents, 7500);
    REFUSED(service_load(&w.cx, id_new(), &back), RC_NOT_FOUND, NULL, "There is no such service.");
}

static void another_practice_sees_none_of_it(void **state)
{
    (void)state;
    struct room r = room_named("A", 1), *list;
    struct service s = individual(), *services;
    int n;
    OK(service_save(&w.cx, &s));
    w.cx.practice++;
    assert_int_equal(room_load(&w.cx, r.id, &r), RC_NOT_FOUND);
    assert_int_equal(service_load(&w.cx, s.id, &s), RC_NOT_FOUND);
    OK(room_list(&w.cx, false, &list, &n));
    assert_int_equal(n, 0);
    OK(service_list(&w.cx, false, &services, &n));
    assert_int_equal(n, 0);
}

/* How many statements two lists in a row took. */
static int64_t statements_of_two_lists(void)
{
    struct room *room;
    int n;
    (void)db_fail_nth(w.db, 0);
    OK(room_list(&w.cx, true, &room, &n));
    OK(room_list(&w.cx, false, &room, &n));
    return db_fail_nth(w.db, 0);
}

static void a_page_reads_its_rooms_once(void **state)
{
    (void)state;
    assert_int_equal(statements_of_two_lists(), 2); /* they may have changed in between */
    OK(db_begin_read(w.db));
    assert_int_equal(statements_of_two_lists(), 1);
    db_end_read(w.db);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(every_statement_prepares),
        ALONE(a_page_reads_its_rooms_once),
        ALONE(settings_come_back_and_a_stale_version_is_refused),
        ALONE(a_practice_needs_a_real_zone_language_and_currency),
        ALONE(every_language_offered_is_known),
        ALONE(who_the_practice_is_stands_in_no_column),
        ALONE(a_file_holds_one_practice),
        ALONE(rooms_stand_in_their_order),
        ALONE(codes_of_services_are_unique),
        ALONE(another_practice_sees_none_of_it),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
