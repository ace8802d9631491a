/* SPDX-License-Identifier: AGPL-3.0-or-later
 * dump.h - every row of every table as values, and back into an empty database of either engine.
 *
 * What the two engines keep alike is what is dumped: tables and columns by name, in the order of
 * the alphabet. Left out is schema_migration, which says how the tables were made (migrate.h). */
#pragma once
#include "db/db.h"

enum dump_kind { DUMP_INT, DUMP_TEXT, DUMP_BLOB };
struct dump_table {
    const char *name;
    const char *const *cols;
    const enum dump_kind *kinds; /* as the database declares them */
    int n_cols;
    const bool *is_required; /* NOT NULL, as the database declares it */
};

/* Each may be NULL. v lives through the call and has a value per column. */
struct dump_sink {
    void *arg;
    enum rc (*table)(void *arg, const struct dump_table *t);
    enum rc (*row)(void *arg, const struct dump_table *t, const struct db_val *v);
    enum rc (*table_end)(void *arg, const struct dump_table *t);
};
/* Gives all rows of all practices, as one snapshot. `db` is a connection of its own without a
 * transaction, closed before `a` is wiped; db_practice() is another afterwards. */
enum rc db_dump(struct db *db, struct arena *a, const struct dump_sink *to) MUST_USE;

/* The same a table at a time, within a read transaction of the caller's. All tables, as above. */
enum rc db_dump_tables(struct db *db, struct arena *a, const struct dump_table **ret,
                       int *ret_n) MUST_USE;
/* The rows of one practice, or of a table that is nobody's, in the order of these columns: texts by
 * their bytes, none as "". NULL-ended. RC_BROKEN: there is no such column. */
enum rc db_dump_rows(struct db *db, struct arena *a, const struct dump_table *t, int64_t practice,
                     const char *const *order, const struct dump_sink *to) MUST_USE;

/* How many rows each table has, of all practices; `a` is wiped after the connection is closed. */
struct table_rows {
    const char *name;
    int64_t n;
};
enum rc db_count_rows(struct db *db, struct arena *a, struct table_rows **ret, int *ret_n) MUST_USE;

/* The other way, in one transaction; the database is migrated (migrate_run) and nobody uses it.
 * Triggers and row-level security are off meanwhile, foreign keys are looked at in the end. */
struct load;
/* keeps: what a new database begins with stays; else it is the archive's to bring.
 * RC_CONFLICT: there is a practice already. */
enum rc db_load_begin(struct db *db, struct arena *a, bool keeps, struct load **ret) MUST_USE;
/* By name and columns. RC_INVALID: no such table, or not exactly its columns. */
enum rc db_load_table(struct load *l, const struct dump_table *t) MUST_USE;
/* What the column of the table named last takes. */
enum dump_kind db_load_kind(const struct load *l, int col);
/* Into the table named last. RC_INVALID: the database refuses the row. */
enum rc db_load_row(struct load *l, const struct db_val *v) MUST_USE;
/* RC_CONFLICT: a row names another that is not there. Without it nothing was loaded. */
enum rc db_load_end(struct load *l) MUST_USE;
void db_load_free(struct load *l); /* undoes what was not ended; NULL is fine */
