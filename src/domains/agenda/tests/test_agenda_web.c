/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_agenda_web.c - pages and JSON of the agenda, through the router. */
#include "agenda_world.h"

/* The fields of a booking as the form sends them. */
static const char *form_of(const struct id *clinician, const char *client, const char *start)
{
    return TEXT_OF("clinician=%s&service=%s&room=&modality=in_person&start=%s&minutes=&client_name="
                   "&clients=%s&remark=&repeat=1",
                   clinician->s, individual.s, start, client);
}

static struct appointment last_of(struct id client)
{
    struct appointment_row *row;
    struct appointment a;
    int n;
    world_as(&w, OWNER);
    OK(appointment_list_client(&w.cx, client, INT64_MAX, 1, &row, &n));
    assert_int_equal(n, 1);
    OK(appointment_load(&w.cx, row[0].id, &a));
    return a;
}

/* --- the agenda ----------------------------------------------------------------------- */

static void the_week_stands_without_script(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 25, 1000));
    struct web_answer r = world_call(&w, GET, "/agenda?date=2026-11-23", CLINICIAN_A, NULL);
    assert_status(&r, 200);
    assert_holds(&r, "November 2026");
    assert_holds(&r, "1 appointment");
    assert_holds(&r, TEXT_OF("<a href=\"/appointments/%s\" class=\"who\">Ana Sanz</a>", a.id.s));
    assert_holds(&r, "10:00 – 10:50");
    assert_holds(&r, "data-agenda=\"/agenda\" data-view=\"week\"");
    assert_holds(&r, TEXT_OF("data-clinician=\"%s\"", w.person[CLINICIAN_A].s));
    assert_holds(&r, "date=2026-11-16");
    assert_holds(&r, "date=2026-11-30");
    assert_lacks(&r, "Saturday"); /* nothing in it */
    assert_lacks(&r, "<title>Ana");
}

static void a_program_gets_the_same_as_json(void **state)
{
    (void)state;
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 25, 1000));
    a.room = room1;
    OK(appointment_save(&w.cx, &a));
    booked(CLINICIAN_B, carla, at(2026, 11, 26, 1000));
    struct web_answer r =
        world_get_json(&w, "/agenda?from=2026-11-23&to=2026-11-30&view=day&by=room", CLINICIAN_A);
    assert_status(&r, 200);
    assert_holds(
        &r,
        TEXT_OF("{\"id\":\"%s\",\"version\":1,\"start\":\"2026-11-25T09:00:00Z\",\"end\":\"2026-11-"
                "25T09:50:00Z\","
                "\"title\":\"Ana "
                "Sanz\",\"state\":\"booked\",\"modality\":\"in_person\",\"kind\":\"individual\","
                "\"place\":\"Room 1\"",
                a.id.s));
    assert_holds(&r, TEXT_OF("\"resources\":[{\"id\":\"%s\",\"name\":\"Room 1\"}", room1.s));
    assert_holds(&r, "\"title\":\"Busy\"");
    assert_lacks(&r, "Carla");
    r = world_get_json(&w, "/agenda?date=2026-11-25", CLINICIAN_A);
    assert_lacks(&r, "Busy"); /* the own agenda, when nothing else is asked for */
    r = world_get_json(&w, TEXT_OF("/agenda?date=2026-11-25&clinician=all&room=%s", room2.s),
                       RECEPTION);
    assert_holds(&r, "\"appointments\":[]");
}

static void opening_hours_leave_the_rest_closed(void **state)
{
    (void)state;
    struct opening o[] = {{.weekday = 2, .start_min = 540, .end_min = 840},
                          {.weekday = 2, .start_min = 960, .end_min = 1200}};
    OK(opening_replace(&w.cx, w.person[CLINICIAN_A], o, N_ELEMS(o)));
    struct web_answer r = world_get_json(&w, "/agenda?view=day&date=2026-11-25", CLINICIAN_A);
    assert_holds(&r, TEXT_OF("\"closed\":[{\"start\":\"2026-11-24T23:00:00Z\",\"end\":\"2026-11-"
                             "25T08:00:00Z\",\"clinician_id\":\"%s\"}",
                             w.person[CLINICIAN_A].s));
    assert_holds(&r, "{\"start\":\"2026-11-25T13:00:00Z\",\"end\":\"2026-11-25T15:00:00Z\"");
    assert_holds(&r, "{\"start\":\"2026-11-25T19:00:00Z\",\"end\":\"2026-11-25T23:00:00Z\"");
    r = world_call(&w, GET, "/agenda?view=day&date=2026-11-25", CLINICIAN_A, NULL);
    assert_holds(&r, "data-min=\"08:00\" data-max=\"20:00\"");
    OK(opening_replace(&w.cx, w.person[CLINICIAN_A], NULL, 0));
}

