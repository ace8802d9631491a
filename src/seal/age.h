/* SPDX-License-Identifier: AGPL-3.0-or-later
 * age.h - files that the program age (version 1) opens, as streams.
 *
 * Source: age-encryption.org/v1 (C2SP, age.md): X25519 recipients, ChaCha20-Poly1305 in chunks of
 * 64 KiB, HKDF-SHA256. A file of ours has one line more in its head, which age passes over: a hash
 * of the head, by which a damaged head is told from somebody else's file. */
#pragma once
#include "seal/kit.h"

enum {
    AGE_KEY_BYTES = 32,
    AGE_FILE_KEY_BYTES = 16,
    AGE_CHUNK_BYTES = 65536, /* of what is inside; in the file 16 more */
    AGE_RECIPIENTS_MAX = 20,
    AGE_TEXT_BYTES = 80, /* "age1..." or "AGE-SECRET-KEY-1...", with its NUL */
};
/* Public or secret half of a key pair. */
struct age_key {
    unsigned char b[AGE_KEY_BYTES];
};
/* Opens one file and nothing else. */
struct age_file_key {
    unsigned char b[AGE_FILE_KEY_BYTES];
};
enum age_fault {
    AGE_OK,
    AGE_NOT_OURS,  /* no file of this kind, or of a later version */
    AGE_OTHER_KEY, /* whole, but not for this key */
    AGE_ALTERED,
    AGE_TRUNCATED,
    AGE_UNREADABLE, /* the source failed */
};

/* --- keys as text ------------------------------------------------------------------- */

void age_recipient_text(const struct age_key *public_key, char ret[static AGE_TEXT_BYTES]);
/* RC_INVALID: not a recipient, or a mistyped one (it has a checksum). */
enum rc age_recipient_parse(const char *s, struct age_key *ret) MUST_USE;
void age_identity_text(const struct age_key *secret, char ret[static AGE_TEXT_BYTES]);
enum rc age_identity_parse(const char *s, struct age_key *ret) MUST_USE;
void age_public_of(const struct age_key *secret, struct age_key *ret);
/* What a recovery kit opens files with; its public half is struct seal_kit's public_key. */
void age_identity_of_kit(const struct kit_seed *seed, struct age_key *ret);

/* --- writing -------------------------------------------------------------------------- */

typedef enum rc age_put(void *arg, struct bytes part);
struct age_writer;
/* Puts the head. Whoever has the secret half of one of `to` opens the file. */
enum rc age_write_begin(const struct age_key *to, int n_to, age_put *put, void *arg,
                        struct age_writer **ret) MUST_USE;
enum rc age_write(struct age_writer *w, struct bytes part) MUST_USE;
/* The last chunk. A file that misses it is a truncated one. */
enum rc age_write_end(struct age_writer *w) MUST_USE;
void age_writer_file_key(const struct age_writer *w, struct age_file_key *ret);
void age_writer_free(struct age_writer *w); /* wipes; NULL is fine */

/* --- reading ---------------------------------------------------------------------------- */

/* Up to `room` bytes; *ret_n 0: the end. */
typedef enum rc age_get(void *arg, unsigned char *to, size_t room, size_t *ret_n);
struct age_reader;
/* Reads the head. The reader is made whatever it says, and freed by age_reader_free(). */
enum age_fault age_read_begin(age_get *get, void *arg, struct age_reader **ret);
enum age_fault age_read_unlock(struct age_reader *r, const struct age_key *secret);
enum age_fault age_read_unlock_by(struct age_reader *r, const struct age_file_key *key);
/* The next chunk, valid until the next call; len 0: the end was reached and everything is whole.
 * What was read before a fault is authentic as far as it goes. */
enum age_fault age_read(struct age_reader *r, struct bytes *ret);
void age_reader_free(struct age_reader *r); /* wipes; NULL is fine */
