/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_request.c - the way of a request, without a socket. */
#include "base/log.h"
#include "toy.h"
#include "web/web_private.h"

static struct toy t;

static int open_toy(void **state)
{
    (void)state;
    toy_open(&t);
    return 0;
}

static int close_toy(void **state)
{
    (void)state;
    toy_close(&t);
    return 0;
}

static struct web_answer call(struct web_call c)
{
    struct web_answer a;
    web_call(t.web, t.db, &t.arena, &c, &a);
    return a;
}

static struct bytes bytes_of(const char *s)
{
    return (struct bytes){(const unsigned char *)s, strlen(s)};
}

static bool count(void *arg, const struct audit_record *r)
{
    *(int64_t *)arg += r->kind == AUDIT_DISCLOSURE;
    return true;
}

static int64_t n_audited(void)
{
    int64_t n = 0, bad = 0, n_disclosures = 0;
    struct audit_log l;
    assert_int_equal(audit_verify(t.folder, t.app.keys, &n, &bad), RC_OK);
    assert_int_equal(bad, 0);
    assert_int_equal(audit_log_open(t.folder, &l), RC_OK);
    assert_int_equal(audit_log_back(&l, 0, count, &n_disclosures), RC_OK);
    audit_log_close(&l);
    return n_disclosures;
}

/* --- reading ------------------------------------------------------------ */

static void a_page_is_html_for_browsers_and_json_for_programs(void **state)
{
    (void)state;
    struct web_answer a = toy_get(&t, "owner", "/things");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.type, "text/html; charset=utf-8");
    assert_true(toy_has(toy_text(&t, &a), "<title>Things"));
    assert_true(toy_has(toy_text(&t, &a), "First"));
    assert_true(toy_has(toy_text(&t, &a), "Olga &lt;Owen&gt;"));

    a = call((struct web_call){
        .target = "/things", .cookie = "entracte_s=owner", .accept = "application/json"});
    assert_int_equal(a.status, 200);
    assert_string_equal(a.type, "application/json");
    assert_true(json_is_valid(toy_text(&t, &a), a.body.len));
    assert_true(toy_has(toy_text(&t, &a), "\"name\":\"First\""));

    a = call((struct web_call){.target = "/things", .bearer = "owner", .accept = "*/*"});
    assert_string_equal(a.type, "application/json");
}

static void every_page_has_the_security_headers(void **state)
{
    (void)state;
    const char *const targets[] = {"/things", "/nowhere", "/sign-in", "/healthz"};
    for (size_t i = 0; i < N_ELEMS(targets); i++) {
        struct web_answer a = toy_get(&t, "owner", targets[i]);
        assert_true(
            toy_has(a.headers, "Content-Security-Policy: default-src 'none'; script-src 'self';"));
        assert_true(
            toy_has(a.headers,
                    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
                    "report-uri /csp-report\n"));
        assert_true(toy_has(a.headers, "X-Content-Type-Options: nosniff\n"));
        assert_true(toy_has(a.headers, "Referrer-Policy: no-referrer\n"));
        assert_true(toy_has(a.headers, "Cross-Origin-Opener-Policy: same-origin\n"));
        assert_true(toy_has(a.headers, "Cross-Origin-Resource-Policy: same-origin\n"));
        assert_true(toy_has(a.headers, "Cache-Control: no-store\n"));
        assert_false(toy_has(a.headers, "unsafe"));
    }
}

static void unknown_paths_and_rows_are_not_found(void **state)
{
    (void)state;
    struct web_answer a = toy_get(&t, "owner", "/nowhere");
    assert_int_equal(a.status, 404);
    assert_true(toy_has(toy_text(&t, &a), "Nothing is here"));
    a = toy_get(&t, "owner", "/things/AAAAAAAAAAAAAAAAAAAAAA");
    assert_int_equal(a.status, 404);
    a = toy_get(&t, "owner", "/things/not-an-id");
    assert_int_equal(a.status, 404);
    a = call((struct web_call){
        .target = "/nowhere", .cookie = "entracte_s=owner", .accept = "application/json"});
    assert_int_equal(a.status, 404);
    assert_true(toy_has(toy_text(&t, &a), "{\"errors\":[{\"field\":null,\"message\":"));
    assert_int_equal(toy_get(&t, NULL, "/nowhere").status, 404);
}

