/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_kit.c - the words of a recovery kit, its sheets, and what it opens. */
#include "seal/kit.h"
#include "seal/password.h"
#include "seal/seal_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena a;
static struct keyring *ring;
static struct keys *k;

static int with_ring(void **state UNUSED)
{
    unsigned char w[SEAL_WRAPPED_BYTES];
    arena_init(&a, 1 << 20);
    ring = keyring_for_tests();
    k = keys_new(&a, ring);
    assert_int_equal(seal_practice_make(k, 1, SEAL_IDENTITY, w), RC_OK);
    assert_int_equal(seal_practice_make(k, 1, SEAL_CLINICAL, w), RC_OK);
    return 0;
}

static int without_ring(void **state UNUSED)
{
    keyring_free(ring);
    arena_wipe(&a);
    return 0;
}

static const char *text_of(const struct kit_seed *seed, int sheet, enum kit_language l)
{
    const char *word[KIT_WORDS];
    struct buf b;
    buf_init(&b, &a, 4096);
    kit_words(seed, sheet, l, word);
    for (int i = 0; i < KIT_WORDS; i++)
        buf_printf(&b, "%s%s", i > 0 ? " " : "", word[i]);
    return b.s;
}

static void assert_seed(const char *typed, const struct kit_seed *want)
{
    struct kit_seed got;
    const char *bad;
    assert_int_equal(kit_parse(&a, typed, &got, &bad), RC_OK);
    assert_memory_equal(got.b, want->b, KIT_SEED_BYTES);
}

static void assert_no_seed(const char *typed, const char *bad_word)
{
    struct kit_seed got;
    const char *bad = "?";
    assert_int_equal(kit_parse(&a, typed, &got, &bad), RC_INVALID);
    if (bad_word == NULL)
        assert_null(bad);
    else
        assert_string_equal(bad, bad_word);
}

/* Source: the test vectors of BIP-39, github.com/trezor/python-mnemonic. */
static void the_words_are_those_of_the_standard(void **state UNUSED)
{
    struct kit_seed seed;
    memset(seed.b, 0, sizeof(seed.b));
    assert_string_equal(
        text_of(&seed, 0, KIT_ENGLISH),
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
        "abandon art");
    memset(seed.b, 0x80, sizeof(seed.b));
    assert_string_equal(
        text_of(&seed, 0, KIT_ENGLISH),
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount "
        "doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless");
    memset(seed.b, 0xff, sizeof(seed.b));
    assert_string_equal(text_of(&seed, 0, KIT_ENGLISH),
                        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo "
                        "zoo zoo zoo zoo zoo vote");
}

static void words_come_back_in_either_language(void **state UNUSED)
{
    struct kit_seed seed;
    for (int i = 0; i < 200; i++) {
        seal_random(seed.b, sizeof(seed.b));
        assert_seed(text_of(&seed, 0, KIT_ENGLISH), &seed);
        assert_seed(text_of(&seed, 0, KIT_SPANISH), &seed);
    }
}

static void case_accents_numbers_and_lines_do_not_matter(void **state UNUSED)
{
    struct kit_seed seed;
    memset(seed.b, 0, sizeof(seed.b));
    struct buf b;
    buf_init(&b, &a, 4096);
    static const char *const forms[] = {"ábaco", "ABACO", "Ábaco", "a\314\201baco"};
    const char *word[KIT_WORDS];
    kit_words(&seed, 0, KIT_SPANISH, word);
    for (int i = 0; i < KIT_WORDS; i++)
        buf_printf(&b, "%2d. %s%s", i + 1, i < KIT_WORDS - 1 ? forms[i % 4] : word[i],
                   i % 3 == 2 ? ",\r\n" : "  ");
    assert_seed(b.s, &seed);
    assert_true(kit_is_word(" A\314\201BACO ", "ábaco"));
    assert_false(kit_is_word("abac", "ábaco"));
    assert_false(kit_is_word("", "ábaco"));
}

static void a_word_that_is_none_is_named(void **state UNUSED)
{
    struct kit_seed seed;
    seal_random(seed.b, sizeof(seed.b));
    const char *text = text_of(&seed, 0, KIT_ENGLISH);
    const char *rest = strchr(text, ' ');
    assert_non_null(rest);
    assert_no_seed(arena_printf(&a, "Aböndon %s", rest), "Aböndon");
    assert_no_seed(arena_printf(&a, "zoo %s", text), NULL); /* one too many */
    assert_no_seed(rest, NULL);                             /* one too few */
    assert_no_seed("", NULL);
    assert_no_seed("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo "
                   "zoo zoo zoo zoo zoo",
                   NULL); /* the checksum */
}

static void two_sheets_give_the_kit_and_one_does_not(void **state UNUSED)
{
    struct kit_seed seed;
    const char *sheet[KIT_SHEETS + 1];
    seal_random(seed.b, sizeof(seed.b));
    for (int i = 1; i <= KIT_SHEETS; i++)
        sheet[i] = text_of(&seed, i, i == 2 ? KIT_SPANISH : KIT_ENGLISH);
    assert_string_equal(sheet[1], text_of(&seed, 1, KIT_ENGLISH)); /* the same when printed again */
    for (int i = 1; i <= KIT_SHEETS; i++)
        for (int j = 1; j <= KIT_SHEETS; j++) {
            const char *both = arena_printf(&a, "%s\n%s", sheet[i], sheet[j]);
            if (i == j)
                assert_no_seed(both, NULL);
            else
                assert_seed(both, &seed); /* each in its own language */
        }
    assert_seed(
        arena_printf(&a, "%s %s", text_of(&seed, 2, KIT_SPANISH), text_of(&seed, 3, KIT_SPANISH)),
        &seed);
    assert_no_seed(sheet[1], NULL);
}

