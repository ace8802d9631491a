/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_billing_web.c - pages and JSON of money, through the router. */
#include "billing_private.h"
#include "billing_view.h"
#include "support.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_billing, NULL);
}

/* --- what the tests are made of -------------------------------------------------------- */

static struct charge new_charge(struct id client, int64_t cents)
{
    struct charge c = {.client = client,
                       .service_days = cx_today(&w.cx) - 1,
                       .amount_cents = cents,
                       .description = "Individual <session>"};
    OK(charge_save(&w.cx, &c));
    return c;
}

static struct invoice new_invoice(const char *family_name, int64_t cents)
{
    struct id client = world_client(&w, CLINICIAN_A, "Marta", family_name), id;
    struct invoice v;
    new_charge(client, cents);
    OK(invoice_issue(&w.cx, client, NULL, 0, &id));
    OK(invoice_load(&w.cx, id, &v));
    return v;
}

static const char *at(struct id id, const char *fmt)
{
    return TEXT_OF("%s%s%s", fmt[0] == 'c' ? "/clients/" : "/invoices/", id.s, fmt + 1);
}

static int64_t open_cents(struct id invoice)
{
    struct invoice v;
    world_as(&w, OWNER);
    OK(invoice_load(&w.cx, invoice, &v));
    return v.open_cents;
}

/* --- lists ------------------------------------------------------------------------------- */

static void the_page_of_money_has_queue_and_list(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Queued", 7000);
    new_charge(v.client, 123450);
    struct web_answer a = GOT("/money", BILLING);
    assert_status(&a, 200);
    assert_holds(&a, "<title>Money \xc2\xb7 Entracte</title>");
    assert_holds(&a, "Marta Queued");
    assert_holds(&a, "\xe2\x82\xac"
                     "1,234.50");
    assert_holds(&a, v.full_number);
    assert_holds(&a, "due in 14 days");
    a = GOT("/money?filter=paid", BILLING);
    assert_false(holds(&a, v.full_number));
    a = GOT("/money?filter=lost", BILLING);
    assert_status(&a, 422);
    a = GOT("/money?filter=all&page=999999999999999999999", BILLING);
    assert_status(&a, 200);
}

static void json_is_the_same_page(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Json", 7000);
    struct web_answer a = world_get_json(&w, at(v.client, "c/money"), CLINICIAN_A);
    assert_status(&a, 200);
    assert_string_equal(
        answer_text(&w, &a),
        arena_printf(
            &w.arena,
            "{\"client\":\"%s\",\"sums\":{\"uninvoiced_cents\":0,\"open_cents\":7000,"
            "\"overdue_cents\":0,\"owed_back_cents\":0},\"charges\":[],\"list\":{"
            "\"n_all\":1,\"number\":1,\"invoices\":[{\"id\":\"%s\",\"number\":\"%s\","
            "\"client\":\"%s\",\"client_name\":\"Marta Json\",\"issued_days\":\"2026-11-23\","
            "\"due_days\":\"2026-12-07\",\"total_cents\":7000,\"open_cents\":7000,"
            "\"overdue_days\":0,\"is_credit\":false,\"is_credited\":false}]}}",
            v.client.s, v.id.s, v.full_number, v.client.s));
    a = world_get_json(&w, at(v.id, "i"), CLINICIAN_A);
    assert_holds(&a, "\"description\":\"Individual <session>\"");
    assert_holds(&a, "\"seller\":{\"name\":\"Olga Owen\"");
    assert_holds(&a, "\"payments\":[]");
}

/* --- charges ------------------------------------------------------------------------------- */

static void a_charge_is_added_by_hand(void **state)
{
    (void)state;
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Extra");
    struct web_answer a = GOT(TEXT_OF("/charges/new?client=%s", client.s), BILLING);
    assert_status(&a, 200);
    assert_holds(&a, "Marta Extra");
    a = POSTED("/charges", BILLING,
               TEXT_OF("client=%s&description=Report&service_days=2026-11-20&amount_cents=1,234.50",
                       client.s));
    assert_status(&a, 303);
    assert_string_equal(a.location, at(client, "c/money"));
    a = GOT(at(client, "c/money"), BILLING);
    assert_holds(&a, "All clients");
    assert_holds(&a, "Report");
    assert_holds(&a, "\xe2\x82\xac"
                     "1,234.50");
}

