/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_notes_web.c - pages and JSON of notes, through the router. */
#include "domains/clients/clients_view.h"
#include "domains/notes/notes_view.h"
#include "support.h"
#include "text/form.h"

#include <stdlib.h>

static struct world w;
static struct id marta;

static int open_world(void **state)
{
    (void)state;
    world_open(&w, &domain_clients, &domain_notes, NULL);
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    return 0;
}

static struct web_answer get(const char *path)
{
    return world_call(&w, GET, path, CLINICIAN_A, NULL);
}

static struct web_answer post(const char *path, const char *body)
{
    return world_call(&w, POST, path, CLINICIAN_A, body);
}

static struct form json_of(const struct web_answer *a)
{
    struct form f;
    OK(form_parse_json(&w.arena, (const char *)a->body.p, a->body.len, &f));
    return f;
}

static const char *member(const struct web_answer *a, const char *key)
{
    struct form f = json_of(a);
    const char *s = form_get(&f, key);
    if (s == NULL)
        fail_msg("no \"%s\" in: %s", key, answer_text(&w, a));
    return s;
}

/* Stores a draft by JSON and returns its path. */
static const char *drafted(const char *template_key, const char *section, const char *words)
{
    struct web_answer a = post(
        "/notes",
        TEXT_OF("{\"client\":\"%s\",\"version\":0,\"note\":{\"template\":\"%s\",\"%s\":\"%s\"}}",
                marta.s, template_key, section, words));
    assert_status(&a, 201);
    assert_string_equal(member(&a, "version"), "1");
    assert_string_equal(member(&a, "location"), TEXT_OF("/notes/%s", member(&a, "id")));
    return member(&a, "location");
}

static const char *signed_note(const char *template_key, const char *section, const char *words)
{
    const char *path = drafted(template_key, section, words);
    struct web_answer a = post(TEXT_OF("%s/sign", path), "{\"version\":1}");
    assert_status(&a, 200);
    return path;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void the_form_of_a_new_note_stores_a_draft_without_script(void **state)
{
    (void)state;
    struct web_answer a = get(TEXT_OF("/notes/new?client=%s&template=phone", marta.s));
    assert_status(&a, 200);
    assert_holds(&a, "<label for=\"f-note.who\">Who called and why</label>");
    assert_holds(&a, "name=\"note.text\"");
    assert_holds(&a, "data-autosave=\"/notes\"");
    assert_holds(&a, "<input type=\"hidden\" name=\"version\" value=\"0\">");
    assert_holds(&a, "value=\"2026-11-23T10:00\"");

    struct id id = id_new();
    const char *body = TEXT_OF("client=%s&appointment=&note_id=%s&version=0&note.template=phone&"
                               "note.use=phone&note.who=Her+mother&note.text=&note.plan=&"
                               "about=2026-11-23T09:15",
                               marta.s, id.s);
    a = post("/notes", body);
    assert_status(&a, 303);
    assert_string_equal(a.location, TEXT_OF("/notes/%s", id.s));
    a = get(a.location);
    assert_holds(&a, "Her mother</textarea>");
    assert_holds(&a, "value=\"2026-11-23T09:15\"");
    assert_holds(&a, TEXT_OF("action=\"/notes/%s\"", id.s));

    a = post("/notes", body); /* the same once more: the page did not hear that it was stored */
    assert_status(&a, 409);
    assert_holds(&a, "name=\"version\" value=\"1\"");
}

static void autosave_goes_on_from_a_page_that_has_no_row(void **state)
{
    (void)state;
    struct id id = id_new();
    const char *fmt = "{\"client\":\"%s\",\"note_id\":\"%s\",\"version\":%d,"
                      "\"note\":{\"template\":\"dap\",\"d\":\"%s\"}}";
    struct web_answer a = post("/notes", TEXT_OF(fmt, marta.s, id.s, 0, "one"));
    assert_status(&a, 201);
    assert_string_equal(member(&a, "id"), id.s);
    a = post("/notes", TEXT_OF(fmt, marta.s, id.s, 1, "one two"));
    assert_status(&a, 200);
    assert_string_equal(member(&a, "version"), "2");
    a = world_get_json(&w, TEXT_OF("/notes/%s", id.s), CLINICIAN_A);
    assert_holds(&a, "\"text\":\"one two\"");
}

static void a_draft_of_a_client_who_went_is_not_overwritten(void **state)
{
    (void)state;
    struct client c;
    struct id gone = marta;
    const char *path = drafted("free", "text", "about Marta");
    world_as(&w, OWNER);
    OK(client_load(&w.cx, world_cap(&w, gone), &c));
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    struct client stays = {0};
    record_init(&client_type, &stays);
    stays.given_name = "Ana";
    stays.family_name = "Sanz";
    stays.status = CLIENT_ACTIVE;
    stays.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &stays));
    struct web_answer a =
        post("/notes", TEXT_OF("{\"client\":\"%s\",\"note_id\":\"%s\",\"version\":1,"
                               "\"note\":{\"template\":\"free\",\"text\":\"about Ana\"}}",
                               stays.id.s, path + strlen("/notes/")));
    assert_status(&a, 404);
    world_as(&w, OWNER);
    OK(client_load(&w.cx, world_cap(&w, gone), &c));
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
    a = get(path);
    assert_status(&a, 200);
    assert_holds(&a, "about Marta");
}

