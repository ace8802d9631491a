/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_invoices.c - invoices and credit notes are issued once, without a gap, and never change. */
#include "billing_world.h"

#include <pthread.h>

/* --- issuing --------------------------------------------------------------------------------- */

static void an_invoice_takes_the_open_charges_of_its_client(void **state)
{
    (void)state;
    struct id client = new_client(CLINICIAN_A), other = new_client(CLINICIAN_A);
    new_charge(client, 7000);
    new_charge(client, 50);
    new_charge(other, 900);
    struct invoice v = loaded(issued(client));
    assert_int_equal(v.n_lines, 2);
    assert_int_equal(v.total_cents, 7050);
    assert_int_equal(v.open_cents, 7050);
    assert_int_equal(v.due_days, v.issued_days + 14);
    assert_string_equal(v.series, "2026");
    assert_string_equal(v.full_number, TEXT_OF("2026-%04d", (int)v.number));
    assert_int_equal(n_open_charges(client), 0);
    assert_int_equal(n_open_charges(other), 1);
    struct invoice next = loaded(issued(other));
    assert_int_equal(next.number, v.number + 1);
}

static void only_chosen_charges_are_taken_and_only_once(void **state)
{
    (void)state;
    struct id client = new_client(CLINICIAN_A), id;
    struct charge a = new_charge(client, 100), b = new_charge(client, 200);
    struct id both[] = {a.id, b.id, b.id};
    OK(invoice_issue(&w.cx, client, &a.id, 1, &id));
    assert_int_equal(loaded(id).total_cents, 100);
    REFUSED(invoice_issue(&w.cx, client, both, 3, &id), RC_CONFLICT, "charge",
            "A charge was invoiced or waived meanwhile. Look again.");
    OK(invoice_issue(&w.cx, client, &both[1], 2, &id)); /* named twice, taken once */
    assert_int_equal(loaded(id).total_cents, 200);
    struct charge of_other = new_charge(new_client(CLINICIAN_A), 5);
    REFUSED(invoice_issue(&w.cx, client, &of_other.id, 1, &id), RC_CONFLICT, "charge",
            "A charge was invoiced or waived meanwhile. Look again.");
}

static void what_does_not_fit_waits_for_the_next_invoice(void **state)
{
    (void)state;
    struct id client = new_client(CLINICIAN_A);
    for (int i = 0; i < INVOICE_MAX_LINES + 1; i++)
        new_charge(client, 100);
    assert_int_equal(loaded(issued(client)).n_lines, INVOICE_MAX_LINES);
    assert_int_equal(n_open_charges(client), 1);
}

static void a_session_without_fee_is_settled_at_once(void **state)
{
    (void)state;
    struct invoice v = new_invoice(0);
    struct payment p = payment_of(&v, 1);
    assert_int_equal(v.open_cents, 0);
    assert_int_equal(n_listed(INVOICES_PAID, v.client), 1);
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents", "At most €0.00 is still open.");
}

static void an_incomplete_seller_is_named_part_by_part(void **state)
{
    (void)state;
    struct id client = new_client(CLINICIAN_A), id;
    struct practice was, p;
    int n_done, n_failed;
    new_charge(client, 100);
    OK(practice_load(&w.cx, &was));
    p = was;
    p.tax_id = "";
    p.city = NULL;
    OK(practice_save(&w.cx, &p));
    REFUSED(invoice_issue(&w.cx, client, NULL, 0, &id), RC_INVALID, "seller",
            "An invoice must say who issues it. Complete this under Practice: Tax number, City.");
    REFUSED(invoice_issue_all(&w.cx, &n_done, &n_failed), RC_INVALID, "seller",
            "An invoice must say who issues it. Complete this under Practice: Tax number, City.");
    was.version = p.version;
    OK(practice_save(&w.cx, &was));
    w.cx.n_errs = 0;
    issued(client);
}

