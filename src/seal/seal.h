/* SPDX-License-Identifier: AGPL-3.0-or-later
 * seal.h - keys, and encryption of fields at rest (libsodium, XChaCha20-Poly1305).
 *
 * Only this folder includes <sodium.h>. Keys never leave it: callers hold a struct keys and name
 * what they want opened. The batch calls are the whole interface to sealed data, so that a
 * key-holder process stands behind them.
 *
 * Two tiers (docs/adr/0003-sealing.md, 0009-two-tiers.md):
 *   boot key (key file)
 *     -> root key (random, stored wrapped)    look-up, MAC, pepper
 *       -> the practice's operational key     names, contact, appointments, invoices
 *       -> epoch keys                         a second wrap around every client's key
 *   password (Argon2id) -> the person's own key
 *     -> the practice's clinical key pair, sealed to each clinician: what was said
 *     -> the author's private notes
 *   one random key per client and class, wrapped by the practice's key and the epoch's;
 *   one key per stored value, derived from place and version.
 * The operational tier opens at start. The clinical tier opens in a session that was begun with a
 * clinician's password, and nowhere else.
 *
 * Value format: 0x01 | key id (4) | commitment (16) | nonce (24) | ciphertext and tag.
 * Associated data: "entr1" | practice | client | table | row | class | key id | version, fixed
 * width, so that a value moved to another row, class, client, practice or version does not open.
 * Plaintext is padded to 64, 256, 1024, then multiples of 4096 bytes. */
#pragma once
#include "base/base.h"
#include "base/id.h"

/* The class names the key. IDENTITY: who somebody is, contact, money texts (operational tier).
 * CLINICAL: what was said. PRIVATE: process notes, for their author alone. INTAKE: CLINICAL as it
 * is taken in while the tier is closed: write-only; opened as CLINICAL. */
enum seal_class { SEAL_NONE, SEAL_IDENTITY, SEAL_CLINICAL, SEAL_PRIVATE, SEAL_INTAKE };
enum { SEAL_KEYS_N_ = SEAL_CLINICAL + 1 }; /* classes below it have a key per client */

struct keyring; /* the keys of a process, or the door to the process that has them */

/* A keyring as one session sees it. */
struct keys {
    struct keyring *ring;
    unsigned char session[16]; /* zero: none; the clinical tier is closed */
    /* What opens the clinical tier again in a process that has not seen this session yet. */
    const char *token;
    struct bytes unlock;
    bool was_closed;     /* something clinical was asked of a session that has not opened it */
    bool was_ungranted;  /* the same, of a person to whom the clinical key was not given (yet) */
    struct arena *arena; /* that it lives in */
    /* What this request has opened behind the door or expects to, so that it asks once. */
    struct seal_known *known;
    int n_known, cap_known, n_expected;
    size_t expected_bytes;
    bool was_metered; /* more clients' records were asked for than one reads in an hour */
    /* Clients whose record the person opened here for the first time in an hour. */
    struct id *fresh;
    int n_fresh, cap_fresh;
};
struct keys *keys_new(struct arena *a, struct keyring *ring); /* without a session */

/* --- the keyring ----------------------------------------------------------- */

/* Reads the 32-byte boot key (64 hex digits and a newline) from a file. Nothing opens before
 * seal_root_make() or seal_root_load().
 * Errors: RC_INVALID with *ret_why a plain sentence without a path (readable by others, wrong
 * length, ...); RC_NOT_FOUND when the file does not exist. */
enum rc keyring_open(const char *key_file, struct keyring **ret, const char **ret_why) MUST_USE;
/* The same for a file whose key is wrapped by a passphrase, which ask() reads: a copy of the file
 * alone opens nothing. keyring_open() refuses such a file. */
typedef bool passphrase_ask(char *ret, size_t size);
enum rc keyring_open_with(const char *key_file, passphrase_ask *ask, struct keyring **ret,
                          const char **ret_why) MUST_USE;
