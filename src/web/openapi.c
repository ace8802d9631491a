/* SPDX-License-Identifier: AGPL-3.0-or-later
 * openapi.c - documents made from the tables of routes: the OpenAPI description for programs and
 * docs/api.md for people. Source: OpenAPI Specification 3.1. */
#include "web/router.h"

#include <string.h>

/* "/clients/{id}/notes/{id}" with its parameters told apart: {id}, {id2}. */
static const char *numbered_path(char ret[static 2 * ROUTE_MAX_PATH], const char *path,
                                 int *ret_n_ids, int *ret_n_words)
{
    int n_ids = 0, n_words = 0;
    size_t at = 0;
    for (const char *s = path; *s != '\0'; s++) {
        ret[at++] = *s;
        bool is_id = strncmp(s, "{id}", 4) == 0, is_word = strncmp(s, "{word}", 6) == 0;
        if (!is_id && !is_word)
            continue;
        int n = is_id ? ++n_ids : ++n_words;
        const char *name = is_id ? "id" : "word";
        at += (size_t)snprintf(ret + at, 2 * ROUTE_MAX_PATH - at, n > 1 ? "%s%d}" : "%s}", name, n);
        s += strlen(name) + 1;
    }
    ret[at] = '\0';
    *ret_n_ids = n_ids;
    *ret_n_words = n_words;
    return ret;
}

static void string_member(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    json_str(j, value);
}

static void parameters(struct json *j, const char *name, int n, const char *pattern)
{
    for (int i = 1; i <= n; i++) {
        char numbered[16];
        snprintf(numbered, sizeof(numbered), i > 1 ? "%s%d" : "%s", name, i);
        json_open(j, '{');
        string_member(j, "name", numbered);
        string_member(j, "in", "path");
        json_key(j, "required");
        json_bool(j, true);
        json_key(j, "schema");
        json_open(j, '{');
        string_member(j, "type", "string");
        string_member(j, "pattern", pattern);
        json_close(j, '}');
        json_close(j, '}');
    }
}

static const char *json_type(enum form_kind kind)
{
    return kind == FORM_NUMBER ? "integer" : kind == FORM_BOOL ? "boolean" : "string";
}

/* "tasks" beside "tasks.": one member in JSON. */
static bool has_prefix_twin(const struct form_key *keys, const char *key)
{
    for (size_t n = strlen(key); keys->key != NULL; keys++)
        if (strncmp(keys->key, key, n) == 0 && strcmp(keys->key + n, ".") == 0)
            return true;
    return false;
}

/* What a handler reads by hand, and the frame's version. "note." stands for an object of texts. */
static void keys_schema(const struct form_key *keys, struct json *j)
{
    json_open(j, '{');
    string_member(j, "type", "object");
    json_key(j, "properties");
    json_open(j, '{');
    for (const struct form_key *k = keys; k != NULL && k->key != NULL; k++) {
        if (has_prefix_twin(keys, k->key))
            continue;
        char key[64];
        size_t n = strlen(k->key);
        bool is_prefix = k->key[n - 1] == '.';
        snprintf(key, sizeof(key), "%.*s", (int)(n - is_prefix), k->key);
        json_key(j, key);
        json_open(j, '{');
        if (k->kind != FORM_WORDS || is_prefix)
            string_member(j, "type", is_prefix ? "object" : json_type(k->kind));
        json_close(j, '}');
    }
    json_key(j, "version");
    json_open(j, '{');
    string_member(j, "type", "integer");
    json_close(j, '}');
    json_close(j, '}');
    json_key(j, "additionalProperties");
    json_bool(j, false);
    json_close(j, '}');
}

static void request_body(struct json *j, const struct route *r)
{
    json_key(j, "requestBody");
    json_open(j, '{');
    json_key(j, "content");
    json_open(j, '{');
    const char *const types[] = {"application/json", "application/x-www-form-urlencoded"};
    for (size_t i = 0; i < N_ELEMS(types); i++) {
        json_key(j, types[i]);
        json_open(j, '{');
        json_key(j, "schema");
        if (r->takes != NULL)
            record_schema(r->takes, j);
        else
            keys_schema(r->reads, j);
        json_close(j, '}');
    }
    json_close(j, '}');
    json_close(j, '}');
}

