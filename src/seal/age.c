/* SPDX-License-Identifier: AGPL-3.0-or-later
 * age.c - the format of age-encryption.org/v1. */
#include "seal/age.h"

#include "seal/bech32.h"
#include "seal/seal_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_MAX = 8192,
    CHUNK_TAG = crypto_aead_chacha20poly1305_ietf_ABYTES,
    SEALED_CHUNK = AGE_CHUNK_BYTES + CHUNK_TAG,
    PAYLOAD_NONCE_BYTES = 16,
    BODY_BYTES = AGE_FILE_KEY_BYTES + CHUNK_TAG,
    HASH_BYTES = 16,
    BASE64_32 = 44, /* 32 bytes, without padding, with a NUL */
};
static const char first_line[] = "age-encryption.org/v1\n";
static const char own_line[] = "-> entracte ";

/* --- keys ------------------------------------------------------------------------------ */

/* RFC 5869 with SHA-256, 32 bytes. */
static void hkdf(struct bytes from, struct bytes salt, const char *info, struct key *ret)
{
    crypto_auth_hmacsha256_state st;
    struct key _cleanup_key_ mid;
    crypto_auth_hmacsha256_init(&st, salt.p, salt.len);
    crypto_auth_hmacsha256_update(&st, from.p, from.len);
    crypto_auth_hmacsha256_final(&st, mid.b);
    crypto_auth_hmacsha256_init(&st, mid.b, KEY_BYTES);
    crypto_auth_hmacsha256_update(&st, (const unsigned char *)info, strlen(info));
    crypto_auth_hmacsha256_update(&st, (const unsigned char *)"\x01", 1);
    crypto_auth_hmacsha256_final(&st, ret->b);
    sodium_memzero(&st, sizeof(st));
}

static void head_mac(const struct age_file_key *k, const char *head, size_t n,
                     unsigned char ret[static KEY_BYTES])
{
    struct key _cleanup_key_ key;
    hkdf((struct bytes){k->b, sizeof(k->b)}, (struct bytes){(const unsigned char *)"", 0}, "header",
         &key);
    crypto_auth_hmacsha256(ret, (const unsigned char *)head, n, key.b);
}

/* What a file key is wrapped by for one recipient. RC_INVALID: no point of the curve. */
static enum rc share_key(const struct key *secret, const unsigned char *other,
                         const unsigned char share[static KEY_BYTES],
                         const unsigned char recipient[static KEY_BYTES], struct key *ret)
{
    struct key _cleanup_key_ both;
    unsigned char salt[2 * KEY_BYTES];
    if (crypto_scalarmult(both.b, secret->b, other) != 0)
        return RC_INVALID;
    memcpy(salt, share, KEY_BYTES);
    memcpy(salt + KEY_BYTES, recipient, KEY_BYTES);
    hkdf((struct bytes){both.b, KEY_BYTES}, (struct bytes){salt, sizeof(salt)},
         "age-encryption.org/v1/X25519", ret);
    return RC_OK;
}

void age_recipient_text(const struct age_key *public_key, char ret[static AGE_TEXT_BYTES])
{
    bech32_format("age", public_key->b, ret);
}

enum rc age_recipient_parse(const char *s, struct age_key *ret)
{
    return bech32_parse("age", s, ret->b);
}

