/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_passkey.c - keys of three algorithms; everything a browser says is believed only as signed.
 */
#include "auth/encode.h"
#include "auth/passkey.h"
#include "auth_test.h"
#include "soft_key.h"

static const char site[] = "practice.example.org";
#define GET_JSON                                                                                   \
    "{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"https://"                      \
    "practice.example.org\","                                                                      \
    "\"crossOrigin\":false}"

static struct bytes text(const char *s)
{
    return (struct bytes){(const unsigned char *)s, strlen(s)};
}

static struct relying_party party(const char *id)
{
    struct relying_party rp = {.id = id};
    soft_sha256(text(id), rp.hash);
    return rp;
}

static struct passkey_answer answer_of(const struct soft_key *k, const char *rp_id, unsigned flags,
                                       uint32_t counter)
{
    struct passkey_answer a = {.client_data = text(GET_JSON),
                               .auth_data = soft_data(&arena, k, rp_id, flags, counter)};
    a.signature = soft_sign(&arena, k, a.auth_data, a.client_data);
    return a;
}

static void each_algorithm_registers_and_signs_in(void **state UNUSED)
{
    static const int algs[] = {-7, -8, -257};
    struct relying_party rp = party(site);
    for (size_t i = 0; i < N_ELEMS(algs); i++) {
        struct soft_key k;
        struct passkey key;
        uint32_t counter = 0;
        soft_key_make(&k, algs[i], 7);
        struct bytes data = soft_data(&arena, &k, site, SOFT_UP | SOFT_UV | SOFT_AT, 1);
        assert_int_equal(passkey_read(&arena, &rp, data, &key), RC_OK);
        assert_int_equal(key.alg, algs[i]);
        assert_int_equal(key.credential.len, SOFT_ID_BYTES);
        assert_memory_equal(key.credential.p, k.id, SOFT_ID_BYTES);
        assert_int_equal(key.counter, 1);
        struct passkey_answer a = answer_of(&k, site, SOFT_UP | SOFT_UV, 2);
        assert_int_equal(passkey_check(&rp, &key, &a, &counter), RC_OK);
        assert_int_equal(counter, 2);
        soft_key_free(&k);
    }
}

static void anything_changed_is_not_signed(void **state UNUSED)
{
    struct relying_party rp = party(site);
    struct soft_key k, other;
    struct passkey key;
    uint32_t counter;
    soft_key_make(&k, -7, 7);
    soft_key_make(&other, -7, 7);
    assert_int_equal(passkey_read(&arena, &rp,
                                  soft_data(&arena, &k, site, SOFT_UP | SOFT_UV | SOFT_AT, 0),
                                  &key),
                     RC_OK);
    struct passkey_answer a = answer_of(&other, site, SOFT_UP | SOFT_UV, 1);
    assert_int_equal(passkey_check(&rp, &key, &a, &counter), RC_DENIED); /* another's key */
    for (int part = 0; part < 3; part++) {
        a = answer_of(&k, site, SOFT_UP | SOFT_UV, 1);
        struct bytes *b = part == 0 ? &a.client_data : part == 1 ? &a.auth_data : &a.signature;
        for (size_t i = 0; i < b->len; i++) {
            unsigned char *p = arena_alloc(&arena, b->len);
            memcpy(p, b->p, b->len);
            p[i] ^= 1;
            struct bytes was = *b;
            *b = (struct bytes){p, was.len};
            assert_int_equal(passkey_check(&rp, &key, &a, &counter), RC_DENIED);
            *b = was;
        }
        assert_int_equal(passkey_check(&rp, &key, &a, &counter), RC_OK);
    }
    soft_key_free(&k);
    soft_key_free(&other);
}

static void other_sites_and_unverified_people_are_refused(void **state UNUSED)
{
    struct relying_party rp = party(site);
    static const struct {
        const char *rp_id;
        unsigned flags;
    } cases[] = {{"evil.example", SOFT_UP | SOFT_UV},
                 {"example.org", SOFT_UP | SOFT_UV},
                 {site, SOFT_UP},
                 {site, SOFT_UV},
                 {site, 0}};
    struct soft_key k;
    struct passkey key, none;
    uint32_t counter;
    soft_key_make(&k, -7, 7);
    struct bytes data = soft_data(&arena, &k, site, SOFT_UP | SOFT_UV | SOFT_AT, 0);
    assert_int_equal(passkey_read(&arena, &rp, data, &key), RC_OK);
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct passkey_answer a = answer_of(&k, cases[i].rp_id, cases[i].flags, 1);
        assert_int_equal(passkey_check(&rp, &key, &a, &counter), RC_DENIED);
        data = soft_data(&arena, &k, cases[i].rp_id, cases[i].flags | SOFT_AT, 0);
        assert_int_equal(passkey_read(&arena, &rp, data, &none), RC_INVALID);
    }
    soft_key_free(&k);
}

