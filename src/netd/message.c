/* SPDX-License-Identifier: AGPL-3.0-or-later
 * message.c - what the caller is asked and answers, as bytes: one message, one packet.
 *
 * Two numbers and three byte strings, each behind its length; numbers are u32 little-endian. */
#include "netd/netd_private.h"

static unsigned char *put_u32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        *p++ = (unsigned char)(v >> (8 * i));
    return p;
}

static uint32_t get_u32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

size_t message_encode(const struct message *m, unsigned char out[static MESSAGE_MAX])
{
    unsigned char *p = put_u32(put_u32(out, m->n[0]), m->n[1]);
    for (int i = 0; i < NETD_STRINGS; i++) {
        size_t left = (size_t)(out + MESSAGE_MAX - p), n = m->s[i].len;
        if (left < 4 || n > left - 4)
            return 0;
        p = put_u32(p, (uint32_t)n);
        if (n > 0)
            memcpy(p, m->s[i].p, n);
        p += n;
    }
    return (size_t)(p - out);
}

enum rc message_decode(struct bytes b, struct message *ret)
{
    const unsigned char *p = b.p, *end = b.p + b.len;
    if (b.len < 8)
        return RC_BROKEN;
    struct message m = {.n = {get_u32(p), get_u32(p + 4)}};
    p += 8;
    for (int i = 0; i < NETD_STRINGS; i++) {
        if (end - p < 4 || get_u32(p) > (size_t)(end - p - 4))
            return RC_BROKEN;
        m.s[i] = (struct bytes){p + 4, get_u32(p)};
        p += 4 + m.s[i].len;
    }
    if (p != end)
        return RC_BROKEN;
    *ret = m;
    return RC_OK;
}
