/* SPDX-License-Identifier: AGPL-3.0-or-later
 * seal.c - sealed values: padded, encrypted under a key of their own, bound to their place. */
#include "seal/door.h"

#include <string.h>

enum {
    VALUE_FORMAT = 1,
    COMMIT_BYTES = 16,
    TABLE_WIDTH = 24,
    PLACE_BYTES = 5 + 8 + ID_WIDTH + TABLE_WIDTH + ID_WIDTH + 1 + KEY_ID_BYTES + 8,
    PAD_MARK = 0x80, /* ISO/IEC 7816-4: one mark, then zeros */
};

/* A sealed value as it is stored; ciphertext and tag follow. */
struct value_head {
    unsigned char format;
    unsigned char key_id[KEY_ID_BYTES];
    unsigned char commit[COMMIT_BYTES];
    unsigned char nonce[NONCE_BYTES];
};
enum { HEAD_BYTES = sizeof(struct value_head) };
_Static_assert(HEAD_BYTES == 45, "the stored form has no gaps");

/* What one call of BLAKE2b-512 makes of a key and a place. The commitment stands in the value's
 * head, because the cipher alone does not bind a ciphertext to one key. */
struct value_key {
    struct key key;
    unsigned char commit[COMMIT_BYTES];
    unsigned char unused[64 - KEY_BYTES - COMMIT_BYTES];
    unsigned char key_id[KEY_ID_BYTES];
    unsigned char place[PLACE_BYTES];
};
static void value_key_wipe(struct value_key *v)
{
    sodium_memzero(v, sizeof(*v));
}
#define _cleanup_value_key_ CLEANUP(value_key_wipe)

static size_t padded_bytes(size_t n)
{
    n++; /* the mark */
    return n <= 64 ? 64 : n <= 256 ? 256 : n <= 1024 ? 1024 : (n + 4095) / 4096 * 4096;
}

/* "entr1" | practice | client | table | row | class | key id | version. */
static void write_place(const struct seal_where *w, struct value_key *v)
{
    unsigned char *p = put_bytes(v->place, "entr1", 5);
    p = put_i64(p, w->practice);
    p = put_text(p, w->client.s, ID_WIDTH);
    p = put_text(p, w->table, TABLE_WIDTH);
    p = put_text(p, w->row.s, ID_WIDTH);
    *p++ = (unsigned char)(w->cls == SEAL_INTAKE ? SEAL_CLINICAL : w->cls);
    p = put_bytes(p, v->key_id, KEY_ID_BYTES);
    put_i64(p, w->version);
}

static enum rc check_table(const struct seal_item *it)
{
    bool is_named = it->where.table != NULL && strlen(it->where.table) <= TABLE_WIDTH;
    return is_named ? RC_OK : RC_BROKEN;
}

/* ret->key_id is set. */
static void value_key_of(const struct key *root, const struct seal_item *it, struct value_key *ret)
{
    write_place(&it->where, ret);
    _Static_assert(offsetof(struct value_key, key_id) == 64, "key and commitment are one hash");
    crypto_generichash((unsigned char *)ret, 64, ret->place, PLACE_BYTES, root->b, KEY_BYTES);
}

/* is_stored: it->in is a value, under the key that it says. */
static enum rc value_key(struct keys *k, const struct seal_item *it, bool is_stored,
                         struct value_key *ret)
{
    struct key _cleanup_key_ root;
    TRY(check_table(it));
    if (is_stored && it->in.len <= HEAD_BYTES)
        return RC_BROKEN;
    const unsigned char *id = is_stored ? it->in.p + offsetof(struct value_head, key_id) : NULL;
    TRY(keyring_value_root(k, &it->where, it->wrapped, id, &root, ret->key_id));
    value_key_of(&root, it, ret);
    return RC_OK;
}

/* --- opening ------------------------------------------------------------------ */

