/* SPDX-License-Identifier: AGPL-3.0-or-later
 * html.h - the only way to put text into a page.
 *
 * A `struct html` holds markup that is already safe. Plain `const char *` is
 * never markup: every function here that takes one escapes it. There is no
 * function that turns a string into `struct html`. */
#pragma once
#include "base/base.h"
#include "base/id.h"
#include "text/catalogue.h"

struct html {
    struct buf *out;
    const struct catalogue *cat; /* language of the page */
};
void html_markup_(struct html h, const char *literal, size_t n); /* for generated code */
void html_text(struct html h, const char *s); /* element text; NULL writes nothing */
void html_attr(struct html h, const char *s); /* inside "..." */
void html_url(struct html h, const char *s);  /* inside href, src, action: "/x" or "#" */
void html_int(struct html h, int64_t v);
void html_id(struct html h, struct id id);
void html_lines(struct html h, const char *s); /* text with its line breaks, as <br> */
