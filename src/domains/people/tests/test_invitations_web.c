/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_invitations_web.c - links of one use, and tokens for programs, in a practice that is no
 * demo. */
#include "factors_world.h"

/* --- invitations ---------------------------------------------------------------------------------
 */

static const char nina[] = "given_name=Nina&family_name=Nueva&email=nina@example.org&roles="
                           "&roles=reception&locale=en-GB";

static const char *token_in(const struct browser *b)
{
    const char *s = text_between(&b->last, "/invitation?token=", "\"");
    assert_non_null(s);
    return s;
}

static void invited_person_chooses_password_and_second_factor(void **state)
{
    (void)state;
    struct browser owner = {0}, b = {0}, late = {0};
    struct phone p, q;
    enrol(&owner, &p, "owner");
    get(&owner, "/practice/staff/new");
    assert_lacks(&owner.last, "value=\"clinician\" checked"); /* no role that was not chosen */
    post(&owner, "/practice/staff", nina);
    assert_status(&owner.last, 200);
    const char *token = token_in(&owner);
    assert_holds(&owner.last, "http://localhost/invitation?token=");
    assert_holds(&owner.last, "This link opens on this computer only.");
    assert_holds(&owner.last, "Nothing was sent.");
    get(&owner, "/practice/staff");
    assert_holds(&owner.last, "invited");
    assert_lacks(&owner.last, token);
    post(&b, "/sign-in", "email=nina@example.org&password=nine+quiet+lanterns");
    assert_status(&b.last, 403);
    get(&b, TEXT_OF("/invitation?token=%s", token));
    assert_holds(&b.last, "Nina Nueva, nina@example.org");
    post(&b, "/invitation", TEXT_OF("token=%s&password=short", token));
    assert_status(&b.last, 422);
    post(&b, "/invitation", TEXT_OF("token=%s&password=nine+quiet+lanterns", token));
    LEADS_TO(&b, "/");
    get(&b, "/account");
    LEADS_TO(&b, "/second-factor/new?next=%2Faccount");
    get(&b, "/second-factor/new");
    scan(&q, &b.last);
    post(&b, "/second-factor/app", TEXT_OF("code=%s", code_of(&q)));
    assert_true(is_in(&b));
    get(&late, TEXT_OF("/invitation?token=%s", token));
    assert_status(&late.last, 404); /* works once */
    post(&late, "/invitation", TEXT_OF("token=%s&password=another+quiet+lantern", token));
    assert_status(&late.last, 404);
}

static void invited_person_goes_on_in_the_language_they_read(void **state)
{
    (void)state;
    struct browser owner = {0}, b = {.language = "es-ES, es;q=0.8"};
    struct phone p;
    enrol(&owner, &p, "owner");
    get(&owner, "/practice/staff/new");
    post(&owner, "/practice/staff", nina);
    const char *token = token_in(&owner);
    const char *path = text_between(&owner.last, "btn primary\" href=\"", "\"");
    assert_non_null(path);
    get(&b, TEXT_OF("/invitation?token=%s", token));
    post(&b, "/invitation", TEXT_OF("token=%s&password=nine+quiet+lanterns", token));
    LEADS_TO(&b, "/");
    get(&owner, path);
    assert_holds(&owner.last, "value=\"es-ES\" selected");
}

static void link_ends_after_seven_days_and_with_the_next_one(void **state)
{
    (void)state;
    struct browser owner = {0}, b = {0};
    struct phone p;
    enrol(&owner, &p, "owner");
    get(&owner, "/account");
    post(&owner, "/practice/staff", nina);
    const char *first = token_in(&owner), *next = "class=\"btn primary\" href=\"/practice/staff/",
               *id = text_between(&owner.last, next, "\"");
    assert_int_equal(strlen(id), ID_LEN);
    get(&owner, "/account");
    post(&owner, TEXT_OF("/practice/staff/%s/link", id), "");
    const char *second = token_in(&owner);
    get(&b, TEXT_OF("/invitation?token=%s", first));
    assert_status(&b.last, 404);
    get(&b, TEXT_OF("/invitation?token=%s", second));
    assert_status(&b.last, 200);
    later(7 * MS_PER_DAY + 1);
    get(&b, TEXT_OF("/invitation?token=%s", second));
    assert_status(&b.last, 404);
    get(&b, "/invitation?token=");
    assert_status(&b.last, 404);
    get(&b, "/invitation");
    assert_status(&b.last, 404);
}

