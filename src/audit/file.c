/* SPDX-License-Identifier: AGPL-3.0-or-later
 * file.c - writing: many callers to one fdatasync.
 *
 * Callers put their record into the batch that is being filled; who finds nobody writing takes the
 * whole batch, chains it, writes it, syncs once and tells them. While it writes, the next batch
 * fills. A caller that may wait writes by itself; for the others there is a thread. Room for
 * what comes is taken from the disk beforehand: when no more is to be had, disclosures are refused
 * and the refusals still find a place. */
#include "audit/audit_private.h"
#include "audit/remote.h"
#include "base/days.h"
#include "seal/call.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* What one batch can become: each entry after a day's root, and a checkpoint. */
enum { OUT_MAX = 2 * BATCH_MAX + 2, REFUSED_STATUS = 503, RESERVE_MIN_BYTES = 1 << 20 };

struct batch {
    struct audit_record records[BATCH_MAX];
    struct caller callers[BATCH_MAX];
    int64_t seq[BATCH_MAX]; /* once written */
    int n;
    bool wants_checkpoint;
};

struct audit_file {
    /* The log is written by another process; of what follows only finding and log.log_id are set.
     */
    struct audit_remote *remote;
    struct keyring *keyring; /* to ask it */
    pthread_t writer;
    pthread_mutex_t lock;
    pthread_cond_t work, room;
    struct batch batches[2], *filling; /* the other one is being written, or rests */
    bool is_writing, is_timed; /* somebody; the thread wakes for the next checkpoint by itself */
    bool stop;
    struct audit_checkpoint at; /* under lock: the last one on disk */
    int64_t (*clock_ms)(void);
    enum audit_finding finding;
    /* of who writes: */
    struct opened_log log;
    struct audit_keys *keys;
    struct audit_record *out; /* what is to be written */
    bool is_torn;             /* a failed batch may stand behind the head */
    int64_t last_at;          /* records before the last checkpoint */
    int64_t checkpoint_due_s; /* monotonic */
    int64_t reserve_bytes, granted_bytes, reserved_to;
    bool is_low;      /* no more room than what is reserved */
    bool key_is_late; /* could not be stored yet */
};

static int64_t monotonic_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* --- room ------------------------------------------------------------------------- */

/* Blocks behind the end of the file, so that appending needs none; on a small disk a part of what
 * is free. */
static void reserve(struct audit_file *f)
{
    struct statvfs fs;
    int64_t end = (int64_t)offset_of(f->log.head.seq);
    if (f->reserve_bytes == 0 || (!f->is_low && f->reserved_to - end > f->granted_bytes * 7 / 8) ||
        fstatvfs(f->log.fd, &fs) != 0)
        return;
    int64_t part = (int64_t)(fs.f_bavail * fs.f_frsize / 4);
    int64_t want = part < f->reserve_bytes ? part : f->reserve_bytes;
    int err = want < RESERVE_MIN_BYTES ? ENOSPC : 0;
    if (err == 0 && fallocate(f->log.fd, FALLOC_FL_KEEP_SIZE, end, want) != 0)
        err = errno;
    f->is_low = err == ENOSPC || err == EDQUOT;
    if (err == 0) {
        f->reserved_to = end + want;
        f->granted_bytes = want;
    } else if (!f->is_low) {
        f->reserve_bytes = 0; /* a file system that cannot: then as without */
    }
}

/* --- a batch -------------------------------------------------------------------------- */

static int64_t day_of(int64_t at_ms)
{
    return at_ms / MS_PER_DAY;
}

/* The day that ended gets its root into the log: what is proven of it later was fixed then. */
static void end_day(struct audit_file *f, struct audit_head *h, struct audit_tree *day,
                    int64_t at_ms, int *n)
{
    struct audit_entry e = {.kind = AUDIT_SYSTEM, .action = "day_root"};
    struct audit_tree ended = *day;
    if (h->seq == 0 || day_of(at_ms) <= day_of(h->at_ms))
        return;
    e.n_rows = (int)ended.n;
    audit_tree_root(&ended, e.commitment);
    *day = (struct audit_tree){0};
    f->out[*n] = record_encode(at_ms, &e);
    record_add(h, f->keys, &f->out[*n]);
    audit_tree_add(day, &f->out[(*n)++]);
}

