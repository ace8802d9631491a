/* SPDX-License-Identifier: AGPL-3.0-or-later
 * form_multipart.c - multipart/form-data (RFC 7578, RFC 2046 section 5.1). */
#include "base/utf8.h"
#include "text/form_private.h"

#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX_BYTES = 70, HEAD_MAX_BYTES = 4096 };

struct slice {
    const char *p, *end;
};

static const char *find(struct slice in, const char *what)
{
    return memmem(in.p, (size_t)(in.end - in.p), what, strlen(what));
}

static bool take(struct slice *in, const char *what)
{
    size_t n = strlen(what);
    if ((size_t)(in->end - in->p) < n || memcmp(in->p, what, n) != 0)
        return false;
    in->p += n;
    return true;
}

/* Names of headers and parameters: capitals do not matter. */
static bool take_name(struct slice *in, const char *name)
{
    size_t n = strlen(name);
    if ((size_t)(in->end - in->p) < n || strncasecmp(in->p, name, n) != 0)
        return false;
    in->p += n;
    return true;
}

static void skip_blanks(struct slice *in)
{
    while (in->p < in->end && (*in->p == ' ' || *in->p == '\t'))
        in->p++;
}

/* --- parameters of a header: ; name="value" ------------------------------- */

/* A token or a quoted string, still with its quotes. */
static bool take_value(struct slice *in, struct slice *ret)
{
    bool quoted = in->p < in->end && *in->p == '"';
    ret->p = in->p;
    in->p += quoted;
    if (!quoted) {
        while (in->p < in->end && strchr("; \t\"", *in->p) == NULL)
            in->p++;
    } else {
        for (; in->p < in->end && *in->p != '"'; in->p++)
            if (*in->p == '\\' && in->end - in->p > 1 && (in->p[1] == '"' || in->p[1] == '\\'))
                in->p++;
        if (!take(in, "\""))
            return false;
    }
    ret->end = in->p;
    return true;
}

/* Takes the quotes off: \" and \\ stand for the character, and %22 for the quote, as browsers
 * write it (WHATWG HTML, "multipart/form-data encoding algorithm"). NULL when it is not text. */
static const char *unquote(struct arena *a, struct slice v)
{
    char *text = arena_alloc(a, (size_t)(v.end - v.p) + 1), *to = text;
    if (v.p < v.end && *v.p == '"') {
        v.p++;
        v.end--;
        while (v.p < v.end) {
            if (take(&v, "%22")) {
                *to++ = '"';
                continue;
            }
            v.p += *v.p == '\\' && v.end - v.p > 1 && (v.p[1] == '"' || v.p[1] == '\\');
            *to++ = *v.p++;
        }
    } else {
        to = mempcpy(to, v.p, (size_t)(v.end - v.p));
    }
    return utf8_is_valid(text, (size_t)(to - text)) ? text : NULL;
}

/* The value of `; name=...` among the parameters; *ret NULL when there is none. */
static enum rc parameter(struct arena *a, struct slice in, const char *name, const char **ret)
{
    *ret = NULL;
    for (skip_blanks(&in); in.p < in.end; skip_blanks(&in)) {
        struct slice value;
        if (!take(&in, ";"))
            return RC_INVALID;
        skip_blanks(&in);
        struct slice key = {in.p, in.p};
        while (in.p < in.end && strchr("=; \t\"", *in.p) == NULL)
            key.end = ++in.p;
        if (!take(&in, "=")) {
            if (key.p == key.end)
                continue; /* a stray ';' */
            return RC_INVALID;
        }
        if (!take_value(&in, &value))
            return RC_INVALID;
        if (take_name(&key, name) && key.p == key.end) {
            *ret = unquote(a, value);
            return *ret != NULL ? RC_OK : RC_INVALID;
        }
    }
    return RC_OK;
}

/* --- parts --------------------------------------------------------------- */

struct part {
    const char *name, *filename, *type;
};

