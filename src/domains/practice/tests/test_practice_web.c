/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_practice_web.c - settings, rooms and services through the router. */
#include "domains/practice/practice_view.h"
#include "support.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_practice, NULL);
}

static void settings_are_for_the_owner_and_of_invoices_for_billing(void **state)
{
    (void)state;
    for (enum who who = OWNER; who <= BILLING; who++) {
        struct web_answer a = GOT("/practice", who);
        bool sees = who == OWNER || who == BILLING;
        assert_status(&a, sees ? 200 : 403);
        assert_int_equal(holds(&a, "Calle Mayor 1"), sees);
        a = GOT("/practice/rooms", who);
        assert_int_equal(holds(&a, "href=\"/practice\""), sees);
        a = GOT("/practice", who);
        assert_int_equal(holds(&a, "<form class=\"card form\""), who == OWNER);
        static const char *const writes[] = {"/practice", "/practice/rooms", "/practice/services"};
        for (size_t i = 0; who != OWNER && i < N_ELEMS(writes); i++) {
            a = POSTED(writes[i], who, "name=X");
            assert_status(&a, 403);
        }
    }
    struct web_answer a = world_get_json(&w, "/practice", NOBODY);
    assert_status(&a, 401);
}

static void settings_are_changed_by_form_and_by_json(void **state)
{
    (void)state;
    struct web_answer a =
        POSTED("/practice", OWNER, "version=2&city=Vic&time_zone=Atlantic/Canary");
    assert_status(&a, 303);
    a = POSTED("/practice", OWNER, "{\"version\":3,\"country\":\"FR\",\"says_patient\":true}");
    assert_status(&a, 200);
    a = world_get_json(&w, "/practice", BILLING);
    assert_holds(&a, "\"says_patient\":false"); /* not theirs to know */
    a = world_get_json(&w, "/practice", OWNER);
    assert_holds(&a, "\"version\":4");
    assert_holds(&a, "\"city\":\"Vic\"");
    assert_holds(&a, "\"time_zone\":\"Atlantic/Canary\"");
    assert_holds(&a, "\"says_patient\":true");
}

static void wrong_settings_come_back_with_what_was_typed(void **state)
{
    (void)state;
    struct web_answer a = POSTED("/practice", OWNER, "version=2&time_zone=Europe/Atlantis&name=");
    assert_status(&a, 422);
    assert_holds(&a, "value=\"Europe/Atlantis\" selected");
    assert_holds(&a, "Fill this in.");
    a = POSTED("/practice", OWNER, "version=2&invoice_due_days=366");
    assert_status(&a, 422);
    assert_holds(&a, "e-invoice_due_days");
    a = POSTED("/practice", OWNER, "{\"version\":2,\"colour\":\"blue\"}");
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"colour\"");
    a = POSTED("/practice", OWNER, "version=1&city=Vic"); /* stale */
    assert_status(&a, 409);
    assert_holds(&a, "value=\"Vic\"");
    assert_holds(&a, "name=\"version\" value=\"2\"");
    a = POSTED("/practice", OWNER, "{\"version\":1,\"city\":\"Vic\"}");
    assert_status(&a, 409);
    assert_holds(&a, "\"current\":{\"version\":2");
}

static void names_are_escaped(void **state)
{
    (void)state;
    struct web_answer a = POSTED("/practice", OWNER, "version=2&name=%3Cb%3EA%26B%3C/b%3E");
    assert_status(&a, 303);
    a = GOT("/practice", BILLING);
    assert_holds(&a, "&lt;b&gt;A&amp;B");
    assert_false(holds(&a, "<b>A"));
}

static void a_room_is_made_and_edited_in_place(void **state)
{
    (void)state;
    struct web_answer a = GOT("/practice/rooms", OWNER);
    assert_holds(&a, "No rooms yet");
    a = POSTED("/practice/rooms", OWNER,
               "version=0&name=Room+1&capacity=3&position=0&is_active=0&is_active=1");
    assert_status(&a, 303);
    a = world_get_json(&w, "/practice/rooms", BILLING);
    assert_status(&a, 200);
    assert_holds(&a, "\"name\":\"Room 1\",\"capacity\":3,\"position\":0,\"is_active\":true");
    struct room *room;
    int n;
    OK(room_list(&w.cx, false, &room, &n));
    const char *path = TEXT_OF("/practice/rooms/%s", room[0].id.s);
    a = GOT(path, OWNER);
    assert_holds(&a, "Edit the room");
    assert_holds(&a, "value=\"Room 1\"");
    a = POSTED(path, OWNER, "version=1&name=Room+9&is_active=0");
    assert_status(&a, 303);
    a = POSTED(path, OWNER, "version=1&name=Late");
    assert_status(&a, 409);
    a = GOT(path, CLINICIAN_A); /* reads, sees no form */
    assert_holds(&a, "not in use");
    assert_false(holds(&a, "Edit the room"));
    a = POSTED("/practice/rooms", OWNER, "name=&capacity=0");
    assert_status(&a, 422);
    assert_holds(&a, "e-name");
    assert_holds(&a, "e-capacity");
}

static void a_service_is_made_and_edited_in_place(void **state)
{
    (void)state;
    struct web_answer a = POSTED("/practice/services", OWNER,
                                 "code=IND&name=Individual&duration_min=50&modality=video"
                                 "&kind=couple&fee_cents=70.50&is_active=1");
    assert_status(&a, 303);
    a = world_get_json(&w, "/practice/services", RECEPTION);
    assert_holds(&a, "\"code\":\"IND\",\"name\":\"Individual\",\"duration_min\":50,"
                     "\"modality\":\"video\",\"kind\":\"couple\",\"fee_cents\":7050");
    a = GOT("/practice/services", RECEPTION);
    assert_holds(&a, "Couple · Video");
    a = POSTED("/practice/services", OWNER,
               "{\"code\":\"IND\",\"name\":\"X\",\"duration_min\":50}");
    assert_status(&a, 422);
    assert_holds(&a, "Another service has this code.");
    static const char *const bad[] = {"code=A&name=B&duration_min=4",
                                      "code=A&name=B&duration_min=1441",
                                      "code=A&name=B",
                                      "code=A&name=B&duration_min=x",
                                      "code=A&name=B&duration_min=50&kind=x",
                                      "code=A&name=B&duration_min=50&fee_cents=-1",
                                      "code=A&name=B&duration_min=50&fee_cents=1.234,50"};
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        a = POSTED("/practice/services", OWNER, bad[i]);
        assert_status(&a, 422);
        assert_holds(&a, "value=\"B\"");
    }
}

static void unknown_rooms_and_services_are_not_found(void **state)
{
    (void)state;
    static const char *const kinds[] = {"rooms", "services"};
    for (size_t i = 0; i < N_ELEMS(kinds); i++) {
        const char *path = TEXT_OF("/practice/%s/%s", kinds[i], id_new().s);
        struct web_answer a = GOT(path, OWNER);
        assert_status(&a, 404);
        a = POSTED(path, OWNER, "version=1&name=X");
        assert_status(&a, 404);
        a = GOT(TEXT_OF("/practice/%s/short", kinds[i]), OWNER);
        assert_status(&a, 404);
    }
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(settings_are_for_the_owner_and_of_invoices_for_billing),
        ALONE(settings_are_changed_by_form_and_by_json),
        ALONE(wrong_settings_come_back_with_what_was_typed),
        ALONE(names_are_escaped),
        ALONE(a_room_is_made_and_edited_in_place),
        ALONE(a_service_is_made_and_edited_in_place),
        ALONE(unknown_rooms_and_services_are_not_found),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
