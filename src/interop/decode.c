/* SPDX-License-Identifier: AGPL-3.0-or-later
 * decode.c - encodings, content lines. */
#include "interop/decode.h"

#include "base/utf8.h"

#include <ctype.h>

/* --- encodings ----------------------------------------------------------- */

/* 0x80 to 0x9f; 0: not assigned. Source: Unicode's table CP1252.TXT. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

enum { REPLACEMENT = 0xfffd };

static char *put_point(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* Bytes of the valid sequence at p, 0 when there is none. */
static size_t sequence(const unsigned char *p, size_t n)
{
    size_t want = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    return want <= n && utf8_is_valid((const char *)p, want) ? want : 0;
}

static bool is_mostly_utf8(struct bytes b)
{
    size_t n_good = 0, n_bad = 0;
    for (size_t i = 0; i < b.len;) {
        size_t k = b.p[i] == 0 ? 1 : sequence(b.p + i, b.len - i);
        n_good += k > 1;
        n_bad += k == 0;
        i += k > 0 ? k : 1;
    }
    return n_bad <= n_good;
}

static char *from_utf8(struct bytes b, char *to, bool *ret_bad)
{
    for (size_t i = 0; i < b.len;) {
        size_t k = b.p[i] == 0 ? 1 : sequence(b.p + i, b.len - i);
        if (k > 0) {
            memcpy(to, b.p + i, k);
            to += k;
            i += k;
        } else {
            to = put_point(to, REPLACEMENT);
            *ret_bad = true;
            i++;
        }
    }
    return to;
}

static char *from_utf16(struct bytes b, bool is_big, char *to, bool *ret_bad)
{
    size_t hi = is_big ? 0 : 1, lo = 1 - hi, i = 0;
    for (; i + 1 < b.len; i += 2) {
        uint32_t c = (uint32_t)b.p[i + hi] << 8 | b.p[i + lo];
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < b.len && (b.p[i + 2 + hi] & 0xfc) == 0xdc) {
            uint32_t low = (uint32_t)b.p[i + 2 + hi] << 8 | b.p[i + 2 + lo];
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (c >= 0xd800 && c < 0xe000) {
            c = REPLACEMENT;
            *ret_bad = true;
        }
        to = put_point(to, c);
    }
    *ret_bad |= i < b.len;
    return to;
}

static char *from_windows_1252(struct bytes b, char *to, bool *ret_bad)
{
    for (size_t i = 0; i < b.len; i++) {
        uint32_t c = b.p[i];
        if (c >= 0x80 && c < 0xa0)
            c = windows_1252[c - 0x80];
        if (c == 0 && b.p[i] != 0) {
            c = REPLACEMENT;
            *ret_bad = true;
        }
        to = put_point(to, c);
    }
    return to;
}

/* Bytes the text can have in UTF-8: two of UTF-16 become three at most, and so does
 * one that is not ASCII. */
static size_t decoded_max(struct bytes b, bool is_utf16)
{
    size_t n = b.len + 1;
    if (is_utf16)
        return n + b.len / 2;
    for (size_t i = 0; i < b.len; i++)
        n += b.p[i] >= 0x80 ? 2 : 0;
    return n;
}

static size_t drop_nul(char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        if (s[i] != '\0')
            s[n++] = s[i];
    s[n] = '\0';
    return n;
}

enum rc text_decode(struct arena *a, struct bytes file, struct problems *problems, struct text *ret)
{
    const unsigned char *p = file.p;
    bool is_bad = false;
    bool is_utf16 =
        file.len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff));
    size_t max = decoded_max(file, is_utf16);
    if (!arena_has_room(a, max))
        return RC_INVALID;
    char *s = arena_alloc(a, max), *end;
    if (is_utf16) {
        ret->encoding = "UTF-16";
        end = from_utf16((struct bytes){p + 2, file.len - 2}, p[0] == 0xfe, s, &is_bad);
    } else if (file.len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        ret->encoding = "UTF-8";
        end = from_utf8((struct bytes){p + 3, file.len - 3}, s, &is_bad);
    } else if (is_mostly_utf8(file)) {
        ret->encoding = "UTF-8";
        end = from_utf8(file, s, &is_bad);
    } else {
        ret->encoding = "windows-1252";
        end = from_windows_1252(file, s, &is_bad);
    }
    ret->s = s;
    ret->len = drop_nul(s, (size_t)(end - s));
    if (ret->len != (size_t)(end - s))
        problems_add(problems, 0, "nul_character");
    if (is_bad)
        problems_add(problems, 0, "bad_text");
    return RC_OK;
}

