/* SPDX-License-Identifier: AGPL-3.0-or-later
 * columns.c - what the files' columns are called, and values as they stand in them. */
#include "domains/billing/billing.h"
#include "domains/clients/clients.h"
#include "domains/notes/notes.h"
#include "exports_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_HEX_BYTES = 256 };

/* Labels on pages of what no field table has; what has none anywhere is not for reading. */
static const struct {
    const char *key, *label;
} labels[] = {
    {"start_at", N_("When")},         {"appointment_id", N_("What and with whom")},
    {"attendance", N_("State")},      {"about_at", N_("About")},
    {"author_id", N_("Written by")},  {"kind", N_("Kind")},
    {"state", N_("State")},           {"signed_at", N_("Signed")},
    {"is_late", N_("Late entry")},    {"due_date", N_("Due")},
    {"done_at", N_("Done")},          {"issued_date", N_("Issued")},
    {"total_cents", N_("Total")},     {"open_cents", N_("Open")},
    {"full_number", N_("Number")},    {"from_at", N_("From")},
    {"until_at", N_("Until")},        {"asked_at", N_("Asked")},
    {"seller_name", N_("Issued by")}, {"buyer_name", N_("Bill to")},
};
static const char *const note_keys[] = {"template"};
const char *const invoice_keys[] = {"full_number",        "currency",      "locale",
                                    "seller_name",        "seller_tax_id", "seller_street",
                                    "seller_postal_code", "seller_city",   "seller_country",
                                    "buyer_name",         "buyer_tax_id",  "buyer_street",
                                    "buyer_postal_code",  "buyer_city",    "buyer_country",
                                    "exemption_text",     "bank_account"};
const int n_invoice_keys = N_ELEMS(invoice_keys);
static const char *const photo_keys[] = {"file"};

int column_at(const struct dump_table *t, const char *name)
{
    for (int i = 0; i < t->n_cols; i++)
        if (strcmp(t->cols[i], name) == 0)
            return i;
    return -1;
}

const char *row_text(const struct dump_table *t, const struct db_val *v, const char *col)
{
    int i = col != NULL ? column_at(t, col) : -1;
    return i >= 0 && v[i].kind == DB_TEXT ? v[i].s : NULL;
}

struct id row_id(const struct dump_table *t, const struct db_val *v, const char *col)
{
    struct id id = {0};
    const char *s = row_text(t, v, col);
    return s != NULL && id_parse(s, &id) ? id : (struct id){0};
}

struct seal_where part_where(const struct table_spec *s, const struct part *p,
                             const struct dump_table *t, const struct db_val *v, int64_t practice,
                             struct id client)
{
    struct seal_where where = {.practice = practice,
                               .table = p->sealed_as != NULL ? p->sealed_as : s->table,
                               .row = row_id(t, v, p->row),
                               .cls = p->cls,
                               .version = p->version};
    int version = column_at(t, "version");
    if (p->version == 0 && version >= 0)
        where.version = v[version].i;
    if (p->is_of_client && id_is_set(client))
        where.client = client;
    else if (p->is_of_client) /* about nobody in particular */
        where.cls = SEAL_IDENTITY;
    return where;
}

static bool is_among(const char *const *list, const char *s)
{
    for (int i = 0; i < LEFT_OUT_MAX && list[i] != NULL; i++)
        if (strcmp(list[i], s) == 0)
            return true;
    return false;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), n_end = strlen(end);
    return n > n_end && strcmp(s + n - n_end, end) == 0;
}

static const char *with_end(struct arena *a, const char *s, const char *end, const char *other)
{
    return arena_printf(a, "%.*s%s", (int)(strlen(s) - strlen(end)), s, other);
}

/* --- columns ---------------------------------------------------------------------------------- */

