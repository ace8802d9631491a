/* SPDX-License-Identifier: AGPL-3.0-or-later
 * passkey.c - passkeys: client data, new keys, signatures. */
#include "auth/passkey.h"

#include "auth/encode.h"
#include "text/form.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <string.h>

enum { FLAG_UP = 1 << 0, FLAG_UV = 1 << 2, FLAG_AT = 1 << 6, HEAD_BYTES = 37, FLAGS_AT = 32 };

/* --- client data -------------------------------------------------------------------------- */

static const struct form_pair *member(const struct form *f, const char *key)
{
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->pair[i].key, key) == 0)
            return &f->pair[i];
    return NULL;
}

static const char *string(const struct form *f, const char *key)
{
    const struct form_pair *p = member(f, key);
    return p != NULL && p->kind == FORM_STRING ? p->value : NULL;
}

enum rc passkey_client_data(struct arena *a, struct bytes json, const char *type,
                            struct client_data *ret)
{
    struct form f = {0};
    struct client_data d = {0};
    if (json.len > PASSKEY_DATA_MAX_BYTES)
        return RC_INVALID;
    TRY(form_parse_json(a, (const char *)json.p, json.len, &f));
    const char *is = string(&f, "type"), *challenge = string(&f, "challenge");
    const struct form_pair *cross = member(&f, "crossOrigin");
    bool is_framed = cross != NULL && (cross->kind != FORM_BOOL || strcmp(cross->value, "0") != 0);
    d.origin = string(&f, "origin");
    if (is == NULL || challenge == NULL || d.origin == NULL || strcmp(is, type) != 0 || is_framed ||
        member(&f, "topOrigin") != NULL)
        return RC_INVALID;
    TRY(base64url_parse(a, challenge, &d.challenge));
    *ret = d;
    return RC_OK;
}

/* --- authenticator data --------------------------------------------------------------------- */

static bool is_for(const struct relying_party *rp, struct bytes auth_data, unsigned flags)
{
    return auth_data.len >= HEAD_BYTES && auth_data.len <= PASSKEY_DATA_MAX_BYTES &&
           memcmp(auth_data.p, rp->hash, sizeof(rp->hash)) == 0 &&
           (auth_data.p[FLAGS_AT] & flags) == flags;
}

static void free_cred(fido_cred_t **cred)
{
    fido_cred_free(cred);
}

static void free_assert(fido_assert_t **assert)
{
    fido_assert_free(assert);
}

static struct bytes copy(struct arena *a, const unsigned char *p, size_t n)
{
    unsigned char *to = arena_alloc(a, n + 1);
    if (n > 0)
        memcpy(to, p, n);
    return (struct bytes){to, n};
}

/* libfido2 wants to know the algorithm before it reads the key that says it. */
static enum rc read_as(struct arena *a, int alg, struct bytes auth_data, struct passkey *ret)
{
    CLEANUP(free_cred) fido_cred_t *cred = fido_cred_new();
    if (cred == NULL)
        abort();
    if (fido_cred_set_type(cred, alg) != FIDO_OK ||
        fido_cred_set_authdata_raw(cred, auth_data.p, auth_data.len) != FIDO_OK)
        return RC_INVALID;
    struct passkey k = {.alg = alg,
                        .credential = copy(a, fido_cred_id_ptr(cred), fido_cred_id_len(cred)),
                        .public_key =
                            copy(a, fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred)),
                        .counter = fido_cred_sigcount(cred)};
    if (k.credential.len == 0 || k.credential.len > PASSKEY_ID_MAX_BYTES || k.public_key.len == 0)
        return RC_INVALID;
    *ret = k;
    return RC_OK;
}

enum rc passkey_read(struct arena *a, const struct relying_party *rp, struct bytes auth_data,
                     struct passkey *ret)
{
    static const int algs[] = {COSE_ES256, COSE_EDDSA, COSE_RS256};
    if (!is_for(rp, auth_data, FLAG_UP | FLAG_UV | FLAG_AT))
        return RC_INVALID;
    for (size_t i = 0; i < N_ELEMS(algs); i++)
        if (read_as(a, algs[i], auth_data, ret) == RC_OK)
            return RC_OK;
    return RC_INVALID;
}

/* --- signatures ----------------------------------------------------------------------------- */

static void free_es256(es256_pk_t **pk)
{
    es256_pk_free(pk);
}

static void free_eddsa(eddsa_pk_t **pk)
{
    eddsa_pk_free(pk);
}

static void free_rs256(rs256_pk_t **pk)
{
    rs256_pk_free(pk);
}

static bool is_signed(const fido_assert_t *assert, const struct passkey *key)
{
    CLEANUP(free_es256) es256_pk_t *es256 = es256_pk_new();
    CLEANUP(free_eddsa) eddsa_pk_t *eddsa = eddsa_pk_new();
    CLEANUP(free_rs256) rs256_pk_t *rs256 = rs256_pk_new();
    const struct bytes *pk = &key->public_key;
    const void *usable = NULL;
    if (es256 == NULL || eddsa == NULL || rs256 == NULL)
        abort();
    if (key->alg == COSE_ES256 && es256_pk_from_ptr(es256, pk->p, pk->len) == FIDO_OK)
        usable = es256;
    if (key->alg == COSE_EDDSA && eddsa_pk_from_ptr(eddsa, pk->p, pk->len) == FIDO_OK)
        usable = eddsa;
    if (key->alg == COSE_RS256 && rs256_pk_from_ptr(rs256, pk->p, pk->len) == FIDO_OK)
        usable = rs256;
    return usable != NULL && fido_assert_verify(assert, 0, key->alg, usable) == FIDO_OK;
}

enum rc passkey_check(const struct relying_party *rp, const struct passkey *key,
                      const struct passkey_answer *answer, uint32_t *ret_counter)
{
    const struct bytes *json = &answer->client_data, *data = &answer->auth_data,
                       *sig = &answer->signature;
    if (!is_for(rp, *data, FLAG_UP | FLAG_UV) || json->len > PASSKEY_DATA_MAX_BYTES ||
        sig->len == 0 || sig->len > PASSKEY_DATA_MAX_BYTES)
        return RC_DENIED;
    CLEANUP(free_assert) fido_assert_t *assert = fido_assert_new();
    if (assert == NULL)
        abort();
    if (fido_assert_set_clientdata(assert, json->p, json->len) != FIDO_OK ||
        fido_assert_set_rp(assert, rp->id) != FIDO_OK ||
        fido_assert_set_count(assert, 1) != FIDO_OK ||
        fido_assert_set_authdata_raw(assert, 0, data->p, data->len) != FIDO_OK ||
        fido_assert_set_sig(assert, 0, sig->p, sig->len) != FIDO_OK ||
        fido_assert_set_up(assert, FIDO_OPT_TRUE) != FIDO_OK ||
        fido_assert_set_uv(assert, FIDO_OPT_TRUE) != FIDO_OK || !is_signed(assert, key))
        return RC_DENIED;
    uint32_t counter = fido_assert_sigcount(assert, 0);
    if ((counter != 0 || key->counter != 0) && counter <= key->counter)
        return RC_CONFLICT;
    *ret_counter = counter;
    return RC_OK;
}
