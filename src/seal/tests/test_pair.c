/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_pair.c - another key of the practice in the place of one: what was sealed opens all the
 * while, and after it was moved the former key opens nothing of it. */
#include "seal/kit.h"
#include "seal/password.h"
#include "seal/seal_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct fixture {
    struct arena a;
    struct keyring *ring;
    struct keys *ana, *ben; /* two sessions */
    struct seal_person person[2];
    char hash[2][PASSWORD_HASH_BYTES];
    unsigned char grant[2][SEAL_GRANT_BYTES];
    unsigned char operational[SEAL_WRAPPED_BYTES], clinical[SEAL_WRAPPED_BYTES];
    struct id client;
    struct bytes key[SEAL_KEYS_N_];
} f;

static const char *const password[] = {"four plain words here", "four other words there"};

static struct bytes blob(const unsigned char *p, size_t n)
{
    return (struct bytes){p, n};
}
#define BLOB(a_) blob((a_), sizeof(a_))

static struct id person_id(int i)
{
    return id_derive(7, (uint64_t)i + 1);
}

static enum rc type_password(struct keys *k, int i)
{
    struct password_stored s = {.practice = 1,
                                .person = person_id(i),
                                .hash = f.hash[i],
                                .own = BLOB(f.person[i].own),
                                .public_key = BLOB(f.person[i].public_key),
                                .grant = BLOB(f.grant[i])};
    return password_check(k, password[i], &s);
}

static struct keys *session(char name)
{
    struct keys *k = keys_new(&f.a, f.ring);
    memset(k->session, name, sizeof(k->session));
    return k;
}

static void make_keys(struct keys *maker)
{
    unsigned char w[SEAL_WRAPPED_BYTES];
    assert_int_equal(seal_practice_make(maker, 1, SEAL_IDENTITY, f.operational), RC_OK);
    assert_int_equal(seal_practice_make(maker, 1, SEAL_CLINICAL, f.clinical), RC_OK);
    assert_int_equal(seal_epoch_make(maker, 1, 1, w), RC_OK);
    assert_int_equal(seal_epoch_load(maker, 1, 1, BLOB(w)), RC_OK);
    for (int c = SEAL_IDENTITY; c < SEAL_KEYS_N_; c++)
        assert_int_equal(seal_client_make(&f.a, maker, 1, f.client, (enum seal_class)c, &f.key[c]),
                         RC_OK);
}

static int set_up(void **state UNUSED)
{
    f = (struct fixture){.ring = keyring_for_tests(), .client = id_derive(1, 1)};
    arena_init(&f.a, 64 << 20);
    keyring_close(f.ring);
    struct keys *maker = session('m');
    make_keys(maker);
    for (int i = 0; i < 2; i++) {
        struct password_for who = {.practice = 1, .person = person_id(i), .fast = true};
        assert_int_equal(password_make(maker, &who, password[i], f.hash[i], &f.person[i]), RC_OK);
        assert_int_equal(seal_grant(maker, 1, f.person[i].public_key, f.grant[i]), RC_OK);
    }
    assert_int_equal(seal_lock(maker), RC_OK);
    f.ana = session('a');
    f.ben = session('b');
    assert_int_equal(type_password(f.ana, 0), RC_OK);
    assert_int_equal(type_password(f.ben, 1), RC_OK);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    keyring_free(f.ring);
    arena_wipe(&f.a);
    return 0;
}

static struct seal_item value(enum seal_class c, bool has_client, const char *text)
{
    struct seal_item it = {
        .where = {1, has_client ? f.client : (struct id){{0}}, "table", id_derive(3, 3), c, 2},
        .in = blob((const unsigned char *)text, strlen(text))};
    if (has_client)
        it.wrapped = f.key[c == SEAL_IDENTITY ? SEAL_IDENTITY : SEAL_CLINICAL];
    assert_int_equal(seal_close_many(&f.a, f.ana, &it, 1), RC_OK);
    it.in = it.out;
    it.where.cls = c == SEAL_INTAKE ? SEAL_CLINICAL : c; /* as it is opened */
    return it;
}

