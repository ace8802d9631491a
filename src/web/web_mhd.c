/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_mhd.c - connections. The only file that knows libmicrohttpd.
 *
 * One daemon per loop thread, without a listening socket: the shared socket of its own thread pool
 * does not balance. The loop is ours (poll, then MHD_run), so that timers and the memory of idle
 * connections are looked after on the thread that owns them, without a lock. A request is suspended
 * while a worker has it. */
#include "base/log.h"
#include "web/web_private.h"

#include <errno.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* Over 32 KiB the library takes whole pages from the system for each connection, which idle
     * ones give back (release_idle_pages); it holds the head, its index, and the head of the
     * answer. */
    CONNECTION_BYTES = 36 * KiB,
    PAGE_BYTES = 4096,
    IDLE_S = 30,
    HEAD_MS = 10 * 1000,
    BODY_GRACE_MS = 10 * 1000,
    BODY_BYTES_PER_S = 1024,
    RELEASE_MS = 2000,
    SWEEP_MS = 1000,
    MANY_RELEASED = 200,
    DRAIN_MS = 15 * 1000,
    FREE_MAX = 64,
    BODIES_MAX_BYTES = 512 * MiB, /* of all requests that are being received */
    /* What is kept of that for bodies up to this size, which the time for a body ends in minutes: a
     * stranger who holds many large ones, for hours, stops no form and no note. */
    BODIES_SMALL_BYTES = 64 * MiB,
    SMALL_BODY_BYTES = 512 * KiB,
};

struct transfer {      /* an exchange with its socket side */
    struct exchange x; /* first: pool.c hands back a pointer to it */
    struct loop *loop;
    struct MHD_Connection *connection;
    struct header headers[HEAD_MAX_HEADERS];
    char target[TARGET_MAX_BYTES + 2]; /* the library decodes its copy in place */
    const char *raw_target;
    const struct embedded_static *file;
    unsigned char *body;
    size_t body_cap, body_max;
    bool is_begun, is_refused, is_with_worker, is_answered;
    struct transfer *next; /* in the loop's free list */
};

struct conn { /* one socket */
    struct conn *next, **self;
    struct MHD_Connection *connection;
    int fd;
    const void *memory;  /* the library's pages for this connection, NULL: not known yet */
    struct transfer *t;  /* the request that is going on, or NULL */
    uint64_t seen_bytes; /* received when the last request ended */
    int64_t idle_ms;     /* since when no request goes on */
    int64_t head_ms;     /* since when a head is incomplete; 0: none begun */
    int64_t body_ms;
    bool is_released;
};

struct loop {
    struct server *server;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int wake_fd;
    struct conn *conns;
    struct transfer *free;
    int n_free;
    pthread_mutex_t lock; /* for arrived[] */
    int *arrived;
    int n_arrived, cap_arrived;
};

struct server {
    struct web *web;
    struct pool *pool;
    int listen_fd, stop_fd; /* stop_fd: an eventfd that ends accepting */
    pthread_t accepting;
    _Atomic bool ends;
    _Atomic size_t bodies_bytes;
    int n_loops, turn;
    struct loop loop[];
};

static int64_t now_ms(void)
{
    return monotonic_us() / 1000;
}

static struct conn *conn_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* --- requests ----------------------------------------------------------- */

static struct transfer *transfer_new(struct loop *l)
{
    struct transfer *t = l->free;
    if (t != NULL) {
        l->free = t->next;
        l->n_free--;
    } else {
        t = malloc(sizeof(*t));
        if (t == NULL)
            abort();
        arena_init(&t->x.arena, REQUEST_ARENA_BYTES);
    }
    struct arena arena = t->x.arena;
    t->x = (struct exchange){.web = l->server->web, .arena = arena, .start_us = monotonic_us()};
    t->loop = l;
    t->raw_target = NULL;
    t->file = NULL;
    t->body = NULL;
    t->body_cap = t->body_max = 0;
    t->is_begun = t->is_refused = t->is_with_worker = t->is_answered = false;
    atomic_fetch_add(&l->server->web->n_in_flight, 1);
    return t;
}

