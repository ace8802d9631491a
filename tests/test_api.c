/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_api.c - the API document is made from the tables, is current in docs/api.md, and every page
 * of a lively practice keeps it. */
#include "domains/domains.h"
#include "domains/encounters/encounters.h"
#include "support.h"
#include "support_schema.h"
#include "text/form.h"

#include <stdio.h>
#include <stdlib.h>

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open_list(&w, domains);
}

static void the_page_for_people_is_current(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &w.arena, 1 << 20);
    web_api_md(&b, domains);
    if (getenv("ACCEPT") != NULL) {
        FILE *f = fopen(SRCDIR "/docs/api.md", "w");
        assert_non_null(f);
        fputs(b.s, f);
        fclose(f);
    }
    FILE *f = fopen(SRCDIR "/docs/api.md", "r");
    assert_non_null(f);
    char *want = arena_alloc(&w.arena, 1 << 20);
    want[fread(want, 1, (1 << 20) - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(b.s, want);
}

static void the_document_for_programs_is_json_and_names_every_route(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &w.arena, 8 << 20);
    web_openapi(&b, domains);
    assert_true(json_is_valid(b.s, b.len));
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++)
            if (strchr(domains[i]->routes[k].what, '"') == NULL &&
                strstr(b.s, domains[i]->routes[k].what) == NULL)
                fail_msg("%s is not in the document", domains[i]->routes[k].path);
}

/* A client, an appointment, a note and so on to look at, by one clinician's own work. */
struct things {
    struct id client, appointment, note, task, invoice;
};

static struct things make_things(void)
{
    static struct things t;
    if (id_is_set(t.client))
        return t;
    struct client c;
    struct task k;
    struct service s = {.code = "IND",
                        .name = "Individual",
                        .duration_min = 50,
                        .fee_cents = 7000,
                        .is_active = true};
    world_as(&w, OWNER);
    OK(service_save(&w.cx, &s));
    record_init(&client_type, &c);
    c.given_name = "Ana";
    c.family_name = "Ib\303\241\303\261ez";
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
    t.client = c.id;
    struct appointment a = {.clinician = w.person[CLINICIAN_A],
                            .service = s.id,
                            .start_ms = w.cx.now_ms - 3600000,
                            .client = {c.id},
                            .n_clients = 1};
    OK(appointment_save(&w.cx, &a));
    t.appointment = a.id;
    world_as(&w, CLINICIAN_A);
    struct close_request *r = arena_new(&w.arena, struct close_request);
    r->appointment = a.id;
    r->attendance = APPT_HELD;
    r->charges = r->is_paid = true;
    r->fee_cents = 7000;
    r->next_start_ms = a.start_ms + 7 * MS_PER_DAY;
    OK(note_draft_for(&w.cx, a.id, &r->note));
    r->note.section[0].text = "words";
    r->sign = true;
    OK(encounter_close(&w.cx, r, &t.invoice));
    t.note = r->note.id;
    record_init(&task_type, &k);
    k.title = "Call";
    k.client = c.id;
    k.kind = TASK_FOLLOW_UP;
    OK(task_save(&w.cx, &k));
    t.task = k.id;
    return t;
}

/* The world checks each answer against its schema. */
static void every_page_keeps_its_schema(void **state)
{
    (void)state;
    struct things t = make_things();
    const char *const pages[] = {"/",
                                 "/today",
                                 "/clients",
                                 "/agenda",
                                 "/agenda?view=day&by=room",
                                 "/tasks",
                                 "/money",
                                 "/money?filter=paid",
                                 "/practice/rooms",
                                 "/practice/services",
                                 "/practice/staff",
                                 "/notes/search",
                                 "/notes/templates"};
    for (size_t i = 0; i < N_ELEMS(pages); i++)
        assert_int_equal(world_get_json(&w, pages[i], CLINICIAN_A).status, 200);
    assert_int_equal(world_call(&w, POST, "/clients/search", CLINICIAN_A, "{\"q\":\"ib\"}").status,
                     200);
    assert_int_equal(world_call(&w, POST, "/notes/search", CLINICIAN_A, "{\"q\":\"words\"}").status,
                     200);
    assert_int_equal(world_get_json(&w, "/practice", OWNER).status, 200);
    const char *const one[] = {arena_printf(&w.arena, "/clients/%s", t.client.s),
                               arena_printf(&w.arena, "/clients/%s/notes", t.client.s),
                               arena_printf(&w.arena, "/clients/%s/appointments", t.client.s),
                               arena_printf(&w.arena, "/clients/%s/tasks", t.client.s),
                               arena_printf(&w.arena, "/clients/%s/money", t.client.s),
                               arena_printf(&w.arena, "/appointments/%s", t.appointment.s),
                               arena_printf(&w.arena, "/appointments/%s/prepare", t.appointment.s),
                               arena_printf(&w.arena, "/appointments/%s/close", t.appointment.s),
                               arena_printf(&w.arena, "/notes/%s", t.note.s),
                               arena_printf(&w.arena, "/tasks/%s", t.task.s),
                               arena_printf(&w.arena, "/invoices/%s", t.invoice.s)};
    for (size_t i = 0; i < N_ELEMS(one); i++)
        if (world_get_json(&w, one[i], CLINICIAN_A).status != 200)
            fail_msg("%s is not there", one[i]);
}

