/* SPDX-License-Identifier: AGPL-3.0-or-later
 * local_socket.c - sockets of the file system. */
#include "base/local_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static bool address_of(const char *path, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(ret->sun_path))
        return false;
    memcpy(ret->sun_path, path, strlen(path) + 1);
    return true;
}

static int given_up(int fd)
{
    if (fd >= 0)
        close(fd);
    return -1;
}

int local_listen(const char *path, int kind)
{
    struct sockaddr_un at;
    if (!address_of(path, &at))
        return -1;
    int fd = socket(AF_UNIX, kind | SOCK_CLOEXEC, 0);
    unlink(path);
    mode_t mask = umask(0177);
    bool is_open = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
                   listen(fd, BACKLOG) == 0;
    umask(mask);
    return is_open ? fd : given_up(fd);
}

int local_connect(const char *path, int kind)
{
    struct sockaddr_un at;
    if (!address_of(path, &at))
        return -1;
    int fd = socket(AF_UNIX, kind | SOCK_CLOEXEC, 0);
    bool is_there = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0;
    return is_there ? fd : given_up(fd);
}

bool local_is_of_user(int fd, unsigned user)
{
    struct ucred who;
    socklen_t len = sizeof(who);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == user;
}
