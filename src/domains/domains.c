/* SPDX-License-Identifier: AGPL-3.0-or-later
 * domains.c - all domains of the program, and what they subscribe to and work off. */
#include "domains/domains.h"

#include "domains/access/access_view.h"
#include "domains/agenda/agenda_view.h"
#include "domains/backup/backup_view.h"
#include "domains/billing/billing_view.h"
#include "domains/clients/clients_view.h"
#include "domains/encounters/encounters_view.h"
#include "domains/exports/exports_view.h"
#include "domains/imports/imports_view.h"
#include "domains/keys/keys_view.h"
#include "domains/notes/notes_view.h"
#include "domains/people/people_view.h"
#include "domains/practice/practice_view.h"
#include "domains/retention/retention_view.h"
#include "domains/tasks/tasks_view.h"
#include "domains/today/today_view.h"
#include "domains/trust/trust_view.h"

#include <stdlib.h>

/* In order of use: an event reaches them in this order too. */
const struct domain *const domains[] = {
    &domain_practice,  &domain_people, &domain_clients, &domain_keys,       &domain_agenda,
    &domain_notes,     &domain_tasks,  &domain_billing, &domain_encounters, &domain_access,
    &domain_retention, &domain_today,  &domain_trust,   &domain_imports,    &domain_exports,
    &domain_backup,    NULL,
};

/* Filled before there are threads; a list that no longer fits ends the program at its first start.
 */
enum { EVENTS_MAX = 32, JOBS_MAX = 32, SEALED_MAX = 64 };

static void must_fit(int n, int max)
{
    if (n == max)
        abort();
}

event_fn *const *domain_events(void)
{
    static event_fn *list[EVENTS_MAX + 1];
    for (int i = 0, n = 0; domains[i] != NULL; i++)
        if (domains[i]->on_event != NULL) {
            must_fit(n, EVENTS_MAX);
            list[n++] = domains[i]->on_event;
        }
    return list;
}

const struct job_kind *const *domain_jobs(void)
{
    static const struct job_kind *list[JOBS_MAX + 1];
    for (int i = 0, n = 0; domains[i] != NULL; i++)
        for (int k = 0; domains[i]->jobs != NULL && domains[i]->jobs[k] != NULL; k++) {
            must_fit(n, JOBS_MAX);
            list[n++] = domains[i]->jobs[k];
        }
    return list;
}

const struct sealed_table *const *domain_sealed(void)
{
    static const struct sealed_table *list[SEALED_MAX + 1];
    for (int i = 0, n = 0; domains[i] != NULL; i++)
        for (int k = 0; domains[i]->sealed != NULL && domains[i]->sealed[k] != NULL; k++) {
            must_fit(n, SEALED_MAX);
            list[n++] = domains[i]->sealed[k];
        }
    return list;
}
