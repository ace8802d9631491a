/* SPDX-License-Identifier: AGPL-3.0-or-later
 * factors.c - one-time codes and recovery codes of an account. */
#include "factors.h"

#include "app/audit.h"
#include "people_sql.h"

#include <ctype.h>
#include <string.h>

enum {
    GUESSES = 5,
    GUESS_WINDOW_MS = 5 * 60000,
    RECOVERY_BYTES = 10, /* 80 bits */
};

static const struct id no_id;
struct totp_secret {
    const char *secret; /* hex */
};
static const struct field secret_fields[] = {
    TEXT(struct totp_secret, secret, N_("Secret"), .seal = SEAL_IDENTITY, .max = 40)};
static const struct record_type totp_type = {
    .table = "totp", .name = "Totp", .fields = secret_fields, .n_fields = N_ELEMS(secret_fields)};

enum rc factors_of(struct cx *cx, int64_t practice, struct id person, struct factors *ret)
{
    *ret = (struct factors){0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(practice), DB_ID(person)};
    TRY(db_query(cx->db, cx->arena, &SQL_FACTORS_OF, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = (struct factors){.has_totp = db_i64(rows, 0) > 0,
                                .n_passkeys = (int)db_i64(rows, 1),
                                .n_codes = (int)db_i64(rows, 2)};
    return db_end(rows);
}

/* A statement about one person. */
static enum rc of_person(struct cx *cx, const struct db_stmt *st, struct id person)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(person)};
    return db_exec(cx->db, st, v, N_ELEMS(v), NULL);
}

enum rc stamp_up(struct cx *cx, struct id person)
{
    return of_person(cx, &SQL_PERSON_STAMP, person);
}

/* --- guessing ------------------------------------------------------------------------------ */

/* A guess counts before it is looked at, and of those who guess at the same moment one counts. */
static enum rc reserve_guess(struct cx *cx)
{
    int64_t since = 0, n = 0, n_changed;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val who[] = {DB_I(cx->practice), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_GUESS_OF, who, N_ELEMS(who), &rows));
    while (db_next(rows)) {
        since = db_i64(rows, 0);
        n = db_i64(rows, 1);
    }
    TRY(db_end(rows));
    if (cx->now_ms - since >= GUESS_WINDOW_MS) {
        since = cx->now_ms;
        n = 0;
    }
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user), DB_I(since), DB_I(n + 1)};
    if (n < GUESSES) {
        TRY(db_exec(cx->db, &SQL_GUESS_RESERVE, v, N_ELEMS(v), &n_changed));
        if (n_changed == 1)
            return RC_OK;
    }
    return refuse(cx, RC_INVALID, "code",
                  N_("Too many codes were not right. Wait five minutes and try again."));
}

/* --- one-time codes ------------------------------------------------------------------------- */

void totp_secret_of(struct cx *cx, const char *token, unsigned char ret[static TOTP_SECRET_BYTES])
{
    unsigned char mac[32];
    const char *who = cx->actor.user.s;
    seal_mac(token, "totp", (struct bytes){(const unsigned char *)who, strlen(who)}, mac);
    memcpy(ret, mac, TOTP_SECRET_BYTES);
}

static const char *hex_format(struct cx *cx, const unsigned char *p, int n)
{
    struct buf b;
    buf_init(&b, cx->arena, 256);
    for (int i = 0; i < n; i++)
        buf_printf(&b, "%02x", p[i]);
    return b.s;
}

static bool hex_parse(const char *s, unsigned char *ret, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    if (s == NULL || strlen(s) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *hi = strchr(digits, s[2 * i]), *lo = strchr(digits, s[2 * i + 1]);
        if (hi == NULL || lo == NULL)
            return false;
        ret[i] = (unsigned char)((hi - digits) << 4 | (lo - digits));
    }
    return true;
}

struct totp {
    int64_t version, last_step; /* version 0: none */
    unsigned char secret[TOTP_SECRET_BYTES];
};

