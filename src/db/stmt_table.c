/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stmt_table.c - open addressing with linear probing, at most half full. */
#include "db/stmt_table.h"

#include <stdlib.h>

enum { FIRST_CAP = 64 }; /* a power of two, as every capacity */

static struct stmt_slot *probe(const struct stmt_table *t, const char *text)
{
    /* Fibonacci hashing: neighbouring constants must not share a slot */
    uint64_t h = (uint64_t)(uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    for (;; h++) {
        struct stmt_slot *s = &t->slots[h & (uint64_t)(t->cap - 1)];
        if (s->text == text || s->text == NULL)
            return s;
    }
}

static void grow(struct stmt_table *t)
{
    struct stmt_table bigger = {.n = t->n, .cap = t->cap > 0 ? 2 * t->cap : FIRST_CAP};
    bigger.slots = calloc((size_t)bigger.cap, sizeof(*bigger.slots));
    if (bigger.slots == NULL)
        abort();
    for (int i = 0; i < t->cap; i++) {
        if (t->slots[i].text != NULL)
            *probe(&bigger, t->slots[i].text) = t->slots[i];
    }
    free(t->slots);
    *t = bigger;
}

struct stmt_slot *stmt_table_at(struct stmt_table *t, const char *text)
{
    if (2 * t->n >= t->cap)
        grow(t);
    struct stmt_slot *s = probe(t, text);
    if (s->text == NULL) {
        s->text = text;
        t->n++;
    }
    return s;
}

void stmt_table_done(struct stmt_table *t)
{
    free(t->slots);
    *t = (struct stmt_table){0};
}
