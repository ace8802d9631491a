/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pair.c - another clinical key pair in the place of one, by a session that has the present one
 * open. Until it is taken the new secret is where `mine` is: sealed to that session's own key. */
#include "seal/door.h"

#include <string.h>

static void own_box(const struct opened *o, struct key *ret_secret,
                    unsigned char ret_public[static KEY_BYTES])
{
    derive(&o->own, "entr1 box", ret_secret);
    crypto_scalarmult_base(ret_public, ret_secret->b);
}

enum rc seal_pair_make(struct keys *k, int64_t practice, struct seal_pair *ret)
{
    if (k->ring->door != NULL)
        return door_pair_make(k, practice, ret);
    struct opened _cleanup_opened_ o;
    struct practice_key above;
    struct key _cleanup_key_ new, box;
    unsigned char own[KEY_BYTES];
    memset(ret, 0, sizeof(*ret));
    TRY(practice_key_find(k->ring, practice, SEAL_CLINICAL, &above));
    TRY(session_get(k, practice, &o));
    ret->wrapped[0] = ret->former[0] = WRAP_BY_BOX;
    crypto_box_keypair(ret->wrapped + 1, new.b);
    vouch_for(k->ring, practice, ret->wrapped + 1, ret->wrapped + 1 + KEY_BYTES);
    memcpy(ret->former + 1, above.now.public_key.b, KEY_BYTES);
    vouch_for(k->ring, practice, ret->former + 1, ret->former + 1 + KEY_BYTES);
    own_box(&o, &box, own);
    bool ok = crypto_box_seal(ret->former + SEAL_WRAPPED_BYTES, o.clinical.b, KEY_BYTES,
                              ret->wrapped + 1) == 0 &&
              crypto_box_seal(ret->mine, new.b, KEY_BYTES, own) == 0;
    return ok ? RC_OK : RC_BROKEN;
}

/* Whoever asks may have been taken over: it must be a pair that was made here. */
enum rc pair_open(struct keyring *k, int64_t practice, const struct opened *o,
                  const struct seal_pair *pair, struct key *ret)
{
    struct key _cleanup_key_ box;
    unsigned char own[KEY_BYTES], public_key[KEY_BYTES];
    own_box(o, &box, own);
    if (!is_vouched_for(k, practice, pair->wrapped + 1, pair->wrapped + 1 + KEY_BYTES) ||
        crypto_box_seal_open(ret->b, pair->mine, BOX_BYTES, own, box.b) != 0)
        return RC_DENIED;
    crypto_scalarmult_base(public_key, ret->b);
    return seal_equal(public_key, pair->wrapped + 1, KEY_BYTES) ? RC_OK : RC_DENIED;
}

enum rc seal_pair_grant(struct keys *k, int64_t practice, const struct seal_pair *pair,
                        const unsigned char public_key[static SEAL_PUBLIC_BYTES],
                        const unsigned char grant[static SEAL_GRANT_BYTES],
                        unsigned char ret[static SEAL_GRANT_BYTES])
{
    if (k->ring->door != NULL)
        return door_pair_grant(k, practice, pair, public_key, grant, ret);
    struct opened _cleanup_opened_ o;
    struct key _cleanup_key_ new;
    TRY(session_get(k, practice, &o));
    TRY(pair_open(k->ring, practice, &o, pair, &new));
    if (!is_vouched_for(k->ring, practice, public_key, public_key + KEY_BYTES) ||
        !grant_was_made(k->ring, practice, public_key, grant))
        return RC_DENIED;
    return grant_make(k->ring, practice, &new, public_key, ret);
}

enum rc seal_pair_take(struct keys *k, int64_t practice, const struct seal_pair *pair)
{
    if (k->ring->door != NULL)
        return door_pair_take(k, practice, pair);
    struct opened _cleanup_opened_ o;
    struct key _cleanup_key_ new;
    TRY(session_own(k, practice, &o));
    TRY(pair_open(k->ring, practice, &o, pair, &new));
    TRY(seal_practice_load_both(k, practice, SEAL_CLINICAL,
                                (struct bytes){pair->wrapped, sizeof(pair->wrapped)},
                                (struct bytes){pair->former, sizeof(pair->former)}));
    o.clinical = new;
    session_put(k->ring, k->session, practice, &o, true);
    return RC_OK;
}
