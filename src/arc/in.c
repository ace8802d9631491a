/* SPDX-License-Identifier: AGPL-3.0-or-later
 * in.c - reads an archive. Nothing in it is believed: names are plain, sizes are limited. */
#include "arc/arc.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMBER_MAX_BYTES = 64 << 20, NAME_MAX_BYTES = 200, COLS_MAX = 64, PIECE_BYTES = 64 * 1024 };

const char *const arc_sentences[ARC_N_] = {
    [ARC_NONE] = N_("The archive is not there, or cannot be read."),
    [ARC_NOT_OURS] = N_("This is not a backup of Entracte."),
    [ARC_WRONG_KIT] = N_("The archive is whole, but it was made for another recovery kit."),
    [ARC_ALTERED] = N_("The archive was altered or damaged: a part of it is not what was "
                       "written. Take another one."),
    [ARC_TRUNCATED] = N_("The archive is not complete: its end is missing. Take another one, "
                         "or copy it again."),
};

struct arc_in {
    int fd;
    struct archive *tar;
    struct archive_entry *entry;
    struct age_reader *age;
    enum age_fault fault;
};

static enum arc_fault fault_of(enum age_fault f)
{
    static const enum arc_fault faults[] = {[AGE_OK] = ARC_OK,
                                            [AGE_NOT_OURS] = ARC_NOT_OURS,
                                            [AGE_OTHER_KEY] = ARC_WRONG_KIT,
                                            [AGE_ALTERED] = ARC_ALTERED,
                                            [AGE_TRUNCATED] = ARC_TRUNCATED,
                                            [AGE_UNREADABLE] = ARC_NONE};
    return faults[f];
}

/* What libarchive could not read: by a fault below it, or because what is inside is not ours. */
static enum arc_fault fault_in(const struct arc_in *in)
{
    return in->fault != AGE_OK ? fault_of(in->fault) : ARC_ALTERED;
}

static enum rc read_fd(void *arg, unsigned char *to, size_t room, size_t *ret_n)
{
    const struct arc_in *in = arg;
    ssize_t n;
    do
        n = read(in->fd, to, room);
    while (n < 0 && errno == EINTR);
    *ret_n = n > 0 ? (size_t)n : 0;
    return n >= 0 ? RC_OK : RC_BUSY;
}

static la_ssize_t on_read(struct archive *tar, void *arg, const void **ret)
{
    struct arc_in *in = arg;
    struct bytes part;
    in->fault = age_read(in->age, &part);
    if (in->fault != AGE_OK) {
        archive_set_error(tar, EIO, "not read");
        return -1;
    }
    *ret = part.p;
    return (la_ssize_t)part.len;
}

enum arc_fault arc_open(int fd, const struct age_key *kit, const struct age_file_key *key,
                        struct arc_in **ret)
{
    struct arc_in *in = calloc(1, sizeof(*in));
    if (in == NULL)
        abort();
    *ret = in;
    in->fd = fd;
    in->fault = age_read_begin(read_fd, in, &in->age);
    if (in->fault == AGE_OK)
        in->fault = kit != NULL ? age_read_unlock(in->age, kit) : age_read_unlock_by(in->age, key);
    if (in->fault != AGE_OK)
        return fault_of(in->fault);
    in->tar = archive_read_new();
    if (in->tar == NULL)
        abort();
    bool ok = archive_read_support_filter_zstd(in->tar) == ARCHIVE_OK &&
              archive_read_support_format_tar(in->tar) == ARCHIVE_OK &&
              archive_read_open(in->tar, in, NULL, on_read, NULL) == ARCHIVE_OK;
    return ok ? ARC_OK : fault_in(in);
}

/* "a/b.c": no root, no "..", nothing but letters of ours. */
static bool is_plain(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= NAME_MAX_BYTES && name[0] != '/' && strstr(name, "..") == NULL &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == n;
}

/* All that age has was read: the pad behind the last frame too. */
static enum arc_fault finish(struct arc_in *in)
{
    struct bytes part = {(const unsigned char *)"", 1};
    while (in->fault == AGE_OK && part.len > 0)
        in->fault = age_read(in->age, &part);
    return fault_of(in->fault);
}

enum arc_fault arc_next(struct arc_in *in, const char **ret_name, int64_t *ret_bytes)
{
    int r = archive_read_next_header(in->tar, &in->entry);
    *ret_name = NULL;
    if (r == ARCHIVE_EOF)
        return finish(in);
    if (r != ARCHIVE_OK)
        return fault_in(in);
    const char *name = archive_entry_pathname(in->entry);
    if (name == NULL || !is_plain(name) || archive_entry_filetype(in->entry) != AE_IFREG ||
        archive_entry_size(in->entry) < 0)
        return ARC_NOT_OURS;
    *ret_name = name;
    *ret_bytes = archive_entry_size(in->entry);
    return ARC_OK;
}

enum arc_fault arc_take(struct arc_in *in, struct arena *a, struct bytes *ret)
{
    int64_t n = archive_entry_size(in->entry);
    if (n > MEMBER_MAX_BYTES)
        return ARC_NOT_OURS;
    unsigned char *p = arena_alloc(a, (size_t)n + 1);
    if (archive_read_data(in->tar, p, (size_t)n) != n)
        return fault_in(in);
    *ret = (struct bytes){p, (size_t)n};
    return ARC_OK;
}

