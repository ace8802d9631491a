/* SPDX-License-Identifier: AGPL-3.0-or-later
 * known.c - whom one has already, found by name: a hash table of folded names. */
#include "imports_private.h"

#include <string.h>

static unsigned hash(const char *s)
{
    unsigned h = 2166136261u; /* FNV-1a */
    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

const char *person_key(struct cx *cx, const char *given, const char *family)
{
    const char *name = arena_printf(cx->arena, "%s %s", or_empty(given), or_empty(family));
    return text_fold(cx->arena, name);
}

void known_add(struct cx *cx, struct known *k, const char *name, struct known_person p)
{
    int *bucket = &k->bucket[hash(name) % (unsigned)k->n_buckets];
    arena_grow(cx->arena, k->list, k->n, k->cap);
    p.name = name;
    p.next = *bucket;
    *bucket = k->n;
    k->list[k->n++] = p;
}

static int same_name(const struct known *k, int at, const char *folded)
{
    while (at >= 0 && strcmp(k->list[at].name, folded) != 0)
        at = k->list[at].next;
    return at;
}

int known_first(const struct known *k, const char *folded)
{
    return same_name(k, k->bucket[hash(folded) % (unsigned)k->n_buckets], folded);
}

int known_next(const struct known *k, int at)
{
    return same_name(k, k->list[at].next, k->list[at].name);
}

enum rc known_load(struct cx *cx, int n_more, struct known *ret)
{
    struct client_identity *all;
    int n;
    TRY(client_identities(cx, &all, &n));
    struct known k = {.n_buckets = 2 * (n + n_more) + 1};
    k.bucket = arena_array(cx->arena, int, k.n_buckets);
    for (int i = 0; i < k.n_buckets; i++)
        k.bucket[i] = -1;
    for (int i = 0; i < n; i++) {
        const struct client_identity *c = &all[i];
        struct known_person p = {.birth_date = c->birth_date, .id = c->id};
        p.email = c->email != NULL ? text_fold(cx->arena, c->email) : "";
        known_add(cx, &k, person_key(cx, c->given_name, c->family_name), p);
        if (is_filled(c->name_used))
            known_add(cx, &k, person_key(cx, c->name_used, c->family_name), p);
    }
    *ret = k;
    return RC_OK;
}
