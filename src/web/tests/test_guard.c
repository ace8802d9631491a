/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_guard.c - hostile requests: first to the guard alone, then byte for byte through a socket.
 * Never two answers to one request, never a body read as a request. Source: RFC 9112 section 11;
 * cases of llhttp and of the smuggling literature, rewritten. */
#include "base/log.h"
#include "toy.h"
#include "web/guard.h"
#include "web/web_private.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the guard alone ---------------------------------------------------- */

static struct header header_of(const char *name, const char *value)
{
    return (struct header){name, value, strlen(name), strlen(value)};
}

static const char *why(const char *method, const char *target, const struct header *h, int n)
{
    struct head head = {
        .method = method, .target = target, .is_exact = true, .headers = h, .n_headers = n};
    return guard_refuses(&head);
}

static void gzip_is_for_who_asks_for_it(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        bool accepts;
    } cases[] = {{"gzip", true},           {"br, gzip;q=0.8", true},
                 {"gzip ; q=0.001", true}, {"gzip;q=1", true},
                 {"GZIP, br;q=0", true},   {"gzip;q=0", false},
                 {"gzip; q=0.00", false},  {"br", false},
                 {"gzip;Q=0, br", false}};
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct header f = {"Accept-Encoding", cases[i].said, 15, strlen(cases[i].said)};
        struct head h = {.headers = &f, .n_headers = 1};
        assert_int_equal(head_accepts_gzip(&h), cases[i].accepts);
    }
    assert_false(head_accepts_gzip(&(struct head){0}));
}

static void targets_that_may_not_be(void **state)
{
    (void)state;
    const struct header host = header_of("Host", "h");
    const char *const bad[] = {"",
                               "*",
                               "things",
                               "/a b",
                               "/a\tb",
                               "/a\"b",
                               "/a<b",
                               "/a\\b",
                               "/a#b",
                               "/%",
                               "/%4",
                               "/%zz",
                               "/%00",
                               "/a?x=%00",
                               "/a?x=%g1",
                               "/%2F",
                               "/a%2fb",
                               "/%5c",
                               "/..",
                               "/../a",
                               "/a/..",
                               "/a/../b",
                               "/%2e%2e/a",
                               "/.%2E/",
                               "/./a",
                               "/a/.",
                               "/%c3%28",
                               "/\xff",
                               "/a?\xc3(",
                               "/a?b=%c0%af",
                               "/%0a",
                               "/a%0d%0ab",
                               "/%7f",
                               "http://other/",
                               "http://h.evil/",
                               "https://",
                               "ftp://h/",
                               "h:80",
                               "//",
                               NULL};
    for (int i = 0; bad[i] != NULL && strcmp(bad[i], "//") != 0; i++)
        if (why("GET", bad[i], &host, 1) == NULL)
            fail_msg("passed: %s", bad[i]);
    const char *const good[] = {
        "/",         "/a?b=%2F..", "/a..b",      "/...", "/a?b=http://x/", "/%C3%A9", "/\xc3\xa9",
        "/a?q=%20+", "http://h/x", "HTTP://H/x", "/a?",  "/a%20b",         "//"};
    for (size_t i = 0; i < N_ELEMS(good); i++)
        if (why("GET", good[i], &host, 1) != NULL)
            fail_msg("refused: %s: %s", good[i], why("GET", good[i], &host, 1));
    static char longer[TARGET_MAX_BYTES + 2];
    memset(longer, 'a', TARGET_MAX_BYTES + 1);
    longer[0] = '/';
    assert_non_null(why("GET", longer, &host, 1));
    longer[TARGET_MAX_BYTES] = '\0';
    assert_null(why("GET", longer, &host, 1));
}

