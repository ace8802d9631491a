/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sessions.c - sign-in with back-off, sessions, API tokens. Passwords as in
 * docs/adr/0003-sealing.md. Only hashes of tokens are stored. */
#include "app/audit.h"
#include "base/utf8.h"
#include "domains/people/people.h"
#include "people_private.h"
#include "people_sql.h"
#include "seal/password.h"

#include <string.h>

enum { SESSION_HOURS = 12, TOKEN_DAYS = 365, TOUCH_MS = 60000, MAX_BACKOFF_S = 60 };

static const struct id no_id;
struct device {
    const char *device;
};
static const struct field device_fields[] = {
    TEXT(struct device, device, N_("Device"), .seal = SEAL_IDENTITY, .max = 300)};
static const struct record_type session_type = {.table = "session",
                                                .name = "Session",
                                                .fields = device_fields,
                                                .n_fields = N_ELEMS(device_fields)};

struct account {
    unsigned char failures[32]; /* key of them: by address, whether or not there is an account */
    int64_t practice;           /* 0: none has this address */
    struct id id;
    const char *hash;
    bool is_active;
    int64_t stamp;
    struct bytes own_key, public_key, grant;
};

static void token_hash(const char *token, unsigned char ret[static 32])
{
    seal_hash((struct bytes){(const unsigned char *)token, strlen(token)}, ret);
}

static bool may_enter(const struct account *a)
{
    return a->practice != 0 && a->is_active;
}

static enum rc account_find(struct cx *cx, const char *email, struct account *ret)
{
    struct account a = {0};
    email_index(cx, email, a.failures);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(((struct bytes){a.failures, sizeof(a.failures)}))};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_BY_EMAIL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        a.practice = db_i64(rows, 0);
        a.id = db_id(rows, 1);
        a.hash = db_text(rows, 2);
        a.is_active = db_i64(rows, 3) != 0;
        a.stamp = db_i64(rows, 4);
        a.own_key = db_bytes(rows, 5);
        a.public_key = db_bytes(rows, 6);
        a.grant = db_bytes(rows, 7);
    }
    TRY(db_end(rows));
    *ret = a;
    return RC_OK;
}

/* --- back-off: after each failure the address waits 1, 2, 4 .. 60 s ----------------------- */

struct failures {
    int64_t n, retry_ms;
};

