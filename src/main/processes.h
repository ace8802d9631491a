/* SPDX-License-Identifier: AGPL-3.0-or-later
 * processes.h - the processes of a server and what each gives up. */
#pragma once
#include "app/app.h"

#include <sys/types.h>

struct door;
struct netd;
/* Starts the key holder; before there are threads. Prints why not, and returns EXIT_REFUSED. */
int holder_start(const struct settings *s, struct door **ret, pid_t *ret_holder);
/* Starts the caller, before the key holder, so that it has nothing of it; or connects to the one
 * that runs as a service. *ret stays NULL when nothing is to be sent anywhere. */
int caller_start(const struct settings *s, struct netd **ret);
/* This computer stands in for another one in a demo alone. */
int caller_check(const struct settings *s);
/* This process keeps its database, its data directory and what the system has for all; it starts no
 * other program. Files before there are threads, calls when it listens. */
/* writes_log: there is no key holder that does. */
int shut_in_files(const struct settings *s, bool writes_log);
int shut_in_calls(const struct settings *s);