static void bad_charges_come_back_with_what_was_typed(void **state)
{
    (void)state;
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Bad");
    static const struct {
        const char *body, *says;
    } bad[] = {
        {"description=R&service_days=2026-02-29&amount_cents=1", "There is no 29 February"},
        {"description=R&service_days=2026-11-20&amount_cents=-1", "Amount: "},
        {"description=R&service_days=2026-11-20&amount_cents=1.234,50", "Write the amount as"},
        {"description=R&service_days=2026-11-20&amount_cents=100000.01", "Amount: "},
        {"description=&service_days=2026-11-20&amount_cents=1", "Description: Fill this in."},
        {"description=R&service_days=2026-11-20&amount_cents=1&state=waived", "State: "},
        {"description=R&service_days=2026-11-20&amount_cents=1&tip=2", "&quot;tip&quot;"},
        {"description=a%0ab&service_days=2026-11-20&amount_cents=1", "Write this in one line."},
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct web_answer a =
            POSTED("/charges", BILLING, TEXT_OF("client=%s&%s", client.s, bad[i].body));
        assert_status(&a, 422);
        assert_holds(&a, bad[i].says);
        assert_holds(&a, "Marta Bad");
    }
    struct web_answer a = POSTED("/charges", CLINICIAN_B,
                                 TEXT_OF("client=%s&description=R&service_days=2026-11-20"
                                         "&amount_cents=1",
                                         client.s));
    assert_status(&a, 422);
    assert_false(holds(&a, "Marta Bad"));
    assert_holds(&a, "Choose a client of the list.");
    a = POSTED("/charges", BILLING, "description=R&service_days=2026-11-20&amount_cents=1");
    assert_status(&a, 422);
}

static void a_waived_charge_leaves_the_page(void **state)
{
    (void)state;
    struct charge c = new_charge(world_client(&w, CLINICIAN_A, "Marta", "Waived"), 100);
    const char *path = TEXT_OF("/charges/%s/waive", c.id.s);
    struct web_answer a = POSTED(path, BILLING, "version=7");
    assert_status(&a, 409);
    assert_holds(&a, "This charge was changed or invoiced meanwhile.");
    a = POSTED(path, CLINICIAN_B, "version=1");
    assert_status(&a, 404);
    a = POSTED(path, BILLING, "version=1");
    assert_status(&a, 303);
    a = GOT(at(c.client, "c/money"), BILLING);
    assert_false(holds(&a, "Individual &lt;session&gt;"));
    a = POSTED(path, BILLING, "{\"version\":2}");
    assert_status(&a, 422);
}

/* --- issuing --------------------------------------------------------------------------------- */

static void ticked_charges_are_invoiced(void **state)
{
    (void)state;
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Ticked");
    struct charge c = new_charge(client, 100), other = new_charge(client, 200);
    struct web_answer a = POSTED("/invoices", CLINICIAN_A, TEXT_OF("client=%s&charge=", client.s));
    assert_status(&a, 422);
    assert_holds(&a, "Tick what is to be invoiced.");
    a = POSTED("/invoices", CLINICIAN_A, TEXT_OF("client=%s&charge=&charge=%s", client.s, c.id.s));
    assert_status(&a, 303);
    assert_true(strncmp(a.location, "/invoices/", 10) == 0);
    a = GOT(a.location, CLINICIAN_A);
    assert_holds(&a, "\xe2\x82\xac"
                     "1.00");
    a = POSTED("/invoices", CLINICIAN_A,
               TEXT_OF("{\"client\":\"%s\",\"charge\":[\"%s\"]}", client.s, c.id.s));
    assert_status(&a, 409);
    a = POSTED("/invoices", CLINICIAN_A,
               TEXT_OF("{\"client\":\"%s\",\"charge\":[\"%s\"]}", client.s, other.id.s));
    assert_status(&a, 201);
    a = POSTED("/invoices", CLINICIAN_A, TEXT_OF("{\"client\":\"%s\"}", client.s));
    assert_status(&a, 422);
    a = POSTED("/invoices", CLINICIAN_A, TEXT_OF("{\"client\":\"%s\",\"charges\":[]}", client.s));
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"charges\"");
    a = POSTED("/invoices", CLINICIAN_B, TEXT_OF("client=%s", client.s));
    assert_status(&a, 404);
}

