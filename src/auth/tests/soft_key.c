/* SPDX-License-Identifier: AGPL-3.0-or-later
 * soft_key.c - an authenticator of the tests. Source: WebAuthn Level 2, 6.1 and 6.5.1; RFC 9053. */
#include "soft_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

void soft_key_make(struct soft_key *k, int alg, unsigned char fill)
{
    *k = (struct soft_key){.alg = alg};
    memset(k->id, fill, sizeof(k->id));
    k->pkey = alg == -7     ? EVP_EC_gen("P-256")
              : alg == -257 ? EVP_RSA_gen(2048)
                            : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(k->pkey != NULL);
}

void soft_key_free(struct soft_key *k)
{
    EVP_PKEY_free(k->pkey);
    k->pkey = NULL;
}

void soft_sha256(struct bytes in, unsigned char ret[32])
{
    must(EVP_Digest(in.p, in.len, ret, NULL, EVP_sha256(), NULL) == 1);
}

static void put(struct buf *b, const void *p, size_t n)
{
    buf_add(b, p, n);
}

#define PUT(b_, ...)                                                                               \
    put((b_), (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__}))

static void put_cose_key(struct buf *b, const struct soft_key *k)
{
    unsigned char p[256];
    size_t n = sizeof(p);
    BIGNUM *bn = NULL;
    if (k->alg == -7) {
        PUT(b, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20);
        must(EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &bn) == 1);
        must(BN_bn2binpad(bn, p, 32) == 32);
        put(b, p, 32);
        PUT(b, 0x22, 0x58, 0x20);
        must(EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &bn) == 1);
        must(BN_bn2binpad(bn, p, 32) == 32);
        put(b, p, 32);
    } else if (k->alg == -8) {
        PUT(b, 0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20);
        must(EVP_PKEY_get_raw_public_key(k->pkey, p, &n) == 1 && n == 32);
        put(b, p, 32);
    } else {
        PUT(b, 0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59, 0x01, 0x00);
        must(EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_RSA_N, &bn) == 1);
        must(BN_bn2binpad(bn, p, 256) == 256);
        put(b, p, 256);
        PUT(b, 0x21, 0x43, 0x01, 0x00, 0x01);
    }
    BN_free(bn);
}

struct bytes soft_data(struct arena *a, const struct soft_key *k, const char *rp_id, unsigned flags,
                       uint32_t counter)
{
    struct buf b;
    unsigned char hash[32];
    buf_init(&b, a, 4096);
    soft_sha256((struct bytes){(const unsigned char *)rp_id, strlen(rp_id)}, hash);
    put(&b, hash, sizeof(hash));
    PUT(&b, (unsigned char)flags, (unsigned char)(counter >> 24), (unsigned char)(counter >> 16),
        (unsigned char)(counter >> 8), (unsigned char)counter);
    if (flags & SOFT_AT) {
        static const unsigned char aaguid[16];
        put(&b, aaguid, sizeof(aaguid));
        PUT(&b, 0, SOFT_ID_BYTES);
        put(&b, k->id, sizeof(k->id));
        put_cose_key(&b, k);
    }
    return (struct bytes){(const unsigned char *)b.s, b.len};
}

struct bytes soft_sign(struct arena *a, const struct soft_key *k, struct bytes auth_data,
                       struct bytes client_data)
{
    struct buf b;
    unsigned char hash[32], *sig = arena_alloc(a, 600);
    size_t n = 600;
    buf_init(&b, a, 8192);
    put(&b, auth_data.p, auth_data.len);
    soft_sha256(client_data, hash);
    put(&b, hash, sizeof(hash));
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(EVP_DigestSignInit(ctx, NULL, k->alg == -8 ? NULL : EVP_sha256(), NULL, k->pkey) == 1);
    must(EVP_DigestSign(ctx, sig, &n, (const unsigned char *)b.s, b.len) == 1);
    EVP_MD_CTX_free(ctx);
    return (struct bytes){sig, n};
}
