/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_seal.c - what is closed opens where it was closed, and nowhere else. */
#include "seal/seal.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { HEAD = 45, TAG = 16 };

struct fixture {
    struct keys *keys;
    struct arena arena;
    struct bytes wrapped; /* of client(), SEAL_CLINICAL */
};

static struct id client(void)
{
    return id_derive(1, 2);
}
static struct id row(void)
{
    return id_derive(3, 4);
}
static struct bytes text(const char *s)
{
    return (struct bytes){(const unsigned char *)s, strlen(s)};
}

static int set_up(void **state)
{
    static struct fixture f;
    unsigned char practice[SEAL_WRAPPED_BYTES];
    f = (struct fixture){0};
    arena_init(&f.arena, 64 << 20);
    f.keys = keys_new(&f.arena, keyring_for_tests());
    for (int64_t p = 1; p <= 2; p++) {
        assert_int_equal(seal_practice_make(f.keys, p, SEAL_IDENTITY, practice), RC_OK);
        assert_int_equal(seal_practice_make(f.keys, p, SEAL_CLINICAL, practice), RC_OK);
        assert_int_equal(seal_epoch_make(f.keys, p, 1, practice), RC_OK);
        assert_int_equal(seal_epoch_load(f.keys, p, 1, (struct bytes){practice, sizeof(practice)}),
                         RC_OK);
    }
    assert_int_equal(seal_client_make(&f.arena, f.keys, 1, client(), SEAL_CLINICAL, &f.wrapped),
                     RC_OK);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    keyring_free(f->keys->ring);
    arena_wipe(&f->arena);
    return 0;
}

static struct seal_item item(struct fixture *f, struct bytes in)
{
    return (struct seal_item){
        .where = {1, client(), "note", row(), SEAL_CLINICAL, 7},
        .wrapped = f->wrapped,
        .in = in,
    };
}

/* The same item with its sealed form as input. */
static struct seal_item closed(struct fixture *f, struct bytes plain)
{
    struct seal_item it = item(f, plain);
    assert_int_equal(seal_close_many(&f->arena, f->keys, &it, 1), RC_OK);
    it.in = it.out;
    it.out = (struct bytes){0};
    return it;
}

static void assert_opens(struct fixture *f, struct seal_item it, struct bytes plain)
{
    assert_int_equal(seal_open_many(&f->arena, f->keys, &it, 1), RC_OK);
    assert_int_equal(it.out.len, plain.len);
    if (plain.len > 0)
        assert_memory_equal(it.out.p, plain.p, plain.len);
}

static void assert_fails(struct fixture *f, struct seal_item it, enum rc rc)
{
    assert_int_equal(seal_open_many(&f->arena, f->keys, &it, 1), rc);
    assert_int_equal(it.rc, rc);
    assert_null(it.out.p);
}

static void what_is_closed_opens(void **state)
{
    struct fixture *f = *state;
    struct bytes plain = text("She slept well for the first time.");
    struct seal_item it = closed(f, plain);
    assert_opens(f, it, plain);
    assert_null(memmem(it.in.p, it.in.len, "slept", 5));
}

static void opened_text_is_a_c_string(void **state)
{
    struct fixture *f = *state;
    struct seal_item it = closed(f, text("Ana"));
    assert_int_equal(seal_open_many(&f->arena, f->keys, &it, 1), RC_OK);
    assert_string_equal((const char *)it.out.p, "Ana");
}

static void an_empty_value_is_a_value_and_none_is_none(void **state)
{
    struct fixture *f = *state;
    struct seal_item it = closed(f, (struct bytes){NULL, 0});
    assert_int_equal(seal_open_many(&f->arena, f->keys, &it, 1), RC_OK);
    assert_non_null(it.out.p);
    assert_int_equal(it.out.len, 0);

    it = item(f, (struct bytes){NULL, 0});
    assert_int_equal(seal_open_many(&f->arena, f->keys, &it, 1), RC_OK);
    assert_null(it.out.p);
}

static void a_mebibyte_opens(void **state)
{
    struct fixture *f = *state;
    size_t n = 1 << 20;
    unsigned char *p = arena_alloc(&f->arena, n);
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(i * 31 >> 3);
    assert_opens(f, closed(f, (struct bytes){p, n}), (struct bytes){p, n});
}

static void bytes_that_look_like_padding_survive(void **state)
{
    struct fixture *f = *state;
    static const unsigned char ends[] = {'x', 0x80, 0, 0, 0x80, 0};
    for (size_t n = 0; n <= sizeof(ends); n++)
        assert_opens(f, closed(f, (struct bytes){ends, n}), (struct bytes){ends, n});
}

