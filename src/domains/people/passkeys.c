/* SPDX-License-Identifier: AGPL-3.0-or-later
 * passkeys.c - passkeys of an account, and challenges that are good once. Source: W3C Web
 * Authentication Level 2, 7.1 and 7.2; what is in bytes alone is decided in auth/passkey.c. */
#include "app/audit.h"
#include "auth/encode.h"
#include "base/utf8.h"
#include "factors.h"
#include "people_sql.h"

#include <string.h>

enum { CHALLENGE_MS = 5 * 60000, NONCE_BYTES = 16, MAX_PASSKEYS = 20 };

static const struct id no_id;
struct stored {
    const char *name, *credential, *public_key; /* the latter two in base64url */
};
static const struct field stored_fields[] = {
    TEXT(struct stored, name, N_("Name"), .seal = SEAL_IDENTITY, .max = 80),
    TEXT(struct stored, credential, N_("Credential"), .seal = SEAL_IDENTITY, .max = 1400),
    TEXT(struct stored, public_key, N_("Public key"), .seal = SEAL_IDENTITY, .max = 1400)};
static const struct record_type passkey_type = {.table = "passkey",
                                                .name = "Passkey",
                                                .fields = stored_fields,
                                                .n_fields = N_ELEMS(stored_fields)};

static const char not_accepted[] = N_("The passkey was not accepted. Please try again.");

/* --- challenges ----------------------------------------------------------------------------- */

struct challenge {
    unsigned char nonce[NONCE_BYTES];
    int64_t expires_ms;
    unsigned char mac[32];
};
_Static_assert(sizeof(struct challenge) == NONCE_BYTES + 8 + 32, "no gaps");

static void challenge_mac(struct cx *cx, const struct challenge *c, enum challenge_use use,
                          unsigned char ret[static 32])
{
    struct buf b;
    buf_init(&b, cx->arena, 200);
    buf_add(&b, (const char *)c->nonce, sizeof(c->nonce));
    buf_printf(&b, "%lld %d %s", (long long)c->expires_ms, (int)use,
               use == CHALLENGE_SIGN_IN ? "" : cx->actor.user.s);
    if (seal_index(cx->keys, "challenge", (struct bytes){(const unsigned char *)b.s, b.len}, ret) !=
        RC_OK)
        seal_random(ret, 32); /* which no challenge has */
}

const char *challenge_make(struct cx *cx, enum challenge_use use)
{
    struct challenge c = {.expires_ms = cx->now_ms + CHALLENGE_MS};
    seal_random(c.nonce, sizeof(c.nonce));
    challenge_mac(cx, &c, use, c.mac);
    return base64url_format(cx->arena, (struct bytes){(const unsigned char *)&c, sizeof(c)});
}

/* Ours, not too old, for this use, and not answered before. Within the transaction of what it is
 * for. */
static enum rc challenge_take(struct cx *cx, enum challenge_use use, struct bytes sent)
{
    struct challenge c;
    unsigned char mac[32], hash[32];
    int64_t n_changed;
    if (sent.len != sizeof(c))
        return RC_INVALID;
    memcpy(&c, sent.p, sizeof(c));
    challenge_mac(cx, &c, use, mac);
    if (!seal_equal(mac, c.mac, sizeof(mac)) || c.expires_ms <= cx->now_ms)
        return RC_INVALID;
    seal_hash(sent, hash);
    struct db_val now[] = {DB_I(cx->now_ms)};
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)})), DB_I(c.expires_ms)};
    TRY(db_exec(cx->db, &SQL_CHALLENGE_SWEEP, now, N_ELEMS(now), NULL));
    TRY(db_exec(cx->db, &SQL_CHALLENGE_USE, v, N_ELEMS(v), &n_changed));
    return n_changed == 1 ? RC_OK : RC_INVALID;
}

/* --- what a browser sends --------------------------------------------------------------------- */

