/* SPDX-License-Identifier: AGPL-3.0-or-later
 * dump.c - all rows out of a database, and into one.
 *
 * The only place with statements made at run time: names of tables and columns come from the
 * database's own catalogue, never from a file or a person. */
#include "db/dump.h"

#include "db/db_private.h"

#include <string.h>

enum { TABLES_MAX = 256, FETCH_ROWS = 500 };

/* --- what there is -------------------------------------------------------------------------- */

static const struct db_stmt tables_all = {
    "dump_tables",
    0,
    false,
    {"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
     " AND name <> 'schema_migration' ORDER BY name",
     "SELECT CAST(relname AS TEXT) FROM pg_class WHERE relkind = 'r'"
     " AND relnamespace = current_schema()::regnamespace AND relname <> 'schema_migration'"
     " ORDER BY relname COLLATE \"C\""}};
static const struct db_stmt columns_of = {
    "dump_columns",
    1,
    false,
    {"SELECT name, CASE type WHEN 'INTEGER' THEN 0 WHEN 'TEXT' THEN 1 ELSE 2 END, \"notnull\""
     " FROM pragma_table_info(?1) ORDER BY name",
     "SELECT CAST(attname AS TEXT), CASE WHEN atttypid IN (16, 20, 21, 23) THEN 0"
     "  WHEN atttypid = 17 THEN 2 ELSE 1 END, CAST(attnotnull AS INT) FROM pg_attribute WHERE "
     "attrelid = to_regclass($1)"
     " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
     " ORDER BY attname COLLATE \"C\""}};
static const struct db_stmt practices_all = {
    "dump_practices",
    0,
    false,
    {"SELECT practice_id FROM practice ORDER BY practice_id",
     "SELECT practice_id FROM practice ORDER BY practice_id"}};

static enum rc list(struct db *db, struct arena *a, const struct db_stmt *st, const char ***ret,
                    int *ret_n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    const char **names = arena_array(a, const char *, TABLES_MAX);
    int n = 0;
    TRY(db_query(db, a, st, NULL, 0, &rows));
    while (n < TABLES_MAX && db_next(rows))
        names[n++] = db_text(rows, 0);
    TRY(db_end(rows));
    *ret = names;
    *ret_n = n;
    return RC_OK;
}

static enum rc list_columns(struct db *db, struct arena *a, struct dump_table *t)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    const char **cols = arena_array(a, const char *, DB_MAX_PARAMS);
    enum dump_kind *kinds = arena_array(a, enum dump_kind, DB_MAX_PARAMS);
    bool *is_required = arena_array(a, bool, DB_MAX_PARAMS);
    t->cols = cols;
    t->kinds = kinds;
    t->is_required = is_required;
    TRY(db_query(db, a, &columns_of, (struct db_val[]){DB_S(t->name)}, 1, &rows));
    for (t->n_cols = 0; db_next(rows); t->n_cols++) {
        if (t->n_cols == DB_MAX_PARAMS)
            return RC_BROKEN;
        cols[t->n_cols] = db_text(rows, 0);
        kinds[t->n_cols] = (enum dump_kind)db_i64(rows, 1);
        is_required[t->n_cols] = db_i64(rows, 2) != 0;
    }
    return db_end(rows);
}

static int column_of(const struct dump_table *t, const char *name)
{
    for (int i = 0; i < t->n_cols; i++)
        if (strcmp(t->cols[i], name) == 0)
            return i;
    return -1;
}

static bool has_column(const struct dump_table *t, const char *name)
{
    return column_of(t, name) >= 0;
}

static enum rc list_tables(struct db *db, struct arena *a, struct dump_table **ret, int *ret_n)
{
    const char **names;
    TRY(list(db, a, &tables_all, &names, ret_n));
    struct dump_table *t = arena_array(a, struct dump_table, *ret_n + 1);
    for (int i = 0; i < *ret_n; i++) {
        t[i].name = names[i];
        TRY(list_columns(db, a, &t[i]));
    }
    *ret = t;
    return RC_OK;
}

/* Lives as long as the arena, for a connection keeps what it has prepared by address. */
static const struct db_stmt *made(struct arena *a, int n_params, bool writes, const char *text)
{
    struct db_stmt *st = arena_new(a, struct db_stmt);
    *st = (struct db_stmt){
        .name = "dump", .n_params = n_params, .writes = writes, .text = {text, text}};
    return st;
}

