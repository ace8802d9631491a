/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_factors_web.c - a practice that is no demo: nobody of the staff is in with a password alone.
 * The authenticator is soft_key.h, the app of one-time codes is auth/totp.h. */
#include "factors_world.h"
#include "people_sql.h"
#include "soft_key.h"

static const char site[] = "localhost";

/* --- the way in ----------------------------------------------------------------------------------
 */

static void who_has_no_second_factor_reaches_only_its_setting_up(void **state)
{
    (void)state;
    struct browser b = {0};
    password(&b, "owner");
    static const char *const paths[] = {"/account",       "/practice/staff", "/step-up",
                                        "/second-factor", "/locked",         "/practice/rooms"};
    for (size_t i = 0; i < N_ELEMS(paths); i++) {
        get(&b, paths[i]);
        assert_status(&b.last, 303);
        assert_memory_equal(b.last.location, "/second-factor/new?next=", 24);
    }
    call(&b, (struct web_call){.target = "/account", .accept = "application/json"});
    assert_status(&b.last, 401);
    assert_holds(&b.last, "\"code\":\"second_factor_missing\"");
    get(&b, "/second-factor/new");
    assert_status(&b.last, 200);
    assert_holds(&b.last, "Set up your second factor");
    assert_lacks(&b.last, "class=\"rail\"");
    post(&b, "/account/recovery-codes", "");
    LEADS_TO(&b, "/second-factor/new");
}

static void first_factor_opens_the_session_and_shows_ten_codes_once(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    password(&b, "owner");
    const char *half = b.session;
    get(&b, "/second-factor/new?next=/practice/staff");
    scan(&p, &b.last);
    post(&b, "/second-factor/app", "code=000000&next=/practice/staff");
    assert_status(&b.last, 422);
    assert_holds(&b.last, "This is not the code that the app shows now.");
    post(&b, "/second-factor/app", TEXT_OF("code=%s&next=/practice/staff", code_of(&p)));
    assert_status(&b.last, 200);
    int n = 0;
    for (const char *s = strstr(answer_text(&w, &b.last), "<ol class=\"codes"); s != NULL; n++)
        s = strstr(s + 1, "<li>");
    assert_int_equal(n - 1, 10);
    assert_holds(&b.last, "href=\"/practice/staff\"");
    assert_string_not_equal(half, b.session); /* a new token */
    assert_true(is_in(&b));
    assert_holds(&b.last, "10 codes left");
    assert_holds(&b.last, "An app on your phone");
    b.session = half;
    assert_false(is_in(&b));
}

static void password_alone_opens_nothing(void **state)
{
    (void)state;
    struct browser mine = {0}, thief = {0};
    struct phone p;
    enrol(&mine, &p, "owner");
    password(&thief, "owner");
    get(&thief, "/practice/staff");
    assert_status(&thief.last, 303);
    assert_string_equal(thief.last.location, "/second-factor?next=%2Fpractice%2Fstaff");
    get(&thief, "/second-factor/new"); /* nor sets up a factor of its own */
    assert_memory_equal(thief.last.location, "/second-factor?", 15);
    call(&thief, (struct web_call){.target = "/account", .accept = "application/json"});
    assert_status(&thief.last, 401);
    assert_holds(&thief.last, "\"code\":\"second_factor_needed\"");
    later(31 * INT64_C(60000));
    get(&thief, "/second-factor");
    assert_memory_equal(thief.last.location, "/sign-in", 8); /* half way lasts half an hour */
}

static void code_is_taken_once_and_then_no_more(void **state)
{
    (void)state;
    struct browser a = {0}, b = {0};
    struct phone p;
    enrol(&a, &p, "owner");
    password(&a, "owner");
    password(&b, "owner");
    get(&a, "/second-factor");
    get(&b, "/second-factor");
    const char *code = code_of(&p);
    post(&a, "/second-factor", TEXT_OF("code=%s&next=/practice/rooms", code));
    LEADS_TO(&a, "/practice/rooms");
    post(&b, "/second-factor", TEXT_OF("code=%s", code));
    assert_status(&b.last, 422);
    assert_holds(&b.last, "This code is not right, or was used already.");
    assert_false(is_in(&b));
    assert_true(is_in(&a));
}

static void after_five_wrong_codes_the_right_one_waits_too(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    enrol(&b, &p, "owner");
    password(&b, "owner");
    get(&b, "/second-factor");
    for (int i = 0; i < 5; i++) {
        post(&b, "/second-factor", "code=123123");
        assert_holds(&b.last, "This code is not right");
    }
    post(&b, "/second-factor", TEXT_OF("code=%s", code_of(&p)));
    assert_status(&b.last, 422);
    assert_holds(&b.last, "Too many codes were not right.");
    later(5 * 60000);
    post(&b, "/second-factor", TEXT_OF("code=%s", code_of(&p)));
    assert_status(&b.last, 303);
    assert_true(is_in(&b));
}