static void answer(struct json *j, const char *status, const char *description,
                   const struct shape *shape)
{
    json_key(j, status);
    json_open(j, '{');
    string_member(j, "description", description);
    if (shape != NULL) {
        json_key(j, "content");
        json_open(j, '{');
        json_key(j, "application/json");
        json_open(j, '{');
        json_key(j, "schema");
        shape_schema(shape, j);
        json_close(j, '}');
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void operation(struct json *j, const struct route *r, int n_ids, int n_words)
{
    json_key(j, r->method == GET ? "get" : "post");
    json_open(j, '{');
    string_member(j, "summary", r->what);
    string_member(j, "x-permission", perm_name(r->needs));
    json_key(j, "parameters");
    json_open(j, '[');
    parameters(j, "id", n_ids, "^[A-Za-z0-9_-]{22}$");
    parameters(j, "word", n_words, "^[a-z0-9_-]{1,40}$");
    json_close(j, ']');
    if (r->takes != NULL || r->reads != NULL)
        request_body(j, r);
    json_key(j, "responses");
    json_open(j, '{');
    bool writes = r->method == POST && (r->flags & ONLY_READS) == 0;
    answer(j, "200", writes ? "Done" : "What the page shows", r->answer);
    answer(j, "401", "Not signed in", NULL);
    answer(j, "403", "Not allowed", NULL);
    answer(j, "404", "No such thing, or not yours to see", NULL);
    if (writes)
        answer(j, "409", "Changed meanwhile", NULL);
    if (r->method == POST)
        answer(j, "422", "Breaks a rule; errors says which", NULL);
    json_close(j, '}');
    if (r->needs == PERM_PUBLIC) {
        json_key(j, "security");
        json_open(j, '[');
        json_close(j, ']');
    }
    json_close(j, '}');
}

static const struct route *route_at(const struct domain *const *domains, const char *path,
                                    enum method method)
{
    for (; *domains != NULL; domains++)
        for (int i = 0; i < (*domains)->n_routes; i++)
            if ((*domains)->routes[i].method == method &&
                strcmp((*domains)->routes[i].path, path) == 0)
                return &(*domains)->routes[i];
    return NULL;
}

/* A path with both methods is written once, at its GET. */
static void path_item(struct json *j, const struct domain *const *domains, const struct route *r)
{
    char path[2 * ROUTE_MAX_PATH];
    int n_ids, n_words;
    const struct route *get = route_at(domains, r->path, GET),
                       *post = route_at(domains, r->path, POST);
    if (r->method == POST && get != NULL)
        return;
    json_key(j, numbered_path(path, r->path, &n_ids, &n_words));
    json_open(j, '{');
    if (get != NULL)
        operation(j, get, n_ids, n_words);
    if (post != NULL)
        operation(j, post, n_ids, n_words);
    json_close(j, '}');
}

static void components(struct json *j)
{
    json_key(j, "components");
    json_open(j, '{');
    json_key(j, "securitySchemes");
    json_open(j, '{');
    json_key(j, "token");
    json_open(j, '{');
    string_member(j, "type", "http");
    string_member(j, "scheme", "bearer");
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, '}');
    json_key(j, "security");
    json_open(j, '[');
    json_open(j, '{');
    json_key(j, "token");
    json_open(j, '[');
    json_close(j, ']');
    json_close(j, '}');
    json_close(j, ']');
}

void web_openapi(struct buf *b, const struct domain *const *domains)
{
    struct json j = {.out = b};
    json_open(&j, '{');
    string_member(&j, "openapi", "3.1.0");
    json_key(&j, "info");
    json_open(&j, '{');
    string_member(&j, "title", "Entracte");
    string_member(&j, "version", "1");
    string_member(&j, "description",
                  "Every page is also JSON: send Accept: application/json. Writes answer with id, "
                  "version and location.");
    json_close(&j, '}');
    components(&j);
    json_key(&j, "paths");
    json_open(&j, '{');
    for (const struct domain *const *d = domains; *d != NULL; d++)
        for (int i = 0; i < (*d)->n_routes; i++)
            path_item(&j, domains, &(*d)->routes[i]);
    json_close(&j, '}');
    json_close(&j, '}');
}

void web_api_md(struct buf *b, const struct domain *const *domains)
{
    buf_puts(
        b,
        "# Addresses\n\nMade from the tables of routes; do not edit. Every page is also JSON with\n"
        "`Accept: application/json`; `/api/openapi.json` has the schemas.\n");
    for (; *domains != NULL; domains++) {
        const struct domain *d = *domains;
        if (d->n_routes == 0)
            continue;
        buf_printf(b,
                   "\n## %s\n\n| method | path | permission | what | record of disclosure "
                   "| second factor |\n|---|---|---|---|---|---|\n",
                   d->name);
        for (int i = 0; i < d->n_routes; i++) {
            const struct route *r = &d->routes[i];
            buf_printf(b, "| %s | `%s` | %s | %s | %s | %s |\n", r->method == GET ? "GET" : "POST",
                       r->path, perm_name(r->needs), r->what, or_empty(r->discloses),
                       r->flags & STEP_UP ? "anew" : "");
        }
    }
}
