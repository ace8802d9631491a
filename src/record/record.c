/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record.c - values of fields: reaching, comparing and showing them. */
#include "record/record_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 200, NOTE_MAX = 20000, LAST_MINUTE = 24 * 60 - 1 };
#define INT_MOST INT64_C(1000000000)
#define CENTS_MOST INT64_C(100000000000)

static const void *at(const struct field *f, const void *rec)
{
    return (const char *)rec + f->offset;
}

const char *field_text(const struct field *f, const void *rec)
{
    return or_empty(*(const char *const *)at(f, rec));
}

static struct id field_id(const struct field *f, const void *rec)
{
    return *(const struct id *)at(f, rec);
}

int64_t field_int(const struct field *f, const void *rec)
{
    switch (f->kind) {
    case FIELD_DATE:
    case FIELD_MINUTES:
        return *(const int32_t *)at(f, rec);
    case FIELD_INT:
    case FIELD_CENTS:
    case FIELD_INSTANT:
        return *(const int64_t *)at(f, rec);
    case FIELD_CHOICE:
        return *(const int *)at(f, rec);
    case FIELD_SET:
        return *(const unsigned *)at(f, rec);
    case FIELD_BOOL:
        return *(const bool *)at(f, rec);
    default:
        abort();
    }
}

void field_set_text(const struct field *f, void *rec, const char *s)
{
    *(const char **)((char *)rec + f->offset) = s;
}

void field_set_id(const struct field *f, void *rec, struct id id)
{
    *(struct id *)((char *)rec + f->offset) = id;
}

void field_set_int(const struct field *f, void *rec, int64_t v)
{
    void *p = (char *)rec + f->offset;
    switch (f->kind) {
    case FIELD_DATE:
    case FIELD_MINUTES:
        *(int32_t *)p = (int32_t)v;
        break;
    case FIELD_INT:
    case FIELD_CENTS:
    case FIELD_INSTANT:
        *(int64_t *)p = v;
        break;
    case FIELD_CHOICE:
        *(int *)p = (int)v;
        break;
    case FIELD_SET:
        *(unsigned *)p = (unsigned)v;
        break;
    case FIELD_BOOL:
        *(bool *)p = v != 0;
        break;
    default:
        abort();
    }
}

static int64_t unset(const struct field *f)
{
    switch (f->kind) {
    case FIELD_DATE:
        return DATE_NONE;
    case FIELD_MINUTES:
        return -1;
    case FIELD_INT:
    case FIELD_CENTS:
        return f->flags & REQUIRED ? INT_UNSET : 0;
    case FIELD_CHOICE:
        return f->flags & REQUIRED ? CHOICE_UNSET : 0;
    default:
        return 0;
    }
}

void field_clear(const struct field *f, void *rec)
{
    if (field_is_text(f))
        field_set_text(f, rec, NULL);
    else if (f->kind == FIELD_ID)
        field_set_id(f, rec, (struct id){0});
    else
        field_set_int(f, rec, unset(f));
}

bool field_is_set(const struct field *f, const void *rec)
{
    if (field_is_text(f))
        return *field_text(f, rec) != '\0';
    if (f->kind == FIELD_ID)
        return id_is_set(field_id(f, rec));
    int64_t v = field_int(f, rec);
    if (f->kind == FIELD_CHOICE)
        return v >= 0 && v < f->n_choices;
    if (f->kind == FIELD_INT || f->kind == FIELD_CENTS)
        return v != INT_UNSET;
    return v != unset(f);
}

int64_t field_min(const struct field *f)
{
    if (f->min != 0)
        return f->min;
    if (f->kind == FIELD_DATE)
        return days_from_civil(1900, 1, 1);
    return f->kind == FIELD_INSTANT ? 1 : 0;
}

int64_t field_max(const struct field *f)
{
    if (f->max != 0)
        return f->max;
    switch (f->kind) {
    case FIELD_TEXT:
        return TEXT_MAX;
    case FIELD_NOTE:
        return NOTE_MAX;
    case FIELD_DATE:
        return days_from_civil(2100, 12, 31);
    case FIELD_MINUTES:
        return LAST_MINUTE;
    case FIELD_CENTS:
        return CENTS_MOST;
    case FIELD_INSTANT:
        return days_from_civil(2100, 12, 31) * MS_PER_DAY;
    default:
        return INT_MOST;
    }
}

const struct field *field_find(const struct record_type *t, const char *key)
{
    for (int i = 0; i < t->n_fields; i++)
        if (strcmp(t->fields[i].key, key) == 0)
            return &t->fields[i];
    return NULL;
}

int choice_find(const struct field *f, const char *key)
{
    for (int i = 0; i < f->n_choices; i++)
        if (strcmp(f->choices[i].key, key) == 0)
            return i;
    return -1;
}

bool record_value(const struct field *f, const void *rec, int64_t *ret_number,
                  const char **ret_text)
{
    *ret_number = 0;
    *ret_text = "";
    if (!field_is_set(f, rec))
        return false;
    if (field_is_text(f))
        *ret_text = field_text(f, rec);
    else if (f->kind == FIELD_ID)
        *ret_text = ((const struct id *)at(f, rec))->s;
    else
        *ret_number = field_int(f, rec);
    return true;
}

void record_clear(const struct record_type *t, void *rec)
{
    for (int i = 0; i < t->n_fields; i++)
        field_clear(&t->fields[i], rec);
}

/* --- canonical text ------------------------------------------------------------ */

