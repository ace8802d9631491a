/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_keyring.c - the key file, the keys under it, and the hashes that use them. */
#include "seal/seal_private.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[96];

static int in_new_dir(void **state UNUSED)
{
    snprintf(dir, sizeof(dir), "/tmp/test_keyring.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/key", dir);
    return 0;
}

static int remove_dir(void **state UNUSED)
{
    unlink(path);
    rmdir(path);
    return rmdir(dir);
}

static void write_file(const char *content, size_t n, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, n), (ssize_t)n);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void assert_refused(const char *why_has)
{
    struct keyring *k = NULL;
    const char *why = "";
    assert_int_equal(keyring_open(path, &k, &why), RC_INVALID);
    assert_null(k);
    assert_non_null(strstr(why, why_has));
    assert_null(strstr(why, dir));
}

static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF\n";

static void a_new_key_file_is_private_and_opens(void **state UNUSED)
{
    struct keyring *k = NULL;
    const char *why = NULL;
    struct stat st;
    mode_t mask = umask(0);
    assert_int_equal(keyring_make_file(path), RC_OK);
    umask(mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    assert_int_equal(st.st_size, 65);
    assert_int_equal(keyring_open(path, &k, &why), RC_OK);
    keyring_free(k);
}

static void an_existing_key_file_is_never_replaced(void **state UNUSED)
{
    write_file("x", 1, 0600);
    assert_int_equal(keyring_make_file(path), RC_CONFLICT);
}

static void a_missing_key_file_is_told_apart(void **state UNUSED)
{
    struct keyring *k = NULL;
    const char *why = NULL;
    assert_int_equal(keyring_open(path, &k, &why), RC_NOT_FOUND);
    assert_non_null(why);
}

static void a_key_file_that_others_may_read_is_refused(void **state UNUSED)
{
    static const mode_t modes[] = {0440, 0404, 0460, 0640, 0604, 0610, 0601};
    for (size_t i = 0; i < N_ELEMS(modes); i++) {
        write_file(hex, 65, modes[i]);
        assert_refused("other users");
        unlink(path);
    }
}

static void what_is_not_a_file_is_refused(void **state UNUSED)
{
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused("regular file");
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused("regular file");
}

static void a_damaged_key_file_is_refused(void **state UNUSED)
{
    char bad[80];
    static const size_t lengths[] = {0, 1, 32, 62, 63};
    for (size_t i = 0; i < N_ELEMS(lengths); i++) {
        write_file(hex, lengths[i], 0600);
        assert_refused("64 hexadecimal digits");
    }
    snprintf(bad, sizeof(bad), "%s\n", hex);
    write_file(bad, 66, 0600);
    assert_refused("64 hexadecimal digits");
    snprintf(bad, sizeof(bad), "%s", hex);
    bad[10] = 'g';
    write_file(bad, 65, 0600);
    assert_refused("64 hexadecimal digits");
    bad[10] = ' ';
    write_file(bad, 65, 0600);
    assert_refused("64 hexadecimal digits");
    write_file(hex, 64, 0600); /* an editor that leaves out the newline does no harm */
    struct keyring *k = NULL;
    const char *why = NULL;
    assert_int_equal(keyring_open(path, &k, &why), RC_OK);
    keyring_free(k);
}

static bool types_words(char *ret, size_t size)
{
    return snprintf(ret, size, "seven quiet rivers run") > 0;
}
static bool types_others(char *ret, size_t size)
{
    return snprintf(ret, size, "seven quiet rivers rust") > 0;
}
static bool types_nothing(char *ret UNUSED, size_t size UNUSED)
{
    return false;
}

static void a_key_file_with_a_passphrase_opens_with_it_alone(void **state UNUSED)
{
    struct keyring *k = NULL;
    const char *why = NULL;
    unsigned char root[SEAL_WRAPPED_BYTES];
    struct bytes w = {root, sizeof(root)};
    struct stat st;
    write_file(hex, 65, 0400);
    assert_int_equal(keyring_open(path, &k, &why), RC_OK);
    assert_int_equal(seal_root_make(k, root), RC_OK);
    keyring_free(k);
    assert_int_equal(keyring_set_passphrase(path, NULL, "seven quiet rivers run", &why), RC_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    assert_refused("wants its passphrase");
    assert_int_equal(keyring_open_with(path, types_nothing, &k, &why), RC_INVALID);
    assert_int_equal(keyring_open_with(path, types_others, &k, &why), RC_INVALID);
    assert_non_null(strstr(why, "not the passphrase"));
    assert_int_equal(keyring_open_with(path, types_words, &k, &why), RC_OK);
    assert_int_equal(seal_root_load(k, w), RC_OK); /* the key is the one it was */
    keyring_free(k);
}

static struct seal_item value(struct bytes in)
{
    return (struct seal_item){.where = {.practice = 5, .table = "t", .cls = SEAL_IDENTITY},
                              .in = in};
}

static void the_same_file_opens_what_it_closed(void **state UNUSED)
{
    struct keyring *ring[2] = {NULL};
    const char *why = NULL;
    unsigned char root[SEAL_WRAPPED_BYTES], wrapped[SEAL_WRAPPED_BYTES];
    struct arena a;
    arena_init(&a, 1 << 20);
    write_file(hex, 65, 0400);
    assert_int_equal(keyring_open(path, &ring[0], &why), RC_OK);
    assert_int_equal(keyring_open(path, &ring[1], &why), RC_OK);
    struct keys *one = keys_new(&a, ring[0]), *two = keys_new(&a, ring[1]);
    assert_int_equal(seal_practice_make(one, 5, SEAL_IDENTITY, wrapped), RC_BROKEN); /* no root */
    assert_int_equal(seal_root_make(ring[0], root), RC_OK);
    assert_int_equal(seal_root_load(ring[1], (struct bytes){root, sizeof(root)}), RC_OK);
    assert_int_equal(seal_practice_make(one, 5, SEAL_IDENTITY, wrapped), RC_OK);
    assert_int_equal(
        seal_practice_load(two, 5, SEAL_IDENTITY, (struct bytes){wrapped, sizeof(wrapped)}), RC_OK);

    struct seal_item it = value((struct bytes){(const unsigned char *)"abc", 3});
    assert_int_equal(seal_close_many(&a, one, &it, 1), RC_OK);
    it = value(it.out);
    assert_int_equal(seal_open_many(&a, two, &it, 1), RC_OK);
    assert_string_equal((const char *)it.out.p, "abc");
    root[40] ^= 1;
    assert_int_equal(seal_root_load(ring[1], (struct bytes){root, sizeof(root)}), RC_BROKEN);
    keyring_free(ring[0]);
    keyring_free(ring[1]);
    arena_wipe(&a);
}

static void two_keyrings_do_not_open_each_other(void **state UNUSED)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES], other[SEAL_WRAPPED_BYTES];
    struct arena a;
    arena_init(&a, 1 << 20);
    struct keys *one = keys_new(&a, keyring_for_tests()), *two = keys_new(&a, keyring_for_tests());
    assert_int_equal(seal_practice_make(one, 5, SEAL_IDENTITY, wrapped), RC_OK);
    assert_int_equal(
        seal_practice_load(two, 5, SEAL_IDENTITY, (struct bytes){wrapped, sizeof(wrapped)}),
        RC_BROKEN);
    struct seal_item it = value((struct bytes){(const unsigned char *)"abc", 3});
    assert_int_equal(seal_close_many(&a, one, &it, 1), RC_OK);
    it = value(it.out);
    assert_int_equal(seal_open_many(&a, two, &it, 1), RC_DENIED);
    assert_int_equal(seal_practice_make(two, 5, SEAL_IDENTITY, other), RC_OK);
    assert_int_equal(seal_open_many(&a, two, &it, 1), RC_BROKEN);
    keyring_free(one->ring);
    keyring_free(two->ring);
    arena_wipe(&a);
}

