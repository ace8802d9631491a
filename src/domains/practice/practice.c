/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice.c - the practice, its settings and its keys. */
#include "domains/practice/practice.h"

#include "app/audit.h"
#include "app/jobs.h"
#include "practice_sql.h"

enum { FIRST_EPOCH_DAYS = 30 };
#define FIRST_EPOCH_MS (FIRST_EPOCH_DAYS * MS_PER_DAY)

static const struct id no_id;

/* The row's id in sealed places: a practice has a number, not an id. */
static enum rc seal_identity(struct cx *cx, const struct practice *p, int64_t version,
                             struct bytes *ret)
{
    return record_seal(cx, &practice_type, SEAL_IDENTITY, no_id, (struct bytes){0}, no_id, version,
                       p, ret);
}

static enum rc epoch_store(struct cx *cx, int64_t practice, int64_t epoch, struct bytes wrapped)
{
    struct db_val v[] = {DB_I(practice), DB_I(epoch), DB_I(cx->now_ms), DB_B(wrapped)};
    return db_exec(cx->db, &SQL_EPOCH_KEY_INSERT, v, N_ELEMS(v), NULL);
}

static enum rc keys_make(struct cx *cx, int64_t practice)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    for (enum seal_class c = SEAL_IDENTITY; c < (enum seal_class)SEAL_KEYS_N_; c++) {
        TRY(seal_practice_make(cx->keys, practice, c, wrapped));
        struct db_val v[] = {DB_I(practice), DB_I(c),
                             DB_B(((struct bytes){wrapped, sizeof(wrapped)})), DB_I(cx->now_ms)};
        TRY(db_exec(cx->db, &SQL_PRACTICE_KEY_INSERT, v, N_ELEMS(v), NULL));
    }
    TRY(seal_epoch_make(cx->keys, practice, 1, wrapped));
    struct bytes first = {wrapped, sizeof(wrapped)};
    TRY(seal_epoch_load(cx->keys, practice, 1,
                        first)); /* the practice's rows are sealed under it */
    return epoch_store(cx, practice, 1, first);
}

/* Here alone all practices are looked at, not only the own one. */
struct everywhere {
    struct db *db;
    int64_t was;
};
static void leave_everywhere(struct everywhere *e)
{
    (void)db_practice(e->db, e->was);
}
#define EVERYWHERE(cx_)                                                                            \
    CLEANUP(leave_everywhere)                                                                      \
    UNUSED struct everywhere everywhere_ = {(cx_)->db, db_practice((cx_)->db, 0)}

static enum rc last_id(struct cx *cx, int64_t *ret)
{
    EVERYWHERE(cx);
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_PRACTICE_LAST_ID, NULL, 0, &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

static void use(struct cx *cx, int64_t practice, const struct practice *p)
{
    cx_practice(cx, practice);
    cx->zone = zone_get(p->time_zone);
    cx->currency = p->currency;
    cx->says_patient = p->says_patient;
}

enum rc practice_enter(struct cx *cx)
{
    struct practice p;
    TRY(practice_load(cx, &p));
    use(cx, cx->practice, &p);
    cx->locale = locale_get(p.locale);
    cx->cat = catalogue_get(locale_language(cx->locale));
    return RC_OK;
}

/* Seals and writes the next version over the one that p was read as. */
static enum rc store(struct cx *cx, const struct practice *p)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(seal_identity(cx, p, p->version + 1, &sealed));
    struct db_val v[] = {DB_S(p->time_zone),    DB_S(p->locale), DB_S(p->currency),
                         DB_I(p->says_patient), DB_B(sealed),    DB_I(cx->now_ms),
                         DB_I(cx->practice),    DB_I(p->version)};
    TRY(db_exec(cx->db, &SQL_PRACTICE_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, NULL, N_("Somebody else changed the settings meanwhile."));
    return RC_OK;
}

enum rc practice_create(struct cx *cx, struct practice *p)
{
    int64_t last = 0;
    TRY(practice_type.check(cx, p));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(last_id(cx, &last));
    if (last > 0 && db_engine(cx->db) == DB_SQLITE)
        return refuse(cx, RC_CONFLICT, NULL, N_("This file already holds a practice."));

    use(cx, last + 1, p);
    /* The practice's keys must be known before its own row can be sealed; the row comes first for
     * the foreign key, so it is stored empty and filled in the same transaction. */
    struct db_val v[] = {DB_I(cx->practice),
                         DB_S(p->time_zone),
                         DB_S(p->locale),
                         DB_S(p->currency),
                         DB_I(p->says_patient),
                         DB_I(p->is_demo),
                         DB_B(((struct bytes){(const unsigned char *)"", 0})),
                         DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_PRACTICE_INSERT, v, N_ELEMS(v), NULL));
    TRY(keys_make(cx, cx->practice));
    p->version = 1;
    TRY(store(cx, p));
    TRY(job_put(cx, "epoch", no_id, cx->now_ms + FIRST_EPOCH_MS)); /* of the keys domain */
    TRY(audit_change(cx, "practice", no_id, "create", NULL));
    TRY(db_commit(&tx));
    p->version++;
    return RC_OK;
}