/* Nothing of a request stays behind: what it said is wiped with what was answered. */
static void transfer_end(struct transfer *t)
{
    struct loop *l = t->loop;
    if (t->body != NULL) {
        explicit_bzero(t->body, t->body_cap);
        free(t->body);
        atomic_fetch_sub(&l->server->bodies_bytes, t->body_cap);
    }
    explicit_bzero(t->target, strlen(t->target));
    if (l->n_free < FREE_MAX) {
        arena_reset(&t->x.arena);
        t->next = l->free;
        l->free = t;
        l->n_free++;
    } else {
        arena_wipe(&t->x.arena);
        free(t);
    }
    atomic_fetch_sub(&l->server->web->n_in_flight, 1);
}

static void log_transfer(const struct transfer *t)
{
    const struct exchange *x = &t->x;
    const char *method = x->head.method;
    bool is_known = method != NULL && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
                                       strcmp(method, "POST") == 0);
    int64_t us = monotonic_us() - x->start_us;
    if (t->file == NULL && x->reply != NULL) /* a file of ours is not worth a line */
        log_info("%s %s %d %lld.%01lld ms %zu B", is_known ? method : "-", request_pattern(x),
                 x->reply->status, (long long)us / 1000, (long long)us / 100 % 10,
                 x->reply->body.len);
}

/* --- the head ----------------------------------------------------------- */

static enum MHD_Result collect_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                      size_t n_name, const char *value, size_t n_value)
{
    (void)kind;
    struct transfer *t = arg;
    struct head *h = &t->x.head;
    if (value == NULL)
        value = "";
    if (h->n_headers < HEAD_MAX_HEADERS)
        t->headers[h->n_headers] = (struct header){name, value, n_name, n_value};
    h->n_headers++;
    return MHD_YES;
}

/* The library reads the head in place and hides what it tolerates: bare line feeds, folded lines,
 * NUL, blanks. They show as gaps between the pieces, which a clean head does not have: one blank in
 * the request line, ": " or ":" after a name, CRLF after a value. */
static bool is_exact(const struct transfer *t, const char *method, const char *version)
{
    const struct head *h = &t->x.head;
    uintptr_t at = (uintptr_t)method + strlen(method) + 1;
    if ((uintptr_t)t->raw_target != at)
        return false;
    at += strlen(t->target) + 1;
    if ((uintptr_t)version != at || strlen(version) != 8)
        return false;
    at += 8 + 2;
    for (int i = 0; i < h->n_headers; i++) {
        const struct header *f = &t->headers[i];
        uintptr_t value = (uintptr_t)f->name + f->n_name + 1;
        if ((uintptr_t)f->name != at ||
            ((uintptr_t)f->value != value && (uintptr_t)f->value != value + 1))
            return false;
        at = (uintptr_t)f->value + f->n_value + 2;
    }
    return (uintptr_t)method + h->n_bytes == at + 2;
}

/* Called with the target before the library decodes it; returns the request's context. */
static void *on_target(void *arg, const char *target, struct MHD_Connection *c)
{
    struct transfer *t = transfer_new(arg);
    t->connection = c;
    t->raw_target = target;
    size_t n = target != NULL ? strnlen(target, TARGET_MAX_BYTES + 1) : 0;
    memcpy(t->target, or_empty(target), n);
    t->target[n] = '\0';
    conn_of(c)->t = t;
    return t;
}

static size_t keep_target(void *arg, struct MHD_Connection *c, char *s)
{
    (void)arg, (void)c;
    return strlen(s);
}

