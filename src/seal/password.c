/* SPDX-License-Identifier: AGPL-3.0-or-later
 * password.c - Argon2id, keyed with the pepper, behind the gate.
 *
 * Text: $entr1-argon2id$m=65536,t=3$SALT$TAG with m in KiB, base64url without padding, and
 * TAG = BLAKE2b-256(pepper; Argon2id(password, salt)). One lane, as libsodium has it. */
#include "seal/password.h"

#include "seal/seal_private.h"

#include <inttypes.h>
#include <string.h>

enum {
    SALT_BYTES = crypto_pwhash_argon2id_SALTBYTES,
    TAG32 = 32,
    BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING
};

/* Source: measured on small servers (0.15 s); floor after OWASP's password storage cheat sheet. */
struct strength {
    unsigned kib, passes;
};
static const struct strength full = {.kib = 64 * 1024, .passes = 3};
static const struct strength least = {.kib = 19 * 1024, .passes = 2};

struct stored {
    struct strength strength;
    unsigned char salt[SALT_BYTES];
    unsigned char tag[TAG32];
};

static enum rc compute(const struct keyring *k, const char *password, struct stored *s,
                       unsigned char ret_tag[TAG32])
{
    struct gate *gate =
        (struct gate *)&k->passwords; /* its lock is the only thing of k that moves */
    struct key _cleanup_key_ raw;
    TRY(gate_enter(gate));
    int failed =
        crypto_pwhash(raw.b, KEY_BYTES, password, strlen(password), s->salt, s->strength.passes,
                      (size_t)s->strength.kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    gate_leave(gate);
    if (failed != 0) /* no memory now */
        return RC_BUSY;
    crypto_generichash(ret_tag, TAG32, raw.b, KEY_BYTES, k->boot->pepper.b, KEY_BYTES);
    return RC_OK;
}

enum rc password_hash(const struct keyring *k, const char *password, bool fast,
                      char ret[static PASSWORD_HASH_BYTES])
{
    if (strlen(password) > PASSWORD_MAX)
        return RC_INVALID;
    struct stored s = {.strength = fast ? least : full};
    randombytes_buf(s.salt, SALT_BYTES);
    TRY(compute(k, password, &s, s.tag));

    char salt[sodium_base64_ENCODED_LEN(SALT_BYTES, BASE64)];
    char tag[sodium_base64_ENCODED_LEN(TAG32, BASE64)];
    sodium_bin2base64(salt, sizeof(salt), s.salt, SALT_BYTES, BASE64);
    sodium_bin2base64(tag, sizeof(tag), s.tag, TAG32, BASE64);
    int n = snprintf(ret, PASSWORD_HASH_BYTES, "$entr1-argon2id$m=%u,t=%u$%s$%s", s.strength.kib,
                     s.strength.passes, salt, tag);
    return n > 0 && n < PASSWORD_HASH_BYTES ? RC_OK : RC_BROKEN;
}

static bool decode(const char *text, size_t n, unsigned char *ret, size_t size)
{
    size_t len;
    return sodium_base642bin(ret, size, text, n, NULL, &len, NULL, BASE64) == 0 && len == size;
}

/* Bounded on purpose: an altered row must not make the server work for minutes. */
static bool is_within(struct strength s)
{
    return s.kib >= least.kib && s.kib <= full.kib && s.passes >= least.passes &&
           s.passes <= full.passes;
}

static bool parse(const char *hash, struct stored *ret)
{
    int at = 0;
    if (sscanf(hash, "$entr1-argon2id$m=%6u,t=%2u$%n", &ret->strength.kib, &ret->strength.passes,
               &at) != 2 ||
        at == 0 || !is_within(ret->strength))
        return false;
    const char *salt = hash + at, *mid = strchr(salt, '$');
    return mid != NULL && decode(salt, (size_t)(mid - salt), ret->salt, SALT_BYTES) &&
           decode(mid + 1, strlen(mid + 1), ret->tag, TAG32);
}

enum rc password_check(const struct keyring *k, const char *password, const char *hash)
{
    if (strlen(password) > PASSWORD_MAX)
        return RC_DENIED;
    struct stored s = {.strength = full};
    if (hash != NULL && !parse(hash, &s))
        return RC_BROKEN;
    unsigned char tag[TAG32];
    TRY(compute(k, password, &s, tag));
    bool is_same = seal_equal(tag, s.tag, TAG32);
    return hash != NULL && is_same ? RC_OK : RC_DENIED;
}
