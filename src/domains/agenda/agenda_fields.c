/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_fields.c - the fields of an appointment, once. */
#include "domains/agenda/agenda.h"

const struct choice appointment_state_choices[APPT_N_] = {
    [APPT_BOOKED] = {"booked", N_("Booked")},
    [APPT_CONFIRMED] = {"confirmed", N_("Confirmed")},
    [APPT_ARRIVED] = {"arrived", N_("Has arrived")},
    [APPT_HELD] = {"held", N_("Held")},
    [APPT_LATE_CANCEL] = {"late_cancellation", N_("Late cancellation")},
    [APPT_NO_SHOW] = {"no_show", N_("No-show")},
    [APPT_CANCELLED] = {"cancelled", N_("Cancelled")},
};

static enum rc check(struct cx *cx, const void *rec)
{
    const struct appointment *a = rec;
    if (a->end_ms == 0) /* as long as the service takes */
        return RC_OK;
    if (a->end_ms <= a->start_ms)
        return refuse(cx, RC_INVALID, "end", N_("The appointment ends before it starts."));
    if (a->end_ms - a->start_ms > MS_PER_DAY)
        return refuse(cx, RC_INVALID, "end", N_("An appointment lasts at most a day."));
    return RC_OK;
}

/* An instant is sent and shown as date and time: its name does not say milliseconds. */
#define TIME(key_, m_, label_, flags_)                                                             \
    {                                                                                              \
        .key = (key_), .label = (label_), .kind = FIELD_INSTANT, .flags = (flags_),                \
        .offset = offsetof(struct appointment, m_)                                                 \
    }

static const struct field fields[] = {
    IDREF(struct appointment, clinician, N_("Clinician"), .flags = REQUIRED),
    IDREF(struct appointment, room, N_("Room")),
    IDREF(struct appointment, service, N_("Service"), .flags = REQUIRED),
    CHOICE(struct appointment, modality, modality_choices, N_("Modality")),
    CHOICE(struct appointment, state, appointment_state_choices, N_("State"), .flags = READONLY),
    TIME("start", start_ms, N_("Start"), REQUIRED),
    TIME("end", end_ms, N_("End"), 0),
    TEXT(struct appointment, remark, N_("Remark"), .seal = SEAL_IDENTITY, .max = 300,
         .help = N_("Not clinical: whoever sees the agenda can read it.")),
    TEXT(struct appointment, cancel_reason, N_("Reason"), .seal = SEAL_IDENTITY, .flags = READONLY,
         .max = 300),
};
const struct record_type appointment_type = {.table = "appointment",
                                             .name = "Appointment",
                                             .fields = fields,
                                             .n_fields = N_ELEMS(fields),
                                             .check = check};