static void a_wrapped_practice_key_is_bound_to_practice_and_class(void **state UNUSED)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct bytes w = {wrapped, sizeof(wrapped)};
    struct arena a;
    arena_init(&a, 1 << 20);
    struct keys *k = keys_new(&a, keyring_for_tests());
    assert_int_equal(seal_practice_make(k, 5, SEAL_IDENTITY, wrapped), RC_OK);
    assert_int_equal(seal_practice_load(k, 6, SEAL_IDENTITY, w), RC_BROKEN);
    assert_int_equal(seal_practice_load(k, 5, SEAL_CLINICAL, w), RC_BROKEN);
    assert_int_equal(seal_practice_load(k, 5, SEAL_NONE, w), RC_BROKEN);
    assert_int_equal(seal_practice_load(k, 5, SEAL_IDENTITY, (struct bytes){wrapped, 72}),
                     RC_BROKEN);
    for (size_t i = 0; i < sizeof(wrapped); i++) {
        wrapped[i] ^= 0x10;
        assert_int_equal(seal_practice_load(k, 5, SEAL_IDENTITY, w), RC_BROKEN);
        wrapped[i] ^= 0x10;
    }
    assert_int_equal(seal_practice_load(k, 5, SEAL_IDENTITY, w), RC_OK);
    keyring_free(k->ring);
    arena_wipe(&a);
}