static void lengths_are_hidden_in_few_sizes(void **state)
{
    struct fixture *f = *state;
    static const struct {
        size_t plain, padded;
    } cases[] = {
        {0, 64},      {1, 64},      {63, 64},     {64, 256},    {255, 256},   {256, 1024},
        {1023, 1024}, {1024, 4096}, {4095, 4096}, {4096, 8192}, {8191, 8192}, {8192, 12288},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        unsigned char *p = arena_alloc(&f->arena, cases[i].plain + 1);
        struct bytes plain = {p, cases[i].plain};
        struct seal_item it = closed(f, plain);
        assert_int_equal(it.in.len, HEAD + cases[i].padded + TAG);
        assert_opens(f, it, plain);
    }
}

static void the_same_text_never_looks_the_same(void **state)
{
    struct fixture *f = *state;
    struct seal_item a = closed(f, text("no change")), b = closed(f, text("no change"));
    assert_memory_not_equal(a.in.p + 21, b.in.p + 21, 24); /* nonces */
    assert_memory_not_equal(a.in.p + HEAD, b.in.p + HEAD, 64);
}

static void a_moved_value_does_not_open(void **state)
{
    struct fixture *f = *state;
    struct bytes plain = text("moved");
    struct seal_item it = closed(f, plain);
    struct bytes other;
    assert_int_equal(seal_client_make(&f->arena, f->keys, 1, client(), SEAL_CLINICAL, &other),
                     RC_OK);

    struct seal_item moved[] = {it, it, it, it, it, it, it, it, it};
    moved[0].where.practice = 2;
    moved[1].where.client = id_derive(9, 9);
    moved[2].where.client = (struct id){{0}};
    moved[3].where.table = "notes";
    moved[4].where.row = id_derive(3, 5);
    moved[5].where.cls = SEAL_IDENTITY;
    moved[6].where.version = 8;
    moved[7].where.version = 7 + (INT64_C(1) << 40);
    moved[8].wrapped = other;
    for (size_t i = 0; i < N_ELEMS(moved); i++)
        assert_fails(f, moved[i], RC_BROKEN);
    assert_opens(f, it, plain);
}

static void a_value_without_client_is_bound_to_its_place_too(void **state)
{
    struct fixture *f = *state;
    struct seal_item it = {.where = {.practice = 1, .table = "practice", .cls = SEAL_IDENTITY},
                           .in = text("Praxis")};
    assert_int_equal(seal_close_many(&f->arena, f->keys, &it, 1), RC_OK);
    it.in = it.out;
    assert_opens(f, it, text("Praxis"));
    it.where.practice = 2;
    assert_fails(f, it, RC_BROKEN);
}

static void a_flipped_bit_anywhere_does_not_open(void **state)
{
    struct fixture *f = *state;
    struct bytes plain = text("every byte counts");
    struct seal_item it = closed(f, plain);
    unsigned char *p = (unsigned char *)it.in.p;
    for (size_t i = 0; i < it.in.len; i++) {
        p[i] ^= (unsigned char)(1 << i % 8);
        assert_fails(f, it, RC_BROKEN);
        p[i] ^= (unsigned char)(1 << i % 8);
    }
    assert_opens(f, it, plain);
}

static void a_cut_or_grown_value_does_not_open(void **state)
{
    struct fixture *f = *state;
    struct seal_item it = closed(f, text("cut"));
    size_t whole = it.in.len;
    unsigned char *longer = arena_alloc(&f->arena, whole + 1);
    memcpy(longer, it.in.p, whole);
    it.in.p = longer;
    for (it.in.len = 0; it.in.len < whole; it.in.len++)
        assert_fails(f, it, RC_BROKEN);
    it.in.len = whole + 1;
    assert_fails(f, it, RC_BROKEN);
}

static void an_altered_client_key_does_not_open(void **state)
{
    struct fixture *f = *state;
    struct seal_item it = closed(f, text("wrapped"));
    unsigned char *p = (unsigned char *)f->wrapped.p;
    for (size_t i = 0; i < f->wrapped.len; i++) {
        p[i] ^= 1;
        assert_fails(f, it, RC_BROKEN);
        p[i] ^= 1;
    }
    it.wrapped.len--;
    assert_fails(f, it, RC_BROKEN);
}

static void without_the_key_of_the_class_nothing_opens_or_closes(void **state)
{
    struct fixture *f = *state;
    struct seal_item it = closed(f, text("denied"));
    struct seal_item without[] = {it, it, it, it};
    without[0].where.practice = 3;
    without[1].where.cls = SEAL_NONE;
    without[2].where.cls = (enum seal_class)(SEAL_INTAKE + 1);
    without[3].wrapped = (struct bytes){NULL, 0};
    for (size_t i = 0; i < N_ELEMS(without); i++) {
        assert_fails(f, without[i], RC_DENIED);
        assert_int_equal(seal_close_many(&f->arena, f->keys, &without[i], 1), RC_DENIED);
        assert_null(without[i].out.p);
    }
}

