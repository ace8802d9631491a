/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_order.c - the clients of a practice in the order of their names, remembered.
 *
 * Names are sealed, so their order cannot be asked of the database; opening all of them for each
 * page would make a list cost as much as the practice is large. What is kept is the order alone:
 * ids, and the two columns that lists are filtered by. No name. It holds as long as the practice's
 * mark (client_mark): a random number that every change replaces, so that neither a change rolled
 * back nor another database can be taken for what was remembered.
 *
 * Growth: a page costs one pass over the entries (6,000: ten microseconds) and the opening of its
 * own rows. After a change the next list opens all once (6,000: about 20 ms). */
#include "clients_private.h"
#include "clients_sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct id id, clinician;
    enum client_status status;
};
struct order {
    int64_t practice, mark;
    const struct locale *locale; /* NULL: an empty place */
    int n;
    struct entry *entry;
};

/* Of the process, in which each practice has one place: two that share it take turns. */
enum { PLACES = 64 };
static struct {
    pthread_mutex_t lock;
    struct order place[PLACES];
} orders = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void unlock(pthread_mutex_t **lock)
{
    pthread_mutex_unlock(*lock);
}
#define LOCKED()                                                                                   \
    CLEANUP(unlock) pthread_mutex_t *held_ = &orders.lock;                                         \
    pthread_mutex_lock(held_)

static struct order *place_of(const struct cx *cx)
{
    size_t i = (size_t)cx->practice * 8 + (size_t)((uintptr_t)cx->locale >> 4) % 8;
    return &orders.place[i % PLACES];
}

static bool holds(const struct order *o, const struct cx *cx, int64_t mark)
{
    return o->locale == cx->locale && o->practice == cx->practice && o->mark == mark;
}

static enum rc read_mark(struct cx *cx, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_MARK_GET, v, N_ELEMS(v), &rows));
    *ret = db_next(rows) ? db_i64(rows, 0) : 0;
    return db_end(rows);
}

enum rc client_order_outdate(struct cx *cx)
{
    int64_t mark;
    seal_random(&mark, sizeof(mark));
    struct db_val v[] = {DB_I(cx->practice), DB_I(mark)};
    return db_exec(cx->db, &SQL_CLIENT_MARK_PUT, v, N_ELEMS(v), NULL);
}

/* --- making ------------------------------------------------------------------------------ */

static int compare(const void *x, const void *y, void *locale)
{
    const struct client_row *a = *(struct client_row *const *)x,
                            *b = *(struct client_row *const *)y;
    int r = client_by_name(locale, a, b);
    return r != 0 ? r : strcmp(a->id.s, b->id.s);
}

static enum rc make(struct cx *cx, int64_t mark, struct order *ret)
{
    struct client_found f = {0};
    TRY(client_found_all(cx, &f));
    TRY(client_found_open(cx, &f));
    struct client_row **row = arena_array(cx->arena, struct client_row *, f.n + 1);
    for (int i = 0; i < f.n; i++)
        row[i] = &f.row[i];
    if (f.n > 1)
        qsort_r(row, (size_t)f.n, sizeof(*row), compare, (void *)(uintptr_t)cx->locale);
    *ret = (struct order){.practice = cx->practice,
                          .mark = mark,
                          .locale = cx->locale,
                          .n = f.n,
                          .entry = calloc((size_t)f.n + 1, sizeof(struct entry))};
    if (ret->entry == NULL)
        abort();
    for (int i = 0; i < f.n; i++)
        ret->entry[i] = (struct entry){row[i]->id, row[i]->clinician_id, row[i]->status};
    return RC_OK;
}

/* --- asking ------------------------------------------------------------------------------ */

/* Returns how many of *ret there are. */
static int pick(struct arena *a, const struct order *o, const struct client_query *q,
                const struct client_sight *sight, struct id **ret, int *ret_n_all)
{
    int n = 0, n_all = 0;
    *ret = arena_array(a, struct id, (q->max < o->n ? q->max : o->n) + 1);
    for (int k = 0; k < o->n; k++) {
        const struct entry *e = &o->entry[q->descending ? o->n - 1 - k : k];
        if (!client_is_wanted(q, e->status, e->clinician) ||
            client_seen(sight, e->id, e->clinician) < CLIENT_MASKED)
            continue;
        if (n_all >= q->offset && n < q->max)
            (*ret)[n++] = e->id;
        n_all++;
    }
    *ret_n_all = n_all;
    return n;
}

enum rc client_order_page(struct cx *cx, const struct client_query *q, struct id **ret, int *ret_n,
                          int *ret_n_all)
{
    struct order *o = place_of(cx), made = {0};
    const struct client_sight *sight;
    int64_t mark;
    TRY(client_sight(cx, &sight));
    TRY(read_mark(cx, &mark));
    {
        LOCKED();
        if (holds(o, cx, mark)) {
            *ret_n = pick(cx->arena, o, q, sight, ret, ret_n_all);
            return RC_OK;
        }
    }
    TRY(make(cx, mark, &made));
    *ret_n = pick(cx->arena, &made, q, sight, ret, ret_n_all);
    LOCKED();
    free(o->entry);
    *o = made;
    return RC_OK;
}
