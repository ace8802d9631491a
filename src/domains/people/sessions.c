/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sessions.c - sign-in with back-off, sessions, API tokens. Passwords as in
 * docs/adr/0003-sealing.md. Only hashes of tokens are stored. */
#include "app/app.h"
#include "app/audit.h"
#include "base/utf8.h"
#include "domains/people/people.h"
#include "factors.h"
#include "people_private.h"
#include "people_sql.h"
#include "seal/password.h"

#include <string.h>

enum {
    SESSION_HOURS = 12,
    HALF_WAY_MIN = 30, /* to show the second factor, or to set one up */
    TOKEN_DAYS = 365,
    TOUCH_MS = 60000,
    MAX_BACKOFF_S = 60,
};

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
    TRY(email_index(cx, email, a.failures));
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

enum rc sign_in_forgive(struct cx *cx, const char *email)
{
    struct account a = {0};
    TRY(email_index(cx, email, a.failures));
    return forget(cx, &a);
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

struct id session_row_of(struct bytes hash)
{
    return hash.len == 32 ? session_place(hash.p) : no_id;
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

/* Names that are no permission any more mean nothing; a token that says no name may nothing. */
static uint64_t scope_bits(const char *scopes)
{
    uint64_t bits = 0;
    for (const char *s = scopes; s != NULL && *s != '\0';) {
        size_t n = strcspn(s, ",");
        for (int p = PERM_SIGNED_IN; p < PERM_N_; p++) {
            const char *name = perm_name((enum perm)p);
            if (strlen(name) == n && memcmp(name, s, n) == 0)
                bits |= UINT64_C(1) << p;
        }
        s += n + (s[n] == ',');
    }
    return scopes != NULL && bits == 0 ? UINT64_C(1) << PERM_UNSET : bits;
}

/* What a new session begins with. */
struct session_start {
    const char *device; /* as the browser names itself; of a token: its name */
    enum session_state state;
    bool is_bearer, by_password, stays_locked;
    int64_t verified_ms, expires_ms;
    const char *scopes;
};

static const char *action_of(const struct session_start *s)
{
    if (s->is_bearer)
        return "token";
    return s->state == SESSION_OPEN ? "sign_in" : "password_shown";
}

static enum rc session_make(struct cx *cx, const struct account *a, const struct session_start *s,
                            const char *token)
{
    unsigned char hash[32];
    struct db_val unlock;
    struct device d = {utf8_cut(cx->arena, or_empty(s->device), 300)};
    struct bytes sealed;
    token_hash(token, hash);
    cx_practice(cx, a->practice);
    if (s->stays_locked)
        unlock = DB_NIL;
    else
        TRY(unlock_val(cx, token, &unlock));
    TRY(record_seal(cx, &session_type, SEAL_IDENTITY, no_id, (struct bytes){0}, session_place(hash),
                    1, &d, &sealed));
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)})),
                         DB_I(a->practice),
                         DB_ID(a->id),
                         DB_I(a->stamp),
                         DB_I(s->is_bearer),
                         DB_I(cx->now_ms),
                         DB_I(s->expires_ms),
                         DB_B(sealed),
                         unlock,
                         DB_I(s->state),
                         DB_I(s->verified_ms),
                         DB_I(s->by_password),
                         DB_S(s->scopes)};
    TRY(db_exec(cx->db, &SQL_SESSION_INSERT, v, N_ELEMS(v), NULL));
    cx->actor.user = a->id;
    return RC_OK;
}

static int64_t ends_ms(const struct cx *cx, enum session_state state)
{
    return cx->now_ms + (state == SESSION_OPEN ? SESSION_HOURS * INT64_C(3600000)
                                               : HALF_WAY_MIN * (int64_t)MS_PER_MIN);
}

/* After the password: whoever has a second factor shows it, whoever has none sets one up. */
static enum rc state_after_password(struct cx *cx, const struct account *a, enum session_state *ret)
{
    struct factors f;
    TRY(factors_of(cx, a->practice, a->id, &f));
    if (f.has_totp || f.n_passkeys > 0)
        *ret = SESSION_NEEDS_FACTOR;
    else
        *ret = settings_are_local_demo(&cx->app->settings) ? SESSION_OPEN : SESSION_NEEDS_ENROLMENT;
    return RC_OK;
}