static void the_wrong_method_is_told_which_is_right(void **state)
{
    (void)state;
    struct web_answer a = toy_post(&t, "owner", "/staff", "csrf=" TOY_CSRF);
    assert_int_equal(a.status, 405);
    assert_true(toy_has(a.headers, "Allow: GET, HEAD\n"));
    a = toy_get(&t, "owner", "/sign-out");
    assert_int_equal(a.status, 405);
    assert_true(toy_has(a.headers, "Allow: POST\n"));
}

static void a_get_cannot_write(void **state)
{
    (void)state;
    int n = toy_n_things(&t);
    assert_true(toy_get(&t, "owner", "/write").status >= 500);
    assert_int_equal(toy_n_things(&t), n);
}

static void damaged_queries_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"/things?a=%zz",
                               "/things?a=%ff",
                               "/things?a=%00",
                               "/things/../things",
                               "/%2e%2e/things",
                               "/things%2Fx",
                               "/thi%00ngs",
                               "/things#x",
                               "http://evil.example/things",
                               "*"};
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        if (toy_get(&t, "owner", bad[i]).status != 400)
            fail_msg("%s", bad[i]);
    assert_int_equal(toy_get(&t, "owner", "/things?a=%C3%A9&b=1+2").status, 200);
    assert_int_equal(toy_get(&t, "owner", "http://localhost/things").status, 200);
}

/* --- who may ------------------------------------------------------------ */

static void strangers_are_sent_to_sign_in_and_back(void **state)
{
    (void)state;
    struct web_answer a = toy_get(&t, NULL, "/things?q=a b");
    assert_int_equal(a.status, 400);
    a = toy_get(&t, NULL, "/things?q=a&p=2");
    assert_int_equal(a.status, 303);
    assert_string_equal(a.location, "/sign-in?next=%2Fthings%3Fq%3Da%26p%3D2");
    assert_string_equal(toy_get(&t, NULL, "/").location, "/sign-in");
    assert_string_equal(toy_get(&t, NULL, "http://localhost/things").location, "/sign-in");
    assert_string_equal(toy_get(&t, "unknown-token", "/things").location,
                        "/sign-in?next=%2Fthings");
    a = call((struct web_call){.target = "/things", .accept = "application/json"});
    assert_int_equal(a.status, 401);
    assert_true(toy_has(a.headers, "WWW-Authenticate: Bearer\n"));
    a = call((struct web_call){.target = "/things", .bearer = "unknown", .accept = "text/html"});
    assert_int_equal(a.status, 401);
    assert_int_equal(toy_get(&t, NULL, "/sign-in").status, 200);
}

static void two_session_cookies_are_none(void **state)
{
    (void)state;
    struct web_answer a = call(
        (struct web_call){.target = "/things", .cookie = "entracte_s=owner; entracte_s=reception"});
    assert_int_equal(a.status, 303);
    a = call((struct web_call){.target = "/things", .cookie = "a=b;entracte_s=owner ;c=d"});
    assert_int_equal(a.status, 303);
    a = call((struct web_call){.target = "/things", .cookie = "xentracte_s=owner"});
    assert_int_equal(a.status, 303);
    a = call((struct web_call){.target = "/things", .cookie = "a=b;entracte_s=owner;c=d"});
    assert_int_equal(a.status, 200);
}

static void roles_see_what_is_theirs(void **state)
{
    (void)state;
    assert_int_equal(toy_get(&t, "owner", "/staff").status, 200);
    struct web_answer a = toy_get(&t, "reception", "/staff");
    assert_int_equal(a.status, 403);
    assert_false(toy_has(toy_text(&t, &a), "First"));
}