static void add(struct audit_file *f, struct audit_head *h, struct audit_tree *day,
                const struct audit_record *r, int *n)
{
    end_day(f, h, day, audit_i64(&r->at_ms), n);
    f->out[*n] = *r;
    if (f->is_low && r->kind == AUDIT_DISCLOSURE) {
        f->out[*n].outcome = (int32_t)htole32(REFUSED_STATUS);
        f->out[*n].n_rows = 0;
    }
    record_add(h, f->keys, &f->out[*n]);
    audit_tree_add(day, &f->out[(*n)++]);
}

static bool is_due(const struct audit_file *f, const struct audit_head *h, const struct batch *b)
{
    return h->seq > f->last_at && (b->wants_checkpoint || h->seq - f->last_at >= CHECKPOINT_EVERY ||
                                   monotonic_s() >= f->checkpoint_due_s);
}

/* Writes n records behind the head, or leaves the file as it was. */
static bool put_out(struct audit_file *f, int n)
{
    off_t end = offset_of(f->log.head.seq);
    if (f->is_torn && ftruncate(f->log.fd, end) != 0)
        return false;
    f->is_torn = !write_all(f->log.fd, f->out, (size_t)n * sizeof(f->out[0]), end) ||
                 fdatasync(f->log.fd) != 0;
    if (f->is_torn) {
        f->is_torn = ftruncate(f->log.fd, end) != 0;
        f->reserved_to = 0; /* cutting gives back what was reserved */
        return false;
    }
    return true;
}

static void note_checkpoint(struct audit_file *f, const struct audit_record *r)
{
    struct audit_checkpoint at;
    record_to_checkpoint(r, f->log.log_id, &at);
    f->last_at = f->log.head.seq;
    f->checkpoint_due_s = monotonic_s() + CHECKPOINT_SECONDS;
    pthread_mutex_lock(&f->lock);
    f->at = at;
    pthread_mutex_unlock(&f->lock);
}

/* The whole batch, or nothing. ret_checkpointed: the key is to be stored too. */
static enum rc append(struct audit_file *f, struct batch *b, bool *ret_checkpointed)
{
    struct audit_head h = f->log.head;
    struct audit_tree day = f->log.day;
    int n = 0;
    reserve(f);
    for (int i = 0; i < b->n; i++) {
        add(f, &h, &day, &b->records[i], &n);
        b->seq[i] = h.seq;
    }
    *ret_checkpointed = is_due(f, &h, b);
    if (*ret_checkpointed) {
        struct audit_record r;
        end_day(f, &h, &day, f->clock_ms(), &n);
        record_checkpoint(&h, f->log.log_id, f->keys, f->clock_ms(), &r);
        f->out[n] = r;
        record_add(&h, f->keys, &f->out[n]);
        audit_tree_add(&day, &f->out[n++]);
    }
    if (n == 0)
        return RC_OK;
    if (!put_out(f, n)) {
        audit_keys_drop(f->keys);
        *ret_checkpointed = false;
        return RC_BUSY;
    }
    audit_keys_keep(f->keys);
    f->log.head = h;
    f->log.day = day;
    if (*ret_checkpointed)
        note_checkpoint(f, &f->out[n - 1]);
    return RC_OK;
}

static enum rc rc_of(const struct audit_file *f, const struct audit_record *r, enum rc rc)
{
    return rc == RC_OK && f->is_low && r->kind == AUDIT_DISCLOSURE ? RC_BUSY : rc;
}

/* Waits for work, for the next checkpoint's time, or for the end. */
static void await_work(struct audit_file *f)
{
    if (f->is_writing || f->log.head.seq == f->last_at) {
        pthread_cond_wait(&f->work, &f->lock);
        return;
    }
    struct timespec until = {.tv_sec = f->checkpoint_due_s};
    f->is_timed = true;
    pthread_cond_timedwait(&f->work, &f->lock, &until);
    f->is_timed = false;
}

