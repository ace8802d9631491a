/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kit.h - the recovery kit: what still opens a practice when the key file or a password is lost.
 *
 * A kit is a seed of 256 random bits, printed as 24 words (BIP-39, English or Spanish). A box key
 * pair comes from it, to whose public half these are sealed:
 *   the root key      a new key file can be made for the database (docs/adr/0013-recovery-kit.md)
 *   the practice's clinical key, and the own key of who made the kit
 * The seed itself is kept under the clinical key, so that a clinician who is signed in can be asked
 * for words of it and print it again. A seed may be printed as three sheets, any two of which give
 * it back (Shamir, libgfshare); the same three whenever they are printed. */
#pragma once
#include "seal/seal.h"

enum {
    KIT_WORDS = 24,
    KIT_SEED_BYTES = 32,
    KIT_PUBLIC_BYTES = 32,
    KIT_BOX_BYTES = 32 + 48,
    KIT_SHEETS = 3,
    KIT_SHEETS_NEEDED = 2,
    KIT_TEXT_MAX = 4096, /* of what is typed */
};
enum kit_language { KIT_ENGLISH, KIT_SPANISH };

struct kit_seed {
    unsigned char b[KIT_SEED_BYTES];
};

/* As stored. */
struct seal_kit {
    unsigned char public_key[KIT_PUBLIC_BYTES];
    unsigned char root[KIT_BOX_BYTES]; /* zeros: this kit opens one practice of many */
    unsigned char clinical[KIT_BOX_BYTES];
    unsigned char own[KIT_BOX_BYTES];
    unsigned char seed[SEAL_WRAPPED_BYTES];
};

/* --- words ---------------------------------------------------------------------- */

/* sheet 0: the kit itself; 1 to 3: one of its sheets. The words are constants. */
void kit_words(const struct kit_seed *seed, int sheet, enum kit_language l,
               const char *ret[static KIT_WORDS]);
/* From the 24 words of a kit or the 48 of two sheets: either language, any case, with or without
 * accents; numbers, punctuation and line breaks are passed over.
 * Errors: RC_INVALID, with ret_bad the first word that is none (in the arena), or NULL when there
 * are too few, too many, or they are out of order. */
enum rc kit_parse(struct arena *a, const char *typed, struct kit_seed *ret,
                  const char **ret_bad) MUST_USE;
/* Is this the word, in the sense above? */
bool kit_is_word(const char *typed, const char *word);

/* --- keys ------------------------------------------------------------------------ */

/* By a session that has the clinical tier open. root: the stored root key (app/root_key.h), or
 * p NULL: the kit does not get it. */
enum rc seal_kit_make(struct keys *k, int64_t practice, struct id kit, struct bytes root,
                      struct seal_kit *ret) MUST_USE;
/* The seed of a stored kit. RC_DENIED: the session has not opened the clinical tier. */
enum rc seal_kit_seed(struct keys *k, int64_t practice, struct id kit,
                      const unsigned char sealed[static SEAL_WRAPPED_BYTES],
                      struct kit_seed *ret) MUST_USE;
/* For the practice's next pair of clinical keys: the words on paper stay as they are. RC_BROKEN: it
 * is not the kit whose seed it has. */
enum rc seal_pair_kit(struct keys *k, int64_t practice, const struct seal_pair *pair, struct id id,
                      struct seal_kit *kit) MUST_USE;
/* Opens the clinical tier in k's session; with_own: for the maker, whose own key comes back too.
 * RC_DENIED: it is not the seed of this kit. */
enum rc seal_kit_open(struct keys *k, int64_t practice, const struct kit_seed *seed,
                      const struct seal_kit *kit, bool with_own) MUST_USE;
/* Gives a keyring that has a boot key alone the root key of a kit, and says how to store it.
 * RC_DENIED: not the seed of this kit, or a kit without it. */
enum rc seal_kit_root(struct keyring *k, const struct kit_seed *seed, const struct seal_kit *kit,
                      unsigned char ret[static SEAL_WRAPPED_BYTES]) MUST_USE;
