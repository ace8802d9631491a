/* SPDX-License-Identifier: AGPL-3.0-or-later
 * out.c - writes an archive. */
#include "arc/arc.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PART_BYTES = 1 << 20, PIECE_BYTES = 64 * 1024, LEVEL = 3, FRAME_HEAD_BYTES = 8 };

struct arc_out {
    int fd;
    struct archive *tar;
    struct age_writer *age;
    uint64_t n_inside; /* bytes given to age */
    int64_t n_rows;
    /* the part of a table that is being filled */
    char *part;
    size_t n_part, cap_part;
    int part_number;
    bool failed;
};

static enum rc write_fd(void *arg, struct bytes part)
{
    const struct arc_out *o = arg;
    while (part.len > 0) {
        ssize_t n = write(o->fd, part.p, part.len);
        if (n <= 0)
            return RC_BUSY;
        part.p += n;
        part.len -= (size_t)n;
    }
    return RC_OK;
}

static enum rc into_age(struct arc_out *o, const void *p, size_t n)
{
    o->n_inside += n;
    return age_write(o->age, (struct bytes){p, n});
}

static la_ssize_t on_write(struct archive *tar, void *arg, const void *p, size_t n)
{
    struct arc_out *o = arg;
    if (into_age(o, p, n) == RC_OK)
        return (la_ssize_t)n;
    archive_set_error(tar, ARCHIVE_FATAL, "not written");
    return -1;
}

enum rc arc_begin(int fd, const struct age_key *to, int n_to, struct arc_out **ret)
{
    struct arc_out *o = calloc(1, sizeof(*o));
    if (o == NULL)
        abort();
    *ret = o;
    o->fd = fd;
    o->tar = archive_write_new();
    if (o->tar == NULL)
        abort();
    TRY(age_write_begin(to, n_to, write_fd, o, &o->age));
    char level[4];
    snprintf(level, sizeof(level), "%d", LEVEL);
    bool ok =
        archive_write_add_filter_zstd(o->tar) == ARCHIVE_OK &&
        archive_write_set_filter_option(o->tar, "zstd", "compression-level", level) == ARCHIVE_OK &&
        archive_write_set_format_pax_restricted(o->tar) == ARCHIVE_OK &&
        archive_write_set_bytes_in_last_block(o->tar, 1) == ARCHIVE_OK &&
        archive_write_open(o->tar, o, NULL, on_write, NULL) == ARCHIVE_OK;
    return ok ? RC_OK : RC_BUSY;
}

static enum rc put_head(struct arc_out *o, const char *name, int64_t n_bytes)
{
    struct archive_entry *e = archive_entry_new();
    if (e == NULL)
        abort();
    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, n_bytes);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0600);
    int r = archive_write_header(o->tar, e);
    archive_entry_free(e);
    return r == ARCHIVE_OK ? RC_OK : RC_BUSY;
}

static enum rc put_data(struct arc_out *o, const void *p, size_t n)
{
    return archive_write_data(o->tar, p, n) == (la_ssize_t)n ? RC_OK : RC_BUSY;
}

enum rc arc_put(struct arc_out *o, const char *name, struct bytes content)
{
    TRY(put_head(o, name, (int64_t)content.len));
    return put_data(o, content.p, content.len);
}

enum rc arc_put_file(struct arc_out *o, const char *name, int fd, int64_t n_bytes)
{
    char piece[PIECE_BYTES];
    TRY(put_head(o, name, n_bytes));
    for (int64_t at = 0, n; at < n_bytes; at += n) {
        size_t want = n_bytes - at < PIECE_BYTES ? (size_t)(n_bytes - at) : PIECE_BYTES;
        n = pread(fd, piece, want, at);
        if (n <= 0)
            return n == 0 ? RC_NOT_FOUND : RC_BUSY;
        TRY(put_data(o, piece, (size_t)n));
    }
    return RC_OK;
}

/* --- tables ------------------------------------------------------------------------------- */

static void add(struct arc_out *o, const char *s, size_t n)
{
    if (n == 0)
        return;
    if (n > o->cap_part - o->n_part) {
        size_t cap = o->cap_part == 0 ? PART_BYTES + PIECE_BYTES : o->cap_part * 2;
        while (n > cap - o->n_part)
            cap *= 2;
        char *p = malloc(cap);
        if (p == NULL)
            abort();
        if (o->n_part > 0)
            memcpy(p, o->part, o->n_part);
        free(o->part);
        o->part = p;
        o->cap_part = cap;
    }
    memcpy(o->part + o->n_part, s, n);
    o->n_part += n;
}