/* Wraps the key in the file by a passphrase, or by another than before. RC_INVALID with *ret_why.
 */
enum rc keyring_set_passphrase(const char *key_file, passphrase_ask *ask, const char *passphrase,
                               const char **ret_why) MUST_USE;
/* new random key, mode 0400; RC_CONFLICT when it exists */
enum rc keyring_make_file(const char *key_file) MUST_USE;
void keyring_free(struct keyring *k);
/* Random keys, no file, keyring_keep_open(). */
struct keyring *keyring_for_tests(void);
/* For what makes a practice and fills it in one go, as the demo does: the clinical tier of a
 * practice made by this process stays open to everybody in it. Never in a server. */
void keyring_keep_open(struct keyring *k);
void keyring_close(struct keyring *k); /* the end of that; sessions are closed too */
/* How many clients' records a person may open in an hour before the password is asked again; 0: as
 * many as there are. RC_DENIED: it was set to something else before. */
enum rc keyring_meter(struct keyring *k, int64_t clients_an_hour) MUST_USE;
/* An export, announced: for a quarter of an hour this session opens as many as there are. The log
 * has it before. RC_DENIED: its person did not type the password in the last minutes. */
enum rc seal_bulk(struct keys *k, int64_t practice) MUST_USE;

/* A key wrapped by another: 0x01 | nonce | key | tag. */
enum { SEAL_WRAPPED_BYTES = 1 + 24 + 32 + 16 };
enum rc seal_root_make(struct keyring *k, unsigned char ret[static SEAL_WRAPPED_BYTES]) MUST_USE;
enum rc seal_root_load(struct keyring *k, struct bytes wrapped) MUST_USE; /* RC_BROKEN: other key */

/* The root key, wrapped by the boot key of `from`, for the boot key of `to`, which takes it over.
 */
enum rc seal_root_rewrap(struct keyring *from, struct keyring *to, struct bytes wrapped,
                         unsigned char ret[static SEAL_WRAPPED_BYTES]) MUST_USE;
/* The new key file takes the place of the old one: after a crash it is one of the two. */
enum rc keyring_replace_file(const char *new, const char *key_file) MUST_USE;

/* --- keys of practices ------------------------------------------------------
 * Made once, stored in the database, loaded at start. Of the clinical key only the public half is
 * stored: 0x02 | public key | that it was made here | zeros. */
enum rc seal_practice_make(struct keys *k, int64_t practice, enum seal_class c,
                           unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES]) MUST_USE;
enum rc seal_practice_load(struct keys *k, int64_t practice, enum seal_class c,
                           struct bytes wrapped) MUST_USE; /* RC_BROKEN: wrong boot key */
/* The same while a key takes the place of another: `other` opens too, and seals nothing. It is the
 * next or the former one (IDENTITY), or a former pair (CLINICAL); p NULL: there is none (any more).
 */
enum { SEAL_FORMER_BYTES = SEAL_WRAPPED_BYTES + 32 + 48 };
enum rc seal_practice_load_both(struct keys *k, int64_t practice, enum seal_class c,
                                struct bytes wrapped, struct bytes other) MUST_USE;
/* Epochs: numbered from 1; the highest one loaded wraps. A new one is loaded when its transaction
 * is over, so that nothing is wrapped by what was never stored. */
enum rc seal_epoch_make(struct keys *k, int64_t practice, int64_t epoch,
                        unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES]) MUST_USE;
enum rc seal_epoch_load(struct keys *k, int64_t practice, int64_t epoch,
                        struct bytes wrapped) MUST_USE;
enum rc seal_epoch_forget(struct keys *k, int64_t practice, int64_t epoch) MUST_USE;

/* --- keys of clients ----------------------------------------------------------
 * As stored in client_key: 0x03 | epoch (4) | id of the practice's key (4) | nonce | inner | tag,
 * where inner is a wrapped key (IDENTITY) or 0x02 | sealed box to the practice's clinical key
 * (CLINICAL): the front desk makes clients whose record it cannot open. */
