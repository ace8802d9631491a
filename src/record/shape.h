/* SPDX-License-Identifier: AGPL-3.0-or-later
 * shape.h - what a page's view holds, as a table: it writes the JSON of the page and its schema in
 * the API document, so that the two cannot disagree.
 *
 * A view is a plain struct made by a handler; its template reads the same members. What only
 * the page needs (formatted text, links) is simply not listed. */
#pragma once
#include "record/record.h"

/* C type of the member. */
enum member_kind {
    M_STR,     /* const char *; string or null */
    M_INT,     /* int64_t */
    M_COUNT,   /* int */
    M_BOOL,    /* bool */
    M_ID,      /* struct id; string or null */
    M_DATE,    /* int32_t days; string or null */
    M_INSTANT, /* int64_t ms, 0: null; ISO 8601 UTC */
    M_KEY,     /* int or enum, index into choices; string */
    M_OBJECT,  /* struct, by value; shape */
    M_LIST,    /* T *, with int n_<name> beside it; array of shape */
    M_RECORD,  /* struct, by value; record_type, its fields as an object */
};
struct shape;
struct member {
    const char *key;
    enum member_kind kind;
    uint16_t offset, n_offset; /* of n_<name> for M_LIST */
    uint32_t size;             /* of one element for M_LIST */
    const struct shape *shape;
    const struct record_type *type;
    const struct choice *choices;
    int n_choices;
};
struct shape {
    const char *name; /* of the schema: "ClientList" */
    const struct member *members;
    int n_members;
};
#define M_OF_(T_, key_, m_, kind_, ok_, ...)                                                       \
    {                                                                                              \
        .key = (key_), .kind = (kind_),                                                            \
        .offset = (uint16_t)(offsetof(T_, m_) + FIELD_IS_(m_, ok_)), ##__VA_ARGS__                 \
    }
#define M_(T_, m_, kind_, ok_, ...) M_OF_(T_, #m_, m_, kind_, ok_, ##__VA_ARGS__)
#define SHAPE_STR(T_, m_) M_(T_, m_, M_STR, FIELD_SAME_(T_, m_, const char *))
#define SHAPE_INT(T_, m_) M_(T_, m_, M_INT, FIELD_SAME_(T_, m_, int64_t))
#define SHAPE_COUNT(T_, m_) M_(T_, m_, M_COUNT, FIELD_SAME_(T_, m_, int))
#define SHAPE_BOOL(T_, m_) M_(T_, m_, M_BOOL, FIELD_SAME_(T_, m_, bool))
#define SHAPE_ID(T_, m_) M_(T_, m_, M_ID, FIELD_SAME_(T_, m_, struct id))
#define SHAPE_DATE(T_, m_) M_(T_, m_, M_DATE, FIELD_SAME_(T_, m_, int32_t))
/* The member is m_ms; its key does not say so, since JSON has ISO 8601. */
#define SHAPE_INSTANT(T_, m_) M_OF_(T_, #m_, m_##_ms, M_INSTANT, FIELD_SAME_(T_, m_##_ms, int64_t))
#define SHAPE_KEY(T_, m_, list_, n_)                                                               \
    M_(T_, m_, M_KEY, sizeof(((T_ *)0)->m_) == sizeof(int), .choices = (list_), .n_choices = (n_))
#define SHAPE_OBJECT(T_, m_, shape_) M_(T_, m_, M_OBJECT, true, .shape = (shape_))
#define SHAPE_LIST(T_, m_, shape_)                                                                 \
    M_(T_, m_, M_LIST, FIELD_SAME_(T_, n_##m_, int), .n_offset = (uint16_t)offsetof(T_, n_##m_),   \
       .size = (uint32_t)sizeof(*((T_ *)0)->m_), .shape = (shape_))
#define SHAPE_RECORD(T_, m_, type_) M_(T_, m_, M_RECORD, true, .type = (type_))
#define SHAPE(name_, members_)                                                                     \
    {                                                                                              \
        .name = (name_), .members = (members_), .n_members = (int)N_ELEMS(members_)                \
    }

/* one object */
void shape_json(const struct shape *s, const struct zone *z, const void *view, struct json *j);
void shape_schema(const struct shape *s, struct json *j);
