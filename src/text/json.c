/* SPDX-License-Identifier: AGPL-3.0-or-later
 * json.c - the writer; RFC 8259. */
#include "text/json.h"

#include <string.h>

/* Characters with an escape of two; other control characters become \u00XX. */
static const char escape[256] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',  ['\f'] = 'f',
    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\',
};

static void separate(struct json *j)
{
    if (j->comma)
        buf_putc(j->out, ',');
    j->comma = true;
}

static void put_escape(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    if (escape[c] == 0)
        buf_add(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    else
        buf_add(out, (char[]){'\\', escape[c]}, 2);
}

static void put_string(struct buf *out, const char *s)
{
    const unsigned char *run = (const unsigned char *)s, *p = run, *end = run + strlen(s);
    buf_putc(out, '"');
    for (; p < end; p++) {
        if (__builtin_expect(*p >= 0x20 && escape[*p] == 0, 1))
            continue;
        buf_add(out, (const char *)run, (size_t)(p - run));
        put_escape(out, *p);
        run = p + 1;
    }
    buf_add(out, (const char *)run, (size_t)(p - run));
    buf_putc(out, '"');
}

void json_open(struct json *j, char bracket)
{
    separate(j);
    buf_putc(j->out, bracket);
    j->comma = false;
}

void json_close(struct json *j, char bracket)
{
    buf_putc(j->out, bracket);
    j->comma = true;
}

void json_key(struct json *j, const char *key)
{
    separate(j);
    put_string(j->out, key);
    buf_putc(j->out, ':');
    j->comma = false;
}

void json_str(struct json *j, const char *s)
{
    if (s == NULL) {
        json_null(j);
        return;
    }
    separate(j);
    put_string(j->out, s);
}

void json_i64(struct json *j, int64_t v)
{
    separate(j);
    buf_int(j->out, v);
}

void json_bool(struct json *j, bool v)
{
    separate(j);
    buf_puts(j->out, v ? "true" : "false");
}

void json_null(struct json *j)
{
    separate(j);
    buf_puts(j->out, "null");
}
