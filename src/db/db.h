/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db.h - one small door to SQLite and PostgreSQL.
 *
 * Statements are constants made by tools/sqlc.py from a domain's .sql file;
 * there is no function that runs a string built at run time. Only db_sqlite.c
 * and db_pgsql.c include a database's own header. A connection belongs to one
 * thread at a time; only the writer queue (below) is shared.
 *
 * Columns are TEXT, 64-bit integers and blobs; nothing else. */
#pragma once
#include "base/base.h"
#include "base/id.h"

struct db;
struct db_rows;

/* One statement. text[DB_SQLITE] has ?1.., text[DB_PGSQL] has $1.. */
enum db_engine { DB_SQLITE, DB_PGSQL, DB_N_ENGINES };
struct db_stmt {
    const char *name;
    int n_params;
    bool writes;
    const char *text[DB_N_ENGINES];
};

struct db_val {
    enum { DB_NULL, DB_INT, DB_TEXT, DB_BLOB } kind;
    union {
        int64_t i;
        const char *s;
        struct bytes b;
    };
};
#define DB_I(v_) ((struct db_val){.kind = DB_INT, .i = (v_)})
#define DB_S(v_) ((struct db_val){.kind = (v_) != NULL ? DB_TEXT : DB_NULL, .s = (v_)})
#define DB_B(v_) ((struct db_val){.kind = (v_).p != NULL ? DB_BLOB : DB_NULL, .b = (v_)})
/* v_: an lvalue that lives through the call */
#define DB_ID(v_) ((struct db_val){.kind = (v_).s[0] ? DB_TEXT : DB_NULL, .s = (v_).s})
#define DB_NIL ((struct db_val){.kind = DB_NULL})
/* Dates: DATE_NONE is NULL. */
#define DB_DAYS(v_) ((struct db_val){.kind = (v_) == INT32_MIN ? DB_NULL : DB_INT, .i = (v_)})

/* url: "sqlite:PATH" (":memory:" for a test) or "postgresql://...". Opens one
 * connection. SQLite: WAL, synchronous=FULL, foreign_keys on, busy_timeout, also for readers.
 * read_only: SQLITE_OPEN_READONLY+query_only; PostgreSQL default_transaction_read_only.
 * Errors: RC_INVALID for a url that is neither; RC_BUSY when it cannot be reached. */
enum rc db_open(const char *url, bool read_only, struct db **ret) MUST_USE;
void db_close(struct db *db);
enum db_engine db_engine(const struct db *db);
const char *db_error(const struct db *db); /* last error, with no bound values; for the log only */

/* Whose rows this connection may see from now on: a second wall behind the practice_id that every
 * statement names. 0, as after db_open(): nobody's but those that sign-in has to look up across
 * practices. PostgreSQL enforces it by row-level security; a SQLite file holds one practice.
 * Returns what it was before. */
int64_t db_practice(struct db *db, int64_t practice);
/* Does the wall stand? On PostgreSQL: every table has row-level security that binds its owner too,
 * and a policy, our own role cannot step over it, and the server listens to nobody beyond this
 * machine. RC_INVALID with *ret_why a sentence. */
enum rc db_wall_check(struct db *db, struct arena *a, const char **ret_why) MUST_USE;

/* Is the connection alive? Reconnects a PostgreSQL connection that was lost.
 * Called by web before each request and by /healthz. RC_BUSY: not reachable. */
enum rc db_ping(struct db *db) MUST_USE;

/* What was deleted and committed is no longer in the files: SQLite empties its log into the
 * database (deleted content is overwritten there). Waits a few seconds for readers; what they still
 * hold is in the log until the next one. PostgreSQL vacuums by itself, and archives its log. */
enum rc db_scrub(struct db *db) MUST_USE;

/* Counts anew what there is of what, from samples, by which the database chooses its ways: without
 * it a table of a hundred thousand rows may be read through for each row of another. After many
 * rows were written, and daily where the database does not by itself (SQLite). Open connections
 * take it over. Milliseconds; SQLite's other writers wait for it. */
enum rc db_analyze(struct db *db) MUST_USE;

/* A copy of the whole database as it is now, into a new file of SQLite, on disk afterwards; others
 * may go on working. RC_INVALID: this is PostgreSQL. RC_BUSY: it cannot be written. */
enum rc db_copy_to(struct db *db, const char *path) MUST_USE;

