/* SPDX-License-Identifier: AGPL-3.0-or-later
 * spool.c - a file without a name, in chunks that are sealed each under its number. The chunk that
 * is being filled is in memory alone, so that no number is used twice. */
#include "seal/spool.h"

#include "seal/seal_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TAG = crypto_aead_chacha20poly1305_ietf_ABYTES,
    NONCE = crypto_aead_chacha20poly1305_ietf_NPUBBYTES,
    STORED_BYTES = SPOOL_CHUNK_BYTES + TAG,
};

struct spool {
    int fd;
    struct key key;
    int64_t n_bytes;
    int64_t loaded; /* the chunk in `read`; -1: none */
    unsigned char fill[SPOOL_CHUNK_BYTES], read[SPOOL_CHUNK_BYTES], sealed[STORED_BYTES];
};

enum rc spool_new(const char *dir, struct spool **ret)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return RC_BUSY;
    struct spool *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    s->fd = fd;
    s->loaded = -1;
    sodium_mlock(&s->key, sizeof(s->key));
    randombytes_buf(s->key.b, sizeof(s->key.b));
    *ret = s;
    return RC_OK;
}

static void nonce_of(int64_t chunk, unsigned char ret[static NONCE])
{
    memset(ret, 0, NONCE);
    put_i64(ret, chunk);
}

static enum rc put_chunk(struct spool *s, int64_t chunk)
{
    unsigned char nonce[NONCE];
    nonce_of(chunk, nonce);
    crypto_aead_chacha20poly1305_ietf_encrypt(s->sealed, NULL, s->fill, SPOOL_CHUNK_BYTES, NULL, 0,
                                              NULL, nonce, s->key.b);
    for (size_t at = 0; at < STORED_BYTES;) {
        ssize_t n =
            pwrite(s->fd, s->sealed + at, STORED_BYTES - at, chunk * STORED_BYTES + (int64_t)at);
        if (n <= 0)
            return RC_BUSY;
        at += (size_t)n;
    }
    return RC_OK;
}

enum rc spool_put(struct spool *s, struct bytes b)
{
    while (b.len > 0) {
        size_t at = (size_t)(s->n_bytes % SPOOL_CHUNK_BYTES);
        size_t some = b.len < SPOOL_CHUNK_BYTES - at ? b.len : SPOOL_CHUNK_BYTES - at;
        memcpy(s->fill + at, b.p, some);
        if (at + some == SPOOL_CHUNK_BYTES)
            TRY(put_chunk(s, s->n_bytes / SPOOL_CHUNK_BYTES));
        s->n_bytes += (int64_t)some;
        b.p += some;
        b.len -= some;
    }
    return RC_OK;
}

int64_t spool_bytes(const struct spool *s)
{
    return s->n_bytes;
}

static enum rc load(struct spool *s, int64_t chunk)
{
    unsigned char nonce[NONCE];
    if (s->loaded == chunk)
        return RC_OK;
    s->loaded = -1;
    nonce_of(chunk, nonce);
    if (pread(s->fd, s->sealed, STORED_BYTES, chunk * STORED_BYTES) != STORED_BYTES ||
        crypto_aead_chacha20poly1305_ietf_decrypt(s->read, NULL, NULL, s->sealed, STORED_BYTES,
                                                  NULL, 0, nonce, s->key.b) != 0)
        return RC_BROKEN;
    s->loaded = chunk;
    return RC_OK;
}

enum rc spool_get(struct spool *s, int64_t at, unsigned char *to, size_t n)
{
    if (at < 0 || at > s->n_bytes || n > (uint64_t)(s->n_bytes - at))
        return RC_BROKEN;
    while (n > 0) {
        int64_t chunk = at / SPOOL_CHUNK_BYTES;
        size_t from = (size_t)(at % SPOOL_CHUNK_BYTES);
        size_t some = n < SPOOL_CHUNK_BYTES - from ? n : SPOOL_CHUNK_BYTES - from;
        bool is_filling = chunk == s->n_bytes / SPOOL_CHUNK_BYTES;
        if (!is_filling)
            TRY(load(s, chunk));
        memcpy(to, (is_filling ? s->fill : s->read) + from, some);
        at += (int64_t)some;
        to += some;
        n -= some;
    }
    return RC_OK;
}

void spool_free(struct spool *s)
{
    if (s == NULL)
        return;
    close(s->fd);
    sodium_munlock(&s->key, sizeof(s->key));
    sodium_memzero(s, sizeof(*s));
    free(s);
}
