/* SPDX-License-Identifier: AGPL-3.0-or-later
 * guard.h - refuses requests whose meaning is doubtful, before the router and before any body.
 *
 * The HTTP library is lenient; two programs that read one request differently is how requests are
 * smuggled. Pure functions over the head of a request: no socket, no allocation but in the arena.
 * Source: RFC 9112 sections 2.2, 3.2, 5, 6.3, 11; docs/threat-model.md. */
#pragma once
#include "base/base.h"

enum {
    HEAD_MAX_BYTES = 16 * 1024,
    TARGET_MAX_BYTES = 8 * 1024,
    HEAD_MAX_HEADERS = 100,
    CONTENT_LENGTH_MAX_DIGITS = 15,
};

struct header {
    const char *name, *value; /* NUL-terminated */
    size_t n_name, n_value;
};
struct head {
    const char *method;
    const char *target; /* as sent, not decoded */
    bool is_http10;
    bool is_exact;  /* "name: value" lines ended by CRLF, no byte hidden */
    size_t n_bytes; /* of the whole head */
    const struct header *headers;
    int n_headers;
};

/* Why the request is answered 400 and the connection closed (constant text, for the log), or NULL
 */
const char *guard_refuses(const struct head *h);

/* The decoded path and the query (not decoded, "" without) of a target that the guard let pass. */
void guard_split(struct arena *a, const char *target, const char **ret_path,
                 const char **ret_query);

const char *head_get(const struct head *h, const char *name); /* first value, or NULL */
bool head_accepts_gzip(const struct head *h); /* names it, and not with the weight 0 */
bool head_has_body(const struct head *h);
int64_t head_content_length(const struct head *h); /* -1: chunked */
