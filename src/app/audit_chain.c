/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_chain.c - changes into the audit log after their commit, and how far the log has come into
 * the database. docs/adr/0006-audit.md says what a crash between the two leaves. */
#include "app/app.h"
#include "app/audit.h"
#include "app_sql.h"

#include <string.h>

enum { CHANGES_AT_ONCE = 250, DETAILS_MAX_BYTES = 64 << 10 };

/* --- one change ---------------------------------------------------------------- */

static struct logged_change read_change(struct db_rows *rows)
{
    return (struct logged_change){.seq = db_i64(rows, 0),
                                  .practice = db_i64(rows, 1),
                                  .at_ms = db_i64(rows, 2),
                                  .actor = db_id(rows, 3),
                                  .record = db_text(rows, 4),
                                  .id = db_id(rows, 5),
                                  .action = db_text(rows, 6),
                                  .fields = db_text(rows, 7),
                                  .salt = db_bytes(rows, 8),
                                  .content_hash = db_bytes(rows, 9),
                                  .client = db_id(rows, 10),
                                  .sealed = db_bytes(rows, 11),
                                  .commitment = db_bytes(rows, 12)};
}

static void put_bytes(struct buf *b, const void *p, size_t n)
{
    for (int i = 0; i < 4; i++)
        buf_putc(b, (char)(n >> (8 * i) & 255));
    buf_add(b, p, n);
}

static void put_string(struct buf *b, const char *s)
{
    put_bytes(b, or_empty(s), strlen(or_empty(s)));
}

struct bytes change_details(struct arena *a, const struct logged_change *c)
{
    struct buf b;
    buf_init(&b, a, DETAILS_MAX_BYTES);
    put_string(&b, c->client.s);
    put_string(&b, arena_printf(a, "%lld", (long long)c->practice));
    put_string(&b, arena_printf(a, "%lld", (long long)c->at_ms));
    put_string(&b, c->actor.s);
    put_string(&b, c->record);
    put_string(&b, c->id.s);
    put_string(&b, c->action);
    put_string(&b, c->fields);
    put_bytes(&b, c->content_hash.p, c->content_hash.len);
    return (struct bytes){(const unsigned char *)b.s, b.len};
}

void change_commitment(struct arena *a, const struct logged_change *c, unsigned char ret[static 32])
{
    struct buf b;
    struct bytes details = change_details(a, c);
    buf_init(&b, a, DETAILS_MAX_BYTES);
    buf_add(&b, (const char *)c->salt.p, c->salt.len);
    buf_add(&b, (const char *)details.p, details.len);
    seal_hash((struct bytes){(const unsigned char *)b.s, b.len}, ret);
}

/* --- into the log ------------------------------------------------------------------ */

static enum rc load_unlogged(struct db *db, struct arena *a, struct logged_change **ret, int *ret_n)
{
    struct logged_change *c = arena_array(a, struct logged_change, CHANGES_AT_ONCE);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(CHANGES_AT_ONCE)};
    int n = 0;
    TRY(db_query(db, a, &SQL_AUDIT_CHANGE_UNLOGGED, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++)
        c[n] = read_change(rows);
    TRY(db_end(rows));
    *ret = c;
    *ret_n = n;
    return RC_OK;
}

/* The row has its commitment since it was written: what it says may be shredded by now. */
static struct audit_entry entry_of(const struct logged_change *c)
{
    struct audit_entry e = {.kind = AUDIT_CHANGE,
                            .practice = c->practice,
                            .actor = c->actor,
                            .action = c->action,
                            .what = c->record,
                            .object = c->id,
                            .client = c->client,
                            .n_rows = (int)(c->seq & INT32_MAX)};
    if (strcmp(c->record, "client") == 0)
        e.client = c->id;
    if (c->commitment.len == sizeof(e.commitment))
        memcpy(e.commitment, c->commitment.p, sizeof(e.commitment));
    return e;
}

static enum rc note_records(struct db *db, const unsigned char log_id[static 16],
                            const struct logged_change *c, const int64_t *seq, int n)
{
    const struct bytes log = {log_id, 16};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(db, &tx));
    for (int i = 0; i < n; i++) {
        struct db_val v[] = {DB_B(log), DB_I(seq[i]), DB_I(c[i].seq)};
        TRY(db_exec(db, &SQL_AUDIT_CHANGE_NOTE_LOG, v, N_ELEMS(v), NULL));
    }
    return db_commit(&tx);
}

