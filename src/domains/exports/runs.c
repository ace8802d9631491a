/* SPDX-License-Identifier: AGPL-3.0-or-later
 * runs.c - exports that are being prepared, or wait to be taken: a list of the process, for what
 * they hold is in its memory alone. A thread each: it makes the ZIP as the session that asked,
 * waits until that was taken or an hour is over, and wipes it. */
#include "base/log.h"
#include "exports_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RUNS_MAX = 8,
    TAKEN_MAX = 3,
    KEPT_MS = 60 * MS_PER_MIN,
    RUN_ARENA_BYTES = 1 << 30,
};

struct run {
    struct export_run shown;
    struct export_ask ask;
    struct cx model; /* who asked, and where: nothing of the request's memory */
    unsigned char session[16];
    struct arena arena; /* lives as long as the run */
    struct export_progress progress;
    struct spool *spool;
    int n_readers;
    bool is_over; /* cancelled, or another took its place */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t turned;
    struct run *list[RUNS_MAX];
    bool is_stopping;
} runs = {.lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER};

/* --- the thread ----------------------------------------------------------------------------------
 */

static const char *why_not(const struct cx *cx)
{
    if (cx->keys->was_closed)
        return N_("The screen was locked meanwhile, and what was said opens to nobody then. Please "
                  "begin again.");
    if (cx->keys->was_metered)
        return N_("It took longer than a quarter of an hour, and the key holder opens no more "
                  "without the password. Whoever keeps this machine exports with: entracte export");
    return cx->n_errs > 0 ? cx->errs[0].user
                          : N_("The export did not work; the program's log says more.");
}

static enum rc prepare(struct run *r, struct db *db, struct export_done *ret)
{
    struct cx cx;
    cx_init(&cx, r->model.app, &r->arena, db);
    cx_practice(&cx, r->model.practice);
    cx.locale = r->model.locale;
    cx.cat = r->model.cat;
    cx.actor = r->model.actor;
    cx.actor.name = "";
    memcpy(cx.keys->session, r->session, sizeof(r->session));
    enum rc rc = export_zip(&cx, &r->ask, &r->spool, ret);
    if (rc != RC_OK && !r->progress.is_cancelled) {
        log_warn("an export was not made: rc %d", (int)rc);
        r->shown.fault = why_not(&cx);
    }
    return rc;
}

static void work(struct run *r)
{
    struct db *db = NULL;
    struct export_done done = {0};
    enum rc rc = db_open(r->model.app->settings.db, false, &db);
    if (rc == RC_OK)
        rc = prepare(r, db, &done);
    else
        r->shown.fault = N_("The export did not work; the program's log says more.");
    db_close(db);
    pthread_mutex_lock(&runs.lock);
    r->shown.state = rc == RC_OK ? RUN_READY : RUN_FAILED;
    r->shown.n_clients = done.n_clients;
    r->shown.n_damaged = done.n_damaged;
    r->shown.n_bytes = rc == RC_OK ? spool_bytes(r->spool) : 0;
    r->shown.until_ms = r->model.app->clock_ms() + KEPT_MS;
    pthread_mutex_unlock(&runs.lock);
}

/* With the lock held: taken often enough, given up, or left lying for an hour. */
static void wait_until_over(struct run *r)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += KEPT_MS / 1000;
    int timed_out = 0;
    while (!r->is_over && !runs.is_stopping && timed_out == 0 &&
           (r->shown.n_left > 0 || r->shown.state == RUN_FAILED))
        timed_out = pthread_cond_clockwait(&runs.turned, &runs.lock, CLOCK_MONOTONIC, &until);
    r->is_over = true;
    while (r->n_readers > 0)
        pthread_cond_wait(&runs.turned, &runs.lock);
}

static void run_free(struct run *r)
{
    spool_free(r->spool);
    arena_wipe(&r->arena);
    free(r);
}

static void *run_thread(void *arg)
{
    struct run *r = arg;
    work(r);
    pthread_mutex_lock(&runs.lock);
    wait_until_over(r);
    for (int i = 0; i < RUNS_MAX; i++)
        if (runs.list[i] == r)
            runs.list[i] = NULL;
    run_free(r);
    pthread_cond_broadcast(&runs.turned);
    pthread_mutex_unlock(&runs.lock);
    return NULL;
}

/* --- asked by pages ------------------------------------------------------------------------------
 */

static bool is_of(const struct run *r, const struct cx *cx)
{
    return !r->is_over && r->model.practice == cx->practice &&
           id_eq(r->model.actor.user, cx->actor.user) &&
           memcmp(r->session, cx->keys->session, sizeof(r->session)) == 0;
}

/* With the lock held; of this session alone. id unset: the one there is. */
static struct run *find(const struct cx *cx, struct id id)
{
    for (int i = 0; i < RUNS_MAX; i++)
        if (runs.list[i] != NULL && is_of(runs.list[i], cx) &&
            (!id_is_set(id) || id_eq(runs.list[i]->shown.id, id)))
            return runs.list[i];
    return NULL;
}

