/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_fields.c - the fields of a member of staff, once. */
#include "domains/people/people.h"

#include <string.h>

/* As app/perm.c and app/authorize.c have it. */
static const struct choice roles[] = {
    {"owner", N_("Owner"),
     N_("Every client's name, contact, appointments and money; accounts, settings and the log. No "
        "notes: an owner who treats is a clinician too.")},
    {"clinician", N_("Clinician"),
     N_("The clients they treat, whole: notes, appointments, money. Of colleagues' clients "
        "nothing, "
        "unless taken into the care team.")},
    {"reception", N_("Reception"),
     N_("Every client's name, contact and appointments. No notes, and no money.")},
    {"billing", N_("Billing"),
     N_("Every client's charges, invoices and payments, with the name and address that stand on "
        "them. No notes, no phone, no appointments.")},
    {"supervisor", N_("Supervisor"),
     N_("Reads the notes of clients they are asked to supervise, for a time and without the name. "
        "Writes nothing.")},
    {"privacy", N_("Privacy officer"),
     N_("Who opened which file, walls between people, blocked files; names and contact. No notes, "
        "no "
        "money.")},
    {"admin", N_("System administrator"),
     N_("Accounts and settings of the practice. No client, not even a name.")}};
static const struct choice themes[] = {[THEME_AUTO] = {"auto", N_("As the device")},
                                       [THEME_LIGHT] = {"light", N_("Light")},
                                       [THEME_DARK] = {"dark", N_("Dark")}};
static const struct choice densities[] = {
    [DENSITY_COMFORTABLE] = {"comfortable", N_("Comfortable")},
    [DENSITY_COMPACT] = {"compact", N_("Compact")}};

static enum rc check(struct cx *cx, const void *rec)
{
    const struct person *p = rec;
    enum rc rc = RC_OK;
    if (p->roles == 0)
        rc = refuse(cx, RC_INVALID, "roles", N_("Choose at least one role."));
    if (is_filled(p->locale) && strcmp(locale_name(locale_get(p->locale)), p->locale) != 0)
        rc = refuse(cx, RC_INVALID, "locale", N_("Choose a language and region of the list."));
    return rc;
}

static const struct field fields[] = {
    TEXT(struct person, given_name, N_("Given name"), .seal = SEAL_IDENTITY, .flags = REQUIRED,
         .max = 80),
    TEXT(struct person, family_name, N_("Family name"), .seal = SEAL_IDENTITY, .flags = REQUIRED,
         .max = 80),
    TEXT(struct person, title, N_("Title"), .seal = SEAL_IDENTITY, .max = 40,
         .help = N_("Such as Dr.")),
    TEXT(struct person, email, N_("E-mail"), .seal = SEAL_IDENTITY, .flags = REQUIRED | EMAIL,
         .max = 200, .help = N_("For signing in.")),
    TEXT(struct person, phone, N_("Phone"), .seal = SEAL_IDENTITY, .flags = PHONE, .max = 40),
    TEXT(struct person, licence, N_("Licence number"), .seal = SEAL_IDENTITY, .max = 60),
    SET(struct person, roles, roles, N_("Roles"),
        .help = N_("Who gets or loses a role is signed out, and signs in again.")),
    BOOL(struct person, is_active, N_("May sign in")),
    INT(struct person, color, N_("Colour in the agenda"), .max = 11),
    TEXT(struct person, locale, N_("Language and region"), .max = 20),
    CHOICE(struct person, theme, themes, N_("Theme")),
    CHOICE(struct person, density, densities, N_("Density")),
    INT(struct person, lock_min, N_("Minutes until the screen locks"), .min = 1, .max = 240),
    TEXT(struct person, note_template, N_("Usual note template"), .max = 40),
};
const struct record_type person_type = {.table = "person",
                                        .name = "Person",
                                        .fields = fields,
                                        .n_fields = N_ELEMS(fields),
                                        .check = check};