static void what_was_issued_survives_later_changes(void **state)
{
    (void)state;
    struct practice was, p;
    struct client c;
    struct invoice v = new_invoice(7000);
    OK(client_load(&w.cx, world_cap(&w, v.client), &c));
    c.family_name = "Changed";
    c.city = "Elsewhere";
    OK(client_save(&w.cx, &c));
    OK(practice_load(&w.cx, &was));
    p = was;
    p.legal_name = "Another name";
    p.exemption_text = "Another law";
    p.locale = "es-ES";
    OK(practice_save(&w.cx, &p));
    struct invoice back = loaded(v.id);
    assert_string_equal(back.buyer.name, "Marta Serrano");
    assert_string_equal(back.buyer.city, "Valencia");
    assert_string_equal(back.buyer.tax_id, "12345678Z");
    assert_string_equal(back.seller.name, "Olga Owen");
    assert_string_equal(back.exemption_text, "");
    assert_string_equal(back.locale, "en-GB");
    assert_string_equal(back.currency, "EUR");
    was.version = p.version;
    OK(practice_save(&w.cx, &was));
}

static void damaged_bytes_are_not_an_invoice(void **state)
{
    (void)state;
    struct invoice back, v = new_invoice(7000);
    struct bytes b;
    OK(invoice_pack(&w.cx, &v, &b));
    assert_int_equal(invoice_unpack(b, &back), RC_OK);
    assert_int_equal(back.n_lines, 1);
    assert_int_equal(back.line[0].amount_cents, 7000);
    for (size_t cut = 0; cut < b.len; cut++) {
        memset(&back, 0, sizeof(back));
        if (invoice_unpack((struct bytes){b.p, cut}, &back) == RC_OK)
            assert_int_equal(back.n_lines, 0); /* cut between two lines; the seal keeps that away */
    }
    unsigned char other[] = {2, 0};
    assert_int_equal(invoice_unpack((struct bytes){other, 2}, &back), RC_BROKEN);
}

static void issue_all_makes_one_invoice_each(void **state)
{
    (void)state;
    struct id client[3];
    int n_done, n_failed;
    OK(invoice_issue_all(&w.cx, &n_done, &n_failed)); /* what other tests left */
    for (int i = 0; i < 3; i++) {
        client[i] = new_client(i == 2 ? CLINICIAN_B : CLINICIAN_A);
        new_charge(client[i], 100);
        new_charge(client[i], 100);
    }
    world_as(&w, CLINICIAN_A); /* own clients only */
    OK(invoice_issue_all(&w.cx, &n_done, &n_failed));
    assert_int_equal(n_done, 2);
    assert_int_equal(n_failed, 0);
    world_as(&w, BILLING);
    assert_int_equal(n_open_charges(client[2]), 2);
    OK(invoice_issue_all(&w.cx, &n_done, &n_failed));
    assert_int_equal(n_done, 1);
    OK(invoice_issue_all(&w.cx, &n_done, &n_failed));
    assert_int_equal(n_done, 0);
    assert_int_equal(n_listed(INVOICES_ALL, client[0]), 1);
}

/* --- credit notes ------------------------------------------------------------------------ */

static void a_credit_note_mirrors_the_invoice_and_opens_its_charges(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000);
    struct id id, again;
    OK(invoice_credit(&w.cx, v.id, &id));
    struct invoice r = loaded(id), was = loaded(v.id);
    assert_string_equal(r.series, "R2026");
    assert_int_equal(r.total_cents, -7000);
    assert_int_equal(r.open_cents, 0);
    assert_int_equal(r.line[0].amount_cents, -7000);
    assert_string_equal(r.credit_of.s, v.id.s);
    assert_string_equal(was.credited_by.s, r.id.s);
    assert_int_equal(was.open_cents, 0);
    assert_int_equal(was.total_cents, 7000);
    assert_int_equal(n_open_charges(v.client), 1);
    assert_int_equal(n_listed(INVOICES_PAID, v.client), 0);
    assert_int_equal(n_listed(INVOICES_ALL, v.client), 2);
    REFUSED(invoice_credit(&w.cx, v.id, &again), RC_INVALID, NULL,
            "This invoice is credited already.");
    REFUSED(invoice_credit(&w.cx, r.id, &again), RC_INVALID, NULL,
            "A credit note cannot be credited itself.");
    assert_int_equal(loaded(issued(v.client)).total_cents, 7000); /* invoiced anew */
}

