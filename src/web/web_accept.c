/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_accept.c - the listening socket. Plain HTTP is for this machine alone: whoever serves the
 * network puts nginx or Caddy in front, and there is no switch to change that. */
#include "base/log.h"
#include "web/web_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, ACCEPT_SERIES = 64 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* "127.0.0.1:8080", "localhost:8080", "[::1]:8080". False: not loopback, or not an address. */
static bool address_parse(const char *listen, union address *ret, socklen_t *ret_len)
{
    char host[64];
    const char *colon = strrchr(listen, ':');
    size_t n = colon != NULL ? (size_t)(colon - listen) : 0;
    if (n == 0 || n >= sizeof(host))
        return false;
    memcpy(host, listen, n);
    host[n] = '\0';
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > 65535)
        return false;
    *ret = (union address){0};
    if (strcmp(host, "[::1]") == 0) {
        ret->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                        .sin6_addr = in6addr_loopback,
                                        .sin6_port = htons((uint16_t)port)};
        *ret_len = sizeof(ret->v6);
        return true;
    }
    ret->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    *ret_len = sizeof(ret->v4);
    if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                  &ret->v4.sin_addr) != 1)
        return false;
    return ntohl(ret->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Ten thousand idle connections need as many descriptors. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

enum rc accept_open(const char *listen_at, int *ret_fd, int *ret_port, const char **ret_why)
{
    union address at;
    socklen_t len;
    if (!address_parse(listen_at, &at, &len)) {
        *ret_why = "The listen address must be this machine's own: 127.0.0.1:PORT or [::1]:PORT.";
        return RC_INVALID;
    }
    raise_descriptors();
    int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        abort();
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, &at.any, len) != 0 || listen(fd, BACKLOG) != 0) {
        bool is_taken = errno == EADDRINUSE;
        *ret_why =
            is_taken ? "The port is in use by another program." : "The port cannot be opened.";
        close(fd);
        return is_taken ? RC_CONFLICT : RC_INVALID;
    }
    getsockname(fd, &at.any, &len);
    *ret_port = ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
    *ret_fd = fd;
    return RC_OK;
}

void accept_run(int listen_fd, int stop_fd, void (*give)(void *arg, int fd), void *arg)
{
    struct pollfd watched[2] = {{.fd = listen_fd, .events = POLLIN},
                                {.fd = stop_fd, .events = POLLIN}};
    while ((watched[1].revents & POLLIN) == 0) {
        if (poll(watched, 2, -1) < 0)
            continue;
        for (int i = 0; i < ACCEPT_SERIES && (watched[0].revents & POLLIN) != 0; i++) {
            int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (fd < 0) {
                if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                    poll(NULL, 0, 20); /* until a connection ends */
                break;
            }
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
            give(arg, fd);
        }
    }
}
