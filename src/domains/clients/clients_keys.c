/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_keys.c - clients' keys under a new epoch, or under another key of the practice. What is
 * sealed by them is not touched. */
#include "clients_private.h"
#include "clients_sql.h"

struct stored_key {
    struct id client;
    enum seal_class class;
    struct bytes wrapped;
};

static enum rc older(struct cx *cx, int64_t newest, int max, struct stored_key **ret, int *ret_n)
{
    struct stored_key *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(newest), DB_I(max)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_KEY_BEFORE, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct stored_key){db_id(rows, 0), (enum seal_class)db_i64(rows, 1),
                                        db_bytes(rows, 2)};
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

static enum rc store(struct cx *cx, const struct stored_key *k, struct bytes new)
{
    struct db_val v[] = {DB_B(new), DB_I(seal_client_epoch(new)), DB_I(cx->practice),
                         DB_ID(k->client), DB_I(k->class)};
    TRY(db_exec(cx->db, &SQL_CLIENT_KEY_RENEW, v, N_ELEMS(v), NULL));
    if (k->class != SEAL_IDENTITY)
        return RC_OK;
    struct db_val same[] = {DB_B(new), DB_I(cx->practice), DB_ID(k->client)};
    return db_exec(cx->db, &SQL_CLIENT_IDENTITY_KEY, same, N_ELEMS(same), NULL);
}

static enum rc renew(struct cx *cx, const struct stored_key *k)
{
    struct bytes new;
    TRY(seal_client_renew(cx->arena, cx->keys, cx->practice, k->client, k->class, k->wrapped,
                          &new));
    return store(cx, k, new);
}

enum rc client_keys_renew(struct cx *cx, int64_t newest, int max, int *ret_n)
{
    struct stored_key *list;
    TRY(practice_epochs_open(cx));
    TRY(older(cx, newest, max, &list, ret_n));
    for (int i = 0; i < *ret_n; i++)
        TRY(renew(cx, &list[i]));
    return RC_OK;
}

/* --- another key of the practice ---------------------------------------------------- */

static enum rc others(struct cx *cx, struct arena *a, enum seal_class c, int max,
                      struct seal_item **ret, int *ret_n)
{
    unsigned char id[SEAL_KEY_ID_BYTES];
    struct seal_item *list = arena_array(a, struct seal_item, max + 1);
    int n = 0;
    TRY(seal_practice_id(cx->keys, cx->practice, c, id));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(c), DB_B(((struct bytes){id, sizeof(id)})),
                         DB_I(max)};
    TRY(db_query(cx->db, a, &SQL_CLIENT_KEY_OTHER, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        list[n++] = (struct seal_item){
            .where = {.practice = cx->practice, .client = db_id(rows, 0), .cls = c},
            .in = db_bytes(rows, 1)};
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

enum rc client_keys_move(struct cx *cx, struct arena *a, enum seal_class c, int max, int *ret_n)
{
    struct seal_item *it;
    TRY(others(cx, a, c, max, &it, ret_n));
    TRY(seal_move_many(a, cx->keys, it, *ret_n));
    for (int i = 0; i < *ret_n; i++) {
        struct stored_key k = {.client = it[i].where.client, .class = c};
        TRY(store(cx, &k, it[i].out));
    }
    return RC_OK;
}

enum rc client_keys_are_moved(struct cx *cx, enum seal_class c, bool *ret)
{
    struct seal_item *it;
    int n;
    TRY(others(cx, cx->arena, c, 1, &it, &n));
    *ret = n == 0;
    return RC_OK;
}
