/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_access.c - what the database knows of an actor and clients; the decision is
 * app/authorize.h's, for one client and for lists alike.
 *
 * Growth: of one client, one query. Of a list, one query for what is special (places in care teams,
 * emergencies, walls, blocked records: few), and a search in it for each row. */
#include "app/app.h"
#include "clients_private.h"
#include "clients_sql.h"

#include <stdlib.h>
#include <string.h>

const struct choice emergency_reason_choices[REASON_N_] = {
    [REASON_RISK] = {"risk", N_("Danger to the client or to others")},
    [REASON_ABSENCE] = {"absence", N_("The clinician cannot be reached")},
    [REASON_LEGAL] = {"legal", N_("The law or a court asks for it")},
    [REASON_OTHER] = {"other", N_("Another reason")},
};

static unsigned relation_of(enum team_role role, bool is_unmasked)
{
    if (role != TEAM_SUPERVISOR)
        return REL_TEAM;
    return is_unmasked ? REL_SUPERVISING | REL_UNMASKED : REL_SUPERVISING;
}

static enum rc facts_of(struct cx *cx, struct id client, struct id actor, struct access_facts *ret)
{
    struct access_facts f = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_ID(actor), DB_I(cx->now_ms), DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_FACTS, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        f.practice = cx->practice;
        f.is_blocked = db_i64(rows, 1) != 0;
        f.is_walled = db_i64(rows, 2) != 0;
        if (id_is_set(actor) && id_eq(db_id(rows, 0), actor))
            f.relations |= REL_TREATING;
        if (db_i64(rows, 3) != 0)
            f.relations |= REL_EMERGENCY;
        if (!db_is_null(rows, 4))
            f.relations |= relation_of((enum team_role)db_i64(rows, 4), db_i64(rows, 5) != 0);
    }
    TRY(db_end(rows));
    *ret = f;
    return RC_OK;
}

enum rc client_access_facts(struct cx *cx, struct id client, struct access_facts *ret)
{
    return facts_of(cx, client, cx->actor.user, ret);
}

enum rc client_is_walled_from(struct cx *cx, struct id client, struct id person, bool *ret)
{
    struct access_facts f;
    TRY(facts_of(cx, client, person, &f));
    *ret = f.is_walled;
    return RC_OK;
}

enum rc client_emergency(struct cx *cx, struct id client, int64_t *ret_until_ms,
                         enum emergency_reason *ret_reason)
{
    struct access_facts f;
    *ret_until_ms = 0;
    TRY(client_access_facts(cx, client, &f));
    if ((f.relations & REL_EMERGENCY) == 0 || (f.relations & (REL_TREATING | REL_TEAM)) != 0)
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_ID(cx->actor.user),
                         DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_EMERGENCY, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        *ret_until_ms = db_i64(rows, 0);
        *ret_reason = (enum emergency_reason)db_i64(rows, 1);
    }
    return db_end(rows);
}

/* --- lists ------------------------------------------------------------------------------- */

struct special {
    struct id client;
    struct access_facts facts;
    bool is_erased;
};
struct client_sight {
    struct access access; /* without the facts of a client */
    struct id actor;
    struct special *special; /* by id, each client once */
    int n, n_masked;
};

static int by_client(const void *a, const void *b)
{
    return strcmp(((const struct special *)a)->client.s, ((const struct special *)b)->client.s);
}

/* One entry for each client, with all that was found of it. */
static void merge(struct client_sight *s)
{
    int n = 0;
    if (s->n > 1)
        qsort(s->special, (size_t)s->n, sizeof(*s->special), by_client);
    for (int i = 0; i < s->n; i++) {
        if (n == 0 || !id_eq(s->special[n - 1].client, s->special[i].client)) {
            s->special[n++] = s->special[i];
            continue;
        }
        struct access_facts *f = &s->special[n - 1].facts, *more = &s->special[i].facts;
        f->is_blocked |= more->is_blocked;
        f->is_walled |= more->is_walled;
        f->relations |= more->relations;
        s->special[n - 1].is_erased |= s->special[i].is_erased;
    }
    s->n = n;
}

