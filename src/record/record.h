/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record.h - one description of a record's fields, used for reading forms and JSON, drawing
 * inputs, writing JSON, the API's schema, sealing, and the audit trail.
 *
 * What it is not (docs/adr/0004-field-tables.md): it has no expressions, no joins, no computed
 * or conditional fields, nothing edited at run time. The C struct comes first; domain code writes
 * c->birth_date, never a lookup by name. Anything that does not fit is written by hand. */
#pragma once
#include "app/cx.h"
#include "text/form.h"
#include "text/html.h"
#include "text/json.h"

/* C type of the member; JSON. */
enum field_kind {
    FIELD_TEXT,    /* const char *, one line, UTF-8; string. NULL and "" are the same */
    FIELD_NOTE,    /* const char *, many lines; string */
    FIELD_DATE,    /* int32_t, days since 1970-01-01 or DATE_NONE; "YYYY-MM-DD" or null */
    FIELD_MINUTES, /* int32_t, minute of the day, -1: not set; "HH:MM" or null */
    FIELD_INT,     /* int64_t; number */
    FIELD_CENTS,   /* int64_t, hundredths; integer in JSON, locale text in forms */
    FIELD_CHOICE,  /* int or an enum, index into choices[]; its key as string */
    FIELD_SET,     /* unsigned, bits by index into choices[]; array; form: repeated key */
    FIELD_BOOL,    /* bool; true or false; form: "1" or absent */
    FIELD_ID,      /* struct id; string or null */
    FIELD_INSTANT, /* int64_t ms UTC, 0: not set; ISO 8601; forms: local time */
};

enum field_flags {
    REQUIRED = 1 << 0,
    NOEXPORT = 1 << 1, /* never in JSON */
    READONLY = 1 << 2, /* in JSON and on the page, but refused when sent */
    EMAIL = 1 << 3,    /* TEXT: looks like an address; input type */
    PHONE = 1 << 4,
    LARGE = 1 << 5, /* NOTE: tall input */
};
struct choice {
    const char *key, *label;
    const char *help; /* drawn beneath it, of a set */
};
struct field {
    const char *key, *label, *help;
    enum field_kind kind;
    uint16_t offset;
    unsigned flags;
    enum seal_class seal; /* SEAL_NONE: a column of its own, handled by the domain's SQL */
    int64_t min, max;     /* TEXT, NOTE: code points; others: value. max 0: the kind's default */
    const struct choice *choices;
    int n_choices;
};
struct record_type {
    const char *table; /* for sealing and audit; at most 24 bytes */
    const char *name;  /* of the schema in the API document: "Client" */
    const struct field *fields;
    int n_fields;
    /* Rules that need more than one field. Reports with refuse(). May be NULL. */
    enum rc (*check)(struct cx *cx, const void *rec);
};
const struct field *field_find(const struct record_type *t, const char *key); /* or NULL */