static enum rc unpad(unsigned char *p, size_t padded, size_t *ret_len)
{
    size_t n = padded;
    for (uint64_t eight; n >= sizeof(eight); n -= sizeof(eight)) {
        memcpy(&eight, p + n - sizeof(eight), sizeof(eight));
        if (eight != 0)
            break;
    }
    while (n > 0 && p[n - 1] == 0)
        n--;
    if (n == 0 || p[n - 1] != PAD_MARK || padded_bytes(n - 1) != padded)
        return RC_BROKEN;
    p[n - 1] = '\0'; /* so that opened text is also a C string */
    *ret_len = n - 1;
    return RC_OK;
}

static enum rc decrypt(struct arena *a, const struct value_key *v, struct bytes in,
                       struct bytes *ret)
{
    struct value_head head;
    if (in.len <= HEAD_BYTES + TAG_BYTES)
        return RC_BROKEN;
    memcpy(&head, in.p, HEAD_BYTES);
    if (head.format != VALUE_FORMAT || memcmp(head.key_id, v->key_id, KEY_ID_BYTES) != 0 ||
        sodium_memcmp(head.commit, v->commit, COMMIT_BYTES) != 0)
        return RC_BROKEN;

    size_t padded = in.len - HEAD_BYTES - TAG_BYTES, len;
    unsigned char *plain = arena_alloc(a, padded);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, in.p + HEAD_BYTES,
                                                   padded + TAG_BYTES, v->place, PLACE_BYTES,
                                                   head.nonce, v->key.b) != 0)
        return RC_BROKEN;
    TRY(unpad(plain, padded, &len));
    *ret = (struct bytes){plain, len};
    return RC_OK;
}

/* What was taken in for the clinical tier: 0x02 | its own key in a sealed box | value. */
enum { INTAKE_ID_AT = 1 + BOX_BYTES + offsetof(struct value_head, key_id) };

static enum rc open_taken_in(struct arena *a, const struct practice_key *above,
                             const struct opened *o, struct seal_item *it, struct bytes *ret)
{
    struct key _cleanup_key_ root, secret;
    const struct key *public_key;
    struct value_key _cleanup_value_key_ v;
    if (it->in.len <= 1 + BOX_BYTES + HEAD_BYTES)
        return RC_BROKEN;
    memcpy(v.key_id, it->in.p + INTAKE_ID_AT, KEY_ID_BYTES);
    TRY(pair_secret(above, v.key_id, o, &secret, &public_key));
    if (crypto_box_seal_open(root.b, it->in.p + 1, BOX_BYTES, public_key->b, secret.b) != 0)
        return RC_BROKEN;
    value_key_of(&root, it, &v);
    struct bytes rest = {it->in.p + 1 + BOX_BYTES, it->in.len - 1 - BOX_BYTES};
    return decrypt(a, &v, rest, ret);
}

static enum rc open_intake(struct arena *a, struct keys *k, struct seal_item *it)
{
    struct practice_key above;
    struct opened _cleanup_opened_ o;
    TRY(check_table(it));
    TRY(practice_key_find(k->ring, it->where.practice, SEAL_CLINICAL, &above));
    TRY(session_get(k, it->where.practice, &o));
    if (id_is_set(it->where.client))
        TRY(session_meter(k, it->where.practice, it->where.client));
    return open_taken_in(a, &above, &o, it, &it->out);
}

static enum rc open_one(struct arena *a, struct keys *k, struct seal_item *it)
{
    it->out = (struct bytes){0};
    if (it->in.p == NULL)
        return RC_OK;
    bool is_intake = it->in.len > 0 && it->in.p[0] == WRAP_BY_BOX;
    if (is_intake && (it->where.cls == SEAL_CLINICAL || it->where.cls == SEAL_INTAKE))
        return open_intake(a, k, it);
    struct value_key _cleanup_value_key_ v;
    TRY(value_key(k, it, true, &v));
    return decrypt(a, &v, it->in, &it->out);
}

