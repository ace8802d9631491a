/* SPDX-License-Identifier: AGPL-3.0-or-later
 * retention.c - the clock of a file, restriction while it runs, erasure after it.
 *
 * Source: GDPR art. 17(3)(b) and 18; BGB § 630f(3) (10 years), Ley 41/2002 art. 17 (5 years), CSP
 * R1112-7 (20 years; from majority). The number of years is the practice's to confirm. */
#include "retention.h"

#include "app/audit.h"
#include "base/log.h"
#include "retention_sql.h"

#include <stdlib.h>
#include <string.h>

enum { MAJORITY_YEARS = 18 };
static const struct id no_id;

const struct choice erasure_reason_choices[ERASE_REASON_N_] = {
    [ERASE_PERIOD_OVER] = {"period_over", N_("The time is over")},
    [ERASE_ASKED] = {"asked", N_("The client asks for it")},
    [ERASE_MISTAKE] = {"mistake", N_("The file was made by mistake")},
};
static const struct field erasure_fields[] = {
    CHOICE(struct erasure, reason, erasure_reason_choices, N_("Reason"), .flags = REQUIRED),
    NOTE(struct erasure, words, N_("In words"), .seal = SEAL_IDENTITY, .max = 500,
         .help = N_("Without the name: these words stay.")),
    BOOL(struct erasure, is_early, N_("Erase although the time is not over")),
};
const struct record_type erasure_type = {.table = "erasure",
                                         .name = "Erasure",
                                         .fields = erasure_fields,
                                         .n_fields = N_ELEMS(erasure_fields)};

/* --- the clock ------------------------------------------------------------------------- */

static int32_t years_later(int32_t days, int64_t years)
{
    int y, m, d;
    civil_from_days(days, &y, &m, &d);
    return days_from_civil(y + (int)years, m, d);
}

/* Of a row of SQL_RETENTION_OF, without what is sealed. */
static struct retention read_row(struct cx *cx, struct db_rows *rows)
{
    int64_t closed_ms = db_i64(rows, 2), last_ms = db_i64(rows, 5);
    struct retention r = {.client = db_id(rows, 0),
                          .is_in_treatment = db_i64(rows, 1) < CLIENT_CLOSED,
                          .is_blocked = !db_is_null(rows, 4),
                          .asked_ms = db_i64(rows, 6)};
    int64_t ended_ms = closed_ms != 0 ? closed_ms : last_ms != 0 ? last_ms : db_i64(rows, 3);
    r.ended_days = zone_local(cx->zone, ended_ms).days;
    return r;
}

static enum rc run_clock(struct cx *cx, const struct cap *cap, struct retention *r)
{
    struct practice p;
    struct client c;
    TRY(practice_load(cx, &p));
    TRY(client_load(cx, cap, &c));
    int32_t from = r->ended_days;
    int64_t years = p.retention_years > 0 ? p.retention_years : RETENTION_YEARS;
    if (c.birth_date != DATE_NONE && years_later(c.birth_date, MAJORITY_YEARS) > from) {
        from = years_later(c.birth_date, MAJORITY_YEARS);
        r->is_minor = true;
    }
    r->until_days = years_later(from, years);
    r->is_over = !r->is_in_treatment && cx_today(cx) >= r->until_days;
    return RC_OK;
}

enum rc retention_load(struct cx *cx, const struct cap *cap, struct retention *ret)
{
    struct id client = cap_client(cap);
    struct retention r = {0};
    TRY(cap_admits(cx, cap, ACT_KNOW));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_RETENTION_OF, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        r = read_row(cx, rows);
    TRY(db_end(rows));
    TRY(run_clock(cx, cap, &r));
    *ret = r;
    return RC_OK;
}

/* Keeps those of which there is something to say to this actor. */
static enum rc keep_due(struct cx *cx, struct retention *list, int *n)
{
    int kept = 0;
    for (int i = 0; i < *n; i++) {
        const struct cap *cap;
        bool may;
        TRY(authorized(cx, ACT_CONTACT, list[i].client, PURPOSE_OVERSIGHT, &may));
        if (!may)
            continue;
        TRY(authorize(cx, ACT_CONTACT, list[i].client, PURPOSE_OVERSIGHT, &cap));
        TRY(run_clock(cx, cap, &list[i]));
        if (list[i].is_over || list[i].asked_ms != 0)
            list[kept++] = list[i];
    }
    *n = kept;
    return RC_OK;
}

