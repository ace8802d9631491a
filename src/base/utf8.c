/* SPDX-License-Identifier: AGPL-3.0-or-later
 * utf8.c - validation and counting. */
#include "base/utf8.h"

#include <string.h>

/* Length in bytes of the well-formed sequence at p, 0 when there is none (Unicode 15, table 3-7).
 */
static size_t sequence(const unsigned char *p, size_t n)
{
    if (p[0] == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t want = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
                  : (p[0] & 0xf0) == 0xe0        ? 3
                  : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                 : 0;
    if (want == 0 || want > n)
        return 0;
    for (size_t i = 1; i < want; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return want;
}

bool utf8_is_valid(const char *s, size_t n_bytes)
{
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n_bytes;) {
        size_t k = sequence(p + i, n_bytes - i);
        if (k == 0)
            return false;
        i += k;
    }
    return true;
}

int64_t utf8_length(const char *s)
{
    int64_t n = 0;
    for (; *s != '\0'; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}

const char *utf8_cut(struct arena *a, const char *s, int64_t n_points)
{
    const char *p = s;
    for (; *p != '\0'; p++)
        if ((*p & 0xc0) != 0x80 && n_points-- == 0)
            return arena_strndup(a, s, (size_t)(p - s));
    return s;
}
