/* SPDX-License-Identifier: AGPL-3.0-or-later
 * form.c - pairs, rows of pairs, and the urlencoded reader (form_json.c and form_multipart.c
 * have the others). */
#include "base/utf8.h"
#include "text/form_private.h"

#include <stdio.h>
#include <string.h>

void form_add_pair(struct arena *a, struct form *f, struct form_pair p)
{
    arena_grow(a, f->pair, f->n, f->cap);
    f->pair[f->n++] = p;
}

void form_add(struct arena *a, struct form *f, const char *key, const char *value)
{
    form_add_pair(a, f, (struct form_pair){.key = key, .value = value});
}

bool form_has_room(const struct form *f)
{
    return f->n + f->n_files < FORM_MAX_PAIRS;
}

bool form_key_is_valid(const char *key, size_t n)
{
    return n > 0 && n <= FORM_MAX_KEY && utf8_is_valid(key, n);
}

const char *form_get(const struct form *f, const char *key)
{
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->pair[i].key, key) == 0)
            return f->pair[i].value;
    return NULL;
}

const struct form_file *form_file(const struct form *f, const char *key)
{
    for (int i = 0; i < f->n_files; i++)
        if (strcmp(f->file[i].key, key) == 0)
            return &f->file[i];
    return NULL;
}

bool form_has(const struct form *f, const char *key)
{
    return form_get(f, key) != NULL || form_file(f, key) != NULL;
}

/* --- rows: "tasks.0.title" ------------------------------------------------ */

/* The index in "prefix.12.rest" or "prefix.12"; -1 when key is none. */
static int row_index(const char *key, const char *prefix, size_t prefix_bytes)
{
    if (strncmp(key, prefix, prefix_bytes) != 0 || key[prefix_bytes] != '.')
        return -1;
    const char *p = key + prefix_bytes + 1;
    size_t digits = strspn(p, "0123456789");
    if (digits < 1 || digits > 4 || (digits > 1 && p[0] == '0') ||
        (p[digits] != '.' && p[digits] != '\0'))
        return -1;
    int i = 0;
    while (digits-- > 0)
        i = i * 10 + (*p++ - '0');
    return i;
}

int form_rows(const struct form *f, const char *prefix, int max)
{
    size_t len = strlen(prefix);
    int n = 0, at;
    for (int i = 0; i < f->n; i++)
        if ((at = row_index(f->pair[i].key, prefix, len)) >= n)
            n = at + 1;
    for (int i = 0; i < f->n_files; i++)
        if ((at = row_index(f->file[i].key, prefix, len)) >= n)
            n = at + 1;
    return n < max ? n : max;
}

struct form form_row(struct arena *a, const struct form *f, const char *prefix, int i)
{
    struct form row = {.is_json = f->is_json};
    const char *start = arena_printf(a, "%s.%d.", prefix, i);
    size_t len = strlen(start);
    for (int k = 0; k < f->n; k++)
        if (strncmp(f->pair[k].key, start, len) == 0)
            form_add_pair(a, &row,
                          (struct form_pair){.key = f->pair[k].key + len,
                                             .value = f->pair[k].value,
                                             .kind = f->pair[k].kind});
    for (int k = 0; k < f->n_files; k++) {
        if (strncmp(f->file[k].key, start, len) != 0)
            continue;
        arena_grow(a, row.file, row.n_files, row.cap_files);
        row.file[row.n_files] = f->file[k];
        row.file[row.n_files++].key += len;
    }
    return row;
}

/* --- application/x-www-form-urlencoded ------------------------------------ */

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* s decoded into the arena; NULL when malformed. */
static const char *decode(struct arena *a, const char *s, size_t n)
{
    char *text = arena_alloc(a, n + 1), *to = text;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '+') {
            *to++ = ' ';
        } else if (s[i] != '%') {
            *to++ = s[i];
        } else {
            int high = i + 2 < n ? hex(s[i + 1]) : -1;
            int low = high >= 0 ? hex(s[i + 2]) : -1;
            if (low < 0)
                return NULL;
            *to++ = (char)(high << 4 | low);
            i += 2;
        }
    }
    return utf8_is_valid(text, (size_t)(to - text)) ? text : NULL;
}

enum rc form_parse_urlencoded(struct arena *a, const char *s, size_t n, struct form *ret)
{
    struct form f = {0};
    for (const char *end = s + n, *next; s < end; s = next + 1) {
        next = memchr(s, '&', (size_t)(end - s));
        next = next != NULL ? next : end;
        if (next == s)
            continue;
        const char *eq = memchr(s, '=', (size_t)(next - s));
        const char *key_end = eq != NULL ? eq : next, *value = eq != NULL ? eq + 1 : next;
        if ((size_t)(key_end - s) > 3 * FORM_MAX_KEY || !form_has_room(&f))
            return RC_INVALID;
        const char *k = decode(a, s, (size_t)(key_end - s));
        const char *v = decode(a, value, (size_t)(next - value));
        if (k == NULL || v == NULL || !form_key_is_valid(k, strlen(k)))
            return RC_INVALID;
        form_add(a, &f, k, v);
    }
    *ret = f;
    return RC_OK;
}
