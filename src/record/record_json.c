/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record_json.c - a record as JSON, and the schema of it (JSON Schema 2020-12). */
#include "record/record_private.h"

/* --- values ------------------------------------------------------------------------ */

static void set_json(const struct field *f, int64_t bits, struct json *j)
{
    json_open(j, '[');
    for (int i = 0; i < f->n_choices; i++)
        if (bits >> i & 1)
            json_str(j, f->choices[i].key);
    json_close(j, ']');
}

static void instant_json(const struct zone *z, int64_t ms, struct json *j)
{
    char utc[32];
    ms_format_iso(ms, utc);
    json_str(j, z != NULL ? zone_format_iso(j->out->arena, z, ms) : utc);
}

static void value_json(const struct field *f, const struct zone *z, const void *rec, struct json *j)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_NOTE:
        json_str(j, field_text(f, rec));
        return;
    case FIELD_BOOL:
        json_bool(j, field_int(f, rec) != 0);
        return;
    case FIELD_SET:
        set_json(f, field_int(f, rec), j);
        return;
    default:
        break;
    }
    if (!field_is_set(f, rec))
        json_null(j);
    else if (f->kind == FIELD_INT || f->kind == FIELD_CENTS)
        json_i64(j, field_int(f, rec));
    else if (f->kind == FIELD_INSTANT)
        instant_json(z, field_int(f, rec), j);
    else
        json_str(j, field_plain(j->out->arena, f, rec));
}

void record_json(const struct record_type *t, const struct zone *z, const void *rec, struct json *j)
{
    for (int i = 0; i < t->n_fields; i++) {
        if (t->fields[i].flags & NOEXPORT)
            continue;
        json_key(j, t->fields[i].key);
        value_json(&t->fields[i], z, rec, j);
    }
}

/* --- schema ------------------------------------------------------------------------- */

static void put_str(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    json_str(j, value);
}

static void put_int(struct json *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_i64(j, value);
}

/* {"type": ["string", "null"]: */
static void put_type(struct json *j, const char *type, bool nullable)
{
    json_key(j, "type");
    if (!nullable) {
        json_str(j, type);
        return;
    }
    json_open(j, '[');
    json_str(j, type);
    json_str(j, "null");
    json_close(j, ']');
}

static void put_enum(struct json *j, const struct field *f, bool nullable)
{
    json_key(j, "enum");
    json_open(j, '[');
    for (int i = 0; i < f->n_choices; i++)
        json_str(j, f->choices[i].key);
    if (nullable)
        json_null(j);
    json_close(j, ']');
}

static void put_set(struct json *j, const struct field *f)
{
    put_type(j, "array", false);
    json_key(j, "items");
    json_open(j, '{');
    put_type(j, "string", false);
    put_enum(j, f, false);
    json_close(j, '}');
    json_key(j, "uniqueItems");
    json_bool(j, true);
}

/* Null: what is not set; of numbers and choices only a required one can be, in a new record. */
static void put_kind(struct json *j, const struct field *f)
{
    bool starts_unset = (f->flags & REQUIRED) != 0;
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_NOTE:
        put_type(j, "string", false);
        put_int(j, "maxLength", field_max(f));
        if (f->flags & EMAIL)
            put_str(j, "format", "email");
        break;
    case FIELD_DATE:
        put_type(j, "string", true);
        put_str(j, "format", "date");
        break;
    case FIELD_MINUTES:
        put_type(j, "string", true);
        put_str(j, "pattern", "^([01][0-9]|2[0-3]):[0-5][0-9]$");
        break;
    case FIELD_INT:
    case FIELD_CENTS:
        put_type(j, "integer", starts_unset);
        put_int(j, "minimum", field_min(f));
        put_int(j, "maximum", field_max(f));
        break;
    case FIELD_CHOICE:
        put_type(j, "string", starts_unset);
        put_enum(j, f, starts_unset);
        break;
    case FIELD_SET:
        put_set(j, f);
        break;
    case FIELD_BOOL:
        put_type(j, "boolean", false);
        break;
    case FIELD_ID:
        put_type(j, "string", true);
        put_str(j, "pattern", "^[A-Za-z0-9_-]{22}$");
        break;
    case FIELD_INSTANT:
        put_type(j, "string", true);
        put_str(j, "format", "date-time");
        break;
    }
}

static void put_field(struct json *j, const struct field *f)
{
    json_key(j, f->key);
    json_open(j, '{');
    put_kind(j, f);
    put_str(j, "description", f->label);
    if (f->flags & READONLY) {
        json_key(j, "readOnly");
        json_bool(j, true);
    }
    if (f->flags & NOEXPORT) {
        json_key(j, "writeOnly");
        json_bool(j, true);
    }
    json_close(j, '}');
}

void record_schema(const struct record_type *t, struct json *j)
{
    json_open(j, '{');
    put_str(j, "title", t->name);
    put_type(j, "object", false);
    json_key(j, "properties");
    json_open(j, '{');
    for (int i = 0; i < t->n_fields; i++)
        put_field(j, &t->fields[i]);
    json_close(j, '}');
    json_key(j, "required");
    json_open(j, '[');
    for (int i = 0; i < t->n_fields; i++)
        if ((t->fields[i].flags & REQUIRED) && !(t->fields[i].flags & (READONLY | NOEXPORT)))
            json_str(j, t->fields[i].key);
    json_close(j, ']');
    json_key(j, "additionalProperties");
    json_bool(j, false);
    json_close(j, '}');
}
