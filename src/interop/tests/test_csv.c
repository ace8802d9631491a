/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_csv.c - tables as programs write them, and as damage leaves them. */
#include "interop/csv.h"
#include "interop_test.h"

static struct csv_table read_bytes(const void *p, size_t len)
{
    struct csv_table t;
    assert_int_equal(csv_read(&arena, (struct bytes){p, len}, &t), RC_OK);
    return t;
}

static struct csv_table read_text(const char *s)
{
    return read_bytes(s, strlen(s));
}

static struct csv_table read_fixture(const char *name)
{
    struct bytes file = fixture(name);
    return read_bytes(file.p, file.len);
}

static const char *cell(const struct csv_table *t, int row, const char *head)
{
    int column = 0;
    while (column < t->n_columns && strcmp(t->heads[column], head) != 0)
        column++;
    assert_true(column < t->n_columns && row < t->n_rows);
    return t->rows[row].cells[column];
}

static void plain_table_is_read(void **state UNUSED)
{
    struct csv_table t = read_text("a,b\r\n1,2\r\n3,4\r\n");
    assert_int_equal(t.n_rows, 2);
    assert_int_equal(t.n_columns, 2);
    assert_string_equal(cell(&t, 1, "b"), "4");
    assert_int_equal(t.rows[1].number, 3);
    assert_int_equal(t.info.problems.n, 0);
}

static void separators_are_found(void **state UNUSED)
{
    static const struct {
        const char *text;
        char separator;
    } cases[] = {
        {"a,b\n1,2", ','},        {"a;b\n1;2", ';'},         {"a\tb\n1\t2", '\t'},
        {"a|b\n1|2", '|'},        {"\"a,b,c\";d\n1;2", ';'}, {"a;b,c;d\n1;2;3", ';'},
        {"sep=;\na;b\n1;2", ';'}, {"one column\n1", ','},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct csv_table t = read_text(cases[i].text);
        assert_int_equal(t.info.separator, cases[i].separator);
        assert_int_equal(t.n_rows, 1);
    }
}

static void quotes_hold_separators_lines_and_quotes(void **state UNUSED)
{
    struct csv_table t = read_text("a,b\n\"x, y\n\"\"z\"\"\",\"\"\nq\"r,\"s\"\n");
    assert_string_equal(cell(&t, 0, "a"), "x, y\n\"z\"");
    assert_string_equal(cell(&t, 0, "b"), "");
    assert_string_equal(cell(&t, 1, "a"), "q\"r");
    assert_string_equal(cell(&t, 1, "b"), "s");
}

static void any_end_of_line_ends_a_row(void **state UNUSED)
{
    struct csv_table t = read_text("a\r1\r\n2\n\n\r\n3");
    assert_int_equal(t.n_rows, 3);
    assert_string_equal(cell(&t, 2, "a"), "3");
}

static void ragged_rows_are_fitted_to_the_headings(void **state UNUSED)
{
    struct csv_table t = read_text("a,b,c\n1\n1,2,3,\n1,2,3,4\n");
    assert_int_equal(t.n_rows, 3);
    assert_string_equal(cell(&t, 0, "c"), "");
    assert_int_equal(t.info.problems.n, 1); /* an empty cell too many is nothing */
    assert_int_equal(t.info.problems.list[0].row, 4);
    assert_string_equal(t.info.problems.list[0].reason, "extra_cells");
}

static void formulas_and_numbers_stay_text(void **state UNUSED)
{
    struct csv_table t = read_text("a,b,c\n=1+1,+49 40 1,0042\n@x,-1,1e5\n");
    assert_string_equal(cell(&t, 0, "a"), "=1+1");
    assert_string_equal(cell(&t, 0, "b"), "+49 40 1");
    assert_string_equal(cell(&t, 0, "c"), "0042");
    assert_string_equal(cell(&t, 1, "c"), "1e5");
}

