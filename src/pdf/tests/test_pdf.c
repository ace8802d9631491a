/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_pdf.c - what a reader of the printed page would notice, checked on the placed pieces, and
 * what a program that receives the file would notice, checked on its bytes. */
#include "pdf/flow.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

#define CREATED "2026-03-01T10:00:00Z"
static const struct pdf_style plain = {.title = "Invoice 2026-0042", .created_iso = CREATED};
static const struct pdf_column date_and_amount[] = {
    {"Date", 30, PDF_LEFT}, {"Service", 0, PDF_LEFT}, {"Amount", 30, PDF_RIGHT}};
static const char *const a_row[] = {"2 March 2026", "Individual session", "1,111.10"};

static struct pdf *start(struct arena *a)
{
    arena_init(a, 256 * 1024 * 1024);
    return pdf_new(a, &plain);
}

static void write_invoice(struct arena *a, struct bytes *ret_file)
{
    struct pdf *p = pdf_new(a, &plain);
    pdf_heading(p, 1, "Invoice 2026-0042");
    pdf_parties(p, &(struct pdf_party){"From", "Practice", "Street 1\n10115 Berlin"},
                &(struct pdf_party){"Bill to", "Zoë Ωmega", "Street 2"});
    pdf_pair(p, "Due", "15 March 2026");
    pdf_table(p, date_and_amount, 3);
    for (int i = 0; i < 12; i++)
        pdf_row(p, a_row);
    pdf_total(p, "Net", "13,333.20", false);
    pdf_total(p, "Total due", "13,333.20", true);
    pdf_paragraph(p, "Please name the number of the invoice.");
    pdf_small(p, "Exempt from value added tax.");
    assert_int_equal(pdf_finish(p, ret_file), RC_OK);
}

static int count(struct bytes b, const char *needle)
{
    int n = 0;
    const unsigned char *at = b.p, *end = b.p + b.len;
    while ((at = memmem(at, (size_t)(end - at), needle, strlen(needle))) != NULL) {
        n++;
        at++;
    }
    return n;
}

static int n_pages_of(struct bytes b)
{
    return count(b, "/Type /Page\n") + count(b, "/Type /Page ");
}

/* Places the blocks and checks what holds for every document: pieces stand inside the margins, in
 * the order of pages, and each line of each text stands exactly once (heads aside). */
static void place_all(struct flow *f, struct pdf *p)
{
    flow_init(f, p);
    flow_blocks(f);
    double low = p->page_height - p->margin;
    for (int i = 0; i < f->n_pieces; i++) {
        const struct piece *piece = &f->pieces[i];
        assert_true(piece->y >= p->margin - 0.01 && piece->y <= low);
        assert_true(i == 0 || piece->page >= f->pieces[i - 1].page);
        if (piece->layout == NULL)
            continue;
        assert_true(piece->first < piece->last);
        int n = 0;
        for (int k = 0; k < f->n_pieces; k++)
            if (f->pieces[k].layout == piece->layout && f->pieces[k].first == piece->first)
                n++;
        assert_true(n == 1 || pango_layout_get_line_count(piece->layout) <= 3);
    }
}

static const struct piece *find(const struct flow *f, const char *text)
{
    for (int i = 0; i < f->n_pieces; i++)
        if (f->pieces[i].layout != NULL &&
            strcmp(pango_layout_get_text(f->pieces[i].layout), text) == 0)
            return &f->pieces[i];
    fail_msg("no piece has this text");
    return NULL;
}

static int n_on_page(const struct flow *f, const char *text, int page)
{
    int n = 0;
    for (int i = 0; i < f->n_pieces; i++)
        n += f->pieces[i].layout != NULL && f->pieces[i].page == page &&
             strcmp(pango_layout_get_text(f->pieces[i].layout), text) == 0;
    return n;
}

/* --- the file ------------------------------------------------------------ */

