/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_clients_web.c - pages and JSON of clients, through the router. */
#include "domains/clients/clients_view.h"
#include "support.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_clients, NULL);
}

/* --- what is expected ------------------------------------------------------------------ */

/* A file with everything in it; returns its page's path. */
static const char *leo(struct client *ret)
{
    struct client c = {0};
    record_init(&client_type, &c);
    c.given_name = "Leonor";
    c.family_name = "Ferrer Vidal";
    c.name_used = "Leo";
    c.birth_date = days_from_civil(2011, 5, 14);
    c.phone = "+34 600 123 456";
    c.email = "leo@example.org";
    c.street = "Calle Mayor 3";
    c.id_number = "12345678Z";
    c.insurer = "Adeslas";
    c.guardian_name = "Clara Vidal";
    c.contact_channels = 1 << 1;
    c.tags = "school, English";
    c.remark = "Waits outside.";
    c.status = CLIENT_ACTIVE;
    c.clinician = w.person[CLINICIAN_A];
    world_as(&w, OWNER);
    OK(client_save(&w.cx, &c));
    *ret = c;
    return TEXT_OF("/clients/%s", c.id.s);
}

/* --- the list ----------------------------------------------------------------------------- */

static void an_empty_practice_offers_the_first_client(void **state)
{
    (void)state;
    struct web_answer a = GOT("/clients", OWNER);
    assert_status(&a, 200);
    assert_holds(&a, "Nobody here yet");
    assert_holds(&a, "href=\"/clients/new\"");
    a = POSTED("/clients/search", OWNER, "q=zzz");
    assert_holds(&a, "Nobody fits");
    a = GOT("/clients", BILLING); /* may not make one */
    assert_lacks(&a, "href=\"/clients/new\" class");
    a = world_get_json(&w, "/clients", OWNER);
    assert_string_equal(answer_text(&w, &a), "{\"clients\":[],\"n_all\":0,\"offset\":0}");
}

static void the_list_is_json_too(void **state)
{
    (void)state;
    struct client c;
    leo(&c);
    struct web_answer a = POSTED("/clients/search", RECEPTION, "{\"q\":\"leo\"}");
    assert_status(&a, 200);
    assert_string_equal(
        answer_text(&w, &a),
        TEXT_OF("{\"clients\":[{\"id\":\"%s\",\"version\":1,\"name\":\"Leo Ferrer Vidal\","
                "\"hint\":\"15 years\",\"given_name\":\"Leonor\",\"family_name\":\"Ferrer Vidal\","
                "\"name_used\":\"Leo\",\"pronouns\":null,\"birth_date\":\"2011-05-14\","
                "\"status\":\"active\",\"phone\":\"+34 600 123 456\",\"email\":\"leo@example.org\","
                "\"tags\":\"school, English\",\"clinician_id\":\"%s\"}],\"n_all\":1,\"offset\":0}",
                c.id.s, w.person[CLINICIAN_A].s));
}

static void values_that_mean_nothing_are_ignored(void **state)
{
    (void)state;
    struct client c;
    leo(&c);
    static const char *const targets[] = {
        "/clients?status=happy", "/clients?clinician=nobody", "/clients?sort=-height",
        "/clients?page=-3",      "/clients?page=99",          "/clients?page=99999999999999999999",
        "/clients?page=x",       "/clients?colour=red",       "/clients?q=nobody&tag=x&status="};
    for (size_t i = 0; i < N_ELEMS(targets); i++) {
        struct web_answer a = GOT(targets[i], OWNER);
        assert_status(&a, 200);
        assert_holds(&a, "Ferrer Vidal, Leo");
    }
}

