/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit.c - the file of disclosures: chained records, many callers to one fdatasync.
 *
 * Callers put their record into the batch that is being filled; one thread takes the whole batch,
 * writes it, syncs once and tells them. While it writes, the next batch fills. */
#include "app/audit.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH_MAX = 256, CHECK_AT_OPEN = 1000, READ_AT_ONCE = 4096 };

/* As on disk; numbers little-endian. The hash covers what stands before it. */
struct record {
    int64_t seq, at_ms, practice;
    char actor[24];
    unsigned char session[16];
    char what[24], object[24];
    int32_t outcome, n_rows;
    unsigned char hash[32];
    unsigned char zero[8];
};
_Static_assert(sizeof(struct record) == 160, "records have a fixed width and no gaps");

/* Where a chain stands: the last good record's number and hash. */
struct head {
    int64_t seq; /* 0: before the first */
    unsigned char hash[32];
};

struct caller {
    audit_done_fn *done;
    void *arg;
};

struct batch {
    struct record records[BATCH_MAX];
    struct caller callers[BATCH_MAX];
    int n;
};

struct audit_file {
    int fd;
    pthread_t writer;
    pthread_mutex_t lock;
    pthread_cond_t work, room;
    struct batch batches[2], *filling; /* the other one is being written, or rests */
    bool stop;
    struct head head; /* writer only, as the next */
    bool is_torn;     /* a failed batch may stand behind head */
};

/* --- the chain -------------------------------------------------------------- */

static void chain_hash(const struct head *h, const struct record *r, unsigned char ret[32])
{
    struct bytes body = {(const unsigned char *)r, offsetof(struct record, hash)};
    seal_chain(h->hash, body, ret);
}

/* Numbers a record and hangs it on. */
static void chain_add(struct head *h, struct record *r)
{
    r->seq = (int64_t)htole64((uint64_t)++h->seq);
    chain_hash(h, r, r->hash);
    memcpy(h->hash, r->hash, sizeof(h->hash));
}

static bool chain_follow(struct head *h, const struct record *r)
{
    static const unsigned char zero[sizeof(r->zero)];
    unsigned char hash[32];
    chain_hash(h, r, hash);
    if ((int64_t)le64toh((uint64_t)r->seq) != h->seq + 1 ||
        memcmp(hash, r->hash, sizeof(hash)) != 0 || memcmp(r->zero, zero, sizeof(zero)) != 0)
        return false;
    h->seq++;
    memcpy(h->hash, hash, sizeof(hash));
    return true;
}

static off_t offset_of(int64_t n_records)
{
    return (off_t)(n_records * (int64_t)sizeof(struct record));
}

/* Reads up to n whole records behind the first n_before; what was read, or -1. */
static int64_t read_records(int fd, int64_t n_before, struct record *ret, int64_t n)
{
    size_t want = (size_t)n * sizeof(*ret), len = 0;
    ssize_t got;
    while (len < want && (got = pread(fd, (char *)ret + len, want - len,
                                      offset_of(n_before) + (off_t)len)) != 0) {
        if (got < 0)
            return -1;
        len += (size_t)got;
    }
    return (int64_t)(len / sizeof(*ret));
}

/* Follows the chain to its end or to the first record that does not belong. */
static enum rc follow(int fd, struct head *h, bool *ret_is_end)
{
    struct record *r = calloc(READ_AT_ONCE, sizeof(*r));
    if (r == NULL)
        abort();
    bool is_good = true;
    int64_t n;
    do {
        n = read_records(fd, h->seq, r, READ_AT_ONCE);
        for (int64_t i = 0; i < n && is_good; i++)
            is_good = chain_follow(h, &r[i]);
    } while (n > 0 && is_good);
    free(r);
    *ret_is_end = is_good;
    return n < 0 ? RC_BROKEN : RC_OK;
}