/* The field of that column: fields of ids and instants have shorter names. */
static const struct field *field_of(struct arena *a, const struct record_type *t, const char *col)
{
    static const char *const ends[] = {"_id", "_ms", "_days"};
    if (t == NULL)
        return NULL;
    const struct field *f = field_find(t, col);
    for (size_t i = 0; i < N_ELEMS(ends) && f == NULL; i++)
        if (ends_with(col, ends[i]))
            f = field_find(t, with_end(a, col, ends[i], ""));
    return f;
}

static const char *label_of(const char *key, const struct field *f)
{
    if (f != NULL && f->label[0] != '\0')
        return f->label;
    for (size_t i = 0; i < N_ELEMS(labels); i++)
        if (strcmp(labels[i].key, key) == 0)
            return labels[i].label;
    return NULL;
}

static void put_choices(struct column *c, const struct table_spec *s, const char *col,
                        const struct field *f)
{
    for (int i = 0; i < CODED_MAX && s->coded[i].col != NULL; i++)
        if (strcmp(s->coded[i].col, col) == 0) {
            c->kind = FIELD_CHOICE;
            c->choices = s->coded[i].choices;
            c->n_choices = s->coded[i].n;
            return;
        }
    if (f != NULL && (f->kind == FIELD_CHOICE || f->kind == FIELD_SET || f->kind == FIELD_BOOL)) {
        c->kind = f->kind;
        c->choices = f->choices;
        c->n_choices = f->n_choices;
    }
}

static struct column clear_column(struct arena *a, const struct table_spec *s, const char *col,
                                  enum dump_kind kind)
{
    struct column c = {.key = col, .kind = FIELD_INT, .part = -1};
    const struct field *f = field_of(a, s->type, col);
    if (kind != DUMP_INT)
        c.kind = strcmp(col, "id") == 0 || ends_with(col, "_id") ? FIELD_ID : FIELD_TEXT;
    else if (ends_with(col, "_ms")) {
        c.kind = FIELD_INSTANT;
        c.key = strcmp(col, "at_ms") == 0 ? "at" : with_end(a, col, "_ms", "_at");
    } else if (ends_with(col, "_days")) {
        c.kind = FIELD_DATE;
        c.key = with_end(a, col, "_days", "_date");
    } else if (ends_with(col, "_cents"))
        c.kind = FIELD_CENTS;
    else if (strncmp(col, "is_", 3) == 0)
        c.kind = FIELD_BOOL;
    put_choices(&c, s, col, f);
    c.label = s->title != NULL ? label_of(c.key, f) : NULL;
    return c;
}

static void add(struct columns *cs, struct column c, const struct table_spec *s, bool is_of_client)
{
    bool is_wanted = !is_of_client || s->for_client[0] == NULL || is_among(s->for_client, c.key);
    if (is_wanted && cs->n < COLUMNS_MAX)
        cs->list[cs->n++] = c;
}

static void add_keys(struct columns *cs, const char *const *keys, size_t n, int nth)
{
    for (size_t i = 0; i < n && cs->n < COLUMNS_MAX; i++)
        cs->list[cs->n++] = (struct column){.key = keys[i],
                                            .label = label_of(keys[i], NULL),
                                            .kind = FIELD_TEXT,
                                            .col = -1,
                                            .part = nth};
}

static void add_part(struct columns *cs, const struct table_spec *s, int nth, bool is_of_client)
{
    const struct part *p = &s->part[nth];
    if (p->kind == PART_NOTE)
        add_keys(cs, note_keys, N_ELEMS(note_keys), nth);
    else if (p->kind == PART_INVOICE)
        add_keys(cs, invoice_keys, N_ELEMS(invoice_keys), nth);
    else if (p->kind == PART_PHOTO)
        add_keys(cs, photo_keys, N_ELEMS(photo_keys), nth);
    else if (p->kind == PART_WORDS)
        add_keys(cs, &p->key, 1, nth);
    for (int i = 0; p->kind == PART_RECORD && i < p->type->n_fields; i++) {
        const struct field *f = &p->type->fields[i];
        bool is_sealed = f->seal == p->cls;
        if (is_sealed)
            add(cs,
                (struct column){.key = f->key,
                                .label = s->title != NULL && f->label[0] != '\0' ? f->label : NULL,
                                .kind = f->kind,
                                .choices = f->choices,
                                .n_choices = f->n_choices,
                                .col = -1,
                                .part = nth,
                                .field = f},
                s, is_of_client);
    }
}

