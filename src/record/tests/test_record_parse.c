/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_record_parse.c - what is taken, and what is refused with which sentence. */
#include "record/tests/support_record.h"

/* A good form but for one key, on top of the required ones. */
static struct sample one(const char *key, const char *value, bool is_json, const char *sentence)
{
    struct sample s;
    struct form f = FORM({"name", "Ada"}, {"way", "room"}, {"n_sessions", "1"}, {key, value});
    f.is_json = is_json;
    enum rc rc = parse(f, &s);
    if (sentence == NULL && rc != RC_OK)
        fail_msg("%s = %s: %s", key, value, cx.n_errs > 0 ? cx.errs[0].user : "no sentence");
    if (sentence != NULL) {
        assert_int_equal(rc, RC_INVALID);
        assert_int_equal(cx.n_errs, 1);
        assert_string_equal(cx.errs[0].field, key);
        assert_string_equal(cx.errs[0].user, sentence);
    }
    return s;
}
static struct sample good(const char *key, const char *value)
{
    return one(key, value, false, NULL);
}
static void bad(const char *key, const char *value, const char *sentence)
{
    one(key, value, false, sentence);
}

static void every_kind_is_read_from_a_form(void **state)
{
    (void)state;
    struct id room = id_derive(1, 2);
    struct sample s;
    struct form f = FORM(
        {"csrf", "t"}, {"name", " Ada  "}, {"remark", "a\r\nb\rc\n"}, {"email", "ada@example.org"},
        {"phone", "+34 600-123-456"}, {"birth_date", "23/11/1990"}, {"start_min", "09:30"},
        {"n_sessions", "12"}, {"fee_cents", "1,234.50 "}, {"balance_cents", "-7"},
        {"starts_ms", "2026-07-01T10:00"}, {"fee_cents", "70"}, {"state", "closed"},
        {"way", "video"}, {"days", ""}, {"days", "mon"}, {"days", "wed"}, {"is_urgent", "0"},
        {"room", room.s}, {"version", "3"}, {"next", "/"});
    assert_int_equal(parse(f, &s), RC_OK);
    assert_string_equal(s.name, "Ada");
    assert_string_equal(s.remark, "a\nb\nc\n");
    assert_string_equal(s.phone, "+34 600-123-456");
    assert_int_equal(s.birth_date, days_from_civil(1990, 11, 23));
    assert_int_equal(s.start_min, 570);
    assert_int_equal(s.n_sessions, 12);
    assert_int_equal(s.fee_cents, 7000);
    assert_int_equal(s.balance_cents, -700);
    assert_int_equal(s.starts_ms, INT64_C(1782892800000)); /* 08:00 UTC */
    assert_int_equal(s.state, SAMPLE_CLOSED);
    assert_int_equal(s.way, 1);
    assert_int_equal(s.days, 5);
    assert_false(s.is_urgent);
    assert_true(id_eq(s.room, room));
}

static void every_kind_is_read_from_json(void **state)
{
    (void)state;
    static const char text[] = "{\"name\":\"Ada\",\"birth_date\":\"1990-11-23\",\"start_min\":null,"
                               "\"n_sessions\":12,\"fee_cents\":7050,"
                               "\"starts_ms\":\"2026-07-01T10:00+02:00\",\"way\":\"video\","
                               "\"days\":[\"tue\",\"wed\"],\"is_urgent\":true}";
    struct form f;
    struct sample s;
    assert_int_equal(form_parse_json(&arena, text, sizeof(text) - 1, &f), RC_OK);
    assert_int_equal(parse(f, &s), RC_OK);
    assert_int_equal(s.birth_date, days_from_civil(1990, 11, 23));
    assert_int_equal(s.start_min, -1);
    assert_int_equal(s.fee_cents, 7050);
    assert_int_equal(s.starts_ms, INT64_C(1782892800000));
    assert_int_equal(s.days, 6);
    assert_true(s.is_urgent);
}