static const char *set_keys(struct arena *a, const struct field *f, int64_t bits)
{
    struct buf b;
    buf_init(&b, a, 4096);
    for (int i = 0; i < f->n_choices; i++)
        if (bits >> i & 1) {
            buf_puts(&b, b.len > 0 ? "," : "");
            buf_puts(&b, f->choices[i].key);
        }
    return b.s;
}

const char *field_plain_int(struct arena *a, const struct field *f, int64_t v)
{
    char date[11];
    switch (f->kind) {
    case FIELD_DATE:
        days_format_iso((int32_t)v, date);
        return arena_strdup(a, date);
    case FIELD_MINUTES:
        return minutes_format(a, (int32_t)v);
    case FIELD_CHOICE:
        return f->choices[v].key;
    case FIELD_SET:
        return set_keys(a, f, v);
    case FIELD_BOOL:
        return "1";
    default:
        return arena_printf(a, "%" PRId64, v);
    }
}

const char *field_plain(struct arena *a, const struct field *f, const void *rec)
{
    if (!field_is_set(f, rec))
        return "";
    if (field_is_text(f))
        return field_text(f, rec);
    if (f->kind == FIELD_ID)
        return arena_strdup(a, field_id(f, rec).s);
    return field_plain_int(a, f, field_int(f, rec));
}

bool int_parse(const char *s, int64_t *ret)
{
    const char *digits = s[0] == '-' ? s + 1 : s;
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;
    errno = 0;
    int64_t v = strtoll(s, NULL, 10);
    if (errno != 0)
        return false;
    *ret = v;
    return true;
}

static bool read_set(const struct field *f, const char *s, int64_t *ret)
{
    *ret = 0;
    for (size_t n; *s != '\0'; s += n + (s[n] == ',')) {
        n = strcspn(s, ",");
        int i = 0;
        while (i < f->n_choices &&
               (strncmp(f->choices[i].key, s, n) != 0 || f->choices[i].key[n] != '\0'))
            i++;
        if (i == f->n_choices)
            return false;
        *ret |= INT64_C(1) << i;
    }
    return true;
}

bool field_read_plain(const struct field *f, const char *s, void *rec)
{
    int64_t v = 0;
    int32_t small = 0;
    bool ok = true;
    struct id id;

    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_NOTE:
        field_set_text(f, rec, s);
        return true;
    case FIELD_ID:
        ok = id_parse(s, &id);
        if (ok)
            field_set_id(f, rec, id);
        return ok;
    case FIELD_DATE:
        ok = days_parse_iso(s, &small);
        v = small;
        break;
    case FIELD_MINUTES:
        ok = minutes_parse(s, &small);
        v = small;
        break;
    case FIELD_CHOICE:
        v = choice_find(f, s);
        ok = v >= 0;
        break;
    case FIELD_SET:
        ok = read_set(f, s, &v);
        break;
    case FIELD_BOOL:
        v = 1;
        ok = strcmp(s, "1") == 0;
        break;
    default:
        ok = int_parse(s, &v);
        break;
    }
    if (ok)
        field_set_int(f, rec, v);
    return ok;
}

bool record_read(const struct field *f, const char *plain, void *rec)
{
    return field_read_plain(f, plain, rec);
}

const char *record_changed(struct arena *a, const struct record_type *t, const void *was,
                           const void *is)
{
    struct buf b;
    buf_init(&b, a, 8192);
    for (int i = 0; i < t->n_fields; i++) {
        const struct field *f = &t->fields[i];
        if (strcmp(field_plain(a, f, was), field_plain(a, f, is)) == 0)
            continue;
        buf_puts(&b, b.len > 0 ? "," : "");
        buf_puts(&b, f->key);
    }
    return b.s;
}

/* --- as the actor reads it ------------------------------------------------------ */

static const char *set_labels(struct cx *cx, const struct field *f, int64_t bits)
{
    struct buf b;
    buf_init(&b, cx->arena, 8192);
    for (int i = 0; i < f->n_choices; i++)
        if (bits >> i & 1) {
            buf_puts(&b, b.len > 0 ? ", " : "");
            buf_puts(&b, trc(cx, f->choices[i].label));
        }
    return b.s;
}

const char *field_show_int(struct cx *cx, const struct field *f, int64_t v)
{
    struct arena *a = cx->arena;
    switch (f->kind) {
    case FIELD_DATE:
        return locale_date(a, cx->locale, (int32_t)v, DATE_MEDIUM);
    case FIELD_MINUTES:
        return locale_time(a, cx->locale, (int32_t)v);
    case FIELD_CENTS:
        return locale_money(a, cx->locale, v, cx->currency);
    case FIELD_CHOICE:
        return trc(cx, f->choices[v].label);
    case FIELD_SET:
        return set_labels(cx, f, v);
    case FIELD_BOOL:
        return v ? trc(cx, N_("Yes")) : trc(cx, N_("No"));
    case FIELD_INSTANT:
        return cx_moment(cx, v, DATE_MEDIUM);
    default:
        return locale_int(a, cx->locale, v);
    }
}

const char *record_show(struct cx *cx, const struct record_type *t, const void *rec,
                        const char *key)
{
    const struct field *f = field_find(t, key);
    if (f == NULL)
        abort();
    if (field_is_text(f) || f->kind == FIELD_ID)
        return field_plain(cx->arena, f, rec);
    if (f->kind != FIELD_BOOL && !field_is_set(f, rec))
        return "";
    return field_show_int(cx, f, field_int(f, rec));
}
