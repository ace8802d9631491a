/* SPDX-License-Identifier: AGPL-3.0-or-later
 * seal_private.h - what the files of this folder share: the keyring and its parts. */
#pragma once
#include "seal/seal.h"

#include <pthread.h>
#include <sodium.h>

enum {
    KEY_BYTES = 32,
    KEY_ID_BYTES = 4,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    ID_WIDTH = 24,                           /* an id in a place string, zero padded */
    WRAP_PLACE_BYTES = 5 + 8 + ID_WIDTH + 1, /* "entr1" | practice | client | class */
};

/* Secrets on the stack are wiped when they leave scope. */
struct key {
    unsigned char b[KEY_BYTES];
};
static inline void key_wipe(struct key *k)
{
    sodium_memzero(k, sizeof(*k));
}
#define _cleanup_key_ CLEANUP(key_wipe)

/* What the boot key is used for; the boot key itself is not kept. Guarded memory, read-only. */
struct boot_keys {
    struct key wrap, index, mac, pepper;
    struct key audit_first, audit_seal, audit_sign; /* audit_keys.c */
};

/* One practice's key of one class, split by use so that no key serves two primitives. */
struct practice_key {
    int64_t practice;
    int32_t cls; /* SEAL_NONE: an empty slot */
    unsigned char id[KEY_ID_BYTES];
    struct key wrap;   /* of its clients' keys */
    struct key values; /* of its values without a client */
};

/* Client keys, unwrapped. A slot is named by everything that unwrapping depends on, so a hit is
 * what unwrapping would give. Direct-mapped; each lock guards its share of the slots. */
enum {
    CACHE_SLOTS = 16384,
    CACHE_LOCKS = 64,
    CACHE_NAME_BYTES = WRAP_PLACE_BYTES + SEAL_WRAPPED_BYTES
};
struct cache_slot {
    unsigned char name[CACHE_NAME_BYTES]; /* wrap place | wrapped key; zero: empty */
    struct key key;
};

/* At most GATE_RUNNING at work and GATE_WAITING behind them. */
enum { GATE_RUNNING = 2, GATE_WAITING = 32 };
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t left;
    int n_running, n_waiting;
};
void gate_init(struct gate *g);
void gate_done(struct gate *g);
enum rc gate_enter(struct gate *g) MUST_USE; /* RC_BUSY: too many wait already */
void gate_leave(struct gate *g);

struct keyring {
    struct boot_keys *boot;
    pthread_rwlock_t practices_lock;
    struct practice_key *practices; /* open addressing; guarded memory */
    size_t n_practices, cap_practices;
    pthread_mutex_t cache_locks[CACHE_LOCKS];
    struct cache_slot *cache; /* guarded memory */
    struct gate passwords;
};

/* The key that values at this place are derived from, and the id of the practice's key above it. */
enum rc keyring_value_root(struct keyring *k, const struct seal_where *w, struct bytes wrapped,
                           struct key *ret, unsigned char ret_id[static KEY_ID_BYTES]) MUST_USE;

struct keyring *keyring_new(const struct key *boot);

/* Fixed-width writing of place strings; each returns the byte after what it wrote. */
unsigned char *put_bytes(unsigned char *p, const void *v, size_t n);
unsigned char *put_i64(unsigned char *p, int64_t v);                    /* little-endian */
unsigned char *put_text(unsigned char *p, const char *s, size_t width); /* zero padded */