static void issue_all_reports_how_many(void **state)
{
    (void)state;
    struct web_answer a = POSTED("/invoices/issue-all", BILLING, "{}"); /* what other tests left */
    assert_status(&a, 200);
    new_charge(world_client(&w, CLINICIAN_A, "Marta", "One"), 100);
    new_charge(world_client(&w, CLINICIAN_B, "Marta", "Two"), 100);
    a = POSTED("/invoices/issue-all", BILLING, "{}");
    assert_string_equal(answer_text(&w, &a), "{\"n_issued\":2,\"n_failed\":0}");
    a = POSTED("/invoices/issue-all", BILLING, "");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/money");
}

static void an_incomplete_seller_is_sent_to_the_settings(void **state)
{
    (void)state;
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Seller");
    struct practice was, p;
    new_charge(client, 100);
    OK(practice_load(&w.cx, &was));
    p = was;
    p.tax_id = "";
    OK(practice_save(&w.cx, &p));
    struct web_answer a = POSTED("/invoices", OWNER, TEXT_OF("client=%s", client.s));
    assert_status(&a, 422);
    assert_holds(&a, "Complete this under Practice: Tax number.");
    assert_holds(&a, "href=\"/practice\">Complete the practice");
    a = POSTED("/invoices/issue-all", BILLING, "");
    assert_status(&a, 422);
    assert_false(holds(&a, "Complete the practice")); /* not theirs to mend */
    a = GOT("/money", BILLING);
    assert_holds(&a, "Before the first invoice");
    was.version = p.version;
    OK(practice_save(&w.cx, &was));
}

/* --- an invoice -------------------------------------------------------------------------- */

static void a_payment_is_prefilled_and_taken_in_parts(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Payer", 123450);
    struct web_answer a = GOT(at(v.id, "i"), BILLING);
    assert_holds(&a, "value=\"1,234.50\"");
    assert_holds(&a, "value=\"2026-11-23\"");
    a = POSTED(at(v.id, "i/payments"), BILLING,
               "amount_cents=1,000.00&paid_days=2026-11-23&method=card&reference=T-1");
    assert_status(&a, 303);
    a = GOT(at(v.id, "i"), BILLING);
    assert_holds(&a, "value=\"234.50\"");
    assert_holds(&a, "paid in part");
    assert_holds(&a, "T-1");
    a = POSTED(at(v.id, "i/payments"), BILLING,
               "amount_cents=234.51&paid_days=2026-11-23&method=cash");
    assert_status(&a, 422);
    assert_holds(&a, "still open.");
    assert_holds(&a, "value=\"234.51\"");
    a = POSTED(at(v.id, "i/payments"), BILLING,
               "{\"amount_cents\":23450}"); /* today, by transfer */
    assert_status(&a, 201);
    assert_int_equal(open_cents(v.id), 0);
}

static void bad_payments_are_refused(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Payer", 7000);
    static const char *const bad[] = {
        "{\"amount_cents\":0}",
        "{\"amount_cents\":-1}",
        "{\"amount_cents\":7001}",
        "{\"amount_cents\":\"many\"}",
        "{\"amount_cents\":1,\"paid_days\":\"2026-11-24\"}",
        "{\"amount_cents\":1,\"paid_days\":\"2026-02-29\"}",
        "{\"amount_cents\":1,\"paid_days\":\"1926-11-23\"}",
        "{\"amount_cents\":1,\"method\":\"gold\"}",
        "{\"amount_cents\":1,\"invoice\":\"x\"}",
    };
    for (size_t i = 0; i < N_ELEMS(bad); i++) {
        struct web_answer a = POSTED(at(v.id, "i/payments"), BILLING, bad[i]);
        if (a.status != 422)
            fail_msg("%s: status %d", bad[i], a.status);
    }
    assert_int_equal(open_cents(v.id), 7000);
}