static void a_client_key_needs_its_practice_its_epoch_and_a_client(void **state UNUSED)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct id who = id_derive(1, 1);
    struct bytes stored;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct keys *k = keys_new(&a, keyring_for_tests());
    assert_int_equal(seal_client_make(&a, k, 5, who, SEAL_CLINICAL, &stored), RC_DENIED);
    assert_int_equal(seal_practice_make(k, 5, SEAL_CLINICAL, wrapped), RC_OK);
    assert_int_equal(seal_client_make(&a, k, 5, who, SEAL_CLINICAL, &stored), RC_DENIED);
    assert_int_equal(seal_epoch_make(k, 5, 1, wrapped), RC_OK);
    assert_int_equal(seal_epoch_load(k, 5, 1, (struct bytes){wrapped, sizeof(wrapped)}), RC_OK);
    assert_int_equal(seal_client_make(&a, k, 5, who, SEAL_IDENTITY, &stored), RC_DENIED);
    assert_int_equal(seal_client_make(&a, k, 5, (struct id){{0}}, SEAL_CLINICAL, &stored),
                     RC_BROKEN);
    assert_int_equal(seal_client_make(&a, k, 5, who, SEAL_PRIVATE, &stored), RC_BROKEN);
    assert_int_equal(seal_client_make(&a, k, 5, who, SEAL_CLINICAL, &stored), RC_OK);
    keyring_free(k->ring);
    arena_wipe(&a);
}

/* More clients than slots: keys are pushed out and come back, and each opens its own only. */
static void more_clients_than_the_cache_holds_all_open(void **state UNUSED)
{
    enum { N = CACHE_SLOTS + CACHE_SLOTS / 4 };
    struct arena a;
    unsigned char practice[SEAL_WRAPPED_BYTES];
    arena_init(&a, 128 << 20);
    struct keys *k = keys_new(&a, keyring_for_tests());
    struct seal_item *items = arena_array(&a, struct seal_item, N);
    assert_int_equal(seal_practice_make(k, 5, SEAL_IDENTITY, practice), RC_OK);
    assert_int_equal(seal_epoch_make(k, 5, 1, practice), RC_OK);
    assert_int_equal(seal_epoch_load(k, 5, 1, (struct bytes){practice, sizeof(practice)}), RC_OK);
    for (int i = 0; i < N; i++) {
        struct bytes w;
        struct id who = id_derive(0, (uint64_t)i);
        assert_int_equal(seal_client_make(&a, k, 5, who, SEAL_IDENTITY, &w), RC_OK);
        items[i] =
            (struct seal_item){.where = {5, who, "client", who, SEAL_IDENTITY, 1},
                               .wrapped = w,
                               .in = {(const unsigned char *)arena_strdup(&a, who.s), ID_LEN}};
    }
    assert_int_equal(seal_close_many(&a, k, items, N), RC_OK);
    for (int i = 0; i < N; i++)
        items[i].in = items[i].out;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(seal_open_many(&a, k, items, N), RC_OK);
        for (int i = 0; i < N; i++)
            assert_string_equal((const char *)items[i].out.p, items[i].where.client.s);
    }
    int n_used = 0;
    for (int i = 0; i < CACHE_SLOTS; i++)
        n_used += k->ring->cache[i].name[0] != 0;
    assert_in_range(n_used, CACHE_SLOTS / 2, CACHE_SLOTS);
    keyring_free(k->ring);
    arena_wipe(&a);
}