static enum rc decode(struct cx *cx, const char *s, struct bytes *ret)
{
    if (s == NULL || strlen(s) > PASSKEY_DATA_MAX_BYTES)
        return RC_INVALID;
    return base64url_parse(cx->arena, s, ret);
}

/* Type, challenge and origin. */
static enum rc believe(struct cx *cx, const struct passkey_site *site, enum challenge_use use,
                       const struct passkey_sent *s, struct bytes *ret_json)
{
    struct client_data d;
    if (site->rp.id == NULL)
        return RC_INVALID;
    TRY(decode(cx, s->client_data, ret_json));
    TRY(passkey_client_data(cx->arena, *ret_json,
                            use == CHALLENGE_REGISTER ? "webauthn.create" : "webauthn.get", &d));
    if (!site->is_origin(site->arg, d.origin))
        return RC_INVALID;
    return challenge_take(cx, use, d.challenge);
}

/* --- a new key ---------------------------------------------------------------------------------
 */

static enum rc store(struct cx *cx, const struct passkey *k, const char *name)
{
    struct id id = id_new();
    unsigned char hash[32];
    struct bytes sealed;
    struct stored s = {.name = utf8_cut(cx->arena, name, 80),
                       .credential = base64url_format(cx->arena, k->credential),
                       .public_key = base64url_format(cx->arena, k->public_key)};
    seal_hash(k->credential, hash);
    TRY(record_seal(cx, &passkey_type, SEAL_IDENTITY, no_id, (struct bytes){0}, id, 1, &s,
                    &sealed));
    struct db_val v[] = {DB_I(cx->practice),    DB_ID(id),
                         DB_ID(cx->actor.user), DB_B(((struct bytes){hash, sizeof(hash)})),
                         DB_I(k->alg),          DB_I(k->counter),
                         DB_I(cx->now_ms),      DB_B(sealed)};
    return db_exec(cx->db, &SQL_PASSKEY_INSERT, v, N_ELEMS(v), NULL);
}

static enum rc read_new(struct cx *cx, const struct passkey_site *site,
                        const struct passkey_sent *s, struct passkey *ret)
{
    struct bytes json, data;
    TRY(believe(cx, site, CHALLENGE_REGISTER, s, &json));
    TRY(decode(cx, s->auth_data, &data));
    return passkey_read(cx->arena, &site->rp, data, ret);
}

enum rc passkey_add(struct cx *cx, const struct passkey_site *site, const struct passkey_sent *s,
                    const char *name)
{
    struct passkey k;
    struct factors f;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    enum rc rc = read_new(cx, site, s, &k);
    if (rc == RC_INVALID)
        return refuse(cx, rc, "passkey", not_accepted);
    TRY(rc);
    TRY(factors_of(cx, cx->practice, cx->actor.user, &f));
    if (f.n_passkeys >= MAX_PASSKEYS)
        return refuse(cx, RC_INVALID, "passkey", N_("There are enough passkeys on this account."));
    rc = store(cx, &k, name);
    if (rc == RC_CONFLICT)
        return refuse(cx, RC_INVALID, "passkey", N_("This passkey is registered already."));
    TRY(rc);
    TRY(stamp_up(cx, cx->actor.user));
    TRY(audit_change(cx, "person", cx->actor.user, "factor_add", "passkey"));
    return db_commit(&tx);
}

/* --- its use -----------------------------------------------------------------------------------
 */

struct found {
    int64_t practice;
    struct id id, person;
    struct passkey key;
    struct bytes sealed;
};

static enum rc find(struct cx *cx, struct bytes credential, struct found *ret)
{
    unsigned char hash[32];
    int n = 0;
    seal_hash(credential, hash);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)}))};
    TRY(db_query(cx->db, cx->arena, &SQL_PASSKEY_BY_CREDENTIAL, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++)
        *ret = (struct found){.practice = db_i64(rows, 0),
                              .id = db_id(rows, 1),
                              .person = db_id(rows, 2),
                              .key.alg = (int)db_i64(rows, 3),
                              .key.counter = (uint32_t)db_i64(rows, 4),
                              .sealed = db_bytes(rows, 5)};
    TRY(db_end(rows));
    return n == 1 ? RC_OK : RC_INVALID;
}

