/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rows.c - rows of a table, some hundred at a time: read, opened, written out. */
#include "domains/billing/billing.h"
#include "domains/clients/clients.h"
#include "domains/notes/notes.h"
#include "exports_private.h"
#include "exports_sql.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_BYTES = 16 << 20 };

static bool has_money(const struct export *x)
{
    return !is_of_clinician(x) || x->ask->with_money;
}

/* --- what belongs to whom
 * ------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct id_pair *)a)->id.s, ((const struct id_pair *)b)->id.s);
}

/* Adds to the map, which is sorted in the end. */
static enum rc load_pairs(struct export *x, const struct db_stmt *st, const struct db_val *v, int n,
                          struct id_map *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(x->db, x->cx->arena, st, v, n, &rows));
    for (; db_next(rows); ret->n++) {
        arena_grow(x->cx->arena, ret->list, ret->n, ret->size);
        ret->list[ret->n] = (struct id_pair){db_id(rows, 0), db_id(rows, 1)};
    }
    return db_end(rows);
}

/* The client; unset: it is not in the map. */
static struct id client_in(const struct id_map *m, const char *id)
{
    struct id_pair key = {0};
    if (m->n == 0 || id == NULL || !id_parse(id, &key.id))
        return key.client;
    const struct id_pair *p = bsearch(&key, m->list, (size_t)m->n, sizeof(*m->list), by_id);
    return p != NULL ? p->client : key.client;
}

static int by_client(const void *a, const void *b)
{
    const struct client_wrapped *x = a, *y = b;
    int order = strcmp(x->client.s, y->client.s);
    return order != 0 ? order : (int)x->cls - (int)y->cls;
}

static enum rc load_keys(struct export *x)
{
    int size = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(x->cx->practice)};
    TRY(db_query(x->db, x->cx->arena, &SQL_EXPORT_KEYS, v, N_ELEMS(v), &rows));
    for (; db_next(rows); x->n_keys++) {
        arena_grow(x->cx->arena, x->keys, x->n_keys, size);
        x->keys[x->n_keys] = (struct client_wrapped){
            db_id(rows, 0), (enum seal_class)db_i64(rows, 1), db_bytes(rows, 2)};
    }
    TRY(db_end(rows));
    if (x->n_keys > 0)
        qsort(x->keys, (size_t)x->n_keys, sizeof(*x->keys), by_client);
    return RC_OK;
}

static enum rc load_of_client(struct export *x, struct id client)
{
    const struct id by = x->ask->clinician;
    const struct db_val v[] = {DB_I(x->cx->practice), DB_ID(client),
                               id_is_set(by) ? DB_ID(by) : DB_S(NULL)};
    TRY(load_pairs(x, &SQL_EXPORT_APPOINTMENTS, v, 3, &x->appointments));
    TRY(load_pairs(x, &SQL_EXPORT_SHARED, v, 2, &x->shared));
    return load_pairs(x, &SQL_EXPORT_NOTES, v, 3, &x->notes);
}

enum rc maps_load(struct export *x)
{
    const struct export_ask *ask = x->ask;
    const struct db_val v[] = {DB_I(x->cx->practice),
                               is_of_clinician(x) ? DB_ID(ask->clinician) : DB_S(NULL)};
    TRY(load_keys(x));
    if (has_money(x))
        TRY(load_pairs(x, &SQL_EXPORT_INVOICES, v, N_ELEMS(v), &x->invoices));
    if (is_of_client(x))
        TRY(load_of_client(x, ask->client));
    for (int i = 0; i < ask->n_clients; i++)
        TRY(load_of_client(x, ask->clients[i]));
    struct id_map *const all[] = {&x->invoices, &x->appointments, &x->shared, &x->notes};
    for (size_t i = 0; i < N_ELEMS(all); i++)
        if (all[i]->n > 0)
            qsort(all[i]->list, (size_t)all[i]->n, sizeof(*all[i]->list), by_id);
    return RC_OK;
}