enum rc audit_log_changes(struct app *app, struct db *db, struct arena *a, bool *ret_more)
{
    struct logged_change *c;
    unsigned char log_id[16];
    int n;
    TRY(load_unlogged(db, a, &c, &n));
    *ret_more = n == CHANGES_AT_ONCE;
    if (n == 0)
        return RC_OK;
    struct audit_entry *e = arena_array(a, struct audit_entry, n);
    int64_t *seq = arena_array(a, int64_t, n);
    for (int i = 0; i < n; i++)
        e[i] = entry_of(&c[i]);
    TRY(audit_append_many(app->audit, app->clock_ms(), e, n, seq));
    audit_log_id(app->audit, log_id);
    return note_records(db, log_id, c, seq, n);
}

enum rc changes_logged(struct db *db, struct arena *a, const unsigned char log_id[static 16],
                       int64_t after, struct logged_change **ret, int *ret_n)
{
    const struct bytes log = {log_id, 16};
    struct logged_change *c = arena_array(a, struct logged_change, CHANGES_AT_ONCE);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(log), DB_I(after), DB_I(CHANGES_AT_ONCE)};
    int n = 0;
    TRY(db_query(db, a, &SQL_AUDIT_CHANGE_LOGGED, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++) {
        c[n] = read_change(rows);
        c[n].log_seq = db_i64(rows, 13);
    }
    TRY(db_end(rows));
    *ret = c;
    *ret_n = n;
    return RC_OK;
}

/* --- into the database ----------------------------------------------------------------- */

enum rc audit_anchor(struct app *app, struct db *db)
{
    struct audit_checkpoint at;
    audit_last_checkpoint(app->audit, &at);
    if (at.n <= app->anchored)
        return RC_OK;
    const struct bytes log = {at.log_id, sizeof(at.log_id)}, head = {at.head, sizeof(at.head)};
    struct db_val v[] = {DB_B(log), DB_I(at.n), DB_B(head), DB_I(at.at_ms)};
    TRY(db_exec(db, &SQL_AUDIT_ANCHOR_PUT, v, N_ELEMS(v), NULL));
    app->anchored = at.n;
    return RC_OK;
}

enum rc audit_anchors(struct db *db, struct arena *a, struct audit_anchor_row **ret, int *ret_n)
{
    struct audit_anchor_row *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(db, a, &SQL_AUDIT_ANCHOR_ALL, NULL, 0, &rows));
    for (; db_next(rows); n++) {
        struct bytes log = db_bytes(rows, 0), head = db_bytes(rows, 2);
        arena_grow(a, list, n, cap);
        list[n] = (struct audit_anchor_row){.n = db_i64(rows, 1), .at_ms = db_i64(rows, 3)};
        memcpy(list[n].log_id, log.p, log.len < 16 ? log.len : 16);
        memcpy(list[n].head, head.p, head.len < 32 ? head.len : 32);
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc audit_anchors_forget(struct app *app, struct db *db, struct arena *a)
{
    struct audit_anchor_row *list;
    unsigned char own[16];
    int n;
    TRY(audit_anchors(db, a, &list, &n));
    audit_log_id(app->audit, own);
    for (int i = 0; i < n; i++) {
        struct db_val v[] = {DB_B(((struct bytes){list[i].log_id, 16}))};
        bool is_behind = memcmp(list[i].log_id, own, 16) == 0; /* ours may be wrong too */
        TRY(db_exec(db, &SQL_AUDIT_ANCHOR_DROP, v, N_ELEMS(v), NULL));
        if (is_behind)
            app->anchored = 0;
    }
    return audit_anchor(app, db);
}

/* --- attestations -------------------------------------------------------------------------- */

enum rc change_load(struct db *db, struct arena *a, int64_t seq, struct logged_change *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(seq)};
    TRY(db_query(db, a, &SQL_AUDIT_CHANGE_BY_SEQ, v, N_ELEMS(v), &rows));
    bool is_there = db_next(rows);
    if (is_there)
        *ret = read_change(rows);
    TRY(db_end(rows));
    return is_there ? RC_OK : RC_NOT_FOUND;
}

enum rc audit_attestation_put(struct db *db, const unsigned char hash[static 32], int64_t at_ms,
                              const char *said)
{
    const struct bytes key = {hash, 32};
    struct db_val v[] = {DB_B(key), DB_I(at_ms), DB_S(said)};
    return db_exec(db, &SQL_AUDIT_ATTEST_PUT, v, N_ELEMS(v), NULL);
}

enum rc audit_attestation_get(struct db *db, struct arena *a, const unsigned char hash[static 32],
                              const char **ret)
{
    const struct bytes key = {hash, 32};
    struct db_val v[] = {DB_B(key)};
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(db, a, &SQL_AUDIT_ATTEST_GET, v, N_ELEMS(v), &rows));
    bool is_there = db_next(rows);
    if (is_there)
        *ret = db_text(rows, 0);
    TRY(db_end(rows));
    return is_there ? RC_OK : RC_NOT_FOUND;
}
