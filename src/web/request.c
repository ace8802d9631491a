/* SPDX-License-Identifier: AGPL-3.0-or-later
 * request.c - the way of a request: guard, route, session, permission, origin, form, handler,
 * audit. Each step goes on or replies; what a step relies on was checked by those before. */
#include "app/authorize.h"
#include "base/log.h"
#include "base/utf8.h"
#include "web/cookie.h"
#include "web/page.h"
#include "web/template.h"
#include "web/web_private.h"

#include <string.h>
#include <strings.h>
#include <time.h>

enum { MAX_RUNS = 4, TOKEN_MAX_BYTES = 200 };

/* Far above people; a script that runs away is stopped before it fills the disk. Strangers share
 * one bucket, since plain HTTP is loopback and one address stands for all. */
static const struct rate_limit signed_in_limit = {.per_second = 4000, .burst = 8000};
static const struct rate_limit stranger_limit = {.per_second = 500, .burst = 2000};

int64_t monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* --- before the body ---------------------------------------------------- */

static int method_of(const struct head *h)
{
    if (strcmp(h->method, "GET") == 0 || strcmp(h->method, "HEAD") == 0)
        return GET;
    return strcmp(h->method, "POST") == 0 ? POST : -1;
}

static void locate(struct exchange *x, const char **ret_path)
{
    guard_split(&x->arena, x->head.target, ret_path, &x->query);
    x->found = router_find(x->web->router, &x->arena, method_of(&x->head), *ret_path, &x->match);
}

void request_refuse(struct exchange *x, int status)
{
    struct reply *rp = arena_new(&x->arena, struct reply);
    const char *text =
        status == 400 ? "This request was not understood.\n" : "This cannot be taken now.\n";
    if (status == 413)
        text = "What was sent is larger than this page takes.\n";
    if (status == 421)
        text = "Nothing is served under this name.\n";
    *rp = (struct reply){.web = x->web,
                         .head = &x->head,
                         .status = status,
                         .type = "text/plain; charset=utf-8",
                         .body = {(const unsigned char *)text, strlen(text)},
                         .retry_s = status == 503 ? "2" : NULL};
    reply_security_headers(rp);
    x->reply = rp;
}

int request_max_body_bytes(const struct exchange *x)
{
    if (x->found != MATCH_ROUTE)
        return FORM_MIN_BYTES; /* read and thrown away, so that the answer arrives */
    const struct route *r = x->match.route;
    return r->max_body_bytes > FORM_MIN_BYTES ? r->max_body_bytes : FORM_MIN_BYTES;
}

/* Whoever watches over the program asks it under a name of this computer, or (HTTP/1.0) under none.
 */
static bool is_served(const struct exchange *x, const char *path)
{
    const char *host = head_get(&x->head, "Host");
    return site_serves(&x->web->site, host) ||
           (strcmp(path, "/healthz") == 0 && (host == NULL || site_is_loopback(host)));
}

bool request_begin(struct exchange *x)
{
    const char *path;
    x->start_us = monotonic_us();
    const char *why = guard_refuses(&x->head);
    if (why != NULL) {
        log_warn("refused: %s", why);
        request_refuse(x, 400);
        return false;
    }
    locate(x, &path);
    if (!is_served(x, path)) {
        log_warn("refused: not a name under which this is served");
        request_refuse(x, 421);
        return false;
    }
    if (head_content_length(&x->head) > request_max_body_bytes(x)) {
        request_refuse(x, 413);
        return false;
    }
    return true;
}

const char *request_pattern(const struct exchange *x)
{
    return x->match.route != NULL ? x->match.route->path : "-";
}

/* --- who is it ---------------------------------------------------------- */

