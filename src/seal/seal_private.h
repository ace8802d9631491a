/* SPDX-License-Identifier: AGPL-3.0-or-later
 * seal_private.h - what the files of this folder share: the keyring and its parts. */
#pragma once
#include "seal/seal.h"

#include <pthread.h>
#include <sodium.h>

enum {
    KEY_BYTES = 32,
    KEY_ID_BYTES = SEAL_KEY_ID_BYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    BOX_BYTES = KEY_BYTES + crypto_box_SEALBYTES, /* a key in a sealed box */
    ID_WIDTH = 24,                                /* an id in a place string, zero padded */
    WRAP_PLACE_BYTES = 5 + 8 + ID_WIDTH + 1,      /* "entr1" | practice | client | class */
};
/* First byte of what is wrapped. */
enum { WRAP_BY_KEY = 1, WRAP_BY_BOX = 2, WRAP_BY_EPOCH = 3, WRAP_BY_TOKEN = 4 };

/* Secrets on the stack are wiped when they leave scope. */
struct key {
    unsigned char b[KEY_BYTES];
};
static inline void key_wipe(struct key *k)
{
    sodium_memzero(k, sizeof(*k));
}
#define _cleanup_key_ CLEANUP(key_wipe)

/* What the boot key and the root key are used for; neither is kept itself. */
struct boot_keys {
    struct key root;                /* wraps the root key */
    struct key wrap, index, pepper; /* of the root key */
    /* Mixed into what passwords and tokens wrap: whoever sees those go by, and has the database,
     * still opens nothing without these. */
    struct key own, carry;
    struct key vouch;                               /* for public keys that were made here */
    struct key audit_first, audit_seal, audit_sign; /* audit_keys.c */
    bool has_root;
};

/* Split by use so that no key serves two primitives. */
struct key_parts {
    unsigned char id[KEY_ID_BYTES];
    struct key wrap;               /* of its clients' keys */
    struct key values;             /* of its values without a client */
    struct key public_key;         /* CLINICAL: this alone, and of the other ... */
    unsigned char link[BOX_BYTES]; /* ... the secret, sealed to the present one */
};
/* One practice's key of one class: what seals, and what else opens while one takes the place of
 * the other. */
struct practice_key {
    int64_t practice;
    int32_t cls; /* SEAL_NONE: an empty slot */
    bool has_other;
    struct key_parts now, other;
};

struct epoch_key {
    int64_t practice; /* 0: an empty slot */
    int64_t epoch;
    struct key key;
};

/* Client keys, unwrapped. A slot is named by everything that unwrapping depends on, so a hit is
 * what unwrapping would give. Direct-mapped; each lock guards its share of the slots. */
enum {
    CACHE_SLOTS = 16384,
    CACHE_LOCKS = 64,
    CACHE_NAME_BYTES = WRAP_PLACE_BYTES + SEAL_CLIENT_KEY_MAX
};
struct cache_slot {
    unsigned char name[CACHE_NAME_BYTES]; /* wrap place | stored key; zero: empty */
    struct key key;
};

/* The secrets a session has open. */
struct opened {
    struct key clinical; /* secret half of the practice's clinical key */
    struct key own;      /* the person's */
};
static inline void opened_wipe(struct opened *o)
{
    sodium_memzero(o, sizeof(*o));
}
#define _cleanup_opened_ CLEANUP(opened_wipe)

enum { SESSIONS_MAX = 1024, METERS_MAX = 256, HEIRS_MAX = 64, METER_SLOTS = 512 };
struct session_slot {
    int64_t practice; /* 0: empty */
    unsigned char session[16];
    int64_t used_ms; /* monotonic */
    struct opened opened;
    unsigned char pair[KEY_BYTES]; /* public half of the clinical key; of another than the
                                      practice's, it opens nothing */
    bool has_clinical;
    uint64_t person; /* whose meter counts */
};
/* Of a person, so that no new session begins it anew. */
struct meter {
    uint64_t person; /* 0: empty */
    int64_t used_ms;
    /* Distinct clients opened lately, oldest overwritten. */
    struct {
        uint64_t client;
        int64_t at_ms;
        bool is_told; /* the log has it */
    } seen[METER_SLOTS];
    int64_t allowance;    /* clients beyond the limit, one more limit for each password typed */
    int64_t confirmed_ms; /* the password was typed; 0: not since the start */
    int64_t bulk_until_ms;
    unsigned char bulk_session[16]; /* whose opening does not count until then */
};
/* Who was given the clinical key lately counts on the meter of who gave it: a server that was taken
 * over makes people as it likes. */
