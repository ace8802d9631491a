/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice_keys.c - another key of the practice in the place of one. What is under the former one
 * is moved so many at a time; after a kill the rest is found by the id of the key it is under.
 * docs/adr/0009-two-tiers.md */
#include "app/audit.h"
#include "app/jobs.h"
#include "domains/clients/clients.h"
#include "keys_private.h"

enum { BATCH_BYTES = 64 << 20 };
static const struct id no_id;

/* --- moving ----------------------------------------------------------------------------- */

static enum rc mark_of(struct cx *cx, enum seal_class c,
                       unsigned char ret[static SEAL_KEY_ID_BYTES], size_t *ret_n)
{
    ret[0] = SEAL_INTAKE_MARK;
    *ret_n = c == SEAL_CLINICAL ? 1 : SEAL_KEY_ID_BYTES;
    return c == SEAL_CLINICAL ? RC_OK : seal_practice_id(cx->keys, cx->practice, c, ret);
}

static enum rc others(struct cx *cx, struct arena *a, const struct sealed_table *t, int max,
                      struct seal_item **ret, int *ret_n)
{
    unsigned char mark[SEAL_KEY_ID_BYTES];
    size_t len;
    struct seal_item *list = arena_array(a, struct seal_item, max + 1);
    int n = 0;
    TRY(mark_of(cx, t->class, mark, &len));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_B(((struct bytes){mark, len})), DB_I(max)};
    TRY(db_query(cx->db, a, t->others, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct seal_item *it = &list[n++];
        *it = (struct seal_item){.where = {.practice = cx->practice,
                                           .table = t->name,
                                           .cls = t->class,
                                           .version = db_i64(rows, 1)},
                                 .in = db_bytes(rows, 2)};
        it->where.row = t->row != NULL ? t->row(db_bytes(rows, 0)) : db_id(rows, 0);
        if (t->class != SEAL_CLINICAL)
            continue;
        it->where.client = db_id(rows, 3);
        it->wrapped = db_bytes(rows, 4);
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

static enum rc put(struct cx *cx, const struct sealed_table *t, const struct seal_item *it)
{
    struct db_val v[] = {DB_B(it->out), DB_I(cx->practice), DB_B(it->in), DB_ID(it->where.row)};
    TRY(db_exec(cx->db, t->put, v, t->put->n_params, NULL));
    return t->is_in_log ? audit_change_of(cx, t->name, it->where.row, "reseal", it->out) : RC_OK;
}

static enum rc move_table(struct cx *cx, struct arena *a, const struct sealed_table *t, int max,
                          int *ret_n)
{
    struct seal_item *it;
    TRY(others(cx, a, t, max, &it, ret_n));
    TRY(seal_move_many(a, cx->keys, it, *ret_n));
    for (int i = 0; i < *ret_n; i++)
        TRY(put(cx, t, &it[i]));
    return RC_OK;
}

/* One transaction. *ret_n 0: nothing is left. */
static enum rc move_some(struct cx *cx, enum seal_class c, int *ret_n)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    int n;
    arena_init(&a, BATCH_BYTES);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(client_keys_move(cx, &a, c, KEYS_AT_ONCE, ret_n));
    for (const struct sealed_table *const *t = cx->app->sealed; t != NULL && *t != NULL; t++) {
        if ((*t)->class != c || *ret_n >= KEYS_AT_ONCE)
            continue;
        TRY(move_table(cx, &a, *t, (*t)->at_once > 0 ? (*t)->at_once : KEYS_AT_ONCE, &n));
        *ret_n += n;
    }
    return db_commit(&tx);
}

static enum rc again(struct cx *cx, const struct job_kind *job, int64_t due_ms)
{
    return job_put(cx, job->name, no_id, due_ms);
}

/* --- the clinical pair ---------------------------------------------------------------------- */

/* Was anything taken in for the former pair by a process that had not heard of the change? */
static enum rc is_taken_in_by(struct cx *cx, struct bytes former, bool *ret)
{
    *ret = false;
    for (const struct sealed_table *const *t = cx->app->sealed; t != NULL && *t != NULL; t++) {
        struct seal_item *it;
        int n;
        if ((*t)->class != SEAL_CLINICAL)
            continue;
        TRY(others(cx, cx->arena, *t, KEYS_AT_ONCE, &it, &n));
        for (int i = 0; i < n; i++)
            *ret |= seal_is_taken_in_by(it[i].in, former);
    }
    return RC_OK;
}

static enum rc is_moved(struct cx *cx, struct bytes former, bool *ret)
{
    bool is_left;
    TRY(client_keys_are_moved(cx, SEAL_CLINICAL, ret));
    if (*ret) {
        TRY(is_taken_in_by(cx, former, &is_left));
        *ret = !is_left;
    }
    return RC_OK;
}

/* When every process has heard of the pair, nothing new comes under the former one. */
static enum rc settle(struct cx *cx, const struct practice_key_row *row, bool *ret_is_settled)
{
    *ret_is_settled = row->phase == KEY_SETTLED;
    if (*ret_is_settled || cx->now_ms < row->phase_ms + EPOCH_KNOWN_MS)
        return RC_OK;
    TRY(is_moved(cx, row->other, ret_is_settled));
    return *ret_is_settled ? practice_key_settle(cx, SEAL_CLINICAL) : RC_OK;
}

static enum rc clinical_run(struct cx *cx, struct id subject UNUSED)
{
    struct practice_key_row row;
    bool is_settled;
    TRY(practice_key(cx, SEAL_CLINICAL, &row));
    TRY(settle(cx, &row, &is_settled));
    return is_settled ? RC_OK : again(cx, &keys_clinical_job, cx->now_ms + EPOCH_KNOWN_MS);
}
const struct job_kind keys_clinical_job = {"clinical_key", clinical_run};

static enum rc store_pair(struct cx *cx, struct seal_pair *ret)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    enum rc rc = seal_pair_make(cx->keys, cx->practice, ret);
    if (rc == RC_DENIED)
        return refuse(cx, rc, NULL,
                      N_("Sign in with your password as a clinician: only whoever has the clinical "
                         "key open can change it."));
    TRY(rc);
    TRY(practice_key_pair(cx, ret));
    TRY(person_give_pair(cx, ret));
    TRY(kit_renew_all(cx, ret));
    TRY(again(cx, &keys_clinical_job, cx->now_ms + EPOCH_KNOWN_MS));
    return db_commit(&tx);
}