static void two_devices_are_shown_both_versions(void **state)
{
    (void)state;
    const char *path = drafted("dap", "d", "one");
    struct web_answer a = post(path, "{\"version\":1,\"note\":{\"d\":\"of the first\"}}");
    assert_status(&a, 200);
    a = post(path, "{\"version\":1,\"note\":{\"d\":\"of the second\"}}");
    assert_status(&a, 409);
    assert_string_equal(member(&a, "current.version"), "2");
    assert_string_equal(member(&a, "current.note.d"), "of the first");
    assert_string_equal(member(&a, "current.note.template"), "dap");
    assert_string_equal(member(&a, "errors.0.field"), "version");

    a = post(path, "version=1&note.d=of+the+second"); /* without script */
    assert_status(&a, 409);
    assert_holds(&a, "of the second</textarea>");
    assert_holds(&a, ">of the first</p>");
    assert_holds(&a, "name=\"version\" value=\"2\"");
    a = world_get_json(&w, path, CLINICIAN_A);
    assert_holds(&a, "\"text\":\"of the first\"");
}

static void the_button_use_shows_the_words_under_the_new_titles(void **state)
{
    (void)state;
    const char *path = drafted("dap", "plan", "next week");
    struct web_answer a =
        post(path, "version=1&note.template=dap&note.plan=next+month&note.use=soap&note.change=1");
    assert_status(&a, 200);
    assert_holds(&a, "<label for=\"f-note.s\">Subjective</label>");
    assert_holds(&a, "next month</textarea>");
    assert_holds(&a, "name=\"note.template\" value=\"soap\"");
    a = world_get_json(&w, path, CLINICIAN_A); /* nothing is stored by it */
    assert_holds(&a, "\"template\":\"dap\"");
}

static void what_is_wrong_comes_back_beside_what_was_typed(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &w.arena, 1 << 20);
    const char *path = drafted("free", "text", "one");
    buf_puts(&b, "version=1&about=2027-01-01T10:00&note.text=");
    for (int i = 0; i <= NOTE_MAX_SECTION_CHARS; i++)
        buf_putc(&b, 'x');
    struct web_answer a = post(path, b.s);
    assert_status(&a, 422);
    assert_holds(&a,
                 "<p class=\"error\" id=\"e-note.text\">A section has up to 20000 characters.</p>");
    assert_holds(&a, "<p class=\"error\" id=\"e-about\">The contact lies in the future.</p>");
    assert_holds(&a, "xxxx</textarea>");
    a = post(path, "version=1&note.text=a&about=2026-02-29T10:00");
    assert_status(&a, 422);
    a = post(path, "{\"version\":1,\"mood\":3}");
    assert_status(&a, 422);
    assert_string_equal(member(&a, "errors.0.field"), "mood");
    a = post(path, "{\"version\":1,\"note\":{\"mood\":\"x\"}}");
    assert_status(&a, 422);
    assert_string_equal(member(&a, "errors.0.field"), "note.mood");
    a = post(path, "{\"version\":1,\"note\":{\"text\":\"a\\u0000b\"}}");
    assert_status(&a, 400);
    a = post("/notes", "{\"note\":{\"template\":\"free\",\"text\":\"of nobody\"}}");
    assert_status(&a, 422);
    assert_string_equal(member(&a, "errors.0.field"), "client");
    a = post("/notes", TEXT_OF("{\"client\":\"%s\",\"note\":{\"template\":\"none\"}}", marta.s));
    assert_status(&a, 404);
}