static bool has_work(const struct audit_file *f)
{
    return f->filling->n > 0 || f->filling->wants_checkpoint ||
           (f->log.head.seq > f->last_at && monotonic_s() >= f->checkpoint_due_s);
}

/* Each is told; a line once for all that came by it. */
static void tell(const struct audit_file *f, const struct batch *b, enum rc rc)
{
    for (int i = 0; i < b->n; i++) {
        const struct caller *c = &b->callers[i];
        c->done(c->arg, rc_of(f, &b->records[i], rc), b->seq[i]);
        if (c->line != NULL && (i + 1 == b->n || b->callers[i + 1].line != c->line))
            line_send(c->line);
    }
}

static void write_batch(struct audit_file *f, struct batch *b)
{
    bool is_checkpointed = false;
    enum rc rc = append(f, b, &is_checkpointed);
    tell(f, b, rc); /* nobody fills this batch now */
    if (rc != RC_OK)
        f->checkpoint_due_s = monotonic_s() + 1; /* not in a tight loop on a full disk */
    if (is_checkpointed || f->key_is_late) /* an older one serves: it is followed from there */
        f->key_is_late = log_store_key(&f->log, f->keys) != RC_OK;
}

/* With the lock held, and nobody writing: what waits. The lock is free meanwhile. */
static void write_waiting(struct audit_file *f)
{
    struct batch *b = f->filling;
    f->filling = b == &f->batches[0] ? &f->batches[1] : &f->batches[0];
    f->is_writing = true;
    pthread_cond_broadcast(&f->room);
    pthread_mutex_unlock(&f->lock);
    write_batch(f, b);
    pthread_mutex_lock(&f->lock);
    b->n = 0;
    b->wants_checkpoint = false;
    f->is_writing = false;
    pthread_cond_broadcast(&f->room);
    if (f->filling->n > 0 || !f->is_timed) /* the thread goes on, or looks when it is due */
        pthread_cond_signal(&f->work);
}

