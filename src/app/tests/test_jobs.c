/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_jobs.c - jobs run after their cause, when due, at least once, and never twice at once. */
#include "app_fixture.h"
#include "app_test_sql.h"
#include "base/log.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIN MS_PER_MIN

/* --- kinds of jobs -------------------------------------------------------------- */

static int n_runs;       /* of any job */
static enum rc outcome;  /* of "plain" */
static int n_in_mark;    /* "mark" jobs inside their function, by threads */
static int n_overlapped; /* the same subject twice at once */
static char inside[64];  /* subject i of "mark" is being run */

static enum rc run_plain(struct cx *cx, struct id subject)
{
    n_runs++;
    TRY(audit_change(cx, "job", subject, "ran", NULL));
    return outcome;
}

static enum rc run_again(struct cx *cx, struct id subject)
{
    n_runs++;
    return job_put(cx, "again", subject, cx->now_ms + MS_PER_DAY);
}

static enum rc run_crash(struct cx *cx, struct id subject)
{
    TRY(audit_change(cx, "job", subject, "ran", NULL));
    _exit(42);
}

static int index_of(struct id subject)
{
    for (int i = 0; i < (int)sizeof(inside); i++)
        if (id_eq(subject, id_derive(50, (uint64_t)i)))
            return i;
    return 0;
}

static enum rc run_mark(struct cx *cx, struct id subject)
{
    char *me = &inside[index_of(subject)];
    if (__atomic_exchange_n(me, 1, __ATOMIC_SEQ_CST) != 0)
        __atomic_fetch_add(&n_overlapped, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&n_in_mark, 1, __ATOMIC_SEQ_CST);
    enum rc rc = audit_change(cx, "job", subject, "ran", NULL);
    usleep(500);
    __atomic_store_n(me, 0, __ATOMIC_SEQ_CST);
    return rc;
}

static const struct job_kind plain = {"plain", run_plain}, again = {"again", run_again},
                             crash = {"crash", run_crash}, mark = {"mark", run_mark};
static const struct job_kind *const kinds[] = {&plain, &again, &crash, &mark, NULL};

/* --- helpers --------------------------------------------------------------------- */

static int set_up_jobs(void **state)
{
    set_up(state);
    struct fixture *f = *state;
    f->app.jobs = kinds;
    n_runs = n_overlapped = n_in_mark = 0;
    outcome = RC_OK;
    return 0;
}

static int run_at(struct fixture *f, int64_t now_ms)
{
    int n = -1;
    assert_int_equal(jobs_run(&f->app, f->db, &f->arena, now_ms, 50, &n), RC_OK);
    return n;
}

struct job_row {
    bool exists, is_done;
    int64_t due_ms, tries, done_ms;
};

static struct job_row look(struct fixture *f, const char *kind, struct id subject)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct job_row j = {0};
    const struct db_val v[] = {DB_I(1), DB_S(kind), DB_S(subject.s)};
    assert_int_equal(db_query(f->db, &f->arena, &SQL_TEST_JOB, v, 3, &rows), RC_OK);
    if (db_next(rows))
        j = (struct job_row){true, !db_is_null(rows, 2), db_i64(rows, 0), db_i64(rows, 1),
                             db_i64(rows, 2)};
    assert_int_equal(db_end(rows), RC_OK);
    return j;
}

static int effects(struct fixture *f, struct id subject)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    int n = 0;
    assert_int_equal(
        db_query(f->db, &f->arena, &SQL_TEST_CHANGES, (struct db_val[]){DB_ID(subject)}, 1, &rows),
        RC_OK);
    while (db_next(rows))
        n++;
    assert_int_equal(db_end(rows), RC_OK);
    return n;
}

/* --- tests ------------------------------------------------------------------------ */

static void a_job_runs_when_it_is_due_and_once(void **state)
{
    struct fixture *f = *state;
    struct id s = id_derive(1, 1);
    assert_int_equal(job_put(&f->cx, "plain", s, T0 + MIN), RC_OK);
    assert_int_equal(run_at(f, T0 + MIN - 1), 0);
    assert_int_equal(run_at(f, T0 + MIN), 1);
    assert_int_equal(run_at(f, T0 + MS_PER_DAY), 0);
    assert_int_equal(n_runs, 1);
    assert_int_equal(effects(f, s), 1);
    assert_true(look(f, "plain", s).is_done);
    assert_int_equal(look(f, "plain", s).done_ms, T0 + MIN);
}

static void a_job_runs_in_its_practice(void **state)
{
    struct fixture *f = *state;
    struct id s = id_derive(1, 1);
    cx_practice(&f->cx, 7);
    assert_int_equal(job_put(&f->cx, "plain", s, T0), RC_OK);
    assert_int_equal(run_at(f, T0), 1);
    _cleanup_rows_ struct db_rows *rows = NULL;
    assert_int_equal(
        db_query(f->db, &f->arena, &SQL_TEST_CHANGES, (struct db_val[]){DB_ID(s)}, 1, &rows),
        RC_OK);
    assert_true(db_next(rows));
    assert_int_equal(db_i64(rows, 0), 7);
    assert_int_equal(db_i64(rows, 1), T0);
    assert_int_equal(db_end(rows), RC_OK);
}

