/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_people_web.c - set-up, sign-in, lock, own account and staff through the router, with real
 * sessions. */
#include "db/migrate.h"
#include "domains/people/people_view.h"
#include "domains/people/people_web.h"
#include "domains/practice/practice_view.h"
#include "support.h"
#include "support_db.h"

static struct world w;

/* Somebody's browser: its cookie and the token of its forms. */
struct browser {
    const char *cookie, *csrf;
};
static const struct browser stranger = {NULL, ""};

/* The world's own web knows people by name; here they sign in. */
static int open_world(void **state)
{
    (void)state;
    const char *why = NULL;
    world_open(&w, &domain_practice, &domain_people, NULL);
    struct web_config config = {.app = &w.app,
                                .domains = w.domains,
                                .authenticate = people_authenticate,
                                .names = people_names,
                                .touch = people_touch,
                                .n_workers = 1,
                                .n_loops = 1};
    w.app.settings.listen = "127.0.0.1:8080"; /* a demo: no second factor */
    web_free(w.web);
    if (web_new(&config, &w.web, &why) != RC_OK)
        fail_msg("web_new: %s", why);
    return 0;
}

/* --- requests ----------------------------------------------------------------------------- */

static struct web_answer get(const struct browser *b, const char *path)
{
    struct web_answer a = {0};
    struct web_call c = {.method = GET, .target = path, .cookie = b->cookie, .accept = "text/html"};
    web_call(w.web, w.db, &w.arena, &c, &a);
    return a;
}

static struct web_answer post(const struct browser *b, const char *path, const char *body)
{
    struct web_answer a = {0};
    body = TEXT_OF("csrf=%s&%s", b->csrf, body);
    struct web_call c = {.method = POST,
                         .target = path,
                         .cookie = b->cookie,
                         .accept = "text/html",
                         .content_type = "application/x-www-form-urlencoded",
                         .sec_fetch_site = "same-origin",
                         .body = {(const unsigned char *)body, strlen(body)}};
    web_call(w.web, w.db, &w.arena, &c, &a);
    return a;
}

/* Takes up the cookie of the answer and reads the token of the account page's forms. */
static struct browser browser_of(const struct web_answer *a)
{
    static const char mark[] = "name=\"csrf\" value=\"";
    const char *cookie = strstr(a->headers, "entracte_s=");
    assert_non_null(cookie);
    struct browser b = {arena_strndup(&w.arena, cookie, strcspn(cookie, ";")), ""};
    struct web_answer page = get(&b, "/account");
    assert_status(&page, 200);
    const char *csrf = strstr(answer_text(&w, &page), mark);
    assert_non_null(csrf);
    b.csrf =
        arena_strndup(&w.arena, csrf + sizeof(mark) - 1, strcspn(csrf + sizeof(mark) - 1, "\""));
    return b;
}

static struct browser signed_in(const char *who)
{
    struct web_answer a =
        post(&stranger, "/sign-in",
             TEXT_OF("email=%s@example.org&password=fourteen+blue+umbrellas", who));
    assert_status(&a, 303);
    return browser_of(&a);
}

/* --- access again ----------------------------------------------------------------------- */

static void who_has_a_new_password_waits_until_a_clinician_gives_the_key(void **state)
{
    (void)state;
    struct person p;
    keyring_close(w.app.keys);
    OK(person_load(&w.cx, w.person[CLINICIAN_B], &p));
    OK(person_save(&w.cx, &p, "sixteen green kettles"));
    struct browser reception = signed_in("reception"), a = signed_in("clinician_a");
    struct web_answer page = get(&reception, "/practice/staff");
    assert_holds(&page, "cannot read clinical records yet");
    assert_lacks(&page, "/access");
    page = post(&reception, TEXT_OF("/practice/staff/%s/access", p.id.s), "");
    assert_status(&page, 403);
    w.cx.actor.user = p.id;
    assert_int_equal(people_lock(&w.cx, "whatever was opened before"), RC_DENIED);
    page = get(&a, "/practice/staff");
    assert_holds(&page, TEXT_OF("/practice/staff/%s/access", p.id.s));
    page = post(&a, TEXT_OF("/practice/staff/%s/access", p.id.s), "");
    assert_status(&page, 303);
    page = get(&a, "/practice/staff");
    assert_lacks(&page, "cannot read clinical records yet");
    OK(people_lock(&w.cx, "whatever was opened before")); /* the password opens it now */
    OK(person_unlock(&w.cx, "clinician_b@example.org", "sixteen green kettles"));
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
}

/* --- sign-in --------------------------------------------------------------------------------- */