static void json_takes_canonical_values_only(void **state)
{
    (void)state;
    one("birth_date", "23/11/1990", true, "Write the date as 2026-11-23.");
    one("fee_cents", "70.50", true, "Write the amount in cents, as a whole number.");
    one("fee_cents", "100001", true, "Write an amount from 0 to 100000.");
    one("starts_ms", "2026-07-01T10:00", true, "Write the time as 2026-11-23T10:00+01:00.");
    one("way", "boat", true, "Choose one of: room, video.");
    one("days", "sun", true, "Choose one of: mon, tue, wed.");
    assert_int_equal(one("starts_ms", "2026-07-01T08:00:00Z", true, NULL).starts_ms,
                     INT64_C(1782892800000));
}

static void json_of_another_kind_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *json, *field, *sentence;
    } wrong[] = {
        {"{\"name\":true}", "name", "Send a text here, in quotes."},
        {"{\"name\":12}", "name", "Send a text here, in quotes."},
        {"{\"name\":[]}", "name", "Send a text here, in quotes."},
        {"{\"name\":{\"a\":\"x\"}}", "name.a", "There is no field called \"name.a\" here."},
        {"{\"name\":[[\"x\"]]}", "name.0.0", "There is no field called \"name.0.0\" here."},
        {"{\"birth_date\":19901123}", "birth_date", "Send a text here, in quotes."},
        {"{\"n_sessions\":true}", "n_sessions", "Send a number here, without quotes."},
        {"{\"n_sessions\":\"12\"}", "n_sessions", "Send a number here, without quotes."},
        {"{\"fee_cents\":true}", "fee_cents", "Send a number here, without quotes."},
        {"{\"fee_cents\":{}}", "fee_cents", "Send a number here, without quotes."},
        {"{\"way\":1}", "way", "Send a text here, in quotes."},
        {"{\"is_urgent\":1}", "is_urgent", "Send true or false here."},
        {"{\"is_urgent\":\"1\"}", "is_urgent", "Send true or false here."},
        {"{\"is_urgent\":[]}", "is_urgent", "Send true or false here."},
        {"{\"days\":\"mon\"}", "days", "Send a list here."},
        {"{\"days\":[1]}", "days.0", "Send a text here, in quotes."},
        {"{\"room\":true}", "room", "Send a text here, in quotes."},
        {"{\"version\":true}", "version", "Send a number here, without quotes."},
        {"{\"version\":\"1\"}", "version", "Send a number here, without quotes."},
        {"{\"next\":false}", "next", "Send a text here, in quotes."},
    };
    for (size_t i = 0; i < N_ELEMS(wrong); i++) {
        struct form f;
        struct sample s;
        assert_int_equal(form_parse_json(&arena, wrong[i].json, strlen(wrong[i].json), &f), RC_OK);
        assert_int_equal(parse(f, &s), RC_INVALID);
        const char *said = cx_err(&cx, wrong[i].field);
        if (said == NULL)
            fail_msg("%s: nothing is said of %s", wrong[i].json, wrong[i].field);
        assert_string_equal(said, wrong[i].sentence);
    }
}

static void what_is_read_by_hand_is_checked_too(void **state)
{
    (void)state;
    static const struct form_key keys[] = {{"sign", FORM_BOOL},
                                           {"fee", FORM_NUMBER},
                                           {"tasks", FORM_EMPTY},
                                           {"tasks.", FORM_WORDS},
                                           {0}};
    static const struct {
        const char *json, *wrong;
    } sent[] = {
        {"{\"sign\":true,\"fee\":7000,\"tasks\":[],\"version\":2,\"csrf\":\"x\"}", NULL},
        {"{\"sign\":null,\"fee\":null,\"tasks\":[{\"title\":1}]}", NULL},
        {"{\"sign\":\"1\"}", "sign"},
        {"{\"sign\":1}", "sign"},
        {"{\"fee\":true}", "fee"},
        {"{\"tasks\":true}", "tasks"},
        {"{\"tusks\":true}", "tusks"},
        {"{\"version\":true}", "version"},
    };
    for (size_t i = 0; i < N_ELEMS(sent); i++) {
        struct form f;
        cx.n_errs = 0;
        assert_int_equal(form_parse_json(&arena, sent[i].json, strlen(sent[i].json), &f), RC_OK);
        enum rc rc = form_check(&cx, &f, keys);
        assert_int_equal(rc, sent[i].wrong == NULL ? RC_OK : RC_INVALID);
        if (sent[i].wrong != NULL && cx_err(&cx, sent[i].wrong) == NULL)
            fail_msg("%s: %s is not named", sent[i].json, sent[i].wrong);
    }
    bool is_on = false;
    struct form yes = FORM({"sign", "yes"}), one = FORM({"sign", "1"}), none = {0};
    assert_int_equal(form_flag(&cx, &yes, "sign", &is_on), RC_INVALID);
    assert_int_equal(form_flag(&cx, &one, "sign", &is_on), RC_OK);
    assert_true(is_on);
    assert_int_equal(form_flag(&cx, &none, "sign", &is_on), RC_OK);
    assert_false(is_on);
}