/* --- content lines ------------------------------------------------------- */

/* Moves one physical line to `to` and goes past its end of line; returns the end of the copy. */
static char *take_physical(struct line_reader *r, char *to)
{
    char *from = r->at;
    while (r->at < r->end && *r->at != '\n' && *r->at != '\r')
        r->at++;
    size_t n = (size_t)(r->at - from);
    memmove(to, from, n);
    if (r->at < r->end)
        r->at += r->at[0] == '\r' && r->at + 1 < r->end && r->at[1] == '\n' ? 2 : 1;
    r->number++;
    return to + n;
}

/* The colon that ends the parameters; those in quotes do not count. */
static char *find_colon(char *s, char *end)
{
    bool in_quotes = false;
    for (char *p = s; p < end; p++) {
        in_quotes ^= *p == '"';
        if (*p == ':' && !in_quotes)
            return p;
    }
    return memchr(s, ':', (size_t)(end - s));
}

static bool is_quoted_printable(char *s, char *end)
{
    static const char word[] = "QUOTED-PRINTABLE";
    char *colon = memchr(s, ':', (size_t)(end - s));
    for (char *p = s; colon != NULL && p + sizeof(word) - 1 <= colon; p++)
        if (strncasecmp(p, word, sizeof(word) - 1) == 0)
            return true;
    return false;
}

/* One unfolded line: NULL at the end of the text. */
static char *take_logical(struct line_reader *r, char **ret_end)
{
    char *start, *end;
    do {
        if (r->at >= r->end)
            return NULL;
        start = r->at;
        end = take_physical(r, start);
    } while (end == start);
    while (r->at < r->end) {
        if (end > start && end[-1] == '=' && is_quoted_printable(start, end)) {
            end = take_physical(r, end - 1); /* soft line break of vCard 2.1 */
        } else if (*r->at == ' ' || *r->at == '\t') {
            r->at++;
            end = take_physical(r, end);
        } else {
            break;
        }
    }
    *end = '\0';
    *ret_end = end;
    return start;
}

bool line_next(struct line_reader *r, struct line *ret)
{
    char *start, *end, *colon;
    int number;
    do {
        number = r->number + 1;
        start = take_logical(r, &end);
        if (start == NULL)
            return false;
        colon = find_colon(start, end);
    } while (colon == NULL);

    *ret = (struct line){.number = number,
                         .text = start,
                         .len = (size_t)(end - start),
                         .name = start,
                         .value = colon + 1};
    const char *name_end = memchr(start, ';', (size_t)(colon - start));
    if (name_end == NULL)
        name_end = colon;
    else
        ret->params = name_end + 1;
    ret->params_len = ret->params != NULL ? (size_t)(colon - ret->params) : 0;
    const char *group = memchr(start, '.', (size_t)(name_end - start));
    ret->name = group != NULL ? group + 1 : start;
    ret->name_len = (size_t)(name_end - ret->name);
    return true;
}

bool line_is(const struct line *l, const char *name)
{
    return strlen(name) == l->name_len && strncasecmp(l->name, name, l->name_len) == 0;
}

static void add_values(struct buf *b, const char *s, size_t n)
{
    if (b->len > 0)
        buf_putc(b, ',');
    for (size_t i = 0; i < n; i++)
        if (s[i] != '"')
            buf_putc(b, s[i]);
}

const char *line_param(struct arena *a, const struct line *l, const char *name)
{
    struct buf b = {0};
    bool in_quotes = false;
    size_t start = 0, n = strlen(name);
    for (size_t i = 0; i <= l->params_len && l->params != NULL; i++) {
        bool is_end = i == l->params_len;
        in_quotes ^= !is_end && l->params[i] == '"';
        if (!is_end && (l->params[i] != ';' || in_quotes))
            continue;
        const char *p = l->params + start, *equals = memchr(p, '=', i - start);
        size_t name_len = equals != NULL ? (size_t)(equals - p) : 0, len = i - start;
        start = i + 1;
        bool is_bare = equals == NULL && strcasecmp(name, "TYPE") == 0 && len > 0;
        if (!is_bare && (name_len != n || strncasecmp(p, name, n) != 0))
            continue;
        if (b.s == NULL)
            buf_init(&b, a, 1024);
        add_values(&b, is_bare ? p : equals + 1, is_bare ? len : len - n - 1);
    }
    return b.s;
}

void text_unescape(char *s)
{
    char *to = s;
    for (; *s != '\0'; s++) {
        if (*s == '\\' && s[1] != '\0') {
            s++;
            *to++ = *s == 'n' || *s == 'N' ? '\n' : *s;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}
