/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reply.c - what handlers answer with. */
#include "web/cookie.h"
#include "web/page.h"
#include "web/web_private.h"

#include <string.h>

enum { FIRST_PAGE_BYTES = 16 * KiB }; /* most pages fit: no copy while they grow */

static const char html_type[] = "text/html; charset=utf-8";
static const char json_type[] = "application/json";

#define CSP_COMMON "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
static const char page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; " CSP_COMMON
    "; require-trusted-types-for 'script'; report-uri /csp-report";
/* A file may be anything a client sent: it may run and load nothing. Inline ones are our own. */
static const char file_policy[] = "default-src 'none'; sandbox; " CSP_COMMON;
static const char inline_policy[] = "default-src 'self'; " CSP_COMMON;

static const struct answer_header security_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), "
     "fullscreen=(), "
     "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
     "picture-in-picture=(), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), "
     "usb=(), "
     "xr-spatial-tracking=()"},
    {"Cache-Control", "no-store"},
};

int status_of(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return 200;
    case RC_INVALID:
        return 422;
    case RC_DENIED:
        return 403;
    case RC_NOT_FOUND:
        return 404;
    case RC_CONFLICT:
        return 409;
    case RC_BUSY:
        return 503;
    case RC_BROKEN:
        break;
    }
    return 500;
}

static void add_header(struct reply *rp, const char *name, const char *value)
{
    if (rp->n_headers == ANSWER_MAX_HEADERS)
        abort();
    rp->header[rp->n_headers++] = (struct answer_header){name, value};
}

void reply_header(struct req *rq, const char *name, const char *value)
{
    add_header(rq->reply, name, value);
}

void reply_security_headers(struct reply *rp)
{
    for (size_t i = 0; i < N_ELEMS(security_headers); i++)
        add_header(rp, security_headers[i].name, security_headers[i].value);
    if (!rp->is_file)
        add_header(rp, "Content-Security-Policy", page_policy);
    if (rp->web->site.is_https) /* two years */
        add_header(rp, "Strict-Transport-Security", "max-age=63072000");
    if (rp->retry_s != NULL)
        add_header(rp, "Retry-After", rp->retry_s);
}

bool reply_is_done(const struct req *rq)
{
    return rq->reply->status != 0;
}

static enum rc finish(struct req *rq, int status, const char *type, struct bytes body)
{
    struct reply *rp = rq->reply;
    rp->status = status;
    rp->type = type;
    rp->body = body;
    if (status == 503)
        rp->retry_s = "2";
    return RC_OK;
}

static void out_begin(struct req *rq)
{
    rq->reply->out = (struct buf){.arena = rq->cx->arena,
                                  .s = arena_alloc(rq->cx->arena, FIRST_PAGE_BYTES),
                                  .cap = FIRST_PAGE_BYTES,
                                  .max = PAGE_MAX_BYTES};
    rq->reply->json = (struct json){.out = &rq->reply->out};
}

static enum rc out_finish(struct req *rq, int status, const char *type)
{
    struct buf *b = &rq->reply->out;
    if (b->full)
        return refuse(rq->cx, RC_BROKEN, NULL, N_("This page is too large to be shown."));
    return finish(rq, status, type, (struct bytes){(const unsigned char *)b->s, b->len});
}