static void recovery_code_opens_once_however_it_is_typed(void **state)
{
    (void)state;
    struct browser b = {0}, again = {0};
    struct phone p;
    enrol(&b, &p, "owner");
    const char *code = text_between(&b.last, "<li>", "<");
    assert_int_equal(strlen(code), 19);
    char *typed = arena_strdup(&w.arena, code);
    for (char *c = typed; *c != '\0'; c++)
        *c = *c == '-' ? '+' : *c == '0' ? 'O' : *c;
    password(&b, "owner");
    get(&b, "/second-factor");
    post(&b, "/second-factor", TEXT_OF("code=%s", typed));
    assert_status(&b.last, 303);
    assert_true(is_in(&b));
    assert_holds(&b.last, "9 codes left");
    password(&again, "owner");
    get(&again, "/second-factor");
    post(&again, "/second-factor", TEXT_OF("code=%s", code));
    assert_status(&again.last, 422);
}

static void codes_of_one_person_open_nothing_of_another(void **state)
{
    (void)state;
    struct browser a = {0}, b = {0};
    struct phone pa, pb;
    enrol(&a, &pa, "owner");
    const char *paper = text_between(&a.last, "<li>", "<");
    enrol(&b, &pb, "reception");
    password(&b, "reception");
    get(&b, "/second-factor");
    post(&b, "/second-factor", TEXT_OF("code=%s", code_of(&pa)));
    assert_status(&b.last, 422);
    post(&b, "/second-factor", TEXT_OF("code=%s", paper));
    assert_status(&b.last, 422);
}

/* --- once more ----------------------------------------------------------------------------------
 */

static void what_matters_asks_again_and_goes_on_with_what_was_typed(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    enrol(&b, &p, "owner");
    get(&b, "/practice/staff/new");
    later(6 * 60000);
    post(&b, "/practice/staff",
         "given_name=Nina&family_name=%22Nueva%22&email=nina@example.org&roles.reception=1"
         "&locale=en-GB&password=nine+quiet+lanterns");
    assert_status(&b.last, 403);
    assert_holds(&b.last, "Once more, please");
    assert_holds(&b.last, "name=\"f.family_name\" value=\"&quot;Nueva&quot;\"");
    assert_holds(&b.last, "name=\"back\" value=\"/practice/staff\"");
    post(&b, "/step-up", "code=1&back=/practice/staff&f.given_name=Nina");
    assert_status(&b.last, 422);
    assert_holds(&b.last, "name=\"f.given_name\" value=\"Nina\"");
    const char *was = b.session;
    post(&b, "/step-up",
         TEXT_OF("code=%s&back=/practice/staff&f.given_name=Nina&f.family_name=N", code_of(&p)));
    assert_status(&b.last, 200);
    assert_holds(&b.last, "action=\"/practice/staff\"");
    assert_holds(&b.last, "name=\"family_name\" value=\"N\"");
    assert_string_not_equal(was, b.session);
    post(&b, "/practice/staff",
         "given_name=Nina&family_name=N&email=nina@example.org&roles=reception"
         "&locale=en-GB&password=nine+quiet+lanterns");
    assert_status(&b.last, 303);
    get(&b, "/practice/staff");
    assert_holds(&b.last, "Nina N");
}

static void page_that_asks_again_leads_back_and_json_gets_a_code(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    enrol(&b, &p, "owner");
    later(6 * 60000);
    get(&b, "/second-factor/new");
    LEADS_TO(&b, "/step-up?next=%2Fsecond-factor%2Fnew");
    call(&b, (struct web_call){.target = "/second-factor/new", .accept = "application/json"});
    assert_status(&b.last, 403);
    assert_holds(&b.last, "\"code\":\"step_up\"");
    get(&b, "/step-up?next=%2Fsecond-factor%2Fnew");
    post(&b, "/step-up", TEXT_OF("code=%s&next=/second-factor/new", code_of(&p)));
    LEADS_TO(&b, "/second-factor/new");
    get(&b, "/second-factor/new");
    assert_status(&b.last, 200);
    post(&b, "/step-up", TEXT_OF("code=%s&back=//evil.example", code_of(&p)));
    assert_status(&b.last, 422); /* used; and no other site is gone on to */
    assert_lacks(&b.last, "evil");
}