/* The value of the page's hidden input. */
static const char *once_of(const struct web_answer *page)
{
    const char *s = strstr(answer_text(&w, page), "name=\"once\" value=\"");
    assert_non_null(s);
    return arena_strndup(&w.arena, s + strlen("name=\"once\" value=\""), 22);
}

static void a_button_pressed_twice_moves_money_once(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Twice", 7000);
    struct web_answer page = GOT(at(v.id, "i"), BILLING), a, b;
    const char *form =
        TEXT_OF("amount_cents=20.00&paid_days=2026-11-23&method=cash&once=%s", once_of(&page));
    a = POSTED(at(v.id, "i/payments"), BILLING, form);
    b = POSTED(at(v.id, "i/payments"), BILLING, form);
    assert_status(&a, 303);
    assert_status(&b, 303);
    assert_string_equal(a.location, b.location);
    assert_int_equal(open_cents(v.id), 5000);
    page = GOT(at(v.id, "i"), BILLING); /* the next payment has another */
    a = POSTED(
        at(v.id, "i/payments"), BILLING,
        TEXT_OF("amount_cents=20.00&paid_days=2026-11-23&method=cash&once=%s", once_of(&page)));
    assert_status(&a, 303);
    assert_int_equal(open_cents(v.id), 3000);
    page = GOT(at(v.id, "i/refund"), BILLING);
    form = TEXT_OF("amount_cents=5.00&paid_days=2026-11-23&method=cash&once=%s", once_of(&page));
    for (int i = 0; i < 2; i++) {
        a = POSTED(at(v.id, "i/refund"), BILLING, form);
        assert_status(&a, 303);
    }
    assert_int_equal(open_cents(v.id), 3500);
    a = POSTED(at(v.id, "i/refund"), BILLING, "{\"amount_cents\":1,\"once\":\"1\"}");
    assert_status(&a, 422);
    assert_holds(&a, "\"field\":\"once\"");
}

static void charging_and_issuing_twice_is_once(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Once", 7000);
    struct web_answer page = GOT(TEXT_OF("/charges/new?client=%s", v.client.s), BILLING), a, b;
    const char *form =
        TEXT_OF("client=%s&description=Report&service_days=2026-11-23&amount_cents=30.00&once=%s",
                v.client.s, once_of(&page));
    struct charge *open;
    int n;
    for (int i = 0; i < 2; i++) {
        a = POSTED("/charges", BILLING, form);
        assert_status(&a, 303);
    }
    world_as(&w, BILLING);
    OK(charge_list_open(&w.cx, v.client, &open, &n));
    assert_int_equal(n, 1);
    page = GOT(at(v.client, "c/money"), BILLING);
    form = TEXT_OF("client=%s&charge=&charge=%s&once=%s", v.client.s, open[0].id.s, once_of(&page));
    a = POSTED("/invoices", BILLING, form);
    b = POSTED("/invoices", BILLING, form);
    assert_status(&a, 303);
    assert_status(&b, 303);
    assert_string_equal(a.location, b.location);
    a = POSTED(
        "/charges", BILLING,
        TEXT_OF("{\"client\":\"%s\",\"description\":\"Other\",\"service_days\":\"2026-11-23\","
                "\"amount_cents\":3000,\"once\":\"%s\"}",
                v.client.s, open[0].id.s));
    assert_status(&a, 409);
    assert_holds(&a, "\"field\":\"once\"");
}