static void a_kit_opens_what_a_lost_password_closed(void **state UNUSED)
{
    unsigned char root[SEAL_WRAPPED_BYTES], w[SEAL_WRAPPED_BYTES];
    struct keyring *r = keyring_for_tests();
    struct keys *mine = keys_new(&a, r);
    struct id id = id_new();
    struct seal_kit kit;
    struct kit_seed seed, other;
    assert_int_equal(seal_root_make(r, root), RC_OK);
    assert_int_equal(seal_practice_make(mine, 1, SEAL_CLINICAL, w), RC_OK);
    assert_int_equal(seal_kit_make(mine, 1, id, (struct bytes){root, sizeof(root)}, &kit), RC_OK);
    assert_int_equal(seal_kit_seed(mine, 1, id, kit.seed, &seed), RC_OK);

    struct bytes stored;
    assert_int_equal(seal_epoch_make(mine, 1, 1, w), RC_OK);
    assert_int_equal(seal_epoch_load(mine, 1, 1, (struct bytes){w, sizeof(w)}), RC_OK);
    assert_int_equal(seal_client_make(&a, mine, 1, id, SEAL_CLINICAL, &stored), RC_OK);
    struct seal_item item = {.where = {1, id, "table", id, SEAL_PRIVATE, 1},
                             .wrapped = stored,
                             .in = {(const unsigned char *)"mine", 4}};
    assert_int_equal(seal_close_many(&a, mine, &item, 1), RC_OK);
    item.in = item.out;
    keyring_close(r);
    assert_int_equal(seal_open_many(&a, mine, &item, 1), RC_DENIED);
    assert_int_equal(seal_kit_seed(mine, 1, id, kit.seed, &other), RC_DENIED);

    memset(other.b, 7, sizeof(other.b));
    assert_int_equal(seal_kit_open(mine, 1, &other, &kit, true), RC_DENIED);
    assert_int_equal(seal_kit_open(mine, 1, &seed, &kit, false), RC_OK);
    assert_true(seal_is_open(mine, 1));
    assert_int_equal(seal_open_many(&a, mine, &item, 1), RC_BROKEN); /* another's own key */
    assert_int_equal(seal_kit_open(mine, 1, &seed, &kit, true), RC_OK);
    assert_int_equal(seal_open_many(&a, mine, &item, 1), RC_OK);
    assert_memory_equal(item.out.p, "mine", 4);
    keyring_free(r);
}

static void a_kit_gives_another_boot_key_the_root(void **state UNUSED)
{
    unsigned char root[SEAL_WRAPPED_BYTES], w[SEAL_WRAPPED_BYTES], again[SEAL_WRAPPED_BYTES];
    unsigned char one[32], two[32];
    struct keyring *r = keyring_for_tests(), *fresh = keyring_for_tests();
    struct keys *mine = keys_new(&a, r);
    struct id id = id_new();
    struct seal_kit kit, poor;
    struct kit_seed seed, other = {{1}};
    assert_int_equal(seal_root_make(r, root), RC_OK);
    assert_int_equal(seal_practice_make(mine, 1, SEAL_CLINICAL, w), RC_OK);
    assert_int_equal(seal_kit_make(mine, 1, id, (struct bytes){root, sizeof(root)}, &kit), RC_OK);
    assert_int_equal(seal_kit_make(mine, 1, id, (struct bytes){0}, &poor), RC_OK);
    assert_int_equal(seal_kit_seed(mine, 1, id, kit.seed, &seed), RC_OK);
    assert_int_equal(seal_index(mine, "x", (struct bytes){0}, one), RC_OK);

    assert_int_equal(seal_kit_root(fresh, &other, &kit, again), RC_DENIED);
    assert_int_equal(seal_kit_root(fresh, &seed, &poor, again), RC_DENIED);
    assert_int_equal(seal_kit_root(fresh, &seed, &kit, again), RC_OK);
    assert_int_equal(seal_index(keys_new(&a, fresh), "x", (struct bytes){0}, two), RC_OK);
    assert_memory_equal(one, two, 32);
    assert_int_equal(seal_root_load(fresh, (struct bytes){again, sizeof(again)}), RC_OK);
    assert_int_equal(seal_root_load(r, (struct bytes){again, sizeof(again)}), RC_BROKEN);
    keyring_free(r);
    keyring_free(fresh);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(the_words_are_those_of_the_standard),
        cmocka_unit_test(words_come_back_in_either_language),
        cmocka_unit_test(case_accents_numbers_and_lines_do_not_matter),
        cmocka_unit_test(a_word_that_is_none_is_named),
        cmocka_unit_test(two_sheets_give_the_kit_and_one_does_not),
        cmocka_unit_test(a_kit_opens_what_a_lost_password_closed),
        cmocka_unit_test(a_kit_gives_another_boot_key_the_root),
    };
    return cmocka_run_group_tests(t, with_ring, without_ring);
}
