/* SPDX-License-Identifier: AGPL-3.0-or-later
 * client_keys.c - one random key per client and class, wrapped twice: by the practice's key, and
 * around that by the epoch's. Old copies of the table are of no use once the epoch is destroyed. */
#include "seal/door.h"

#include <string.h>

enum {
    NONCE_AT = SEAL_CLIENT_KEY_ID_AT + KEY_ID_BYTES,
    OUTER_BYTES = NONCE_AT + NONCE_BYTES + TAG_BYTES,
    INNER_BOX_BYTES = 1 + BOX_BYTES
};
_Static_assert(SEAL_CLIENT_KEY_MAX == OUTER_BYTES + INNER_BOX_BYTES, "a box is the longer one");
_Static_assert((int)INNER_BOX_BYTES > (int)SEAL_WRAPPED_BYTES, "a box is the longer one");

/* The inner wrap: as long as its class has it. */
struct inner {
    unsigned char b[INNER_BOX_BYTES];
    size_t len;
};

static size_t inner_bytes(enum seal_class c)
{
    return c == SEAL_CLINICAL ? INNER_BOX_BYTES : SEAL_WRAPPED_BYTES;
}

static void put_epoch(const struct epoch_key *e, const unsigned char id[static KEY_ID_BYTES],
                      const unsigned char place[static WRAP_PLACE_BYTES], const struct inner *in,
                      unsigned char *ret)
{
    ret[0] = WRAP_BY_EPOCH;
    for (int i = 0; i < 4; i++)
        ret[1 + i] = (unsigned char)((uint64_t)e->epoch >> (8 * i));
    memcpy(ret + SEAL_CLIENT_KEY_ID_AT, id, KEY_ID_BYTES);
    randombytes_buf(ret + NONCE_AT, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE_AT + NONCE_BYTES, NULL, in->b, in->len,
                                               place, WRAP_PLACE_BYTES, NULL, ret + NONCE_AT,
                                               e->key.b);
}

static enum rc take_epoch(struct keyring *k, int64_t practice, enum seal_class c,
                          const unsigned char place[static WRAP_PLACE_BYTES], struct bytes stored,
                          struct inner *ret)
{
    struct epoch_key e;
    ret->len = inner_bytes(c);
    if (stored.len != OUTER_BYTES + ret->len || stored.p[0] != WRAP_BY_EPOCH)
        return RC_BROKEN;
    int64_t epoch = seal_client_epoch(stored);
    if (epoch == 0 || epoch_find(k, practice, epoch, &e) != RC_OK)
        return RC_BROKEN; /* destroyed, or made by another process a moment ago */
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        ret->b, NULL, NULL, stored.p + NONCE_AT + NONCE_BYTES, ret->len + TAG_BYTES, place,
        WRAP_PLACE_BYTES, stored.p + NONCE_AT, e.key.b);
    sodium_memzero(&e, sizeof(e));
    return failed == 0 ? RC_OK : RC_BROKEN;
}

static void wrap_inner(const struct practice_key *above, const unsigned char *place,
                       const struct key *key, struct inner *ret)
{
    ret->len = inner_bytes((enum seal_class)above->cls);
    if (above->cls == SEAL_IDENTITY) {
        wrap_key(&above->now.wrap, place, key, ret->b);
    } else {
        ret->b[0] = WRAP_BY_BOX;
        crypto_box_seal(ret->b + 1, key->b, KEY_BYTES, above->now.public_key.b);
    }
}

enum rc seal_client_make(struct arena *a, struct keys *k, int64_t practice, struct id client,
                         enum seal_class c, struct bytes *ret)
{
    if (k->ring->door != NULL)
        return door_client_make(a, k, practice, client, c, ret);
    struct practice_key _cleanup_practice_key_ above;
    struct epoch_key epoch;
    struct key _cleanup_key_ key;
    struct inner in;
    unsigned char place[WRAP_PLACE_BYTES];
    if (!id_is_set(client) || (c != SEAL_IDENTITY && c != SEAL_CLINICAL))
        return RC_BROKEN;
    TRY(practice_key_find(k->ring, practice, c, &above));
    TRY(epoch_find(k->ring, practice, 0, &epoch));
    randombytes_buf(key.b, KEY_BYTES);
    wrap_place(practice, client.s, c, place);
    wrap_inner(&above, place, &key, &in);
    unsigned char *stored = arena_alloc(a, OUTER_BYTES + in.len);
    put_epoch(&epoch, above.now.id, place, &in, stored);
    sodium_memzero(&epoch, sizeof(epoch));
    *ret = (struct bytes){stored, OUTER_BYTES + in.len};
    return RC_OK;
}