static void token_of_a_program_becomes_no_session_by_a_code(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    char token[44];
    enrol(&b, &p, "owner");
    OK(token_make(&w.cx, "owner@example.org", token));
    const char *code = code_of(&p), *body = TEXT_OF("code=%s", code);
    struct web_answer a = {0};
    struct web_call c = {.method = POST,
                         .target = "/step-up",
                         .bearer = token,
                         .accept = "application/json",
                         .content_type = "application/x-www-form-urlencoded",
                         .body = {(const unsigned char *)body, strlen(body)}};
    web_call(w.web, w.db, &w.arena, &c, &a);
    assert_status(&a, 403);
    assert_null(strstr(a.headers, "Set-Cookie: entracte_s"));
    get(&b, "/step-up");
    post(&b, "/step-up", TEXT_OF("code=%s&next=/account", code)); /* nor was the code used */
    LEADS_TO(&b, "/account");
}

static void last_factor_stays_and_another_app_ends_other_sessions(void **state)
{
    (void)state;
    struct browser b = {0}, other = {0};
    struct phone p, q;
    enrol(&b, &p, "owner");
    get(&b, "/account");
    post(&b, "/account/app/drop", "");
    assert_status(&b.last, 422);
    assert_holds(&b.last, "This is your only second factor.");
    enter(&other, &p, "owner");
    assert_true(is_in(&other));
    get(&b, "/second-factor/new");
    scan(&q, &b.last);
    post(&b, "/second-factor/app", TEXT_OF("code=%s", code_of(&q)));
    LEADS_TO(&b, "/account");
    assert_true(is_in(&b));
    assert_false(is_in(&other));
    later(TOTP_STEP_MS);
    password(&other, "owner");
    get(&other, "/second-factor");
    post(&other, "/second-factor", TEXT_OF("code=%s", code_of(&p)));
    assert_status(&other.last, 422); /* the old app is worth nothing */
}

static void a_device_is_signed_out_from_another(void **state)
{
    (void)state;
    struct browser a = {0}, b = {0}, stranger = {0};
    struct phone p, q;
    enrol(&a, &p, "owner");
    enter(&b, &p, "owner");
    enrol(&stranger, &q, "reception");
    get(&a, "/account");
    const char *end = text_between(&a.last, "action=\"/account/sessions/", "\"");
    assert_non_null(end);
    get(&stranger, "/account");
    post(&stranger, TEXT_OF("/account/sessions/%s", end), "");
    assert_status(&stranger.last, 404); /* not one of theirs */
    assert_true(is_in(&b));
    get(&a, "/account");
    post(&a, TEXT_OF("/account/sessions/%s", end), "");
    LEADS_TO(&a, "/account");
    assert_false(is_in(&b));
    assert_true(is_in(&a));
}

static void new_browser_is_told_to_the_one_before(void **state)
{
    (void)state;
    struct browser a = {0}, b = {0};
    struct phone p;
    enrol(&a, &p, "owner");
    enter(&a, &p, "owner");
    assert_null(strstr(a.last.headers, "entracte_f=")); /* known: nothing to say */
    enter(&b, &p, "owner");
    assert_non_null(strstr(b.last.headers, "entracte_f="));
    assert_int_equal(b.last.status, 303);
    enter(&b, &p, "owner"); /* which does not count as told */
    assert_null(strstr(b.last.headers, "entracte_f="));
    enter(&a, &p, "owner");
    assert_non_null(strstr(a.last.headers, "entracte_f="));
    enter(&a, &p, "owner");
    assert_null(strstr(a.last.headers, "entracte_f="));
}

/* --- passkeys ------------------------------------------------------------------------------------
 */

static const char *b64(struct bytes b)
{
    return base64url_format(&w.arena, b);
}

static struct bytes json_of(const char *type, const char *challenge, const char *origin)
{
    const char *s = TEXT_OF("{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"}", type,
                            challenge, origin);
    return (struct bytes){(const unsigned char *)s, strlen(s)};
}

static const char *challenge_in(const struct browser *b)
{
    const char *s = text_between(&b->last, "data-challenge=\"", "\"");
    assert_non_null(s);
    return s;
}

static const char *made(const struct soft_key *k, const char *challenge)
{
    struct bytes data = soft_data(&w.arena, k, site, SOFT_UP | SOFT_UV | SOFT_AT, 1);
    return TEXT_OF("name=Key&passkey.credential=%s&passkey.client_data=%s&passkey.auth_data=%s",
                   b64((struct bytes){k->id, sizeof(k->id)}),
                   b64(json_of("webauthn.create", challenge, "http://localhost")), b64(data));
}