static void document_without_blocks_has_one_page(void **state UNUSED)
{
    struct arena a;
    struct bytes file = {0};
    assert_int_equal(pdf_finish(start(&a), &file), RC_OK);
    assert_int_equal(n_pages_of(file), 1);
    assert_memory_equal(file.p, "%PDF-", 5);
    assert_memory_equal(file.p + file.len - 6, "%%EOF\n", 6);
    arena_wipe(&a);
}

static void equal_input_gives_equal_bytes(void **state UNUSED)
{
    struct arena a;
    struct bytes one, two;
    start(&a);
    write_invoice(&a, &one);
    write_invoice(&a, &two);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.p, two.p, one.len);
    arena_wipe(&a);
}

static void metadata_holds_the_title_and_nobodys_name(void **state UNUSED)
{
    struct arena a;
    struct bytes file;
    start(&a);
    write_invoice(&a, &file);
    assert_int_equal(count(file, "/Title (Invoice 2026-0042)"), 1);
    assert_int_equal(count(file, "(20260301100000"), 1);
    assert_int_equal(count(file, "/Author"), 0);
    assert_int_equal(count(file, "/Subject"), 0);
    arena_wipe(&a);
}

static void every_font_is_embedded(void **state UNUSED)
{
    struct arena a;
    struct bytes file;
    start(&a);
    write_invoice(&a, &file);
    int n_fonts = count(file, "/Type /FontDescriptor");
    assert_true(n_fonts >= 2);
    assert_int_equal(count(file, "/FontFile"), n_fonts);
    arena_wipe(&a);
}

static void letter_and_a4_have_their_sizes(void **state UNUSED)
{
    struct arena a;
    struct bytes file;
    arena_init(&a, 16 * 1024 * 1024);
    assert_int_equal(pdf_finish(pdf_new(&a, &(struct pdf_style){.page = PDF_LETTER}), &file),
                     RC_OK);
    assert_int_equal(count(file, "[ 0 0 612 792 ]"), 1);
    assert_int_equal(pdf_finish(pdf_new(&a, &(struct pdf_style){.page = PDF_A4}), &file), RC_OK);
    assert_int_equal(count(file, "[ 0 0 595.275"), 1);
    arena_wipe(&a);
}

static void more_pages_than_the_limit_are_refused(void **state UNUSED)
{
    struct arena a;
    struct bytes file = {0};
    struct pdf *p = start(&a);
    for (int i = 0; i <= PDF_MAX_PAGES; i++) {
        pdf_rule(p);
        pdf_space(p, 300);
    }
    pdf_rule(p);
    assert_int_equal(pdf_finish(p, &file), RC_INVALID);
    assert_null(file.p);
    arena_wipe(&a);
}

/* --- the page ------------------------------------------------------------ */

static void heads_are_repeated_once_on_every_page(void **state UNUSED)
{
    struct arena a;
    struct flow f;
    struct pdf *p = start(&a);
    pdf_table(p, date_and_amount, 3);
    for (int i = 0; i < 200; i++)
        pdf_row(p, a_row);
    place_all(&f, p);
    assert_true(f.page >= 4);
    for (int page = 0; page <= f.page; page++)
        assert_int_equal(n_on_page(&f, "Amount", page), 1);
    flow_done(&f);
    arena_wipe(&a);
}

static void total_is_never_alone_under_the_heads(void **state UNUSED)
{
    for (int n_rows = 20; n_rows < 80; n_rows++) {
        struct arena a;
        struct flow f;
        struct pdf *p = start(&a);
        pdf_table(p, date_and_amount, 3);
        for (int i = 0; i < n_rows; i++)
            pdf_row(p, a_row);
        pdf_total(p, "Net", "1", false);
        pdf_total(p, "Sum", "2", true);
        place_all(&f, p);
        int page = find(&f, "Sum")->page;
        assert_int_equal(find(&f, "Net")->page, page);
        assert_true(n_on_page(&f, a_row[0], page) >= 1);
        assert_int_equal(n_on_page(&f, "Amount", page), 1);
        flow_done(&f);
        arena_wipe(&a);
    }
}

