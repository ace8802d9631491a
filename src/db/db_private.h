/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db_private.h - what a database driver provides, and the state that db.c keeps for it.
 *
 * db.c decides (may it run, which transaction, whose turn); a driver only carries out. */
#pragma once
#include "db/db.h"

enum { DB_MAX_PARAMS = 64, DB_ERROR_BYTES = 320 }; /* tools/sqlc.py knows the first as well */

enum tx_mode { TX_NONE, TX_READ, TX_WRITE };
enum tx_step { TX_BEGIN_READ, TX_BEGIN_WRITE, TX_COMMIT, TX_ROLLBACK, TX_N_STEPS };

struct db_ops {
    void (*close)(struct db *);
    enum rc (*ping)(struct db *);
    enum rc (*scrub)(struct db *);
    enum rc (*copy_to)(struct db *, const char *path);
    enum rc (*script)(struct db *, const char *sql);
    enum rc (*check)(struct db *, const struct db_stmt *);
    enum rc (*step)(struct db *, enum tx_step);
    enum rc (*exec)(struct db *, const struct db_stmt *, const struct db_val *, int n,
                    int64_t *ret_changed);
    enum rc (*query)(struct db *, struct arena *, const struct db_stmt *, const struct db_val *,
                     int n, struct db_rows **ret);
    bool (*next)(struct db_rows *);                         /* sets rows->rc */
    bool (*column)(struct db_rows *, int, struct db_val *); /* false: a type db.h does not know */
    enum rc (*finish)(struct db_rows *);                    /* gives back what the rows hold */
};

struct db {
    const struct db_ops *ops;
    enum db_engine engine;
    bool read_only;
    int64_t practice;          /* db_practice() */
    struct write_queue *queue; /* NULL: nobody else can write to this database file */

    enum tx_mode mode;
    int depth;     /* transactions begun and not yet left; 0 exactly when mode is TX_NONE */
    enum rc tx_rc; /* first failure in the transaction: from then on it can only roll back */
    int n_writing; /* open rows of statements that write */

    int64_t n_calls, fail_at; /* db_fail_nth() */
    char error[DB_ERROR_BYTES];
};

struct db_rows {
    struct db *db;
    struct arena *arena;
    const struct db_stmt *stmt;
    int n_cols;
    enum rc rc;
    bool is_open, on_row;
    struct db_tx own; /* of a statement that writes outside db_begin(); db_end() commits it */
};

/* Raises the wall around tables that have none yet; after migrations. */
enum rc db_wall_raise(struct db *db) MUST_USE;
/* For migrations, in their transaction, which raises it again. */
enum rc db_wall_lower(struct db *db) MUST_USE;

/* Both give a db back even on failure (for its error); the caller closes it. */
enum rc db_sqlite_open(const char *path, bool read_only, struct db **ret) MUST_USE;
enum rc db_pgsql_open(const char *url, bool read_only, struct db **ret) MUST_USE;

/* Keeps the text for db_error(); st may be NULL. No bound values, ever. */
void db_set_error(struct db *db, const struct db_stmt *st, const char *fmt, ...) PRINTF(3, 4);
