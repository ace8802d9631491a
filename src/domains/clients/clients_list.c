/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_list.c - the list of clients: names are sealed, so it is opened, searched, sorted and cut
 * in C.
 *
 * Growth: by name and without words, the page alone is read and opened (clients_order.c). Else
 * linear in the clients the actor may see (one scan, one batch of openings at about two
 * microseconds each), n log n for the sort of what matches: 6,000 clients take about 15 ms. */
#include "clients_private.h"
#include "clients_sql.h"

#include <stdlib.h>
#include <string.h>

/* What the list needs of a client's sealed fields; the others stay packed. */
#define LISTED(m_) TEXT(struct client_row, m_, "", .seal = SEAL_IDENTITY)
static const struct field listed_fields[] = {
    LISTED(given_name),
    LISTED(family_name),
    LISTED(name_used),
    LISTED(pronouns),
    DATE(struct client_row, birth_date, "", .seal = SEAL_IDENTITY),
    LISTED(phone),
    LISTED(email),
    LISTED(id_number),
    LISTED(tags),
};
static const struct record_type listed_type = {
    .table = "client", .fields = listed_fields, .n_fields = N_ELEMS(listed_fields)};

/* --- what is wanted ------------------------------------------------------------------- */

static bool has_tag(struct cx *cx, const char *tags, const char *folded_tag)
{
    const char *s = is_filled(tags) ? text_fold(cx->arena, tags) : "";
    size_t want = strlen(folded_tag);
    while (*s != '\0') {
        s += strspn(s, ", ");
        size_t len = strcspn(s, ","), next = len;
        while (len > 0 && s[len - 1] == ' ')
            len--;
        if (len == want && memcmp(s, folded_tag, want) == 0)
            return true;
        s += next;
    }
    return false;
}

/* Who only keeps the money finds people by name alone: contact is not theirs to probe. */
static bool has_words(struct cx *cx, const struct client_row *r, const char *folded)
{
    const char *parts[] = {r->given_name, r->family_name, r->name_used, r->phone,
                           r->email,      r->id_number,   r->tags};
    size_t n = client_sees_contact(cx) ? N_ELEMS(parts) : 3;
    struct buf b;
    buf_init(&b, cx->arena, 4096);
    for (size_t i = 0; i < n; i++)
        if (is_filled(parts[i])) {
            buf_puts(&b, parts[i]);
            buf_putc(&b, ' ');
        }
    return text_matches(text_fold(cx->arena, b.s), folded);
}

bool client_is_wanted(const struct client_query *q, enum client_status status, struct id clinician)
{
    if ((q->status == CLIENTS_NOT_ARCHIVED && status == CLIENT_ARCHIVED) ||
        (q->status == CLIENTS_IN_TREATMENT && status >= CLIENT_CLOSED) ||
        (q->status >= 0 && (int)status != q->status))
        return false;
    return !id_is_set(q->clinician) || id_eq(q->clinician, clinician);
}

/* --- reading ---------------------------------------------------------------------------- */

/* What the columns say, before anything is opened; sight, q NULL: all. */
static enum rc collect(struct cx *cx, struct db_rows *rows, const struct client_sight *sight,
                       const struct client_query *q, struct client_found *f)
{
    while (db_next(rows)) {
        struct client_row r = {.id = db_id(rows, 0),
                               .version = db_i64(rows, 1),
                               .status = (enum client_status)db_i64(rows, 2),
                               .clinician_id = db_id(rows, 3),
                               .created_ms = db_i64(rows, 4)};
        enum client_seen seen =
            sight != NULL ? client_seen(sight, r.id, r.clinician_id) : CLIENT_SEEN;
        if (seen < CLIENT_MASKED || (q != NULL && !client_is_wanted(q, r.status, r.clinician_id)))
            continue;
        r.is_masked = seen == CLIENT_MASKED;
        arena_grow(cx->arena, f->row, f->n, f->cap_row);
        arena_grow(cx->arena, f->item, f->n, f->cap_item);
        f->item[f->n] = (struct seal_item){
            .where = {cx->practice, r.id, "client", r.id, SEAL_IDENTITY, r.version},
            .wrapped = db_bytes(rows, 6),
            .in = db_bytes(rows, 5)};
        f->row[f->n++] = r;
    }
    return db_end(rows);
}