enum { SEAL_CLIENT_KEY_MAX = 1 + 4 + 4 + 24 + (1 + 32 + 48) + 16 };
enum rc seal_client_make(struct arena *a, struct keys *k, int64_t practice, struct id client,
                         enum seal_class c, struct bytes *ret) MUST_USE;
/* The same key under the newest epoch; needs no clinical tier. *ret is `stored` when it is so
 * already. */
enum rc seal_client_renew(struct arena *a, struct keys *k, int64_t practice, struct id client,
                          enum seal_class c, struct bytes stored, struct bytes *ret) MUST_USE;

int64_t seal_client_epoch(struct bytes stored); /* 0: none */
/* The client's keys are deleted: wipes what is remembered of them, opened. */
enum rc seal_client_forget(struct keys *k, int64_t practice, struct id client) MUST_USE;

/* --- people and the clinical tier ------------------------------------------------ */

/* What is stored of a person's keys. */
/* A public key, and that it was made here; so of what was given for it. */
enum {
    SEAL_PUBLIC_BYTES = 32 + 32,
    SEAL_GRANT_BYTES = 32 + 48 + 32,
    SEAL_UNLOCK_BYTES = 1 + 24 + 72 + 16
};
struct seal_person {
    unsigned char own[SEAL_WRAPPED_BYTES]; /* wrapped by the password */
    unsigned char public_key[SEAL_PUBLIC_BYTES];
};
/* The practice's clinical key for a person, by whoever has it open: a sealed box.
 * RC_DENIED: this session has not, or the public key was not made here. */
enum rc seal_grant(struct keys *k, int64_t practice,
                   const unsigned char public_key[static SEAL_PUBLIC_BYTES],
                   unsigned char ret[static SEAL_GRANT_BYTES]) MUST_USE;
bool seal_is_open(struct keys *k, int64_t practice); /* the clinical tier, in this session */
/* The session's open tier, wrapped by a token that is stored nowhere. RC_DENIED: not open. */
enum rc seal_unlock_wrap(struct keys *k, int64_t practice, const char *token,
                         unsigned char ret[static SEAL_UNLOCK_BYTES]) MUST_USE;
/* Opens k->session with k->token and k->unlock. RC_DENIED: they do not fit. */
enum rc seal_unlock_token(struct keys *k, int64_t practice) MUST_USE;
enum rc seal_lock(struct keys *k) MUST_USE; /* wipes what k->session has open */

/* --- another key in the place of one (docs/adr/0009-two-tiers.md) -----------------
 * The operational key: a next one is stored and opens; then seals; then what is under the former
 * one is moved; then that is forgotten. The clinical pair changes at once, because only a session
 * that has it open can, and the secret of the former one is sealed to the new one until all is
 * moved. Other sessions are closed then: their secret is of the pair before. */
enum { SEAL_KEY_ID_BYTES = 4, SEAL_KEY_ID_AT = 1, SEAL_CLIENT_KEY_ID_AT = 5 };
/* Of the key that seals now: stands in values of the practice at SEAL_KEY_ID_AT, in clients' keys
 * at SEAL_CLIENT_KEY_ID_AT. */
enum rc seal_practice_id(struct keys *k, int64_t practice, enum seal_class c,
                         unsigned char ret[static SEAL_KEY_ID_BYTES]) MUST_USE;
enum rc seal_practice_next(struct keys *k, int64_t practice,
                           unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES]) MUST_USE;
struct seal_pair {
    unsigned char wrapped[SEAL_WRAPPED_BYTES]; /* as seal_practice_load_both() takes it ... */
    unsigned char former[SEAL_FORMER_BYTES];   /* ... and `other` */
    unsigned char mine[32 + 48];               /* for the session that made it */
};
/* RC_DENIED: the session has not opened the clinical tier. */
enum rc seal_pair_make(struct keys *k, int64_t practice, struct seal_pair *ret) MUST_USE;
/* The new pair for a person who was given the present one. RC_DENIED: was not. */
enum rc seal_pair_grant(struct keys *k, int64_t practice, const struct seal_pair *pair,
                        const unsigned char public_key[static SEAL_PUBLIC_BYTES],
                        const unsigned char grant[static SEAL_GRANT_BYTES],
                        unsigned char ret[static SEAL_GRANT_BYTES]) MUST_USE;
