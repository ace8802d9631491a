/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyring.c - the keys of the process: boot, root, practices, epochs. */
#include "seal/door.h"

#include <string.h>

enum { FIRST_PRACTICES = 64 };

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

void *secret_alloc(size_t n, size_t size)
{
    void *p = sodium_allocarray(n, size);
    if (p == NULL)
        abort();
    sodium_memzero(p, n * size);
    return p;
}

void derive(const struct key *from, const char *use, struct key *ret)
{
    crypto_generichash(ret->b, KEY_BYTES, (const unsigned char *)use, strlen(use), from->b,
                       KEY_BYTES);
}

void mix(const struct key *with, struct key *key)
{
    struct key _cleanup_key_ both;
    crypto_generichash(both.b, KEY_BYTES, key->b, KEY_BYTES, with->b, KEY_BYTES);
    *key = both;
}

void vouch_for(const struct keyring *k, int64_t practice,
               const unsigned char public_key[static KEY_BYTES],
               unsigned char ret[static VOUCH_BYTES])
{
    unsigned char text[8 + KEY_BYTES];
    put_bytes(put_i64(text, practice), public_key, KEY_BYTES);
    crypto_generichash(ret, VOUCH_BYTES, text, sizeof(text), k->boot->vouch.b, KEY_BYTES);
}

bool is_vouched_for(const struct keyring *k, int64_t practice,
                    const unsigned char public_key[static KEY_BYTES],
                    const unsigned char vouch[static VOUCH_BYTES])
{
    unsigned char want[VOUCH_BYTES];
    vouch_for(k, practice, public_key, want);
    return seal_equal(want, vouch, VOUCH_BYTES);
}

struct keyring *keyring_new(const struct key *boot)
{
    struct keyring *k = calloc(1, sizeof(*k));
    if (k == NULL || sodium_init() < 0)
        abort();
    k->boot = secret_alloc(1, sizeof(*k->boot));
    derive(boot, "entr1 wrap root", &k->boot->root);
    sodium_mprotect_readonly(k->boot);

    k->cap_practices = k->cap_epochs = FIRST_PRACTICES;
    k->practices = secret_alloc(k->cap_practices, sizeof(*k->practices));
    k->epochs = secret_alloc(k->cap_epochs, sizeof(*k->epochs));
    pthread_rwlock_init(&k->practices_lock, NULL);
    k->cache = secret_alloc(CACHE_SLOTS, sizeof(*k->cache));
    for (int i = 0; i < CACHE_LOCKS; i++)
        pthread_mutex_init(&k->cache_locks[i], NULL);
    sessions_init(&k->sessions);
    gate_init(&k->passwords);
    return k;
}

struct keyring *keyring_behind(struct door *d)
{
    struct keyring *k = calloc(1, sizeof(*k));
    if (k == NULL || sodium_init() < 0)
        abort();
    k->door = d;
    return k;
}

struct door *keyring_door(const struct keyring *k)
{
    return k->door;
}

struct keyring *keyring_for_tests(void)
{
    if (sodium_init() < 0)
        abort();
    unsigned char root[SEAL_WRAPPED_BYTES];
    struct key _cleanup_key_ boot;
    randombytes_buf(boot.b, KEY_BYTES);
    struct keyring *k = keyring_new(&boot);
    if (seal_root_make(k, root) != RC_OK)
        abort();
    keyring_keep_open(k);
    return k;
}

void keyring_free(struct keyring *k)
{
    if (k == NULL)
        return;
    if (k->door != NULL) {
        door_free(k->door);
        free(k);
        return;
    }
    sodium_free(k->boot); /* wipes, as the next ones */
    sodium_free(k->practices);
    sodium_free(k->epochs);
    sodium_free(k->cache);
    sessions_done(&k->sessions);
    pthread_rwlock_destroy(&k->practices_lock);
    for (int i = 0; i < CACHE_LOCKS; i++)
        pthread_mutex_destroy(&k->cache_locks[i]);
    gate_done(&k->passwords);
    free(k);
}

