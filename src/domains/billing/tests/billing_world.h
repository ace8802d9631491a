/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_world.h - a client with money, for the tests of billing. */
#pragma once
#include "billing_private.h"
#include "billing_sql.h"
#include "billing_view.h"
#include "support.h"

static struct world w;
static UNUSED const struct id none;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_billing, NULL);
}

static UNUSED struct id new_client(enum who clinician)
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

static UNUSED struct charge new_charge(struct id client, int64_t cents)
{
    struct charge c = {.client = client,
                       .service_days = cx_today(&w.cx) - 1,
                       .amount_cents = cents,
                       .description = "Individual session"};
    OK(charge_save(&w.cx, &c));
    return c;
}

static UNUSED struct invoice loaded(struct id id)
{
    struct invoice v;
    OK(invoice_load(&w.cx, id, &v));
    return v;
}

static UNUSED struct id issued(struct id client)
{
    struct id id;
    OK(invoice_issue(&w.cx, client, NULL, 0, &id));
    return id;
}

/* A client of A's with one invoice. */
static UNUSED struct invoice new_invoice(int64_t cents)
{
    struct id client = new_client(CLINICIAN_A);
    new_charge(client, cents);
    return loaded(issued(client));
}

static UNUSED struct payment payment_of(const struct invoice *v, int64_t cents)
{
    return (struct payment){.invoice = v->id,
                            .amount_cents = cents,
                            .paid_days = cx_today(&w.cx),
                            .method = PAY_CARD,
                            .reference = "terminal 2"};
}

static UNUSED void pay(const struct invoice *v, int64_t cents)
{
    struct payment p = payment_of(v, cents);
    OK(payment_save(&w.cx, &p));
}

static UNUSED int n_open_charges(struct id client)
{
    struct charge *list;
    int n;
    OK(charge_list_open(&w.cx, client, &list, &n));
    return n;
}

static UNUSED struct balance balance_of(struct id client)
{
    struct balance b;
    OK(balance_load(&w.cx, client, &b));
    return b;
}

static UNUSED int n_listed(enum invoice_filter f, struct id client)
{
    struct invoice_row *rows;
    int n;
    int64_t n_all;
    OK(invoice_list(&w.cx, f, client, 0, 100, &rows, &n, &n_all));
    assert_int_equal(n_all, n);
    return n;
}
