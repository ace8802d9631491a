/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db.c - what is the same on both databases: which statement may run now, nesting of
 * transactions, the turn to write, types of columns. */
#include "base/days.h"
#include "base/log.h"
#include "db/db_private.h"
#include "db/write_queue.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_WAIT_MS = 10000 }; /* for the turn to write */

void db_set_error(struct db *db, const struct db_stmt *st, const char *fmt, ...)
{
    int n = st == NULL ? 0 : snprintf(db->error, sizeof(db->error), "%.80s: ", st->name);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(db->error + n, sizeof(db->error) - (size_t)n, fmt, ap);
    va_end(ap);
    db->error[strcspn(db->error, "\n")] = '\0';
}

static enum rc broken(struct db *db, const struct db_stmt *st, const char *why)
{
    db_set_error(db, st, "%s", why);
    return RC_BROKEN;
}

/* --- connection --------------------------------------------------------- */

static bool has_prefix(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

enum rc db_open(const char *url, bool read_only, struct db **ret)
{
    struct db *db = NULL;
    enum rc rc = RC_INVALID;
    if (has_prefix(url, "sqlite:") && url[7] != '\0')
        rc = db_sqlite_open(url + 7, read_only, &db);
    else if (has_prefix(url, "postgresql://") || has_prefix(url, "postgres://"))
        rc = db_pgsql_open(url, read_only, &db);
    if (rc == RC_OK) {
        *ret = db;
    } else if (db != NULL) {
        log_warn("database not opened: %s", db->error); /* the caller has no db to ask */
        db_close(db);
    }
    return rc;
}

static void leave(struct db *db);

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    while (db->mode != TX_NONE) {
        db->tx_rc = RC_BROKEN;
        leave(db);
    }
    struct write_queue *queue = db->queue;
    db->ops->close(db);
    write_queue_close(queue);
}

enum db_engine db_engine(const struct db *db)
{
    return db->engine;
}
const char *db_error(const struct db *db)
{
    return db->error;
}
int64_t db_practice(struct db *db, int64_t practice)
{
    int64_t was = db->practice;
    db->practice = practice;
    return was;
}
enum rc db_ping(struct db *db)
{
    return db->mode == TX_NONE ? db->ops->ping(db) : RC_OK;
}
enum rc db_scrub(struct db *db)
{
    return db->mode == TX_NONE ? db->ops->scrub(db) : RC_BROKEN;
}
enum rc db_copy_to(struct db *db, const char *path)
{
    return db->ops->copy_to != NULL && db->mode == TX_NONE ? db->ops->copy_to(db, path)
                                                           : RC_INVALID;
}
enum rc db_check(struct db *db, const struct db_stmt *st)
{
    return db->ops->check(db, st);
}

int64_t db_fail_nth(struct db *db, int64_t nth)
{
    int64_t n_calls = db->n_calls;
    db->n_calls = 0;
    db->fail_at = nth;
    return n_calls;
}

static bool is_made_to_fail(struct db *db)
{
    if (++db->n_calls != db->fail_at)
        return false;
    db_set_error(db, NULL, "made to fail, call %lld", (long long)db->n_calls);
    return true;
}

/* --- transactions ------------------------------------------------------- */

/* Remembers the first failure inside a transaction. */
static enum rc note(struct db *db, enum rc rc)
{
    if (db->mode != TX_NONE && db->tx_rc == RC_OK)
        db->tx_rc = rc;
    return rc;
}

static enum rc enter_queue(struct db *db)
{
    enum rc rc = write_queue_enter(db->queue, MAX_WAIT_MS);
    if (rc != RC_OK)
        db_set_error(db, NULL, "no turn to write within %d ms", MAX_WAIT_MS);
    return rc;
}

static void entered(struct db *db, enum tx_mode mode)
{
    db->mode = mode;
    db->depth = 1;
}

/* Leaves one level; the outermost rolls back what failed and ends the turn to write. */
static void leave(struct db *db)
{
    if (--db->depth > 0)
        return;
    if (db->tx_rc != RC_OK)
        (void)!db->ops->step(db, TX_ROLLBACK); /* a lost connection has rolled back already */
    if (db->mode == TX_WRITE)
        write_queue_leave(db->queue);
    db->mode = TX_NONE;
    db->tx_rc = RC_OK;
}