/* --- a batch
 * -------------------------------------------------------------------------------------- */

struct row {
    const struct db_val *v;
    struct id client;
    struct seal_item item[PARTS_MAX];
};
struct batch {
    struct export *x;
    const struct table_spec *s;
    const struct dump_table *t;
    struct out_table *out;
    struct row row[BATCH_ROWS];
    int n;
};

static const char *text_at(const struct batch *b, const struct db_val *v, const char *col)
{
    return row_text(b->t, v, col);
}

static struct id id_at(const struct batch *b, const struct db_val *v, const char *col)
{
    return row_id(b->t, v, col);
}

static bool is_asked(const struct batch *b, struct id client)
{
    return is_asked_for(b->x->ask, client);
}

/* Of who leaves: what they did, not what others did with the same clients. */
static bool is_theirs(const struct batch *b, const struct db_val *v)
{
    const struct export *x = b->x;
    if (!is_of_clinician(x))
        return true;
    if (strcmp(b->s->table, "appointment_client") == 0)
        return id_is_set(client_in(&x->appointments, text_at(b, v, "appointment_id")));
    return b->s->by == NULL || id_eq(id_at(b, v, b->s->by), x->ask->clinician);
}

/* Whose row it is; false: it has no business in this export. */
static bool belongs(const struct batch *b, const struct db_val *v, struct id *ret_client)
{
    const struct export *x = b->x;
    const struct table_spec *s = b->s;
    const char *of = text_at(b, v, s->of);
    *ret_client = (struct id){0};
    if (s->needs_hex && v[column_at(b->t, s->hex)].kind == DB_NULL)
        return false;
    if (s->not_action != NULL && strcmp(or_empty(text_at(b, v, "action")), s->not_action) == 0)
        return false;
    if (s->author != NULL && !id_eq(id_at(b, v, s->author), x->cx->actor.user))
        return false;
    if (!is_theirs(b, v))
        return false;
    switch (s->owner) {
    case OF_NOBODY:
        *ret_client = id_at(b, v, s->of);
        return is_asked(b, *ret_client);
    case OF_ALL:
        return true;
    case OF_CLIENT:
        *ret_client = id_at(b, v, s->of);
        return is_asked(b, *ret_client);
    case OF_APPOINTMENT:
        return is_asked(b, client_in(&x->appointments, of));
    case OF_INVOICE:
        *ret_client = client_in(&x->invoices, of);
        return is_asked(b, *ret_client);
    case OF_NOTE:
        *ret_client = id_at(b, v, s->of);
        return is_asked(b, *ret_client) && is_asked(b, client_in(&x->notes, text_at(b, v, "id")));
    case OF_SIGNED:
        return is_asked(b, client_in(&x->notes, of)) || is_asked(b, client_in(&x->invoices, of));
    }
    return false;
}

static struct bytes wrapped(const struct export *x, struct id client, enum seal_class cls)
{
    struct client_wrapped key = {client, cls == SEAL_PRIVATE ? SEAL_CLINICAL : cls, {0}};
    const struct client_wrapped *k =
        x->n_keys > 0 ? bsearch(&key, x->keys, (size_t)x->n_keys, sizeof(key), by_client) : NULL;
    return k != NULL ? k->wrapped : (struct bytes){0};
}

/* Without bytes when there is nothing to open: none were stored, the client is erased, or the words
 * are about others too. */
static struct seal_item item_of(const struct batch *b, const struct part *p, const struct row *r)
{
    struct export *x = b->x;
    struct seal_item item = {.where = part_where(b->s, p, b->t, r->v, x->cx->practice, r->client)};
    int col = column_at(b->t, p->col);
    if (r->v[col].kind == DB_BLOB)
        item.in = r->v[col].b;
    if (b->s->owner == OF_APPOINTMENT && id_is_set(client_in(&x->shared, text_at(b, r->v, "id"))))
        item.in = (struct bytes){0};
    if (!id_is_set(item.where.client))
        return item;
    item.wrapped = wrapped(x, r->client, p->cls);
    if (item.wrapped.p == NULL)
        item.in = (struct bytes){0};
    return item;
}

