/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cookie.h - what the browser kept: the session token, and one sentence to show once. */
#pragma once
#include "seal/seal.h"

/* Over plain HTTP on loopback a __Host- cookie would not be stored, so the name is plain here. */
#define COOKIE_SESSION "entracte_s"
#define COOKIE_FLASH "entracte_f"

/* The value of a cookie in a Cookie header (NULL allowed): 1 to 4096 of A-Z a-z 0-9 - _ . % ~,
 * else NULL. A name sent twice with different values gives NULL: it is not ours alone. */
const char *cookie_get(struct arena *a, const char *header, const char *name);

/* A msgid as a value only this program can have made, and back (NULL when it did not). */
const char *flash_write(struct arena *a, const struct keyring *k, const char *msgid);
const char *flash_read(struct arena *a, const struct keyring *k, const char *value);
