/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit.h - who saw and who changed what.
 *
 * Disclosures: an append-only file beside the database, hash-chained, one entry before each
 * answer that shows personal data; entries of concurrent requests share one fdatasync (group
 * commit). Changes: a row of audit_change in the transaction of the change. Neither holds names
 * or texts: ids, actions, and names of fields. docs/adr/0006-audit.md */
#pragma once
#include "app/cx.h"

/* --- changes -------------------------------------------------------------- */
/* action: "create", "change", "sign", ...; fields: names, comma separated, or NULL. */
enum rc audit_change(struct cx *cx, const char *record, struct id id, const char *action,
                     const char *fields) MUST_USE;

/* --- disclosures ------------------------------------------------------------
 * File: records of fixed 160 bytes, little-endian: seq i64, at_ms i64, practice i64, actor[24],
 * session[16], what[24] (route's record name), object[24], outcome i32 (http status), count i32
 * (rows shown), prev-chained BLAKE2b-256 hash[32], zero padding. */
struct audit_file;
struct audit_entry {
    int64_t practice;
    struct id actor;
    unsigned char session[16];
    const char *what; /* "client", "clients", "note" */
    struct id object; /* unset for lists */
    int outcome, n_rows;
};
/* Opens or creates DIR/audit.log, checks the chain of its last 1,000 entries, cuts a torn tail,
 * and starts the group-commit thread. */
enum rc audit_open(const char *dir, struct audit_file **ret, const char **ret_why) MUST_USE;
void audit_close(struct audit_file *f);
/* Returns when the entry is on disk. RC_BUSY: it cannot be written; disclose nothing. Thread-safe.
 */
enum rc audit_disclose(struct audit_file *f, int64_t at_ms, const struct audit_entry *e) MUST_USE;
/* The same without waiting: done(arg, rc) is called on the audit file's thread when the entry is on
 * disk, or cannot be. It must be quick and must not call back into this file. */
typedef void audit_done_fn(void *arg, enum rc rc);
void audit_disclose_later(struct audit_file *f, int64_t at_ms, const struct audit_entry *e,
                          audit_done_fn *done, void *arg);
/* Reads the whole chain; *ret_bad is the first bad seq or -1. */
enum rc audit_verify(const char *dir, int64_t *ret_n, int64_t *ret_bad) MUST_USE;
