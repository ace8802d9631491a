/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_record_draw.c - inputs, errors and values as a page shows them. */
#include "record/tests/support_record.h"

static struct sample sample;

static const char *draw(const struct form *typed, const char *prefix, const char *key)
{
    struct buf out;
    buf_init(&out, &arena, 1 << 20);
    struct html h = {&out, cx.cat};
    struct record_form form = {&cx, &sample_type, &sample, typed, prefix};
    if (key != NULL)
        record_input(h, &form, key);
    else
        record_inputs(h, &form);
    return out.s;
}

static const char *draw_errors(const char *prefix)
{
    struct buf out;
    buf_init(&out, &arena, 1 << 20);
    struct record_form form = {&cx, &sample_type, &sample, NULL, prefix};
    record_errors((struct html){&out, cx.cat}, &form);
    return out.s;
}

static int fill(void **state)
{
    (void)state;
    cx.n_errs = 0;
    record_init(&sample_type, &sample);
    sample.name = "O'Neill <b>\"";
    sample.remark = "\nline";
    sample.birth_date = days_from_civil(1990, 11, 23);
    sample.start_min = 570;
    sample.fee_cents = 123450;
    sample.starts_ms = INT64_C(1782892800000);
    sample.days = 5;
    sample.is_urgent = true;
    sample.office = "North";
    return 0;
}

static void a_line_has_label_limits_and_escaped_value(void **state)
{
    (void)state;
    assert_string_equal(draw(NULL, NULL, "name"),
                        "<div class=\"field\" data-kind=\"text\"><label "
                        "for=\"f-name\">Name</label><input id=\"f-name\" name=\"name\" "
                        "value=\"O&#39;Neill &lt;b&gt;&quot;\" maxlength=\"10\" required "
                        "autocomplete=\"off\"></div>\n");
}

static void help_and_error_are_tied_to_their_input(void **state)
{
    (void)state;
    (void)refuse(&cx, RC_INVALID, "phone", "Nobody <answers>.");
    assert_string_equal(
        draw(NULL, NULL, "phone"),
        "<div class=\"field\" data-kind=\"text\"><label for=\"f-phone\">Phone</label><input "
        "id=\"f-phone\" name=\"phone\" "
        "type=\"tel\" value=\"\" maxlength=\"200\" aria-invalid=\"true\" "
        "aria-describedby=\"h-phone e-phone\" "
        "autocomplete=\"off\"><p class=\"help\" id=\"h-phone\">With the country.</p>"
        "<p class=\"error\" id=\"e-phone\">Nobody &lt;answers&gt;.</p></div>\n");
}

static void each_kind_has_its_input(void **state)
{
    (void)state;
    assert_non_null(strstr(draw(NULL, NULL, "birth_date"), "type=\"date\" value=\"1990-11-23\""));
    assert_non_null(strstr(draw(NULL, NULL, "start_min"), "type=\"time\" value=\"09:30\""));
    assert_non_null(strstr(draw(NULL, NULL, "starts_ms"),
                           "type=\"datetime-local\" value=\"2026-07-01T10:00\""));
    assert_non_null(
        strstr(draw(NULL, NULL, "fee_cents"), "inputmode=\"decimal\" value=\"1,234.50\""));
    assert_non_null(strstr(draw(NULL, NULL, "email"), "type=\"email\""));
    assert_non_null(strstr(draw(NULL, NULL, "n_sessions"), "inputmode=\"numeric\""));
    assert_non_null(
        strstr(draw(NULL, NULL, "remark"), ">\n\nline</textarea>")); /* HTML drops one */
    assert_non_null(
        strstr(draw(NULL, NULL, "office"), "<p class=\"value\" id=\"f-office\">North</p>"));
    assert_non_null(
        strstr(draw(NULL, NULL, "room"), "<input type=\"hidden\" name=\"room\" value=\"\">"));
}

static void a_required_choice_starts_without_one(void **state)
{
    (void)state;
    assert_non_null(
        strstr(draw(NULL, NULL, "way"), "required><option value=\"\">Choose one</option>"));
    assert_null(strstr(draw(NULL, NULL, "way"), "selected"));
    assert_non_null(
        strstr(draw(NULL, NULL, "state"), "><option value=\"open\" selected>Open</option>"));
    sample.way = 1;
    assert_null(strstr(draw(NULL, NULL, "way"), "Choose one"));
    assert_non_null(strstr(draw(NULL, NULL, "way"), "<option value=\"video\" selected>"));
}

static void boxes_send_a_marker_first(void **state)
{
    (void)state;
    const char *set = draw(NULL, NULL, "days"), *box = draw(NULL, NULL, "is_urgent");
    assert_non_null(strstr(
        set, "<fieldset class=\"field\" id=\"f-days\" data-kind=\"set\"><legend>Days</legend>"
             "<input type=\"hidden\" name=\"days\" value=\"\">"));
    assert_non_null(strstr(set, "name=\"days\" value=\"mon\" checked> Monday"));
    assert_non_null(strstr(set, "name=\"days\" value=\"tue\"> Tuesday"));
    assert_non_null(
        strstr(set, "value=\"wed\" checked aria-describedby=\"h-days-wed\"> Wednesday</label>"
                    "<p class=\"help choice\" id=\"h-days-wed\">The practice is quiet."));
    assert_non_null(strstr(box, "<input type=\"hidden\" name=\"is_urgent\" value=\"0\">"));
    assert_non_null(
        strstr(box, "type=\"checkbox\" id=\"f-is_urgent\" name=\"is_urgent\" value=\"1\" checked"));
}

