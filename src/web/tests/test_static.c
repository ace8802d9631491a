/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_static.c - embedded files: names, caching, packing; over a socket. */
#include "base/log.h"
#include "toy.h"
#include "web/static.h"
#include "web/template.h"

#define CSS "/static/app.0a1b2c3d.css"
static const unsigned char css[] = "p{color:red}", css_gzip[] = "packed", svg[] = "<svg/>";
const struct embedded_static embedded_statics[] = {
    {"app.css",
     CSS,
     "text/css; charset=utf-8",
     {css, sizeof(css) - 1},
     {css_gzip, sizeof(css_gzip) - 1}},
    {"icons.svg", "/static/icons.11223344.svg", "image/svg+xml", {svg, sizeof(svg) - 1}, {0}},
};
const int n_embedded_statics = N_ELEMS(embedded_statics);

static struct toy t;

static int open_toy(void **state)
{
    (void)state;
    toy_open(&t);
    toy_listen(&t);
    return 0;
}

static int close_toy(void **state)
{
    (void)state;
    toy_close(&t);
    return 0;
}

static const char *get(const char *path, const char *headers)
{
    const char *request =
        arena_printf(&t.arena, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
                     path, headers);
    return toy_raw(&t, request, strlen(request));
}

static void names_lead_to_hashed_urls(void **state)
{
    (void)state;
    assert_string_equal(static_url("app.css"), CSS);
    assert_string_equal(static_url("icons.svg"), "/static/icons.11223344.svg");
    assert_string_equal(static_url("other.css"), "/static/missing");
    assert_non_null(static_at(CSS));
    assert_null(static_at("/static/app.css"));
}

static void files_are_kept_for_ever_by_browsers(void **state)
{
    (void)state;
    const char *got = get(CSS, "");
    assert_true(strncmp(got, "HTTP/1.1 200", 12) == 0);
    assert_true(toy_has(got, "Cache-Control: public, max-age=31536000, immutable\r\n"));
    assert_true(toy_has(got, "Content-Type: text/css; charset=utf-8\r\n"));
    assert_true(toy_has(got, "X-Content-Type-Options: nosniff\r\n"));
    assert_true(toy_has(got, "ETag: \"" CSS "\"\r\n"));
    assert_true(toy_has(got, "\r\n\r\np{color:red}"));
    assert_false(toy_has(got, "Set-Cookie"));
}

static void a_known_file_is_not_sent_again(void **state)
{
    (void)state;
    const char *got = get(CSS, "If-None-Match: \"" CSS "\"\r\n");
    assert_true(strncmp(got, "HTTP/1.1 304", 12) == 0);
    assert_false(toy_has(got, "color"));
    got = get(CSS, "If-None-Match: \"/static/app.ffffffff.css\"\r\n");
    assert_true(strncmp(got, "HTTP/1.1 200", 12) == 0);
}

static void packed_files_go_to_who_takes_them(void **state)
{
    (void)state;
    const char *got = get(CSS, "Accept-Encoding: gzip, br\r\n");
    assert_true(toy_has(got, "Content-Encoding: gzip\r\n"));
    assert_true(toy_has(got, "\r\n\r\npacked"));
    got = get("/static/icons.11223344.svg", "Accept-Encoding: gzip\r\n");
    assert_false(toy_has(got, "Content-Encoding"));
    assert_true(toy_has(got, "<svg/>"));
}

static void other_names_are_not_found(void **state)
{
    (void)state;
    const char *const paths[] = {"/static/app.css", "/static/", "/static/app.0a1b2c3d.css/x",
                                 "/static", "/static/missing"};
    for (size_t i = 0; i < N_ELEMS(paths); i++)
        if (strncmp(get(paths[i], ""), "HTTP/1.1 404", 12) != 0)
            fail_msg("%s", paths[i]);
}

static void text_becomes_a_part_of_a_url(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &t.arena, 1000);
    template_url_part((struct html){.out = &b}, "aZ9-._~/?#&=+ %\"<\xc3\xa9");
    assert_string_equal(b.s, "aZ9-._~%2F%3F%23%26%3D%2B%20%25%22%3C%C3%A9");
}

static void conditions_take_every_kind_of_member(void **state)
{
    (void)state;
    const char *none = NULL, *empty = "", *text = "x";
    struct id unset = {{0}}, set = id_derive(1, 1);
    assert_false(template_has(none) || template_has(empty) || template_has(unset) ||
                 template_has(0) || template_has(false) || template_has((int64_t)0) ||
                 template_has((void *)NULL));
    assert_true(template_has(text) && template_has(set) && template_has(-1) && template_has(true) &&
                template_has(&set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_to_hashed_urls),
        cmocka_unit_test(files_are_kept_for_ever_by_browsers),
        cmocka_unit_test(a_known_file_is_not_sent_again),
        cmocka_unit_test(packed_files_go_to_who_takes_them),
        cmocka_unit_test(other_names_are_not_found),
        cmocka_unit_test(text_becomes_a_part_of_a_url),
        cmocka_unit_test(conditions_take_every_kind_of_member),
    };
    return cmocka_run_group_tests(tests, open_toy, close_toy);
}
