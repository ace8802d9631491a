/* SPDX-License-Identifier: AGPL-3.0-or-later
 * access_fields.c - the fields of what is asked and said here, once. */
#include "domains/access/access.h"

const struct choice team_role_choices[TEAM_ROLE_N_] = {
    [TEAM_CO_THERAPIST] = {"co_therapist", N_("Co-therapist")},
    [TEAM_SUBSTITUTE] = {"substitute", N_("Substitute")},
    [TEAM_SUPERVISOR] = {"supervisor", N_("Supervisor")},
};
const struct choice emergency_finding_choices[FINDING_N_] = {
    [FINDING_NONE] = {"none", N_("Not reviewed yet")},
    [FINDING_JUSTIFIED] = {"justified", N_("Justified")},
    [FINDING_NOT] = {"not_justified", N_("Not justified")},
};

static const struct field member_fields[] = {
    IDREF(struct team_member, person, N_("Person"), .flags = REQUIRED),
    CHOICE(struct team_member, role, team_role_choices, N_("Role in the team"), .flags = REQUIRED),
    DATE(struct team_member, until, N_("Until"),
         .help = N_("The last day. A supervisor needs one; others may leave it empty.")),
    BOOL(struct team_member, is_unmasked, N_("A supervisor may see the name")),
};
const struct record_type team_member_type = {.table = "client_team",
                                             .name = "TeamMember",
                                             .fields = member_fields,
                                             .n_fields = N_ELEMS(member_fields)};

static const struct field wall_fields[] = {
    NOTE(struct wall, reason, N_("Reason"), .seal = SEAL_IDENTITY, .flags = REQUIRED, .max = 500),
};
const struct record_type wall_type = {.table = "client_wall",
                                      .name = "Wall",
                                      .fields = wall_fields,
                                      .n_fields = N_ELEMS(wall_fields)};

static const struct field ask_fields[] = {
    TEXT(struct emergency_ask, given_name, N_("Given name"), .flags = REQUIRED, .max = 80),
    TEXT(struct emergency_ask, family_name, N_("Family name"), .flags = REQUIRED, .max = 80),
    DATE(struct emergency_ask, birth_date, N_("Date of birth")),
    TEXT(struct emergency_ask, contact, N_("Telephone number or e-mail address"), .max = 200,
         .help = N_("Where the file has no date of birth: one of those that stand in it.")),
    CHOICE(struct emergency_ask, reason, emergency_reason_choices, N_("Reason"), .flags = REQUIRED),
    NOTE(struct emergency_ask, words, N_("What happened"), .seal = SEAL_IDENTITY, .flags = REQUIRED,
         .max = 1000),
};
const struct record_type emergency_ask_type = {.table = "emergency",
                                               .name = "EmergencyAsk",
                                               .fields = ask_fields,
                                               .n_fields = N_ELEMS(ask_fields)};

static const struct field review_fields[] = {
    CHOICE(struct emergency_review, finding, emergency_finding_choices, N_("Finding"),
           .flags = REQUIRED),
    NOTE(struct emergency_review, words, N_("In words"), .seal = SEAL_IDENTITY, .flags = REQUIRED,
         .max = 1000),
};
const struct record_type emergency_review_type = {.table = "emergency",
                                                  .name = "EmergencyReview",
                                                  .fields = review_fields,
                                                  .n_fields = N_ELEMS(review_fields)};