static void what_was_typed_is_shown_again_raw(void **state)
{
    (void)state;
    struct form f = FORM({"fee_cents", "seventy"}, {"days", ""}, {"days", "tue"},
                         {"is_urgent", "0"}, {"state", "closed"});
    assert_non_null(strstr(draw(&f, NULL, "fee_cents"), "value=\"seventy\""));
    assert_non_null(strstr(draw(&f, NULL, "days"), "value=\"tue\" checked"));
    assert_null(strstr(draw(&f, NULL, "days"), "value=\"mon\" checked"));
    assert_null(strstr(draw(&f, NULL, "is_urgent"), "checked"));
    assert_non_null(strstr(draw(&f, NULL, "state"), "value=\"closed\" selected"));
    assert_non_null(strstr(draw(&f, NULL, "start_min"), "value=\"09:30\""));
}

static void a_prefix_stands_before_names_ids_and_errors(void **state)
{
    (void)state;
    struct form f = FORM({"tasks.0.name", "typed"}, {"name", "other"});
    (void)refuse(&cx, RC_INVALID, "tasks.0.name", "No.");
    const char *s = draw(&f, "tasks.0.", "name");
    assert_non_null(strstr(s, "<label for=\"f-tasks.0.name\">"));
    assert_non_null(strstr(s, "id=\"f-tasks.0.name\" name=\"tasks.0.name\" value=\"typed\""));
    assert_non_null(strstr(s, "<p class=\"error\" id=\"e-tasks.0.name\">No.</p>"));
}

static void all_inputs_leave_out_readonly_and_references(void **state)
{
    (void)state;
    const char *all = draw(NULL, NULL, NULL);
    for (size_t i = 0; i < N_ELEMS(sample_fields); i++) {
        const struct field *f = &sample_fields[i];
        bool want = !(f->flags & READONLY) && f->kind != FIELD_ID;
        assert_true((strstr(all, arena_printf(&arena, "name=\"%s\"", f->key)) != NULL) == want);
    }
}

static void errors_link_to_their_fields(void **state)
{
    (void)state;
    assert_string_equal(draw_errors(NULL), "");
    (void)refuse(&cx, RC_INVALID, "name", "Fill this in.");
    (void)refuse(&cx, RC_INVALID, NULL, "Too <late>.");
    (void)refuse(&cx, RC_INVALID, "is_admin", "No such field.");
    (void)refuse(&cx, RC_INVALID, "tasks.0.title", "Fill this in.");
    const char *s = draw_errors(NULL);
    assert_non_null(strstr(s, "<li><a href=\"#f-name\">Name: Fill this in.</a></li>"));
    assert_non_null(strstr(s, "<li>Too &lt;late&gt;.</li>"));
    assert_non_null(strstr(s, "<li>No such field.</li>"));
    assert_non_null(strstr(s, "<li><a href=\"#f-tasks.0.title\">Fill this in.</a></li>"));
}

static void values_are_shown_as_people_read_them(void **state)
{
    (void)state;
    static const struct {
        const char *key, *want;
    } t[] = {
        {"name", "O'Neill <b>\""},
        {"birth_date", "23 Nov 1990"},
        {"start_min", "09:30"},
        {"fee_cents", "\xe2\x82\xac"
                      "1,234.50"},
        {"starts_ms", "1 Jul 2026, 10:00"},
        {"state", "Open"},
        {"way", ""},
        {"days", "Monday, Wednesday"},
        {"is_urgent", "Yes"},
        {"room", ""},
        {"email", ""},
    };
    for (size_t i = 0; i < N_ELEMS(t); i++)
        assert_string_equal(record_show(&cx, &sample_type, &sample, t[i].key), t[i].want);
    sample.is_urgent = false;
    assert_string_equal(record_show(&cx, &sample_type, &sample, "is_urgent"), "No");
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test_setup(a_line_has_label_limits_and_escaped_value, fill),
        cmocka_unit_test_setup(help_and_error_are_tied_to_their_input, fill),
        cmocka_unit_test_setup(each_kind_has_its_input, fill),
        cmocka_unit_test_setup(a_required_choice_starts_without_one, fill),
        cmocka_unit_test_setup(boxes_send_a_marker_first, fill),
        cmocka_unit_test_setup(what_was_typed_is_shown_again_raw, fill),
        cmocka_unit_test_setup(a_prefix_stands_before_names_ids_and_errors, fill),
        cmocka_unit_test_setup(all_inputs_leave_out_readonly_and_references, fill),
        cmocka_unit_test_setup(errors_link_to_their_fields, fill),
        cmocka_unit_test_setup(values_are_shown_as_people_read_them, fill),
    };
    return cmocka_run_group_tests(t, open_cx, close_cx);
}
