/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db_sqlite.c - the SQLite driver; the only file that includes <sqlite3.h>. */
#include "db/db_private.h"
#include "db/stmt_table.h"
#include "db/write_queue.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lite {
    struct db base;
    sqlite3 *h;
    struct stmt_table table; /* prepared: sqlite3_stmt * */
};

struct lite_rows {
    struct db_rows base;
    sqlite3_stmt *st; /* NULL at the end */
    bool is_kept;     /* in the table; else finalized at the end */
    bool is_first;    /* the first row was fetched by lite_query() */
};

static struct lite *L(struct db *db)
{
    return (struct lite *)db;
}
static struct lite_rows *R(struct db_rows *r)
{
    return (struct lite_rows *)r;
}

static const struct db_stmt steps[TX_N_STEPS] = {
    [TX_BEGIN_READ] = {.name = "begin read", .text = {[DB_SQLITE] = "BEGIN"}},
    [TX_BEGIN_WRITE] = {.name = "begin write",
                        .writes = true, /* takes the lock */
                        .text = {[DB_SQLITE] = "BEGIN IMMEDIATE"}},
    [TX_COMMIT] = {.name = "commit", .text = {[DB_SQLITE] = "COMMIT"}},
    [TX_ROLLBACK] = {.name = "roll back", .text = {[DB_SQLITE] = "ROLLBACK"}},
};

/* Source: sqlite.org/rescode.html */
static enum rc rc_of(int code)
{
    if (code == SQLITE_CONSTRAINT_DATATYPE) /* a wrong type in a STRICT table: a bug, no clash */
        return RC_BROKEN;
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return RC_OK;
    case SQLITE_CONSTRAINT:
        return RC_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* many connections open the WAL at once */
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_INTERRUPT:
        return RC_BUSY;
    default:
        return RC_BROKEN;
    }
}

/* SQLite's messages name tables, columns and constraints, never values. */
static enum rc result(struct lite *l, const struct db_stmt *st, int code)
{
    enum rc rc = rc_of(code);
    if (rc != RC_OK)
        db_set_error(&l->base, st, "sqlite %d: %s", code, sqlite3_errmsg(l->h));
    return rc;
}

/* --- statements --------------------------------------------------------- */

static enum rc prepare(struct lite *l, const struct db_stmt *s, unsigned flags, sqlite3_stmt **ret)
{
    const char *tail = "";
    sqlite3_stmt *st = NULL;
    TRY(result(l, s, sqlite3_prepare_v3(l->h, s->text[DB_SQLITE], -1, flags, &st, &tail)));
    if (st == NULL || tail[strspn(tail, "; \n")] != '\0' ||
        sqlite3_bind_parameter_count(st) != s->n_params ||
        (!s->writes && !sqlite3_stmt_readonly(st))) {
        db_set_error(&l->base, s, "is not the one statement that its description says");
        sqlite3_finalize(st);
        return RC_BROKEN;
    }
    *ret = st;
    return RC_OK;
}

/* A statement ready to be bound: the kept one, or a fresh one while rows of that are open. */
static enum rc take(struct lite *l, const struct db_stmt *s, sqlite3_stmt **ret, bool *ret_is_kept)
{
    struct stmt_slot *slot = stmt_table_at(&l->table, s->text[DB_SQLITE]);
    sqlite3_stmt *st = slot->prepared;
    *ret_is_kept = st == NULL || !sqlite3_stmt_busy(st);
    if (!*ret_is_kept)
        return prepare(l, s, 0, ret);
    if (st == NULL)
        TRY(prepare(l, s, SQLITE_PREPARE_PERSISTENT, &st));
    *ret = slot->prepared = st;
    return RC_OK;
}

static int give_back(sqlite3_stmt *st, bool is_kept)
{
    if (!is_kept)
        return sqlite3_finalize(st);
    int code = sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return code;
}

/* lifetime: SQLITE_STATIC when the values outlive the statement's run, else SQLITE_TRANSIENT. */
static int bind(sqlite3_stmt *st, const struct db_val *v, int n, sqlite3_destructor_type lifetime)
{
    int code = SQLITE_OK;
    for (int i = 0; code == SQLITE_OK && i < n; i++) {
        switch (v[i].kind) {
        case DB_NULL:
            break; /* bindings are cleared after use */
        case DB_INT:
            code = sqlite3_bind_int64(st, i + 1, v[i].i);
            break;
        case DB_TEXT:
            code = sqlite3_bind_text(st, i + 1, v[i].s, -1, lifetime);
            break;
        case DB_BLOB:
            code = sqlite3_bind_blob64(st, i + 1, v[i].b.p, v[i].b.len, lifetime);
            break;
        }
    }
    return code;
}