static void a_locked_session_opens_only_what_unlocks_it(void **state)
{
    (void)state;
    struct web_answer a = toy_get(&t, "locked", "/things?q=1");
    assert_int_equal(a.status, 303);
    assert_string_equal(a.location, "/locked?next=%2Fthings%3Fq%3D1");
    a = call((struct web_call){
        .target = "/things", .cookie = "entracte_s=locked", .accept = "application/json"});
    assert_int_equal(a.status, 423);
    assert_int_equal(toy_post(&t, "locked", "/sign-out", "csrf=" TOY_CSRF).status, 303);
    a = toy_get(&t, "locked", "/nowhere");
    assert_int_equal(a.status, 404);
    assert_false(toy_has(toy_text(&t, &a), "Olga"));
}

/* --- writing ------------------------------------------------------------ */

static void a_write_answers_with_where_it_is(void **state)
{
    (void)state;
    int n = toy_n_things(&t);
    struct web_answer a = toy_post(&t, "owner", "/things", "csrf=" TOY_CSRF "&name=Second");
    assert_int_equal(a.status, 303);
    assert_true(strncmp(a.location, "/things/", 8) == 0);
    assert_int_equal(toy_n_things(&t), n + 1);

    a = call((struct web_call){.method = POST,
                               .target = "/things",
                               .bearer = "owner",
                               .content_type = "application/json",
                               .body = bytes_of("{\"name\":\"Third\"}")});
    assert_int_equal(a.status, 201);
    assert_true(toy_has(toy_text(&t, &a), "\"version\":1"));
    assert_true(toy_has(toy_text(&t, &a), a.location));
}

static void what_was_done_is_said_once(void **state)
{
    (void)state;
    struct web_answer a = toy_post(&t, "owner", "/things", "csrf=" TOY_CSRF "&name=Flashed");
    assert_non_null(a.cookie);
    size_t n = strcspn(a.cookie, ";");
    const char *cookie = arena_printf(&t.arena, "entracte_s=owner; %.*s", (int)n, a.cookie);
    struct web_answer page =
        call((struct web_call){.target = "/things", .cookie = cookie, .accept = "text/html"});
    assert_true(toy_has(toy_text(&t, &page), "The thing is kept."));
    assert_true(toy_has(toy_text(&t, &page), "name=\"name\" value=\"Before\">"));
    assert_true(toy_has(toy_text(&t, &page), "name=\"next\" value=\"/things/"));
    assert_true(toy_has(page.headers, "Set-Cookie: entracte_f=; "));
    char *forged = arena_strdup(&t.arena, cookie);
    forged[strlen(forged) - 1] ^= 1;
    page = call((struct web_call){.target = "/things", .cookie = forged, .accept = "text/html"});
    assert_int_equal(page.status, 200);
    assert_false(toy_has(toy_text(&t, &page), "The thing is kep"));
}

/* What another session was told is not shown here, whoever put the cookie there. */
static void a_sentence_for_another_session_is_not_shown(void **state)
{
    (void)state;
    struct web_answer a = toy_post(&t, "owner", "/things", "csrf=" TOY_CSRF "&name=Planted");
    int n = (int)strcspn(a.cookie, ";");
    static const char *const readers[] = {"entracte_s=reception; ", ""};
    for (size_t i = 0; i < N_ELEMS(readers); i++) {
        const char *cookie = arena_printf(&t.arena, "%s%.*s", readers[i], n, a.cookie);
        struct web_answer page =
            call((struct web_call){.target = "/nowhere", .cookie = cookie, .accept = "text/html"});
        assert_int_equal(page.status, 404);
        assert_false(toy_has(toy_text(&t, &page), "The thing is kep"));
    }
    const char *own = arena_printf(&t.arena, "entracte_s=owner; %.*s", n, a.cookie);
    struct web_answer page =
        call((struct web_call){.target = "/nowhere", .cookie = own, .accept = "text/html"});
    assert_true(toy_has(toy_text(&t, &page), "The thing is kept."));
}

static void names_that_are_not_of_this_computer_are_not_served(void **state)
{
    (void)state;
    static const struct {
        const char *host, *target;
        int status;
    } cases[] = {
        {"localhost:8080", "/things", 200},
        {"127.0.0.1:8080", "/things", 200},
        {"[::1]", "/things", 200},
        {"evil.example", "/things", 421},
        {"evil.example:8080", "/things", 421},
        {"evil.example", "/healthz", 421},
        {"localhost", "/healthz", 200},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct web_answer a = call((struct web_call){.target = cases[i].target,
                                                     .host = cases[i].host,
                                                     .cookie = "entracte_s=owner",
                                                     .accept = "text/html"});
        if (a.status != cases[i].status)
            fail_msg("%s %s: %d", cases[i].host, cases[i].target, a.status);
        assert_false(a.status == 421 && toy_has(toy_text(&t, &a), "First"));
    }
}

