/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_form.c - the three readers: what they take, and that they refuse the rest. */
#include "text/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int set_up(void **state UNUSED)
{
    arena_init(&arena, 8 << 20);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    arena_wipe(&arena);
    return 0;
}

static struct form urlencoded(const char *s)
{
    struct form f;
    assert_int_equal(form_parse_urlencoded(&arena, s, strlen(s), &f), RC_OK);
    return f;
}

static struct form json(const char *s)
{
    struct form f;
    assert_int_equal(form_parse_json(&arena, s, strlen(s), &f), RC_OK);
    return f;
}

static void urlencoded_pairs_are_decoded(void **state UNUSED)
{
    struct form f = urlencoded("name=In%C3%A9s+Robles&empty=&bare&a=1&a=2&&x%3d=%26%2B");
    assert_int_equal(f.n, 6);
    assert_string_equal(form_get(&f, "name"), "In\xc3\xa9s Robles");
    assert_string_equal(form_get(&f, "empty"), "");
    assert_string_equal(form_get(&f, "bare"), "");
    assert_string_equal(form_get(&f, "a"), "1");
    assert_string_equal(f.pair[4].value, "2");
    assert_string_equal(form_get(&f, "x="), "&+");
    assert_null(form_get(&f, "none"));
    assert_false(form_has(&f, "none"));
    assert_true(form_has(&f, "bare"));
    assert_false(f.is_json);
    assert_int_equal(urlencoded("").n, 0);
}

static void malformed_urlencoding_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "a=%",    "a=%4",        "a=%zz", "a=%00",  "%00=b",  "a=%ff",
        "a=\xff", "a=%ed%a0%80", "=b",    "%4&1=2", "a=%4&1",
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct form f = {.n = 7};
        if (form_parse_urlencoded(&arena, bad[i], strlen(bad[i]), &f) != RC_INVALID)
            fail_msg("%s was taken", bad[i]);
        assert_int_equal(f.n, 7);
    }
    struct form f;
    assert_int_equal(form_parse_urlencoded(&arena, "a=\0", 3, &f), RC_INVALID);
}

static void limits_are_exact(void **state UNUSED)
{
    char s[2 * FORM_MAX_PAIRS + 4], key[FORM_MAX_KEY + 2];
    struct form f;
    for (int i = 0; i <= FORM_MAX_PAIRS; i++)
        memcpy(s + 2 * i, "a&", 2);
    assert_int_equal(form_parse_urlencoded(&arena, s, 2 * FORM_MAX_PAIRS, &f), RC_OK);
    assert_int_equal(f.n, FORM_MAX_PAIRS);
    assert_int_equal(form_parse_urlencoded(&arena, s, 2 * FORM_MAX_PAIRS + 2, &f), RC_INVALID);
    memset(key, 'k', sizeof(key));
    assert_int_equal(form_parse_urlencoded(&arena, key, FORM_MAX_KEY, &f), RC_OK);
    assert_int_equal(form_parse_urlencoded(&arena, key, FORM_MAX_KEY + 1, &f), RC_INVALID);
}

static void rows_are_counted_and_taken_apart(void **state UNUSED)
{
    struct form f =
        urlencoded("tasks.0.title=x&tasks.2.title=z&tasks.2.done=1&tasks.=&tasks.01.title=&"
                   "tasks.x.title=&task.9.title=&days.0=mon&days.1=tue");
    assert_int_equal(form_rows(&f, "tasks", 50), 3);
    assert_int_equal(form_rows(&f, "tasks", 2), 2);
    assert_int_equal(form_rows(&f, "days", 7), 2);
    assert_int_equal(form_rows(&f, "none", 7), 0);
    assert_int_equal(form_rows(&(struct form){0}, "none", 7), 0);
    struct form row = form_row(&arena, &f, "tasks", 2);
    assert_int_equal(row.n, 2);
    assert_string_equal(form_get(&row, "title"), "z");
    assert_string_equal(form_get(&row, "done"), "1");
    assert_int_equal(form_row(&arena, &f, "tasks", 1).n, 0);
}

static void a_huge_row_index_counts_no_further_than_max(void **state UNUSED)
{
    struct form f = urlencoded("t.9999.a=&t.99999999999999999999.a=");
    assert_int_equal(form_rows(&f, "t", 50), 50);
}

