/* SPDX-License-Identifier: AGPL-3.0-or-later
 * files.c - the files of an export: rows as JSON and CSV, what they are, and their hashes. */
#include "exports_private.h"
#include "interop/csv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROW_MAX = 8 << 20, DOCUMENT_MAX = 64 << 20, TABLES_OUT_MAX = 64 };
#define DRAFT "https://json-schema.org/draft/2020-12/schema"

enum rc not_written(struct cx *cx)
{
    return refuse(cx, RC_BUSY, NULL,
                  N_("The export could not be written: the disk is full or not there. Nothing of "
                     "it was kept."));
}

static const char *path_in(struct export *x, const char *path)
{
    return arena_printf(x->cx->arena, "%s/%s", x->ask->dir, path);
}

enum rc dir_new(struct export *x, const char *path)
{
    return x->spool != NULL || mkdir(path_in(x, path), 0700) == 0 ? RC_OK : not_written(x->cx);
}

/* --- where bytes go: a file in the directory, or pieces of the spool ----------------------------
 */

struct sink {
    struct export *x;
    int file; /* the list moves when it grows */
    int fd;   /* -1: into the spool */
};

static enum rc put_piece(struct export *x, struct out_file *f, struct bytes b)
{
    int64_t at = spool_bytes(x->spool);
    TRY(spool_put(x->spool, b));
    if (f->n_pieces > 0 && f->piece[f->n_pieces - 1].at + f->piece[f->n_pieces - 1].n == at) {
        f->piece[f->n_pieces - 1].n += (int64_t)b.len;
        return RC_OK;
    }
    arena_grow(x->cx->arena, f->piece, f->n_pieces, f->cap_pieces);
    f->piece[f->n_pieces++] = (struct out_piece){at, (int64_t)b.len};
    return RC_OK;
}

static bool put_fd(int fd, struct bytes b)
{
    while (b.len > 0) {
        ssize_t n = write(fd, b.p, b.len);
        if (n <= 0)
            return false;
        b.p += n;
        b.len -= (size_t)n;
    }
    return true;
}

/* 0: not written, as stdio wants it. */
static ssize_t on_write(void *cookie, const char *p, size_t n)
{
    struct sink *k = cookie;
    struct out_file *f = &k->x->files[k->file];
    const struct bytes b = {(const unsigned char *)p, n};
    if (k->fd < 0 ? put_piece(k->x, f, b) != RC_OK : !put_fd(k->fd, b))
        return 0;
    seal_sha256_add(&f->hash, b);
    f->n_bytes += (int64_t)n;
    return (ssize_t)n;
}

static int on_close(void *cookie)
{
    struct sink *k = cookie;
    return k->fd < 0 ? 0 : close(k->fd);
}