static void after_signing_in_one_is_where_one_wanted_to_be(void **state)
{
    (void)state;
    struct web_answer a = get(&stranger, "/practice/rooms?x=1");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/sign-in?next=%2Fpractice%2Frooms%3Fx%3D1");
    a = get(&stranger, a.location);
    assert_holds(&a, "name=\"next\" value=\"/practice/rooms?x=1\"");
    a = post(&stranger, "/sign-in",
             "email=owner@example.org&password=fourteen+blue+umbrellas&next=/practice/rooms?x%3D1");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/practice/rooms?x=1");
    assert_non_null(strstr(a.headers, "HttpOnly; SameSite=Strict"));
}

static void nobody_is_sent_to_another_site(void **state)
{
    (void)state;
    static const char *const next[] = {"//evil.example",
                                       "https://evil.example",
                                       "/%5Cevil.example",
                                       "javascript:alert(1)",
                                       "/%09/evil.example",
                                       "/a%0Ab",
                                       "/a%7Fb",
                                       ""};
    for (size_t i = 0; i < N_ELEMS(next); i++) {
        struct web_answer a = post(
            &stranger, "/sign-in",
            TEXT_OF("email=owner@example.org&password=fourteen+blue+umbrellas&next=%s", next[i]));
        assert_status(&a, 303);
        assert_string_equal(a.location, "/");
    }
}

static void a_wrong_password_and_an_unknown_account_look_alike(void **state)
{
    (void)state;
    struct web_answer a = post(&stranger, "/sign-in", "email=owner@example.org&password=wrong");
    struct web_answer b = post(&stranger, "/sign-in", "email=nemo1@example.org&password=wrong");
    assert_status(&a, 403);
    assert_status(&b, 403);
    assert_holds(&a, "The e-mail address or the password is not right.");
    assert_int_equal(a.body.len, b.body.len);
    assert_holds(&a, "value=\"owner@example.org\"");
    assert_null(strstr(a.headers, "entracte_s="));
    assert_false(holds(&a, "value=\"wrong\""));
    a = post(&stranger, "/sign-in", "email=owner@example.org&password=wrong");
    assert_status(&a, 422);
    assert_holds(&a, "Wait 1 seconds");
    a = post(&stranger, "/sign-in", "");
    assert_status(&a, 403);
}

static void another_site_cannot_sign_somebody_in(void **state)
{
    (void)state;
    static const char body[] = "email=owner@example.org&password=fourteen+blue+umbrellas";
    struct web_answer a = {0};
    struct web_call c = {.method = POST,
                         .target = "/sign-in",
                         .content_type = "application/x-www-form-urlencoded",
                         .accept = "text/html",
                         .origin = "https://evil.example",
                         .sec_fetch_site = "cross-site",
                         .body = {(const unsigned char *)body, sizeof(body) - 1}};
    web_call(w.web, w.db, &w.arena, &c, &a);
    assert_status(&a, 403);
    assert_null(strstr(a.headers, "entracte_s="));
}

static void a_demo_on_this_machine_offers_its_people(void **state)
{
    (void)state;
    struct web_answer a = get(&stranger, "/sign-in");
    assert_holds(&a, "value=\"owner@example.org\"");
    assert_holds(&a, "Rosa Rey");
    w.app.settings.listen = "192.0.2.1:8080";
    a = get(&stranger, "/sign-in");
    assert_false(holds(&a, "owner@example.org"));
    w.app.settings.listen = "127.0.0.1:8080";
    w.app.settings.is_demo = false;
    a = get(&stranger, "/sign-in");
    assert_false(holds(&a, "owner@example.org"));
}

/* --- set-up ------------------------------------------------------------------------------ */

static void a_practice_is_set_up_once(void **state)
{
    (void)state;
    struct web_answer a = get(&stranger, "/set-up");
    assert_status(&a, 404);
    a = post(&stranger, "/set-up",
             "practice=B&given_name=C&family_name=D&email=c@example.org&time_zone=Europe/Madrid"
             "&locale=en-GB&currency=EUR&password=fourteen+blue+umbrellas");
    assert_status(&a, 404);
}

