/* SPDX-License-Identifier: AGPL-3.0-or-later
 * unusual.c - what in the log is worth a question: relatives, colleagues, nights, many at once.
 *
 * A list of questions, not of accusations: two people may share a name by chance. */
#include "domains/clients/clients.h"
#include "domains/trust/trust.h"

#include <stdlib.h>
#include <string.h>

enum {
    HOUR_MS = 3600000,
    NIGHT_FROM_MIN = 23 * 60,
    NIGHT_TO_MIN = 6 * 60,
    WINDOW_MAX = 4096,
    PAIRS = 1 << 16
};

const struct choice unusual_reasons[UNUSUAL_N_] = {
    [UNUSUAL_FAMILY] = {"family", N_("bears the same family name")},
    [UNUSUAL_CONTACT] = {"contact", N_("has the same e-mail address")},
    [UNUSUAL_COLLEAGUE] = {"colleague", N_("the client works in the practice")},
    [UNUSUAL_NIGHT] = {"night", N_("at night, between 23 and 6 o’clock")},
    [UNUSUAL_BULK] = {"bulk", N_("many clients within an hour")},
    [UNUSUAL_MISS] = {"miss", N_("asked for emergency access and found nobody")},
};

struct opening_seen {
    struct id client;
    int64_t at_ms;
};
/* Whom somebody opened, and how often: ties are looked at once for each. */
struct pair {
    int person; /* index into staff, from 1; 0: an empty slot */
    struct id client;
    int n;
    int64_t first_ms, last_ms;
};
struct watch {                   /* one member of staff */
    struct opening_seen *window; /* of the hour after, newest first; a ring */
    int n_window;
};
struct search {
    struct cx *cx;
    struct person *staff;
    struct watch *watch;
    int n_staff;
    struct pair *pairs; /* open addressing */
    int n_pairs;
    struct client_identity *clients; /* by id */
    int n_clients;
    struct unusual *list;
    int n;
};

static int by_id(const void *a, const void *b)
{
    const struct client_identity *x = a, *y = b;
    return strcmp(x->id.s, y->id.s);
}

static void add(struct search *s, const struct unusual *u)
{
    if (s->n < UNUSUAL_MAX)
        s->list[s->n++] = *u;
}

/* One line per person, client and reason; many at once: one per begun hour. */
static void note(struct search *s, enum unusual_reason reason, const struct log_entry *e,
                 struct id client, int n)
{
    for (int i = 0; i < s->n; i++) {
        struct unusual *u = &s->list[i];
        bool is_near = reason != UNUSUAL_BULK || u->first_ms - e->at_ms < HOUR_MS;
        if (u->reason != reason || !id_eq(u->person, e->person) || !id_eq(u->client, client) ||
            !is_near)
            continue;
        u->first_ms = e->at_ms;
        u->n = reason == UNUSUAL_BULK ? (n > u->n ? n : u->n) : u->n + 1;
        return;
    }
    add(s, &(struct unusual){reason, e->person, client, e->at_ms, e->at_ms, n});
}