static void framing_is_said_once(void **state)
{
    (void)state;
    static const struct {
        const char *name[3], *value[3];
        bool is_good;
    } cases[] = {
        {{"Host"}, {"h"}, true},
        {{NULL}, {NULL}, false},
        {{"Host", "Host"}, {"h", "h"}, false},
        {{"Host", "hOST"}, {"h", "h"}, false},
        {{"Host"}, {"a/b"}, false},
        {{"Host"}, {"user@h"}, false},
        {{"Host"}, {"a, b"}, false},
        {{"Host", "Content-Length"}, {"h", "3"}, true},
        {{"Host", "Content-Length"}, {"h", "+3"}, false},
        {{"Host", "Content-Length"}, {"h", "-3"}, false},
        {{"Host", "Content-Length"}, {"h", "3,3"}, false},
        {{"Host", "Content-Length"}, {"h", "3 "}, false},
        {{"Host", "Content-Length"}, {"h", "0x3"}, false},
        {{"Host", "Content-Length"}, {"h", ""}, false},
        {{"Host", "Content-Length"}, {"h", "99999999999999999999"}, false},
        {{"Host", "Content-Length", "Content-Length"}, {"h", "3", "3"}, false},
        {{"Host", "Content-Length", "Transfer-Encoding"}, {"h", "3", "chunked"}, false},
        {{"Host", "Transfer-Encoding"}, {"h", "chunked"}, true},
        {{"Host", "Transfer-Encoding"}, {"h", "Chunked"}, true},
        {{"Host", "Transfer-Encoding"}, {"h", "chunked "}, false},
        {{"Host", "Transfer-Encoding"}, {"h", "\tchunked"}, false},
        {{"Host", "Transfer-Encoding"}, {"h", "xchunked"}, false},
        {{"Host", "Transfer-Encoding"}, {"h", "gzip, chunked"}, false},
        {{"Host", "Transfer-Encoding"}, {"h", "identity"}, false},
        {{"Host", "Transfer-Encoding"}, {"h", "chunked, chunked"}, false},
        {{"Host", "Transfer-Encoding", "Transfer-Encoding"}, {"h", "chunked", "chunked"}, false},
        {{"Host", "X"},
         {"h", "a\x01"
               "b"},
         false},
        {{"Host", "X"}, {"h", "a\rb"}, false},
        {{"Host", "X"}, {"h", "a\x7f"}, false},
        {{"Host", "X"}, {"h", "\xff"}, false},
        {{"Host", "X"}, {"h", "a\tb \xc3\xa9"}, true},
        {{"Host", "X "}, {"h", "a"}, false},
        {{"Host", " X"}, {"h", "a"}, false},
        {{"Host", "X Y"}, {"h", "a"}, false},
        {{"Host", ""}, {"h", "a"}, false},
        {{"Host", "X(Y"}, {"h", "a"}, false},
        {{"Host", "\xc3\xa9"}, {"h", "a"}, false},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct header h[3];
        int n = 0;
        for (; n < 3 && cases[i].name[n] != NULL; n++)
            h[n] = header_of(cases[i].name[n], cases[i].value[n]);
        if ((why("POST", "/", h, n) == NULL) != cases[i].is_good)
            fail_msg("case %zu: %s", i, why("POST", "/", h, n));
    }
}

static void methods_heads_and_versions(void **state)
{
    (void)state;
    struct header h[HEAD_MAX_HEADERS + 1];
    for (int i = 0; i <= HEAD_MAX_HEADERS; i++)
        h[i] = header_of(i == 0 ? "Host" : "X", "h");
    assert_null(why("GET", "/", h, HEAD_MAX_HEADERS));
    assert_non_null(why("GET", "/", h, HEAD_MAX_HEADERS + 1));
    const char *const bad[] = {"", "get", "GET1", "G-T", "ABCDEFGHIJKLMNOPQ"};
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_non_null(why(bad[i], "/", h, 1));
    assert_null(why("DELETE", "/", h, 1));
    h[1] = header_of("Content-Length", "1");
    assert_non_null(why("GET", "/", h, 2));
    assert_non_null(why("HEAD", "/", h, 2));
    h[1].value = "0";
    assert_null(why("GET", "/", h, 2));

    struct head head = {
        .method = "POST", .target = "/", .is_exact = true, .headers = h, .n_headers = 2};
    h[1] = header_of("Transfer-Encoding", "chunked");
    assert_null(guard_refuses(&head));
    head.is_http10 = true;
    assert_non_null(guard_refuses(&head));
    head.n_headers = 0;
    assert_null(guard_refuses(&head)); /* HTTP/1.0 needs no Host */
    head.is_exact = false;
    assert_non_null(guard_refuses(&head));
    head.is_exact = true;
    head.n_bytes = HEAD_MAX_BYTES + 1;
    assert_non_null(guard_refuses(&head));
}