static void markup_and_right_to_left_words_are_shown_as_words(void **state)
{
    (void)state;
    const char *path =
        signed_note("free", "text", "<script>alert(1)</script> \u202Eשלום & \\\"x\\\"");
    struct web_answer a = get(path);
    assert_status(&a, 200);
    assert_holds(
        &a,
        "<p class=\"read\" dir=\"auto\">&lt;script&gt;alert(1)&lt;/script&gt; \u202Eשלום &amp; ");
    assert_false(holds(&a, "<script>alert"));
    path = drafted("free", "text", "</textarea><b>");
    a = get(path);
    assert_holds(&a, "&lt;/textarea&gt;&lt;b&gt;</textarea>");
}

static void writing_goes_on_in_the_first_empty_section(void **state)
{
    (void)state;
    const char *path = drafted("dap", "d", "one");
    struct web_answer a = get(path);
    assert_holds(&a, "aria-describedby=\"h-note.a\" autofocus>");
    assert_lacks(&a, "aria-describedby=\"h-note.d\" autofocus>");
    assert_lacks(&a, "aria-describedby=\"h-note.p\" autofocus>");
    path = drafted("free", "text", " ");
    a = post(path, "version=1&note.text=&sign=1"); /* a refusal is read first */
    assert_status(&a, 422);
    assert_lacks(&a, "autofocus");
}

/* --- signing ----------------------------------------------------------------------------- */

static void sign_stores_the_words_that_were_typed_and_locks_them(void **state)
{
    (void)state;
    const char *path = drafted("dap", "d", "one");
    struct web_answer a = post(path, "version=1&note.template=dap&note.d=two&sign=1");
    assert_status(&a, 303);
    a = get(path);
    assert_holds(&a, "two</p>");
    assert_holds(&a, "Signed by Ana Alba, 23 November 2026, 10:00");
    assert_false(holds(&a, "<textarea"));

    a = post(path, "version=1&note.template=dap&note.d=two&sign=1"); /* a double click */
    assert_status(&a, 303);
    a = post(path, "version=1&note.d=three&sign=1");
    assert_status(&a, 409);
    assert_holds(&a, "three</textarea>");
    a = post(path, "{\"version\":2,\"note\":{\"d\":\"three\"}}");
    assert_status(&a, 409);
    assert_string_equal(member(&a, "current.note.d"), "two");
    a = post(TEXT_OF("%s/discard", path), "version=2");
    assert_status(&a, 422);
}

static void an_empty_note_comes_back_with_a_sentence(void **state)
{
    (void)state;
    const char *path = drafted("free", "text", " ");
    struct web_answer a = post(path, "version=1&note.text=&sign=1");
    assert_status(&a, 422);
    assert_holds(&a, "The note is empty. Write something, or leave it as a draft.");
    a = post(TEXT_OF("%s/sign", path), "{\"version\":2}");
    assert_status(&a, 422);
}

static void a_note_can_be_signed_in_one_go(void **state)
{
    (void)state;
    struct web_answer a =
        post("/notes",
             TEXT_OF("client=%s&note_id=%s&version=0&note.template=free&note.text=at+once&sign=1",
                     marta.s, id_new().s));
    assert_status(&a, 303);
    a = get(a.location);
    assert_holds(&a, "at once</p>");
    assert_holds(&a, "Signed by");
}