static void a_table_name_that_does_not_fit_is_refused(void **state)
{
    struct fixture *f = *state;
    struct seal_item it = item(f, text("x"));
    it.where.table = "a_table_of_twenty_four_b";
    assert_int_equal(seal_close_many(&f->arena, f->keys, &it, 1), RC_OK);
    it.where.table = "a_table_of_twenty_five_by";
    assert_int_equal(seal_close_many(&f->arena, f->keys, &it, 1), RC_BROKEN);
    it.where.table = NULL;
    assert_int_equal(seal_close_many(&f->arena, f->keys, &it, 1), RC_BROKEN);
}

static void one_bad_item_does_not_spoil_the_others(void **state)
{
    struct fixture *f = *state;
    struct seal_item good = closed(f, text("good")), items[4] = {good, good, good, good};
    items[1].where.version++;
    items[2].where.practice = 3;
    assert_int_equal(seal_open_many(&f->arena, f->keys, items, 4), RC_BROKEN);
    assert_int_equal(items[0].rc, RC_OK);
    assert_int_equal(items[1].rc, RC_BROKEN);
    assert_int_equal(items[2].rc, RC_DENIED);
    assert_int_equal(items[3].rc, RC_OK);
    assert_memory_equal(items[3].out.p, "good", 4);
    assert_int_equal(seal_open_many(&f->arena, f->keys, NULL, 0), RC_OK);
}

enum { THREADS = 4, ROUNDS = 300, CLIENTS = 50 };
struct crowd {
    struct fixture *f;
    struct seal_item items[CLIENTS];
    struct bytes wrapped[CLIENTS];
    int n_wrong[THREADS];
    int next;
};

static void *open_often(void *arg)
{
    struct crowd *c = arg;
    int me = __atomic_fetch_add(&c->next, 1, __ATOMIC_SEQ_CST);
    struct arena a;
    arena_init(&a, 8 << 20);
    for (int r = 0; r < ROUNDS; r++) {
        struct seal_item mine[CLIENTS];
        unsigned char wrapped[SEAL_WRAPPED_BYTES];
        memcpy(mine, c->items, sizeof(mine));
        c->n_wrong[me] += seal_open_many(&a, c->f->keys, mine, CLIENTS) != RC_OK;
        for (int i = 0; i < CLIENTS; i++)
            c->n_wrong[me] +=
                mine[i].out.len != 6 || memcmp(mine[i].out.p, &mine[i].where.client.s[16], 6) != 0;
        /* practices come and the table grows while others read */
        c->n_wrong[me] +=
            seal_practice_make(c->f->keys, 1000 + me * ROUNDS + r, SEAL_IDENTITY, wrapped) != RC_OK;
        arena_reset(&a);
    }
    arena_wipe(&a);
    return NULL;
}

static void threads_open_side_by_side(void **state)
{
    struct crowd c = {.f = *state};
    for (int i = 0; i < CLIENTS; i++) {
        struct id who = id_derive(77, (uint64_t)i);
        assert_int_equal(
            seal_client_make(&c.f->arena, c.f->keys, 1, who, SEAL_CLINICAL, &c.wrapped[i]), RC_OK);
        c.items[i] = (struct seal_item){
            .where = {1, who, "note", row(), SEAL_CLINICAL, 1},
            .wrapped = c.wrapped[i],
            .in = {(const unsigned char *)&who.s[16], 6},
        };
        assert_int_equal(seal_close_many(&c.f->arena, c.f->keys, &c.items[i], 1), RC_OK);
        c.items[i].in = c.items[i].out;
    }
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, open_often, &c), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(c.n_wrong[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_closed_opens),
        cmocka_unit_test(opened_text_is_a_c_string),
        cmocka_unit_test(an_empty_value_is_a_value_and_none_is_none),
        cmocka_unit_test(a_mebibyte_opens),
        cmocka_unit_test(bytes_that_look_like_padding_survive),
        cmocka_unit_test(lengths_are_hidden_in_few_sizes),
        cmocka_unit_test(the_same_text_never_looks_the_same),
        cmocka_unit_test(a_moved_value_does_not_open),
        cmocka_unit_test(a_value_without_client_is_bound_to_its_place_too),
        cmocka_unit_test(a_flipped_bit_anywhere_does_not_open),
        cmocka_unit_test(a_cut_or_grown_value_does_not_open),
        cmocka_unit_test(an_altered_client_key_does_not_open),
        cmocka_unit_test(without_the_key_of_the_class_nothing_opens_or_closes),
        cmocka_unit_test(a_table_name_that_does_not_fit_is_refused),
        cmocka_unit_test(one_bad_item_does_not_spoil_the_others),
        cmocka_unit_test(threads_open_side_by_side),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