/* Whose it is: the actor's when there is one, and as the authenticator itself says. */
static bool belongs(struct cx *cx, const struct found *f, enum challenge_use use,
                    const struct passkey_sent *s)
{
    struct bytes user = {(const unsigned char *)f->person.s, strlen(f->person.s)};
    if (use != CHALLENGE_SIGN_IN &&
        (f->practice != cx->practice || !id_eq(f->person, cx->actor.user)))
        return false;
    bool says = is_filled(s->user);
    if (!says)
        return use != CHALLENGE_SIGN_IN;
    return strcmp(base64url_format(cx->arena, user), s->user) == 0;
}

static enum rc check(struct cx *cx, const struct passkey_site *site, enum challenge_use use,
                     const struct passkey_sent *s, struct found *f, uint32_t *ret_counter)
{
    struct passkey_answer a;
    struct bytes credential;
    struct stored kept = {0};
    TRY(believe(cx, site, use, s, &a.client_data));
    TRY(decode(cx, s->auth_data, &a.auth_data));
    TRY(decode(cx, s->signature, &a.signature));
    TRY(decode(cx, s->credential, &credential));
    TRY(find(cx, credential, f));
    if (!belongs(cx, f, use, s))
        return RC_INVALID;
    cx_practice(cx, f->practice);
    if (use == CHALLENGE_SIGN_IN)
        TRY(practice_open(cx, f->practice));
    TRY(record_unseal(cx, &passkey_type, SEAL_IDENTITY, no_id, (struct bytes){0}, f->id, 1,
                      f->sealed, &kept));
    TRY(decode(cx, kept.public_key, &f->key.public_key));
    enum rc rc = passkey_check(&site->rp, &f->key, &a, ret_counter);
    return rc == RC_DENIED || rc == RC_CONFLICT ? RC_INVALID : rc;
}

enum rc passkey_use(struct cx *cx, const struct passkey_site *site, enum challenge_use use,
                    const struct passkey_sent *s, struct passkey_owner *ret)
{
    struct found f = {0};
    uint32_t counter = 0;
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    enum rc rc = check(cx, site, use, s, &f, &counter);
    if (rc == RC_INVALID)
        return refuse(cx, rc, "passkey", not_accepted);
    TRY(rc);
    struct db_val v[] = {DB_I(counter), DB_I(cx->now_ms), DB_I(f.practice), DB_ID(f.id),
                         DB_I(f.key.counter)};
    TRY(db_exec(cx->db, &SQL_PASSKEY_USED, v, N_ELEMS(v), &n_changed));
    if (n_changed != 1) /* another answer of the same key was faster */
        return refuse(cx, RC_INVALID, "passkey", not_accepted);
    TRY(db_commit(&tx));
    *ret = (struct passkey_owner){f.practice, f.person};
    return RC_OK;
}

enum rc passkey_list(struct cx *cx, struct id person, struct passkey_row **ret, int *ret_n)
{
    struct passkey_row *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(person)};
    TRY(db_query(cx->db, cx->arena, &SQL_PASSKEY_OF_PERSON, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct stored s = {0};
        struct id id = db_id(rows, 0);
        TRY(record_unseal(cx, &passkey_type, SEAL_IDENTITY, no_id, (struct bytes){0}, id, 1,
                          db_bytes(rows, 3), &s));
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct passkey_row){.id = id,
                                         .name = s.name,
                                         .credential = s.credential,
                                         .created_ms = db_i64(rows, 1),
                                         .used_ms = db_i64(rows, 2)};
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}