static void what_was_paid_on_a_credited_invoice_goes_back_in_parts(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000);
    struct id id;
    pay(&v, 5000);
    OK(invoice_credit(&w.cx, v.id, &id));
    struct invoice r = loaded(id);
    assert_int_equal(r.open_cents, -5000);
    assert_int_equal(balance_of(v.client).owed_back_cents, 5000);
    assert_int_equal(balance_of(v.client).open_cents, 0);
    assert_int_equal(n_listed(INVOICES_PENDING, v.client), 1);
    assert_int_equal(n_listed(INVOICES_OVERDUE, v.client), 0);

    struct payment p = payment_of(&v, -5000);
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, NULL,
            "This invoice was credited. Money goes back on its credit note.");
    p = payment_of(&r, 1);
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents", "At most €0.00 is still open.");
    pay(&r, -2000);
    assert_int_equal(loaded(r.id).open_cents, -3000);
    p = payment_of(&r, -3001);
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents",
            "At most €30.00 can be given back.");
    pay(&r, -3000);
    assert_int_equal(balance_of(v.client).owed_back_cents, 0);
    assert_int_equal(n_listed(INVOICES_PENDING, v.client), 0);
}

/* --- many at once ------------------------------------------------------------------------ */

enum { ISSUERS = 8, EACH = 6 };

struct issuer {
    pthread_t thread;
    struct id client[EACH];
    int n_issued, n_busy;
};

/* As the web layer does: RC_BUSY runs the whole operation again. */
static void *issue_many(void *arg)
{
    struct issuer *me = arg;
    struct arena a;
    struct db *db;
    struct cx cx = w.cx;
    struct id id;
    arena_init(&a, (size_t)64 << 20);
    cx.arena = &a;
    if (db_open(w.url, false, &db) != RC_OK)
        return NULL;
    cx.db = db;
    cx_practice(&cx, w.cx.practice);
    for (int i = 0; i < EACH; i++) {
        enum rc rc = RC_BUSY;
        for (int tries = 0; tries < 500 && rc == RC_BUSY; tries++) {
            cx.n_errs = 0;
            rc = invoice_issue(&cx, me->client[i], NULL, 0, &id);
            me->n_busy += rc == RC_BUSY;
        }
        me->n_issued += rc == RC_OK;
    }
    db_close(db);
    arena_wipe(&a);
    return NULL;
}

static void eight_at_once_leave_no_gap_in_the_numbers(void **state)
{
    (void)state;
    static struct issuer issuer[ISSUERS];
    int64_t first = new_invoice(100).number;
    for (int i = 0; i < ISSUERS; i++)
        for (int k = 0; k < EACH; k++)
            new_charge(issuer[i].client[k] = new_client(CLINICIAN_A), 100);
    for (int i = 0; i < ISSUERS; i++)
        assert_int_equal(pthread_create(&issuer[i].thread, NULL, issue_many, &issuer[i]), 0);
    for (int i = 0; i < ISSUERS; i++)
        pthread_join(issuer[i].thread, NULL);
    for (int i = 0; i < ISSUERS; i++)
        assert_int_equal(issuer[i].n_issued, EACH);
    assert_int_equal(new_invoice(100).number, first + ISSUERS * EACH + 1);
    assert_int_equal(world_check(&w, &domain_billing), 0);
}

/* Two take the same charges at once: one invoice. */
static void a_charge_is_taken_once_by_two_at_once(void **state)
{
    (void)state;
    static struct issuer pair[2];
    for (int k = 0; k < EACH; k++) {
        pair[0].client[k] = pair[1].client[k] = new_client(CLINICIAN_A);
        new_charge(pair[0].client[k], 100);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&pair[i].thread, NULL, issue_many, &pair[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(pair[i].thread, NULL);
    assert_int_equal(pair[0].n_issued + pair[1].n_issued, EACH);
    assert_int_equal(world_check(&w, &domain_billing), 0);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(an_invoice_takes_the_open_charges_of_its_client),
        cmocka_unit_test(only_chosen_charges_are_taken_and_only_once),
        cmocka_unit_test(what_does_not_fit_waits_for_the_next_invoice),
        cmocka_unit_test(a_session_without_fee_is_settled_at_once),
        cmocka_unit_test(an_incomplete_seller_is_named_part_by_part),
        cmocka_unit_test(what_was_issued_survives_later_changes),
        cmocka_unit_test(damaged_bytes_are_not_an_invoice),
        cmocka_unit_test(issue_all_makes_one_invoice_each),
        cmocka_unit_test(a_credit_note_mirrors_the_invoice_and_opens_its_charges),
        cmocka_unit_test(what_was_paid_on_a_credited_invoice_goes_back_in_parts),
        cmocka_unit_test(eight_at_once_leave_no_gap_in_the_numbers),
        cmocka_unit_test(a_charge_is_taken_once_by_two_at_once),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