static void discarding_goes_back_to_the_list(void **state)
{
    (void)state;
    const char *path = drafted("free", "text", "one");
    struct web_answer a =
        post(TEXT_OF("%s/discard", path), TEXT_OF("version=1&client=%s&note.text=one", marta.s));
    assert_status(&a, 303);
    assert_string_equal(a.location, TEXT_OF("/clients/%s/notes", marta.s));
    a = get(path);
    assert_status(&a, 404);
    a = post(TEXT_OF("/notes/%s/discard", id_new().s), TEXT_OF("version=0&client=%s", marta.s));
    assert_status(&a, 303); /* begun, never stored */
    a = post(TEXT_OF("/notes/%s/discard", id_new().s), "version=1");
    assert_status(&a, 404);
}

/* --- reading ----------------------------------------------------------------------------- */

static void corrections_stand_beneath_the_original(void **state)
{
    (void)state;
    const char *path = signed_note("dap", "d", "born in 1981");
    struct web_answer a = post(TEXT_OF("%s/amendment", path), NULL);
    assert_status(&a, 303);
    const char *amendment = a.location;
    a = get(amendment);
    assert_holds(&a, "born in 1981</textarea>");
    assert_holds(&a, "The original");
    a = post(amendment, "version=1&note.d=born+in+1982&sign=1");
    assert_status(&a, 303);
    assert_string_equal(a.location, path);
    world_at(&w, w.cx.now_ms + 60000);
    a = post(TEXT_OF("%s/addendum", path), "{}");
    assert_status(&a, 201);
    a = post(member(&a, "location"), "version=1&note.text=and+a+sister&sign=1");
    assert_status(&a, 303);
    a = get(path);
    assert_holds(&a, "born in 1981</p>");
    assert_holds(&a, "born in 1982</p>");
    assert_holds(&a, "<h3>Data <span class=\"chip need\">differs from the original</span></h3>");
    assert_holds(&a, "and a sister</p>");
    a = get(amendment);
    assert_status(&a, 303);
    assert_string_equal(a.location, path);
    a = world_get_json(&w, path, CLINICIAN_A);
    assert_string_equal(member(&a, "corrections.0.kind"), "amendment");
    assert_string_equal(member(&a, "corrections.0.sections.0.differs"), "1");
    assert_string_equal(member(&a, "corrections.1.kind"), "addendum");
    assert_string_equal(member(&a, "note.sections.0.text"), "born in 1981");

    a = world_get_json(&w, TEXT_OF("/clients/%s/notes", marta.s), CLINICIAN_A);
    assert_string_equal(member(&a, "notes.0.corrections.1.summary"), "and a sister");
    struct form f = json_of(&a);
    assert_int_equal(form_rows(&f, "notes", 100), 1);
}

static void new_notes_begin_in_the_usual_template(void **state)
{
    (void)state;
    struct person me;
    struct web_answer a = get(TEXT_OF("/clients/%s/notes", marta.s));
    assert_holds(&a, "<option value=\"dap\" selected=\"\">");
    world_as(&w, OWNER);
    OK(person_load(&w.cx, w.person[CLINICIAN_A], &me));
    me.note_template = "birp";
    OK(person_save(&w.cx, &me, NULL));
    a = get(TEXT_OF("/clients/%s/notes", marta.s));
    assert_holds(&a, "<option value=\"birp\" selected=\"\">");
    assert_holds(&a, "<option value=\"phone\">");
    const char *note = drafted("free", "text", "x");
    a = get(TEXT_OF("/clients/%s/notes", marta.s));
    assert_holds(
        &a, TEXT_OF("<a class=\"row-link\" href=\"%s\">Free text<span class=\"hide\">, ", note));
}