static bool is_sealed_column(const struct table_spec *s, const char *col)
{
    for (int i = 0; i < PARTS_MAX && s->part[i].col != NULL; i++)
        if (strcmp(s->part[i].col, col) == 0)
            return true;
    return false;
}

enum rc columns_of(struct arena *a, const struct table_spec *s, const struct dump_table *t,
                   bool is_of_client, struct columns *ret)
{
    ret->n = 0;
    for (int turn = 0; turn < 2; turn++) /* the id comes first */
        for (int i = 0; i < t->n_cols; i++) {
            const char *col = t->cols[i];
            if ((strcmp(col, "id") == 0) != (turn == 0) || strcmp(col, "practice_id") == 0 ||
                is_among(s->left_out, col) || is_sealed_column(s, col))
                continue;
            if (t->kinds[i] == DUMP_BLOB && (s->hex == NULL || strcmp(s->hex, col) != 0))
                return RC_BROKEN;
            struct column c = clear_column(a, s, col, t->kinds[i]);
            c.col = i;
            add(ret, c, s, is_of_client);
        }
    for (int i = 0; i < PARTS_MAX && s->part[i].col != NULL; i++)
        add_part(ret, s, i, is_of_client);
    return ret->n < COLUMNS_MAX ? RC_OK : RC_BROKEN;
}

/* --- cells --------------------------------------------------------------------------------------
 */

struct cell cell_text(const char *s)
{
    return (struct cell){.is_set = is_filled(s), .text = or_empty(s)};
}

struct cell cell_number(int64_t n)
{
    return (struct cell){.is_set = true, .number = n};
}

static const char *hex(struct arena *a, struct bytes b)
{
    struct buf out;
    buf_init(&out, a, 2 * MAX_HEX_BYTES);
    for (size_t i = 0; i < b.len; i++)
        buf_printf(&out, "%02x", b.p[i]);
    return out.s;
}

struct cell cell_of(struct arena *a, const struct column *c, const struct db_val *v)
{
    if (v->kind == DB_TEXT)
        return cell_text(v->s);
    if (v->kind == DB_BLOB)
        return cell_text(hex(a, v->b));
    bool is_open_end = c->kind == FIELD_INSTANT && v->kind == DB_INT && v->i == INT64_MAX;
    if (v->kind == DB_NULL || is_open_end)
        return (struct cell){0};
    return cell_number(v->i);
}

static enum rc cells_of_record(struct cx *cx, const struct part *p, int nth, struct bytes plain,
                               const struct columns *cols, struct cell *cells)
{
    _Alignas(max_align_t) char rec[REC_BYTES] = {0};
    TRY(record_unpack(cx, p->type, p->cls, plain, rec));
    for (int i = 0; i < cols->n; i++) {
        const struct column *c = &cols->list[i];
        if (c->part != nth)
            continue;
        const char *text;
        int64_t number;
        bool is_text = c->kind == FIELD_TEXT || c->kind == FIELD_NOTE || c->kind == FIELD_ID;
        cells[i].is_set = record_value(c->field, rec, &number, &text);
        cells[i].number = number;
        cells[i].text = is_text ? arena_strdup(cx->arena, text) : NULL;
    }
    return RC_OK;
}

static void put_texts(const struct columns *cols, int nth, const char *const *texts, size_t n,
                      struct cell *cells)
{
    size_t at = 0;
    for (int i = 0; i < cols->n; i++)
        if (cols->list[i].part == nth && at < n)
            cells[i] = cell_text(texts[at++]);
}