static enum rc begin(struct db *db, struct db_tx *ret)
{
    TRY(db->tx_rc);
    if (db->mode == TX_READ || db->read_only)
        return note(db, broken(db, NULL, "a write inside a read transaction"));
    if (db->mode == TX_WRITE) {
        db->depth++;
    } else {
        TRY(enter_queue(db));
        enum rc rc = db->ops->step(db, TX_BEGIN_WRITE);
        if (rc != RC_OK) {
            write_queue_leave(db->queue);
            return rc;
        }
        entered(db, TX_WRITE);
    }
    ret->db = db;
    return RC_OK;
}

enum rc db_begin(struct db *db, struct db_tx *ret)
{
    if (is_made_to_fail(db))
        return note(db, RC_BUSY);
    return begin(db, ret);
}

static enum rc commit(struct db_tx *tx)
{
    struct db *db = tx->db;
    tx->db = NULL;
    if (db->depth == 1 && db->n_writing > 0)
        note(db, broken(db, NULL, "commit before db_end() of a statement that writes"));
    if (db->depth == 1 && db->tx_rc == RC_OK)
        note(db, db->ops->step(db, TX_COMMIT));
    enum rc rc = db->tx_rc;
    leave(db);
    return rc;
}

enum rc db_commit(struct db_tx *tx)
{
    assert(tx->db != NULL && tx->db->mode == TX_WRITE);
    if (is_made_to_fail(tx->db))
        note(tx->db, RC_BUSY);
    return commit(tx);
}

void db_rollback(struct db_tx *tx)
{
    if (tx->db == NULL)
        return;
    note(tx->db, RC_BROKEN);
    leave(tx->db);
    tx->db = NULL;
}

enum rc db_begin_read(struct db *db)
{
    TRY(db->tx_rc);
    if (db->mode != TX_NONE) {
        db->depth++;
        return RC_OK;
    }
    TRY(db->ops->step(db, TX_BEGIN_READ));
    entered(db, TX_READ);
    return RC_OK;
}

bool db_is_reading(const struct db *db)
{
    return db->mode == TX_READ;
}

void db_end_read(struct db *db)
{
    if (db->mode == TX_NONE)
        return;
    if (db->mode == TX_READ && db->depth == 1 && db->tx_rc == RC_OK)
        note(db, db->ops->step(db, TX_COMMIT));
    leave(db);
}

/* --- statements --------------------------------------------------------- */

/* May the statement run now? */
static enum rc admit(struct db *db, const struct db_stmt *st, int n)
{
    assert(n == st->n_params && n <= DB_MAX_PARAMS);
    if (is_made_to_fail(db))
        return RC_BUSY;
    TRY(db->tx_rc);
    if (st->writes && (db->mode == TX_READ || db->read_only))
        return broken(db, st, "a write inside a read transaction");
    return RC_OK;
}

static enum rc exec(struct db *db, const struct db_stmt *st, const struct db_val *v, int n,
                    int64_t *ret_changed)
{
    TRY(admit(db, st, n));
    if (!st->writes || db->mode != TX_NONE)
        return db->ops->exec(db, st, v, n, ret_changed);
    TRY(enter_queue(db));
    enum rc rc = db->ops->exec(db, st, v, n, ret_changed);
    write_queue_leave(db->queue);
    return rc;
}

enum rc db_exec(struct db *db, const struct db_stmt *st, const struct db_val *v, int n,
                int64_t *ret_changed)
{
    return note(db, exec(db, st, v, n, ret_changed));
}

static enum rc script(struct db *db, const char *sql)
{
    TRY(db->tx_rc);
    if (db->mode == TX_READ || db->read_only)
        return broken(db, NULL, "a script inside a read transaction");
    if (db->mode != TX_NONE)
        return db->ops->script(db, sql);
    TRY(enter_queue(db));
    enum rc rc = db->ops->script(db, sql);
    write_queue_leave(db->queue);
    return rc;
}

enum rc db_script(struct db *db, const char *sql)
{
    return note(db, script(db, sql));
}

/* SQLite's other connections read the counts again when a table has come or gone. */
enum rc db_analyze(struct db *db)
{
    static const char lite[] =
        "PRAGMA analysis_limit = 400; DROP TABLE IF EXISTS sqlite_stat1; ANALYZE";
    _cleanup_tx_ struct db_tx tx = {0};
    if (db->engine == DB_PGSQL)
        return db_script(db, "ANALYZE");
    TRY(db_begin(db, &tx));
    TRY(db_script(db, lite));
    return db_commit(&tx);
}

