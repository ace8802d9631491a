/* SPDX-License-Identifier: AGPL-3.0-or-later
 * decode.h - private to interop/: the bytes of a file as UTF-8, and its lines. */
#pragma once
#include "interop/problems.h"

struct text {
    char *s; /* valid UTF-8 without NUL, may be changed; NUL-terminated */
    size_t len;
    const char *encoding; /* "UTF-8", "UTF-16" or "windows-1252" */
};

/* UTF-8 and UTF-16 by their byte order mark; else UTF-8 when most of what is not ASCII is valid
 * UTF-8; else Windows-1252, which any bytes are.
 * Errors: RC_INVALID  the arena has no room; nothing is noted */
enum rc text_decode(struct arena *a, struct bytes file, struct problems *problems,
                    struct text *ret) MUST_USE;

/* --- content lines of vCard and iCalendar -------------------------------- */

/* NAME;params:value, unfolded. Pieces point into the text, which is changed. */
struct line {
    int number;       /* of its first physical line, from 1 */
    const char *text; /* the whole line, NUL-terminated */
    size_t len;
    const char *name; /* without the group "item1."; not NUL-terminated */
    size_t name_len;
    const char *params; /* after the first ';'; not NUL-terminated */
    size_t params_len;
    char *value; /* NUL-terminated */
};

struct line_reader {
    char *at, *end;
    int number;
};

/* False at the end. Lines without a colon are passed over. */
bool line_next(struct line_reader *r, struct line *ret);
bool line_is(const struct line *l, const char *name); /* in any case of letters */

/* The parameter's value in a copy without quotes, or NULL. Bare words of vCard 2.1 are values of
 * TYPE; several values, and several parameters of this name, are joined by commas. */
const char *line_param(struct arena *a, const struct line *l, const char *name);

/* Undoes \n \, \; and \\ in place. */
void text_unescape(char *s);