static void assert_opens(struct keys *k, struct seal_item it, const char *text)
{
    assert_int_equal(seal_open_many(&f.a, k, &it, 1), RC_OK);
    assert_string_equal((const char *)it.out.p, text);
}

static struct bytes moved(struct keys *k, struct seal_item it)
{
    assert_int_equal(seal_move_many(&f.a, k, &it, 1), RC_OK);
    return it.out;
}

static struct bytes moved_key(struct keys *k, enum seal_class c)
{
    struct seal_item it = {.where = {.practice = 1, .client = f.client, .cls = c}, .in = f.key[c]};
    return moved(k, it);
}

/* --- the clinical pair --------------------------------------------------------------- */

static struct seal_pair taken(void)
{
    struct seal_pair pair;
    assert_int_equal(seal_pair_make(f.ana, 1, &pair), RC_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            seal_pair_grant(f.ana, 1, &pair, f.person[i].public_key, f.grant[i], f.grant[i]),
            RC_OK);
    assert_int_equal(seal_pair_take(f.ana, 1, &pair), RC_OK);
    return pair;
}

static void settle(const struct seal_pair *pair)
{
    assert_int_equal(seal_practice_load(f.ana, 1, SEAL_CLINICAL, BLOB(pair->wrapped)), RC_OK);
}

static void what_was_said_opens_before_and_after_it_is_moved(void **state UNUSED)
{
    struct seal_item note = value(SEAL_CLINICAL, true, "said");
    struct seal_item mine = value(SEAL_PRIVATE, true, "thought");
    struct seal_item sent = value(SEAL_INTAKE, true, "sent");
    struct seal_pair pair = taken();
    assert_opens(f.ana, note, "said");
    assert_opens(f.ana, mine, "thought");
    assert_opens(f.ana, sent, "sent");
    assert_true(seal_is_taken_in_by(sent.in, BLOB(f.clinical)));
    assert_false(seal_is_taken_in_by(sent.in, BLOB(pair.wrapped)));
    struct bytes key = moved_key(f.ana, SEAL_CLINICAL);
    sent.in = moved(f.ana, sent);
    settle(&pair);
    assert_int_equal(seal_open_many(&f.a, f.ana, &note, 1), RC_BROKEN); /* by the key not moved */
    note.wrapped = mine.wrapped = sent.wrapped = key;
    assert_opens(f.ana, note, "said");
    assert_opens(f.ana, mine, "thought");
    assert_opens(f.ana, sent, "sent");
    assert_false(seal_is_taken_in_by(sent.in, BLOB(f.clinical)));
    unsigned char id[SEAL_KEY_ID_BYTES];
    assert_int_equal(seal_practice_id(f.ana, 1, SEAL_CLINICAL, id), RC_OK);
    assert_memory_equal(key.p + SEAL_CLIENT_KEY_ID_AT, id, sizeof(id));
    f.key[SEAL_CLINICAL] = key;
    assert_ptr_equal(moved_key(f.ana, SEAL_CLINICAL).p, key.p); /* nothing to do */
    assert_opens(f.ana, value(SEAL_CLINICAL, true, "new"), "new");
}

static void other_sessions_close_and_open_again_by_password(void **state UNUSED)
{
    struct seal_item note = value(SEAL_CLINICAL, true, "said");
    unsigned char was[SEAL_GRANT_BYTES];
    memcpy(was, f.grant[1], sizeof(was));
    struct keys *carried = session('c');
    unsigned char unlock[SEAL_UNLOCK_BYTES];
    assert_int_equal(seal_unlock_wrap(f.ben, 1, "token", unlock), RC_OK);
    struct seal_pair pair = taken();
    assert_int_equal(seal_open_many(&f.a, f.ben, &note, 1), RC_DENIED);
    assert_true(f.ben->was_closed);
    carried->token = "token";
    carried->unlock = BLOB(unlock);
    assert_int_equal(seal_open_many(&f.a, carried, &note, 1), RC_DENIED);
    assert_true(carried->was_closed);
    assert_int_equal(type_password(f.ben, 1), RC_OK);
    assert_opens(f.ben, note, "said"); /* and goes on with what was not moved */
    f.key[SEAL_CLINICAL] = note.wrapped = moved_key(f.ben, SEAL_CLINICAL);
    settle(&pair);
    assert_opens(f.ben, note, "said");
    memcpy(f.grant[1], was, sizeof(was)); /* the grant from before */
    assert_int_equal(type_password(f.ben, 1), RC_OK);
    assert_int_equal(seal_open_many(&f.a, f.ben, &note, 1), RC_DENIED);
}