/* Of all whom the actor may see. */
static enum rc collect_all(struct cx *cx, const struct client_query *q, struct client_found *f)
{
    const struct client_sight *sight;
    struct id me = cx->actor.user;
    TRY(client_sight(cx, &sight));
    bool all = !client_sight_is_own(sight);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(me), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, all ? &SQL_CLIENT_ALL : &SQL_CLIENT_ALL_OF, v, all ? 1 : 3,
                 &rows));
    return collect(cx, rows, sight, q, f);
}

enum rc client_found_all(struct cx *cx, struct client_found *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_ALL, v, N_ELEMS(v), &rows));
    return collect(cx, rows, NULL, NULL, ret);
}

/* Ids need no escape in JSON. */
enum rc client_found_of(struct cx *cx, const struct id *ids, int n, struct client_found *ret)
{
    if (n == 0)
        return RC_OK;
    const struct client_sight *sight;
    struct buf b;
    TRY(client_sight(cx, &sight));
    buf_init(&b, cx->arena, (size_t)n * (sizeof(struct id) + 3) + 3);
    for (int i = 0; i < n; i++) {
        buf_puts(&b, i == 0 ? "[\"" : "\",\"");
        buf_puts(&b, ids[i].s);
    }
    buf_puts(&b, "\"]");
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_S(b.s), DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_OF_IDS, v, N_ELEMS(v), &rows));
    return collect(cx, rows, sight, NULL, ret);
}

/* What a list shows of one without a name. */
static void mask_row(struct cx *cx, struct client_row *r)
{
    struct client c = {.id = r->id,
                       .given_name = r->given_name,
                       .family_name = r->family_name,
                       .name_used = r->name_used};
    client_mask(cx, &c);
    r->given_name = c.given_name;
    r->family_name = r->name_used = r->pronouns = r->phone = r->email = r->id_number = r->tags =
        NULL;
    r->birth_date = DATE_NONE;
}

enum rc client_found_open(struct cx *cx, struct client_found *f)
{
    TRY(record_open_many(cx, f->item, f->n));
    for (int i = 0; i < f->n; i++) {
        TRY(record_unpack(cx, &listed_type, SEAL_IDENTITY, f->item[i].out, &f->row[i]));
        if (f->item[i].rc != RC_OK)
            f->row[i].given_name = trc(cx, CLIENT_UNREADABLE);
        else if (f->row[i].is_masked)
            mask_row(cx, &f->row[i]);
    }
    return RC_OK;
}

/* Those that match: pointers, so that sorting moves little. */
static int match(struct cx *cx, const struct client_query *q, struct client_found *f,
                 struct client_row **ret)
{
    bool sees_tags = client_sees_contact(cx);
    const char *words = is_filled(q->text) ? text_fold(cx->arena, q->text) : "";
    const char *tag = sees_tags && is_filled(q->tag) ? text_fold(cx->arena, q->tag) : "";
    int n = 0;
    for (int i = 0; i < f->n; i++) {
        struct client_row *r = &f->row[i];
        if (is_filled(tag) && !has_tag(cx, r->tags, tag))
            continue;
        if (!is_filled(words) || has_words(cx, r, words))
            ret[n++] = r;
    }
    return n;
}

/* --- order ---------------------------------------------------------------------------------- */

struct order {
    const struct locale *locale;
    enum client_sort sort;
    bool descending;
};

int client_by_name(const struct locale *l, const struct client_row *a, const struct client_row *b)
{
    int r = locale_compare(l, a->family_name, b->family_name);
    return r != 0 ? r : locale_compare(l, a->given_name, b->given_name);
}

