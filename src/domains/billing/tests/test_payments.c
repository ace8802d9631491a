/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_payments.c - rules and storage of payments. */
#include "billing_world.h"

/* --- payments ---------------------------------------------------------------------------- */

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

/* Found stored before is no failure: what else the page writes is kept. */
static void what_was_sent_before_spoils_no_larger_write(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000);
    struct payment p = payment_of(&v, 3000), other = payment_of(&v, 1000);
    struct charge c = {.id = id_new(), .client = v.client, .amount_cents = 500}, c2;
    struct id once = id_new(), issued;
    c.service_days = cx_today(&w.cx);
    c.description = "Report";
    p.id = id_new();
    OK(payment_save(&w.cx, &p));
    c2 = c;
    OK(charge_save(&w.cx, &c));
    OK(invoice_issue_once(&w.cx, once, v.client, NULL, 0, &issued));
    {
        _cleanup_tx_ struct db_tx tx = {0};
        OK(db_begin(w.db, &tx));
        OK(payment_save(&w.cx, &p));
        OK(charge_save(&w.cx, &c2));
        OK(invoice_issue_once(&w.cx, once, v.client, NULL, 0, &issued));
        OK(payment_save(&w.cx, &other));
        OK(db_commit(&tx));
    }
    assert_int_equal(loaded(v.id).open_cents, 3000);
}

static void a_payment_sent_twice_is_booked_once(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000), other = new_invoice(7000);
    struct payment p = payment_of(&v, 3000), again, *list;
    int n;
    p.id = id_new();
    again = p;
    OK(payment_save(&w.cx, &p));
    assert_true(id_eq(p.id, again.id));
    OK(payment_save(&w.cx, &again));
    assert_int_equal(loaded(v.id).open_cents, 4000);
    OK(payment_list(&w.cx, &v, &list, &n));
    assert_int_equal(n, 1);
    again.amount_cents = 4000; /* somebody went back and changed it */
    REFUSED(payment_save(&w.cx, &again), RC_CONFLICT, "once",
            "This form was sent before, with other entries. Look at what was stored then.");
    again = p;
    again.invoice = other.id;
    assert_int_equal(payment_save(&w.cx, &again), RC_CONFLICT);
    assert_int_equal(loaded(v.id).open_cents, 4000);
    assert_int_equal(loaded(other.id).open_cents, 7000);
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

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(payments_in_parts_never_exceed_the_invoice),
        cmocka_unit_test(a_payment_sent_twice_is_booked_once),
        cmocka_unit_test(what_was_sent_before_spoils_no_larger_write),
        cmocka_unit_test(a_payment_is_not_nothing_nor_of_tomorrow),
        cmocka_unit_test(amounts_in_sentences_follow_the_actor),
        cmocka_unit_test(money_given_back_reopens_the_invoice),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
