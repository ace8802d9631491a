/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_fields.c - the fields of a client, once. */
#include "domains/clients/clients.h"

const struct choice client_status_choices[CLIENT_STATUS_N_] = {
    [CLIENT_WAITING] = {"waiting", N_("On the waiting list")},
    [CLIENT_ACTIVE] = {"active", N_("In treatment")},
    [CLIENT_PAUSED] = {"paused", N_("Paused")},
    [CLIENT_CLOSED] = {"closed", N_("Treatment ended")},
    [CLIENT_ARCHIVED] = {"archived", N_("Archived")},
};
static const struct choice channels[] = {
    {"phone", N_("Phone call")}, {"sms", N_("Text message")},        {"email", N_("E-mail")},
    {"letter", N_("Letter")},    {"voicemail", N_("Voice message")},
};

static enum rc check(struct cx *cx, const void *rec)
{
    const struct client *c = rec;
    enum rc rc = RC_OK;
    if (c->birth_date != DATE_NONE && c->birth_date > cx_today(cx))
        rc = refuse(cx, RC_INVALID, "birth_date", N_("The date of birth lies in the future."));
    if (is_filled(c->guardian_phone) && !is_filled(c->guardian_name))
        rc = refuse(cx, RC_INVALID, "guardian_name", N_("Write the guardian's name too."));
    if (is_filled(c->emergency_phone) && !is_filled(c->emergency_name))
        rc =
            refuse(cx, RC_INVALID, "emergency_name", N_("Write the emergency contact's name too."));
    return rc;
}

#define ID_TEXT(m_, label_, max_, ...)                                                             \
    TEXT(struct client, m_, label_, .seal = SEAL_IDENTITY, .max = (max_), ##__VA_ARGS__)

static const struct field fields[] = {
    ID_TEXT(given_name, N_("Given name"), 80, .flags = REQUIRED),
    ID_TEXT(family_name, N_("Family name"), 80, .flags = REQUIRED),
    ID_TEXT(name_used, N_("Name used"), 80, .help = N_("How the person wants to be called.")),
    ID_TEXT(pronouns, N_("Pronouns"), 40),
    DATE(struct client, birth_date, N_("Date of birth"), .seal = SEAL_IDENTITY,
         .min = -54787 /* 1820 */),
    ID_TEXT(gender, N_("Gender"), 40),
    ID_TEXT(profession, N_("Profession"), 80),
    ID_TEXT(marital_status, N_("Marital status"), 40),
    ID_TEXT(phone, N_("Phone"), 40, .flags = PHONE),
    ID_TEXT(email, N_("E-mail"), 200, .flags = EMAIL),
    ID_TEXT(street, N_("Street and number"), 160),
    ID_TEXT(postal_code, N_("Postal code"), 16),
    ID_TEXT(city, N_("City"), 80),
    ID_TEXT(country, N_("Country"), 60),
    ID_TEXT(id_number, N_("ID number"), 40),
    ID_TEXT(languages, N_("Languages"), 120),
    ID_TEXT(nationality, N_("Nationality"), 60),
    ID_TEXT(insurer, N_("Insurer"), 120),
    ID_TEXT(policy_number, N_("Policy number"), 60),
    ID_TEXT(emergency_name, N_("Emergency contact"), 120),
    ID_TEXT(emergency_phone, N_("Emergency phone"), 40, .flags = PHONE),
    ID_TEXT(emergency_relation, N_("Relation"), 60),
    ID_TEXT(gp, N_("General practitioner"), 120),
    ID_TEXT(referral_source, N_("Referred by"), 120),
    ID_TEXT(guardian_name, N_("Guardian"), 120, .help = N_("For minors.")),
    ID_TEXT(guardian_phone, N_("Guardian's phone"), 40, .flags = PHONE),
    ID_TEXT(guardian_relation, N_("Guardian's relation"), 60),
    SET(struct client, contact_channels, channels, N_("May be contacted by"),
        .seal = SEAL_IDENTITY),
    ID_TEXT(contact_hours, N_("When"), 120, .help = N_("Such as: weekdays after 18:00.")),
    ID_TEXT(contact_wording, N_("How to say who calls"), 200,
            .help = N_("Such as: say it is the dentist; never leave a message.")),
    ID_TEXT(tags, N_("Tags"), 200, .help = N_("Separated by commas.")),
    NOTE(struct client, remark, N_("Remarks"), .seal = SEAL_IDENTITY, .max = 4000,
         .help = N_("Not clinical: reception can read this.")),
    CHOICE(struct client, status, client_status_choices, N_("Status")),
    IDREF(struct client, clinician, N_("Clinician")),
};
const struct record_type client_type = {.table = "client",
                                        .name = "Client",
                                        .fields = fields,
                                        .n_fields = N_ELEMS(fields),
                                        .check = check};
