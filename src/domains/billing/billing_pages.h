/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_pages.h - between the files with pages: handlers for the table in billing_web.c, and what
 * pages share. */
#pragma once
#include "billing_private.h"
#include "billing_view.h"

handler_fn money_show, money_client, charge_new, charge_create, charge_waive_do;
handler_fn invoice_create, invoice_create_all, invoice_show, invoice_file, invoice_pay,
    invoice_refund_form, invoice_refund, invoice_take_back;
extern const struct shape money_shape, client_money_shape, charge_shape, invoice_shape,
    refund_shape;
extern const struct record_type issue_type;

const char *money_text(struct cx *cx, int64_t cents);

/* The page of one client's money, or of everybody's when client is unset, with the first error of
 * rq->cx at its top. */
enum rc reply_money(struct req *rq, enum rc rc, struct id client) MUST_USE;

/* In: base  "/money" or "/clients/ID/money"; the query names filter and page.
 * Errors: RC_INVALID an unknown filter. */
enum rc invoice_table_load(struct req *rq, struct id client, const char *base,
                           struct invoice_table *ret) MUST_USE;