/* The older, the further down; those whose age is not known come last in either order. */
static int by_age(const struct client_row *a, const struct client_row *b, bool descending)
{
    bool a_known = a->birth_date != DATE_NONE, b_known = b->birth_date != DATE_NONE;
    if (!a_known || !b_known)
        return (b_known - a_known) * (descending ? -1 : 1);
    return (a->birth_date < b->birth_date) - (a->birth_date > b->birth_date);
}

static int compare(const void *x, const void *y, void *arg)
{
    const struct order *o = arg;
    const struct client_row *a = *(struct client_row *const *)x,
                            *b = *(struct client_row *const *)y;
    int r = 0;
    if (o->sort == SORT_RECENT)
        r = (a->created_ms > b->created_ms) - (a->created_ms < b->created_ms);
    else if (o->sort == SORT_STATUS)
        r = (int)a->status - (int)b->status;
    else if (o->sort == SORT_AGE)
        r = by_age(a, b, o->descending);
    else
        r = client_by_name(o->locale, a, b);
    if (o->descending)
        r = -r;
    if (r == 0)
        r = client_by_name(o->locale, a, b);
    return r != 0 ? r : strcmp(a->id.s, b->id.s);
}

static struct client_row finished(struct cx *cx, const struct client_row *r)
{
    struct client c = {
        .given_name = r->given_name, .family_name = r->family_name, .name_used = r->name_used};
    struct client_row row = *r;
    row.name = client_display_name(cx, &c);
    row.age = days_age(r->birth_date, cx_today(cx));
    return row;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct client_row *)a)->id.s, ((const struct client_row *)b)->id.s);
}

/* One page of what was remembered, in that order; who vanished meanwhile is not there. */
static enum rc ordered_page(struct cx *cx, const struct client_query *q, struct client_row **ret,
                            int *ret_n, int *ret_n_all)
{
    struct client_found f = {0};
    struct id *ids;
    int n, n_page = 0;
    TRY(client_order_page(cx, q, &ids, &n, ret_n_all));
    TRY(client_found_of(cx, ids, n, &f));
    TRY(client_found_open(cx, &f));
    struct client_row *page = arena_array(cx->arena, struct client_row, n + 1);
    if (f.n > 1)
        qsort(f.row, (size_t)f.n, sizeof(*f.row), by_id);
    for (int i = 0; i < n; i++) {
        struct client_row wanted = {.id = ids[i]};
        const struct client_row *r =
            f.n > 0 ? bsearch(&wanted, f.row, (size_t)f.n, sizeof(*f.row), by_id) : NULL;
        if (r != NULL)
            page[n_page++] = finished(cx, r);
    }
    *ret = page;
    *ret_n = n_page;
    return RC_OK;
}

enum rc client_list(struct cx *cx, const struct client_query *q, struct client_row **ret,
                    int *ret_n, int *ret_n_all)
{
    struct client_found f = {0};
    const struct client_sight *sight;
    struct order order = {cx->locale, q->sort, q->descending};
    TRY(client_sight(cx, &sight));
    if (order.sort == SORT_AGE && !client_sees_contact(cx))
        order.sort = SORT_NAME;
    /* the remembered order would tell where the names of the masked stand */
    if (order.sort == SORT_NAME && !is_filled(q->text) && !is_filled(q->tag) &&
        !client_sight_is_masked(sight))
        return ordered_page(cx, q, ret, ret_n, ret_n_all);
    TRY(collect_all(cx, q, &f));
    TRY(client_found_open(cx, &f));
    struct client_row **matching = arena_array(cx->arena, struct client_row *, f.n + 1);
    int n = match(cx, q, &f, matching);
    if (n > 1)
        qsort_r(matching, (size_t)n, sizeof(struct client_row *), compare, &order);
    int from = q->offset < n ? q->offset : n, to = q->max < n - from ? from + q->max : n;
    struct client_row *page = arena_array(cx->arena, struct client_row, to - from + 1);
    for (int i = from; i < to; i++)
        page[i - from] = finished(cx, matching[i]);
    *ret = page;
    *ret_n = to - from;
    *ret_n_all = n;
    return RC_OK;
}

