/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_tasks_web.c - pages and JSON of tasks, through the router. */
#include "support.h"
#include "tasks_view.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_tasks, NULL);
}

/* Notes one by the form and returns it. */
static struct task noted(enum who who, struct id client, const char *title)
{
    struct task *list;
    int n;
    struct web_answer a =
        world_call(&w, POST, "/tasks", who,
                   TEXT_OF("title=%s&client=%s&kind=%s&due_days=2026-11-30", title, client.s,
                           id_is_set(client) ? "homework" : "follow_up"));
    assert_status(&a, 303);
    world_as(&w, who);
    OK(task_list_open(&w.cx, 200, &list, &n));
    for (int i = 0; i < n; i++)
        if (strcmp(list[i].title, title) == 0)
            return list[i];
    fail_msg("the task is not there");
    return list[0];
}

static const char *path(const struct task *t, const char *after)
{
    return TEXT_OF("/tasks/%s%s", t->id.s, after);
}

static void the_page_groups_by_when_it_is_due(void **state)
{
    (void)state;
    static const char *const body[] = {
        "title=Yesterday&due_days=2026-11-22",
        "title=Now&due_days=2026-11-23",
        "title=Sunday&due_days=2026-11-29",
        "title=Monday&due_days=2026-11-30",
        "title=Whenever&due_days=",
    };
    static const char *const order[] = {"<h2>Overdue",        "Yesterday", "<h2>Today", ">Now<",
                                        "<h2>This week",      "Sunday",    "<h2>Later", "Monday",
                                        "<h2>Without a date", "Whenever"};
    for (size_t i = 0; i < N_ELEMS(body); i++) {
        struct web_answer made = world_call(&w, POST, "/tasks", RECEPTION, body[i]);
        assert_status(&made, 303);
        assert_string_equal(made.location, "/tasks");
    }
    struct web_answer a = world_call(&w, GET, "/tasks", RECEPTION, NULL);
    assert_status(&a, 200);
    const char *at = answer_text(&w, &a);
    for (size_t i = 0; i < N_ELEMS(order); i++) {
        at = strstr(at, order[i]);
        if (at == NULL)
            fail_msg("%s is missing or not in its place", order[i]);
    }
    assert_holds(&a, "5 open, 1 overdue");
    assert_holds(&a, "1 day late");
    assert_false(holds(&a, "name=\"client\"")); /* reception has general tasks only */
}

static void it_is_answered_in_place_and_taken_back(void **state)
{
    (void)state;
    struct task t = noted(CLINICIAN_A, world_client(&w, CLINICIAN_A, "Marta", "Sanz"), "Diary");
    struct web_answer a = world_call(&w, POST, path(&t, "/state"), CLINICIAN_A,
                                     "version=1&state=partly&why=two+days&next=/tasks%3Fx%3D1");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/tasks?x=1");
    a = world_call(&w, GET, "/tasks", CLINICIAN_A, NULL);
    assert_holds(&a, "two days");
    assert_holds(&a, "Reopen");
    a = world_call(&w, POST, path(&t, "/state"), CLINICIAN_A, "version=2&state=open");
    assert_status(&a, 303);
    OK(task_load(&w.cx, t.id, &t));
    assert_int_equal(t.state, TASK_OPEN);
    assert_true(t.why == NULL || t.why[0] == 0);
}

static void it_goes_on_to_our_own_pages_only(void **state)
{
    (void)state;
    static const char *const bad[] = {"https://evil.example", "//evil.example", "/%5Cevil.example",
                                      "/a%0d%0aSet-Cookie:x", "javascript:1"};
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct web_answer a =
            world_call(&w, POST, "/tasks", BILLING, TEXT_OF("title=x&next=%s", bad[i]));
        assert_status(&a, 303);
        assert_string_equal(a.location, "/tasks");
    }
}

static void bad_input_comes_back_with_what_was_typed(void **state)
{
    (void)state;
    struct web_answer a = world_call(&w, POST, "/tasks", CLINICIAN_A,
                                     "title=Kept+%3Cb%3E&due_days=2026-02-29&kind=follow_up");
    assert_status(&a, 422);
    assert_holds(&a, "There is no 29 February");
    assert_holds(&a, "value=\"Kept &lt;b&gt;\"");
    a = world_call(&w, POST, "/tasks", CLINICIAN_A, "title=");
    assert_status(&a, 422);
    assert_holds(&a, "What: Fill this in.");
    struct buf b;
    buf_init(&b, &w.arena, 1000);
    buf_puts(&b, "title=");
    for (int i = 0; i < 301; i++)
        buf_putc(&b, 'x');
    a = world_call(&w, POST, "/tasks", CLINICIAN_A, b.s);
    assert_status(&a, 422);
    assert_holds(&a, "Shorten this to 300 characters; it has 301.");
    a = world_call(&w, POST, "/tasks", CLINICIAN_A, "title=x&colour=red");
    assert_status(&a, 422);
    assert_holds(&a, "There is no field called &quot;colour&quot; here.");
    a = world_call(&w, POST, "/tasks", CLINICIAN_A, "title=x&kind=homework");
    assert_status(&a, 422);
    assert_holds(&a, "Homework is for a client: choose who.");
}

