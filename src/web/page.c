/* SPDX-License-Identifier: AGPL-3.0-or-later
 * page.c - fills the frame around every page. */
#include "web/page.h"

#include "base/log.h"
#include "web/cookie.h"
#include "web/template.h"
#include "web/web_private.h"

#include <stdlib.h>
#include <string.h>

static const char *or_else(const char *s, const char *otherwise)
{
    return s != NULL ? s : otherwise;
}

/* Cuts off the first line. */
static char *next_line(char **rest)
{
    char *line = *rest, *end = line + strcspn(line, "\n");
    *rest = *end == '\n' ? end + 1 : end;
    *end = '\0';
    return line;
}

/* The sentence left by the write before, and what it offers; shown on the first page after it and
 * then forgotten. */
static void take_flash(struct req *rq, struct page *p)
{
    struct arena *a = rq->cx->arena;
    if (rq->reply->flash == NULL)
        return;
    reply_header(rq, "Set-Cookie",
                 cookie_set(a, rq->reply->web->site.is_https, COOKIE_FLASH, "", 0));
    char *rest = arena_strdup(a, rq->reply->flash);
    rq->reply->flash = NULL;
    p->flash = trc(rq->cx, next_line(&rest));
    const char *kind = next_line(&rest), *path = next_line(&rest), *what = next_line(&rest);
    struct form fields = {0};
    if (!path_is_own(path))
        return;
    if (strcmp(kind, "page") == 0) {
        p->flash_path = path;
        p->flash_label = trc(rq->cx, what);
    } else if (form_parse_urlencoded(a, what, strlen(what), &fields) == RC_OK) {
        form_add(a, &fields, "next", rest);
        p->undo_path = path;
        p->undo = fields.pair;
        p->n_undo = fields.n;
    }
}

/* The frame stands without the figure when it cannot be had. */
static int64_t n_due(struct req *rq)
{
    const struct app *app = rq->cx->app;
    int64_t n = 0;
    int n_errs = rq->cx->n_errs;
    if (app->n_due == NULL || rq->wants_json || app->n_due(rq->cx, &n) != RC_OK)
        n = 0;
    rq->cx->n_errs = n_errs;
    return n;
}

/* Not on the page it leads to; like the figure, it may be missing. */
static void take_notice(struct req *rq, struct page *p)
{
    const struct app *app = rq->cx->app;
    int n_errs = rq->cx->n_errs;
    if (app->notice == NULL || rq->wants_json || app->notice(rq->cx, &p->notice) != RC_OK ||
        (p->notice.path != NULL && strncmp(p->notice.path, rq->path, strlen(p->notice.path)) == 0))
        p->notice = (struct notice){0};
    rq->cx->n_errs = n_errs;
}

/* Late, when the page has read the rest: one question for all that is sealed. */
static void open_names(struct req *rq)
{
    struct web_session *s = &rq->reply->session;
    struct cx *cx = rq->cx;
    int n_errs = cx->n_errs;
    if (s->sealed_names == NULL || s->practice_name != NULL)
        return;
    if (rq->reply->web->names(cx, s) != RC_OK)
        log_error("a name for the frame cannot be opened");
    cx->n_errs = n_errs;
}

void page_init(struct req *rq, struct page *ret, const char *title_msgid, enum nav nav)
{
    struct cx *cx = rq->cx;
    const struct web_session *s = &rq->reply->session;
    bool is_in = rq->reply->is_signed_in && !s->is_locked && rq->state == SESSION_OPEN;
    open_names(rq);
    *ret = (struct page){
        .cx = cx,
        .title = trc(cx, title_msgid),
        .csrf = rq->csrf,
        .language = catalogue_language(cx->cat),
        .theme = or_else(s->theme, "auto"),
        .density = or_else(s->density, "comfortable"),
        .who = is_in ? or_else(cx->actor.name, "") : NULL,
        .practice = or_else(s->practice_name, ""),
        .once = arena_strdup(cx->arena, id_new().s),
        .here = rq->path,
        .is_signed_in = is_in,
        .is_today = nav == NAV_TODAY,
        .is_agenda = nav == NAV_AGENDA,
        .is_clients = nav == NAV_CLIENTS,
        .is_tasks = nav == NAV_TASKS,
        .is_money = nav == NAV_MONEY,
        .is_practice = nav == NAV_PRACTICE,
        .sees_today = is_in,
        .sees_agenda = is_in && cx_may(cx, PERM_AGENDA_READ),
        .sees_clients = is_in && cx_may(cx, PERM_CLIENT_READ),
        .sees_tasks = is_in && cx_may(cx, PERM_TASK_READ),
        .sees_money = is_in && cx_may(cx, PERM_MONEY_READ),
        .practice_path = cx_may(cx, PERM_PRACTICE_SETTINGS) ? "/practice" : "/practice/rooms",
        .sees_practice = is_in && cx_may(cx, PERM_PRACTICE_READ),
        .lock_min = s->lock_min,
    };
    take_flash(rq, ret);
    if (ret->sees_tasks)
        ret->n_due = n_due(rq);
    if (is_in)
        take_notice(rq, ret);
}

int page_number(const struct form *query)
{
    enum { LAST = 99999 }; /* a page behind the end shows the end of the list */
    const char *s = form_get(query, "page");
    long n = s != NULL ? strtol(s, NULL, 10) : 1;
    return n < 1 ? 1 : n > LAST ? LAST : (int)n;
}

void template_url_part(struct html h, const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; s != NULL && *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        bool is_plain = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') ||
                        c == '-' || c == '.' || c == '_' || c == '~';
        if (is_plain)
            buf_putc(h.out, (char)c);
        else
            buf_add(h.out, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}