/* An empty database of its own takes the place of the world's. */
static void the_first_owner_sets_up_and_is_signed_in(void **state)
{
    (void)state;
    struct db *worlds = w.db, *empty;
    OK(db_open(support_db_url(), false, &empty));
    OK(migrate_run(empty));
    w.db = empty;
    w.app.start_token = "printed-at-the-start";
    struct web_answer a = get(&stranger, "/sign-in");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/set-up");
    a = get(&stranger, "/set-up");
    assert_status(&a, 200);
    assert_holds(&a, "<option value=\"Europe/Madrid\" selected>");
    a = post(&stranger, "/set-up",
             "practice=Alameda&given_name=In%C3%A9s&family_name=Robles&email=no&password=short"
             "&time_zone=Europe/Atlantis&locale=xx&currency=euro");
    assert_status(&a, 422);
    assert_holds(&a, "value=\"Alameda\"");
    a = get(&stranger, "/sign-in");
    assert_status(&a, 303); /* nothing was stored */
    a = post(&stranger, "/set-up",
             "practice=Alameda&given_name=In%C3%A9s&family_name=Robles&email=ines@example.org"
             "&password=fourteen+blue+umbrellas&time_zone=Europe/Atlantis&locale=es-ES"
             "&currency=EUR&token=printed-at-the-start");
    assert_status(&a, 422);
    assert_holds(&a, "id=\"e-time_zone\"");
    static const char *const wrong[] = {"", "&token=", "&token=printed-at-the-starT",
                                        "&token=printed", "&token=printed-at-the-start2"};
    const char *rest =
        "practice=Alameda&given_name=In%C3%A9s&family_name=Robles&email=ines@example.org"
        "&password=fourteen+blue+umbrellas&time_zone=Europe/Madrid&locale=es-ES&currency=EUR";
    for (size_t i = 0; i < N_ELEMS(wrong); i++) {
        a = post(&stranger, "/set-up", TEXT_OF("%s%s", rest, wrong[i]));
        assert_status(&a, 422);
        assert_holds(&a, "id=\"e-token\"");
    }
    w.app.start_token = NULL; /* a program that printed none lets nobody in */
    a = post(&stranger, "/set-up", TEXT_OF("%s&token=printed-at-the-start", rest));
    assert_status(&a, 422);
    a = get(&stranger, "/sign-in");
    assert_status(&a, 303);
    w.app.start_token = "printed-at-the-start";
    a = get(&stranger, "/set-up?token=printed-at-the-start");
    assert_holds(&a, "type=\"hidden\" name=\"token\" value=\"printed-at-the-start\"");
    assert_lacks(&a, "id=\"f-token\"");
    a = get(&stranger, "/set-up?token=another");
    assert_holds(&a, "id=\"f-token\"");
    a = post(&stranger, "/set-up", TEXT_OF("%s&token=printed-at-the-start", rest));
    assert_status(&a, 303);
    assert_string_equal(a.location, "/recovery-kit");
    struct browser owner = browser_of(&a);
    a = get(&owner, "/practice");
    assert_status(&a, 200);
    assert_holds(&a, "<h1>Alameda</h1>");
    a = get(&stranger, "/set-up");
    assert_status(&a, 404);
    w.db = worlds;
    db_close(empty);
}

/* --- lock ------------------------------------------------------------------------------------- */

static void a_locked_session_shows_nothing_until_the_password(void **state)
{
    (void)state;
    struct browser b = signed_in("reception");
    struct web_answer a = post(&b, "/lock", "next=/practice/rooms%3Fa%3D1%26b%3D2");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/locked?next=%2Fpractice%2Frooms%3Fa%3D1%26b%3D2");
    assert_non_null(strstr(a.headers, "Clear-Site-Data: \"cache\"\n"));
    a = get(&b, "/practice/staff");
    assert_status(&a, 303);
    assert_non_null(strstr(a.location, "/locked"));
    a = get(&b, "/locked?next=%2Fpractice%2Frooms%3Fa%3D1%26b%3D2");
    assert_status(&a, 200);
    assert_holds(&a, "value=\"/practice/rooms?a=1&amp;b=2\"");
    assert_false(holds(&a, "class=\"rail\""));
    a = post(&b, "/locked", "password=wrong");
    assert_status(&a, 422);
    assert_holds(&a, "The password is not right.");
    world_at(&w, w.cx.now_ms + 1000);
    a = post(&b, "/locked", "password=fourteen+blue+umbrellas&next=/practice/rooms");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/practice/rooms");
    a = get(&b, "/practice/staff");
    assert_status(&a, 200);
}

static void asking_for_the_lock_page_locks_nothing(void **state)
{
    (void)state;
    struct browser b = signed_in("reception");
    struct web_answer a = get(&b, "/locked?next=/practice/rooms");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/practice/rooms");
    a = get(&b, "/locked?next=//evil.example");
    assert_string_equal(a.location, "/");
    a = get(&b, "/practice/rooms");
    assert_status(&a, 200);
}

