/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_fold.c - search finds people however their name was typed. */
#include "text/locale.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

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

static void case_accents_and_blanks_do_not_matter(void **state UNUSED)
{
    static const struct {
        const char *s, *want;
    } cases[] = {
        {"Jose  NUNEZ", "jose nunez"},
        {"Jos\xc3\xa9\xc2\xa0 N\xc3\x9a\xc3\x91"
         "EZ",
         "jose nunez"},
        {"Jose\xcc\x81", "jose"},
        {"\t a\n b ", "a b"},
        {"", ""},
        {" ", ""},
        {"\xc2\xa0", ""},
        {"Stra\xc3\x9f"
         "e",
         "strasse"},
        {"\xef\xac\x81n", "fin"},        /* ligature */
        {"\xc4\xb0stanbul", "istanbul"}, /* dotted capital I */
        {"\xce\x91\xce\x9d\xce\x9d\xce\x91\xcf\x82", "\xce\xb1\xce\xbd\xce\xbd\xce\xb1\xcf\x83"},
        {"\xf0\x9f\x8c\xb1", "\xf0\x9f\x8c\xb1"},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++)
        assert_string_equal(text_fold(&arena, cases[i].s), cases[i].want);
    assert_string_equal(text_fold(&arena, NULL), "");
}

/* The definition, by ICU's own functions on the whole text. */
static void fold_by_icu(UChar32 c, char ret[static 200])
{
    UChar from[2], wide[64], kept[64], lower[64];
    UErrorCode e = U_ZERO_ERROR;
    int32_t n_from = 0, n_kept = 0;
    U16_APPEND_UNSAFE(from, n_from, c);
    int32_t n = unorm2_normalize(unorm2_getNFKDInstance(&e), from, n_from, wide, 64, &e);
    for (int32_t i = 0; i < n;) {
        UChar32 part;
        U16_NEXT(wide, i, n, part);
        if (u_charType(part) != U_NON_SPACING_MARK)
            U16_APPEND_UNSAFE(kept, n_kept, part);
    }
    n = u_strFoldCase(lower, 64, kept, n_kept, U_FOLD_CASE_DEFAULT, &e);
    u_strToUTF8(ret, 200, NULL, lower, n, &e);
    assert_true(U_SUCCESS(e));
}

static void every_code_point_folds_as_defined(void **state UNUSED)
{
    for (UChar32 c = 1; c <= 0x1ffff; c++) {
        char s[8] = "x", want[201] = "x";
        int32_t n = 1;
        if (U_IS_SURROGATE(c))
            continue;
        U8_APPEND_UNSAFE(s, n, c);
        fold_by_icu(c, want + 1);
        if (strchr(want, ' ') != NULL || u_isUWhiteSpace(c))
            continue; /* blanks are another test's */
        const char *got = text_fold(&arena, s);
        if (strcmp(got, want) != 0)
            fail_msg("U+%04X: \"%s\", not \"%s\"", (unsigned)c, got, want);
        if ((c & 0xfff) == 0)
            arena_reset(&arena);
    }
}

static void text_that_grows_when_folded_fits(void **state UNUSED)
{
    char s[3 * 1000 + 1] = {0};
    for (int i = 0; i < 1000; i++)
        memcpy(s + 3 * i, "\xef\xb7\xba", 3); /* U+FDFA: three bytes become 33 */
    assert_int_equal(strlen(text_fold(&arena, s)), 33000);
}

static void every_word_of_the_query_starts_a_word(void **state UNUSED)
{
    assert_true(text_matches("jose nunez-garcia", "nun jo"));
    assert_true(text_matches("jose nunez-garcia", "garcia"));
    assert_true(text_matches("jose nunez-garcia", "nunez-gar"));
    assert_true(text_matches("jose", ""));
    assert_true(text_matches("jose", " jose "));
    assert_true(text_matches("maria ana", "ana"));
    assert_true(text_matches("anana ana", "ana"));
    assert_false(text_matches("mariana", "ana"));
    assert_false(text_matches("jose", "jose nunez"));
    assert_false(text_matches("", "a"));
    assert_false(text_matches("\xce\xb1\xce\xbd", "\xce\xbd"));
}

static void initials_are_first_letters(void **state UNUSED)
{
    static const struct {
        const char *given, *family, *want;
    } cases[] = {
        {"Marta", "Sanz", "MS"},
        {"\xc3\xa1lex", "\xc3\xb1u\xc3\xb1o", "\xc3\x81\xc3\x91"},
        {"e\xcc\x81lodie", " o'Hara", "E\xcc\x81O"},
        {NULL, "'t Hooft", "T"},
        {"\xf0\x9f\x8c\xb1", NULL, ""},
        {NULL, NULL, ""},
        {"", "4U", "4"},
        {"\xe6\x9d\x8e", "", "\xe6\x9d\x8e"},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++)
        assert_string_equal(locale_initials(&arena, cases[i].given, cases[i].family),
                            cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_accents_and_blanks_do_not_matter),
        cmocka_unit_test(every_code_point_folds_as_defined),
        cmocka_unit_test(text_that_grows_when_folded_fits),
        cmocka_unit_test(every_word_of_the_query_starts_a_word),
        cmocka_unit_test(initials_are_first_letters),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