static int refused_fields(const struct record_type *t)
{
    int n = 0;
    for (int i = 0; i < t->n_fields; i++) {
        char rec[4096] = {0};
        struct form f;
        if (t->fields[i].flags & READONLY)
            continue;
        const char *json = arena_printf(&w.arena, "{\"%s\":%s}", t->fields[i].key,
                                        t->fields[i].kind == FIELD_BOOL ? "1" : "true");
        world_as(&w, OWNER);
        assert_int_equal(form_parse_json(&w.arena, json, strlen(json), &f), RC_OK);
        record_clear(t, rec);
        assert_int_equal(record_parse(&w.cx, t, &f, NULL, rec), RC_INVALID);
        const char *said = cx_err(&w.cx, t->fields[i].key);
        if (said == NULL || strncmp(said, "Send ", 5) != 0)
            fail_msg("%s takes %s", t->name, json);
        n++;
    }
    return n;
}

static void no_field_takes_json_of_another_kind(void **state)
{
    (void)state;
    int n = 0;
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++)
            if (domains[i]->routes[k].takes != NULL)
                n += refused_fields(domains[i]->routes[k].takes);
    assert_true(n > 100);
}

static void what_handlers_read_by_hand_has_its_kind_too(void **state)
{
    (void)state;
    struct things t = make_things();
    const char *close = arena_printf(&w.arena, "/appointments/%s/close", t.appointment.s),
               *note = arena_printf(&w.arena, "/notes/%s", t.note.s);
    const struct {
        const char *path, *json, *field;
    } wrong[] = {
        {close, "{\"sign\":1}", "sign"},
        {close, "{\"sign\":\"1\"}", "sign"},
        {close, "{\"fee\":true}", "fee"},
        {close, "{\"attendance\":true}", "attendance"},
        {close, "{\"appointment_version\":true}", "appointment_version"},
        {close, "{\"tasks\":[true]}", "tasks.0"},
        {close, "{\"tasks\":[{\"title\":true}]}", "tasks.0.title"},
        {close, "{\"note\":{\"d\":5}}", "note.d"},
        {note, "{\"sign\":1}", "sign"},
        {note, "{\"version\":true}", "version"},
        {"/appointments", "{\"repeat\":true}", "repeat"},
        {"/appointments", "{\"clients\":[true]}", "clients.0"},
        {"/invoices", "{\"charge\":true}", "charge"},
        {"/account/password", "{\"old\":true}", "old"},
        {"/sign-in", "{\"email\":true}", "email"},
        {"/sign-in", "{\"user\":\"x\"}", "user"},
        {"/sign-out", "{\"all\":true}", "all"},
    };
    for (size_t i = 0; i < N_ELEMS(wrong); i++) {
        struct web_answer a = world_call(&w, POST, wrong[i].path, CLINICIAN_A, wrong[i].json);
        const char *named = arena_printf(&w.arena, "{\"field\":\"%s\"", wrong[i].field);
        if (a.status != 422 || strstr(answer_text(&w, &a), named) == NULL)
            fail_msg("%s %s: %d %s", wrong[i].path, wrong[i].json, a.status, answer_text(&w, &a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_for_people_is_current),
        cmocka_unit_test(the_document_for_programs_is_json_and_names_every_route),
        cmocka_unit_test(every_page_keeps_its_schema),
        cmocka_unit_test(no_field_takes_json_of_another_kind),
        cmocka_unit_test(what_handlers_read_by_hand_has_its_kind_too),
    };
    return cmocka_run_group_tests(tests, open_world, world_close);
}
