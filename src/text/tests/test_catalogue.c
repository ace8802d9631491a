/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_catalogue.c - .mo images made here, whole and damaged. */
#include "text/catalogue.h"
#include "text/plural.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pair {
    const char *id, *text;
    size_t id_bytes, text_bytes;
};
#define PAIR(id_, text_)                                                                           \
    {                                                                                              \
        id_, text_, sizeof(id_) - 1, sizeof(text_) - 1                                             \
    }

/* Writes an image of n pairs; returns its length. */
static size_t make_mo(unsigned char *to, const struct pair *p, uint32_t n, bool swapped)
{
    uint32_t words[5 + 4 * 16] = {0x950412de, 0, n, 20, 20 + 8 * n};
    size_t at = 20 + 16 * (size_t)n;
    for (uint32_t i = 0; i < 2 * n; i++) {
        const char *s = i < n ? p[i].id : p[i - n].text;
        size_t len = i < n ? p[i].id_bytes : p[i - n].text_bytes;
        words[5 + 2 * i] = (uint32_t)len;
        words[6 + 2 * i] = (uint32_t)at;
        memcpy(to + at, s, len + 1);
        at += len + 1;
    }
    for (uint32_t i = 0; swapped && i < 5 + 4 * n; i++)
        words[i] = __builtin_bswap32(words[i]);
    memcpy(to, words, 20 + 16 * (size_t)n);
    return at;
}

#define HEADER(rule_) PAIR("", "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: " rule_ "\n")
static const struct pair spanish[] = {
    HEADER("nplurals=2; plural=(n != 1);"),
    PAIR("%d session\0%d sessions", "%d sesi\xc3\xb3n\0%d sesiones"),
    PAIR("Client", "Paciente"),
    PAIR("Empty", ""),
};

static void texts_are_found_in_either_byte_order(void **state UNUSED)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        unsigned char mo[2000];
        size_t n = make_mo(mo, spanish, N_ELEMS(spanish), swapped);
        struct catalogue *c = catalogue_open("es", (struct bytes){mo, n});
        assert_non_null(c);
        assert_string_equal(catalogue_language(c), "es");
        assert_string_equal(tr(c, "Client"), "Paciente");
        assert_string_equal(tr(c, "Empty"), "Empty");
        assert_string_equal(tr(c, "Unknown"), "Unknown");
        assert_string_equal(tr(c, ""), "");
        assert_string_equal(trn(c, "%d session", "%d sessions", 1), "%d sesi\xc3\xb3n");
        assert_string_equal(trn(c, "%d session", "%d sessions", 0), "%d sesiones");
        assert_string_equal(trn(c, "%d session", "%d sessions", -1), "%d sesi\xc3\xb3n");
        assert_string_equal(trn(c, "%d day", "%d days", 1), "%d day");
        assert_string_equal(trn(c, "%d day", "%d days", 2), "%d days");
        assert_string_equal(trn(c, "", "", 2), "");
        assert_string_equal(trn(c, "Client", "Clients", 2), "Clients"); /* has no second form */
        catalogue_free(c);
    }
}

static void an_image_cut_anywhere_does_not_open(void **state UNUSED)
{
    unsigned char mo[2000];
    size_t n = make_mo(mo, spanish, N_ELEMS(spanish), false);
    for (size_t cut = 0; cut < n; cut++) {
        unsigned char *copy = malloc(cut + 1); /* so that a read past the end is seen */
        memcpy(copy, mo, cut);
        assert_null(catalogue_open("es", (struct bytes){copy, cut}));
        free(copy);
    }
    mo[0] ^= 1;
    assert_null(catalogue_open("es", (struct bytes){mo, n}));
}

