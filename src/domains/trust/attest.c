/* SPDX-License-Identifier: AGPL-3.0-or-later
 * attest.c - the log and the database, compared with what each knows of the other.
 *
 * An attestation says which tables there are, their shape, and how many rows of what only becomes
 * more; it is a row, to whose hash a record of the log commits. What the log has of changes since
 * then must be in the database too: so one that was put back to an earlier state is found, as is
 * one without its log. */
#include "domains/trust/trust.h"
#include "trust_sql.h"

#include <inttypes.h>
#include <string.h>

enum {
    ARENA_BYTES = 64 << 20,
    ONE_ARENA_BYTES = 4 << 20,
    SAID_MAX_BYTES = 256 << 10,
    OTHERS_ALIVE_MS = 10 * 60 * 1000
};

/* In the order of SQL_TRUST_COUNTS. discards: rows that may go, each with its change. */
static const struct {
    const char *table, *discard;
} counted[] = {{"practice", NULL},    {"person", NULL},    {"client", NULL},
               {"appointment", NULL}, {"note", "discard"}, {"charge", NULL},
               {"invoice", NULL},     {"payment", NULL},   {"audit_change", NULL}};
enum { N_COUNTED = N_ELEMS(counted) };

/* What an attestation says. */
struct state {
    enum db_engine engine; /* each has its own words for the same tables, and a backup may move */
    int64_t schema;
    const char *tables; /* " a b c " */
    const char *shape;  /* hash, hex */
    int64_t n[N_COUNTED];
    int64_t n_going[N_COUNTED]; /* went, and the log will say so in a moment */
};

static void arena_wipep(struct arena *a)
{
    arena_wipe(a);
}
#define _cleanup_arena_ CLEANUP(arena_wipep)

/* The log is of all practices. */
struct everywhere {
    struct db *db;
    int64_t was;
};
static void leave_everywhere(struct everywhere *e)
{
    (void)db_practice(e->db, e->was);
}
#define EVERYWHERE(db_)                                                                            \
    CLEANUP(leave_everywhere)                                                                      \
    UNUSED struct everywhere everywhere_ = {(db_), db_practice((db_), 0)}

static void found(struct buf *findings, const char *code, const char *detail)
{
    buf_printf(findings, "%s %s\n", code, detail);
}

/* --- what is there now ---------------------------------------------------------- */

static enum rc read_shape(struct db *db, struct arena *a, struct state *s)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    unsigned char hash[32];
    struct buf tables, shape;
    const char *last = "";
    buf_init(&tables, a, SAID_MAX_BYTES);
    buf_init(&shape, a, 4 << 20);
    buf_putc(&tables, ' ');
    TRY(db_query(db, a, &SQL_TRUST_SHAPE, NULL, 0, &rows));
    while (db_next(rows)) {
        const char *table = db_text(rows, 0);
        if (strncmp(table, "sqlite_", 7) == 0)
            continue; /* statistics of the engine */
        if (strcmp(table, last) != 0)
            buf_printf(&tables, "%s ", table);
        last = table;
        buf_printf(&shape, "%s\n%s\n%s\n", table, or_empty(db_text(rows, 1)),
                   or_empty(db_text(rows, 2)));
    }
    TRY(db_end(rows));
    seal_hash((struct bytes){(const unsigned char *)shape.s, shape.len}, hash);
    s->tables = tables.s;
    s->shape = audit_hex(a, hash, sizeof(hash));
    return shape.full || tables.full ? RC_BROKEN : RC_OK;
}

struct counting {
    struct state *s;
    struct arena *a;
};

static enum rc add_counts(struct db *db, int64_t practice UNUSED, void *arg)
{
    const struct counting *c = arg;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(db, c->a, &SQL_TRUST_COUNTS, NULL, 0, &rows));
    if (db_next(rows))
        for (int i = 0; i < N_COUNTED; i++)
            c->s->n[i] += db_i64(rows, i);
    return db_end(rows);
}

static enum rc read_counts(struct db *db, struct arena *a, struct state *s)
{
    struct counting c = {s, a};
    return trust_each_practice(db, add_counts, &c);
}

