/* SPDX-License-Identifier: AGPL-3.0-or-later
 * passphrase.c - a boot key that is wrapped by a passphrase: "passphrase SALT KEY", in hex.
 *
 * Argon2id with 256 MiB and three passes: who has the file tries a guess a second at best. */
#include "seal/seal_private.h"

#include <string.h>

enum {
    SALT_BYTES = crypto_pwhash_argon2id_SALTBYTES,
    PASSES = 3,
    MEMORY_BYTES = 256 << 20,
    PASSPHRASE_MAX = 256,
    WORD_BYTES = 11
};
static const char word[] = "passphrase ";
_Static_assert(sizeof(word) - 1 == WORD_BYTES && SALT_BYTES == 16, "as PASSPHRASE_TEXT_BYTES says");

static void file_place(unsigned char ret[static WRAP_PLACE_BYTES])
{
    wrap_place(0, "boot", SEAL_NONE, ret);
}

static enum rc stretch(const char *passphrase, const unsigned char salt[static SALT_BYTES],
                       struct key *ret)
{
    return crypto_pwhash(ret->b, KEY_BYTES, passphrase, strlen(passphrase), salt, PASSES,
                         MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0
               ? RC_OK
               : RC_BUSY;
}

bool passphrase_is(const char *text, size_t len)
{
    return len == PASSPHRASE_TEXT_BYTES && memcmp(text, word, WORD_BYTES) == 0;
}

static bool unhex(const char *text, size_t digits, unsigned char *ret, size_t size)
{
    size_t len;
    return sodium_hex2bin(ret, size, text, digits, NULL, &len, NULL) == 0 && len == size;
}

enum rc passphrase_take(const char *text, passphrase_ask *ask, struct key *ret,
                        const char **ret_why)
{
    unsigned char salt[SALT_BYTES], wrapped[SEAL_WRAPPED_BYTES], place[WRAP_PLACE_BYTES];
    char typed[PASSPHRASE_MAX] = "";
    struct key _cleanup_key_ under;
    const char *hex = text + WORD_BYTES;
    *ret_why = "The key file is damaged.";
    if (!unhex(hex, 2 * SALT_BYTES, salt, sizeof(salt)) ||
        !unhex(hex + 2 * SALT_BYTES + 1, 2 * SEAL_WRAPPED_BYTES, wrapped, sizeof(wrapped)))
        return RC_INVALID;
    *ret_why = "The key file wants its passphrase, which is typed when the program starts.";
    if (ask == NULL || !ask(typed, sizeof(typed)))
        return RC_INVALID;
    file_place(place);
    enum rc rc = stretch(typed, salt, &under);
    sodium_memzero(typed, sizeof(typed));
    *ret_why = "There is not enough memory to open the key file; it takes 256 MiB for a moment.";
    TRY(rc);
    *ret_why = "This is not the passphrase of the key file.";
    return unwrap_key(&under, place, wrapped, ret) == RC_OK ? RC_OK : RC_INVALID;
}

enum rc passphrase_put(const struct key *boot, const char *passphrase,
                       char ret[static PASSPHRASE_TEXT_BYTES + 1])
{
    unsigned char salt[SALT_BYTES], wrapped[SEAL_WRAPPED_BYTES], place[WRAP_PLACE_BYTES];
    struct key _cleanup_key_ under;
    randombytes_buf(salt, sizeof(salt));
    TRY(stretch(passphrase, salt, &under));
    file_place(place);
    wrap_key(&under, place, boot, wrapped);
    memcpy(ret, word, WORD_BYTES);
    char *p = ret + WORD_BYTES;
    sodium_bin2hex(p, 2 * SALT_BYTES + 1, salt, sizeof(salt));
    p[2 * SALT_BYTES] = ' ';
    sodium_bin2hex(p + 2 * SALT_BYTES + 1, 2 * SEAL_WRAPPED_BYTES + 1, wrapped, sizeof(wrapped));
    return RC_OK;
}