static void heading_stays_with_what_follows(void **state UNUSED)
{
    for (int mm = 150; mm < 260; mm++) {
        struct arena a;
        struct flow f;
        struct pdf *p = start(&a);
        pdf_rule(p);
        pdf_space(p, mm);
        pdf_heading(p, 2, "Heading");
        pdf_space(p, 2);
        pdf_paragraph(p, "First line\nsecond line\nthird line");
        pdf_pair(p, "key", "value");
        pdf_keep_next(p);
        pdf_pair(p, "kept", "value");
        place_all(&f, p);
        assert_int_equal(find(&f, "Heading")->page,
                         find(&f, "First line\nsecond line\nthird line")->page);
        assert_int_equal(find(&f, "key")->page, find(&f, "kept")->page);
        flow_done(&f);
        arena_wipe(&a);
    }
}

static void heading_before_a_table_takes_heads_and_row_along(void **state UNUSED)
{
    for (int mm = 150; mm < 260; mm += 2) {
        struct arena a;
        struct flow f;
        struct pdf *p = start(&a);
        pdf_rule(p);
        pdf_space(p, mm);
        pdf_heading(p, 2, "Heading");
        pdf_table(p, date_and_amount, 3);
        pdf_row(p, a_row);
        place_all(&f, p);
        assert_int_equal(find(&f, "Heading")->page, find(&f, a_row[0])->page);
        assert_int_equal(n_on_page(&f, "Amount", find(&f, a_row[0])->page), 1);
        flow_done(&f);
        arena_wipe(&a);
    }
}

static void paragraph_leaves_two_lines_on_each_side_of_a_break(void **state UNUSED)
{
    for (int mm = 200; mm < 250; mm++) {
        struct arena a;
        struct flow f;
        struct pdf *p = start(&a);
        pdf_rule(p);
        pdf_space(p, mm);
        pdf_paragraph(p, "1\n2\n3\n4\n5\n6\n7");
        place_all(&f, p);
        for (int i = 0; i < f.n_pieces; i++)
            if (f.pieces[i].layout != NULL)
                assert_true(f.pieces[i].last - f.pieces[i].first >= 2);
        flow_done(&f);
        arena_wipe(&a);
    }
}

static void amounts_end_at_one_edge_and_figures_are_tabular(void **state UNUSED)
{
    struct arena a;
    struct flow f;
    struct pdf *p = start(&a);
    pdf_table(p, date_and_amount, 3);
    pdf_row(p, (const char *const[]){"", "", "111.11"});
    pdf_row(p, (const char *const[]){"", "", "888.88"});
    pdf_total(p, "", "999.99", false);
    place_all(&f, p);
    PangoRectangle one, two, total;
    const struct piece *p1 = find(&f, "111.11"), *p2 = find(&f, "888.88"), *p3 = find(&f, "999.99");
    pango_layout_get_extents(p1->layout, NULL, &one);
    pango_layout_get_extents(p2->layout, NULL, &two);
    pango_layout_get_extents(p3->layout, NULL, &total);
    assert_int_equal(one.width, two.width);
    double edge = p1->x + (double)(one.x + one.width) / PANGO_SCALE;
    double edge_of_total = p3->x + (double)(total.x + total.width) / PANGO_SCALE;
    assert_true(edge - edge_of_total < 0.05 && edge_of_total - edge < 0.05);
    assert_true(edge <= p->page_width - p->margin + 0.05);
    flow_done(&f);
    arena_wipe(&a);
}

