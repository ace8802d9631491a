/* SPDX-License-Identifier: AGPL-3.0-or-later
 * write_queue.c - a line of waiting threads; the turn is handed over, never snatched. */
#include "db/write_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

struct waiter {
    pthread_cond_t called;
    bool has_turn;
    struct waiter *next;
};

struct write_queue {
    dev_t device;
    ino_t inode;
    int n_users;
    struct write_queue *next;

    pthread_mutex_t lock; /* of what follows */
    bool taken;
    int n_waiting;
    struct waiter *first, **end;
};

static pthread_mutex_t queues_lock = PTHREAD_MUTEX_INITIALIZER;
static struct write_queue *queues;

static void unlock(pthread_mutex_t **lock)
{
    pthread_mutex_unlock(*lock);
}
#define LOCKED(lock_)                                                                              \
    CLEANUP(unlock) pthread_mutex_t *held_ = (lock_);                                              \
    pthread_mutex_lock(held_)

struct write_queue *write_queue_open(const char *path)
{
    struct stat st;
    if (path == NULL || stat(path, &st) != 0)
        return NULL;
    LOCKED(&queues_lock);
    for (struct write_queue *q = queues; q != NULL; q = q->next) {
        if (q->device == st.st_dev && q->inode == st.st_ino) {
            q->n_users++;
            return q;
        }
    }
    struct write_queue *q = calloc(1, sizeof(*q));
    if (q == NULL)
        abort();
    *q = (struct write_queue){.device = st.st_dev,
                              .inode = st.st_ino,
                              .n_users = 1,
                              .next = queues,
                              .lock = PTHREAD_MUTEX_INITIALIZER};
    q->end = &q->first;
    return queues = q;
}

void write_queue_close(struct write_queue *q)
{
    if (q == NULL)
        return;
    LOCKED(&queues_lock);
    if (--q->n_users > 0)
        return;
    struct write_queue **at = &queues;
    while (*at != q)
        at = &(*at)->next;
    *at = q->next;
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static struct timespec monotonic_in(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static void join(struct write_queue *q, struct waiter *w)
{
    *q->end = w;
    q->end = &w->next;
    q->n_waiting++;
}

static void quit(struct write_queue *q, struct waiter *w)
{
    struct waiter **at = &q->first;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    if (w->next == NULL)
        q->end = at;
    q->n_waiting--;
}

enum rc write_queue_enter(struct write_queue *q, int64_t max_wait_ms)
{
    if (q == NULL)
        return RC_OK;
    LOCKED(&q->lock);
    if (!q->taken) {
        q->taken = true;
        return RC_OK;
    }
    struct waiter me = {.called = PTHREAD_COND_INITIALIZER};
    const struct timespec deadline = monotonic_in(max_wait_ms);
    int late = 0;
    join(q, &me);
    while (!me.has_turn && late == 0)
        late = pthread_cond_clockwait(&me.called, &q->lock, CLOCK_MONOTONIC, &deadline);
    if (!me.has_turn)
        quit(q, &me);
    pthread_cond_destroy(&me.called);
    return me.has_turn ? RC_OK : RC_BUSY;
}

void write_queue_leave(struct write_queue *q)
{
    if (q == NULL)
        return;
    LOCKED(&q->lock);
    struct waiter *next = q->first;
    if (next == NULL) {
        q->taken = false;
        return;
    }
    quit(q, next);
    next->has_turn = true;
    pthread_cond_signal(&next->called);
}

int write_queue_waiting(struct write_queue *q)
{
    LOCKED(&q->lock);
    return q->n_waiting;
}
