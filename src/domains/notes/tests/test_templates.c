/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_templates.c - templates, built in and own. */
#include "notes_world.h"

/* --- templates --------------------------------------------------------------------------- */

static void every_built_in_template_makes_a_note_that_comes_back(void **state)
{
    (void)state;
    static const char *const keys[] = {"soap", "dap",    "birp",  "girp",  "pie",
                                       "free", "intake", "phone", "noshow"};
    struct note_template *all;
    int n_all;
    world_as(&w, CLINICIAN_A);
    OK(note_template_list(&w.cx, &all, &n_all));
    assert_int_equal(n_all, N_ELEMS(keys));
    for (size_t k = 0; k < N_ELEMS(keys); k++) {
        struct note n, back;
        OK(note_begin_for(&w.cx, marta, keys[k], &n));
        assert_true(n.n_sections > 0);
        for (int i = 0; i < n.n_sections; i++)
            n.section[i].text = TEXT_OF("words of %s", n.section[i].key);
        OK(note_save_draft(&w.cx, &n));
        OK(note_load(&w.cx, n.id, &back));
        assert_string_equal(back.template_key, keys[k]);
        assert_int_equal(back.n_sections, n.n_sections);
        for (int i = 0; i < n.n_sections; i++) {
            assert_string_equal(back.section[i].key, n.section[i].key);
            assert_string_equal(back.section[i].title, n.section[i].title);
            assert_string_equal(back.section[i].text, n.section[i].text);
        }
    }
}

static void a_change_of_template_loses_no_words(void **state)
{
    (void)state;
    struct note n = drafted("dap", "what happened");
    struct form f = typed("note.template", "soap");
    form_add(&w.arena, &f, "note.plan", "next week");
    OK(note_parse(&w.cx, &f, &n));
    assert_string_equal(n.template_key, "soap");
    assert_string_equal(note_section_text(&n, "plan"), "next week");
    assert_string_equal(note_section_text(&n, "d"), "what happened"); /* SOAP has no Data */
    assert_int_equal(n.n_sections, 5);
    OK(note_save_draft(&w.cx, &n));
    OK(note_load(&w.cx, n.id, &n));
    assert_string_equal(n.section[4].title, "Data");
    assert_string_equal(note_plan(&n), "next week");
}

static void the_button_use_changes_the_template_and_the_select_alone_does_not(void **state)
{
    (void)state;
    struct note n = drafted("dap", "words");
    struct form f = typed("note.use", "free");
    OK(note_parse(&w.cx, &f, &n));
    assert_string_equal(n.template_key, "dap");
    form_add(&w.arena, &f, "note.change", "1");
    OK(note_parse(&w.cx, &f, &n));
    assert_string_equal(n.template_key, "free");
    assert_string_equal(note_section_text(&n, "d"), "words");
}

static void an_unknown_template_or_section_is_refused(void **state)
{
    (void)state;
    struct note n = drafted("dap", "words");
    struct form f = typed("note.template", "bogus");
    REFUSED(note_parse(&w.cx, &f, &n), RC_INVALID, "template", "There is no such template.");
    f = typed("note.mood", "x");
    REFUSED(note_parse(&w.cx, &f, &n), RC_INVALID, "note.mood",
            "There is no field called \"note.mood\" here.");
}

static void own_templates_are_seen_by_their_owner_alone(void **state)
{
    (void)state;
    struct own_template own = {.name = "Sandplay",
                               .sections =
                                   "World | What stood where.\r\n\r\nStory\tIn their words.\n",
                               .is_active = true};
    struct note_template t;
    struct note n;
    world_as(&w, CLINICIAN_A);
    OK(own_template_save(&w.cx, &own));
    OK(note_template_load(&w.cx, own.id.s, &t));
    assert_int_equal(t.n_sections, 2);
    assert_string_equal(t.section[0].key, "s1");
    assert_string_equal(t.section[0].title, "World");
    assert_string_equal(t.section[0].prompt, "What stood where.");
    assert_string_equal(t.section[1].title, "Story");
    assert_string_equal(t.section[1].prompt, "In their words.");

    n = drafted(own.id.s, "a tower");
    own.sections = "Tray";
    OK(own_template_save(&w.cx, &own)); /* a note keeps the titles it was written under */
    OK(note_load(&w.cx, n.id, &n));
    assert_string_equal(n.section[0].title, "World");
    assert_int_equal(n.n_sections, 2);

    own.version = 1;
    REFUSED(own_template_save(&w.cx, &own), RC_CONFLICT, "version",
            "This template was changed on another device.");
    world_as(&w, CLINICIAN_B);
    assert_int_equal(note_template_load(&w.cx, own.id.s, &t), RC_NOT_FOUND);
    assert_int_equal(own_template_load(&w.cx, own.id, &own), RC_NOT_FOUND);
}

static void a_template_has_twelve_sections_at_most(void **state)
{
    (void)state;
    struct own_template own = {.name = "Long", .is_active = true};
    world_as(&w, CLINICIAN_A);
    own.sections = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13";
    REFUSED(own_template_save(&w.cx, &own), RC_INVALID, "sections",
            "A template has up to 12 sections.");
    own.sections = " | no title\n \n";
    REFUSED(own_template_save(&w.cx, &own), RC_INVALID, "sections",
            "Write at least one section, one a line.");
    own.sections = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12";
    OK(own_template_save(&w.cx, &own));
    struct note n = drafted(own.id.s, "first");
    n.section[11].text = "twelfth";
    OK(note_save_draft(&w.cx, &n));
    OK(note_load(&w.cx, n.id, &n));
    assert_int_equal(n.n_sections, 12);
    assert_string_equal(n.section[11].text, "twelfth");
    struct form f = typed("note.template", "free"); /* 12 sections, of which two hold words */
    OK(note_parse(&w.cx, &f, &n));
    assert_int_equal(n.n_sections, 3);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(every_built_in_template_makes_a_note_that_comes_back),
        ALONE(a_change_of_template_loses_no_words),
        ALONE(the_button_use_changes_the_template_and_the_select_alone_does_not),
        ALONE(an_unknown_template_or_section_is_refused),
        ALONE(own_templates_are_seen_by_their_owner_alone),
        ALONE(a_template_has_twelve_sections_at_most),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
