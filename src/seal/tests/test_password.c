/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_password.c - hashes match their password only; few run at a time; weak ones are told. */
#include "seal/password.h"
#include "seal/seal_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state)
{
    static struct keys k;
    k = (struct keys){.ring = keyring_for_tests()};
    *state = &k;
    return 0;
}
static int tear_down(void **state)
{
    struct keys *k = *state;
    keyring_free(k->ring);
    return 0;
}

static enum rc make(struct keys *k, const char *password, bool fast, char *ret_hash)
{
    struct seal_person p;
    struct password_for who = {.practice = 1, .person = id_derive(1, 1), .fast = fast};
    return password_make(k, &who, password, ret_hash, &p);
}

/* Only whether it matches: no session, so nothing is opened. */
static enum rc check(struct keys *k, const char *password, const char *hash)
{
    return password_check(k, password, &(struct password_stored){.practice = 1, .hash = hash});
}

static void a_hash_matches_its_password_only(void **state)
{
    char hash[PASSWORD_HASH_BYTES], again[PASSWORD_HASH_BYTES];
    assert_int_equal(make(*state, "four plain words here", true, hash), RC_OK);
    assert_int_equal(check(*state, "four plain words here", hash), RC_OK);
    assert_int_equal(check(*state, "four plain words herE", hash), RC_DENIED);
    assert_int_equal(check(*state, "", hash), RC_DENIED);
    assert_int_equal(make(*state, "four plain words here", true, again), RC_OK);
    assert_string_not_equal(hash, again);
}

static void the_parameters_stand_in_the_hash(void **state)
{
    char hash[PASSWORD_HASH_BYTES];
    assert_int_equal(make(*state, "x", true, hash), RC_OK);
    assert_memory_equal(hash, "$entr1-argon2id$m=19456,t=2$", 28);
    assert_int_equal(make(*state, "x", false, hash), RC_OK);
    assert_memory_equal(hash, "$entr1-argon2id$m=65536,t=3$", 28);
    assert_int_equal(check(*state, "x", hash), RC_OK);
}

static void a_stolen_hash_is_useless_without_the_boot_key(void **state)
{
    char hash[PASSWORD_HASH_BYTES];
    struct keys thief = {.ring = keyring_for_tests()};
    assert_int_equal(make(*state, "four plain words here", true, hash), RC_OK);
    assert_int_equal(check(&thief, "four plain words here", hash), RC_DENIED);
    keyring_free(thief.ring);
}

static void an_unknown_account_is_denied_after_a_hash(void **state)
{
    assert_int_equal(check(*state, "anything", NULL), RC_DENIED);
}

