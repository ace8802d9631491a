/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reading.c - the log read by others than its writer, also while it is written. */
#include "audit/audit_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_log(const char *dir)
{
    int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d < 0)
        return -1;
    int fd = openat(d, "audit.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int err = errno;
    close(d);
    errno = err;
    return fd;
}

enum rc audit_log_open(const char *dir, struct audit_log *ret)
{
    struct stat st;
    struct audit_record first;
    struct audit_log l = {.fd = open_log(dir)};
    if (l.fd < 0)
        return errno == ENOENT ? RC_NOT_FOUND : RC_BROKEN;
    if (fstat(l.fd, &st) != 0 || st.st_size < RECORD_BYTES) {
        close(l.fd);
        return RC_NOT_FOUND;
    }
    l.n = st.st_size / RECORD_BYTES;
    if (read_records(l.fd, 0, &first, 1) == 1) {
        memcpy(l.log_id, first.session, sizeof(l.log_id));
        memcpy(l.public_key, first.commitment, sizeof(l.public_key));
    }
    *ret = l;
    return RC_OK;
}

void audit_log_close(struct audit_log *l)
{
    close(l->fd);
    l->fd = -1;
}

enum rc audit_log_read(const struct audit_log *l, int64_t first, struct audit_record *ret,
                       int64_t max, int64_t *ret_n)
{
    int64_t left = l->n - first + 1;
    *ret_n =
        first < 1 || left < 1 ? 0 : read_records(l->fd, first - 1, ret, left < max ? left : max);
    return *ret_n < 0 ? RC_BROKEN : RC_OK;
}

enum rc audit_log_back(const struct audit_log *l, int64_t from, audit_record_fn *fn, void *arg)
{
    struct audit_record *r = calloc(READ_AT_ONCE, sizeof(*r));
    if (r == NULL)
        abort();
    enum rc rc = RC_OK;
    bool more = true;
    int64_t last = from > 0 && from < l->n ? from : l->n, n;
    while (more && last > 0 && rc == RC_OK) {
        int64_t first = last > READ_AT_ONCE ? last - READ_AT_ONCE + 1 : 1;
        rc = audit_log_read(l, first, r, last - first + 1, &n);
        for (int64_t i = n - 1; i >= 0 && more && rc == RC_OK; i--)
            more = fn(arg, &r[i]);
        last = first - 1;
    }
    free(r);
    return rc;
}

struct last_in_log {
    const struct audit_log *log;
    struct audit_checkpoint *ret;
};

static bool is_other(void *arg, const struct audit_record *r)
{
    struct last_in_log *last = arg;
    if (r->kind == AUDIT_CHECKPOINT)
        record_to_checkpoint(r, last->log->log_id, last->ret);
    return r->kind != AUDIT_CHECKPOINT;
}

enum rc audit_last_in_log(const struct audit_log *l, struct audit_checkpoint *ret)
{
    struct last_in_log last = {l, ret};
    *ret = (struct audit_checkpoint){0};
    return audit_log_back(l, 0, is_other, &last);
}

enum rc audit_verify(const char *dir, const struct keyring *keys, int64_t *ret_n, int64_t *ret_bad)
{
    struct audit_log l;
    struct audit_head h = {0};
    bool is_end = false;
    TRY(audit_log_open(dir, &l));
    struct audit_keys *k = keys != NULL ? audit_keys_new(keys) : NULL;
    enum rc rc = k != NULL ? audit_keys_begin(k, l.log_id) : RC_OK;
    if (rc == RC_OK)
        rc = follow(l.fd, &h, k, l.n, &is_end);
    audit_keys_free(k);
    audit_log_close(&l);
    *ret_n = h.seq;
    *ret_bad = is_end ? 0 : h.seq + 1;
    return rc;
}
