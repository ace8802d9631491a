/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyd_private.h - between the two ways to reach the holder: forked, or behind a socket. */
#pragma once
#include "audit/audit.h"
#include "keyd/keyd.h"

#include <pthread.h>

enum { LINES_MAX = 48, LINES_MORE = 8 };

struct keyd {
    struct keyd_config c;
    pthread_mutex_t lock; /* opening */
    pthread_cond_t has_audit;
    enum rc key_rc; /* of opening the key file at start */
    const char *key_why;
    struct keyring *keys; /* set once, as the next */
    struct audit_file *audit;
    int64_t told_ms; /* when an alarm was last told */
};
struct connection {
    struct keyd *d;
    int fd;
    bool is_line; /* of the log; else of calls */
    pthread_t thread;
};
/* Opens the key file, when there is one, and gives up the rest. */
enum rc keyd_init(struct keyd *d, const struct keyd_config *c, bool accepts) MUST_USE;
bool connection_start(struct connection *x); /* a thread of its own */
int keyd_n_lines(void);