static enum rc totp_load(struct cx *cx, struct totp *ret)
{
    struct totp t = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_TOTP_BY_PERSON, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct totp_secret s = {0};
        t.version = db_i64(rows, 0);
        t.last_step = db_i64(rows, 1);
        TRY(record_unseal(cx, &totp_type, SEAL_IDENTITY, no_id, (struct bytes){0}, cx->actor.user,
                          t.version, db_bytes(rows, 2), &s));
        if (!hex_parse(s.secret, t.secret, sizeof(t.secret)))
            return RC_BROKEN;
    }
    TRY(db_end(rows));
    *ret = t;
    return RC_OK;
}

static enum rc totp_store(struct cx *cx, int64_t version,
                          const unsigned char secret[static TOTP_SECRET_BYTES], int64_t step)
{
    struct totp_secret s = {hex_format(cx, secret, TOTP_SECRET_BYTES)};
    struct bytes sealed;
    TRY(record_seal(cx, &totp_type, SEAL_IDENTITY, no_id, (struct bytes){0}, cx->actor.user,
                    version, &s, &sealed));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user), DB_I(version),
                         DB_I(step),         DB_I(cx->now_ms),      DB_B(sealed)};
    return db_exec(cx->db, &SQL_TOTP_PUT, v, N_ELEMS(v), NULL);
}

enum rc totp_enrol(struct cx *cx, const char *token, const char *code)
{
    struct totp was;
    unsigned char secret[TOTP_SECRET_BYTES];
    int64_t step = 0;
    totp_secret_of(cx, token, secret);
    TRY(reserve_guess(cx));
    enum rc rc = totp_check(secret, cx->now_ms, 0, code, &step);
    if (rc == RC_DENIED)
        return refuse(
            cx, RC_INVALID, "code",
            N_("This is not the code that the app shows now. Is the phone's clock right?"));
    TRY(rc);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(totp_load(cx, &was));
    TRY(totp_store(cx, was.version + 1, secret, step));
    TRY(of_person(cx, &SQL_GUESS_DROP, cx->actor.user));
    TRY(stamp_up(cx, cx->actor.user));
    TRY(audit_change(cx, "person", cx->actor.user, "factor_add", "totp"));
    return db_commit(&tx);
}

/* Staff always has a second factor. */
static enum rc keeps_a_factor(struct cx *cx)
{
    struct factors f;
    TRY(factors_of(cx, cx->practice, cx->actor.user, &f));
    if (f.has_totp + f.n_passkeys > 0)
        return RC_OK;
    return refuse(cx, RC_INVALID, "factor",
                  N_("This is your only second factor. Set up another one first."));
}

enum rc totp_drop(struct cx *cx)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(of_person(cx, &SQL_TOTP_DELETE, cx->actor.user));
    TRY(keeps_a_factor(cx));
    TRY(stamp_up(cx, cx->actor.user));
    TRY(audit_change(cx, "person", cx->actor.user, "factor_drop", "totp"));
    return db_commit(&tx);
}

enum rc passkey_drop(struct cx *cx, struct id id)
{
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user), DB_ID(id)};
    TRY(db_exec(cx->db, &SQL_PASSKEY_DELETE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such passkey."));
    TRY(keeps_a_factor(cx));
    TRY(stamp_up(cx, cx->actor.user));
    TRY(audit_change(cx, "person", cx->actor.user, "factor_drop", "passkey"));
    return db_commit(&tx);
}

enum rc factors_drop_all(struct cx *cx, struct id person)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(of_person(cx, &SQL_TOTP_DELETE, person));
    TRY(of_person(cx, &SQL_PASSKEY_DELETE_PERSON, person));
    TRY(of_person(cx, &SQL_RECOVERY_DELETE, person));
    TRY(of_person(cx, &SQL_GUESS_DROP, person));
    TRY(stamp_up(cx, person));
    TRY(audit_change(cx, "person", person, "factor_drop", "all"));
    return db_commit(&tx);
}

/* --- recovery codes ------------------------------------------------------------------------- */

/* Without i, l, o and u: what is read from paper is typed without doubt. Source: Crockford. */
static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

