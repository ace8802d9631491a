/* SPDX-License-Identifier: AGPL-3.0-or-later
 * seal.h - keys, and encryption of fields at rest (libsodium, XChaCha20-Poly1305).
 *
 * Only this folder includes <sodium.h>. Keys never leave it: callers hold a
 * struct keyring and name what they want opened. The batch calls are the whole
 * interface to sealed data, so that a key-holder process can stand behind them.
 *
 * Hierarchy (docs/adr/0003-sealing.md):
 *   boot key (key file) -> one practice key per class -> one random key per client and class
 *   -> one key per stored value, derived from place and version.
 * Values without a client are sealed under the practice key of their class.
 *
 * Value format: 0x01 | key id (4) | commitment (16) | nonce (24) | ciphertext and tag.
 * Associated data: "entr1" | practice | client | table | row | class | key id | version, fixed
 * width, so that a value moved to another row, class, client, practice or version does not open.
 * Plaintext is padded to 64, 256, 1024, then multiples of 4096 bytes. */
#pragma once
#include "base/base.h"
#include "base/id.h"

/* The class names the key. IDENTITY: who somebody is, contact, money texts (operational tier).
 * CLINICAL: what was said. */
enum seal_class { SEAL_NONE, SEAL_IDENTITY, SEAL_CLINICAL, SEAL_N_ };

struct keyring;

/* Reads the 32-byte boot key (64 hex digits and a newline) from a file.
 * Errors: RC_INVALID with *ret_why a plain sentence without a path (readable by others, wrong
 * length, ...); RC_NOT_FOUND when the file does not exist. */
enum rc keyring_open(const char *key_file, struct keyring **ret, const char **ret_why) MUST_USE;
/* new random key, mode 0400; RC_CONFLICT when it exists */
enum rc keyring_make_file(const char *key_file) MUST_USE;
void keyring_free(struct keyring *k);
struct keyring *keyring_for_tests(void); /* random boot key, no file */

/* Practice keys: made once, stored wrapped in the database, loaded at start. */
enum { SEAL_WRAPPED_BYTES = 1 + 24 + 32 + 16 };
enum rc seal_practice_make(struct keyring *k, int64_t practice, enum seal_class c,
                           unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES]) MUST_USE;
enum rc seal_practice_load(struct keyring *k, int64_t practice, enum seal_class c,
                           struct bytes wrapped) MUST_USE; /* RC_BROKEN: wrong boot key */

/* A new client's key of one class, wrapped by the practice's; store it in client_key. */
enum rc seal_client_make(struct keyring *k, int64_t practice, struct id client, enum seal_class c,
                         unsigned char ret_wrapped[static SEAL_WRAPPED_BYTES]) MUST_USE;

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
 * RC_DENIED the keyring lacks the class's key, RC_BROKEN altered, moved or cut. An empty `in` of
 * open (p == NULL) gives an empty out. */
enum rc seal_open_many(struct arena *a, struct keyring *k, struct seal_item *items, int n) MUST_USE;
enum rc seal_close_many(struct arena *a, struct keyring *k, struct seal_item *items,
                        int n) MUST_USE;

/* Keyed hash for exact look-up of a login e-mail or token; 32 bytes. */
void seal_index(const struct keyring *k, const char *purpose, struct bytes value,
                unsigned char ret[static 32]);

/* Random bytes; a token of 256 bits as 43 characters base64url. */
void seal_random(void *p, size_t n);
void seal_token(char ret[static 44]);
bool seal_equal(const void *a, const void *b, size_t n);       /* constant time */
void seal_hash(struct bytes in, unsigned char ret[static 32]); /* unkeyed BLAKE2b-256 */
void seal_mac(const struct keyring *k, const char *purpose, struct bytes in,
              unsigned char ret[static 32]);
