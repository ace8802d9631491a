/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cx.h - what one operation works with. Passed first to every domain call; there are
 * no global variables. A domain never sees the HTTP request. */
#pragma once
#include "app/perm.h"
#include "base/base.h"
#include "base/days.h"
#include "base/id.h"
#include "db/db.h"
#include "seal/seal.h"
#include "text/catalogue.h"
#include "text/locale.h"
#include "text/zone.h"

struct app; /* process-wide: keyring, audit file, subscribers; see app.h */

/* How far a session has come. Stored: append only. */
enum session_state {
    SESSION_OPEN,
    SESSION_NEEDS_FACTOR,    /* the password was right, the second factor is to come */
    SESSION_NEEDS_ENROLMENT, /* the password was right, there is no second factor yet */
};

/* Who acts. For jobs and imports of the program itself: no user, all roles, name "entracte". */
struct actor {
    struct id user; /* unset: nobody is signed in, or the program itself */
    unsigned roles;
    const char *name; /* display name, opened */
    uint64_t only;    /* bits of permissions: a token's, at most these of its roles'; 0: all */
    bool is_fresh;    /* showed a second factor in the last minutes */
    unsigned char session[16]; /* short reference of the session, for the audit trail; zero: none */
};

struct err {
    const char *field; /* key of the field at fault, or NULL */
    /* sentence for the user, in the actor's language: no data of others, no internals */
    const char *user;
};

struct cx {
    struct app *app;
    struct arena *arena;
    struct db *db;
    struct keys *keys;           /* as this session sees them */
    int64_t practice;            /* 0: none yet (set-up) */
    const struct zone *zone;     /* the practice's */
    const char *currency;        /* ISO 4217 */
    bool says_patient;           /* the practice's word for "client" */
    const struct locale *locale; /* the actor's */
    const struct catalogue *cat;
    struct actor actor;
    int64_t now_ms; /* UTC; one value for the whole operation */
    struct err errs[32];
    int n_errs;
    bool is_replay; /* what was decided elsewhere is done again in a copy, whatever speaks against
                       it */
    bool needs_factor;  /* refused for want of a second factor shown anew, and of nothing else */
    const char *detail; /* for the log: ids and codes, no personal data */
    struct cx_known {
        enum rc (*load)(struct cx *cx, void *value);
        void *value;
    } known[8];
    struct access_facts *facts; /* of this client (authorize.h), in this snapshot */
    struct id facts_of;
    /* Set by who acts within a transaction, and done by the page after its commit; what comes of
     * it does not change the page's answer. */
    enum rc (*follow_up)(struct cx *cx);
};

/* Whose rows are worked with from now on; 0: nobody's. */
void cx_practice(struct cx *cx, int64_t practice);

/* What a page reads more than once: load() fills `size` zeroed bytes, and in a snapshot
 * (db_begin_read), which cx must not outlive, it does so once. *ret belongs to the arena. */
enum rc cx_once(struct cx *cx, enum rc (*load)(struct cx *cx, void *value), size_t size,
                void **ret) MUST_USE;

int32_t cx_today(const struct cx *cx); /* in the practice's zone */
/* An instant as the actor reads it, in the practice's zone. */
const char *cx_time(struct cx *cx, int64_t ms);                          /* 10:00 */
const char *cx_date(struct cx *cx, int64_t ms, enum date_style style);   /* Mon 23 Nov */
const char *cx_moment(struct cx *cx, int64_t ms, enum date_style style); /* Mon 23 Nov, 10:00 */
const char *cx_span(struct cx *cx, int64_t start_ms, int64_t end_ms);    /* 10:00 - 10:50 */
static inline bool cx_may(const struct cx *cx, enum perm p)
{
    bool is_meant = cx->actor.only == 0 || p == PERM_PUBLIC || (cx->actor.only >> p & 1) != 0;
    return is_meant && perm_has(cx->actor.roles, p);
}

/* Records what went wrong and returns rc, so that one can write
 *     return refuse(cx, RC_INVALID, "birth_date", N_("The date lies in the future."));
 * refusef() formats, in the actor's language; its values may be shown to the actor. */
enum rc refuse(struct cx *cx, enum rc rc, const char *field, const char *user_msgid);
enum rc refusef(struct cx *cx, enum rc rc, const char *field, const char *user_msgid, ...)
    PRINTF(4, 5);
/* first sentence for the field, or NULL */
const char *cx_err(const struct cx *cx, const char *field);

/* Translation for text made in C: trc(cx, "Saved"), and formatted into the arena. */
#define trc(cx_, msgid_) tr((cx_)->cat, (msgid_))
const char *trf(struct cx *cx, const char *msgid, ...) PRINTF(2, 3);
const char *trnf(struct cx *cx, const char *one, const char *many, int64_t n); /* "%d session" */