struct answering {
    const char *origin, *rp_id, *user;
    unsigned flags;
    uint32_t counter;
};

static const char *answered(const struct soft_key *k, const char *challenge, struct answering how)
{
    struct bytes json = json_of("webauthn.get", challenge,
                                how.origin != NULL ? how.origin : "http://localhost"),
                 data = soft_data(&w.arena, k, how.rp_id != NULL ? how.rp_id : site,
                                  how.flags != 0 ? how.flags : SOFT_UP | SOFT_UV, how.counter);
    const char *user = how.user != NULL ? how.user : "";
    return TEXT_OF("passkey.credential=%s&passkey.client_data=%s&passkey.auth_data=%s"
                   "&passkey.signature=%s&passkey.user=%s",
                   b64((struct bytes){k->id, sizeof(k->id)}), b64(json), b64(data),
                   b64(soft_sign(&w.arena, k, data, json)),
                   b64((struct bytes){(const unsigned char *)user, strlen(user)}));
}

static void enrol_key(struct browser *b, struct soft_key *k, const char *who, int alg,
                      unsigned char fill)
{
    soft_key_make(k, alg, fill);
    password(b, who);
    get(b, "/second-factor/new");
    post(b, "/second-factor/passkey", made(k, challenge_in(b)));
    assert_status(&b->last, 200);
    assert_holds(&b->last, "Your recovery codes");
}

static void passkey_is_a_second_factor(void **state)
{
    (void)state;
    static const int algs[] = {-7, -8, -257};
    static const char *const who[] = {"owner", "reception", "billing"};
    for (size_t i = 0; i < N_ELEMS(algs); i++) {
        struct browser b = {0};
        struct soft_key k;
        enrol_key(&b, &k, who[i], algs[i], (unsigned char)(i + 1));
        password(&b, who[i]);
        get(&b, "/second-factor");
        post(&b, "/second-factor",
             answered(&k, challenge_in(&b), (struct answering){.counter = 2}));
        assert_status(&b.last, 303);
        assert_true(is_in(&b));
        assert_holds(&b.last, "Key<small>last used");
        soft_key_free(&k);
    }
}

static void passkey_alone_signs_in(void **state)
{
    (void)state;
    struct browser b = {0};
    struct soft_key k;
    enrol_key(&b, &k, "owner", -7, 1);
    b = (struct browser){.device = b.device};
    get(&b, "/sign-in");
    post(&b, "/sign-in/passkey",
         answered(&k, challenge_in(&b),
                  (struct answering){.counter = 2, .user = w.person[OWNER].s}));
    LEADS_TO(&b, "/");
    assert_true(is_in(&b));
    struct db_val v[] = {DB_I(1), DB_ID(w.person[OWNER]), DB_I(w.cx.now_ms)};
    assert_int_equal(world_count(&w, &SQL_SESSION_OF_PERSON, v, 3), 2);
    soft_key_free(&k);
}

static void forged_answers_sign_nobody_in(void **state)
{
    (void)state;
    struct browser b = {0};
    struct soft_key k, stranger;
    enrol_key(&b, &k, "owner", -7, 1);
    soft_key_make(&stranger, -7, 1); /* the same id, another key */
    const char *me = w.person[OWNER].s;
    const struct answering forged[] = {
        {.counter = 2, .user = me, .origin = "https://evil.example"},
        {.counter = 2, .user = me, .origin = "http://localhost.evil.example"},
        {.counter = 2, .user = me, .rp_id = "evil.example"},
        {.counter = 2, .user = me, .flags = SOFT_UP},
        {.counter = 2, .user = w.person[RECEPTION].s},
        {.counter = 2},              /* says not whose it is */
        {.counter = 1, .user = me}}; /* went back */
    for (size_t i = 0; i < N_ELEMS(forged); i++) {
        b = (struct browser){0};
        get(&b, "/sign-in");
        post(&b, "/sign-in/passkey", answered(&k, challenge_in(&b), forged[i]));
        if (b.last.status != 422)
            fail_msg("forged %zu: %d", i, b.last.status);
        assert_false(is_in(&b));
    }
    get(&b, "/sign-in");
    const struct answering right = {.counter = 2, .user = me};
    post(&b, "/sign-in/passkey", answered(&stranger, challenge_in(&b), right));
    assert_status(&b.last, 422);
    get(&b, "/sign-in");
    post(&b, "/sign-in/passkey", answered(&k, challenge_in(&b), right));
    assert_status(&b.last, 303); /* the same, rightly signed */
    soft_key_free(&k);
    soft_key_free(&stranger);
}