/* --- rows --------------------------------------------------------------- */

static enum rc query(struct db *db, struct arena *a, const struct db_stmt *st,
                     const struct db_val *v, int n, struct db_rows **ret)
{
    TRY(admit(db, st, n));
    _cleanup_tx_ struct db_tx own = {0};
    if (st->writes && db->mode == TX_NONE)
        TRY(begin(db, &own));
    struct db_rows *r = NULL;
    TRY(db->ops->query(db, a, st, v, n, &r));
    r->db = db;
    r->arena = a;
    r->stmt = st;
    r->is_open = true;
    r->own = own;
    own.db = NULL;
    db->n_writing += st->writes;
    *ret = r;
    return RC_OK;
}

enum rc db_query(struct db *db, struct arena *a, const struct db_stmt *st, const struct db_val *v,
                 int n, struct db_rows **ret)
{
    return note(db, query(db, a, st, v, n, ret));
}

bool db_next(struct db_rows *r)
{
    r->on_row = r->is_open && r->rc == RC_OK && r->db->ops->next(r);
    note(r->db, r->rc);
    return r->on_row;
}

static void close_rows(struct db_rows *r)
{
    if (!r->is_open)
        return;
    r->is_open = r->on_row = false;
    r->db->n_writing -= r->stmt->writes;
    enum rc rc = r->db->ops->finish(r);
    if (r->rc == RC_OK)
        r->rc = rc;
    note(r->db, r->rc);
}

enum rc db_end(struct db_rows *r)
{
    close_rows(r);
    if (r->own.db != NULL)
        r->rc = commit(&r->own);
    return r->rc;
}

void db_rows_free(struct db_rows *r)
{
    if (r == NULL)
        return;
    close_rows(r);
    db_rollback(&r->own);
}

enum { INT_KIND = 1U << DB_INT, TEXT_KIND = 1U << DB_TEXT, BLOB_KIND = 1U << DB_BLOB };

/* The value of a column; db_end() will tell when it is of another kind than asked for. */
static struct db_val column(struct db_rows *r, int col, unsigned kinds)
{
    struct db_val v = DB_NIL;
    assert(r->on_row && col >= 0 && col < r->n_cols);
    if (!r->db->ops->column(r, col, &v) || (v.kind != DB_NULL && !(kinds & 1U << v.kind))) {
        db_set_error(r->db, r->stmt, "column %d is of another type than read", col);
        r->rc = RC_BROKEN;
        return DB_NIL;
    }
    return v;
}

static enum rc damaged(struct db_rows *r, int col)
{
    db_set_error(r->db, r->stmt, "column %d holds a value that cannot be", col);
    return r->rc = RC_BROKEN;
}

bool db_is_null(struct db_rows *r, int col)
{
    return column(r, col, INT_KIND | TEXT_KIND | BLOB_KIND).kind == DB_NULL;
}

int64_t db_i64(struct db_rows *r, int col)
{
    struct db_val v = column(r, col, INT_KIND);
    return v.kind == DB_NULL ? 0 : v.i;
}

int32_t db_days(struct db_rows *r, int col)
{
    struct db_val v = column(r, col, INT_KIND);
    if (v.kind == DB_NULL)
        return DATE_NONE;
    if (v.i <= INT32_MIN || v.i > INT32_MAX) {
        (void)damaged(r, col);
        return DATE_NONE;
    }
    return (int32_t)v.i;
}

const char *db_text(struct db_rows *r, int col)
{
    struct db_val v = column(r, col, TEXT_KIND);
    if (v.kind == DB_NULL)
        return r->rc == RC_OK ? NULL : "";
    return arena_strdup(r->arena, v.s);
}

struct id db_id(struct db_rows *r, int col)
{
    struct id id = {{0}};
    struct db_val v = column(r, col, TEXT_KIND);
    if (v.kind != DB_NULL && !id_parse(v.s, &id))
        (void)damaged(r, col);
    return id;
}

struct bytes db_bytes(struct db_rows *r, int col)
{
    struct db_val v = column(r, col, BLOB_KIND);
    if (v.kind == DB_NULL)
        return (struct bytes){NULL, 0};
    return (struct bytes){(unsigned char *)arena_strndup(r->arena, (const char *)v.b.p, v.b.len),
                          v.b.len};
}
