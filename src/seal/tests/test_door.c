/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_door.c - through the door everything is as it is beside the keys, and what is no message is
 * refused. The other process is a thread here. */
#include "seal/call.h"
#include "seal/kit.h"
#include "seal/password.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES = 3 };

static struct fixture {
    struct arena arena;
    struct keyring *holder; /* that has the keys */
    struct keys *keys;      /* behind the door */
    pthread_t thread[LINES];
    int there[LINES];
    int n_calls;
} f;

static void *serve(void *arg)
{
    int fd = *(int *)arg;
    struct arena a;
    struct bytes asked;
    struct call c;
    struct call_room *room = calloc(1, sizeof(*room));
    arena_init(&a, 64 << 20);
    while (call_read(fd, &a, room, &asked) == RC_OK && call_decode(&a, asked, &c) == RC_OK) {
        __atomic_add_fetch(&f.n_calls, 1, __ATOMIC_SEQ_CST);
        call_answer(&a, f.holder, &c);
        if (call_write(fd, call_encode_answer(&a, &c)) != RC_OK)
            break;
        call_room_wipe(room, asked);
        arena_reset(&a);
    }
    free(room);
    arena_wipe(&a);
    close(fd);
    return NULL;
}

static void first_epoch(struct keys *k)
{
    unsigned char w[SEAL_WRAPPED_BYTES];
    assert_int_equal(seal_epoch_make(k, 1, 1, w), RC_OK);
    assert_int_equal(seal_epoch_load(k, 1, 1, (struct bytes){w, sizeof(w)}), RC_OK);
}