/* By the browser's wish, for pages shown to nobody in particular. Source: RFC 9110, 12.5.4. */
static const char *locale_wished(const char *accept_language)
{
    double best = 0;
    bool is_es = false;
    for (const char *s = accept_language; s != NULL && *s != '\0';) {
        s += strspn(s, ", \t");
        size_t n = strcspn(s, ",");
        const char *q = memmem(s, n, ";q=", 3);
        double weight = q != NULL ? strtod(q + 3, NULL) : 1;
        bool es = strncasecmp(s, "es", 2) == 0, en = strncasecmp(s, "en", 2) == 0;
        if ((es || en) && weight > best) {
            best = weight;
            is_es = es;
        }
        s += n;
    }
    return is_es ? "es-ES" : "en-GB";
}

static bool is_token(const char *s)
{
    size_t n = s != NULL ? strlen(s) : 0;
    return n > 0 && n <= TOKEN_MAX_BYTES &&
           strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == n;
}

static const char *bearer_token(const struct head *h)
{
    const char *s = head_get(h, "Authorization");
    return s != NULL && strncasecmp(s, "Bearer ", 7) == 0 ? s + 7 : NULL;
}

static const char *own_cookie(const struct req *rq, const char *name)
{
    struct arena *a = rq->cx->arena;
    return cookie_get(a, head_get(rq->reply->head, "Cookie"),
                      cookie_name(a, rq->reply->web->site.is_https, name));
}

static const char *session_token(const struct req *rq)
{
    const struct head *h = rq->reply->head;
    const char *token = rq->is_token ? bearer_token(h) : own_cookie(rq, COOKIE_SESSION);
    return is_token(token) ? token : NULL;
}

/* Fills the cx; nobody in particular is not an error here. */
static bool identify(struct req *rq)
{
    struct reply *rp = rq->reply;
    const char *token = session_token(rq);
    rq->token = token;
    rq->user_agent = head_get(rp->head, "User-Agent");
    enum rc rc = rp->web->authenticate(rq->cx, token, rq->is_token, &rp->session);
    bool is_used = rc == RC_OK && rp->session.wants_touch && !rp->session.is_locked;
    if (is_used && rp->web->touch != NULL)
        rc = rp->web->touch(rq->cx, token);
    rp->is_signed_in = rc == RC_OK;
    if (rp->is_signed_in) {
        rq->is_locked = rp->session.is_locked;
        rq->state = rp->session.state;
        rq->cx->actor.is_fresh = rp->session.is_fresh;
        rq->csrf = rq->is_token || rp->session.csrf == NULL ? "" : rp->session.csrf;
        return true;
    }
    rp->session = (struct web_session){0};
    rq->cx->actor = (struct actor){0};
    if (rc == RC_BUSY || rc == RC_BROKEN) {
        reply_error(rq, status_of(rc), NULL);
        return false;
    }
    rq->cx->n_errs = 0;
    return true;
}

static void start(struct exchange *x, struct db *db)
{
    struct arena *a = &x->arena;
    struct req *rq = arena_new(a, struct req);
    struct reply *rp = arena_new(a, struct reply);
    const struct head *h = &x->head;
    *rp = (struct reply){.web = x->web, .head = h};
    struct cx *cx = arena_new(a, struct cx);
    cx_init(cx, x->web->app, a, db);
    cx->actor = (struct actor){0}; /* nobody, until authenticated */
    cx->locale = locale_get(locale_wished(head_get(h, "Accept-Language")));
    cx->cat = catalogue_get(locale_language(cx->locale));
    *rq = (struct req){
        .cx = cx, .method = method_of(h) == POST ? POST : GET, .reply = rp, .csrf = ""};
    locate(x, &rq->path);
    rq->route = x->match.route;
    memcpy(rq->param, x->match.param, sizeof(rq->param));
    memcpy(rq->id, x->match.id, sizeof(rq->id));
    const char *accept = head_get(h, "Accept"), *type = head_get(h, "Content-Type");
    rq->is_token = bearer_token(h) != NULL;
    bool is_program =
        rq->is_token || (type != NULL && strncasecmp(type, "application/json", 16) == 0);
    rq->wants_json = accept != NULL && strcasestr(accept, "application/json") != NULL;
    if (is_program && (accept == NULL || strcasestr(accept, "text/html") == NULL))
        rq->wants_json = true;
    rp->flash = flash_read(a, session_token(rq), own_cookie(rq, COOKIE_FLASH));
    x->rq = rq;
    x->reply = rp;
}