enum rc practice_begin(struct cx *cx, const struct practice *p)
{
    use(cx, 1, p);
    TRY(keys_make(cx, 1));
    return job_put(cx, "epoch", no_id, cx->now_ms + FIRST_EPOCH_MS);
}

enum rc practice_load(struct cx *cx, struct practice *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_PRACTICE_BY_ID, (struct db_val[]){DB_I(cx->practice)}, 1,
                 &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no practice yet."));
    }
    struct practice p;
    record_init(&practice_type, &p);
    p.version = db_i64(rows, 0);
    p.time_zone = db_text(rows, 1);
    p.locale = db_text(rows, 2);
    p.currency = db_text(rows, 3);
    p.says_patient = db_i64(rows, 4) != 0;
    p.is_demo = db_i64(rows, 5) != 0;
    TRY(record_unseal(cx, &practice_type, SEAL_IDENTITY, no_id, (struct bytes){0}, no_id, p.version,
                      db_bytes(rows, 6), &p));
    *ret = p;
    return RC_OK;
}

enum rc practice_save(struct cx *cx, struct practice *p)
{
    struct practice was;
    TRY(practice_type.check(cx, p));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(practice_load(cx, &was));
    TRY(store(cx, p));
    TRY(audit_change(cx, "practice", no_id, "change",
                     record_changed(cx->arena, &practice_type, &was, p)));
    TRY(db_commit(&tx));
    p->version++;
    return RC_OK;
}

static enum rc open_all_epochs(struct cx *cx)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_EPOCH_KEY_ALL, NULL, 0, &rows));
    while (db_next(rows))
        TRY(seal_epoch_load(cx->keys, db_i64(rows, 0), db_i64(rows, 1), db_bytes(rows, 2)));
    return db_end(rows);
}

static enum rc open_epochs(struct cx *cx, int64_t practice)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_EPOCH_KEY_OF, (struct db_val[]){DB_I(practice)}, 1,
                 &rows));
    while (db_next(rows))
        TRY(seal_epoch_load(cx->keys, practice, db_i64(rows, 0), db_bytes(rows, 1)));
    return db_end(rows);
}

/* *ret_n: of how many practices. */
static enum rc open_keys(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                         int *ret_n)
{
    int64_t last = 0;
    int n = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n_v, &rows));
    while (db_next(rows)) {
        n += db_i64(rows, 0) != last;
        last = db_i64(rows, 0);
        TRY(seal_practice_load_both(cx->keys, last, (enum seal_class)db_i64(rows, 1),
                                    db_bytes(rows, 2), db_bytes(rows, 3)));
    }
    TRY(db_end(rows));
    *ret_n = n;
    return RC_OK;
}

enum rc practice_open_all(struct cx *cx, int *ret_n)
{
    EVERYWHERE(cx);
    TRY(open_keys(cx, &SQL_PRACTICE_KEY_ALL, NULL, 0, ret_n));
    return open_all_epochs(cx);
}

enum rc practice_open(struct cx *cx, int64_t practice)
{
    int n;
    EVERYWHERE(cx);
    TRY(open_keys(cx, &SQL_PRACTICE_KEY_OF, (struct db_val[]){DB_I(practice)}, 1, &n));
    return open_epochs(cx, practice);
}

enum rc practice_is_alone(struct cx *cx, bool *ret)
{
    EVERYWHERE(cx);
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_PRACTICE_COUNT, NULL, 0, &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0) == 1;
    return db_end(rows);
}

/* --- epochs ------------------------------------------------------------------------- */

enum rc practice_epochs_open(struct cx *cx)
{
    return open_epochs(cx, cx->practice);
}

enum rc practice_epoch(struct cx *cx, struct epochs *ret)
{
    *ret = (struct epochs){0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_EPOCH_KEY_STATE, (struct db_val[]){DB_I(cx->practice)}, 1,
                 &rows));
    while (db_next(rows)) {
        ret->newest = db_i64(rows, 0);
        ret->made_ms = db_i64(rows, 1);
        ret->n++;
    }
    return db_end(rows);
}

enum rc practice_epoch_begin(struct cx *cx)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct epochs e;
    TRY(practice_epoch(cx, &e));
    TRY(seal_epoch_make(cx->keys, cx->practice, e.newest + 1, wrapped));
    TRY(epoch_store(cx, cx->practice, e.newest + 1, (struct bytes){wrapped, sizeof(wrapped)}));
    return audit_change(cx, "practice", no_id, "epoch", NULL);
}

