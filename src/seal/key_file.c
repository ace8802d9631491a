/* SPDX-License-Identifier: AGPL-3.0-or-later
 * key_file.c - the boot key on disk: 64 hex digits and a newline, for its owner's eyes only. */
#include "seal/seal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_DIGITS = 2 * KEY_BYTES };
struct key_text {
    char s[PASSPHRASE_TEXT_BYTES + 2]; /* the longer form, newline, and one byte too many */
};

static void text_wipe(struct key_text *t)
{
    sodium_memzero(t, sizeof(*t));
}
#define _cleanup_text_ CLEANUP(text_wipe)
static void fd_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define _cleanup_fd_ CLEANUP(fd_close)

/* Asked of the open file, not of its name: nobody can swap it in between. */
static enum rc check_file(int fd, const char **ret_why)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        *ret_why = "The key file cannot be examined.";
        return RC_INVALID;
    }
    if (!S_ISREG(st.st_mode)) {
        *ret_why = "The key file is not a regular file.";
        return RC_INVALID;
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        *ret_why = "The key file is open to other users of this computer; give it mode 0400.";
        return RC_INVALID;
    }
    return RC_OK;
}

static enum rc read_key(int fd, passphrase_ask *ask, struct key *ret, const char **ret_why)
{
    struct key_text _cleanup_text_ t = {{0}};
    size_t len = 0;
    ssize_t got = 0;
    while (len < sizeof(t.s) && (got = read(fd, t.s + len, sizeof(t.s) - len)) > 0)
        len += (size_t)got;
    if (got < 0) {
        *ret_why = "The key file cannot be read.";
        return RC_INVALID;
    }
    if (len > 0 && (len == HEX_DIGITS + 1 || len == PASSPHRASE_TEXT_BYTES + 1) &&
        t.s[len - 1] == '\n')
        len--;
    if (passphrase_is(t.s, len))
        return passphrase_take(t.s, ask, ret, ret_why);
    size_t bin_len;
    if (len != HEX_DIGITS ||
        sodium_hex2bin(ret->b, KEY_BYTES, t.s, len, NULL, &bin_len, NULL) != 0 ||
        bin_len != KEY_BYTES) {
        *ret_why = "The key file is damaged: it must hold 64 hexadecimal digits and nothing else.";
        return RC_INVALID;
    }
    return RC_OK;
}

static enum rc open_key(const char *key_file, passphrase_ask *ask, struct key *ret,
                        const char **ret_why)
{
    if (sodium_init() < 0)
        return RC_BROKEN;
    /* O_NONBLOCK: a pipe in its place must not hang the start */
    int _cleanup_fd_ fd = open(key_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT) {
        *ret_why = "The key file does not exist.";
        return RC_NOT_FOUND;
    }
    if (fd < 0) {
        *ret_why =
            "The key file cannot be opened; does it belong to the user who runs this program?";
        return RC_INVALID;
    }
    TRY(check_file(fd, ret_why));
    return read_key(fd, ask, ret, ret_why);
}

enum rc keyring_open_with(const char *key_file, passphrase_ask *ask, struct keyring **ret,
                          const char **ret_why)
{
    struct key _cleanup_key_ boot = {{0}};
    TRY(open_key(key_file, ask, &boot, ret_why));
    *ret = keyring_new(&boot);
    return RC_OK;
}

enum rc keyring_open(const char *key_file, struct keyring **ret, const char **ret_why)
{
    return keyring_open_with(key_file, NULL, ret, ret_why);
}

/* A key that a power failure takes back would take every sealed value with it. */
static bool store(int fd, const char *path, const struct key_text *t, size_t len)
{
    if (fchmod(fd, S_IRUSR) != 0 || write(fd, t->s, len) != (ssize_t)len || fsync(fd) != 0)
        return false;
    char *copy = strdup(path);
    if (copy == NULL)
        abort();
    int _cleanup_fd_ dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    return dir >= 0 && fsync(dir) == 0;
}

enum rc keyring_make_file(const char *key_file)
{
    if (sodium_init() < 0)
        return RC_BROKEN;
    int _cleanup_fd_ fd = open(key_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR);
    if (fd < 0)
        return errno == EEXIST ? RC_CONFLICT : RC_BUSY;
    struct key _cleanup_key_ boot;
    struct key_text _cleanup_text_ t = {{0}};
    randombytes_buf(boot.b, KEY_BYTES);
    sodium_bin2hex(t.s, sizeof(t.s), boot.b, KEY_BYTES);
    t.s[HEX_DIGITS] = '\n';
    if (!store(fd, key_file, &t, HEX_DIGITS + 1)) {
        unlink(key_file);
        return RC_BUSY;
    }
    return RC_OK;
}

enum rc keyring_set_passphrase(const char *key_file, passphrase_ask *ask, const char *passphrase,
                               const char **ret_why)
{
    struct key _cleanup_key_ boot = {{0}};
    struct key_text _cleanup_text_ t = {{0}};
    char new[PATH_MAX];
    TRY(open_key(key_file, ask, &boot, ret_why));
    TRY(passphrase_put(&boot, passphrase, t.s));
    t.s[PASSPHRASE_TEXT_BYTES] = '\n';
    *ret_why = "The new key file cannot be written beside the old one.";
    if (snprintf(new, sizeof(new), "%s.new", key_file) >= (int)sizeof(new))
        return RC_INVALID;
    int _cleanup_fd_ fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR);
    if (fd < 0)
        return RC_INVALID;
    if (store(fd, new, &t, PASSPHRASE_TEXT_BYTES + 1) &&
        keyring_replace_file(new, key_file) == RC_OK)
        return RC_OK;
    unlink(new);
    return RC_INVALID;
}
