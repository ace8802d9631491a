/* SPDX-License-Identifier: AGPL-3.0-or-later
 * domains.h - the list of all domains, for main and for tests of the whole. */
#pragma once
#include "web/web.h"

extern const struct domain *const domains[]; /* NULL-ended, in order of use */

event_fn *const *domain_events(void);            /* subscribers of all domains, NULL-ended */
const struct job_kind *const *domain_jobs(void); /* kinds of work of all domains, NULL-ended */
const struct sealed_table *const *domain_sealed(void); /* what changing a key moves, NULL-ended */