static void a_credit_note_and_a_refund_end_it(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Credited", 7000);
    struct web_answer a = POSTED(at(v.id, "i/payments"), BILLING, "{\"amount_cents\":5000}");
    assert_status(&a, 201);
    a = GOT(at(v.id, "i"), BILLING);
    assert_holds(&a,
                 TEXT_OF("data-confirm=\"Take invoice %s back by a credit note?\"", v.full_number));
    a = POSTED(at(v.id, "i/credit"), BILLING, "");
    assert_status(&a, 303);
    const char *credit = a.location;
    a = GOT(credit, BILLING);
    assert_holds(&a, "Credit note R2026-");
    assert_holds(&a, "To give back");
    assert_holds(&a, v.full_number);
    a = POSTED(at(v.id, "i/credit"), BILLING, "");
    assert_status(&a, 422);
    assert_holds(&a, "This invoice is credited already.");
    const char *refund = TEXT_OF("%s/refund", credit);
    a = GOT(refund, BILLING);
    assert_holds(&a, "value=\"50.00\"");
    a = POSTED(refund, BILLING, "amount_cents=50.01&paid_days=2026-11-23&method=transfer");
    assert_status(&a, 422);
    assert_holds(&a, "can be given back.");
    a = POSTED(refund, BILLING, "amount_cents=50.00&paid_days=2026-11-23&method=transfer");
    assert_status(&a, 303);
    a = GOT(credit, BILLING);
    assert_holds(&a, "settled");
}

static void the_pdf_is_inline_and_its_name_is_the_number(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Unspeakable", 7000);
    struct web_answer a = GOT(at(v.id, "i/pdf"), CLINICIAN_A);
    assert_status(&a, 200);
    assert_string_equal(a.type, "application/pdf");
    assert_non_null(
        strstr(a.headers, TEXT_OF("inline; filename=\"invoice-%s.pdf\"", v.full_number)));
    assert_null(strstr(a.headers, "Unspeakable"));
}

/* --- who --------------------------------------------------------------------------------- */

static void who_may_what(void **state)
{
    (void)state;
    struct invoice v = new_invoice("Whose", 7000);
    struct charge c = new_charge(v.client, 100);
    const char *pages[] = {at(v.id, "i"), at(v.id, "i/pdf"), at(v.id, "i/refund"),
                           at(v.client, "c/money"), TEXT_OF("/charges/new?client=%s", v.client.s)};
    const char *writes[] = {at(v.id, "i/payments"), at(v.id, "i/refund"), at(v.id, "i/credit"),
                            TEXT_OF("/charges/%s/waive", c.id.s)};
    for (size_t i = 0; i < N_ELEMS(pages); i++)
        for (enum who who = OWNER; who <= BILLING; who++) {
            struct web_answer a = GOT(pages[i], who);
            assert_status(&a, who == RECEPTION ? 403 : who == CLINICIAN_B ? 404 : 200);
            assert_true(who != CLINICIAN_B || !holds(&a, "Whose"));
        }
    for (size_t i = 0; i < N_ELEMS(writes); i++) {
        struct web_answer a = POSTED(writes[i], RECEPTION, "{\"version\":1}");
        assert_status(&a, 403);
        a = POSTED(writes[i], CLINICIAN_B, "{\"version\":1}");
        assert_status(&a, 404);
    }
    struct web_answer a = GOT("/money", RECEPTION);
    assert_status(&a, 403);
    a = GOT("/money?filter=all", CLINICIAN_B);
    assert_status(&a, 200);
    assert_false(holds(&a, "Whose"));
    assert_false(holds(&a, v.full_number));
    a = world_get_json(&w, "/money", NOBODY);
    assert_status(&a, 401);
    assert_int_equal(open_cents(v.id), 7000);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(the_page_of_money_has_queue_and_list),
        cmocka_unit_test(json_is_the_same_page),
        cmocka_unit_test(a_charge_is_added_by_hand),
        cmocka_unit_test(bad_charges_come_back_with_what_was_typed),
        cmocka_unit_test(a_waived_charge_leaves_the_page),
        cmocka_unit_test(ticked_charges_are_invoiced),
        cmocka_unit_test(issue_all_reports_how_many),
        cmocka_unit_test(an_incomplete_seller_is_sent_to_the_settings),
        cmocka_unit_test(a_payment_is_prefilled_and_taken_in_parts),
        cmocka_unit_test(bad_payments_are_refused),
        cmocka_unit_test(a_button_pressed_twice_moves_money_once),
        cmocka_unit_test(charging_and_issuing_twice_is_once),
        cmocka_unit_test(a_credit_note_and_a_refund_end_it),
        cmocka_unit_test(the_pdf_is_inline_and_its_name_is_the_number),
        cmocka_unit_test(who_may_what),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
