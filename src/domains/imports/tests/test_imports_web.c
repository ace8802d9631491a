/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_imports_web.c - upload, preview, taking in and report, as pages and as JSON. */
#include "domains/imports/imports_view.h"
#include "imports_sql.h"
#include "support.h"

#include <stdio.h>

static struct world w;

static int open_world(void **state)
{
    (void)state;
    if (world_open(&w, &domain_imports, NULL) != 0)
        return -1;
    struct service s = {.code = "I50", .name = "Individual", .duration_min = 50, .is_active = true};
    OK(service_save(&w.cx, &s));
    return 0;
}

/* The token that the forms of a page carry. */
static const char *csrf(void)
{
    struct web_answer a = world_call(&w, GET, "/imports", OWNER, NULL);
    const char *page = answer_text(&w, &a), *at = strstr(page, "name=\"csrf\" value=\"");
    assert_non_null(at);
    at += strlen("name=\"csrf\" value=\"");
    return arena_strndup(&w.arena, at, strcspn(at, "\""));
}

static struct web_answer upload(const char *file)
{
    struct web_answer answer = {0};
    const char *body = TEXT_OF("--xyz\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n"
                               "%s\r\n--xyz\r\nContent-Disposition: form-data; name=\"file\"; "
                               "filename=\"clients.csv\"\r\nContent-Type: text/csv\r\n\r\n"
                               "%s\r\n--xyz--\r\n",
                               csrf(), file);
    struct web_call c = {.method = POST,
                         .target = "/imports/preview",
                         .accept = "text/html",
                         .cookie = "entracte_s=owner",
                         .content_type = "multipart/form-data; boundary=xyz",
                         .body = {(const unsigned char *)body, strlen(body)}};
    web_call(w.web, w.db, &w.arena, &c, &answer);
    return answer;
}

static const char *shows(struct web_answer a, int status, const char *needle)
{
    const char *text = answer_text(&w, &a);
    assert_int_equal(a.status, status);
    if (strstr(text, needle) == NULL)
        fail_msg("not shown: %s in %s", needle, text);
    return text;
}

static const char *uploaded(const char *file)
{
    struct web_answer a = upload(file);
    assert_int_equal(a.status, 303);
    assert_int_equal(strncmp(a.location, "/imports/", 9), 0);
    return a.location;
}

static const char table[] = "First Name,Last Name,Phone,Shoe size\n"
                            "Ana,Alba,600 000 000,38\n"
                            "<b>Eva</b>,Egea,,39\n"
                            ",Lara,,40\n";

static void a_file_is_seen_before_it_is_taken(void **state)
{
    (void)state;
    const char *path = uploaded(table);
    const char *page = shows(world_call(&w, GET, path, OWNER, NULL), 200, "Take 2 clients");
    assert_non_null(strstr(page, "Shoe size"));
    assert_non_null(strstr(page, "The given name is missing."));
    assert_non_null(strstr(page, "&lt;b&gt;Eva"));
    assert_null(strstr(page, "<b>Eva"));
    assert_non_null(strstr(page, "<title>Preview of an import"));
    struct client_identity *all;
    int n;
    OK(client_identities(&w.cx, &all, &n));
    assert_int_equal(n, 0);
    shows(world_call(&w, GET, "/imports", OWNER, NULL), 200, "waits for you");
}