/* Once it is stored: it is the practice's from now on, and open in this session. */
enum rc seal_pair_take(struct keys *k, int64_t practice, const struct seal_pair *pair) MUST_USE;

/* Where a value lives. client unset: sealed under the practice key. */
struct seal_where {
    int64_t practice;
    struct id client;
    const char *table; /* at most 24 bytes */
    struct id row;
    enum seal_class cls;
    int64_t version; /* of the row, as stored with this value */
};
struct seal_item {
    struct seal_where where;
    /* the client's key, as stored in client_key; ignored when where.client is unset */
    struct bytes wrapped;
    struct bytes in;  /* open: sealed value; close: plaintext */
    struct bytes out; /* set by the call; arena */
    enum rc rc;       /* set by the call */
};
/* Opens or closes many values. Unwrapped client keys are kept in a bounded, guarded cache.
 * Returns RC_OK when every item is; otherwise the first item's failure (each item has its own rc):
 * RC_DENIED the keyring lacks the class's key or the session has not opened it, RC_BROKEN altered,
 * moved or cut. An empty `in` of open (p == NULL) gives an empty out. */
enum rc seal_open_many(struct arena *a, struct keys *k, struct seal_item *items, int n) MUST_USE;
/* Values that the same request is going to open, when whoever opens them was told that it may: the
 * next call behind the door brings them along, so that a page asks once. A hint: what is opened is
 * asked for with seal_open_many() as ever. The bytes last as long as k. */
void seal_expect(struct keys *k, const struct seal_item *items, int n);
enum rc seal_close_many(struct arena *a, struct keys *k, struct seal_item *items, int n) MUST_USE;
/* Puts what is stored under the practice's present keys: clients' keys (client, class, in), values
 * of the practice, and what was taken in for the clinical tier (wrapped: the client's clinical
 * key), which is an ordinary value of the client then. out is in where there is nothing to do. What
 * is opened on the way stays with the keys, so it is not metered. Errors as of seal_open_many(). */
enum rc seal_move_many(struct arena *a, struct keys *k, struct seal_item *items, int n) MUST_USE;
/* What SEAL_INTAKE makes begins with this byte, and nothing else does. Is it under this pair (as
 * stored)? */
enum { SEAL_INTAKE_MARK = 2 };
bool seal_is_taken_in_by(struct bytes value, struct bytes pair);

/* Keyed hash for exact look-up of a login e-mail or token; 32 bytes. */
enum rc seal_index(const struct keys *k, const char *purpose, struct bytes value,
                   unsigned char ret[static 32]) MUST_USE;

/* Random bytes; a token of 256 bits as 43 characters base64url. */
void seal_random(void *p, size_t n);
void seal_token(char ret[static 44]);
bool seal_equal(const void *a, const void *b, size_t n);         /* constant time */
void seal_hash(struct bytes in, unsigned char ret[static 32]);   /* unkeyed BLAKE2b-256 */
void seal_sha256(struct bytes in, unsigned char ret[static 32]); /* where a standard says so */
/* The same of what comes piece by piece. */
struct seal_sha256 {
    _Alignas(8) unsigned char room[104];
};
void seal_sha256_begin(struct seal_sha256 *h);
void seal_sha256_add(struct seal_sha256 *h, struct bytes b);
void seal_sha256_end(struct seal_sha256 *h, unsigned char ret[static 32]);
/* For what a session's token vouches for; the token is the key. */
void seal_mac(const char *token, const char *purpose, struct bytes in,
              unsigned char ret[static 32]);