static void targets_are_split_and_decoded(void **state)
{
    (void)state;
    struct arena a;
    const char *path, *query;
    arena_init(&a, 1 * MiB);
    guard_split(&a, "/a%20b/%C3%A9?x=%20", &path, &query);
    assert_string_equal(path, "/a b/\xc3\xa9");
    assert_string_equal(query, "x=%20");
    guard_split(&a, "http://host/x", &path, &query);
    assert_string_equal(path, "/x");
    assert_string_equal(query, "");
    arena_wipe(&a);
}

/* --- through a socket --------------------------------------------------- */

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

#define H "Host: localhost\r\n"
#define END "\r\n"
#define SECOND "GET /healthz HTTP/1.1\r\n" H END
#define CL(n_) "Content-Length: " #n_ "\r\n"
#define TE "Transfer-Encoding: chunked\r\n"
#define RAW(s_)                                                                                    \
    {                                                                                              \
        (s_), sizeof(s_) - 1                                                                       \
    }

/* Each is one request and what its sender hopes will be taken for another: one refusal, then the
 * connection ends. */
static const struct {
    const char *bytes;
    size_t n;
} hostile[] = {
    /* two lengths */
    RAW("POST /csp-report HTTP/1.1\r\n" H CL(6) CL(0) END "GET /x"),
    RAW("POST /csp-report HTTP/1.1\r\n" H CL(0) CL(6) END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H CL(4) TE END "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE CL(4) END "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE TE END "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H CL(5) "content-length: 0\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length: 0, 5\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length: +5\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length: -1\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length: 0x10\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length: 1e1\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length:\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length: 5 \r\n" END "GET /x"),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length : 5\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content-Length\t: 5\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Content Length: 5\r\n" END SECOND),
    /* codings */
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n" END "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n" END "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding: chunked, identity\r\n" END
        "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n" CL(4) END
        "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n" END SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding:\x0b"
        "chunked\r\n" END "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n" END
        "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n" END
        "0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.0\r\n" H TE END "0\r\n\r\n" SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H TE END "0\r\n\r\n" SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H CL(5) END "GET /"),
    RAW("HEAD /healthz HTTP/1.1\r\n" H CL(5) END "GET /"),
    /* chunks */
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END "5x\r\nhello\r\n0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END "-1\r\n\r\n0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END "0x5\r\nhello\r\n0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END " 5\r\nhello\r\n0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END "5 \r\nhello\r\n0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END "10000000000000005\r\nhello\r\n0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END "5\r\nhelloXX0\r\n\r\n" SECOND),
    RAW("POST /csp-report HTTP/1.1\r\n" H TE END ";a=b\r\n\r\n" SECOND),
    /* hosts and targets */
    RAW("GET /healthz HTTP/1.1\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "Host: evil.example\r\n" END SECOND),
    RAW("GET http://evil.example/healthz HTTP/1.1\r\n" H END SECOND),
    RAW("GET /../healthz HTTP/1.1\r\n" H END SECOND),
    RAW("GET /%2e%2e/healthz HTTP/1.1\r\n" H END SECOND),
    RAW("GET /a%2fhealthz HTTP/1.1\r\n" H END SECOND),
    RAW("GET /healthz%00 HTTP/1.1\r\n" H END SECOND),
    RAW("GET /healthz%zz HTTP/1.1\r\n" H END SECOND),
    RAW("GET /\xff HTTP/1.1\r\n" H END SECOND),
    RAW("GET /healthz\0 HTTP/1.1\r\n" H END SECOND),
    RAW("GET /healthz?a b HTTP/1.1\r\n" H END SECOND),
    RAW("GET  /healthz HTTP/1.1\r\n" H END SECOND),
    RAW("GET /healthz  HTTP/1.1\r\n" H END SECOND),
    RAW("GET /healthz HTTP/1.1 \r\n" H END SECOND),
    RAW("GET\t/healthz\tHTTP/1.1\r\n" H END SECOND),
    RAW("get /healthz HTTP/1.1\r\n" H END SECOND),
    RAW("GET /healthz\r\n" H END SECOND),
    RAW("GET /healthz HTTP/1.1x\r\n" H END SECOND),
    RAW("GET /healthz HTTP/2.0\r\n" H END SECOND),
    RAW("GET /healthz http/1.1\r\n" H END SECOND),
    RAW("* /healthz HTTP/1.1\r\n" H END SECOND),
    RAW("CONNECT localhost:80 HTTP/1.1\r\n" H END SECOND),
    RAW("OPTIONS * HTTP/1.1\r\n" H END SECOND),
    /* lines */
    RAW("GET /healthz HTTP/1.1\n" H END SECOND),
    RAW("GET /healthz HTTP/1.1\r\nHost: localhost\n\r\n" SECOND),
    RAW("GET /healthz HTTP/1.1\r\nHost: localhost\n\n" SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "X: a\r\n b\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "X: a\rContent-Length: 5\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "X: a\0b\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "X\0Y: a\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "\0Content-Length: 5\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "X: \x01\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "X: \xff\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "X:  two blanks\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H ": nameless\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n" H "no colon\r\n" END SECOND),
    RAW("GET /healthz HTTP/1.1\r\n X: first\r\n" H END SECOND),
};

