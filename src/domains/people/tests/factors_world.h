/* SPDX-License-Identifier: AGPL-3.0-or-later
 * factors_world.h - for the tests of sign-in: a practice that is no demo, browsers, and phones with
 * an app of one-time codes. */
#pragma once
#include "auth/encode.h"
#include "auth/totp.h"
#include "domains/people/people_view.h"
#include "domains/people/people_web.h"
#include "domains/practice/practice_view.h"
#include "support.h"

static struct world w;

/* Somebody's browser: what it was given and what it was shown last. */
struct browser {
    const char *session, *device, *csrf, *language;
    struct web_answer last;
};

UNUSED static int open_world(void **state)
{
    (void)state;
    const char *why = NULL;
    world_open(&w, &domain_practice, &domain_people, NULL);
    w.app.settings.listen = "127.0.0.1:8080";
    w.app.settings.is_demo = false;
    struct web_config config = {.app = &w.app,
                                .domains = w.domains,
                                .authenticate = people_authenticate,
                                .touch = people_touch,
                                .names = people_names,
                                .step_up = people_step_up,
                                .n_workers = 1,
                                .n_loops = 1};
    web_free(w.web);
    if (web_new(&config, &w.web, &why) != RC_OK)
        fail_msg("web_new: %s", why);
    return 0;
}

/* --- browsers -------------------------------------------------------------------------------- */

UNUSED static const char *cookie_in(const struct web_answer *a, const char *name, const char *was)
{
    const char *s = strstr(a->headers, TEXT_OF("Set-Cookie: %s=", name));
    if (s == NULL)
        return was;
    s += strlen("Set-Cookie: ");
    return arena_strndup(&w.arena, s, strcspn(s, ";"));
}

UNUSED static const char *text_between(const struct web_answer *a, const char *mark,
                                       const char *end)
{
    const char *s = strstr(answer_text(&w, a), mark);
    if (s == NULL)
        return NULL;
    s += strlen(mark);
    return arena_strndup(&w.arena, s, strcspn(s, end));
}

UNUSED static void take(struct browser *b, const struct web_answer *a)
{
    const char *csrf = text_between(a, "name=\"csrf\" value=\"", "\"");
    b->session = cookie_in(a, "entracte_s", b->session);
    b->device = cookie_in(a, "entracte_d", b->device);
    b->csrf = csrf != NULL ? csrf : b->csrf;
    b->last = *a;
}

UNUSED static void call(struct browser *b, struct web_call c)
{
    struct web_answer a = {0};
    c.cookie = TEXT_OF("%s; %s", b->session != NULL ? b->session : "x=1",
                       b->device != NULL ? b->device : "x=1");
    c.accept_language = b->language;
    c.accept = c.accept != NULL ? c.accept : "text/html";
    web_call(w.web, w.db, &w.arena, &c, &a);
    take(b, &a);
}

UNUSED static void get(struct browser *b, const char *path)
{
    call(b, (struct web_call){.method = GET, .target = path});
}

UNUSED static void post(struct browser *b, const char *path, const char *body)
{
    body = TEXT_OF("csrf=%s&%s", b->csrf != NULL ? b->csrf : "", body);
    call(b, (struct web_call){.method = POST,
                              .target = path,
                              .content_type = "application/x-www-form-urlencoded",
                              .sec_fetch_site = "same-origin",
                              .body = {(const unsigned char *)body, strlen(body)}});
}

UNUSED static void password(struct browser *b, const char *who)
{
    post(b, "/sign-in", TEXT_OF("email=%s@example.org&password=fourteen+blue+umbrellas", who));
    assert_status(&b->last, 303);
}

UNUSED static bool is_in(struct browser *b)
{
    get(b, "/account");
    return b->last.status == 200;
}

#define LEADS_TO(b_, path_)                                                                        \
    do {                                                                                           \
        assert_status(&(b_)->last, 303);                                                           \
        assert_string_equal((b_)->last.location, (path_));                                         \
    } while (0)

/* --- an app of one-time codes -------------------------------------------------------------------
 */

struct phone {
    unsigned char secret[TOTP_SECRET_BYTES];
};

UNUSED static void scan(struct phone *p, const struct web_answer *page)
{
    static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
    const char *s = text_between(page, "<p class=\"num secret\">", "<");
    unsigned v = 0, n_bits = 0, n = 0;
    assert_non_null(s);
    for (; *s != '\0'; s++) {
        if (*s == ' ')
            continue;
        v = (v << 5 | (unsigned)(strchr(base32, *s) - base32)) & 0xffff;
        n_bits += 5;
        if (n_bits >= 8) {
            n_bits -= 8;
            p->secret[n++] = (unsigned char)(v >> n_bits);
        }
    }
    assert_int_equal(n, TOTP_SECRET_BYTES);
}

UNUSED static const char *code_of(const struct phone *p)
{
    char code[9];
    assert_int_equal(
        totp_code(p->secret, sizeof(p->secret), w.cx.now_ms / TOTP_STEP_MS, TOTP_DIGITS, code),
        RC_OK);
    return TEXT_OF("%s", code);
}

UNUSED static void later(int64_t ms)
{
    world_at(&w, w.cx.now_ms + ms);
}

/* Signs in for the first time and sets the app up. The page of codes is shown. */
UNUSED static void enrol(struct browser *b, struct phone *p, const char *who)
{
    password(b, who);
    get(b, "/second-factor/new");
    assert_status(&b->last, 200);
    scan(p, &b->last);
    post(b, "/second-factor/app", TEXT_OF("code=%s", code_of(p)));
    assert_status(&b->last, 200);
    later(TOTP_STEP_MS);
}

UNUSED static void enter(struct browser *b, const struct phone *p, const char *who)
{
    password(b, who);
    get(b, "/second-factor");
    post(b, "/second-factor", TEXT_OF("code=%s", code_of(p)));
    assert_status(&b->last, 303);
    later(TOTP_STEP_MS);
}
