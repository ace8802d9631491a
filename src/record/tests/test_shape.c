/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_shape.c - records and views as JSON, and the schemas of both. */
#include "record/shape.h"
#include "record/tests/support_record.h"

static struct json writer(void)
{
    struct buf *out = arena_new(&arena, struct buf);
    buf_init(out, &arena, 1 << 20);
    return (struct json){.out = out};
}

static void a_record_is_written_without_what_stays_here(void **state)
{
    (void)state;
    struct sample s;
    record_init(&sample_type, &s);
    s.name = "Ada \"x\"";
    s.birth_date = days_from_civil(1990, 11, 23);
    s.fee_cents = 7050;
    s.starts_ms = INT64_C(1782892800000);
    s.days = 6;
    s.remark = "what was said"; /* NOEXPORT */
    struct json j = writer();
    json_open(&j, '{');
    record_json(&sample_type, cx.zone, &s, &j);
    json_close(&j, '}');
    assert_string_equal(
        j.out->s,
        "{\"name\":\"Ada "
        "\\\"x\\\"\",\"email\":\"\",\"phone\":\"\",\"office\":\"\",\"birth_date\":\"1990-11-23\","
        "\"start_min\":null,\"n_sessions\":0,\"fee_cents\":7050,\"balance_cents\":0,\"starts_ms\":"
        "\"2026-07-01T10:00+02:00\","
        "\"state\":\"open\",\"way\":null,\"days\":[\"tue\",\"wed\"],\"is_urgent\":false,\"room\":"
        "null}");
}

static void json_written_is_json_read(void **state)
{
    (void)state;
    struct sample s, back;
    record_init(&sample_type, &s);
    s.name = "Ada";
    s.birth_date = days_from_civil(1990, 11, 23);
    s.start_min = 570;
    s.n_sessions = 3;
    s.starts_ms = INT64_C(1782892800000);
    s.way = 1;
    s.room = id_derive(5, 6);
    struct json j = writer();
    json_open(&j, '{');
    struct record_type writable = sample_type; /* what is read-only is refused, so it is left out */
    struct field fields[N_ELEMS(sample_fields)];
    writable.fields = fields;
    writable.n_fields = 0;
    for (size_t i = 0; i < N_ELEMS(sample_fields); i++)
        if (!(sample_fields[i].flags & READONLY))
            fields[writable.n_fields++] = sample_fields[i];
    record_json(&writable, cx.zone, &s, &j);
    json_close(&j, '}');
    struct form f;
    assert_int_equal(form_parse_json(&arena, j.out->s, j.out->len, &f), RC_OK);
    assert_int_equal(parse(f, &back), RC_OK);
    assert_string_equal(record_changed(&arena, &sample_type, &s, &back), "");
}

struct row {
    const char *title;
    struct id id;
};
struct view {
    const char *word, *only_on_the_page;
    int64_t sum;
    bool is_open;
    struct id none;
    int32_t day, no_day;
    int64_t at_ms, never_ms;
    enum sample_state state;
    int n_pages;
    struct row first, *rows;
    int n_rows;
    struct sample sample;
};
static const struct member row_members[] = {SHAPE_ID(struct row, id), SHAPE_STR(struct row, title)};
static const struct shape row_shape = SHAPE("Row", row_members);
static const struct field short_fields[] = {
    TEXT(struct sample, name, N_("Name"), .flags = REQUIRED)};
static const struct record_type short_type = {
    .table = "sample", .name = "Short", .fields = short_fields, .n_fields = 1};
static const struct member view_members[] = {
    SHAPE_STR(struct view, word),
    SHAPE_INT(struct view, sum),
    SHAPE_BOOL(struct view, is_open),
    SHAPE_ID(struct view, none),
    SHAPE_DATE(struct view, day),
    SHAPE_DATE(struct view, no_day),
    SHAPE_INSTANT(struct view, at),
    SHAPE_INSTANT(struct view, never),
    SHAPE_KEY(struct view, state, sample_states, N_ELEMS(sample_states)),
    SHAPE_COUNT(struct view, n_pages),
    SHAPE_OBJECT(struct view, first, &row_shape),
    SHAPE_LIST(struct view, rows, &row_shape),
    SHAPE_RECORD(struct view, sample, &short_type),
};
static const struct shape view_shape = SHAPE("View", view_members);

static void a_view_is_written_member_by_member(void **state)
{
    (void)state;
    struct row rows[] = {{.title = "a", .id = id_derive(1, 1)}, {.title = "b"}};
    struct view v = {.word = "w",
                     .only_on_the_page = "x",
                     .sum = -5,
                     .is_open = true,
                     .day = days_from_civil(2026, 2, 3),
                     .no_day = DATE_NONE,
                     .at_ms = INT64_C(1782892800000),
                     .state = SAMPLE_CLOSED,
                     .n_pages = 2,
                     .first = rows[1],
                     .rows = rows,
                     .n_rows = 2};
    v.sample.name = "Ada";
    struct json j = writer();
    shape_json(&view_shape, cx.zone, &v, &j);
    assert_string_equal(j.out->s,
                        arena_printf(&arena,
                                     "{\"word\":\"w\",\"sum\":-5,\"is_open\":true,\"none\":null,"
                                     "\"day\":\"2026-02-03\",\"no_day\":null,"
                                     "\"at\":\"2026-07-01T08:00:00Z\",\"never\":null,"
                                     "\"state\":\"closed\",\"n_pages\":2,"
                                     "\"first\":{\"id\":null,\"title\":\"b\"},\"rows\":[{\"id\":\"%"
                                     "s\",\"title\":\"a\"},{\"id\":null,\"title\":\"b\"}],"
                                     "\"sample\":{\"name\":\"Ada\"}}",
                                     rows[0].id.s));
}

static void schemas_are_json_and_name_every_key(void **state)
{
    (void)state;
    struct json j = writer();
    shape_schema(&view_shape, &j);
    assert_true(json_is_valid(j.out->s, j.out->len));
    assert_non_null(strstr(
        j.out->s, "\"rows\":{\"type\":\"array\",\"items\":{\"title\":\"Row\",\"type\":\"object\""));
    assert_non_null(
        strstr(j.out->s,
               "\"state\":{\"type\":[\"string\",\"null\"],\"enum\":[\"open\",\"closed\",null]}"));

    j = writer();
    record_schema(&sample_type, &j);
    assert_true(json_is_valid(j.out->s, j.out->len));
    assert_non_null(strstr(
        j.out->s, "\"name\":{\"type\":\"string\",\"maxLength\":10,\"description\":\"Name\"}"));
    assert_non_null(
        strstr(j.out->s, "\"birth_date\":{\"type\":[\"string\",\"null\"],\"format\":\"date\""));
    assert_non_null(
        strstr(j.out->s, "\"n_sessions\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":50"));
    assert_non_null(
        strstr(j.out->s, "\"state\":{\"type\":\"string\",\"enum\":[\"open\",\"closed\"]"));
    assert_non_null(strstr(j.out->s, "\"office\":{\"type\":\"string\",\"maxLength\":200,"
                                     "\"description\":\"Office\",\"readOnly\":true}"));
    assert_non_null(
        strstr(j.out->s, "\"required\":[\"name\",\"way\"],\"additionalProperties\":false}"));
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(a_record_is_written_without_what_stays_here),
        cmocka_unit_test(json_written_is_json_read),
        cmocka_unit_test(a_view_is_written_member_by_member),
        cmocka_unit_test(schemas_are_json_and_name_every_key),
    };
    return cmocka_run_group_tests(t, open_cx, close_cx);
}