static void hostile_requests_get_one_refusal_and_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ELEMS(hostile); i++) {
        int fd = toy_connect(&t);
        const char *got = toy_talk(&t, fd, hostile[i].bytes, hostile[i].n, 2000);
        int n = toy_n_answers(got);
        if (n > 1)
            fail_msg("case %zu: %d answers to %s: %s", i, n, hostile[i].bytes, got);
        if (n == 1 && strncmp(got, "HTTP/1.1 4", 10) != 0 && strncmp(got, "HTTP/1.1 505", 12) != 0)
            fail_msg("case %zu: accepted: %s: %.60s", i, hostile[i].bytes, got);
        char byte;
        if (recv(fd, &byte, 1, MSG_DONTWAIT) > 0)
            fail_msg("case %zu: the connection goes on", i);
        close(fd);
    }
}

static void a_large_head_is_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {17 * KiB, 30 * KiB, 60 * KiB};
    for (size_t i = 0; i < N_ELEMS(sizes); i++) {
        struct buf b;
        buf_init(&b, &t.arena, 1 * MiB);
        buf_puts(&b, "GET /healthz HTTP/1.1\r\n" H);
        for (int k = 0; b.len < sizes[i]; k++)
            buf_printf(&b, "X-%d: %0500d\r\n", k, k);
        buf_puts(&b, END SECOND);
        const char *got = toy_raw(&t, b.s, b.len);
        assert_int_equal(toy_n_answers(got), 1);
        assert_true(strncmp(got, "HTTP/1.1 4", 10) == 0);
    }
    struct buf b;
    buf_init(&b, &t.arena, 1 * MiB);
    buf_puts(&b, "GET /healthz?");
    while (b.len < 9 * KiB)
        buf_puts(&b, "aaaaaaaaaaaaaaaa");
    buf_puts(&b, " HTTP/1.1\r\n" H END SECOND);
    const char *got = toy_raw(&t, b.s, b.len);
    assert_int_equal(toy_n_answers(got), 1);
    assert_true(strncmp(got, "HTTP/1.1 4", 10) == 0);
}

static void a_head_within_the_limits_is_answered(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &t.arena, 1 * MiB);
    buf_puts(&b, "GET /healthz HTTP/1.1\r\n" H "Connection: close\r\n");
    for (int k = 0; k < 97; k++)
        buf_printf(&b, "X-%d: %0140d\r\n", k, k);
    buf_puts(&b, "X-Empty: \r\nX-Close:v\r\n" END);
    assert_true(b.len > 14 * KiB && b.len < HEAD_MAX_BYTES);
    b.s[strstr(b.s, "X-96") - b.s] = 'Y'; /* 101 would be one too many: drop none, rename one */
    const char *got = toy_raw(&t, b.s, b.len);
    assert_true(strncmp(got, "HTTP/1.1 4", 10) == 0); /* 101 headers */
    char *last = strstr(b.s, "X-Close:v\r\n");
    memmove(last, last + 11, strlen(last + 11) + 1);
    got = toy_raw(&t, b.s, strlen(b.s));
    assert_true(strncmp(got, "HTTP/1.1 200", 12) == 0);
}

/* --- what decent clients send ------------------------------------------- */

static void requests_may_share_a_connection(void **state)
{
    (void)state;
    static const char two[] = SECOND "GET /nowhere HTTP/1.1\r\nHost:localhost\r\n" END SECOND;
    const char *got = toy_raw(&t, two, sizeof(two) - 1);
    assert_int_equal(toy_n_answers(got), 3);
    assert_true(toy_has(got, "HTTP/1.1 404"));
    static const char close_it[] = "GET /healthz HTTP/1.1\r\n" H "Connection: close\r\n" END SECOND;
    assert_int_equal(toy_n_answers(toy_raw(&t, close_it, sizeof(close_it) - 1)), 1);
}