static void encodings_become_utf8(void **state UNUSED)
{
    static const unsigned char utf16le[] = {0xff, 0xfe, 'a',  0,    '\n', 0,    0xe9,
                                            0,    0x3d, 0xd8, 0x42, 0xde, 0x3d, 0xd8};
    static const unsigned char utf16be[] = {0xfe, 0xff, 0, 'a', 0, '\n', 0x20, 0xac};
    struct csv_table t = read_bytes(utf16le, sizeof(utf16le));
    assert_string_equal(cell(&t, 0, "a"), "é\U0001F642\uFFFD"); /* the last one is half a pair */
    assert_true(problems_has(&t.info.problems, "bad_text"));
    t = read_bytes(utf16be, sizeof(utf16be));
    assert_string_equal(cell(&t, 0, "a"), "€");
    t = read_text("\xef\xbb\xbf"
                  "a\n\xc3\xa9");
    assert_string_equal(cell(&t, 0, "a"), "é");
    t = read_text("a\n\x80\xe9\x81");
    assert_string_equal(cell(&t, 0, "a"), "€é\uFFFD");
    assert_string_equal(t.info.encoding, "windows-1252");
    t = read_text("a\nñandú, 95 \xe2\x82"); /* UTF-8 cut off in a character */
    assert_string_equal(t.info.encoding, "UTF-8");
    assert_memory_equal(cell(&t, 0, "a"), "ñandú", 7);
}

static void nul_characters_are_left_out(void **state UNUSED)
{
    struct csv_table t = read_bytes("a,b\n1\0002,3", 9);
    assert_string_equal(cell(&t, 0, "a"), "12");
    assert_true(problems_has(&t.info.problems, "nul_character"));
}

static void open_quote_loses_its_row_alone(void **state UNUSED)
{
    struct csv_table t = read_text("a,b\n1,2\n3,\"4\n5,6\n");
    assert_int_equal(t.n_rows, 1);
    assert_int_equal(t.info.problems.list[0].row, 3);
    assert_string_equal(t.info.problems.list[0].reason, "quote_not_closed");
}

static void text_after_a_quote_is_kept_and_told(void **state UNUSED)
{
    struct csv_table t = read_text("a,b\n\"x\"y,2\n\"z\" ,3\n");
    assert_string_equal(cell(&t, 0, "a"), "xy");
    assert_int_equal(t.info.problems.n, 1);
    assert_int_equal(t.info.problems.list[0].row, 2);
}

static void what_is_no_table_is_refused(void **state UNUSED)
{
    static const char *const cases[] = {"", "\r\n\n", "\177ELF\x02\x01\x01\x03\x04\x05", "\"open"};
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct csv_table t;
        struct bytes file = {(const unsigned char *)cases[i], strlen(cases[i])};
        assert_int_equal(csv_read(&arena, file, &t), RC_INVALID);
        assert_true(t.info.problems.n > 0);
        assert_non_null(problem_sentence(t.info.problems.list[0].reason));
    }
}

static void line_of_ten_megabytes_loses_its_row_alone(void **state UNUSED)
{
    size_t n = 10 * 1024 * 1024;
    char *s = malloc(n + 64);
    memcpy(s, "a,b\n1,", 6);
    memset(s + 6, 'x', n);
    memcpy(s + 6 + n, "\n3,4\n", 6);
    struct csv_table t = read_text(s);
    free(s);
    assert_int_equal(t.n_rows, 1);
    assert_string_equal(cell(&t, 0, "a"), "3");
    assert_string_equal(t.info.problems.list[0].reason, "cell_too_long");
}

static void limits_of_rows_and_columns_hold(void **state UNUSED)
{
    struct buf b;
    buf_init(&b, &arena, 64 * 1024 * 1024);
    for (int i = 0; i < CSV_MAX_ROWS + 10; i++)
        buf_puts(&b, "a,b\n");
    struct csv_table t = read_text(b.s);
    assert_int_equal(t.info.n_rows, CSV_MAX_ROWS);
    assert_true(problems_has(&t.info.problems, "too_many_rows"));
    buf_init(&b, &arena, 1024 * 1024);
    buf_puts(&b, "a,b\n");
    for (int i = 0; i < CSV_MAX_COLUMNS; i++)
        buf_puts(&b, "x,");
    buf_puts(&b, "x\n1,2\n");
    t = read_text(b.s);
    assert_int_equal(t.n_rows, 1);
    assert_true(problems_has(&t.info.problems, "too_many_columns"));
}

