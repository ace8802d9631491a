/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_totp.c - one-time codes: the vectors of the RFC, the window, no replay. */
#include "auth/totp.h"
#include "auth_test.h"

static const unsigned char secret[] = "12345678901234567890"; /* RFC 6238, appendix B */

static void codes_are_those_of_the_rfc(void **state UNUSED)
{
    static const struct {
        int64_t at_s;
        const char *code;
    } vectors[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                   {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    for (size_t i = 0; i < N_ELEMS(vectors); i++) {
        char code[9];
        assert_int_equal(totp_code(secret, 20, vectors[i].at_s / 30, 8, code), RC_OK);
        assert_string_equal(code, vectors[i].code);
    }
}

static void neighbouring_steps_are_taken_and_no_others(void **state UNUSED)
{
    enum { NOW = 1111111111 / 30 };
    for (int64_t off = -3; off <= 3; off++) {
        char code[9];
        int64_t step = 0;
        assert_int_equal(totp_code(secret, 20, NOW + off, 6, code), RC_OK);
        enum rc rc = totp_check(secret, INT64_C(1111111111000), 0, code, &step);
        assert_int_equal(rc, off >= -1 && off <= 1 ? RC_OK : RC_DENIED);
        if (rc == RC_OK)
            assert_int_equal(step, NOW + off);
    }
}

static void used_code_and_those_before_it_are_refused(void **state UNUSED)
{
    int64_t step = 0;
    const int64_t now_ms = INT64_C(1111111111000);
    assert_int_equal(totp_check(secret, now_ms, 0, "050 471", &step), RC_OK);
    assert_int_equal(totp_check(secret, now_ms, step, "050471", &step), RC_DENIED);
    char before[9];
    assert_int_equal(totp_code(secret, 20, step - 1, 6, before), RC_OK);
    assert_int_equal(totp_check(secret, now_ms, step, before, &step), RC_DENIED);
}

static void what_is_not_six_digits_is_refused(void **state UNUSED)
{
    static const char *const codes[] = {"", "05047", "0504711", "05047x", "-50471", "      "};
    for (size_t i = 0; i < N_ELEMS(codes); i++) {
        int64_t step;
        assert_int_equal(totp_check(secret, INT64_C(1111111111000), 0, codes[i], &step), RC_DENIED);
    }
}

static void the_address_of_the_code_is_escaped(void **state UNUSED)
{
    const char *uri, *words;
    assert_int_equal(totp_uri(&arena, secret, "ana alba+1@example.org", &uri), RC_OK);
    assert_string_equal(uri, "otpauth://totp/Entracte:ana%20alba%2B1%40example.org"
                             "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Entracte");
    assert_int_equal(totp_secret_format(&arena, secret, &words), RC_OK);
    assert_string_equal(words, "gezd gnbv gy3t qojq gezd gnbv gy3t qojq");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_rfc),
        cmocka_unit_test(neighbouring_steps_are_taken_and_no_others),
        cmocka_unit_test(used_code_and_those_before_it_are_refused),
        cmocka_unit_test(what_is_not_six_digits_is_refused),
        cmocka_unit_test(the_address_of_the_code_is_escaped),
    };
    return cmocka_run_group_tests(tests, open_arena, wipe_arena);
}