static void row_higher_than_a_page_goes_on_line_by_line(void **state UNUSED)
{
    struct arena a;
    struct flow f;
    struct pdf *p = start(&a);
    struct buf b;
    buf_init(&b, &a, 100000);
    for (int i = 0; i < 300; i++)
        buf_printf(&b, "line %d\n", i);
    pdf_table(p, date_and_amount, 3);
    pdf_row(p, (const char *const[]){"date", b.s, NULL});
    place_all(&f, p);
    int n_lines = 0;
    for (int i = 0; i < f.n_pieces; i++)
        if (f.pieces[i].layout == find(&f, b.s)->layout)
            n_lines += f.pieces[i].last - f.pieces[i].first;
    assert_int_equal(n_lines, 301);
    assert_true(f.page >= 4);
    flow_done(&f);
    arena_wipe(&a);
}

static void any_script_and_any_length_is_set(void **state UNUSED)
{
    struct arena a;
    struct bytes file;
    struct pdf *p = start(&a);
    char *word = arena_alloc(&a, 5001);
    memset(word, 'w', 5000);
    pdf_heading(p, 1, word);
    pdf_heading(p, 2, "");
    pdf_paragraph(p,
                  "שלום עולם, العربية, e\u0301 a\u0308\u0323, 日本語, \U0001F642, \u202Eabc\u202C");
    pdf_small(p, word);
    pdf_pair(p, word, "v");
    pdf_parties(p, &(struct pdf_party){NULL, word, NULL}, &(struct pdf_party){"", "", ""});
    pdf_table(p, (const struct pdf_column[]){{word, 0, PDF_CENTRE}, {"b", 500, PDF_RIGHT}}, 2);
    pdf_row(p, (const char *const[]){word, word});
    pdf_total(p, word, word, true);
    assert_int_equal(pdf_finish(p, &file), RC_OK);
    assert_true(n_pages_of(file) > 3);
    arena_wipe(&a);
}

/* The largest note there is, without a blank: seconds, not minutes. */
static void words_without_end_are_set_in_time(void **state UNUSED)
{
    struct arena a;
    struct bytes file;
    struct timespec begin, end;
    struct pdf *p = start(&a);
    char *word = arena_alloc(&a, 20001);
    memset(word, 'w', 20000);
    for (int i = 0; i < 12; i++)
        pdf_paragraph(p, word);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    assert_int_equal(pdf_finish(p, &file), RC_OK);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_true(end.tv_sec - begin.tv_sec < 20);
    arena_wipe(&a);
}

/* Every offset of the table still leads to its object. */
static void the_language_stands_in_the_catalogue(void **state UNUSED)
{
    struct arena a;
    struct bytes file;
    arena_init(&a, 256 * 1024 * 1024);
    struct pdf *p = pdf_new(&a, &(struct pdf_style){.title = "T", .lang = "es-ES"});
    pdf_paragraph(p, "Hola");
    assert_int_equal(pdf_finish(p, &file), RC_OK);
    assert_int_equal(count(file, "/Lang (es-ES)\n"), 1);
    const char *start_at = (const char *)memmem(file.p, file.len, "startxref\n", 10) + 10;
    const char *table = (const char *)file.p + strtoul(start_at, NULL, 10);
    assert_memory_equal(table, "xref\n0 ", 7);
    unsigned long n = strtoul(table + 7, NULL, 10);
    const char *entry = strchr(table + 7, '\n') + 1;
    for (unsigned long i = 1; i < n; i++) {
        char head[32];
        int len = snprintf(head, sizeof(head), "%lu 0 obj", i);
        assert_memory_equal(file.p + strtoul(entry + 20 * i, NULL, 10), head, (size_t)len);
    }
    pdf_paragraph(p = pdf_new(&a, &plain), "None");
    assert_int_equal(pdf_finish(p, &file), RC_OK);
    assert_int_equal(count(file, "/Lang"), 0);
    arena_wipe(&a);
}