static void an_idle_session_stays_locked_however_often_one_asks(void **state)
{
    (void)state;
    struct browser b = signed_in("reception");
    world_at(&w, w.cx.now_ms + 17 * MS_PER_MIN); /* 15 and a minute's grace */
    for (int attempt = 0; attempt < 3; attempt++) {
        struct web_answer a = get(&b, "/practice/staff");
        assert_status(&a, 303);
        assert_non_null(strstr(a.location, "/locked"));
    }
    struct web_answer a = post(&b, "/locked", "password=fourteen+blue+umbrellas");
    assert_status(&a, 303);
    a = get(&b, "/practice/staff");
    assert_status(&a, 200);
    world_at(&w, w.cx.now_ms + 10 * MS_PER_MIN);
    a = get(&b, "/practice/staff"); /* an open one is touched, and stays open */
    assert_status(&a, 200);
    world_at(&w, w.cx.now_ms + 10 * MS_PER_MIN);
    a = get(&b, "/practice/staff");
    assert_status(&a, 200);
}

/* --- the own account -------------------------------------------------------------------------- */

static void language_and_theme_are_one_s_own(void **state)
{
    (void)state;
    struct browser b = signed_in("reception");
    struct web_answer a = get(&b, "/account");
    assert_holds(&a, "data-theme=\"auto\"");
    a = post(&b, "/account", "version=1&locale=es-ES&theme=dark&density=compact&lock_min=5");
    assert_status(&a, 303);
    a = get(&b, "/account");
    assert_holds(&a, "data-theme=\"dark\" data-density=\"compact\"");
    assert_holds(&a, "data-lock-min=\"5\"");
    assert_holds(&a, "<option value=\"es-ES\" selected>");
    static const char *const bad[] = {
        "version=2&locale=xx-YY", "version=2&theme=pink",         "version=2&lock_min=0",
        "version=2&lock_min=241", "version=2&email=none",         "version=2&given_name=",
        "version=2&shoe=1",       "version=2&roles=&roles=owner", "version=2&is_active=0"};
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        a = post(&b, "/account", bad[i]);
        assert_status(&a, 422);
    }
    a = post(&b, "/account", "version=1&title=Dr.");
    assert_status(&a, 409);
}

/* What is said beside the password. */
static const char *account_refusal(const struct web_answer *a)
{
    const char *s = strstr(answer_text(&w, a), "id=\"e-old\">");
    assert_non_null(s);
    return arena_strndup(&w.arena, s, strcspn(s, "\n"));
}

static void another_address_takes_the_present_password(void **state)
{
    (void)state;
    struct browser b = signed_in("reception");
    struct web_answer a = post(&b, "/account", "version=1&email=thief@example.org");
    assert_status(&a, 422);
    assert_holds(&a, "Write your present password to change the e-mail address.");
    a = post(&b, "/account", "version=1&email=thief@example.org&old=wrong");
    assert_status(&a, 422);
    const char *refused = account_refusal(&a);
    assert_non_null(strstr(refused, "The e-mail address was not changed"));
    world_at(&w, w.cx.now_ms + 1000);
    a = post(&b, "/account", "version=1&email=owner@example.org&old=fourteen+blue+umbrellas");
    assert_status(&a, 422); /* another's: the same words */
    assert_string_equal(account_refusal(&a), refused);
    assert_false(holds(&a, "Another account"));
    assert_false(holds(&a, "e-email"));
    a = post(&b, "/account", "version=1&email=reception@example.org&title=Sra.&old=");
    assert_status(&a, 303); /* the same address is no change */
    world_at(&w, w.cx.now_ms + 1000);
    a = post(&b, "/account", "version=2&email=rosa@example.org&old=fourteen+blue+umbrellas");
    assert_status(&a, 303);
    a = post(&stranger, "/sign-in", "email=rosa@example.org&password=fourteen+blue+umbrellas");
    assert_status(&a, 303);
}

static void changing_the_password_signs_out_other_devices(void **state)
{
    (void)state;
    struct browser here = signed_in("billing"), there = signed_in("billing");
    struct web_answer a =
        post(&here, "/account/password", "old=wrong&password=a+new+sentence+of+mine");
    assert_status(&a, 422);
    assert_holds(&a, "id=\"e-present\">The password is not right.");
    world_at(&w, w.cx.now_ms + 1000);
    a = post(&here, "/account/password", "old=fourteen+blue+umbrellas&password=short");
    assert_status(&a, 422);
    assert_holds(&a, "id=\"e-password\"");
    a = post(&here, "/account/password",
             "old=fourteen+blue+umbrellas&password=a+new+sentence+of+mine");
    assert_status(&a, 303);
    struct browser still_here = browser_of(&a);
    a = get(&there, "/account");
    assert_status(&a, 303);
    a = get(&still_here, "/account");
    assert_status(&a, 200);
}

