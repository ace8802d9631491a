/* SPDX-License-Identifier: AGPL-3.0-or-later
 * remote.h - the log as a process without keys has it: its entries go to the key holder.
 *
 * One line for entries, written and answered out of step: as many as come together share the
 * holder's fdatasync as if they were made there. */
#pragma once
#include "audit/audit.h"

/* One entry on its way; the record is numbered, chained and sealed by who writes it. */
struct audit_sent {
    uint64_t id;
    uint64_t wants_checkpoint;
    struct audit_record record;
};
struct audit_answered {
    uint64_t id;
    int64_t rc, seq;
};

struct audit_remote;
/* fd: the line; it stays the caller's. */
struct audit_remote *audit_remote_new(int fd);
void audit_remote_free(struct audit_remote *r);
/* done() is called on a thread of its own; RC_BUSY when the holder is gone. */
void audit_remote_put(struct audit_remote *r, const struct audit_record *record,
                      bool wants_checkpoint, audit_done_fn *done, void *arg);

/* The holder's side: reads entries from the line until it ends, and answers each when it is on
 * disk. f is one that audit_open() opened here. */
void audit_serve_line(struct audit_file *f, int fd);
