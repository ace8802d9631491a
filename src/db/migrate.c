/* SPDX-License-Identifier: AGPL-3.0-or-later
 * migrate.c - runs the migrations that a database lacks.
 *
 * Released numbers only ascend: a number missing below the highest one applied, like a changed
 * text, means that the database was made by another program's history. */
#include "db/migrate.h"

#include "db/db_private.h"
#include "db/dump.h"

#include <string.h>
#include <time.h>

enum { TEXT_MAX_BYTES = 1024 * 1024, LOCK_TRIES = 12 };
static const int64_t lock_key = INT64_C(0x656e747261637465); /* "entracte" */

static const struct db_stmt has_table = {
    "schema_has_table",
    0,
    false,
    {"SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'",
     "SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('schema_migration')"}};
static const struct db_stmt list_applied = {
    "schema_list_applied",
    0,
    false,
    {"SELECT number, name, checksum FROM schema_migration ORDER BY number",
     "SELECT number, name, checksum FROM schema_migration ORDER BY number"}};
static const struct db_stmt add_applied = {
    "schema_add_applied",
    4,
    true,
    {"INSERT INTO schema_migration (number, name, checksum, applied_ms) VALUES (?1, ?2, ?3, ?4)",
     "INSERT INTO schema_migration (number, name, checksum, applied_ms) VALUES ($1, $2, $3, $4)"}};
static const struct db_stmt lock = {"schema_lock", 1, false, {NULL, "SELECT pg_advisory_lock($1)"}};
static const struct db_stmt unlock = {
    "schema_unlock", 1, false, {NULL, "SELECT pg_advisory_unlock($1)"}};
static const char create_table[] = "CREATE TABLE IF NOT EXISTS schema_migration ("
                                   "number @i64@ PRIMARY KEY, name TEXT NOT NULL, "
                                   "checksum @i64@ NOT NULL, applied_ms @i64@ NOT NULL) @strict@;";

/* --- text --------------------------------------------------------------- */

static const struct {
    const char *token;
    const char *text[DB_N_ENGINES];
} tokens[] = {
    {"@i64@", {"INTEGER", "BIGINT"}},
    {"@blob@", {"BLOB", "BYTEA"}},
    {"@serial@", {"INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY"}},
    {"@strict@", {"STRICT", ""}},
    /* rows that are little more than their primary key, and are found by it */
    {"@strict_key@", {"STRICT, WITHOUT ROWID", ""}},
};

static void put_line(struct buf *out, enum db_engine engine, const char *s, const char *end)
{
    while (s < end) {
        size_t i = 0;
        while (i < N_ELEMS(tokens) && strncmp(s, tokens[i].token, strlen(tokens[i].token)) != 0)
            i++;
        if (i < N_ELEMS(tokens)) {
            buf_puts(out, tokens[i].text[engine]);
            s += strlen(tokens[i].token);
        } else {
            buf_putc(out, *s++);
        }
    }
}

/* A line "-- only: sqlite", "-- only: pgsql" or "-- only: both" switches what follows. */
static enum rc text_for(enum db_engine engine, const char *sql, struct buf *out)
{
    static const char *const only[] = {"-- only: sqlite", "-- only: pgsql", "-- only: both"};
    bool is_ours = true;
    for (const char *end; *sql != '\0'; sql = end) {
        end = sql + strcspn(sql, "\n");
        end += *end == '\n';
        size_t i = 0;
        while (i < N_ELEMS(only) && strncmp(sql, only[i], strlen(only[i])) != 0)
            i++;
        if (i < N_ELEMS(only))
            is_ours = i == (size_t)engine || i == DB_N_ENGINES;
        else if (is_ours)
            put_line(out, engine, sql, end);
    }
    return out->full ? RC_BROKEN : RC_OK;
}

static void arena_wipep(struct arena **a)
{
    arena_wipe(*a);
}
#define LOCAL_ARENA(name_)                                                                         \
    struct arena name_##_storage_;                                                                 \
    CLEANUP(arena_wipep) struct arena *name_ = &name_##_storage_;                                  \
    arena_init(name_, 4 * TEXT_MAX_BYTES)