static void read_head(struct transfer *t, const char *method, const char *version)
{
    struct head *h = &t->x.head;
    *h = (struct head){.method = method,
                       .target = t->target,
                       .is_http10 = strcmp(version, "HTTP/1.0") == 0,
                       .headers = t->headers};
    MHD_get_connection_values_n(t->connection, MHD_HEADER_KIND, collect_header, t);
    h->n_bytes = MHD_get_connection_info(t->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
                     ->header_size;
    if (h->n_headers <= HEAD_MAX_HEADERS)
        h->is_exact = is_exact(t, method, version);
    struct conn *conn = conn_of(t->connection);
    conn->memory = (uintptr_t)method % PAGE_BYTES == 0 ? method : NULL;
    conn->is_released = false;
}

/* --- answers ------------------------------------------------------------ */

static enum MHD_Result queue(struct transfer *t, int status, struct MHD_Response *r)
{
    if (t->is_refused || atomic_load(&t->loop->server->web->is_stopping))
        MHD_add_response_header(r, "Connection", "close");
    t->is_answered = true;
    enum MHD_Result done = MHD_queue_response(t->connection, (unsigned)status, r);
    MHD_destroy_response(r);
    return done;
}

/* What is read while it is sent. Lives until the last byte left, or the other side did. */
struct streamed {
    struct reply_source source;
    void *arg;
};

static ssize_t stream_some(void *arg, uint64_t at, char *to, size_t room)
{
    struct streamed *s = arg;
    int64_t left = s->source.n_bytes - (int64_t)at;
    size_t n = left < (int64_t)room ? (size_t)left : room;
    if (n == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return s->source.read(s->arg, (int64_t)at, (unsigned char *)to, n) == RC_OK
               ? (ssize_t)n
               : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void stream_end(void *arg)
{
    struct streamed *s = arg;
    s->source.end(s->arg);
    free(s);
}

static struct MHD_Response *stream_of(const struct reply_source *source)
{
    struct streamed *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    s->source = *source;
    s->arg = source->begin(source->id);
    struct MHD_Response *r =
        s->arg == NULL ? NULL
                       : MHD_create_response_from_callback((uint64_t)source->n_bytes, 64 * KiB,
                                                           stream_some, s, stream_end);
    if (r != NULL)
        return r;
    if (s->arg != NULL)
        source->end(s->arg);
    free(s);
    return NULL;
}

static enum MHD_Result send_reply(struct transfer *t)
{
    const struct reply *rp = t->x.reply;
    struct MHD_Response *r =
        rp->source != NULL
            ? stream_of(rp->source)
            : MHD_create_response_from_buffer(rp->body.len, (void *)(uintptr_t)rp->body.p,
                                              MHD_RESPMEM_PERSISTENT);
    if (r == NULL)
        return MHD_NO;
    if (rp->type != NULL)
        MHD_add_response_header(r, "Content-Type", rp->type);
    for (int i = 0; i < rp->n_headers; i++)
        MHD_add_response_header(r, rp->header[i].name, rp->header[i].value);
    return queue(t, rp->status, r);
}

static enum MHD_Result send_file(struct transfer *t)
{
    const struct embedded_static *f = t->file;
    const char *match = head_get(&t->x.head, "If-None-Match");
    bool is_known = match != NULL && strstr(match, f->url) != NULL;
    bool is_packed = f->gzip.p != NULL && head_accepts_gzip(&t->x.head);
    struct bytes body = is_known ? (struct bytes){0} : is_packed ? f->gzip : f->data;
    struct MHD_Response *r = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.p,
                                                             MHD_RESPMEM_PERSISTENT);
    char etag[128];
    snprintf(etag, sizeof(etag), "\"%s%s\"", f->url, is_packed ? ".gz" : "");
    MHD_add_response_header(r, "ETag", etag);
    MHD_add_response_header(r, "Cache-Control", "public, max-age=31536000, immutable");
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    if (f->gzip.p != NULL)
        MHD_add_response_header(r, "Vary", "Accept-Encoding");
    if (!is_known) {
        MHD_add_response_header(r, "Content-Type", f->type);
        if (is_packed)
            MHD_add_response_header(r, "Content-Encoding", "gzip");
    }
    return queue(t, is_known ? 304 : 200, r);
}

/* --- the way of a request on its loop ----------------------------------- */

/* The head is complete. */
static enum MHD_Result begin(struct transfer *t, const char *method, const char *version)
{
    t->is_begun = true;
    read_head(t, method, version);
    if (!request_begin(&t->x)) {
        t->is_refused = true;
        return send_reply(t);
    }
    if (strncmp(t->target, STATIC_PREFIX, strlen(STATIC_PREFIX)) == 0 && t->x.head.method[0] != 'P')
        t->file = static_at(t->target);
    if (head_has_body(&t->x.head)) {
        t->body_max = (size_t)request_max_body_bytes(&t->x);
        conn_of(t->connection)->body_ms = now_ms();
    }
    return MHD_YES;
}

bool body_has_room(size_t held_bytes, size_t body_bytes)
{
    size_t most = BODIES_MAX_BYTES - (body_bytes > SMALL_BODY_BYTES ? BODIES_SMALL_BYTES : 0);
    return body_bytes <= most && held_bytes <= most - body_bytes;
}

/* False: as much is being received as may be. */
static bool body_room_take(struct server *s, size_t cap)
{
    bool fits = body_has_room(atomic_fetch_add(&s->bodies_bytes, cap), cap);
    if (!fits)
        atomic_fetch_sub(&s->bodies_bytes, cap);
    return fits;
}

/* More of the body. */
static enum MHD_Result receive(struct transfer *t, const char *data, size_t *n)
{
    size_t len = t->x.body.len;
    if (t->is_refused || *n > t->body_max - len) {
        t->is_refused =
            true; /* too large, and it did not say so before: the connection is closed */
        return MHD_NO;
    }
    if (len + *n > t->body_cap) {
        size_t cap = t->body_cap * 2 > len + *n ? t->body_cap * 2 : len + *n;
        cap = cap < t->body_max ? cap : t->body_max;
        if (!body_room_take(t->loop->server, cap))
            return MHD_NO;
        unsigned char *p = malloc(cap);
        if (p == NULL)
            abort();
        if (t->body != NULL) {
            memcpy(p, t->body, len);
            explicit_bzero(t->body, len);
            free(t->body);
            atomic_fetch_sub(&t->loop->server->bodies_bytes, t->body_cap);
        }
        t->body = p;
        t->body_cap = cap;
    }
    memcpy(t->body + len, data, *n);
    t->x.body = (struct bytes){t->body, len + *n};
    *n = 0;
    return MHD_YES;
}

/* The request is complete, or its answer is. */
static enum MHD_Result complete(struct transfer *t)
{
    if (t->is_with_worker)
        return send_reply(t);
    if (t->file != NULL)
        return send_file(t);
    t->is_with_worker = true;
    MHD_suspend_connection(t->connection);
    if (!pool_put(t->loop->server->pool, &t->x)) {
        t->is_refused = true;
        request_refuse(&t->x, 503);
        MHD_resume_connection(t->connection);
    }
    return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n_data, void **context)
{
    (void)arg, (void)url, (void)c;
    struct transfer *t = *context;
    if (t->is_answered)
        return MHD_YES;
    if (!t->is_begun)
        return begin(t, method, version);
    return *n_data > 0 ? receive(t, data, n_data) : complete(t);
}

/* On a worker's thread. */
static void on_answer(struct exchange *x)
{
    struct loop *l = ((struct transfer *)x)->loop;
    MHD_resume_connection(((struct transfer *)x)->connection); /* from here on x is the loop's */
    eventfd_write(l->wake_fd, 1);
}

static uint64_t received_bytes(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    (void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
    return info.tcpi_bytes_received;
}

static void on_completed(void *arg, struct MHD_Connection *c, void **context,
                         enum MHD_RequestTerminationCode why)
{
    (void)arg, (void)why;
    struct transfer *t = *context;
    struct conn *conn = conn_of(c);
    if (t == NULL)
        return;
    log_transfer(t);
    transfer_end(t);
    *context = NULL;
    conn->t = NULL;
    conn->idle_ms = now_ms();
    conn->head_ms = conn->body_ms = 0;
    conn->seen_bytes = received_bytes(conn->fd);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct loop *l = arg;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        struct conn *old = *context;
        *old->self = old->next;
        if (old->next != NULL)
            old->next->self = old->self;
        free(old);
        return;
    }
    struct conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL)
        abort();
    conn->connection = c;
    conn->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    conn->idle_ms = now_ms();
    conn->next = l->conns;
    conn->self = &l->conns;
    if (l->conns != NULL)
        l->conns->self = &conn->next;
    l->conns = conn;
    *context = conn;
}

/* --- timers and idle connections ---------------------------------------- */

static bool is_zero(const unsigned char *p, size_t n)
{
    return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* The library clears a connection's memory after each request, which keeps all of it resident. A
 * page of zeros that is given back reads as zeros again, so this changes nothing but the memory
 * used. */
static void release_idle_pages(struct conn *c)
{
    unsigned char *p = (unsigned char *)(uintptr_t)c->memory;
    c->is_released = true;
    for (size_t at = 0; p != NULL && at < CONNECTION_BYTES; at += PAGE_BYTES)
        if (is_zero(p + at, PAGE_BYTES))
            (void)madvise(p + at, PAGE_BYTES, MADV_DONTNEED);
}

static void close_slow(const struct conn *c)
{
    (void)shutdown(c->fd, SHUT_RDWR); /* the library notices and cleans up */
}

/* True when memory was given back. */
static bool look_after(struct conn *c, int64_t now)
{
    if (c->t == NULL) {
        if (received_bytes(c->fd) == c->seen_bytes) {
            if (!c->is_released && now - c->idle_ms > RELEASE_MS) {
                release_idle_pages(c);
                return true;
            }
        } else if (c->head_ms == 0) {
            c->head_ms = now;
        } else if (now - c->head_ms > HEAD_MS) {
            close_slow(c);
        }
    } else if (!c->t->is_begun) {
        if (c->head_ms == 0)
            c->head_ms = now;
        else if (now - c->head_ms > HEAD_MS)
            close_slow(c);
    } else if (c->t->body_max > 0 && !c->t->is_with_worker && !c->t->is_answered) {
        int64_t elapsed_ms = now - c->body_ms;
        if (elapsed_ms > BODY_GRACE_MS &&
            (int64_t)c->t->x.body.len < elapsed_ms / 1000 * BODY_BYTES_PER_S)
            close_slow(c);
    }
    return false;
}

static void sweep(struct loop *l)
{
    int64_t now = now_ms();
    int n_released = 0;
    for (struct conn *c = l->conns; c != NULL; c = c->next)
        n_released += look_after(c, now);
    if (n_released >= MANY_RELEASED)
        malloc_trim(0); /* a burst is over: what its requests used goes back too */
}

/* Called with each of the library's log lines. It answers a Content-Length that is no number twice
 * (up to 0.9.75 the state after its error reply is overwritten), and logs before it does: a head
 * that is complete and did not reach us is refused here, and what the library then sends goes
 * nowhere. */
static void on_log(void *arg, const char *format, va_list values)
{
    (void)format, (void)values; /* they may hold what the client sent */
    static const char refusal[] =
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const struct loop *l = arg;
    for (const struct conn *c = l->conns; c != NULL; c = c->next) {
        if (c->t == NULL || c->t->is_begun || c->t->is_answered ||
            MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE) == NULL)
            continue;
        c->t->is_answered = true;
        log_warn("refused: by the library");
        (void)send(c->fd, refusal, sizeof(refusal) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(c->fd, SHUT_RDWR);
    }
}

/* --- loops -------------------------------------------------------------- */

static void adopt_arrived(struct loop *l)
{
    eventfd_t ignored;
    (void)eventfd_read(l->wake_fd, &ignored);
    pthread_mutex_lock(&l->lock);
    int n = l->n_arrived, *fds = l->arrived;
    l->arrived = NULL;
    l->n_arrived = l->cap_arrived = 0;
    pthread_mutex_unlock(&l->lock);
    struct sockaddr_in nobody = {.sin_family = AF_INET};
    for (int i = 0; i < n; i++)
        (void)MHD_add_connection(l->daemon, fds[i], (struct sockaddr *)&nobody,
                                 sizeof(nobody)); /* closes on failure */
    free(fds);
}

/* On the accepting thread. */
static void give(void *arg, int fd)
{
    struct server *s = arg;
    struct loop *l = &s->loop[s->turn++ % s->n_loops];
    pthread_mutex_lock(&l->lock);
    if (l->n_arrived == l->cap_arrived) {
        l->cap_arrived = l->cap_arrived > 0 ? l->cap_arrived * 2 : 64;
        l->arrived = realloc(l->arrived, sizeof(int) * (size_t)l->cap_arrived);
        if (l->arrived == NULL)
            abort();
    }
    l->arrived[l->n_arrived++] = fd;
    pthread_mutex_unlock(&l->lock);
    eventfd_write(l->wake_fd, 1);
}

static int wait_ms(struct loop *l)
{
    MHD_UNSIGNED_LONG_LONG ms;
    return MHD_get_timeout(l->daemon, &ms) == MHD_YES && ms < SWEEP_MS ? (int)ms : SWEEP_MS;
}

static void *run_loop(void *arg)
{
    struct loop *l = arg;
    struct pollfd watched[2] = {
        {.fd = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
         .events = POLLIN},
        {.fd = l->wake_fd, .events = POLLIN}};
    int64_t swept_ms = now_ms();
    while (!atomic_load(&l->server->ends)) {
        if (poll(watched, 2, wait_ms(l)) > 0 && (watched[1].revents & POLLIN) != 0)
            adopt_arrived(l);
        MHD_run(l->daemon);
        int64_t now = now_ms();
        if (now - swept_ms >= SWEEP_MS) {
            swept_ms = now;
            sweep(l);
        }
    }
    adopt_arrived(l);
    MHD_stop_daemon(l->daemon);
    return NULL;
}

static bool loop_start(struct server *s, struct loop *l)
{
    l->server = s;
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&l->lock, NULL);
    l->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, on_request, l, MHD_OPTION_EXTERNAL_LOGGER, on_log,
        l, /* first: it also takes what is said about the others */
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        1000000U, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, l, MHD_OPTION_UNESCAPE_CALLBACK, keep_target, l,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, l, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        l, MHD_OPTION_END);
    return l->daemon != NULL && pthread_create(&l->thread, NULL, run_loop, l) == 0;
}