static void words_of_a_search_stand_in_no_address(void **state)
{
    (void)state;
    struct client c;
    leo(&c);
    struct web_answer a = POSTED("/clients/search", OWNER, "q=l%26o&tag=a%22b");
    assert_status(&a, 200);
    assert_holds(&a, "name=\"q\" value=\"l&amp;o\"");
    assert_holds(&a, "name=\"tag\" value=\"a&quot;b\"");
    a = POSTED("/clients/search", OWNER, "q=leo&status=all&sort=-age&tag=school&clinician=");
    assert_holds(&a,
                 "aria-sort=\"descending\"><button form=\"sorted\" name=\"sort\" value=\"age\">");
    assert_lacks(&a, "href=\"/clients?");
    a = POSTED("/clients/search", OWNER, "q=leo&colour=red");
    assert_status(&a, 422);
    a = GOT("/clients/search", OWNER); /* after the screen was locked */
    assert_status(&a, 303);
    assert_string_equal(a.location, "/clients");
}

static void links_of_the_list_keep_what_was_asked(void **state)
{
    (void)state;
    struct client c;
    leo(&c);
    struct web_answer a = GOT("/clients?sort=age&status=all", OWNER);
    assert_holds(&a, "aria-sort=\"ascending\"><a href=\"/clients?status=all&amp;sort=-age\"");
}

static void fifty_stand_on_a_page(void **state)
{
    (void)state;
    for (int i = 0; i < 51; i++) {
        struct client c = {.birth_date = DATE_NONE, .given_name = "A"};
        c.family_name = TEXT_OF("B%02d", i);
        OK(client_save(&w.cx, &c));
    }
    struct web_answer a = GOT("/clients", OWNER);
    assert_holds(&a, "1 to 50 of 51");
    assert_holds(&a, "href=\"/clients?page=2\" rel=\"next\"");
    assert_lacks(&a, "B50");
    a = GOT("/clients?page=2", OWNER);
    assert_holds(&a, "51 to 51 of 51");
    assert_holds(&a, "B50");
    a = GOT("/clients?page=7", OWNER); /* behind the end: the last */
    assert_holds(&a, "51 to 51 of 51");
}

/* --- who sees what ------------------------------------------------------------------------- */

static void who_keeps_the_money_sees_name_and_invoice_alone(void **state)
{
    (void)state;
    struct client c;
    const char *path = leo(&c);
    struct web_answer list = GOT("/clients", BILLING), page = GOT(path, BILLING);
    struct web_answer json = world_get_json(&w, path, BILLING);
    static const char *const hidden[] = {"600 123", "leo@example", "2011", "15 years",
                                         "Clara",   "school",      "Waits"};
    assert_holds(&list, "Ferrer Vidal, Leo");
    assert_holds(&page, "12345678Z");
    assert_holds(&page, "Calle Mayor 3");
    for (size_t i = 0; i < N_ELEMS(hidden); i++) {
        assert_lacks(&list, hidden[i]);
        assert_lacks(&page, hidden[i]);
        assert_lacks(&json, hidden[i]);
    }
    assert_holds(&page, TEXT_OF("%s/money", path));
    assert_lacks(&page, TEXT_OF("%s/appointments", path));
    assert_lacks(&page, TEXT_OF("%s/edit", path));
}

static void reception_sees_contact_but_no_clinical_tabs(void **state)
{
    (void)state;
    struct client c;
    const char *path = leo(&c);
    struct web_answer a = GOT(path, RECEPTION);
    assert_holds(&a, "tel:%2B34%20600%20123%20456");
    assert_holds(&a, "Clara Vidal");
    assert_holds(&a, TEXT_OF("%s/appointments", path));
    assert_lacks(&a, TEXT_OF("%s/notes", path));
    assert_lacks(&a, TEXT_OF("%s/money", path));
    a = GOT(path, CLINICIAN_A);
    assert_holds(&a, TEXT_OF("%s/notes", path));
}

static void titles_and_addresses_name_nobody(void **state)
{
    (void)state;
    struct client c;
    struct web_answer a = GOT(leo(&c), OWNER);
    assert_holds(&a, "<title>Client · Entracte</title>");
    a = POSTED("/clients", OWNER, "given_name=Otto&family_name=Ordo");
    assert_status(&a, 303);
    assert_null(strstr(a.location, "tto"));
}

