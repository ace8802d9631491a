/* SPDX-License-Identifier: AGPL-3.0-or-later
 * listen.c - the holder as a service of its own, so that the system can shut it in further: no
 * network at all, other limits, another start. Only processes of the same user are heard. */
#include "base/local_socket.h"
#include "base/log.h"
#include "keyd/keyd_private.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IS_CALLS = 'C', IS_LINE = 'L' };

struct listener {
    struct keyd *d;
    int fd;
    uid_t user;
};

static void *accept_all(void *arg)
{
    struct listener *l = arg;
    for (int fd; (fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        char kind = 0;
        struct connection *x = calloc(1, sizeof(*x)); /* as long as the process: few, and small */
        if (x == NULL)
            abort();
        bool is_ours = local_is_of_user(fd, l->user) && read(fd, &kind, 1) == 1;
        *x = (struct connection){.d = l->d, .fd = fd, .is_line = kind == IS_LINE};
        if (!is_ours || (kind != IS_LINE && kind != IS_CALLS) || !connection_start(x)) {
            close(fd);
            free(x);
        } else {
            pthread_detach(x->thread);
        }
    }
    return NULL;
}

enum rc keyd_listen(const struct keyd_config *c, const char *path, const sigset_t *end)
{
    static struct keyd d; /* for connections that outlive this function by a moment */
    struct listener l = {&d, local_listen(path, SOCK_STREAM), geteuid()};
    pthread_t t;
    int sig;
    if (l.fd < 0)
        return RC_INVALID;
    TRY(keyd_init(&d, c, true));
    if (pthread_create(&t, NULL, accept_all, &l) != 0)
        return RC_BUSY;
    log_info("holding the keys");
    sigwait(end, &sig);
    shutdown(l.fd, SHUT_RDWR);
    pthread_join(t, NULL);
    if (d.audit != NULL)
        audit_close(d.audit);
    return RC_OK;
}

static int knock(const char *path, char kind)
{
    int fd = local_connect(path, SOCK_STREAM);
    if (fd >= 0 && write(fd, &kind, 1) != 1) {
        close(fd);
        fd = -1;
    }
    return fd;
}

enum rc keyd_connect(const char *path, struct door **ret)
{
    int fds[LINES_MAX], n = keyd_n_lines();
    for (int i = 0; i < n; i++)
        if ((fds[i] = knock(path, i == n - 1 ? IS_LINE : IS_CALLS)) < 0)
            return RC_BUSY;
    *ret = door_new(fds, n);
    return RC_OK;
}
