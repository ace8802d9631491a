/* SPDX-License-Identifier: AGPL-3.0-or-later
 * authorize.h - may this actor do this with this client? One table, one function.
 *
 * Storage accessors of a client's rows ask for what only authorize() makes: a capability, which
 * names the client and what may be done. So a page that forgets to ask does not compile, and one
 * that asks for less than it shows is refused. What the actor may not know of looks as if it were
 * not there. docs/adr/0008-authorize.md */
#pragma once
#include "app/cx.h"

/* What is done with a client's record. */
enum action {
    ACT_UNSET,
    ACT_KNOW,        /* that there is such a client: the name, in lists */
    ACT_CONTACT,     /* identity and contact, read */
    ACT_CHANGE,      /* identity, contact, status, photo, written */
    ACT_AGENDA,      /* when the client comes: read and write */
    ACT_READ_NOTES,  /* what was said, homework, what was agreed */
    ACT_WRITE_NOTES, /* the same, written */
    ACT_PRIVATE,     /* the own notes to self: the author's alone */
    ACT_EXPORT,      /* clinical content on paper or as a file */
    ACT_EMERGENCY,   /* opening somebody else's client's record for an hour */
    ACT_MONEY,       /* charges, invoices, payments: read and write */
    ACT_SEE_TEAM,    /* who may read, and who opened it in an emergency */
    ACT_TEAM,        /* who may read: changed; handing over */
    ACT_WALL,        /* who may never find the client */
    ACT_BLOCK,       /* restriction of processing, and lifting it */
    ACT_N_
};

/* What for. An action has the purposes it can serve; any other is refused. */
enum purpose {
    PURPOSE_UNSET,
    PURPOSE_CARE,      /* treating, and supervising who treats */
    PURPOSE_OFFICE,    /* arranging: agenda, contact, forms */
    PURPOSE_BILLING,   /* charging and paying */
    PURPOSE_OVERSIGHT, /* who may and did read: owner, privacy officer */
    PURPOSE_N_
};

/* What somebody is to a client; several may hold. */
enum relation {
    REL_TREATING = 1 << 0,
    REL_TEAM = 1 << 1,        /* co-therapist, substitute */
    REL_SUPERVISING = 1 << 2, /* for a time, without the name */
    REL_UNMASKED = 1 << 3,    /* ... with the name, by the treating clinician's leave */
    REL_EMERGENCY = 1 << 4,   /* for an hour, to read */
};

/* What the database knows of an actor and a client. */
struct access_facts {
    int64_t practice; /* 0: there is no such client in the actor's */
    bool is_blocked;  /* Art. 18: kept, and not to be used */
    bool is_walled;   /* the actor must not find this client */
    unsigned relations;
};

/* Everything that the decision depends on; nothing else may. */
struct access {
    int64_t practice;
    unsigned roles;
    bool is_program; /* jobs and tools of the program itself */
    enum action action;
    enum purpose purpose;
    bool is_author; /* of what is the author's alone; true where nothing is */
    bool is_fresh;  /* the actor showed a second factor in the last minutes */
    struct access_facts facts;
};
/* The first rule that says no, in the order in which they are asked. */
enum verdict {
    GRANTED,
    NO_TENANT,
    NO_OBJECT,      /* blocked */
    NO_WALL,        /* behind a wall */
    NO_TEAM,        /* nothing to this client, where only the care team is anything */
    NO_ROLE,        /* something to this client, but not this */
    NO_SENSITIVITY, /* another author's */
    NO_PURPOSE,
    NO_FACTOR, /* nothing else stands against it: shown again, the answer is yes */
};
enum verdict access_decide(const struct access *a);

/* May be handed on within the operation; lives in its arena. */
struct cap;

/* The actor's capability for one client; one query per client and snapshot.
 * Errors: RC_NOT_FOUND, the same whether there is no such client or the actor may not; RC_DENIED
 * and cx->needs_factor where the actor may, with a second factor shown anew. */
enum rc authorize(struct cx *cx, enum action action, struct id client, enum purpose purpose,
                  const struct cap **ret) MUST_USE;
/* As authorize(), to decide what is offered: no error is recorded, and no fresh factor is needed.
 */
enum rc authorized(struct cx *cx, enum action action, struct id client, enum purpose purpose,
                   bool *ret) MUST_USE;

struct id cap_client(const struct cap *cap);
/* For accessors: was it made for this, or for what includes it? Else RC_BROKEN: a bug of ours. */
enum rc cap_admits(struct cx *cx, const struct cap *cap, enum action action) MUST_USE;
bool cap_covers(const struct cap *cap, enum action action);
bool cap_is_masked(const struct cap *cap); /* the name is not the actor's to see */
bool access_is_masked(const struct access *a);

/* The program itself, not somebody. */
bool actor_is_program(const struct cx *cx);
/* Do the roles reach every client of the practice (but those walled or blocked) for this? */
bool action_reaches_all(unsigned roles, enum action action);
