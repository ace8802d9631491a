/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyd.h - the key holder: a process of its own that has the keys and writes the audit log.
 *
 * The server that speaks HTTP holds no key: it asks, by place, for each value, and every question
 * is metered here. The holder has no network, no database, and no file but the key file and the
 * audit log. It ends when the last of its connections does. docs/adr/0011-key-holder.md */
#pragma once
#include "seal/call.h"

#include <signal.h>
#include <sys/types.h>

struct keyd_config {
    const char *key_file, *key_dir, *data_dir; /* key_dir: where key_file is */
    passphrase_ask *ask;                       /* of a key file that wants one */
    int64_t (*clock_ms)(void);
};
/* Forks it, before there are threads and before anything secret is read. *ret is the door to it;
 * free it with the keyring that stands behind it. */
enum rc keyd_start(const struct keyd_config *c, struct door **ret, pid_t *ret_holder) MUST_USE;
/* The same as a service of its own, behind a socket of the file system: serves until SIGTERM, which
 * is blocked when this is called. RC_INVALID: the socket cannot be made. */
enum rc keyd_listen(const struct keyd_config *c, const char *path, const sigset_t *end) MUST_USE;
enum rc keyd_connect(const char *path, struct door **ret) MUST_USE; /* RC_BUSY: nobody there */
/* After the door was freed: until the holder has written its last. */
void keyd_wait(pid_t holder);