static void not_yours_and_not_there_look_alike(void **state)
{
    (void)state;
    struct client c;
    const char *yours = leo(&c), *nobodys = TEXT_OF("/clients/%s", id_new().s);
    static const char *const below[] = {"", "/edit", "/photo"};
    for (size_t i = 0; i < N_ELEMS(below); i++) {
        struct web_answer a = world_get_json(&w, TEXT_OF("%s%s", yours, below[i]), CLINICIAN_B);
        struct web_answer b = world_get_json(&w, TEXT_OF("%s%s", nobodys, below[i]), CLINICIAN_B);
        assert_status(&a, 404);
        assert_string_equal(answer_text(&w, &a), answer_text(&w, &b));
        a = GOT(TEXT_OF("%s%s", yours, below[i]), CLINICIAN_B);
        assert_status(&a, 404);
        assert_lacks(&a, "Ferrer");
    }
    static const char *const writes[] = {"/edit", "/status", "/photo/erase"};
    for (size_t i = 0; i < N_ELEMS(writes); i++) {
        struct web_answer a = POSTED(TEXT_OF("%s%s", yours, writes[i]), CLINICIAN_B,
                                     "{\"version\":1,\"status\":\"closed\"}");
        struct web_answer b = POSTED(TEXT_OF("%s%s", nobodys, writes[i]), CLINICIAN_B,
                                     "{\"version\":1,\"status\":\"closed\"}");
        if (i == 2) { /* takes no fields */
            a = POSTED(TEXT_OF("%s%s", yours, writes[i]), CLINICIAN_B, NULL);
            b = POSTED(TEXT_OF("%s%s", nobodys, writes[i]), CLINICIAN_B, NULL);
        }
        assert_status(&a, 404);
        assert_int_equal(a.body.len, b.body.len);
    }
}

static void who_may_what(void **state)
{
    (void)state;
    struct client c;
    const char *path = leo(&c);
    static const int writes[] = {409, 409, 404, 409, 403}; /* version 0: nothing is stored */
    for (enum who who = OWNER; who <= BILLING; who++) {
        struct web_answer a = POSTED(TEXT_OF("%s/edit", path), who, "version=0&city=X");
        assert_status(&a, writes[who]);
        a = GOT("/clients/new", who);
        assert_status(&a, who == BILLING ? 403 : 200);
    }
    struct web_answer a = world_get_json(&w, path, NOBODY);
    assert_status(&a, 401);
}

/* --- writing ----------------------------------------------------------------------------- */

static void two_names_make_a_client_from_anywhere(void **state)
{
    (void)state;
    struct web_answer a =
        POSTED("/clients", CLINICIAN_A, "{\"given_name\":\"Omar\",\"family_name\":\"Vega\"}");
    assert_status(&a, 201);
    assert_holds(&a, "{\"id\":\"");
    a = world_get_json(&w, "/clients", CLINICIAN_A); /* the own client at once */
    assert_holds(&a, "\"n_all\":1");
    assert_holds(&a, "\"status\":\"active\"");
    a = world_get_json(&w, "/clients", CLINICIAN_B);
    assert_holds(&a, "\"n_all\":0");
    a = POSTED("/clients", RECEPTION, "given_name=Luis&family_name=Ros");
    assert_status(&a, 303);
}

static void bad_input_comes_back_beside_what_was_typed(void **state)
{
    (void)state;
    static const struct {
        const char *body, *sentence, *typed;
    } bad[] = {
        {"given_name=&family_name=Sanz", "Fill this in.", "value=\"Sanz\""},
        {"given_name=M&family_name=S&birth_date=2026-02-29", "e-birth_date",
         "value=\"2026-02-29\""},
        {"given_name=M&family_name=S&birth_date=2026-11-24",
         "The date of birth lies in the future.", "value=\"2026-11-24\""},
        {"given_name=M&family_name=S&birth_date=1819-01-01", "e-birth_date", "1819-01-01"},
        {"given_name=M&family_name=S&email=not+an+address", "e-email", "value=\"not an address\""},
        {"given_name=M&family_name=S&phone=call+me", "e-phone", "value=\"call me\""},
        {"given_name=M&family_name=S&status=happy", "e-status", "Open"},
        {"given_name=M&family_name=S&contact_channels=pigeon", "e-contact_channels", "pigeon"},
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct web_answer a = POSTED("/clients", OWNER, bad[i].body);
        assert_status(&a, 422);
        assert_holds(&a, bad[i].sentence);
        if (i < 6)
            assert_holds(&a, bad[i].typed);
    }
    struct web_answer a = world_get_json(&w, "/clients?status=all", OWNER);
    assert_holds(&a, "\"n_all\":0");
}