static enum rc names_of(struct cx *cx, const struct client_query *q, struct client_name **ret,
                        int *ret_n)
{
    struct client_row *row;
    int n, n_all;
    TRY(client_list(cx, q, &row, &n, &n_all));
    struct client_name *name = arena_array(cx->arena, struct client_name, n + 1);
    for (int i = 0; i < n; i++)
        name[i] = (struct client_name){
            .id = row[i].id, .name = row[i].name, .short_name = row[i].name, .is_visible = true};
    *ret = name;
    *ret_n = n;
    return RC_OK;
}

enum rc client_find(struct cx *cx, const char *text, int max, struct client_name **ret, int *ret_n)
{
    struct client_query q = {.text = text, .status = CLIENTS_NOT_ARCHIVED, .max = max};
    return names_of(cx, &q, ret, ret_n);
}

enum rc client_choices(struct cx *cx, int max, struct client_name **ret, int *ret_n)
{
    struct client_query q = {
        .status = CLIENTS_IN_TREATMENT, .clinician = cx->actor.user, .max = max};
    return names_of(cx, &q, ret, ret_n);
}

enum rc client_identities(struct cx *cx, struct client_identity **ret, int *ret_n)
{
    struct client_found f = {0};
    TRY(collect_all(cx, NULL, &f));
    TRY(client_found_open(cx, &f));
    struct client_identity *list = arena_array(cx->arena, struct client_identity, f.n + 1);
    for (int i = 0; i < f.n; i++) {
        const struct client_row *r = &f.row[i];
        list[i] = (struct client_identity){r->id,        r->given_name, r->family_name,
                                           r->name_used, r->email,      r->birth_date};
    }
    *ret = list;
    *ret_n = f.n;
    return RC_OK;
}

/* The last nine digits of a telephone number: without the country, however it is written. */
static const char *number_of(struct cx *cx, const char *s)
{
    enum { OWN_DIGITS = 9 };
    char *digits = arena_alloc(cx->arena, strlen(s) + 1);
    size_t n = 0;
    for (; *s != '\0'; s++)
        if (*s >= '0' && *s <= '9')
            digits[n++] = *s;
    digits[n] = '\0';
    return n > OWN_DIGITS ? digits + n - OWN_DIGITS : digits;
}

static bool is_contact(struct cx *cx, const struct client_row *r, const char *told)
{
    const char *number = number_of(cx, told);
    bool is_email = is_filled(r->email) &&
                    strcmp(text_fold(cx->arena, r->email), text_fold(cx->arena, told)) == 0;
    return is_email || (number[0] != '\0' && is_filled(r->phone) &&
                        strcmp(number_of(cx, r->phone), number) == 0);
}

/* Names are on doorbells: where the file knows more of somebody, so must who asks. */
static bool knows_more(struct cx *cx, const struct client_row *r, const struct client_told *told)
{
    if (r->birth_date != DATE_NONE)
        return r->birth_date == told->birth_date;
    if (is_filled(r->phone) || is_filled(r->email))
        return is_contact(cx, r, or_empty(told->contact));
    return true;
}

enum rc client_identify(struct cx *cx, const struct client_told *told, struct id *ret)
{
    struct client_found f = {0};
    int n = 0;
    const char *given = text_fold(cx->arena, told->given_name),
               *family = text_fold(cx->arena, told->family_name);
    TRY(client_found_all(cx, &f));
    TRY(client_found_open(cx, &f));
    for (int i = 0; i < f.n; i++) {
        const struct client_row *r = &f.row[i];
        bool is_it = strcmp(text_fold(cx->arena, or_empty(r->given_name)), given) == 0 &&
                     strcmp(text_fold(cx->arena, or_empty(r->family_name)), family) == 0 &&
                     knows_more(cx, r, told);
        if (is_it)
            *ret = r->id;
        n += is_it;
    }
    return n == 1 ? RC_OK : refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such client."));
}
