/* SPDX-License-Identifier: AGPL-3.0-or-later
 * html.c - escaping: looks for the next character that matters and copies what lies between. */
#include "text/html.h"

#include <string.h>

/* The five characters that mean something in element text or in a quoted attribute. */
static const char *const entity[256] = {
    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
};

void html_markup_(struct html h, const char *literal, size_t n)
{
    buf_add(h.out, literal, n);
}

static void escaped(struct buf *out, const char *s, size_t n)
{
    const unsigned char *run = (const unsigned char *)s, *p = run, *end = run + n;
    for (; p < end; p++) {
        if (__builtin_expect(entity[*p] == NULL, 1))
            continue;
        buf_add(out, (const char *)run, (size_t)(p - run));
        buf_puts(out, entity[*p]);
        run = p + 1;
    }
    buf_add(out, (const char *)run, (size_t)(p - run));
}

void html_text(struct html h, const char *s)
{
    if (s != NULL)
        escaped(h.out, s, strlen(s));
}

void html_attr(struct html h, const char *s)
{
    html_text(h, s);
}

/* Browsers drop tabs and line ends inside a URL and read '\' as '/', so that "/\evil" and
 * "/<tab>/evil" would leave the site. */
static bool is_same_site(const char *s)
{
    if (s[0] != '#' && s[0] != '?' && (s[0] != '/' || s[1] == '/'))
        return false;
    for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++)
        if (*p < 0x20 || *p == 0x7f || *p == '\\')
            return false;
    return true;
}

void html_url(struct html h, const char *s)
{
    html_attr(h, s != NULL && is_same_site(s) ? s : "#");
}

void html_int(struct html h, int64_t v)
{
    buf_int(h.out, v);
}

void html_id(struct html h, struct id id)
{
    html_text(h, id.s);
}

void html_lines(struct html h, const char *s)
{
    if (s == NULL)
        return;
    for (const char *end; (end = strchr(s, '\n')) != NULL; s = end + 1) {
        escaped(h.out, s, (size_t)(end - s) - (end > s && end[-1] == '\r'));
        buf_puts(h.out, "<br>");
    }
    html_text(h, s);
}
