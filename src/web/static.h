/* SPDX-License-Identifier: AGPL-3.0-or-later
 * static.h - files that are part of the program: style, scripts, icons, fonts.
 *
 * Their URLs hold a hash of the content and are served as immutable. embedded_statics comes from
 * tools/embed_static.py (ui/); programs linked without it have none (static_none.c). */
#pragma once
#include "base/base.h"

struct embedded_static {
    const char *name; /* "app.css" */
    const char *url;  /* "/static/app.1a2b3c4d.css" */
    const char *type;
    struct bytes data, gzip; /* gzip.p NULL: not worth it */
};
extern const struct embedded_static embedded_statics[]; /* by name */
extern const int n_embedded_statics;

#define STATIC_PREFIX "/static/"
const struct embedded_static *static_at(const char *path); /* by URL path, or NULL */
