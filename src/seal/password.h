/* SPDX-License-Identifier: AGPL-3.0-or-later
 * password.h - Argon2id, off the socket threads and bounded.
 *
 * At most two hashes run at a time (128 MiB), at most 32 wait; the next gets RC_BUSY. */
#pragma once
#include "seal/seal.h"

enum { PASSWORD_HASH_BYTES = 160, PASSWORD_MIN = 12, PASSWORD_MAX = 200 };

/* fast: the floor parameters (t=2, m=19 MiB), for the demo practice and tests; otherwise t=3, m=64
 * MiB. The result is text, keyed with a pepper from the boot key, so a stolen table cannot be
 * attacked alone. */
enum rc password_hash(const struct keyring *k, const char *password, bool fast,
                      char ret[static PASSWORD_HASH_BYTES]) MUST_USE;
/* hash NULL: computes against a dummy at full strength, so an unknown account takes as long.
 * Errors: RC_DENIED does not match; RC_BUSY too many wait; RC_BROKEN the stored hash is damaged. */
enum rc password_check(const struct keyring *k, const char *password, const char *hash) MUST_USE;
/* A sentence (msgid) why the password is too weak, or NULL. words: names that must not be the
 * password (NULL-ended). */
const char *password_weakness(const char *password, const char *const *words);