static void many_practices_are_held_at_once(void **state UNUSED)
{
    enum { N = 500 };
    static unsigned char wrapped[N][SEAL_WRAPPED_BYTES];
    struct arena a;
    arena_init(&a, 16 << 20);
    struct keys *one = keys_new(&a, keyring_for_tests());
    for (int64_t p = 0; p < N; p++)
        assert_int_equal(seal_practice_make(one, p * 1000003, SEAL_IDENTITY, wrapped[p]), RC_OK);
    for (int64_t p = 0; p < N; p++) { /* loading again changes nothing */
        struct seal_item it = {
            .where = {.practice = p * 1000003, .table = "t", .cls = SEAL_IDENTITY}};
        assert_int_equal(seal_close_many(&a, one, &it, 1), RC_OK);
        assert_int_equal(seal_practice_load(one, p * 1000003, SEAL_IDENTITY,
                                            (struct bytes){wrapped[p], SEAL_WRAPPED_BYTES}),
                         RC_OK);
        it.in = it.out;
        assert_int_equal(seal_open_many(&a, one, &it, 1), RC_OK);
    }
    assert_int_equal(one->ring->n_practices, N);
    keyring_free(one->ring);
    arena_wipe(&a);
}

static void keyed_hashes_depend_on_key_purpose_and_value(void **state UNUSED)
{
    struct arena a;
    arena_init(&a, 1 << 16);
    struct keys *one = keys_new(&a, keyring_for_tests()), *two = keys_new(&a, keyring_for_tests());
    struct bytes v = {(const unsigned char *)"a@example.org", 13}, cut = {v.p, 12};
    unsigned char h[7][32];
    assert_int_equal(seal_index(one, "login", v, h[0]), RC_OK);
    assert_int_equal(seal_index(two, "login", v, h[1]), RC_OK);
    assert_int_equal(seal_index(one, "token", v, h[2]), RC_OK);
    assert_int_equal(seal_index(one, "login", cut, h[3]), RC_OK);
    seal_mac("token of one", "login", v, h[4]);
    assert_int_equal(seal_index(one, "logina", (struct bytes){v.p + 1, 12}, h[5]),
                     RC_OK); /* purpose and value do not run together */
    seal_mac("token of two", "login", v, h[6]);
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(h[i], h[j], 32);
    assert_int_equal(seal_index(one, "login", v, h[1]), RC_OK);
    assert_memory_equal(h[0], h[1], 32);
    keyring_free(one->ring);
    keyring_free(two->ring);
    arena_wipe(&a);
}

static void hashes_are_blake2b(void **state UNUSED)
{
    static const unsigned char of_abc[] = {/* BLAKE2b-256("abc") */
                                           0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72,
                                           0x31, 0x71, 0xef, 0x3f, 0xee, 0x98, 0x57, 0x9b,
                                           0x94, 0x96, 0x4e, 0x3b, 0xb1, 0xcb, 0x3e, 0x42,
                                           0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19};
    unsigned char h[32];
    seal_hash((struct bytes){(const unsigned char *)"abc", 3}, h);
    assert_memory_equal(h, of_abc, 32);
}

static void tokens_are_long_and_different(void **state UNUSED)
{
    char a[44], b[44];
    seal_token(a);
    seal_token(b);
    assert_int_equal(strlen(a), 43);
    assert_int_equal(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     43);
    assert_string_not_equal(a, b);
    assert_true(seal_equal(a, a, 43));
    assert_false(seal_equal(a, b, 43));
}

int main(void)
{
#define IN_DIR(test_) cmocka_unit_test_setup_teardown(test_, in_new_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        IN_DIR(a_new_key_file_is_private_and_opens),
        IN_DIR(an_existing_key_file_is_never_replaced),
        IN_DIR(a_missing_key_file_is_told_apart),
        IN_DIR(a_key_file_that_others_may_read_is_refused),
        IN_DIR(what_is_not_a_file_is_refused),
        IN_DIR(a_damaged_key_file_is_refused),
        IN_DIR(a_key_file_with_a_passphrase_opens_with_it_alone),
        IN_DIR(the_same_file_opens_what_it_closed),
        cmocka_unit_test(two_keyrings_do_not_open_each_other),
        cmocka_unit_test(a_wrapped_practice_key_is_bound_to_practice_and_class),
        cmocka_unit_test(a_client_key_needs_its_practice_its_epoch_and_a_client),
        cmocka_unit_test(more_clients_than_the_cache_holds_all_open),
        cmocka_unit_test(many_practices_are_held_at_once),
        cmocka_unit_test(keyed_hashes_depend_on_key_purpose_and_value),
        cmocka_unit_test(hashes_are_blake2b),
        cmocka_unit_test(tokens_are_long_and_different),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