static void signing_out_leaves_nothing_behind(void **state)
{
    (void)state;
    struct browser b = signed_in("billing"), other = signed_in("billing");
    struct web_answer a = post(&b, "/sign-out", "");
    assert_status(&a, 303);
    assert_non_null(strstr(a.headers, "Clear-Site-Data"));
    a = get(&b, "/account");
    assert_status(&a, 303);
    a = post(&other, "/account/sign-out-everywhere", "");
    assert_status(&a, 303);
    a = get(&other, "/account");
    assert_status(&a, 303);
}

static void a_form_without_its_token_is_refused(void **state)
{
    (void)state;
    struct browser b = signed_in("billing");
    b.csrf = "guessed";
    struct web_answer a = post(&b, "/account", "version=1&title=Dr.");
    assert_status(&a, 403);
    a = post(&b, "/account/sign-out-everywhere", "");
    assert_status(&a, 403);
}

/* --- staff ------------------------------------------------------------------------------- */

static void the_owner_keeps_the_accounts(void **state)
{
    (void)state;
    struct browser owner = signed_in("owner"), reception = signed_in("reception");
    struct web_answer a = get(&reception, "/practice/staff");
    assert_status(&a, 200); /* names of colleagues */
    a = get(&reception, TEXT_OF("/practice/staff/%s", w.person[OWNER].s));
    assert_status(&a, 403);
    a = post(&reception, "/practice/staff", "given_name=X");
    assert_status(&a, 403);

    a = post(&owner, "/practice/staff",
             "given_name=%3Ci%3ENora&family_name=Nu&email=nora@example.org&roles=&roles=billing"
             "&password=a+new+sentence+of+mine");
    assert_status(&a, 303);
    struct web_answer page = get(&owner, a.location);
    assert_holds(&page, "value=\"&lt;i&gt;Nora\"");
    a = post(&owner, a.location, "version=1&is_active=0");
    assert_status(&a, 303);
    a = post(&stranger, "/sign-in", "email=nora@example.org&password=a+new+sentence+of+mine");
    assert_status(&a, 403);
    a = post(&owner, "/practice/staff", "given_name=A&family_name=B&email=x&password=short");
    assert_status(&a, 422);
    assert_holds(&a, "value=\"A\"");
    a = get(&owner, TEXT_OF("/practice/staff/%s", id_new().s));
    assert_status(&a, 404);
}

static void opening_hours_are_set_by_day(void **state)
{
    (void)state;
    struct browser owner = signed_in("owner");
    const char *page = TEXT_OF("/practice/staff/%s", w.person[CLINICIAN_A].s);
    const char *hours = TEXT_OF("%s/hours", page);
    struct web_answer a = post(
        &owner, hours, "day.0.start1=09:00&day.0.end1=14:00&day.4.start2=16:00&day.4.end2=20:00");
    assert_status(&a, 303);
    a = get(&owner, page);
    assert_holds(&a, "name=\"day.0.end1\" value=\"14:00\"");
    assert_holds(&a, "name=\"day.4.start1\" value=\"16:00\"");
    static const char *const bad[] = {
        "day.0.start1=09:00", "day.0.start1=25:00&day.0.end1=26:00",
        "day.0.start1=14:00&day.0.end1=09:00",
        "day.0.start1=09:00&day.0.end1=12:00&day.0.start2=11:00&day.0.end2=13:00"};
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        a = post(&owner, hours, bad[i]);
        assert_status(&a, 422);
        assert_holds(&a, "role=\"alert\"");
    }
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(who_has_a_new_password_waits_until_a_clinician_gives_the_key),
        ALONE(after_signing_in_one_is_where_one_wanted_to_be),
        ALONE(nobody_is_sent_to_another_site),
        ALONE(a_wrong_password_and_an_unknown_account_look_alike),
        ALONE(another_site_cannot_sign_somebody_in),
        ALONE(a_demo_on_this_machine_offers_its_people),
        ALONE(a_practice_is_set_up_once),
        ALONE(the_first_owner_sets_up_and_is_signed_in),
        ALONE(a_locked_session_shows_nothing_until_the_password),
        ALONE(asking_for_the_lock_page_locks_nothing),
        ALONE(an_idle_session_stays_locked_however_often_one_asks),
        ALONE(language_and_theme_are_one_s_own),
        ALONE(another_address_takes_the_present_password),
        ALONE(changing_the_password_signs_out_other_devices),
        ALONE(signing_out_leaves_nothing_behind),
        ALONE(a_form_without_its_token_is_refused),
        ALONE(the_owner_keeps_the_accounts),
        ALONE(opening_hours_are_set_by_day),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
