/* SPDX-License-Identifier: AGPL-3.0-or-later
 * billing_fields.c - the fields of charges, invoices and payments, once. */
#include "billing_private.h"

const struct choice payment_method_choices[PAY_N_] = {
    [PAY_CASH] = {"cash", N_("Cash")},
    [PAY_CARD] = {"card", N_("Card")},
    [PAY_TRANSFER] = {"transfer", N_("Bank transfer")},
    [PAY_DIRECT_DEBIT] = {"direct_debit", N_("Direct debit")},
    [PAY_OTHER] = {"other", N_("Other")},
};
static const struct choice charge_state_choices[3] = {
    [CHARGE_OPEN] = {"open", N_("To invoice")},
    [CHARGE_INVOICED] = {"invoiced", N_("Invoiced")},
    [CHARGE_WAIVED] = {"waived", N_("Waived")},
};

static const struct field charge_fields[] = {
    IDREF(struct charge, client, N_("Client"), .flags = REQUIRED),
    DATE(struct charge, service_days, N_("Day of the service"), .flags = REQUIRED),
    TEXT(struct charge, description, N_("Description"), .seal = SEAL_IDENTITY, .flags = REQUIRED,
         .max = 200),
    CENTS(struct charge, amount_cents, N_("Amount"), .flags = REQUIRED, .min = 0, .max = 10000000),
    CHOICE(struct charge, state, charge_state_choices, N_("State"), .flags = READONLY),
};
const struct record_type charge_type = {.table = "charge",
                                        .name = "Charge",
                                        .fields = charge_fields,
                                        .n_fields = N_ELEMS(charge_fields)};

static const struct field payment_fields[] = {
    CENTS(struct payment, amount_cents, N_("Amount"), .flags = REQUIRED, .min = 1,
          .max = 1000000000),
    DATE(struct payment, paid_days, N_("Day of the payment"), .flags = REQUIRED),
    CHOICE(struct payment, method, payment_method_choices, N_("Payment method")),
    TEXT(struct payment, reference, N_("Reference"), .seal = SEAL_IDENTITY, .max = 120),
};
/* What goes back has the same fields; its amount is written positive, and stored negative. */
const struct record_type payment_type = {.table = "payment",
                                         .name = "Payment",
                                         .fields = payment_fields,
                                         .n_fields = N_ELEMS(payment_fields)};