static void an_impossible_date_is_refused(void **state)
{
    (void)state;
    struct web_answer r = world_get_json(&w, "/agenda?date=2026-02-29", OWNER);
    assert_status(&r, 422);
    r = world_get_json(&w, "/agenda?from=2026-01-01&to=2027-01-01", OWNER);
    assert_status(&r, 422);
    r = world_call(&w, GET, "/agenda/day.pdf?date=x", OWNER, NULL);
    assert_status(&r, 422);
}

static void the_day_can_be_printed(void **state)
{
    (void)state;
    booked(CLINICIAN_A, ana, at(2026, 11, 25, 1000));
    struct web_answer r = world_call(&w, GET, "/agenda/day.pdf?date=2026-11-25", RECEPTION, NULL);
    assert_status(&r, 200);
    assert_string_equal(r.type, "application/pdf");
    assert_non_null(strstr(r.headers, "filename=\"agenda-2026-11-25.pdf\""));
    assert_memory_equal(r.body.p, "%PDF-", 5);
}

/* --- booking --------------------------------------------------------------------------------- */

static void the_form_is_filled_from_the_address(void **state)
{
    (void)state;
    struct web_answer r = world_call(
        &w, GET,
        TEXT_OF("/appointments/new?start=2026-11-25T10:30&end=2026-11-25T12:00&room=%s&client=%s",
                room2.s, ana.s),
        CLINICIAN_A, NULL);
    assert_status(&r, 200);
    assert_holds(&r, "value=\"2026-11-25T10:30\"");
    assert_holds(&r, "name=\"minutes\" inputmode=\"numeric\" maxlength=\"4\" value=\"90\"");
    assert_holds(&r, TEXT_OF("<option value=\"%s\" selected>Room 2</option>", room2.s));
    assert_holds(&r, TEXT_OF("name=\"clients\" value=\"%s\" checked", ana.s));
    r = world_call(&w, GET, "/appointments/new?start=2027-03-28T02:30&clinician=x&room=%22%3E",
                   CLINICIAN_A, NULL);
    assert_status(&r, 200);
    assert_holds(
        &r, "value=\"2026-11-23T10:30\""); /* what makes no sense is left out: the next half hour */
    r = world_call(&w, GET, TEXT_OF("/appointments/new?client=%s", carla.s), CLINICIAN_A, NULL);
    assert_status(&r, 404);
}

static void a_typed_name_has_two_surnames_where_the_practice_is_spanish(void **state)
{
    (void)state;
    struct practice p;
    struct web_answer r = GOT("/appointments/new", RECEPTION);
    assert_holds(&r, "data-family-words=\"1\"");
    world_as(&w, OWNER);
    OK(practice_load(&w.cx, &p));
    p.locale = "es-ES";
    OK(practice_save(&w.cx, &p));
    r = GOT("/appointments/new", RECEPTION);
    assert_holds(&r, "data-family-words=\"2\"");
}

