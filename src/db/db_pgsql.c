/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db_pgsql.c - the PostgreSQL driver; the only file that includes <libpq-fe.h>. */
#include "db/db_private.h"
#include "db/stmt_table.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRUST_MS = 1000 }; /* a connection that answered so recently is not asked again */

struct pg {
    struct db base;
    PGconn *h;
    struct stmt_table table; /* prepared: its name, owned */
    int64_t answered_ms;     /* when the server last answered, on the monotonic clock */
    int64_t told, told_here; /* whose rows the session, and this transaction, may see */
};

struct pg_rows {
    struct db_rows base;
    PGresult *res;
    int row;
};

static struct pg *P(struct db *db)
{
    return (struct pg *)db;
}
static struct pg_rows *R(struct db_rows *r)
{
    return (struct pg_rows *)r;
}

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- errors ------------------------------------------------------------- */

static bool is_in(const char *code, const char *class)
{
    return strncmp(code, class, strlen(class)) == 0;
}

/* Source: PostgreSQL 15 manual, appendix A. */
static enum rc rc_of_state(const char *code)
{
    static const char *const conflict[] = {"23", "P0001"}; /* constraints; RAISE in a trigger */
    static const char *const busy[] = {
        "40",    /* serialization failure, deadlock */
        "55P03", /* lock not available */
        "53",    /* disk full, out of memory, too many connections */
        "57P",   /* shutting down, starting, database dropped */
        "57014", /* statement cancelled */
        "25P03", /* idle in transaction too long */
        "08",    /* connection */
        "58030", /* input/output error */
    };
    for (size_t i = 0; i < N_ELEMS(conflict); i++) {
        if (is_in(code, conflict[i]))
            return RC_CONFLICT;
    }
    for (size_t i = 0; i < N_ELEMS(busy); i++) {
        if (is_in(code, busy[i]))
            return RC_BUSY;
    }
    return RC_BROKEN;
}

static const char *field(const PGresult *r, int which)
{
    const char *s = PQresultErrorField(r, which);
    return s != NULL ? s : "";
}

/* Only class 42 (names and syntax) is told in the server's words: other messages and every
 * DETAIL may quote values. */
static enum rc result(struct pg *p, const struct db_stmt *st, const PGresult *r)
{
    switch (PQresultStatus(r)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        p->answered_ms = monotonic_ms();
        return RC_OK;
    default:
        break;
    }
    const char *code = field(r, PG_DIAG_SQLSTATE);
    if (code[0] == '\0') {
        db_set_error(&p->base, st, "%s", PQerrorMessage(p->h));
        return PQstatus(p->h) == CONNECTION_OK ? RC_BROKEN : RC_BUSY;
    }
    const int told = is_in(code, "42") ? PG_DIAG_MESSAGE_PRIMARY : PG_DIAG_TABLE_NAME;
    db_set_error(&p->base, st, "SQLSTATE %s %s %s", code, field(r, told),
                 field(r, PG_DIAG_CONSTRAINT_NAME));
    return rc_of_state(code);
}

static void clearp(PGresult **r)
{
    PQclear(*r);
}
#define _cleanup_result_ CLEANUP(clearp)

/* --- statements --------------------------------------------------------- */

static void forget_statements(struct pg *p)
{
    for (int i = 0; i < p->table.cap; i++)
        free(p->table.slots[i].prepared);
    stmt_table_done(&p->table);
}

static enum rc prepare(struct pg *p, const struct db_stmt *s, const char **ret_name)
{
    struct stmt_slot *slot = stmt_table_at(&p->table, s->text[DB_PGSQL]);
    if (slot->prepared == NULL) {
        char *name = NULL;
        if (asprintf(&name, "s%d_%.40s", p->table.n, s->name) < 0)
            abort();
        _cleanup_result_ PGresult *r = PQprepare(p->h, name, s->text[DB_PGSQL], 0, NULL);
        enum rc rc = result(p, s, r);
        if (rc != RC_OK) {
            free(name);
            return rc;
        }
        slot->prepared = name;
    }
    *ret_name = slot->prepared;
    return RC_OK;
}

