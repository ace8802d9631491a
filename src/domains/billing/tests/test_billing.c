/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_billing.c - what holds for all of billing: lists, balances, who may, invariants, plans, on
 * the database TEST_DB names. */
#include "billing_world.h"

/* --- statements -------------------------------------------------------------------------- */

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_billing);
}

/* --- lists and balances ------------------------------------------------------------------ */

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

/* --- who --------------------------------------------------------------------------------- */

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
    OK(client_load(&w.cx, world_cap(&w, v.client), &c));
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_A);
    REFUSED(invoice_load(&w.cx, v.id, &got), RC_NOT_FOUND, NULL, "There is no such invoice.");
    world_as(&w, CLINICIAN_B);
    OK(invoice_load(&w.cx, v.id, &got));
}

/* --- what the database itself refuses ---------------------------------------------------- */

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

/* --- invariants -------------------------------------------------------------------------- */

static void the_invariants_notice_what_is_wrong(void **state)
{
    (void)state;
    struct invoice v = new_invoice(7000);
    assert_int_equal(world_check(&w, &domain_billing), 0);
    OK(db_script(w.db, TEXT_OF("UPDATE invoice SET open_cents = 6999 WHERE id = '%s'", v.id.s)));
    assert_int_equal(world_check(&w, &domain_billing), 1);
    OK(db_script(w.db, TEXT_OF("UPDATE invoice SET open_cents = 7000 WHERE id = '%s'", v.id.s)));
    OK(db_script(w.db, "UPDATE invoice_series SET last_number = last_number + 1"));
    assert_true(world_check(&w, &domain_billing) >= 1);
    OK(db_script(w.db, "UPDATE invoice_series SET last_number = last_number - 1"));
    OK(db_script(w.db,
                 TEXT_OF("UPDATE charge SET amount_cents = 1 WHERE invoice_id = '%s'", v.id.s)));
    assert_int_equal(world_check(&w, &domain_billing), 1);
    OK(db_script(w.db,
                 TEXT_OF("UPDATE charge SET amount_cents = 7000 WHERE invoice_id = '%s'", v.id.s)));
    assert_int_equal(world_check(&w, &domain_billing), 0);
}

/* --- plans ------------------------------------------------------------------------------- */

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
        {&SQL_INVOICE_LIST_CLINICIAN, "INDEX invoice_treats (practice_id=? AND treats_id=?)"},
        {&SQL_BALANCE_INVOICES, "INDEX invoice_pending"},
        {&SQL_BALANCE_INVOICES_CLIENT,
         "COVERING INDEX invoice_pending_client (practice_id=? AND client_id=?)"},
        {&SQL_BALANCE_CHARGES_CLIENT, "COVERING INDEX charge_open (practice_id=? AND client_id=?)"},
        {&SQL_BALANCE_CHARGES, "COVERING INDEX charge_open_treats (practice_id=?)"},
        {&SQL_BALANCE_CHARGES_CLINICIAN,
         "COVERING INDEX charge_open_treats (practice_id=? AND treats_id=? AND state=?)"},
        {&SQL_BALANCE_INVOICES_CLINICIAN,
         "COVERING INDEX invoice_pending_treats (practice_id=? AND treats_id=?)"},
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
    assert_null(strstr(plan(&SQL_INVOICE_LIST_CLINICIAN), "TEMP B-TREE"));
    assert_null(strstr(plan(&SQL_INVOICE_LIST_PENDING), "TEMP B-TREE"));
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(every_statement_prepares),
        cmocka_unit_test(ages_and_sums_follow_the_calendar),
        cmocka_unit_test(all_ways_to_list_agree),
        cmocka_unit_test(pages_of_a_list_do_not_overlap),
        cmocka_unit_test(a_clinician_sees_the_money_of_own_clients_alone),
        cmocka_unit_test(a_client_who_changes_clinician_takes_the_money_along),
        cmocka_unit_test(what_was_issued_or_paid_cannot_be_changed_by_sql),
        cmocka_unit_test(the_invariants_notice_what_is_wrong),
        cmocka_unit_test(old_money_costs_nothing),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}
