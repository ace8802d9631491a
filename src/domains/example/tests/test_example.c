/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_example.c - rules and storage of examples, on the database that TEST_DB names. */
#include "domains/example/example_view.h"
#include "example_sql.h"
#include "support.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_example, NULL);
}

static struct example sample(const char *name)
{
    struct example e = {0};
    record_init(&example_type, &e);
    e.name = name;
    e.email = "nadia@example.org";
    e.remark = "line 1\nline 2";
    e.due_days = days_from_civil(2026, 12, 24);
    e.fee_cents = 7050;
    e.weekdays = 5;
    return e;
}

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_example);
}

static void what_is_saved_is_loaded(void **state)
{
    (void)state;
    struct example e = sample("Nadia"), back;
    OK(example_save(&w.cx, &e));
    assert_int_equal(e.version, 1);
    OK(example_load(&w.cx, e.id, &back));
    assert_int_equal(back.version, 1);
    assert_string_equal(record_changed(&w.arena, &example_type, &e, &back), "");

    back.due_days = DATE_NONE;
    back.state = EXAMPLE_DONE;
    OK(example_save(&w.cx, &back));
    OK(example_load(&w.cx, e.id, &e));
    assert_int_equal(e.version, 2);
    assert_int_equal(e.due_days, DATE_NONE);
    assert_int_equal(e.state, EXAMPLE_DONE);
}

static void names_are_not_readable_at_rest(void **state)
{
    (void)state;
    struct example e = sample("Wilhelmina");
    OK(example_save(&w.cx, &e));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(w.cx.practice), DB_ID(e.id)};
    OK(db_query(w.db, &w.arena, &SQL_EXAMPLE_BY_ID, v, N_ELEMS(v), &rows));
    assert_true(db_next(rows));
    struct bytes sealed = db_bytes(rows, 5);
    assert_true(sealed.len > 0);
    assert_null(memmem(sealed.p, sealed.len, "Wilhelmina", 10));
}

static void the_list_is_sorted_as_people_sort_names(void **state)
{
    (void)state;
    struct example z = sample("zoe"), a = sample("\xc3\x81lvaro"), b = sample("Berta"), *list;
    int n, at_a = -1, at_b = -1, at_z = -1;
    OK(example_save(&w.cx, &z));
    OK(example_save(&w.cx, &a));
    OK(example_save(&w.cx, &b));
    OK(example_list(&w.cx, &list, &n));
    for (int i = 0; i < n; i++) {
        at_a = id_eq(list[i].id, a.id) ? i : at_a;
        at_b = id_eq(list[i].id, b.id) ? i : at_b;
        at_z = id_eq(list[i].id, z.id) ? i : at_z;
    }
    assert_true(at_a >= 0 && at_a < at_b && at_b < at_z);
}

static void a_stale_version_conflicts_and_changes_nothing(void **state)
{
    (void)state;
    struct example first = sample("Nadia"), second;
    OK(example_save(&w.cx, &first));
    second = first;
    first.remark = "first";
    OK(example_save(&w.cx, &first));
    second.remark = "second";
    REFUSED(example_save(&w.cx, &second), RC_CONFLICT, NULL,
            "Somebody else changed this example meanwhile.");
    REFUSED(example_erase(&w.cx, second.id, second.version), RC_CONFLICT, NULL,
            "Somebody else changed this example meanwhile.");
    OK(example_load(&w.cx, first.id, &second));
    assert_string_equal(second.remark, "first");
}

static void what_is_erased_is_gone(void **state)
{
    (void)state;
    struct example e = sample("Nadia");
    OK(example_save(&w.cx, &e));
    OK(example_erase(&w.cx, e.id, e.version));
    REFUSED(example_load(&w.cx, e.id, &e), RC_NOT_FOUND, NULL, "There is no such example.");
    REFUSED(example_save(&w.cx, &e), RC_NOT_FOUND, NULL, "There is no such example.");
}

static void another_practice_sees_nothing(void **state)
{
    (void)state;
    struct example e = sample("Nadia");
    OK(example_save(&w.cx, &e));
    cx_practice(&w.cx, 2);
    enum rc rc = example_load(&w.cx, e.id, &e);
    cx_practice(&w.cx, 1);
    assert_int_equal(rc, RC_NOT_FOUND);
}

/* The n-th call of the database fails, n = 1, 2, ... until all goes well: never half a write. */
static void a_save_that_fails_anywhere_leaves_nothing(void **state)
{
    (void)state;
    struct db_val v[] = {DB_I(w.cx.practice), DB_I(EXAMPLE_LIST_MAX)};
    int before = world_count(&w, &SQL_EXAMPLE_ALL, v, N_ELEMS(v)), n = 0;
    enum rc rc;
    do {
        struct example e = sample("Nadia");
        db_fail_nth(w.db, ++n);
        rc = example_save(&w.cx, &e);
        db_fail_nth(w.db, 0);
        assert_int_equal(world_count(&w, &SQL_EXAMPLE_ALL, v, N_ELEMS(v)), before + (rc == RC_OK));
    } while (rc != RC_OK && n < 20);
    assert_int_equal(rc, RC_OK);
    assert_true(n > 3);
}

static void urgent_without_a_date_is_refused(void **state)
{
    (void)state;
    struct example e = {0};
    struct form f = {0};
    form_add(&w.arena, &f, "name", "Nadia");
    form_add(&w.arena, &f, "is_urgent", "1");
    record_init(&example_type, &e);
    REFUSED(record_parse(&w.cx, &example_type, &f, NULL, &e), RC_INVALID, "due_days",
            "What is urgent needs a date.");
    form_add(&w.arena, &f, "due_days", "24/12/2026");
    OK(record_parse(&w.cx, &example_type, &f, NULL, &e));
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(every_statement_prepares),
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(names_are_not_readable_at_rest),
        cmocka_unit_test(the_list_is_sorted_as_people_sort_names),
        cmocka_unit_test(a_stale_version_conflicts_and_changes_nothing),
        cmocka_unit_test(what_is_erased_is_gone),
        cmocka_unit_test(another_practice_sees_nothing),
        cmocka_unit_test(a_save_that_fails_anywhere_leaves_nothing),
        cmocka_unit_test(urgent_without_a_date_is_refused),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
