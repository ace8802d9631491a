/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web_private.h - what the files of web/ share.
 *
 * One request is an `exchange`: from its head to the last byte of its answer. The socket side
 * (web_mhd.c) and web_call() fill in head and body; request.c does the rest. */
#pragma once
#include "app/audit.h"
#include "web/guard.h"
#include "web/rate.h"
#include "web/router.h"
#include "web/static.h"

enum {
    REQUEST_ARENA_BYTES = 128 * MiB, /* a backstop; docs/limits.md */
    PAGE_MAX_BYTES = 16 * MiB,
    ANSWER_MAX_HEADERS = 28,
    FORM_MIN_BYTES = 4 * KiB, /* every POST may carry its csrf field */
};

struct answer_header {
    const char *name, *value;
};
struct reply { /* made on the way and sent at the end; arena */
    struct web *web;
    const struct head *head;
    struct web_session session;
    bool is_signed_in;
    int status; /* 0: not replied yet */
    const char *type;
    struct bytes body;
    const struct reply_source *source; /* instead of the body; NULL: none */
    struct answer_header header[ANSWER_MAX_HEADERS];
    int n_headers;
    struct buf out;
    struct json json;
    const char *flash;   /* what to show on this page, once: as reply_done() wrote it */
    const char *offer;   /* what reply_done() adds to its sentence; NULL: nothing */
    const char *retry_s; /* Retry-After */
    const char *code;    /* of an error, for programs; NULL: the status says it all */
    bool is_file;
    bool shows;     /* holds a view, a file or a sentence about somebody: not only a location */
    bool discloses; /* the answer waits until `disclosure` is on disk */
    struct audit_entry disclosure;
    int64_t disclosed_ms;
};

struct pool;
struct exchange {
    struct web *web;
    struct arena arena;
    struct head head;
    struct bytes body; /* complete when a worker gets it */
    const char *query;
    enum match_result found;
    struct match match;
    struct req *rq;
    struct reply *reply;
    int64_t start_us;      /* monotonic */
    struct exchange *next; /* in the pool's queue */
    struct pool *pool;     /* that works on it */
};

struct web {
    struct app *app;
    authenticate_fn *authenticate;
    names_fn *names;
    touch_fn *touch, *lock;
    handler_fn *step_up;
    const struct domain **domains; /* with the program's own routes; NULL-ended */
    struct router *router;
    struct rate *rate;
    int n_workers, n_loops;
    struct server *server; /* of web_mhd.c, while listening */
    int port;
    struct site site;
    struct arena arena; /* of the site */
    _Atomic int n_in_flight;
    _Atomic bool is_stopping;
};

/* --- request.c ---------------------------------------------------------- */
/* Guard, path and route. False: refused at once, x->reply says how; the body is not to be read. */
bool request_begin(struct exchange *x);
int request_max_body_bytes(const struct exchange *x); /* after request_begin() */
/* May one more body of so many bytes be received while others hold held_bytes? */
bool body_has_room(size_t held_bytes, size_t body_bytes);
void request_refuse(struct exchange *x, int status); /* a plain answer made without database */
/* Everything else: session, permission, form, handler. May be called once per exchange. An answer
 * that discloses (x->reply->discloses) is sent only after its entry is written and
 * request_audited(). */
void request_run(struct exchange *x, struct db *db);
void request_audited(struct exchange *x, enum rc rc);  /* holds the answer back when rc is not OK */
const char *request_pattern(const struct exchange *x); /* of the route, for the log */
int64_t monotonic_us(void);

/* --- pool.c: workers, each with a database connection of its own -------- */
struct pool;
/* answer() is called on a worker's thread with the finished exchange; the exchange is then no
 * longer the pool's. */
struct pool *pool_start(struct web *w, void (*answer)(struct exchange *x));
bool pool_put(struct pool *p, struct exchange *x); /* false: too many are waiting */
void pool_stop(struct pool *p);                    /* when nothing is in flight */

/* --- web_accept.c: the listening socket --------------------------------- */
enum rc accept_open(const char *listen, int *ret_fd, int *ret_port, const char **ret_why) MUST_USE;
/* Hands each new connection to give(), in turns, until stop_fd is readable. */
void accept_run(int listen_fd, int stop_fd, void (*give)(void *arg, int fd), void *arg);

/* --- reply.c ------------------------------------------------------------ */
void reply_header(struct req *rq, const char *name, const char *value);
bool reply_is_done(const struct req *rq);
int status_of(enum rc rc);
void reply_empty(struct req *rq, int status);
/* The page or JSON of an error; replaces what was replied before. sentence_msgid NULL: the status's
 * own. */
void reply_error(struct req *rq, int status, const char *sentence_msgid);
void reply_security_headers(struct reply *rp);

/* --- web.c -------------------------------------------------------------- */
extern const struct domain domain_web; /* the program's own routes */
extern const struct route route_csp_report;
