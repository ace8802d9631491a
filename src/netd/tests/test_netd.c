/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_netd.c - which places and addresses are refused, what passes the socket, and what the
 * process does when it is asked for what it may not. Real connections: tests/test_netd.py. */
#include "netd/netd_private.h"
#include "sandbox/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* --- addresses ------------------------------------------------------------------------------ */

static bool v4(uint32_t a)
{
    struct sockaddr_in s = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(a)};
    return address_is_public((const struct sockaddr *)&s);
}

static bool text_v4(const char *s)
{
    struct in_addr a;
    assert_int_equal(inet_pton(AF_INET, s, &a), 1);
    return v4(ntohl(a.s_addr));
}

static bool v6(const char *s)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, s, &a.sin6_addr), 1);
    return address_is_public((const struct sockaddr *)&a);
}

/* First and last of each block, and their neighbours outside. */
static void no_address_of_a_closed_block_is_public(void **state UNUSED)
{
    static const struct {
        const char *first, *last;
        bool below, above; /* are the neighbours public? */
    } blocks[] = {
        {"0.0.0.0", "0.255.255.255", false, true},
        {"10.0.0.0", "10.255.255.255", true, true},
        {"100.64.0.0", "100.127.255.255", true, true},
        {"127.0.0.0", "127.255.255.255", true, true},
        {"169.254.0.0", "169.254.255.255", true, true},
        {"172.16.0.0", "172.31.255.255", true, true},
        {"192.0.0.0", "192.0.0.255", true, true},
        {"192.0.2.0", "192.0.2.255", true, true},
        {"192.88.99.0", "192.88.99.255", true, true},
        {"192.168.0.0", "192.168.255.255", true, true},
        {"198.18.0.0", "198.19.255.255", true, true},
        {"198.51.100.0", "198.51.100.255", true, true},
        {"203.0.113.0", "203.0.113.255", true, true},
        {"224.0.0.0", "255.255.255.255", true, false},
    };
    for (size_t i = 0; i < N_ELEMS(blocks); i++) {
        struct in_addr first, last;
        inet_pton(AF_INET, blocks[i].first, &first);
        inet_pton(AF_INET, blocks[i].last, &last);
        uint32_t from = ntohl(first.s_addr), to = ntohl(last.s_addr);
        uint32_t step = (to - from) / 1000 + 1;
        for (uint64_t a = from; a <= to; a += step)
            assert_false(v4((uint32_t)a));
        assert_false(v4(to));
        assert_int_equal(v4(from - 1), blocks[i].below);
        assert_int_equal(v4(to + 1), blocks[i].above);
    }
    assert_true(text_v4("1.1.1.1"));
    assert_true(text_v4("93.184.216.34"));
}

static void of_ipv6_only_what_is_handed_out_is_public(void **state UNUSED)
{
    static const char *const closed[] = {
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:1.1.1.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378::1",
        "2001:10::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2001:db8:ffff:ffff::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "1fff::1",
    };
    static const char *const open_ones[] = {
        "2001:200::1",     "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2003::1",
        "2606:4700::1111", "2a00:1450::1",         "3ffe::1",     "3fff:1000::1"};
    for (size_t i = 0; i < N_ELEMS(closed); i++)
        assert_false(v6(closed[i]));
    for (size_t i = 0; i < N_ELEMS(open_ones); i++)
        assert_true(v6(open_ones[i]));
    struct sockaddr other = {.sa_family = AF_UNIX};
    assert_false(address_is_public(&other));
}

/* Whatever the IPv4 address, no spelling of it as IPv6 is let through. */
static void no_ipv4_comes_in_as_ipv6(void **state UNUSED)
{
    static const char *const forms[] = {"::ffff:%u.%u.%u.%u", "::%u.%u.%u.%u",
                                        "64:ff9b::%u.%u.%u.%u", "::ffff:0:%u.%u.%u.%u"};
    uint32_t seed = 20261123;
    for (int i = 0; i < 20000; i++) {
        char s[64];
        seed = seed * 1664525 + 1013904223;
        snprintf(s, sizeof(s), forms[i % 4], seed >> 24, seed >> 16 & 255, seed >> 8 & 255,
                 seed & 255);
        assert_false(v6(s));
        snprintf(s, sizeof(s), "2002:%x:%x::1", seed >> 16, seed & 0xffff);
        assert_false(v6(s));
    }
}

