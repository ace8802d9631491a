/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erased.c - the list of who was erased, beside the archives. It outlives what is in them: whoever
 * is put back out of an archive from before is erased again.
 *
 *     # Entracte: ...
 *     <keyed hash of the client's id> 2026-11-23 asked
 *     mac <keyed hash of the lines above>
 *
 * It names nobody. Its key is of the practice, comes out of the root key, and is in the manifest of
 * each archive: whoever has archive and kit can tell whether the list is theirs and whole. */
#include "app/audit.h"
#include "backup_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIST_MAX_BYTES = 16 << 20, HASH_HEX = 2 * TOMBSTONE_HASH_BYTES };
static const char head[] =
    "# Entracte: erased clients, by a keyed hash of their id. Keep this file with the backups: a "
    "restore reads it.\n";

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define _cleanup_fd_ CLEANUP(fd_close)

static struct bytes bytes_of(const char *s, size_t n)
{
    return (struct bytes){(const unsigned char *)s, n};
}

enum rc erased_key(struct cx *cx, struct erased_key *ret)
{
    unsigned char key[32];
    TRY(seal_index(cx->keys, "list of erased clients", bytes_of("", 0), key));
    (void)snprintf(ret->hex, sizeof(ret->hex), "%s", audit_hex(cx->arena, key, sizeof(key)));
    explicit_bzero(key, sizeof(key));
    return RC_OK;
}

/* Practices that share a directory do not meet. */
static const char *list_name(struct arena *a, const struct erased_key *key)
{
    unsigned char hash[32];
    seal_mac(key->hex, "name of the list", bytes_of("", 0), hash);
    return arena_printf(a, "entracte-erased-%s.txt", audit_hex(a, hash, 8));
}

static const char *mac_of(struct arena *a, const struct erased_key *key, const char *s, size_t n)
{
    unsigned char mac[32];
    seal_mac(key->hex, "list of erased clients", bytes_of(s, n), mac);
    return audit_hex(a, mac, sizeof(mac));
}

/* --- reading ----------------------------------------------------------------------------- */

static bool take_hash(const char *hex, unsigned char ret[static TOMBSTONE_HASH_BYTES])
{
    for (int i = 0; i < TOMBSTONE_HASH_BYTES; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        ret[i] = (unsigned char)byte;
    }
    return true;
}

static bool take_line(const char *line, struct tombstone *ret)
{
    char hex[HASH_HEX + 1], day[11], reason[32];
    *ret = (struct tombstone){0};
    if (sscanf(line, "%64[0-9a-f] %10s %31s", hex, day, reason) != 3 || strlen(hex) != HASH_HEX ||
        !take_hash(hex, ret->client_hash) || !days_parse_iso(day, &ret->days))
        return false;
    for (int i = 0; i < ERASE_REASON_N_; i++)
        if (strcmp(reason, erasure_reason_choices[i].key) == 0) {
            ret->reason = (enum erasure_reason)i;
            return true;
        }
    return false;
}

/* What the mac holds of is ours. */
static bool is_genuine(struct arena *a, const struct erased_key *key, const char *text, size_t n)
{
    static const char word[] = "mac ";
    size_t n_word = strlen(word), n_last = n_word + HASH_HEX + 1;
    if (strlen(text) != n || n < strlen(head) + n_last || text[n - 1] != '\n' ||
        strncmp(text, head, strlen(head)) != 0 || text[n - n_last - 1] != '\n')
        return false;
    const char *last = text + n - n_last;
    return strncmp(last, word, n_word) == 0 &&
           seal_equal(last + n_word, mac_of(a, key, text, n - n_last), HASH_HEX);
}

static enum rc parse(struct arena *a, const char *text, struct tombstone **ret, int *ret_n)
{
    struct tombstone *list = NULL;
    int n = 0, cap = 0;
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (*line == '#' || strncmp(line, "mac ", 4) == 0)
            continue;
        arena_grow(a, list, n, cap);
        if (!take_line(line, &list[n++]))
            return RC_INVALID;
    }
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

static enum rc slurp(struct arena *a, int dir, const char *name, const char **ret, size_t *ret_n)
{
    struct stat st;
    _cleanup_fd_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? RC_NOT_FOUND : RC_BUSY;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > LIST_MAX_BYTES)
        return RC_INVALID;
    char *text = arena_alloc(a, (size_t)st.st_size + 1);
    size_t n = 0;
    for (ssize_t some = 1; some > 0 && n < (size_t)st.st_size; n += (size_t)some) {
        some = read(fd, text + n, (size_t)st.st_size - n);
        if (some < 0)
            return RC_BUSY;
    }
    text[n] = '\0';
    *ret = text;
    *ret_n = n;
    return RC_OK;
}

