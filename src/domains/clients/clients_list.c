/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_list.c - the list of clients: names are sealed, so it is opened, searched, sorted and cut
 * in C.
 *
 * Growth: linear in the clients the actor may see (one index range, one batch of openings at about
 * two microseconds each), n log n for the sort of what matches. */
#include "clients_private.h"
#include "clients_sql.h"

#include <stdlib.h>
#include <string.h>

static bool has_text(const char *s)
{
    return s != NULL && s[0] != '\0';
}

static bool has_tag(struct cx *cx, const char *tags, const char *tag)
{
    const char *all =
        arena_printf(cx->arena, ",%s,", text_fold(cx->arena, tags != NULL ? tags : ""));
    const char *want = text_fold(cx->arena, tag);
    for (const char *p = all; (p = strstr(p, want)) != NULL; p++) {
        const char *before = p - 1, *after = p + strlen(want);
        while (*before == ' ')
            before--;
        while (*after == ' ')
            after++;
        if (*before == ',' && *after == ',')
            return true;
    }
    return false;
}

static bool matches(struct cx *cx, const struct client_query *q, const char *folded,
                    const struct client *c)
{
    if (has_text(q->tag) && !has_tag(cx, c->tags, q->tag))
        return false;
    if (!has_text(folded))
        return true;
    const char *parts[] = {c->given_name, c->family_name, c->name_used, c->phone,
                           c->email,      c->id_number,   c->tags};
    struct buf b;
    buf_init(&b, cx->arena, 4096);
    for (size_t i = 0; i < N_ELEMS(parts); i++)
        if (has_text(parts[i])) {
            buf_puts(&b, parts[i]);
            buf_putc(&b, ' ');
        }
    return text_matches(text_fold(cx->arena, b.s), folded);
}

static bool is_wanted(const struct client_query *q, int64_t status, struct id clinician)
{
    if (q->status == -1 ? status == CLIENT_ARCHIVED : q->status >= 0 && status != q->status)
        return false;
    return !id_is_set(q->clinician) || id_eq(q->clinician, clinician);
}

struct order {
    const struct locale *locale;
    enum client_sort sort;
    bool descending;
};

static int by(const void *x, const void *y, void *arg)
{
    const struct order *o = arg;
    const struct client_row *a = x, *b = y;
    int r = 0;
    if (o->sort == SORT_RECENT)
        r = (a->created_ms > b->created_ms) - (a->created_ms < b->created_ms);
    else if (o->sort == SORT_STATUS)
        r = (int)a->status - (int)b->status;
    else if (o->sort == SORT_AGE)
        r = (a->birth_date < b->birth_date) - (a->birth_date > b->birth_date);
    else
        r = locale_compare(o->locale, a->sort_name, b->sort_name);
    if (o->descending)
        r = -r;
    if (r == 0)
        r = locale_compare(o->locale, a->sort_name, b->sort_name);
    return r != 0 ? r : strcmp(a->id.s, b->id.s);
}

/* What the index says, before anything is opened. */
static enum rc collect(struct cx *cx, const struct client_query *q, struct client_row **ret_rows,
                       struct seal_item **ret_items, int *ret_n)
{
    struct client_row *row = NULL;
    struct seal_item *item = NULL;
    int n = 0, cap = 0, cap_items = 0;
    struct id only = client_filter(cx);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_IDENTITY), DB_I(cx->practice), DB_ID(only)};
    bool all = !id_is_set(only);
    TRY(db_query(cx->db, cx->arena, all ? &SQL_CLIENT_ALL : &SQL_CLIENT_ALL_OF, v, all ? 2 : 3,
                 &rows));
    while (db_next(rows)) {
        struct client_row r = {.id = db_id(rows, 0),
                               .version = db_i64(rows, 1),
                               .status = (enum client_status)db_i64(rows, 2),
                               .clinician_id = db_id(rows, 3),
                               .created_ms = db_i64(rows, 4)};
        if (!is_wanted(q, (int64_t)r.status, r.clinician_id))
            continue;
        arena_grow(cx->arena, row, n, cap);
        arena_grow(cx->arena, item, n, cap_items);
        item[n] = (struct seal_item){
            .where = {cx->practice, r.id, "client", r.id, SEAL_IDENTITY, r.version},
            .wrapped = db_bytes(rows, 6),
            .in = db_bytes(rows, 5)};
        row[n++] = r;
    }
    *ret_rows = row;
    *ret_items = item;
    *ret_n = n;
    return db_end(rows);
}

static void fill(struct cx *cx, const struct client *c, struct client_row *r)
{
    r->given_name = c->given_name;
    r->family_name = c->family_name;
    r->name_used = c->name_used;
    r->phone = c->phone;
    r->email = c->email;
    r->pronouns = c->pronouns;
    r->tags = c->tags;
    r->birth_date = c->birth_date;
    r->sort_name = locale_person(cx->arena, cx->locale, c->given_name, c->family_name, true);
}

enum rc client_list(struct cx *cx, const struct client_query *q, struct client_row **ret,
                    int *ret_n, int *ret_n_all)
{
    struct client_row *row;
    struct seal_item *item;
    int n, kept = 0;
    const char *folded = has_text(q->text) ? text_fold(cx->arena, q->text) : "";
    TRY(collect(cx, q, &row, &item, &n));
    TRY(seal_open_many(cx->arena, cx->keys, item, n));
    for (int i = 0; i < n; i++) {
        struct client c;
        record_init(&client_type, &c);
        TRY(record_unpack(cx, &client_type, SEAL_IDENTITY, item[i].out, &c));
        if (!matches(cx, q, folded, &c))
            continue;
        struct client_row r = row[i];
        fill(cx, &c, &r);
        row[kept++] = r;
    }
    struct order order = {cx->locale, q->sort, q->descending};
    if (kept > 1)
        qsort_r(row, (size_t)kept, sizeof(*row), by, &order);
    int from = q->offset < kept ? q->offset : kept,
        to = from + q->max < kept ? from + q->max : kept;
    int32_t today = cx_today(cx);
    for (int i = from; i < to; i++) {
        struct client c = {.given_name = row[i].given_name,
                           .family_name = row[i].family_name,
                           .name_used = row[i].name_used};
        row[i].name = client_display_name(cx, &c);
        row[i].age = days_age(row[i].birth_date, today);
    }
    *ret = row + from;
    *ret_n = to - from;
    *ret_n_all = kept;
    return RC_OK;
}

enum rc client_find(struct cx *cx, const char *text, int max, struct client_name **ret, int *ret_n)
{
    struct client_query q = {.text = text, .status = -1, .sort = SORT_NAME, .max = max};
    struct client_row *row;
    int n, n_all;
    TRY(client_list(cx, &q, &row, &n, &n_all));
    struct client_name *name = arena_array(cx->arena, struct client_name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        name[i] = (struct client_name){
            .id = row[i].id, .name = row[i].name, .short_name = row[i].name, .is_visible = true};
    *ret = name;
    *ret_n = n;
    return RC_OK;
}
