/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_json.c - what the writer writes, a strict parser reads. */
#include "text/form.h"
#include "text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct buf out;

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

static void commas_stand_between_members_and_elements(void **state UNUSED)
{
    struct json j = {.out = &out};
    json_open(&j, '{');
    json_key(&j, "a");
    json_i64(&j, INT64_MIN);
    json_key(&j, "b");
    json_open(&j, '[');
    json_bool(&j, true);
    json_bool(&j, false);
    json_null(&j);
    json_str(&j, NULL);
    json_open(&j, '{');
    json_close(&j, '}');
    json_open(&j, '[');
    json_close(&j, ']');
    json_close(&j, ']');
    json_key(&j, "c");
    json_str(&j, "");
    json_close(&j, '}');
    assert_string_equal(
        out.s, "{\"a\":-9223372036854775808,\"b\":[true,false,null,null,{},[]],\"c\":\"\"}");
    assert_true(json_is_valid(out.s, out.len));
}

static void strings_are_escaped(void **state UNUSED)
{
    struct json j = {.out = &out};
    json_str(&j, "\"\\/\b\f\n\r\t\x01\x1f\x7f In\xc3\xa9s </script>");
    assert_string_equal(out.s,
                        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f In\xc3\xa9s </script>\"");
}

static void every_character_survives_a_round_trip(void **state UNUSED)
{
    char every[256] = {0};
    for (int c = 1; c < 128; c++)
        every[c - 1] = (char)c;
    struct json j = {.out = &out};
    json_open(&j, '{');
    json_key(&j, "k\"");
    json_str(&j, every);
    json_close(&j, '}');
    struct form f;
    assert_int_equal(form_parse_json(&arena, out.s, out.len, &f), RC_OK);
    assert_string_equal(form_get(&f, "k\""), every);
}

static void broken_json_is_not_valid(void **state UNUSED)
{
    static const char *const bad[] = {"", "{", "{\"a\":1,}", "[1 2]", "\"\xff\"", "nul", "{}{}"};
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(json_is_valid(bad[i], strlen(bad[i])));
    assert_true(json_is_valid("3", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(commas_stand_between_members_and_elements, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(strings_are_escaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_character_survives_a_round_trip, set_up, tear_down),
        cmocka_unit_test(broken_json_is_not_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
