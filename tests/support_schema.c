/* SPDX-License-Identifier: AGPL-3.0-or-later
 * support_schema.c - the part of JSON Schema 2020-12 that our documents use: type, properties,
 * required, additionalProperties, items, enum, maxLength. */
#include "support_schema.h"

#include "support.h"
#include "text/json.h"

/* both have a json_null(); here only ours is meant */
#define json_null jansson_json_null
#include <jansson.h>
#undef json_null

struct place {
    const struct place *up;
    const char *key;
};

static void print_place(struct buf *b, const struct place *p)
{
    if (p == NULL)
        return;
    print_place(b, p->up);
    buf_printf(b, "/%s", p->key);
}

static bool differs(struct buf *b, const struct place *p, const char *what)
{
    print_place(b, p);
    buf_printf(b, ": %s", what);
    return false;
}

static bool is_of(const json_t *v, const char *type)
{
    return (strcmp(type, "string") == 0 && json_is_string(v)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
           (strcmp(type, "number") == 0 && json_is_number(v)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
           (strcmp(type, "null") == 0 && json_is_null(v)) ||
           (strcmp(type, "object") == 0 && json_is_object(v)) ||
           (strcmp(type, "array") == 0 && json_is_array(v));
}

static bool has_type(const json_t *v, const json_t *type)
{
    if (!json_is_array(type))
        return type == NULL || is_of(v, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        if (is_of(v, json_string_value(json_array_get(type, i))))
            return true;
    return false;
}

static bool is_listed(const json_t *v, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(v, json_array_get(list, i)))
            return true;
    return list == NULL;
}

static bool check(struct buf *b, const struct place *p, const json_t *schema, const json_t *v);

static bool check_object(struct buf *b, const struct place *p, const json_t *schema,
                         const json_t *v)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    const char *key;
    json_t *member;
    for (size_t i = 0; i < json_array_size(required); i++) {
        key = json_string_value(json_array_get(required, i));
        if (json_object_get(v, key) == NULL)
            return differs(b, &(struct place){p, key}, "is required and missing");
    }
    json_object_foreach((json_t *)(uintptr_t)v, key, member)
    {
        const struct place here = {p, key};
        const json_t *s = json_object_get(properties, key);
        if (s == NULL && json_is_false(json_object_get(schema, "additionalProperties")))
            return differs(b, &here, "is not in the schema");
        if (s != NULL && !check(b, &here, s, member))
            return false;
    }
    return true;
}

static bool check(struct buf *b, const struct place *p, const json_t *schema, const json_t *v)
{
    const json_t *max = json_object_get(schema, "maxLength"),
                 *items = json_object_get(schema, "items");
    if (!has_type(v, json_object_get(schema, "type")))
        return differs(b, p, "has another type");
    if (!json_is_null(v) && !is_listed(v, json_object_get(schema, "enum")))
        return differs(b, p, "is none of the listed values");
    if (max != NULL && json_is_string(v) &&
        json_string_length(v) > 4 * (size_t)json_integer_value(max))
        return differs(b, p, "is too long");
    if (json_is_object(v))
        return check_object(b, p, schema, v);
    for (size_t i = 0; items != NULL && i < json_array_size(v); i++)
        if (!check(b, &(struct place){p, "[]"}, items, json_array_get(v, i)))
            return false;
    return true;
}

void schema_check(struct arena *a, const struct shape *s, const char *target, struct bytes body)
{
    struct buf text, why;
    buf_init(&text, a, 1 << 20);
    buf_init(&why, a, 4096);
    shape_schema(s, &(struct json){.out = &text});
    json_t *schema = json_loadb(text.s, text.len, 0, NULL),
           *v = json_loadb((const char *)body.p, body.len, 0, NULL);
    assert_non_null(schema);
    bool ok = v != NULL ? check(&why, NULL, schema, v) : differs(&why, NULL, "is not JSON");
    json_decref(schema);
    json_decref(v);
    if (!ok)
        fail_msg("%s does not keep the schema %s: %s", target, s->name, why.s);
}

static bool serves(const char *pattern, const char *target)
{
    while (*pattern != '\0') {
        if (*pattern == '{') {
            pattern += strcspn(pattern, "}") + 1;
            target += strcspn(target, "/?");
        } else if (*pattern++ != *target++) {
            return false;
        }
    }
    return *target == '\0' || *target == '?';
}

const struct route *schema_route(const struct domain *const *domains, enum method method,
                                 const char *target)
{
    const struct route *found = NULL; /* one without parameters wins, as in the router */
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++) {
            const struct route *r = &domains[i]->routes[k];
            if (r->method == method && serves(r->path, target) &&
                (found == NULL || strchr(r->path, '{') == NULL))
                found = r;
        }
    return found;
}