static const char *names_of(struct arena *a, const struct dump_table *t)
{
    struct buf b;
    buf_init(&b, a, 64 * 1024);
    for (int i = 0; i < t->n_cols; i++)
        buf_printf(&b, "%s\"%s\"", i > 0 ? ", " : "", t->cols[i]);
    return b.s;
}

/* --- out
 * ------------------------------------------------------------------------------------------
 */

static enum rc give_rows(struct db *db, const struct dump_table *t, const struct dump_sink *to,
                         struct db_rows *rows, int *ret_n)
{
    struct db_val v[DB_MAX_PARAMS];
    *ret_n = 0;
    while (db_next(rows)) {
        for (int i = 0; i < t->n_cols; i++)
            if (!db->ops->column(rows, i, &v[i]))
                return RC_BROKEN;
        if (to->row != NULL)
            TRY(to->row(to->arg, t, v));
        (*ret_n)++;
    }
    return db_end(rows);
}

/* PostgreSQL would hand over a whole table at once. */
static enum rc give_by_cursor(struct db *db, struct arena *a, const char *query,
                              const struct dump_table *t, const struct dump_sink *to)
{
    const char *cursor = arena_printf(a, "dump_%p", (void *)arena_alloc(a, 1));
    const struct db_stmt *fetch =
        made(a, 0, false, arena_printf(a, "FETCH %d FROM \"%s\"", FETCH_ROWS, cursor));
    TRY(db->ops->script(db,
                        arena_printf(a, "DECLARE \"%s\" NO SCROLL CURSOR FOR %s", cursor, query)));
    for (int n = FETCH_ROWS; n == FETCH_ROWS;) {
        _cleanup_rows_ struct db_rows *rows = NULL;
        TRY(db_query(db, a, fetch, NULL, 0, &rows));
        TRY(give_rows(db, t, to, rows, &n));
    }
    return db->ops->script(db, arena_printf(a, "CLOSE \"%s\"", cursor));
}

static enum rc give_table(struct db *db, struct arena *a, const char *where,
                          const struct dump_table *t, const struct dump_sink *to)
{
    const char *query = arena_printf(a, "SELECT %s FROM \"%s\"%s", names_of(a, t), t->name, where);
    if (db_engine(db) == DB_PGSQL)
        return give_by_cursor(db, a, query, t, to);
    _cleanup_rows_ struct db_rows *rows = NULL;
    int n;
    TRY(db_query(db, a, made(a, 0, false, query), NULL, 0, &rows));
    return give_rows(db, t, to, rows, &n);
}

/* Row-level security shows one practice after the other; what belongs to none is seen by all. */
static enum rc give_all(struct db *db, struct arena *a, const struct dump_table *t,
                        const struct dump_sink *to, const int64_t *practice, int n_practices)
{
    if (to->table != NULL)
        TRY(to->table(to->arg, t));
    if (!has_column(t, "practice_id"))
        TRY(give_table(db, a, "", t, to));
    n_practices = has_column(t, "practice_id") ? n_practices : 0;
    for (int i = 0; i < n_practices; i++) {
        (void)db_practice(db, practice[i]);
        TRY(give_table(db, a, arena_printf(a, " WHERE practice_id = %lld", (long long)practice[i]),
                       t, to));
    }
    return to->table_end != NULL ? to->table_end(to->arg, t) : RC_OK;
}

static enum rc list_practices(struct db *db, struct arena *a, int64_t **ret, int *ret_n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    int64_t *id = NULL;
    int cap = 0;
    *ret_n = 0;
    (void)db_practice(db, 0);
    TRY(db_query(db, a, &practices_all, NULL, 0, &rows));
    while (db_next(rows)) {
        arena_grow(a, id, *ret_n, cap);
        id[(*ret_n)++] = db_i64(rows, 0);
    }
    *ret = id;
    return db_end(rows);
}

static void end_read(struct db **db)
{
    db_end_read(*db);
}

enum rc db_dump(struct db *db, struct arena *a, const struct dump_sink *to)
{
    struct dump_table *t;
    int64_t *practice;
    int n, n_practices;
    TRY(db_begin_read(db));
    CLEANUP(end_read) struct db *reading UNUSED = db;
    TRY(list_tables(db, a, &t, &n));
    TRY(list_practices(db, a, &practice, &n_practices));
    for (int i = 0; i < n; i++)
        TRY(give_all(db, a, &t[i], to, practice, n_practices));
    return RC_OK;
}

enum rc db_dump_tables(struct db *db, struct arena *a, const struct dump_table **ret, int *ret_n)
{
    struct dump_table *t;
    TRY(list_tables(db, a, &t, ret_n));
    *ret = t;
    return RC_OK;
}

