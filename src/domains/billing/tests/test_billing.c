/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_billing.c - rules and storage of charges, invoices and payments, on the database TEST_DB
 * names. */
#include "billing_private.h"
#include "billing_sql.h"
#include "billing_view.h"
#include "support.h"

#include <pthread.h>

static struct world w;
static const struct id none;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_billing, NULL);
}

/* --- what the tests are made of -------------------------------------------------------- */

static struct id new_client(enum who clinician)
{
    struct client c = {0};
    record_init(&client_type, &c);
    c.version = 0;
    c.id = none;
    c.status = CLIENT_ACTIVE;
    c.clinician = w.person[clinician];
    c.given_name = "Marta";
    c.family_name = "Serrano";
    c.id_number = "12345678Z";
    c.street = "Calle del Mar 3";
    c.city = "Valencia";
    world_as(&w, OWNER);
    OK(client_save(&w.cx, &c));
    return c.id;
}

static struct charge new_charge(struct id client, int64_t cents)
{
    struct charge c = {.client = client,
                       .service_days = cx_today(&w.cx) - 1,
                       .amount_cents = cents,
                       .description = "Individual session"};
    OK(charge_save(&w.cx, &c));
    return c;
}

static struct invoice loaded(struct id id)
{
    struct invoice v;
    OK(invoice_load(&w.cx, id, &v));
    return v;
}

static struct id issued(struct id client)
{
    struct id id;
    OK(invoice_issue(&w.cx, client, NULL, 0, &id));
    return id;
}

/* A client of A's with one invoice. */
static struct invoice new_invoice(int64_t cents)
{
    struct id client = new_client(CLINICIAN_A);
    new_charge(client, cents);
    return loaded(issued(client));
}

static struct payment payment_of(const struct invoice *v, int64_t cents)
{
    return (struct payment){.invoice = v->id,
                            .amount_cents = cents,
                            .paid_days = cx_today(&w.cx),
                            .method = PAY_CARD,
                            .reference = "terminal 2"};
}

static void pay(const struct invoice *v, int64_t cents)
{
    struct payment p = payment_of(v, cents);
    OK(payment_save(&w.cx, &p));
}

static int n_open_charges(struct id client)
{
    struct charge *list;
    int n;
    OK(charge_list_open(&w.cx, client, &list, &n));
    return n;
}

static struct balance balance_of(struct id client)
{
    struct balance b;
    OK(balance_load(&w.cx, client, &b));
    return b;
}

static int n_listed(enum invoice_filter f, struct id client)
{
    struct invoice_row *rows;
    int n;
    int64_t n_all;
    OK(invoice_list(&w.cx, f, client, 0, 100, &rows, &n, &n_all));
    assert_int_equal(n_all, n);
    return n;
}

/* --- statements -------------------------------------------------------------------------- */

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_billing);
}

/* --- charges --------------------------------------------------------------------------------- */

static void what_is_charged_is_sealed_and_listed(void **state)
{
    (void)state;
    struct charge back, c = new_charge(new_client(CLINICIAN_A), 7050);
    assert_int_equal(c.version, 1);
    OK(charge_load(&w.cx, c.id, &back));
    assert_int_equal(back.amount_cents, 7050);
    assert_string_equal(back.description, "Individual session");
    assert_string_equal(back.clinician.s, w.person[CLINICIAN_A].s);
    assert_int_equal(n_open_charges(c.client), 1);
}

static void amounts_below_zero_and_beyond_reason_are_refused(void **state)
{
    (void)state;
    struct charge c = new_charge(new_client(CLINICIAN_A), 0);
    c.amount_cents = -1;
    REFUSED(charge_save(&w.cx, &c), RC_INVALID, "amount_cents",
            "The amount lies outside what can be charged.");
    c.amount_cents = 10000001;
    REFUSED(charge_save(&w.cx, &c), RC_INVALID, "amount_cents",
            "The amount lies outside what can be charged.");
    c.amount_cents = 100;
    c.service_days = DATE_NONE;
    REFUSED(charge_save(&w.cx, &c), RC_INVALID, "service_days",
            "Say on which day the service was.");
}

