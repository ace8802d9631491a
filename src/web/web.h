/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web.h - routes, requests, replies. What a domain's x_web.c works with.
 *
 * Only web_mhd.c knows libmicrohttpd. A handler is plain blocking code on a worker thread:
 *     static enum rc clients_show(struct req *rq)
 * GET handlers, and those that say ONLY_READS, run in a read-only transaction. A handler that
 * returns an rc without having replied gets the error page (or JSON) of that rc; RC_BUSY before a
 * reply re-runs it up to three times with a fresh arena. */
#pragma once
#include "app/app.h"
#include "record/shape.h"

enum method { GET, POST };
#define NO_BODY 0
#define KiB 1024
#define MiB (1024 * 1024)

struct req;
typedef enum rc handler_fn(struct req *rq);
struct page;

struct route {
    enum method method;
    /* "/clients/{id}/notes/{id}": each {id} is an id (else 404); "{word}": [a-z0-9_-]{1,40} */
    const char *path;
    enum perm needs;    /* PERM_UNSET does not start */
    int max_body_bytes; /* a POST always takes 4 KiB, for its csrf field */
    handler_fn *run;
    const char *what; /* N_("List of clients"): docs/api.md */
    /* name in the audit file; NULL: the path (every answer with a view is recorded) */
    const char *discloses;
    const struct shape *answer;      /* JSON of what only reads; NULL: no JSON (files, redirects) */
    const struct record_type *takes; /* body of a POST that the handler gives to record_parse() */
    /* Body of any other POST, read by hand, checked before the handler; ended by {0}; NULL: nothing
     * but what the frame sends. */
    const struct form_key *reads;
    enum route_flags {
        /* only for sign-in forms before a session exists (checked by Origin) and CSP reports */
        NO_CSRF = 1 << 0,
        /* reachable while the session is locked (unlock, sign-out, statics) */
        LOCKED_TOO = 1 << 1,
        EMBEDDED_FORM = 1 << 2, /* multipart bodies allowed */
        /* a POST that looks and changes nothing, as a GET does: a search, whose words no address
           may hold */
        ONLY_READS = 1 << 3,
        /* takes a processor for tens of milliseconds (passwords): one worker does such, up to half
           of them when nothing else waits */
        SLOW = 1 << 4,
        /* reachable while the session waits for its second factor, or for one to be set up */
        FACTOR_TOO = 1 << 5,
        ENROL_TOO = 1 << 6,
        /* needs a second factor shown in the last five minutes: else a page asks for it and goes
           on where one was, with what was typed; JSON gets 403 and the code "step_up" */
        STEP_UP = 1 << 7,
    } flags;
};
#define ROUTES(r_) .routes = (r_), .n_routes = (int)N_ELEMS(r_)

/* Everything a domain offers to the program. src/domains/domains.c lists them all. */
struct domain {
    const char *name;
    const struct route *routes;
    int n_routes;
    const struct db_stmt *const *statements;
    int n_statements;
    event_fn *on_event;
    const struct job_kind *const *jobs;       /* NULL-ended or NULL */
    const struct sealed_table *const *sealed; /* the same */
    /* Checks this domain's invariants for `entracte check`: calls report() per violation (ids
     * only). */
    enum rc (*check)(struct cx *cx,
                     void (*report)(void *arg, const char *invariant, const char *detail),
                     void *arg);
    /* Opens what it keeps sealed, for the same. */
    enum rc (*check_sealed)(struct cx *cx, const struct sealed_check *c);
};

struct req {
    struct cx *cx;
    enum method method;
    const char *path;     /* decoded, without query */
    const char *param[6]; /* values of {..} in order; ids are well-formed */
    struct id id[6];      /* the same, for {id} */
    struct form query, form;
    bool wants_json; /* Accept: application/json */
    bool is_token;   /* bearer token, not a cookie session */
    bool is_locked;  /* the session, which its password opens again */
    enum session_state state;
    const struct route *route;
    const char *csrf;       /* token for this session's forms; "" for tokens */
    const char *token;      /* the session's own, for signing out and locking; NULL: none */
    const char *user_agent; /* as the browser names itself, or NULL */
    struct reply *reply;    /* private to web */
    int n_disclosed;        /* handler sets: rows shown, for the audit file */
    struct id disclosed;    /* object for the audit file; default: the last {id} */
    /* whose record it is, for the audit file; default: the {id} of /clients/{id} */
    struct id client;
    const char *purpose; /* for the audit file; NULL: by the route's permission */
};

