/* SPDX-License-Identifier: AGPL-3.0-or-later
 * opening.c - the log and its key as a stop or a crash left them.
 *
 * audit.key holds the MAC key in two slots that are written by turns, each after the records it
 * stands behind are on disk: a log that ends before a stored key was cut. What is behind the newest
 * key is followed with its MACs; a torn tail was never acknowledged, and is cut. */
#include "audit/audit_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOT_BYTES = 256, ASIDE_TRIES = 100 };
_Static_assert((int)AUDIT_STATE_BYTES <= (int)SLOT_BYTES, "a state fits into its slot");

static const char altered[] =
    "The audit file was altered; verify it and keep it apart before starting again.";

static int64_t n_whole(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_size / RECORD_BYTES : -1;
}

/* --- the key ------------------------------------------------------------------------- */

enum rc log_store_key(struct opened_log *l, struct audit_keys *k)
{
    unsigned char slot[SLOT_BYTES] = {0};
    audit_keys_store(k, l->log_id, l->head.seq, l->head.hash, slot);
    if (!write_all(l->key_fd, slot, sizeof(slot), l->second_slot ? SLOT_BYTES : 0) ||
        fdatasync(l->key_fd) != 0)
        return RC_BUSY;
    l->second_slot = !l->second_slot;
    return RC_OK;
}

/* The newer of the two slots; false: neither is of this log. */
static bool load_key(struct opened_log *l, struct audit_keys *k, struct audit_head *ret)
{
    unsigned char slots[2][SLOT_BYTES] = {{0}};
    struct audit_head h[2] = {{0}};
    bool is_good[2];
    if (pread(l->key_fd, slots, sizeof(slots), 0) < 0)
        return false;
    for (int i = 0; i < 2; i++)
        is_good[i] = audit_keys_load(k, l->log_id, slots[i], &h[i].seq, h[i].hash) == RC_OK;
    if (!is_good[0] && !is_good[1])
        return false;
    int newer = is_good[1] && (!is_good[0] || h[1].seq > h[0].seq);
    l->second_slot = !newer;
    *ret = h[newer];
    return audit_keys_load(k, l->log_id, slots[newer], &ret->seq, ret->hash) == RC_OK;
}

/* --- a new log --------------------------------------------------------------------------- */

static enum rc begin(const struct audit_config *c, struct audit_keys *k, struct opened_log *l,
                     const char **ret_why)
{
    struct audit_entry e = {.kind = AUDIT_BEGIN, .action = "begin"};
    l->head = (struct audit_head){0};
    l->day = (struct audit_tree){0};
    l->at = (struct audit_checkpoint){0};
    seal_random(l->log_id, sizeof(l->log_id));
    memcpy(e.session, l->log_id, sizeof(e.session));
    audit_keys_public(k, e.commitment);
    *ret_why = "The audit file cannot be begun: its first key was forgotten.";
    TRY(audit_keys_begin(k, l->log_id));
    struct audit_record r = record_encode(c->clock_ms(), &e);
    record_add(&l->head, k, &r);
    audit_keys_keep(k);
    audit_tree_add(&l->day, &r);
    *ret_why = "The audit file cannot be written in the data directory.";
    if (ftruncate(l->key_fd, 0) != 0 || ftruncate(l->fd, 0) != 0 ||
        !write_all(l->fd, &r, sizeof(r), 0) || fdatasync(l->fd) != 0)
        return RC_BUSY;
    return log_store_key(l, k);
}

/* The evidence stays beside the new file under a name of its own. */
static enum rc put_aside(const struct audit_config *c, struct opened_log *l)
{
    char name[64];
    for (int i = 0; i < ASIDE_TRIES; i++) {
        snprintf(name, sizeof(name), "audit.log.%lld", (long long)c->clock_ms() + i);
        if (faccessat(l->dir_fd, name, F_OK, 0) == 0)
            continue;
        if (renameat(l->dir_fd, "audit.log", l->dir_fd, name) != 0)
            return RC_BUSY;
        close(l->fd);
        l->fd = openat(l->dir_fd, "audit.log", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                       S_IRUSR | S_IWUSR);
        return l->fd >= 0 && flock(l->fd, LOCK_EX | LOCK_NB) == 0 && fsync(l->dir_fd) == 0
                   ? RC_OK
                   : RC_BUSY;
    }
    return RC_BUSY;
}

/* --- the end of an old one ------------------------------------------------------------------ */

/* Whole records that are all zero: a length that reached the disk before its data. */
static bool is_torn(const struct opened_log *l, int64_t n)
{
    static const struct audit_record never_written;
    struct audit_record r;
    return n - l->head.seq <= 2 * BATCH_MAX + 2 && read_records(l->fd, l->head.seq, &r, 1) == 1 &&
           memcmp(&r, &never_written, sizeof(r)) == 0;
}

static enum rc cut_tail(struct opened_log *l)
{
    struct stat st;
    if (fstat(l->fd, &st) != 0)
        return RC_BROKEN;
    l->cut_bytes = st.st_size - offset_of(l->head.seq);
    if (l->cut_bytes > 0 &&
        (ftruncate(l->fd, offset_of(l->head.seq)) != 0 || fdatasync(l->fd) != 0))
        return RC_BROKEN;
    return RC_OK;
}

