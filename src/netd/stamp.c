/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stamp.c - a time stamp of RFC 3161: asked for, and checked before anybody keeps it. */
#include "netd/netd_private.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ts.h>

enum { REQUEST_MAX = 512, DIGEST_BYTES = 32, NONCE_BYTES = 8 };

static void free_request(TS_REQ **r)
{
    TS_REQ_free(*r);
}

static bool set_imprint(TS_REQ *r, struct bytes text)
{
    unsigned char digest[DIGEST_BYTES];
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    bool is_good = imprint != NULL && algorithm != NULL &&
                   EVP_Digest(text.p, text.len, digest, NULL, EVP_sha256(), NULL) == 1 &&
                   X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
                   TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                   TS_MSG_IMPRINT_set_msg(imprint, digest, sizeof(digest)) == 1 &&
                   TS_REQ_set_msg_imprint(r, imprint) == 1; /* all of these copy */
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return is_good;
}

static bool set_nonce(TS_REQ *r)
{
    unsigned char random[NONCE_BYTES];
    if (RAND_bytes(random, sizeof(random)) != 1)
        return false;
    random[0] |= 1; /* no zeros in front: some authorities give back fewer bytes */
    BIGNUM *n = BN_bin2bn(random, sizeof(random), NULL);
    ASN1_INTEGER *nonce = n != NULL ? BN_to_ASN1_INTEGER(n, NULL) : NULL;
    bool is_good = nonce != NULL && TS_REQ_set_nonce(r, nonce) == 1;
    ASN1_INTEGER_free(nonce);
    BN_free(n);
    return is_good;
}

/* Of our digest, with our nonce, signed by a certificate for time stamps that the store trusts. */
static bool is_stamp(const struct caller *c, TS_REQ *request, struct bytes der)
{
    const unsigned char *p = der.p;
    TS_RESP *answer = d2i_TS_RESP(NULL, &p, (long)der.len);
    TS_VERIFY_CTX *check = TS_REQ_to_TS_VERIFY_CTX(request, NULL);
    X509_STORE *store = X509_STORE_new();
    bool is_loaded = store != NULL && (c->c.time_stamp_ca != NULL
                                           ? X509_STORE_load_file(store, c->c.time_stamp_ca) == 1
                                           : X509_STORE_set_default_paths(store) == 1);
    bool is_good = false;
    if (check != NULL) {
        TS_VERIFY_CTX_add_flags(check, TS_VFY_SIGNATURE);
        TS_VERIFY_CTX_set_store(check, store); /* which it owns from now on */
        is_good = answer != NULL && is_loaded && p == der.p + der.len &&
                  TS_RESP_verify_response(check, answer) == 1;
        TS_VERIFY_CTX_free(check);
    } else {
        X509_STORE_free(store);
    }
    TS_RESP_free(answer);
    return is_good;
}

enum netd_fault stamp(struct caller *c, struct bytes text, struct message *ret)
{
    unsigned char der[REQUEST_MAX], *p = der;
    if (c->c.time_stamp_url == NULL)
        return NETD_NOT_SET_UP;
    CLEANUP(free_request) TS_REQ *request = TS_REQ_new();
    bool is_made = request != NULL && TS_REQ_set_version(request, 1) == 1 &&
                   set_imprint(request, text) && set_nonce(request) &&
                   TS_REQ_set_cert_req(request, 1) == 1;
    int n = is_made ? i2d_TS_REQ(request, NULL) : 0;
    if (n <= 0 || n > REQUEST_MAX || i2d_TS_REQ(request, &p) != n)
        return NETD_BAD_ANSWER;
    enum netd_fault f = post(c, c->c.time_stamp_url, "application/timestamp-query",
                             (struct bytes){der, (size_t)n}, ret);
    if (f == NETD_OK && !is_stamp(c, request, ret->s[0])) {
        ret->s[0] = (struct bytes){0};
        f = NETD_BAD_ANSWER;
    }
    return f;
}