static void loop_done(struct loop *l)
{
    eventfd_write(l->wake_fd, 1);
    pthread_join(l->thread, NULL);
    close(l->wake_fd);
    pthread_mutex_destroy(&l->lock);
    for (struct transfer *t = l->free, *next; t != NULL; t = next) {
        next = t->next;
        arena_wipe(&t->x.arena);
        free(t);
    }
}

static void *run_accept(void *arg)
{
    struct server *s = arg;
    accept_run(s->listen_fd, s->stop_fd, give, s);
    return NULL;
}

enum rc web_listen(struct web *w, const char *listen, const char **ret_why)
{
    int fd, port;
    if (w->app->audit == NULL) {
        *ret_why = "No audit file is open, so nothing may be shown to anybody.";
        return RC_INVALID;
    }
    TRY(accept_open(listen, &fd, &port, ret_why));
    struct server *s = calloc(1, sizeof(*s) + sizeof(struct loop) * (size_t)w->n_loops);
    if (s == NULL)
        abort();
    s->web = w;
    s->listen_fd = fd;
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->pool = pool_start(w, on_answer);
    for (; s->n_loops < w->n_loops; s->n_loops++)
        if (!loop_start(s, &s->loop[s->n_loops]))
            abort();
    if (pthread_create(&s->accepting, NULL, run_accept, s) != 0)
        abort();
    w->server = s;
    w->port = port;
    return RC_OK;
}

void web_stop(struct web *w)
{
    struct server *s = w->server;
    if (s == NULL)
        return;
    eventfd_write(s->stop_fd, 1); /* nobody new; what has begun is finished */
    pthread_join(s->accepting, NULL);
    close(s->listen_fd);
    close(s->stop_fd);
    atomic_store(&w->is_stopping, true);
    for (int ms = 0; atomic_load(&w->n_in_flight) > 0 && ms < DRAIN_MS; ms += 10)
        poll(NULL, 0, 10);
    pool_stop(s->pool);
    atomic_store(&s->ends, true);
    for (int i = 0; i < s->n_loops; i++)
        loop_done(&s->loop[i]);
    free(s);
    w->server = NULL;
}