static void challenge_is_good_once_and_for_five_minutes_and_its_use(void **state)
{
    (void)state;
    struct browser b = {0};
    struct soft_key k;
    enrol_key(&b, &k, "owner", -7, 1);
    const char *me = w.person[OWNER].s;
    get(&b, "/sign-in");
    const char *challenge = challenge_in(&b);
    post(&b, "/sign-in/passkey",
         answered(&k, challenge, (struct answering){.counter = 2, .user = me}));
    assert_status(&b.last, 303);
    post(&b, "/sign-in/passkey",
         answered(&k, challenge, (struct answering){.counter = 3, .user = me}));
    assert_status(&b.last, 422);
    get(&b, "/sign-in");
    challenge = challenge_in(&b);
    later(5 * 60000);
    post(&b, "/sign-in/passkey",
         answered(&k, challenge, (struct answering){.counter = 3, .user = me}));
    assert_status(&b.last, 422);
    password(&b, "owner");
    get(&b, "/second-factor");
    challenge = challenge_in(&b); /* for a second factor, not to sign in */
    post(&b, "/sign-in/passkey",
         answered(&k, challenge, (struct answering){.counter = 3, .user = me}));
    assert_status(&b.last, 422);
    soft_key_free(&k);
}

static void one_person_s_passkey_is_no_factor_of_another(void **state)
{
    (void)state;
    struct browser a = {0}, b = {0};
    struct soft_key ka, kb;
    enrol_key(&a, &ka, "owner", -7, 1);
    enrol_key(&b, &kb, "reception", -7, 2);
    password(&b, "reception");
    get(&b, "/second-factor");
    post(&b, "/second-factor", answered(&ka, challenge_in(&b), (struct answering){.counter = 2}));
    assert_status(&b.last, 422);
    assert_false(is_in(&b));
    get(&b, "/second-factor");
    post(&b, "/second-factor", answered(&kb, challenge_in(&b), (struct answering){.counter = 2}));
    assert_true(is_in(&b));
    get(&b, "/second-factor/new"); /* nor is it registered twice */
    post(&b, "/second-factor/passkey", made(&ka, challenge_in(&b)));
    assert_status(&b.last, 422);
    assert_holds(&b.last, "This passkey is registered already.");
    soft_key_free(&ka);
    soft_key_free(&kb);
}

/* --- the demo
 * -------------------------------------------------------------------------------------
 */

static void one_click_signs_in_to_a_demo_on_this_computer_alone(void **state)
{
    (void)state;
    static const struct {
        const char *listen, *public_url;
        bool is_demo;
    } elsewhere[] = {{"127.0.0.1:8080", NULL, false},
                     {"192.0.2.1:8080", NULL, true},
                     {"127.0.0.1:8080", "https://practice.example.org", true},
                     {NULL, NULL, true}};
    for (size_t i = 0; i < N_ELEMS(elsewhere); i++) {
        struct browser b = {0};
        w.app.settings.listen = elsewhere[i].listen;
        w.app.settings.public_url = elsewhere[i].public_url;
        w.app.settings.is_demo = elsewhere[i].is_demo;
        post(&b, "/sign-in/demo", "email=owner@example.org");
        assert_status(&b.last, 404);
        assert_null(b.session);
        password(&b, "reception");
        get(&b, "/account");
        assert_memory_equal(b.last.location, "/second-factor/new", 18); /* nor is one let off */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(who_has_no_second_factor_reaches_only_its_setting_up),
        ALONE(first_factor_opens_the_session_and_shows_ten_codes_once),
        ALONE(password_alone_opens_nothing),
        ALONE(code_is_taken_once_and_then_no_more),
        ALONE(after_five_wrong_codes_the_right_one_waits_too),
        ALONE(recovery_code_opens_once_however_it_is_typed),
        ALONE(codes_of_one_person_open_nothing_of_another),
        ALONE(what_matters_asks_again_and_goes_on_with_what_was_typed),
        ALONE(page_that_asks_again_leads_back_and_json_gets_a_code),
        ALONE(token_of_a_program_becomes_no_session_by_a_code),
        ALONE(last_factor_stays_and_another_app_ends_other_sessions),
        ALONE(a_device_is_signed_out_from_another),
        ALONE(new_browser_is_told_to_the_one_before),
        ALONE(passkey_is_a_second_factor),
        ALONE(passkey_alone_signs_in),
        ALONE(forged_answers_sign_nobody_in),
        ALONE(challenge_is_good_once_and_for_five_minutes_and_its_use),
        ALONE(one_person_s_passkey_is_no_factor_of_another),
        ALONE(one_click_signs_in_to_a_demo_on_this_computer_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