static void any_sequence_of_blocks_keeps_the_rules_of_placing(void **state UNUSED)
{
    uint32_t dice = 1;
    for (int round = 0; round < 60; round++) {
        struct arena a;
        struct flow f;
        struct pdf *p = start(&a);
        pdf_table(p, date_and_amount, 3);
        for (int i = 0; i < 60; i++) {
            dice = dice * 1664525 + 1013904223;
            const char *text =
                arena_printf(&a, "%d-%d%.*s", round, i, (int)(dice >> 12 & 31) + 1,
                             "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
            switch (dice >> 24 & 7) {
            case 0:
                pdf_heading(p, 1 + i % 3, text);
                break;
            case 1:
                pdf_paragraph(p, text);
                break;
            case 2:
                pdf_row(p, (const char *const[]){text, "a", "b"});
                break;
            case 3:
                pdf_total(p, text, "1", i & 1);
                break;
            case 4:
                pdf_keep_next(p);
                break;
            case 5:
                pdf_space(p, i);
                break;
            case 6:
                pdf_pair(p, "k", text);
                break;
            default:
                pdf_small(p, text);
                break;
            }
        }
        place_all(&f, p);
        assert_false(f.is_too_long);
        assert_true(f.page < 60);
        flow_done(&f);
        arena_wipe(&a);
    }
}

/* --- the process --------------------------------------------------------- */

static void *work(void *unused UNUSED)
{
    struct arena a;
    static const int n_documents = 10;
    arena_init(&a, 16 * 1024 * 1024);
    struct bytes first, file;
    write_invoice(&a, &first);
    for (int i = 1; i < n_documents; i++) {
        write_invoice(&a, &file);
        if (file.len != first.len || memcmp(file.p, first.p, file.len) != 0)
            abort();
    }
    arena_wipe(&a);
    return NULL;
}

static void threads_write_at_the_same_time(void **state UNUSED)
{
    pthread_t threads[4];
    for (size_t i = 0; i < N_ELEMS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (size_t i = 0; i < N_ELEMS(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static long resident_bytes(void)
{
    long n_pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*s %ld", &n_pages), 1);
    fclose(f);
    return n_pages * sysconf(_SC_PAGESIZE);
}

/* Under a sanitizer freed memory is held back on purpose; there its leak report is the test. */
static void thousand_invoices_in_a_row_do_not_grow(void **state UNUSED)
{
    struct arena a;
    struct bytes file;
    int n = IS_SANITIZED ? 50 : 1000;
    long before = 0;
    start(&a);
    for (int i = 0; i < n; i++) {
        arena_reset(&a);
        write_invoice(&a, &file);
        if (i == n / 4)
            before = resident_bytes();
    }
    if (!IS_SANITIZED)
        assert_true(resident_bytes() - before < 1024 * 1024);
    arena_wipe(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_without_blocks_has_one_page),
        cmocka_unit_test(equal_input_gives_equal_bytes),
        cmocka_unit_test(metadata_holds_the_title_and_nobodys_name),
        cmocka_unit_test(every_font_is_embedded),
        cmocka_unit_test(letter_and_a4_have_their_sizes),
        cmocka_unit_test(more_pages_than_the_limit_are_refused),
        cmocka_unit_test(heads_are_repeated_once_on_every_page),
        cmocka_unit_test(total_is_never_alone_under_the_heads),
        cmocka_unit_test(heading_stays_with_what_follows),
        cmocka_unit_test(heading_before_a_table_takes_heads_and_row_along),
        cmocka_unit_test(paragraph_leaves_two_lines_on_each_side_of_a_break),
        cmocka_unit_test(amounts_end_at_one_edge_and_figures_are_tabular),
        cmocka_unit_test(row_higher_than_a_page_goes_on_line_by_line),
        cmocka_unit_test(any_script_and_any_length_is_set),
        cmocka_unit_test(words_without_end_are_set_in_time),
        cmocka_unit_test(the_language_stands_in_the_catalogue),
        cmocka_unit_test(any_sequence_of_blocks_keeps_the_rules_of_placing),
        cmocka_unit_test(threads_write_at_the_same_time),
        cmocka_unit_test(thousand_invoices_in_a_row_do_not_grow),
    };
    pdf_warm_up();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