static void only_the_keys_sent_change(void **state)
{
    (void)state;
    struct sample s = good("birth_date", "1990-11-23");
    s.days = 7;
    struct form f = FORM({"name", "Eva"});
    assert_int_equal(record_parse(&cx, &sample_type, &f, NULL, &s), RC_OK);
    assert_string_equal(s.name, "Eva");
    assert_int_equal(s.birth_date, days_from_civil(1990, 11, 23));
    assert_int_equal(s.days, 7);
}

static void an_empty_value_unsets(void **state)
{
    (void)state;
    assert_int_equal(good("birth_date", " ").birth_date, DATE_NONE);
    assert_int_equal(good("start_min", "").start_min, -1);
    assert_int_equal(good("fee_cents", "").fee_cents, 0);
    assert_int_equal(good("starts_ms", "").starts_ms, 0);
    assert_int_equal(good("days", "").days, 0);
    assert_false(id_is_set(good("room", "").room));
}

static void the_last_of_hidden_and_ticked_box_counts(void **state)
{
    (void)state;
    struct sample s;
    struct form ticked =
        FORM({"name", "A"}, {"way", "room"}, {"is_urgent", "0"}, {"is_urgent", "1"});
    assert_int_equal(parse(ticked, &s), RC_OK);
    assert_true(s.is_urgent);
    bad("is_urgent", "yes", "Tick the box or leave it empty.");
}

static void required_fields_are_asked_for_even_when_left_out(void **state)
{
    (void)state;
    struct sample s;
    assert_int_equal(parse((struct form){0}, &s), RC_INVALID);
    assert_int_equal(cx.n_errs, 2);
    assert_string_equal(cx_err(&cx, "name"), "Fill this in.");
    assert_string_equal(cx_err(&cx, "way"), "Choose one.");
    assert_int_equal(parse(FORM({"name", " \t "}, {"way", ""}), &s), RC_INVALID);
    assert_string_equal(cx_err(&cx, "name"), "Fill this in.");
    assert_string_equal(cx_err(&cx, "way"), "Choose one.");
}

static void all_errors_are_collected_in_table_order(void **state)
{
    (void)state;
    struct sample s;
    struct form f = FORM({"way", "x"}, {"birth_date", "x"}, {"name", "Ada"}, {"start_min", "x"});
    assert_int_equal(parse(f, &s), RC_INVALID);
    assert_int_equal(cx.n_errs, 3);
    assert_string_equal(cx.errs[0].field, "birth_date");
    assert_string_equal(cx.errs[2].field, "way");
}

static void unknown_and_readonly_keys_are_refused_by_name(void **state)
{
    (void)state;
    bad("is_admin", "1", "There is no field called \"is_admin\" here.");
    bad("name.0", "x", "There is no field called \"name.0\" here.");
    bad("days.x", "mon", "There is no field called \"days.x\" here.");
    bad("office", "x", "\"Office\" cannot be changed here.");
}