static void at_a_chosen_time_a_free_room_is_proposed(void **state)
{
    (void)state;
    const char *path = TEXT_OF("/appointments/new?start=2026-11-25T10:30&service=%s", individual.s);
    struct web_answer r = GOT(path, CLINICIAN_A);
    assert_holds(&r, TEXT_OF("<option value=\"%s\" selected>Room 1", room1.s));
    world_as(&w, OWNER);
    struct appointment a = draft(CLINICIAN_B, carla, at(2026, 11, 25, 1100));
    a.room = room1;
    OK(appointment_save(&w.cx, &a));
    r = GOT(path, CLINICIAN_A); /* taken from 11:00, and the service takes longer */
    assert_holds(&r, TEXT_OF("<option value=\"%s\" selected>Room 2", room2.s));
    r = GOT(TEXT_OF("%s&end=2026-11-25T11:00", path), CLINICIAN_A);
    assert_holds(&r, TEXT_OF("<option value=\"%s\" selected>Room 1", room1.s));
    r = GOT(TEXT_OF("/appointments/new?start=2026-11-25T10:30&service=%s", couple.s),
            CLINICIAN_A); /* by video */
    assert_lacks(&r, "selected>Room");
    r = GOT(TEXT_OF("/appointments/new?service=%s", individual.s), CLINICIAN_A);
    assert_lacks(&r, "selected>Room");
    world_as(&w, OWNER);
    struct room hall;
    OK(room_load(&w.cx, room2, &hall));
    hall.capacity = 12;
    OK(room_save(&w.cx, &hall));
    r = GOT(TEXT_OF("/appointments/new?start=2026-11-26T10:30&service=%s", group.s), CLINICIAN_A);
    assert_holds(&r, TEXT_OF("<option value=\"%s\" selected>Room 2", room2.s));
    hall.capacity = 1;
    OK(room_save(&w.cx, &hall));
    r = GOT(TEXT_OF("/appointments/new?start=2026-11-26T10:30&service=%s", individual.s),
            CLINICIAN_A);
    assert_holds(&r, TEXT_OF("<option value=\"%s\" selected>Room 2", room2.s));
}

static void a_form_books(void **state)
{
    (void)state;
    struct web_answer r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                                     form_of(&w.person[CLINICIAN_A], ana.s, "2026-11-25T10:00"));
    assert_status(&r, 303);
    assert_string_equal(r.location, "/agenda?date=2026-11-25");
    struct appointment a = last_of(ana);
    assert_int_equal(a.start_ms, at(2026, 11, 25, 1000));
    assert_int_equal(a.end_ms, at(2026, 11, 25, 1050));
}

static void a_program_books(void **state)
{
    (void)state;
    const char *body = TEXT_OF("{\"clinician\":\"%s\",\"service\":\"%s\",\"room\":null,\"start\":"
                               "\"2026-11-25T10:00+01:00\","
                               "\"end\":\"2026-11-25T10:30:00Z\",\"clients\":[\"%s\",\"%s\"]}",
                               w.person[CLINICIAN_A].s, couple.s, ana.s, berta.s);
    struct web_answer r = world_call(&w, POST, "/appointments", CLINICIAN_A, body);
    assert_status(&r, 201);
    struct appointment a = last_of(ana);
    assert_string_equal(r.location, TEXT_OF("/appointments/%s", a.id.s));
    assert_int_equal(a.end_ms - a.start_ms, 90 * MS_PER_MIN);
    assert_int_equal(a.n_clients, 2);
    assert_int_equal(a.modality, MODALITY_VIDEO); /* the service's, when it is not said */
    r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                   "{\"colour\":\"red\",\"state\":\"held\",\"clients\":[\"x\"]}");
    assert_status(&r, 422);
    assert_holds(&r, "{\"field\":\"colour\"");
    assert_holds(&r, "{\"field\":\"state\"");
    assert_holds(&r, "{\"field\":\"start\"");
    assert_holds(&r, "{\"field\":\"clients\"");
}

static void a_row_of_weeks_is_booked_at_once(void **state)
{
    (void)state;
    const char *form = form_of(&w.person[CLINICIAN_A], ana.s, "2026-11-25T10:00");
    struct web_answer r =
        world_call(&w, POST, "/appointments", CLINICIAN_A, TEXT_OF("%s&repeat=4", form));
    assert_status(&r, 303);
    form = TEXT_OF("clinician=%s&service=%s&start=2026-12-02T10:30&clients=%s&repeat=61",
                   w.person[CLINICIAN_A].s, individual.s, berta.s);
    r = world_call(&w, POST, "/appointments", CLINICIAN_A, form);
    assert_status(&r, 422);
    assert_holds(&r, "Write a number from 1 to 60.");
}

