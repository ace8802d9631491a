/* SPDX-License-Identifier: AGPL-3.0-or-later
 * id.c - random identifiers. */
#include "base/id.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct id encode(const unsigned char b[16])
{
    struct id r = {{0}};
    int n = 0;
    for (int i = 0; i < 15; i += 3) {
        uint32_t v = (uint32_t)b[i] << 16 | (uint32_t)b[i + 1] << 8 | b[i + 2];
        for (int k = 18; k >= 0; k -= 6)
            r.s[n++] = alphabet[v >> k & 63];
    }
    r.s[n++] = alphabet[b[15] >> 2];
    r.s[n++] = alphabet[(b[15] & 3) << 4];
    return r;
}

struct id id_new(void)
{
    unsigned char b[16];
    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
        abort();
    return encode(b);
}

struct id id_derive(uint64_t hi, uint64_t lo)
{
    unsigned char b[16];
    for (int i = 0; i < 8; i++) {
        b[i] = (unsigned char)(hi >> (56 - 8 * i));
        b[8 + i] = (unsigned char)(lo >> (56 - 8 * i));
    }
    return encode(b);
}

static bool is_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Every id of every row passes here. */
bool id_parse(const char *s, struct id *ret)
{
    struct id r = {{0}};
    for (int i = 0; i < ID_LEN; i++) {
        if (s == NULL || !is_digit(s[i]))
            return false;
        r.s[i] = s[i];
    }
    if (s[ID_LEN] != '\0')
        return false;
    *ret = r;
    return true;
}
