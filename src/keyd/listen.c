/* SPDX-License-Identifier: AGPL-3.0-or-later
 * listen.c - the holder as a service of its own, so that the system can shut it in further: no
 * network at all, other limits, another start. Only processes of the same user are heard. */
#include "base/log.h"
#include "keyd/keyd_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { IS_CALLS = 'C', IS_LINE = 'L', BACKLOG = 64 };

static bool address(const char *path, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(ret->sun_path))
        return false;
    memcpy(ret->sun_path, path, strlen(path) + 1);
    return true;
}

static bool is_of_user(int fd, uid_t user)
{
    struct ucred who;
    socklen_t len = sizeof(who);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == user;
}

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
        bool is_ours = is_of_user(fd, l->user) && read(fd, &kind, 1) == 1;
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
    struct sockaddr_un at;
    struct listener l = {&d, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), geteuid()};
    pthread_t t;
    int sig;
    unlink(path);
    mode_t mask = umask(0177);
    bool is_open = l.fd >= 0 && address(path, &at) &&
                   bind(l.fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
                   listen(l.fd, BACKLOG) == 0;
    umask(mask);
    if (!is_open)
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

static int knock(const struct sockaddr_un *at, char kind)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        (connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 || write(fd, &kind, 1) != 1)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

enum rc keyd_connect(const char *path, struct door **ret)
{
    struct sockaddr_un at;
    int fds[LINES_MAX], n = keyd_n_lines();
    if (!address(path, &at))
        return RC_INVALID;
    for (int i = 0; i < n; i++)
        if ((fds[i] = knock(&at, i == n - 1 ? IS_LINE : IS_CALLS)) < 0)
            return RC_BUSY;
    *ret = door_new(fds, n);
    return RC_OK;
}