enum arc_fault arc_take_file(struct arc_in *in, int fd)
{
    unsigned char piece[PIECE_BYTES];
    la_ssize_t n;
    while ((n = archive_read_data(in->tar, piece, sizeof(piece))) > 0)
        for (la_ssize_t at = 0, w; at < n; at += w) {
            w = write(fd, piece + at, (size_t)(n - at));
            if (w <= 0)
                return ARC_NONE;
        }
    if (n < 0)
        return fault_in(in);
    return fsync(fd) == 0 ? ARC_OK : ARC_NONE;
}

void arc_in_free(struct arc_in *in)
{
    if (in == NULL)
        return;
    if (in->tar != NULL)
        archive_read_free(in->tar);
    age_reader_free(in->age);
    free(in);
}

/* --- tables ------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place: what is read is never shorter than what it means. */
static bool take_blob(char *s, size_t n, struct db_val *ret)
{
    unsigned char *to = (unsigned char *)s;
    if (n < 3 || memcmp(s, "\\\\x", 3) != 0 || n % 2 != 1)
        return false;
    for (size_t i = 3; i < n; i += 2) {
        int high = hex_digit(s[i]), low = hex_digit(s[i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[(i - 3) / 2] = (unsigned char)(high << 4 | low);
    }
    *ret = (struct db_val){.kind = DB_BLOB, .b = {to, (n - 3) / 2}};
    return true;
}

static bool take_number(char *s, size_t n, struct db_val *ret)
{
    char *end;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    *ret = DB_I(v);
    return errno == 0 && n > 0 && end == s + n && strchr("-0123456789", s[0]) != NULL;
}

static bool take_text(char *s, size_t n, struct db_val *ret)
{
    char *to = s;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '\\') {
            if (++i == n || strchr("ntr\\", s[i]) == NULL)
                return false;
            c = s[i] == 'n' ? '\n' : s[i] == 't' ? '\t' : s[i] == 'r' ? '\r' : '\\';
        }
        if (c == '\0')
            return false;
        *to++ = c;
    }
    *to = '\0';
    *ret = (struct db_val){.kind = DB_TEXT, .s = s};
    return true;
}

/* A field is ended by the NUL that its caller put. */
static bool take_value(enum dump_kind kind, char *s, size_t n, struct db_val *ret)
{
    if (n == 2 && memcmp(s, "\\N", 2) == 0) {
        *ret = DB_NIL;
        return true;
    }
    return kind == DUMP_BLOB  ? take_blob(s, n, ret)
           : kind == DUMP_INT ? take_number(s, n, ret)
                              : take_text(s, n, ret);
}

/* Cuts a line at its tabs. Returns the number of fields, or -1. */
static int cut(char *line, size_t n, char **field, size_t *len, int max)
{
    int k = 0;
    for (char *end = line + n, *s = line;; s++) {
        char *tab = memchr(s, '\t', (size_t)(end - s));
        if (k == max)
            return -1;
        field[k] = s;
        len[k++] = (size_t)((tab != NULL ? tab : end) - s);
        if (tab == NULL)
            return k;
        *tab = '\0';
        s = tab;
    }
}

/* "tables/NAME.N.tsv" */
static bool table_name(const char *name, char *ret, size_t room)
{
    size_t n = strcspn(name, ".");
    if (strncmp(name, "tables/", 7) != 0 || n - 7 >= room)
        return false;
    memcpy(ret, name + 7, n - 7);
    ret[n - 7] = '\0';
    return true;
}

static enum rc load_line(struct load *l, int n_cols, char *line, size_t n)
{
    char *field[COLS_MAX];
    size_t len[COLS_MAX];
    struct db_val v[COLS_MAX];
    if (cut(line, n, field, len, COLS_MAX) != n_cols)
        return RC_INVALID;
    for (int i = 0; i < n_cols; i++)
        if (!take_value(db_load_kind(l, i), field[i], len[i], &v[i]))
            return RC_INVALID;
    return db_load_row(l, v);
}

enum rc arc_load(struct load *l, const char *name, struct bytes member)
{
    char table[NAME_MAX_BYTES], *field[COLS_MAX], *s = (char *)(uintptr_t)member.p;
    size_t len[COLS_MAX], left = member.len;
    int n_cols = -1;
    if (!table_name(name, table, sizeof(table)))
        return RC_INVALID;
    while (left > 0) {
        char *end = memchr(s, '\n', left);
        if (end == NULL)
            return RC_INVALID;
        *end = '\0';
        size_t n = (size_t)(end - s);
        if (n_cols < 0) {
            n_cols = cut(s, n, field, len, COLS_MAX);
            const char *cols[COLS_MAX];
            for (int i = 0; i < n_cols; i++)
                cols[i] = field[i];
            TRY(db_load_table(l,
                              &(struct dump_table){.name = table, .cols = cols, .n_cols = n_cols}));
        } else {
            TRY(load_line(l, n_cols, s, n));
        }
        s = end + 1;
        left -= n + 1;
    }
    return RC_OK;
}