/* Tells the server whose rows may be seen, when it does not know yet: a transaction by SET LOCAL,
 * which ends with it. */
static enum rc tell(struct pg *p)
{
    bool is_in_tx = PQtransactionStatus(p->h) != PQTRANS_IDLE;
    int64_t *told = is_in_tx ? &p->told_here : &p->told;
    char sql[64];
    if (*told == p->base.practice)
        return RC_OK;
    snprintf(sql, sizeof(sql), "SET %s app.practice = '%" PRId64 "'", is_in_tx ? "LOCAL" : "",
             p->base.practice);
    _cleanup_result_ PGresult *r = PQexec(p->h, sql);
    TRY(result(p, NULL, r));
    *told = p->base.practice;
    return RC_OK;
}

/* Integers go as text: the server knows the parameter's width. Bytes go as they are; results
 * come in binary, so nothing is written or read as hex. */
static enum rc run(struct pg *p, const struct db_stmt *s, const struct db_val *v, int n,
                   PGresult **ret)
{
    const char *name = NULL;
    TRY(tell(p));
    TRY(prepare(p, s, &name));
    const char *val[DB_MAX_PARAMS];
    int len[DB_MAX_PARAMS], is_binary[DB_MAX_PARAMS];
    char number[DB_MAX_PARAMS][24];
    for (int i = 0; i < n; i++) {
        val[i] = NULL;
        len[i] = 0;
        is_binary[i] = v[i].kind == DB_BLOB;
        switch (v[i].kind) {
        case DB_NULL:
            break;
        case DB_INT:
            snprintf(number[i], sizeof(number[i]), "%" PRId64, v[i].i);
            val[i] = number[i];
            break;
        case DB_TEXT:
            val[i] = v[i].s;
            break;
        case DB_BLOB:
            val[i] = (const char *)v[i].b.p;
            len[i] = (int)v[i].b.len;
            break;
        }
    }
    *ret = PQexecPrepared(p->h, name, n, val, len, is_binary, 1);
    return result(p, s, *ret);
}

static enum rc pg_exec(struct db *db, const struct db_stmt *s, const struct db_val *v, int n,
                       int64_t *ret_changed)
{
    _cleanup_result_ PGresult *r = NULL;
    TRY(run(P(db), s, v, n, &r));
    if (ret_changed != NULL)
        *ret_changed = s->writes ? strtoll(PQcmdTuples(r), NULL, 10) : 0;
    return RC_OK;
}

/* --- rows --------------------------------------------------------------- */

static enum rc pg_query(struct db *db, struct arena *a, const struct db_stmt *s,
                        const struct db_val *v, int n, struct db_rows **ret)
{
    PGresult *res = NULL;
    enum rc rc = run(P(db), s, v, n, &res);
    if (rc != RC_OK) {
        PQclear(res);
        return rc;
    }
    struct pg_rows *r = arena_new(a, struct pg_rows);
    *r = (struct pg_rows){.res = res, .row = -1};
    r->base.n_cols = PQnfields(res);
    *ret = &r->base;
    return RC_OK;
}

static bool pg_next(struct db_rows *r)
{
    int n_rows = PQntuples(R(r)->res);
    if (R(r)->row < n_rows)
        R(r)->row++;
    return R(r)->row < n_rows;
}

static enum rc pg_finish(struct db_rows *r)
{
    PQclear(R(r)->res);
    R(r)->res = NULL;
    return RC_OK;
}

