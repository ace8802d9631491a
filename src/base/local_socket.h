/* SPDX-License-Identifier: AGPL-3.0-or-later
 * local_socket.h - sockets of the file system, between processes of one user on one computer. */
#pragma once
#include "base/base.h"

/* Made anew, mode 0600, listening; kind: SOCK_STREAM or SOCK_SEQPACKET. -1: it cannot be. */
int local_listen(const char *path, int kind);
int local_connect(const char *path, int kind); /* -1: nobody there */
/* Is who connected a process of the same user as this one was when it listened? */
bool local_is_of_user(int fd, unsigned user);
