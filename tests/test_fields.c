/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_fields.c - every field that some form takes, with what tired people and attackers type: each
 * bad value is refused beside its field, in both languages, and good text comes through unchanged.
 */
#include "domains/domains.h"
#include "support.h"
#include "text/form.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open_list(&w, domains);
}

/* --- sending one field -------------------------------------------------------------------- */

enum { RECORD_BYTES = 4096 };

static const char *encoded(const char *s)
{
    struct buf b;
    buf_init(&b, &w.arena, 64 << 20);
    for (; *s != '\0'; s++)
        buf_printf(&b, "%%%02X", (unsigned char)*s);
    return b.s;
}

/* What is said about the field when a browser's form sends that; NULL: nothing. */
static const char *said_about(const struct record_type *t, const struct field *f, const char *value,
                              char rec[static RECORD_BYTES])
{
    struct form form;
    const char *body = arena_printf(&w.arena, "%s=%s", f->key, encoded(value));
    assert_int_equal(form_parse_urlencoded(&w.arena, body, strlen(body), &form), RC_OK);
    w.cx.n_errs = 0;
    memset(rec, 0, RECORD_BYTES);
    record_clear(t, rec);
    (void)!record_parse(&w.cx, t, &form, NULL, rec);
    return cx_err(&w.cx, f->key);
}

static void refused(const struct record_type *t, const struct field *f, const char *value)
{
    char rec[RECORD_BYTES];
    const char *said = said_about(t, f, value, rec);
    if (said == NULL || said[0] == '\0' || strchr(said, '<') != NULL)
        fail_msg("%s.%s takes \"%.60s\": %s", t->name, f->key, value, said);
}

static void taken(const struct record_type *t, const struct field *f, const char *value)
{
    char rec[RECORD_BYTES];
    const char *said = said_about(t, f, value, rec);
    if (said != NULL)
        fail_msg("%s.%s refuses \"%.60s\": %s", t->name, f->key, value, said);
    if (f->kind == FIELD_TEXT || f->kind == FIELD_NOTE)
        assert_string_equal(*(const char **)(void *)(rec + f->offset), value);
}

/* All fields of all records that routes take; how many. */
static int each_field(void (*try)(const struct record_type *t, const struct field *f))
{
    int n = 0;
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++) {
            const struct record_type *t = domains[i]->routes[k].takes;
            for (int m = 0; t != NULL && m < t->n_fields; m++)
                if ((t->fields[m].flags & READONLY) == 0) {
                    try(t, &t->fields[m]);
                    n++;
                }
        }
    return n;
}

/* --- values that cannot be ----------------------------------------------------------------- */

static const struct {
    enum field_kind kind;
    const char *value;
} wrong[] = {
    {FIELD_DATE, "2026-02-29"},
    {FIELD_DATE, "31/04/2026"},
    {FIELD_DATE, "2026-13-01"},
    {FIELD_DATE, "0000-00-00"},
    {FIELD_DATE, "<script>"},
    {FIELD_DATE, "tomorrow"},
    {FIELD_MINUTES, "24:00"},
    {FIELD_MINUTES, "7:60"},
    {FIELD_MINUTES, "noon"},
    {FIELD_INT, "1.5"},
    {FIELD_INT, "99999999999999999999"},
    {FIELD_INT, "--1"},
    {FIELD_INT, "0x10"},
    {FIELD_CENTS, "1,5.0"},
    {FIELD_CENTS, "12.345,6,7"},
    {FIELD_CENTS, "99999999999999999999"},
    {FIELD_CENTS, "seventy"},
    {FIELD_CHOICE, "nonsense"},
    {FIELD_SET, "nonsense"},
    {FIELD_BOOL, "maybe"},
    {FIELD_ID, "x"},
    {FIELD_ID, "../../etc/passwd......"},
    {FIELD_INSTANT, "2026-02-29T10:00"},
    {FIELD_INSTANT, "2026-03-29T02:30"}, /* clocks go from 2:00 to 3:00 that night */
    {FIELD_INSTANT, "2026-11-24T25:00"},
    {FIELD_INSTANT, "soon"},
};