static enum rc failures_load(struct cx *cx, const struct account *a, struct failures *ret)
{
    *ret = (struct failures){0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(((struct bytes){a->failures, sizeof(a->failures)}))};
    TRY(db_query(cx->db, cx->arena, &SQL_FAILURE_OF, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = (struct failures){.n = db_i64(rows, 0), .retry_ms = db_i64(rows, 1)};
    return db_end(rows);
}

static enum rc must_wait(struct cx *cx, const char *field, int64_t retry_ms)
{
    int64_t wait_s = (retry_ms - cx->now_ms + 999) / 1000;
    return refusef(cx, RC_INVALID, field, N_("Too many attempts. Wait %d seconds and try again."),
                   (int)(wait_s > 1 ? wait_s : 1));
}

/* An attempt counts as failed before it is looked at, and only one per wait gets through: of those
 * who guess at the same moment, all but one wait. */
static enum rc reserve(struct cx *cx, const struct account *a, const char *field,
                       const struct failures *f)
{
    int64_t n = f->n + 1, n_changed;
    int64_t wait_s = n > 6 ? MAX_BACKOFF_S : INT64_C(1) << (n - 1);
    if (f->retry_ms > cx->now_ms)
        return must_wait(cx, field, f->retry_ms);
    struct db_val old[] = {DB_I(cx->now_ms - MS_PER_DAY)};
    struct db_val v[] = {DB_B(((struct bytes){a->failures, sizeof(a->failures)})), DB_I(n),
                         DB_I(cx->now_ms + wait_s * 1000)};
    TRY(db_exec(cx->db, &SQL_FAILURE_SWEEP, old, N_ELEMS(old), NULL));
    TRY(db_exec(cx->db, &SQL_FAILURE_RESERVE, v, N_ELEMS(v), &n_changed));
    return n_changed == 1 ? RC_OK : must_wait(cx, field, cx->now_ms + wait_s * 1000);
}

static enum rc forget(struct cx *cx, const struct account *a)
{
    struct db_val v[] = {DB_B(((struct bytes){a->failures, sizeof(a->failures)}))};
    return db_exec(cx->db, &SQL_FAILURE_DROP, v, N_ELEMS(v), NULL);
}

/* What was reserved, when nobody looked at the attempt. */
static enum rc give_back(struct cx *cx, const struct account *a, const struct failures *f)
{
    struct db_val v[] = {DB_I(f->n), DB_I(f->retry_ms),
                         DB_B(((struct bytes){a->failures, sizeof(a->failures)})), DB_I(f->n + 1)};
    if (f->n == 0)
        return forget(cx, a);
    return db_exec(cx->db, &SQL_FAILURE_RESTORE, v, N_ELEMS(v), NULL);
}

static struct password_stored stored_of(const struct account *a)
{
    return (struct password_stored){.practice = a->practice,
                                    .person = a->id,
                                    .hash = a->hash,
                                    .own = a->own_key,
                                    .public_key = a->public_key,
                                    .grant = a->grant};
}

/* RC_DENIED when the password is wrong, or there is no such account: it takes as long. */
static enum rc check_password(struct cx *cx, const struct account *a, const char *field,
                              const char *password)
{
    struct failures f;
    TRY(failures_load(cx, a, &f));
    TRY(reserve(cx, a, field, &f));
    struct password_stored stored = stored_of(a);
    enum rc rc = password_check(cx->keys, password, may_enter(a) ? &stored : NULL);
    if (rc == RC_OK)
        TRY(forget(cx, a));
    else if (rc != RC_DENIED)
        TRY(give_back(cx, a, &f));
    if (rc == RC_BUSY)
        return refuse(cx, rc, NULL, N_("Many people are signing in. Try again in a moment."));
    return rc;
}

/* --- sessions ---------------------------------------------------------------------------- */

/* A row of its own per token: the token's own hash stands for the row in the sealed place. */
static struct id session_place(const unsigned char hash[static 32])
{
    uint64_t hi, lo;
    memcpy(&hi, hash, sizeof(hi));
    memcpy(&lo, hash + sizeof(hi), sizeof(lo));
    return id_derive(hi, lo);
}

/* The clinical tier that cx has open, as the row of a session with this token keeps it. */
static enum rc unlock_val(struct cx *cx, const char *token, struct db_val *ret)
{
    unsigned char *wrapped = arena_alloc(cx->arena, SEAL_UNLOCK_BYTES);
    *ret = DB_NIL;
    if (!seal_is_open(cx->keys, cx->practice))
        return RC_OK;
    TRY(seal_unlock_wrap(cx->keys, cx->practice, token, wrapped));
    *ret = DB_B(((struct bytes){wrapped, SEAL_UNLOCK_BYTES}));
    return RC_OK;
}

/* The session that what is opened from now on belongs to. */
static void be_session(struct cx *cx, const char *token, struct bytes unlock)
{
    unsigned char hash[32];
    token_hash(token, hash);
    memcpy(cx->keys->session, hash, sizeof(cx->keys->session));
    cx->keys->token = token;
    cx->keys->unlock = unlock;
}

static enum rc session_make(struct cx *cx, const struct account *a, const char *device,
                            bool is_bearer, const char *token)
{
    unsigned char hash[32];
    struct db_val unlock;
    struct device d = {utf8_cut(cx->arena, or_empty(device), 300)};
    struct bytes sealed;
    int64_t lasts_ms = is_bearer ? TOKEN_DAYS * MS_PER_DAY : SESSION_HOURS * INT64_C(3600000);
    token_hash(token, hash);
    cx->practice = a->practice;
    TRY(unlock_val(cx, token, &unlock));
    TRY(record_seal(cx, &session_type, SEAL_IDENTITY, no_id, (struct bytes){0}, session_place(hash),
                    1, &d, &sealed));
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)})),
                         DB_I(a->practice),
                         DB_ID(a->id),
                         DB_I(a->stamp),
                         DB_I(is_bearer),
                         DB_I(cx->now_ms),
                         DB_I(cx->now_ms + lasts_ms),
                         DB_B(sealed),
                         unlock};
    TRY(db_exec(cx->db, &SQL_SESSION_INSERT, v, N_ELEMS(v), NULL));
    cx->actor.user = a->id;
    return audit_change(cx, "person", a->id, is_bearer ? "token" : "sign_in", NULL);
}

