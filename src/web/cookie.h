/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cookie.h - what the browser kept: the session token, one sentence to show once, and by what
 * we know it again. */
#pragma once
#include "seal/seal.h"

#define COOKIE_SESSION "entracte_s"
#define COOKIE_FLASH "entracte_f"
#define COOKIE_DEVICE "entracte_d"

/* Over HTTPS "__Host-" goes before: such a cookie can only be set by this very host, over HTTPS.
 * Over plain HTTP on loopback a browser would not store it. Source: RFC 6265bis, 4.1.3.2. */
const char *cookie_name(struct arena *a, bool is_https, const char *name);
/* A Set-Cookie header's value; max_age_s 0 takes the cookie away. */
const char *cookie_set(struct arena *a, bool is_https, const char *name, const char *value,
                       int64_t max_age_s);

/* The value of a cookie in a Cookie header (NULL allowed): 1 to 4096 of A-Z a-z 0-9 - _ . % ~,
 * else NULL. A name sent twice with different values gives NULL: it is not ours alone. */
const char *cookie_get(struct arena *a, const char *header, const char *name);

/* A msgid as a value that only this program can have made, for the session of this token alone: a
 * flash of another session, planted by whoever could set a cookie here, is none. Back: NULL when it
 * is not so. */
const char *flash_write(struct arena *a, const char *token, const char *msgid);
const char *flash_read(struct arena *a, const char *token, const char *value);
