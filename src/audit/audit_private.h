/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_private.h - what the files of this folder share. */
#pragma once
#include "audit/audit.h"
#include "seal/audit_keys.h"

#include <sys/types.h>

enum {
    RECORD_BYTES = sizeof(struct audit_record),
    BATCH_MAX = 256,
    READ_AT_ONCE = 2048,
    CHECK_AT_OPEN = 50000, /* records before the last stored key that are followed at start */
    CHECKPOINT_EVERY = 1000,
    CHECKPOINT_SECONDS = 60,
};

/* Where a chain stands: the last good record's number, hash and time. */
struct audit_head {
    int64_t seq; /* 0: before the first */
    int64_t at_ms;
    unsigned char hash[32];
};

/* Numbers a record, hangs it on and seals it; at_ms of the record is raised to that of the head. */
void record_add(struct audit_head *h, struct audit_keys *k, struct audit_record *r);
/* Does it follow? Moves the head on when it does. k NULL: without its MAC. */
bool record_follows(struct audit_head *h, struct audit_keys *k, const struct audit_record *r);
struct audit_record record_encode(int64_t at_ms, const struct audit_entry *e);
/* A checkpoint of all before it; log_id and head are what is signed. */
void record_checkpoint(const struct audit_head *h, const unsigned char log_id[static 16],
                       const struct audit_keys *k, int64_t at_ms, struct audit_record *ret);
void record_to_checkpoint(const struct audit_record *r, const unsigned char log_id[static 16],
                          struct audit_checkpoint *ret);

/* A record on its way to the disk; done() as for audit_disclose_later(). */
void file_put(struct audit_file *f, const struct audit_record *r, bool wants_checkpoint,
              audit_done_fn *done, void *arg);

/* The same by who may wait: the caller goes on with file_lead(), which writes what waits when
 * nobody writes. So there is no change of thread for it. */
struct audit_line;
struct caller {
    audit_done_fn *done;
    void *arg;
    struct audit_line *line; /* by which it came, to be answered there; or NULL */
};
void file_enter(struct audit_file *f, const struct audit_record *r, bool wants_checkpoint,
                struct caller by);
void file_lead(struct audit_file *f);
void file_settle(struct audit_file *f); /* until all that was put is written and told */
void line_send(struct audit_line *l);   /* remote.c: the answers of a batch */

off_t offset_of(int64_t n_records);
/* Follows fd's chain to its end or to the first record that does not belong. */
enum rc follow(int fd, struct audit_head *h, struct audit_keys *k, int64_t last, bool *ret_is_end);
/* Up to n whole records behind the first n_before; what was read, or -1. */
int64_t read_records(int fd, int64_t n_before, struct audit_record *ret, int64_t n);
bool write_all(int fd, const void *p, size_t n, off_t at);

/* --- opening.c ---------------------------------------------------------------------- */
struct opened_log {
    int dir_fd, fd, key_fd;
    unsigned char log_id[16];
    struct audit_head head;
    struct audit_tree day;      /* of the day of the last record */
    struct audit_checkpoint at; /* the last one */
    enum audit_finding finding;
    int64_t cut_bytes; /* of a torn tail */
    bool second_slot;  /* where the key goes next */
};
/* Leaves what it opened in *l, also when it fails. */
enum rc log_open(const struct audit_config *c, struct audit_keys *k, struct opened_log *l,
                 const char **ret_why) MUST_USE;
void log_close(struct opened_log *l);
enum rc log_store_key(struct opened_log *l, struct audit_keys *k) MUST_USE;