struct keys *keys_new(struct arena *a, struct keyring *ring)
{
    struct keys *k = arena_new(a, struct keys);
    *k = (struct keys){.ring = ring, .arena = a};
    return k;
}

/* --- wrapped keys: 0x01 | nonce | key | tag -------------------------------- */

void wrap_place(int64_t practice, const char *client, enum seal_class c,
                unsigned char ret[static WRAP_PLACE_BYTES])
{
    unsigned char *p = put_bytes(ret, "entr1", 5);
    p = put_i64(p, practice);
    p = put_text(p, client, ID_WIDTH);
    *p = (unsigned char)c;
}

void wrap_key(const struct key *under, const unsigned char place[static WRAP_PLACE_BYTES],
              const struct key *key, unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    ret[0] = WRAP_BY_KEY;
    randombytes_buf(ret + 1, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + 1 + NONCE_BYTES, NULL, key->b, KEY_BYTES,
                                               place, WRAP_PLACE_BYTES, NULL, ret + 1, under->b);
}

enum rc unwrap_key(const struct key *under, const unsigned char place[static WRAP_PLACE_BYTES],
                   const unsigned char wrapped[static SEAL_WRAPPED_BYTES], struct key *ret)
{
    if (wrapped[0] != WRAP_BY_KEY ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(ret->b, NULL, NULL, wrapped + 1 + NONCE_BYTES,
                                                   KEY_BYTES + TAG_BYTES, place, WRAP_PLACE_BYTES,
                                                   wrapped + 1, under->b) != 0)
        return RC_BROKEN;
    return RC_OK;
}

/* --- the root ----------------------------------------------------------------- */

/* Practices are numbered from 1, so that no place of theirs is this one. */
static void root_place(unsigned char ret[static WRAP_PLACE_BYTES])
{
    wrap_place(0, "root", SEAL_NONE, ret);
}

static void hold_root(struct keyring *k, const struct key *root)
{
    sodium_mprotect_readwrite(k->boot);
    derive(root, "entr1 wrap practice", &k->boot->wrap);
    derive(root, "entr1 index", &k->boot->index);
    derive(root, "entr1 password pepper", &k->boot->pepper);
    derive(root, "entr1 own", &k->boot->own);
    derive(root, "entr1 carry", &k->boot->carry);
    derive(root, "entr1 vouch", &k->boot->vouch);
    derive(root, "entr1 audit first", &k->boot->audit_first);
    derive(root, "entr1 audit seal", &k->boot->audit_seal);
    derive(root, "entr1 audit sign", &k->boot->audit_sign);
    k->boot->has_root = true;
    sodium_mprotect_readonly(k->boot);
}

enum rc seal_root_make(struct keyring *k, unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    if (k->door != NULL)
        return door_root_make(k, ret);
    struct key _cleanup_key_ root;
    randombytes_buf(root.b, KEY_BYTES);
    root_take(k, &root, ret);
    return RC_OK;
}

enum rc root_open(struct keyring *k, struct bytes wrapped, struct key *ret)
{
    unsigned char place[WRAP_PLACE_BYTES];
    if (wrapped.len != SEAL_WRAPPED_BYTES)
        return RC_BROKEN;
    root_place(place);
    return unwrap_key(&k->boot->root, place, wrapped.p, ret);
}

void root_take(struct keyring *k, const struct key *root,
               unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    unsigned char place[WRAP_PLACE_BYTES];
    root_place(place);
    wrap_key(&k->boot->root, place, root, ret);
    hold_root(k, root);
}

enum rc seal_root_load(struct keyring *k, struct bytes wrapped)
{
    if (k->door != NULL)
        return door_root_load(k, wrapped);
    struct key _cleanup_key_ root;
    TRY(root_open(k, wrapped, &root));
    hold_root(k, &root);
    return RC_OK;
}

