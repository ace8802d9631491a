/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo.h - makes a fictitious practice in an empty database. */
#pragma once
#include "domains/encounters/encounters.h"

#define DEMO_PASSWORD "entracte-demo-2026"

struct demo_options {
    int64_t seed;
    int n_clinicians, n_clients, years;
};
struct demo_sign_in {
    const char *email, *roles;
};
/* Errors: RC_CONFLICT there is a practice already. *ret_sign_ins: who may sign in, with
 * DEMO_PASSWORD. Growth: linear in clinicians x years; about 0.1 ms an appointment. */
enum rc demo_make(struct cx *cx, const struct demo_options *o, struct demo_sign_in **ret_sign_ins,
                  int *ret_n) MUST_USE;
