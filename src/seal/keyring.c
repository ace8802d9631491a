/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyring.c - the keys of the process: boot, practices, and a cache of clients' keys. */
#include "seal/seal_private.h"

#include <string.h>

enum { WRAP_FORMAT = 1, FIRST_PRACTICES = 64 };

unsigned char *put_bytes(unsigned char *p, const void *v, size_t n)
{
    memcpy(p, v, n);
    return p + n;
}

unsigned char *put_i64(unsigned char *p, int64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (unsigned char)((uint64_t)v >> (8 * i));
    return p + 8;
}

unsigned char *put_text(unsigned char *p, const char *s, size_t width)
{
    size_t n = strnlen(s, width);
    memcpy(p, s, n);
    memset(p + n, 0, width - n);
    return p + width;
}

static void *secret_alloc(size_t n, size_t size)
{
    void *p = sodium_allocarray(n, size);
    if (p == NULL)
        abort();
    sodium_memzero(p, n * size);
    return p;
}

static void derive(const struct key *from, const char *use, struct key *ret)
{
    crypto_generichash(ret->b, KEY_BYTES, (const unsigned char *)use, strlen(use), from->b,
                       KEY_BYTES);
}

struct keyring *keyring_new(const struct key *boot)
{
    struct keyring *k = calloc(1, sizeof(*k));
    if (k == NULL || sodium_init() < 0)
        abort();
    k->boot = secret_alloc(1, sizeof(*k->boot));
    derive(boot, "entr1 wrap practice", &k->boot->wrap);
    derive(boot, "entr1 index", &k->boot->index);
    derive(boot, "entr1 mac", &k->boot->mac);
    derive(boot, "entr1 password pepper", &k->boot->pepper);
    derive(boot, "entr1 audit first", &k->boot->audit_first);
    derive(boot, "entr1 audit seal", &k->boot->audit_seal);
    derive(boot, "entr1 audit sign", &k->boot->audit_sign);
    sodium_mprotect_readonly(k->boot);

    k->cap_practices = FIRST_PRACTICES;
    k->practices = secret_alloc(k->cap_practices, sizeof(*k->practices));
    pthread_rwlock_init(&k->practices_lock, NULL);
    k->cache = secret_alloc(CACHE_SLOTS, sizeof(*k->cache));
    for (int i = 0; i < CACHE_LOCKS; i++)
        pthread_mutex_init(&k->cache_locks[i], NULL);
    gate_init(&k->passwords);
    return k;
}

struct keyring *keyring_for_tests(void)
{
    if (sodium_init() < 0)
        abort();
    struct key _cleanup_key_ boot;
    randombytes_buf(boot.b, KEY_BYTES);
    return keyring_new(&boot);
}

void keyring_free(struct keyring *k)
{
    if (k == NULL)
        return;
    sodium_free(k->boot); /* wipes, as the next two */
    sodium_free(k->practices);
    sodium_free(k->cache);
    pthread_rwlock_destroy(&k->practices_lock);
    for (int i = 0; i < CACHE_LOCKS; i++)
        pthread_mutex_destroy(&k->cache_locks[i]);
    gate_done(&k->passwords);
    free(k);
}

/* --- wrapped keys: 0x01 | nonce | key | tag -------------------------------- */

/* "entr1" | practice | client | class; a practice's own key has no client. */
static void wrap_place(int64_t practice, const char *client, enum seal_class c,
                       unsigned char ret[static WRAP_PLACE_BYTES])
{
    unsigned char *p = put_bytes(ret, "entr1", 5);
    p = put_i64(p, practice);
    p = put_text(p, client, ID_WIDTH);
    *p = (unsigned char)c;
}

static void wrap(const struct key *under, const unsigned char place[static WRAP_PLACE_BYTES],
                 const struct key *key, unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    ret[0] = WRAP_FORMAT;
    randombytes_buf(ret + 1, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + 1 + NONCE_BYTES, NULL, key->b, KEY_BYTES,
                                               place, WRAP_PLACE_BYTES, NULL, ret + 1, under->b);
}

static enum rc unwrap(const struct key *under, const unsigned char place[static WRAP_PLACE_BYTES],
                      const unsigned char wrapped[static SEAL_WRAPPED_BYTES], struct key *ret)
{
    if (wrapped[0] != WRAP_FORMAT ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(ret->b, NULL, NULL, wrapped + 1 + NONCE_BYTES,
                                                   KEY_BYTES + TAG_BYTES, place, WRAP_PLACE_BYTES,
                                                   wrapped + 1, under->b) != 0)
        return RC_BROKEN;
    return RC_OK;
}

/* --- keys of practices ------------------------------------------------------ */

/* The slot of (practice, class), or the empty one where it belongs. */
static struct practice_key *slot(struct practice_key *table, size_t cap, int64_t practice,
                                 int32_t cls)
{
    uint64_t h = ((uint64_t)practice * SEAL_N_ + (uint64_t)cls) * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (size_t)(h >> 32) & (cap - 1);
    while (table[i].cls != SEAL_NONE && (table[i].practice != practice || table[i].cls != cls))
        i = (i + 1) & (cap - 1);
    return &table[i];
}