enum rc retention_list(struct cx *cx, int max, struct retention **ret, int *ret_n)
{
    struct retention *list = NULL;
    struct practice p;
    int n = 0, cap = 0;
    TRY(practice_load(cx, &p));
    int64_t years = p.retention_years > 0 ? p.retention_years : RETENTION_YEARS;
    int64_t before_ms = zone_day_start(cx->zone, years_later(cx_today(cx), -years) + 1);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(before_ms), DB_I(max)};
    TRY(db_query(cx->db, cx->arena, &SQL_RETENTION_CANDIDATES, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = read_row(cx, rows);
    }
    TRY(db_end(rows));
    TRY(keep_due(cx, list, &n));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

static void count(const struct cx *cx, const struct retention *r, int64_t years,
                  struct retention_counts *c)
{
    int32_t until = years_later(r->ended_days, years);
    c->n_blocked += r->is_blocked;
    c->n_in_treatment += r->is_in_treatment;
    if (r->is_in_treatment)
        return;
    bool is_over = cx_today(cx) >= until;
    c->n_over += is_over;
    c->n_kept += !is_over;
    if (!is_over && (c->next_days == DATE_NONE || until < c->next_days))
        c->next_days = until;
}

enum rc retention_count(struct cx *cx, struct retention_counts *ret)
{
    struct practice p;
    struct retention_counts c = {.next_days = DATE_NONE};
    TRY(practice_load(cx, &p));
    int64_t years = p.retention_years > 0 ? p.retention_years : RETENTION_YEARS;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_RETENTION_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct retention r = read_row(cx, rows);
        count(cx, &r, years, &c);
    }
    TRY(db_end(rows));
    *ret = c;
    return RC_OK;
}

/* --- erasing ----------------------------------------------------------------------------- */

/* Kept, blocked, until the time is over. */
static enum rc restrict_use(struct cx *cx, const struct cap *cap, const struct erasure *e)
{
    struct id client = cap_client(cap);
    struct client_keys keys;
    struct bytes sealed;
    TRY(client_keys_load(cx, cap, &keys));
    TRY(record_seal(cx, &erasure_type, SEAL_IDENTITY, client, keys.wrapped[SEAL_IDENTITY], client,
                    1, e, &sealed));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(cx->now_ms),
                         DB_S(cx->actor.user.s), DB_B(sealed)};
    TRY(db_exec(cx->db, &SQL_ERASURE_REQUEST_PUT, v, N_ELEMS(v), NULL));
    TRY(audit_change_about(cx, client, "erasure_request", client, "create", NULL));
    return client_block(cx, cap, true);
}

static enum rc hash_of(struct cx *cx, struct id client,
                       unsigned char ret[static TOMBSTONE_HASH_BYTES])
{
    return seal_index(cx->keys, "erased client",
                      (struct bytes){(const unsigned char *)client.s, strlen(client.s)}, ret);
}

static enum rc bury(struct cx *cx, struct id client, struct erasure *e)
{
    unsigned char hash[TOMBSTONE_HASH_BYTES];
    struct bytes sealed;
    e->id = id_new();
    TRY(hash_of(cx, client, hash));
    TRY(record_seal(cx, &erasure_type, SEAL_IDENTITY, no_id, (struct bytes){0}, e->id, 1, e,
                    &sealed));
    struct db_val v[] = {DB_I(cx->practice),
                         DB_ID(e->id),
                         DB_I(cx->now_ms),
                         DB_I(e->reason),
                         DB_I(e->is_early),
                         id_is_set(cx->actor.user) ? DB_ID(cx->actor.user) : DB_NIL,
                         DB_B(((struct bytes){hash, sizeof(hash)})),
                         cx->is_replay ? DB_NIL : DB_B(sealed)};
    return db_exec(cx->db, &SQL_ERASURE_INSERT, v, N_ELEMS(v), NULL);
}

static enum rc erase(struct cx *cx, const struct cap *cap, struct erasure *e)
{
    struct id client = cap_client(cap);
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_exec(cx->db, &SQL_ERASURE_REQUEST_DROP, v, N_ELEMS(v), NULL));
    TRY(client_erase(cx, cap));
    return bury(cx, client, e);
}

