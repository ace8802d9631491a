/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_tasks.c - rules and storage of tasks, on the database that TEST_DB names. */
#include "support.h"
#include "tasks_private.h"
#include "tasks_sql.h"
#include "tasks_view.h"

static struct world w;
static const struct id none;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_tasks, NULL);
}

static struct id new_client(enum who clinician)
{
    struct id id = world_client(&w, clinician, "Marta", "Serrano");
    world_as(&w, clinician);
    return id;
}

static struct task task_of(struct id client, const char *title)
{
    struct task t = {0};
    record_init(&task_type, &t);
    t.id = t.owner = t.appointment = none;
    t.version = t.done_ms = 0;
    t.kind = id_is_set(client) ? TASK_HOMEWORK : TASK_FOLLOW_UP;
    t.client = client;
    t.title = title;
    t.due_days = cx_today(&w.cx) + 7;
    return t;
}

static struct task stored(struct id client, const char *title)
{
    struct task t = task_of(client, title);
    OK(task_save(&w.cx, &t));
    return t;
}

static enum rc answer(struct id id, int64_t version, enum task_state s, const char *why)
{
    struct task t;
    TRY(task_load(&w.cx, id, &t));
    t.version = version;
    t.state = s;
    if (why != NULL)
        t.why = why;
    return task_save(&w.cx, &t);
}

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_tasks);
}

static void what_is_noted_is_found_again(void **state)
{
    (void)state;
    struct task back, t = stored(new_client(CLINICIAN_A), "Thought record");
    OK(task_load(&w.cx, t.id, &back));
    assert_string_equal(back.title, "Thought record");
    assert_string_equal(back.client_name, "Marta Serrano");
    assert_int_equal(back.kind, TASK_HOMEWORK);
    assert_int_equal(back.due_days, t.due_days);
    assert_string_equal(back.owner.s, w.person[CLINICIAN_A].s);
    assert_int_equal(back.version, 1);
    assert_int_equal(back.created_ms, w.cx.now_ms);
}

static void an_answer_has_its_time_and_can_be_taken_back(void **state)
{
    (void)state;
    int64_t now_ms = w.cx.now_ms;
    struct task t = stored(new_client(CLINICIAN_A), "Walk");
    world_at(&w, now_ms + 1000);
    OK(answer(t.id, 1, TASK_PARTLY, "rain"));
    OK(task_load(&w.cx, t.id, &t));
    assert_int_equal(t.state, TASK_PARTLY);
    assert_int_equal(t.done_ms, now_ms + 1000);
    assert_string_equal(t.why, "rain");
    world_at(&w, now_ms + 9000);
    t.title = "Long walk"; /* not answered anew */
    OK(task_save(&w.cx, &t));
    assert_int_equal(t.done_ms, now_ms + 1000);
    OK(answer(t.id, t.version, TASK_OPEN, NULL));
    OK(task_load(&w.cx, t.id, &t));
    assert_int_equal(t.done_ms, 0);
    assert_true(t.why == NULL || t.why[0] == 0);
    world_at(&w, now_ms);
}

static void a_stale_answer_conflicts(void **state)
{
    (void)state;
    struct task t = stored(new_client(CLINICIAN_A), "Diary");
    OK(answer(t.id, 1, TASK_DONE, NULL));
    REFUSED(answer(t.id, 1, TASK_NOT, NULL), RC_CONFLICT, "version",
            "Somebody else changed this task meanwhile.");
}

static void homework_needs_a_client_and_keeps_it(void **state)
{
    (void)state;
    struct task t = task_of(none, "Read");
    world_as(&w, CLINICIAN_A);
    t.kind = TASK_HOMEWORK;
    REFUSED(task_save(&w.cx, &t), RC_INVALID, "client", "Homework is for a client: choose who.");
    t = stored(new_client(CLINICIAN_A), "Read");
    t.client = new_client(CLINICIAN_A);
    REFUSED(task_save(&w.cx, &t), RC_INVALID, "client",
            "Whose task it is does not change. Write a new one instead.");
}

static void the_list_is_by_date_and_those_without_come_last(void **state)
{
    (void)state;
    struct task *list, t;
    int n, at[3] = {-1, -1, -1};
    int64_t n_open, n_late;
    world_as(&w, BILLING);
    t = task_of(none, "no date");
    t.due_days = DATE_NONE;
    OK(task_save(&w.cx, &t));
    t = task_of(none, "later");
    OK(task_save(&w.cx, &t));
    t = task_of(none, "late");
    t.due_days = cx_today(&w.cx) - 1;
    OK(task_save(&w.cx, &t));
    OK(task_list_open(&w.cx, 100, &list, &n));
    assert_int_equal(n, 3);
    for (int i = 0; i < n; i++)
        at[strcmp(list[i].title, "late") == 0    ? 0
           : strcmp(list[i].title, "later") == 0 ? 1
                                                 : 2] = i;
    assert_int_equal(at[0], 0);
    assert_int_equal(at[1], 1);
    assert_int_equal(at[2], 2);
    OK(task_count_open(&w.cx, &n_open, &n_late));
    assert_int_equal(n_open, 3);
    assert_int_equal(n_late, 1);
    OK(task_count_due(&w.cx, &n_late)); /* today's too */
    assert_int_equal(n_late, 1);
    world_at(&w, w.cx.now_ms + 7 * MS_PER_DAY);
    OK(task_count_due(&w.cx, &n_late));
    assert_int_equal(n_late, 2);
    OK(task_list_open(&w.cx, 2, &list, &n));
    assert_int_equal(n, 2);
}