static struct id new_appointment(struct id client)
{
    struct service s = {.code = "T", .name = "Session", .duration_min = 50, .is_active = true};
    struct appointment a = {0};
    record_init(&appointment_type, &a);
    s.code = TEXT_OF("T%s", id_new().s);
    OK(service_save(&w.cx, &s));
    a.id = none;
    a.clinician = w.person[CLINICIAN_A];
    a.service = s.id;
    a.state = APPT_BOOKED;
    static int day; /* each at a time of its own */
    a.start_ms = w.cx.now_ms + (int64_t)++day * MS_PER_DAY;
    a.end_ms = a.start_ms + 50 * MS_PER_MIN;
    a.client[0] = client;
    a.n_clients = 1;
    OK(appointment_save(&w.cx, &a));
    return a.id;
}

static void closing_a_session_twice_charges_once(void **state)
{
    (void)state;
    struct id client = new_client(CLINICIAN_A), appointment = new_appointment(client);
    struct charge first = {.client = client,
                           .appointment = appointment,
                           .service_days = cx_today(&w.cx),
                           .amount_cents = 7000,
                           .description = "Session"};
    struct charge second = first, third = first;
    OK(charge_save(&w.cx, &first));
    second.amount_cents = 6000;
    OK(charge_save(&w.cx, &second));
    assert_string_equal(second.id.s, first.id.s);
    assert_int_equal(second.version, 2);
    assert_int_equal(n_open_charges(client), 1);

    struct invoice v = loaded(issued(client));
    assert_int_equal(v.total_cents, 6000);
    OK(charge_save(&w.cx, &third)); /* invoiced: it stays */
    assert_int_equal(third.state, CHARGE_INVOICED);
    assert_string_equal(third.invoice.s, v.id.s);
    assert_int_equal(n_open_charges(client), 0);
}

static void a_changed_charge_stays_with_its_client(void **state)
{
    (void)state;
    struct charge back, c = new_charge(new_client(CLINICIAN_A), 100);
    struct id client = c.client;
    c.client = new_client(CLINICIAN_A);
    c.amount_cents = 200;
    OK(charge_save(&w.cx, &c));
    OK(charge_load(&w.cx, c.id, &back));
    assert_string_equal(back.client.s, client.s);
    assert_int_equal(back.amount_cents, 200);
    c.version = 1;
    REFUSED(charge_save(&w.cx, &c), RC_CONFLICT, NULL,
            "This charge was changed or invoiced meanwhile.");
}

static void a_waived_charge_is_not_invoiced(void **state)
{
    (void)state;
    struct charge c = new_charge(new_client(CLINICIAN_A), 7000);
    struct id id;
    REFUSED(charge_waive(&w.cx, c.id, 9), RC_CONFLICT, NULL,
            "This charge was changed or invoiced meanwhile.");
    OK(charge_waive(&w.cx, c.id, c.version));
    REFUSED(charge_waive(&w.cx, c.id, 2), RC_INVALID, NULL,
            "Only a charge that is not invoiced can be waived.");
    REFUSED(invoice_issue(&w.cx, c.client, NULL, 0, &id), RC_INVALID, NULL,
            "There is nothing to invoice.");
    assert_int_equal(balance_of(c.client).uninvoiced_cents, 0);
}

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
    OK(client_load(&w.cx, v.client, &c));
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

/* --- payments ----------------------------------------------------------------------------------
 */

static void payments_in_parts_never_exceed_the_invoice(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7050);
    struct payment p = payment_of(&v, 7051), *list;
    int n;
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents", "At most €70.50 is still open.");
    pay(&v, 3000);
    assert_int_equal(loaded(v.id).open_cents, 4050);
    p.amount_cents = 4051;
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents", "At most €40.50 is still open.");
    pay(&v, 4050);
    assert_int_equal(loaded(v.id).open_cents, 0);
    p.amount_cents = 1;
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents", "At most €0.00 is still open.");
    OK(payment_list(&w.cx, &v, &list, &n));
    assert_int_equal(n, 2);
    assert_string_equal(list[0].reference, "terminal 2");
    assert_int_equal(list[0].method, PAY_CARD);
}

