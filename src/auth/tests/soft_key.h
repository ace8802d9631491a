/* SPDX-License-Identifier: AGPL-3.0-or-later
 * soft_key.h - an authenticator made of OpenSSL, for tests: keys, authenticator data, signatures.
 */
#pragma once
#include "base/base.h"

enum { SOFT_UP = 1, SOFT_UV = 4, SOFT_AT = 64, SOFT_ID_BYTES = 20 };
struct soft_key {
    void *pkey; /* EVP_PKEY */
    int alg;    /* -7, -8, -257 */
    unsigned char id[SOFT_ID_BYTES];
};
void soft_key_make(struct soft_key *k, int alg, unsigned char fill);
void soft_key_free(struct soft_key *k);
void soft_sha256(struct bytes in, unsigned char ret[32]);
/* Authenticator data; with SOFT_AT the credential too, as create() gives it. */
struct bytes soft_data(struct arena *a, const struct soft_key *k, const char *rp_id, unsigned flags,
                       uint32_t counter);
struct bytes soft_sign(struct arena *a, const struct soft_key *k, struct bytes auth_data,
                       struct bytes client_data);
