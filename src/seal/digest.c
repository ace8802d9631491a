/* SPDX-License-Identifier: AGPL-3.0-or-later
 * digest.c - hashes, keyed hashes, random bytes and tokens. */
#include "seal/door.h"

#include <string.h>

/* The purpose is a part of what is hashed, with its length, so that two purposes never meet. */
static void keyed(const struct key *key, const char *purpose, struct bytes in,
                  unsigned char ret[32])
{
    crypto_generichash_state st;
    size_t len = strlen(purpose);
    unsigned char len_byte = (unsigned char)(len < 255 ? len : 255);
    crypto_generichash_init(&st, key->b, KEY_BYTES, 32);
    crypto_generichash_update(&st, &len_byte, 1);
    crypto_generichash_update(&st, (const unsigned char *)purpose, len_byte);
    crypto_generichash_update(&st, in.p, in.len);
    crypto_generichash_final(&st, ret, 32);
    sodium_memzero(&st, sizeof(st));
}

enum rc seal_index(const struct keys *k, const char *purpose, struct bytes value,
                   unsigned char ret[static 32])
{
    if (k->ring->door != NULL)
        return door_index(k, purpose, value, ret);
    keyed(&k->ring->boot->index, purpose, value, ret);
    return RC_OK;
}

void seal_mac(const char *token, const char *purpose, struct bytes in, unsigned char ret[static 32])
{
    struct key _cleanup_key_ key;
    crypto_generichash(key.b, KEY_BYTES, (const unsigned char *)token, strlen(token), NULL, 0);
    keyed(&key, purpose, in, ret);
}

void seal_hash(struct bytes in, unsigned char ret[static 32])
{
    crypto_generichash(ret, 32, in.p, in.len, NULL, 0);
}

void seal_sha256(struct bytes in, unsigned char ret[static 32])
{
    crypto_hash_sha256(ret, in.p, in.len);
}

_Static_assert(sizeof(struct seal_sha256) == sizeof(crypto_hash_sha256_state), "room for it");

void seal_sha256_begin(struct seal_sha256 *h)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)h);
}

void seal_sha256_add(struct seal_sha256 *h, struct bytes b)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)h, b.p, b.len);
}

void seal_sha256_end(struct seal_sha256 *h, unsigned char ret[static 32])
{
    crypto_hash_sha256_final((crypto_hash_sha256_state *)h, ret);
}

void seal_random(void *p, size_t n)
{
    randombytes_buf(p, n);
}

void seal_token(char ret[static 44])
{
    struct key _cleanup_key_ secret;
    randombytes_buf(secret.b, sizeof(secret.b));
    sodium_bin2base64(ret, 44, secret.b, sizeof(secret.b),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool seal_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}