/* --- may it ------------------------------------------------------------- */

static bool is_found(struct exchange *x)
{
    if (x->found == MATCH_ROUTE)
        return true;
    reply_error(x->rq, x->found == MATCH_NONE ? 404 : 405, NULL);
    if (x->found == MATCH_OTHER_METHOD)
        reply_header(x->rq, "Allow", x->match.route->method == GET ? "GET, HEAD" : "POST");
    return false;
}

/* To the sign-in or unlock page, and from there back to what was asked for. */
static void send_to(struct req *rq, const char *page, int json_status)
{
    if (rq->wants_json || rq->is_token) {
        reply_error(rq, json_status, NULL);
        if (json_status == 401)
            reply_header(rq, "WWW-Authenticate", "Bearer");
        return;
    }
    struct buf b;
    buf_init(&b, rq->cx->arena, 4 * TARGET_MAX_BYTES);
    buf_puts(&b, page);
    const char *target = rq->reply->head->target;
    if (rq->method == GET && target[0] == '/' && strcmp(target, "/") != 0) {
        buf_puts(&b, "?next=");
        template_url_part((struct html){&b, rq->cx->cat}, target);
    }
    if (reply_redirect(rq, b.s) != RC_OK)
        reply_error(rq, 500, NULL);
}

static void audit(struct req *rq);

/* A session that has come half way reaches what a stranger does, and the pages that complete it. */
static bool is_complete(struct req *rq)
{
    static const struct {
        unsigned flag;
        const char *page, *code;
    } missing[] = {
        [SESSION_NEEDS_FACTOR] = {FACTOR_TOO, "/second-factor", "second_factor_needed"},
        [SESSION_NEEDS_ENROLMENT] = {ENROL_TOO, "/second-factor/new", "second_factor_missing"}};
    const struct route *r = rq->route;
    if (rq->state == SESSION_OPEN || r->needs == PERM_PUBLIC ||
        (r->flags & missing[rq->state].flag) != 0)
        return true;
    rq->reply->code = missing[rq->state].code;
    send_to(rq, missing[rq->state].page, 401);
    return false;
}

/* After something was changed outside of the program only its page is left, and the way to it. */
static bool is_open_in_incident(const struct req *rq)
{
    const struct route *r = rq->route;
    return !rq->cx->app->is_incident || (r->flags & (LOCKED_TOO | FACTOR_TOO | ENROL_TOO)) != 0 ||
           strncmp(r->path, "/incidents", 10) == 0;
}

static bool is_allowed(struct req *rq)
{
    const struct reply *rp = rq->reply;
    const struct route *r = rq->route;
    if (rp->is_signed_in && rp->session.is_locked && !(r->flags & LOCKED_TOO)) {
        send_to(rq, "/locked", 423);
        return false;
    }
    if (r->needs == PERM_PUBLIC)
        return true;
    if (rp->is_signed_in && !is_open_in_incident(rq)) {
        send_to(rq, "/incidents", 423);
        return false;
    }
    if (!rp->is_signed_in) {
        send_to(rq, "/sign-in", 401);
        return false;
    }
    if (!is_complete(rq))
        return false;
    if (!cx_may(rq->cx, r->needs)) {
        reply_error(rq, 403, NULL);
        audit(rq);
        return false;
    }
    return true;
}

static bool is_slow_enough(struct req *rq)
{
    const char *token = session_token(rq);
    bool is_in = rq->reply->is_signed_in && token != NULL;
    const char *key = is_in ? token : "stranger";
    if (rq->method == GET ||
        rate_take(rq->reply->web->rate, is_in ? signed_in_limit : stranger_limit,
                  (struct bytes){(const unsigned char *)key, strlen(key)}, monotonic_us()))
        return true;
    reply_error(rq, 429, NULL);
    rq->reply->retry_s = "1";
    return false;
}

