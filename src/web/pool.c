/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pool.c - a few threads that do the work of requests, and the queue before them. */
#include "base/log.h"
#include "web/gzip.h"
#include "web/web_private.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

enum { POOL_MAX_WAITING = 2048, STACK_WIPED_BYTES = 96 * KiB };

struct queue {
    struct exchange *first, **last;
};
struct pool {
    struct web *web;
    void (*answer)(struct exchange *x);
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    struct queue quick,
        slow; /* SLOW routes wait apart: a crowd that signs in stops nobody's work */
    int n_waiting, n_slow, max_slow;
    bool is_stopping;
    int n_threads;
    pthread_t thread[];
};

static bool is_slow(const struct exchange *x)
{
    return x->match.route != NULL && (x->match.route->flags & SLOW) != 0;
}

static struct exchange *pop(struct queue *q)
{
    struct exchange *x = q->first;
    if (x != NULL)
        q->first = x->next;
    if (q->first == NULL)
        q->last = &q->first;
    return x;
}

static struct exchange *pop_slow(struct pool *p)
{
    struct exchange *x = p->n_slow < p->max_slow ? pop(&p->slow) : NULL;
    p->n_slow += x != NULL;
    return x;
}

/* What a worker may do now, or NULL. One is always at the slow ones, more when nothing else waits.
 */
static struct exchange *next(struct pool *p)
{
    struct exchange *x = p->n_slow == 0 ? pop_slow(p) : NULL;
    if (x == NULL)
        x = pop(&p->quick);
    if (x == NULL)
        x = pop_slow(p);
    p->n_waiting -= x != NULL;
    return x;
}

/* NULL: stop. What waits is done before. */
static struct exchange *take(struct pool *p)
{
    struct exchange *x;
    pthread_mutex_lock(&p->lock);
    while ((x = next(p)) == NULL && !(p->is_stopping && p->n_waiting == 0))
        pthread_cond_wait(&p->has_work, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return x;
}

static void slow_ended(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->n_slow--;
    if (p->slow.first != NULL)
        pthread_cond_signal(&p->has_work);
    if (p->is_stopping)
        pthread_cond_broadcast(&p->has_work);
    pthread_mutex_unlock(&p->lock);
}

bool pool_put(struct pool *p, struct exchange *x)
{
    struct queue *q = is_slow(x) ? &p->slow : &p->quick;
    x->next = NULL;
    pthread_mutex_lock(&p->lock);
    bool fits = p->n_waiting < POOL_MAX_WAITING;
    if (fits) {
        *q->last = x;
        q->last = &x->next;
        p->n_waiting++;
        pthread_cond_signal(&p->has_work);
    }
    pthread_mutex_unlock(&p->lock);
    return fits;
}

static void pack(struct exchange *x, struct gzip *g)
{
    struct reply *rp = x->reply;
    bool is_text = rp->type != NULL && (strncmp(rp->type, "text/", 5) == 0 ||
                                        strncmp(rp->type, "application/json", 16) == 0);
    if (!is_text || rp->body.len < GZIP_MIN_BYTES)
        return;
    reply_header(x->rq, "Vary", "Accept-Encoding");
    if (head_accepts_gzip(&x->head) && gzip_pack(g, &x->arena, rp->body, &rp->body))
        reply_header(x->rq, "Content-Encoding", "gzip");
}

/* On the audit file's thread. */
static void audited(void *arg, enum rc rc, int64_t seq UNUSED)
{
    struct exchange *x = arg;
    request_audited(x, rc);
    x->pool->answer(x);
}

/* The worker does not wait for the disk: entries of concurrent requests share one sync. */
static void finish(struct pool *p, struct exchange *x)
{
    const struct reply *rp = x->reply;
    x->pool = p;
    if (rp->discloses)
        audit_disclose_later(p->web->app->audit, rp->disclosed_ms, &rp->disclosure, audited, x);
    else
        p->answer(x);
}

/* What a request left on this thread's stack, deeper than where we are now: words of a page lie in
 * buffers of functions that have returned. */
static __attribute__((noinline)) void wipe_stack(void)
{
    unsigned char below[STACK_WIPED_BYTES];
    explicit_bzero(below, sizeof(below));
}

static void *work(void *arg)
{
    struct pool *p = arg;
    struct db *db = NULL;
    struct gzip *g = gzip_new();
    for (struct exchange *x; (x = take(p)) != NULL;) {
        if (db == NULL && db_open(p->web->app->settings.db, /* read_only= */ false, &db) != RC_OK)
            log_error("database cannot be opened");
        bool was_slow = is_slow(x);
        request_run(x, db);
        pack(x, g);
        wipe_stack();
        finish(p, x); /* from here on x is not ours */
        if (was_slow)
            slow_ended(p);
    }
    gzip_free(g);
    db_close(db);
    return NULL;
}

struct pool *pool_start(struct web *w, void (*answer)(struct exchange *x))
{
    struct pool *p = calloc(1, sizeof(*p) + sizeof(pthread_t) * (size_t)w->n_workers);
    if (p == NULL)
        abort();
    p->web = w;
    p->answer = answer;
    p->quick.last = &p->quick.first;
    p->slow.last = &p->slow.first;
    p->max_slow = w->n_workers > 1 ? w->n_workers / 2 : 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->has_work, NULL);
    for (; p->n_threads < w->n_workers; p->n_threads++)
        if (pthread_create(&p->thread[p->n_threads], NULL, work, p) != 0)
            abort();
    return p;
}

void pool_stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->is_stopping = true;
    pthread_cond_broadcast(&p->has_work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++)
        pthread_join(p->thread[i], NULL);
    pthread_cond_destroy(&p->has_work);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
