/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record_private.h - how the files of this folder reach the value of a field. */
#pragma once
#include "record/record.h"

/* A table of facts knows no "not set" for numbers and choices, unless they are REQUIRED: then a new
 * record starts without, so that an input left out is noticed. */
#define INT_UNSET INT64_MIN
#define CHOICE_UNSET (-1)

static inline bool field_is_text(const struct field *f)
{
    return f->kind == FIELD_TEXT || f->kind == FIELD_NOTE;
}
const char *field_text(const struct field *f, const void *rec); /* texts; "" for NULL */
int64_t field_int(const struct field *f, const void *rec);      /* every kind but texts and ids */
void field_set_text(const struct field *f, void *rec, const char *s);
void field_set_id(const struct field *f, void *rec, struct id id);
void field_set_int(const struct field *f, void *rec, int64_t v);

void field_clear(const struct field *f, void *rec); /* as record_init() does */
bool field_is_set(const struct field *f, const void *rec);
int64_t field_min(const struct field *f);
int64_t field_max(const struct field *f);
int choice_find(const struct field *f, const char *key); /* or -1 */

/* Canonical text of a value, the same in every locale; "" when it is not set. Read back by
 * field_read_plain(), which is false for damaged text and keeps s itself. */
const char *field_plain(struct arena *a, const struct field *f, const void *rec);
const char *field_plain_int(struct arena *a, const struct field *f, int64_t v);
bool field_read_plain(const struct field *f, const char *s, void *rec);
/* Digits with an optional minus, nothing else. */
bool int_parse(const char *s, int64_t *ret);

/* A value that is a number inside (dates, amounts...) as the actor reads it. */
const char *field_show_int(struct cx *cx, const struct field *f, int64_t v);
