/* SPDX-License-Identifier: AGPL-3.0-or-later
 * router.h - which route a path is; made once from the tables of all domains. */
#pragma once
#include "web/web.h"

enum { ROUTE_MAX_PARAMS = 6, ROUTE_MAX_PATH = 120 };

struct router;
struct match {
    const struct route *route;
    const char *param[ROUTE_MAX_PARAMS];
    struct id id[ROUTE_MAX_PARAMS]; /* unset for {word} */
    int n_params;
};
enum match_result {
    MATCH_ROUTE,
    MATCH_NONE,         /* 404 */
    MATCH_OTHER_METHOD, /* 405; ret->route is the route of the other method */
};

/* RC_INVALID with a sentence in *ret_why: a route without permission, two alike, a bad path.
 * domains: NULL-ended; must outlive the router. */
enum rc router_new(const struct domain *const *domains, struct router **ret,
                   const char **ret_why) MUST_USE;
void router_free(struct router *r);

/* method -1: none that any route has. Texts in ret live in `a`. A literal segment goes before {id},
 * {id} before {word}. */
enum match_result router_find(const struct router *r, struct arena *a, int method, const char *path,
                              struct match *ret);