static void the_list_is_paged_and_an_empty_one_says_what_comes(void **state)
{
    (void)state;
    const char *list = TEXT_OF("/clients/%s/notes", marta.s);
    struct web_answer a = get(list);
    assert_status(&a, 200);
    assert_holds(&a, "No notes yet");
    for (int i = 0; i < 23; i++)
        drafted("free", "text", "x");
    a = world_get_json(&w, list, CLINICIAN_A);
    struct form f = json_of(&a);
    assert_int_equal(form_rows(&f, "notes", 100), 20);
    a = world_get_json(&w, member(&a, "next"), CLINICIAN_A);
    f = json_of(&a);
    assert_int_equal(form_rows(&f, "notes", 100), 3);
    assert_string_equal(form_get(&f, "next"), "");
    a = get(list);
    assert_holds(&a, "Older notes");
    assert_holds(&a, "<title>Notes");
    a = get(TEXT_OF("%s?before=x", list));
    assert_status(&a, 404);
}

/* --- the largest notes ------------------------------------------------------------------------ */

static const char *as_long_as_can_be(const char *letter, int n)
{
    struct buf b;
    buf_init(&b, &w.arena, 1 << 20);
    for (int i = 0; i < n; i++)
        buf_puts(&b, letter);
    return b.s;
}

static void fill(struct note *n, const char *words)
{
    n->n_sections = NOTE_MAX_CHARS / NOTE_MAX_SECTION_CHARS;
    for (int i = 0; i < n->n_sections; i++)
        n->section[i] = (struct note_section){
            .key = TEXT_OF("s%d", i), .title = "Part", .prompt = "", .text = words};
    OK(note_save_draft(&w.cx, n));
    OK(note_sign(&w.cx, n->id, n->version));
}

/* A signed note and its corrections, as many and as long as they can be. */
static struct id largest(const char *words)
{
    struct note n, k;
    struct id id;
    struct arena scratch;
    arena_init(&scratch, (size_t)64 << 20);
    world_as(&w, CLINICIAN_A);
    w.cx.arena = &scratch;
    OK(note_begin_for(&w.cx, marta, "free", &n));
    fill(&n, words);
    for (int i = 0; i < NOTE_MAX_CORRECTIONS; i++) {
        arena_reset(&scratch);
        OK(note_correct(&w.cx, n.id, NOTE_ADDENDUM, &id));
        OK(note_load(&w.cx, id, &k));
        fill(&k, words);
    }
    w.cx.arena = &w.arena;
    arena_wipe(&scratch);
    return n.id;
}

static int count(const struct web_answer *a, const char *part)
{
    const char *p = (const char *)a->body.p, *end = p + a->body.len;
    int n = 0;
    for (; (p = memmem(p, (size_t)(end - p), part, strlen(part))) != NULL; p++)
        n++;
    return n;
}

static void the_largest_note_is_answered_with_all_its_corrections(void **state)
{
    (void)state;
    static const char *const letters[] = {"\xF0\x9F\x8C\xB3", "\""}; /* wide; wide in HTML */
    for (size_t i = 0; i < N_ELEMS(letters); i++) {
        struct id id = largest(as_long_as_can_be(letters[i], NOTE_MAX_SECTION_CHARS));
        struct web_answer a = get(TEXT_OF("/notes/%s", id.s));
        assert_status(&a, 200);
        assert_int_equal(count(&a, "<h2 id=\"c-"), NOTE_MAX_CORRECTIONS);
    }
}

static void lists_of_the_largest_notes_come_in_parts_and_miss_nothing(void **state)
{
    (void)state;
    const char *words = as_long_as_can_be("\xF0\x9F\x8C\xB3", NOTE_MAX_SECTION_CHARS);
    const char *path = TEXT_OF("/clients/%s/notes", marta.s);
    int n_notes = 0, n_corrections = 0;
    for (int i = 0; i < 3; i++)
        (void)largest(words);
    while (path != NULL) {
        struct web_answer a = world_get_json(&w, path, CLINICIAN_A);
        struct form f = json_of(&a);
        assert_status(&a, 200);
        assert_true(a.body.len < 1 << 20);
        n_notes += count(&a, "\"corrections\"");
        n_corrections += count(&a, "\"kind\":\"addendum\"");
        path = form_get(&f, "next");
        path = path != NULL && path[0] != '\0' ? path : NULL;
    }
    assert_int_equal(n_notes, 3);
    assert_int_equal(n_corrections, 3 * NOTE_MAX_CORRECTIONS);
}

