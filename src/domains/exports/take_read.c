/* SPDX-License-Identifier: AGPL-3.0-or-later
 * take_read.c - a row of an export as values for its table: what columns.c and files.c write,
 * read. */
#include "take_private.h"

#include <stdio.h>
#include <string.h>

enum rc wrong_value(const struct take_batch *b, int64_t nth, const char *column)
{
    return refusef(b->x->cx, RC_INVALID, NULL,
                   N_("%s, row %lld, column %s: this value cannot be read. Nothing was imported."),
                   b->file.path, (long long)nth, column);
}

enum rc unknown_column(const struct take_batch *b, const char *column)
{
    return refusef(b->x->cx, RC_INVALID, NULL,
                   N_("%s has other columns than this version knows: %s. Install the version that "
                      "made the export, or a later one. Nothing was imported."),
                   b->file.path, column);
}

/* --- a row, read --------------------------------------------------------------------------------
 */

static const struct form_pair *pair_at(const struct form *f, const char *key, int *next)
{
    for (int i = 0; i < f->n; i++, (*next)++) {
        if (*next >= f->n)
            *next = 0;
        if (strcmp(f->pair[*next].key, key) == 0)
            return &f->pair[(*next)++];
    }
    return NULL;
}

/* The members of a list, with commas between. */
static const char *set_at(struct arena *a, const struct form *f, const char *key, int *ret_n)
{
    struct buf b;
    size_t n = strlen(key);
    buf_init(&b, a, 4096);
    *ret_n = 0;
    for (int i = 0; i < f->n; i++) {
        const struct form_pair *p = &f->pair[i];
        if (strncmp(p->key, key, n) != 0 || (p->key[n] != '.' && p->key[n] != '\0'))
            continue;
        (*ret_n)++;
        if (p->key[n] == '\0' && p->kind == FORM_EMPTY)
            continue;
        buf_puts(&b, b.len > 0 ? "," : "");
        buf_puts(&b, p->kind == FORM_STRING && p->key[n] == '.' ? p->value : "?");
    }
    return b.s;
}

static enum form_kind kind_in_json(enum field_kind k)
{
    return k == FIELD_INT || k == FIELD_CENTS ? FORM_NUMBER
           : k == FIELD_BOOL                  ? FORM_BOOL
                                              : FORM_STRING;
}

/* As cell_plain() writes it; "": null. */
static enum rc read_plain(struct take_batch *b, const struct form *f, const struct column *c,
                          int *next, int *n_read, const char **ret)
{
    if (c->kind == FIELD_SET) {
        int n;
        *ret = set_at(&b->x->batch, f, c->key, &n);
        *n_read += n;
        return n > 0 ? RC_OK : unknown_column(b, c->key);
    }
    const struct form_pair *p = pair_at(f, c->key, next);
    if (p == NULL)
        return unknown_column(b, c->key);
    (*n_read)++;
    *ret = p->kind == FORM_BOOL ? (p->value[0] == '1' ? "true" : "false") : p->value;
    bool is_good = p->kind == FORM_NULL || p->kind == kind_in_json(c->kind);
    return is_good ? RC_OK : wrong_value(b, b->file.n, c->key);
}

static bool bytes_of_hex(struct arena *a, const char *s, struct bytes *ret)
{
    size_t n = strlen(s);
    unsigned char *p = arena_alloc(a, n / 2 + 1);
    if (n % 2 != 0 || strspn(s, "0123456789abcdef") != n)
        return false;
    for (size_t i = 0; i < n / 2; i++) {
        unsigned byte = 0;
        (void)sscanf(s + 2 * i, "%2x", &byte);
        p[i] = (unsigned char)byte;
    }
    *ret = (struct bytes){p, n / 2};
    return true;
}

/* What is nothing in the export: no text, no end, or nothing. */
static bool value_of_nothing(const struct column *c, enum dump_kind kind, bool is_required,
                             struct db_val *ret)
{
    *ret = DB_NIL;
    if (is_required && kind == DUMP_TEXT)
        *ret = DB_S("");
    else if (is_required && kind == DUMP_INT && c->kind == FIELD_INSTANT)
        *ret = DB_I(INT64_MAX);
    else if (is_required && kind == DUMP_INT && c->kind == FIELD_SET)
        *ret = DB_I(0);
    return !is_required || ret->kind != DB_NULL;
}

static enum rc read_value(struct take_batch *b, const struct column *c, const char *plain,
                          struct db_val *ret)
{
    int64_t n;
    struct id id;
    struct bytes bytes;
    enum dump_kind kind = b->t->kinds[c->col];
    bool is_good = true;
    if (plain[0] == '\0')
        is_good = value_of_nothing(c, kind, b->t->is_required[c->col], ret);
    else if (kind == DUMP_BLOB && (is_good = bytes_of_hex(&b->x->batch, plain, &bytes)))
        *ret = DB_B(bytes);
    else if (kind == DUMP_TEXT && (is_good = c->kind != FIELD_ID || id_parse(plain, &id)))
        *ret = DB_S(plain);
    else if (kind == DUMP_INT && (is_good = cell_number_of(c, plain, &n)))
        *ret = DB_I(n);
    return is_good ? RC_OK : wrong_value(b, b->file.n, c->key);
}

enum rc take_read(struct take_batch *b, const struct form *f)
{
    struct take_row *r = &b->row[b->n];
    struct arena *a = &b->x->batch;
    int next = 0, n_read = 0;
    *r = (struct take_row){.nth = b->file.n,
                           .v = arena_array(a, struct db_val, b->t->n_cols),
                           .plain = arena_array(a, const char *, COLUMNS_MAX)};
    for (int i = 0; i < b->cols.n; i++) {
        const struct column *c = &b->cols.list[i];
        TRY(read_plain(b, f, c, &next, &n_read, &r->plain[i]));
        if (c->col >= 0)
            TRY(read_value(b, c, r->plain[i], &r->v[c->col]));
    }
    if (n_read != f->n) {
        for (int i = 0; i < f->n; i++) { /* one that is too many */
            int k = 0;
            size_t n = strcspn(f->pair[i].key, ".");
            while (k < b->cols.n && (strncmp(b->cols.list[k].key, f->pair[i].key, n) != 0 ||
                                     b->cols.list[k].key[n] != '\0'))
                k++;
            if (k == b->cols.n)
                return unknown_column(b, f->pair[i].key);
        }
        return unknown_column(b, "?");
    }
    b->n++;
    return RC_OK;
}
