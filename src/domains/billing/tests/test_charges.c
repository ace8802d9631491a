/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_charges.c - rules and storage of charges. */
#include "billing_world.h"

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

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(what_is_charged_is_sealed_and_listed),
        cmocka_unit_test(amounts_below_zero_and_beyond_reason_are_refused),
        cmocka_unit_test(closing_a_session_twice_charges_once),
        cmocka_unit_test(a_changed_charge_stays_with_its_client),
        cmocka_unit_test(a_waived_charge_is_not_invoiced),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