static enum rc open_sink(struct export *x, int file, int flags, FILE **ret)
{
    struct sink *k = arena_new(x->cx->arena, struct sink);
    *k = (struct sink){x, file, -1};
    *ret = NULL;
    if (x->spool == NULL)
        k->fd =
            open(path_in(x, x->files[file].path), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (x->spool == NULL && k->fd < 0)
        return not_written(x->cx);
    *ret = fopencookie(k, "w", (cookie_io_functions_t){.write = on_write, .close = on_close});
    if (*ret == NULL)
        abort();
    return RC_OK;
}

enum rc file_new(struct export *x, const char *path, FILE **ret)
{
    arena_grow(x->cx->arena, x->files, x->n_files, x->cap_files);
    struct out_file *f = &x->files[x->n_files++];
    *f = (struct out_file){.path = arena_strdup(x->cx->arena, path)};
    seal_sha256_begin(&f->hash);
    return open_sink(x, x->n_files - 1, O_CREAT | O_EXCL, ret);
}

enum rc file_again(struct export *x, int file, FILE **ret)
{
    return open_sink(x, file, O_APPEND, ret);
}

enum rc file_end(struct export *x, FILE **f)
{
    bool is_good = *f != NULL && fflush(*f) == 0 && ferror(*f) == 0;
    if (*f != NULL && fclose(*f) != 0)
        is_good = false;
    *f = NULL;
    return is_good ? RC_OK : not_written(x->cx);
}

enum rc file_whole(struct export *x, const char *path, struct bytes b)
{
    FILE *f;
    TRY(file_new(x, path, &f));
    bool is_good = fwrite(b.p, 1, b.len, f) == b.len;
    enum rc rc = file_end(x, &f);
    return is_good ? rc : not_written(x->cx);
}

static enum rc file_text(struct export *x, const char *path, const struct buf *b)
{
    if (b->full)
        return RC_BROKEN;
    return file_whole(x, path, (struct bytes){(const unsigned char *)b->s, b->len});
}

/* --- rows
 * ----------------------------------------------------------------------------------------- */

struct out_table *table_new(struct export *x, const char *name)
{
    if (x->out == NULL)
        x->out = arena_array(x->cx->arena, struct out_table, TABLES_OUT_MAX);
    if (x->n_out == TABLES_OUT_MAX)
        abort();
    struct out_table *t = &x->out[x->n_out++];
    t->name = name;
    return t;
}

static enum rc put(struct export *x, FILE *f, const struct buf *b)
{
    if (b->full)
        return RC_BROKEN;
    return fwrite(b->s, 1, b->len, f) == b->len ? RC_OK : not_written(x->cx);
}

static enum rc put_heads(struct export *x, struct out_table *t)
{
    const char *heads[COLUMNS_MAX];
    struct buf b;
    buf_init(&b, x->cx->arena, ROW_MAX);
    for (int i = 0; i < t->cols.n; i++)
        heads[i] = t->cols.list[i].key;
    csv_put_row(&b, heads, t->cols.n);
    return put(x, t->csv, &b);
}

enum rc table_begin(struct export *x, struct out_table *t)
{
    struct arena *a = x->cx->arena;
    TRY(file_new(x, arena_printf(a, "json/%s.json", t->name), &t->json));
    TRY(file_new(x, arena_printf(a, "csv/%s.csv", t->name), &t->csv));
    return put_heads(x, t);
}

static void put_json_value(struct arena *a, struct json *j, const struct column *c,
                           const struct cell *v)
{
    if (!v->is_set && c->kind != FIELD_SET)
        json_null(j);
    else if (v->text != NULL)
        json_str(j, v->text);
    else if (c->kind == FIELD_INT || c->kind == FIELD_CENTS)
        json_i64(j, v->number);
    else if (c->kind == FIELD_BOOL)
        json_bool(j, v->number != 0);
    else if (c->kind == FIELD_SET) {
        json_open(j, '[');
        for (int i = 0; i < c->n_choices; i++)
            if (v->number >> i & 1)
                json_str(j, c->choices[i].key);
        json_close(j, ']');
    } else
        json_str(j, cell_plain(a, c, v));
}

static enum rc put_json(struct export *x, struct out_table *t, const struct cell *cells)
{
    struct buf b;
    buf_init(&b, &x->batch, ROW_MAX);
    buf_puts(&b, t->n_rows == 0 ? "[\n" : ",\n");
    struct json j = {.out = &b};
    json_open(&j, '{');
    for (int i = 0; i < t->cols.n; i++) {
        json_key(&j, t->cols.list[i].key);
        put_json_value(&x->batch, &j, &t->cols.list[i], &cells[i]);
    }
    json_close(&j, '}');
    return put(x, t->json, &b);
}

/* Spreadsheets take what begins so for a formula. One apostrophe is put before it, and before an
 * apostrophe, so that whoever takes one away has the cell. */
static const char *guarded(struct arena *a, const struct cell *v, const char *s)
{
    bool looks_like_formula = v->text != NULL && s[0] != '\0' && strchr("=+-@\t\r'", s[0]) != NULL;
    return looks_like_formula ? arena_printf(a, "'%s", s) : s;
}

static enum rc put_csv(struct export *x, struct out_table *t, const struct cell *cells)
{
    const char *texts[COLUMNS_MAX];
    struct buf b;
    buf_init(&b, &x->batch, ROW_MAX);
    for (int i = 0; i < t->cols.n; i++)
        texts[i] =
            guarded(&x->batch, &cells[i], cell_plain(&x->batch, &t->cols.list[i], &cells[i]));
    csv_put_row(&b, texts, t->cols.n);
    return put(x, t->csv, &b);
}

enum rc table_row(struct export *x, struct out_table *t, const struct cell *cells)
{
    TRY(put_json(x, t, cells));
    TRY(put_csv(x, t, cells));
    t->n_rows++;
    x->done.n_rows++;
    return RC_OK;
}

static enum rc table_end(struct export *x, struct out_table *t)
{
    if (fputs(t->n_rows == 0 ? "[]\n" : "\n]\n", t->json) < 0)
        return not_written(x->cx);
    TRY(file_end(x, &t->json));
    return file_end(x, &t->csv);
}

enum rc tables_end(struct export *x)
{
    for (int i = 0; i < x->n_out; i++)
        TRY(table_end(x, &x->out[i]));
    return RC_OK;
}

void tables_drop(struct export *x)
{
    for (int i = 0; i < x->n_out; i++) {
        if (x->out[i].json != NULL)
            fclose(x->out[i].json);
        if (x->out[i].csv != NULL)
            fclose(x->out[i].csv);
    }
}

/* --- schema
 * ---------------------------------------------------------------------------------------
 */

static void put_str(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    json_str(j, value);
}

static void put_enum(struct json *j, const struct column *c, bool has_null)
{
    json_key(j, "enum");
    json_open(j, '[');
    for (int i = 0; i < c->n_choices; i++)
        json_str(j, c->choices[i].key);
    if (has_null)
        json_null(j);
    json_close(j, ']');
}

static void put_type(struct json *j, const char *type)
{
    json_key(j, "type");
    json_open(j, '[');
    json_str(j, type);
    json_str(j, "null");
    json_close(j, ']');
}

static void put_column(struct json *j, const struct column *c)
{
    json_key(j, c->key);
    json_open(j, '{');
    if (c->kind == FIELD_SET) {
        put_str(j, "type", "array");
        json_key(j, "items");
        json_open(j, '{');
        put_enum(j, c, false);
        json_close(j, '}');
    } else if (c->kind == FIELD_CHOICE)
        put_enum(j, c, true);
    else if (c->kind == FIELD_BOOL)
        put_type(j, "boolean");
    else if (c->kind == FIELD_INT || c->kind == FIELD_CENTS)
        put_type(j, "integer");
    else
        put_type(j, "string");
    if (c->kind == FIELD_DATE)
        put_str(j, "format", "date");
    if (c->kind == FIELD_INSTANT)
        put_str(j, "format", "date-time");
    if (c->field != NULL && c->field->label[0] != '\0')
        put_str(j, "description", c->field->label);
    json_close(j, '}');
}

static void put_table(struct json *j, const struct out_table *t)
{
    json_key(j, t->name);
    json_open(j, '{');
    put_str(j, "type", "array");
    json_key(j, "items");
    json_open(j, '{');
    put_str(j, "type", "object");
    json_key(j, "properties");
    json_open(j, '{');
    for (int i = 0; i < t->cols.n; i++)
        put_column(j, &t->cols.list[i]);
    json_close(j, '}');
    json_key(j, "required");
    json_open(j, '[');
    for (int i = 0; i < t->cols.n; i++)
        json_str(j, t->cols.list[i].key);
    json_close(j, ']');
    json_key(j, "additionalProperties");
    json_bool(j, false);
    json_close(j, '}');
    json_close(j, '}');
}

enum rc schema_put(struct export *x)
{
    struct buf b;
    buf_init(&b, x->cx->arena, DOCUMENT_MAX);
    struct json j = {.out = &b};
    json_open(&j, '{');
    put_str(&j, "$schema", DRAFT);
    put_str(&j, "title", "Entracte export 1: json/NAME.json is as #/$defs/NAME says");
    json_key(&j, "$defs");
    json_open(&j, '{');
    for (int i = 0; i < x->n_out; i++)
        put_table(&j, &x->out[i]);
    json_close(&j, '}');
    json_close(&j, '}');
    buf_putc(&b, '\n');
    return file_text(x, "schema.json", &b);
}

/* --- manifest
 * -------------------------------------------------------------------------------------
 */

static const char *hex(struct arena *a, const unsigned char sha[static 32])
{
    struct buf b;
    buf_init(&b, a, 65);
    for (int i = 0; i < 32; i++)
        buf_printf(&b, "%02x", sha[i]);
    return b.s;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct out_file *)a)->path, ((const struct out_file *)b)->path);
}