static enum rc open_all(struct batch *b)
{
    struct export *x = b->x;
    struct seal_item *item = arena_array(&x->batch, struct seal_item, BATCH_ROWS);
    for (int k = 0; k < PARTS_MAX && b->s->part[k].col != NULL; k++) {
        for (int i = 0; i < b->n; i++)
            item[i] = item_of(b, &b->s->part[k], &b->row[i]);
        TRY(record_open_many(&x->in, item, b->n));
        for (int i = 0; i < b->n; i++)
            b->row[i].item[k] = item[i];
    }
    return RC_OK;
}

/* --- one row
 * ---------------------------------------------------------------------------------------- */

static const struct cell *cell_at(const struct columns *cols, const struct cell *cells,
                                  const char *key)
{
    static const struct cell none;
    for (int i = 0; i < cols->n; i++)
        if (strcmp(cols->list[i].key, key) == 0)
            return &cells[i];
    return &none;
}

static struct out_table *rows_within(struct export *x, struct out_table **t, const char *name,
                                     const char *const *keys, const enum field_kind *kinds, int n)
{
    *t = table_new(x, name);
    for (int i = 0; i < n; i++)
        (*t)->cols.list[i] =
            (struct column){.key = keys[i], .kind = kinds[i], .col = -1, .part = -1};
    (*t)->cols.n = n;
    return *t;
}

static enum rc begin_sections(struct export *x)
{
    static const char *const keys[] = {"note_id", "position", "key", "title", "text"};
    static const enum field_kind kinds[] = {FIELD_ID, FIELD_INT, FIELD_TEXT, FIELD_TEXT,
                                            FIELD_TEXT};
    if (x->sections != NULL)
        return RC_OK;
    return table_begin(x,
                       rows_within(x, &x->sections, "note_sections", keys, kinds, N_ELEMS(keys)));
}

static enum rc begin_lines(struct export *x)
{
    static const char *const keys[] = {"invoice_id", "position", "service_date", "description",
                                       "amount_cents"};
    static const enum field_kind kinds[] = {FIELD_ID, FIELD_INT, FIELD_DATE, FIELD_TEXT,
                                            FIELD_CENTS};
    if (x->lines != NULL)
        return RC_OK;
    return table_begin(x, rows_within(x, &x->lines, "invoice_lines", keys, kinds, N_ELEMS(keys)));
}

static enum rc put_sections(struct export *x, const char *id, struct bytes plain, bool is_on_page)
{
    struct note *n = arena_new(&x->batch, struct note);
    TRY(note_unpack(plain, n));
    for (int i = 0; i < n->n_sections; i++) {
        const struct note_section *s = &n->section[i];
        const struct cell cells[] = {cell_text(id), cell_number(i + 1), cell_text(s->key),
                                     cell_text(s->title), cell_text(s->text)};
        TRY(table_row(x, x->sections, cells));
        if (is_on_page && is_filled(s->text))
            TRY(page_words(x, trc(x->cx, or_empty(s->title)), s->text));
    }
    return RC_OK;
}

static enum rc put_lines(struct export *x, const char *id, struct bytes plain, bool is_on_page)
{
    struct invoice *v = arena_new(&x->batch, struct invoice);
    TRY(invoice_unpack(plain, v));
    for (int i = 0; i < v->n_lines; i++) {
        const struct invoice_line *l = &v->line[i];
        const struct cell cells[] = {cell_text(id), cell_number(i + 1),
                                     cell_number(l->service_days), cell_text(l->description),
                                     cell_number(l->amount_cents)};
        TRY(table_row(x, x->lines, cells));
        if (is_on_page)
            TRY(page_words(
                x, NULL,
                arena_printf(
                    &x->batch, "%s, %s: %s",
                    locale_date(&x->batch, x->cx->locale, l->service_days, DATE_LONG),
                    or_empty(l->description),
                    locale_money(&x->batch, x->cx->locale, l->amount_cents, v->currency))));
    }
    return RC_OK;
}

