/* SPDX-License-Identifier: AGPL-3.0-or-later
 * netd.h - the caller: a process of its own, the only one that connects to other computers.
 *
 * It has no database, no key and no file to write. Where it may go is what the settings name, told
 * at its start; who asks it cannot widen that. Names are looked up once, addresses that are not of
 * the public Internet are refused, and the connection is held to the address that was checked. TLS
 * is always verified; redirects and proxies are not followed. Sole user of libcurl, and of OpenSSL
 * for time stamps. docs/adr/0012-netd.md. Sources: RFC 3161, RFC 5321, RFC 8314, RFC 6890. */
#pragma once
#include "netd/ask.h"

#include <signal.h>

/* Forks it: before there are threads, and before anything secret is opened. It ends with this
 * process, at once, whatever it waits for. */
enum rc netd_start(const struct netd_config *c, struct netd **ret) MUST_USE;
/* The same as a service of its own, behind a socket of the file system, for processes of the same
 * user: serves until SIGTERM, which is blocked when this is called. RC_INVALID: no such socket. */
enum rc netd_listen(const struct netd_config *c, const char *path, const sigset_t *end) MUST_USE;
enum rc netd_connect(const char *path, struct netd **ret) MUST_USE; /* RC_BUSY: nobody there */
