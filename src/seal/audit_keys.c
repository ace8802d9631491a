/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_keys.c - the evolving MAC key and the signing key of the audit log. */
#include "seal/audit_keys.h"

#include "seal/seal_private.h"

#include <stdlib.h>
#include <string.h>

enum { STATE_FORMAT = 1, STATE_PLAIN_BYTES = 8 + 32 + KEY_BYTES };
_Static_assert(AUDIT_STATE_BYTES == 1 + NONCE_BYTES + STATE_PLAIN_BYTES + TAG_BYTES, "fits");

struct audit_secrets {
    struct key first, seal, kept, next;
    unsigned char sign[crypto_sign_SECRETKEYBYTES];
};
struct audit_keys {
    struct audit_secrets *s; /* guarded memory */
    unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
};

struct audit_keys *audit_keys_new(const struct keyring *k)
{
    struct audit_keys *a = calloc(1, sizeof(*a));
    if (a == NULL || (a->s = sodium_malloc(sizeof(*a->s))) == NULL)
        abort();
    sodium_memzero(a->s, sizeof(*a->s));
    a->s->first = k->boot->audit_first;
    a->s->seal = k->boot->audit_seal;
    crypto_sign_seed_keypair(a->public_key, a->s->sign, k->boot->audit_sign.b);
    return a;
}

void audit_keys_free(struct audit_keys *k)
{
    if (k == NULL)
        return;
    sodium_free(k->s); /* wipes */
    free(k);
}

/* --- the key that evolves --------------------------------------------------- */

enum rc audit_keys_begin(struct audit_keys *k, const unsigned char log_id[static AUDIT_ID_BYTES])
{
    if (sodium_is_zero(k->s->first.b, KEY_BYTES))
        return RC_DENIED;
    crypto_generichash(k->s->kept.b, KEY_BYTES, log_id, AUDIT_ID_BYTES, k->s->first.b, KEY_BYTES);
    k->s->next = k->s->kept;
    return RC_OK;
}

void audit_keys_mac(struct audit_keys *k, struct bytes record, unsigned char ret[static 32])
{
    struct key _cleanup_key_ old = k->s->next;
    crypto_generichash(ret, 32, record.p, record.len, old.b, KEY_BYTES);
    crypto_generichash(k->s->next.b, KEY_BYTES, old.b, KEY_BYTES, NULL, 0);
}

void audit_keys_keep(struct audit_keys *k)
{
    k->s->kept = k->s->next;
}

void audit_keys_drop(struct audit_keys *k)
{
    k->s->next = k->s->kept;
}

/* --- the key on disk: 0x01 | nonce | n, head, key | tag ------------------------ */

void audit_keys_store(struct audit_keys *k, const unsigned char log_id[static AUDIT_ID_BYTES],
                      int64_t n, const unsigned char head[static 32],
                      unsigned char ret[static AUDIT_STATE_BYTES])
{
    unsigned char plain[STATE_PLAIN_BYTES];
    put_bytes(put_bytes(put_i64(plain, n), head, 32), k->s->kept.b, KEY_BYTES);
    ret[0] = STATE_FORMAT;
    randombytes_buf(ret + 1, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + 1 + NONCE_BYTES, NULL, plain, sizeof(plain),
                                               log_id, AUDIT_ID_BYTES, NULL, ret + 1, k->s->seal.b);
    sodium_memzero(plain, sizeof(plain));
}

enum rc audit_keys_load(struct audit_keys *k, const unsigned char log_id[static AUDIT_ID_BYTES],
                        const unsigned char state[static AUDIT_STATE_BYTES], int64_t *ret_n,
                        unsigned char ret_head[static 32])
{
    unsigned char plain[STATE_PLAIN_BYTES];
    uint64_t n = 0;
    if (state[0] != STATE_FORMAT ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, state + 1 + NONCE_BYTES,
                                                   STATE_PLAIN_BYTES + TAG_BYTES, log_id,
                                                   AUDIT_ID_BYTES, state + 1, k->s->seal.b) != 0)
        return RC_BROKEN;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | plain[i];
    *ret_n = (int64_t)n;
    memcpy(ret_head, plain + 8, 32);
    memcpy(k->s->kept.b, plain + 8 + 32, KEY_BYTES);
    k->s->next = k->s->kept;
    sodium_memzero(plain, sizeof(plain));
    return RC_OK;
}

/* --- signing ------------------------------------------------------------------- */

void audit_keys_sign(const struct audit_keys *k, struct bytes text,
                     unsigned char ret[static AUDIT_SIGNATURE_BYTES])
{
    crypto_sign_detached(ret, NULL, text.p, text.len, k->s->sign);
}

void audit_keys_public(const struct audit_keys *k, unsigned char ret[static 32])
{
    memcpy(ret, k->public_key, 32);
}

bool audit_is_signed(struct bytes text, const unsigned char signature[static AUDIT_SIGNATURE_BYTES],
                     const unsigned char public_key[static 32])
{
    return crypto_sign_verify_detached(signature, text.p, text.len, public_key) == 0;
}

void keyring_forget_first(struct keyring *k)
{
    if (k->door != NULL)
        return; /* who has them does so itself */
    sodium_mprotect_readwrite(k->boot);
    sodium_memzero(&k->boot->audit_first, sizeof(k->boot->audit_first));
    sodium_mprotect_readonly(k->boot);
}

void seal_tree_hash(unsigned char prefix, struct bytes a, struct bytes b,
                    unsigned char ret[static 32])
{
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, &prefix, 1);
    crypto_hash_sha256_update(&st, a.p, a.len);
    crypto_hash_sha256_update(&st, b.p, b.len);
    crypto_hash_sha256_final(&st, ret);
}
