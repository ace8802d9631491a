/* SPDX-License-Identifier: AGPL-3.0-or-later
 * router.c - a tree of path segments. */
#include "web/router.h"

#include "base/log.h"

#include <string.h>

enum { ROUTER_MAX_BYTES = 4 * MiB, N_METHODS = 2, MAX_SEGMENTS = 16 };

enum segment_kind { SEGMENT_LITERAL, SEGMENT_ID, SEGMENT_WORD };
struct node {
    enum segment_kind kind;
    const char *text; /* of a literal; not NUL-terminated */
    size_t n_text;
    struct node *child, *next; /* children: literals first, then {id}, then {word} */
    const struct route *route[N_METHODS];
};
struct router {
    struct arena arena;
    struct node root;
};

/* --- making ------------------------------------------------------------- */

static bool segment_parse(const char *s, size_t n, struct node *ret)
{
    *ret = (struct node){.kind = SEGMENT_LITERAL, .text = s, .n_text = n};
    if (n == 4 && memcmp(s, "{id}", 4) == 0)
        ret->kind = SEGMENT_ID;
    else if (n == 6 && memcmp(s, "{word}", 6) == 0)
        ret->kind = SEGMENT_WORD;
    else if (n == 0 || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") < n || s[0] == '.')
        return false;
    return true;
}

static bool is_same(const struct node *a, const struct node *b)
{
    return a->kind == b->kind &&
           (a->kind != SEGMENT_LITERAL ||
            (a->n_text == b->n_text && memcmp(a->text, b->text, a->n_text) == 0));
}

static struct node *child_for(struct router *r, struct node *parent, const struct node *segment)
{
    struct node **at = &parent->child;
    for (; *at != NULL && (*at)->kind <= segment->kind; at = &(*at)->next)
        if (is_same(*at, segment))
            return *at;
    struct node *n = arena_new(&r->arena, struct node);
    *n = *segment;
    n->next = *at;
    *at = n;
    return n;
}

/* The node of a path, made when needed; NULL when the path is malformed. */
static struct node *node_for(struct router *r, const char *path)
{
    struct node *n = &r->root;
    int n_params = 0;
    if (path == NULL || path[0] != '/' || strlen(path) > ROUTE_MAX_PATH)
        return NULL;
    if (path[1] == '\0')
        return n;
    for (const char *s = path; *s == '/';) {
        struct node segment;
        size_t len = strcspn(s + 1, "/");
        if (!segment_parse(s + 1, len, &segment))
            return NULL;
        n_params += segment.kind != SEGMENT_LITERAL;
        n = child_for(r, n, &segment);
        s += 1 + len;
    }
    return n_params <= ROUTE_MAX_PARAMS ? n : NULL;
}

static const char *refuses_route(struct router *r, const struct route *route)
{
    if (route->method != GET && route->method != POST)
        return "a route has no method";
    if (route->needs <= PERM_UNSET || route->needs >= PERM_N_)
        return "a route has no permission";
    if (route->run == NULL || route->what == NULL)
        return "a route lacks its handler or its description";
    if (route->method == GET &&
        (route->max_body_bytes != NO_BODY || route->takes != NULL || route->reads != NULL))
        return "a GET route takes a body";
    if (route->takes != NULL && route->reads != NULL)
        return "a route has its body read in two ways";
    struct node *n = node_for(r, route->path);
    if (n == NULL)
        return "the path of a route is malformed";
    if (n->route[route->method] != NULL)
        return "a route exists twice";
    n->route[route->method] = route;
    return NULL;
}

enum rc router_new(const struct domain *const *domains, struct router **ret, const char **ret_why)
{
    struct router *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    arena_init(&r->arena, ROUTER_MAX_BYTES);
    for (; *domains != NULL; domains++) {
        for (int i = 0; i < (*domains)->n_routes; i++) {
            const struct route *route = &(*domains)->routes[i];
            const char *why = refuses_route(r, route);
            if (why == NULL)
                continue;
            log_error("domain %s, %s: %s", (*domains)->name,
                      route->path != NULL ? route->path : "-", why);
            *ret_why = why;
            router_free(r);
            return RC_INVALID;
        }
    }
    *ret = r;
    return RC_OK;
}

void router_free(struct router *r)
{
    if (r != NULL)
        arena_wipe(&r->arena);
    free(r);
}

/* --- finding ------------------------------------------------------------ */

struct search {
    struct arena *arena;
    int method;
    struct match *match;
    const struct route *other; /* same path, other method */
};

static bool fits(const struct node *n, const char *s, size_t len, struct search *q)
{
    if (n->kind == SEGMENT_LITERAL)
        return n->n_text == len && memcmp(n->text, s, len) == 0;
    const char *text = arena_strndup(q->arena, s, len);
    struct id id = {0};
    if (n->kind == SEGMENT_ID
            ? !id_parse(text, &id)
            : len < 1 || len > 40 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
        return false;
    q->match->param[q->match->n_params] = text;
    q->match->id[q->match->n_params++] = id;
    return true;
}

static bool descend(const struct node *n, const char *rest, struct search *q)
{
    if (rest[0] == '\0') {
        const struct route *other = n->route[q->method == GET ? POST : GET];
        q->match->route = q->method >= 0 ? n->route[q->method] : NULL;
        if (q->match->route == NULL && q->other == NULL)
            q->other = other != NULL ? other : n->route[GET];
        return q->match->route != NULL;
    }
    size_t len = strcspn(rest + 1, "/");
    for (const struct node *c = n->child; c != NULL; c = c->next) {
        int n_params = q->match->n_params;
        if (fits(c, rest + 1, len, q) && descend(c, rest + 1 + len, q))
            return true;
        q->match->n_params = n_params;
    }
    return false;
}

enum match_result router_find(const struct router *r, struct arena *a, int method, const char *path,
                              struct match *ret)
{
    *ret = (struct match){0};
    struct search q = {.arena = a, .method = method, .match = ret};
    if (path[0] != '/')
        return MATCH_NONE;
    if (descend(&r->root, path[1] == '\0' ? "" : path, &q))
        return MATCH_ROUTE;
    ret->route = q.other;
    return q.other != NULL ? MATCH_OTHER_METHOD : MATCH_NONE;
}
