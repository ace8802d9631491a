/* SPDX-License-Identifier: AGPL-3.0-or-later
 * form.h - what a browser or a program sent, as pairs: one shape for query strings,
 * urlencoded and multipart bodies and JSON objects.
 *
 * JSON (jansson, owned here) is flattened: {"tasks":[{"title":"x"}]} gives "tasks.0.title" = "x",
 * the same keys that HTML forms use (a member's name has no dot). null is "", true is "1", false
 * is "0"; an empty array or object is "" under its own key ("tasks" = ""), so that one can see it
 * was sent. What it was in JSON stays with the pair: true is not the number 1. */
#pragma once
#include "base/base.h"

enum { FORM_MAX_PAIRS = 2000, FORM_MAX_DEPTH = 6, FORM_MAX_KEY = 100 };

enum form_kind {
    FORM_WORDS, /* of a query or a browser's form, where all is text */
    FORM_STRING,
    FORM_NUMBER,
    FORM_BOOL,
    FORM_NULL,
    FORM_EMPTY, /* an array or object without members */
};
struct form_pair {
    const char *key, *value; /* valid UTF-8, no NUL inside; arena */
    enum form_kind kind;
};
struct form_file { /* an uploaded part with a file name */
    const char *key, *name, *type;
    struct bytes data; /* points into the body that was parsed; not checked for UTF-8 */
};
struct form {
    struct form_pair *pair;
    int n, cap;
    struct form_file *file;
    int n_files, cap_files;
    bool is_json; /* values are canonical: cents as integers, dates as ISO */
};

/* All return RC_INVALID for malformed input (bad %, bad UTF-8, NUL, nesting, too many pairs, long
 * or empty keys, duplicate JSON keys). */
enum rc form_parse_urlencoded(struct arena *a, const char *s, size_t n, struct form *ret) MUST_USE;
enum rc form_parse_json(struct arena *a, const char *s, size_t n, struct form *ret) MUST_USE;
enum rc form_parse_multipart(struct arena *a, const char *content_type, const char *s, size_t n,
                             struct form *ret) MUST_USE;

const char *form_get(const struct form *f, const char *key); /* first value, or NULL */
bool form_has(const struct form *f, const char *key);        /* sent at all */
const struct form_file *form_file(const struct form *f, const char *key);
/* How many rows "prefix.0.", "prefix.1." ... were sent (highest index + 1, at most max). */
int form_rows(const struct form *f, const char *prefix, int max);
/* The pairs of row i with the prefix taken off, as a form of their own. */
struct form form_row(struct arena *a, const struct form *f, const char *prefix, int i);
void form_add(struct arena *a, struct form *f, const char *key, const char *value);
void form_add_pair(struct arena *a, struct form *f, struct form_pair p);

/* Checks that s is well-formed JSON; for tests of answers. */
bool json_is_valid(const char *s, size_t n);