static enum netd_fault resolve(const char *url, const char *here)
{
    struct place p;
    const char *path;
    union address a[ADDRESSES_MAX];
    int n;
    return place_parse(url, &p, &path) ? place_resolve(&p, here, a, &n) : NETD_NOT_ALLOWED;
}

/* What the resolver understands as an address, in whatever notation, is judged as the address. */
static void no_spelling_of_a_closed_address_passes(void **state UNUSED)
{
    static const char *const spelt[] = {
        "https://127.0.0.1",  "https://127.1",       "https://2130706433",
        "https://0x7f000001", "https://0x7f.0.0.1",  "https://017700000001",
        "https://0177.0.0.1", "https://0",           "https://0.0.0.0",
        "https://10.0.0.1",   "https://0xa9fea9fe",  "https://169.254.169.254",
        "https://2852039166", "https://192.168.1.1", "smtp://0300.0250.1.1",
        "https://localhost",
    };
    for (size_t i = 0; i < N_ELEMS(spelt); i++)
        assert_int_equal(resolve(spelt[i], NULL), NETD_NOT_PUBLIC);
    assert_int_equal(resolve("https://8.8.8.8", NULL), NETD_OK);
    assert_int_equal(resolve("https://[::1]/", NULL), NETD_NOT_ALLOWED);
}

/* --- places --------------------------------------------------------------------------------------
 */

static void only_addresses_of_the_three_schemes_are_places(void **state UNUSED)
{
    static const char *const bad[] = {
        "http://a.example",
        "HTTPS://a.example",
        "file:///etc/passwd",
        "ftp://a.example",
        "https://",
        "https:///x",
        "https://user@a.example",
        "https://a.example@b",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:x",
        "https://a.example:",
        "https://a_b",
        "https://-a.example",
        "https://.a",
        "https://a.example/x y",
        "https://a.example/x\r\ny",
        "https://a.example/#x",
        "https://a.example?x",
        "https://a%2eb",
        "https://\xc3\xa4.example",
        "gopher://a.example",
        "smtps:a.example",
        "//a.example",
    };
    struct place p, q;
    const char *path;
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(place_parse(bad[i], &p, &path));
    assert_true(place_parse("https://Time.Example.org:8443/tsr?a=b", &p, &path));
    assert_string_equal(p.host, "time.example.org");
    assert_int_equal(p.port, 8443);
    assert_string_equal(path, "/tsr?a=b");
    assert_true(place_parse("https://time.example.org", &q, &path));
    assert_int_equal(q.port, 443);
    assert_false(place_eq(&p, &q));
    assert_true(place_parse("smtp://mail.example.org", &q, &path));
    assert_int_equal(q.port, 587);
}

static void this_computer_stands_in_only_with_an_address_of_its_own(void **state UNUSED)
{
    static const char *const bad[] = {"a:1",         "a@127.0.0.1", "a:1@10.0.0.1",
                                      "a:1@8.8.8.8", "a:1@::1",     "a:1@127.0.0.1 b",
                                      "a:1@127.1",   "@",           "a:1@"};
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(here_is_good(bad[i]));
    assert_true(here_is_good("a:1@127.0.0.1  b:25@127.0.0.2 "));
    assert_int_equal(resolve("https://localhost:8443", "localhost:8443@127.0.0.1"), NETD_OK);
    assert_int_equal(resolve("https://localhost:8444", "localhost:8443@127.0.0.1"),
                     NETD_NOT_PUBLIC);
}

static void settings_that_do_not_fit_are_named(void **state UNUSED)
{
    static const struct {
        struct netd_config c;
        const char *word;
    } cases[] = {
        {{.time_stamp_url = "http://a.example"}, "time-stamp-url"},
        {{.time_stamp_url = "smtps://a.example"}, "time-stamp-url"},
        {{.smtp_url = "https://a.example", .mail_from = "a@b.example"}, "smtp-url"},
        {{.smtp_url = "smtps://a.example/x", .mail_from = "a@b.example"}, "smtp-url"},
        {{.smtp_url = "smtps://a.example"}, "mail-from"},
        {{.smtp_url = "smtps://a.example", .mail_from = "a b@c.example"}, "mail-from"},
        {{.smtp_url = "smtps://a.example", .mail_from = "a@b.example", .smtp_user = "u"},
         "smtp-user"},
        {{.smtp_url = "smtps://a.example",
          .mail_from = "a@b.example",
          .smtp_user = "u",
          .smtp_password_file = "/nonexistent"},
         "smtp-password-file"},
        {{.syslog = "no"}, "syslog"},
        {{.syslog = "yes", .reach_here = "a:1@10.0.0.1"}, "reach-here"},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        const char *why = NULL;
        assert_int_equal(netd_check(&cases[i].c, &why), RC_INVALID);
        assert_non_null(strstr(why, cases[i].word));
    }
}

