/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/clients/clients.h"
#include "domains/people/people.h"
#include "domains/trust/trust.h"
#include "web/web.h"

/* --- incidents --------------------------------------------------------------------- */

struct incident_finding {
    const char *text;
};
struct incident_step_view {
    enum incident_step step;
    int64_t done_ms;
    const char *step_text, *when, *who, *words;
};
struct incident_view {
    struct id id;
    int64_t found_ms, closed_ms, due_ms;
    const char *found, *due, *closed, *closed_by, *reason;
    bool is_open;
    struct incident_finding *findings;
    int n_findings;
    struct incident_step_view *steps;
    int n_steps;
};
struct incidents_view {
    struct page page;
    struct incident_view *incidents;
    int n_incidents;
    bool may_write, has_open;
    struct id open_id;
    struct incident_step_entry entry;
    struct record_form form;
    const char *problem, *reason; /* of going on */
};
void trust_incidents_html(struct html h, const struct incidents_view *v);

extern const struct domain domain_trust;