static const char *recovery_format(struct cx *cx, const unsigned char p[RECOVERY_BYTES])
{
    struct buf b;
    unsigned v = 0, n_bits = 0, n = 0;
    buf_init(&b, cx->arena, 40);
    for (int i = 0; i < RECOVERY_BYTES; i++) {
        v = (v << 8 | p[i]) & 0xffff;
        for (n_bits += 8; n_bits >= 5; n_bits -= 5) {
            if (n > 0 && n % 4 == 0)
                buf_putc(&b, '-');
            buf_putc(&b, letters[v >> (n_bits - 5) & 31]);
            n++;
        }
    }
    return b.s;
}

/* What was typed, as it is hashed: small letters, without blanks and dashes, o for 0, i and l
 * for 1. The person is a part of it. 80 random bits need no slow hash. */
static void recovery_hash(struct cx *cx, struct id person, const char *code,
                          unsigned char ret[static 32])
{
    struct buf b;
    buf_init(&b, cx->arena, 200);
    buf_printf(&b, "recovery %s ", person.s);
    for (; *code != '\0'; code++) {
        char c = (char)tolower((unsigned char)*code);
        if (c != ' ' && c != '-')
            buf_putc(&b, c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c);
    }
    seal_hash((struct bytes){(const unsigned char *)b.s, b.len}, ret);
}

enum rc recovery_make(struct cx *cx, const char *ret[static RECOVERY_CODES])
{
    const char *code[RECOVERY_CODES];
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(of_person(cx, &SQL_RECOVERY_DELETE, cx->actor.user));
    for (int i = 0; i < RECOVERY_CODES; i++) {
        unsigned char random[RECOVERY_BYTES], hash[32];
        seal_random(random, sizeof(random));
        code[i] = recovery_format(cx, random);
        recovery_hash(cx, cx->actor.user, code[i], hash);
        struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user),
                             DB_B(((struct bytes){hash, sizeof(hash)}))};
        TRY(db_exec(cx->db, &SQL_RECOVERY_INSERT, v, N_ELEMS(v), NULL));
    }
    TRY(audit_change(cx, "person", cx->actor.user, "recovery_codes", NULL));
    TRY(db_commit(&tx));
    memcpy(ret, code, sizeof(code));
    return RC_OK;
}

static enum rc recovery_use(struct cx *cx, const char *code, bool *ret_is_used)
{
    unsigned char hash[32];
    int64_t n_changed;
    recovery_hash(cx, cx->actor.user, code, hash);
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user),
                         DB_B(((struct bytes){hash, sizeof(hash)}))};
    TRY(db_exec(cx->db, &SQL_RECOVERY_USE, v, N_ELEMS(v), &n_changed));
    *ret_is_used = n_changed == 1;
    return *ret_is_used ? audit_change(cx, "person", cx->actor.user, "recovery_code_used", NULL)
                        : RC_OK;
}

/* The step is remembered in the same statement that finds it unused. */
static enum rc app_code_use(struct cx *cx, const char *code, bool *ret_is_used)
{
    struct totp t;
    int64_t step = 0, n_changed;
    TRY(totp_load(cx, &t));
    *ret_is_used = false;
    if (t.version == 0)
        return RC_OK;
    enum rc rc = totp_check(t.secret, cx->now_ms, t.last_step, code, &step);
    if (rc == RC_DENIED)
        return RC_OK;
    TRY(rc);
    struct db_val v[] = {DB_I(step), DB_I(cx->practice), DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_TOTP_STEP, v, N_ELEMS(v), &n_changed));
    *ret_is_used = n_changed == 1;
    return RC_OK;
}

enum rc code_use(struct cx *cx, const char *code)
{
    bool is_used = false;
    TRY(reserve_guess(cx));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(app_code_use(cx, code, &is_used));
    if (!is_used)
        TRY(recovery_use(cx, code, &is_used));
    if (!is_used)
        return refuse(cx, RC_INVALID, "code", N_("This code is not right, or was used already."));
    TRY(of_person(cx, &SQL_GUESS_DROP, cx->actor.user));
    return db_commit(&tx);
}