enum rc practice_epoch_end(struct cx *cx, int64_t before)
{
    struct db_val v[] = {DB_I(cx->practice), DB_I(before)};
    for (int64_t e = 1; e < before; e++)
        TRY(seal_epoch_forget(cx->keys, cx->practice, e));
    return db_exec(cx->db, &SQL_EPOCH_KEY_DELETE, v, N_ELEMS(v), NULL);
}

/* --- keys of the practice -------------------------------------------------------------- */

enum rc practice_key(struct cx *cx, enum seal_class c, struct practice_key_row *ret)
{
    bool is_found = false;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(c)};
    TRY(db_query(cx->db, cx->arena, &SQL_PRACTICE_KEY_STATE, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        *ret = (struct practice_key_row){.wrapped = db_bytes(rows, 0),
                                         .other = db_bytes(rows, 1),
                                         .phase = (enum key_phase)db_i64(rows, 2),
                                         .made_ms = db_i64(rows, 3),
                                         .phase_ms = db_i64(rows, 4),
                                         .due_ms = db_i64(rows, 5)};
        is_found = true;
    }
    TRY(db_end(rows));
    return is_found ? RC_OK : RC_NOT_FOUND;
}

static enum rc change(struct cx *cx, enum seal_class c, const struct practice_key_row *to,
                      const char *action)
{
    struct db_val v[] = {DB_B(to->wrapped),  DB_B(to->other),
                         DB_I(to->phase),    DB_I(to->made_ms),
                         DB_I(cx->now_ms),   to->due_ms != 0 ? DB_I(to->due_ms) : DB_NIL,
                         DB_I(cx->practice), DB_I(c)};
    TRY(db_exec(cx->db, &SQL_PRACTICE_KEY_CHANGE, v, N_ELEMS(v), NULL));
    return action == NULL ? RC_OK : audit_change(cx, "practice", no_id, action, NULL);
}

/* Held before it is committed, which harms nobody: until it is, nothing is sealed by it. */
static enum rc change_and_hold(struct cx *cx, const struct practice_key_row *to, const char *action)
{
    TRY(change(cx, SEAL_IDENTITY, to, action));
    return seal_practice_load_both(cx->keys, cx->practice, SEAL_IDENTITY, to->wrapped, to->other);
}

enum rc practice_key_next(struct cx *cx)
{
    unsigned char next[SEAL_WRAPPED_BYTES];
    struct practice_key_row row;
    TRY(practice_key(cx, SEAL_IDENTITY, &row));
    if (row.phase != KEY_SETTLED)
        return RC_OK;
    TRY(seal_practice_next(cx->keys, cx->practice, next));
    row.other = (struct bytes){next, sizeof(next)};
    row.phase = KEY_COMES;
    return change_and_hold(cx, &row, "operational_key");
}

enum rc practice_key_turn(struct cx *cx)
{
    struct practice_key_row row;
    TRY(practice_key(cx, SEAL_IDENTITY, &row));
    struct practice_key_row to = {
        .wrapped = row.other, .other = row.wrapped, .phase = KEY_GOES, .made_ms = cx->now_ms};
    return row.phase == KEY_COMES ? change_and_hold(cx, &to, NULL) : RC_CONFLICT;
}

enum rc practice_key_pair(struct cx *cx, const struct seal_pair *pair)
{
    struct practice_key_row to = {.wrapped = {pair->wrapped, sizeof(pair->wrapped)},
                                  .other = {pair->former, sizeof(pair->former)},
                                  .phase = KEY_GOES,
                                  .made_ms = cx->now_ms};
    return change(cx, SEAL_CLINICAL, &to, "clinical_key");
}

enum rc practice_key_due(struct cx *cx, enum seal_class c)
{
    struct db_val v[] = {DB_I(cx->now_ms), DB_I(cx->practice), DB_I(c)};
    return db_exec(cx->db, &SQL_PRACTICE_KEY_DUE, v, N_ELEMS(v), NULL);
}

enum rc practice_key_settle(struct cx *cx, enum seal_class c)
{
    struct practice_key_row row;
    TRY(practice_key(cx, c, &row));
    row.other = (struct bytes){0};
    row.phase = KEY_SETTLED;
    TRY(change(cx, c, &row, "former_key"));
    return seal_practice_load(cx->keys, cx->practice, c, row.wrapped);
}

enum rc practice_refresh(struct cx *cx)
{
    int n;
    EVERYWHERE(cx);
    struct db_val v[] = {DB_I(cx->now_ms - EPOCH_KNOWN_MS)};
    TRY(open_keys(cx, &SQL_PRACTICE_KEY_SINCE, v, N_ELEMS(v), &n));
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_EPOCH_KEY_SINCE, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        TRY(seal_epoch_load(cx->keys, db_i64(rows, 0), db_i64(rows, 1), db_bytes(rows, 2)));
    return db_end(rows);
}

enum rc practice_exists(struct cx *cx, bool *ret)
{
    int64_t last = 0;
    TRY(last_id(cx, &last));
    *ret = last > 0;
    return RC_OK;
}
