/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_utf8.c - what is text, how long it is, and what an id looks like. */
#include "base/id.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

static void only_well_formed_text_passes(void **state UNUSED)
{
    static const char *const good[] = {"",
                                       "Marta",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",          "\xc0\xaf",         "\xc1\xbf",         "\xc2",         "\xc2\x41",
        "\xe0\x9f\xbf",  "\xed\xa0\x80",     "\xe2\x82",         "\xe2\x82\x41", "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80!", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",         "a\xfe"};
    for (size_t i = 0; i < N_ELEMS(good); i++)
        assert_true(utf8_is_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
    assert_false(utf8_is_valid("a\0b", 3));
}

static void text_is_counted_and_cut_between_characters(void **state UNUSED)
{
    static const char s[] = "\xc3\x91"
                            "a\xf0\x9f\x8c\xb1!";
    struct arena a;
    arena_init(&a, 1 << 20);
    assert_int_equal(utf8_length(s), 4);
    assert_string_equal(utf8_cut(&a, s, 0), "");
    assert_string_equal(utf8_cut(&a, s, 1), "\xc3\x91");
    assert_string_equal(utf8_cut(&a, s, 3), "\xc3\x91"
                                            "a\xf0\x9f\x8c\xb1");
    assert_ptr_equal(utf8_cut(&a, s, 4), s);
    arena_wipe(&a);
}

static void ids_are_22_characters_and_nothing_else(void **state UNUSED)
{
    struct id made = id_new(), other = id_new(), id = {{0}};
    assert_int_equal(strlen(made.s), ID_LEN);
    assert_false(id_eq(made, other));
    assert_true(id_parse(made.s, &id));
    assert_true(id_eq(made, id));
    assert_true(id_eq(id_derive(1, 2), id_derive(1, 2)));
    assert_false(id_eq(id_derive(1, 2), id_derive(2, 1)));
    assert_string_equal(id_derive(0, 0).s, "AAAAAAAAAAAAAAAAAAAAAA");
    static const char *const bad[] = {"", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA",
                                      "AAAAAAAAAAAAAAAAAAAAA/", "AAAAAAAAAAAAAAAAAAAAA="};
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(id_parse(bad[i], &id));
    assert_false(id_parse(NULL, &id));
    assert_true(id_eq(made, id)); /* left as it was */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_well_formed_text_passes),
        cmocka_unit_test(text_is_counted_and_cut_between_characters),
        cmocka_unit_test(ids_are_22_characters_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
