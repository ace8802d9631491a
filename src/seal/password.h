/* SPDX-License-Identifier: AGPL-3.0-or-later
 * password.h - Argon2id, off the socket threads and bounded.
 *
 * At most two hashes run at a time (128 MiB), at most 32 wait; the next gets RC_BUSY. */
#pragma once
#include "seal/seal.h"

enum { PASSWORD_HASH_BYTES = 160, PASSWORD_MIN = 12, PASSWORD_MAX = 200 };

/* fast: the floor parameters (t=2, m=19 MiB), for the demo practice and tests; otherwise t=3, m=64
 * MiB. The result is text, keyed with a pepper from the root key, so a stolen table cannot be
 * attacked alone. The same computation wraps the person's own key, new unless keeps_own: then it is
 * the one that k's session has open (RC_DENIED: none). */
struct password_for {
    int64_t practice;
    struct id person;
    bool fast, keeps_own;
};
enum rc password_make(struct keys *k, const struct password_for *who, const char *password,
                      char ret_hash[static PASSWORD_HASH_BYTES],
                      struct seal_person *ret_person) MUST_USE;
/* hash NULL: computes against a dummy at full strength, so an unknown account takes as long.
 * own, grant: as stored; grant.p NULL for those who read nothing clinical. A password that matches
 * opens them in k's session.
 * Errors: RC_DENIED does not match; RC_BUSY too many wait; RC_BROKEN what is stored is damaged. */
struct password_stored {
    int64_t practice;
    struct id person;
    const char *hash;
    struct bytes own, public_key, grant;
};
enum rc password_check(struct keys *k, const char *password,
                       const struct password_stored *stored) MUST_USE;
/* A sentence (msgid) why the password is too weak, or NULL. words: names that must not be the
 * password (NULL-ended). */
const char *password_weakness(const char *password, const char *const *words);
