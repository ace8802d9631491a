/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_names.c - the names of clients that a page of another domain speaks of. */
#include "clients_private.h"

#include <stdlib.h>
#include <string.h>

const char *client_display_name(struct cx *cx, const struct client *c)
{
    bool own = is_filled(c->name_used);
    return locale_person(cx->arena, cx->locale, own ? c->name_used : c->given_name, c->family_name,
                         false);
}

static const char *short_name(struct cx *cx, const struct client *c)
{
    bool own = is_filled(c->name_used);
    const char *initial = locale_initials(cx->arena, NULL, c->family_name);
    return arena_printf(cx->arena, initial[0] != '\0' ? "%s %s." : "%s%s",
                        own ? c->name_used : c->given_name, initial);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct id *)a)->s, ((const struct id *)b)->s);
}

/* Each id once, in order; unset ones not. */
static int distinct(const struct id *ids, int n, struct id *ret)
{
    int n_set = 0, n_distinct = 0;
    for (int i = 0; i < n; i++)
        if (id_is_set(ids[i]))
            ret[n_set++] = ids[i];
    if (n_set > 1)
        qsort(ret, (size_t)n_set, sizeof(*ret), compare_ids);
    for (int i = 0; i < n_set; i++)
        if (n_distinct == 0 || !id_eq(ret[n_distinct - 1], ret[i]))
            ret[n_distinct++] = ret[i];
    return n_distinct;
}

static enum rc name_of(struct cx *cx, const struct client_row *row, const struct seal_item *item,
                       struct client_name *ret)
{
    struct client c;
    record_init(&client_type, &c);
    c.id = row->id;
    TRY(record_unpack(cx, &client_type, SEAL_IDENTITY, item->out, &c));
    if (item->rc != RC_OK)
        c.given_name = trc(cx, CLIENT_UNREADABLE);
    else if (row->is_masked)
        client_mask(cx, &c);
    ret->name = client_display_name(cx, &c);
    ret->short_name = short_name(cx, &c);
    ret->is_visible = true;
    return RC_OK;
}

struct client_naming {
    const struct id *ids;
    struct id *once; /* each of them, in order */
    int n, n_once;
    struct client_found found;
};

static ptrdiff_t place_of(const struct client_naming *c, const struct id *id)
{
    const struct id *at = bsearch(id, c->once, (size_t)c->n_once, sizeof(*c->once), compare_ids);
    return at - c->once;
}

/* One query for all, one batch of openings, n log n to bring them back into the order asked for. */
enum rc client_names_find(struct cx *cx, const struct id *ids, int n, struct client_naming **ret,
                          const bool **ret_visible)
{
    struct client_naming *c = arena_new(cx->arena, struct client_naming);
    c->ids = ids;
    c->n = n;
    c->once = arena_array(cx->arena, struct id, n + 1);
    c->n_once = distinct(ids, n, c->once);
    TRY(client_found_of(cx, c->once, c->n_once, &c->found));
    seal_expect(cx->keys, c->found.item, c->found.n);
    bool *seen = arena_array(cx->arena, bool, c->n_once + 1);
    bool *visible = arena_array(cx->arena, bool, n + 1);
    for (int i = 0; i < c->found.n; i++)
        seen[place_of(c, &c->found.row[i].id)] = true;
    for (int i = 0; i < n; i++)
        visible[i] = id_is_set(ids[i]) && seen[place_of(c, &ids[i])];
    *ret_visible = visible;
    *ret = c;
    return RC_OK;
}

enum rc client_names_open(struct cx *cx, struct client_naming *c, struct client_name **ret)
{
    struct client_name *names = arena_array(cx->arena, struct client_name, c->n + 1);
    struct client_name *known = arena_array(cx->arena, struct client_name, c->n_once + 1);
    const struct client_sight *sight;
    TRY(client_sight(cx, &sight));
    TRY(record_open_many(cx, c->found.item, c->found.n));
    for (int i = 0; i < c->found.n; i++)
        TRY(name_of(cx, &c->found.row[i], &c->found.item[i],
                    &known[place_of(c, &c->found.row[i].id)]));
    for (int i = 0; i < c->n; i++) {
        const struct id *id = &c->ids[i];
        names[i] = (struct client_name){.name = "", .short_name = ""};
        if (id_is_set(*id) && known[place_of(c, id)].is_visible)
            names[i] = known[place_of(c, id)];
        names[i].is_erased = id_is_set(*id) && client_is_erased(sight, *id);
        if (names[i].is_erased)
            names[i].name = names[i].short_name = trc(cx, CLIENT_ERASED_NAME);
        names[i].id = *id;
    }
    *ret = names;
    return RC_OK;
}

enum rc client_names(struct cx *cx, const struct id *ids, int n, struct client_name **ret)
{
    struct client_naming *c;
    const bool *visible;
    TRY(client_names_find(cx, ids, n, &c, &visible));
    return client_names_open(cx, c, ret);
}