/* One more than each text may hold is refused, and names its field. */
static void every_text_has_its_limit(void **state)
{
    (void)state;
    for (int i = 0; i < client_type.n_fields; i++) {
        const struct field *f = &client_type.fields[i];
        if (f->kind != FIELD_TEXT && f->kind != FIELD_NOTE)
            continue;
        char *long_text = arena_alloc(&w.arena, (size_t)f->max + 2);
        memset(long_text, '7', (size_t)f->max + 1);
        struct web_answer a =
            POSTED("/clients", OWNER,
                   TEXT_OF("{\"given_name\":\"A\",\"family_name\":\"B\",\"%s\":\"%s\"}", f->key,
                           long_text));
        if (strcmp(f->key, "given_name") == 0 || strcmp(f->key, "family_name") == 0) {
            assert_true(a.status == 400 || a.status == 422); /* the key stands there twice */
            continue;
        }
        assert_status(&a, 422);
        assert_holds(&a, TEXT_OF("\"field\":\"%s\"", f->key));
    }
}

static void unknown_fields_are_named(void **state)
{
    (void)state;
    struct client c;
    const char *path = leo(&c);
    struct web_answer a =
        POSTED(TEXT_OF("%s/edit", path), OWNER, "{\"version\":1,\"shoe_size\":44}");
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"shoe_size\"");
    a = POSTED(TEXT_OF("%s/status", path), OWNER,
               "{\"version\":1,\"status\":\"closed\",\"mood\":1}");
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"mood\"");
    a = POSTED(TEXT_OF("%s/edit", path), OWNER, "{\"version\":1,\"clinician\":\"nobody\"}");
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"clinician\"");
}

static void any_script_and_mark_is_kept_and_escaped(void **state)
{
    (void)state;
    /* <script>, an Arabic name, a right-to-left mark, e and a combining acute */
    struct web_answer a = POSTED("/clients", OWNER,
                                 "given_name=%3Cscript%3Ealert(1)%3C/script%3E"
                                 "&family_name=%D9%86%D9%88%D8%B1%E2%80%8F&name_used=Jose%CC%81"
                                 "&remark=%3C/textarea%3E%26");
    assert_status(&a, 303);
    const char *path = a.location;
    a = GOT(path, OWNER);
    assert_holds(&a, "&lt;script&gt;alert(1)");
    assert_lacks(&a, "<script>alert");
    assert_holds(&a, "\xd9\x86\xd9\x88\xd8\xb1");
    assert_holds(&a, "Jose\xcc\x81");
    a = GOT(TEXT_OF("%s/edit", path), OWNER);
    assert_holds(&a, "&lt;/textarea&gt;&amp;");
    a = POSTED("/clients/search", OWNER, "q=jose");
    assert_holds(&a, "Jose\xcc\x81");
}

static void a_broken_text_stops_at_the_door(void **state)
{
    (void)state;
    static const char *const bodies[] = {"given_name=%00&family_name=B",
                                         "given_name=%ff%fe&family_name=B",
                                         "given_name=%zz&family_name=B"};
    for (size_t i = 0; i < N_ELEMS(bodies); i++) {
        struct web_answer a = POSTED("/clients", OWNER, bodies[i]);
        assert_status(&a, 400);
    }
}

static void saving_keeps_what_was_not_sent(void **state)
{
    (void)state;
    struct client c;
    const char *path = leo(&c);
    struct web_answer a =
        POSTED(TEXT_OF("%s/edit", path), RECEPTION, "{\"version\":1,\"city\":\"Vic\"}");
    assert_status(&a, 200);
    assert_holds(&a, "\"version\":2");
    OK(client_load(&w.cx, world_cap(&w, c.id), &c));
    assert_string_equal(c.city, "Vic");
    assert_string_equal(c.phone, "+34 600 123 456");
    assert_true(id_eq(c.clinician, w.person[CLINICIAN_A]));
}

