/* SPDX-License-Identifier: AGPL-3.0-or-later
 * remote.c - entries on their way to the process that writes the log, and its answers. */
#include "audit/remote.h"

#include "audit/audit_private.h"
#include "seal/call.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAITING_MAX = 4096, READ_BYTES = 64 * 1024, GATHER_US = 200 /* a quick disk's fdatasync */ };

struct waiting {
    uint64_t id; /* 0: free */
    audit_done_fn *done;
    void *arg;
};
struct audit_remote {
    int fd;
    pthread_t reader;
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct waiting waiting[WAITING_MAX]; /* at id % WAITING_MAX */
    uint64_t last_id;
    bool is_gone, is_closing;
};

/* Fixed-size messages out of a stream, as many as have come. */
struct line {
    int fd;
    bool gathers; /* where the processor is wanted, those who are about to send go first */
    size_t size, len;
    char buf[READ_BYTES];
};

/* Where several came together the last time, more are on their way: waiting for them costs each a
 * little, and all share one fdatasync. Who is alone goes at once. */
static void gather(int fd, size_t n_last)
{
    struct pollfd come = {.fd = fd, .events = POLLIN};
    if (poll(&come, 1, -1) != 1)
        return;
    if (n_last > 1)
        usleep(GATHER_US);
    else
        sched_yield(); /* at once back where nobody waits for the processor */
}

/* Whole messages in l->buf; 0: the line ended. */
static size_t line_read(struct line *l, size_t n_used)
{
    size_t rest = l->len - n_used * l->size;
    memmove(l->buf, l->buf + n_used * l->size, rest);
    l->len = rest;
    while (l->len < l->size) {
        if (l->gathers)
            gather(l->fd, n_used);
        ssize_t got = read(l->fd, l->buf + l->len, sizeof(l->buf) - l->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        l->len += (size_t)got;
    }
    return l->len / l->size;
}

/* --- the side without keys -------------------------------------------------------------- */

static void answered(struct audit_remote *r, const struct audit_answered *a)
{
    pthread_mutex_lock(&r->lock);
    struct waiting *w = &r->waiting[a->id % WAITING_MAX], who = *w;
    bool is_known = a->id != 0 && who.id == a->id;
    if (is_known)
        *w = (struct waiting){0};
    pthread_cond_broadcast(&r->room);
    pthread_mutex_unlock(&r->lock);
    if (is_known)
        who.done(who.arg, (enum rc)a->rc, a->seq);
}

static void all_fail(struct audit_remote *r)
{
    pthread_mutex_lock(&r->lock);
    r->is_gone = true;
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < WAITING_MAX; i++)
        if (r->waiting[i].id != 0)
            answered(r, &(struct audit_answered){r->waiting[i].id, RC_BUSY, 0});
}

static void *read_answers(void *arg)
{
    struct audit_remote *r = arg;
    struct line l = {.fd = r->fd, .size = sizeof(struct audit_answered)};
    for (size_t n = 0; (n = line_read(&l, n)) > 0;)
        for (size_t i = 0; i < n; i++) {
            struct audit_answered a;
            memcpy(&a, l.buf + i * l.size, sizeof(a));
            answered(r, &a);
        }
    all_fail(r);
    return NULL;
}

struct audit_remote *audit_remote_new(int fd)
{
    struct audit_remote *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    r->fd = fd;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->room, NULL);
    if (pthread_create(&r->reader, NULL, read_answers, r) != 0)
        abort();
    return r;
}

void audit_remote_free(struct audit_remote *r)
{
    shutdown(r->fd, SHUT_RDWR);
    pthread_join(r->reader, NULL);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->room);
    free(r);
}

void audit_remote_put(struct audit_remote *r, const struct audit_record *record,
                      bool wants_checkpoint, audit_done_fn *done, void *arg)
{
    struct audit_sent s = {.wants_checkpoint = wants_checkpoint, .record = *record};
    pthread_mutex_lock(&r->lock);
    s.id = ++r->last_id;
    struct waiting *w = &r->waiting[s.id % WAITING_MAX];
    while (w->id != 0 && !r->is_gone)
        pthread_cond_wait(&r->room, &r->lock);
    bool is_sent = !r->is_gone;
    if (is_sent) {
        *w = (struct waiting){s.id, done, arg};
        is_sent = call_write(r->fd, (struct bytes){(unsigned char *)&s, sizeof(s)}) == RC_OK;
        if (!is_sent)
            *w = (struct waiting){0};
    }
    pthread_mutex_unlock(&r->lock);
    if (!is_sent)
        done(arg, RC_BUSY, 0);
}

/* --- the side that writes -------------------------------------------------------------------- */

/* Answers of one batch go together. Only who writes touches them. */
struct audit_line {
    struct line in;
    int n_out;
    struct audit_answered out[BATCH_MAX];
};
struct served {
    struct audit_line *line;
    uint64_t id;
};

void line_send(struct audit_line *l)
{
    enum rc sent = call_write(
        l->in.fd, (struct bytes){(unsigned char *)l->out, (size_t)l->n_out * sizeof(l->out[0])});
    (void)sent; /* who is gone needs no answer */
    l->n_out = 0;
}

static void answer(void *arg, enum rc rc, int64_t seq)
{
    struct served *s = arg;
    s->line->out[s->line->n_out++] = (struct audit_answered){s->id, (int64_t)rc, seq};
    free(s);
}

static void serve(struct audit_file *f, struct audit_line *l, const char *message)
{
    struct audit_sent sent;
    struct served *s = malloc(sizeof(*s));
    if (s == NULL)
        abort();
    memcpy(&sent, message, sizeof(sent));
    *s = (struct served){l, sent.id};
    file_enter(f, &sent.record, sent.wants_checkpoint != 0, (struct caller){answer, s, l});
}

void audit_serve_line(struct audit_file *f, int fd)
{
    struct audit_line *l = calloc(1, sizeof(*l));
    if (l == NULL)
        abort();
    l->in.fd = fd;
    l->in.gathers = true;
    l->in.size = sizeof(struct audit_sent);
    for (size_t n = 0; (n = line_read(&l->in, n)) > 0; file_lead(f))
        for (size_t i = 0; i < n; i++)
            serve(f, l, l->in.buf + i * l->in.size);
    file_settle(f); /* some may have been left to another */
    free(l);
}
