/* SPDX-License-Identifier: AGPL-3.0-or-later
 * passkey.h - what a browser's authenticator says, believed only when it is signed (libfido2).
 *
 * The caller keeps challenges (single use, short life), credentials and counters; here is what can
 * be decided from the bytes alone. Source: W3C Web Authentication Level 2, 7.1 and 7.2.
 * Accepted: ES256, EdDSA, RS256; the person present and verified (UP and UV). Attestation is not
 * asked for, so a new key is believed because of the session that brings it. */
#pragma once
#include "base/base.h"

enum {
    PASSKEY_DATA_MAX_BYTES = 4096, /* of each part a browser sends */
    PASSKEY_ID_MAX_BYTES = 1023,
};

/* To whom a key speaks: the name, and its SHA-256. */
struct relying_party {
    const char *id; /* "practice.example.org" */
    unsigned char hash[32];
};

/* collectedClientData, read strictly. */
struct client_data {
    struct bytes challenge;
    const char *origin; /* "https://practice.example.org" */
};
/* In:     type  "webauthn.create" or "webauthn.get"
 * Errors: RC_INVALID  not JSON, another type, a member missing or of another kind, or made in a
 *         frame of another site (crossOrigin, topOrigin) */
enum rc passkey_client_data(struct arena *a, struct bytes json, const char *type,
                            struct client_data *ret) MUST_USE;

struct passkey {
    int alg; /* COSE: -7, -8, -257 */
    struct bytes credential, public_key;
    uint32_t counter; /* 0: this authenticator does not count */
};
/* A new key: the authenticator data of navigator.credentials.create().
 * Errors: RC_INVALID malformed, for another site, without the person verified, another algorithm */
enum rc passkey_read(struct arena *a, const struct relying_party *rp, struct bytes auth_data,
                     struct passkey *ret) MUST_USE;

/* What navigator.credentials.get() gave. */
struct passkey_answer {
    struct bytes client_data, auth_data, signature;
};
/* Was this signed by the key, for this site, with the person verified, and later than all before?
 * Out:    ret_counter  to be stored before anything is opened.
 * Errors: RC_DENIED    it was not
 *         RC_CONFLICT  it was, but the counter went back: the key may have been copied */
enum rc passkey_check(const struct relying_party *rp, const struct passkey *key,
                      const struct passkey_answer *answer, uint32_t *ret_counter) MUST_USE;