/* --- closing ------------------------------------------------------------------ */

/* Random, and a function of the plaintext too: a broken random source then shows at most that
 * the same text was stored twice at the same place and version. */
static void make_nonce(const struct key *key, struct bytes plain, unsigned char ret[NONCE_BYTES])
{
    crypto_generichash_state st;
    unsigned char random[32];
    randombytes_buf(random, sizeof(random));
    crypto_generichash_init(&st, key->b, KEY_BYTES, NONCE_BYTES);
    crypto_generichash_update(&st, random, sizeof(random));
    crypto_generichash_update(&st, plain.p, plain.len);
    crypto_generichash_final(&st, ret, NONCE_BYTES);
    sodium_memzero(&st, sizeof(st));
}

static size_t encrypted_bytes(struct bytes plain)
{
    return HEAD_BYTES + padded_bytes(plain.len) + TAG_BYTES;
}

static void encrypt(const struct value_key *v, struct bytes plain, unsigned char *ret)
{
    struct value_head head = {.format = VALUE_FORMAT};
    memcpy(head.key_id, v->key_id, KEY_ID_BYTES);
    memcpy(head.commit, v->commit, COMMIT_BYTES);
    make_nonce(&v->key, plain, head.nonce);

    size_t padded = padded_bytes(plain.len);
    unsigned char *body = ret + HEAD_BYTES;
    memcpy(ret, &head, HEAD_BYTES);
    memset(body, 0, padded);
    if (plain.len > 0)
        memcpy(body, plain.p, plain.len);
    body[plain.len] = PAD_MARK;
    crypto_aead_xchacha20poly1305_ietf_encrypt(body, NULL, body, padded, v->place, PLACE_BYTES,
                                               NULL, head.nonce, v->key.b);
}

/* Anybody may put in; nobody reads before the clinical tier is open. */
static enum rc close_intake(struct arena *a, struct keys *k, struct seal_item *it)
{
    struct practice_key above;
    struct key _cleanup_key_ root;
    struct value_key _cleanup_value_key_ v;
    TRY(check_table(it));
    TRY(practice_key_find(k->ring, it->where.practice, SEAL_CLINICAL, &above));
    randombytes_buf(root.b, KEY_BYTES);
    memcpy(v.key_id, above.now.id, KEY_ID_BYTES);
    value_key_of(&root, it, &v);
    size_t len = 1 + BOX_BYTES + encrypted_bytes(it->in);
    unsigned char *sealed = arena_alloc(a, len);
    sealed[0] = WRAP_BY_BOX;
    crypto_box_seal(sealed + 1, root.b, KEY_BYTES, above.now.public_key.b);
    encrypt(&v, it->in, sealed + 1 + BOX_BYTES);
    it->out = (struct bytes){sealed, len};
    return RC_OK;
}

static struct bytes encrypted(struct arena *a, const struct value_key *v, struct bytes plain)
{
    size_t len = encrypted_bytes(plain);
    unsigned char *sealed = arena_alloc(a, len);
    encrypt(v, plain, sealed);
    return (struct bytes){sealed, len};
}

static enum rc close_one(struct arena *a, struct keys *k, struct seal_item *it)
{
    it->out = (struct bytes){0};
    if (it->where.cls == SEAL_INTAKE)
        return close_intake(a, k, it);
    struct value_key _cleanup_value_key_ v;
    TRY(value_key(k, it, false, &v));
    it->out = encrypted(a, &v, it->in);
    return RC_OK;
}

/* --- moving ------------------------------------------------------------------- */