static enum rc move_all(struct cx *cx, enum pair_step last)
{
    int n = 1;
    while (n > 0 && last >= PAIR_MOVED)
        TRY(move_some(cx, SEAL_CLINICAL, &n));
    return RC_OK;
}

static enum rc change_pair(struct cx *cx, enum pair_step last)
{
    struct seal_pair pair;
    TRY(store_pair(cx, &pair));
    if (last == PAIR_STORED)
        return RC_OK;
    TRY(seal_pair_take(cx->keys, cx->practice, &pair));
    TRY(session_keep_open(cx));
    return move_all(cx, last);
}

enum rc keys_rotate_clinical_until(struct cx *cx, enum pair_step last)
{
    struct practice_key_row row;
    bool is_settled;
    TRY(practice_key(cx, SEAL_CLINICAL, &row));
    if (row.phase == KEY_SETTLED)
        return change_pair(cx, last);
    TRY(move_all(cx, last)); /* of one that was interrupted */
    if (row.due_ms == 0)
        return RC_OK;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(settle(cx, &row, &is_settled));
    TRY(db_commit(&tx));
    if (!is_settled)
        return refuse(cx, RC_CONFLICT, NULL,
                      N_("The clinical key was changed minutes ago. Change it again in ten "
                         "minutes."));
    return change_pair(cx, last);
}

enum rc keys_rotate_clinical(struct cx *cx)
{
    return keys_rotate_clinical_until(cx, PAIR_MOVED);
}

/* --- who leaves ------------------------------------------------------------------------------- */

static enum rc follow_up(struct cx *cx)
{
    return seal_is_open(cx->keys, cx->practice) ? keys_rotate_clinical(cx) : RC_OK;
}

enum rc keys_event(struct cx *cx, enum event e, struct id subject UNUSED)
{
    if (e == EV_ROLES_SET)
        return kit_drop_unowned(cx);
    if (e != EV_GRANT_TAKEN)
        return RC_OK;
    cx->follow_up = follow_up;
    return practice_key_due(cx, SEAL_CLINICAL);
}

enum rc keys_clinical_is_left(struct cx *cx, bool *ret)
{
    struct practice_key_row row;
    bool is_all;
    TRY(practice_key(cx, SEAL_CLINICAL, &row));
    *ret = false;
    if (row.phase == KEY_SETTLED)
        return RC_OK;
    TRY(is_moved(cx, row.other, &is_all));
    *ret = !is_all;
    return RC_OK;
}

enum rc keys_notice(struct cx *cx, struct notice *ret)
{
    struct practice_key_row row;
    bool is_left;
    if (!cx_may(cx, PERM_KEYS))
        return RC_OK;
    TRY(practice_key(cx, SEAL_CLINICAL, &row));
    TRY(keys_clinical_is_left(cx, &is_left));
    if (row.due_ms != 0)
        *ret = (struct notice){trc(cx, N_("Somebody who could open clinical records no longer may. "
                                          "Change the clinical key.")),
                               "/recovery-kit", trc(cx, N_("Change it"))};
    else if (is_left)
        *ret = (struct notice){trc(cx, N_("Changing the clinical key was interrupted.")),
                               "/recovery-kit", trc(cx, N_("Go on"))};
    return RC_OK;
}

/* --- the operational key -----------------------------------------------------------------------
 */

enum rc keys_rotate_operational(struct cx *cx)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(practice_key_next(cx));
    TRY(again(cx, &keys_operational_job, cx->now_ms));
    return db_commit(&tx);
}

/* A step each time: known to every process; sealing; moved; the former one dropped. */
static enum rc operational_run(struct cx *cx, struct id subject UNUSED)
{
    struct practice_key_row row;
    int n;
    TRY(practice_key(cx, SEAL_IDENTITY, &row));
    if (row.phase == KEY_SETTLED)
        return RC_OK;
    if (cx->now_ms < row.phase_ms + EPOCH_KNOWN_MS)
        return again(cx, &keys_operational_job, row.phase_ms + EPOCH_KNOWN_MS);
    if (row.phase == KEY_COMES) {
        TRY(practice_key_turn(cx));
        return again(cx, &keys_operational_job, cx->now_ms + EPOCH_KNOWN_MS);
    }
    TRY(move_some(cx, SEAL_IDENTITY, &n));
    if (n > 0)
        return again(cx, &keys_operational_job, cx->now_ms);
    return practice_key_settle(cx, SEAL_IDENTITY);
}
const struct job_kind keys_operational_job = {"operational_key", operational_run};