/* As whoever left does at home: the old grant, the own key, and what else the disk has. */
static enum rc by_hand(const struct key *secret, const struct bytes stored)
{
    struct keyring *thief = f.ring; /* with all that opens at start */
    struct practice_key above = {.practice = 1, .cls = SEAL_CLINICAL};
    struct opened o = {.clinical = *secret};
    struct key ret;
    crypto_scalarmult_base(above.now.public_key.b, secret->b);
    memcpy(above.now.id, stored.p + 5, KEY_ID_BYTES);
    return client_key(thief, &above, f.client, stored, &o, &ret);
}

static void the_former_secret_opens_what_was_and_not_what_is(void **state UNUSED)
{
    struct opened o;
    struct bytes was = f.key[SEAL_CLINICAL];
    assert_int_equal(session_get(f.ben, 1, &o), RC_OK);
    client_keys_wipe(f.ring, NULL);
    assert_int_equal(by_hand(&o.clinical, was), RC_OK);
    taken();
    struct bytes is = moved_key(f.ana, SEAL_CLINICAL);
    client_keys_wipe(f.ring, NULL);
    assert_int_equal(by_hand(&o.clinical, was), RC_OK);
    client_keys_wipe(f.ring, NULL);
    assert_int_equal(by_hand(&o.clinical, is), RC_BROKEN);
}

static void a_pair_goes_to_who_had_the_key_and_to_nobody_else(void **state UNUSED)
{
    struct seal_pair pair, forged;
    unsigned char grant[SEAL_GRANT_BYTES];
    assert_int_equal(seal_pair_make(f.ana, 1, &pair), RC_OK);
    memcpy(grant, f.grant[0], sizeof(grant)); /* for another public key */
    assert_int_equal(seal_pair_grant(f.ana, 1, &pair, f.person[1].public_key, grant, grant),
                     RC_DENIED);
    forged = pair; /* a pair of somebody's own */
    forged.wrapped[7] ^= 1;
    assert_int_equal(seal_pair_take(f.ana, 1, &forged), RC_DENIED);
    assert_int_equal(seal_pair_take(f.ben, 1, &pair), RC_DENIED); /* of another session */
    assert_int_equal(seal_pair_grant(f.ben, 1, &pair, f.person[1].public_key, f.grant[1], grant),
                     RC_DENIED);
    assert_int_equal(seal_pair_make(session('x'), 1, &pair), RC_DENIED);
}

static void the_words_on_paper_stay_as_they_are(void **state UNUSED)
{
    struct id id = id_derive(9, 9);
    struct seal_kit kit, other;
    struct kit_seed before, after;
    struct seal_pair pair;
    struct seal_item note = value(SEAL_CLINICAL, true, "said");
    assert_int_equal(seal_kit_make(f.ana, 1, id, (struct bytes){0}, &kit), RC_OK);
    assert_int_equal(seal_kit_seed(f.ana, 1, id, kit.seed, &before), RC_OK);
    assert_int_equal(seal_pair_make(f.ana, 1, &pair), RC_OK);
    other = kit;
    other.public_key[3] ^= 1;
    assert_int_equal(seal_pair_kit(f.ana, 1, &pair, id, &other), RC_BROKEN);
    assert_int_equal(seal_pair_kit(f.ana, 1, &pair, id, &kit), RC_OK);
    assert_int_equal(seal_pair_take(f.ana, 1, &pair), RC_OK);
    note.wrapped = moved_key(f.ana, SEAL_CLINICAL);
    settle(&pair);
    assert_int_equal(seal_kit_seed(f.ana, 1, id, kit.seed, &after), RC_OK);
    assert_memory_equal(before.b, after.b, sizeof(before.b));
    struct keys *lost = session('l');
    assert_int_equal(seal_kit_open(lost, 1, &before, &kit, true), RC_OK);
    assert_opens(lost, note, "said");
}

