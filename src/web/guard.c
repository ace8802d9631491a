/* SPDX-License-Identifier: AGPL-3.0-or-later
 * guard.c - refuses requests whose meaning is doubtful. */
#include "web/guard.h"

#include "base/utf8.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_letter = (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z';
        if (s[i] == '\0' ||
            (!is_letter && !is_digit(s[i]) && strchr("!#$%&'*+-.^_`|~", s[i]) == NULL))
            return false;
    }
    return n > 0;
}

static bool is_named(const struct header *h, const char *name)
{
    return strcasecmp(h->name, name) == 0;
}

const char *head_get(const struct head *h, const char *name)
{
    for (int i = 0; i < h->n_headers; i++)
        if (is_named(&h->headers[i], name))
            return h->headers[i].value;
    return NULL;
}

/* Source: RFC 9110, 12.4.2 and 12.5.3: "gzip;q=0.000" asks for no gzip. */
bool head_accepts_gzip(const struct head *h)
{
    const char *s = head_get(h, "Accept-Encoding"), *at = s != NULL ? strcasestr(s, "gzip") : NULL;
    if (at == NULL)
        return false;
    at += strlen("gzip");
    at += strspn(at, " \t");
    if (*at != ';')
        return true;
    at += 1 + strspn(at + 1, " \t");
    if (strncasecmp(at, "q=0", 3) != 0)
        return true;
    at += 3 + strspn(at + 3, ".0");
    return *at >= '1' && *at <= '9';
}

static int count(const struct head *h, const char *name)
{
    int n = 0;
    for (int i = 0; i < h->n_headers; i++)
        n += is_named(&h->headers[i], name);
    return n;
}

bool head_has_body(const struct head *h)
{
    return head_content_length(h) != 0;
}

int64_t head_content_length(const struct head *h)
{
    if (head_get(h, "Transfer-Encoding") != NULL)
        return -1;
    const char *s = head_get(h, "Content-Length");
    return s != NULL ? (int64_t)strtoull(s, NULL, 10) : 0;
}

/* --- the target --------------------------------------------------------- */

/* Length of "http://host" before the path of an absolute target; 0 when there is none. */
static size_t authority_end(const char *target)
{
    const char *host = NULL;
    if (strncasecmp(target, "http://", 7) == 0)
        host = target + 7;
    else if (strncasecmp(target, "https://", 8) == 0)
        host = target + 8;
    return host != NULL ? (size_t)(host - target) + strcspn(host, "/?") : 0;
}

static const char *refuses_authority(const struct head *h, size_t n)
{
    const char *slashes = strstr(h->target, "//"), *host = head_get(h, "Host");
    size_t n_scheme = (size_t)(slashes - h->target) + 2;
    if (host == NULL || strlen(host) != n - n_scheme ||
        strncasecmp(host, h->target + n_scheme, n - n_scheme) != 0)
        return "absolute target for another host";
    return NULL;
}

/* Every segment of the path as it will be after decoding. */
static const char *refuses_path(const char *path, size_t n)
{
    char segment[4];
    size_t len = 0; /* of the segment so far; only "." and ".." are of interest */
    for (size_t i = 0; i <= n; i++) {
        char c = i < n ? path[i] : '/';
        bool is_escaped = i < n && c == '%';
        if (is_escaped) {
            c = (char)(hex_value(path[i + 1]) << 4 | hex_value(path[i + 2]));
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return "control character in the path";
        if (c == '\\' || (is_escaped && c == '/'))
            return "escaped slash or backslash in the path";
        if (c != '/') {
            if (len < sizeof(segment))
                segment[len] = c;
            len++;
            continue;
        }
        if ((len == 1 && segment[0] == '.') || (len == 2 && segment[0] == '.' && segment[1] == '.'))
            return "dot segment in the path";
        len = 0;
    }
    return NULL;
}

static bool decodes_to_utf8(const char *s, size_t n)
{
    unsigned char out[TARGET_MAX_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%') {
            out[len++] = (unsigned char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
            i += 2;
        } else {
            out[len++] = (unsigned char)s[i];
        }
    }
    return utf8_is_valid((const char *)out, len);
}

static const char *refuses_target(const struct head *h)
{
    const char *t = h->target;
    size_t n = strlen(t);
    if (n == 0 || n > TARGET_MAX_BYTES)
        return "target empty or too long";
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)t[i] <= 0x20 || t[i] == 0x7f || strchr("\"<>\\#", t[i]) != NULL)
            return "character in the target that may not stand there";
        if (t[i] == '%') {
            if (hex_value(t[i + 1]) < 0 || hex_value(t[i + 2]) < 0)
                return "bad percent escape";
            if (t[i + 1] == '0' && t[i + 2] == '0')
                return "escaped NUL";
        }
    }
    size_t start = authority_end(t);
    if (start > 0) {
        const char *why = refuses_authority(h, start);
        if (why != NULL)
            return why;
    }
    if (t[start] != '/')
        return "target is not a path";
    size_t n_path = strcspn(t + start, "?");
    if (!decodes_to_utf8(t + start, n_path) ||
        !decodes_to_utf8(t + start + n_path, n - start - n_path))
        return "target is not UTF-8";
    return refuses_path(t + start, n_path);
}