static void json_is_flattened(void **state UNUSED)
{
    struct form f = json(
        "{\"tasks\":[{\"title\":\"x\"},{\"title\":\"\\u00e9\"}],\"n\":-3,\"yes\":true,\"no\":false,"
        "\"none\":null,\"real\":1.5,\"days\":[\"mon\",\"tue\"],\"empty\":[],\"obj\":{}}");
    assert_true(f.is_json);
    assert_string_equal(form_get(&f, "tasks.0.title"), "x");
    assert_string_equal(form_get(&f, "tasks.1.title"), "\xc3\xa9");
    assert_string_equal(form_get(&f, "n"), "-3");
    assert_string_equal(form_get(&f, "yes"), "1");
    assert_string_equal(form_get(&f, "no"), "0");
    assert_string_equal(form_get(&f, "none"), "");
    assert_string_equal(form_get(&f, "real"), "1.5");
    assert_string_equal(form_get(&f, "days.1"), "tue");
    assert_string_equal(form_get(&f, "empty"), "");
    assert_string_equal(form_get(&f, "obj"), "");
    assert_int_equal(form_rows(&f, "tasks", 10), 2);
    assert_int_equal(json("{}").n, 0);
    assert_true(form_row(&arena, &f, "tasks", 0).is_json);
}

static void json_that_is_no_form_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "",
        "[]",
        "\"x\"",
        "3",
        "null",
        "{",
        "{\"a\":1,\"a\":2}",
        "{\"a\":\"\\u0000\"}",
        "{\"\\u0000\":1}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":1e999}",
        "{\"a\":99999999999999999999}",
        "{\"a.b\":1}",
        "{\"\":1}",
        "{\"a\":1}x",
        "{a:1}",
        "{\"a\":NaN}",
        "\xef\xbb\xbf{}",
        "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":1}}}}}}x",
        "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":1}}}}}}}",
        "{\"a\":[[[[[[1]]]]]]}",
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct form f;
        if (form_parse_json(&arena, bad[i], strlen(bad[i]), &f) != RC_INVALID)
            fail_msg("%s was taken", bad[i]);
    }
    json("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":1}}}}}}");
}

static void a_deep_or_long_json_is_refused_in_time(void **state UNUSED)
{
    enum { N = 100000 };
    char *s = arena_alloc(&arena, N + 16);
    struct form f;
    memset(s, '[', N);
    assert_int_equal(form_parse_json(&arena, s, N, &f), RC_INVALID);
    memcpy(s, "{\"a\":[0", 7);
    for (int i = 0; i < FORM_MAX_PAIRS; i++)
        memcpy(s + 7 + 2 * i, ",0", 2);
    memcpy(s + 7 + 2 * FORM_MAX_PAIRS, "]}", 2);
    assert_int_equal(form_parse_json(&arena, s, 9 + 2 * FORM_MAX_PAIRS, &f), RC_INVALID);
    memcpy(s + 5 + 2 * FORM_MAX_PAIRS, "]}", 2);
    assert_int_equal(form_parse_json(&arena, s, 7 + 2 * FORM_MAX_PAIRS, &f), RC_OK);
    assert_int_equal(f.n, FORM_MAX_PAIRS);
}

#define TYPE "multipart/form-data; boundary=\"-x\""
#define PART(name_) "---x\r\nContent-Disposition: form-data; name=" name_ "\r\n"

static enum rc multipart(const char *type, const char *s, struct form *f)
{
    return form_parse_multipart(&arena, type, s, strlen(s), f);
}

static void multipart_gives_pairs_and_files(void **state UNUSED)
{
    struct form f;
    const char *body = "preamble\r\n" PART("\"csrf\"") "\r\nab\r\n--c\r\n" PART(
        "empty") "\r\n\r\n"
                 "---x  \r\ncontent-type: text/csv\r\nX-Other: y\r\n"
                 "CONTENT-DISPOSITION: form-data; filename=\"C:\\dir\\%22caf\xc3\xa9\\\".csv\"; "
                 "name=\"file\"\r\n\r\n"
                 "a,b\r\n\xff\r\n" PART("\"none\"; filename=\"\"") "\r\n\r\n---x--\r\nepilogue";
    assert_int_equal(multipart(TYPE, body, &f), RC_OK);
    assert_int_equal(f.n, 2);
    assert_string_equal(form_get(&f, "csrf"), "ab\r\n--c");
    assert_string_equal(form_get(&f, "empty"), "");
    assert_int_equal(f.n_files, 1);
    const struct form_file *file = form_file(&f, "file");
    assert_string_equal(file->name, "\"caf\xc3\xa9\".csv");
    assert_string_equal(file->type, "text/csv");
    assert_int_equal(file->data.len, 6);
    assert_memory_equal(file->data.p, "a,b\r\n\xff", 6);
    assert_true(form_has(&f, "file"));
    assert_null(form_file(&f, "none"));
    assert_null(form_file(&f, "csrf"));
}