/* The hash of what sha256sum would print of them. */
static enum rc hash_all(struct export *x)
{
    unsigned char sha[32];
    struct buf b;
    buf_init(&b, x->cx->arena, DOCUMENT_MAX);
    qsort(x->files, (size_t)x->n_files, sizeof(*x->files), by_path);
    for (int i = 0; i < x->n_files; i++) {
        seal_sha256_end(&x->files[i].hash, x->files[i].sha256);
        buf_printf(&b, "%s  %s\n", hex(x->cx->arena, x->files[i].sha256), x->files[i].path);
    }
    if (b.full)
        return RC_BROKEN;
    seal_sha256((struct bytes){(const unsigned char *)b.s, b.len}, sha);
    snprintf(x->done.sha256, sizeof(x->done.sha256), "%s", hex(x->cx->arena, sha));
    return RC_OK;
}

static void put_files(struct export *x, struct json *j)
{
    json_key(j, "files");
    json_open(j, '[');
    for (int i = 0; i < x->n_files; i++) {
        buf_putc(j->out, '\n');
        json_open(j, '{');
        put_str(j, "path", x->files[i].path);
        json_key(j, "bytes");
        json_i64(j, x->files[i].n_bytes);
        put_str(j, "sha256", hex(x->cx->arena, x->files[i].sha256));
        json_close(j, '}');
    }
    buf_putc(j->out, '\n');
    json_close(j, ']');
}

enum rc manifest_put(struct export *x)
{
    struct buf b;
    TRY(hash_all(x));
    buf_init(&b, x->cx->arena, DOCUMENT_MAX);
    struct json j = {.out = &b};
    json_open(&j, '{');
    put_str(&j, "format", "entracte-export");
    json_key(&j, "version");
    json_i64(&j, 1);
    put_str(&j, "sha256", x->done.sha256);
    json_key(&j, "client");
    json_str(&j, is_of_client(x) ? x->ask->client.s : NULL);
    json_key(&j, "clinician");
    json_str(&j, is_of_clinician(x) ? x->ask->clinician.s : NULL);
    json_key(&j, "damaged");
    json_i64(&j, x->done.n_damaged);
    json_key(&j, "rows");
    json_open(&j, '{');
    for (int i = 0; i < x->n_out; i++) {
        json_key(&j, x->out[i].name);
        json_i64(&j, x->out[i].n_rows);
    }
    json_close(&j, '}');
    put_files(x, &j);
    json_close(&j, '}');
    buf_putc(&b, '\n');
    return file_text(x, "manifest.json", &b);
}
