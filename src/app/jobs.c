/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jobs.c - claims what is due and runs it.
 *
 * A claim is a postponement: before a job runs, its row moves to the time of its next try, in a
 * transaction of its own. Success marks it done in the job's transaction; a failure, or a crash,
 * leaves it where the claim has put it. So nobody has to clean up, and a job that kills the process
 * does not do so in a loop. */
#include "app/jobs.h"

#include "app_sql.h"
#include "base/log.h"

#include <string.h>

enum { LONGEST_BACKOFF_MIN = 60, JOB_ARENA_BYTES = 64 << 20 };

struct job {
    int64_t practice;
    const char *kind;
    struct id subject;
    int64_t due_ms, tries;
};

enum rc job_put(struct cx *cx, const char *kind, struct id subject, int64_t due_ms)
{
    const struct db_val v[] = {DB_I(cx->practice), DB_S(kind), DB_S(subject.s), DB_I(due_ms)};
    return db_exec(cx->db, &SQL_JOB_PUT, v, N_ELEMS(v), NULL);
}

enum rc job_drop(struct cx *cx, const char *kind, struct id subject)
{
    const struct db_val v[] = {DB_I(cx->practice), DB_S(kind), DB_S(subject.s)};
    return db_exec(cx->db, &SQL_JOB_DROP, v, N_ELEMS(v), NULL);
}

/* --- running ------------------------------------------------------------------ */

static int64_t backoff_ms(int64_t tries)
{
    int64_t min = tries < 6 ? INT64_C(1) << tries : LONGEST_BACKOFF_MIN;
    return min * MS_PER_MIN;
}

static enum rc list_due(struct db *db, struct arena *a, int64_t now_ms, int max, struct job **ret,
                        int *ret_n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct job *jobs = arena_array(a, struct job, max);
    int n = 0;
    TRY(db_query(db, a, &SQL_JOB_DUE, (struct db_val[]){DB_I(now_ms), DB_I(max)}, 2, &rows));
    while (db_next(rows)) {
        struct job *j = &jobs[n++];
        *j = (struct job){.practice = db_i64(rows, 0),
                          .kind = db_text(rows, 1),
                          .due_ms = db_i64(rows, 3),
                          .tries = db_i64(rows, 4)};
        (void)id_parse(db_text(rows, 2), &j->subject); /* the empty text: no subject */
    }
    TRY(db_end(rows));
    *ret = jobs;
    *ret_n = n;
    return RC_OK;
}

/* RC_CONFLICT: someone else has it, or it was moved or dropped. */
static enum rc change_one(struct cx *cx, const struct db_stmt *st, int64_t to_ms,
                          const struct job *j)
{
    const struct db_val v[] = {DB_I(to_ms), DB_I(j->practice), DB_S(j->kind), DB_S(j->subject.s),
                               DB_I(j->due_ms)};
    int64_t n_changed = 0;
    TRY(db_exec(cx->db, st, v, N_ELEMS(v), &n_changed));
    return n_changed == 1 ? RC_OK : RC_CONFLICT;
}

static const struct job_kind *kind_of(const struct app *app, const char *name)
{
    const struct job_kind *const *k = app->jobs;
    while (k != NULL && *k != NULL && strcmp((*k)->name, name) != 0)
        k++;
    return k != NULL ? *k : NULL;
}

/* Done first, so that the row is locked while the job runs, and the job may put itself again. */
static enum rc run_claimed(struct cx *cx, const struct job *j)
{
    const struct job_kind *kind = kind_of(cx->app, j->kind);
    if (kind == NULL)
        return RC_NOT_FOUND;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(change_one(cx, &SQL_JOB_DONE, cx->now_ms, j));
    TRY(kind->run(cx, j->subject));
    return db_commit(&tx);
}

static bool run_one(struct cx *cx, struct job *j)
{
    int64_t next_ms = cx->now_ms + backoff_ms(j->tries);
    if (change_one(cx, &SQL_JOB_CLAIM, next_ms, j) != RC_OK)
        return false;
    j->due_ms = next_ms;
    enum rc rc = run_claimed(cx, j);
    if (rc != RC_OK)
        log_warn("job %s of practice %lld failed: rc %d, try %lld, %s", j->kind,
                 (long long)j->practice, (int)rc, (long long)j->tries + 1,
                 cx->detail != NULL ? cx->detail : db_error(cx->db));
    return rc == RC_OK;
}

enum rc jobs_run(struct app *app, struct db *db, struct arena *a, int64_t now_ms, int max,
                 int *ret_n)
{
    struct job *jobs = NULL;
    struct arena own; /* of one job after the other */
    int n = 0, n_ran = 0;
    int64_t was = db_practice(db, 0); /* jobs are due in all practices */
    enum rc rc = list_due(db, a, now_ms, max, &jobs, &n);
    arena_init(&own, JOB_ARENA_BYTES);
    for (int i = 0; rc == RC_OK && i < n; i++) {
        struct cx cx;
        cx_init(&cx, app, &own, db);
        cx_practice(&cx, jobs[i].practice);
        cx.now_ms = now_ms;
        if (app->enter == NULL || app->enter(&cx) == RC_OK)
            n_ran += run_one(&cx, &jobs[i]);
        arena_reset(&own);
    }
    arena_wipe(&own);
    (void)db_practice(db, was);
    *ret_n = n_ran;
    return rc;
}