static void a_note_is_printed_under_a_neutral_name(void **state)
{
    (void)state;
    struct web_answer a = get(TEXT_OF("%s/pdf", signed_note("soap", "s", "words")));
    assert_status(&a, 200);
    assert_string_equal(a.type, "application/pdf");
    assert_memory_equal(a.body.p, "%PDF-", 5);
    assert_non_null(strstr(a.headers, "filename=\"note.pdf\""));
    assert_false(holds(&a, "Sanz"));
}

static void what_leaves_as_a_file_wants_the_second_factor_anew(void **state)
{
    (void)state;
    const char *note = signed_note("soap", "s", "words"), *pdf = TEXT_OF("%s/pdf", note);
    w.is_stale = true;
    struct web_answer a = get(pdf);
    assert_status(&a, 303);
    assert_non_null(strstr(a.location, "/step-up?next=%2Fnotes%2F"));
    a = world_get_json(&w, pdf, CLINICIAN_A);
    assert_status(&a, 403);
    assert_holds(&a, "\"code\":\"step_up\"");
    a = world_get_json(&w, pdf, CLINICIAN_B); /* who may not is not asked */
    assert_status(&a, 404);
    a = get(note);
    assert_status(&a, 200);
    assert_holds(&a, "/pdf\""); /* it is offered */
    w.is_stale = false;
}

static void search_marks_what_it_found(void **state)
{
    (void)state;
    signed_note("free", "text", "She spoke of her <Sister> again.");
    struct web_answer a = post("/notes/search", "q=SISTER");
    assert_status(&a, 200);
    assert_holds(&a, "of her &lt;<mark>Sister</mark>&gt; again.");
    assert_holds(&a, "1 note was opened for this search.");
    assert_holds(&a, "Marta Sanz");
    a = post("/notes/search", "{\"q\":\"sister\"}");
    assert_string_equal(member(&a, "hits.0.hit"), "Sister");
    assert_string_equal(member(&a, "n_opened"), "1");
    a = post("/notes/search", "q=brother");
    assert_holds(&a, "Nothing found");
    a = get("/notes/search?q=sister"); /* an address holds no words */
    assert_status(&a, 200);
    assert_false(holds(&a, "Sister"));
    a = world_call(&w, POST, "/notes/search", CLINICIAN_B, "q=sister");
    assert_holds(&a, "Nothing found");
}

static void own_templates_are_made_changed_and_put_away(void **state)
{
    (void)state;
    struct web_answer a =
        post("/notes/templates", "name=Sandplay&sections=World+|+What+stood%0AStory");
    assert_status(&a, 303);
    a = get("/notes/templates");
    assert_holds(&a, "Sandplay");
    assert_holds(&a, "What stood");
    a = world_get_json(&w, "/notes/templates", CLINICIAN_A);
    assert_string_equal(member(&a, "templates.9.name"), "Sandplay");
    assert_string_equal(member(&a, "templates.9.sections.0.title"), "World");
    const char *key = member(&a, "templates.9.key"), *path = TEXT_OF("/notes/templates/%s", key);
    a = get(TEXT_OF("/notes/new?client=%s&template=%s", marta.s, key));
    assert_holds(&a, "<label for=\"f-note.s2\">Story</label>");
    a = post(path, "version=1&name=&sections=");
    assert_status(&a, 422);
    a = post(path, "{\"version\":1,\"is_active\":false}");
    assert_status(&a, 200);
    a = world_get_json(&w, "/notes/templates", CLINICIAN_A);
    struct form f = json_of(&a);
    assert_int_equal(form_rows(&f, "templates", 100), 9);
    a = get("/notes/templates");
    assert_holds(&a, "Put away");
    a = post(path, "version=1&name=Other&sections=x");
    assert_status(&a, 409);
    a = world_call(&w, GET, path, CLINICIAN_B, NULL);
    assert_status(&a, 404);
}