static void counter_that_does_not_grow_is_a_copied_key(void **state UNUSED)
{
    static const struct {
        uint32_t was, is;
        enum rc rc;
    } cases[] = {{0, 0, RC_OK},       {0, 1, RC_OK},       {5, 6, RC_OK},
                 {5, 5, RC_CONFLICT}, {5, 4, RC_CONFLICT}, {5, 0, RC_CONFLICT}};
    struct relying_party rp = party(site);
    struct soft_key k;
    struct passkey key;
    soft_key_make(&k, -8, 7);
    struct bytes data = soft_data(&arena, &k, site, SOFT_UP | SOFT_UV | SOFT_AT, 0);
    assert_int_equal(passkey_read(&arena, &rp, data, &key), RC_OK);
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        uint32_t counter = 0;
        key.counter = cases[i].was;
        struct passkey_answer a = answer_of(&k, site, SOFT_UP | SOFT_UV, cases[i].is);
        assert_int_equal(passkey_check(&rp, &key, &a, &counter), cases[i].rc);
    }
    soft_key_free(&k);
}

static void client_data_is_read_strictly(void **state UNUSED)
{
    static const struct {
        const char *json;
        enum rc rc;
    } cases[] = {
        {GET_JSON, RC_OK},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"o\"}", RC_OK},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"o\",\"new\":{\"a\":1}}",
         RC_OK},
        {"{\"type\":\"webauthn.create\",\"challenge\":\"AQID\",\"origin\":\"o\"}", RC_INVALID},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQI=\",\"origin\":\"o\"}", RC_INVALID},
        {"{\"type\":\"webauthn.get\",\"challenge\":1,\"origin\":\"o\"}", RC_INVALID},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQID\"}", RC_INVALID},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"o\",\"origin\":\"p\"}",
         RC_INVALID},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"o\",\"crossOrigin\":true}",
         RC_INVALID},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"o\",\"crossOrigin\":"
         "\"0\"}",
         RC_INVALID},
        {"{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"o\",\"topOrigin\":\"p\"}",
         RC_INVALID},
        {"{\"x\":{\"type\":\"webauthn.get\",\"challenge\":\"AQID\",\"origin\":\"o\"}}", RC_INVALID},
        {GET_JSON " ", RC_OK},
        {GET_JSON "x", RC_INVALID},
        {"", RC_INVALID},
        {"[]", RC_INVALID},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct client_data d;
        enum rc rc = passkey_client_data(&arena, text(cases[i].json), "webauthn.get", &d);
        if (rc != cases[i].rc)
            fail_msg("%s: rc %d", cases[i].json, rc);
        if (rc == RC_OK)
            assert_memory_equal(d.challenge.p, "\1\2\3", 3);
    }
}

static void data_cut_anywhere_is_no_key(void **state UNUSED)
{
    struct relying_party rp = party(site);
    struct soft_key k;
    struct passkey key;
    soft_key_make(&k, -7, 7);
    struct bytes data = soft_data(&arena, &k, site, SOFT_UP | SOFT_UV | SOFT_AT, 0);
    for (size_t n = 0; n < data.len; n++)
        assert_int_equal(passkey_read(&arena, &rp, (struct bytes){data.p, n}, &key), RC_INVALID);
    soft_key_free(&k);
}

static void base64url_there_and_back(void **state UNUSED)
{
    unsigned char all[256];
    struct bytes back;
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)(i * 7 + 3);
    for (size_t n = 0; n <= sizeof(all); n++) {
        const char *s = base64url_format(&arena, (struct bytes){all, n});
        assert_int_equal(base64url_parse(&arena, s, &back), RC_OK);
        assert_int_equal(back.len, n);
        assert_memory_equal(back.p, all, n);
    }
    static const char *const bad[] = {"A", "AB", "A=", "AQI=", "A+/A", "AAAAA", "AA A"};
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_int_equal(base64url_parse(&arena, bad[i], &back), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_algorithm_registers_and_signs_in),
        cmocka_unit_test(anything_changed_is_not_signed),
        cmocka_unit_test(other_sites_and_unverified_people_are_refused),
        cmocka_unit_test(counter_that_does_not_grow_is_a_copied_key),
        cmocka_unit_test(client_data_is_read_strictly),
        cmocka_unit_test(data_cut_anywhere_is_no_key),
        cmocka_unit_test(base64url_there_and_back),
    };
    return cmocka_run_group_tests(tests, open_arena, wipe_arena);
}
