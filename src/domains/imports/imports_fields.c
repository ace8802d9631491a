/* SPDX-License-Identifier: AGPL-3.0-or-later
 * imports_fields.c - what is chosen for an import, once. */
#include "domains/imports/imports.h"

const struct choice import_kind_choices[IMPORT_KIND_N_] = {
    [IMPORT_TABLE] = {"table", N_("Clients from a table")},
    [IMPORT_CARDS] = {"cards", N_("Clients from an address book")},
    [IMPORT_CALENDAR] = {"calendar", N_("Appointments from a calendar")},
};
static const struct choice date_order_choices[DATE_ORDER_N_] = {
    [DATES_GUESSED] = {"guessed", N_("As the file suggests")},
    [DATES_DAY_FIRST] = {"day_first", N_("Day first: 23/11/1985")},
    [DATES_MONTH_FIRST] = {"month_first", N_("Month first: 11/23/1985")},
};
const struct choice import_outcome_choices[IMPORT_OUTCOME_N_] = {
    [IMPORT_TAKEN] = {"taken", N_("Taken")},
    [IMPORT_SKIPPED] = {"skipped", N_("Already here")},
    [IMPORT_REFUSED] = {"refused", N_("Left out")},
};

static enum rc check(struct cx *cx, const void *rec)
{
    const struct import *i = rec;
    if (i->from_days == DATE_NONE || i->until_days == DATE_NONE)
        return i->kind != IMPORT_CALENDAR
                   ? RC_OK
                   : refuse(cx, RC_INVALID, "from_days", N_("Say from when until when."));
    if (i->until_days < i->from_days)
        return refuse(cx, RC_INVALID, "until_days", N_("The last day lies before the first."));
    if (i->until_days - i->from_days > 366 * 30)
        return refuse(cx, RC_INVALID, "until_days", N_("Choose thirty years at most."));
    return RC_OK;
}

static const struct field fields[] = {
    {.key = "import",
     .label = N_("Import"),
     .kind = FIELD_ID,
     .flags = REQUIRED,
     .offset = offsetof(struct import, id)},
    IDREF(struct import, clinician, N_("Clinician")),
    IDREF(struct import, service, N_("Service")),
    CHOICE(struct import, status, client_status_choices, N_("Status")),
    CHOICE(struct import, dates, date_order_choices, N_("Dates are written")),
    DATE(struct import, from_days, N_("From"),
         .help = N_("What lies before this day stays out and is not named below.")),
    DATE(struct import, until_days, N_("Until")),
    BOOL(struct import, past_held, N_("What is past took place"),
         .help = N_("Past appointments come in as held and closed, without note or charge.")),
};
const struct record_type import_type = {.table = "import_file",
                                        .name = "Import",
                                        .fields = fields,
                                        .n_fields = N_ELEMS(fields),
                                        .check = check};
