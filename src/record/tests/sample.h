/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sample.h - a record with a field of every kind, for the tests and the fuzzer. */
#pragma once
#include "record/record.h"

enum sample_state { SAMPLE_OPEN, SAMPLE_CLOSED };
struct sample {
    struct id room;
    const char *name, *remark, *email, *phone, *office;
    int32_t birth_date, start_min;
    int64_t n_sessions, fee_cents, starts_ms, balance_cents;
    enum sample_state state;
    int way;
    unsigned days;
    bool is_urgent;
};
static const struct choice sample_states[] = {
    [SAMPLE_OPEN] = {"open", N_("Open")},
    [SAMPLE_CLOSED] = {"closed", N_("Closed")},
};
static const struct choice sample_ways[] = {{"room", "In the room"}, {"video", "By video"}};
static const struct choice sample_days[] = {
    {"mon", "Monday"}, {"tue", "Tuesday"}, {"wed", "Wednesday", "The practice is quiet."}};

static enum rc sample_check(struct cx *cx, const void *rec)
{
    const struct sample *s = rec;
    if (s->state == SAMPLE_CLOSED && s->is_urgent)
        return refuse(cx, RC_INVALID, "is_urgent", N_("What is closed is not urgent."));
    return RC_OK;
}

static const struct field sample_fields[] = {
    TEXT(struct sample, name, N_("Name"), .seal = SEAL_IDENTITY, .flags = REQUIRED, .max = 10),
    NOTE(struct sample, remark, N_("Remark"), .seal = SEAL_CLINICAL, .flags = NOEXPORT),
    TEXT(struct sample, email, N_("E-mail"), .seal = SEAL_IDENTITY, .flags = EMAIL),
    TEXT(struct sample, phone, N_("Phone"), .seal = SEAL_IDENTITY, .flags = PHONE,
         .help = N_("With the country.")),
    TEXT(struct sample, office, N_("Office"), .flags = READONLY),
    DATE(struct sample, birth_date, N_("Date of birth"), .seal = SEAL_IDENTITY),
    MINUTES(struct sample, start_min, N_("Start"), .seal = SEAL_IDENTITY),
    INT(struct sample, n_sessions, N_("Sessions"), .seal = SEAL_IDENTITY, .min = 1, .max = 50),
    CENTS(struct sample, fee_cents, N_("Fee"), .seal = SEAL_IDENTITY, .max = 100000),
    CENTS(struct sample, balance_cents, N_("Balance"), .min = -100000, .max = 100000),
    INSTANT(struct sample, starts_ms, N_("Starts"), .seal = SEAL_IDENTITY),
    CHOICE(struct sample, state, sample_states, N_("State"), .seal = SEAL_IDENTITY),
    CHOICE(struct sample, way, sample_ways, N_("Way"), .seal = SEAL_IDENTITY, .flags = REQUIRED),
    SET(struct sample, days, sample_days, N_("Days"), .seal = SEAL_IDENTITY),
    BOOL(struct sample, is_urgent, N_("Urgent"), .seal = SEAL_IDENTITY),
    IDREF(struct sample, room, N_("Room"), .seal = SEAL_IDENTITY),
};
static const struct record_type sample_type = {.table = "sample",
                                               .name = "Sample",
                                               .fields = sample_fields,
                                               .n_fields = N_ELEMS(sample_fields),
                                               .check = sample_check};