static void what_is_in_the_way_is_said_beside_what_was_typed(void **state)
{
    (void)state;
    booked(CLINICIAN_A, berta, at(2026, 11, 25, 1030));
    struct web_answer r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                                     form_of(&w.person[CLINICIAN_A], ana.s, "2026-11-25T10:00"));
    assert_status(&r, 409);
    assert_holds(&r, "Ana Alba is already taken then: Wed, 25 Nov, 10:30 to 11:20.");
    assert_holds(&r, "value=\"2026-11-25T10:00\"");
    assert_holds(&r, TEXT_OF("value=\"%s\" checked", ana.s));
}

static void the_hour_that_the_clocks_skip_is_refused(void **state)
{
    (void)state;
    struct web_answer r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                                     form_of(&w.person[CLINICIAN_A], ana.s, "2027-03-28T02:30"));
    assert_status(&r, 422);
    assert_holds(&r, "The clocks go forward on 28 March 2027 and skip 02:30. Choose a later time.");
    assert_holds(&r, "value=\"2027-03-28T02:30\"");
}

static void a_name_without_script_is_found(void **state)
{
    (void)state;
    const char *form = "clinician=%s&service=%s&start=2026-11-25T10:00&client_name=%s&clients=";
    struct id me = w.person[CLINICIAN_A];
    struct web_answer r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                                     TEXT_OF(form, me.s, individual.s, "ana"));
    assert_status(&r, 303);
    last_of(ana);
    r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                   TEXT_OF(form, me.s, individual.s, "Sanz"));
    assert_status(&r, 422);
    assert_holds(&r, "Several clients fit &quot;Sanz&quot;. Tick who comes.");
    assert_holds(&r, TEXT_OF("value=\"%s\"> <span class=\"who\">Berta Sanz", berta.s));
    r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                   TEXT_OF(form, me.s, individual.s, "Carla"));
    assert_status(&r, 422); /* B's client */
    assert_holds(&r, "No client is called &quot;Carla&quot;.");
    r = world_call(
        &w, POST, "/appointments", CLINICIAN_A,
        TEXT_OF("clinician=%s&service=%s&start=2026-11-26T10:00&client_name=Berta&clients=%s", me.s,
                individual.s, ana.s));
    assert_status(&r, 303); /* the choice counts, not the words beside it */
    assert_int_equal(last_of(ana).start_ms, at(2026, 11, 26, 1000));
}

static void a_new_client_is_made_with_the_appointment_or_not_at_all(void **state)
{
    (void)state;
    const char *form = "clinician=%s&service=%s&start=%s&client_name=Nora+Gil&clients=&given_name="
                       "Nora&family_name=%s";
    struct id me = w.person[CLINICIAN_A];
    struct client_name *found;
    int n;
    booked(CLINICIAN_A, berta, at(2026, 11, 25, 1000));
    struct web_answer r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                                     TEXT_OF(form, me.s, individual.s, "2026-11-25T10:00", "Gil"));
    assert_status(&r, 409);
    assert_holds(&r, "value=\"Nora\"");
    world_as(&w, CLINICIAN_A);
    OK(client_find(&w.cx, "Nora", 5, &found, &n));
    assert_int_equal(n, 0);
    r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                   TEXT_OF(form, me.s, individual.s, "2026-11-25T12:00", ""));
    assert_status(&r, 422);
    assert_holds(&r, "id=\"e-family_name\">Fill this in.");
    r = world_call(&w, POST, "/appointments", CLINICIAN_A,
                   TEXT_OF(form, me.s, individual.s, "2026-11-25T12:00", "Gil"));
    assert_status(&r, 303);
    OK(client_find(&w.cx, "Nora", 5, &found, &n));
    assert_int_equal(n, 1);
    assert_int_equal(last_of(found[0].id).start_ms, at(2026, 11, 25, 1200));
}

/* --- one appointment --------------------------------------------------------------------- */

