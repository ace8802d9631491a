/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust_web.c - routes of the pages about who looked and what was found. */
#include "trust_pages.h"
#include "trust_sql.h"

static const struct form_key close_keys[] = {{"reason", FORM_STRING}, {0}};

/* The same for everybody: nothing of the practice or of anybody stands in it. */
static enum rc words_show(struct req *rq)
{
    struct words_view v = {0};
    page_init(rq, &v.page, N_("How your words are kept"), NAV_NONE);
    return reply_page(rq, RC_OK, NULL, &v, PAGE(trust_words_html));
}

static const struct route routes[] = {
    {GET, "/how-your-words-are-kept", PERM_PUBLIC, NO_BODY, words_show,
     N_("What clients may know of how their words are kept")},
    {GET, "/audit", PERM_AUDIT, NO_BODY, log_show, N_("Who opened and changed what"),
     .discloses = "audit", .answer = &log_shape},
    {GET, "/audit/unusual", PERM_AUDIT, NO_BODY, unusual_show,
     N_("What of the last days is worth a question"), .discloses = "audit",
     .answer = &unusual_shape},
    {GET, "/clients/{id}/audit", PERM_TEAM, NO_BODY, opened_show, N_("Who opened this record"),
     .discloses = "client_audit", .answer = &opened_shape},
    {GET, "/incidents", PERM_SIGNED_IN, NO_BODY, incidents_show,
     N_("What was changed outside of the program"), .discloses = "incidents",
     .answer = &incidents_shape},
    {POST, "/incidents/{id}/steps", PERM_PRACTICE_WRITE, 16 * KiB, incident_step_store,
     N_("Note what was done about an incident"), .takes = &incident_step_type},
    {POST, "/incidents/close", PERM_PRACTICE_WRITE, 16 * KiB, incident_close_do,
     N_("Close an incident with a reason"), .reads = close_keys},
};

static const struct sealed_table sealed_incident = {.name = "incident",
                                                    .class = SEAL_IDENTITY,
                                                    .others = &SQL_INCIDENT_OTHER_KEY,
                                                    .put = &SQL_INCIDENT_RESEAL,
                                                    .is_in_log = true};
static const struct sealed_table sealed_step = {.name = "incident_step",
                                                .class = SEAL_IDENTITY,
                                                .others = &SQL_INCIDENT_STEP_OTHER_KEY,
                                                .put = &SQL_INCIDENT_STEP_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_incident, &sealed_step, NULL};

const struct domain domain_trust = {
    .name = "trust",
    ROUTES(routes),
    .statements = TRUST_STATEMENTS,
    .n_statements = (int)N_ELEMS(TRUST_STATEMENTS),
    .sealed = sealed,
    .check_sealed = trust_check_stored,
};