static void a_public_https_address_binds_names_and_cookies(void **state)
{
    (void)state;
    struct toy s;
    toy_open_as(&s, "https://practice.example.org");
    struct web_call post = {.method = POST,
                            .target = "/things",
                            .host = "practice.example.org",
                            .cookie = "__Host-entracte_s=owner",
                            .origin = "https://practice.example.org",
                            .content_type = "application/x-www-form-urlencoded",
                            .body = bytes_of("csrf=" TOY_CSRF "&name=Public")};
    struct web_answer a;
    web_call(s.web, s.db, &s.arena, &post, &a);
    assert_int_equal(a.status, 303);
    assert_true(strncmp(a.cookie, "__Host-entracte_f=", 18) == 0);
    assert_true(toy_has(a.cookie, "; Path=/; Max-Age=60; Secure"));
    assert_true(toy_has(a.headers, "Strict-Transport-Security: max-age=63072000\n"));
    post.body = bytes_of("csrf=" TOY_CSRF "&name=Again");
    post.origin = "http://practice.example.org";
    web_call(s.web, s.db, &s.arena, &post, &a);
    assert_int_equal(a.status, 403);
    post.origin = "https://practice.example.org";
    post.cookie = "entracte_s=owner"; /* as a neighbour under the same domain could set it */
    web_call(s.web, s.db, &s.arena, &post, &a);
    assert_string_equal(a.location, "/sign-in");
    assert_int_equal(toy_n_things(&s), 2);
    static const struct {
        const char *host, *target;
        int status;
    } names[] = {{"localhost", "/things", 421},
                 {"localhost", "/healthz", 200},
                 {"evil.example", "/healthz", 421},
                 {"PRACTICE.example.org:443", "/things", 200}};
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        struct web_call get = {.target = names[i].target,
                               .host = names[i].host,
                               .cookie = "__Host-entracte_s=owner",
                               .accept = "text/html"};
        web_call(s.web, s.db, &s.arena, &get, &a);
        if (a.status != names[i].status)
            fail_msg("%s: %d", names[i].host, a.status);
    }
    toy_close(&s);
    struct web_answer plain = toy_get(&t, "owner", "/things");
    assert_false(toy_has(plain.headers, "Strict-Transport-Security"));
}

static void forms_of_other_sites_are_refused(void **state)
{
    (void)state;
    int n = toy_n_things(&t);
    static const struct {
        const char *body, *origin, *site;
        int status;
    } cases[] = {
        {"name=A1", "http://localhost", "same-origin", 403}, /* no token */
        {"csrf=&name=A2", "http://localhost", "same-origin", 403},
        {"csrf=csrf-of-the-toz&name=A3", "http://localhost", "same-origin", 403}, /* another one */
        {"csrf=" TOY_CSRF "x&name=A4", "http://localhost", "same-origin", 403},
        {"csrf=" TOY_CSRF "&name=A5", "http://evil.example", NULL, 403},
        {"csrf=" TOY_CSRF "&name=A6", "http://localhost.evil.example", NULL, 403},
        {"csrf=" TOY_CSRF "&name=A7", "http://localhost", "cross-site", 403},
        {"csrf=" TOY_CSRF "&name=A8", NULL, "same-site", 403},
        {"csrf=" TOY_CSRF "&name=A9", "null", NULL, 403},
        {"csrf=" TOY_CSRF "&name=B1", "null", "cross-site", 403},
        {"csrf=" TOY_CSRF "&name=B2", "null", "same-origin", 303},
        {"csrf=" TOY_CSRF "&name=B3", NULL, NULL, 303},
        {"csrf=" TOY_CSRF "&name=B4", NULL, "none", 303},
    };
    int n_made = 0;
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct web_answer a =
            call((struct web_call){.method = POST,
                                   .target = "/things",
                                   .cookie = "entracte_s=owner",
                                   .origin = cases[i].origin,
                                   .sec_fetch_site = cases[i].site,
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = bytes_of(cases[i].body)});
        if (a.status != cases[i].status)
            fail_msg("%s %s %s: %d", cases[i].body, cases[i].origin, cases[i].site, a.status);
        n_made += a.status == 303;
    }
    assert_int_equal(toy_n_things(&t), n + n_made);
}

