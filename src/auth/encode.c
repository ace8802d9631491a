/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encode.c - base64url. */
#include "auth/encode.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const char *base64url_format(struct arena *a, struct bytes in)
{
    char *s = arena_alloc(a, in.len * 4 / 3 + 3);
    size_t n = 0;
    unsigned v = 0, n_bits = 0;
    for (size_t i = 0; i < in.len; i++) {
        v = (v << 8 | in.p[i]) & 0xffff;
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            s[n++] = alphabet[v >> (n_bits - 6) & 63];
    }
    if (n_bits > 0)
        s[n++] = alphabet[v << (6 - n_bits) & 63];
    s[n] = '\0';
    return s;
}

enum rc base64url_parse(struct arena *a, const char *s, struct bytes *ret)
{
    size_t len = strlen(s), n = 0;
    unsigned char *p = arena_alloc(a, len + 1);
    unsigned v = 0, n_bits = 0;
    for (size_t i = 0; i < len; i++) {
        const char *at = memchr(alphabet, s[i], sizeof(alphabet) - 1);
        if (at == NULL)
            return RC_INVALID;
        v = (v << 6 | (unsigned)(at - alphabet)) & 0xffff;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            p[n++] = (unsigned char)(v >> n_bits);
        }
    }
    if (len % 4 == 1 || (v & ((1U << n_bits) - 1)) != 0)
        return RC_INVALID;
    *ret = (struct bytes){p, n};
    return RC_OK;
}