static int n_with_title(struct task *list, int n, const char *title)
{
    int found = 0;
    for (int i = 0; i < n; i++)
        found += strcmp(list[i].title, title) == 0;
    return found;
}

static void what_was_answered_lately_is_listed(void **state)
{
    (void)state;
    struct task *list, t = stored(new_client(CLINICIAN_A), "Answered");
    int n;
    OK(answer(t.id, 1, TASK_DONE, NULL));
    OK(task_list_done(&w.cx, w.cx.now_ms, 100, &list, &n));
    assert_int_equal(n_with_title(list, n, "Answered"), 1);
    OK(task_list_done(&w.cx, w.cx.now_ms + 1, 100, &list, &n));
    assert_int_equal(n_with_title(list, n, "Answered"), 0);
    OK(task_list_client(&w.cx, t.client, 0, 100, &list, &n));
    assert_int_equal(n, 1);
}

static void only_who_treats_learns_of_a_clients_task(void **state)
{
    (void)state;
    struct id client = new_client(CLINICIAN_A);
    struct task t = stored(client, "Secret"), got, of_b = task_of(client, "Not mine");
    struct task *list;
    int n;
    const enum who others[] = {CLINICIAN_B, OWNER, RECEPTION, BILLING};
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        world_as(&w, others[i]);
        REFUSED(task_load(&w.cx, t.id, &got), RC_NOT_FOUND, NULL, "There is no such task.");
        assert_int_equal(w.cx.n_errs, 1);
        assert_int_equal(task_list_client(&w.cx, client, 0, 9, &list, &n), RC_NOT_FOUND);
        REFUSED(answer(t.id, 1, TASK_DONE, NULL), RC_NOT_FOUND, NULL, "There is no such task.");
        OK(task_list_open(&w.cx, 100, &list, &n));
        assert_int_equal(n_with_title(list, n, "Secret"), 0);
        w.cx.n_errs = 0;
        assert_int_equal(task_save(&w.cx, &of_b), RC_INVALID);
        assert_string_equal(cx_err(&w.cx, "client"), "Choose a client of yours.");
        assert_int_equal(w.cx.n_errs, 1);
    }
}

static void a_general_task_is_its_owners(void **state)
{
    (void)state;
    struct task t, got;
    world_as(&w, RECEPTION);
    t = stored(none, "Order paper");
    OK(task_load(&w.cx, t.id, &got));
    world_as(&w, OWNER);
    REFUSED(task_load(&w.cx, t.id, &got), RC_NOT_FOUND, NULL, "There is no such task.");
}

static void a_client_who_changes_clinician_takes_the_tasks_along(void **state)
{
    (void)state;
    struct task *list, t = stored(new_client(CLINICIAN_A), "Moves along"), got;
    struct client c;
    int n;
    world_as(&w, OWNER);
    OK(client_load(&w.cx, world_cap(&w, t.client), &c));
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_A);
    REFUSED(task_load(&w.cx, t.id, &got), RC_NOT_FOUND, NULL, "There is no such task.");
    OK(task_list_open(&w.cx, 200, &list, &n));
    assert_int_equal(n_with_title(list, n, "Moves along"), 0);
    world_as(&w, CLINICIAN_B);
    OK(task_list_open(&w.cx, 200, &list, &n));
    assert_int_equal(n_with_title(list, n, "Moves along"), 1);
    OK(answer(t.id, 1, TASK_DONE, NULL));
}

static void titles_are_not_readable_at_rest(void **state)
{
    (void)state;
    struct task t = stored(new_client(CLINICIAN_A), "Wilhelmina writes");
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(w.cx.practice), DB_ID(t.id)};
    OK(db_query(w.db, &w.arena, &SQL_TASK_BY_ID, v, N_ELEMS(v), &rows));
    assert_true(db_next(rows));
    struct bytes sealed = db_bytes(rows, 10);
    assert_null(memmem(sealed.p, sealed.len, "Wilhelmina", 10));
    OK(db_end(rows));
}

static void the_invariants_hold(void **state)
{
    (void)state;
    stored(new_client(CLINICIAN_A), "Open");
    assert_int_equal(world_check(&w, &domain_tasks), 0);
    assert_int_not_equal(db_script(w.db, "UPDATE task SET done_ms = 1 WHERE state = 0"), RC_OK);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(every_statement_prepares),
        cmocka_unit_test(what_is_noted_is_found_again),
        cmocka_unit_test(an_answer_has_its_time_and_can_be_taken_back),
        cmocka_unit_test(a_stale_answer_conflicts),
        cmocka_unit_test(homework_needs_a_client_and_keeps_it),
        cmocka_unit_test(the_list_is_by_date_and_those_without_come_last),
        cmocka_unit_test(what_was_answered_lately_is_listed),
        cmocka_unit_test(only_who_treats_learns_of_a_clients_task),
        cmocka_unit_test(a_general_task_is_its_owners),
        cmocka_unit_test(a_client_who_changes_clinician_takes_the_tasks_along),
        cmocka_unit_test(titles_are_not_readable_at_rest),
        cmocka_unit_test(the_invariants_hold),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
