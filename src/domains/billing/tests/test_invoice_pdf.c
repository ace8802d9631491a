/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_invoice_pdf.c - invoices on paper; with KEEP_PDF=DIR the files stay there to be looked at.
 */
#include "billing_private.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static struct world w;
static const struct id none;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, NULL);
}

static struct id new_client(const char *given, const char *family)
{
    struct client c = {0};
    record_init(&client_type, &c);
    c.version = 0;
    c.id = none;
    c.clinician = w.person[CLINICIAN_A];
    c.given_name = given;
    c.family_name = family;
    c.street = "Calle del Mar 3, 2.\xc2\xba";
    c.postal_code = "46003";
    c.city = "Valencia";
    c.country = "ES";
    c.id_number = "12345678Z";
    world_as(&w, OWNER);
    OK(client_save(&w.cx, &c));
    return c.id;
}

static struct id new_invoice(struct id client, int n_lines, const char *description, int64_t cents)
{
    struct id id;
    for (int i = 0; i < n_lines; i++) {
        struct charge c = {.client = client,
                           .service_days = cx_today(&w.cx) - n_lines + i,
                           .amount_cents = cents,
                           .description = description};
        OK(charge_save(&w.cx, &c));
    }
    OK(invoice_issue(&w.cx, client, NULL, 0, &id));
    return id;
}

static void set_practice(const char *locale, const char *exemption)
{
    struct practice p;
    OK(practice_load(&w.cx, &p));
    p.locale = locale;
    p.exemption_text = exemption;
    p.bank_account = "ES12 3456 7890 1234 5678 9012";
    OK(practice_save(&w.cx, &p));
}

static void keep(const char *name, struct bytes file)
{
    const char *dir = getenv("KEEP_PDF");
    if (dir == NULL)
        return;
    FILE *f = fopen(TEXT_OF("%s/%s.pdf", dir, name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(file.p, 1, file.len, f), file.len);
    fclose(f);
}

static struct bytes pdf_of(struct id invoice, const char *name)
{
    struct bytes file;
    OK(invoice_pdf(&w.cx, invoice, &file));
    assert_true(file.len > 1000);
    assert_memory_equal(file.p, "%PDF-", 5);
    keep(name, file);
    return file;
}

static int count(struct bytes file, const char *part)
{
    int n = 0;
    const unsigned char *end = file.p + file.len;
    for (const unsigned char *p = file.p;
         (p = memmem(p, (size_t)(end - p), part, strlen(part))) != NULL; p++)
        n++;
    return n;
}

static int n_pages(struct bytes file)
{
    return count(file, "/Type /Page\n") + count(file, "/Type /Page ");
}

static void an_invoice_is_one_page_without_a_name_outside(void **state)
{
    (void)state;
    set_practice(
        "es-ES",
        "Operaci\xc3\xb3n exenta de IVA seg\xc3\xban el art. 20.Uno.3.\xc2\xba de la Ley 37/1992.");
    struct bytes file = pdf_of(
        new_invoice(new_client("Marta", "Serrano Gil"), 3, "Individual, 50 min", 123450), "es");
    assert_int_equal(n_pages(file), 1);
    assert_null(memmem(file.p, file.len, "Serrano", 7)); /* compressed text aside: no metadata */
    assert_non_null(memmem(file.p, file.len, "2026-", 5));
}

static void the_same_invoice_is_the_same_bytes_for_every_reader(void **state)
{
    (void)state;
    set_practice("en-GB", "Exempt from VAT, article 132(1)(c) of Directive 2006/112/EC.");
    struct id id = new_invoice(new_client("Marta", "Serrano"), 2, "Couple, 80 min", 9000);
    struct bytes first = pdf_of(id, "en"), again;
    w.cx.locale = locale_get("es-ES");
    w.cx.cat = catalogue_get("es");
    set_practice("es-ES", "Otro texto");
    again = pdf_of(id, "en-again");
    w.cx.locale = locale_get("en-GB");
    w.cx.cat = catalogue_get("en");
    assert_int_equal(first.len, again.len);
    assert_memory_equal(first.p, again.p, first.len);
}

static void many_lines_go_on_over_pages(void **state)
{
    (void)state;
    struct id id = new_invoice(new_client("Marta", "Serrano"), 100, "Individual, 50 min", 7000);
    assert_true(n_pages(pdf_of(id, "long")) >= 3);
}

static void names_of_every_length_and_script_fit(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &w.arena, 1000);
    while (b.len < 90)
        buf_puts(&b, "Wolfeschlegelsteinhausen");
    pdf_of(new_invoice(new_client("Adolph", arena_strndup(&w.arena, b.s, 80)), 1,
                       arena_strndup(&w.arena, b.s, 90), 7000),
           "name");
    pdf_of(new_invoice(new_client("\xd9\x84\xd9\x8a\xd9\x84\xd9\x89", /* Arabic, and its marks */
                                  "\xd8\xa7\xd9\x84\xd9\x85\xd9\x86\xd8\xb5\xd9\x88\xd8\xb1"),
                       2,
                       "\xd8\xac\xd9\x84\xd8\xb3\xd8\xa9 \xd9\x81\xd8\xb1\xd8\xaf\xd9\x8a\xd8\xa9 "
                       "50 min",
                       7000),
           "rtl");
}

static void a_credit_note_names_what_it_takes_back(void **state)
{
    (void)state;
    struct id credit, id = new_invoice(new_client("Marta", "Serrano"), 2, "Session", 7000);
    OK(invoice_credit(&w.cx, id, &credit));
    pdf_of(credit, "credit");
}

static void a_party_without_address_leaves_no_hole(void **state)
{
    (void)state;
    struct client c = {0};
    record_init(&client_type, &c);
    c.version = 0;
    c.id = none;
    c.clinician = w.person[CLINICIAN_A];
    c.given_name = "Zoe";
    c.family_name = "X";
    OK(client_save(&w.cx, &c));
    pdf_of(new_invoice(c.id, 1, "Session", 0), "bare");
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(an_invoice_is_one_page_without_a_name_outside),
        cmocka_unit_test(the_same_invoice_is_the_same_bytes_for_every_reader),
        cmocka_unit_test(many_lines_go_on_over_pages),
        cmocka_unit_test(names_of_every_length_and_script_fit),
        cmocka_unit_test(a_credit_note_names_what_it_takes_back),
        cmocka_unit_test(a_party_without_address_leaves_no_hole),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