static enum rc run_text(struct db *db, const char *sql)
{
    LOCAL_ARENA(a);
    struct buf text;
    buf_init(&text, a, TEXT_MAX_BYTES);
    TRY(text_for(db_engine(db), sql, &text));
    return db_script(db, text.s);
}

/* --- state -------------------------------------------------------------- */

static enum rc table_exists(struct db *db, struct arena *a, bool *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(db, a, &has_table, NULL, 0, &rows));
    if (db_next(rows))
        *ret = db_i64(rows, 0) > 0;
    return db_end(rows);
}

static bool is_applied_as(struct db_rows *rows, const struct migration *m)
{
    return db_i64(rows, 0) == m->number && (uint64_t)db_i64(rows, 2) == m->checksum &&
           strcmp(db_text(rows, 1), m->name) == 0;
}

/* How many of ours were applied, in order; state is SCHEMA_CURRENT or what is wrong. */
static enum rc compare(struct db *db, struct arena *a, int *ret_n, enum schema_state *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    enum schema_state state = SCHEMA_CURRENT;
    int n = 0;
    TRY(db_query(db, a, &list_applied, NULL, 0, &rows));
    while (db_next(rows)) {
        if (n < n_migrations && is_applied_as(rows, &migrations[n]))
            n++;
        else if (n_migrations == 0 || db_i64(rows, 0) > migrations[n_migrations - 1].number)
            state = n == n_migrations ? SCHEMA_NEWER : SCHEMA_ALTERED;
        else
            state = SCHEMA_ALTERED;
    }
    TRY(db_end(rows));
    *ret_n = n;
    *ret = state;
    return RC_OK;
}

/* ret_n: how many of migrations[] are applied. */
static enum rc read_state(struct db *db, int *ret_n, enum schema_state *ret)
{
    LOCAL_ARENA(a);
    bool exists = false;
    *ret_n = 0;
    *ret = SCHEMA_EMPTY;
    TRY(table_exists(db, a, &exists));
    if (!exists)
        return RC_OK;
    TRY(compare(db, a, ret_n, ret));
    if (*ret == SCHEMA_CURRENT && *ret_n < n_migrations)
        *ret = *ret_n == 0 ? SCHEMA_EMPTY : SCHEMA_OLDER;
    return RC_OK;
}

enum rc migrate_state(struct db *db, enum schema_state *ret)
{
    int n = 0;
    return read_state(db, &n, ret);
}

/* --- run ---------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum rc run_one(struct db *db, const struct migration *m)
{
    const struct db_val v[] = {DB_I(m->number), DB_S(m->name), DB_I((int64_t)m->checksum),
                               DB_I(now_ms())};
    TRY(run_text(db, m->sql));
    return db_exec(db, &add_applied, v, N_ELEMS(v), NULL);
}

/* --- rows before and after -------------------------------------------------------------------- */

static bool says_fewer(const char *sql, const char *table)
{
    static const char mark[] = "-- fewer rows: ";
    size_t n = strlen(table);
    while ((sql = strstr(sql, mark)) != NULL) {
        sql += strlen(mark);
        if (strncmp(sql, table, n) == 0 && (sql[n] == '\n' || sql[n] == '\0'))
            return true;
    }
    return false;
}

static bool may_have_fewer(const char *table, int from, int to)
{
    for (int i = from; i < to; i++)
        if (says_fewer(migrations[i].sql, table))
            return true;
    return false;
}

static int64_t rows_of(const struct table_rows *t, int n, const char *table)
{
    for (int i = 0; i < n; i++)
        if (strcmp(t[i].name, table) == 0)
            return t[i].n;
    return 0;
}

static enum rc compare_rows(struct db *db, struct migrate_care *c, const struct table_rows *before,
                            int n_before, int from)
{
    struct table_rows *after;
    int n;
    TRY(db_count_rows(db, c->arena, &after, &n));
    for (int i = 0; i < n_before; i++)
        if (rows_of(after, n, before[i].name) < before[i].n &&
            !may_have_fewer(before[i].name, from, n_migrations)) {
            c->what = before[i].name;
            return RC_CONFLICT;
        }
    return RC_OK;
}