enum rc audit_verify(const char *dir, int64_t *ret_n, int64_t *ret_bad)
{
    struct arena a;
    struct head h = {0};
    bool is_end = false;
    arena_init(&a, 64 * 1024);
    int fd = open(arena_printf(&a, "%s/audit.log", dir), O_RDONLY | O_CLOEXEC);
    arena_wipe(&a);
    if (fd < 0)
        return errno == ENOENT ? RC_NOT_FOUND : RC_BROKEN;
    enum rc rc = follow(fd, &h, &is_end);
    close(fd);
    if (rc == RC_OK) {
        *ret_n = h.seq;
        *ret_bad = is_end ? -1 : h.seq + 1;
    }
    return rc;
}

/* --- writing ----------------------------------------------------------------- */

static bool write_all(int fd, const void *p, size_t n, off_t at)
{
    for (size_t done = 0; done < n;) {
        ssize_t w = pwrite(fd, (const char *)p + done, n - done, at + (off_t)done);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        done += (size_t)w;
    }
    return true;
}

/* The whole batch, or nothing: after a failure the file ends with the last good record. */
static enum rc append(struct audit_file *f, struct batch *b)
{
    struct head next = f->head;
    off_t end = offset_of(f->head.seq);
    if (f->is_torn && ftruncate(f->fd, end) != 0)
        return RC_BUSY;
    for (int i = 0; i < b->n; i++)
        chain_add(&next, &b->records[i]);
    f->is_torn = !write_all(f->fd, b->records, (size_t)b->n * sizeof(b->records[0]), end) ||
                 fdatasync(f->fd) != 0;
    if (f->is_torn) {
        f->is_torn = ftruncate(f->fd, end) != 0;
        return RC_BUSY;
    }
    f->head = next;
    return RC_OK;
}