static void damaged_hashes_are_broken_and_cost_nothing(void **state)
{
    char good[PASSWORD_HASH_BYTES];
    assert_int_equal(make(*state, "x", true, good), RC_OK);
    static const char *const bad[] = {
        "",
        "$",
        "x",
        "$argon2id$v=19$m=65536,t=3,p=1$AAAA$AAAA",
        "$entr1-argon2id$m=19456,t=2$",
        "$entr1-argon2id$m=999999,t=2$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$entr1-argon2id$m=19456,t=99$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$entr1-argon2id$m=8,t=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$entr1-argon2id$m=19456,t=2$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$entr1-argon2id$m=19456,t=2$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_int_equal(check(*state, "x", bad[i]), RC_BROKEN);
    good[strlen(good) - 1] = '\0';
    assert_int_equal(check(*state, "x", good), RC_BROKEN);
}

static void over_long_passwords_are_not_hashed(void **state)
{
    char hash[PASSWORD_HASH_BYTES], longest[PASSWORD_MAX + 2];
    memset(longest, 'p', sizeof(longest));
    longest[PASSWORD_MAX + 1] = '\0';
    assert_int_equal(make(*state, longest, true, hash), RC_INVALID);
    assert_int_equal(check(*state, longest, NULL), RC_DENIED);
    longest[PASSWORD_MAX] = '\0';
    assert_int_equal(make(*state, longest, true, hash), RC_OK);
}

static void *enter_and_leave(void *gate)
{
    if (gate_enter(gate) != RC_OK)
        return gate;
    gate_leave(gate);
    return NULL;
}

static int n_waiting(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    int n = g->n_waiting;
    pthread_mutex_unlock(&g->lock);
    return n;
}

static void two_run_and_thirty_two_wait_and_the_next_is_turned_away(void **state UNUSED)
{
    struct gate g;
    pthread_t t[GATE_WAITING];
    gate_init(&g);
    assert_int_equal(gate_enter(&g), RC_OK);
    assert_int_equal(gate_enter(&g), RC_OK);
    for (int i = 0; i < GATE_WAITING; i++)
        assert_int_equal(pthread_create(&t[i], NULL, enter_and_leave, &g), 0);
    while (n_waiting(&g) < GATE_WAITING)
        usleep(1000);
    assert_int_equal(gate_enter(&g), RC_BUSY);
    gate_leave(&g);
    gate_leave(&g);
    for (int i = 0; i < GATE_WAITING; i++) {
        void *refused = NULL;
        pthread_join(t[i], &refused);
        assert_null(refused);
    }
    assert_int_equal(gate_enter(&g), RC_OK);
    gate_leave(&g);
    gate_done(&g);
}

static void weak_passwords_are_told_why(void **state UNUSED)
{
    static const char *const words[] = {"Zimmermann", "Praxis am Park", "Li", NULL};
    static const struct {
        const char *password, *why;
    } cases[] = {
        {"", "too short"},
        {"elevenchars", "too short"},
        {"ñññññññññññ", "too short"}, /* 11 characters, 22 bytes */
        {"aaaaaaaaaaaa", "repeats"},
        {"abcabcabcabcab", "repeats"},
        {"1212121212121", "repeats"},
        {"012345678901", "well known"},
        {"qwertyuiopas", "well known"},
        {"mnbvcxzlkjhgf", "well known"},
        {"1q2w3e4r5t6y", "well known"},
        {"Password2024!", "well known"},
        {"123!PASSWORD!", "well known"},
        {"correcthorsebatterystaple", "well known"},
        {"psychotherapy1", "well known"},
        {"hello zimmermann", "a name"},
        {"at praxis am park", "a name"},
        {"lime tree alley", NULL}, /* "Li" is too short a name to matter */
        {"quiet amber lantern", NULL},
        {"password of the quiet lantern", NULL},
        {"čtyři slova zde", NULL},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        const char *why = password_weakness(cases[i].password, words);
        if ((why == NULL) != (cases[i].why == NULL) ||
            (why != NULL && strstr(why, cases[i].why) == NULL))
            fail_msg("case %zu: %s", i, why != NULL ? why : "accepted");
    }
    assert_null(password_weakness("quiet amber lantern", NULL));
    char longest[PASSWORD_MAX + 2];
    for (int i = 0; i <= PASSWORD_MAX; i++)
        longest[i] = (char)('a' + (i * i + i / 7) % 26);
    longest[PASSWORD_MAX + 1] = '\0';
    assert_non_null(strstr(password_weakness(longest, NULL), "too long"));
    longest[PASSWORD_MAX] = '\0';
    assert_null(password_weakness(longest, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_matches_its_password_only),
        cmocka_unit_test(the_parameters_stand_in_the_hash),
        cmocka_unit_test(a_stolen_hash_is_useless_without_the_boot_key),
        cmocka_unit_test(an_unknown_account_is_denied_after_a_hash),
        cmocka_unit_test(damaged_hashes_are_broken_and_cost_nothing),
        cmocka_unit_test(over_long_passwords_are_not_hashed),
        cmocka_unit_test(two_run_and_thirty_two_wait_and_the_next_is_turned_away),
        cmocka_unit_test(weak_passwords_are_told_why),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