/* --- what was sent ------------------------------------------------------ */

/* Did our own page send this? Source: Fetch standard (Origin, Sec-Fetch-Site). Pages are sent with
 * no-referrer, so a browser's own form has the origin "null"; then Sec-Fetch-Site must vouch. */
static bool is_same_origin(const struct site *s, const struct head *h)
{
    const char *origin = head_get(h, "Origin"), *site = head_get(h, "Sec-Fetch-Site");
    if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    if (origin == NULL)
        return true;
    if (strcmp(origin, "null") == 0)
        return site != NULL && strcmp(site, "same-origin") == 0;
    return site_is_origin(s, origin, head_get(h, "Host"));
}

static bool is_ours(struct req *rq)
{
    const struct head *h = rq->reply->head;
    if (rq->method == GET || rq->is_token || rq->route == &route_csp_report)
        return true;
    const char *sent = form_get(&rq->form, "csrf");
    if (sent == NULL)
        sent = head_get(h, "X-CSRF-Token");
    bool has_token = (rq->route->flags & NO_CSRF) != 0 ||
                     (sent != NULL && rq->csrf[0] != '\0' && strlen(sent) == strlen(rq->csrf) &&
                      seal_equal(sent, rq->csrf, strlen(sent)));
    if (has_token && is_same_origin(&rq->reply->web->site, h))
        return true;
    reply_error(
        rq, 403,
        N_("This form was not sent by a page of this session. Please open the page again."));
    return false;
}

const char *req_site_name(const struct req *rq)
{
    return site_name(rq->cx->arena, &rq->reply->web->site, head_get(rq->reply->head, "Host"));
}

/* Of links too, which begin with it. */
static const char *host_of(const struct req *rq)
{
    const char *host = rq->reply->web->site.host;
    return host != NULL ? host : head_get(rq->reply->head, "Host");
}

bool req_is_here(const struct req *rq)
{
    return site_is_loopback(host_of(rq));
}

bool req_is_origin(const struct req *rq, const char *origin)
{
    return site_is_origin(&rq->reply->web->site, origin, head_get(rq->reply->head, "Host"));
}

const char *req_url(const struct req *rq, const char *path)
{
    const struct site *s = &rq->reply->web->site;
    return arena_printf(rq->cx->arena, "%s://%s%s", s->is_https ? "https" : "http", host_of(rq),
                        path);
}

static bool is_type(const char *type, const char *want)
{
    size_t n = strcspn(type, "; \t");
    return n == strlen(want) && strncasecmp(type, want, n) == 0;
}

/* Fills rq->form. 415 for types we do not read, 400 for damaged ones. */
static bool read_form(struct exchange *x)
{
    struct req *rq = x->rq;
    struct arena *a = &x->arena;
    const char *type = head_get(&x->head, "Content-Type"), *s = (const char *)x->body.p;
    enum rc rc = form_parse_urlencoded(a, x->query, strlen(x->query), &rq->query);
    if (rc == RC_OK && rq->method == POST && x->body.len > 0) {
        if (type == NULL)
            type = "";
        bool is_report = rq->route == &route_csp_report;
        if (is_report) {
            if (form_parse_json(a, s, x->body.len, &rq->form) != RC_OK)
                rq->form = (struct form){0}; /* whatever it is, a report is thanked for */
        } else if (is_type(type, "application/json")) {
            rc = form_parse_json(a, s, x->body.len, &rq->form);
        } else if (is_type(type, "application/x-www-form-urlencoded")) {
            rc = form_parse_urlencoded(a, s, x->body.len, &rq->form);
        } else if (is_type(type, "multipart/form-data") && (rq->route->flags & EMBEDDED_FORM)) {
            rc = form_parse_multipart(a, type, s, x->body.len, &rq->form);
        } else {
            reply_error(rq, 415, NULL);
            return false;
        }
    }
    if (rc != RC_OK)
        reply_error(rq, rc == RC_INVALID ? 400 : status_of(rc), NULL);
    return rc == RC_OK;
}