static void small_arena_refuses_instead_of_aborting(void **state UNUSED)
{
    struct arena small;
    struct csv_table t;
    size_t n = 200 * 1000;
    char *s = malloc(n);
    for (size_t i = 0; i < n; i += 2)
        memcpy(s + i, "a\n", 2);
    for (size_t kib = 64; kib < 4096; kib += 128) {
        arena_init(&small, kib * 1024);
        enum rc rc = csv_read(&small, (struct bytes){(unsigned char *)s, n}, &t);
        assert_true(rc == RC_OK || problems_has(&t.info.problems, "too_large"));
        arena_wipe(&small);
    }
    free(s);
}

static void written_rows_are_read_again(void **state UNUSED)
{
    static const char *const heads[] = {"a", "b;c", ""};
    static const char *const cells[] = {"x\"y\"", "line\r\nline", ", "};
    struct buf b;
    buf_init(&b, &arena, 1000);
    csv_put_row(&b, heads, 3);
    csv_put_row(&b, cells, 3);
    struct csv_table t = read_text(b.s);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(t.heads[i], heads[i]);
        assert_string_equal(t.rows[0].cells[i], cells[i]);
    }
}

static void exports_of_address_books_are_read(void **state UNUSED)
{
    struct csv_table t = read_fixture("google_contacts.csv");
    assert_int_equal(t.n_rows, 3);
    assert_string_equal(cell(&t, 0, "Notes"), "Prefers mornings,\ncalls after 18:00");
    assert_string_equal(cell(&t, 1, "Organization Name"), "Rivers \"& Daughters\"");
    assert_string_equal(cell(&t, 2, "Notes"), "=1+1");
    t = read_fixture("outlook.csv");
    assert_int_equal(t.n_rows, 2);
    assert_string_equal(t.info.encoding, "windows-1252");
    assert_string_equal(cell(&t, 0, "Notizen"), "Honorar 95 €; „freitags“");
    assert_string_equal(cell(&t, 0, "Vorname"), "Jördis");
    t = read_fixture("simplepractice.csv");
    assert_int_equal(t.n_rows, 2);
    assert_string_equal(cell(&t, 0, "Client Name"), "Sam Ortega"); /* no mark before it */
    assert_string_equal(cell(&t, 1, "Billing Type"), "");
    assert_string_equal(cell(&t, 1, "Client Name"), "Wu, Pat");
}

static bool stop_at_second(void *context, const struct csv_row *row)
{
    int *n = context;
    *n = row->number;
    return row->number < 2;
}

static void reading_row_by_row_stops_when_told(void **state UNUSED)
{
    struct csv_info info;
    int n = 0;
    struct bytes file = {(const unsigned char *)"a\nb\nc\n", 6};
    assert_int_equal(csv_each(&arena, file, stop_at_second, &n, &info), RC_OK);
    assert_int_equal(n, 2);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_table_is_read),
        TEST(separators_are_found),
        TEST(quotes_hold_separators_lines_and_quotes),
        TEST(any_end_of_line_ends_a_row),
        TEST(ragged_rows_are_fitted_to_the_headings),
        TEST(formulas_and_numbers_stay_text),
        TEST(encodings_become_utf8),
        TEST(nul_characters_are_left_out),
        TEST(open_quote_loses_its_row_alone),
        TEST(text_after_a_quote_is_kept_and_told),
        TEST(what_is_no_table_is_refused),
        TEST(line_of_ten_megabytes_loses_its_row_alone),
        TEST(limits_of_rows_and_columns_hold),
        TEST(small_arena_refuses_instead_of_aborting),
        TEST(written_rows_are_read_again),
        TEST(exports_of_address_books_are_read),
        TEST(reading_row_by_row_stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
