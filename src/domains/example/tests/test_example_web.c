/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_example_web.c - pages and JSON of examples, through the router. */
#include "domains/example/example_view.h"
#include "support.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_example, NULL);
}

/* Stores one and returns the path of its page. */
static const char *stored(const char *name, struct example *ret)
{
    struct example e = {0};
    record_init(&example_type, &e);
    e.name = name;
    world_as(&w, OWNER);
    OK(example_save(&w.cx, &e));
    *ret = e;
    return TEXT_OF("/examples/%s", e.id.s);
}

static void the_list_escapes_names(void **state)
{
    (void)state;
    struct example e;
    stored("Nadia <b>", &e);
    struct web_answer a = world_call(&w, GET, "/examples", RECEPTION, NULL);
    assert_status(&a, 200);
    assert_holds(&a, TEXT_OF("href=\"/examples/%s\">Nadia &lt;b&gt;</a>", e.id.s));
    assert_null(memmem(a.body.p, a.body.len, "New example", 11)); /* reception may only read */
}

static void a_form_makes_one(void **state)
{
    (void)state;
    struct web_answer a = world_call(
        &w, POST, "/examples", OWNER,
        "name=Otto&state=open&due_days=2026-12-24&fee_cents=70.50&weekdays=&weekdays=tue");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/examples");
    a = world_call(&w, GET, "/examples", OWNER, NULL);
    assert_holds(&a, "Otto");
    assert_holds(&a, "24 Dec 2026");
}

static void errors_come_back_beside_what_was_typed(void **state)
{
    (void)state;
    struct web_answer a = world_call(&w, POST, "/examples", OWNER, "name=&fee_cents=seventy");
    assert_status(&a, 422);
    assert_holds(&a, "<a href=\"#f-name\">Name: Fill this in.</a>");
    assert_holds(&a, "<p class=\"error\" id=\"e-fee_cents\">Write the amount as 70.50.</p>");
    assert_holds(&a, "value=\"seventy\"");
}

static void json_is_the_same_page(void **state)
{
    (void)state;
    struct example e;
    const char *path = stored("Nadia", &e);
    struct web_answer a = world_get_json(&w, path, OWNER);
    assert_status(&a, 200);
    assert_string_equal(
        answer_text(&w, &a),
        TEXT_OF("{\"id\":\"%s\",\"version\":1,\"example\":{\"name\":\"Nadia\",\"email\":\"\","
                "\"state\":\"open\",\"due_days\":null,"
                "\"is_urgent\":false,\"weekdays\":[],\"fee_cents\":0,\"remark\":\"\"}}",
                e.id.s));

    a = world_call(&w, POST, path, OWNER, "{\"version\":1,\"fee_cents\":7050}");
    assert_status(&a, 200);
    OK(example_load(&w.cx, e.id, &e));
    assert_int_equal(e.fee_cents, 7050);
    assert_string_equal(e.name, "Nadia"); /* only what was sent changed */
}

static void a_stale_form_shows_the_conflict_and_keeps_the_entries(void **state)
{
    (void)state;
    struct example e;
    const char *path = stored("Nadia", &e);
    struct web_answer a = world_call(&w, POST, path, OWNER, "version=1&name=First");
    assert_status(&a, 303);
    a = world_call(&w, POST, path, OWNER, "version=1&name=Second");
    assert_status(&a, 409);
    assert_holds(&a, "value=\"Second\"");
    assert_holds(&a, "name=\"version\" value=\"2\"");
    OK(example_load(&w.cx, e.id, &e));
    assert_string_equal(e.name, "First");
}

static void erasing_takes_it_off_the_list(void **state)
{
    (void)state;
    struct example e;
    const char *path = stored("Nadia", &e);
    struct web_answer a = world_call(&w, POST, TEXT_OF("%s/erase", path), OWNER, "version=1");
    assert_status(&a, 303);
    a = world_call(&w, GET, path, OWNER, NULL);
    assert_status(&a, 404);
}

static void who_may_what(void **state)
{
    (void)state;
    struct example e;
    const char *path = stored("Nadia", &e);
    for (enum who who = OWNER; who <= BILLING; who++) {
        struct web_answer read = world_call(&w, GET, path, who, NULL);
        struct web_answer written = world_call(&w, POST, path, who, "version=0&name=X");
        assert_status(&read, 200);
        assert_status(&written, who == OWNER ? 409 : 403);
    }
    struct web_answer a = world_get_json(&w, path, NOBODY);
    assert_status(&a, 401);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(the_list_escapes_names),
        cmocka_unit_test(a_form_makes_one),
        cmocka_unit_test(errors_come_back_beside_what_was_typed),
        cmocka_unit_test(json_is_the_same_page),
        cmocka_unit_test(a_stale_form_shows_the_conflict_and_keeps_the_entries),
        cmocka_unit_test(erasing_takes_it_off_the_list),
        cmocka_unit_test(who_may_what),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
