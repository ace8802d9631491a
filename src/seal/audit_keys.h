/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_keys.h - the keys of the audit log: a MAC key that evolves, and a signing key.
 *
 * The MAC key of record 1 comes from the boot key and the log's id; after each record it is hashed
 * and the old one is gone, so that whoever takes the process later cannot make records of before.
 * The writer works on a next key and keeps or drops it as its write went. Checkpoints are signed
 * with Ed25519; the key is derived from the boot key, its public half is printed for others.
 * Not thread-safe but for audit_keys_sign() and audit_keys_public(). docs/audit-format.md */
#pragma once
#include "seal/seal.h"

enum {
    AUDIT_ID_BYTES = 16,
    AUDIT_SIGNATURE_BYTES = 64,
    AUDIT_STATE_BYTES = 1 + 24 + (8 + 32 + 32) + 16
};

struct audit_keys;
struct audit_keys *audit_keys_new(const struct keyring *k);
void audit_keys_free(struct audit_keys *k);

/* For record 1 of this log. RC_DENIED: the first key was forgotten (keyring_forget_first()). */
enum rc audit_keys_begin(struct audit_keys *k,
                         const unsigned char log_id[static AUDIT_ID_BYTES]) MUST_USE;
/* The key after n records, with the hash of the last of them, sealed; and back. RC_BROKEN: altered,
 * of another log, or of another boot key. */
void audit_keys_store(struct audit_keys *k, const unsigned char log_id[static AUDIT_ID_BYTES],
                      int64_t n, const unsigned char head[static 32],
                      unsigned char ret[static AUDIT_STATE_BYTES]);
enum rc audit_keys_load(struct audit_keys *k, const unsigned char log_id[static AUDIT_ID_BYTES],
                        const unsigned char state[static AUDIT_STATE_BYTES], int64_t *ret_n,
                        unsigned char ret_head[static 32]) MUST_USE;

/* The MAC of the next record, whose key is then gone; audit_keys_keep() makes that final,
 * audit_keys_drop() goes back to where the last of the two was called. */
void audit_keys_mac(struct audit_keys *k, struct bytes record, unsigned char ret[static 32]);
void audit_keys_keep(struct audit_keys *k);
void audit_keys_drop(struct audit_keys *k);

void audit_keys_sign(const struct audit_keys *k, struct bytes text,
                     unsigned char ret[static AUDIT_SIGNATURE_BYTES]);
void audit_keys_public(const struct audit_keys *k, unsigned char ret[static 32]);
bool audit_is_signed(struct bytes text, const unsigned char signature[static AUDIT_SIGNATURE_BYTES],
                     const unsigned char public_key[static 32]);

/* From now on no log can be begun and no record's MAC of before can be made with this keyring. */
void keyring_forget_first(struct keyring *k);

/* SHA-256 of one byte and two parts: a node or leaf of RFC 6962. */
void seal_tree_hash(unsigned char prefix, struct bytes a, struct bytes b,
                    unsigned char ret[static 32]);