static void its_page_has_facts_and_what_can_be_done(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 1100));
    const char *path = TEXT_OF("/appointments/%s", a.id.s);
    struct web_answer r = world_call(&w, GET, path, CLINICIAN_A, NULL);
    assert_status(&r, 200);
    assert_holds(&r, "<title>Appointment ");
    assert_holds(&r, "11:00 to 11:50");
    assert_holds(&r, TEXT_OF("href=\"%s/prepare\"", path));
    assert_holds(&r, TEXT_OF("href=\"%s/close\"", path));
    assert_holds(&r, TEXT_OF("href=\"/clients/%s\"", ana.s));
    assert_holds(&r, "name=\"state\" value=\"confirmed\"");
    assert_holds(&r, "name=\"state\" value=\"no_show\"");
    r = world_call(&w, GET, path, RECEPTION, NULL);
    assert_status(&r, 200);
    assert_lacks(&r, "/prepare");
    r = world_call(&w, GET, path, CLINICIAN_B, NULL);
    assert_status(&r, 404);
    assert_lacks(&r, "Ana Sanz");
    r = world_get_json(&w, path, CLINICIAN_A);
    assert_holds(&r, "\"start\":\"2026-11-23T10:00:00Z\"");
    assert_holds(&r, TEXT_OF("\"clients\":[{\"id\":\"%s\",\"name\":\"Ana Sanz\"}]", ana.s));
    r = world_get_json(&w, TEXT_OF("/appointments/%s", id_new().s), CLINICIAN_A);
    assert_status(&r, 404);
}

static void a_move_is_a_small_json(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 25, 1000));
    const char *path = TEXT_OF("/appointments/%s/move", a.id.s);
    struct web_answer r = world_call(
        &w, POST, path, CLINICIAN_A,
        TEXT_OF("{\"start\":\"2026-11-26T10:00:00.000Z\",\"end\":\"2026-11-26T11:00:00.000Z\","
                "\"version\":1,\"room\":\"%s\"}",
                room1.s));
    assert_status(&r, 200);
    assert_holds(&r, "\"version\":2");
    a = last_of(ana);
    assert_int_equal(a.start_ms, at(2026, 11, 26, 1100));
    assert_true(id_eq(a.room, room1));
    r = world_call(&w, POST, path, CLINICIAN_A,
                   "{\"start\":\"2026-11-27T10:00:00Z\",\"version\":1}");
    assert_status(&r, 409);
    assert_holds(&r, "\"current\":{");
    r = world_call(&w, POST, path, CLINICIAN_A,
                   "{\"start\":\"2026-11-27T10:00:00Z\",\"version\":2}");
    assert_status(&r, 200); /* the length stays */
    a = last_of(ana);
    assert_int_equal(a.end_ms, at(2026, 11, 27, 1200));
    assert_int_equal(a.n_clients, 1);
    r = world_call(&w, POST, path, CLINICIAN_B,
                   "{\"start\":\"2026-11-27T10:00:00Z\",\"version\":3}");
    assert_status(&r, 404);
    r = world_call(&w, POST, path, CLINICIAN_A, "start=2026-11-30T09:00&version=3");
    assert_status(&r, 303);
}

static void an_edit_keeps_what_was_typed_beside_what_is_stored(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 25, 1000));
    const char *path = TEXT_OF("/appointments/%s", a.id.s);
    struct web_answer r = world_call(&w, POST, path, CLINICIAN_A, "version=1&remark=First");
    assert_status(&r, 303);
    assert_string_equal(r.location, path);
    r = world_call(&w, POST, path, CLINICIAN_A, "version=1&remark=Second");
    assert_status(&r, 409);
    assert_holds(&r, "value=\"Second\"");
    assert_holds(&r, "<dd>First</dd>");
    assert_holds(&r, "name=\"version\" value=\"2\"");
    r = world_call(&w, POST, path, CLINICIAN_A, "version=2&start=2027-03-28T02:30&minutes=50");
    assert_status(&r, 422);
    r = world_call(&w, POST, path, CLINICIAN_A, "version=2&minutes=abc");
    assert_status(&r, 422);
    r = world_call(&w, POST, path, CLINICIAN_A, "version=2&nonsense=1");
    assert_status(&r, 422);
    assert_holds(&r, "nonsense");
}