/* --- replies (each at most once per request) -------------------------------- */
/* The same view as HTML or JSON, by Accept. rc gives the status (RC_OK 200); when rc is not OK,
 * JSON answers are {"errors":[{"field","message"}]} instead, plus the members of the view under
 * "current" for RC_CONFLICT. page is the template function. */
typedef void page_fn(struct html h, const void *view);
enum rc reply_page(struct req *rq, enum rc rc, const struct shape *shape, const void *view,
                   page_fn *page) MUST_USE;
#define PAGE(fn_) ((page_fn *)(void (*)(void))(fn_))

/* After a write: HTML 303 to `location` (with a flash sentence, or NULL); JSON 200 (201 when
 * created)
 * {"id":..., "version":..., "location":...} with Location. id may be unset, version 0: left out. */
enum rc reply_done(struct req *rq, const char *location, struct id id, int64_t version,
                   bool created, const char *flash_msgid) MUST_USE;
/* What the sentence of the reply_done() that follows offers for ten seconds: to take it back, by a
 * POST of these fields ("version=3&state=open"), which ends where this write ended; or a page to go
 * on to. They wait in a cookie: ids, versions, keys and times only, never words. */
void reply_offer_undo(struct req *rq, const char *path, const char *fields);
void reply_offer_page(struct req *rq, const char *path, const char *label_msgid);
/* A path of this site: to go on to what a form or a link said. NULL is none. */
bool path_is_own(const char *s);
/* The field "next" of a form when it is such a path. */
const char *path_next(const struct form *f, const char *otherwise);
/* 303, or JSON {"location"} */
enum rc reply_redirect(struct req *rq, const char *location) MUST_USE;
/* A file: name is neutral, never holds a client's name. inline: shown in the browser (PDF), else
 * attachment. */
enum rc reply_file(struct req *rq, const char *type, const char *name, bool is_inline,
                   struct bytes data) MUST_USE;
/* A file too large for memory: read while it is sent, on another thread. */
struct reply_source {
    struct id id;
    int64_t n_bytes;
    void *(*begin)(struct id id); /* when the answer leaves; NULL: it is not there any more */
    enum rc (*read)(void *arg, int64_t at, unsigned char *to, size_t n);
    void (*end)(void *arg);
};
/* Saved as a file of this neutral name. */
enum rc reply_stream(struct req *rq, const char *type, const char *name,
                     const struct reply_source *source) MUST_USE;
/* JSON written by hand (small answers for scripts in the page), open at an object: close the
 * object, then return reply_json_end(). */
struct json *reply_json(struct req *rq, enum rc rc);
enum rc reply_json_end(struct req *rq) MUST_USE;
void reply_refresh(struct req *rq, int seconds); /* the browser asks again, without script too */
void reply_clear_cache(struct req *rq); /* the browser forgets the pages it keeps for Back */
/* sets the session cookie; NULL clears it and sends Clear-Site-Data */
void reply_session(struct req *rq, const char *token, int64_t max_age_s);
/* By what this browser is known again after signing out; NULL: it is new here. */
const char *req_device(const struct req *rq);
void reply_device(struct req *rq, const char *value);

/* For passkeys. The name they are made for: NULL when the browser came by a number, for which there
 * are none. And is this origin ours? */
const char *req_site_name(const struct req *rq);
bool req_is_here(const struct req *rq); /* is the address that links begin with this computer's? */
bool req_is_origin(const struct req *rq, const char *origin);
/* The whole address of a path, to be handed over: "https://practice.example.org/path". */
const char *req_url(const struct req *rq, const char *path);

/* One link or form target: path_of(rq, "/clients/%s/notes", id.s). */
const char *path_of(struct req *rq, const char *fmt, ...) PRINTF(2, 3);