static void what_is_taken_is_reported(void **state)
{
    (void)state;
    const char *path = uploaded(table);
    const char *body = TEXT_OF("import=%s&clinician=%s&status=waiting&column.0=given_name&"
                               "column.1=family_name&column.2=phone&column.3=remark",
                               path + 9, w.person[CLINICIAN_B].s);
    struct web_answer a = world_call(&w, POST, "/imports/run", OWNER, body);
    assert_int_equal(a.status, 303);
    assert_string_equal(a.location, path);
    const char *page = shows(world_call(&w, GET, path, OWNER, NULL), 200, "2 clients were taken");
    assert_non_null(strstr(page, "The given name is missing."));
    a = world_call(&w, GET, TEXT_OF("%s/report", path), OWNER, NULL);
    shows(a, 200, "2,Taken,\"Alba, Ana\",,");
    assert_non_null(strstr(a.headers, "attachment"));
    struct client_identity *all;
    struct client c;
    int n;
    OK(client_identities(&w.cx, &all, &n));
    assert_int_equal(n, 2);
    OK(client_load(&w.cx, world_cap(&w, all[0].id), &c));
    assert_int_equal(c.status, CLIENT_WAITING);
    assert_true(id_eq(c.clinician, w.person[CLINICIAN_B]));
    assert_string_equal(c.remark, "38");
    /* the second time */
    path = uploaded(table);
    shows(world_call(&w, GET, path, OWNER, NULL), 200, "Nothing can be taken this way.");
}

static void what_was_left_out_comes_back_as_it_stood(void **state)
{
    (void)state;
    const char *path = uploaded(table);
    shows(world_call(&w, GET, TEXT_OF("%s/left-out", path), OWNER, NULL), 409, "not been taken");
    const char *body = TEXT_OF("import=%s", path + 9);
    assert_int_equal(world_call(&w, POST, "/imports/run", OWNER, body).status, 303);
    shows(world_call(&w, GET, path, OWNER, NULL), 200, "Rows left out, to correct");
    struct web_answer a = world_call(&w, GET, TEXT_OF("%s/left-out", path), OWNER, NULL);
    shows(a, 200, ",Lara,,40,The given name is missing.");
    assert_non_null(strstr(a.headers, "left-out.csv"));
}

static void the_order_of_dates_is_asked_for(void **state)
{
    (void)state;
    const char *path = uploaded("name,dob,dob,shoe\nAna Alba,04/05/1985,,39\n");
    const char *page =
        shows(world_call(&w, GET, path, OWNER, NULL), 200, "can be read in two ways");
    assert_non_null(strstr(page, "Another column has the same heading."));
    assert_non_null(strstr(page, "No field goes by this name."));
    assert_non_null(strstr(page, "a guess"));
    assert_null(strstr(page, "Take 1 client"));
    const char *body = TEXT_OF("import=%s", path + 9);
    shows(world_call(&w, POST, "/imports/run", OWNER, body), 422, "Say how the dates are written.");
    body = TEXT_OF("import=%s&dates=day_first", path + 9);
    assert_int_equal(world_call(&w, POST, "/imports/run", OWNER, body).status, 303);
    shows(world_call(&w, GET, path, OWNER, NULL), 200, "1 client was taken");
}

static void another_choice_of_columns_is_kept(void **state)
{
    (void)state;
    const char *path = uploaded(table);
    const char *body = TEXT_OF("import=%s&column.0=name_used&column.1=full_name", path + 9);
    assert_int_equal(world_call(&w, POST, "/imports/preview", OWNER, body).status, 303);
    shows(world_call(&w, GET, path, OWNER, NULL), 200,
          "<option value=\"full_name\" selected>Whole name, to be divided");
}

static void what_cannot_be_read_is_said_beside_the_file(void **state)
{
    (void)state;
    shows(upload(""), 422, "The file is empty.");
    shows(world_call(&w, POST, "/imports/preview", OWNER, "x=1"), 422, "There is no field called");
    shows(world_call(&w, POST, "/imports/preview", OWNER, ""), 422, "Choose a file first.");
}

static void programs_bring_and_take_files_too(void **state)
{
    (void)state;
    struct web_answer a = world_call(&w, POST, "/imports/preview", OWNER,
                                     "{\"content\":\"name,email\\nAna Alba,ana@example.org\\n\"}");
    const char *path = a.location;
    assert_int_equal(a.status, 201);
    const char *json = shows(world_get_json(&w, path, OWNER), 200, "\"n_taken\":1");
    assert_non_null(strstr(json, "\"key\":\"full_name\""));
    assert_non_null(strstr(json, "\"kind\":\"table\""));
    const char *body = TEXT_OF("{\"import\":\"%s\",\"column\":[\"full_name\",\"\"]}", path + 9);
    assert_int_equal(world_call(&w, POST, "/imports/run", OWNER, body).status, 200);
    shows(world_get_json(&w, path, OWNER), 200, "\"is_done\":true");
    shows(world_get_json(&w, "/imports", OWNER), 200, "\"imports\":[{");
}