/* The file's name, for the cell. */
static enum rc put_photo(struct export *x, struct id client, struct bytes image, const char **ret)
{
    const char *type = client_photo_type(image);
    if (type == NULL)
        return RC_BROKEN;
    *ret = arena_printf(x->cx->arena, "files/photos/%s.%s", client.s,
                        strcmp(type, "image/jpeg") == 0 ? "jpg" : type + strlen("image/"));
    return file_whole(x, *ret, image);
}

static void note_client(struct export *x, struct id id, const struct columns *cols,
                        const struct cell *cells)
{
    const char *given = cell_at(cols, cells, "given_name")->text;
    const char *family = cell_at(cols, cells, "family_name")->text;
    if (!is_filled(given) && !is_filled(family)) /* erased */
        return;
    arena_grow(x->cx->arena, x->clients, x->n_clients, x->cap_clients);
    x->clients[x->n_clients++] =
        (struct known_client){.id = id,
                              .name = locale_person(x->cx->arena, x->cx->locale, or_empty(given),
                                                    or_empty(family), true)};
}

/* What others show of it: a person or thing by its name, an appointment by what and with whom. */
static void note_name(struct batch *b, const struct row *r, const struct cell *cells)
{
    struct export *x = b->x;
    struct arena *a = x->cx->arena;
    const struct columns *cols = &b->out->cols;
    struct id id = id_at(b, r->v, "id");
    const char *name = or_empty(cell_at(cols, cells, "name")->text);
    if (b->s->owner == OF_APPOINTMENT) {
        name = arena_printf(a, "%s, %s", name_known(x, id_at(b, r->v, "service_id")),
                            name_known(x, id_at(b, r->v, "clinician_id")));
        arena_grow(a, x->visits, x->n_visits, x->cap_visits);
        x->visits[x->n_visits++] = (struct known_name){id, name};
        return;
    }
    if (name[0] == '\0')
        name = locale_person(a, x->cx->locale, or_empty(cell_at(cols, cells, "given_name")->text),
                             or_empty(cell_at(cols, cells, "family_name")->text), false);
    arena_grow(a, x->names, x->n_names, x->cap_names);
    x->names[x->n_names++] = (struct known_name){id, arena_strdup(a, name)};
}

static enum rc put_within(struct batch *b, const struct row *r, const struct part *p,
                          struct bytes plain, bool is_on_page)
{
    const char *id = text_at(b, r->v, p->row);
    if (plain.len == 0)
        return RC_OK;
    if (p->kind == PART_NOTE)
        return put_sections(b->x, id, plain, is_on_page);
    return p->kind == PART_INVOICE ? put_lines(b->x, id, plain, is_on_page) : RC_OK;
}

