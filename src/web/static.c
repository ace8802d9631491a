/* SPDX-License-Identifier: AGPL-3.0-or-later
 * static.c - finds embedded files by name and by URL. */
#include "web/static.h"

#include "web/web.h"

#include <string.h>

static int compare_name(const void *name, const void *row)
{
    return strcmp(name, ((const struct embedded_static *)row)->name);
}

const char *static_url(const char *name)
{
    const struct embedded_static *s =
        bsearch(name, embedded_statics, (size_t)n_embedded_statics, sizeof(*s), compare_name);
    return s != NULL ? s->url : STATIC_PREFIX "missing";
}

const struct embedded_static *static_at(const char *path)
{
    for (int i = 0; i < n_embedded_statics; i++)
        if (strcmp(path, embedded_statics[i].url) == 0)
            return &embedded_statics[i];
    return NULL;
}