void guard_split(struct arena *a, const char *target, const char **ret_path, const char **ret_query)
{
    const char *s = target + authority_end(target);
    size_t n = strcspn(s, "?");
    char *path = arena_alloc(a, n + 1), *out = path;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%') {
            *out++ = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
            i += 2;
        } else {
            *out++ = s[i];
        }
    }
    *ret_path = path;
    *ret_query = s[n] == '?' ? s + n + 1 : "";
}

/* --- the headers -------------------------------------------------------- */

static const char *refuses_header(const struct header *h)
{
    if (!is_token(h->name, h->n_name) || strlen(h->name) != h->n_name)
        return "header name with characters that may not stand there";
    for (size_t i = 0; i < h->n_value; i++) {
        unsigned char c = (unsigned char)h->value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return "control character in a header";
    }
    if (!utf8_is_valid(h->value, h->n_value))
        return "header is not UTF-8";
    return NULL;
}

static const char *refuses_host(const struct head *h)
{
    int n = count(h, "Host");
    if (n > 1 || (n == 0 && !h->is_http10))
        return "not exactly one Host";
    const char *host = head_get(h, "Host");
    for (; host != NULL && *host != '\0'; host++)
        if (strchr("/?#@\\ ,%\t", *host) != NULL)
            return "Host is not a host";
    return NULL;
}

/* Where the body ends must be said once, in one way. RFC 9112, 6.3 and 11.2. */
static const char *refuses_framing(const struct head *h)
{
    int n_length = count(h, "Content-Length"), n_coding = count(h, "Transfer-Encoding");
    if (n_length > 1 || n_coding > 1)
        return "length of the body given twice";
    if (n_length + n_coding > 1)
        return "Content-Length with Transfer-Encoding";
    if (n_coding > 0 &&
        (h->is_http10 || strcasecmp(head_get(h, "Transfer-Encoding"), "chunked") != 0))
        return "Transfer-Encoding other than chunked";
    if (n_length > 0) {
        const char *s = head_get(h, "Content-Length");
        size_t n = strspn(s, "0123456789");
        if (n == 0 || n > CONTENT_LENGTH_MAX_DIGITS || s[n] != '\0')
            return "Content-Length is not a number";
    }
    bool reads = strcmp(h->method, "GET") == 0 || strcmp(h->method, "HEAD") == 0;
    if (reads && head_has_body(h))
        return "body in a request that only reads";
    return NULL;
}

const char *guard_refuses(const struct head *h)
{
    size_t n_method = strlen(h->method);
    if (n_method == 0 || n_method > 16 ||
        strspn(h->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != n_method)
        return "method is not a word";
    if (h->n_bytes > HEAD_MAX_BYTES || h->n_headers > HEAD_MAX_HEADERS)
        return "head too large";
    if (!h->is_exact)
        return "line ends or blanks that could be read in two ways";
    const char *why = NULL;
    for (int i = 0; i < h->n_headers && why == NULL; i++)
        why = refuses_header(&h->headers[i]);
    if (why == NULL)
        why = refuses_host(h);
    if (why == NULL)
        why = refuses_framing(h);
    return why != NULL ? why : refuses_target(h);
}