enum rc db_dump_rows(struct db *db, struct arena *a, const struct dump_table *t, int64_t practice,
                     const char *const *order, const struct dump_sink *to)
{
    struct buf b;
    buf_init(&b, a, 4096);
    if (has_column(t, "practice_id"))
        buf_printf(&b, " WHERE practice_id = %lld", (long long)practice);
    for (int i = 0; order[i] != NULL; i++) {
        int col = column_of(t, order[i]);
        if (col < 0)
            return RC_BROKEN;
        bool is_text = t->kinds[col] == DUMP_TEXT;
        const char *collation = db_engine(db) == DB_PGSQL ? "\"C\"" : "BINARY";
        buf_puts(&b, i == 0 ? " ORDER BY " : ", ");
        if (is_text)
            buf_printf(&b, "COALESCE(\"%s\", '') COLLATE %s", order[i], collation);
        else
            buf_printf(&b, "\"%s\"", order[i]);
    }
    return give_table(db, a, b.s, t, to);
}

static enum rc count_where(struct db *db, struct arena *a, const char *table, const char *where,
                           int64_t *sum)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    const char *text = arena_printf(a, "SELECT COUNT(*) FROM \"%s\"%s", table, where);
    TRY(db_query(db, a, made(a, 0, false, text), NULL, 0, &rows));
    if (db_next(rows))
        *sum += db_i64(rows, 0);
    return db_end(rows);
}

enum rc db_count_rows(struct db *db, struct arena *a, struct table_rows **ret, int *ret_n)
{
    struct dump_table *t;
    int64_t *practice, was = db_practice(db, 0);
    int n, n_practices;
    TRY(list_tables(db, a, &t, &n));
    TRY(list_practices(db, a, &practice, &n_practices));
    struct table_rows *rows = arena_array(a, struct table_rows, n + 1);
    for (int i = 0; i < n; i++) {
        rows[i].name = t[i].name;
        if (!has_column(&t[i], "practice_id"))
            TRY(count_where(db, a, t[i].name, "", &rows[i].n));
        for (int k = 0; has_column(&t[i], "practice_id") && k < n_practices; k++) {
            (void)db_practice(db, practice[k]);
            TRY(count_where(db, a, t[i].name,
                            arena_printf(a, " WHERE practice_id = %lld", (long long)practice[k]),
                            &rows[i].n));
        }
    }
    (void)db_practice(db, was);
    *ret = rows;
    *ret_n = n;
    return RC_OK;
}

/* --- in -----------------------------------------------------------------------------------------
 */

struct load {
    struct db *db;
    struct arena *arena;
    struct db_tx tx;
    struct dump_table *tables;
    int n_tables;
    const struct dump_table *to;
    const struct db_stmt *insert;
    const char **triggers; /* SQLite: to be made again */
    int n_triggers;
};

static const struct db_stmt triggers_all = {
    "load_triggers",
    0,
    false,
    {"SELECT sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name", NULL}};
static const struct db_stmt trigger_names = {
    "load_trigger_names",
    0,
    false,
    {"SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name", NULL}};

/* The owner's foreign keys wait for the end, triggers do not run, the owner sees all rows. */
static const char pg_open[] =
    "DO $$ DECLARE r record; BEGIN"
    " FOR r IN SELECT conname, conrelid::regclass AS t FROM pg_constraint WHERE contype = 'f'"
    "  AND connamespace = current_schema()::regnamespace LOOP"
    "  EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', r.t,"
    "   r.conname); END LOOP;"
    " FOR r IN SELECT oid::regclass AS t FROM pg_class WHERE relkind = 'r'"
    "  AND relnamespace = current_schema()::regnamespace LOOP"
    "  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY', r.t);"
    "  END LOOP; END $$";
static const char pg_close[] =
    "SET CONSTRAINTS ALL IMMEDIATE;"
    "DO $$ DECLARE r record; BEGIN"
    " FOR r IN SELECT conname, conrelid::regclass AS t FROM pg_constraint WHERE contype = 'f'"
    "  AND connamespace = current_schema()::regnamespace LOOP"
    "  EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE', r.t, r.conname);"
    "  END LOOP;"
    " FOR r IN SELECT oid::regclass AS t, relname <> 'schema_migration' AS has_wall FROM pg_class"
    "  WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace LOOP"
    "  EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', r.t);"
    "  IF r.has_wall THEN EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.t); END IF;"
    "  END LOOP;"
    " FOR r IN SELECT attrelid::regclass AS t, attname AS c FROM pg_attribute"
    "  JOIN pg_class ON pg_class.oid = attrelid"
    "  WHERE attidentity <> '' AND relnamespace = current_schema()::regnamespace LOOP"
    "  EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L),"
    "   COALESCE((SELECT MAX(%I) FROM %s), 0) + 1, false)', r.t, r.c, r.c, r.t); END LOOP;"
    " END $$";