static void a_job_of_a_rolled_back_cause_does_not_exist(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    assert_int_equal(db_begin(f->db, &tx), RC_OK);
    assert_int_equal(job_put(&f->cx, "plain", id_derive(1, 1), T0), RC_OK);
    db_rollback(&tx);
    assert_int_equal(run_at(f, T0), 0);
}

static void putting_it_again_moves_it_and_wakes_it(void **state)
{
    struct fixture *f = *state;
    struct id s = id_derive(1, 1);
    assert_int_equal(job_put(&f->cx, "plain", s, T0), RC_OK);
    assert_int_equal(job_put(&f->cx, "plain", s, T0 + 5 * MIN), RC_OK);
    assert_int_equal(run_at(f, T0 + MIN), 0);
    assert_int_equal(run_at(f, T0 + 5 * MIN), 1);
    assert_int_equal(job_put(&f->cx, "plain", s, T0 + 6 * MIN), RC_OK);
    assert_int_equal(run_at(f, T0 + 6 * MIN), 1);
    assert_int_equal(n_runs, 2);
}

static void a_dropped_job_does_not_run(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(job_put(&f->cx, "plain", id_derive(1, 1), T0), RC_OK);
    assert_int_equal(job_put(&f->cx, "plain", id_derive(1, 2), T0), RC_OK);
    assert_int_equal(job_drop(&f->cx, "plain", id_derive(1, 1)), RC_OK);
    assert_int_equal(job_drop(&f->cx, "plain", id_derive(1, 9)), RC_OK);
    assert_int_equal(run_at(f, T0), 1);
    assert_false(look(f, "plain", id_derive(1, 1)).exists);
}

static void a_job_may_be_of_the_practice_itself(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(job_put(&f->cx, "again", (struct id){{0}}, T0), RC_OK);
    assert_int_equal(run_at(f, T0), 1);
    assert_true(look(f, "again", (struct id){{0}}).exists);
}

static void a_job_may_put_itself_again(void **state)
{
    struct fixture *f = *state;
    struct id s = id_derive(1, 1);
    assert_int_equal(job_put(&f->cx, "again", s, T0), RC_OK);
    assert_int_equal(run_at(f, T0), 1);
    assert_int_equal(run_at(f, T0 + MIN), 0);
    struct job_row j = look(f, "again", s);
    assert_false(j.is_done);
    assert_int_equal(j.due_ms, T0 + MS_PER_DAY);
    assert_int_equal(j.tries, 0);
    assert_int_equal(run_at(f, T0 + MS_PER_DAY), 1);
}