static void *write_batches(void *arg)
{
    struct audit_file *f = arg;
    pthread_mutex_lock(&f->lock);
    while (true) {
        struct batch *b = f->filling;
        if (b->n == 0 && f->stop)
            break;
        if (b->n == 0) {
            pthread_cond_wait(&f->work, &f->lock);
            continue;
        }
        f->filling = b == &f->batches[0] ? &f->batches[1] : &f->batches[0];
        pthread_cond_broadcast(&f->room);
        pthread_mutex_unlock(&f->lock);
        enum rc rc = append(f, b);
        for (int i = 0; i < b->n; i++) /* nobody fills this batch now */
            b->callers[i].done(b->callers[i].arg, rc);
        pthread_mutex_lock(&f->lock);
        b->n = 0;
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void put_text(char *to, const char *s, size_t width)
{
    if (s != NULL)
        memcpy(to, s, strnlen(s, width));
}

static struct record encode(int64_t at_ms, const struct audit_entry *e)
{
    struct record r = {
        .at_ms = (int64_t)htole64((uint64_t)at_ms),
        .practice = (int64_t)htole64((uint64_t)e->practice),
        .outcome = (int32_t)htole32((uint32_t)e->outcome),
        .n_rows = (int32_t)htole32((uint32_t)e->n_rows),
    };
    put_text(r.actor, e->actor.s, sizeof(r.actor));
    memcpy(r.session, e->session, sizeof(r.session));
    put_text(r.what, e->what, sizeof(r.what));
    put_text(r.object, e->object.s, sizeof(r.object));
    return r;
}

void audit_disclose_later(struct audit_file *f, int64_t at_ms, const struct audit_entry *e,
                          audit_done_fn *done, void *arg)
{
    struct record r = encode(at_ms, e);
    pthread_mutex_lock(&f->lock);
    while (f->filling->n == BATCH_MAX)
        pthread_cond_wait(&f->room, &f->lock);
    struct batch *b = f->filling;
    b->records[b->n] = r;
    b->callers[b->n++] = (struct caller){done, arg};
    if (b->n == 1)
        pthread_cond_signal(&f->work);
    pthread_mutex_unlock(&f->lock);
}

/* A caller that sleeps until its entry is written. */
struct sleeper {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    enum rc rc;
    bool is_done;
};

static void wake(void *arg, enum rc rc)
{
    struct sleeper *s = arg;
    pthread_mutex_lock(&s->lock);
    s->rc = rc;
    s->is_done = true;
    pthread_cond_signal(&s->woken);
    pthread_mutex_unlock(&s->lock);
}

enum rc audit_disclose(struct audit_file *f, int64_t at_ms, const struct audit_entry *e)
{
    struct sleeper me = {.lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
    audit_disclose_later(f, at_ms, e, wake, &me);
    pthread_mutex_lock(&me.lock);
    while (!me.is_done)
        pthread_cond_wait(&me.woken, &me.lock);
    pthread_mutex_unlock(&me.lock);
    pthread_mutex_destroy(&me.lock);
    pthread_cond_destroy(&me.woken);
    return me.rc;
}

/* --- opening ------------------------------------------------------------------ */

/* Cuts what a crash left: a part of a record, or whole records that the file's length has and the
 * disk never got. They were never acknowledged. Anything else that is wrong was altered. */
static enum rc check_tail(struct audit_file *f, const char **ret_why)
{
    struct stat st;
    struct record last;
    static const struct record never_written;
    bool is_end = false;
    if (fstat(f->fd, &st) != 0)
        return RC_BROKEN;
    int64_t n = st.st_size / (off_t)sizeof(struct record);
    if (n > CHECK_AT_OPEN) {
        f->head.seq = n - CHECK_AT_OPEN;
        if (read_records(f->fd, f->head.seq - 1, &last, 1) != 1)
            return RC_BROKEN;
        memcpy(f->head.hash, last.hash, sizeof(last.hash));
    }
    TRY(follow(f->fd, &f->head, &is_end));
    if (!is_end &&
        (n - f->head.seq > BATCH_MAX || read_records(f->fd, f->head.seq, &last, 1) != 1 ||
         memcmp(&last, &never_written, sizeof(last)) != 0)) {
        *ret_why = "The audit file was altered; verify it and keep it apart before starting again.";
        return RC_BROKEN;
    }
    if (offset_of(f->head.seq) < st.st_size &&
        (ftruncate(f->fd, offset_of(f->head.seq)) != 0 || fdatasync(f->fd) != 0))
        return RC_BROKEN;
    return RC_OK;
}

/* A new file must not vanish with its directory entry. */
static bool open_in(const char *dir, int *ret_fd)
{
    int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d < 0)
        return false;
    *ret_fd = openat(d, "audit.log", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    bool is_open = *ret_fd >= 0 && fsync(d) == 0;
    close(d);
    return is_open;
}

static enum rc open_file(struct audit_file *f, const char *dir, const char **ret_why)
{
    *ret_why = "The audit file cannot be opened in the data directory.";
    if (!open_in(dir, &f->fd))
        return RC_BROKEN;
    if (flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
        *ret_why =
            "The audit file is in use: is the program already running with this data directory?";
        return RC_BUSY;
    }
    TRY(check_tail(f, ret_why));
    return pthread_create(&f->writer, NULL, write_batches, f) == 0 ? RC_OK : RC_BUSY;
}

static void discard(struct audit_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->work);
    pthread_cond_destroy(&f->room);
    free(f);
}

enum rc audit_open(const char *dir, struct audit_file **ret, const char **ret_why)
{
    struct audit_file *f = calloc(1, sizeof(*f));
    if (f == NULL)
        abort();
    f->fd = -1;
    f->filling = &f->batches[0];
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->work, NULL);
    pthread_cond_init(&f->room, NULL);
    enum rc rc = open_file(f, dir, ret_why);
    if (rc != RC_OK) {
        discard(f);
        return rc;
    }
    *ret_why = NULL;
    *ret = f;
    return RC_OK;
}

void audit_close(struct audit_file *f)
{
    if (f == NULL)
        return;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_signal(&f->work);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->writer, NULL);
    discard(f);
}