static void damaged_contents_do_not_open(void **state UNUSED)
{
    static const struct pair bad[][2] = {
        {PAIR("a", "\xff"), PAIR("b", "x")},
        {PAIR("\xff", "a"), PAIR("b", "x")},
        {PAIR("a", "x"), PAIR("a", "y")},
        {HEADER("nplurals=2;"), PAIR("a", "b")},
        {HEADER("nplurals=0; plural=0;"), PAIR("a", "b")},
        {HEADER("nplurals=99; plural=0;"), PAIR("a", "b")},
        {HEADER("nplurals=2; plural=(n;"), PAIR("a", "b")},
        {HEADER("nplurals=2; plural=system();"), PAIR("a", "b")},
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        unsigned char mo[2000];
        size_t n = make_mo(mo, bad[i], 2, false);
        if (catalogue_open("es", (struct bytes){mo, n}) != NULL)
            fail_msg("case %zu opened", i);
    }
}

static void a_rule_beyond_its_forms_falls_back(void **state UNUSED)
{
    static const struct pair odd[] = {HEADER("nplurals=2; plural=n;"), PAIR("a\0b", "x\0y")};
    unsigned char mo[2000];
    size_t n = make_mo(mo, odd, N_ELEMS(odd), false);
    struct catalogue *c = catalogue_open("xx", (struct bytes){mo, n});
    assert_string_equal(trn(c, "a", "b", 0), "x");
    assert_string_equal(trn(c, "a", "b", 1), "y");
    assert_string_equal(trn(c, "a", "b", 2), "b");
    catalogue_free(c);
}

static void plural_rules_are_c_expressions(void **state UNUSED)
{
    static const struct {
        const char *rule;
        uint64_t n, want;
    } cases[] = {
        {"0", 5, 0},
        {"n != 1;", 1, 0},
        {"n==1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2;", 2000000, 1},
        {"n==1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2;", 7, 2},
        {"n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2", 22, 1},
        {"n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2", 11, 2},
        {"1+2*3-4/2", 0, 5},
        {"10-3-2", 0, 5},
        {"!n", 0, 1},
        {"!!n ", 3, 1},
        {"n/0 + n%0", 3, 0},
        {"1<2 == 1", 0, 1},
        {"0 || 0 && 1", 0, 0},
    };
    static const char *const bad[] = {"",      ";",       "n n", "(n",  "n)",  "n ?",
                                      "n ? 1", "n ? : 2", "x",   "n=1", "1 +", "n & 1"};
    uint64_t got;
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        assert_true(plural_form(cases[i].rule, cases[i].n, &got));
        if (got != cases[i].want)
            fail_msg("case %zu: %s", i, cases[i].rule);
    }
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        if (plural_form(bad[i], 1, &got))
            fail_msg("\"%s\" was taken", bad[i]);
    char deep[PLURAL_MAX_BYTES + 2] = {0};
    memset(deep, '(', PLURAL_MAX_BYTES);
    assert_false(plural_form(deep, 1, &got));
    memset(deep, '!', PLURAL_MAX_BYTES + 1);
    deep[PLURAL_MAX_BYTES] = 'n';
    assert_false(plural_form(deep, 1, &got)); /* too long */
    assert_true(plural_form(deep + 1, 1, &got));
}

static void the_process_speaks_english_when_nothing_is_embedded(void **state UNUSED)
{
    catalogue_init();
    const struct catalogue *c = catalogue_get("tlh");
    assert_string_equal(catalogue_language(c), "en");
    assert_ptr_equal(c, catalogue_get("en"));
    assert_ptr_equal(c, catalogue_get(NULL));
    assert_string_equal(tr(c, "Client"), "Client");
    assert_string_equal(trn(c, "%d day", "%d days", 2), "%d days");
    assert_string_equal(trn(c, "%d day", "%d days", 1), "%d day");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_found_in_either_byte_order),
        cmocka_unit_test(an_image_cut_anywhere_does_not_open),
        cmocka_unit_test(damaged_contents_do_not_open),
        cmocka_unit_test(a_rule_beyond_its_forms_falls_back),
        cmocka_unit_test(plural_rules_are_c_expressions),
        cmocka_unit_test(the_process_speaks_english_when_nothing_is_embedded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