void age_identity_text(const struct age_key *secret, char ret[static AGE_TEXT_BYTES])
{
    bech32_format("age-secret-key-", secret->b, ret);
    for (char *c = ret; *c != '\0'; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
}

enum rc age_identity_parse(const char *s, struct age_key *ret)
{
    return bech32_parse("age-secret-key-", s, ret->b);
}

void age_public_of(const struct age_key *secret, struct age_key *ret)
{
    crypto_scalarmult_base(ret->b, secret->b);
}

void age_identity_of_kit(const struct kit_seed *seed, struct age_key *ret)
{
    struct key _cleanup_key_ secret;
    unsigned char public_key[KEY_BYTES];
    kit_box_key(seed, &secret, public_key);
    memcpy(ret->b, secret.b, KEY_BYTES);
}

static void base64(const void *p, size_t n, char ret[static BASE64_32])
{
    sodium_bin2base64(ret, BASE64_32, p, n, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

/* Exactly `n` bytes from all of the `len` letters. */
static bool take_base64(const char *s, size_t len, unsigned char *ret, size_t n)
{
    size_t got = 0;
    return sodium_base642bin(ret, n, s, len, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
           got == n;
}

/* --- chunks ------------------------------------------------------------------------------ */

struct chunks {
    struct key key;
    uint64_t n;
};

static void chunks_begin(const struct age_file_key *k,
                         const unsigned char nonce[static PAYLOAD_NONCE_BYTES], struct chunks *ret)
{
    hkdf((struct bytes){k->b, sizeof(k->b)}, (struct bytes){nonce, PAYLOAD_NONCE_BYTES}, "payload",
         &ret->key);
    ret->n = 0;
}

static void chunk_nonce(const struct chunks *c, bool is_last,
                        unsigned char ret[static crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
    memset(ret, 0, 12);
    for (int i = 0; i < 8; i++)
        ret[10 - i] = (unsigned char)(c->n >> 8 * i);
    ret[11] = is_last;
}

/* --- writing ------------------------------------------------------------------------------ */

struct age_writer {
    age_put *put;
    void *arg;
    struct age_file_key file_key;
    struct chunks chunks;
    size_t n; /* in the chunk that is being filled */
    unsigned char chunk[AGE_CHUNK_BYTES];
    unsigned char sealed[SEALED_CHUNK];
};

static enum rc add_stanza(struct buf *head, const struct age_key *to, const struct age_file_key *k)
{
    static const unsigned char no_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    struct key _cleanup_key_ secret, wrap;
    unsigned char share[KEY_BYTES], body[BODY_BYTES];
    char text[BASE64_32];
    randombytes_buf(secret.b, KEY_BYTES);
    crypto_scalarmult_base(share, secret.b);
    TRY(share_key(&secret, to->b, share, to->b, &wrap));
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, k->b, sizeof(k->b), NULL, 0, NULL,
                                              no_nonce, wrap.b);
    base64(share, sizeof(share), text);
    buf_printf(head, "-> X25519 %s\n", text);
    base64(body, sizeof(body), text);
    buf_printf(head, "%s\n", text);
    return RC_OK;
}

static void hash_text(const char *s, size_t n, char ret[static BASE64_32])
{
    unsigned char hash[HASH_BYTES];
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)s, n, NULL, 0);
    base64(hash, sizeof(hash), ret);
}

#define _cleanup_scratch_ CLEANUP(arena_wipe)

static enum rc put_head(struct age_writer *w, const struct age_key *to, int n_to)
{
    struct arena _cleanup_scratch_ a = {0};
    struct buf head;
    unsigned char mac[KEY_BYTES];
    char text[BASE64_32];
    arena_init(&a, 64 * 1024);
    buf_init(&head, &a, HEAD_MAX);
    buf_puts(&head, first_line);
    for (int i = 0; i < n_to; i++)
        TRY(add_stanza(&head, &to[i], &w->file_key));
    hash_text(head.s, head.len, text);
    buf_printf(&head, "%s%s\n\n---", own_line, text);
    head_mac(&w->file_key, head.s, head.len, mac);
    base64(mac, sizeof(mac), text);
    buf_printf(&head, " %s\n", text);
    return w->put(w->arg, (struct bytes){(const unsigned char *)head.s, head.len});
}

enum rc age_write_begin(const struct age_key *to, int n_to, age_put *put, void *arg,
                        struct age_writer **ret)
{
    unsigned char nonce[PAYLOAD_NONCE_BYTES];
    if (n_to < 1 || n_to > AGE_RECIPIENTS_MAX)
        return RC_INVALID;
    if (sodium_init() < 0)
        return RC_BROKEN;
    struct age_writer *w = secret_alloc(1, sizeof(*w));
    *ret = w;
    w->put = put;
    w->arg = arg;
    randombytes_buf(w->file_key.b, sizeof(w->file_key.b));
    randombytes_buf(nonce, sizeof(nonce));
    chunks_begin(&w->file_key, nonce, &w->chunks);
    TRY(put_head(w, to, n_to));
    return put(arg, (struct bytes){nonce, sizeof(nonce)});
}

static enum rc put_chunk(struct age_writer *w, bool is_last)
{
    unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    chunk_nonce(&w->chunks, is_last, nonce);
    crypto_aead_chacha20poly1305_ietf_encrypt(w->sealed, NULL, w->chunk, w->n, NULL, 0, NULL, nonce,
                                              w->chunks.key.b);
    size_t n = w->n + CHUNK_TAG;
    w->chunks.n++;
    w->n = 0;
    return w->put(w->arg, (struct bytes){w->sealed, n});
}

/* A full chunk waits for what follows: the last one is marked, and is not empty. */
enum rc age_write(struct age_writer *w, struct bytes part)
{
    while (part.len > 0) {
        if (w->n == AGE_CHUNK_BYTES)
            TRY(put_chunk(w, false));
        size_t room = AGE_CHUNK_BYTES - w->n, n = part.len < room ? part.len : room;
        memcpy(w->chunk + w->n, part.p, n);
        w->n += n;
        part.p += n;
        part.len -= n;
    }
    return RC_OK;
}

enum rc age_write_end(struct age_writer *w)
{
    return put_chunk(w, true);
}

void age_writer_file_key(const struct age_writer *w, struct age_file_key *ret)
{
    *ret = w->file_key;
}

void age_writer_free(struct age_writer *w)
{
    sodium_free(w);
}

/* --- reading ------------------------------------------------------------------------------- */

struct stanza {
    unsigned char share[KEY_BYTES], body[BODY_BYTES];
};

struct age_reader {
    age_get *get;
    void *arg;
    int n_stanzas;
    struct stanza stanza[AGE_RECIPIENTS_MAX];
    size_t n_head; /* up to and with "---" */
    unsigned char mac[KEY_BYTES];
    char head[HEAD_MAX];
    struct chunks chunks;
    size_t n_sealed;
    bool is_open, at_end;
    unsigned char chunk[AGE_CHUNK_BYTES];
    unsigned char sealed[SEALED_CHUNK + 1]; /* one byte of the next chunk */
};

static enum age_fault get_all(struct age_reader *r, unsigned char *to, size_t n, size_t *ret_n)
{
    *ret_n = 0;
    while (*ret_n < n) {
        size_t got = 0;
        if (r->get(r->arg, to + *ret_n, n - *ret_n, &got) != RC_OK)
            return AGE_UNREADABLE;
        if (got == 0)
            return AGE_OK;
        *ret_n += got;
    }
    return AGE_OK;
}

/* A line with its end, as it comes. */
static enum age_fault get_line(struct age_reader *r, size_t *n, const char **ret, size_t *ret_n)
{
    size_t begin = *n, got;
    do {
        if (*n == HEAD_MAX)
            return AGE_ALTERED;
        enum age_fault f = get_all(r, (unsigned char *)r->head + *n, 1, &got);
        if (f != AGE_OK)
            return f;
        if (got == 0)
            return AGE_TRUNCATED;
        (*n)++;
    } while (r->head[*n - 1] != '\n');
    *ret = r->head + begin;
    *ret_n = *n - begin;
    return AGE_OK;
}

static bool begins_with(const char *s, size_t n, const char *with, size_t n_with)
{
    return n >= n_with && memcmp(s, with, n_with) == 0;
}

/* One recipient of two lines, or our line and an empty one. */
static enum age_fault take_stanza(struct age_reader *r, size_t *n, const char *s, size_t len,
                                  bool *ret_is_own)
{
    static const char kind[] = "-> X25519 ";
    const char *body;
    size_t n_body, before = *n - len;
    char hash[BASE64_32];
    enum age_fault f = get_line(r, n, &body, &n_body);
    if (f != AGE_OK)
        return f;
    *ret_is_own = begins_with(s, len, own_line, strlen(own_line));
    if (*ret_is_own) {
        hash_text(r->head, before, hash);
        size_t at = strlen(own_line);
        return len == at + strlen(hash) + 1 && memcmp(s + at, hash, strlen(hash)) == 0 &&
                       n_body == 1
                   ? AGE_OK
                   : AGE_ALTERED;
    }
    struct stanza *t = &r->stanza[r->n_stanzas];
    size_t at = strlen(kind);
    if (r->n_stanzas == AGE_RECIPIENTS_MAX || !begins_with(s, len, kind, at) ||
        !take_base64(s + at, len - at - 1, t->share, sizeof(t->share)) ||
        !take_base64(body, n_body - 1, t->body, sizeof(t->body)))
        return AGE_ALTERED;
    r->n_stanzas++;
    return AGE_OK;
}

static enum age_fault take_head(struct age_reader *r)
{
    size_t n = 0, len;
    const char *s;
    bool is_own = false;
    enum age_fault f = get_line(r, &n, &s, &len);
    if (f == AGE_UNREADABLE)
        return f;
    if (f != AGE_OK)
        return begins_with(first_line, strlen(first_line), r->head, n) ? AGE_TRUNCATED
                                                                       : AGE_NOT_OURS;
    if (len != strlen(first_line) || memcmp(s, first_line, len) != 0)
        return AGE_NOT_OURS;
    for (;;) {
        f = get_line(r, &n, &s, &len);
        if (f != AGE_OK)
            return f;
        if (begins_with(s, len, "--- ", 4))
            break;
        if (is_own) /* ours is the last one */
            return AGE_ALTERED;
        f = take_stanza(r, &n, s, len, &is_own);
        if (f != AGE_OK)
            return f;
    }
    r->n_head = n - len + 3;
    return is_own && take_base64(s + 4, len - 5, r->mac, sizeof(r->mac)) ? AGE_OK : AGE_ALTERED;
}

enum age_fault age_read_begin(age_get *get, void *arg, struct age_reader **ret)
{
    if (sodium_init() < 0)
        abort();
    struct age_reader *r = secret_alloc(1, sizeof(*r));
    r->get = get;
    r->arg = arg;
    *ret = r;
    return take_head(r);
}

enum age_fault age_read_unlock_by(struct age_reader *r, const struct age_file_key *key)
{
    unsigned char mac[KEY_BYTES], nonce[PAYLOAD_NONCE_BYTES];
    size_t n;
    head_mac(key, r->head, r->n_head, mac);
    if (sodium_memcmp(mac, r->mac, sizeof(mac)) != 0)
        return AGE_ALTERED;
    enum age_fault f = get_all(r, nonce, sizeof(nonce), &n);
    if (f == AGE_OK && n == sizeof(nonce))
        f = get_all(r, r->sealed, sizeof(r->sealed), &r->n_sealed);
    else if (f == AGE_OK)
        f = AGE_TRUNCATED;
    chunks_begin(key, nonce, &r->chunks);
    r->is_open = f == AGE_OK;
    return f;
}

enum age_fault age_read_unlock(struct age_reader *r, const struct age_key *secret)
{
    static const unsigned char no_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    struct key _cleanup_key_ own, wrap;
    struct age_file_key file_key;
    unsigned char public_key[KEY_BYTES];
    memcpy(own.b, secret->b, KEY_BYTES);
    crypto_scalarmult_base(public_key, own.b);
    for (int i = 0; i < r->n_stanzas; i++) {
        const struct stanza *t = &r->stanza[i];
        if (share_key(&own, t->share, t->share, public_key, &wrap) != RC_OK ||
            crypto_aead_chacha20poly1305_ietf_decrypt(
                file_key.b, NULL, NULL, t->body, sizeof(t->body), NULL, 0, no_nonce, wrap.b) != 0)
            continue;
        enum age_fault f = age_read_unlock_by(r, &file_key);
        sodium_memzero(&file_key, sizeof(file_key));
        return f;
    }
    return AGE_OTHER_KEY;
}

/* A chunk is the last one when nothing follows it; then its mark must say so. A file of ours is
 * made of full chunks alone, so that a missing end shows by its length. */
enum age_fault age_read(struct age_reader *r, struct bytes *ret)
{
    unsigned char nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
    *ret = (struct bytes){0};
    if (!r->is_open)
        return AGE_ALTERED;
    if (r->at_end)
        return AGE_OK;
    if (r->n_sealed < SEALED_CHUNK)
        return AGE_TRUNCATED;
    for (int is_last = r->n_sealed == SEALED_CHUNK; is_last >= 0; is_last--) {
        chunk_nonce(&r->chunks, is_last, nonce);
        if (crypto_aead_chacha20poly1305_ietf_decrypt(r->chunk, NULL, NULL, r->sealed, SEALED_CHUNK,
                                                      NULL, 0, nonce, r->chunks.key.b) != 0)
            continue;
        if (r->n_sealed == SEALED_CHUNK && !is_last)
            return AGE_TRUNCATED; /* whole, and not the last */
        *ret = (struct bytes){r->chunk, AGE_CHUNK_BYTES};
        r->chunks.n++;
        r->at_end = is_last;
        if (is_last)
            return AGE_OK;
        r->sealed[0] = r->sealed[SEALED_CHUNK];
        size_t n;
        enum age_fault f = get_all(r, r->sealed + 1, SEALED_CHUNK, &n);
        r->n_sealed = n + 1;
        return f;
    }
    return AGE_ALTERED;
}

void age_reader_free(struct age_reader *r)
{
    sodium_free(r);
}
