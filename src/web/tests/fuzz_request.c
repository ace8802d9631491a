/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_request.c - guard, router and cookie parser on arbitrary heads.
 *
 * Input: a method, a target and "name: value" lines, each ended by a line feed. What the guard lets
 * pass must hold what the rest of web/ relies on. */
#include "base/utf8.h"
#include "web/cookie.h"
#include "web/guard.h"
#include "web/router.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc nothing(struct req *rq)
{
    (void)rq;
    return RC_OK;
}
static const struct route routes[] = {
    {GET, "/", PERM_PUBLIC, NO_BODY, nothing, "x"},
    {GET, "/a", PERM_PUBLIC, NO_BODY, nothing, "x"},
    {GET, "/a/{id}", PERM_PUBLIC, NO_BODY, nothing, "x"},
    {POST, "/a/{id}/{word}/{id}", PERM_PUBLIC, NO_BODY, nothing, "x"},
    {GET, "/{word}/b", PERM_PUBLIC, NO_BODY, nothing, "x"},
};
static const struct domain domain = {.name = "d", ROUTES(routes)};
static const struct domain *const domains[] = {&domain, NULL};

/* The next line, NUL-terminated in place; NULL at the end. */
static char *next_line(char **at)
{
    char *line = *at, *end = line != NULL ? strchr(line, '\n') : NULL;
    if (end != NULL)
        *end = '\0';
    *at = end != NULL ? end + 1 : NULL;
    return line;
}

static int read_headers(char **at, struct header *h)
{
    int n = 0;
    for (char *line; n < HEAD_MAX_HEADERS && (line = next_line(at)) != NULL; n++) {
        char *colon = strstr(line, ": "), *value = colon != NULL ? colon + 2 : line + strlen(line);
        if (colon != NULL)
            *colon = '\0';
        h[n] = (struct header){line, value, strlen(line), strlen(value)};
    }
    return n;
}

static void check_passed(struct arena *a, const struct router *r, const struct head *h)
{
    const char *path, *query;
    struct match m;
    guard_split(a, h->target, &path, &query);
    if (path[0] != '/' || !utf8_is_valid(path, strlen(path)) || strstr(path, "/../") != NULL ||
        strpbrk(path, "\\\r\n") != NULL)
        abort();
    if (head_content_length(h) < -1)
        abort();
    for (int method = -1; method <= POST; method++)
        if (router_find(r, a, method, path, &m) == MATCH_ROUTE)
            for (int i = 0; i < m.n_params; i++)
                if (m.param[i][0] == '\0' || strchr(m.param[i], '/') != NULL)
                    abort();
}

static void check_cookies(struct arena *a, const char *header)
{
    const char *value = cookie_get(a, header, COOKIE_FLASH);
    if (value != NULL && (value[0] == '\0' || strpbrk(value, "; \t\"\\") != NULL))
        abort();
    if (flash_read(a, "t", value) != NULL || flash_read(a, "t", header) != NULL)
        abort(); /* forged */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router;
    static struct arena a = {.max_bytes = 64 * MiB};
    const char *why = "";
    struct header headers[HEAD_MAX_HEADERS];
    if (router == NULL && router_new(domains, &router, &why) != RC_OK)
        abort();
    char *at = arena_strndup(&a, (const char *)data, size);
    const char *method = next_line(&at), *target = at != NULL ? next_line(&at) : "";
    struct head h = {.method = method,
                     .target = target,
                     .is_exact = true,
                     .headers = headers,
                     .is_http10 = size % 2 == 0};
    h.n_headers = read_headers(&at, headers);
    if (guard_refuses(&h) == NULL)
        check_passed(&a, router, &h);
    if (head_get(&h, "Cookie") != NULL)
        check_cookies(&a, head_get(&h, "Cookie"));
    arena_reset(&a);
    return 0;
}