static void a_state_is_set_and_can_be_taken_back(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 1100));
    const char *path = TEXT_OF("/appointments/%s/state", a.id.s);
    struct web_answer r =
        world_call(&w, POST, path, RECEPTION, "version=1&state=cancelled&reason=ill");
    assert_status(&r, 303);
    assert_string_equal(r.location, TEXT_OF("/appointments/%s", a.id.s));
    r = world_follow(&w, &r, RECEPTION);
    assert_holds(&r, "<span>Cancelled</span>");
    assert_holds(&r, "name=\"state\" value=\"booked\"><input type=\"hidden\" name=\"next\"");
    assert_holds(&r, "<button class=\"btn\">Undo</button>");
    assert_holds(&r, "<dd>ill</dd>");
    r = world_call(&w, POST, path, RECEPTION, "version=2&state=booked&next=/agenda");
    assert_status(&r, 303);
    assert_string_equal(r.location, "/agenda");
    assert_int_equal(last_of(ana).state, APPT_BOOKED);
    r = world_call(&w, POST, path, RECEPTION, "version=3&state=gone");
    assert_status(&r, 422);
    r = world_call(&w, POST, path, RECEPTION, "{\"version\":2,\"state\":\"arrived\"}");
    assert_status(&r, 409);
    r = world_call(&w, POST, path, RECEPTION, "{\"version\":3,\"state\":\"arrived\",\"colour\":1}");
    assert_status(&r, 422);
    assert_holds(&r, "colour");
    r = world_call(&w, POST, path, RECEPTION, "{\"version\":3,\"state\":\"arrived\"}");
    assert_status(&r, 200);
    assert_holds(&r, "\"version\":4");
    r = world_call(&w, POST, path, RECEPTION, "version=4&state=booked&next=//evil.example");
    assert_string_equal(r.location, TEXT_OF("/appointments/%s", a.id.s));
}

static void a_move_can_be_taken_back_with_what_its_page_offers(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 1100));
    const char *path = TEXT_OF("/appointments/%s", a.id.s);
    struct web_answer r = world_call(&w, POST, path, RECEPTION, "version=1&start=2026-11-24T12:00");
    r = world_follow(&w, &r, RECEPTION);
    assert_holds(&r, "<span>Moved.</span>");
    assert_holds(&r, TEXT_OF("action=\"%s/move\"", path));
    assert_holds(&r, "name=\"start\" value=\"2026-11-23T11:00\"");
    assert_holds(&r, "name=\"end\" value=\"2026-11-23T11:50\"");
    r = world_call(
        &w, POST, TEXT_OF("%s/move", path), RECEPTION,
        TEXT_OF("version=2&start=2026-11-23T11:00&end=2026-11-23T11:50&room=&clinician=%s"
                "&next=%s",
                a.clinician.s, path));
    assert_status(&r, 303);
    assert_int_equal(last_of(ana).start_ms, a.start_ms);
    r = world_call(&w, POST, path, RECEPTION, "version=3&remark=Only+this");
    r = world_follow(&w, &r, RECEPTION);
    assert_holds(&r, "<span>Saved.</span>");
    assert_int_equal(r.status, 200);
    assert_null(strstr(answer_text(&w, &r), ">Undo</button>"));
}

static void the_rest_of_a_row_is_cancelled(void **state)
{
    (void)state;
    struct id series;
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
    OK(appointment_save_weekly(&w.cx, &a, 3, &series));
    const char *path = TEXT_OF("/appointments/%s", a.id.s);
    const char *cancel = TEXT_OF("%s/cancel-series", path);
    struct web_answer r = world_call(&w, GET, path, CLINICIAN_A, NULL);
    assert_holds(&r, TEXT_OF("Take it off the agenda</button><button class=\"btn danger\" "
                             "formaction=\"%s\"",
                             cancel)); /* one form: one reason */
    r = world_call(&w, POST, cancel, CLINICIAN_A, "version=1&state=cancelled&reason=moves");
    assert_status(&r, 303);
    assert_int_equal(last_of(ana).state, APPT_CANCELLED);
    r = world_call(&w, GET, path, CLINICIAN_A, NULL);
    assert_holds(&r, "moves");
}

/* --- the client's file ------------------------------------------------------------------- */

