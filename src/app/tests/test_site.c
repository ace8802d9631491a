/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_site.c - public addresses that are taken, and the Host and Origin that fit them. */
#include "app/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static struct site site_of(const char *url)
{
    struct site s;
    const char *why = site_parse(&arena, url, &s);
    if (why != NULL)
        fail_msg("%s", why);
    return s;
}

static void a_public_address_is_a_scheme_and_a_host(void **state UNUSED)
{
    static const struct {
        const char *url, *host;
        bool is_https;
    } good[] = {
        {"https://practice.example.org", "practice.example.org", true},
        {"HTTPS://Practice.example.org/", "Practice.example.org", true},
        {"https://practice.example.org:443", "practice.example.org", true},
        {"https://practice.example.org:8443", "practice.example.org:8443", true},
        {"https://192.0.2.7", "192.0.2.7", true},
        {"https://[2001:db8::1]:444", "[2001:db8::1]:444", true},
        {"http://localhost:8080", "localhost:8080", false},
        {"http://127.0.0.1:80", "127.0.0.1", false},
    };
    static const char *const bad[] = {"",
                                      "practice.example.org",
                                      "ftp://practice.example.org",
                                      "https://",
                                      "https:///",
                                      "https://practice.example.org/app",
                                      "https://practice.example.org?x",
                                      "https://a b",
                                      "https://user@practice.example.org",
                                      "https://-a.example",
                                      "https://a..example",
                                      "https://a.example.",
                                      "https://a.example:",
                                      "https://a.example:0",
                                      "https://a.example:99999",
                                      "https://a.example:80:81",
                                      "https://[::1",
                                      "https://[]",
                                      "https://[x]",
                                      "https://a_b",
                                      "http://practice.example.org",
                                      "http://192.168.1.2:8080"};
    for (size_t i = 0; i < N_ELEMS(good); i++) {
        struct site s = site_of(good[i].url);
        assert_string_equal(s.host, good[i].host);
        assert_int_equal(s.is_https, good[i].is_https);
    }
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct site s;
        if (site_parse(&arena, bad[i], &s) == NULL)
            fail_msg("%s is taken", bad[i]);
    }
    assert_null(site_of(NULL).host);
}

static void without_an_address_only_names_of_this_computer_are_served(void **state UNUSED)
{
    static const char *const near[] = {"localhost",      "LOCALHOST:1",     "127.0.0.1",
                                       "127.0.0.1:8080", "127.9.9.9:65535", "[::1]",
                                       "[::1]:8080"};
    static const char *const far[] = {"evil.example",
                                      "evil.example:8080",
                                      "localhost.evil.example",
                                      "127.0.0.1.evil.example",
                                      "127.0.0.1:",
                                      "127.0.0.1:x",
                                      "localhost.",
                                      "0.0.0.0",
                                      "[::]",
                                      "[::1",
                                      "[::1]x",
                                      "::1",
                                      "",
                                      "192.168.1.2",
                                      "127.1"};
    struct site s = site_of(NULL);
    for (size_t i = 0; i < N_ELEMS(near); i++)
        if (!site_serves(&s, near[i]))
            fail_msg("%s is refused", near[i]);
    for (size_t i = 0; i < N_ELEMS(far); i++)
        if (site_serves(&s, far[i]))
            fail_msg("%s is served", far[i]);
    assert_false(site_serves(&s, NULL));
    assert_true(site_is_origin(&s, "http://localhost:1", "localhost:1"));
    assert_false(site_is_origin(&s, "http://localhost:2", "localhost:1"));
    assert_false(site_is_origin(&s, "null", "localhost:1"));
}

static void with_an_address_nothing_else_is_served(void **state UNUSED)
{
    struct site s = site_of("https://practice.example.org");
    assert_true(site_serves(&s, "practice.example.org"));
    assert_true(site_serves(&s, "Practice.Example.org:443"));
    assert_false(site_serves(&s, "practice.example.org:80"));
    assert_false(site_serves(&s, "practice.example.org.evil.example"));
    assert_false(site_serves(&s, "practice.example.or"));
    assert_false(site_serves(&s, "127.0.0.1:8080"));
    assert_false(site_serves(&s, ""));
    assert_false(site_serves(&s, NULL));
    assert_true(site_is_origin(&s, "https://practice.example.org", NULL));
    assert_false(site_is_origin(&s, "http://practice.example.org", NULL));
    assert_false(site_is_origin(&s, "httpss://practice.example.org", NULL));
    assert_false(site_is_origin(&s, "https://evil.example", "practice.example.org"));
    s = site_of("https://practice.example.org:8443");
    assert_true(site_serves(&s, "practice.example.org:8443"));
    assert_false(site_serves(&s, "practice.example.org"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_public_address_is_a_scheme_and_a_host),
        cmocka_unit_test(without_an_address_only_names_of_this_computer_are_served),
        cmocka_unit_test(with_an_address_nothing_else_is_served),
    };
    arena_init(&arena, 1 << 20);
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    arena_wipe(&arena);
    return r;
}