static enum rc lite_exec(struct db *db, const struct db_stmt *s, const struct db_val *v, int n,
                         int64_t *ret_changed)
{
    struct lite *l = L(db);
    sqlite3_stmt *st = NULL;
    bool is_kept = false;
    TRY(take(l, s, &st, &is_kept));
    int code = bind(st, v, n, SQLITE_STATIC);
    if (code == SQLITE_OK) {
        do
            code = sqlite3_step(st);
        while (code == SQLITE_ROW);
    }
    enum rc rc = result(l, s, code);
    give_back(st, is_kept);
    if (rc == RC_OK && ret_changed != NULL)
        *ret_changed = s->writes ? sqlite3_changes64(l->h) : 0;
    return rc;
}

/* --- rows --------------------------------------------------------------- */

static enum rc lite_finish(struct db_rows *r)
{
    sqlite3_stmt *st = R(r)->st;
    if (st == NULL)
        return RC_OK;
    R(r)->st = NULL;
    return result(L(r->db), r->stmt, give_back(st, R(r)->is_kept));
}

/* Fetches a row; a statement at its end or broken is given back at once. */
static bool fetch(struct lite *l, const struct db_stmt *s, struct lite_rows *r)
{
    int code = sqlite3_step(r->st);
    if (code == SQLITE_ROW)
        return true;
    r->base.rc = result(l, s, code);
    give_back(r->st, r->is_kept);
    r->st = NULL;
    return false;
}

static enum rc lite_query(struct db *db, struct arena *a, const struct db_stmt *s,
                          const struct db_val *v, int n, struct db_rows **ret)
{
    struct lite *l = L(db);
    sqlite3_stmt *st = NULL;
    bool is_kept = false;
    TRY(take(l, s, &st, &is_kept));
    enum rc rc = result(l, s, bind(st, v, n, SQLITE_TRANSIENT));
    if (rc != RC_OK) {
        give_back(st, is_kept);
        return rc;
    }
    struct lite_rows *r = arena_new(a, struct lite_rows);
    *r = (struct lite_rows){.st = st, .is_kept = is_kept};
    r->base.n_cols = sqlite3_column_count(st);
    /* The first row now: a write happens, or fails, here and not in db_next(). As on PostgreSQL. */
    r->is_first = fetch(l, s, r);
    *ret = &r->base;
    return r->base.rc;
}

static bool lite_next(struct db_rows *r)
{
    if (R(r)->st == NULL)
        return false;
    if (R(r)->is_first) {
        R(r)->is_first = false;
        return true;
    }
    return fetch(L(r->db), r->stmt, R(r));
}

static bool lite_column(struct db_rows *r, int col, struct db_val *ret)
{
    sqlite3_stmt *st = R(r)->st;
    switch (sqlite3_column_type(st, col)) {
    case SQLITE_NULL:
        *ret = DB_NIL;
        return true;
    case SQLITE_INTEGER:
        *ret = DB_I(sqlite3_column_int64(st, col));
        return true;
    case SQLITE_TEXT:
        *ret = DB_S((const char *)sqlite3_column_text(st, col));
        return true;
    case SQLITE_BLOB: {
        const unsigned char *p = sqlite3_column_blob(st, col); /* NULL when empty */
        struct bytes b = {p != NULL ? p : (const unsigned char *)"",
                          (size_t)sqlite3_column_bytes(st, col)};
        *ret = DB_B(b);
        return true;
    }
    default:
        return false;
    }
}

/* --- connection --------------------------------------------------------- */

static enum rc lite_step(struct db *db, enum tx_step step)
{
    if (step == TX_ROLLBACK && sqlite3_get_autocommit(L(db)->h))
        return RC_OK; /* a full disk and the like have rolled back already */
    return lite_exec(db, &steps[step], NULL, 0, NULL);
}

static enum rc lite_script(struct db *db, const char *sql)
{
    return result(L(db), NULL, sqlite3_exec(L(db)->h, sql, NULL, NULL, NULL));
}

static enum rc lite_check(struct db *db, const struct db_stmt *s)
{
    sqlite3_stmt *st = NULL;
    TRY(prepare(L(db), s, 0, &st));
    bool writes = !sqlite3_stmt_readonly(st);
    sqlite3_finalize(st);
    if (writes == s->writes)
        return RC_OK;
    db_set_error(db, s, "does not write");
    return RC_BROKEN;
}

static enum rc lite_ping(struct db *db)
{
    (void)db; /* a file is always there */
    return RC_OK;
}