static void head_is_get_without_a_body(void **state)
{
    (void)state;
    static const char head[] = "HEAD /healthz HTTP/1.1\r\n" H END SECOND;
    const char *got = toy_raw(&t, head, sizeof(head) - 1);
    assert_int_equal(toy_n_answers(got), 2);
    assert_true(toy_has(got, "Content-Length: 11\r\n"));
    const char *body = strstr(got, "{\"ok\":true}");
    assert_non_null(body);
    assert_null(strstr(body + 1, "{\"ok\":true}"));
}

static void bodies_arrive_whole_by_length_and_by_chunk(void **state)
{
    (void)state;
    static const char chunked[] =
        "POST /things HTTP/1.1\r\n" H
        "Authorization: Bearer owner\r\nContent-Type: application/json\r\n" TE END
        "4\r\n{\"na\r\n9;x=y\r\nme\":\"chun\r\n5\r\nked\"}\r\n0\r\nX-Trailer: y\r\n\r\n" SECOND;
    const char *got = toy_raw(&t, chunked, sizeof(chunked) - 1);
    assert_true(strncmp(got, "HTTP/1.1 201", 12) == 0);
    assert_int_equal(toy_n_answers(got), 2);
    static const char expect[] = "POST /things HTTP/1.1\r\n" H
                                 "Authorization: Bearer owner\r\nContent-Type: application/json\r\n"
                                 "Expect: 100-continue\r\n" CL(16) END "{\"name\":\"exact\"}";
    got = toy_raw(&t, expect, sizeof(expect) - 1);
    assert_true(toy_has(got, "HTTP/1.1 201"));
    struct web_answer a = toy_get(&t, "owner", "/things");
    assert_true(toy_has(toy_text(&t, &a), "chunked"));
    assert_true(toy_has(toy_text(&t, &a), "exact"));
}

static void too_much_body_is_refused_before_it_is_read(void **state)
{
    (void)state;
    static const char large[] =
        "POST /things HTTP/1.1\r\n" H "Authorization: Bearer owner\r\n" CL(9000000) END "xxxx";
    const char *got = toy_raw(&t, large, sizeof(large) - 1);
    assert_int_equal(toy_n_answers(got), 1);
    assert_true(strncmp(got, "HTTP/1.1 413", 12) == 0);
    struct buf b;
    buf_init(&b, &t.arena, 1 * MiB);
    buf_puts(&b, "POST /things HTTP/1.1\r\n" H "Authorization: Bearer owner\r\n" TE END);
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "100\r\n%0256d\r\n", i);
    got = toy_raw(&t, b.s, b.len);
    assert_int_equal(toy_n_answers(got), 0);
}

/* Strangers who hold as many large bodies as may be leave room for forms and notes. */
static void large_bodies_leave_room_for_small_ones(void **state)
{
    (void)state;
    const size_t file = 16 * MiB, note = 512 * KiB, form = 4 * KiB;
    size_t held = 0;
    while (body_has_room(held, file))
        held += file;
    assert_int_equal(held, 448 * MiB);
    for (size_t n = file; n > note; n /= 2)
        assert_false(body_has_room(held, n));
    assert_true(body_has_room(held, note));
    while (body_has_room(held, note))
        held += note;
    assert_int_equal(held, 512 * MiB);
    assert_false(body_has_room(held, form));
    assert_false(body_has_room(0, (size_t)1 << 40));
}