enum rc seal_client_renew(struct arena *a, struct keys *k, int64_t practice, struct id client,
                          enum seal_class c, struct bytes stored, struct bytes *ret)
{
    if (k->ring->door != NULL)
        return door_client_renew(a, k, practice, client, c, stored, ret);
    struct epoch_key epoch;
    struct inner in;
    unsigned char place[WRAP_PLACE_BYTES];
    TRY(epoch_find(k->ring, practice, 0, &epoch));
    if (seal_client_epoch(stored) == epoch.epoch) {
        *ret = stored;
        return RC_OK;
    }
    wrap_place(practice, client.s, c, place);
    TRY(take_epoch(k->ring, practice, c, place, stored, &in));
    unsigned char *renewed = arena_alloc(a, stored.len);
    put_epoch(&epoch, stored.p + SEAL_CLIENT_KEY_ID_AT, place, &in, renewed);
    sodium_memzero(&epoch, sizeof(epoch));
    *ret = (struct bytes){renewed, stored.len};
    return RC_OK;
}

/* --- opening, remembered ---------------------------------------------------------- */

static bool is_id(const struct key_parts *p, const unsigned char id[static KEY_ID_BYTES])
{
    return memcmp(p->id, id, KEY_ID_BYTES) == 0;
}

enum rc pair_secret(const struct practice_key *above, const unsigned char id[static KEY_ID_BYTES],
                    const struct opened *o, struct key *ret, const struct key **ret_public)
{
    if (is_id(&above->now, id)) {
        *ret = o->clinical;
        *ret_public = &above->now.public_key;
        return RC_OK;
    }
    *ret_public = &above->other.public_key;
    bool ok = above->has_other && is_id(&above->other, id) &&
              crypto_box_seal_open(ret->b, above->other.link, BOX_BYTES, above->now.public_key.b,
                                   o->clinical.b) == 0;
    return ok ? RC_OK : RC_BROKEN;
}

static enum rc open_box(const struct practice_key *above,
                        const unsigned char id[static KEY_ID_BYTES], const struct inner *in,
                        const struct opened *o, struct key *ret)
{
    struct key _cleanup_key_ secret;
    const struct key *public_key;
    if (o == NULL)
        return RC_DENIED;
    TRY(pair_secret(above, id, o, &secret, &public_key));
    if (in->b[0] != WRAP_BY_BOX ||
        crypto_box_seal_open(ret->b, in->b + 1, BOX_BYTES, public_key->b, secret.b) != 0)
        return RC_BROKEN;
    return RC_OK;
}

static enum rc unwrap(struct keyring *k, const struct practice_key *above,
                      const unsigned char place[static WRAP_PLACE_BYTES], struct bytes stored,
                      const struct opened *o, struct key *ret)
{
    struct inner in;
    enum seal_class c = (enum seal_class)above->cls;
    TRY(take_epoch(k, above->practice, c, place, stored, &in));
    const unsigned char *id = stored.p + SEAL_CLIENT_KEY_ID_AT;
    if (c == SEAL_CLINICAL)
        return open_box(above, id, &in, o, ret);
    bool is_other = above->has_other && is_id(&above->other, id);
    return unwrap_key(is_other ? &above->other.wrap : &above->now.wrap, place, in.b, ret);
}

/* Stored keys have a random nonce: it spreads the slots without another hash. */
static size_t cache_index(struct bytes stored)
{
    return ((size_t)stored.p[NONCE_AT] | (size_t)stored.p[NONCE_AT + 1] << 8) % CACHE_SLOTS;
}

enum rc client_key(struct keyring *k, const struct practice_key *above, struct id client,
                   struct bytes stored, const struct opened *o, struct key *ret)
{
    unsigned char name[CACHE_NAME_BYTES] = {0};
    if (stored.len < OUTER_BYTES || stored.len > SEAL_CLIENT_KEY_MAX)
        return RC_BROKEN;
    wrap_place(above->practice, client.s, (enum seal_class)above->cls, name);
    memcpy(name + WRAP_PLACE_BYTES, stored.p, stored.len);
    size_t i = cache_index(stored);
    struct cache_slot *s = &k->cache[i];
    pthread_mutex_t *lock = &k->cache_locks[i % CACHE_LOCKS];

    pthread_mutex_lock(lock);
    bool hit = memcmp(s->name, name, CACHE_NAME_BYTES) == 0;
    if (hit)
        *ret = s->key;
    pthread_mutex_unlock(lock);
    if (hit)
        return RC_OK;

    TRY(unwrap(k, above, name, stored, o, ret));
    pthread_mutex_lock(lock);
    memcpy(s->name, name, CACHE_NAME_BYTES);
    s->key = *ret;
    pthread_mutex_unlock(lock);
    return RC_OK;
}

void client_keys_wipe(struct keyring *k, const unsigned char *place)
{
    for (size_t i = 0; i < CACHE_SLOTS; i++) { /* wrapped by any epoch */
        pthread_mutex_t *lock = &k->cache_locks[i % CACHE_LOCKS];
        pthread_mutex_lock(lock);
        if (place == NULL || memcmp(k->cache[i].name, place, WRAP_PLACE_BYTES) == 0)
            sodium_memzero(&k->cache[i], sizeof(k->cache[i]));
        pthread_mutex_unlock(lock);
    }
}