static void a_client_of_others_cannot_be_chosen(void **state)
{
    (void)state;
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Ours");
    struct web_answer a = world_call(&w, POST, "/tasks", CLINICIAN_B,
                                     TEXT_OF("{\"title\":\"x\",\"client\":\"%s\"}", client.s));
    assert_status(&a, 422);
    assert_string_equal(
        answer_text(&w, &a),
        "{\"errors\":[{\"field\":\"client\",\"message\":\"Choose a client of yours.\"}]}");
    a = world_call(&w, GET, TEXT_OF("/tasks/new?client=%s", client.s), CLINICIAN_B, NULL);
    assert_status(&a, 404);
    a = world_call(&w, GET, TEXT_OF("/clients/%s/tasks", client.s), CLINICIAN_B, NULL);
    assert_status(&a, 404);
    assert_false(holds(&a, "Ours"));
    a = world_call(&w, GET, TEXT_OF("/clients/%s/tasks", client.s), RECEPTION, NULL);
    assert_status(&a, 403);
}

static void the_clients_page_has_header_form_and_tasks(void **state)
{
    (void)state;
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Headed");
    noted(CLINICIAN_A, client, "Breathing");
    const char *page = TEXT_OF("/clients/%s/tasks", client.s);
    struct web_answer a = world_call(&w, GET, page, CLINICIAN_A, NULL);
    assert_status(&a, 200);
    assert_holds(&a, "Marta Headed");
    assert_holds(&a, "Breathing");
    assert_holds(&a, "<title>Tasks of a client \xc2\xb7 Entracte</title>");
    assert_holds(&a, TEXT_OF("name=\"client\" value=\"%s\"", client.s));
    a = world_get_json(&w, page, CLINICIAN_A);
    assert_status(&a, 200);
    assert_holds(&a, "\"title\":\"Breathing\"");
}

static void a_stale_form_shows_both_versions(void **state)
{
    (void)state;
    struct task t = noted(CLINICIAN_A, world_client(&w, CLINICIAN_A, "Marta", "Sanz"), "First");
    struct web_answer a = world_call(&w, POST, path(&t, ""), CLINICIAN_A, "version=1&title=Theirs");
    assert_status(&a, 303);
    a = world_call(&w, POST, path(&t, ""), CLINICIAN_A, "version=1&title=Mine");
    assert_status(&a, 409);
    assert_holds(&a, "<dt>What</dt><dd>Theirs</dd>");
    assert_holds(&a, "value=\"Mine\"");
    assert_holds(&a, "name=\"version\" value=\"2\"");
    a = world_call(&w, POST, path(&t, "/state"), CLINICIAN_A, "{\"version\":1,\"state\":\"done\"}");
    assert_status(&a, 409);
    assert_holds(&a, "\"current\":{");
    assert_holds(&a, "\"title\":\"Theirs\"");
    a = world_call(&w, POST, path(&t, ""), CLINICIAN_A, "version=2&title=Mine");
    assert_status(&a, 303);
}

static void json_is_the_same_page(void **state)
{
    (void)state;
    struct task t = noted(CLINICIAN_B, world_client(&w, CLINICIAN_B, "Marta", "Sanz"), "Json");
    struct web_answer a = world_get_json(&w, path(&t, ""), CLINICIAN_B);
    assert_status(&a, 200);
    assert_string_equal(
        answer_text(&w, &a),
        TEXT_OF("{\"id\":\"%s\",\"version\":1,\"client_name\":\"Marta Sanz\",\"task\":{"
                "\"title\":\"Json\",\"kind\":\"homework\",\"client\":\"%s\","
                "\"due_days\":\"2026-11-30\",\"state\":\"open\",\"why\":\"\"}}",
                t.id.s, t.client.s));
    a = world_call(&w, POST, path(&t, "/state"), CLINICIAN_B,
                   "{\"version\":1,\"state\":\"not\",\"why\":\"ill\"}");
    assert_status(&a, 200);
    assert_holds(&a, "\"version\":2");
    a = world_get_json(&w, "/tasks", CLINICIAN_B);
    assert_holds(&a, "\"state\":\"not\",\"why\":\"ill\"");
    a = world_call(&w, POST, path(&t, "/state"), CLINICIAN_B, "{\"version\":2}");
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"state\"");
    a = world_call(&w, POST, path(&t, "/state"), CLINICIAN_B, "{\"version\":2,\"state\":\"lost\"}");
    assert_status(&a, 422);
}

static void who_may_what(void **state)
{
    (void)state;
    struct task t =
        noted(CLINICIAN_A, world_client(&w, CLINICIAN_A, "Marta", "Sanz"), "Mine alone");
    for (enum who who = OWNER; who <= BILLING; who++) {
        int want = who == CLINICIAN_A ? 200 : 404;
        struct web_answer a = world_call(&w, GET, path(&t, ""), who, NULL);
        assert_status(&a, want);
        a = world_call(&w, GET, "/tasks", who, NULL);
        assert_status(&a, 200);
        assert_true(holds(&a, "Mine alone") == (who == CLINICIAN_A));
        a = world_call(&w, POST, path(&t, "/state"), who, "version=9&state=done");
        assert_status(&a, who == CLINICIAN_A ? 409 : 404);
        a = world_call(&w, GET, "/tasks/new", who, NULL);
        assert_status(&a, 200);
    }
    struct web_answer a = world_get_json(&w, "/tasks", NOBODY);
    assert_status(&a, 401);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(the_page_groups_by_when_it_is_due),
        cmocka_unit_test(it_is_answered_in_place_and_taken_back),
        cmocka_unit_test(it_goes_on_to_our_own_pages_only),
        cmocka_unit_test(bad_input_comes_back_with_what_was_typed),
        cmocka_unit_test(a_client_of_others_cannot_be_chosen),
        cmocka_unit_test(the_clients_page_has_header_form_and_tasks),
        cmocka_unit_test(a_stale_form_shows_both_versions),
        cmocka_unit_test(json_is_the_same_page),
        cmocka_unit_test(who_may_what),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