static void a_failure_undoes_its_work_and_backs_off(void **state)
{
    struct fixture *f = *state;
    static const int64_t minutes[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct id s = id_derive(1, 1);
    int64_t now = T0;
    outcome = RC_BUSY;
    assert_int_equal(job_put(&f->cx, "plain", s, now), RC_OK);
    for (size_t i = 0; i < N_ELEMS(minutes); i++) {
        assert_int_equal(run_at(f, now), 0);
        assert_int_equal(n_runs, (int)i + 1);
        now += minutes[i] * MIN;
        assert_int_equal(look(f, "plain", s).due_ms, now);
        assert_int_equal(run_at(f, now - 1), 0);
        assert_int_equal(n_runs, (int)i + 1);
    }
    assert_int_equal(effects(f, s), 0);
    outcome = RC_OK;
    assert_int_equal(run_at(f, now), 1);
    assert_int_equal(effects(f, s), 1);
}

static void one_failing_job_does_not_hold_up_the_others(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(job_put(&f->cx, "nobody knows this kind", id_derive(1, 1), T0 - 1), RC_OK);
    assert_int_equal(job_put(&f->cx, "plain", id_derive(1, 2), T0), RC_OK);
    assert_int_equal(run_at(f, T0), 1);
    struct job_row j = look(f, "nobody knows this kind", id_derive(1, 1));
    assert_false(j.is_done);
    assert_int_equal(j.due_ms, T0 + MIN);
}

static void at_most_so_many_run_and_the_oldest_first(void **state)
{
    struct fixture *f = *state;
    int n = -1;
    for (int i = 0; i < 5; i++)
        assert_int_equal(job_put(&f->cx, "plain", id_derive(1, (uint64_t)i), T0 - i), RC_OK);
    assert_int_equal(jobs_run(&f->app, f->db, &f->arena, T0, 2, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_true(look(f, "plain", id_derive(1, 4)).is_done);
    assert_true(look(f, "plain", id_derive(1, 3)).is_done);
    assert_false(look(f, "plain", id_derive(1, 2)).is_done);
}

static void a_crash_in_the_middle_leaves_the_job_for_later(void **state)
{
    struct fixture *f = *state;
    struct id s = id_derive(1, 1);
    int status = 0;
    assert_int_equal(job_put(&f->cx, "crash", s, T0), RC_OK);
    pid_t child = fork();
    if (child == 0) {
        struct db *own = NULL;
        int n;
        if (db_open(f->app.settings.db, false, &own) == RC_OK)
            (void)!jobs_run(&f->app, own, &f->arena, T0, 5, &n);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_int_equal(effects(f, s), 0);
    struct job_row j = look(f, "crash", s);
    assert_false(j.is_done);
    assert_int_equal(j.due_ms, T0 + MIN); /* not at once: it would crash in a loop */
}

/* Whatever call fails: the effect is there exactly when the job is done. */
static void the_nth_failing_call_never_leaves_half_a_job(void **state)
{
    struct fixture *f = *state;
    bool is_done = false;
    for (int nth = 1; !is_done; nth++) {
        struct id s = id_derive(9, (uint64_t)nth);
        int n;
        assert_true(nth < 30);
        assert_int_equal(job_put(&f->cx, "plain", s, T0), RC_OK);
        (void)db_fail_nth(f->db, nth);
        (void)!jobs_run(&f->app, f->db, &f->arena, T0, 1, &n);
        (void)db_fail_nth(f->db, 0);
        is_done = look(f, "plain", s).is_done;
        assert_int_equal(effects(f, s), is_done);
        assert_int_equal(job_drop(&f->cx, "plain", s), RC_OK);
    }
}

enum { RUNNERS = 2, JOBS = 40 };

static void *run_beside(void *app)
{
    struct db *own = NULL;
    struct arena a;
    arena_init(&a, 4 << 20);
    int n;
    if (db_open(((struct app *)app)->settings.db, false, &own) != RC_OK)
        abort();
    for (int i = 0; i < 12; i++) { /* what loses a race backs off; so the clock goes on */
        (void)!jobs_run(app, own, &a, T0 + i * 60 * MIN, JOBS, &n);
        arena_reset(&a);
    }
    db_close(own);
    arena_wipe(&a);
    return NULL;
}

static void two_runners_share_the_work_and_no_job_runs_twice(void **state)
{
    struct fixture *f = *state;
    pthread_t t[RUNNERS];
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(job_put(&f->cx, "mark", id_derive(50, (uint64_t)i), T0), RC_OK);
    for (int i = 0; i < RUNNERS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, run_beside, &f->app), 0);
    for (int i = 0; i < RUNNERS; i++)
        pthread_join(t[i], NULL);
    (void)run_at(f, T0 + MS_PER_DAY); /* what lost its race in the last round */
    assert_int_equal(n_overlapped, 0);
    assert_true(n_in_mark >= JOBS);
    for (int i = 0; i < JOBS; i++) {
        assert_true(look(f, "mark", id_derive(50, (uint64_t)i)).is_done);
        assert_int_equal(effects(f, id_derive(50, (uint64_t)i)), 1);
    }
}

static void the_runner_works_beside_and_stops_at_once(void **state)
{
    struct fixture *f = *state;
    struct job_runner *r = NULL;
    struct id s = id_derive(50, 1);
    assert_int_equal(job_put(&f->cx, "mark", s, T0), RC_OK);
    assert_int_equal(job_runner_start(&f->app, &r), RC_OK);
    for (int i = 0; i < 1000 && !look(f, "mark", s).is_done; i++)
        usleep(5000);
    job_runner_stop(r);
    assert_true(look(f, "mark", s).is_done);
    job_runner_stop(NULL);
}

int main(void)
{
#define WITH_JOBS(test_) cmocka_unit_test_setup_teardown(test_, set_up_jobs, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_JOBS(a_job_runs_when_it_is_due_and_once),
        WITH_JOBS(a_job_runs_in_its_practice),
        WITH_JOBS(a_job_of_a_rolled_back_cause_does_not_exist),
        WITH_JOBS(putting_it_again_moves_it_and_wakes_it),
        WITH_JOBS(a_dropped_job_does_not_run),
        WITH_JOBS(a_job_may_be_of_the_practice_itself),
        WITH_JOBS(a_job_may_put_itself_again),
        WITH_JOBS(a_failure_undoes_its_work_and_backs_off),
        WITH_JOBS(one_failing_job_does_not_hold_up_the_others),
        WITH_JOBS(at_most_so_many_run_and_the_oldest_first),
        WITH_JOBS(a_crash_in_the_middle_leaves_the_job_for_later),
        WITH_JOBS(the_nth_failing_call_never_leaves_half_a_job),
        WITH_JOBS(two_runners_share_the_work_and_no_job_runs_twice),
        WITH_JOBS(the_runner_works_beside_and_stops_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