/* The macros check at compile time that the member has the kind's C type. */
#define FIELD_IS_(m_, ok_)                                                                         \
    (0 * sizeof(struct {                                                                           \
         _Static_assert(ok_, #m_ ": C type does not match the field's kind");                      \
         int x_;                                                                                   \
     }))
#define FIELD_SAME_(T_, m_, c_) __builtin_types_compatible_p(__typeof__(((T_ *)0)->m_), c_)
#define FIELD_(T_, m_, kind_, ok_, label_, ...)                                                    \
    {                                                                                              \
        .key = #m_, .label = (label_), .kind = (kind_),                                            \
        .offset = (uint16_t)(offsetof(T_, m_) + FIELD_IS_(m_, ok_)), ##__VA_ARGS__                 \
    }
#define TEXT(T_, m_, label_, ...)                                                                  \
    FIELD_(T_, m_, FIELD_TEXT, FIELD_SAME_(T_, m_, const char *), label_, ##__VA_ARGS__)
#define NOTE(T_, m_, label_, ...)                                                                  \
    FIELD_(T_, m_, FIELD_NOTE, FIELD_SAME_(T_, m_, const char *), label_, ##__VA_ARGS__)
#define DATE(T_, m_, label_, ...)                                                                  \
    FIELD_(T_, m_, FIELD_DATE, FIELD_SAME_(T_, m_, int32_t), label_, ##__VA_ARGS__)
#define MINUTES(T_, m_, label_, ...)                                                               \
    FIELD_(T_, m_, FIELD_MINUTES, FIELD_SAME_(T_, m_, int32_t), label_, ##__VA_ARGS__)
#define INT(T_, m_, label_, ...)                                                                   \
    FIELD_(T_, m_, FIELD_INT, FIELD_SAME_(T_, m_, int64_t), label_, ##__VA_ARGS__)
#define CENTS(T_, m_, label_, ...)                                                                 \
    FIELD_(T_, m_, FIELD_CENTS, FIELD_SAME_(T_, m_, int64_t), label_, ##__VA_ARGS__)
#define CHOICE(T_, m_, list_, label_, ...)                                                         \
    FIELD_(T_, m_, FIELD_CHOICE, sizeof(((T_ *)0)->m_) == sizeof(int), label_, .choices = (list_), \
           .n_choices = (int)N_ELEMS(list_), ##__VA_ARGS__)
#define SET(T_, m_, list_, label_, ...)                                                            \
    FIELD_(T_, m_, FIELD_SET, FIELD_SAME_(T_, m_, unsigned), label_, .choices = (list_),           \
           .n_choices = (int)N_ELEMS(list_), ##__VA_ARGS__)
#define BOOL(T_, m_, label_, ...)                                                                  \
    FIELD_(T_, m_, FIELD_BOOL, FIELD_SAME_(T_, m_, bool), label_, ##__VA_ARGS__)
#define IDREF(T_, m_, label_, ...)                                                                 \
    FIELD_(T_, m_, FIELD_ID, FIELD_SAME_(T_, m_, struct id), label_, ##__VA_ARGS__)
#define INSTANT(T_, m_, label_, ...)                                                               \
    FIELD_(T_, m_, FIELD_INSTANT, FIELD_SAME_(T_, m_, int64_t), label_, ##__VA_ARGS__)

/* A key that is read by hand, and what JSON must send for it. */
struct form_key {
    const char *key;     /* one that ends in '.' stands for every key with that prefix */
    enum form_kind kind; /* FORM_WORDS: whatever reads it checks it, such as record_parse_row() */
};
/* Refuses, by name, each key of a form that is not among `keys` (ended by {0}, may be NULL) or the
 * frame's own (csrf, version, next), and each JSON value of the wrong kind. */
enum rc form_check(struct cx *cx, const struct form *f, const struct form_key *keys) MUST_USE;
/* A box read by hand: false when it was not sent. */
enum rc form_flag(struct cx *cx, const struct form *f, const char *key, bool *ret) MUST_USE;

/* DATE_NONE, -1, NULL...; REQUIRED numbers INT64_MIN and REQUIRED choices -1: not yet given. */
void record_clear(const struct record_type *t, void *rec);
/* The whole struct zeroed first, what is no field too: id, version, what the domain adds. */
#define record_init(t_, rec_)                                                                      \
    (__builtin_memset((rec_), 0, sizeof(*(rec_))), record_clear((t_), (rec_)))

/* Fills rec from a form: only the keys sent change (so a JSON write may be partial). Keys that
 * are not fields are refused by name, except the frame's own and those in `also`, as form_check().
 * A JSON value must be of the field's kind, or null.
 * Every field's error is collected in cx, so that all are shown at once; then check() runs. For a
 * new record call record_init() first; required fields must be set afterwards. */
enum rc record_parse(struct cx *cx, const struct record_type *t, const struct form *f,
                     const struct form_key *also, void *rec) MUST_USE;
/* The same for row i of a list in the form: keys "prefix.i.key", and errors named so too. */
enum rc record_parse_row(struct cx *cx, const struct record_type *t, const struct form *f,
                         const char *prefix, int i, const struct form_key *also,
                         void *rec) MUST_USE;
/* The row's version that the sender saw, from the frame's "version"; 0 when it is missing: no row
 * has it. */
int64_t form_version(const struct form *f);
int64_t form_number(const struct form *f, const char *key); /* 0: missing, or not a number */

/* Sending a form twice makes one row. The page draws an id (page.once) into a form that moves
 * money; the row is made under it. A row that exists under it already is this form's, sent before:
 * when its fields are the same nothing is left to do; RC_CONFLICT when they are not. Programs may
 * send "once" too. */
extern const struct form_key once_key[]; /* for `also` */
/* unset: not sent */
enum rc form_once(struct cx *cx, const struct form *f, struct id *ret) MUST_USE;
enum rc record_repeats(struct cx *cx, const struct record_type *t, const void *was,
                       const void *is) MUST_USE;

/* What a page needs to draw inputs: `typed` (may be NULL) is what the user sent, shown again after
 * an error. Templates write {{>record_input v.form "birth_date"}}. */
struct record_form {
    struct cx *cx;
    const struct record_type *t;
    const void *rec;
    const struct form *typed;
    const char *prefix; /* "tasks.0." or NULL: put before key in names and ids */
    const struct choice
        *drawn; /* key and label of the inputs that the page draws itself, or NULL */
    int n_drawn;
};
/* A label, the input, its help and its error. Unknown key: aborts (a test draws every page).
 * READONLY is shown as text, FIELD_ID as a hidden input: which rows may be chosen is the page's
 * business. */
void record_input(struct html h, const struct record_form *f, const char *key);
/* all that may be written but FIELD_ID, in table order */
void record_inputs(struct html h, const struct record_form *f);
/* All errors at the top, each linking to its field; nothing when there are none. */
void record_errors(struct html h, const struct record_form *f);

/* Members of an open JSON object. */
void record_json(const struct record_type *t, const struct zone *z, const void *rec,
                 struct json *j);
void record_schema(const struct record_type *t, struct json *j); /* a JSON Schema object */

/* Opens the sealed columns of a list as seal_open_many(), but one damaged row does not take the
 * list along: it is logged by table and id, and its item has rc RC_BROKEN and an empty `out`, which
 * unpacks to nothing. Errors: RC_DENIED, a key is missing. */
enum rc record_open_many(struct cx *cx, struct seal_item *items, int n) MUST_USE;

/* One class of fields as bytes (to be sealed with the row), and back. Format: 1, then for each
 * non-empty field key NUL value NUL. Unknown keys in old rows are ignored; texts of an unpacked
 * record point into `plain`. Errors: RC_INVALID too large to store; RC_BROKEN damaged. */
enum rc record_pack(struct cx *cx, const struct record_type *t, enum seal_class c, const void *rec,
                    struct bytes *ret) MUST_USE;
enum rc record_unpack(struct cx *cx, const struct record_type *t, enum seal_class c,
                      struct bytes plain, void *rec) MUST_USE;

/* pack + seal_close_many / seal_open_many + unpack for a single row. wrapped: {0} when client
 * unset. */
enum rc record_seal(struct cx *cx, const struct record_type *t, enum seal_class c, struct id client,
                    struct bytes wrapped, struct id row, int64_t version, const void *rec,
                    struct bytes *ret) MUST_USE;
enum rc record_unseal(struct cx *cx, const struct record_type *t, enum seal_class c,
                      struct id client, struct bytes wrapped, struct id row, int64_t version,
                      struct bytes sealed, void *rec) MUST_USE;

/* One field as it is: *ret_text for TEXT, NOTE and ID, else *ret_number. False: not set. */
bool record_value(const struct field *f, const void *rec, int64_t *ret_number,
                  const char **ret_text);

/* One field from its canonical text, as record_pack() keeps it; texts point to `plain`. False: not
 * one. */
bool record_read(const struct field *f, const char *plain, void *rec);

/* Names of the fields that differ, comma separated, for the audit trail. */
const char *record_changed(struct arena *a, const struct record_type *t, const void *was,
                           const void *is);
/* A field's value as the user reads it (dates and money by locale, choices translated). */
const char *record_show(struct cx *cx, const struct record_type *t, const void *rec,
                        const char *key);