/* --- the operational key ----------------------------------------------------------------- */

static enum rc load(const unsigned char *now, const unsigned char *other)
{
    struct bytes none = {0};
    return seal_practice_load_both(f.ana, 1, SEAL_IDENTITY, blob(now, SEAL_WRAPPED_BYTES),
                                   other != NULL ? blob(other, SEAL_WRAPPED_BYTES) : none);
}

static void names_open_all_the_while_and_in_the_end_by_the_new_key_alone(void **state UNUSED)
{
    unsigned char next[SEAL_WRAPPED_BYTES];
    struct seal_item name = value(SEAL_IDENTITY, true, "Marta");
    struct seal_item practice = value(SEAL_IDENTITY, false, "Practice");
    struct seal_item early, late;
    assert_int_equal(seal_practice_next(f.ana, 1, next), RC_OK);
    early = value(SEAL_IDENTITY, false, "early");
    assert_int_equal(load(f.operational, next), RC_OK); /* known */
    assert_ptr_equal(moved(f.ana, practice).p, practice.in.p);
    assert_int_equal(load(next, f.operational), RC_OK); /* seals */
    late = value(SEAL_IDENTITY, false, "late");
    assert_int_equal(load(f.operational, next), RC_OK); /* a process that has not heard of it */
    assert_opens(f.ana, late, "late");
    assert_int_equal(load(next, f.operational), RC_OK);
    assert_opens(f.ana, practice, "Practice");
    assert_opens(f.ana, name, "Marta");
    struct seal_item was = practice;
    practice.in = moved(f.ana, practice);
    early.in = moved(f.ana, early);
    assert_ptr_equal(moved(f.ana, late).p, late.in.p);
    name.wrapped = moved_key(f.ana, SEAL_IDENTITY);
    assert_int_equal(load(next, NULL), RC_OK);
    assert_opens(f.ana, practice, "Practice");
    assert_opens(f.ana, early, "early");
    assert_opens(f.ana, late, "late");
    assert_opens(f.ana, name, "Marta");
    assert_int_equal(seal_open_many(&f.a, f.ana, &was, 1), RC_BROKEN);
    name.wrapped = f.key[SEAL_IDENTITY];
    assert_int_equal(seal_open_many(&f.a, f.ana, &name, 1), RC_BROKEN);
}

static void a_foreign_or_cut_key_is_not_taken_in(void **state UNUSED)
{
    unsigned char next[SEAL_WRAPPED_BYTES], former[SEAL_FORMER_BYTES] = {0};
    struct bytes clinical = BLOB(f.clinical);
    assert_int_equal(seal_practice_next(f.ana, 1, next), RC_OK);
    next[40] ^= 1;
    assert_int_equal(load(f.operational, next), RC_BROKEN);
    assert_int_equal(load(next, f.operational), RC_BROKEN);
    memcpy(former, f.clinical, sizeof(f.clinical));
    assert_int_equal(seal_practice_load_both(f.ana, 1, SEAL_CLINICAL, clinical, blob(former, 100)),
                     RC_BROKEN);
    former[9] ^= 1;
    assert_int_equal(seal_practice_load_both(f.ana, 1, SEAL_CLINICAL, clinical, BLOB(former)),
                     RC_BROKEN);
}

#define WITH(f_) cmocka_unit_test_setup_teardown(f_, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest t[] = {
        WITH(what_was_said_opens_before_and_after_it_is_moved),
        WITH(other_sessions_close_and_open_again_by_password),
        WITH(the_former_secret_opens_what_was_and_not_what_is),
        WITH(a_pair_goes_to_who_had_the_key_and_to_nobody_else),
        WITH(the_words_on_paper_stay_as_they_are),
        WITH(names_open_all_the_while_and_in_the_end_by_the_new_key_alone),
        WITH(a_foreign_or_cut_key_is_not_taken_in),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