/* --- all that is missing ---------------------------------------------------------------------- */

static enum rc run_from(struct db *db, int from, int to, struct migrate_care *c)
{
    c->stop = STOP_RUN;
    TRY(db_wall_lower(db));
    for (int i = from; i < to; i++) {
        c->what = migrations[i].name;
        TRY(run_one(db, &migrations[i]));
    }
    c->what = NULL;
    return db_wall_raise(db);
}

static enum rc run_checked(struct db *db, int from, struct migrate_care *c)
{
    struct table_rows *before;
    int n;
    TRY(db_count_rows(db, c->arena, &before, &n));
    TRY(run_from(db, from, n_migrations, c));
    c->stop = STOP_ROWS;
    TRY(compare_rows(db, c, before, n, from));
    c->stop = STOP_CHECK;
    return c->check(c->arg);
}

/* Looks again inside the transaction: on SQLite another process may have been first. */
static enum rc run_missing(struct db *db, int n_wanted, struct migrate_care *care)
{
    struct migrate_care none = {0};
    _cleanup_tx_ struct db_tx tx = {0};
    enum schema_state state = SCHEMA_ALTERED;
    int n = 0;
    TRY(db_begin(db, &tx));
    TRY(run_text(db, create_table));
    TRY(read_state(db, &n, &state));
    if (state == SCHEMA_NEWER || state == SCHEMA_ALTERED)
        return RC_CONFLICT;
    if (n < n_wanted)
        TRY(care != NULL ? run_checked(db, n, care) : run_from(db, n, n_wanted, &none));
    if (care != NULL && care->is_trial)
        db_rollback(&tx);
    else
        TRY(db_commit(&tx));
    if (care != NULL)
        care->stop = STOP_NONE;
    return RC_OK;
}

static enum rc prepare_and_run(struct db *db, int n_wanted, struct migrate_care *care)
{
    int n = 0;
    enum schema_state state = SCHEMA_ALTERED;
    if (care != NULL) {
        TRY(read_state(db, &n, &state));
        if (state == SCHEMA_OLDER)
            TRY(care->before(care->arg, n));
    }
    return run_missing(db, n_wanted, care);
}

/* Held by the session and not by the transaction, whose snapshot would be older than the lock. */
static enum rc run_locked(struct db *db, int n_wanted, struct migrate_care *care)
{
    const struct db_val key[] = {DB_I(lock_key)};
    enum rc rc = RC_BUSY;
    for (int i = 0; rc == RC_BUSY && i < LOCK_TRIES; i++) /* each waits for lock_timeout */
        rc = db_exec(db, &lock, key, 1, NULL);
    TRY(rc);
    rc = prepare_and_run(db, n_wanted, care);
    enum rc unlock_rc = db_exec(db, &unlock, key, 1, NULL);
    return rc != RC_OK ? rc : unlock_rc;
}

static enum rc run_up_to(struct db *db, int n, struct migrate_care *care)
{
    enum schema_state state = SCHEMA_ALTERED;
    TRY(migrate_state(db, &state));
    switch (state) {
    case SCHEMA_CURRENT:
        return RC_OK;
    case SCHEMA_NEWER:
    case SCHEMA_ALTERED:
        return RC_CONFLICT;
    case SCHEMA_EMPTY:
    case SCHEMA_OLDER:
        break;
    }
    return db_engine(db) == DB_PGSQL ? run_locked(db, n, care) : prepare_and_run(db, n, care);
}

enum rc migrate_run_first(struct db *db, int n)
{
    return run_up_to(db, n, NULL);
}

enum rc migrate_run(struct db *db)
{
    return run_up_to(db, n_migrations, NULL);
}

enum rc migrate_with_care(struct db *db, struct migrate_care *care)
{
    care->stop = STOP_BEFORE;
    care->what = NULL;
    return run_up_to(db, n_migrations, care);
}