enum rc sign_in(struct cx *cx, const char *email, const char *password, const char *device,
                char ret_token[static 44])
{
    struct account a;
    seal_token(ret_token);
    be_session(cx, ret_token, (struct bytes){0});
    TRY(account_find(cx, email, &a));
    enum rc rc = check_password(cx, &a, "password", password);
    if (rc == RC_DENIED)
        return refuse(cx, RC_DENIED, "password",
                      N_("The e-mail address or the password is not right."));
    TRY(rc);
    TRY(practice_open(cx, a.practice));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val now[] = {DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_SESSION_SWEEP, now, N_ELEMS(now), NULL));
    TRY(session_make(cx, &a, device, false, ret_token));
    return db_commit(&tx);
}

enum rc person_unlock(struct cx *cx, const char *email, const char *password)
{
    struct account a;
    char *token = arena_alloc(cx->arena, 44);
    TRY(account_find(cx, email, &a));
    if (!may_enter(&a))
        return RC_DENIED;
    seal_token(token);
    be_session(cx, token, (struct bytes){0});
    struct password_stored stored = stored_of(&a);
    return password_check(cx->keys, password, &stored);
}

enum rc token_make(struct cx *cx, const char *email, char ret_token[static 44])
{
    struct account a;
    TRY(account_find(cx, email, &a));
    if (!may_enter(&a))
        return refuse(cx, RC_NOT_FOUND, "email",
                      N_("There is no account with this e-mail address."));
    seal_token(ret_token);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(session_make(cx, &a, "API", true, ret_token));
    return db_commit(&tx);
}

/* The actor's account. Its failures are counted apart: strangers who try the address at the sign-in
 * form do not keep its owner from unlocking. */
static enum rc own_account(struct cx *cx, struct account *ret)
{
    struct person p;
    TRY(person_load(cx, cx->actor.user, &p));
    TRY(account_find(cx, p.email, ret));
    token_hash(arena_printf(cx->arena, "confirm %s", cx->actor.user.s), ret->failures);
    return RC_OK;
}

enum rc password_confirm(struct cx *cx, const char *field, const char *password)
{
    return password_confirm_or(cx, field, password, N_("The password is not right."));
}

enum rc password_confirm_or(struct cx *cx, const char *field, const char *password,
                            const char *wrong_msgid)
{
    struct account a;
    TRY(own_account(cx, &a));
    enum rc rc = check_password(cx, &a, field, password);
    if (rc == RC_DENIED)
        return refuse(cx, RC_INVALID, field, wrong_msgid);
    return rc;
}

enum rc session_renew(struct cx *cx, const char *device, char ret_token[static 44])
{
    struct account a;
    TRY(own_account(cx, &a));
    if (!may_enter(&a))
        return RC_DENIED;
    seal_token(ret_token);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(session_make(cx, &a, device, false, ret_token));
    return db_commit(&tx);
}

static enum rc one(struct cx *cx, const struct db_stmt *st, const char *token)
{
    unsigned char hash[32];
    token_hash(token, hash);
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)}))};
    return db_exec(cx->db, st, v, 1, NULL);
}

enum rc sign_out(struct cx *cx, const char *token)
{
    seal_lock(cx->keys);
    return one(cx, &SQL_SESSION_DELETE, token);
}

enum rc session_lock(struct cx *cx, const char *token, bool lock)
{
    unsigned char hash[32];
    struct db_val unlock = DB_NIL;
    token_hash(token, hash);
    if (lock)
        seal_lock(cx->keys);
    else
        TRY(unlock_val(cx, token, &unlock));
    struct db_val v[] = {DB_I(lock), DB_I(cx->now_ms), unlock,
                         DB_B(((struct bytes){hash, sizeof(hash)}))};
    return db_exec(cx->db, &SQL_SESSION_LOCK, v, N_ELEMS(v), NULL);
}

enum rc session_touch(struct cx *cx, const char *token)
{
    unsigned char hash[32];
    token_hash(token, hash);
    struct db_val v[] = {DB_I(cx->now_ms), DB_B(((struct bytes){hash, sizeof(hash)}))};
    return db_exec(cx->db, &SQL_SESSION_TOUCH, v, N_ELEMS(v), NULL);
}