/* --- keys of practices ------------------------------------------------------ */

/* The slot of (practice, class), or the empty one where it belongs. */
static struct practice_key *slot(struct practice_key *table, size_t cap, int64_t practice,
                                 int32_t cls)
{
    uint64_t h = ((uint64_t)practice * SEAL_KEYS_N_ + (uint64_t)cls) * UINT64_C(0x9E3779B97F4A7C15);
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

static void hold(struct keyring *k, const struct practice_key *p)
{
    pthread_rwlock_wrlock(&k->practices_lock);
    if ((k->n_practices + 1) * 2 > k->cap_practices)
        grow(k);
    struct practice_key *to = slot(k->practices, k->cap_practices, p->practice, p->cls);
    k->n_practices += to->cls == SEAL_NONE;
    *to = *p;
    pthread_rwlock_unlock(&k->practices_lock);
}

static void split(const struct key *key, struct key_parts *ret)
{
    struct key id;
    derive(key, "entr1 key id", &id);
    memcpy(ret->id, id.b, KEY_ID_BYTES);
    derive(key, "entr1 wrap client", &ret->wrap);
    derive(key, "entr1 values", &ret->values);
}

static void hold_secret(struct keyring *k, int64_t practice, const struct key *key)
{
    struct practice_key _cleanup_practice_key_ held = {.practice = practice, .cls = SEAL_IDENTITY};
    split(key, &held.now);
    hold(k, &held);
}

static void public_parts(const unsigned char public_key[static KEY_BYTES], struct key_parts *ret)
{
    struct key id;
    memcpy(ret->public_key.b, public_key, KEY_BYTES);
    derive(&ret->public_key, "entr1 key id", &id);
    memcpy(ret->id, id.b, KEY_ID_BYTES);
}

static void hold_public(struct keyring *k, int64_t practice,
                        const unsigned char public_key[static KEY_BYTES])
{
    struct practice_key held = {.practice = practice, .cls = SEAL_CLINICAL};
    public_parts(public_key, &held.now);
    hold(k, &held);
}

enum rc practice_key_find(struct keyring *k, int64_t practice, enum seal_class c,
                          struct practice_key *ret)
{
    pthread_rwlock_rdlock(&k->practices_lock);
    *ret = *slot(k->practices, k->cap_practices, practice, (int32_t)c);
    pthread_rwlock_unlock(&k->practices_lock);
    return ret->cls == SEAL_NONE ? RC_DENIED : RC_OK;
}

/* Whoever makes a practice has its clinical tier open, until the session is closed. */
static void make_clinical(struct keys *k, int64_t practice,
                          unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    struct opened _cleanup_opened_ o;
    memset(ret, 0, SEAL_WRAPPED_BYTES);
    ret[0] = WRAP_BY_BOX;
    crypto_box_keypair(ret + 1, o.clinical.b);
    vouch_for(k->ring, practice, ret + 1, ret + 1 + KEY_BYTES);
    derive(&o.clinical, "entr1 nobody's own", &o.own);
    hold_public(k->ring, practice, ret + 1);
    session_put(k->ring, k->session, practice, &o, true);
}

enum rc seal_practice_make(struct keys *k, int64_t practice, enum seal_class c,
                           unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES])
{
    if (k->ring->door != NULL)
        return door_practice_make(k, practice, c, ret_wrapped);
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    if ((c != SEAL_IDENTITY && c != SEAL_CLINICAL) || !k->ring->boot->has_root)
        return RC_BROKEN;
    if (c == SEAL_CLINICAL) {
        make_clinical(k, practice, ret_wrapped);
        return RC_OK;
    }
    randombytes_buf(key.b, KEY_BYTES);
    wrap_place(practice, "", c, place);
    wrap_key(&k->ring->boot->wrap, place, &key, ret_wrapped);
    hold_secret(k->ring, practice, &key);
    return RC_OK;
}