static void signing_in_needs_no_token_but_its_own_page(void **state)
{
    (void)state;
    struct web_answer a = toy_post(&t, NULL, "/sign-in", "next=/");
    assert_int_equal(a.status, 303);
    assert_string_equal(a.cookie,
                        "entracte_s=new-token; HttpOnly; SameSite=Strict; Path=/; Max-Age=3600");
    a = call(
        (struct web_call){.method = POST, .target = "/sign-in", .origin = "http://evil.example"});
    assert_int_equal(a.status, 403);
    a = toy_post(&t, "owner", "/sign-out", "csrf=" TOY_CSRF);
    assert_true(toy_has(a.headers, "Clear-Site-Data: \"cache\", \"storage\"\n"));
    assert_true(toy_has(a.cookie, "Max-Age=0"));
}

static void keys_that_no_handler_reads_are_refused_by_name(void **state)
{
    (void)state;
    struct web_answer a = toy_post(&t, "owner", "/sign-out", "csrf=" TOY_CSRF "&everywhere=1");
    assert_int_equal(a.status, 422);
    assert_null(a.cookie);
    assert_true(toy_has(toy_text(&t, &a), "everywhere"));
}

static void rules_that_are_broken_are_told(void **state)
{
    (void)state;
    struct web_answer a = toy_post(&t, "owner", "/things", "csrf=" TOY_CSRF "&name=");
    assert_int_equal(a.status, 422);
    assert_true(toy_has(toy_text(&t, &a), "First"));
    a = call((struct web_call){.method = POST,
                               .target = "/things",
                               .bearer = "owner",
                               .content_type = "application/json",
                               .body = bytes_of("{\"name\":\"\"}")});
    assert_int_equal(a.status, 422);
    assert_true(toy_has(toy_text(&t, &a), "\"field\":\"name\""));
    assert_true(json_is_valid(toy_text(&t, &a), a.body.len));
}

static void conflicts_are_told_with_what_is_there_now(void **state)
{
    (void)state;
    assert_int_equal(toy_post(&t, "owner", "/things", "csrf=" TOY_CSRF "&name=First").status, 409);
    struct web_answer a = call(
        (struct web_call){.method = POST,
                          .target = path_of(&(struct req){.cx = &(struct cx){.arena = &t.arena}},
                                            "/things/%s", t.thing.s),
                          .bearer = "owner",
                          .content_type = "application/json",
                          .body = bytes_of("{}")});
    assert_int_equal(a.status, 409);
    assert_true(toy_has(toy_text(&t, &a), "\"message\":\"Someone changed it.\""));
    assert_true(toy_has(toy_text(&t, &a), "\"current\":{"));
}

static void bodies_are_limited_and_of_known_kinds(void **state)
{
    (void)state;
    char *big = arena_alloc(&t.arena, 9 * KiB);
    memset(big, 'a', 9 * KiB - 1);
    assert_int_equal(toy_post(&t, "owner", "/things", big).status, 413);
    struct web_call c = {
        .method = POST, .target = "/things", .bearer = "owner", .body = bytes_of("name=x")};
    assert_int_equal(call(c).status, 415);
    c.content_type = "text/plain";
    assert_int_equal(call(c).status, 415);
    c.content_type = "multipart/form-data; boundary=x";
    assert_int_equal(call(c).status, 415);
    c.content_type = "application/json";
    assert_int_equal(call(c).status, 400);
    c.content_type = "application/x-www-form-urlencoded; charset=utf-8";
    c.body = bytes_of("name=%ff");
    assert_int_equal(call(c).status, 400);
}