struct heir {
    uint64_t person, giver; /* 0: empty */
    int64_t at_ms;
};
struct sessions {
    pthread_mutex_t lock;
    struct heir heir[HEIRS_MAX];
    struct session_slot *slot; /* SESSIONS_MAX, guarded memory */
    int n;                     /* slots ever used */
    bool keeps_open;
    struct meter *meter; /* METERS_MAX */
    bool has_max;
    int64_t max_clients; /* an hour; 0: as many as there are */
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

struct door;
struct keyring {
    struct door *door; /* the keys are in another process, and nothing below is set */
    struct boot_keys *boot;
    pthread_rwlock_t practices_lock; /* epochs too */
    struct practice_key *practices;  /* open addressing; guarded memory */
    size_t n_practices, cap_practices;
    struct epoch_key *epochs;
    size_t n_epochs, cap_epochs;
    pthread_mutex_t cache_locks[CACHE_LOCKS];
    struct cache_slot *cache; /* guarded memory */
    struct sessions sessions;
    struct gate passwords;
};

struct keyring *keyring_new(const struct key *boot);
/* kit.c: the box key pair of a kit. */
struct kit_seed;
void kit_box_key(const struct kit_seed *seed, struct key *ret_secret,
                 unsigned char ret_public[static KEY_BYTES]);
/* key_file.c and passphrase.c: what stands in a key file that a passphrase protects. */
enum { PASSPHRASE_TEXT_BYTES = 11 + 32 + 1 + 2 * SEAL_WRAPPED_BYTES };
bool passphrase_is(const char *text, size_t len);
enum rc passphrase_take(const char *text, passphrase_ask *ask, struct key *ret,
                        const char **ret_why) MUST_USE;
enum rc passphrase_put(const struct key *boot, const char *passphrase,
                       char ret[static PASSPHRASE_TEXT_BYTES + 1]) MUST_USE;
void *secret_alloc(size_t n, size_t size); /* guarded memory, zeroed; sodium_free() wipes */
void derive(const struct key *from, const char *use, struct key *ret);

/* The root key: opened by the boot key; taken over and wrapped by it. */
enum rc root_open(struct keyring *k, struct bytes wrapped, struct key *ret) MUST_USE;
void root_take(struct keyring *k, const struct key *root,
               unsigned char ret[static SEAL_WRAPPED_BYTES]);

/* Says of a public key that this installation made it: nobody has something sealed to a key of
 * theirs. */
enum { VOUCH_BYTES = 32 };
void vouch_for(const struct keyring *k, int64_t practice,
               const unsigned char public_key[static KEY_BYTES],
               unsigned char ret[static VOUCH_BYTES]);
bool is_vouched_for(const struct keyring *k, int64_t practice,
                    const unsigned char public_key[static KEY_BYTES],
                    const unsigned char vouch[static VOUCH_BYTES]);
/* `key` as nobody can make it who has not the other one. */
void mix(const struct key *with, struct key *key);

/* --- wrapping ----------------------------------------------------------------- */

/* "entr1" | practice | client | class; a practice's own key has no client. */
void wrap_place(int64_t practice, const char *client, enum seal_class c,
                unsigned char ret[static WRAP_PLACE_BYTES]);
void wrap_key(const struct key *under, const unsigned char place[static WRAP_PLACE_BYTES],
              const struct key *key, unsigned char ret[static SEAL_WRAPPED_BYTES]);
enum rc unwrap_key(const struct key *under, const unsigned char place[static WRAP_PLACE_BYTES],
                   const unsigned char wrapped[static SEAL_WRAPPED_BYTES],
                   struct key *ret) MUST_USE;

enum rc practice_key_find(struct keyring *k, int64_t practice, enum seal_class c,
                          struct practice_key *ret) MUST_USE;
static inline void practice_key_wipe(struct practice_key *p)
{
    sodium_memzero(p, sizeof(*p));
}
#define _cleanup_practice_key_ CLEANUP(practice_key_wipe)
/* epoch 0: the newest. RC_DENIED: not held. */
enum rc epoch_find(struct keyring *k, int64_t practice, int64_t epoch,
                   struct epoch_key *ret) MUST_USE;

/* What the cache has at this place (of wrap_place()), or all of it when it is NULL. */
void client_keys_wipe(struct keyring *k, const unsigned char *place);
/* The secret of the pair with this id, of a session that has the present one. RC_BROKEN: of
 * neither; *ret_public: its other half. */
enum rc pair_secret(const struct practice_key *above, const unsigned char id[static KEY_ID_BYTES],
                    const struct opened *o, struct key *ret,
                    const struct key **ret_public) MUST_USE;
/* A client's key, from the cache or by unwrapping. opened: for SEAL_CLINICAL. */
enum rc client_key(struct keyring *k, const struct practice_key *above, struct id client,
                   struct bytes stored, const struct opened *opened, struct key *ret) MUST_USE;

/* --- sessions -------------------------------------------------------------------- */

void sessions_init(struct sessions *s);
void sessions_done(struct sessions *s);
void session_put(struct keyring *k, const unsigned char session[static 16], int64_t practice,
                 const struct opened *o, bool has_clinical);
/* The person typed the password: as many clients again may be opened. */
void session_confirm(struct keyring *k, const struct opened *o);
/* What k's session has open of the practice; opens it by the token when it can. Sets was_closed. */
enum rc session_get(struct keys *k, int64_t practice, struct opened *ret) MUST_USE;
/* The person's own key, as the session has it open; RC_DENIED. */
enum rc session_own(struct keys *k, int64_t practice, struct opened *ret) MUST_USE;
/* The clinical key for whom this public key is of, and whether it was given here. */
enum rc grant_make(const struct keyring *k, int64_t practice, const struct key *clinical,
                   const unsigned char *public_key,
                   unsigned char ret[static SEAL_GRANT_BYTES]) MUST_USE;
bool grant_was_made(const struct keyring *k, int64_t practice, const unsigned char *public_key,
                    const unsigned char grant[static SEAL_GRANT_BYTES]);
/* The secret of the practice's next pair, by the session that made it. RC_DENIED: another one. */
enum rc pair_open(struct keyring *k, int64_t practice, const struct opened *o,
                  const struct seal_pair *pair, struct key *ret) MUST_USE;
/* Counts a client among those whose record this session opens. RC_DENIED: too many this hour. */
enum rc session_meter(struct keys *k, int64_t practice, struct id client) MUST_USE;

/* The key that values at this place are derived from, and the id of the key above it. stored_id: as
 * the value has it, which may be of a key that is no more; NULL: it is to be sealed. */
enum rc keyring_value_root(struct keys *k, const struct seal_where *w, struct bytes wrapped,
                           const unsigned char *stored_id, struct key *ret,
                           unsigned char ret_id[static KEY_ID_BYTES]) MUST_USE;
/* The part of seal_move_many() that is a client's key. */
enum rc client_key_move(struct arena *a, struct keys *k, struct seal_item *it) MUST_USE;

/* Fixed-width writing of place strings; each returns the byte after what it wrote. */
unsigned char *put_bytes(unsigned char *p, const void *v, size_t n);
unsigned char *put_i64(unsigned char *p, int64_t v);                    /* little-endian */
unsigned char *put_text(unsigned char *p, const char *s, size_t width); /* zero padded */