enum rc seal_practice_id(struct keys *k, int64_t practice, enum seal_class c,
                         unsigned char ret[static SEAL_KEY_ID_BYTES])
{
    if (k->ring->door != NULL)
        return door_practice_id(k, practice, c, ret);
    struct practice_key _cleanup_practice_key_ p = {0};
    TRY(practice_key_find(k->ring, practice, c, &p));
    memcpy(ret, p.now.id, KEY_ID_BYTES);
    return RC_OK;
}

enum rc seal_practice_next(struct keys *k, int64_t practice,
                           unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES])
{
    if (k->ring->door != NULL)
        return door_practice_next(k, practice, ret_wrapped);
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    if (practice <= 0 || !k->ring->boot->has_root)
        return RC_BROKEN;
    randombytes_buf(key.b, KEY_BYTES);
    wrap_place(practice, "", SEAL_IDENTITY, place);
    wrap_key(&k->ring->boot->wrap, place, &key, ret_wrapped);
    return RC_OK;
}

/* Of the operational tier. */
static enum rc take_secret(struct keyring *k, int64_t practice, struct bytes wrapped,
                           struct key_parts *ret)
{
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    if (wrapped.len != SEAL_WRAPPED_BYTES)
        return RC_BROKEN;
    wrap_place(practice, "", SEAL_IDENTITY, place);
    TRY(unwrap_key(&k->boot->wrap, place, wrapped.p, &key));
    split(&key, ret);
    return RC_OK;
}

/* Of the clinical one; a former one has its secret with it. */
static enum rc take_public(struct keyring *k, int64_t practice, struct bytes stored,
                           struct key_parts *ret)
{
    bool has_link = stored.len == SEAL_FORMER_BYTES;
    if ((stored.len != SEAL_WRAPPED_BYTES && !has_link) || stored.p[0] != WRAP_BY_BOX ||
        !is_vouched_for(k, practice, stored.p + 1, stored.p + 1 + KEY_BYTES))
        return RC_BROKEN;
    public_parts(stored.p + 1, ret);
    if (has_link)
        memcpy(ret->link, stored.p + SEAL_WRAPPED_BYTES, BOX_BYTES);
    return RC_OK;
}

enum rc seal_practice_load(struct keys *k, int64_t practice, enum seal_class c,
                           struct bytes wrapped)
{
    return seal_practice_load_both(k, practice, c, wrapped, (struct bytes){0});
}

enum rc seal_practice_load_both(struct keys *k, int64_t practice, enum seal_class c,
                                struct bytes wrapped, struct bytes other)
{
    if (k->ring->door != NULL)
        return door_practice_load(k, practice, c, wrapped, other);
    struct practice_key _cleanup_practice_key_ held = {
        .practice = practice, .cls = (int32_t)c, .has_other = other.p != NULL};
    struct practice_key _cleanup_practice_key_ was = {0};
    if ((c != SEAL_IDENTITY && c != SEAL_CLINICAL) || wrapped.len != SEAL_WRAPPED_BYTES ||
        (c == SEAL_CLINICAL && held.has_other && other.len != SEAL_FORMER_BYTES) ||
        !k->ring->boot->has_root)
        return RC_BROKEN;
    enum rc (*take)(struct keyring *, int64_t, struct bytes, struct key_parts *) =
        c == SEAL_CLINICAL ? take_public : take_secret;
    TRY(take(k->ring, practice, wrapped, &held.now));
    if (held.has_other)
        TRY(take(k->ring, practice, other, &held.other));
    bool was_held = practice_key_find(k->ring, practice, c, &was) == RC_OK;
    hold(k->ring, &held);
    if (was_held && was.has_other && !held.has_other)
        client_keys_wipe(k->ring, NULL); /* what it had opened must not outlive it */
    return RC_OK;
}

/* --- epochs ------------------------------------------------------------------ */

