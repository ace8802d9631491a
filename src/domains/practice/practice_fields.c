/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice_fields.c - the fields of a practice, its rooms and services, once. */
#include "domains/practice/practice.h"

#include <string.h>

const struct choice modality_choices[MODALITY_N_] = {
    [MODALITY_IN_PERSON] = {"in_person", N_("In person")},
    [MODALITY_VIDEO] = {"video", N_("Video")},
    [MODALITY_PHONE] = {"phone", N_("Phone")},
    [MODALITY_HOME] = {"home", N_("At home")},
};
const struct choice service_kind_choices[SERVICE_KIND_N_] = {
    [SERVICE_INDIVIDUAL] = {"individual", N_("Individual")},
    [SERVICE_COUPLE] = {"couple", N_("Couple")},
    [SERVICE_FAMILY] = {"family", N_("Family")},
    [SERVICE_GROUP] = {"group", N_("Group")},
};

static bool is_upper_code(const char *s, size_t n)
{
    return s != NULL && strlen(s) == n && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

static enum rc practice_check(struct cx *cx, const void *rec)
{
    const struct practice *p = rec;
    enum rc rc = RC_OK;
    if (p->time_zone == NULL || zone_get(p->time_zone) == NULL)
        rc = refuse(cx, RC_INVALID, "time_zone",
                    N_("Choose a time zone of the list, such as Europe/Madrid."));
    if (p->locale == NULL || strcmp(locale_name(locale_get(p->locale)), p->locale) != 0)
        rc = refuse(cx, RC_INVALID, "locale", N_("Choose a language and region of the list."));
    if (!is_upper_code(p->currency, 3))
        rc = refuse(cx, RC_INVALID, "currency",
                    N_("Write the currency as three capital letters, such as EUR."));
    if (is_filled(p->country) && !is_upper_code(p->country, 2))
        rc = refuse(cx, RC_INVALID, "country",
                    N_("Write the country as two capital letters, such as ES."));
    return rc;
}

static const struct field practice_fields[] = {
    TEXT(struct practice, name, N_("Name of the practice"), .seal = SEAL_IDENTITY,
         .flags = REQUIRED, .max = 120),
    TEXT(struct practice, legal_name, N_("Legal name"), .seal = SEAL_IDENTITY, .max = 160,
         .help = N_("As it stands on invoices.")),
    TEXT(struct practice, tax_id, N_("Tax number"), .seal = SEAL_IDENTITY, .max = 30),
    TEXT(struct practice, street, N_("Street and number"), .seal = SEAL_IDENTITY, .max = 160),
    TEXT(struct practice, postal_code, N_("Postal code"), .seal = SEAL_IDENTITY, .max = 16),
    TEXT(struct practice, city, N_("City"), .seal = SEAL_IDENTITY, .max = 80),
    TEXT(struct practice, country, N_("Country"), .seal = SEAL_IDENTITY, .max = 2,
         .help = N_("Two letters, such as ES or GB.")),
    TEXT(struct practice, phone, N_("Phone"), .seal = SEAL_IDENTITY, .flags = PHONE, .max = 40),
    TEXT(struct practice, email, N_("E-mail"), .seal = SEAL_IDENTITY, .flags = EMAIL, .max = 200),
    TEXT(struct practice, bank_account, N_("Bank account"), .seal = SEAL_IDENTITY, .max = 40,
         .help = N_("Printed on invoices for bank transfers.")),
    TEXT(struct practice, time_zone, N_("Time zone"), .flags = REQUIRED, .max = 60),
    TEXT(struct practice, locale, N_("Language and region"), .flags = REQUIRED, .max = 20),
    TEXT(struct practice, currency, N_("Currency"), .flags = REQUIRED, .max = 3),
    BOOL(struct practice, says_patient, N_("Say \"patient\" instead of \"client\"")),
    NOTE(struct practice, exemption_text, N_("Tax exemption text"), .seal = SEAL_IDENTITY,
         .max = 400,
         .help = N_(
             "Stands on each invoice, such as \"Exempt from VAT, art. 20.1.3 of Law 37/1992\".")),
    INT(struct practice, invoice_due_days, N_("Days until an invoice is due"),
        .seal = SEAL_IDENTITY, .max = 365),
    INT(struct practice, note_late_hours, N_("Hours until an unsigned note is late"),
        .seal = SEAL_IDENTITY, .min = 1, .max = 1000),
    INT(struct practice, retention_years, N_("Years a file is kept after treatment"),
        .seal = SEAL_IDENTITY, .max = 100,
        .help = N_(
            "0 stands for 10. Germany asks for 10, Spain for at least 5, France for 20, the United "
            "Kingdom mostly for 7 or 8. Confirm what holds for you.")),
    INT(struct practice, invoice_years, N_("Years an invoice is kept after its year"),
        .seal = SEAL_IDENTITY, .max = 100, .help = N_("0 stands for 10.")),
};
const struct record_type practice_type = {.table = "practice",
                                          .name = "Practice",
                                          .fields = practice_fields,
                                          .n_fields = N_ELEMS(practice_fields),
                                          .check = practice_check};

static const struct field room_fields[] = {
    TEXT(struct room, name, N_("Name"), .flags = REQUIRED, .max = 60),
    INT(struct room, capacity, N_("Places"), .min = 1, .max = 200),
    INT(struct room, position, N_("Order in lists"), .max = 10000),
    BOOL(struct room, is_active, N_("In use")),
};
const struct record_type room_type = {
    .table = "room", .name = "Room", .fields = room_fields, .n_fields = N_ELEMS(room_fields)};

static const struct field service_fields[] = {
    TEXT(struct service, code, N_("Code"), .flags = REQUIRED, .max = 20),
    TEXT(struct service, name, N_("Name"), .flags = REQUIRED, .max = 100),
    INT(struct service, duration_min, N_("Minutes"), .flags = REQUIRED, .min = 5, .max = 1440),
    CHOICE(struct service, modality, modality_choices, N_("Modality")),
    CHOICE(struct service, kind, service_kind_choices, N_("Kind")),
    CENTS(struct service, fee_cents, N_("Fee"), .max = 10000000),
    INT(struct service, position, N_("Order in lists"), .max = 10000),
    BOOL(struct service, is_active, N_("Offered")),
};
const struct record_type service_type = {.table = "service",
                                         .name = "Service",
                                         .fields = service_fields,
                                         .n_fields = N_ELEMS(service_fields)};