static enum rc read_schema(struct db *db, struct arena *a, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(db, a, &SQL_TRUST_SCHEMA_NUMBER, NULL, 0, &rows));
    if (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

static enum rc read_state(struct db *db, struct arena *a, struct state *s)
{
    s->engine = db_engine(db);
    TRY(read_schema(db, a, &s->schema));
    TRY(read_shape(db, a, s));
    return read_counts(db, a, s);
}

/* --- an attestation ----------------------------------------------------------------- */

static const char *say(struct arena *a, const struct state *s)
{
    struct buf b;
    buf_init(&b, a, SAID_MAX_BYTES);
    buf_printf(&b, "at %s\nengine %d\nschema %" PRId64 "\ntables%s\nshape %s\n", id_new().s,
               (int)s->engine, s->schema, s->tables, s->shape);
    for (int i = 0; i < N_COUNTED; i++)
        buf_printf(&b, "rows %s %" PRId64 "\n", counted[i].table, s->n[i]);
    return b.s;
}

/* The rest of the line that begins so, or NULL. */
static const char *after(struct arena *a, const char *said, const char *begin)
{
    for (const char *s = said; s != NULL; s = strchr(s, '\n'), s += s != NULL) {
        if (strncmp(s, begin, strlen(begin)) == 0)
            return arena_strndup(a, s + strlen(begin), strcspn(s, "\n") - strlen(begin));
        if (*s == '\0')
            break;
    }
    return NULL;
}

static int64_t number_after(struct arena *a, const char *said, const char *begin)
{
    const char *s = after(a, said, begin);
    return s != NULL ? strtoll(s, NULL, 10) : 0;
}

enum rc trust_attest(struct app *app, struct db *db)
{
    EVERYWHERE(db);
    struct arena _cleanup_arena_ a;
    struct state now = {0};
    int64_t seq;
    arena_init(&a, ARENA_BYTES);
    TRY(read_state(db, &a, &now));
    const char *said = say(&a, &now);
    struct audit_entry e = {.kind = AUDIT_SYSTEM, .action = "attest"};
    seal_hash((struct bytes){(const unsigned char *)said, strlen(said)}, e.commitment);
    /* the row first: the log commits to nothing that a crash could keep from the database */
    TRY(audit_attestation_put(db, e.commitment, app->clock_ms(), said));
    return audit_append(app->audit, app->clock_ms(), &e, &seq);
}

/* --- comparing -------------------------------------------------------------------------- */

static void compare_words(struct buf *findings, struct arena *a, const char *code, const char *of,
                          const char *in)
{
    for (const char *s = of + strspn(of, " "); *s != '\0'; s += strspn(s, " ")) {
        size_t n = strcspn(s, " ");
        const char *word = arena_printf(a, " %.*s ", (int)n, s);
        if (strstr(in, word) == NULL)
            found(findings, code, arena_strndup(a, s, n));
        s += n;
    }
}

struct since {
    int64_t n_gone[N_COUNTED]; /* rows that went, each with its change in the log */
    struct app *app;
    struct db *db;
    struct arena *one; /* for one change: there may be very many */
    int64_t attest_seq;
    unsigned char commitment[32]; /* of the attestation */
    bool lacks_change;
    enum rc rc;
};

static enum rc has_change(struct since *s, const struct audit_record *r, bool *ret)
{
    struct logged_change c;
    struct cx cx;
    unsigned char commitment[32];
    *ret = false;
    cx_init(&cx, s->app, s->one, s->db);
    enum rc rc = change_load(s->db, s->one, audit_i32(&r->n_rows), &c);
    if (rc == RC_OK)
        rc = change_open(&cx, &c);
    if (rc != RC_OK)
        return rc == RC_NOT_FOUND || rc == RC_BROKEN ? RC_OK : rc;
    if (c.commitment.len != 32 || memcmp(c.commitment.p, r->commitment, 32) != 0)
        return RC_OK;
    change_commitment(s->one, &c, commitment);
    *ret = c.salt.p == NULL || memcmp(commitment, r->commitment, 32) == 0;
    return RC_OK;
}

/* Back to the last attestation. */
static bool look_back(void *arg, const struct audit_record *r)
{
    struct since *s = arg;
    bool has = true;
    if (r->kind == AUDIT_SYSTEM && strcmp(r->action, "attest") == 0) {
        s->attest_seq = audit_i64(&r->seq);
        memcpy(s->commitment, r->commitment, 32);
        return false;
    }
    if (r->kind != AUDIT_CHANGE)
        return true;
    for (int i = 0; i < N_COUNTED; i++)
        s->n_gone[i] += strcmp(r->what, counted[i].table) == 0 && counted[i].discard != NULL &&
                        strcmp(r->action, counted[i].discard) == 0;
    s->rc = has_change(s, r, &has);
    arena_reset(s->one);
    s->lacks_change |= !has;
    return s->rc == RC_OK;
}

static enum rc read_going(struct db *db, struct arena *a, struct state *s)
{
    for (int i = 0; i < N_COUNTED; i++) {
        if (counted[i].discard == NULL)
            continue;
        _cleanup_rows_ struct db_rows *rows = NULL;
        struct db_val v[] = {DB_S(counted[i].table), DB_S(counted[i].discard)};
        TRY(db_query(db, a, &SQL_TRUST_GOING, v, N_ELEMS(v), &rows));
        if (db_next(rows))
            s->n_going[i] = db_i64(rows, 0);
        TRY(db_end(rows));
    }
    return RC_OK;
}

static enum rc compare_state(struct db *db, struct arena *a, const char *said,
                             const struct since *since, struct buf *findings)
{
    struct state now = {0};
    TRY(read_schema(db, a, &now.schema));
    TRY(read_shape(db, a, &now));
    const char *tables = after(a, said, "tables"), *shape = after(a, said, "shape ");
    bool is_same_program = number_after(a, said, "schema ") == now.schema;
    bool has_same_words = number_after(a, said, "engine ") == db_engine(db);
    size_t n_before = findings->len;
    compare_words(findings, a, "table_missing", or_empty(tables), now.tables);
    if (is_same_program) /* a newer program brings tables of its own */
        compare_words(findings, a, "table_unknown", now.tables, or_empty(tables));
    if (is_same_program && has_same_words && findings->len == n_before &&
        strcmp(or_empty(shape), now.shape) != 0)
        found(findings, "shape", "-");
    if (findings->len > n_before)
        return RC_OK; /* counting asks for every table */
    TRY(read_counts(db, a, &now));
    TRY(read_going(db, a, &now));
    for (int i = 0; i < N_COUNTED; i++) {
        const char *line = arena_printf(a, "rows %s ", counted[i].table);
        int64_t lost = number_after(a, said, line) - since->n_gone[i] - now.n_going[i] - now.n[i];
        if (lost > 0)
            found(findings, "rows", arena_printf(a, "%s %" PRId64, counted[i].table, lost));
    }
    return RC_OK;
}

static enum rc compare_log(struct app *app, struct db *db, struct arena *a, struct buf *findings)
{
    struct audit_log l;
    struct arena _cleanup_arena_ one = {0};
    struct since s = {.app = app, .db = db, .one = &one};
    const char *said = NULL;
    enum rc rc = audit_log_open(app->settings.data_dir, &l);
    if (rc != RC_OK)
        return rc == RC_NOT_FOUND ? RC_OK : rc;
    arena_init(&one, ONE_ARENA_BYTES);
    rc = audit_log_back(&l, 0, look_back, &s);
    if (rc == RC_OK)
        rc = s.rc;
    if (rc == RC_OK && s.attest_seq > 0)
        rc = audit_attestation_get(db, a, s.commitment, &said);
    audit_log_close(&l);
    if (rc != RC_OK && rc != RC_NOT_FOUND)
        return rc;
    unsigned char hash[32];
    seal_hash((struct bytes){(const unsigned char *)or_empty(said), strlen(or_empty(said))}, hash);
    if (s.lacks_change || (s.attest_seq > 0 && said == NULL))
        found(findings, "database_older", "-");
    else if (s.attest_seq > 0 && memcmp(hash, s.commitment, 32) != 0)
        found(findings, "attestation_altered", "-");
    return said != NULL ? compare_state(db, a, said, &s, findings) : RC_OK;
}

/* Of each log that the database knows: is it here, and as long as it was? */
static enum rc compare_anchors(struct app *app, struct db *db, struct arena *a,
                               struct buf *findings)
{
    struct audit_anchor_row *anchor;
    struct audit_record r;
    struct audit_log l;
    int64_t got = 0;
    int n;
    TRY(audit_anchors(db, a, &anchor, &n));
    enum rc rc = audit_log_open(app->settings.data_dir, &l);
    if (rc == RC_NOT_FOUND && n > 0)
        found(findings, "log_missing", "-");
    if (rc != RC_OK)
        return rc == RC_NOT_FOUND ? RC_OK : rc;
    for (int i = 0; i < n && rc == RC_OK; i++) {
        bool is_ours = memcmp(anchor[i].log_id, l.log_id, 16) == 0;
        bool is_others = !is_ours && db_engine(db) == DB_PGSQL &&
                         anchor[i].at_ms > app->clock_ms() - OTHERS_ALIVE_MS;
        if (is_ours)
            rc = audit_log_read(&l, anchor[i].n, &r, 1, &got);
        if (is_ours && (got != 1 || memcmp(r.hash, anchor[i].head, 32) != 0))
            found(findings, "log_older", "-");
        if (!is_ours && !is_others)
            found(findings, "log_missing", "-");
    }
    audit_log_close(&l);
    return rc;
}

enum rc trust_compare(struct app *app, struct db *db, struct buf *findings)
{
    EVERYWHERE(db);
    struct arena _cleanup_arena_ a;
    bool more = true;
    arena_init(&a, ARENA_BYTES);
    enum audit_finding was = app->audit != NULL ? audit_found(app->audit) : AUDIT_GOOD;
    if (was != AUDIT_GOOD)
        found(findings, was == AUDIT_WAS_CUT ? "log_cut" : "log_gone", "-");
    if (findings->len == 0)
        TRY(compare_anchors(app, db, &a, findings));
    TRY(compare_log(app, db, &a, findings));
    while (app->audit != NULL && more && findings->len == 0) {
        arena_reset(&a);
        TRY(audit_log_changes(app, db, &a, &more));
    }
    return RC_OK;
}