static enum rc lite_scrub(struct db *db)
{
    int result = sqlite3_wal_checkpoint_v2(L(db)->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return result == SQLITE_OK || result == SQLITE_BUSY ? RC_OK : RC_BROKEN;
}

/* Closed to others from the beginning; its WAL takes the mode over. */
static bool make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    return fd >= 0 && close(fd) == 0;
}

/* In one step, so that it is one moment of the database. */
static enum rc copy_all(struct lite *l, sqlite3 *to)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", l->h, "main");
    if (b == NULL)
        return RC_BUSY;
    int step = sqlite3_backup_step(b, -1);
    int end = sqlite3_backup_finish(b);
    return step == SQLITE_DONE && end == SQLITE_OK ? RC_OK : RC_BUSY;
}

static enum rc lite_copy_to(struct db *db, const char *path)
{
    sqlite3 *to = NULL;
    if (access(path, F_OK) == 0 || !make_file(path))
        return RC_BUSY;
    enum rc rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
                     ? copy_all(L(db), to)
                     : RC_BUSY;
    sqlite3_close(to);
    if (rc != RC_OK) {
        db_set_error(db, NULL, "the copy cannot be written");
        (void)unlink(path);
    }
    return rc;
}

static void lite_close(struct db *db)
{
    struct lite *l = L(db);
    for (int i = 0; i < l->table.cap; i++)
        sqlite3_finalize(l->table.slots[i].prepared);
    stmt_table_done(&l->table);
    sqlite3_close_v2(l->h);
    free(l);
}

static const struct db_ops ops = {
    .close = lite_close,
    .ping = lite_ping,
    .scrub = lite_scrub,
    .copy_to = lite_copy_to,
    .script = lite_script,
    .check = lite_check,
    .step = lite_step,
    .exec = lite_exec,
    .query = lite_query,
    .next = lite_next,
    .column = lite_column,
    .finish = lite_finish,
};

enum { BUSY_TIMEOUT_MS = 5000 }; /* only other processes can be in the way for so long */

/* Temporary tables and sorts stay in memory: nothing of a client may lie in a file in /tmp.
 * Deleted content is overwritten. About 8 MiB of cache a connection. */
static const char set_up[] = "PRAGMA foreign_keys = ON;"
                             "PRAGMA synchronous = FULL;"
                             "PRAGMA secure_delete = ON;"
                             "PRAGMA trusted_schema = OFF;"
                             "PRAGMA cell_size_check = ON;"
                             "PRAGMA temp_store = MEMORY;"
                             "PRAGMA cache_size = -8192;"
                             "PRAGMA mmap_size = 33554432;"
                             "PRAGMA journal_size_limit = 16777216;";

static void set_up_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* its counters are a lock that all threads share */
}

/* Two that switch a new file to WAL at once are told "busy" without being made to wait. */
static enum rc switch_to_wal(struct lite *l)
{
    enum { PAUSE_MS = 10 };
    enum rc rc = lite_script(&l->base, "PRAGMA journal_mode = WAL;");
    for (int i = 0; rc == RC_BUSY && i < BUSY_TIMEOUT_MS / PAUSE_MS; i++) {
        sqlite3_sleep(PAUSE_MS);
        rc = lite_script(&l->base, "PRAGMA journal_mode = WAL;");
    }
    return rc;
}

static enum rc set_up_connection(struct lite *l)
{
    sqlite3_busy_timeout(l->h, BUSY_TIMEOUT_MS);
    sqlite3_db_config(l->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(l->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(l->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (!l->base.read_only)
        TRY(switch_to_wal(l));
    TRY(lite_script(&l->base, set_up));
    return l->base.read_only ? lite_script(&l->base, "PRAGMA query_only = ON;") : RC_OK;
}

enum rc db_sqlite_open(const char *path, bool read_only, struct db **ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);
    struct lite *l = calloc(1, sizeof(*l));
    if (l == NULL)
        abort();
    l->base = (struct db){.ops = &ops, .engine = DB_SQLITE, .read_only = read_only};
    *ret = &l->base;

    const bool is_memory = strcmp(path, ":memory:") == 0;
    const bool is_new = !is_memory && access(path, F_OK) != 0;
    const int flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
        (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (is_new && !read_only && !make_file(path)) {
        db_set_error(&l->base, NULL, "the new file cannot be made");
        return RC_BUSY;
    }
    TRY(result(l, NULL, sqlite3_open_v2(path, &l->h, flags, NULL)));
    l->base.queue = is_memory ? NULL : write_queue_open(path);
    return set_up_connection(l);
}