static void *write_batches(void *arg)
{
    struct audit_file *f = arg;
    pthread_mutex_lock(&f->lock);
    for (bool is_last = false; !is_last;) {
        if (f->is_writing || (!has_work(f) && !f->stop)) {
            await_work(f);
            continue;
        }
        is_last = f->stop && f->filling->n == 0;
        f->filling->wants_checkpoint |= is_last;
        write_waiting(f);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* --- callers ------------------------------------------------------------------------------ */

/* With the lock held; full only while another is written. */
static void add_to_batch(struct audit_file *f, const struct audit_record *r, bool wants_checkpoint,
                         struct caller by)
{
    while (f->filling->n == BATCH_MAX)
        if (f->is_writing)
            pthread_cond_wait(&f->room, &f->lock);
        else
            write_waiting(f);
    struct batch *b = f->filling;
    b->wants_checkpoint |= wants_checkpoint;
    b->records[b->n] = *r;
    b->callers[b->n++] = by;
}

void file_put(struct audit_file *f, const struct audit_record *r, bool wants_checkpoint,
              audit_done_fn *done, void *arg)
{
    if (f->remote != NULL) {
        audit_remote_put(f->remote, r, wants_checkpoint, done, arg);
        return;
    }
    pthread_mutex_lock(&f->lock);
    add_to_batch(f, r, wants_checkpoint, (struct caller){.done = done, .arg = arg});
    if (f->filling->n == 1)
        pthread_cond_signal(&f->work);
    pthread_mutex_unlock(&f->lock);
}

void file_enter(struct audit_file *f, const struct audit_record *r, bool wants_checkpoint,
                struct caller by)
{
    if (f->remote != NULL) {
        audit_remote_put(f->remote, r, wants_checkpoint, by.done, by.arg);
        return;
    }
    pthread_mutex_lock(&f->lock);
    add_to_batch(f, r, wants_checkpoint, by);
    pthread_mutex_unlock(&f->lock);
}

void file_lead(struct audit_file *f)
{
    if (f->remote != NULL)
        return;
    pthread_mutex_lock(&f->lock);
    if (!f->is_writing && f->filling->n > 0)
        write_waiting(f);
    pthread_mutex_unlock(&f->lock);
}

void file_settle(struct audit_file *f)
{
    pthread_mutex_lock(&f->lock);
    while (f->is_writing || f->filling->n > 0)
        if (f->is_writing)
            pthread_cond_wait(&f->room, &f->lock);
        else
            write_waiting(f);
    pthread_mutex_unlock(&f->lock);
}

void audit_disclose_later(struct audit_file *f, int64_t at_ms, const struct audit_entry *e,
                          audit_done_fn *done, void *arg)
{
    struct audit_record r = record_encode(at_ms, e);
    file_put(f, &r, false, done, arg);
}

/* A caller that waits until its entries are written, by itself or by another. */
struct sleeper {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    enum rc rc;
    int n_left;
};
struct awaited {
    struct sleeper *by;
    int64_t seq;
};

static void wake(void *arg, enum rc rc, int64_t seq)
{
    struct awaited *w = arg;
    struct sleeper *s = w->by;
    pthread_mutex_lock(&s->lock);
    w->seq = seq;
    if (rc != RC_OK)
        s->rc = rc;
    s->n_left--;
    pthread_cond_signal(&s->woken);
    pthread_mutex_unlock(&s->lock);
}

static enum rc put_and_wait(struct audit_file *f, int64_t at_ms, const struct audit_entry *e, int n,
                            bool wants_checkpoint, struct awaited *w)
{
    struct sleeper me = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER, .n_left = n};
    for (int i = 0; i < n; i++) {
        struct audit_record r = record_encode(at_ms, &e[i]);
        w[i].by = &me;
        file_enter(f, &r, wants_checkpoint, (struct caller){.done = wake, .arg = &w[i]});
    }
    file_lead(f);
    pthread_mutex_lock(&me.lock);
    while (me.n_left > 0)
        pthread_cond_wait(&me.woken, &me.lock);
    pthread_mutex_unlock(&me.lock);
    pthread_mutex_destroy(&me.lock);
    pthread_cond_destroy(&me.woken);
    return me.rc;
}

enum rc audit_disclose(struct audit_file *f, int64_t at_ms, const struct audit_entry *e)
{
    struct awaited w;
    return put_and_wait(f, at_ms, e, 1, false, &w);
}

enum rc audit_append(struct audit_file *f, int64_t at_ms, const struct audit_entry *e,
                     int64_t *ret_seq)
{
    struct awaited w = {0};
    enum rc rc = put_and_wait(f, at_ms, e, 1, true, &w);
    *ret_seq = w.seq;
    return rc;
}

enum rc audit_append_many(struct audit_file *f, int64_t at_ms, const struct audit_entry *e, int n,
                          int64_t *ret_seq)
{
    struct awaited *w = calloc((size_t)n, sizeof(*w));
    if (w == NULL)
        abort();
    enum rc rc = put_and_wait(f, at_ms, e, n, false, w);
    for (int i = 0; i < n; i++)
        ret_seq[i] = w[i].seq;
    free(w);
    return rc;
}

void audit_log_id(const struct audit_file *f, unsigned char ret[static 16])
{
    memcpy(ret, f->log.log_id, sizeof(f->log.log_id));
}

static void ask_last(struct audit_file *f, struct audit_checkpoint *ret)
{
    struct arena a;
    struct call c = {.op = CALL_AUDIT_LAST};
    arena_init(&a, 64 * 1024);
    *ret = (struct audit_checkpoint){0};
    if (door_call(keyring_door(f->keyring), &a, &c) == RC_OK && c.out[0].len == sizeof(*ret))
        memcpy(ret, c.out[0].p, sizeof(*ret));
    arena_wipe(&a);
}

void audit_last_checkpoint(struct audit_file *f, struct audit_checkpoint *ret)
{
    if (f->remote != NULL) {
        ask_last(f, ret);
        return;
    }
    pthread_mutex_lock(&f->lock);
    *ret = f->at;
    pthread_mutex_unlock(&f->lock);
}

enum audit_finding audit_found(const struct audit_file *f)
{
    return f->finding;
}

/* --- opening -------------------------------------------------------------------------------- */

static void discard(struct audit_file *f)
{
    log_close(&f->log);
    audit_keys_free(f->keys);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->work);
    pthread_cond_destroy(&f->room);
    free(f->out);
    free(f);
}

