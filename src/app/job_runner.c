/* SPDX-License-Identifier: AGPL-3.0-or-later
 * job_runner.c - the thread that runs what is due, every few seconds. */
#include "app/audit.h"
#include "app/jobs.h"
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    EVERY_SECONDS = 5,
    AT_ONCE = 20,
    ARENA_BYTES = 16 << 20,
    HOUR_MS = 3600000,
    DAY_MS = 24 * HOUR_MS
};

struct job_runner {
    struct app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int64_t wall_due_ms, analyze_due_ms;
    bool stop;
};

/* A connection that was lost is tried again at the next turn. */
static bool is_connected(struct app *app, struct db **db)
{
    return *db == NULL ? db_open(app->settings.db, false, db) == RC_OK : db_ping(*db) == RC_OK;
}

/* The audit log hears of changes, and the database how far the log is. */
static bool keep_log(struct app *app, struct db *db, struct arena *a)
{
    bool more = false;
    if (app->audit == NULL)
        return false;
    enum rc rc = audit_log_changes(app, db, a, &more);
    if (rc == RC_OK && app->attest != NULL && !app->is_incident &&
        app->clock_ms() >= app->attest_due_ms) {
        app->attest_due_ms = app->clock_ms() + HOUR_MS;
        rc = app->attest(app, db);
    }
    if (rc == RC_OK)
        rc = audit_anchor(app, db);
    arena_reset(a);
    if (rc != RC_OK)
        log_warn("changes wait for the audit log: rc %d", (int)rc);
    return more && rc == RC_OK;
}

/* What was safe at the start may not be any more; whoever keeps the machine hears of it. */
static void watch_wall(struct job_runner *r, struct db *db, struct arena *a)
{
    const char *why = NULL;
    if (r->app->clock_ms() < r->wall_due_ms)
        return;
    r->wall_due_ms = r->app->clock_ms() + HOUR_MS;
    if (db_wall_check(db, a, &why) == RC_INVALID)
        log_error("alarm: %s", why);
    arena_reset(a);
}

/* PostgreSQL does it by itself. At once, too: a practice of many years may be new here. */
static void analyze(struct job_runner *r, struct db *db)
{
    if (db_engine(db) != DB_SQLITE || r->app->clock_ms() < r->analyze_due_ms)
        return;
    r->analyze_due_ms = r->app->clock_ms() + DAY_MS;
    if (db_analyze(db) != RC_OK)
        log_warn("the database could not count its rows anew");
}

/* True when there may be more to do at once. */
static bool turn(struct job_runner *r, struct db **db, struct arena *a)
{
    struct app *app = r->app;
    int n = 0;
    if (!is_connected(app, db))
        return false;
    watch_wall(r, *db, a);
    analyze(r, *db);
    struct cx cx;
    cx_init(&cx, app, a, *db);
    if (app->refresh != NULL && app->refresh(&cx) != RC_OK)
        log_warn("jobs: what other processes changed is not known");
    enum rc rc = jobs_run(app, *db, a, app->clock_ms(), AT_ONCE, &n);
    arena_reset(a);
    if (rc != RC_OK)
        log_warn("jobs: rc %d", (int)rc);
    bool has_more = keep_log(app, *db, a) || n == AT_ONCE;
    if (app->send_off != NULL && app->audit != NULL)
        app->send_off(app, *db);
    return has_more;
}

/* Sleeps a few seconds; true: it is time to stop. */
static bool rest(struct job_runner *r, bool has_more)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += EVERY_SECONDS;
    pthread_mutex_lock(&r->lock);
    while (!r->stop && !has_more &&
           pthread_cond_clockwait(&r->wake, &r->lock, CLOCK_MONOTONIC, &until) == 0)
        ;
    bool stop = r->stop;
    pthread_mutex_unlock(&r->lock);
    return stop;
}

static void *run(void *arg)
{
    struct job_runner *r = arg;
    struct db *db = NULL;
    struct arena a;
    arena_init(&a, ARENA_BYTES);
    bool has_more;
    do
        has_more = turn(r, &db, &a);
    while (!rest(r, has_more));
    r->app->attest_due_ms = 0;
    while (db != NULL && keep_log(r->app, db, &a))
        ;
    arena_wipe(&a);
    if (db != NULL)
        db_close(db);
    return NULL;
}

enum rc job_runner_start(struct app *app, struct job_runner **ret)
{
    struct job_runner *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    r->app = app;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    if (pthread_create(&r->thread, NULL, run, r) != 0) {
        free(r);
        return RC_BUSY;
    }
    *ret = r;
    return RC_OK;
}

void job_runner_stop(struct job_runner *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->wake);
    free(r);
}