/* --- messages ----------------------------------------------------------------------------------
 */

static void a_message_is_the_same_on_the_other_side(void **state UNUSED)
{
    static unsigned char wire[MESSAGE_MAX], long_one[MESSAGE_MAX];
    struct message m = {.n = {NETD_POST, 7}, .s = {{wire, 0}, {long_one, 3}, {long_one, 1000}}};
    struct message got;
    size_t n = message_encode(&m, wire);
    assert_true(n > 0);
    assert_int_equal(message_decode((struct bytes){wire, n}, &got), RC_OK);
    assert_int_equal(got.n[0], NETD_POST);
    assert_int_equal(got.n[1], 7);
    assert_int_equal(got.s[2].len, 1000);
    for (size_t cut = 0; cut < n; cut++) /* none of its beginnings is one */
        assert_int_equal(message_decode((struct bytes){wire, cut}, &got), RC_BROKEN);
    assert_int_equal(message_decode((struct bytes){wire, n + 1}, &got), RC_BROKEN);
    wire[8] = wire[9] = wire[10] = wire[11] = 0xff; /* a length beyond all there is */
    assert_int_equal(message_decode((struct bytes){wire, n}, &got), RC_BROKEN);
    m.s[0] = (struct bytes){long_one, MESSAGE_MAX};
    assert_int_equal(message_encode(&m, wire), 0);
}

static void a_mail_holds_nothing_that_breaks_out_of_its_head(void **state UNUSED)
{
    struct arena a;
    struct bytes got;
    const struct bytes text = {(const unsigned char *)"\r\n.\r\nBcc: x@y.example", 21};
    arena_init(&a, 1 << 20);
    static const char *const bad_to[] = {"",        "a",     "@b",    "a@",    "a@b\r\nBcc: c@d",
                                         "a@b,c@d", "<a@b>", "a b@c", "a@b c", "a@@b",
                                         "a@b:25"};
    for (size_t i = 0; i < N_ELEMS(bad_to); i++)
        assert_int_equal(mail_write(&a, "l@e.org", bad_to[i], "s", text, 0, &got), RC_INVALID);
    assert_int_equal(mail_write(&a, "l@e.org", "o@e.org", "a\nBcc: c@d", text, 0, &got),
                     RC_INVALID);
    assert_int_equal(mail_write(&a, "l@e.org", "o@e.org",
                                "El registro está guardado aquí y también fuera", text,
                                INT64_C(1795420800), &got),
                     RC_OK);
    const char *s = (const char *)got.p;
    assert_null(strstr(s, "Bcc"));
    assert_non_null(strstr(s, "Date: Mon, 23 Nov 2026 08:00:00 +0000\r\n"));
    assert_non_null(strstr(s, "\r\n =?UTF-8?B?")); /* the subject goes on, as one header */
    arena_wipe(&a);
}

/* From the fuzzer: no character to cut between. */
static void a_subject_that_is_no_text_ends(void **state UNUSED)
{
    enum { N = 150 };
    struct arena a;
    struct bytes got;
    char subject[N + 1];
    memset(subject, 0xbc, N);
    subject[N] = '\0';
    arena_init(&a, 1 << 20);
    assert_int_equal(mail_write(&a, "l@e.org", "o@e.org", subject, (struct bytes){0}, 0, &got),
                     RC_OK);
    assert_true(got.len < 2048);
    arena_wipe(&a);
}

/* --- the process
 * ---------------------------------------------------------------------------------- */

static void done(struct netd *n)
{
    netd_free(n);
    assert_true(wait(NULL) > 0);
}

static enum netd_fault ask(struct netd *n, enum netd_form form, const char *x, const char *y,
                           const char *z)
{
    struct arena a;
    struct netd_answer answer;
    arena_init(&a, 1 << 20);
    const struct netd_request r = {form,
                                   {{(const unsigned char *)x, strlen(x)},
                                    {(const unsigned char *)y, strlen(y)},
                                    {(const unsigned char *)z, strlen(z)}}};
    enum netd_fault f = netd_ask(n, &a, &r, &answer);
    arena_wipe(&a);
    return f;
}