static void multipart_rows_may_hold_files(void **state UNUSED)
{
    struct form f;
    assert_int_equal(multipart(TYPE, PART("a.1.doc; filename=x") "\r\n1\r\n---x--", &f), RC_OK);
    assert_int_equal(form_rows(&f, "a", 9), 2);
    struct form row = form_row(&arena, &f, "a", 1);
    assert_string_equal(form_file(&row, "doc")->name, "x");
    assert_string_equal(form_file(&row, "doc")->type, "application/octet-stream");
}

static void malformed_multipart_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "",
        "---x",
        "---x\r\n",
        "---x\r\n\r\n",
        PART("a"),
        PART("a") "\r\n",
        PART("a") "\r\nx",
        PART("a") "\r\nx\r\n---x",
        PART("a") "x---x--",
        "---x\r\n\r\nx\r\n---x--",
        PART("\"a") "\r\nx\r\n---x--",
        PART("") "\r\nx\r\n---x--",
        PART("a b") "\r\nx\r\n---x--",
        PART("a; b") "\r\nx\r\n---x--",
        PART("\"\xff\"") "\r\nx\r\n---x--",
        PART("a") "\r\n\xff\r\n---x--",
        PART("a; filename=\"\xff\"") "\r\nx\r\n---x--",
        PART("a") "Content-Disposition: form-data; name=b\r\n\r\nx\r\n---x--",
        PART("a") "\r\nx\r\n---X--",
        "---x\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n---x--",
        PART("a") "Content-Type: \xff\r\n\r\nx\r\n---x--",
    };
    struct form f;
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        if (multipart(TYPE, bad[i], &f) != RC_INVALID)
            fail_msg("case %zu was taken: %s", i, bad[i]);
    assert_int_equal(form_parse_multipart(&arena, TYPE, PART("a") "\r\n\0\r\n---x--",
                                          sizeof(PART("a") "\r\n\0\r\n---x--") - 1, &f),
                     RC_INVALID);
    assert_int_equal(multipart(TYPE, PART("a") "\r\nx\r\n---x--", &f), RC_OK);
}

static void a_boundary_is_needed(void **state UNUSED)
{
    static const char *const bad[] = {
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"x",
        "multipart/mixed; boundary=x",
        "multipart/form-data boundary=x",
    };
    struct form f;
    const char *much = arena_printf(&arena, "multipart/form-data; boundary=%071d", 1);
    assert_int_equal(multipart(much, "--x--", &f), RC_INVALID);
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_int_equal(multipart(bad[i], "--x--", &f), RC_INVALID);
    assert_int_equal(multipart("Multipart/Form-Data; charset=utf-8 ;BOUNDARY=x", "--x--", &f),
                     RC_OK);
    assert_int_equal(f.n + f.n_files, 0);
}

static void a_head_without_end_is_refused(void **state UNUSED)
{
    char *s = arena_alloc(&arena, 20000);
    int n = 0;
    struct form f;
    memcpy(s, "--x\r\n", 5);
    for (n = 5; n < 19000; n += 6)
        memcpy(s + n, "A: b\r\n", 6);
    assert_int_equal(
        form_parse_multipart(&arena, "multipart/form-data; boundary=x", s, (size_t)n, &f),
        RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urlencoded_pairs_are_decoded),
        cmocka_unit_test(malformed_urlencoding_is_refused),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(rows_are_counted_and_taken_apart),
        cmocka_unit_test(a_huge_row_index_counts_no_further_than_max),
        cmocka_unit_test(json_is_flattened),
        cmocka_unit_test(json_that_is_no_form_is_refused),
        cmocka_unit_test(a_deep_or_long_json_is_refused_in_time),
        cmocka_unit_test(multipart_gives_pairs_and_files),
        cmocka_unit_test(multipart_rows_may_hold_files),
        cmocka_unit_test(malformed_multipart_is_refused),
        cmocka_unit_test(a_boundary_is_needed),
        cmocka_unit_test(a_head_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