static void wrong_choices_are_named(void **state)
{
    (void)state;
    struct web_answer a =
        world_call(&w, POST, "/imports/preview", OWNER, "{\"content\":\"name\\nAna Alba\\n\"}");
    const char *id = a.location + 9;
    shows(world_call(&w, POST, "/imports/run", OWNER,
                     TEXT_OF("{\"import\":\"%s\",\"shoes\":\"1\"}", id)),
          422, "\"field\":\"shoes\"");
    shows(world_call(&w, POST, "/imports/run", OWNER,
                     TEXT_OF("{\"import\":\"%s\",\"column\":[\"version\"]}", id)),
          422, "\"field\":\"column.0\"");
    shows(world_call(&w, POST, "/imports/run", OWNER,
                     TEXT_OF("import=%s&clinician=%s", id, w.person[RECEPTION].s)),
          422, "Choose a clinician of the practice.");
}

static void a_calendar_needs_whose_it_is(void **state)
{
    (void)state;
    const char *path =
        uploaded("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T100000\r\n"
                 "SUMMARY:Ana Alba\r\nEND:VEVENT\r\nEND:VCALENDAR");
    shows(world_call(&w, GET, path, OWNER, NULL), 200, "No client has this name.");
    shows(world_call(&w, GET, path, OWNER, NULL), 200, "What lies before this day stays out");
    const char *body = TEXT_OF("import=%s", path + 9);
    shows(world_call(&w, POST, "/imports/run", OWNER, body), 422,
          "Choose a clinician of the practice.");
    body = TEXT_OF("import=%s&clinician=%s&from_days=2026-12-31&until_days="
                   "2026-12-01",
                   path + 9, w.person[CLINICIAN_A].s);
    shows(world_call(&w, POST, "/imports/preview", OWNER, body), 422,
          "The last day lies before the first.");
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    static const char nobody[] = "AAAAAAAAAAAAAAAAAAAAAA";
    const char *path = TEXT_OF("/imports/%s", nobody);
    assert_int_equal(world_call(&w, GET, path, OWNER, NULL).status, 404);
    path = TEXT_OF("/imports/%s/report", nobody);
    assert_int_equal(world_call(&w, GET, path, OWNER, NULL).status, 404);
    const char *body = TEXT_OF("import=%s", nobody);
    assert_int_equal(world_call(&w, POST, "/imports/run", OWNER, body).status, 404);
    assert_int_equal(world_call(&w, POST, "/imports/run", OWNER, "").status, 404);
    path = uploaded(table);
    assert_int_equal(world_call(&w, GET, TEXT_OF("%s/report", path), OWNER, NULL).status, 409);
    assert_int_equal(world_call(&w, POST, TEXT_OF("%s/erase", path), OWNER, "").status, 303);
    assert_int_equal(world_call(&w, GET, path, OWNER, NULL).status, 404);
}

static void only_the_owner_brings_in(void **state)
{
    (void)state;
    static const enum who others[] = {CLINICIAN_A, RECEPTION, BILLING};
    for (size_t i = 0; i < N_ELEMS(others); i++)
        assert_int_equal(world_call(&w, GET, "/imports", others[i], NULL).status, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(a_file_is_seen_before_it_is_taken),
        ALONE(what_is_taken_is_reported),
        ALONE(what_was_left_out_comes_back_as_it_stood),
        ALONE(the_order_of_dates_is_asked_for),
        ALONE(another_choice_of_columns_is_kept),
        ALONE(what_cannot_be_read_is_said_beside_the_file),
        ALONE(programs_bring_and_take_files_too),
        ALONE(wrong_choices_are_named),
        ALONE(a_calendar_needs_whose_it_is),
        ALONE(what_is_not_there_is_not_found),
        ALONE(only_the_owner_brings_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