static enum rc read_at(struct cx *cx, int dir, const struct erased_key *key, struct tombstone **ret,
                       int *ret_n)
{
    const char *text = NULL;
    size_t n = 0;
    enum rc rc = slurp(cx->arena, dir, list_name(cx->arena, key), &text, &n);
    if (rc == RC_OK && !is_genuine(cx->arena, key, text, n))
        rc = RC_INVALID;
    if (rc == RC_OK)
        rc = parse(cx->arena, text, ret, ret_n);
    if (rc == RC_INVALID)
        return refuse(cx, rc, NULL,
                      N_("The list of erased clients beside the archives was altered or damaged, "
                         "or is another practice's. Put back the right one."));
    return rc == RC_BUSY ? refuse(cx, rc, NULL,
                                  N_("The list of erased clients beside the archives cannot be "
                                     "read."))
                         : rc;
}

enum rc erased_read(struct cx *cx, const char *archive, const struct erased_key *key,
                    struct tombstone **ret, int *ret_n)
{
    const char *slash = strrchr(archive, '/');
    const char *dir = slash == NULL ? "."
                      : slash == archive
                          ? "/"
                          : arena_strndup(cx->arena, archive, (size_t)(slash - archive));
    _cleanup_fd_ int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return at >= 0 ? read_at(cx, at, key, ret, ret_n) : RC_NOT_FOUND;
}

/* --- writing ----------------------------------------------------------------------------- */

static bool has(const struct tombstone *list, int n, const struct tombstone *t)
{
    for (int i = 0; i < n; i++)
        if (memcmp(list[i].client_hash, t->client_hash, TOMBSTONE_HASH_BYTES) == 0)
            return true;
    return false;
}

/* What stands there already stays: this may be a copy from before that was put back. */
static const char *text_of(struct cx *cx, const struct erased_key *key,
                           const struct tombstone *there, int n_there, const struct tombstone *own,
                           int n_own)
{
    struct buf b;
    buf_init(&b, cx->arena, LIST_MAX_BYTES);
    buf_printf(&b, "%s", head);
    for (int i = 0; i < n_there + n_own; i++) {
        char day[11];
        const struct tombstone *t = i < n_there ? &there[i] : &own[i - n_there];
        if (i >= n_there && has(there, n_there, t))
            continue;
        days_format_iso(t->days, day);
        buf_printf(&b, "%s %s %s\n", audit_hex(cx->arena, t->client_hash, TOMBSTONE_HASH_BYTES),
                   day, erasure_reason_choices[t->reason].key);
    }
    buf_printf(&b, "mac %s\n", mac_of(cx->arena, key, b.s, strlen(b.s)));
    return b.s;
}

static enum rc write_at(struct cx *cx, int dir, const char *name, const char *text)
{
    const char *part = backup_part_name(cx, "list");
    size_t n = strlen(text);
    (void)unlinkat(dir, part, 0);
    _cleanup_fd_ int fd =
        openat(dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0 &&
              renameat2(dir, part, dir, name, 0) == 0 && fsync(dir) == 0;
    if (!ok)
        (void)unlinkat(dir, part, 0);
    return ok ? RC_OK
              : refuse(cx, RC_BUSY, NULL,
                       N_("The list of erased clients could not be written beside the backups."));
}

enum rc erased_write(struct cx *cx, const char *dir)
{
    struct erased_key key;
    struct tombstone *there = NULL, *own = NULL;
    int n_there = 0, n_own = 0;
    const char *was = NULL;
    size_t n_was = 0;
    _cleanup_fd_ int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return refuse(cx, RC_NOT_FOUND, NULL,
                      N_("The directory for backups is not there, or cannot be opened."));
    TRY(erased_key(cx, &key));
    const char *name = list_name(cx->arena, &key);
    TRY(tombstone_list(cx, &own, &n_own));
    if (slurp(cx->arena, at, name, &was, &n_was) == RC_OK &&
        (!is_genuine(cx->arena, &key, was, n_was) ||
         parse(cx->arena, was, &there, &n_there) != RC_OK))
        n_there = 0; /* altered: what the database knows takes its place */
    const char *text = text_of(cx, &key, there, n_there, own, n_own);
    return was != NULL && strcmp(was, text) == 0 ? RC_OK : write_at(cx, at, name, text);
}