/* Runs fixed text: migrations and test set-up only. */
enum rc db_script(struct db *db, const char *sql) MUST_USE;

/* Checks that a statement parses against the present schema, that n_params is right and, on
 * SQLite (PostgreSQL cannot say), writes. */
enum rc db_check(struct db *db, const struct db_stmt *st) MUST_USE;

/* Runs a statement; prepared once per connection and kept. v[n] must match st->n_params.
 * ret_changed may be NULL.
 * Errors: RC_CONFLICT unique, foreign key, check, exclusion, or a trigger's refusal; RC_BUSY lock,
 * serialization, lost connection, full disk; RC_BROKEN. A write outside db_begin() is its own
 * transaction. */
enum rc db_exec(struct db *db, const struct db_stmt *st, const struct db_val *v, int n,
                int64_t *ret_changed) MUST_USE;

/* Rows of a query:
 *     _cleanup_rows_ struct db_rows *rows = NULL;
 *     TRY(db_query(db, arena, &SQL_X, (struct db_val[]){DB_I(1)}, 1, &rows));
 *     while (db_next(rows))
 *         ...
 *     TRY(db_end(rows));
 * db_next() is false at the end and on an error alike; only db_end() tells, so
 * a loop without it takes a broken read for a short list. Text and bytes live
 * in `a`, not in the row: they stay valid after the next db_next().
 * Columns are read between db_next() and db_end(), which ends the rows (asserted). A column read
 * as another type than it has gives 0, "" or nothing, and RC_BROKEN at db_end().
 * A statement that writes (RETURNING) outside db_begin() is kept by db_end() and undone without;
 * inside, db_end() comes before db_commit(). */
enum rc db_query(struct db *db, struct arena *a, const struct db_stmt *st, const struct db_val *v,
                 int n, struct db_rows **ret) MUST_USE;
bool db_next(struct db_rows *r);
enum rc db_end(struct db_rows *r) MUST_USE;
int64_t db_i64(struct db_rows *r, int col);  /* 0 for SQL NULL */
int32_t db_days(struct db_rows *r, int col); /* DATE_NONE for SQL NULL */
bool db_is_null(struct db_rows *r, int col);
const char *db_text(struct db_rows *r, int col);   /* NULL for SQL NULL */
struct id db_id(struct db_rows *r, int col);       /* unset for SQL NULL */
struct bytes db_bytes(struct db_rows *r, int col); /* {NULL, 0} for SQL NULL */
void db_rows_free(struct db_rows *r);
static inline void db_rows_freep(struct db_rows **r)
{
    db_rows_free(*r);
}
#define _cleanup_rows_ CLEANUP(db_rows_freep)

/* A write transaction that rolls back unless committed:
 *     _cleanup_tx_ struct db_tx tx = {0};
 *     TRY(db_begin(db, &tx));
 *     ...
 *     return db_commit(&tx);
 * SQLite: waits in the process's fair writer queue (per database file), then BEGIN IMMEDIATE.
 * PostgreSQL: SERIALIZABLE. After any failed statement it can only roll back, on both:
 * every statement and db_commit() then refuse with the rc of the first failure, and db_commit()
 * rolls back; an inner rollback counts as RC_BROKEN.
 *
 * May be nested: the inner begin joins the outer transaction, the inner commit does
 * nothing but leave, an inner rollback makes the outer commit refuse. So a page can
 * compose domain functions into one all-or-nothing write. */
struct db_tx {
    struct db *db;
};
enum rc db_begin(struct db *db, struct db_tx *ret) MUST_USE;
enum rc db_commit(struct db_tx *tx) MUST_USE;
void db_rollback(struct db_tx *tx);
#define _cleanup_tx_ CLEANUP(db_rollback)

/* A read transaction (one snapshot; writes refused with RC_BROKEN) around a GET. May be nested;
 * inside db_begin() it joins the write transaction. */
enum rc db_begin_read(struct db *db) MUST_USE;
void db_end_read(struct db *db);
/* in such a snapshot: what was read reads the same again */
bool db_is_reading(const struct db *db);

/* For tests: the n-th call of db_exec/db_query/db_begin/db_commit from now fails with RC_BUSY;
 * 0 switches it off. Returns how many calls were made since the last setting. */
int64_t db_fail_nth(struct db *db, int64_t nth);