static void keys_of_the_page_are_let_through(void **state)
{
    (void)state;
    static const struct form_key also[] = {{"sign", FORM_BOOL}, {"tasks.", FORM_WORDS}, {0}};
    struct sample s;
    struct form f = FORM({"name", "A"}, {"way", "room"}, {"sign", "1"}, {"tasks.0.title", "x"});
    cx.n_errs = 0;
    record_init(&sample_type, &s);
    assert_int_equal(record_parse(&cx, &sample_type, &f, also, &s), RC_OK);
    form_add(&arena, &f, "signs", "1");
    assert_int_equal(record_parse(&cx, &sample_type, &f, also, &s), RC_INVALID);
}

static void texts_are_measured_in_characters(void **state)
{
    (void)state;
    assert_string_equal(
        good("name",
             "\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1")
                .name +
            18,
        "\xc3\xb1");
    bad("name", "elevenchars", "Shorten this to 10 characters; it has 11.");
    bad("name", "a\001b", "This text holds a character that cannot be printed.");
    bad("name",
        "a\xc2\x9f"
        "b",
        "This text holds a character that cannot be printed.");
    bad("name", "a\r\nb", "Write this in one line.");
    assert_string_equal(good("name", "a\tb").name, "a b");
    char *much = arena_alloc(&arena, 20002);
    memset(much, 'x', 20001);
    bad("remark", much, "Shorten this to 20,000 characters; it has 20,001.");
    much[20000] = '\0';
    good("remark", much);
}

static void addresses_and_numbers_must_be_plausible(void **state)
{
    (void)state;
    static const char *const no_email[] = {"ada",
                                           "@example.org",
                                           "ada@",
                                           "ada@host",
                                           "a@b@example.org",
                                           "a b@example.org",
                                           "a@example..org",
                                           "a@.org",
                                           "a@example.",
                                           "<a@example.org>"};
    static const char *const no_phone[] = {"1234", "600 CALL ME", "600+123456", "1234567890123456"};
    for (size_t i = 0; i < N_ELEMS(no_email); i++)
        bad("email", no_email[i], "Write the address as name@example.org.");
    for (size_t i = 0; i < N_ELEMS(no_phone); i++)
        bad("phone", no_phone[i], "Write the number in digits, as +34 600 123 456.");
    good("email", "in\xc3\xa9s.r+x@mail.example.org");
    good("phone", "(93) 123.45/67");
}

static void dates_that_do_not_exist_have_their_own_sentence(void **state)
{
    (void)state;
    bad("birth_date", "29/02/2026", "There is no 29 February 2026.");
    bad("birth_date", "2026-02-29", "There is no 29 February 2026.");
    bad("birth_date", "31.4.2026", "There is no 31 April 2026.");
    bad("birth_date", "tomorrow", "Write the date as 23/11/2026.");
    bad("birth_date", "13/13/2026", "Write the date as 23/11/2026.");
    bad("birth_date", "2101-01-01", "Write a date from 1 Jan 1900 to 31 Dec 2100.");
    cx.locale = locale_get("en-US");
    assert_int_equal(good("birth_date", "11/23/2026").birth_date, days_from_civil(2026, 11, 23));
    bad("birth_date", "02/29/2026", "There is no 29 February 2026.");
    cx.locale = locale_get("en-GB");
}

static void amounts_follow_the_locale(void **state)
{
    (void)state;
    cx.locale = locale_get("es-ES");
    assert_int_equal(good("fee_cents", "70,5").fee_cents, 7050);
    bad("fee_cents", "seventy", "Write the amount as 70,50.");
    cx.locale = locale_get("en-GB");
    assert_int_equal(good("fee_cents", "70.50").fee_cents, 7050);
    bad("fee_cents", "-1",
        "Write an amount from \xe2\x82\xac"
        "0.00 to \xe2\x82\xac"
        "1,000.00.");
}

static void numbers_are_strict(void **state)
{
    (void)state;
    static const char *const no[] = {"1x", "+1", "1.0", "0x1", "1e3", "--1", "9223372036854775808"};
    for (size_t i = 0; i < N_ELEMS(no); i++)
        bad("n_sessions", no[i], "Write a whole number.");
    bad("n_sessions", "0", "Write a number from 1 to 50.");
    bad("n_sessions", "-9223372036854775808", "Write a number from 1 to 50.");
    assert_int_equal(good("n_sessions", " 50 ").n_sessions, 50);
}