static enum rc put_row(struct batch *b, struct row *r)
{
    struct export *x = b->x;
    const struct columns *cols = &b->out->cols;
    struct cell *cells = arena_array(&x->batch, struct cell, COLUMNS_MAX);
    bool is_damaged = false;
    for (int i = 0; i < cols->n; i++)
        if (cols->list[i].col >= 0)
            cells[i] = cell_of(&x->batch, &cols->list[i], &r->v[cols->list[i].col]);
    for (int k = 0; k < PARTS_MAX && b->s->part[k].col != NULL; k++) {
        const struct part *p = &b->s->part[k];
        const char *file = NULL;
        is_damaged |= r->item[k].rc != RC_OK && r->item[k].in.p != NULL;
        if (r->item[k].rc != RC_OK)
            r->item[k].out = (struct bytes){0};
        if (p->kind == PART_PHOTO && r->item[k].out.len > 0)
            TRY(put_photo(x, r->client, r->item[k].out, &file));
        TRY(cells_of_part(&x->in, p, k, r->item[k].out, cols, cells));
        for (int i = 0; i < cols->n && file != NULL; i++)
            if (cols->list[i].part == k)
                cells[i] = cell_text(file);
    }
    x->done.n_damaged += is_damaged;
    TRY(table_row(x, b->out, cells));
    if (strcmp(b->s->table, "client") == 0)
        note_client(x, r->client, cols, cells);
    if (b->s->is_named)
        note_name(b, r, cells);
    struct known_client *of = client_known(x, r->client);
    bool is_on_page = of != NULL && b->s->title != NULL;
    if (is_on_page)
        TRY(page_row(x, of, b->s, cols, cells));
    if (of != NULL && b->s->part[0].kind == PART_PHOTO && r->item[0].out.len > 0)
        TRY(page_photo(x, of, cell_at(cols, cells, "file")->text));
    for (int k = 0; k < PARTS_MAX && b->s->part[k].col != NULL; k++)
        TRY(put_within(b, r, &b->s->part[k], r->item[k].out, is_on_page));
    return RC_OK;
}

static enum rc flush(struct batch *b)
{
    TRY(open_all(b));
    for (int i = 0; i < b->n; i++)
        TRY(put_row(b, &b->row[i]));
    if (b->x->ask->progress != NULL)
        b->x->ask->progress->n_rows += b->n;
    b->n = 0;
    arena_reset(&b->x->batch);
    return is_cancelled(b->x) ? RC_DENIED : RC_OK;
}

static struct db_val kept(struct arena *a, const struct db_val *v)
{
    if (v->kind == DB_TEXT)
        return DB_S(arena_strdup(a, v->s));
    if (v->kind != DB_BLOB)
        return *v;
    const struct bytes b = {(const unsigned char *)arena_strndup(a, (const char *)v->b.p, v->b.len),
                            v->b.len};
    return DB_B(b);
}

static enum rc take_row(void *arg, const struct dump_table *t, const struct db_val *v)
{
    struct batch *b = arg;
    struct id client;
    if (!belongs(b, v, &client))
        return RC_OK;
    struct db_val *copy = arena_array(&b->x->batch, struct db_val, t->n_cols);
    for (int i = 0; i < t->n_cols; i++)
        copy[i] = kept(&b->x->batch, &v[i]);
    b->row[b->n++] = (struct row){.v = copy, .client = client};
    return b->n == BATCH_ROWS || b->x->batch.used_bytes > BATCH_BYTES ? flush(b) : RC_OK;
}

static const struct dump_table *table_named(const struct export *x, const char *name)
{
    for (int i = 0; i < x->n_tables; i++)
        if (strcmp(x->tables[i].name, name) == 0)
            return &x->tables[i];
    return NULL;
}

enum rc table_export(struct export *x, const struct table_spec *s)
{
    bool is_at_home =
        s->author != NULL ? !x->ask->with_private : is_part(x) && s->owner == OF_NOBODY;
    if (is_at_home || (s->is_money && !has_money(x)))
        return RC_OK;
    struct batch *b = arena_new(x->cx->arena, struct batch);
    *b = (struct batch){.x = x, .s = s, .t = table_named(x, s->table)};
    if (b->t == NULL)
        return RC_BROKEN;
    b->out = table_new(x, s->file);
    TRY(columns_of(x->cx->arena, s, b->t, is_part(x), &b->out->cols));
    TRY(table_begin(x, b->out));
    if (s->part[0].kind == PART_NOTE)
        TRY(begin_sections(x));
    if (s->part[0].kind == PART_INVOICE)
        TRY(begin_lines(x));
    const struct dump_sink to = {.arg = b, .row = take_row};
    TRY(db_dump_rows(x->db, x->cx->arena, b->t, x->cx->practice, s->order, &to));
    TRY(flush(b));
    if (s->owner == OF_APPOINTMENT)
        visits_sort(x);
    return RC_OK;
}