static void the_clients_tab_shows_past_and_future(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 20, 900));
    booked(CLINICIAN_A, ana, at(2026, 12, 1, 900));
    OK(appointment_close(&w.cx, a.id, APPT_HELD, 0, 0));
    const char *path = TEXT_OF("/clients/%s/appointments", ana.s);
    struct web_answer r = world_call(&w, GET, path, CLINICIAN_A, NULL);
    assert_status(&r, 200);
    assert_holds(&r, "Session 1. Of the last 1: 1 held, 0 missed, 0 cancelled in time.");
    assert_holds(&r, "20 November 2026");
    assert_lacks(&r, "<title>Ana");
    r = world_get_json(&w, path, RECEPTION);
    assert_status(&r, 200);
    assert_holds(&r, "\"held\":1");
    r = world_get_json(&w, path, CLINICIAN_B);
    assert_status(&r, 404);
}

static void a_note_to_self_is_kept_and_conflicts_show_both(void **state)
{
    (void)state;
    const char *path = TEXT_OF("/clients/%s/self-note", ana.s);
    struct web_answer r =
        world_call(&w, POST, path, CLINICIAN_A, "version=0&text=Go+slower&next=/agenda");
    assert_status(&r, 303);
    assert_string_equal(r.location, "/agenda");
    r = world_call(&w, POST, path, CLINICIAN_A, "version=0&text=Faster");
    assert_status(&r, 409);
    assert_holds(&r, "Go slower");
    assert_holds(&r, "Faster");
    r = world_call(&w, POST, path, CLINICIAN_A, "{\"version\":0,\"text\":\"Faster\"}");
    assert_status(&r, 409);
    assert_holds(&r, "\"current\":{\"text\":\"Go slower\",\"version\":1}");
    r = world_call(&w, POST, path, CLINICIAN_B, "version=0&text=x");
    assert_status(&r, 404);
    r = world_call(&w, POST, path, RECEPTION, "version=0&text=x");
    assert_status(&r, 403);
}

/* --- who may ----------------------------------------------------------------------------- */

static void who_may_what(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 25, 1000));
    for (enum who who = OWNER; who <= BILLING; who++) {
        struct web_answer r = world_call(&w, GET, "/agenda", who, NULL);
        assert_status(&r, who == BILLING ? 403 : 200);
        r = world_call(&w, GET, "/appointments/new", who, NULL);
        assert_status(&r, who == BILLING ? 403 : 200);
        r = world_call(&w, POST, TEXT_OF("/appointments/%s", a.id.s), who, "version=9&remark=x");
        assert_status(&r, who == BILLING ? 403 : who == CLINICIAN_B ? 404 : 409);
    }
    struct web_answer r = world_get_json(&w, "/agenda", NOBODY);
    assert_status(&r, 401);
}

#define test(f_) cmocka_unit_test_setup_teardown(f_, empty_agenda, holds_together)

int main(void)
{
    const struct CMUnitTest t[] = {
        test(the_week_stands_without_script),
        test(a_program_gets_the_same_as_json),
        test(opening_hours_leave_the_rest_closed),
        test(an_impossible_date_is_refused),
        test(the_day_can_be_printed),
        test(the_form_is_filled_from_the_address),
        test(at_a_chosen_time_a_free_room_is_proposed),
        test(a_form_books),
        test(a_typed_name_has_two_surnames_where_the_practice_is_spanish),
        test(a_program_books),
        test(a_row_of_weeks_is_booked_at_once),
        test(what_is_in_the_way_is_said_beside_what_was_typed),
        test(the_hour_that_the_clocks_skip_is_refused),
        test(a_name_without_script_is_found),
        test(a_new_client_is_made_with_the_appointment_or_not_at_all),
        test(its_page_has_facts_and_what_can_be_done),
        test(a_move_is_a_small_json),
        test(an_edit_keeps_what_was_typed_beside_what_is_stored),
        test(a_state_is_set_and_can_be_taken_back),
        test(a_move_can_be_taken_back_with_what_its_page_offers),
        test(the_rest_of_a_row_is_cancelled),
        test(the_clients_tab_shows_past_and_future),
        test(a_note_to_self_is_kept_and_conflicts_show_both),
        test(who_may_what),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