enum rc session_end_all(struct cx *cx, struct id person)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(person)};
    TRY(db_exec(cx->db, &SQL_SESSION_DELETE_PERSON, v, N_ELEMS(v), NULL));
    TRY(audit_change(cx, "person", person, "sign_out_everywhere", NULL));
    return db_commit(&tx);
}

enum rc session_list(struct cx *cx, struct id person, const char *this_token,
                     struct session_row **ret, int *ret_n)
{
    struct session_row *list = NULL;
    int n = 0, cap = 0;
    unsigned char mine[32];
    token_hash(or_empty(this_token), mine);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(person), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_SESSION_OF_PERSON, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct bytes hash = db_bytes(rows, 0);
        struct device d = {0};
        if (hash.len != sizeof(mine))
            return RC_BROKEN;
        TRY(record_unseal(cx, &session_type, SEAL_IDENTITY, no_id, (struct bytes){0},
                          session_place(hash.p), 1, db_bytes(rows, 6), &d));
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct session_row){.device = d.device,
                                         .is_bearer = db_i64(rows, 1) != 0,
                                         .is_locked = db_i64(rows, 2) != 0,
                                         .created_ms = db_i64(rows, 3),
                                         .used_ms = db_i64(rows, 4),
                                         .is_this = memcmp(hash.p, mine, sizeof(mine)) == 0};
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* Opens the names of the person and of the practice in one batch. */
static enum rc open_names(struct cx *cx, struct db_rows *rows, struct session_facts *f)
{
    struct person p = {0};
    struct practice r = {0};
    struct seal_item item[2] = {
        {.where = {cx->practice, no_id, "person", cx->actor.user, SEAL_IDENTITY, db_i64(rows, 6)},
         .in = db_bytes(rows, 12)},
        {.where = {cx->practice, no_id, "practice", no_id, SEAL_IDENTITY, db_i64(rows, 16)},
         .in = db_bytes(rows, 17)}};
    TRY(seal_open_many(cx->arena, cx->keys, item, 2));
    TRY(record_unpack(cx, &person_type, SEAL_IDENTITY, item[0].out, &p));
    TRY(record_unpack(cx, &practice_type, SEAL_IDENTITY, item[1].out, &r));
    cx->actor.name = person_name(cx, &p);
    f->practice_name = r.name;
    return RC_OK;
}

enum rc session_open(struct cx *cx, const char *token, struct session_facts *ret)
{
    unsigned char hash[32];
    token_hash(token, hash);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)}))};
    TRY(db_query(cx->db, cx->arena, &SQL_SESSION_BY_TOKEN, v, 1, &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return RC_DENIED;
    }
    if (db_i64(rows, 5) <= cx->now_ms)
        return RC_DENIED;
    struct session_facts f = {.is_bearer = db_i64(rows, 2) != 0,
                              .is_locked = db_i64(rows, 3) != 0,
                              .theme = (enum theme)db_i64(rows, 9),
                              .density = (enum density)db_i64(rows, 10),
                              .lock_min = db_i64(rows, 11)};
    int64_t idle_ms = cx->now_ms - db_i64(rows, 4);
    bool is_idle = !f.is_bearer && !f.is_locked && idle_ms > (f.lock_min + 1) * MS_PER_MIN;
    f.is_locked |= is_idle;
    f.wants_touch = !f.is_locked && idle_ms > TOUCH_MS; /* use of a locked one is no use */
    cx->practice = db_i64(rows, 0);
    cx->zone = zone_get(db_text(rows, 13));
    cx->currency = db_text(rows, 14);
    cx->says_patient = db_i64(rows, 15) != 0;
    cx->locale = locale_get(db_text(rows, 8));
    cx->cat = catalogue_get(locale_language(cx->locale));
    cx->actor = (struct actor){.user = db_id(rows, 1), .roles = (unsigned)db_i64(rows, 7)};
    memcpy(cx->actor.session, hash, sizeof(cx->actor.session));
    be_session(cx, token, db_bytes(rows, 18));
    TRY(open_names(cx, rows, &f));
    TRY(db_end(rows));
    if (is_idle) /* stays locked, whatever the idle time is set to meanwhile */
        TRY(session_lock(cx, token, true));
    *ret = f;
    return RC_OK;
}