static void epoch_place(int64_t practice, int64_t epoch, unsigned char ret[static WRAP_PLACE_BYTES])
{
    char name[32]; /* "epoch " and a number that has no more than four bytes */
    snprintf(name, sizeof(name), "epoch %lld", (long long)epoch);
    wrap_place(practice, name, SEAL_NONE, ret);
}

static void hold_epoch(struct keyring *k, int64_t practice, int64_t epoch, const struct key *key)
{
    pthread_rwlock_wrlock(&k->practices_lock);
    size_t i = 0;
    while (i < k->n_epochs && k->epochs[i].practice != 0 &&
           (k->epochs[i].practice != practice || k->epochs[i].epoch != epoch))
        i++;
    if (i == k->cap_epochs) {
        struct epoch_key *bigger = secret_alloc(k->cap_epochs * 2, sizeof(*bigger));
        memcpy(bigger, k->epochs, k->n_epochs * sizeof(*bigger));
        sodium_free(k->epochs);
        k->epochs = bigger;
        k->cap_epochs *= 2;
    }
    k->epochs[i] = (struct epoch_key){practice, epoch, *key};
    k->n_epochs = i == k->n_epochs ? i + 1 : k->n_epochs;
    pthread_rwlock_unlock(&k->practices_lock);
}

/* Two or three a practice, and few practices: a walk. */
enum rc epoch_find(struct keyring *k, int64_t practice, int64_t epoch, struct epoch_key *ret)
{
    enum rc rc = RC_DENIED;
    pthread_rwlock_rdlock(&k->practices_lock);
    for (size_t i = 0; i < k->n_epochs; i++) {
        const struct epoch_key *e = &k->epochs[i];
        bool fits = epoch != 0 ? e->epoch == epoch : rc != RC_OK || e->epoch > ret->epoch;
        if (e->practice == practice && fits) {
            *ret = *e;
            rc = RC_OK;
        }
    }
    pthread_rwlock_unlock(&k->practices_lock);
    return rc;
}

enum rc seal_epoch_make(struct keys *k, int64_t practice, int64_t epoch,
                        unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES])
{
    if (k->ring->door != NULL)
        return door_epoch_make(k, practice, epoch, ret_wrapped);
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    if (practice <= 0 || epoch <= 0 || !k->ring->boot->has_root)
        return RC_BROKEN;
    randombytes_buf(key.b, KEY_BYTES);
    epoch_place(practice, epoch, place);
    wrap_key(&k->ring->boot->wrap, place, &key, ret_wrapped);
    return RC_OK;
}

enum rc seal_epoch_load(struct keys *k, int64_t practice, int64_t epoch, struct bytes wrapped)
{
    if (k->ring->door != NULL)
        return door_epoch_load(k, practice, epoch, wrapped);
    struct key _cleanup_key_ key;
    unsigned char place[WRAP_PLACE_BYTES];
    if (practice <= 0 || epoch <= 0 || wrapped.len != SEAL_WRAPPED_BYTES ||
        !k->ring->boot->has_root)
        return RC_BROKEN;
    epoch_place(practice, epoch, place);
    TRY(unwrap_key(&k->ring->boot->wrap, place, wrapped.p, &key));
    hold_epoch(k->ring, practice, epoch, &key);
    return RC_OK;
}

enum rc seal_epoch_forget(struct keys *k, int64_t practice, int64_t epoch)
{
    if (k->ring->door != NULL)
        return door_epoch_forget(k, practice, epoch);
    struct keyring *r = k->ring;
    pthread_rwlock_wrlock(&r->practices_lock);
    for (size_t i = 0; i < r->n_epochs; i++)
        if (r->epochs[i].practice == practice && r->epochs[i].epoch == epoch)
            sodium_memzero(&r->epochs[i], sizeof(r->epochs[i]));
    pthread_rwlock_unlock(&r->practices_lock);
    client_keys_wipe(r, NULL); /* what it had opened must not outlive it */
    return RC_OK;
}