/* As it is printed; NULL: the row has no number. */
static const char *full_number(struct arena *a, const struct columns *cols,
                               const struct cell *cells)
{
    const struct cell *series = NULL, *number = NULL;
    for (int i = 0; i < cols->n; i++) {
        if (strcmp(cols->list[i].key, "series") == 0)
            series = &cells[i];
        if (strcmp(cols->list[i].key, "number") == 0)
            number = &cells[i];
    }
    return series != NULL && number != NULL
               ? arena_printf(a, "%s-%04lld", series->text, (long long)number->number)
               : NULL;
}

static enum rc cells_of_invoice(struct cx *cx, int nth, struct bytes plain,
                                const struct columns *cols, struct cell *cells)
{
    struct invoice *v = arena_new(cx->arena, struct invoice);
    TRY(invoice_unpack(plain, v));
    const char *number = full_number(cx->arena, cols, cells);
    const struct invoice_party *s = &v->seller, *b = &v->buyer;
    const char *const texts[] = {
        number,         v->currency, v->locale,  s->name,           s->tax_id,      s->street,
        s->postal_code, s->city,     s->country, b->name,           b->tax_id,      b->street,
        b->postal_code, b->city,     b->country, v->exemption_text, v->bank_account};
    _Static_assert(N_ELEMS(texts) == N_ELEMS(invoice_keys), "a text for each key");
    put_texts(cols, nth, texts, N_ELEMS(texts), cells);
    return RC_OK;
}

enum rc cells_of_part(struct cx *cx, const struct part *p, int nth, struct bytes plain,
                      const struct columns *cols, struct cell *cells)
{
    if (plain.len == 0)
        return RC_OK;
    switch (p->kind) {
    case PART_RECORD:
        return cells_of_record(cx, p, nth, plain, cols, cells);
    case PART_INVOICE:
        return cells_of_invoice(cx, nth, plain, cols, cells);
    case PART_NOTE:
    case PART_WORDS: {
        /* the template's key is the first text of a note, and ends with a NUL */
        size_t from = p->kind == PART_NOTE ? 1 : 0;
        const char *text = arena_strndup(cx->arena, (const char *)plain.p + from, plain.len - from);
        put_texts(cols, nth, &text, 1, cells);
        return RC_OK;
    }
    case PART_PHOTO:
        return RC_OK;
    }
    return RC_BROKEN;
}

/* --- as text ------------------------------------------------------------------------------------
 */

static const char *set_of(struct arena *a, const struct column *c, int64_t bits,
                          const char *(*word)(const void *arg, const struct choice *ch),
                          const void *arg, const char *between)
{
    struct buf b;
    buf_init(&b, a, 4096);
    for (int i = 0; i < c->n_choices; i++)
        if (bits >> i & 1) {
            buf_puts(&b, b.len > 0 ? between : "");
            buf_puts(&b, word(arg, &c->choices[i]));
        }
    return b.s;
}

static const char *key_word(const void *arg UNUSED, const struct choice *ch)
{
    return ch->key;
}

static const char *label_word(const void *arg, const struct choice *ch)
{
    const struct cx *cx = arg;
    return trc(cx, ch->label);
}

static bool is_choice(const struct column *c, int64_t n)
{
    return n >= 0 && n < c->n_choices;
}

/* With milliseconds: what is read in again is the same. */
static const char *instant(struct arena *a, int64_t ms)
{
    char iso[32];
    int64_t rest = ((ms % 1000) + 1000) % 1000;
    ms_format_iso(ms - rest, iso);
    return arena_printf(a, "%.19s.%03dZ", iso, (int)rest);
}

