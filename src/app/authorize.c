/* SPDX-License-Identifier: AGPL-3.0-or-later
 * authorize.c - the table of what may be done with a client's record, and the one decision. */
#include "app/authorize.h"

#include "app/app.h"

#include <string.h>

#define O ROLE_OWNER
#define C ROLE_CLINICIAN
#define R ROLE_RECEPTION
#define B ROLE_BILLING
#define S ROLE_SUPERVISOR
#define P ROLE_PRIVACY

#define TREATS REL_TREATING
#define TEAM (REL_TREATING | REL_TEAM)
#define FOR(purpose_) (1u << PURPOSE_##purpose_)

static const struct rule {
    unsigned anyone;      /* roles that reach every client of the practice */
    unsigned relations;   /* what a clinician must be to the client, otherwise */
    unsigned supervising; /* ... and a supervisor */
    unsigned purposes;
    unsigned includes; /* actions that a capability for this one covers too */
    bool of_author;
    bool of_blocked; /* also while the record is blocked */
    bool steps_up;   /* wants a second factor shown in the last minutes */
} rules[ACT_N_] = {
    [ACT_KNOW] = {.anyone = O | R | B | P,
                  .relations = TEAM | REL_EMERGENCY,
                  .supervising = REL_SUPERVISING,
                  .purposes = FOR(CARE) | FOR(OFFICE) | FOR(BILLING) | FOR(OVERSIGHT)},
    [ACT_CONTACT] = {.anyone = O | R | P,
                     .relations = TEAM | REL_EMERGENCY,
                     .purposes = FOR(CARE) | FOR(OFFICE) | FOR(OVERSIGHT),
                     .includes = 1u << ACT_KNOW},
    [ACT_CHANGE] = {.anyone = O | R,
                    .relations = TEAM,
                    .purposes = FOR(OFFICE) | FOR(CARE),
                    .includes = 1u << ACT_KNOW | 1u << ACT_CONTACT},
    [ACT_AGENDA] = {.anyone = O | R,
                    .relations = TEAM,
                    .purposes = FOR(OFFICE) | FOR(CARE),
                    .includes = 1u << ACT_KNOW},
    [ACT_READ_NOTES] = {.relations = TEAM | REL_EMERGENCY,
                        .supervising = REL_SUPERVISING,
                        .purposes = FOR(CARE),
                        .includes = 1u << ACT_KNOW},
    [ACT_WRITE_NOTES] = {.relations = TEAM,
                         .purposes = FOR(CARE),
                         .includes = 1u << ACT_KNOW | 1u << ACT_READ_NOTES},
    [ACT_PRIVATE] = {.relations = TEAM, .purposes = FOR(CARE), .of_author = true},
    [ACT_EXPORT] = {.relations = TEAM,
                    .purposes = FOR(CARE),
                    .steps_up = true,
                    .includes = 1u << ACT_KNOW | 1u << ACT_CONTACT | 1u << ACT_READ_NOTES},
    [ACT_EMERGENCY] = {.anyone = C, .purposes = FOR(CARE), .steps_up = true},
    [ACT_MONEY] = {.anyone = O | B,
                   .relations = TREATS,
                   .purposes = FOR(BILLING) | FOR(CARE),
                   .includes = 1u << ACT_KNOW},
    [ACT_SEE_TEAM] = {.anyone = O | P,
                      .relations = TEAM,
                      .purposes = FOR(CARE) | FOR(OVERSIGHT),
                      .includes = 1u << ACT_KNOW},
    [ACT_TEAM] = {.anyone = O,
                  .relations = TREATS,
                  .purposes = FOR(CARE) | FOR(OVERSIGHT),
                  .includes = 1u << ACT_KNOW | 1u << ACT_SEE_TEAM},
    [ACT_WALL] = {.anyone = O | P,
                  .purposes = FOR(OVERSIGHT),
                  .includes = 1u << ACT_KNOW,
                  .of_blocked = true},
    [ACT_BLOCK] = {.anyone = P,
                   .purposes = FOR(OVERSIGHT),
                   .includes = 1u << ACT_KNOW,
                   .of_blocked = true},
};

/* While a record is blocked, who watches over it may see that it is there. */
static bool reaches_blocked(const struct access *a, const struct rule *r)
{
    bool looks = a->action == ACT_KNOW || a->action == ACT_CONTACT || a->action == ACT_SEE_TEAM;
    return (a->roles & P) != 0 && (r->of_blocked || looks);
}

/* What of the relations counts, given the roles: who is no clinician any more treats nobody. */
static unsigned standing(const struct access *a)
{
    unsigned of = a->facts.relations & (REL_SUPERVISING | REL_UNMASKED);
    if ((a->roles & (C | S)) == 0)
        return 0;
    return (a->roles & C) != 0 ? a->facts.relations : of;
}

