/* SPDX-License-Identifier: AGPL-3.0-or-later
 * template.h - what compiled templates call besides text/html.h (tools/tplc.py). */
#pragma once
#include "base/id.h"
#include "text/html_put.h"

const char *static_url(const char *name); /* as in web.h */

static inline bool template_has_int(int64_t v)
{
    return v != 0;
}
static inline bool template_has_pointer(const void *p)
{
    return p != NULL;
}

/* {{#if x}}: text that is not empty, a number that is not 0, an id that is set, a pointer that is
 * not NULL. */
#define template_has(v_)                                                                           \
    _Generic((v_), const char *: is_filled, char *: is_filled,                    \
             struct id: id_is_set, bool: template_has_int, int: template_has_int,           \
             unsigned: template_has_int, int64_t: template_has_int, size_t: template_has_int,     \
             default: template_has_pointer)(v_)

/* Text as a part of a URL: everything but A-Z a-z 0-9 - . _ ~ as %XX. */
void template_url_part(struct html h, const char *s);
#define html_put_part(h_, v_)                                                                      \
    _Generic((v_), const char *: template_url_part, char *: template_url_part, int64_t: html_int, \
             int: html_int, struct id: html_id)(h_, v_)
