/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_trust.c - log and database compared: what fits, what does not, and the way on. */
#include "domains/clients/clients_view.h"
#include "domains/trust/trust_view.h"
#include "support.h"
#include "trust_test_sql.h"

static struct world w;

static int open_world(void **state UNUSED)
{
    return world_open(&w, &domain_clients, &domain_trust, NULL);
}

/* What a comparison finds now; "" nothing. */
static const char *compared(void)
{
    struct buf b;
    buf_init(&b, &w.arena, FINDINGS_MAX_BYTES);
    OK(trust_compare(&w.app, w.db, &b));
    return b.s;
}

static void start(bool is_incident)
{
    OK(trust_start(&w.app, w.db));
    assert_int_equal(w.app.is_incident, is_incident);
}

static void run(const struct db_stmt *st)
{
    OK(db_exec(w.db, st, NULL, 0, NULL));
}

static void what_fits_starts(void **state UNUSED)
{
    start(false);
    (void)world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    start(false);
    assert_string_equal(compared(), "");
}

static void a_foreign_table_is_found(void **state UNUSED)
{
    start(false);
    OK(db_script(w.db, "CREATE TABLE warning_read_me (words TEXT)"));
    assert_string_equal(compared(), "table_unknown warning_read_me\n");
    start(true);
}

static void a_table_that_is_gone_is_found(void **state UNUSED)
{
    start(false);
    OK(db_script(w.db, "DROP TABLE client_photo"));
    assert_string_equal(compared(), "table_missing client_photo\n");
}

static void an_altered_table_is_found(void **state UNUSED)
{
    start(false);
    OK(db_script(w.db, "ALTER TABLE client_photo ADD COLUMN more TEXT"));
    assert_string_equal(compared(), "shape -\n");
}

static void rows_that_are_gone_are_found(void **state UNUSED)
{
    (void)world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    start(false);
    run(&SQL_TEST_FORGET_KEYS);
    run(&SQL_TEST_FORGET_CLIENTS);
    assert_string_equal(compared(), "rows client 1\n");
}

static void attestations_that_are_gone_are_found(void **state UNUSED)
{
    start(false);
    run(&SQL_TEST_FORGET_ATTESTATIONS);
    assert_string_equal(compared(), "database_older -\n");
}

static void an_anchor_that_the_log_does_not_reach_is_found(void **state UNUSED)
{
    start(false);
    OK(audit_anchor(&w.app, w.db));
    assert_string_equal(compared(), "");
    run(&SQL_TEST_ANCHOR_AHEAD);
    assert_string_equal(compared(), "log_older -\n");
}

static void an_incident_stays_open_until_it_is_closed_with_a_reason(void **state UNUSED)
{
    struct incident *list;
    struct incident_step_entry *steps, e;
    int n, n_steps;
    start(false);
    OK(db_script(w.db, "CREATE TABLE warning_read_me (words TEXT)"));
    start(true);
    OK(db_script(w.db, "DROP TABLE warning_read_me"));
    start(true); /* what was found is not undone by hiding it */
    REFUSED(incident_close(&w.cx, ""), RC_INVALID, "reason",
            "Say in a sentence or two why it is safe to go on.");

    OK(incident_list(&w.cx, &list, &n, &steps, &n_steps));
    assert_int_equal(n, 1);
    record_init(&incident_step_type, &e);
    e.incident = list[0].id;
    e.step = STEP_AUTHORITY;
    e.done_ms = w.cx.now_ms + 1000;
    e.words = "By telephone";
    REFUSED(incident_step_add(&w.cx, &e), RC_INVALID, "done", "This is still to come.");
    e.done_ms = w.cx.now_ms;
    OK(incident_step_add(&w.cx, &e));
    OK(incident_close(&w.cx, "It was the neighbour's cat."));
    assert_false(w.app.is_incident);
    OK(incident_list(&w.cx, &list, &n, &steps, &n_steps));
    assert_int_equal(n_steps, 1);
    assert_string_equal(steps[0].words, "By telephone");
    assert_string_equal(list[0].reason, "It was the neighbour's cat.");
    assert_true(id_eq(list[0].closed_by, w.person[OWNER]));
    start(false);
}

static enum rc count_one(void *arg, const struct stored *s)
{
    *(int *)arg += s->bytes.len > 0;
    return RC_OK;
}

static void what_is_stored_is_handed_out_for_comparison(void **state UNUSED)
{
    int n = 0;
    OK(trust_each_stored(&w.cx, 10, count_one, &n));
    assert_int_equal(n, 0); /* nothing is signed or issued yet */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(what_fits_starts),
        ALONE(a_foreign_table_is_found),
        ALONE(a_table_that_is_gone_is_found),
        ALONE(an_altered_table_is_found),
        ALONE(rows_that_are_gone_are_found),
        ALONE(attestations_that_are_gone_are_found),
        ALONE(an_anchor_that_the_log_does_not_reach_is_found),
        ALONE(an_incident_stays_open_until_it_is_closed_with_a_reason),
        ALONE(what_is_stored_is_handed_out_for_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
