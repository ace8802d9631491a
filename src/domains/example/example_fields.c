/* SPDX-License-Identifier: AGPL-3.0-or-later
 * example_fields.c - the fields of an example, and the rules between them. */
#include "domains/example/example.h"

const struct choice example_state_choices[EXAMPLE_STATE_N_] = {
    [EXAMPLE_OPEN] = {"open", N_("Open")},
    [EXAMPLE_DONE] = {"done", N_("Done")},
};
static const struct choice weekdays[] = {
    {"mon", N_("Monday")},   {"tue", N_("Tuesday")}, {"wed", N_("Wednesday")},
    {"thu", N_("Thursday")}, {"fri", N_("Friday")},
};

static enum rc check(struct cx *cx, const void *rec)
{
    const struct example *e = rec;
    if (e->is_urgent && e->due_days == DATE_NONE)
        return refuse(cx, RC_INVALID, "due_days", N_("What is urgent needs a date."));
    return RC_OK;
}

static const struct field fields[] = {
    TEXT(struct example, name, N_("Name"), .seal = SEAL_IDENTITY, .flags = REQUIRED, .max = 100),
    TEXT(struct example, email, N_("E-mail"), .seal = SEAL_IDENTITY, .flags = EMAIL),
    CHOICE(struct example, state, example_state_choices, N_("State")),
    DATE(struct example, due_days, N_("Until")),
    BOOL(struct example, is_urgent, N_("Urgent"), .seal = SEAL_IDENTITY),
    SET(struct example, weekdays, weekdays, N_("Possible days"), .seal = SEAL_IDENTITY),
    CENTS(struct example, fee_cents, N_("Fee"), .max = 10000000),
    NOTE(struct example, remark, N_("Remark"), .seal = SEAL_IDENTITY, .max = 4000,
         .help = N_("For the practice only.")),
};
const struct record_type example_type = {.table = "example",
                                         .name = "Example",
                                         .fields = fields,
                                         .n_fields = N_ELEMS(fields),
                                         .check = check};