static void a_payment_is_not_nothing_nor_of_tomorrow(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000);
    struct payment p = payment_of(&v, 0);
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents",
            "Write an amount other than zero.");
    p.amount_cents = 1;
    p.paid_days = cx_today(&w.cx) + 1;
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "paid_days",
            "The day of the payment lies in the future.");
    p.paid_days = v.issued_days - 367;
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "paid_days",
            "The day lies long before the invoice. Is the year right?");
    p.paid_days = DATE_NONE; /* today */
    OK(payment_save(&w.cx, &p));
    assert_int_equal(p.paid_days, cx_today(&w.cx));
}

static void amounts_in_sentences_follow_the_actor(void **state)
{
    (void)state;
    struct invoice v = new_invoice(1234550);
    struct payment p = payment_of(&v, 1234551);
    const struct locale *was = w.cx.locale;
    w.cx.locale = locale_get("es-ES");
    w.cx.n_errs = 0;
    assert_int_equal(payment_save(&w.cx, &p), RC_INVALID);
    assert_non_null(strstr(cx_err(&w.cx, "amount_cents"), "12.345,50"));
    w.cx.locale = was;
}

static void money_given_back_reopens_the_invoice(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000);
    struct payment p = payment_of(&v, -1);
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents",
            "At most €0.00 can be given back.");
    pay(&v, 7000);
    pay(&v, -2000);
    assert_int_equal(loaded(v.id).open_cents, 2000);
    p.amount_cents = -5001;
    REFUSED(payment_save(&w.cx, &p), RC_INVALID, "amount_cents",
            "At most €50.00 can be given back.");
}

/* --- credit notes
 * ---------------------------------------------------------------------------------- */

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

/* --- lists and balances
 * ------------------------------------------------------------------------------- */

static void ages_and_sums_follow_the_calendar(void **state)
{
    (void)state;
    int64_t now_ms = w.cx.now_ms;
    struct invoice v = new_invoice(7000), *list = &v;
    struct invoice_row *rows;
    int n;
    int64_t n_all;
    new_charge(v.client, 100);
    pay(list, 1000);
    struct balance b = balance_of(v.client);
    assert_int_equal(b.uninvoiced_cents, 100);
    assert_int_equal(b.open_cents, 6000);
    assert_int_equal(b.overdue_cents, 0);
    assert_int_equal(b.n_open_invoices, 1);
    assert_int_equal(b.oldest_due_days, v.due_days);
    world_at(&w, now_ms + 14 * MS_PER_DAY); /* the last day */
    assert_int_equal(n_listed(INVOICES_OVERDUE, v.client), 0);
    world_at(&w, now_ms + 17 * MS_PER_DAY);
    assert_int_equal(balance_of(v.client).overdue_cents, 6000);
    OK(invoice_list(&w.cx, INVOICES_OVERDUE, v.client, 0, 10, &rows, &n, &n_all));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].overdue_days, 3);
    assert_string_equal(rows[0].client_name, "Marta Serrano");
    world_at(&w, now_ms);
}

static void all_ways_to_list_agree(void **state)
{
    (void)state;
    const enum who whose[] = {OWNER, BILLING, CLINICIAN_A, CLINICIAN_B};
    struct invoice_row *rows;
    int64_t n_all, n_pending, n_overdue, n_paid;
    int n;
    new_invoice(100);
    pay(&(struct invoice){.id = new_invoice(200).id}, 200);
    for (size_t i = 0; i < N_ELEMS(whose); i++) {
        world_as(&w, whose[i]);
        OK(invoice_list(&w.cx, INVOICES_ALL, none, 0, 500, &rows, &n, &n_all));
        int64_t open = 0, credited = 0;
        for (int k = 0; k < n; k++) {
            open += rows[k].open_cents > 0 ? rows[k].open_cents : 0;
            credited += rows[k].is_credited || (rows[k].is_credit && rows[k].open_cents == 0);
        }
        OK(invoice_list(&w.cx, INVOICES_PENDING, none, 0, 5, &rows, &n, &n_pending));
        OK(invoice_list(&w.cx, INVOICES_OVERDUE, none, 0, 5, &rows, &n, &n_overdue));
        OK(invoice_list(&w.cx, INVOICES_PAID, none, 0, 5, &rows, &n, &n_paid));
        assert_int_equal(n_pending + n_paid + credited, n_all);
        assert_true(n_overdue <= n_pending);
        assert_int_equal(balance_of(none).open_cents, open);
    }
}