/* Signed, most significant byte first. */
static int64_t big_endian(const unsigned char *p, int n_bytes)
{
    uint64_t v = p[0] & 0x80 ? ~UINT64_C(0) : 0;
    for (int i = 0; i < n_bytes; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

/* The whole part of a NUMERIC, which SUM() of integers is.
 * Source: numeric_send() in PostgreSQL: digits to base 10,000, the first worth 10,000^weight. */
static bool numeric_to_i64(const unsigned char *p, int len, int64_t *ret)
{
    if (len < 8)
        return false;
    const int n_digits = (int)big_endian(p, 2), weight = (int)big_endian(p + 2, 2);
    const int sign = p[4] << 8 | p[5];
    if ((sign != 0 && sign != 0x4000) || len < 8 + 2 * n_digits)
        return false; /* not a number, infinity */
    int64_t v = 0;
    for (int i = 0; i <= weight; i++) {
        int64_t digit = i < n_digits ? big_endian(p + 8 + 2 * i, 2) : 0;
        if (__builtin_mul_overflow(v, 10000, &v) ||
            __builtin_add_overflow(v, sign == 0 ? digit : -digit, &v))
            return false;
    }
    *ret = v;
    return true;
}

/* The types of the manual's pg_type that our columns and expressions have. */
enum {
    BOOL = 16,
    BYTEA = 17,
    NAME = 19,
    INT8 = 20,
    INT2 = 21,
    INT4 = 23,
    TEXT = 25,
    BPCHAR = 1042,
    VARCHAR = 1043,
    NUMERIC = 1700
};

static bool pg_column(struct db_rows *r, int col, struct db_val *ret)
{
    const PGresult *res = R(r)->res;
    const int row = R(r)->row, len = PQgetlength(res, row, col);
    const char *p = PQgetvalue(res, row, col);
    int64_t i = 0;
    *ret = DB_NIL;
    if (PQgetisnull(res, row, col))
        return true;
    switch (PQftype(res, col)) {
    case BOOL:
        *ret = DB_I(p[0] != 0);
        return true;
    case INT2:
    case INT4:
    case INT8:
        *ret = DB_I(big_endian((const unsigned char *)p, len));
        return true;
    case NUMERIC:
        if (!numeric_to_i64((const unsigned char *)p, len, &i))
            return false;
        *ret = DB_I(i);
        return true;
    case TEXT:
    case VARCHAR:
    case BPCHAR:
    case NAME:
        *ret = DB_S(p); /* libpq ends every value with a NUL */
        return true;
    case BYTEA: {
        struct bytes b = {(const unsigned char *)p, (size_t)len};
        *ret = DB_B(b);
        return true;
    }
    default:
        return false;
    }
}

/* --- connection --------------------------------------------------------- */

/* A write outside db_begin() must be as serializable as those inside. */
static const char set_up[] = "SET default_transaction_isolation = 'serializable';"
                             "SET lock_timeout = '5s';"
                             "SET idle_in_transaction_session_timeout = '60s';";
static const char set_up_read_only[] = "SET default_transaction_read_only = on;";

static enum rc simple(struct pg *p, const char *sql)
{
    _cleanup_result_ PGresult *r = PQexec(p->h, sql);
    return result(p, NULL, r);
}

static enum rc set_up_connection(struct pg *p)
{
    if (PQstatus(p->h) != CONNECTION_OK) {
        db_set_error(&p->base, NULL, "%s", PQerrorMessage(p->h));
        return RC_BUSY;
    }
    p->told = p->told_here = 0;
    TRY(simple(p, set_up));
    return p->base.read_only ? simple(p, set_up_read_only) : RC_OK;
}

/* Has the server closed the connection? Asks the socket, not the server: a last message may
 * stand before the end. */
static bool is_hung_up(struct pg *p)
{
    struct pollfd fd = {.fd = PQsocket(p->h), .events = POLLIN};
    while (PQstatus(p->h) == CONNECTION_OK && poll(&fd, 1, 0) > 0)
        PQconsumeInput(p->h);
    return PQstatus(p->h) != CONNECTION_OK;
}

static enum rc pg_ping(struct db *db)
{
    struct pg *p = P(db);
    if (!is_hung_up(p) && PQtransactionStatus(p->h) == PQTRANS_IDLE) {
        if (monotonic_ms() - p->answered_ms < TRUST_MS || simple(p, "") == RC_OK)
            return RC_OK;
    }
    forget_statements(p);
    PQreset(p->h);
    return set_up_connection(p);
}

static enum rc pg_step(struct db *db, enum tx_step step)
{
    static const char *const text[TX_N_STEPS] = {
        [TX_BEGIN_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        [TX_BEGIN_WRITE] = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
        [TX_COMMIT] = "COMMIT",
        [TX_ROLLBACK] = "ROLLBACK",
    };
    struct pg *p = P(db);
    if (step == TX_ROLLBACK && PQtransactionStatus(p->h) == PQTRANS_IDLE)
        return RC_OK; /* keeps the error of what failed */
    if (step <= TX_BEGIN_WRITE && PQstatus(p->h) != CONNECTION_OK)
        TRY(pg_ping(db));
    char begin[160];
    const char *sql = text[step];
    p->told_here = p->told;
    if (step <= TX_BEGIN_WRITE && p->told != db->practice) { /* in one message with BEGIN */
        snprintf(begin, sizeof(begin), "%s; SET LOCAL app.practice = '%" PRId64 "'", text[step],
                 db->practice);
        sql = begin;
        p->told_here = db->practice;
    }
    _cleanup_result_ PGresult *r = PQexec(p->h, sql);
    TRY(result(p, NULL, r));
    if (step == TX_COMMIT && strcmp(PQcmdStatus(r), "COMMIT") != 0) {
        db_set_error(db, NULL, "commit of a failed transaction");
        return RC_BROKEN;
    }
    return RC_OK;
}

/* A script may change tables under prepared statements: they are prepared anew. */
static enum rc pg_script(struct db *db, const char *sql)
{
    struct pg *p = P(db);
    if (p->table.n > 0)
        TRY(simple(p, "DEALLOCATE ALL"));
    forget_statements(p);
    TRY(tell(p));
    return simple(p, sql);
}

static enum rc pg_check(struct db *db, const struct db_stmt *s)
{
    struct pg *p = P(db);
    _cleanup_result_ PGresult *prepared = PQprepare(p->h, "", s->text[DB_PGSQL], 0, NULL);
    TRY(result(p, s, prepared));
    _cleanup_result_ PGresult *described = PQdescribePrepared(p->h, "");
    TRY(result(p, s, described));
    if (PQnparams(described) == s->n_params)
        return RC_OK;
    db_set_error(db, s, "has %d parameters", PQnparams(described));
    return RC_BROKEN;
}

static void pg_close(struct db *db)
{
    struct pg *p = P(db);
    forget_statements(p);
    PQfinish(p->h);
    free(p);
}

static enum rc pg_scrub(struct db *db)
{
    (void)db; /* autovacuum, in its own time */
    return RC_OK;
}

static const struct db_ops ops = {
    .close = pg_close,
    .ping = pg_ping,
    .scrub = pg_scrub,
    .script = pg_script,
    .check = pg_check,
    .step = pg_step,
    .exec = pg_exec,
    .query = pg_query,
    .next = pg_next,
    .column = pg_column,
    .finish = pg_finish,
};

static void drop_notice(void *arg, const PGresult *r)
{
    (void)arg, (void)r; /* notices may quote values, and libpq would print them */
}

enum rc db_pgsql_open(const char *url, bool read_only, struct db **ret)
{
    /* What the URL says itself comes last and wins. */
    static const char *const keys[] = {"fallback_application_name",
                                       "connect_timeout",
                                       "keepalives_idle",
                                       "tcp_user_timeout",
                                       "dbname",
                                       "client_encoding",
                                       NULL};
    const char *const values[] = {"entracte", "5", "30", "10000", url, "UTF8", NULL};
    struct pg *p = calloc(1, sizeof(*p));
    if (p == NULL)
        abort();
    p->base = (struct db){.ops = &ops, .engine = DB_PGSQL, .read_only = read_only};
    p->h = PQconnectdbParams(keys, values, 1);
    PQsetNoticeReceiver(p->h, drop_notice, NULL);
    *ret = &p->base;
    return set_up_connection(p);
}