static enum rc lite_open(struct load *l)
{
    const char **names;
    int n;
    TRY(list(l->db, l->arena, &triggers_all, &l->triggers, &l->n_triggers));
    TRY(list(l->db, l->arena, &trigger_names, &names, &n));
    for (int i = 0; i < n; i++)
        TRY(db_script(l->db, arena_printf(l->arena, "DROP TRIGGER \"%s\"", names[i])));
    return db_script(l->db, "PRAGMA defer_foreign_keys = ON");
}

static enum rc lite_close(struct load *l)
{
    for (int i = 0; i < l->n_triggers; i++)
        TRY(db_script(l->db, l->triggers[i]));
    return RC_OK;
}

static enum rc is_empty(struct load *l, bool *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(l->db, l->arena, &practices_all, NULL, 0, &rows));
    *ret = !db_next(rows);
    return db_end(rows);
}

static enum rc clear_table(struct load *l, const struct dump_table *t)
{
    const char *text = arena_printf(l->arena, "DELETE FROM \"%s\"", t->name);
    return db_exec(l->db, made(l->arena, 0, true, text), NULL, 0, NULL);
}

enum rc db_load_begin(struct db *db, struct arena *a, bool keeps, struct load **ret)
{
    bool empty = false;
    struct load *l = arena_new(a, struct load);
    l->db = db;
    l->arena = a;
    *ret = l;
    (void)db_practice(db, 0);
    TRY(is_empty(l, &empty));
    if (!empty)
        return RC_CONFLICT;
    TRY(db_begin(db, &l->tx));
    TRY(list_tables(db, a, &l->tables, &l->n_tables));
    TRY(db_engine(db) == DB_PGSQL ? db_script(db, pg_open) : lite_open(l));
    for (int i = 0; i < l->n_tables && !keeps; i++)
        TRY(clear_table(l, &l->tables[i]));
    return RC_OK;
}

static bool same_columns(const struct dump_table *x, const struct dump_table *y)
{
    if (x->n_cols != y->n_cols)
        return false;
    for (int i = 0; i < x->n_cols; i++)
        if (strcmp(x->cols[i], y->cols[i]) != 0)
            return false;
    return true;
}

enum rc db_load_table(struct load *l, const struct dump_table *t)
{
    struct buf b;
    const struct dump_table *before = l->to;
    l->to = NULL;
    for (int i = 0; i < l->n_tables; i++)
        if (strcmp(l->tables[i].name, t->name) == 0 && same_columns(&l->tables[i], t))
            l->to = &l->tables[i];
    if (l->to == NULL)
        return RC_INVALID;
    if (l->to == before) /* more of it: the statement is there */
        return RC_OK;
    bool is_pg = db_engine(l->db) == DB_PGSQL;
    buf_init(&b, l->arena, 64 * 1024);
    buf_printf(&b, "INSERT INTO \"%s\" (%s) %sVALUES (", l->to->name, names_of(l->arena, l->to),
               is_pg ? "OVERRIDING SYSTEM VALUE " : "");
    for (int i = 0; i < l->to->n_cols; i++)
        buf_printf(&b, "%s%c%d", i > 0 ? ", " : "", is_pg ? '$' : '?', i + 1);
    buf_putc(&b, ')');
    l->insert = made(l->arena, l->to->n_cols, true, b.s);
    return RC_OK;
}

enum dump_kind db_load_kind(const struct load *l, int col)
{
    return l->to->kinds[col];
}

enum rc db_load_row(struct load *l, const struct db_val *v)
{
    if (l->to == NULL)
        return RC_INVALID;
    enum rc rc = db_exec(l->db, l->insert, v, l->to->n_cols, NULL);
    return rc == RC_BUSY || rc == RC_OK ? rc : RC_INVALID;
}

enum rc db_load_end(struct load *l)
{
    TRY(db_engine(l->db) == DB_PGSQL ? db_script(l->db, pg_close) : lite_close(l));
    return db_commit(&l->tx);
}

void db_load_free(struct load *l)
{
    if (l != NULL)
        db_rollback(&l->tx);
}