static void bytes_may_come_one_by_one(void **state)
{
    (void)state;
    static const char request[] = "\r\nGET /healthz HTTP/1.1\r\n" H "Connection: close\r\n" END;
    int fd = toy_connect(&t);
    for (size_t i = 0; i < sizeof(request) - 1; i++)
        assert_int_equal(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
    const char *got = toy_talk(&t, fd, "", 0, 2000);
    assert_true(strncmp(got, "HTTP/1.1 200", 12) == 0);
    close(fd);
}

static void text_is_packed_for_who_takes_it(void **state)
{
    (void)state;
    static const char plain[] =
        "GET /things HTTP/1.1\r\n" H "Cookie: entracte_s=owner\r\nConnection: close\r\n" END;
    static const char packed[] =
        "GET /things HTTP/1.1\r\n" H
        "Cookie: entracte_s=owner\r\nAccept-Encoding: br, gzip\r\nConnection: close\r\n" END;
    assert_true(toy_has(toy_raw(&t, plain, sizeof(plain) - 1), "Vary: Accept-Encoding\r\n"));
    const char *got = toy_raw(&t, packed, sizeof(packed) - 1);
    assert_true(toy_has(got, "Content-Encoding: gzip\r\n"));
    assert_false(toy_has(got, "<html"));
}

static void slow_work_leaves_a_worker_free(void **state)
{
    (void)state;
    static const char slow[] = "GET /slow HTTP/1.1\r\n" H "Connection: close\r\n" END;
    static const char quick[] = "GET /healthz HTTP/1.1\r\n" H "Connection: close\r\n" END;
    int fd[4];
    for (size_t i = 0; i < N_ELEMS(fd); i++) {
        fd[i] = toy_connect(&t);
        assert_int_equal(send(fd[i], slow, sizeof(slow) - 1, MSG_NOSIGNAL), sizeof(slow) - 1);
    }
    poll(NULL, 0, 50); /* until they stand in line */
    assert_true(toy_has(toy_raw(&t, quick, sizeof(quick) - 1), "HTTP/1.1 200"));
    struct pollfd last = {.fd = fd[N_ELEMS(fd) - 1], .events = POLLIN};
    assert_int_equal(poll(&last, 1, 0), 0); /* still in line: one at a time */
    for (size_t i = 0; i < N_ELEMS(fd); i++) {
        assert_true(toy_has(toy_talk(&t, fd[i], "", 0, 5000), "HTTP/1.1 200"));
        close(fd[i]);
    }
}

static void stopping_finishes_what_has_begun(void **state)
{
    (void)state;
    static const char slow[] = "GET /slow HTTP/1.1\r\n" H END;
    int fd = toy_connect(&t);
    assert_int_equal(send(fd, slow, sizeof(slow) - 1, MSG_NOSIGNAL), sizeof(slow) - 1);
    poll(NULL, 0, 100); /* until a worker has it */
    web_stop(t.web);
    const char *got = toy_talk(&t, fd, "", 0, 1000);
    assert_true(strncmp(got, "HTTP/1.1 200", 12) == 0);
    assert_true(toy_has(got, "</html>"));
    assert_true(toy_has(got, "Connection: close\r\n"));
    close(fd);
}

static void only_loopback_is_served(void **state)
{
    (void)state;
    const char *const bad[] = {"0.0.0.0:0", "192.168.1.1:80", "[::]:80",         "example.org:80",
                               "127.0.0.1", "127.0.0.1:x",    "127.0.0.1:70000", ":80",
                               ""};
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        const char *reason = "";
        assert_int_equal(web_listen(t.web, bad[i], &reason), RC_INVALID);
        assert_true(reason[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest guard[] = {
        cmocka_unit_test(gzip_is_for_who_asks_for_it),
        cmocka_unit_test(targets_that_may_not_be),
        cmocka_unit_test(framing_is_said_once),
        cmocka_unit_test(methods_heads_and_versions),
        cmocka_unit_test(targets_are_split_and_decoded),
        cmocka_unit_test(large_bodies_leave_room_for_small_ones),
    };
    const struct CMUnitTest sockets[] = {
        cmocka_unit_test(hostile_requests_get_one_refusal_and_the_end),
        cmocka_unit_test(a_large_head_is_refused),
        cmocka_unit_test(a_head_within_the_limits_is_answered),
        cmocka_unit_test(requests_may_share_a_connection),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(bodies_arrive_whole_by_length_and_by_chunk),
        cmocka_unit_test(too_much_body_is_refused_before_it_is_read),
        cmocka_unit_test(bytes_may_come_one_by_one),
        cmocka_unit_test(text_is_packed_for_who_takes_it),
        cmocka_unit_test(slow_work_leaves_a_worker_free),
        cmocka_unit_test(stopping_finishes_what_has_begun),
        cmocka_unit_test(only_loopback_is_served),
    };
    int failed = cmocka_run_group_tests(guard, NULL, NULL);
    return failed + cmocka_run_group_tests(sockets, open_toy, close_toy);
}