static enum rc begin(struct cx *cx, const struct account *a, struct session_start *s,
                     const char *token)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val now[] = {DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_SESSION_SWEEP, now, N_ELEMS(now), NULL));
    s->expires_ms = ends_ms(cx, s->state);
    TRY(session_make(cx, a, s, token));
    TRY(audit_change(cx, "person", a->id, action_of(s), NULL));
    return db_commit(&tx);
}

enum rc sign_in(struct cx *cx, const char *email, const char *password, const char *device,
                char ret_token[static 44])
{
    struct account a;
    struct session_start s = {.device = device, .by_password = true};
    seal_token(ret_token);
    be_session(cx, ret_token, (struct bytes){0});
    TRY(account_find(cx, email, &a));
    enum rc rc = check_password(cx, &a, "password", password);
    if (rc == RC_DENIED)
        return refuse(cx, RC_DENIED, "password",
                      N_("The e-mail address or the password is not right."));
    TRY(rc);
    TRY(practice_open(cx, a.practice));
    cx_practice(cx, a.practice);
    TRY(state_after_password(cx, &a, &s.state));
    return begin(cx, &a, &s, ret_token);
}

void session_of_own(struct cx *cx)
{
    char *token = arena_alloc(cx->arena, 44);
    seal_token(token);
    be_session(cx, token, (struct bytes){0});
}

enum rc person_unlock(struct cx *cx, const char *email, const char *password)
{
    struct account a;
    TRY(account_find(cx, email, &a));
    if (!may_enter(&a))
        return RC_DENIED;
    session_of_own(cx);
    struct password_stored stored = stored_of(&a);
    return password_check(cx->keys, password, &stored);
}

/* Who is nobody here costs the time that somebody would: else the clock tells who has an account.
 */
enum { ANY_PRACTICE = 1 };

enum rc attempt_begin(struct cx *cx, const char *email, const char *field,
                      struct sign_in_attempt *ret)
{
    struct account a;
    struct failures f;
    TRY(account_find(cx, email, &a));
    TRY(failures_load(cx, &a, &f));
    TRY(reserve(cx, &a, field, &f));
    *ret = (struct sign_in_attempt){.practice = may_enter(&a) ? a.practice : 0, .person = a.id};
    memcpy(ret->failures, a.failures, sizeof(ret->failures));
    session_of_own(cx);
    cx_practice(cx, ret->practice != 0 ? ret->practice : ANY_PRACTICE);
    return practice_open(cx, cx->practice);
}

enum rc attempt_right(struct cx *cx, const struct sign_in_attempt *t)
{
    struct account a = {0};
    memcpy(a.failures, t->failures, sizeof(a.failures));
    return forget(cx, &a);
}

enum rc token_make(struct cx *cx, const char *email, char ret_token[static 44])
{
    struct account a;
    TRY(account_find(cx, email, &a));
    if (!may_enter(&a))
        return refuse(cx, RC_NOT_FOUND, "email",
                      N_("There is no account with this e-mail address."));
    struct session_start s = {
        .device = "API", .is_bearer = true, .expires_ms = cx->now_ms + TOKEN_DAYS * MS_PER_DAY};
    seal_token(ret_token);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(session_make(cx, &a, &s, ret_token));
    TRY(audit_change(cx, "person", a.id, action_of(&s), NULL));
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

static enum rc load_way(struct cx *cx, const char *token, struct session_start *ret)
{
    unsigned char hash[32];
    int n = 0;
    token_hash(token, hash);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)}))};
    TRY(db_query(cx->db, cx->arena, &SQL_SESSION_WAY, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++) {
        ret->state = (enum session_state)db_i64(rows, 0);
        ret->verified_ms = db_i64(rows, 1);
        ret->by_password = db_i64(rows, 2) != 0;
        ret->expires_ms = db_i64(rows, 3);
    }
    TRY(db_end(rows));
    return n == 1 ? RC_OK : RC_DENIED;
}