/* What a handler reads by hand; record_parse() looks at the rest. */
static bool is_known(struct req *rq)
{
    const struct route *r = rq->route;
    if (rq->method == GET || r->takes != NULL || r == &route_csp_report ||
        form_check(rq->cx, &rq->form, r->reads) == RC_OK)
        return true;
    reply_error(rq, 422, NULL);
    return false;
}

/* What was typed is still there when it was shown. */
static void ask_for_factor(struct req *rq)
{
    rq->reply->code = "step_up";
    bool is_page =
        rq->method == POST && !rq->wants_json && !rq->is_token && rq->reply->web->step_up != NULL;
    if (!is_page)
        send_to(rq, "/step-up", 403);
    else if (rq->reply->web->step_up(rq) != RC_OK || !reply_is_done(rq))
        reply_error(rq, 403, NULL);
}

/* Asked for last, when the request is one that would be done. */
static bool is_fresh_enough(struct req *rq)
{
    if ((rq->route->flags & STEP_UP) == 0 || rq->cx->actor.is_fresh || rq->state != SESSION_OPEN)
        return true;
    ask_for_factor(rq);
    return false;
}

/* --- doing it ----------------------------------------------------------- */

static struct id object_of(const struct req *rq)
{
    struct id id = rq->disclosed;
    for (int i = 0; i < ROUTE_MAX_PARAMS && !id_is_set(rq->disclosed); i++)
        if (id_is_set(rq->id[i]))
            id = rq->id[i];
    return id;
}

static struct id client_of(const struct req *rq)
{
    return id_is_set(rq->client) || strncmp(rq->route->path, "/clients/{id}", 13) != 0 ? rq->client
                                                                                       : rq->id[0];
}

/* Reached by an emergency alone, not by treating. */
static bool is_emergency(const struct req *rq, struct id client)
{
    const struct cx *cx = rq->cx;
    return cx->facts != NULL && id_is_set(client) && id_eq(cx->facts_of, client) &&
           (cx->facts->relations & REL_EMERGENCY) != 0 &&
           (cx->facts->relations & (REL_TREATING | REL_TEAM)) == 0;
}

/* What the permission is there for; a handler may know better. */
static const char *purpose_of(const struct req *rq)
{
    if (is_emergency(rq, client_of(rq)))
        return "emergency";
    if (rq->purpose != NULL)
        return rq->purpose;
    switch (rq->route->needs) {
    case PERM_CLINICAL_READ:
    case PERM_CLINICAL_WRITE:
        return "treatment";
    case PERM_CLIENT_READ:
    case PERM_CLIENT_WRITE:
        return (rq->cx->actor.roles & ROLE_CLINICIAN) != 0 ? "treatment" : "administration";
    case PERM_MONEY_READ:
    case PERM_MONEY_WRITE:
        return "billing";
    case PERM_AGENDA_READ:
    case PERM_AGENDA_WRITE:
        return "appointments";
    default:
        return "administration";
    }
}

/* What is disclosed is on disk before it is sent: the entry is made here, and whoever sends the
 * answer waits for it. Every answer with a view or a sentence in it counts, also a form that comes
 * back with errors and the other version of a conflict; a route's own name for it only makes the
 * entry readable. Only web_call() may be without an audit file: web_listen() refuses to serve. */
static void audit(struct req *rq)
{
    const struct route *r = rq->route;
    struct cx *cx = rq->cx;
    struct reply *rp = rq->reply;
    if ((r->discloses == NULL && !rp->shows) || !rp->is_signed_in || cx->app->audit == NULL)
        return;
    rp->discloses = true;
    rp->disclosed_ms = cx->now_ms;
    rp->disclosure = (struct audit_entry){.practice = cx->practice,
                                          .actor = cx->actor.user,
                                          .roles = cx->actor.roles,
                                          .action = "show",
                                          .client = client_of(rq),
                                          .purpose = purpose_of(rq),
                                          .what = r->discloses != NULL ? r->discloses : r->path,
                                          .object = object_of(rq),
                                          .outcome = rp->status,
                                          .n_rows = rq->n_disclosed};
    memcpy(rp->disclosure.session, cx->actor.session, sizeof(rp->disclosure.session));
}

