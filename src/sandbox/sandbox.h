/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sandbox.h - what a process of ours gives up for good before it hears a stranger.
 *
 * No new privileges, no core, not traceable; Landlock: only the named directories exist; seccomp:
 * only the system calls it needs. Nothing of it can be undone. Sole user of libseccomp and of the
 * Landlock system calls. Sources: kernel.org userspace-api/landlock, seccomp(2). */
#pragma once
#include "base/base.h"

enum sandbox_kind {
    SANDBOX_KEYD, /* files of its own, no socket, no other program */
    SANDBOX_WEB,  /* its listener, its database, no other program */
    SANDBOX_NETD, /* connections out, no file to write */
};
struct sandbox {
    enum sandbox_kind kind;
    const char *const
        *writes; /* directories and files; NULL-ended; one that is not is passed over */
    const char *const *reads;
    bool accepts;       /* KEYD, NETD: listens on a socket it has */
    bool makes_sockets; /* a database behind a socket wants new connections */
};
/* Files: before there are threads, as those that run already stay free. What this kernel does not
 * have is told in the log. RC_BROKEN: it has it, and refused. */
enum rc sandbox_files(const struct sandbox *s) MUST_USE;
/* System calls: of every thread, those that run too. */
enum rc sandbox_calls(const struct sandbox *s) MUST_USE;
/* A sanitizer needs what this takes away; then nothing is taken. */
bool sandbox_is_possible(void);
