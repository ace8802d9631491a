/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_html.c - nothing leaves unescaped, and no link leaves the site. */
#include "text/html_put.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;
static struct buf out;
static struct html h = {.out = &out};

static int set_up(void **state UNUSED)
{
    arena_init(&arena, 1 << 20);
    buf_init(&out, &arena, 1 << 16);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    arena_wipe(&arena);
    return 0;
}

static const char *written(void)
{
    const char *s = out.s;
    buf_init(&out, &arena, 1 << 16);
    return s;
}

static void text_escapes_all_five_characters(void **state UNUSED)
{
    html_text(h, "<a href=\"x\">&'</a>");
    assert_string_equal(written(), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
}

static void text_without_special_characters_is_copied(void **state UNUSED)
{
    html_text(h, "In\xc3\xa9s \xf0\x9f\x8c\xb1");
    html_text(h, "");
    html_text(h, NULL);
    assert_string_equal(written(), "In\xc3\xa9s \xf0\x9f\x8c\xb1");
}

static void urls_of_the_same_site_are_kept(void **state UNUSED)
{
    static const struct {
        const char *in, *want;
    } kept[] = {
        {"/", "/"},         {"/clients?q=a&b=\"", "/clients?q=a&amp;b=&quot;"},
        {"#top", "#top"},   {"?page=2", "?page=2"},
        {"/x//y", "/x//y"},
    };
    for (size_t i = 0; i < N_ELEMS(kept); i++) {
        html_url(h, kept[i].in);
        assert_string_equal(written(), kept[i].want);
    }
}

static void urls_that_leave_the_site_become_a_hash(void **state UNUSED)
{
    static const char *const refused[] = {
        "",
        "javascript:alert(1)",
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil",
        "/\tx",
        "/\n/evil.example",
        " /x",
        "x",
        "data:text/html,x",
        "/\x7f",
        "?\\",
        "#\x01",
    };
    for (size_t i = 0; i < N_ELEMS(refused); i++) {
        html_url(h, refused[i]);
        assert_string_equal(written(), "#");
    }
    html_url(h, NULL);
    assert_string_equal(written(), "#");
}

static void lines_become_breaks(void **state UNUSED)
{
    html_lines(h, "a<\r\nb\n\nc");
    assert_string_equal(written(), "a&lt;<br>b<br><br>c");
    html_lines(h, "\r\n");
    html_lines(h, NULL);
    assert_string_equal(written(), "<br>");
}

static void the_type_picks_the_writer(void **state UNUSED)
{
    const struct view {
        const char *name;
        int n;
        int32_t days;
        int64_t cents;
        struct id id;
    } view = {"<b>", 3, -4, INT64_MIN, {"AAAAAAAAAAAAAAAAAAAAAA"}}, *v = &view;
    char local[] = "'";
    html_put_text(h, v->name);
    html_put_text(h, local);
    html_put_text(h, v->n);
    html_put_attr(h, v->days);
    html_put_attr(h, v->name);
    html_put_text(h, v->cents);
    html_put_attr(h, v->id);
    html_put_url(h, v->name);
    assert_string_equal(written(),
                        "&lt;b&gt;&#39;3-4&lt;b&gt;-9223372036854775808AAAAAAAAAAAAAAAAAAAAAA#");
}

static void markup_of_templates_is_copied(void **state UNUSED)
{
    html_markup_(h, "<p>", 3);
    assert_string_equal(written(), "<p>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_escapes_all_five_characters),
        cmocka_unit_test(text_without_special_characters_is_copied),
        cmocka_unit_test(urls_of_the_same_site_are_kept),
        cmocka_unit_test(urls_that_leave_the_site_become_a_hash),
        cmocka_unit_test(lines_become_breaks),
        cmocka_unit_test(the_type_picks_the_writer),
        cmocka_unit_test(markup_of_templates_is_copied),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