enum verdict access_decide(const struct access *a)
{
    if (a->action <= ACT_UNSET || a->action >= ACT_N_)
        return NO_ROLE;
    const struct rule *r = &rules[a->action];
    const unsigned is = standing(a);
    if (a->facts.practice == 0 || a->facts.practice != a->practice)
        return NO_TENANT;
    if (a->is_program)
        return GRANTED;
    if (a->facts.is_blocked && !reaches_blocked(a, r))
        return NO_OBJECT;
    if (a->facts.is_walled)
        return NO_WALL;
    if ((a->roles & r->anyone) == 0 && is == 0)
        return NO_TEAM;
    if ((a->roles & r->anyone) == 0 && (is & (r->relations | r->supervising)) == 0)
        return NO_ROLE;
    if (r->of_author && !a->is_author)
        return NO_SENSITIVITY;
    if ((r->purposes & 1u << a->purpose) == 0)
        return NO_PURPOSE;
    return r->steps_up && !a->is_fresh ? NO_FACTOR : GRANTED;
}

bool action_reaches_all(unsigned roles, enum action action)
{
    return (roles & rules[action].anyone) != 0;
}

bool actor_is_program(const struct cx *cx)
{
    return !id_is_set(cx->actor.user) && cx->actor.roles == ROLE_ALL;
}

/* --- capabilities ------------------------------------------------------------------------- */

struct cap {
    struct id client;
    int64_t practice;
    enum action action;
    bool is_masked;
};

/* Who only supervises does not see the name. */
bool access_is_masked(const struct access *a)
{
    bool knows = (a->roles & (O | R | B | P)) != 0 || a->is_program;
    return !knows && (standing(a) & (REL_TREATING | REL_TEAM | REL_EMERGENCY | REL_UNMASKED)) == 0;
}

/* What was read of a client in this snapshot is asked once. */
static enum rc facts_of(struct cx *cx, struct id client, struct access_facts *ret)
{
    struct access_facts f = {0};
    if (cx->facts != NULL && db_is_reading(cx->db) && id_eq(cx->facts_of, client)) {
        *ret = *cx->facts;
        return RC_OK;
    }
    if (cx->app->access_facts != NULL)
        TRY(cx->app->access_facts(cx, client, &f));
    *ret = f;
    cx->facts = NULL;
    if (!db_is_reading(cx->db))
        return RC_OK;
    cx->facts = arena_new(cx->arena, struct access_facts);
    *cx->facts = f;
    cx->facts_of = client;
    return RC_OK;
}

static enum rc decide(struct cx *cx, enum action action, struct id client, enum purpose purpose,
                      struct cap *ret, enum verdict *ret_verdict)
{
    struct access a = {.practice = cx->practice,
                       .roles = cx->actor.roles,
                       .is_program = actor_is_program(cx),
                       .action = action,
                       .purpose = purpose,
                       .is_author = true,
                       .is_fresh = cx->actor.is_fresh};
    TRY(facts_of(cx, client, &a.facts));
    *ret_verdict = cx->app->tests_grant_all ? GRANTED : access_decide(&a);
    *ret = (struct cap){client, cx->practice, action, access_is_masked(&a)};
    return RC_OK;
}

enum rc authorize(struct cx *cx, enum action action, struct id client, enum purpose purpose,
                  const struct cap **ret)
{
    struct cap *cap = arena_new(cx->arena, struct cap);
    enum verdict v;
    TRY(decide(cx, action, client, purpose, cap, &v));
    cx->needs_factor = v == NO_FACTOR;
    if (v == NO_FACTOR)
        return refuse(cx, RC_DENIED, NULL, N_("This needs your second factor once more."));
    if (v != GRANTED)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such client."));
    *ret = cap;
    return RC_OK;
}

enum rc authorized(struct cx *cx, enum action action, struct id client, enum purpose purpose,
                   bool *ret)
{
    struct cap cap;
    enum verdict v;
    TRY(decide(cx, action, client, purpose, &cap, &v));
    *ret = v == GRANTED || v == NO_FACTOR;
    return RC_OK;
}

struct id cap_client(const struct cap *cap)
{
    return cap->client;
}

bool cap_is_masked(const struct cap *cap)
{
    return cap->is_masked;
}

bool cap_covers(const struct cap *cap, enum action action)
{
    return cap->action == action || (rules[cap->action].includes & 1u << action) != 0;
}

enum rc cap_admits(struct cx *cx, const struct cap *cap, enum action action)
{
    if (cap->practice == cx->practice && cap_covers(cap, action))
        return RC_OK;
    cx->detail = arena_printf(cx->arena, "capability %d used for %d", cap->action, action);
    return RC_BROKEN;
}