static void a_time_the_clocks_skip_is_refused(void **state)
{
    (void)state;
    bad("starts_ms", "2026-03-29T02:30",
        "The clocks go forward on 29 March 2026 and skip 02:30. Choose a later time.");
    bad("starts_ms", "2026-03-29", "Write date and time as 2026-11-23T10:00.");
    bad("starts_ms", "1969-12-31T10:00",
        "Write a date and time from 1 Jan 1970, 01:00 to 31 Dec 2100, 01:00.");
    assert_int_equal(good("starts_ms", "2026-10-25T02:30").starts_ms,
                     INT64_C(1792888200000)); /* the first */
    bad("start_min", "24:00", "Write the time as 09:30.");
}

static void rules_of_two_fields_run_last(void **state)
{
    (void)state;
    struct sample s;
    struct form f = FORM({"name", "A"}, {"way", "room"}, {"is_urgent", "1"}, {"state", "closed"});
    assert_int_equal(parse(f, &s), RC_INVALID);
    assert_string_equal(cx_err(&cx, "is_urgent"), "What is closed is not urgent.");
    form_add(&arena, &f, "birth_date", "x");
    assert_int_equal(parse(f, &s), RC_INVALID);
    assert_null(cx_err(&cx, "is_urgent")); /* check() sees whole records only */
}

static void errors_of_a_row_carry_its_place(void **state)
{
    (void)state;
    struct sample s;
    struct form f = FORM({"list.0.name", "A"}, {"list.0.way", "room"}, {"list.1.name", "B"},
                         {"list.1.way", "x"});
    cx.n_errs = 0;
    record_init(&sample_type, &s);
    assert_int_equal(record_parse_row(&cx, &sample_type, &f, "list", 0, NULL, &s), RC_OK);
    assert_int_equal(record_parse_row(&cx, &sample_type, &f, "list", 1, NULL, &s), RC_INVALID);
    assert_int_equal(cx.n_errs, 1);
    assert_string_equal(cx.errs[0].field, "list.1.way");
}

static void a_version_that_is_missing_or_no_number_is_0(void **state)
{
    (void)state;
    struct form none = {0}, bad_one = FORM({"version", "1x"}), some = FORM({"version", "12"});
    assert_int_equal(form_version(&none), 0);
    assert_int_equal(form_version(&bad_one), 0);
    assert_int_equal(form_version(&some), 12);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(every_kind_is_read_from_a_form),
        cmocka_unit_test(every_kind_is_read_from_json),
        cmocka_unit_test(json_takes_canonical_values_only),
        cmocka_unit_test(json_of_another_kind_is_refused_by_name),
        cmocka_unit_test(what_is_read_by_hand_is_checked_too),
        cmocka_unit_test(only_the_keys_sent_change),
        cmocka_unit_test(an_empty_value_unsets),
        cmocka_unit_test(the_last_of_hidden_and_ticked_box_counts),
        cmocka_unit_test(required_fields_are_asked_for_even_when_left_out),
        cmocka_unit_test(all_errors_are_collected_in_table_order),
        cmocka_unit_test(unknown_and_readonly_keys_are_refused_by_name),
        cmocka_unit_test(keys_of_the_page_are_let_through),
        cmocka_unit_test(texts_are_measured_in_characters),
        cmocka_unit_test(addresses_and_numbers_must_be_plausible),
        cmocka_unit_test(dates_that_do_not_exist_have_their_own_sentence),
        cmocka_unit_test(amounts_follow_the_locale),
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(a_time_the_clocks_skip_is_refused),
        cmocka_unit_test(rules_of_two_fields_run_last),
        cmocka_unit_test(errors_of_a_row_carry_its_place),
        cmocka_unit_test(a_version_that_is_missing_or_no_number_is_0),
    };
    return cmocka_run_group_tests(t, open_cx, close_cx);
}