static void json_errors(struct req *rq, const char *sentence)
{
    struct json *j = &rq->reply->json;
    if (rq->reply->code != NULL) {
        json_key(j, "code");
        json_str(j, rq->reply->code);
    }
    json_key(j, "errors");
    json_open(j, '[');
    for (int i = 0; i < (rq->cx->n_errs > 0 ? rq->cx->n_errs : 1); i++) {
        bool is_default = rq->cx->n_errs == 0;
        json_open(j, '{');
        json_key(j, "field");
        json_str(j, is_default ? NULL : rq->cx->errs[i].field);
        json_key(j, "message");
        json_str(j, is_default ? sentence : rq->cx->errs[i].user);
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* --- errors ------------------------------------------------------------- */

static const struct status_text {
    int status;
    const char *heading, *what;
} status_texts[] = {
    {400, N_("This request was not understood"),
     N_("The address or the form is damaged. Please go back and try again.")},
    {401, N_("Please sign in"), N_("The session or token is not valid, or has ended.")},
    {403, N_("This is not open to you"),
     N_("Your role in the practice does not include this. The owner of the practice can change "
        "that.")},
    {404, N_("Nothing is here"),
     N_("The address leads nowhere, or to something that is not yours to see.")},
    {405, N_("This cannot be done here"), N_("The address does not take this kind of request.")},
    {409, N_("Someone was faster"),
     N_("This was changed meanwhile. Please look at it again and repeat your change.")},
    {413, N_("This is too large"), N_("What was sent is larger than this page takes.")},
    {415, N_("This kind of data is not taken here"), N_("Please send a form or JSON.")},
    {422, N_("Something needs your attention"),
     N_("Please correct what is marked and send it again.")},
    {423, N_("The session is locked"), N_("Please unlock it to go on.")},
    {429, N_("This was too fast"), N_("Please wait a moment and try again.")},
    {500, N_("Something went wrong on our side"),
     N_("Nothing was changed. The log of the server has the details.")},
    {503, N_("Please try again in a moment"),
     N_("The system is busy or its database cannot be reached. Nothing was changed.")},
};

static const struct status_text *text_of(int status)
{
    size_t i = 0;
    while (i < N_ELEMS(status_texts) - 1 && status_texts[i].status != status)
        i++;
    return &status_texts[i];
}

static void error_html(struct req *rq, const struct status_text *t, const char *sentence)
{
    struct cx *cx = rq->cx;
    struct error_view v = {.status = t->status,
                           .heading = trc(cx, t->heading),
                           .what = sentence,
                           .lines = arena_array(cx->arena, const char *, cx->n_errs + 1)};
    for (int i = 0; i < cx->n_errs; i++)
        v.lines[v.n_lines++] = cx->errs[i].user;
    if (v.n_lines == 0)
        v.lines = NULL;
    page_init(rq, &v.page, t->heading, NAV_NONE);
    error_page((struct html){&rq->reply->out, cx->cat}, &v);
}

void reply_error(struct req *rq, int status, const char *sentence_msgid)
{
    const struct status_text *t = text_of(status);
    const char *sentence = trc(rq->cx, sentence_msgid != NULL ? sentence_msgid : t->what);
    struct reply *rp = rq->reply;
    rp->n_headers = 0; /* nothing of an answer that is not given: cookies, files */
    rp->is_file = false;
    rp->source = NULL;
    rp->shows = rq->cx->n_errs > 0; /* a sentence may name who is in the way */
    out_begin(rq);
    if (rq->wants_json) {
        json_open(&rp->json, '{');
        json_errors(rq, sentence);
        json_close(&rp->json, '}');
    } else {
        error_html(rq, t, sentence);
    }
    if (out_finish(rq, status, rq->wants_json ? json_type : html_type) != RC_OK)
        reply_empty(rq, 500);
}

void reply_empty(struct req *rq, int status)
{
    (void)finish(rq, status, NULL, (struct bytes){0});
}

/* --- answers of handlers ------------------------------------------------ */

enum rc reply_page(struct req *rq, enum rc rc, const struct shape *shape, const void *view,
                   page_fn *page)
{
    struct reply *rp = rq->reply;
    int status = status_of(rc);
    rp->shows = true;
    out_begin(rq);
    if (!rq->wants_json || (rc == RC_OK && shape == NULL)) {
        page((struct html){&rp->out, rq->cx->cat}, view);
        return out_finish(rq, status, html_type);
    }
    if (rc == RC_OK) {
        shape_json(shape, rq->cx->zone, view, &rp->json);
    } else {
        json_open(&rp->json, '{');
        json_errors(rq, trc(rq->cx, text_of(status)->what));
        if (rc == RC_CONFLICT && shape != NULL) {
            json_key(&rp->json, "current");
            shape_json(shape, rq->cx->zone, view, &rp->json);
        }
        json_close(&rp->json, '}');
    }
    return out_finish(rq, status, json_type);
}

static void set_cookie(struct req *rq, const char *name, const char *value, int64_t max_age_s)
{
    reply_header(rq, "Set-Cookie",
                 cookie_set(rq->cx->arena, rq->reply->web->site.is_https, name, value, max_age_s));
}

/* Browsers drop tabs and line ends from an address, and read "\" as "/": "/", tab, "/evil" is
 * another site. Source: URL standard, 4.4. */
bool path_is_own(const char *s)
{
    if (s == NULL || s[0] != '/' || s[1] == '/')
        return false;
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f || *s == '\\')
            return false;
    return true;
}

const char *path_next(const struct form *f, const char *otherwise)
{
    const char *next = form_get(f, "next");
    return path_is_own(next) ? next : otherwise;
}

static enum rc go(struct req *rq, const char *location)
{
    if (!path_is_own(location))
        return refuse(rq->cx, RC_BROKEN, NULL, N_("The next page is not one of ours."));
    reply_header(rq, "Location", arena_strdup(rq->cx->arena, location));
    return RC_OK;
}

enum rc reply_redirect(struct req *rq, const char *location)
{
    TRY(go(rq, location));
    if (!rq->wants_json)
        return finish(rq, 303, html_type, (struct bytes){0});
    struct json *j = reply_json(rq, RC_OK);
    rq->reply->shows = false;
    json_key(j, "location");
    json_str(j, location);
    json_close(j, '}');
    return reply_json_end(rq);
}

void reply_offer_undo(struct req *rq, const char *path, const char *fields)
{
    rq->reply->offer = arena_printf(rq->cx->arena, "undo\n%s\n%s", path, fields);
}

void reply_offer_page(struct req *rq, const char *path, const char *label_msgid)
{
    rq->reply->offer = arena_printf(rq->cx->arena, "page\n%s\n%s", path, label_msgid);
}

/* The sentence; then what it offers and where this write ends, a line each. */
static void leave_flash(struct req *rq, const char *sentence, const char *location)
{
    struct arena *a = rq->cx->arena;
    if (rq->reply->offer != NULL)
        sentence = arena_printf(a, "%s\n%s\n%s", sentence, rq->reply->offer, location);
    set_cookie(rq, COOKIE_FLASH, flash_write(a, rq->token, sentence), 60);
}

enum rc reply_done(struct req *rq, const char *location, struct id id, int64_t version,
                   bool created, const char *flash_msgid)
{
    TRY(go(rq, location));
    if (!rq->wants_json) {
        if (flash_msgid != NULL && rq->token != NULL)
            leave_flash(rq, flash_msgid, location);
        return finish(rq, 303, html_type, (struct bytes){0});
    }
    struct json *j = reply_json(rq, RC_OK);
    rq->reply->shows = false;
    if (id_is_set(id)) {
        json_key(j, "id");
        json_str(j, id.s);
    }
    if (version != 0) {
        json_key(j, "version");
        json_i64(j, version);
    }
    json_key(j, "location");
    json_str(j, location);
    json_close(j, '}');
    TRY(reply_json_end(rq));
    rq->reply->status = created ? 201 : 200;
    return RC_OK;
}

static const char *file_name(struct arena *a, const char *name)
{
    char *safe = arena_strdup(a, name);
    for (char *c = safe; *c != '\0'; c++) {
        bool is_letter = (*c | 0x20) >= 'a' && (*c | 0x20) <= 'z';
        if (!is_letter && !(*c >= '0' && *c <= '9') && strchr("-_.", *c) == NULL)
            *c = '-';
    }
    return safe;
}

enum rc reply_file(struct req *rq, const char *type, const char *name, bool is_inline,
                   struct bytes data)
{
    struct arena *a = rq->cx->arena;
    reply_header(rq, "Content-Disposition",
                 arena_printf(a, "%s; filename=\"%s\"", is_inline ? "inline" : "attachment",
                              file_name(a, name)));
    reply_header(rq, "Content-Security-Policy", is_inline ? inline_policy : file_policy);
    rq->reply->is_file = rq->reply->shows = true;
    return finish(rq, 200, arena_strdup(a, type), data);
}

enum rc reply_stream(struct req *rq, const char *type, const char *name,
                     const struct reply_source *source)
{
    struct reply_source *own = arena_new(rq->cx->arena, struct reply_source);
    *own = *source;
    TRY(reply_file(rq, type, name, false, (struct bytes){0}));
    rq->reply->source = own;
    return RC_OK;
}

struct json *reply_json(struct req *rq, enum rc rc)
{
    rq->reply->shows = true;
    out_begin(rq);
    rq->reply->status = status_of(rc);
    json_open(&rq->reply->json, '{');
    if (rc != RC_OK)
        json_errors(rq, trc(rq->cx, text_of(status_of(rc))->what));
    return &rq->reply->json;
}

enum rc reply_json_end(struct req *rq)
{
    return out_finish(rq, rq->reply->status, json_type);
}

void reply_refresh(struct req *rq, int seconds)
{
    reply_header(rq, "Refresh", arena_printf(rq->cx->arena, "%d", seconds));
}

void reply_clear_cache(struct req *rq)
{
    reply_header(rq, "Clear-Site-Data", "\"cache\"");
}

void reply_session(struct req *rq, const char *token, int64_t max_age_s)
{
    rq->token = token != NULL ? arena_strdup(rq->cx->arena, token) : NULL;
    set_cookie(rq, COOKIE_SESSION, token != NULL ? token : "", token != NULL ? max_age_s : 0);
    if (token == NULL)
        reply_header(rq, "Clear-Site-Data", "\"cache\", \"storage\"");
}

const char *req_device(const struct req *rq)
{
    return cookie_get(rq->cx->arena, head_get(rq->reply->head, "Cookie"),
                      cookie_name(rq->cx->arena, rq->reply->web->site.is_https, COOKIE_DEVICE));
}

void reply_device(struct req *rq, const char *value)
{
    set_cookie(rq, COOKIE_DEVICE, value, 400 * INT64_C(86400)); /* as long as browsers keep one */
}

const char *path_of(struct req *rq, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *path = arena_vprintf(rq->cx->arena, fmt, ap);
    va_end(ap);
    return path;
}