static struct audit_file *file_new(const struct audit_config *c)
{
    struct audit_file *f = calloc(1, sizeof(*f));
    if (f == NULL || (f->out = calloc(OUT_MAX, sizeof(*f->out))) == NULL)
        abort();
    pthread_condattr_t monotonic;
    f->keys = audit_keys_new(c->keys);
    f->clock_ms = c->clock_ms;
    f->reserve_bytes = c->reserve_bytes;
    f->filling = &f->batches[0];
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&f->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&f->room, NULL);
    return f;
}

static void done_nothing(void *arg UNUSED, enum rc rc UNUSED, int64_t seq UNUSED) {}

/* A tail that was cut is itself told; on a full disk it stays untold, as nothing is disclosed. */
static void tell_of_tail(struct audit_file *f)
{
    if (f->log.cut_bytes == 0)
        return;
    struct audit_entry e = {
        .kind = AUDIT_SYSTEM, .action = "tail_cut", .n_rows = (int)f->log.cut_bytes};
    audit_disclose_later(f, f->clock_ms(), &e, done_nothing, NULL);
}

/* What the holder says of why it cannot is text of its program, which is ours. */
static enum rc open_remote(const struct audit_config *c, struct audit_file **ret,
                           const char **ret_why)
{
    static char why[200];
    struct arena a;
    struct door *door = keyring_door(c->keys);
    struct call call = {.op = CALL_AUDIT_OPEN, .n = {c->reserve_bytes}};
    struct audit_file *f = calloc(1, sizeof(*f));
    if (f == NULL)
        abort();
    arena_init(&a, 64 * 1024);
    enum rc rc = door_call(door, &a, &call);
    if (rc == RC_OK && call.out[1].len == sizeof(f->log.log_id)) {
        memcpy(f->log.log_id, call.out[1].p, sizeof(f->log.log_id));
        f->finding = (enum audit_finding)call.n[0];
        f->keyring = c->keys;
        f->remote = audit_remote_new(door_line(door));
        *ret = f;
        *ret_why = NULL;
    } else {
        rc = rc == RC_OK ? RC_BROKEN : rc;
        snprintf(why, sizeof(why), "%.*s", (int)call.out[0].len, (const char *)call.out[0].p);
        *ret_why = why;
        free(f);
    }
    arena_wipe(&a);
    return rc;
}

enum rc audit_open(const struct audit_config *c, struct audit_file **ret, const char **ret_why)
{
    if (keyring_door(c->keys) != NULL)
        return open_remote(c, ret, ret_why);
    struct audit_file *f = file_new(c);
    enum rc rc = log_open(c, f->keys, &f->log, ret_why);
    f->at = f->log.at;
    f->last_at = f->log.at.n > 0 ? f->log.at.n + 1 : 0;
    f->finding = f->log.finding;
    f->checkpoint_due_s = monotonic_s() + CHECKPOINT_SECONDS;
    if (rc == RC_OK && pthread_create(&f->writer, NULL, write_batches, f) != 0)
        rc = RC_BUSY;
    if (rc != RC_OK) {
        discard(f);
        return rc;
    }
    tell_of_tail(f);
    *ret_why = NULL;
    *ret = f;
    return RC_OK;
}

void audit_close(struct audit_file *f)
{
    if (f == NULL)
        return;
    if (f->remote != NULL) {
        audit_remote_free(f->remote);
        free(f);
        return;
    }
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_signal(&f->work);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->writer, NULL);
    discard(f);
}