enum rc seal_client_forget(struct keys *k, int64_t practice, struct id client)
{
    unsigned char place[WRAP_PLACE_BYTES];
    if (k->ring->door != NULL)
        return door_client_forget(k, practice, client);
    for (enum seal_class c = SEAL_IDENTITY; c < (enum seal_class)SEAL_KEYS_N_; c++) {
        wrap_place(practice, client.s, c, place);
        client_keys_wipe(k->ring, place);
    }
    return RC_OK;
}

enum rc client_key_move(struct arena *a, struct keys *k, struct seal_item *it)
{
    struct practice_key _cleanup_practice_key_ above;
    struct opened _cleanup_opened_ o;
    struct epoch_key epoch;
    struct key _cleanup_key_ key;
    struct inner in;
    unsigned char place[WRAP_PLACE_BYTES];
    const struct seal_where *w = &it->where;
    TRY(practice_key_find(k->ring, w->practice, w->cls, &above));
    if (it->in.len != OUTER_BYTES + inner_bytes(w->cls))
        return RC_BROKEN;
    it->out = it->in;
    if (is_id(&above.now, it->in.p + SEAL_CLIENT_KEY_ID_AT))
        return RC_OK;
    bool is_clinical = w->cls == SEAL_CLINICAL;
    if (is_clinical)
        TRY(session_get(k, w->practice, &o));
    TRY(epoch_find(k->ring, w->practice, 0, &epoch));
    wrap_place(w->practice, w->client.s, w->cls, place);
    TRY(unwrap(k->ring, &above, place, it->in, is_clinical ? &o : NULL, &key));
    wrap_inner(&above, place, &key, &in);
    unsigned char *stored = arena_alloc(a, OUTER_BYTES + in.len);
    put_epoch(&epoch, above.now.id, place, &in, stored);
    sodium_memzero(&epoch, sizeof(epoch));
    it->out = (struct bytes){stored, OUTER_BYTES + in.len};
    return RC_OK;
}

/* --- which key a value has ----------------------------------------------------------- */

static void id_of(const struct key *key, unsigned char ret[static KEY_ID_BYTES])
{
    struct key id;
    derive(key, "entr1 key id", &id);
    memcpy(ret, id.b, KEY_ID_BYTES);
}

/* What was said is always of a client, whose key stays when the practice's is changed. */
static enum rc clinical_root(struct keys *k, const struct seal_where *w, struct bytes wrapped,
                             const unsigned char *stored_id, struct key *ret,
                             unsigned char ret_id[static KEY_ID_BYTES])
{
    struct practice_key above;
    struct opened _cleanup_opened_ o;
    TRY(practice_key_find(k->ring, w->practice, SEAL_CLINICAL, &above));
    TRY(session_get(k, w->practice, &o));
    memcpy(ret_id, stored_id != NULL ? stored_id : above.now.id, KEY_ID_BYTES);
    if (!id_is_set(w->client))
        return RC_BROKEN;
    if (wrapped.p == NULL)
        return RC_DENIED;
    TRY(session_meter(k, w->practice, w->client));
    TRY(client_key(k->ring, &above, w->client, wrapped, &o, ret));
    if (w->cls == SEAL_PRIVATE) { /* erased with the client, read by the author alone */
        struct key _cleanup_key_ own, both;
        derive(&o.own, "entr1 private", &own);
        crypto_generichash(both.b, KEY_BYTES, ret->b, KEY_BYTES, own.b, KEY_BYTES);
        *ret = both;
        id_of(&own, ret_id);
    }
    return RC_OK;
}

enum rc keyring_value_root(struct keys *k, const struct seal_where *w, struct bytes wrapped,
                           const unsigned char *stored_id, struct key *ret,
                           unsigned char ret_id[static KEY_ID_BYTES])
{
    if (w->cls == SEAL_CLINICAL || w->cls == SEAL_PRIVATE)
        return clinical_root(k, w, wrapped, stored_id, ret, ret_id);
    if (w->cls != SEAL_IDENTITY)
        return RC_DENIED;
    struct practice_key _cleanup_practice_key_ above;
    TRY(practice_key_find(k->ring, w->practice, SEAL_IDENTITY, &above));
    memcpy(ret_id, stored_id != NULL ? stored_id : above.now.id, KEY_ID_BYTES);
    if (!id_is_set(w->client)) {
        bool is_other = above.has_other && is_id(&above.other, ret_id);
        if (!is_other && !is_id(&above.now, ret_id))
            return RC_BROKEN;
        *ret = is_other ? above.other.values : above.now.values;
        return RC_OK;
    }
    if (wrapped.p == NULL)
        return RC_DENIED;
    return client_key(k->ring, &above, w->client, wrapped, NULL, ret);
}
