/* SPDX-License-Identifier: AGPL-3.0-or-later
 * password.c - Argon2id, keyed with the pepper, behind the gate.
 *
 * Text: $entr1-argon2id$m=65536,t=3$SALT$TAG with m in KiB, base64url without padding, and
 * TAG = BLAKE2b-256(pepper; Argon2id(password, salt)). One lane, as libsodium has it. */
#include "seal/password.h"

#include "seal/door.h"

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

/* ret_wrap: the key for the person's own key. The tag says nothing of it. */
static enum rc compute(struct keyring *k, const char *password, struct stored *s,
                       unsigned char ret_tag[TAG32], struct key *ret_wrap)
{
    struct key _cleanup_key_ raw;
    TRY(gate_enter(&k->passwords));
    int failed =
        crypto_pwhash(raw.b, KEY_BYTES, password, strlen(password), s->salt, s->strength.passes,
                      (size_t)s->strength.kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    gate_leave(&k->passwords);
    if (failed != 0) /* no memory now */
        return RC_BUSY;
    crypto_generichash(ret_tag, TAG32, raw.b, KEY_BYTES, k->boot->pepper.b, KEY_BYTES);
    derive(&raw, "entr1 wrap own", ret_wrap);
    mix(&k->boot->own, ret_wrap);
    return RC_OK;
}

static enum rc write_hash(const struct stored *s, char ret[static PASSWORD_HASH_BYTES])
{
    char salt[sodium_base64_ENCODED_LEN(SALT_BYTES, BASE64)];
    char tag[sodium_base64_ENCODED_LEN(TAG32, BASE64)];
    sodium_bin2base64(salt, sizeof(salt), s->salt, SALT_BYTES, BASE64);
    sodium_bin2base64(tag, sizeof(tag), s->tag, TAG32, BASE64);
    int n = snprintf(ret, PASSWORD_HASH_BYTES, "$entr1-argon2id$m=%u,t=%u$%s$%s", s->strength.kib,
                     s->strength.passes, salt, tag);
    return n > 0 && n < PASSWORD_HASH_BYTES ? RC_OK : RC_BROKEN;
}

static void own_place(int64_t practice, struct id person, unsigned char ret[WRAP_PLACE_BYTES])
{
    wrap_place(practice, person.s, SEAL_PRIVATE, ret);
}

enum rc password_make(struct keys *k, const struct password_for *who, const char *password,
                      char ret_hash[static PASSWORD_HASH_BYTES], struct seal_person *ret_person)
{
    if (k->ring->door != NULL)
        return door_password_make(k, who, password, ret_hash, ret_person);
    struct key _cleanup_key_ under, box;
    struct opened _cleanup_opened_ o = {{{0}}, {{0}}};
    unsigned char place[WRAP_PLACE_BYTES];
    if (strlen(password) > PASSWORD_MAX)
        return RC_INVALID;
    if (who->keeps_own)
        TRY(session_own(k, who->practice, &o));
    else
        randombytes_buf(o.own.b, KEY_BYTES);
    struct stored s = {.strength = who->fast ? least : full};
    randombytes_buf(s.salt, SALT_BYTES);
    TRY(compute(k->ring, password, &s, s.tag, &under));
    own_place(who->practice, who->person, place);
    wrap_key(&under, place, &o.own, ret_person->own);
    derive(&o.own, "entr1 box", &box);
    crypto_scalarmult_base(ret_person->public_key, box.b);
    vouch_for(k->ring, who->practice, ret_person->public_key, ret_person->public_key + KEY_BYTES);
    return write_hash(&s, ret_hash);
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

/* The grant is the practice's clinical key, for this person's eyes. */
static enum rc open_tier(struct keys *k, const struct password_stored *w, const struct key *under)
{
    struct opened _cleanup_opened_ o = {{{0}}, {{0}}};
    struct key _cleanup_key_ box;
    unsigned char place[WRAP_PLACE_BYTES];
    if (w->own.len != SEAL_WRAPPED_BYTES || w->public_key.len != SEAL_PUBLIC_BYTES)
        return RC_BROKEN;
    own_place(w->practice, w->person, place);
    TRY(unwrap_key(under, place, w->own.p, &o.own));
    derive(&o.own, "entr1 box", &box);
    bool has_grant = w->grant.p != NULL;
    if (has_grant &&
        (w->grant.len != SEAL_GRANT_BYTES ||
         crypto_box_seal_open(o.clinical.b, w->grant.p, BOX_BYTES, w->public_key.p, box.b) != 0))
        return RC_BROKEN;
    session_put(k->ring, k->session, w->practice, &o, has_grant);
    session_confirm(k->ring, &o);
    return RC_OK;
}

static bool has_session(const struct keys *k)
{
    return !sodium_is_zero(k->session, sizeof(k->session));
}

enum rc password_check(struct keys *k, const char *password, const struct password_stored *w)
{
    if (k->ring->door != NULL)
        return door_password_check(k, password, w);
    if (strlen(password) > PASSWORD_MAX)
        return RC_DENIED;
    struct key _cleanup_key_ under;
    struct stored s = {.strength = full};
    bool is_account = w != NULL && w->hash != NULL;
    if (is_account && !parse(w->hash, &s))
        return RC_BROKEN;
    unsigned char tag[TAG32];
    TRY(compute(k->ring, password, &s, tag, &under));
    if (!is_account || !seal_equal(tag, s.tag, TAG32))
        return RC_DENIED;
    return has_session(k) && w->own.p != NULL ? open_tier(k, w, &under) : RC_OK;
}