enum rc retention_erase(struct cx *cx, const struct cap *cap, struct erasure *e, bool *ret_erased)
{
    struct retention r;
    TRY(cap_admits(cx, cap, ACT_BLOCK));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(retention_load(cx, cap, &r));
    bool erases = r.is_over || e->is_early;
    if (erases && !r.is_over && !is_filled(e->words))
        return refuse(cx, RC_INVALID, "words", N_("Say why it cannot wait."));
    e->is_early = erases && !r.is_over;
    TRY(erases ? erase(cx, cap, e) : restrict_use(cx, cap, e));
    TRY(db_commit(&tx));
    *ret_erased = erases;
    if (erases && client_forget(cx, cap_client(cap)) != RC_OK) /* what is committed is erased */
        log_warn("an erased client is still in the log of the database until the next start");
    return RC_OK;
}

/* --- once more ------------------------------------------------------------------------------- */

enum rc tombstone_list(struct cx *cx, struct tombstone **ret, int *ret_n)
{
    struct tombstone *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_TOMBSTONE_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct bytes hash = db_bytes(rows, 0);
        if (hash.len != TOMBSTONE_HASH_BYTES)
            return RC_BROKEN;
        arena_grow(cx->arena, list, n, cap);
        list[n] = (struct tombstone){.days = (int32_t)(db_i64(rows, 1) / MS_PER_DAY),
                                     .reason = (enum erasure_reason)db_i64(rows, 2)};
        memcpy(list[n++].client_hash, hash.p, hash.len);
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

enum rc tombstone_count(struct cx *cx, int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_TOMBSTONE_COUNT, v, N_ELEMS(v), &rows));
    if (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

static enum rc clients_left(struct cx *cx, struct id **ret, int *ret_n)
{
    struct id *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_RETENTION_CLIENTS_LEFT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = db_id(rows, 0);
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

static int by_hash(const void *a, const void *b)
{
    const struct tombstone *x = a, *y = b;
    return memcmp(x->client_hash, y->client_hash, TOMBSTONE_HASH_BYTES);
}

static enum rc erase_again(struct cx *cx, struct id client, const struct tombstone *t)
{
    struct erasure e = {.reason = t->reason};
    const struct cap *cap;
    TRY(authorize(cx, ACT_BLOCK, client, PURPOSE_OVERSIGHT, &cap));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(erase(cx, cap, &e));
    return db_commit(&tx);
}

enum rc retention_replay(struct cx *cx, const struct tombstone *list, int n, int *ret_n)
{
    struct id *left;
    int n_left;
    enum rc rc = RC_OK;
    struct tombstone *sorted = arena_array(cx->arena, struct tombstone, n + 1);
    if (n > 0)
        memcpy(sorted, list, (size_t)n * sizeof(*list));
    qsort(sorted, (size_t)n, sizeof(*sorted), by_hash);
    *ret_n = 0;
    TRY(clients_left(cx, &left, &n_left));
    cx->is_replay = true;
    for (int i = 0; i < n_left && rc == RC_OK; i++) {
        struct tombstone one;
        const struct tombstone *t = NULL;
        rc = hash_of(cx, left[i], one.client_hash);
        if (rc == RC_OK)
            t = bsearch(&one, sorted, (size_t)n, sizeof(*sorted), by_hash);
        if (t == NULL)
            continue;
        rc = erase_again(cx, left[i], t);
        if (rc == RC_OK)
            rc = client_forget(cx, left[i]);
        *ret_n += rc == RC_OK;
    }
    cx->is_replay = false;
    return rc;
}

enum rc erasure_list(struct cx *cx, int max, struct erasure **ret, int *ret_n)
{
    struct erasure *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(max)};
    TRY(db_query(cx->db, cx->arena, &SQL_ERASURE_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        struct erasure *e = &list[n++];
        record_init(&erasure_type, e);
        e->id = db_id(rows, 0);
        TRY(record_unseal(cx, &erasure_type, SEAL_IDENTITY, no_id, (struct bytes){0}, e->id, 1,
                          db_bytes(rows, 5), e));
        e->erased_ms = db_i64(rows, 1);
        e->reason = (enum erasure_reason)db_i64(rows, 2);
        e->is_early = db_i64(rows, 3) != 0;
        e->by = db_id(rows, 4);
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

enum rc retention_check(struct cx *cx,
                        void (*report)(void *arg, const char *invariant, const char *detail),
                        void *arg)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_RETENTION_CHECK, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        report(arg, "an erased client has a tombstone", db_text(rows, 0));
    return db_end(rows);
}