static struct run *run_new(const struct cx *cx, const struct export_ask *ask)
{
    struct run *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    arena_init(&r->arena, RUN_ARENA_BYTES);
    r->model = *cx;
    memcpy(r->session, cx->keys->session, sizeof(r->session));
    r->ask = *ask;
    struct id *clients = arena_array(&r->arena, struct id, ask->n_clients + 1);
    if (ask->n_clients > 0)
        memcpy(clients, ask->clients, (size_t)ask->n_clients * sizeof(*clients));
    r->ask.clients = clients;
    r->ask.dir = arena_printf(&r->arena, "%s/outgoing", cx->app->settings.data_dir);
    r->ask.progress = &r->progress;
    r->shown = (struct export_run){.id = id_new(),
                                   .client = ask->client,
                                   .clinician = ask->clinician,
                                   .started_ms = cx->now_ms,
                                   .n_left = TAKEN_MAX};
    return r;
}

/* With the lock held. What the session had before gives way, unless it still works. */
static enum rc take_place(struct cx *cx, struct run *r)
{
    struct run *was = find(cx, (struct id){0});
    if (was != NULL && was->shown.state == RUN_WORKING)
        return refuse(cx, RC_CONFLICT, NULL,
                      N_("An export is being prepared already. Wait for it, or cancel it."));
    if (was != NULL)
        was->is_over = true;
    pthread_cond_broadcast(&runs.turned);
    for (int i = 0; i < RUNS_MAX && !runs.is_stopping; i++)
        if (runs.list[i] == NULL) {
            runs.list[i] = r;
            return RC_OK;
        }
    return refuse(cx, RC_CONFLICT, NULL,
                  N_("Too many exports are being prepared. Please try again later."));
}

static bool begin_thread(struct run *r)
{
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool is_good = pthread_create(&thread, &detached, run_thread, r) == 0;
    pthread_attr_destroy(&detached);
    return is_good;
}

enum rc export_start(struct cx *cx, const struct export_ask *ask, struct id *ret)
{
    struct run *r = run_new(cx, ask);
    pthread_mutex_lock(&runs.lock);
    enum rc rc = take_place(cx, r);
    *ret = r->shown.id;
    if (rc == RC_OK && !begin_thread(r))
        abort();
    pthread_mutex_unlock(&runs.lock);
    if (rc != RC_OK)
        run_free(r);
    return rc;
}

enum rc export_look(struct cx *cx, struct id id, struct export_run *ret)
{
    pthread_mutex_lock(&runs.lock);
    struct run *r = find(cx, id);
    if (r != NULL) {
        *ret = r->shown;
        ret->n_done = r->progress.n_done;
        ret->n_steps = r->progress.n_steps;
        ret->n_rows = r->progress.n_rows;
    }
    pthread_mutex_unlock(&runs.lock);
    return r != NULL ? RC_OK : RC_NOT_FOUND;
}

/* With the lock held. */
static void end(struct run *r)
{
    r->is_over = true;
    r->progress.is_cancelled = true;
}

enum rc export_cancel(struct cx *cx, struct id id)
{
    pthread_mutex_lock(&runs.lock);
    struct run *r = find(cx, id);
    if (r != NULL)
        end(r);
    pthread_cond_broadcast(&runs.turned);
    pthread_mutex_unlock(&runs.lock);
    return r != NULL ? RC_OK : RC_NOT_FOUND;
}

/* --- taken
 * ----------------------------------------------------------------------------------------- */

enum rc export_take(struct cx *cx, struct id id, int64_t *ret_bytes)
{
    enum rc rc = RC_NOT_FOUND;
    pthread_mutex_lock(&runs.lock);
    struct run *r = find(cx, id);
    if (r != NULL && r->shown.state == RUN_READY && r->shown.n_left > 0) {
        r->shown.n_promised++;
        *ret_bytes = r->shown.n_bytes;
        rc = RC_OK;
    }
    pthread_mutex_unlock(&runs.lock);
    return rc;
}

void *export_read_begin(struct id id)
{
    struct run *found = NULL;
    pthread_mutex_lock(&runs.lock);
    for (int i = 0; i < RUNS_MAX; i++) {
        struct run *r = runs.list[i];
        if (r != NULL && id_eq(r->shown.id, id) && !r->is_over && r->shown.n_promised > 0 &&
            r->shown.n_left > 0)
            found = r;
    }
    if (found != NULL) {
        found->shown.n_promised--;
        found->n_readers++;
    }
    pthread_mutex_unlock(&runs.lock);
    return found;
}

enum rc export_read(void *arg, int64_t at, unsigned char *to, size_t n)
{
    struct run *r = arg;
    pthread_mutex_lock(&runs.lock); /* the spool has one chunk open */
    enum rc rc = spool_get(r->spool, at, to, n);
    bool is_whole = rc == RC_OK && at + (int64_t)n == r->shown.n_bytes;
    r->shown.n_left -= is_whole;
    pthread_mutex_unlock(&runs.lock);
    return rc;
}

void export_read_end(void *arg)
{
    struct run *r = arg;
    pthread_mutex_lock(&runs.lock);
    r->n_readers--;
    pthread_cond_broadcast(&runs.turned);
    pthread_mutex_unlock(&runs.lock);
}

void exports_stop(void)
{
    bool is_empty;
    pthread_mutex_lock(&runs.lock);
    runs.is_stopping = true;
    do {
        is_empty = true;
        for (int i = 0; i < RUNS_MAX; i++)
            if (runs.list[i] != NULL) {
                end(runs.list[i]);
                is_empty = false;
            }
        pthread_cond_broadcast(&runs.turned);
        if (!is_empty)
            pthread_cond_wait(&runs.turned, &runs.lock);
    } while (!is_empty);
    runs.is_stopping = false;
    pthread_mutex_unlock(&runs.lock);
}
