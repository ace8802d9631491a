/* SPDX-License-Identifier: AGPL-3.0-or-later
 * form_json.c - JSON objects as pairs. The only user of jansson. */
#include "text/form_private.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* jansson's trees hold what people wrote, so they are wiped as the arena is. */
static void wipe_and_free(void *p)
{
    if (p != NULL)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

static void use_wiping_free(void)
{
    json_set_alloc_funcs(malloc, wipe_and_free);
}

static json_t *load(const char *s, size_t n, size_t flags)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    json_error_t where;
    pthread_once(&once, use_wiping_free);
    return json_loadb(s, n, JSON_REJECT_DUPLICATES | flags, &where);
}

static void drop(json_t **j)
{
    json_decref(*j);
}

static const char *scalar(struct arena *a, const json_t *j)
{
    /* clang-format off */
    switch (json_typeof(j)) {
    case JSON_STRING: return arena_strdup(a, json_string_value(j));
    case JSON_INTEGER: return arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
    case JSON_REAL: return arena_printf(a, "%.17g", json_real_value(j));
    case JSON_TRUE: return "1";
    case JSON_FALSE: return "0";
    default: return ""; /* null; an empty array or object */
    }
    /* clang-format on */
}

static enum form_kind kind_of(const json_t *j)
{
    /* clang-format off */
    switch (json_typeof(j)) {
    case JSON_STRING: return FORM_STRING;
    case JSON_INTEGER: case JSON_REAL: return FORM_NUMBER;
    case JSON_TRUE: case JSON_FALSE: return FORM_BOOL;
    case JSON_NULL: return FORM_NULL;
    default: return FORM_EMPTY;
    }
    /* clang-format on */
}

struct flatten {
    struct arena *arena;
    struct form *form;
    char key[FORM_MAX_KEY + 1]; /* of the value at hand: "tasks.0.title" */
};

static enum rc flatten(struct flatten *f, json_t *j, size_t key_bytes, int depth);

/* One member or element: appends its name to the key for the time being. */
static enum rc flatten_under(struct flatten *f, const char *name, json_t *j, size_t key_bytes,
                             int depth)
{
    size_t left = sizeof(f->key) - key_bytes;
    int n = snprintf(f->key + key_bytes, left, "%s%s", key_bytes > 0 ? "." : "", name);
    if (n < 0 || (size_t)n >= left || name[0] == '\0' || strchr(name, '.') != NULL)
        return RC_INVALID;
    return flatten(f, j, key_bytes + (size_t)n, depth);
}

static enum rc flatten(struct flatten *f, json_t *j, size_t key_bytes, int depth)
{
    const char *name;
    json_t *value;
    size_t i;
    if (json_is_object(j) && (json_object_size(j) > 0 || key_bytes == 0)) {
        if (depth == FORM_MAX_DEPTH)
            return RC_INVALID;
        json_object_foreach(j, name, value)
            TRY(flatten_under(f, name, value, key_bytes, depth + 1));
        return RC_OK;
    }
    if (json_is_array(j) && json_array_size(j) > 0) {
        if (depth == FORM_MAX_DEPTH)
            return RC_INVALID;
        json_array_foreach(j, i, value)
        {
            char index[24];
            snprintf(index, sizeof(index), "%zu", i);
            TRY(flatten_under(f, index, value, key_bytes, depth + 1));
        }
        return RC_OK;
    }
    if (!form_has_room(f->form))
        return RC_INVALID;
    f->key[key_bytes] = '\0';
    form_add_pair(f->arena, f->form,
                  (struct form_pair){.key = arena_strndup(f->arena, f->key, key_bytes),
                                     .value = scalar(f->arena, j),
                                     .kind = kind_of(j)});
    return RC_OK;
}

enum rc form_parse_json(struct arena *a, const char *s, size_t n, struct form *ret)
{
    struct form f = {.is_json = true};
    CLEANUP(drop) json_t *j = load(s, n, 0);
    if (!json_is_object(j))
        return RC_INVALID;
    TRY(flatten(&(struct flatten){.arena = a, .form = &f}, j, 0, 0));
    *ret = f;
    return RC_OK;
}

bool json_is_valid(const char *s, size_t n)
{
    CLEANUP(drop) json_t *j = load(s, n, JSON_DECODE_ANY);
    return j != NULL;
}
