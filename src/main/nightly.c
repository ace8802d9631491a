/* SPDX-License-Identifier: AGPL-3.0-or-later
 * nightly.c - the thread that makes the backups of a server. A connection, an arena and a copy of
 * what the house knows are its own: nobody waits for it. */
#include "base/days.h"
#include "base/log.h"
#include "domains/backup/backup.h"
#include "main/commands.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    LOOK_SECONDS = 20,
    ARENA_BYTES = 256 << 20,
    NIGHT_BEGINS = 2,
    NIGHT_ENDS = 5,
    DAY_HOURS = 20
};
static const int64_t hour_ms = 60 * MS_PER_MIN;

struct nightly {
    struct app *app;
    struct cx model; /* practice, zone, currency */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int64_t try_ms;   /* not before, after one that did not work */
    int64_t n_listed; /* erased clients in the list beside the archives; -1: not looked yet */
    bool stop;
};

/* At night, a day after the last one; or whenever that is too long ago, as after a week switched
 * off. A clock that was set back waits for nothing that it would reach in a year. */
static bool is_due(struct nightly *n, struct cx *cx)
{
    int64_t last_ms = 0;
    if (atomic_load(&n->app->wants_backup))
        return true;
    bool waits = cx->now_ms < n->try_ms && n->try_ms - cx->now_ms <= hour_ms;
    if (waits || backup_last_proof(cx, &last_ms) != RC_OK)
        return false;
    int64_t age_ms = cx->now_ms - last_ms;
    int hour = zone_local(cx->zone, cx->now_ms).minute / 60;
    bool is_night = hour >= NIGHT_BEGINS && hour < NIGHT_ENDS;
    return age_ms >= 24 * hour_ms + 2 * hour_ms || (is_night && age_ms >= DAY_HOURS * hour_ms);
}

static void back_up(struct nightly *n, struct house *h)
{
    const char *dir = n->app->settings.backup_to;
    struct backup b;
    enum rc rc = house_back_up(h, dir, &b);
    if (rc == RC_OK)
        rc = backup_prune(&h->cx, dir);
    atomic_store(&n->app->wants_backup, false);
    n->try_ms = rc == RC_OK ? 0 : h->cx.now_ms + hour_ms;
    if (rc == RC_OK) {
        log_info("a backup was made, restored and checked");
        return;
    }
    log_error("alarm: the backup did not work: rc %d", (int)rc);
    const char *why = h->cx.n_errs > 0
                          ? h->cx.errs[0].user
                          : N_("The backup did not work; the program's log says more.");
    if (backup_failed(&h->cx, why) != RC_OK)
        log_warn("that the backup did not work could not be noted");
}

/* Within seconds of an erasure, so that a restore in the same hour knows of it. */
static void list_erased(struct nightly *n, struct cx *cx)
{
    int64_t n_erased = 0;
    if (cx->practice == 0 || tombstone_count(cx, &n_erased) != RC_OK || n_erased == n->n_listed)
        return;
    enum rc rc = erased_write(cx, n->app->settings.backup_to);
    if (rc == RC_OK)
        n->n_listed = n_erased;
    else if (rc != RC_NOT_FOUND)
        log_warn("the list of erased clients could not be written beside the backups");
}

static void turn(struct nightly *n)
{
    struct house h = {.app = *n->app};
    arena_init(&h.arena, ARENA_BYTES);
    if (db_open(n->app->settings.db, false, &h.db) == RC_OK) {
        cx_init(&h.cx, &h.app, &h.arena, h.db);
        cx_practice(&h.cx, n->model.practice);
        h.cx.zone = n->model.zone;
        h.cx.currency = n->model.currency;
        list_erased(n, &h.cx);
        if (is_due(n, &h.cx))
            back_up(n, &h);
        db_close(h.db);
    }
    arena_wipe(&h.arena);
}

static void *run(void *arg)
{
    struct nightly *n = arg;
    for (bool stop = false; !stop;) {
        struct timespec until;
        turn(n);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += LOOK_SECONDS;
        pthread_mutex_lock(&n->lock);
        while (!n->stop && pthread_cond_clockwait(&n->wake, &n->lock, CLOCK_MONOTONIC, &until) == 0)
            ;
        stop = n->stop;
        pthread_mutex_unlock(&n->lock);
    }
    return NULL;
}

struct nightly *nightly_start(const struct house *h)
{
    if (h->app.settings.backup_to == NULL)
        return NULL;
    struct nightly *n = calloc(1, sizeof(*n));
    if (n == NULL)
        abort();
    n->app = (struct app *)(uintptr_t)&h->app;
    n->model = h->cx;
    n->n_listed = -1;
    pthread_mutex_init(&n->lock, NULL);
    pthread_cond_init(&n->wake, NULL);
    if (pthread_create(&n->thread, NULL, run, n) != 0)
        abort();
    return n;
}

void nightly_stop(struct nightly *n)
{
    if (n == NULL)
        return;
    pthread_mutex_lock(&n->lock);
    n->stop = true;
    pthread_cond_signal(&n->wake);
    pthread_mutex_unlock(&n->lock);
    pthread_join(n->thread, NULL);
    pthread_mutex_destroy(&n->lock);
    pthread_cond_destroy(&n->wake);
    free(n);
}