/* --- two versions ---------------------------------------------------------------------------- */

static void a_stale_form_shows_both_versions_to_choose_from(void **state)
{
    (void)state;
    struct client c;
    const char *edit = TEXT_OF("%s/edit", leo(&c));
    struct web_answer a =
        POSTED(edit, OWNER, "version=1&city=Vic&phone=600111&contact_channels=phone");
    assert_status(&a, 303);
    static const char mine[] = "version=1&city=Olot&phone=600222&street=Calle+Mayor+3&contact_"
                               "channels=&contact_channels=sms";
    a = POSTED(edit, RECEPTION, mine);
    assert_status(&a, 409);
    assert_holds(&a, "Vic<small>");
    assert_holds(&a, "Olot<small>");
    assert_holds(&a, "name=\"keep.contact_channels\" value=\"theirs\"");
    assert_lacks(&a, "name=\"keep.street\""); /* both say the same */
    assert_holds(&a, "name=\"version\" value=\"2\"");
    assert_holds(&a, "name=\"phone\" value=\"600222\"");

    a = POSTED(edit, RECEPTION,
               "version=2&city=Olot&phone=600222&contact_channels=&contact_channels=sms"
               "&keep.city=mine&keep.phone=theirs&keep.contact_channels=theirs");
    assert_status(&a, 303);
    OK(client_load(&w.cx, world_cap(&w, c.id), &c));
    assert_string_equal(c.city, "Olot");
    assert_string_equal(c.phone, "600111");
    assert_int_equal(c.contact_channels, 1);
    assert_int_equal(c.version, 3);
}

static void a_stale_program_gets_the_stored_version(void **state)
{
    (void)state;
    struct client c;
    const char *edit = TEXT_OF("%s/edit", leo(&c));
    struct web_answer a = POSTED(edit, OWNER, "{\"city\":\"Vic\"}"); /* no version: none fits */
    assert_status(&a, 409);
    assert_holds(&a, "\"errors\":[{");
    assert_holds(&a, "\"current\":{");
    assert_holds(&a, "\"version\":1");
    assert_holds(&a, "\"given_name\":\"Leonor\"");
}

/* --- status and photo ---------------------------------------------------------------------- */

static void a_change_of_status_can_be_undone(void **state)
{
    (void)state;
    struct client c;
    const char *path = leo(&c);
    struct web_answer a = POSTED(TEXT_OF("%s/status", path), RECEPTION, "version=1&status=paused");
    assert_status(&a, 303);
    assert_string_equal(a.location, path);
    a = world_follow(&w, &a, RECEPTION);
    assert_holds(&a, "<span>Status: Paused.</span>");
    assert_holds(&a, TEXT_OF("<form method=\"post\" action=\"%s/status\">", path));
    assert_holds(
        &a,
        "name=\"version\" value=\"2\"><input type=\"hidden\" name=\"status\" value=\"active\">");
    a = GOT(path, RECEPTION); /* said once */
    assert_lacks(&a, ">Undo</button>");
    a = POSTED(TEXT_OF("%s/status", path), RECEPTION,
               TEXT_OF("version=2&status=active&next=%s", path));
    assert_string_equal(a.location, path);
    OK(client_load(&w.cx, world_cap(&w, c.id), &c));
    assert_int_equal(c.status, CLIENT_ACTIVE);
    a = POSTED(TEXT_OF("%s/status", path), RECEPTION, "version=2&status=closed");
    assert_status(&a, 409);
}