enum rc session_renew(struct cx *cx, const char *token, enum session_gain g, const char *device,
                      char ret_token[static 44])
{
    struct account a;
    struct session_start s = {.device = device};
    TRY(own_account(cx, &a));
    if (!may_enter(&a))
        return RC_DENIED;
    TRY(load_way(cx, token, &s));
    bool was_half_way = s.state != SESSION_OPEN;
    if (g == GAIN_PASSWORD) {
        s.by_password = true;
    } else {
        s.verified_ms = cx->now_ms;
        s.state = SESSION_OPEN;
    }
    if (was_half_way)
        s.expires_ms = ends_ms(cx, s.state);
    seal_token(ret_token);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(session_make(cx, &a, &s, ret_token)); /* what is open goes with it */
    TRY(sign_out(cx, token));
    if (g == GAIN_FACTOR)
        TRY(audit_change(cx, "person", a.id, was_half_way ? "sign_in" : "step_up", NULL));
    return db_commit(&tx);
}

enum rc session_by_passkey(struct cx *cx, int64_t practice, struct id person, const char *device,
                           char ret_token[static 44])
{
    struct account a;
    struct session_start s = {.device = device, .verified_ms = cx->now_ms};
    seal_token(ret_token);
    be_session(cx, ret_token, (struct bytes){0}); /* only a password opens the clinical tier */
    cx_practice(cx, practice);
    TRY(practice_open(cx, practice));
    cx->actor.user = person;
    TRY(own_account(cx, &a));
    if (!may_enter(&a))
        return RC_DENIED;
    return begin(cx, &a, &s, ret_token);
}

enum rc token_mint(struct cx *cx, const char *name, const char *scopes, int days,
                   char ret_token[static 44])
{
    struct account a;
    if (days < 1 || days > TOKEN_DAYS)
        return refuse(cx, RC_INVALID, "days", N_("A token lasts between 1 and 365 days."));
    TRY(own_account(cx, &a));
    if (!may_enter(&a))
        return RC_DENIED;
    struct session_start s = {.device = name,
                              .is_bearer = true,
                              .scopes = scopes,
                              .stays_locked = (scope_bits(scopes) >> PERM_CLINICAL_READ & 1) == 0,
                              .expires_ms = cx->now_ms + days * MS_PER_DAY};
    seal_token(ret_token);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(session_make(cx, &a, &s, ret_token));
    TRY(audit_change(cx, "person", a.id, action_of(&s), NULL));
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
    TRY(seal_lock(cx->keys));
    return one(cx, &SQL_SESSION_DELETE, token);
}

enum rc session_lock(struct cx *cx, const char *token, bool lock)
{
    unsigned char hash[32];
    struct db_val unlock = DB_NIL;
    token_hash(token, hash);
    if (lock)
        TRY(seal_lock(cx->keys));
    else
        TRY(unlock_val(cx, token, &unlock));
    struct db_val v[] = {DB_I(lock), DB_I(cx->now_ms), unlock,
                         DB_B(((struct bytes){hash, sizeof(hash)}))};
    return db_exec(cx->db, &SQL_SESSION_LOCK, v, N_ELEMS(v), NULL);
}