static void count_pair(struct search *s, int person, const struct log_entry *e)
{
    uint32_t h = (uint32_t)person * 2654435761u;
    for (const char *c = e->client.s; *c != '\0'; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    struct pair *p = &s->pairs[h % PAIRS];
    while (p->person != 0 && (p->person != person || !id_eq(p->client, e->client)))
        p = p == &s->pairs[PAIRS - 1] ? s->pairs : p + 1;
    if (p->person == 0) {
        if (s->n_pairs == PAIRS / 2)
            return; /* more than anybody opens in a month */
        s->n_pairs++;
        *p = (struct pair){.person = person, .client = e->client, .last_ms = e->at_ms};
    }
    p->n++;
    p->first_ms = e->at_ms;
}

static const struct client_identity *identity_of(const struct search *s, struct id client)
{
    const struct client_identity key = {.id = client};
    return bsearch(&key, s->clients, (size_t)s->n_clients, sizeof(*s->clients), by_id);
}

static bool is_same(struct arena *a, const char *x, const char *y)
{
    return is_filled(x) && is_filled(y) && strcmp(text_fold(a, x), text_fold(a, y)) == 0;
}

/* In Spain relatives share one of two family names. */
static bool share_a_word(struct arena *a, const char *x, const char *y)
{
    if (!is_filled(x) || !is_filled(y))
        return false;
    const char *of = text_fold(a, x);
    const char *in = arena_printf(a, " %s ", text_fold(a, y));
    for (const char *s = of; *s != '\0'; s += strspn(s, " ")) {
        size_t n = strcspn(s, " ");
        if (n > 2 && strstr(in, arena_printf(a, " %.*s ", (int)n, s)) != NULL)
            return true;
        s += n;
    }
    return false;
}

/* What somebody is to the client beside their work. */
static void look_at_ties(struct search *s, const struct pair *k)
{
    struct arena *a = s->cx->arena;
    const struct client_identity *c = identity_of(s, k->client);
    const struct person *p = &s->staff[k->person - 1];
    struct unusual u = {UNUSUAL_N_, p->id, k->client, k->first_ms, k->last_ms, k->n};
    if (c == NULL)
        return;
    if (is_same(a, p->email, c->email))
        u.reason = UNUSUAL_CONTACT;
    else if (share_a_word(a, p->family_name, c->family_name))
        u.reason = UNUSUAL_FAMILY;
    if (u.reason != UNUSUAL_N_)
        add(s, &u);
    u.reason = UNUSUAL_COLLEAGUE;
    for (int i = 0; i < s->n_staff; i++) {
        const struct person *o = &s->staff[i];
        bool is_client =
            is_same(a, o->email, c->email) || (is_same(a, o->given_name, c->given_name) &&
                                               is_same(a, o->family_name, c->family_name));
        if (is_client && o != p)
            add(s, &u);
    }
}

static void look_at_time(struct search *s, const struct log_entry *e)
{
    struct local t = zone_local(s->cx->zone, e->at_ms);
    struct id several = {{0}};
    if (t.minute >= NIGHT_FROM_MIN || t.minute < NIGHT_TO_MIN)
        note(s, UNUSUAL_NIGHT, e, id_is_set(e->client) ? e->client : several, 1);
}

/* Distinct clients in the hour that begins with this entry; entries come newest first. */
static void look_at_many(struct search *s, struct watch *w, const struct log_entry *e)
{
    struct id several = {{0}};
    int n = 0;
    for (int i = 0; i < w->n_window; i++) {
        bool is_within = w->window[i].at_ms - e->at_ms < HOUR_MS;
        if (is_within && !id_eq(w->window[i].client, e->client))
            w->window[n++] = w->window[i];
    }
    if (n < WINDOW_MAX)
        w->window[n++] = (struct opening_seen){e->client, e->at_ms};
    w->n_window = n;
    if (n > UNUSUAL_BULK_CLIENTS)
        note(s, UNUSUAL_BULK, e, several, n);
}

static bool is_miss(const struct log_entry *e)
{
    return e->is_change && strcmp(e->what, "emergency") == 0 && strcmp(e->action, "miss") == 0;
}

static bool look(void *arg, const struct log_entry *e)
{
    struct search *s = arg;
    if (is_miss(e))
        note(s, UNUSUAL_MISS, e, (struct id){{0}}, 1);
    if (e->is_change || e->outcome >= 400 || !id_is_set(e->person))
        return true;
    for (int i = 0; i < s->n_staff; i++) {
        if (!id_eq(s->staff[i].id, e->person))
            continue;
        look_at_time(s, e);
        if (id_is_set(e->client)) {
            count_pair(s, i + 1, e);
            look_at_many(s, &s->watch[i], e);
        }
    }
    return s->n < UNUSUAL_MAX;
}

static int newest_first(const void *a, const void *b)
{
    const struct unusual *x = a, *y = b;
    return x->last_ms < y->last_ms ? 1 : -(x->last_ms > y->last_ms);
}

enum rc unusual_list(struct cx *cx, struct unusual **ret, int *ret_n)
{
    struct search s = {.cx = cx, .list = arena_array(cx->arena, struct unusual, UNUSUAL_MAX)};
    const struct log_query q = {.from_ms = cx->now_ms - UNUSUAL_DAYS * MS_PER_DAY};
    bool was_cut = false;
    TRY(person_list(cx, false, &s.staff, &s.n_staff));
    TRY(client_identities(cx, &s.clients, &s.n_clients));
    qsort(s.clients, (size_t)s.n_clients, sizeof(*s.clients), by_id);
    s.watch = arena_array(cx->arena, struct watch, s.n_staff + 1);
    for (int i = 0; i < s.n_staff; i++)
        s.watch[i].window = arena_array(cx->arena, struct opening_seen, WINDOW_MAX);
    s.pairs = arena_array(cx->arena, struct pair, PAIRS);
    TRY(log_read(cx, &q, look, &s, &was_cut));
    for (int i = 0; i < PAIRS; i++)
        if (s.pairs[i].person != 0)
            look_at_ties(&s, &s.pairs[i]);
    qsort(s.list, (size_t)s.n, sizeof(*s.list), newest_first);
    *ret = s.list;
    *ret_n = s.n;
    return RC_OK;
}