const char *cell_plain(struct arena *a, const struct column *c, const struct cell *v)
{
    char date[11];
    if (!v->is_set)
        return "";
    if (v->text != NULL)
        return v->text;
    switch (c->kind) {
    case FIELD_DATE:
        days_format_iso((int32_t)v->number, date);
        return arena_strdup(a, date);
    case FIELD_INSTANT:
        return instant(a, v->number);
    case FIELD_MINUTES:
        return minutes_format(a, (int32_t)v->number);
    case FIELD_BOOL:
        return v->number != 0 ? "true" : "false";
    case FIELD_CHOICE:
        return is_choice(c, v->number) ? c->choices[v->number].key : "";
    case FIELD_SET:
        return set_of(a, c, v->number, key_word, NULL, ",");
    default:
        return arena_printf(a, "%lld", (long long)v->number);
    }
}

static bool instant_of(const char *s, int64_t *ret)
{
    int32_t days;
    unsigned h, m, sec, ms;
    int n = 0;
    char day[11] = {0};
    if (strlen(s) != strlen("2026-01-01T00:00:00.000Z"))
        return false;
    memcpy(day, s, sizeof(day) - 1);
    if (!days_parse_iso(day, &days) ||
        sscanf(s + 10, "T%2u:%2u:%2u.%3uZ%n", &h, &m, &sec, &ms, &n) != 4 || n != 14 || h > 23 ||
        m > 59 || sec > 59)
        return false;
    *ret = days * MS_PER_DAY + ((int64_t)h * 60 + m) * MS_PER_MIN + (int64_t)sec * 1000 + ms;
    return true;
}

static int choice_of(const struct column *c, const char *s, size_t n)
{
    for (int i = 0; i < c->n_choices; i++)
        if (strlen(c->choices[i].key) == n && strncmp(c->choices[i].key, s, n) == 0)
            return i;
    return -1;
}

static bool bits_of(const struct column *c, const char *s, int64_t *ret)
{
    *ret = 0;
    for (size_t n; *s != '\0'; s += n + (s[n] == ',')) {
        n = strcspn(s, ",");
        int i = choice_of(c, s, n);
        if (i < 0)
            return false;
        *ret |= INT64_C(1) << i;
    }
    return true;
}

static bool integer_of(const char *s, int64_t *ret)
{
    char *end;
    errno = 0;
    *ret = strtoll(s, &end, 10);
    return errno == 0 && end != s && *end == '\0';
}

bool cell_number_of(const struct column *c, const char *plain, int64_t *ret)
{
    int32_t small = 0;
    bool is_good = true;
    switch (c->kind) {
    case FIELD_DATE:
        is_good = days_parse_iso(plain, &small);
        *ret = small;
        return is_good;
    case FIELD_MINUTES:
        is_good = minutes_parse(plain, &small);
        *ret = small;
        return is_good;
    case FIELD_INSTANT:
        return instant_of(plain, ret);
    case FIELD_BOOL:
        *ret = strcmp(plain, "true") == 0;
        return *ret != 0 || strcmp(plain, "false") == 0;
    case FIELD_CHOICE:
        *ret = choice_of(c, plain, strlen(plain));
        return *ret >= 0;
    case FIELD_SET:
        return bits_of(c, plain, ret);
    default:
        return integer_of(plain, ret);
    }
}

const char *cell_shown(struct cx *cx, const struct column *c, const struct cell *v)
{
    if (!v->is_set || v->text != NULL)
        return or_empty(v->text);
    switch (c->kind) {
    case FIELD_DATE:
        return locale_date(cx->arena, cx->locale, (int32_t)v->number, DATE_LONG);
    case FIELD_INSTANT:
        return v->number > 0 ? cx_moment(cx, v->number, DATE_MEDIUM) : "";
    case FIELD_BOOL:
        return v->number != 0 ? trc(cx, N_("Yes")) : "";
    case FIELD_CENTS:
        return locale_money(cx->arena, cx->locale, v->number, cx->currency);
    case FIELD_CHOICE:
        return is_choice(c, v->number) ? trc(cx, c->choices[v->number].label) : "";
    case FIELD_SET:
        return set_of(cx->arena, c, v->number, label_word, cx, ", ");
    default:
        return cell_plain(cx->arena, c, v);
    }
}
