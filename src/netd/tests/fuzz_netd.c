/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_netd.c - what passes the caller's socket, against arbitrary bytes: nothing is read outside
 * of them, what is a message is the same one when it is written again, and no text breaks out of a
 * mail. */
#include "netd/netd_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct message *m, const uint8_t *data, size_t size)
{
    static unsigned char out[MESSAGE_MAX];
    size_t n = message_encode(m, out);
    if (n != 0 && (n != size || memcmp(out, data, size) != 0))
        abort();
}

static void mail_it(struct arena *a, const struct message *m)
{
    struct bytes whole;
    const char *to = arena_strndup(a, (const char *)m->s[0].p, m->s[0].len);
    const char *subject = arena_strndup(a, (const char *)m->s[1].p, m->s[1].len);
    if (mail_write(a, "log@example.org", to, subject, m->s[2], 0, &whole) != RC_OK)
        return;
    const char *body = strstr((const char *)whole.p, "\r\n\r\n");
    const char *bcc = strstr((const char *)whole.p, "\nBcc");
    if (body == NULL || bcc != NULL || whole.len > NETD_MAX_BYTES * 2)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message m;
    struct arena a;
    struct place p;
    const char *path;
    if (message_decode((struct bytes){data, size}, &m) != RC_OK)
        return 0;
    write_again(&m, data, size);
    arena_init(&a, 4 << 20);
    mail_it(&a, &m);
    if (place_parse(arena_strndup(&a, (const char *)m.s[0].p, m.s[0].len), &p, &path) &&
        (p.port < 1 || p.port > 65535 || strlen(p.host) > HOST_MAX))
        abort();
    (void)here_is_good(arena_strndup(&a, (const char *)m.s[1].p, m.s[1].len));
    arena_wipe(&a);
    return 0;
}
