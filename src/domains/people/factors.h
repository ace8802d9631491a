/* SPDX-License-Identifier: AGPL-3.0-or-later
 * factors.h - second factors: one-time codes, recovery codes, passkeys. Private to this folder.
 *
 * What is kept is sealed under the practice's operational key (secrets, public keys) or hashed
 * (recovery codes). Any change of them puts the account's stamp up, which ends its other sessions
 * and tokens; the caller renews its own with session_renew(). */
#pragma once
#include "auth/passkey.h"
#include "auth/totp.h"
#include "domains/people/people.h"

struct factors {
    bool has_totp;
    int n_passkeys, n_codes;
};
enum rc factors_of(struct cx *cx, int64_t practice, struct id person, struct factors *ret) MUST_USE;

/* --- one-time codes ------------------------------------------------------------------------- */
/* The secret that this session's enrolment page shows: made of the session's token, so that nothing
 * is stored before a code of it was typed. */
void totp_secret_of(struct cx *cx, const char *token, unsigned char ret[static TOTP_SECRET_BYTES]);
/* Keeps it once `code` shows that an app has it. Errors: RC_INVALID "code". */
enum rc totp_enrol(struct cx *cx, const char *token, const char *code) MUST_USE;
enum rc totp_drop(struct cx *cx) MUST_USE; /* the actor's; never the last factor */

/* --- codes, of an app or of paper ------------------------------------------------------------- */
enum { RECOVERY_CODES = 10 };
/* New ones; those before are worth nothing any more. */
enum rc recovery_make(struct cx *cx, const char *ret[static RECOVERY_CODES]) MUST_USE;
/* Is it the actor's code of now, or one of the paper, which is then used up? Five guesses in five
 * minutes. Errors: RC_INVALID "code". */
enum rc code_use(struct cx *cx, const char *code) MUST_USE;

/* --- passkeys --------------------------------------------------------------------------------- */
enum challenge_use { CHALLENGE_SIGN_IN, CHALLENGE_FACTOR, CHALLENGE_REGISTER };
/* A challenge as base64url: good for five minutes, for this use, and for the actor (to sign in: for
 * anybody). Nothing is stored until it is answered. */
const char *challenge_make(struct cx *cx, enum challenge_use use);

/* As base64url, from the browser's form; any may be NULL. */
struct passkey_sent {
    const char *credential, *client_data, *auth_data, *signature, *user;
};
/* Where the answer must come from. */
struct passkey_site {
    struct relying_party rp;
    bool (*is_origin)(void *arg, const char *origin);
    void *arg;
};
/* Keeps a new key of the actor. Errors: RC_INVALID "passkey". */
enum rc passkey_add(struct cx *cx, const struct passkey_site *site, const struct passkey_sent *s,
                    const char *name) MUST_USE;
/* Who signed? actor set: only one of the actor's keys will do.
 * Errors: RC_INVALID "passkey", one sentence for every cause. */
struct passkey_owner {
    int64_t practice;
    struct id person;
};
enum rc passkey_use(struct cx *cx, const struct passkey_site *site, enum challenge_use use,
                    const struct passkey_sent *s, struct passkey_owner *ret) MUST_USE;
struct passkey_row {
    struct id id;
    const char *name, *credential;
    int64_t created_ms, used_ms;
};
enum rc passkey_list(struct cx *cx, struct id person, struct passkey_row **ret,
                     int *ret_n) MUST_USE;
enum rc passkey_drop(struct cx *cx, struct id id) MUST_USE; /* the actor's; never the last factor */

/* Ends the person's sessions and tokens; see above. */
enum rc stamp_up(struct cx *cx, struct id person) MUST_USE;