static void who_asks_cannot_choose_where_it_goes(void **state UNUSED)
{
    const struct netd_config c = {.time_stamp_url = "https://127.0.0.1:1/tsr"};
    struct netd *n;
    assert_int_equal(netd_start(&c, &n), RC_OK);
    assert_int_equal(ask(n, NETD_POST, "https://8.8.8.8/", "text/plain", "x"), NETD_NOT_ALLOWED);
    assert_int_equal(ask(n, NETD_POST, "http://127.0.0.1:1/", "text/plain", "x"), NETD_NOT_ALLOWED);
    assert_int_equal(ask(n, NETD_POST, "file:///etc/passwd", "text/plain", "x"), NETD_NOT_ALLOWED);
    assert_int_equal(ask(n, NETD_POST, "https://127.0.0.1:2/", "text/plain", "x"),
                     NETD_NOT_ALLOWED);
    assert_int_equal(ask(n, NETD_POST, "https://127.0.0.1:1/", "text/plain", "x"),
                     NETD_NOT_PUBLIC); /* listed, and refused all the same */
    assert_int_equal(ask(n, NETD_STAMP, "line", "", ""), NETD_NOT_PUBLIC);
    assert_int_equal(ask(n, NETD_MAIL, "o@e.org", "s", "t"), NETD_NOT_SET_UP);
    assert_int_equal(ask(n, NETD_LOG, "line", "", ""), NETD_NOT_SET_UP);
    assert_int_equal(ask(n, NETD_FORM_N_, "", "", ""), NETD_NOT_ALLOWED);
    done(n);
}

static pid_t child(void)
{
    char path[64], s[64] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && read(fd, s, sizeof(s) - 1) > 0);
    close(fd);
    return (pid_t)strtol(s, NULL, 10);
}

static void when_it_has_gone_nobody_waits(void **state UNUSED)
{
    const struct netd_config c = {.time_stamp_url = "https://127.0.0.1:1/tsr"};
    struct netd *n;
    assert_int_equal(netd_start(&c, &n), RC_OK);
    assert_int_equal(kill(child(), SIGKILL), 0);
    assert_int_equal(ask(n, NETD_STAMP, "line", "", ""), NETD_GONE);
    done(n);
    assert_int_equal(netd_start(&c, &n), RC_OK);
    netd_hang_up(n);
    assert_int_equal(ask(n, NETD_STAMP, "line", "", ""), NETD_GONE);
    done(n);
}

/* It is started before keys and database are opened; what is open all the same is not its. */
static void it_has_no_file_that_was_open_before(void **state UNUSED)
{
    int held[2];
    char c;
    const struct netd_config config = {.time_stamp_url = "https://127.0.0.1:1/tsr"};
    struct netd *n;
    assert_int_equal(pipe(held), 0);
    assert_int_equal(netd_start(&config, &n), RC_OK);
    assert_int_equal(ask(n, NETD_LOG, "line", "", ""), NETD_NOT_SET_UP); /* it has started */
    close(held[1]);
    assert_int_equal(read(held[0], &c, 1), 0); /* nobody else has the writing end */
    close(held[0]);
    done(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_address_of_a_closed_block_is_public),
        cmocka_unit_test(of_ipv6_only_what_is_handed_out_is_public),
        cmocka_unit_test(no_ipv4_comes_in_as_ipv6),
        cmocka_unit_test(no_spelling_of_a_closed_address_passes),
        cmocka_unit_test(only_addresses_of_the_three_schemes_are_places),
        cmocka_unit_test(this_computer_stands_in_only_with_an_address_of_its_own),
        cmocka_unit_test(settings_that_do_not_fit_are_named),
        cmocka_unit_test(a_message_is_the_same_on_the_other_side),
        cmocka_unit_test(a_mail_holds_nothing_that_breaks_out_of_its_head),
        cmocka_unit_test(a_subject_that_is_no_text_ends),
        cmocka_unit_test(who_asks_cannot_choose_where_it_goes),
        cmocka_unit_test(when_it_has_gone_nobody_waits),
        cmocka_unit_test(it_has_no_file_that_was_open_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