static void pages_of_a_list_do_not_overlap(void **state)
{
    (void)state;
    struct id client = new_client(CLINICIAN_A);
    struct invoice_row *rows;
    struct id seen[5];
    int n;
    int64_t n_all;
    for (int i = 0; i < 5; i++) {
        new_charge(client, 100);
        issued(client);
    }
    for (int i = 0; i < 5; i += 2) {
        OK(invoice_list(&w.cx, INVOICES_ALL, client, i, 2, &rows, &n, &n_all));
        assert_int_equal(n_all, 5);
        for (int k = 0; k < n; k++)
            seen[i + k] = rows[k].id;
    }
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < i; k++)
            assert_false(id_eq(seen[i], seen[k]));
}

/* --- who
 * ------------------------------------------------------------------------------------------ */

static void a_clinician_sees_the_money_of_own_clients_alone(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000), got;
    struct charge c = new_charge(v.client, 100), of_b = {.client = v.client};
    struct balance b;
    struct invoice_row *rows;
    struct charge *open;
    struct bytes pdf;
    int n;
    int64_t n_all;
    struct payment p = payment_of(&v, 100);
    world_as(&w, CLINICIAN_A);
    OK(invoice_load(&w.cx, v.id, &got));
    assert_int_equal(balance_of(v.client).open_cents, 7000);

    /* another clinician; and one who at reception sees every client, but no money of others */
    for (int also_reception = 0; also_reception < 2; also_reception++) {
        world_as(&w, CLINICIAN_B);
        w.cx.actor.roles |= also_reception ? ROLE_RECEPTION : 0;
        REFUSED(invoice_load(&w.cx, v.id, &got), RC_NOT_FOUND, NULL, "There is no such invoice.");
        assert_int_equal(w.cx.n_errs, 1);
        REFUSED(invoice_pdf(&w.cx, v.id, &pdf), RC_NOT_FOUND, NULL, "There is no such invoice.");
        REFUSED(payment_save(&w.cx, &p), RC_NOT_FOUND, NULL, "There is no such invoice.");
        REFUSED(charge_load(&w.cx, c.id, &c), RC_NOT_FOUND, NULL, "There is no such charge.");
        REFUSED(charge_waive(&w.cx, c.id, 1), RC_NOT_FOUND, NULL, "There is no such charge.");
        assert_int_equal(balance_load(&w.cx, v.client, &b), RC_NOT_FOUND);
        assert_int_equal(charge_list_open(&w.cx, v.client, &open, &n), RC_NOT_FOUND);
        assert_int_equal(invoice_list(&w.cx, INVOICES_ALL, v.client, 0, 9, &rows, &n, &n_all),
                         RC_NOT_FOUND);
        of_b.amount_cents = 1;
        of_b.service_days = 1;
        assert_int_equal(charge_save(&w.cx, &of_b), RC_NOT_FOUND);
        assert_int_equal(invoice_issue(&w.cx, v.client, NULL, 0, &got.id), RC_NOT_FOUND);
    }
}

static void a_client_who_changes_clinician_takes_the_money_along(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000), got;
    struct client c;
    OK(client_load(&w.cx, v.client, &c));
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_A);
    REFUSED(invoice_load(&w.cx, v.id, &got), RC_NOT_FOUND, NULL, "There is no such invoice.");
    world_as(&w, CLINICIAN_B);
    OK(invoice_load(&w.cx, v.id, &got));
}

/* --- what the database itself refuses
 * -------------------------------------------------------------- */