/* --- who may ----------------------------------------------------------------------------- */

static void nobody_but_the_clinician_reads_or_writes(void **state)
{
    (void)state;
    const char *draft = drafted("free", "text", "secretword"),
               *note = signed_note("free", "text", "secretword");
    const char *const pages[] = {draft, note, TEXT_OF("%s/pdf", note),
                                 TEXT_OF("/clients/%s/notes", marta.s),
                                 TEXT_OF("/notes/new?client=%s", marta.s)};
    const char *const writes[] = {TEXT_OF("%s/sign", draft), TEXT_OF("%s/discard", draft),
                                  TEXT_OF("%s/addendum", note), TEXT_OF("%s/amendment", note),
                                  draft};
    for (enum who who = OWNER; who <= BILLING; who++) {
        if (who == CLINICIAN_A)
            continue;
        int want = who == CLINICIAN_B ? 404 : 403;
        for (size_t i = 0; i < N_ELEMS(pages); i++) {
            struct web_answer a = world_call(&w, GET, pages[i], who, NULL);
            assert_status(&a, want);
            assert_false(holds(&a, "secretword"));
        }
        for (size_t i = 0; i < N_ELEMS(writes); i++) {
            struct web_answer a = world_call(&w, POST, writes[i], who, "{\"version\":1}");
            assert_status(&a, want);
        }
    }
    struct web_answer a = world_get_json(&w, note, NOBODY);
    assert_status(&a, 401);
    a = world_call(
        &w, POST, "/notes", CLINICIAN_B,
        TEXT_OF("{\"client\":\"%s\",\"note\":{\"template\":\"free\",\"text\":\"x\"}}", marta.s));
    assert_status(&a, 404);
    a = get(TEXT_OF("/notes/%s", id_new().s));
    assert_status(&a, 404);
}

/* A long note of marks that are stacked on each other takes seconds to be set. */
static void paper_waits_apart_from_other_work(void **state)
{
    (void)state;
    int n = 0;
    for (int i = 0; i < domain_notes.n_routes; i++)
        if (strcmp(domain_notes.routes[i].path, "/notes/{id}/pdf") == 0) {
            assert_true((domain_notes.routes[i].flags & SLOW) != 0);
            n++;
        }
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(the_form_of_a_new_note_stores_a_draft_without_script),
        ALONE(autosave_goes_on_from_a_page_that_has_no_row),
        ALONE(a_draft_of_a_client_who_went_is_not_overwritten),
        ALONE(two_devices_are_shown_both_versions),
        ALONE(the_button_use_shows_the_words_under_the_new_titles),
        ALONE(what_is_wrong_comes_back_beside_what_was_typed),
        ALONE(markup_and_right_to_left_words_are_shown_as_words),
        ALONE(writing_goes_on_in_the_first_empty_section),
        ALONE(sign_stores_the_words_that_were_typed_and_locks_them),
        ALONE(an_empty_note_comes_back_with_a_sentence),
        ALONE(a_note_can_be_signed_in_one_go),
        ALONE(discarding_goes_back_to_the_list),
        ALONE(corrections_stand_beneath_the_original),
        ALONE(the_list_is_paged_and_an_empty_one_says_what_comes),
        ALONE(new_notes_begin_in_the_usual_template),
        ALONE(the_largest_note_is_answered_with_all_its_corrections),
        ALONE(lists_of_the_largest_notes_come_in_parts_and_miss_nothing),
        ALONE(a_note_is_printed_under_a_neutral_name),
        ALONE(what_leaves_as_a_file_wants_the_second_factor_anew),
        ALONE(search_marks_what_it_found),
        ALONE(own_templates_are_made_changed_and_put_away),
        ALONE(nobody_but_the_clinician_reads_or_writes),
        cmocka_unit_test(paper_waits_apart_from_other_work),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