static void grow(struct keyring *k)
{
    size_t cap = k->cap_practices * 2;
    struct practice_key *bigger = secret_alloc(cap, sizeof(*bigger));
    for (size_t i = 0; i < k->cap_practices; i++) {
        const struct practice_key *p = &k->practices[i];
        if (p->cls != SEAL_NONE)
            *slot(bigger, cap, p->practice, p->cls) = *p;
    }
    sodium_free(k->practices);
    k->practices = bigger;
    k->cap_practices = cap;
}

static void hold(struct keyring *k, int64_t practice, enum seal_class c, const struct key *key)
{
    struct practice_key held = {.practice = practice, .cls = (int32_t)c};
    struct key id;
    derive(key, "entr1 key id", &id);
    memcpy(held.id, id.b, KEY_ID_BYTES);
    derive(key, "entr1 wrap client", &held.wrap);
    derive(key, "entr1 values", &held.values);

    pthread_rwlock_wrlock(&k->practices_lock);
    if ((k->n_practices + 1) * 2 > k->cap_practices)
        grow(k);
    struct practice_key *to = slot(k->practices, k->cap_practices, practice, (int32_t)c);
    k->n_practices += to->cls == SEAL_NONE;
    *to = held;
    pthread_rwlock_unlock(&k->practices_lock);
    sodium_memzero(&held, sizeof(held));
}

static void practice_key_wipe(struct practice_key *p)
{
    sodium_memzero(p, sizeof(*p));
}
#define _cleanup_practice_key_ CLEANUP(practice_key_wipe)

static enum rc find(struct keyring *k, int64_t practice, enum seal_class c,
                    struct practice_key *ret)
{
    if (c <= SEAL_NONE || c >= SEAL_N_)
        return RC_DENIED;
    pthread_rwlock_rdlock(&k->practices_lock);
    *ret = *slot(k->practices, k->cap_practices, practice, (int32_t)c);
    pthread_rwlock_unlock(&k->practices_lock);
    return ret->cls == SEAL_NONE ? RC_DENIED : RC_OK;
}

enum rc seal_practice_make(struct keyring *k, int64_t practice, enum seal_class c,
                           unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES])
{
    if (c <= SEAL_NONE || c >= SEAL_N_)
        return RC_BROKEN;
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    randombytes_buf(key.b, KEY_BYTES);
    wrap_place(practice, "", c, place);
    wrap(&k->boot->wrap, place, &key, ret_wrapped);
    hold(k, practice, c, &key);
    return RC_OK;
}

enum rc seal_practice_load(struct keyring *k, int64_t practice, enum seal_class c,
                           struct bytes wrapped)
{
    if (c <= SEAL_NONE || c >= SEAL_N_ || wrapped.len != SEAL_WRAPPED_BYTES)
        return RC_BROKEN;
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    wrap_place(practice, "", c, place);
    TRY(unwrap(&k->boot->wrap, place, wrapped.p, &key));
    hold(k, practice, c, &key);
    return RC_OK;
}

/* --- keys of clients --------------------------------------------------------- */

enum rc seal_client_make(struct keyring *k, int64_t practice, struct id client, enum seal_class c,
                         unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES])
{
    if (!id_is_set(client))
        return RC_BROKEN;
    struct practice_key _cleanup_practice_key_ above;
    TRY(find(k, practice, c, &above));
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    randombytes_buf(key.b, KEY_BYTES);
    wrap_place(practice, client.s, c, place);
    wrap(&above.wrap, place, &key, ret_wrapped);
    return RC_OK;
}

/* Wrapped keys begin with a random nonce: it spreads the slots without another hash. */
static size_t cache_index(const unsigned char *wrapped)
{
    return ((size_t)wrapped[1] | (size_t)wrapped[2] << 8) % CACHE_SLOTS;
}

static enum rc client_key(struct keyring *k, const struct key *under,
                          const unsigned char name[static CACHE_NAME_BYTES], struct key *ret)
{
    const unsigned char *wrapped = name + WRAP_PLACE_BYTES;
    size_t i = cache_index(wrapped);
    struct cache_slot *s = &k->cache[i];
    pthread_mutex_t *lock = &k->cache_locks[i % CACHE_LOCKS];

    pthread_mutex_lock(lock);
    bool hit = memcmp(s->name, name, CACHE_NAME_BYTES) == 0;
    if (hit)
        *ret = s->key;
    pthread_mutex_unlock(lock);
    if (hit)
        return RC_OK;

    TRY(unwrap(under, name, wrapped, ret));
    pthread_mutex_lock(lock);
    memcpy(s->name, name, CACHE_NAME_BYTES);
    s->key = *ret;
    pthread_mutex_unlock(lock);
    return RC_OK;
}

enum rc keyring_value_root(struct keyring *k, const struct seal_where *w, struct bytes wrapped,
                           struct key *ret, unsigned char ret_id[static KEY_ID_BYTES])
{
    struct practice_key _cleanup_practice_key_ above;
    TRY(find(k, w->practice, w->cls, &above));
    memcpy(ret_id, above.id, KEY_ID_BYTES);
    if (!id_is_set(w->client)) {
        *ret = above.values;
        return RC_OK;
    }
    if (wrapped.p == NULL)
        return RC_DENIED;
    if (wrapped.len != SEAL_WRAPPED_BYTES)
        return RC_BROKEN;
    unsigned char name[CACHE_NAME_BYTES];
    wrap_place(w->practice, w->client.s, w->cls, name);
    memcpy(name + WRAP_PLACE_BYTES, wrapped.p, SEAL_WRAPPED_BYTES);
    return client_key(k, &above.wrap, name, ret);
}
