/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit.h - the audit log: an append-only file beside either database.
 *
 * Records of 320 bytes, each with the hash of the one before and a MAC whose key evolves; a signed
 * checkpoint every 1,000 records or 60 s; docs/audit-format.md is the format. An entry is durable
 * before what it tells of is disclosed; entries of concurrent callers share one fdatasync. It holds
 * ids, kinds, numbers and salted hashes: never a name or a text. The writer knows nothing of the
 * database; its keys come from seal/audit_keys.h. */
#pragma once
#include "base/base.h"
#include "base/id.h"
#include "seal/seal.h"

/* --- one record, as on disk; numbers little-endian --------------------------------- */

enum audit_kind {
    AUDIT_BEGIN = 1, /* record 1: session is the log's id, commitment the public key */
    AUDIT_DISCLOSURE,
    AUDIT_CHANGE,     /* commitment opens to a row of audit_change */
    AUDIT_CHECKPOINT, /* signature at `what` */
    AUDIT_SYSTEM,     /* the program itself: tail_cut, day_root, attest, incident ... */
};
enum { AUDIT_CLOCK_BACK = 1 }; /* flags: the clock had gone back; at_ms is that of the one before */
struct audit_record {
    uint8_t version, kind; /* 1, enum audit_kind */
    uint16_t flags;
    int32_t outcome; /* HTTP status */
    int64_t seq;     /* from 1, without gaps */
    int64_t at_ms;   /* UTC; never decreases */
    int64_t mono_us; /* since the machine started */
    int64_t practice;
    char actor[24];
    unsigned char session[16];
    uint32_t roles;
    int32_t n_rows;
    char action[16], what[24], object[24], client[24], purpose[16]; /* zero padded */
    unsigned char commitment[32]; /* salted hash of the details; zero: none */
    unsigned char prev[32];       /* hash of the record before; of record 1: zero */
    unsigned char mac[32];        /* of what stands before it */
    unsigned char hash[32];       /* BLAKE2b-256 of what stands before it */
};
_Static_assert(sizeof(struct audit_record) == 320, "records have a fixed width and no gaps");

int64_t audit_i64(const int64_t *on_disk);
int32_t audit_i32(const int32_t *on_disk);

/* --- writing -------------------------------------------------------------------------- */

struct audit_entry {
    enum audit_kind kind; /* 0: AUDIT_DISCLOSURE */
    int64_t practice;
    struct id actor;
    unsigned char session[16];
    unsigned roles;
    const char *action, *what;
    struct id object, client; /* client: whose record it is; unset for lists */
    const char *purpose;
    int outcome, n_rows;
    unsigned char commitment[32];
};

struct audit_file;
struct audit_config {
    const char *dir;      /* of audit.log and audit.key */
    struct keyring *keys; /* asked at open; behind a door: the log is written there */
    int64_t (*clock_ms)(void);
    int64_t reserve_bytes; /* of disk kept free for what comes: AUDIT_RESERVE_BYTES; 0: none */
};
enum { AUDIT_RESERVE_BYTES = 64 << 20 };
/* What opening found; a log that was cut or is gone is put aside and a new one begun. */
enum audit_finding { AUDIT_GOOD, AUDIT_WAS_CUT, AUDIT_WAS_GONE };

/* Opens or creates the log, checks its end, cuts a torn tail (and says so in the log), and starts
 * the group-commit thread. RC_BROKEN with *ret_why: altered, or not to be opened; RC_BUSY: in use.
 */
enum rc audit_open(const struct audit_config *c, struct audit_file **ret,
                   const char **ret_why) MUST_USE;
enum audit_finding audit_found(const struct audit_file *f);
void audit_log_id(const struct audit_file *f, unsigned char ret[static 16]);
void audit_close(struct audit_file *f); /* with a checkpoint, when there is something new */

/* Returns when the entry is on disk. RC_BUSY: it cannot be written, or only its refusal could;
 * disclose nothing. Thread-safe. */
enum rc audit_disclose(struct audit_file *f, int64_t at_ms, const struct audit_entry *e) MUST_USE;
/* The same without waiting: done(arg, rc, seq) is called on the audit file's thread when the entry
 * is on disk as record seq, or cannot be. It must be quick and must not call back into this file.
 */
typedef void audit_done_fn(void *arg, enum rc rc, int64_t seq);
void audit_disclose_later(struct audit_file *f, int64_t at_ms, const struct audit_entry *e,
                          audit_done_fn *done, void *arg);
/* The same with a checkpoint behind it. *ret_seq: its record. */
enum rc audit_append(struct audit_file *f, int64_t at_ms, const struct audit_entry *e,
                     int64_t *ret_seq) MUST_USE;
/* Many at once: ret_seq[n]. */
enum rc audit_append_many(struct audit_file *f, int64_t at_ms, const struct audit_entry *e, int n,
                          int64_t *ret_seq) MUST_USE;

/* --- checkpoints ------------------------------------------------------------------------ */

struct audit_checkpoint {
    unsigned char log_id[16];
    int64_t n; /* records before it; 0: there is none */
    int64_t at_ms;
    unsigned char head[32]; /* hash of record n */
    unsigned char signature[64];
};
/* The last one on disk. */
void audit_last_checkpoint(struct audit_file *f, struct audit_checkpoint *ret);
/* "entracte-checkpoint 1 LOG N AT_MS HEAD PUBLIC_KEY SIGNATURE" */
const char *audit_checkpoint_line(struct arena *a, const struct audit_checkpoint *c,
                                  const unsigned char public_key[static 32]);
const char *audit_hex(struct arena *a, const unsigned char *p, size_t n);

/* --- reading; beside a writer too ------------------------------------------------------------ */

struct audit_log { /* open for reading */
    int fd;
    int64_t n; /* whole records when it was opened */
    unsigned char log_id[16], public_key[32];
};
enum rc audit_log_open(const char *dir, struct audit_log *ret) MUST_USE; /* RC_NOT_FOUND */
void audit_log_close(struct audit_log *l);
/* Records first .. first + *ret_n - 1, at most max; fewer at the end of the log. */
enum rc audit_log_read(const struct audit_log *l, int64_t first, struct audit_record *ret,
                       int64_t max, int64_t *ret_n) MUST_USE;
/* Every record from `from` back to 1 (from 0: from the last one), until fn() says false. */
typedef bool audit_record_fn(void *arg, const struct audit_record *r);
enum rc audit_log_back(const struct audit_log *l, int64_t from, audit_record_fn *fn,
                       void *arg) MUST_USE;
enum rc audit_last_in_log(const struct audit_log *l, struct audit_checkpoint *ret) MUST_USE;
/* Chain and MACs of the whole log; *ret_bad is the first bad record or 0. keys NULL: chain only. */
enum rc audit_verify(const char *dir, const struct keyring *keys, int64_t *ret_n,
                     int64_t *ret_bad) MUST_USE;

/* --- the tree over a day (RFC 6962, SHA-256; leaves are whole records) ------------------------ */

struct audit_tree {
    int64_t n;
    unsigned char node[48][32]; /* roots of complete subtrees, by height */
};
void audit_tree_add(struct audit_tree *t, const struct audit_record *r);
void audit_tree_root(const struct audit_tree *t, unsigned char ret[static 32]);
/* The proof that one record is in its day's tree, as lines of text; docs/audit-format.md. */
enum rc audit_prove(struct arena *a, const struct audit_log *l, const struct keyring *keys,
                    int64_t seq, const char **ret) MUST_USE;