static void what_was_issued_or_paid_cannot_be_changed_by_sql(void **state)
{
    (void)state;
    static const char *const sql[] = {
        "UPDATE invoice SET total_cents = 1",
        "UPDATE invoice SET number = number + 1000",
        "UPDATE invoice SET series = 'X'",
        "UPDATE invoice SET issued_days = 1",
        "UPDATE invoice SET due_days = due_days + 1",
        "UPDATE invoice SET client_id = 'x'",
        "UPDATE invoice SET credit_of = NULL",
        "UPDATE invoice SET created_ms = 0",
        "UPDATE invoice SET sealed_identity = sealed_identity",
        "DELETE FROM invoice",
        "UPDATE payment SET amount_cents = 1",
        "UPDATE payment SET paid_days = 1",
        "DELETE FROM payment",
    };
    struct invoice v = new_invoice(7000);
    pay(&v, 100);
    for (size_t i = 0; i < N_ELEMS(sql); i++)
        if (db_script(w.db, sql[i]) == RC_OK)
            fail_msg("the database allowed: %s", sql[i]);
    struct invoice back = loaded(v.id);
    assert_int_equal(back.total_cents, 7000);
    assert_int_equal(back.open_cents, 6900);
}

/* --- invariants
 * -------------------------------------------------------------------------------------- */

static void count_report(void *arg, const char *invariant, const char *detail)
{
    int *n = arg;
    (void)invariant;
    (void)detail;
    ++*n;
}

static int n_broken(void)
{
    int n = 0;
    OK(billing_check(&w.cx, count_report, &n));
    return n;
}

static void the_invariants_notice_what_is_wrong(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000);
    assert_int_equal(n_broken(), 0);
    OK(db_script(w.db, TEXT_OF("UPDATE invoice SET open_cents = 6999 WHERE id = '%s'", v.id.s)));
    assert_int_equal(n_broken(), 1);
    OK(db_script(w.db, TEXT_OF("UPDATE invoice SET open_cents = 7000 WHERE id = '%s'", v.id.s)));
    OK(db_script(w.db, "UPDATE invoice_series SET last_number = last_number + 1"));
    assert_true(n_broken() >= 1);
    OK(db_script(w.db, "UPDATE invoice_series SET last_number = last_number - 1"));
    OK(db_script(w.db,
                 TEXT_OF("UPDATE charge SET amount_cents = 1 WHERE invoice_id = '%s'", v.id.s)));
    assert_int_equal(n_broken(), 1);
    OK(db_script(w.db,
                 TEXT_OF("UPDATE charge SET amount_cents = 7000 WHERE invoice_id = '%s'", v.id.s)));
    assert_int_equal(n_broken(), 0);
}

/* --- many at once
 * ---------------------------------------------------------------------------------------- */

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
    assert_int_equal(n_broken(), 0);
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
    assert_int_equal(n_broken(), 0);
}

/* --- plans
 * -------------------------------------------------------------------------------------------------
 */

/* SQLite's plan of a statement, one line. */
static const char *plan(const struct db_stmt *st)
{
    struct db_val v[16] = {0};
    struct buf b;
    struct db_stmt explain = {.name = "plan", .n_params = st->n_params};
    explain.text[DB_SQLITE] = TEXT_OF("EXPLAIN QUERY PLAN %s", st->text[DB_SQLITE]);
    buf_init(&b, &w.arena, 10000);
    _cleanup_rows_ struct db_rows *rows = NULL;
    OK(db_query(w.db, &w.arena, &explain, v, st->n_params, &rows));
    while (db_next(rows))
        buf_printf(&b, "%s; ", db_text(rows, 3));
    OK(db_end(rows));
    return b.s;
}

