/* SPDX-License-Identifier: AGPL-3.0-or-later
 * web.c - the program's own routes; making a web; a request without a socket. */
#include "base/log.h"
#include "web/web_private.h"

#include <string.h>
#include <unistd.h>

/* --- the program's own routes ------------------------------------------- */

static enum rc healthz(struct req *rq)
{
    struct json *j = reply_json(rq, RC_OK); /* the database was reached on the way here */
    json_key(j, "ok");
    json_bool(j, true);
    json_close(j, '}');
    return reply_json_end(rq);
}

/* A violated policy is our mistake or an attack: the directive is logged, never an address. */
static enum rc csp_report(struct req *rq)
{
    const char *directive = form_get(&rq->form, "csp-report.effective-directive");
    if (directive == NULL)
        directive = form_get(&rq->form, "csp-report.violated-directive");
    size_t n = directive != NULL ? strspn(directive, "abcdefghijklmnopqrstuvwxyz-") : 0;
    log_warn("content policy violated: %.*s", n < 40 ? (int)n : 40, n > 0 ? directive : "");
    reply_empty(rq, 204);
    return RC_OK;
}

static enum rc openapi(struct req *rq)
{
    struct buf b;
    buf_init(&b, rq->cx->arena, 16 * MiB);
    web_openapi(&b, rq->reply->web->domains);
    TRY(reply_file(rq, "application/json", "openapi.json", true,
                   (struct bytes){(const unsigned char *)b.s, b.len}));
    return RC_OK;
}

static const struct route routes[] = {
    {GET, "/healthz", PERM_PUBLIC, NO_BODY, healthz,
     N_("Is the program alive and its database reachable"), .flags = LOCKED_TOO},
    {GET, "/api/openapi.json", PERM_SIGNED_IN, NO_BODY, openapi,
     N_("This interface as an OpenAPI document")},
};
const struct route route_csp_report = {POST,
                                       "/csp-report",
                                       PERM_PUBLIC,
                                       64 * KiB,
                                       csp_report,
                                       N_("Takes reports of violated content policy"),
                                       .flags = NO_CSRF | LOCKED_TOO};
static const struct domain domain_reports = {
    .name = "reports", .routes = &route_csp_report, .n_routes = 1};
const struct domain domain_web = {.name = "web", ROUTES(routes)};

/* --- making ------------------------------------------------------------- */

static const struct domain **with_own(const struct domain *const *domains)
{
    int n = 0;
    while (domains[n] != NULL)
        n++;
    const struct domain **all = calloc((size_t)n + 3, sizeof(const struct domain *));
    if (all == NULL)
        abort();
    all[0] = &domain_web;
    all[1] = &domain_reports;
    memcpy(all + 2, domains, (size_t)n * sizeof(const struct domain *));
    return all;
}

enum rc web_new(const struct web_config *c, struct web **ret, const char **ret_why)
{
    struct web *w = calloc(1, sizeof(*w));
    if (w == NULL)
        abort();
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    *w = (struct web){.app = c->app,
                      .authenticate = c->authenticate,
                      .names = c->names,
                      .touch = c->touch,
                      .lock = c->lock,
                      .step_up = c->step_up,
                      .domains = with_own(c->domains),
                      .rate = rate_new(),
                      .n_loops = c->n_loops > 0 ? c->n_loops : (int)n_cores,
                      .n_workers = c->n_workers > 0 ? c->n_workers : 2 + (int)n_cores};
    arena_init(&w->arena, 64 * KiB);
    const char *why = site_parse(&w->arena, c->app->settings.public_url, &w->site);
    if (why != NULL)
        *ret_why = why;
    enum rc rc = why != NULL ? RC_INVALID : router_new(w->domains, &w->router, ret_why);
    if (rc != RC_OK) {
        web_free(w);
        return rc;
    }
    *ret = w;
    return RC_OK;
}

void web_free(struct web *w)
{
    if (w == NULL)
        return;
    router_free(w->router);
    rate_free(w->rate);
    arena_wipe(&w->arena);
    free(w->domains);
    free(w);
}

int web_port(const struct web *w)
{
    return w->port;
}

/* --- without a socket --------------------------------------------------- */

static int head_of(const struct web_call *c, struct arena *a, struct header *h)
{
    const struct {
        const char *name, *value;
    } given[] = {
        {"Host", c->host != NULL ? c->host : "localhost"},
        {"Cookie", c->cookie},
        {"Authorization", c->bearer != NULL ? arena_printf(a, "Bearer %s", c->bearer) : NULL},
        {"Accept", c->accept},
        {"Accept-Language", c->accept_language},
        {"Content-Type", c->content_type},
        {"Origin", c->origin},
        {"Sec-Fetch-Site", c->sec_fetch_site},
        {"Content-Length", c->body.len > 0 ? arena_printf(a, "%zu", c->body.len) : NULL},
    };
    int n = 0;
    for (size_t i = 0; i < N_ELEMS(given); i++)
        if (given[i].value != NULL)
            h[n++] = (struct header){given[i].name, given[i].value, strlen(given[i].name),
                                     strlen(given[i].value)};
    return n;
}

/* As a browser reads it that has all the time of the world. */
static struct bytes read_source(struct arena *a, const struct reply_source *s)
{
    unsigned char *all = arena_alloc(a, (size_t)s->n_bytes + 1);
    void *arg = s->begin(s->id);
    struct bytes ret = {0};
    if (arg == NULL)
        return ret;
    if (s->read(arg, 0, all, (size_t)s->n_bytes) == RC_OK)
        ret = (struct bytes){all, (size_t)s->n_bytes};
    s->end(arg);
    return ret;
}

static void answer_of(const struct exchange *x, struct arena *a, struct web_answer *ret)
{
    const struct reply *rp = x->reply;
    struct buf b;
    buf_init(&b, a, 64 * KiB);
    *ret = (struct web_answer){.status = rp->status, .type = rp->type};
    for (int i = 0; i < rp->n_headers; i++) {
        const char *name = rp->header[i].name, *value = arena_strdup(a, rp->header[i].value);
        buf_printf(&b, "%s: %s\n", name, value);
        if (strcmp(name, "Location") == 0)
            ret->location = value;
        if (strcmp(name, "Set-Cookie") == 0 && ret->cookie == NULL)
            ret->cookie = value;
    }
    ret->headers = b.s;
    ret->type = rp->type != NULL ? arena_strdup(a, rp->type) : NULL;
    ret->body = (struct bytes){
        (const unsigned char *)arena_strndup(a, (const char *)rp->body.p, rp->body.len),
        rp->body.len};
    if (rp->source != NULL)
        ret->body = read_source(a, rp->source);
}

void web_call(struct web *w, struct db *db, struct arena *a, const struct web_call *c,
              struct web_answer *ret)
{
    struct header headers[16];
    struct exchange x = {.web = w,
                         .body = c->body,
                         .head = {.method = c->method == POST ? "POST" : "GET",
                                  .target = c->target,
                                  .is_exact = true,
                                  .headers = headers,
                                  .n_headers = head_of(c, a, headers)}};
    arena_init(&x.arena, REQUEST_ARENA_BYTES);
    if (request_begin(&x))
        request_run(&x, db);
    if (x.reply->discloses)
        request_audited(&x,
                        audit_disclose(w->app->audit, x.reply->disclosed_ms, &x.reply->disclosure));
    answer_of(&x, a, ret);
    arena_wipe(&x.arena);
}
