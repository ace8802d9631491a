/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_record_pack.c - a class of fields as bytes, sealed, and back. */
#include "record/tests/support_record.h"

static struct sample full(void)
{
    struct sample s;
    record_init(&sample_type, &s);
    s.name = "In\xc3\xa9s";
    s.remark = "what was said";
    s.phone = "+34 600 123 456";
    s.birth_date = days_from_civil(1990, 11, 23);
    s.start_min = 0;
    s.n_sessions = 12;
    s.fee_cents = -7050;
    s.starts_ms = INT64_C(1782892800000);
    s.state = SAMPLE_CLOSED;
    s.way = 1;
    s.days = 6;
    s.is_urgent = true;
    s.room = id_derive(3, 4);
    return s;
}

static void what_is_packed_unpacks_the_same(void **state)
{
    (void)state;
    struct sample s = full(), back;
    struct bytes identity, clinical;
    record_init(&sample_type, &back);
    back.email = "old@example.org"; /* not in the pack: unset by unpacking */
    assert_int_equal(record_pack(&cx, &sample_type, SEAL_IDENTITY, &s, &identity), RC_OK);
    assert_int_equal(record_pack(&cx, &sample_type, SEAL_CLINICAL, &s, &clinical), RC_OK);
    assert_int_equal(record_unpack(&cx, &sample_type, SEAL_IDENTITY, identity, &back), RC_OK);
    assert_null(back.remark);
    assert_int_equal(record_unpack(&cx, &sample_type, SEAL_CLINICAL, clinical, &back), RC_OK);
    assert_string_equal(record_changed(&arena, &sample_type, &s, &back), "");
    assert_null(back.email);
    assert_int_equal(back.fee_cents, -7050);
    assert_int_equal(back.start_min, 0);
}

static void a_class_holds_its_own_fields_only(void **state)
{
    (void)state;
    struct sample s = full();
    struct bytes plain;
    assert_int_equal(record_pack(&cx, &sample_type, SEAL_IDENTITY, &s, &plain), RC_OK);
    assert_int_equal(plain.p[0], 1);
    assert_non_null(memmem(plain.p, plain.len, "name\0In\xc3\xa9s", 11));
    assert_null(memmem(plain.p, plain.len, "what was said", 13));
    assert_null(memmem(plain.p, plain.len, "email", 5)); /* empty: left out */
    assert_int_equal(record_pack(&cx, &sample_type, SEAL_CLINICAL, &s, &plain), RC_OK);
    assert_null(memmem(plain.p, plain.len, "name", 4));
}

static enum rc unpack(const char *p, size_t n, struct sample *ret)
{
    *ret = full();
    return record_unpack(&cx, &sample_type, SEAL_IDENTITY,
                         (struct bytes){(const unsigned char *)p, n}, ret);
}
#define UNPACK(s_, ret_) unpack(s_, sizeof(s_), ret_)

static void unknown_keys_of_old_rows_are_ignored(void **state)
{
    (void)state;
    struct sample s;
    assert_int_equal(UNPACK("\1gone\0x\0name\0Ada\0remark\0another class", &s), RC_OK);
    assert_string_equal(s.name, "Ada");
    assert_string_equal(s.remark, "what was said"); /* clinical: not of this pack */
    assert_int_equal(s.birth_date, DATE_NONE);
    assert_int_equal(unpack(NULL, 0, &s), RC_OK);
    assert_null(s.name);
}

static void damaged_packs_are_broken(void **state)
{
    (void)state;
    struct sample s;
    assert_int_equal(UNPACK("\2name\0Ada", &s), RC_BROKEN);
    assert_int_equal(UNPACK("\1name", &s), RC_BROKEN);
    assert_int_equal(unpack("\1name\0Ad", 8, &s), RC_BROKEN);
    assert_int_equal(UNPACK("\1birth_date\0"
                            "1990-13-01",
                            &s),
                     RC_BROKEN);
    assert_int_equal(UNPACK("\1state\0gone", &s), RC_BROKEN);
    assert_int_equal(UNPACK("\1days\0mon,sun", &s), RC_BROKEN);
    assert_int_equal(UNPACK("\1fee_cents\0"
                            "7x",
                            &s),
                     RC_BROKEN);
    assert_int_equal(UNPACK("\1room\0short", &s), RC_BROKEN);
}

static void a_record_too_large_to_store_is_refused(void **state)
{
    (void)state;
    struct sample s = full();
    char *much = arena_alloc(&arena, (1 << 20) + 1);
    memset(much, 'x', 1 << 20);
    s.name = much;
    struct bytes plain;
    cx.n_errs = 0;
    assert_int_equal(record_pack(&cx, &sample_type, SEAL_IDENTITY, &s, &plain), RC_INVALID);
}

static void sealed_with_its_row_and_nowhere_else(void **state)
{
    (void)state;
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct id row = id_derive(1, 1), other = id_derive(1, 2), none = {0};
    struct sample s = full(), back = s;
    struct bytes sealed;
    cx.keys = keys_new(&arena, keyring_for_tests());
    assert_int_equal(seal_practice_make(cx.keys, 1, SEAL_IDENTITY, wrapped), RC_OK);
    assert_int_equal(
        seal_practice_load(cx.keys, 1, SEAL_IDENTITY, (struct bytes){wrapped, sizeof(wrapped)}),
        RC_OK);
    assert_int_equal(
        record_seal(&cx, &sample_type, SEAL_IDENTITY, none, (struct bytes){0}, row, 2, &s, &sealed),
        RC_OK);
    assert_null(memmem(sealed.p, sealed.len, "name", 4));
    assert_int_equal(record_unseal(&cx, &sample_type, SEAL_IDENTITY, none, (struct bytes){0}, row,
                                   2, sealed, &back),
                     RC_OK);
    assert_string_equal(record_changed(&arena, &sample_type, &s, &back), "");
    assert_int_equal(record_unseal(&cx, &sample_type, SEAL_IDENTITY, none, (struct bytes){0}, other,
                                   2, sealed, &back),
                     RC_BROKEN);
    assert_int_equal(record_unseal(&cx, &sample_type, SEAL_IDENTITY, none, (struct bytes){0}, row,
                                   3, sealed, &back),
                     RC_BROKEN);
    keyring_free(cx.keys->ring);
    cx.keys = NULL;
}

static void changed_fields_are_named_without_their_values(void **state)
{
    (void)state;
    struct sample was = full(), is = full();
    is.name = "Eva";
    is.birth_date = DATE_NONE;
    is.days = 0;
    is.is_urgent = false;
    is.email = ""; /* the same as NULL */
    assert_string_equal(record_changed(&arena, &sample_type, &was, &is),
                        "name,birth_date,days,is_urgent");
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(what_is_packed_unpacks_the_same),
        cmocka_unit_test(a_class_holds_its_own_fields_only),
        cmocka_unit_test(unknown_keys_of_old_rows_are_ignored),
        cmocka_unit_test(damaged_packs_are_broken),
        cmocka_unit_test(a_record_too_large_to_store_is_refused),
        cmocka_unit_test(sealed_with_its_row_and_nowhere_else),
        cmocka_unit_test(changed_fields_are_named_without_their_values),
    };
    return cmocka_run_group_tests(t, open_cx, close_cx);
}
