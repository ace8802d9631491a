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

static int close_world(void **state)
{
    (void)state;
    return world_close(&w);
}

#define alone(f_) cmocka_unit_test_setup_teardown(f_, open_world, close_world)
#define text(...) arena_printf(&w.arena, __VA_ARGS__)

static void assert_status(const struct web_answer *a, int status)
{
    if (a->status != status)
        fail_msg("status %d, want %d: %s", a->status, status, answer_text(&w, a));
}

static bool holds(const struct web_answer *a, const char *part)
{
    return memmem(a->body.p, a->body.len, part, strlen(part)) != NULL;
}

static void assert_holds(const struct web_answer *a, const char *part)
{
    if (!holds(a, part))
        fail_msg("\"%s\" is not in: %s", part, answer_text(&w, a));
}

static struct web_answer get(const char *path, enum who who)
{
    return world_call(&w, GET, path, who, NULL);
}

static struct web_answer post(const char *path, enum who who, const char *body)
{
    return world_call(&w, POST, path, who, body);
}

static void everybody_reads_the_settings_and_the_owner_writes(void **state)
{
    (void)state;
    for (enum who who = OWNER; who < WHO_N_; who++) {
        struct web_answer a = get("/practice", who);
        assert_status(&a, 200);
        assert_holds(&a, "Calle Mayor 1");
        assert_int_equal(holds(&a, "<form class=\"card form\""), who == OWNER);
        static const char *const writes[] = {"/practice", "/practice/rooms", "/practice/services"};
        for (size_t i = 0; who != OWNER && i < N_ELEMS(writes); i++) {
            a = post(writes[i], who, "name=X");
            assert_status(&a, 403);
        }
    }
    struct web_answer a = world_get_json(&w, "/practice", NOBODY);
    assert_status(&a, 401);
}

static void settings_are_changed_by_form_and_by_json(void **state)
{
    (void)state;
    struct web_answer a = post("/practice", OWNER, "version=2&city=Vic&time_zone=Atlantic/Canary");
    assert_status(&a, 303);
    a = post("/practice", OWNER, "{\"version\":3,\"country\":\"FR\",\"says_patient\":true}");
    assert_status(&a, 200);
    a = world_get_json(&w, "/practice", RECEPTION);
    assert_holds(&a, "\"version\":4");
    assert_holds(&a, "\"city\":\"Vic\"");
    assert_holds(&a, "\"time_zone\":\"Atlantic/Canary\"");
    assert_holds(&a, "\"says_patient\":true");
}

static void wrong_settings_come_back_with_what_was_typed(void **state)
{
    (void)state;
    struct web_answer a = post("/practice", OWNER, "version=2&time_zone=Europe/Atlantis&name=");
    assert_status(&a, 422);
    assert_holds(&a, "value=\"Europe/Atlantis\" selected");
    assert_holds(&a, "Fill this in.");
    a = post("/practice", OWNER, "version=2&invoice_due_days=366");
    assert_status(&a, 422);
    assert_holds(&a, "e-invoice_due_days");
    a = post("/practice", OWNER, "{\"version\":2,\"colour\":\"blue\"}");
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"colour\"");
    a = post("/practice", OWNER, "version=1&city=Vic"); /* stale */
    assert_status(&a, 409);
    assert_holds(&a, "value=\"Vic\"");
    assert_holds(&a, "name=\"version\" value=\"2\"");
    a = post("/practice", OWNER, "{\"version\":1,\"city\":\"Vic\"}");
    assert_status(&a, 409);
    assert_holds(&a, "\"current\":{\"version\":2");
}

static void names_are_escaped(void **state)
{
    (void)state;
    struct web_answer a = post("/practice", OWNER, "version=2&name=%3Cb%3EA%26B%3C/b%3E");
    assert_status(&a, 303);
    a = get("/practice", CLINICIAN_A);
    assert_holds(&a, "&lt;b&gt;A&amp;B");
    assert_false(holds(&a, "<b>A"));
}

static void a_room_is_made_and_edited_in_place(void **state)
{
    (void)state;
    struct web_answer a = get("/practice/rooms", OWNER);
    assert_holds(&a, "No rooms yet");
    a = post("/practice/rooms", OWNER,
             "version=0&name=Room+1&capacity=3&position=0&is_active=0&is_active=1");
    assert_status(&a, 303);
    a = world_get_json(&w, "/practice/rooms", BILLING);
    assert_status(&a, 200);
    assert_holds(&a, "\"name\":\"Room 1\",\"capacity\":3,\"position\":0,\"is_active\":true");
    struct room *room;
    int n;
    OK(room_list(&w.cx, false, &room, &n));
    const char *path = text("/practice/rooms/%s", room[0].id.s);
    a = get(path, OWNER);
    assert_holds(&a, "Edit the room");
    assert_holds(&a, "value=\"Room 1\"");
    a = post(path, OWNER, "version=1&name=Room+9&is_active=0");
    assert_status(&a, 303);
    a = post(path, OWNER, "version=1&name=Late");
    assert_status(&a, 409);
    a = get(path, CLINICIAN_A); /* reads, sees no form */
    assert_holds(&a, "not in use");
    assert_false(holds(&a, "Edit the room"));
    a = post("/practice/rooms", OWNER, "name=&capacity=0");
    assert_status(&a, 422);
    assert_holds(&a, "e-name");
    assert_holds(&a, "e-capacity");
}

static void a_service_is_made_and_edited_in_place(void **state)
{
    (void)state;
    struct web_answer a = post("/practice/services", OWNER,
                               "code=IND&name=Individual&duration_min=50&modality=video"
                               "&kind=couple&fee_cents=70.50&is_active=1");
    assert_status(&a, 303);
    a = world_get_json(&w, "/practice/services", RECEPTION);
    assert_holds(&a, "\"code\":\"IND\",\"name\":\"Individual\",\"duration_min\":50,"
                     "\"modality\":\"video\",\"kind\":\"couple\",\"fee_cents\":7050");
    a = get("/practice/services", RECEPTION);
    assert_holds(&a, "Couple · Video");
    a = post("/practice/services", OWNER, "{\"code\":\"IND\",\"name\":\"X\",\"duration_min\":50}");
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
        a = post("/practice/services", OWNER, bad[i]);
        assert_status(&a, 422);
        assert_holds(&a, "value=\"B\"");
    }
}

static void unknown_rooms_and_services_are_not_found(void **state)
{
    (void)state;
    static const char *const kinds[] = {"rooms", "services"};
    for (size_t i = 0; i < N_ELEMS(kinds); i++) {
        const char *path = text("/practice/%s/%s", kinds[i], id_new().s);
        struct web_answer a = get(path, OWNER);
        assert_status(&a, 404);
        a = post(path, OWNER, "version=1&name=X");
        assert_status(&a, 404);
        a = get(text("/practice/%s/short", kinds[i]), OWNER);
        assert_status(&a, 404);
    }
}

int main(void)
{
    const struct CMUnitTest t[] = {
        alone(everybody_reads_the_settings_and_the_owner_writes),
        alone(settings_are_changed_by_form_and_by_json),
        alone(wrong_settings_come_back_with_what_was_typed),
        alone(names_are_escaped),
        alone(a_room_is_made_and_edited_in_place),
        alone(a_service_is_made_and_edited_in_place),
        alone(unknown_rooms_and_services_are_not_found),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