static enum rc load(struct cx *cx, void *value)
{
    enum { IN_TEAM, IN_EMERGENCY, BLOCKED, WALLED, ERASED };
    struct client_sight *s = value;
    int cap = 0;
    s->access = (struct access){.practice = cx->practice,
                                .roles = cx->actor.roles,
                                .is_program = actor_is_program(cx),
                                .action = ACT_KNOW,
                                .purpose = PURPOSE_OFFICE,
                                .is_author = true};
    s->actor = cx->actor.user;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(s->actor), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_SIGHT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct special x = {.client = db_id(rows, 0), .facts = {.practice = cx->practice}};
        int64_t kind = db_i64(rows, 1);
        x.facts.is_blocked = kind == BLOCKED;
        x.facts.is_walled = kind == WALLED;
        x.is_erased = kind == ERASED;
        if (kind == IN_EMERGENCY)
            x.facts.relations = REL_EMERGENCY;
        if (kind == IN_TEAM)
            x.facts.relations = relation_of((enum team_role)db_i64(rows, 2), db_i64(rows, 3) != 0);
        s->n_masked += (x.facts.relations & REL_SUPERVISING) != 0;
        arena_grow(cx->arena, s->special, s->n, cap);
        s->special[s->n++] = x;
    }
    TRY(db_end(rows));
    merge(s);
    return RC_OK;
}

enum rc client_sight(struct cx *cx, const struct client_sight **ret)
{
    void *value;
    TRY(cx_once(cx, load, sizeof(struct client_sight), &value));
    *ret = value;
    return RC_OK;
}

static const struct special *special_of(const struct client_sight *s, struct id client)
{
    struct special want = {.client = client};
    return s->n > 0 ? bsearch(&want, s->special, (size_t)s->n, sizeof(want), by_client) : NULL;
}

bool client_is_erased(const struct client_sight *s, struct id client)
{
    const struct special *found = special_of(s, client);
    return found != NULL && found->is_erased;
}

static struct access asking(const struct client_sight *s, struct id client, struct id clinician)
{
    struct access a = s->access;
    const struct special *found = special_of(s, client);
    a.facts = found != NULL ? found->facts : (struct access_facts){.practice = a.practice};
    if (found != NULL && found->is_erased)
        a.facts.practice = 0; /* to everybody as if there were none */
    if (id_is_set(s->actor) && id_eq(clinician, s->actor))
        a.facts.relations |= REL_TREATING;
    return a;
}

enum client_seen client_seen(const struct client_sight *s, struct id client, struct id clinician)
{
    struct access a = asking(s, client, clinician);
    enum verdict v = access_decide(&a);
    if (v == NO_WALL || v == NO_OBJECT)
        return CLIENT_HIDDEN;
    if (v != GRANTED)
        return CLIENT_UNKNOWN;
    return access_is_masked(&a) ? CLIENT_MASKED : CLIENT_SEEN;
}

bool client_sight_is_masked(const struct client_sight *s)
{
    return s->n_masked > 0;
}

bool client_sight_is_own(const struct client_sight *s)
{
    return !s->access.is_program && !action_reaches_all(s->access.roles, ACT_KNOW);
}

/* --- without the name ---------------------------------------------------------------------- */

/* "Client 7F3A (M. S.)": the same each time, and nothing else of who it is. */
void client_mask(struct cx *cx, struct client *c)
{
    unsigned char hash[32];
    struct client masked;
    const char *initials = locale_initials(
        cx->arena, is_filled(c->name_used) ? c->name_used : c->given_name, c->family_name);
    seal_hash((struct bytes){(const unsigned char *)c->id.s, strlen(c->id.s)}, hash);
    record_init(&client_type, &masked);
    masked.id = c->id;
    masked.version = c->version;
    masked.status = c->status;
    masked.clinician = c->clinician;
    masked.created_ms = c->created_ms;
    masked.given_name =
        trf(cx, cx->says_patient ? N_("Patient %02X%02X (%s)") : N_("Client %02X%02X (%s)"),
            hash[0], hash[1], initials);
    *c = masked;
}
