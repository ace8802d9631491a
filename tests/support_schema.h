/* SPDX-License-Identifier: AGPL-3.0-or-later
 * support_schema.h - does an answer keep the schema that the API document promises? */
#pragma once
#include "web/web.h"

/* Fails the test with the place of the first difference. */
void schema_check(struct arena *a, const struct shape *s, const char *target, struct bytes body);
/* The GET route that serves this target, by the tables alone; NULL: none. */
const struct route *schema_route(const struct domain *const *domains, enum method method,
                                 const char *target);