static void try_wrong(const struct record_type *t, const struct field *f)
{
    for (size_t i = 0; i < N_ELEMS(wrong); i++)
        if (wrong[i].kind == f->kind)
            refused(t, f, wrong[i].value);
    if (f->kind == FIELD_CENTS) { /* what the other language writes */
        bool is_spanish = strcmp(locale_language(w.cx.locale), "es") == 0;
        refused(t, f, is_spanish ? "1,234.50" : "1.234,50");
        refused(t, f, is_spanish ? "70,001" : "70.001");
    }
}

static void values_that_cannot_be_are_refused_beside_their_field(void **state)
{
    (void)state;
    static const char *const locales[] = {"en-GB", "es-ES"};
    for (size_t i = 0; i < N_ELEMS(locales); i++) {
        world_as(&w, OWNER);
        w.cx.locale = locale_get(locales[i]);
        w.cx.cat = catalogue_get(locale_language(w.cx.locale));
        assert_true(each_field(try_wrong) > 100);
    }
}

/* --- text --------------------------------------------------------------------------------- */

static bool is_free_text(const struct field *f)
{
    return (f->kind == FIELD_TEXT || f->kind == FIELD_NOTE) && (f->flags & (EMAIL | PHONE)) == 0 &&
           (f->flags & NOEXPORT) == 0;
}

static const char *of_length(int64_t n_chars)
{
    struct buf b;
    buf_init(&b, &w.arena, 64 << 20);
    for (int64_t i = 0; i < n_chars; i++)
        buf_puts(&b, "é");
    return b.s;
}

static void try_length(const struct record_type *t, const struct field *f)
{
    if (f->kind != FIELD_TEXT && f->kind != FIELD_NOTE)
        return;
    int64_t usual = f->kind == FIELD_TEXT ? 200 : 20000; /* docs/limits.md */
    refused(t, f, of_length((f->max > 0 ? f->max : usual) + 1));
}

static void text_longer_than_its_field_is_refused(void **state)
{
    (void)state;
    world_as(&w, OWNER);
    (void)each_field(try_length);
}

static void try_text(const struct record_type *t, const struct field *f)
{
    static const char *const values[] = {"<script>alert(1)</script> & \"quotes\" 'too'",
                                         "مرحبا שלום 你好", "e\u0301 \U0001F9E0",
                                         "'; DROP TABLE client; --", "%s %n {{v.name}}"};
    for (size_t i = 0; is_free_text(f) && i < N_ELEMS(values); i++)
        if (f->max == 0 || f->max > 60)
            taken(t, f, values[i]);
}

static void text_of_any_script_comes_through_unchanged(void **state)
{
    (void)state;
    world_as(&w, OWNER);
    (void)each_field(try_text);
}

static void try_bytes(const struct record_type *t, const struct field *f)
{
    static const char *const values[] = {"%00", "a%00b", "%FF", "%C3%28", "%ED%A0%80", "%2"};
    (void)t;
    for (size_t i = 0; i < N_ELEMS(values); i++) {
        struct form form;
        const char *body = arena_printf(&w.arena, "%s=%s", f->key, values[i]);
        assert_int_equal(form_parse_urlencoded(&w.arena, body, strlen(body), &form), RC_INVALID);
    }
}

static void bytes_that_are_no_text_reach_no_field(void **state)
{
    (void)state;
    (void)each_field(try_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_cannot_be_are_refused_beside_their_field),
        cmocka_unit_test(text_longer_than_its_field_is_refused),
        cmocka_unit_test(text_of_any_script_comes_through_unchanged),
        cmocka_unit_test(bytes_that_are_no_text_reach_no_field),
    };
    return cmocka_run_group_tests(tests, open_world, world_close);
}