/* Of the practice itself: one version at one place, sealed by either key, is two keys. */
static enum rc move_value(struct arena *a, struct keys *k, struct seal_item *it)
{
    struct value_key _cleanup_value_key_ from, to;
    struct bytes plain;
    TRY(value_key(k, it, true, &from));
    TRY(value_key(k, it, false, &to));
    it->out = it->in;
    if (memcmp(from.key_id, to.key_id, KEY_ID_BYTES) == 0)
        return RC_OK;
    TRY(decrypt(a, &from, it->in, &plain));
    it->out = encrypted(a, &to, plain);
    return RC_OK;
}

static enum rc move_intake(struct arena *a, struct keys *k, struct seal_item *it)
{
    struct practice_key above;
    struct opened _cleanup_opened_ o;
    struct key _cleanup_key_ root;
    struct value_key _cleanup_value_key_ v;
    struct bytes plain;
    TRY(check_table(it));
    TRY(practice_key_find(k->ring, it->where.practice, SEAL_CLINICAL, &above));
    TRY(session_get(k, it->where.practice, &o));
    TRY(open_taken_in(a, &above, &o, it, &plain));
    TRY(client_key(k->ring, &above, it->where.client, it->wrapped, &o, &root));
    memcpy(v.key_id, above.now.id, KEY_ID_BYTES);
    value_key_of(&root, it, &v);
    it->out = encrypted(a, &v, plain);
    return RC_OK;
}

static enum rc move_one(struct arena *a, struct keys *k, struct seal_item *it)
{
    it->out = (struct bytes){0};
    if (it->in.len == 0)
        return RC_OK;
    bool has_client = id_is_set(it->where.client);
    if (it->in.p[0] == WRAP_BY_EPOCH && has_client)
        return client_key_move(a, k, it);
    if (it->in.p[0] == WRAP_BY_BOX && has_client)
        return move_intake(a, k, it);
    if (!has_client && it->where.cls == SEAL_IDENTITY)
        return move_value(a, k, it);
    it->out = it->in; /* under the client's key, which stays */
    return RC_OK;
}

_Static_assert((int)SEAL_INTAKE_MARK == (int)WRAP_BY_BOX, "as documented");
_Static_assert(offsetof(struct value_head, key_id) == SEAL_KEY_ID_AT, "as documented");
bool seal_is_taken_in_by(struct bytes value, struct bytes pair)
{
    struct key id, public_key;
    if (pair.len < 1 + KEY_BYTES || value.len < INTAKE_ID_AT + KEY_ID_BYTES ||
        value.p[0] != WRAP_BY_BOX)
        return false;
    memcpy(public_key.b, pair.p + 1, KEY_BYTES);
    derive(&public_key, "entr1 key id", &id);
    return memcmp(value.p + INTAKE_ID_AT, id.b, KEY_ID_BYTES) == 0;
}

/* --- many --------------------------------------------------------------------- */

typedef enum rc item_fn(struct arena *a, struct keys *k, struct seal_item *it);

static enum rc each(struct arena *a, struct keys *k, struct seal_item *items, int n,
                    item_fn *do_one)
{
    enum rc first = RC_OK;
    for (int i = 0; i < n; i++) {
        items[i].rc = do_one(a, k, &items[i]);
        if (first == RC_OK)
            first = items[i].rc;
    }
    return first;
}

enum rc seal_open_many(struct arena *a, struct keys *k, struct seal_item *items, int n)
{
    if (k->ring->door != NULL)
        return door_open_many(a, k, items, n);
    return each(a, k, items, n, open_one);
}

void seal_expect(struct keys *k, const struct seal_item *items, int n)
{
    if (k->ring->door != NULL)
        door_expect(k, items, n);
}

enum rc seal_move_many(struct arena *a, struct keys *k, struct seal_item *items, int n)
{
    if (k->ring->door != NULL)
        return door_move_many(a, k, items, n);
    return each(a, k, items, n, move_one);
}

enum rc seal_close_many(struct arena *a, struct keys *k, struct seal_item *items, int n)
{
    if (k->ring->door != NULL)
        return door_close_many(a, k, items, n);
    return each(a, k, items, n, close_one);
}
