/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kit.c - the keys that a recovery kit opens. */
#include "seal/kit.h"

#include "seal/door.h"

#include <string.h>

static void kit_place(int64_t practice, struct id kit, unsigned char ret[static WRAP_PLACE_BYTES])
{
    wrap_place(practice, kit.s, SEAL_NONE, ret);
}

/* What the seed is wrapped by: whoever has the clinical key. */
static void seed_key(const struct opened *o, struct key *ret)
{
    derive(&o->clinical, "entr1 recovery kit seed", ret);
}

void kit_box_key(const struct kit_seed *seed, struct key *ret_secret,
                 unsigned char ret_public[static KEY_BYTES])
{
    struct key _cleanup_key_ whole;
    memcpy(whole.b, seed->b, KEY_BYTES);
    derive(&whole, "entr1 recovery kit", ret_secret);
    crypto_scalarmult_base(ret_public, ret_secret->b);
}

static enum rc put_box(const struct seal_kit *kit, const struct key *what, unsigned char *ret)
{
    return crypto_box_seal(ret, what->b, KEY_BYTES, kit->public_key) == 0 ? RC_OK : RC_BROKEN;
}

enum rc seal_kit_make(struct keys *k, int64_t practice, struct id kit, struct bytes root,
                      struct seal_kit *ret)
{
    if (k->ring->door != NULL)
        return door_kit_make(k, practice, kit, root, ret);
    struct opened _cleanup_opened_ o;
    struct key _cleanup_key_ new, secret, under, top;
    struct kit_seed seed;
    unsigned char place[WRAP_PLACE_BYTES];
    memset(ret, 0, sizeof(*ret));
    TRY(session_get(k, practice, &o));
    if (root.p != NULL)
        TRY(root_open(k->ring, root, &top));
    randombytes_buf(new.b, KEY_BYTES);
    memcpy(seed.b, new.b, KEY_BYTES);
    kit_box_key(&seed, &secret, ret->public_key);
    sodium_memzero(&seed, sizeof(seed));
    seed_key(&o, &under);
    kit_place(practice, kit, place);
    wrap_key(&under, place, &new, ret->seed);
    if (root.p != NULL)
        TRY(put_box(ret, &top, ret->root));
    TRY(put_box(ret, &o.clinical, ret->clinical));
    return put_box(ret, &o.own, ret->own);
}

enum rc seal_kit_seed(struct keys *k, int64_t practice, struct id kit,
                      const unsigned char sealed[static SEAL_WRAPPED_BYTES], struct kit_seed *ret)
{
    if (k->ring->door != NULL)
        return door_kit_seed(k, practice, kit, sealed, ret);
    struct opened _cleanup_opened_ o;
    struct key _cleanup_key_ under, seed;
    unsigned char place[WRAP_PLACE_BYTES];
    TRY(session_get(k, practice, &o));
    seed_key(&o, &under);
    kit_place(practice, kit, place);
    TRY(unwrap_key(&under, place, sealed, &seed));
    memcpy(ret->b, seed.b, KEY_BYTES);
    return RC_OK;
}

enum rc seal_pair_kit(struct keys *k, int64_t practice, const struct seal_pair *pair, struct id id,
                      struct seal_kit *kit)
{
    if (k->ring->door != NULL)
        return door_pair_kit(k, practice, pair, id, kit);
    struct opened _cleanup_opened_ o;
    struct opened _cleanup_opened_ next = {{{0}}, {{0}}};
    struct key _cleanup_key_ under, seed, secret;
    unsigned char place[WRAP_PLACE_BYTES], public_key[KEY_BYTES];
    TRY(session_get(k, practice, &o));
    TRY(pair_open(k->ring, practice, &o, pair, &next.clinical));
    seed_key(&o, &under);
    kit_place(practice, id, place);
    TRY(unwrap_key(&under, place, kit->seed, &seed));
    derive(&seed, "entr1 recovery kit", &secret);
    crypto_scalarmult_base(public_key, secret.b);
    if (!seal_equal(public_key, kit->public_key, KEY_BYTES))
        return RC_BROKEN;
    seed_key(&next, &under);
    wrap_key(&under, place, &seed, kit->seed);
    return put_box(kit, &next.clinical, kit->clinical);
}

static enum rc take_box(const struct kit_seed *seed, const struct seal_kit *kit,
                        const unsigned char box[static KIT_BOX_BYTES], struct key *ret)
{
    struct key _cleanup_key_ secret;
    unsigned char public_key[KEY_BYTES];
    kit_box_key(seed, &secret, public_key);
    if (!seal_equal(public_key, kit->public_key, KEY_BYTES))
        return RC_DENIED;
    return crypto_box_seal_open(ret->b, box, BOX_BYTES, public_key, secret.b) == 0 ? RC_OK
                                                                                   : RC_BROKEN;
}

enum rc seal_kit_open(struct keys *k, int64_t practice, const struct kit_seed *seed,
                      const struct seal_kit *kit, bool with_own)
{
    if (k->ring->door != NULL)
        return door_kit_open(k, practice, seed, kit, with_own);
    struct opened _cleanup_opened_ o;
    TRY(take_box(seed, kit, kit->clinical, &o.clinical));
    if (with_own)
        TRY(take_box(seed, kit, kit->own, &o.own));
    else
        derive(&o.clinical, "entr1 kit's own", &o.own); /* one meter for all of them */
    session_put(k->ring, k->session, practice, &o, true);
    return RC_OK;
}

enum rc seal_kit_root(struct keyring *k, const struct kit_seed *seed, const struct seal_kit *kit,
                      unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    struct key _cleanup_key_ root;
    if (sodium_is_zero(kit->root, sizeof(kit->root)))
        return RC_DENIED;
    TRY(take_box(seed, kit, kit->root, &root));
    root_take(k, &root, ret);
    return RC_OK;
}