static void forgotten_password_is_replaced_by_a_link_and_the_factor_stays(void **state)
{
    (void)state;
    struct browser owner = {0}, b = {0}, other = {0};
    struct phone p, q;
    enrol(&b, &q, "reception");
    enrol(&owner, &p, "owner");
    get(&owner, "/account");
    post(&owner, TEXT_OF("/practice/staff/%s/link", w.person[OWNER].s), "");
    assert_status(&owner.last, 422); /* not one's own */
    get(&owner, "/account");
    post(&owner, TEXT_OF("/practice/staff/%s/link", w.person[RECEPTION].s), "");
    const char *token = token_in(&owner);
    assert_true(is_in(&b)); /* nothing changes before it is used */
    post(&other, "/invitation", TEXT_OF("token=%s&password=nine+quiet+lanterns", token));
    LEADS_TO(&other, "/");
    assert_false(is_in(&b));
    get(&other, "/account");
    LEADS_TO(&other, "/second-factor?next=%2Faccount"); /* the phone is still asked for */
    get(&owner, "/account");
    post(&owner, TEXT_OF("/practice/staff/%s/link", w.person[RECEPTION].s), "drops_factors=1");
    token = token_in(&owner);
    post(&other, "/invitation", TEXT_OF("token=%s&password=nine+quiet+lamps", token));
    get(&other, "/account");
    LEADS_TO(&other, "/second-factor/new?next=%2Faccount");
}

static void links_are_made_by_the_owner_with_a_fresh_factor_alone(void **state)
{
    (void)state;
    struct browser owner = {0}, b = {0};
    struct phone p, q;
    enrol(&b, &q, "reception");
    get(&b, "/account");
    post(&b, TEXT_OF("/practice/staff/%s/link", w.person[BILLING].s), "");
    assert_status(&b.last, 403);
    assert_lacks(&b.last, "Once more, please");
    enrol(&owner, &p, "owner");
    get(&owner, "/account");
    later(6 * 60000);
    post(&owner, TEXT_OF("/practice/staff/%s/link", w.person[BILLING].s), "");
    assert_status(&owner.last, 403);
    assert_holds(&owner.last, "Once more, please");
}

/* As it is after a link: the password was chosen where nobody had the key. The screen is not locked
 * then: the password would not open what is asked for. */
static void clinician_without_the_key_is_told_and_not_locked_out(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    enrol(&b, &p, "clinician_a");
    world_as(&w, CLINICIAN_A);
    OK(people_lock(&w.cx, strchr(b.session, '=') + 1));
    get(&b, "/account");
    assert_status(&b.last, 303);
    assert_memory_equal(b.last.location, "/locked", 7);
    b = (struct browser){0};
    enter(&b, &p, "clinician_a");
    OK(db_script(w.db, "UPDATE person SET clinical_grant = NULL"));
    assert_int_equal(people_lock(&w.cx, strchr(b.session, '=') + 1), RC_DENIED);
    assert_true(is_in(&b));
}

/* --- tokens --------------------------------------------------------------------------------------
 */

static int with_token(const char *token, enum method method, const char *path, const char *json)
{
    struct web_answer a = {0};
    struct web_call c = {.method = method,
                         .target = path,
                         .bearer = token,
                         .accept = "application/json",
                         .content_type = json != NULL ? "application/json" : NULL,
                         .body = {(const unsigned char *)json, json != NULL ? strlen(json) : 0}};
    web_call(w.web, w.db, &w.arena, &c, &a);
    return a.status;
}

static const char *minted(struct browser *b, const char *body)
{
    get(b, "/account/tokens");
    post(b, "/account/tokens", body);
    assert_status(&b->last, 200);
    const char *token = text_between(&b->last, "id=\"f-minted\" value=\"", "\"");
    assert_int_equal(strlen(token), 43);
    return token;
}

