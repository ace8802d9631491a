/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_leave.c - somebody leaves the practice: everybody is handed over, or nobody. */
#include "agenda_world.h"

static struct person loaded(enum who who)
{
    struct person p;
    world_as(&w, OWNER);
    OK(person_load(&w.cx, w.person[who], &p));
    return p;
}

static struct id clinician_of(struct id client)
{
    struct client c;
    const struct cap *cap;
    world_as(&w, OWNER);
    OK(authorize(&w.cx, ACT_CONTACT, client, PURPOSE_OFFICE, &cap));
    OK(client_load(&w.cx, cap, &c));
    return c.clinician;
}

static const char *page_of(enum who who)
{
    return TEXT_OF("/practice/staff/%s/leave", w.person[who].s);
}

static void page_lists_clients_and_what_is_booked(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 25, 1000));
    struct web_answer r = GOT(page_of(CLINICIAN_A), OWNER);
    assert_status(&r, 200);
    assert_holds(&r, "Ana Sanz");
    assert_holds(&r, "Berta Sanz");
    assert_lacks(&r, "Carla Sanz");
    assert_holds(&r, TEXT_OF("name=\"to.%s\"", ana.s));
    assert_holds(&r, TEXT_OF("/appointments/%s", a.id.s));
    assert_lacks(&r, TEXT_OF("<option value=\"%s\"", w.person[CLINICIAN_A].s));
    r = world_get_json(&w, page_of(CLINICIAN_A), OWNER);
    assert_status(&r, 200);
    assert_holds(&r, TEXT_OF("\"id\":\"%s\"", berta.s));
    r = GOT(page_of(CLINICIAN_A), RECEPTION);
    assert_status(&r, 403);
}

static void everybody_is_handed_over_and_the_account_is_closed(void **state)
{
    (void)state;
    struct web_answer r =
        POSTED(page_of(CLINICIAN_A), OWNER, TEXT_OF("to_all=%s", w.person[CLINICIAN_B].s));
    assert_status(&r, 303);
    assert_string_equal(r.location, "/practice/staff");
    assert_true(id_eq(clinician_of(ana), w.person[CLINICIAN_B]));
    assert_true(id_eq(clinician_of(berta), w.person[CLINICIAN_B]));
    assert_false(loaded(CLINICIAN_A).is_active);
    struct id *client;
    int n;
    OK(client_caseload(&w.cx, w.person[CLINICIAN_A], &client, &n));
    assert_int_equal(n, 0);
}

static void one_client_without_a_colleague_keeps_everything_as_it_was(void **state)
{
    (void)state;
    struct web_answer r =
        POSTED(page_of(CLINICIAN_A), OWNER, TEXT_OF("to.%s=%s", ana.s, w.person[CLINICIAN_B].s));
    assert_status(&r, 422);
    assert_holds(&r, "Choose who goes on with each client.");
    assert_holds(&r, TEXT_OF("<option value=\"%s\" selected>", w.person[CLINICIAN_B].s));
    assert_true(id_eq(clinician_of(ana), w.person[CLINICIAN_A]));
    assert_true(loaded(CLINICIAN_A).is_active);
    r = POSTED(page_of(CLINICIAN_A), OWNER, TEXT_OF("to_all=%s", w.person[CLINICIAN_A].s));
    assert_status(&r, 422); /* nor to who leaves */
    r = POSTED(page_of(CLINICIAN_A), OWNER, TEXT_OF("to_all=%s", w.person[RECEPTION].s));
    assert_status(&r, 422); /* nor to who does not treat */
    assert_true(loaded(CLINICIAN_A).is_active);
}

static void nobody_closes_the_own_account_or_the_last_owner_s(void **state)
{
    (void)state;
    struct web_answer r = POSTED(page_of(OWNER), OWNER, "to_all=");
    assert_status(&r, 422);
    assert_holds(&r, "Another owner closes your account.");
    assert_true(loaded(OWNER).is_active);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(page_lists_clients_and_what_is_booked),
        ALONE(everybody_is_handed_over_and_the_account_is_closed),
        ALONE(one_client_without_a_colleague_keeps_everything_as_it_was),
        ALONE(nobody_closes_the_own_account_or_the_last_owner_s),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