/* From some way before the stored key: by hashes up to it, by MACs behind it. */
static enum rc follow_from(struct opened_log *l, struct audit_keys *k, const struct audit_head *key,
                           int64_t n, bool *ret_is_good)
{
    struct audit_record r;
    *ret_is_good = false;
    if (key->seq > CHECK_AT_OPEN) {
        if (read_records(l->fd, key->seq - CHECK_AT_OPEN - 1, &r, 1) != 1)
            return RC_BROKEN;
        l->head.seq = key->seq - CHECK_AT_OPEN;
        l->head.at_ms = audit_i64(&r.at_ms);
        memcpy(l->head.hash, r.hash, sizeof(l->head.hash));
    }
    TRY(follow(l->fd, &l->head, NULL, key->seq, ret_is_good));
    if (!*ret_is_good || memcmp(l->head.hash, key->hash, sizeof(key->hash)) != 0) {
        *ret_is_good = false;
        return RC_OK;
    }
    TRY(follow(l->fd, &l->head, k, n, ret_is_good));
    *ret_is_good = *ret_is_good || is_torn(l, n);
    return RC_OK;
}

struct look_back {
    struct opened_log *l;
    int64_t day, first;
};

/* Back to the begin of the last record's day, and to the last checkpoint. */
static bool look(void *arg, const struct audit_record *r)
{
    struct look_back *b = arg;
    int64_t day = audit_i64(&r->at_ms) / 86400000;
    if (b->day < 0)
        b->day = day;
    if (day == b->day)
        b->first = audit_i64(&r->seq);
    if (r->kind == AUDIT_CHECKPOINT && b->l->at.n == 0)
        record_to_checkpoint(r, b->l->log_id, &b->l->at);
    return day == b->day || b->l->at.n == 0;
}

static enum rc recall(struct opened_log *l)
{
    struct look_back b = {.l = l, .day = -1};
    struct audit_log log = {.fd = l->fd, .n = l->head.seq};
    struct audit_record r;
    TRY(audit_log_back(&log, 0, look, &b));
    for (int64_t seq = b.first; seq <= l->head.seq; seq++) {
        if (read_records(l->fd, seq - 1, &r, 1) != 1)
            return RC_BROKEN;
        audit_tree_add(&l->day, &r);
    }
    return RC_OK;
}

static enum rc resume(struct audit_keys *k, struct opened_log *l, int64_t n, bool *ret_was_cut,
                      const char **ret_why)
{
    struct audit_record first;
    struct audit_head key = {0};
    bool is_good = false;
    *ret_why = altered;
    if (read_records(l->fd, 0, &first, 1) != 1 || first.kind != AUDIT_BEGIN)
        return RC_BROKEN;
    memcpy(l->log_id, first.session, sizeof(l->log_id));
    if (!load_key(l, k, &key)) { /* a crash at the very begin, or the key file is not ours */
        *ret_why = "The audit file's key does not open with this boot key.";
        TRY(audit_keys_begin(k, l->log_id));
        *ret_why = altered;
    }
    *ret_was_cut = key.seq > n;
    if (*ret_was_cut)
        return RC_OK;
    TRY(follow_from(l, k, &key, n, &is_good));
    if (!is_good)
        return RC_BROKEN;
    TRY(cut_tail(l));
    return recall(l);
}

/* --- opening -------------------------------------------------------------------------------------
 */

static bool open_files(const char *dir, struct opened_log *l)
{
    enum { FLAGS = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE = S_IRUSR | S_IWUSR };
    l->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->dir_fd < 0)
        return false;
    l->fd = openat(l->dir_fd, "audit.log", FLAGS, MODE);
    l->key_fd = openat(l->dir_fd, "audit.key", FLAGS, MODE);
    /* new files must not vanish with their directory entries */
    return l->fd >= 0 && l->key_fd >= 0 && fsync(l->dir_fd) == 0;
}

enum rc log_open(const struct audit_config *c, struct audit_keys *k, struct opened_log *l,
                 const char **ret_why)
{
    struct stat st = {0};
    bool was_cut = false;
    *l = (struct opened_log){.dir_fd = -1, .fd = -1, .key_fd = -1};
    *ret_why = "The audit file cannot be opened in the data directory.";
    if (!open_files(c->dir, l))
        return RC_BROKEN;
    if (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
        *ret_why =
            "The audit file is in use: is the program already running with this data directory?";
        return RC_BUSY;
    }
    int64_t n = n_whole(l->fd);
    if (n < 0 || fstat(l->key_fd, &st) != 0)
        return RC_BROKEN;
    if (n == 0) {
        l->finding = st.st_size > 0 ? AUDIT_WAS_GONE : AUDIT_GOOD;
        return begin(c, k, l, ret_why);
    }
    TRY(resume(k, l, n, &was_cut, ret_why));
    if (was_cut) {
        *ret_why = "The audit file that was cut cannot be put aside.";
        TRY(put_aside(c, l));
        l->finding = AUDIT_WAS_CUT;
        return begin(c, k, l, ret_why);
    }
    return RC_OK;
}

void log_close(struct opened_log *l)
{
    const int fds[] = {l->fd, l->key_fd, l->dir_fd};
    for (size_t i = 0; i < N_ELEMS(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}