static struct web_answer upload(const char *path, struct bytes image)
{
    struct buf b;
    buf_init(&b, &w.arena, 8 * MiB);
    buf_puts(&b, "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n"
                 "csrf-of-the-tests\r\n--x\r\nContent-Disposition: form-data; name=\"photo\"; "
                 "filename=\"Leo.svg\"\r\nContent-Type: image/svg+xml\r\n\r\n");
    buf_add(&b, (const char *)image.p, image.len);
    buf_puts(&b, "\r\n--x--\r\n");
    struct web_answer a = {0};
    struct web_call c = {.method = POST,
                         .target = path,
                         .cookie = "entracte_s=owner",
                         .accept = "text/html",
                         .content_type = "multipart/form-data; boundary=x",
                         .body = {(const unsigned char *)b.s, b.len}};
    web_call(w.web, w.db, &w.arena, &c, &a);
    return a;
}

static void a_photo_is_shown_as_the_image_it_is(void **state)
{
    (void)state;
    struct client c;
    const char *path = leo(&c), *photo = TEXT_OF("%s/photo", path);
    struct bytes png = {(const unsigned char *)"\x89PNG\r\n\x1a\nrest", 12};
    struct web_answer a = GOT(photo, OWNER);
    assert_status(&a, 404);
    a = upload(photo, png);
    assert_status(&a, 303);
    a = GOT(photo, CLINICIAN_A);
    assert_status(&a, 200);
    assert_string_equal(a.type, "image/png"); /* by its bytes, not by what was claimed */
    assert_memory_equal(a.body.p, png.p, png.len);
    assert_non_null(strstr(a.headers, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(a.headers, "inline; filename=\"photo\""));
    assert_non_null(strstr(a.headers, "Cache-Control: no-store"));
    a = GOT(path, CLINICIAN_A);
    assert_holds(&a, TEXT_OF("<img class=\"face\" src=\"%s\"", photo));
    a = GOT(photo, BILLING);
    assert_status(&a, 403);
    a = GOT(path, BILLING);
    assert_lacks(&a, "<img");
    a = POSTED(TEXT_OF("%s/erase", photo), OWNER, NULL);
    assert_status(&a, 303);
    a = GOT(photo, OWNER);
    assert_status(&a, 404);
}

static void what_is_no_photo_is_refused(void **state)
{
    (void)state;
    struct client c;
    const char *photo = TEXT_OF("%s/photo", leo(&c));
    struct web_answer a = upload(photo, (struct bytes){(const unsigned char *)"<svg/>", 6});
    assert_status(&a, 422);
    assert_holds(&a, "Choose a photo in JPEG, PNG or WebP.");
    a = upload(photo, (struct bytes){(const unsigned char *)"", 0});
    assert_status(&a, 422);
    struct bytes large = {arena_alloc(&w.arena, 3 * MiB), 3 * MiB};
    a = upload(photo, large);
    assert_status(&a, 413);
    large.len = 2 * MiB + 1;
    a = upload(photo, large);
    assert_status(&a, 422);
    assert_holds(&a, "larger than 2 MB");
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(an_empty_practice_offers_the_first_client),
        ALONE(the_list_is_json_too),
        ALONE(values_that_mean_nothing_are_ignored),
        ALONE(words_of_a_search_stand_in_no_address),
        ALONE(links_of_the_list_keep_what_was_asked),
        ALONE(fifty_stand_on_a_page),
        ALONE(who_keeps_the_money_sees_name_and_invoice_alone),
        ALONE(reception_sees_contact_but_no_clinical_tabs),
        ALONE(titles_and_addresses_name_nobody),
        ALONE(not_yours_and_not_there_look_alike),
        ALONE(who_may_what),
        ALONE(two_names_make_a_client_from_anywhere),
        ALONE(bad_input_comes_back_beside_what_was_typed),
        ALONE(every_text_has_its_limit),
        ALONE(unknown_fields_are_named),
        ALONE(any_script_and_mark_is_kept_and_escaped),
        ALONE(a_broken_text_stops_at_the_door),
        ALONE(saving_keeps_what_was_not_sent),
        ALONE(a_stale_form_shows_both_versions_to_choose_from),
        ALONE(a_stale_program_gets_the_stored_version),
        ALONE(a_change_of_status_can_be_undone),
        ALONE(a_photo_is_shown_as_the_image_it_is),
        ALONE(what_is_no_photo_is_refused),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