static void files_go_out_as_files_only(void **state)
{
    (void)state;
    struct web_answer a = call(
        (struct web_call){.method = POST,
                          .target = "/upload",
                          .bearer = "owner",
                          .content_type = "multipart/form-data; boundary=b",
                          .body = bytes_of("--b\r\nContent-Disposition: form-data; name=\"file\"; "
                                           "filename=\"x\"\r\n\r\n<script>\r\n--b--\r\n")});
    assert_int_equal(a.status, 200);
    assert_true(
        toy_has(a.headers, "Content-Disposition: attachment; filename=\"a--b---X--y.bin\"\n"));
    assert_true(toy_has(a.headers, "Content-Security-Policy: default-src 'none'; sandbox;"));
    assert_string_equal(toy_text(&t, &a), "<script>");
}

static void redirects_stay_on_our_site(void **state)
{
    (void)state;
    assert_string_equal(toy_get(&t, "owner", "/away?to=/things").location, "/things");
    const char *const bad[] = {"/away?to=//evil.example", "/away?to=http://evil.example",
                               "/away?to=/%5Cevil", "/away?to=javascript:alert(1)",
                               "/away?to=/a%0d%0aX:y"};
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct web_answer a = toy_get(&t, "owner", bad[i]);
        if (a.status < 400 || a.location != NULL)
            fail_msg("%s: %d", bad[i], a.status);
    }
}

/* --- trouble ------------------------------------------------------------ */

static void busy_is_tried_again_and_then_told(void **state)
{
    (void)state;
    toy_n_busy = 3;
    toy_n_runs = 0;
    assert_int_equal(toy_get(&t, "owner", "/busy").status, 200);
    assert_int_equal(toy_n_runs, 4);
    toy_n_busy = 100;
    struct web_answer a = toy_post(&t, "owner", "/busy", "csrf=" TOY_CSRF);
    assert_int_equal(a.status, 503);
    assert_true(toy_has(a.headers, "Retry-After: 2\n"));
    toy_n_busy = 0;
    assert_int_equal(toy_get(&t, "gone", "/things").status, 503);
}

static void what_breaks_is_told_without_internals(void **state)
{
    (void)state;
    struct web_answer a = toy_get(&t, "owner", "/broken");
    assert_int_equal(a.status, 500);
    assert_false(toy_has(toy_text(&t, &a), "cogwheel"));
    assert_int_equal(toy_get(&t, "owner", "/silent").status, 500);
}

static void health_needs_the_database(void **state)
{
    (void)state;
    struct web_answer a = toy_get(&t, NULL, "/healthz");
    assert_int_equal(a.status, 200);
    assert_string_equal(toy_text(&t, &a), "{\"ok\":true}");
    web_call(t.web, NULL, &t.arena, &(struct web_call){.target = "/healthz"}, &a);
    assert_int_equal(a.status, 503);
}

static void policy_reports_are_taken_from_anybody(void **state)
{
    (void)state;
    const char *const bodies[] = {"{\"csp-report\":{\"effective-directive\":\"script-src\"}}", "[]",
                                  "{", "x"};
    for (size_t i = 0; i < N_ELEMS(bodies); i++) {
        struct web_answer a = call((struct web_call){.method = POST,
                                                     .target = "/csp-report",
                                                     .origin = "null",
                                                     .content_type = "application/csp-report",
                                                     .body = bytes_of(bodies[i])});
        assert_int_equal(a.status, 204);
        assert_int_equal(a.body.len, 0);
    }
}

static void disclosures_are_recorded_before_they_are_made(void **state)
{
    (void)state;
    int64_t n = n_audited();
    assert_int_equal(toy_get(&t, "owner", "/things").status, 200);
    assert_int_equal(n_audited(), n + 1);
    assert_int_equal(toy_get(&t, "owner", "/staff").status,
                     200); /* without a name of its own: by its path */
    assert_int_equal(n_audited(), n + 2);
    assert_int_equal(toy_get(&t, NULL, "/things").status, 303); /* a stranger saw nothing */
    assert_int_equal(n_audited(), n + 2);
    assert_int_equal(toy_post(&t, "owner", "/things", "csrf=" TOY_CSRF "&name=").status,
                     422); /* a form comes back */
    assert_int_equal(n_audited(), n + 3);
    assert_int_equal(toy_post(&t, "owner", "/things", "csrf=" TOY_CSRF "&name=New").status,
                     303); /* nothing but where it is */
    assert_int_equal(n_audited(), n + 3);
}