/* Source: PostgreSQL's manual, COPY, text format. */
static void add_text(struct arc_out *o, const char *s)
{
    for (; *s != '\0'; s++) {
        char pair[2] = {'\\', *s == '\n' ? 'n' : *s == '\t' ? 't' : *s == '\r' ? 'r' : '\\'};
        if (*s == '\n' || *s == '\t' || *s == '\r' || *s == '\\')
            add(o, pair, 2);
        else
            add(o, s, 1);
    }
}

static void add_blob(struct arc_out *o, struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    add(o, "\\\\x", 3);
    for (size_t i = 0; i < b.len; i++) {
        char pair[2] = {digits[b.p[i] >> 4], digits[b.p[i] & 15]};
        add(o, pair, 2);
    }
}

static void add_value(struct arc_out *o, const struct db_val *v)
{
    char number[24];
    switch (v->kind) {
    case DB_NULL:
        add(o, "\\N", 2);
        break;
    case DB_INT:
        add(o, number, (size_t)snprintf(number, sizeof(number), "%lld", (long long)v->i));
        break;
    case DB_TEXT:
        add_text(o, v->s);
        break;
    case DB_BLOB:
        add_blob(o, v->b);
        break;
    }
}

static enum rc end_part(struct arc_out *o, const char *table)
{
    char name[160];
    int n = snprintf(name, sizeof(name), "tables/%s.%d.tsv", table, ++o->part_number);
    struct bytes content = {(const unsigned char *)o->part, o->n_part};
    o->n_part = 0;
    return n < (int)sizeof(name) ? arc_put(o, name, content) : RC_BROKEN;
}

static void begin_part(struct arc_out *o, const struct dump_table *t)
{
    for (int i = 0; i < t->n_cols; i++) {
        add(o, i > 0 ? "\t" : "", i > 0);
        add(o, t->cols[i], strlen(t->cols[i]));
    }
    add(o, "\n", 1);
}

static enum rc on_table(void *arg, const struct dump_table *t UNUSED)
{
    struct arc_out *o = arg;
    o->part_number = 0;
    return RC_OK;
}

static enum rc on_row(void *arg, const struct dump_table *t, const struct db_val *v)
{
    struct arc_out *o = arg;
    if (o->n_part == 0)
        begin_part(o, t);
    for (int i = 0; i < t->n_cols; i++) {
        add(o, i > 0 ? "\t" : "", i > 0);
        add_value(o, &v[i]);
    }
    add(o, "\n", 1);
    o->n_rows++;
    return o->n_part >= PART_BYTES ? end_part(o, t->name) : RC_OK;
}

static enum rc on_table_end(void *arg, const struct dump_table *t)
{
    struct arc_out *o = arg;
    return o->n_part > 0 ? end_part(o, t->name) : RC_OK;
}

void arc_tables(struct arc_out *o, struct dump_sink *ret)
{
    *ret = (struct dump_sink){o, on_table, on_row, on_table_end};
}

int64_t arc_n_rows(const struct arc_out *o)
{
    return o->n_rows;
}

/* --- the end -------------------------------------------------------------------------------- */

/* What is inside fills whole chunks, so that the file's length tells whether its end is missing:
 * a frame that zstd passes over (RFC 8878, 3.1.2). */
static enum rc fill_chunk(struct arc_out *o)
{
    static const unsigned char zeros[AGE_CHUNK_BYTES];
    size_t left = AGE_CHUNK_BYTES - o->n_inside % AGE_CHUNK_BYTES;
    if (left < FRAME_HEAD_BYTES)
        left += AGE_CHUNK_BYTES;
    uint32_t n = (uint32_t)(left - FRAME_HEAD_BYTES);
    unsigned char head[FRAME_HEAD_BYTES] = {0x50, 0x2a, 0x4d, 0x18};
    for (int i = 0; i < 4; i++)
        head[4 + i] = (unsigned char)(n >> 8 * i);
    TRY(into_age(o, head, sizeof(head)));
    for (size_t some; n > 0; n -= (uint32_t)some) {
        some = n < sizeof(zeros) ? n : sizeof(zeros);
        TRY(into_age(o, zeros, some));
    }
    return RC_OK;
}

enum rc arc_end(struct arc_out *o)
{
    if (archive_write_close(o->tar) != ARCHIVE_OK)
        return RC_BUSY;
    TRY(fill_chunk(o));
    TRY(age_write_end(o->age));
    return fsync(o->fd) == 0 ? RC_OK : RC_BUSY;
}

void arc_out_key(const struct arc_out *o, struct age_file_key *ret)
{
    age_writer_file_key(o->age, ret);
}

void arc_out_free(struct arc_out *o)
{
    if (o == NULL)
        return;
    if (o->age == NULL) /* the head could not be written */
        archive_write_fail(o->tar);
    archive_write_free(o->tar);
    age_writer_free(o->age);
    free(o->part);
    free(o);
}