static int set_up(void **state UNUSED)
{
    int here[LINES + 1], line[2];
    unsigned char w[SEAL_WRAPPED_BYTES];
    f = (struct fixture){.holder = keyring_for_tests()};
    arena_init(&f.arena, 64 << 20);
    for (int i = 0; i < LINES; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        here[i] = pair[0];
        f.there[i] = pair[1];
        pthread_create(&f.thread[i], NULL, serve, &f.there[i]);
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    here[LINES] = line[0];
    close(line[1]);
    f.keys = keys_new(&f.arena, keyring_behind(door_new(here, LINES + 1)));
    keyring_close(f.holder); /* the clinical tier is for sessions that opened it */
    assert_int_equal(seal_practice_make(f.keys, 1, SEAL_IDENTITY, w), RC_OK);
    assert_int_equal(seal_practice_make(f.keys, 1, SEAL_CLINICAL, w), RC_OK);
    first_epoch(f.keys);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    keyring_free(f.keys->ring);
    for (int i = 0; i < LINES; i++)
        pthread_join(f.thread[i], NULL);
    keyring_free(f.holder);
    arena_wipe(&f.arena);
    return 0;
}

static struct bytes text(const char *s)
{
    return call_text(s);
}

static struct keys *session(char name, const char *token, struct bytes unlock)
{
    struct keys *k = keys_new(&f.arena, f.keys->ring);
    memset(k->session, name, sizeof(k->session));
    k->token = token;
    k->unlock = unlock;
    return k;
}

static void values_open_as_beside_the_keys(void **state UNUSED)
{
    struct id who = id_derive(1, 1);
    struct bytes stored;
    assert_int_equal(seal_client_make(&f.arena, f.keys, 1, who, SEAL_IDENTITY, &stored), RC_OK);
    struct seal_item it[3] = {
        {.where = {1, who, "client", who, SEAL_IDENTITY, 4}, .wrapped = stored, .in = text("Ana")},
        {.where = {1, who, "client", who, SEAL_IDENTITY, 5}, .wrapped = stored, .in = text("")},
    };
    assert_int_equal(seal_close_many(&f.arena, f.keys, it, 2), RC_OK);
    it[0].in = it[0].out;
    it[1].in = it[1].out;
    it[2].where = it[0].where; /* nothing to open */
    struct keys *beside = keys_new(&f.arena, f.holder), *fresh = session('x', NULL, text(NULL));
    assert_int_equal(seal_open_many(&f.arena, beside, it, 2), RC_OK);
    assert_string_equal((const char *)it[0].out.p, "Ana");
    int n = f.n_calls;
    assert_int_equal(seal_open_many(&f.arena, fresh, it, 3), RC_OK);
    assert_memory_equal(it[0].out.p, "Ana", 3);
    assert_non_null(it[1].out.p);
    assert_int_equal(it[1].out.len, 0);
    assert_null(it[2].out.p);
    assert_int_equal(seal_open_many(&f.arena, fresh, it, 3), RC_OK); /* asked once */
    assert_memory_equal(it[0].out.p, "Ana", 3);
    assert_int_equal(f.n_calls, n + 1);
    it[0].where.version = 6;
    assert_int_equal(seal_open_many(&f.arena, fresh, it, 1), RC_BROKEN);
    assert_int_equal(it[0].rc, RC_BROKEN);
}

static struct seal_item closed(struct id client, struct bytes stored, int64_t version,
                               const char *words)
{
    struct seal_item it = {.where = {1, client, "client", client, SEAL_IDENTITY, version},
                           .wrapped = stored,
                           .in = text(words)};
    assert_int_equal(seal_close_many(&f.arena, f.keys, &it, 1), RC_OK);
    it.in = it.out;
    return it;
}

static void what_is_expected_comes_with_the_next_call(void **state UNUSED)
{
    struct id who = id_derive(1, 1);
    struct bytes stored;
    assert_int_equal(seal_client_make(&f.arena, f.keys, 1, who, SEAL_IDENTITY, &stored), RC_OK);
    char *note = arena_alloc(&f.arena, 20001);
    memset(note, 'n', 20000);
    struct seal_item name = closed(who, stored, 1, "Ana"), other = closed(who, stored, 2, "Berta"),
                     moved = closed(who, stored, 3, "Clara"), lng = closed(who, stored, 4, note);
    struct seal_item expected[] = {name, other, moved, lng, name};
    struct keys *k = session('e', NULL, text(NULL));
    int n = f.n_calls;
    expected[2].where.version = 9; /* does not open, and is nobody else's fault */
    seal_expect(k, expected, 5);
    assert_int_equal(f.n_calls, n);
    assert_int_equal(seal_open_many(&f.arena, k, &other, 1), RC_OK);
    assert_memory_equal(other.out.p, "Berta", 5);
    assert_int_equal(seal_open_many(&f.arena, k, &name, 1), RC_OK);
    assert_memory_equal(name.out.p, "Ana", 3);
    assert_int_equal(seal_open_many(&f.arena, k, &lng, 1), RC_OK);
    assert_memory_equal(lng.out.p, note, 20000);
    assert_int_equal(f.n_calls, n + 1);
    assert_int_equal(seal_open_many(&f.arena, k, &expected[2], 1), RC_BROKEN);
    assert_int_equal(seal_open_many(&f.arena, k, &moved, 1), RC_OK);
    assert_int_equal(f.n_calls, n + 3);
}

static void what_is_expected_does_not_outlive_the_memory_of_its_batch(void **state UNUSED)
{
    struct id who = id_derive(1, 1);
    struct bytes stored;
    struct arena batch;
    arena_init(&batch, 1 << 20);
    assert_int_equal(seal_client_make(&f.arena, f.keys, 1, who, SEAL_IDENTITY, &stored), RC_OK);
    struct seal_item name = closed(who, stored, 1, "Ana"), other = closed(who, stored, 2, "Berta");
    struct keys *k = session('e', NULL, text(NULL));
    seal_expect(k, &name, 1);
    assert_int_equal(seal_open_many(&batch, k, &other, 1), RC_OK);
    arena_wipe(&batch);
    assert_int_equal(seal_open_many(&f.arena, k, &name, 1), RC_OK);
    assert_memory_equal(name.out.p, "Ana", 3);
}

static void more_than_comes_along_is_asked_for_by_itself(void **state UNUSED)
{
    enum { MANY = 100 };
    struct id who = id_derive(1, 1);
    struct bytes stored;
    struct seal_item it[MANY];
    assert_int_equal(seal_client_make(&f.arena, f.keys, 1, who, SEAL_IDENTITY, &stored), RC_OK);
    for (int i = 0; i < MANY; i++)
        it[i] = closed(who, stored, i + 1, arena_printf(&f.arena, "%d", i));
    struct keys *k = session('e', NULL, text(NULL));
    seal_expect(k, it, MANY);
    for (int i = MANY - 1; i >= 0; i--) {
        assert_int_equal(seal_open_many(&f.arena, k, &it[i], 1), RC_OK);
        assert_memory_equal(it[i].out.p, arena_printf(&f.arena, "%d", i), it[i].out.len);
    }
}

/* A password opens the tier in its session; the token opens it again where nobody saw the session;
 * after the lock neither the session nor the table has it. */
static void the_clinical_tier_is_open_where_it_was_opened(void **state UNUSED)
{
    char hash[PASSWORD_HASH_BYTES];
    struct seal_person p;
    unsigned char grant[SEAL_GRANT_BYTES], carried[SEAL_UNLOCK_BYTES];
    struct id who = id_derive(1, 2), person = id_derive(5, 5);
    struct bytes stored;
    struct password_for make = {.practice = 1, .person = person, .fast = true};
    assert_int_equal(password_make(f.keys, &make, "four plain words here", hash, &p), RC_OK);
    assert_int_equal(seal_grant(f.keys, 1, p.public_key, grant), RC_OK);
    p.public_key[5] ^= 1; /* a key of somebody's own */
    assert_int_equal(seal_grant(f.keys, 1, p.public_key, grant), RC_DENIED);
    p.public_key[5] ^= 1;
    assert_int_equal(seal_grant(f.keys, 1, p.public_key, grant), RC_OK);
    assert_int_equal(seal_lock(f.keys), RC_OK); /* who made the practice is out */
    assert_int_equal(seal_grant(f.keys, 1, p.public_key, grant), RC_DENIED);
    assert_int_equal(seal_client_make(&f.arena, f.keys, 1, who, SEAL_CLINICAL, &stored), RC_OK);

    struct keys *a = session('a', NULL, text(NULL)), *b = session('b', NULL, text(NULL));
    const struct password_stored account = {.practice = 1,
                                            .person = person,
                                            .hash = hash,
                                            .own = {p.own, sizeof(p.own)},
                                            .public_key = {p.public_key, sizeof(p.public_key)},
                                            .grant = {grant, sizeof(grant)}};
    struct seal_item it = {.where = {1, who, "note", who, SEAL_CLINICAL, 1},
                           .wrapped = stored,
                           .in = text("She slept.")};
    assert_int_equal(seal_close_many(&f.arena, a, &it, 1), RC_DENIED);
    assert_true(a->was_closed);
    assert_int_equal(password_check(a, "four plain words herE", &account), RC_DENIED);
    assert_false(seal_is_open(a, 1));
    assert_int_equal(password_check(a, "four plain words here", &account), RC_OK);
    assert_true(seal_is_open(a, 1));
    assert_false(seal_is_open(b, 1));
    assert_int_equal(seal_close_many(&f.arena, a, &it, 1), RC_OK);
    it.in = it.out;
    assert_int_equal(seal_open_many(&f.arena, b, &it, 1), RC_DENIED);
    assert_int_equal(seal_open_many(&f.arena, a, &it, 1), RC_OK);

    assert_int_equal(seal_unlock_wrap(a, 1, "a token", carried), RC_OK);
    assert_int_equal(seal_lock(a), RC_OK);
    assert_int_equal(seal_open_many(&f.arena, session('a', NULL, text(NULL)), &it, 1), RC_DENIED);
    struct bytes unlock = {carried, sizeof(carried)};
    assert_int_equal(seal_open_many(&f.arena, session('c', "another token", unlock), &it, 1),
                     RC_DENIED);
    assert_int_equal(seal_open_many(&f.arena, session('c', "a token", unlock), &it, 1), RC_OK);
    assert_memory_equal(it.out.p, "She slept.", 10);
}

/* Anybody may put in; nobody reads before the tier is open. */
static void what_is_taken_in_at_night_waits(void **state UNUSED)
{
    struct keys *owner = keys_new(&f.arena, f.holder), *night = session('n', NULL, text(NULL));
    unsigned char w[SEAL_WRAPPED_BYTES];
    assert_int_equal(seal_practice_make(owner, 2, SEAL_CLINICAL, w), RC_OK);
    struct seal_item it = {.where = {2, id_derive(1, 3), "form", id_derive(1, 4), SEAL_INTAKE, 1},
                           .in = text("I cannot sleep.")};
    assert_int_equal(seal_close_many(&f.arena, night, &it, 1), RC_OK);
    it.in = it.out;
    it.where.cls = SEAL_CLINICAL;
    assert_int_equal(seal_open_many(&f.arena, night, &it, 1), RC_DENIED);
    assert_int_equal(seal_open_many(&f.arena, owner, &it, 1), RC_OK);
    assert_memory_equal(it.out.p, "I cannot sleep.", 15);
    it.where.row = id_derive(1, 5);
    assert_int_equal(seal_open_many(&f.arena, owner, &it, 1), RC_BROKEN);
    assert_int_equal(seal_lock(owner), RC_OK);
}

static void a_note_to_oneself_is_its_author_s(void **state UNUSED)
{
    struct keyring *r = keyring_for_tests();
    keyring_close(r);
    struct keys maker = {.ring = r, .arena = &f.arena}, one = maker, two = maker;
    unsigned char w[SEAL_WRAPPED_BYTES], grant[2][SEAL_GRANT_BYTES];
    char hash[2][PASSWORD_HASH_BYTES];
    struct seal_person p[2];
    struct bytes stored;
    struct id who = id_derive(1, 9);
    assert_int_equal(seal_practice_make(&maker, 1, SEAL_CLINICAL, w), RC_OK);
    first_epoch(&maker);
    assert_int_equal(seal_client_make(&f.arena, &maker, 1, who, SEAL_CLINICAL, &stored), RC_OK);
    memset(one.session, 1, sizeof(one.session));
    memset(two.session, 2, sizeof(two.session));
    for (int i = 0; i < 2; i++) {
        struct password_for of = {.practice = 1, .person = id_derive(7, (uint64_t)i), .fast = true};
        assert_int_equal(password_make(&maker, &of, "a quiet place", hash[i], &p[i]), RC_OK);
        assert_int_equal(seal_grant(&maker, 1, p[i].public_key, grant[i]), RC_OK);
        struct password_stored s = {.practice = 1,
                                    .person = of.person,
                                    .hash = hash[i],
                                    .own = {p[i].own, sizeof(p[i].own)},
                                    .public_key = {p[i].public_key, sizeof(p[i].public_key)},
                                    .grant = {grant[i], sizeof(grant[i])}};
        assert_int_equal(password_check(i == 0 ? &one : &two, "a quiet place", &s), RC_OK);
    }
    struct seal_item it = {.where = {1, who, "process_note", who, SEAL_PRIVATE, 1},
                           .wrapped = stored,
                           .in = text("I felt tired with her.")};
    assert_int_equal(seal_close_many(&f.arena, &one, &it, 1), RC_OK);
    it.in = it.out;
    assert_int_equal(seal_open_many(&f.arena, &two, &it, 1), RC_BROKEN);
    assert_int_equal(seal_open_many(&f.arena, &maker, &it, 1), RC_BROKEN);
    assert_int_equal(seal_open_many(&f.arena, &one, &it, 1), RC_OK);
    keyring_free(r);
}

/* Who makes people up and gives them the key opens no more for it. */
static void who_was_given_the_key_counts_with_who_gave_it(void **state UNUSED)
{
    enum { MAX = 5 };
    struct keyring *r = keyring_for_tests();
    keyring_close(r);
    struct keys maker = {.ring = r, .arena = &f.arena};
    unsigned char w[SEAL_WRAPPED_BYTES];
    int n_opened = 0;
    assert_int_equal(seal_practice_make(&maker, 1, SEAL_CLINICAL, w), RC_OK);
    first_epoch(&maker);
    assert_int_equal(keyring_meter(r, MAX), RC_OK);
    for (int i = 0; i < 4 * MAX; i++) {
        struct keys k = {.ring = r, .arena = &f.arena};
        char hash[PASSWORD_HASH_BYTES];
        unsigned char grant[SEAL_GRANT_BYTES];
        struct seal_person p;
        struct password_for of = {.practice = 1, .person = id_derive(8, (uint64_t)i), .fast = true};
        struct id who = id_derive(60, (uint64_t)i);
        struct bytes stored;
        assert_int_equal(password_make(&maker, &of, "a quiet place", hash, &p), RC_OK);
        assert_int_equal(seal_grant(&maker, 1, p.public_key, grant), RC_OK);
        struct seal_item it = {.where = {1, who, "note", who, SEAL_CLINICAL, 1}, .in = text("x")};
        memset(k.session, i + 1, sizeof(k.session));
        struct password_stored s = {.practice = 1,
                                    .person = of.person,
                                    .hash = hash,
                                    .own = {p.own, sizeof(p.own)},
                                    .public_key = {p.public_key, sizeof(p.public_key)},
                                    .grant = {grant, sizeof(grant)}};
        /* only the first one's password is typed: what follows comes by a token */
        unsigned char carried[SEAL_UNLOCK_BYTES];
        assert_int_equal(seal_unlock_wrap(&maker, 1, "t", carried), RC_OK);
        if (i == 0)
            assert_int_equal(password_check(&k, "a quiet place", &s), RC_OK);
        k.token = "t";
        k.unlock = (struct bytes){carried, sizeof(carried)};
        assert_int_equal(seal_client_make(&f.arena, &k, 1, who, SEAL_CLINICAL, &stored), RC_OK);
        it.wrapped = stored;
        n_opened += seal_close_many(&f.arena, &k, &it, 1) == RC_OK;
    }
    assert_int_equal(n_opened, MAX);
    keyring_free(r);
}

/* Thirty an hour, whoever signs in again; a password typed allows as many again. */
static void a_person_opens_so_many_clients_and_then_types_the_password(void **state UNUSED)
{
    enum { MAX = 30 };
    struct keyring *r = keyring_for_tests();
    keyring_close(r);
    struct keys maker = {.ring = r, .arena = &f.arena}, s = maker, again = maker;
    unsigned char w[SEAL_WRAPPED_BYTES], grant[SEAL_GRANT_BYTES];
    char hash[PASSWORD_HASH_BYTES];
    struct seal_person p;
    struct password_for of = {.practice = 1, .person = id_derive(7, 1), .fast = true};
    assert_int_equal(seal_practice_make(&maker, 1, SEAL_CLINICAL, w), RC_OK);
    first_epoch(&maker);
    assert_int_equal(password_make(&maker, &of, "a quiet place", hash, &p), RC_OK);
    assert_int_equal(seal_grant(&maker, 1, p.public_key, grant), RC_OK);
    struct password_stored account = {.practice = 1,
                                      .person = of.person,
                                      .hash = hash,
                                      .own = {p.own, sizeof(p.own)},
                                      .public_key = {p.public_key, sizeof(p.public_key)},
                                      .grant = {grant, sizeof(grant)}};
    memset(s.session, 1, sizeof(s.session));
    memset(again.session, 2, sizeof(again.session));
    assert_int_equal(password_check(&s, "a quiet place", &account), RC_OK);
    assert_int_equal(keyring_meter(r, MAX), RC_OK);
    assert_int_equal(keyring_meter(r, 0), RC_DENIED); /* nobody lifts it later */
    int n_opened = 0;
    for (int round = 0; round < 3; round++) {
        struct keys *k = round == 0 ? &s : &again;
        if (round == 1) { /* a second session of the same person is no way round it */
            unsigned char carried[SEAL_UNLOCK_BYTES];
            assert_int_equal(seal_unlock_wrap(&s, 1, "t", carried), RC_OK);
            again.token = "t";
            again.unlock = (struct bytes){carried, sizeof(carried)};
            assert_int_equal(seal_unlock_token(&again, 1), RC_OK);
        }
        if (round == 2)
            assert_int_equal(password_check(&again, "a quiet place", &account), RC_OK);
        for (int i = 0; i < 2 * MAX; i++) {
            struct id who = id_derive(50 + (uint64_t)round, (uint64_t)i);
            struct bytes stored;
            assert_int_equal(seal_client_make(&f.arena, k, 1, who, SEAL_CLINICAL, &stored), RC_OK);
            struct seal_item it = {.where = {1, who, "note", who, SEAL_CLINICAL, 1},
                                   .wrapped = stored,
                                   .in = text("x")};
            n_opened += seal_close_many(&f.arena, k, &it, 1) == RC_OK;
        }
        assert_int_equal(n_opened, round < 2 ? MAX : 2 * MAX);
        assert_true(k->was_metered);
    }
    keyring_free(r);
}

/* An export opens them all: by who has just typed the password, in that session, and not counted.
 */
static void an_export_opens_as_many_as_there_are_after_the_password(void **state UNUSED)
{
    enum { MAX = 5 };
    struct keyring *r = keyring_for_tests();
    keyring_close(r);
    struct keys maker = {.ring = r, .arena = &f.arena}, s = maker, other = maker;
    unsigned char w[SEAL_WRAPPED_BYTES], grant[SEAL_GRANT_BYTES], carried[SEAL_UNLOCK_BYTES];
    char hash[PASSWORD_HASH_BYTES];
    struct seal_person p;
    struct password_for of = {.practice = 1, .person = id_derive(7, 1), .fast = true};
    assert_int_equal(seal_practice_make(&maker, 1, SEAL_CLINICAL, w), RC_OK);
    first_epoch(&maker);
    assert_int_equal(password_make(&maker, &of, "a quiet place", hash, &p), RC_OK);
    assert_int_equal(seal_grant(&maker, 1, p.public_key, grant), RC_OK);
    struct password_stored account = {.practice = 1,
                                      .person = of.person,
                                      .hash = hash,
                                      .own = {p.own, sizeof(p.own)},
                                      .public_key = {p.public_key, sizeof(p.public_key)},
                                      .grant = {grant, sizeof(grant)}};
    memset(s.session, 1, sizeof(s.session));
    memset(other.session, 2, sizeof(other.session));
    assert_int_equal(seal_bulk(&s, 1), RC_DENIED); /* nothing is open */
    assert_int_equal(password_check(&s, "a quiet place", &account), RC_OK);
    assert_int_equal(keyring_meter(r, MAX), RC_OK);
    assert_int_equal(seal_unlock_wrap(&s, 1, "t", carried), RC_OK);
    other.token = "t";
    other.unlock = (struct bytes){carried, sizeof(carried)};
    assert_int_equal(seal_unlock_token(&other, 1), RC_OK);
    assert_int_equal(seal_bulk(&s, 1), RC_OK);
    int n_opened = 0, n_of_other = 0;
    for (int i = 0; i < 20 * MAX; i++) {
        struct id who = id_derive(70, (uint64_t)i);
        struct bytes stored;
        assert_int_equal(seal_client_make(&f.arena, &s, 1, who, SEAL_CLINICAL, &stored), RC_OK);
        struct seal_item it = {
            .where = {1, who, "note", who, SEAL_CLINICAL, 1}, .wrapped = stored, .in = text("x")};
        n_opened += seal_close_many(&f.arena, &s, &it, 1) == RC_OK;
        n_of_other += seal_close_many(&f.arena, &other, &it, 1) == RC_OK;
    }
    assert_int_equal(n_opened, 20 * MAX);
    assert_int_equal(s.n_fresh, 20 * MAX); /* each is written down */
    assert_int_equal(n_of_other, MAX);
    keyring_free(r);
}

/* The disk is full: what was not written down is not taken for written down the second time. */
static void what_was_opened_is_told_until_it_is_written_down(void **state UNUSED)
{
    struct keyring *r = keyring_for_tests();
    keyring_close(r);
    struct keys maker = {.ring = r, .arena = &f.arena};
    unsigned char w[SEAL_WRAPPED_BYTES];
    struct id who = id_derive(60, 1);
    struct bytes stored;
    memset(maker.session, 9, sizeof(maker.session));
    assert_int_equal(seal_practice_make(&maker, 1, SEAL_CLINICAL, w), RC_OK);
    first_epoch(&maker);
    assert_int_equal(seal_client_make(&f.arena, &maker, 1, who, SEAL_CLINICAL, &stored), RC_OK);
    for (int round = 0; round < 3; round++) {
        struct keys k = {.ring = r, .arena = &f.arena};
        memcpy(k.session, maker.session, sizeof(k.session));
        struct seal_item it[2] = {
            {.where = {1, who, "note", who, SEAL_CLINICAL, 1}, .wrapped = stored, .in = text("x")}};
        it[1] = it[0];
        assert_int_equal(seal_close_many(&f.arena, &k, it, 2), RC_OK);
        assert_int_equal(k.n_fresh, round < 2 ? 1 : 0);
        if (round == 1)
            call_was_told(&(struct call){.keys = &k});
    }
    keyring_free(r);
}

/* A limit above what can be counted is no way to have none. */
static void what_cannot_be_counted_is_refused(void **state UNUSED)
{
    struct keyring *r = keyring_for_tests();
    keyring_close(r);
    struct keys k = {.ring = r, .arena = &f.arena};
    unsigned char w[SEAL_WRAPPED_BYTES];
    memset(k.session, 9, sizeof(k.session));
    assert_int_equal(seal_practice_make(&k, 1, SEAL_CLINICAL, w), RC_OK);
    first_epoch(&k);
    assert_int_equal(keyring_meter(r, 100000), RC_OK);
    int n_opened = 0;
    for (int i = 0; i < 600; i++) {
        struct id who = id_derive(61, (uint64_t)i);
        struct bytes stored;
        assert_int_equal(seal_client_make(&f.arena, &k, 1, who, SEAL_CLINICAL, &stored), RC_OK);
        struct seal_item it = {
            .where = {1, who, "note", who, SEAL_CLINICAL, 1}, .wrapped = stored, .in = text("x")};
        n_opened += seal_close_many(&f.arena, &k, &it, 1) == RC_OK;
    }
    assert_int_equal(n_opened, 512);
    keyring_free(r);
}

static struct bytes moved(struct keys *k, struct id who, enum seal_class c, struct bytes stored)
{
    struct seal_item it = {.where = {.practice = 3, .client = who, .cls = c}, .in = stored};
    assert_int_equal(seal_move_many(&f.arena, k, &it, 1), RC_OK);
    return it.out;
}

static void keys_are_changed_behind_the_door(void **state UNUSED)
{
    enum { P = 3 };
    struct keys *k = session('p', NULL, text(NULL));
    unsigned char w[2][SEAL_WRAPPED_BYTES], id[2][SEAL_KEY_ID_BYTES], grant[SEAL_GRANT_BYTES];
    char hash[PASSWORD_HASH_BYTES];
    struct id who = id_derive(3, 3);
    struct password_for make = {.practice = P, .person = who, .fast = true};
    struct seal_person person;
    struct seal_kit kit;
    struct seal_pair pair;
    struct bytes key, name;
    assert_int_equal(seal_practice_make(k, P, SEAL_IDENTITY, w[0]), RC_OK);
    assert_int_equal(seal_practice_make(k, P, SEAL_CLINICAL, w[1]), RC_OK);
    assert_int_equal(seal_epoch_make(k, P, 1, w[1]), RC_OK);
    assert_int_equal(seal_epoch_load(k, P, 1, (struct bytes){w[1], sizeof(w[1])}), RC_OK);
    assert_int_equal(seal_client_make(&f.arena, k, P, who, SEAL_CLINICAL, &key), RC_OK);
    assert_int_equal(seal_client_make(&f.arena, k, P, who, SEAL_IDENTITY, &name), RC_OK);
    assert_int_equal(password_make(k, &make, "four plain words here", hash, &person), RC_OK);
    assert_int_equal(seal_grant(k, P, person.public_key, grant), RC_OK);
    assert_int_equal(seal_kit_make(k, P, who, text(NULL), &kit), RC_OK);
    assert_int_equal(seal_practice_id(k, P, SEAL_CLINICAL, id[0]), RC_OK);

    assert_int_equal(seal_pair_make(k, P, &pair), RC_OK);
    assert_int_equal(seal_pair_grant(k, P, &pair, person.public_key, grant, grant), RC_OK);
    assert_int_equal(seal_pair_kit(k, P, &pair, who, &kit), RC_OK);
    assert_int_equal(seal_pair_take(k, P, &pair), RC_OK);
    assert_int_equal(seal_practice_id(k, P, SEAL_CLINICAL, id[1]), RC_OK);
    assert_memory_not_equal(id[0], id[1], SEAL_KEY_ID_BYTES);
    key = moved(k, who, SEAL_CLINICAL, key);
    assert_memory_equal(key.p + SEAL_CLIENT_KEY_ID_AT, id[1], SEAL_KEY_ID_BYTES);

    assert_int_equal(seal_practice_next(k, P, w[1]), RC_OK);
    assert_int_equal(seal_practice_load_both(k, P, SEAL_IDENTITY,
                                             (struct bytes){w[1], sizeof(w[1])},
                                             (struct bytes){w[0], sizeof(w[0])}),
                     RC_OK);
    struct bytes new = moved(k, who, SEAL_IDENTITY, name);
    assert_int_equal(new.len, name.len);
    assert_memory_not_equal(new.p, name.p, name.len);
}

static void what_is_cut_or_longer_is_no_message(void **state UNUSED)
{
    struct seal_item it = {.where = {1, id_derive(1, 1), "t", id_derive(1, 2), SEAL_IDENTITY, 1},
                           .wrapped = text("w"),
                           .in = text("in")};
    struct call c = {.op = CALL_OPEN_MANY, .keys = f.keys, .items = &it, .n_items = 1}, back;
    struct bytes m = call_encode(&f.arena, NULL, &c);
    m = (struct bytes){m.p + 4, m.len - 4};
    assert_int_equal(call_decode(&f.arena, m, &back), RC_OK);
    assert_string_equal(back.items[0].where.table, "t");
    assert_memory_equal(back.items[0].in.p, "in", 2);
    for (size_t n = 0; n < m.len; n++)
        assert_int_equal(call_decode(&f.arena, (struct bytes){m.p, n}, &back), RC_BROKEN);
    unsigned char *longer = arena_alloc(&f.arena, m.len + 1);
    memcpy(longer, m.p, m.len);
    assert_int_equal(call_decode(&f.arena, (struct bytes){longer, m.len + 1}, &back), RC_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_open_as_beside_the_keys),
        cmocka_unit_test(what_is_expected_comes_with_the_next_call),
        cmocka_unit_test(what_is_expected_does_not_outlive_the_memory_of_its_batch),
        cmocka_unit_test(more_than_comes_along_is_asked_for_by_itself),
        cmocka_unit_test(the_clinical_tier_is_open_where_it_was_opened),
        cmocka_unit_test(what_is_taken_in_at_night_waits),
        cmocka_unit_test(a_note_to_oneself_is_its_author_s),
        cmocka_unit_test(who_was_given_the_key_counts_with_who_gave_it),
        cmocka_unit_test(a_person_opens_so_many_clients_and_then_types_the_password),
        cmocka_unit_test(an_export_opens_as_many_as_there_are_after_the_password),
        cmocka_unit_test(what_was_opened_is_told_until_it_is_written_down),
        cmocka_unit_test(what_cannot_be_counted_is_refused),
        cmocka_unit_test(keys_are_changed_behind_the_door),
        cmocka_unit_test(what_is_cut_or_longer_is_no_message),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