static void old_money_costs_nothing(void **state)
{
    (void)state;
    static const struct {
        const struct db_stmt *st;
        const char *index;
    } uses[] = {
        {&SQL_INVOICE_LIST_ALL, "INDEX invoice_issued (practice_id=?)"},
        {&SQL_INVOICE_LIST_PAID, "INDEX invoice_issued (practice_id=?)"},
        {&SQL_INVOICE_LIST_PENDING, "INDEX invoice_pending (practice_id=? AND due_days<?)"},
        {&SQL_INVOICE_COUNT_PENDING, "INDEX invoice_pending (practice_id=? AND due_days<?)"},
        {&SQL_INVOICE_LIST_CLIENT, "INDEX invoice_client (practice_id=? AND client_id=?)"},
        {&SQL_INVOICE_LIST_CLINICIAN, "INDEX invoice_client (practice_id=? AND client_id=?)"},
        {&SQL_BALANCE_INVOICES, "INDEX invoice_pending"},
        {&SQL_BALANCE_INVOICES_CLIENT,
         "COVERING INDEX invoice_pending_client (practice_id=? AND client_id=?)"},
        {&SQL_BALANCE_CHARGES_CLIENT, "COVERING INDEX charge_open (practice_id=? AND client_id=?)"},
        {&SQL_BALANCE_CHARGES, "INDEX charge_open (practice_id=?)"},
        {&SQL_BALANCE_CHARGES_CLINICIAN,
         "COVERING INDEX charge_open (practice_id=? AND client_id=?)"},
        {&SQL_BALANCE_INVOICES_CLINICIAN,
         "COVERING INDEX invoice_pending_client (practice_id=? AND client_id=?)"},
        {&SQL_CHARGE_OPEN_OF_CLIENT, "INDEX charge_open (practice_id=? AND client_id=?)"},
        {&SQL_CHARGE_OPEN_ALL, "INDEX charge_open (practice_id=?)"},
        {&SQL_CHARGE_GROUPS, "INDEX charge_open (practice_id=?)"},
        {&SQL_CHARGE_OF_INVOICE, "INDEX charge_invoice (practice_id=? AND invoice_id=?)"},
        {&SQL_PAYMENT_OF_INVOICE, "INDEX payment_invoice (practice_id=? AND invoice_id=?)"},
    };
    if (db_engine(w.db) != DB_SQLITE)
        skip();
    for (size_t i = 0; i < N_ELEMS(uses); i++)
        if (strstr(plan(uses[i].st), uses[i].index) == NULL)
            fail_msg("%s does not use %s: %s", uses[i].st->name, uses[i].index, plan(uses[i].st));
    assert_null(strstr(plan(&SQL_INVOICE_LIST_ALL), "TEMP B-TREE"));
    assert_null(strstr(plan(&SQL_INVOICE_LIST_PAID), "TEMP B-TREE"));
    assert_null(strstr(plan(&SQL_INVOICE_LIST_PENDING), "TEMP B-TREE"));
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(every_statement_prepares),
        cmocka_unit_test(what_is_charged_is_sealed_and_listed),
        cmocka_unit_test(amounts_below_zero_and_beyond_reason_are_refused),
        cmocka_unit_test(closing_a_session_twice_charges_once),
        cmocka_unit_test(a_changed_charge_stays_with_its_client),
        cmocka_unit_test(a_waived_charge_is_not_invoiced),
        cmocka_unit_test(an_invoice_takes_the_open_charges_of_its_client),
        cmocka_unit_test(only_chosen_charges_are_taken_and_only_once),
        cmocka_unit_test(what_does_not_fit_waits_for_the_next_invoice),
        cmocka_unit_test(a_session_without_fee_is_settled_at_once),
        cmocka_unit_test(an_incomplete_seller_is_named_part_by_part),
        cmocka_unit_test(what_was_issued_survives_later_changes),
        cmocka_unit_test(damaged_bytes_are_not_an_invoice),
        cmocka_unit_test(issue_all_makes_one_invoice_each),
        cmocka_unit_test(payments_in_parts_never_exceed_the_invoice),
        cmocka_unit_test(a_payment_is_not_nothing_nor_of_tomorrow),
        cmocka_unit_test(amounts_in_sentences_follow_the_actor),
        cmocka_unit_test(money_given_back_reopens_the_invoice),
        cmocka_unit_test(a_credit_note_mirrors_the_invoice_and_opens_its_charges),
        cmocka_unit_test(what_was_paid_on_a_credited_invoice_goes_back_in_parts),
        cmocka_unit_test(ages_and_sums_follow_the_calendar),
        cmocka_unit_test(all_ways_to_list_agree),
        cmocka_unit_test(pages_of_a_list_do_not_overlap),
        cmocka_unit_test(a_clinician_sees_the_money_of_own_clients_alone),
        cmocka_unit_test(a_client_who_changes_clinician_takes_the_money_along),
        cmocka_unit_test(what_was_issued_or_paid_cannot_be_changed_by_sql),
        cmocka_unit_test(the_invariants_notice_what_is_wrong),
        cmocka_unit_test(eight_at_once_leave_no_gap_in_the_numbers),
        cmocka_unit_test(a_charge_is_taken_once_by_two_at_once),
        cmocka_unit_test(old_money_costs_nothing),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