void request_audited(struct exchange *x, enum rc rc)
{
    if (rc == RC_OK)
        return;
    log_error("the audit file cannot be written; an answer was held back");
    request_refuse(x, 503);
}

static enum rc run_handler(struct req *rq)
{
    if (rq->method == POST && (rq->route->flags & ONLY_READS) == 0) {
        enum rc rc = rq->route->run(rq);
        if (rc == RC_OK && rq->cx->follow_up != NULL && rq->cx->follow_up(rq->cx) != RC_OK)
            log_warn("what follows on a change could not be done now");
        return rc;
    }
    TRY(db_begin_read(rq->cx->db));
    enum rc rc = rq->route->run(rq);
    db_end_read(rq->cx->db);
    return rc;
}

static const char *why_shut(const struct keys *k)
{
    if (k->was_ungranted)
        return N_("Your account cannot open clinical records yet. A colleague who can gives you "
                  "access on the page Staff; or the recovery kit does.");
    if (k->was_metered)
        return N_("More clients' records were opened than one reads in an hour.");
    return N_("This token does not open clinical records. Make one in a signed-in session.");
}

/* The session may, but nobody typed a password in it yet: it began with a passkey, or before a
 * colleague gave the key. Or so many records were opened that somebody else may sit there. The
 * screen locks, and opens with the password; where that would not help, it says why. */
static void ask_for_password(struct req *rq)
{
    const struct web *w = rq->reply->web;
    if (rq->is_token || w->lock == NULL) {
        reply_error(rq, 403, why_shut(rq->cx->keys));
        return;
    }
    enum rc rc = w->lock(rq->cx, rq->token);
    if (rc == RC_OK)
        send_to(rq, "/locked", 423);
    else
        reply_error(rq, status_of(rc), NULL);
}

static void handle(struct exchange *x)
{
    struct req *rq = x->rq;
    enum rc rc = run_handler(rq);
    const struct keys *k = rq->cx->keys;
    bool is_shut = k->was_closed || k->was_metered || k->was_ungranted;
    if (rc == RC_DENIED && rq->cx->needs_factor && !reply_is_done(rq)) {
        ask_for_factor(rq);
    } else if (rc == RC_DENIED && is_shut && !reply_is_done(rq)) {
        ask_for_password(rq);
    } else if (!reply_is_done(rq)) {
        if (rc == RC_OK)
            rc = refuse(rq->cx, RC_BROKEN, NULL, N_("The page has no answer."));
        if (rc == RC_BUSY || rc == RC_BROKEN)
            log_error("%s: %s", request_pattern(x),
                      rq->cx->detail != NULL ? rq->cx->detail : db_error(rq->cx->db));
        reply_error(rq, status_of(rc), NULL);
    }
    audit(rq);
}

/* One run of all steps. The answer is in x->reply. */
static void run_once(struct exchange *x, struct db *db)
{
    start(x, db);
    struct req *rq = x->rq;
    if (db == NULL || db_ping(db) != RC_OK) {
        log_error("database not reachable");
        reply_error(rq, 503, NULL);
        return;
    }
    if (!identify(rq) || !is_found(x) || !is_allowed(rq) || !is_slow_enough(rq) || !read_form(x) ||
        !is_ours(rq) || !is_known(rq) || !is_fresh_enough(rq))
        return;
    handle(x);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

void request_run(struct exchange *x, struct db *db)
{
    for (int run = 1;; run++) {
        arena_reset(&x->arena);
        run_once(x, db);
        bool is_busy = x->reply->status == 503 && x->found == MATCH_ROUTE && db != NULL;
        if (!is_busy || run == MAX_RUNS)
            break;
        pause_ms(run * 5L); /* whoever was in the way is through by then */
    }
    reply_security_headers(x->reply);
}