static enum rc read_header(struct arena *a, struct slice line, struct part *p)
{
    if (take_name(&line, "Content-Disposition:")) {
        skip_blanks(&line);
        if (p->name != NULL || !take_name(&line, "form-data"))
            return RC_INVALID;
        TRY(parameter(a, line, "name", &p->name));
        return parameter(a, line, "filename", &p->filename);
    }
    if (take_name(&line, "Content-Type:")) {
        skip_blanks(&line);
        size_t n = (size_t)(line.end - line.p);
        if (!utf8_is_valid(line.p, n))
            return RC_INVALID;
        p->type = arena_strndup(a, line.p, n);
    }
    return RC_OK; /* other headers say nothing here (RFC 7578, section 4.8) */
}

/* Headers up to the empty line; in is left at the body. */
static enum rc read_head(struct arena *a, struct slice *in, struct part *p)
{
    const char *start = in->p;
    for (;;) {
        const char *eol = find(*in, "\r\n");
        if (eol == NULL || eol - start > HEAD_MAX_BYTES)
            return RC_INVALID;
        struct slice line = {in->p, eol};
        in->p = eol + 2;
        if (line.p == line.end)
            break;
        TRY(read_header(a, line, p));
    }
    return p->name != NULL && form_key_is_valid(p->name, strlen(p->name)) ? RC_OK : RC_INVALID;
}

/* Some programs send the whole path of a file. */
static const char *base_name(const char *path)
{
    const char *last = path;
    for (const char *p = path; *p != '\0'; p++)
        if (*p == '/' || *p == '\\')
            last = p + 1;
    return last;
}

static enum rc add_part(struct arena *a, struct form *f, const struct part *p, struct slice body)
{
    size_t n = (size_t)(body.end - body.p);
    if (!form_has_room(f))
        return RC_INVALID;
    if (p->filename == NULL) {
        if (!utf8_is_valid(body.p, n))
            return RC_INVALID;
        form_add(a, f, p->name, arena_strndup(a, body.p, n));
    } else if (p->filename[0] != '\0' || n > 0) { /* neither: an input without a chosen file */
        arena_grow(a, f->file, f->n_files, f->cap_files);
        f->file[f->n_files++] =
            (struct form_file){p->name,
                               base_name(p->filename),
                               p->type != NULL ? p->type : "application/octet-stream",
                               {(const unsigned char *)body.p, n}};
    }
    return RC_OK;
}

/* "\r\n--boundary", which ends every part, from the header "multipart/form-data; boundary=x". */
static const char *delimiter(struct arena *a, const char *content_type)
{
    struct slice in = {content_type, content_type + strlen(content_type)};
    const char *boundary;
    if (!take_name(&in, "multipart/form-data") ||
        parameter(a, in, "boundary", &boundary) != RC_OK || boundary == NULL ||
        boundary[0] == '\0' || strlen(boundary) > BOUNDARY_MAX_BYTES)
        return NULL;
    return arena_printf(a, "\r\n--%s", boundary);
}

enum rc form_parse_multipart(struct arena *a, const char *content_type, const char *s, size_t n,
                             struct form *ret)
{
    struct form f = {0};
    struct slice in = {s, s + n};
    const char *mark = delimiter(a, content_type);
    if (mark == NULL)
        return RC_INVALID;
    if (!take(&in, mark + 2)) { /* the first stands at the start, or after a preamble */
        const char *first = find(in, mark);
        if (first == NULL)
            return RC_INVALID;
        in.p = first + strlen(mark);
    }
    while (!take(&in, "--")) {
        struct part p = {0};
        skip_blanks(&in);
        if (!take(&in, "\r\n"))
            return RC_INVALID;
        TRY(read_head(a, &in, &p));
        in.p -= 2; /* an empty body shares its line end with the head */
        const char *end = find(in, mark);
        if (end == NULL)
            return RC_INVALID;
        struct slice body = {in.p + 2 <= end ? in.p + 2 : end, end};
        TRY(add_part(a, &f, &p, body));
        in.p = end + strlen(mark);
    }
    *ret = f;
    return RC_OK;
}
