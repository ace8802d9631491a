/* SPDX-License-Identifier: AGPL-3.0-or-later
 * netd.c - the caller as a process, and the socket to it. */
#include "base/local_socket.h"
#include "base/log.h"
#include "netd/netd_private.h"
#include "sandbox/sandbox.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { ARENA_BYTES = 1 << 20 };

/* --- the process ---------------------------------------------------------------------------- */

/* Names, certificates, and what it was told to trust; not the settings, not the keys beside them.
 */
static enum rc harden(const struct netd_config *c, bool accepts)
{
    const char *const reads[] = {"/etc/resolv.conf",
                                 "/run/systemd/resolve",
                                 "/etc/hosts",
                                 "/etc/host.conf",
                                 "/etc/nsswitch.conf",
                                 "/etc/gai.conf",
                                 "/etc/services",
                                 "/etc/ld.so.cache",
                                 "/etc/ssl/certs",
                                 "/etc/ssl/openssl.cnf",
                                 "/usr/lib/ssl",
                                 "/usr/share/ca-certificates",
                                 "/usr/lib",
                                 "/lib",
                                 "/dev/urandom",
                                 c->ca_file != NULL ? c->ca_file : "/dev/null",
                                 c->time_stamp_ca != NULL ? c->time_stamp_ca : "/dev/null",
                                 NULL};
    const struct sandbox s = {
        .kind = SANDBOX_NETD, .reads = reads, .makes_sockets = true, .accepts = accepts};
    prctl(PR_SET_NAME, "entracte-netd");
    signal(SIGPIPE, SIG_IGN);
    TRY(sandbox_files(&s));
    return sandbox_calls(&s);
}

/* One question, one answer; who speaks nonsense is not heard again. */
static void serve(struct caller *c, int fd)
{
    static unsigned char in[MESSAGE_MAX], out[MESSAGE_MAX];
    struct arena a;
    arena_init(&a, ARENA_BYTES);
    while (true) {
        struct message asked, answer;
        ssize_t n = recv(fd, in, sizeof(in), MSG_TRUNC);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || (size_t)n > sizeof(in) ||
            message_decode((struct bytes){in, (size_t)n}, &asked) != RC_OK)
            break;
        caller_answer(c, &a, &asked, &answer);
        if (send(fd, out, message_encode(&answer, out), MSG_NOSIGNAL) < 0)
            break;
        arena_reset(&a);
    }
    arena_wipe(&a);
    close(fd);
}

static int run(const struct netd_config *config, int fd, pid_t parent)
{
    static struct caller c;
    const char *why = "";
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        return 1;
    signal(SIGINT, SIG_IGN); /* ends when nobody can ask any more, not before */
    signal(SIGTERM, SIG_IGN);
    bool is_good = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
                   caller_init(&c, config, &why) == RC_OK && harden(config, false) == RC_OK;
    if (!is_good) {
        log_error("the process for connections could not be set up: %s", why);
        return 1;
    }
    serve(&c, fd);
    return 0;
}

/* --- asking ------------------------------------------------------------------------------------
 */

struct netd {
    int fd;
    pthread_mutex_t lock; /* one question at a time */
};

static struct netd *netd_new(int fd)
{
    struct netd *n = calloc(1, sizeof(*n));
    if (n == NULL)
        abort();
    n->fd = fd;
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

enum rc netd_start(const struct netd_config *c, struct netd **ret)
{
    enum { FIRST_FD = 3 };
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return RC_BUSY;
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return RC_BUSY;
    }
    if (pid == 0) { /* nothing that was open before is its */
        int fd = dup2(pair[1], FIRST_FD);
        close_range(FIRST_FD + 1, ~0U, 0);
        _exit(run(c, fd, parent));
    }
    close(pair[1]);
    *ret = netd_new(pair[0]);
    return RC_OK;
}

static enum netd_fault exchange(struct netd *n, unsigned char *room, size_t len, ssize_t *ret_len)
{
    if (send(n->fd, room, len, MSG_NOSIGNAL) < 0)
        return NETD_GONE;
    while ((*ret_len = recv(n->fd, room, MESSAGE_MAX, MSG_TRUNC)) < 0 && errno == EINTR)
        ;
    return *ret_len > 0 && *ret_len <= MESSAGE_MAX ? NETD_OK : NETD_GONE;
}

enum netd_fault netd_ask(struct netd *n, struct arena *a, const struct netd_request *r,
                         struct netd_answer *ret)
{
    struct message m = {.n = {r->form}};
    unsigned char *room = arena_alloc(a, MESSAGE_MAX);
    ssize_t got = 0;
    memcpy(m.s, r->s, sizeof(m.s));
    size_t len = message_encode(&m, room);
    if (len == 0)
        return NETD_TOO_LONG;
    pthread_mutex_lock(&n->lock);
    enum netd_fault f = exchange(n, room, len, &got);
    pthread_mutex_unlock(&n->lock);
    if (f != NETD_OK)
        return f;
    if (message_decode((struct bytes){room, (size_t)got}, &m) != RC_OK || m.n[0] >= NETD_FAULT_N_)
        return NETD_GONE;
    *ret = (struct netd_answer){.status = (int)m.n[1], .body = m.s[0]};
    return (enum netd_fault)m.n[0];
}

void netd_hang_up(struct netd *n)
{
    if (n != NULL)
        shutdown(n->fd, SHUT_RDWR);
}

void netd_free(struct netd *n)
{
    if (n == NULL)
        return;
    close(n->fd);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

/* --- as a service of its own ------------------------------------------------------------------ */

struct listener {
    struct caller *c;
    int fd;
    uid_t user;
};

/* One server after the other: a second one waits until the first has gone. */
static void *accept_all(void *arg)
{
    struct listener *l = arg;
    for (int fd; (fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
        if (local_is_of_user(fd, l->user))
            serve(l->c, fd);
        else
            close(fd);
    return NULL;
}

enum rc netd_listen(const struct netd_config *config, const char *path, const sigset_t *end)
{
    static struct caller c;
    static struct listener l;
    const char *why = "";
    pthread_t t;
    int sig;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || caller_init(&c, config, &why) != RC_OK)
        return RC_BROKEN;
    l = (struct listener){&c, local_listen(path, SOCK_SEQPACKET), geteuid()};
    if (l.fd < 0)
        return RC_INVALID;
    TRY(harden(config, true));
    if (pthread_create(&t, NULL, accept_all, &l) != 0)
        return RC_BUSY;
    log_info("calling other computers on behalf of the server");
    sigwait(end, &sig);
    return RC_OK; /* the thread may wait for a stranger; the process ends */
}

enum rc netd_connect(const char *path, struct netd **ret)
{
    int fd = local_connect(path, SOCK_SEQPACKET);
    if (fd < 0)
        return RC_BUSY;
    *ret = netd_new(fd);
    return RC_OK;
}