enum rc session_precedes_key(struct cx *cx, const char *token, bool *ret)
{
    unsigned char hash[32];
    *ret = false;
    token_hash(or_empty(token), hash);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)}))};
    TRY(db_query(cx->db, cx->arena, &SQL_SESSION_BEFORE_KEY, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_i64(rows, 0) > 0;
    return db_end(rows);
}

enum rc session_keep_open(struct cx *cx)
{
    unsigned char hash[32];
    struct db_val unlock = DB_NIL;
    if (cx->keys->token == NULL)
        return RC_OK;
    token_hash(cx->keys->token, hash);
    TRY(unlock_val(cx, cx->keys->token, &unlock));
    struct db_val v[] = {unlock, DB_B(((struct bytes){hash, sizeof(hash)}))};
    return db_exec(cx->db, &SQL_SESSION_KEEP, v, N_ELEMS(v), NULL);
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

static enum rc read_session(struct cx *cx, struct db_rows *rows, const unsigned char mine[32],
                            struct session_row *ret)
{
    struct bytes hash = db_bytes(rows, 0);
    struct device d = {0};
    if (hash.len != 32)
        return RC_BROKEN;
    struct id place = session_place(hash.p);
    TRY(record_unseal(cx, &session_type, SEAL_IDENTITY, no_id, (struct bytes){0}, place, 1,
                      db_bytes(rows, 6), &d));
    *ret = (struct session_row){.device = d.device,
                                .is_bearer = db_i64(rows, 1) != 0,
                                .is_locked = db_i64(rows, 2) != 0,
                                .created_ms = db_i64(rows, 3),
                                .used_ms = db_i64(rows, 4),
                                .expires_ms = db_i64(rows, 5),
                                .is_complete = db_i64(rows, 7) == SESSION_OPEN,
                                .scopes = db_text(rows, 8),
                                .place = place,
                                .is_this = memcmp(hash.p, mine, 32) == 0};
    memcpy(ret->hash, hash.p, sizeof(ret->hash));
    return RC_OK;
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
        arena_grow(cx->arena, list, n, cap);
        TRY(read_session(cx, rows, mine, &list[n++]));
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc session_end(struct cx *cx, struct id person, struct id place)
{
    struct session_row *row;
    int n;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(session_list(cx, person, NULL, &row, &n));
    for (int i = 0; i < n; i++) {
        if (!id_eq(row[i].place, place))
            continue;
        struct db_val v[] = {DB_I(cx->practice), DB_ID(person),
                             DB_B(((struct bytes){row[i].hash, sizeof(row[i].hash)}))};
        TRY(db_exec(cx->db, &SQL_SESSION_DELETE_ONE, v, N_ELEMS(v), NULL));
        TRY(audit_change(cx, "person", person, row[i].is_bearer ? "token_end" : "sign_out", NULL));
        return db_commit(&tx);
    }
    return refuse(cx, RC_NOT_FOUND, NULL, N_("This session has ended already."));
}

static void expect_names(struct cx *cx, struct db_rows *rows, struct seal_item ret[static 2])
{
    ret[0] = (struct seal_item){
        .where = {cx->practice, no_id, "person", cx->actor.user, SEAL_IDENTITY, db_i64(rows, 6)},
        .in = db_bytes(rows, 12)};
    ret[1] = (struct seal_item){
        .where = {cx->practice, no_id, "practice", no_id, SEAL_IDENTITY, db_i64(rows, 16)},
        .in = db_bytes(rows, 17)};
    seal_expect(cx->keys, ret, 2);
}

enum rc session_names(struct cx *cx, struct seal_item names[static 2], const char **ret_practice)
{
    struct person p = {0};
    struct practice r = {0};
    TRY(seal_open_many(cx->arena, cx->keys, names, 2));
    TRY(record_unpack(cx, &person_type, SEAL_IDENTITY, names[0].out, &p));
    TRY(record_unpack(cx, &practice_type, SEAL_IDENTITY, names[1].out, &r));
    cx->actor.name = person_name(cx, &p);
    *ret_practice = r.name;
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
                              .lock_min = db_i64(rows, 11),
                              .state = (enum session_state)db_i64(rows, 19),
                              .verified_ms = db_i64(rows, 20)};
    int64_t idle_ms = cx->now_ms - db_i64(rows, 4);
    bool may_lock = !f.is_bearer && f.state == SESSION_OPEN;
    bool is_idle = may_lock && !f.is_locked && idle_ms > (f.lock_min + 1) * MS_PER_MIN;
    f.is_locked |= is_idle;
    f.wants_touch = !f.is_locked && idle_ms > TOUCH_MS; /* use of a locked one is no use */
    cx_practice(cx, db_i64(rows, 0));
    cx->zone = zone_get(db_text(rows, 13));
    cx->currency = db_text(rows, 14);
    cx->says_patient = db_i64(rows, 15) != 0;
    cx->locale = locale_get(db_text(rows, 8));
    cx->cat = catalogue_get(locale_language(cx->locale));
    cx->actor = (struct actor){.user = db_id(rows, 1),
                               .roles = (unsigned)db_i64(rows, 7),
                               .only = scope_bits(db_text(rows, 21))};
    memcpy(cx->actor.session, hash, sizeof(cx->actor.session));
    be_session(cx, token, db_bytes(rows, 18));
    expect_names(cx, rows, f.names);
    TRY(db_end(rows));
    if (is_idle) /* stays locked, whatever the idle time is set to meanwhile */
        TRY(session_lock(cx, token, true));
    *ret = f;
    return RC_OK;
}
