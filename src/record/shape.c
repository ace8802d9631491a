/* SPDX-License-Identifier: AGPL-3.0-or-later
 * shape.c - views as JSON, written straight from the struct, and their schemas. */
#include "record/shape.h"

/* --- values ------------------------------------------------------------------------- */

static void date_json(int32_t days, struct json *j)
{
    char iso[11];
    days_format_iso(days, iso);
    json_str(j, days == DATE_NONE ? NULL : iso);
}

static void instant_json(int64_t ms, struct json *j)
{
    char iso[32] = "";
    if (ms != 0)
        ms_format_iso(ms, iso);
    json_str(j, ms != 0 ? iso : NULL);
}

static void key_json(const struct member *m, int i, struct json *j)
{
    json_str(j, i >= 0 && i < m->n_choices ? m->choices[i].key : NULL);
}

static void list_json(const struct member *m, const struct zone *z, const void *view,
                      struct json *j)
{
    const char *element = *(const char *const *)((const char *)view + m->offset);
    int n = *(const int *)((const char *)view + m->n_offset);
    json_open(j, '[');
    for (int i = 0; i < n; i++, element += m->size)
        shape_json(m->shape, z, element, j);
    json_close(j, ']');
}

static void fields_json(const struct member *m, const struct zone *z, const void *rec,
                        struct json *j)
{
    if (rec == NULL) {
        json_null(j);
        return;
    }
    json_open(j, '{');
    record_json(m->type, z, rec, j);
    json_close(j, '}');
}

static void member_json(const struct member *m, const struct zone *z, const void *view,
                        struct json *j)
{
    const void *p = (const char *)view + m->offset;
    switch (m->kind) {
    case M_STR:
        json_str(j, *(const char *const *)p);
        break;
    case M_INT:
        json_i64(j, *(const int64_t *)p);
        break;
    case M_COUNT:
        json_i64(j, *(const int *)p);
        break;
    case M_BOOL:
        json_bool(j, *(const bool *)p);
        break;
    case M_ID:
        json_str(j, id_is_set(*(const struct id *)p) ? ((const struct id *)p)->s : NULL);
        break;
    case M_DATE:
        date_json(*(const int32_t *)p, j);
        break;
    case M_INSTANT:
        instant_json(*(const int64_t *)p, j);
        break;
    case M_KEY:
        key_json(m, *(const int *)p, j);
        break;
    case M_OBJECT:
        shape_json(m->shape, z, p, j);
        break;
    case M_LIST:
        list_json(m, z, view, j);
        break;
    case M_RECORD:
        fields_json(m, z, p, j);
        break;
    }
}

void shape_json(const struct shape *s, const struct zone *z, const void *view, struct json *j)
{
    json_open(j, '{');
    for (int i = 0; i < s->n_members; i++) {
        json_key(j, s->members[i].key);
        member_json(&s->members[i], z, view, j);
    }
    json_close(j, '}');
}

/* --- schema --------------------------------------------------------------------------- */

static void put_str(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    json_str(j, value);
}

static void put_nullable(struct json *j, const char *type)
{
    json_key(j, "type");
    json_open(j, '[');
    json_str(j, type);
    json_str(j, "null");
    json_close(j, ']');
}

static void put_choices(struct json *j, const struct member *m)
{
    put_nullable(j, "string");
    json_key(j, "enum");
    json_open(j, '[');
    for (int i = 0; i < m->n_choices; i++)
        json_str(j, m->choices[i].key);
    json_null(j);
    json_close(j, ']');
}

static void put_scalar(struct json *j, const struct member *m)
{
    json_open(j, '{');
    if (m->kind == M_INT || m->kind == M_COUNT)
        put_str(j, "type", "integer");
    else if (m->kind == M_BOOL)
        put_str(j, "type", "boolean");
    else if (m->kind == M_KEY)
        put_choices(j, m);
    else
        put_nullable(j, "string");
    if (m->kind == M_DATE)
        put_str(j, "format", "date");
    if (m->kind == M_INSTANT)
        put_str(j, "format", "date-time");
    json_close(j, '}');
}

static void member_schema(const struct member *m, struct json *j)
{
    switch (m->kind) {
    case M_OBJECT:
        shape_schema(m->shape, j);
        break;
    case M_LIST:
        json_open(j, '{');
        put_str(j, "type", "array");
        json_key(j, "items");
        shape_schema(m->shape, j);
        json_close(j, '}');
        break;
    case M_RECORD:
        record_schema(m->type, j);
        break;
    default:
        put_scalar(j, m);
    }
}

void shape_schema(const struct shape *s, struct json *j)
{
    json_open(j, '{');
    put_str(j, "title", s->name);
    put_str(j, "type", "object");
    json_key(j, "properties");
    json_open(j, '{');
    for (int i = 0; i < s->n_members; i++) {
        json_key(j, s->members[i].key);
        member_schema(&s->members[i], j);
    }
    json_close(j, '}');
    json_key(j, "required");
    json_open(j, '[');
    for (int i = 0; i < s->n_members; i++)
        json_str(j, s->members[i].key);
    json_close(j, ']');
    json_key(j, "additionalProperties");
    json_bool(j, false);
    json_close(j, '}');
}