static void token_may_what_was_ticked_and_no_more(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    enrol(&b, &p, "owner");
    const char *token = minted(&b, "name=Calendar&days=30&scope.practice_read=1");
    assert_int_equal(with_token(token, GET, "/practice/staff", NULL), 200);
    assert_int_equal(with_token(token, GET, "/practice", NULL), 403);
    assert_int_equal(with_token(token, GET, "/account", NULL), 403);
    assert_int_equal(with_token(token, POST, "/practice/staff", "{}"), 403);
    assert_int_equal(with_token(token, POST, "/account/tokens", "{}"), 403);
    get(&b, "/account/tokens");
    assert_holds(&b.last, "Calendar<small>Read rooms, services and names of staff</small>");
    assert_lacks(&b.last, token); /* shown once */
    later(30 * MS_PER_DAY);
    assert_int_equal(with_token(token, GET, "/practice/staff", NULL), 401);
}

static void token_is_revoked_and_offers_what_its_owner_may(void **state)
{
    (void)state;
    struct browser b = {0}, c = {0};
    struct phone p, q;
    enrol(&b, &p, "owner");
    const char *token = minted(&b, "name=A&days=365&scope.practice_read=1");
    get(&b, "/account/tokens");
    const char *end = text_between(&b.last, "action=\"/account/sessions/", "\"");
    post(&b, TEXT_OF("/account/sessions/%s", end), "next=/account/tokens");
    LEADS_TO(&b, "/account/tokens");
    assert_int_equal(with_token(token, GET, "/practice/staff", NULL), 401);
    enrol(&c, &q, "reception");
    get(&c, "/account/tokens");
    assert_lacks(&c.last, "scope.clinical_read");
    post(&c, "/account/tokens", "name=A&days=10&scope.clinical_read=1");
    assert_status(&c.last, 422);
    assert_holds(&c.last, "A token may at most what you may.");
}

static void token_loses_what_its_owner_loses(void **state)
{
    (void)state;
    struct browser b = {0};
    struct phone p;
    struct person q;
    enrol(&b, &p, "billing");
    const char *token = minted(&b, "name=A&days=365&scope.practice_read=1");
    assert_int_equal(with_token(token, GET, "/practice/staff", NULL), 200);
    world_as(&w, OWNER);
    OK(person_load(&w.cx, w.person[BILLING], &q));
    q.is_active = false;
    OK(person_save(&w.cx, &q, NULL));
    assert_int_equal(with_token(token, GET, "/practice/staff", NULL), 401);
}

static void token_needs_a_name_a_term_and_a_purpose(void **state)
{
    (void)state;
    static const char *const bodies[] = {"name=&days=10&scope.practice_read=1",
                                         "name=A&days=0&scope.practice_read=1",
                                         "name=A&days=366&scope.practice_read=1",
                                         "name=A&days=x&scope.practice_read=1",
                                         "name=A&days=10",
                                         "name=A&days=10&scope.staff_write=1"};
    struct browser b = {0};
    struct phone p;
    enrol(&b, &p, "owner");
    get(&b, "/account/tokens");
    for (size_t i = 0; i < N_ELEMS(bodies); i++) {
        post(&b, "/account/tokens", bodies[i]);
        if (b.last.status != 422)
            fail_msg("%s: %d", bodies[i], b.last.status);
    }
    later(6 * 60000);
    post(&b, "/account/tokens", "name=A&days=10&scope.practice_read=1");
    assert_status(&b.last, 403);
    assert_holds(&b.last, "name=\"f.scope.practice_read\" value=\"1\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(invited_person_goes_on_in_the_language_they_read),
        ALONE(invited_person_chooses_password_and_second_factor),
        ALONE(link_ends_after_seven_days_and_with_the_next_one),
        ALONE(forgotten_password_is_replaced_by_a_link_and_the_factor_stays),
        ALONE(links_are_made_by_the_owner_with_a_fresh_factor_alone),
        ALONE(clinician_without_the_key_is_told_and_not_locked_out),
        ALONE(token_may_what_was_ticked_and_no_more),
        ALONE(token_is_revoked_and_offers_what_its_owner_may),
        ALONE(token_loses_what_its_owner_loses),
        ALONE(token_needs_a_name_a_term_and_a_purpose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