/* --- the frame around every page ---------------------------------------------- */
enum nav { NAV_NONE, NAV_TODAY, NAV_AGENDA, NAV_CLIENTS, NAV_TASKS, NAV_MONEY, NAV_PRACTICE };
struct page { /* first member of every view: {{>frame_open &v.page}} ... {{>frame_close &v.page}} */
    struct cx *cx;
    const char *title;                   /* neutral: never a client's name */
    const char *csrf, *language, *theme; /* theme: "auto", "light", "dark" */
    const char *who, *practice;          /* signed-in person; practice name */
    const char *flash;
    struct notice notice;
    const char *once; /* a new id for a form that must not be done twice (form_once()) */
    const char *flash_path, *flash_label; /* where it leads; NULL: nowhere */
    const char *undo_path;                /* NULL: nothing to take back */
    struct form_pair *undo;
    int n_undo;
    int64_t n_due;             /* beside Tasks */
    const char *practice_path; /* the first page about the practice that the person may see */
    const char *here;          /* this page's own path, for forms that return */
    const char *density;       /* "comfortable" or "compact" */
    bool is_signed_in;
    /* aria-current */
    bool is_today, is_agenda, is_clients, is_tasks, is_money, is_practice;
    bool sees_agenda, sees_clients, sees_tasks, sees_money, sees_practice, sees_today;
    int lock_min;                     /* idle minutes before the screen locks */
    const struct record_form *errors; /* shown at the top when set */
};
void page_init(struct req *rq, struct page *ret, const char *title_msgid, enum nav nav);
/* Which page of a list the address asks for ("page"): 1 and up; what is no number is the first. */
int page_number(const struct form *query);
void frame_open(struct html h, const struct page *p); /* from src/web/html/ */
void frame_close(struct html h, const struct page *p);

/* --- wiring, for main.c and tests ------------------------------------------------- */
/* Who is it? token NULL: nobody in particular; fill what the sign-in page needs (practice, zone)
 * and return RC_DENIED, as for a token that is not valid. RC_BUSY and RC_BROKEN end the request.
 * Runs before the read transaction. Fills cx->practice, zone, currency, locale, cat, actor, and the
 * rest. Set by the people domain through main. */
struct web_session {
    const char *csrf;
    const char *theme, *density, *practice_name;
    struct seal_item *sealed_names; /* opened when a page shows them; NULL: practice_name is set */
    int lock_min;
    bool is_locked, is_token, wants_touch, is_fresh;
    enum session_state state;
};
typedef enum rc authenticate_fn(struct cx *cx, const char *token, bool is_bearer,
                                struct web_session *ret);

typedef enum rc touch_fn(struct cx *cx, const char *token);
/* Of s->sealed_names: cx->actor.name and s->practice_name. */
typedef enum rc names_fn(struct cx *cx, struct web_session *s);

struct web_config {
    struct app *app;
    const struct domain *const *domains; /* NULL-ended */
    authenticate_fn *authenticate;
    names_fn *names;
    /* notes the last use of a session; called with a writable connection when wants_touch */
    touch_fn *touch;
    touch_fn *lock; /* locks the session's screen */
    /* takes the place of a STEP_UP route's handler that was posted to without a fresh factor */
    handler_fn *step_up;
    int n_workers, n_loops; /* 0: by the number of cores */
};
struct web;
/* RC_INVALID with a sentence: a route without permission, two alike, a bad path. */
enum rc web_new(const struct web_config *c, struct web **ret, const char **ret_why) MUST_USE;
/* Binds (RC_CONFLICT: port in use; RC_INVALID: not loopback) and returns; threads of its own serve
 * until web_stop(), which takes nobody new, finishes requests in flight (at most 15 s) and ends the
 * threads. */
enum rc web_listen(struct web *w, const char *listen, const char **ret_why) MUST_USE;
void web_stop(struct web *w);      /* nothing when it does not listen */
int web_port(const struct web *w); /* where it listens ("127.0.0.1:0" chooses a free port) */
void web_free(struct web *w);

/* Without a socket: one request into the router, for handler tests and fuzzing. */
struct web_answer {
    int status;
    const char *type, *location, *cookie, *headers; /* headers: all, "Name: value\n" lines */
    struct bytes body;
};
struct web_call {
    enum method method;
    const char *target; /* "/clients?q=a" */
    const char *cookie, *bearer, *accept, *content_type, *origin;
    const char *accept_language, *sec_fetch_site;
    const char *host; /* NULL: "localhost" */
    struct bytes body;
};
void web_call(struct web *w, struct db *db, struct arena *a, const struct web_call *c,
              struct web_answer *ret);

/* --- documents made from the tables -------------------------------------------- */
void web_openapi(struct buf *b, const struct domain *const *domains); /* /api/openapi.json */
void web_api_md(struct buf *b, const struct domain *const *domains);  /* docs/api.md */
const char *static_url(const char *name); /* "app.css" -> "/static/app.1a2b3c4d.css" */
