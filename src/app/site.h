/* SPDX-License-Identifier: AGPL-3.0-or-later
 * site.h - under which address browsers reach the practice, and which Host and Origin fit it.
 *
 * Without a public address only names of this computer are served: a page of another site that
 * points its own name at 127.0.0.1 (DNS rebinding) still sends that name as Host. */
#pragma once
#include "base/base.h"

struct site {
    /* "practice.example.org", with its port unless the scheme's own; NULL: this computer */
    const char *host;
    bool is_https;
};

/* "https://HOST[:PORT]", or http:// with a name of this computer. NULL, or why not. url NULL: none.
 */
const char *site_parse(struct arena *a, const char *url, struct site *ret);
bool site_is_loopback(const char *host); /* 127.x.x.x, [::1] or localhost, with any port or none */
bool site_serves(const struct site *s, const char *host); /* a Host header; NULL is none */
/* The name without port, in small letters; NULL when it is a number (127.0.0.1, [::1]): passkeys
 * are made for names alone. host: of the request, which is served. */
const char *site_name(struct arena *a, const struct site *s, const char *host);
/* Is an Origin header the site itself? host: of the same request, which is served. */
bool site_is_origin(const struct site *s, const char *origin, const char *host);