static void pages_speak_the_language_of_the_browser_to_strangers(void **state)
{
    (void)state;
    struct web_answer a = call(
        (struct web_call){.target = "/sign-in", .accept_language = "fr, es-MX;q=0.8, en;q=0.5"});
    assert_true(toy_has(toy_text(&t, &a), ">es-ES<"));
    a = call((struct web_call){.target = "/sign-in", .accept_language = "es;q=0.3, en-US"});
    assert_true(toy_has(toy_text(&t, &a), ">en-GB<"));
}

static void the_api_document_lists_every_route(void **state)
{
    (void)state;
    struct web_answer a = toy_get(&t, "owner", "/api/openapi.json");
    assert_int_equal(a.status, 200);
    const char *text = toy_text(&t, &a);
    assert_true(json_is_valid(text, a.body.len));
    assert_true(toy_has(text, "\"/things/{id}\":{\"get\":{"));
    assert_true(toy_has(text, "\"x-permission\":\"client_read\""));
    assert_int_equal(toy_get(&t, NULL, "/api/openapi.json").status, 303);
}

static void writes_that_run_away_are_slowed_down(void **state)
{
    (void)state;
    struct rate *r = rate_new();
    struct rate_limit limit = {.per_second = 10, .burst = 3};
    struct bytes key = bytes_of("k");
    for (int i = 0; i < 3; i++)
        assert_true(rate_take(r, limit, key, 1000000));
    assert_false(rate_take(r, limit, key, 1000000));
    assert_true(rate_take(r, limit, key, 1100000));
    assert_false(rate_take(r, limit, key, 1100000));
    assert_true(rate_take(r, limit, bytes_of("other"), 1100000));
    rate_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_html_for_browsers_and_json_for_programs),
        cmocka_unit_test(every_page_has_the_security_headers),
        cmocka_unit_test(unknown_paths_and_rows_are_not_found),
        cmocka_unit_test(the_wrong_method_is_told_which_is_right),
        cmocka_unit_test(a_get_cannot_write),
        cmocka_unit_test(damaged_queries_are_refused),
        cmocka_unit_test(strangers_are_sent_to_sign_in_and_back),
        cmocka_unit_test(two_session_cookies_are_none),
        cmocka_unit_test(roles_see_what_is_theirs),
        cmocka_unit_test(a_locked_session_opens_only_what_unlocks_it),
        cmocka_unit_test(a_write_answers_with_where_it_is),
        cmocka_unit_test(what_was_done_is_said_once),
        cmocka_unit_test(a_sentence_for_another_session_is_not_shown),
        cmocka_unit_test(names_that_are_not_of_this_computer_are_not_served),
        cmocka_unit_test(a_public_https_address_binds_names_and_cookies),
        cmocka_unit_test(forms_of_other_sites_are_refused),
        cmocka_unit_test(signing_in_needs_no_token_but_its_own_page),
        cmocka_unit_test(keys_that_no_handler_reads_are_refused_by_name),
        cmocka_unit_test(rules_that_are_broken_are_told),
        cmocka_unit_test(conflicts_are_told_with_what_is_there_now),
        cmocka_unit_test(bodies_are_limited_and_of_known_kinds),
        cmocka_unit_test(files_go_out_as_files_only),
        cmocka_unit_test(redirects_stay_on_our_site),
        cmocka_unit_test(busy_is_tried_again_and_then_told),
        cmocka_unit_test(what_breaks_is_told_without_internals),
        cmocka_unit_test(health_needs_the_database),
        cmocka_unit_test(policy_reports_are_taken_from_anybody),
        cmocka_unit_test(disclosures_are_recorded_before_they_are_made),
        cmocka_unit_test(pages_speak_the_language_of_the_browser_to_strangers),
        cmocka_unit_test(the_api_document_lists_every_route),
        cmocka_unit_test(writes_that_run_away_are_slowed_down),
    };
    return cmocka_run_group_tests(tests, open_toy, close_toy);
}
