/* SPDX-License-Identifier: AGPL-3.0-or-later
 * access.h - who may read whom, changed: care teams, walls, blocked records, emergencies. What
 * follows from them is decided in app/authorize.h. */
#pragma once
#include "domains/clients/clients.h"

/* --- the care team -------------------------------------------------------------------------- */

struct team_member {
    struct id person;
    enum team_role role;
    int32_t until; /* last day, practice's calendar; DATE_NONE: no end */
    bool is_unmasked;
};
extern const struct record_type team_member_type;
extern const struct choice team_role_choices[TEAM_ROLE_N_];

/* Beside the treating clinician, by the day they came; cap: ACT_SEE_TEAM. */
enum rc team_list(struct cx *cx, const struct cap *cap, struct team_member **ret,
                  int *ret_n) MUST_USE;
/* Comes, or stays on other terms; cap: ACT_TEAM. Errors: RC_INVALID a role the person cannot have,
 * a supervisor without an end within a year, somebody whom a wall keeps away. */
enum rc team_add(struct cx *cx, const struct cap *cap, const struct team_member *m) MUST_USE;
enum rc team_remove(struct cx *cx, const struct cap *cap, struct id person,
                    enum team_role role) MUST_USE;
/* Another clinician treats from now on; cap: ACT_TEAM. */
enum rc hand_over(struct cx *cx, const struct cap *cap, struct id clinician) MUST_USE;

/* --- walls --------------------------------------------------------------------------------- */

struct wall {
    struct id id, against;
    const char *reason; /* sealed */
    int64_t created_ms;
};
extern const struct record_type wall_type;

/* cap: ACT_WALL. Between two clients it stands on both sides. */
enum rc wall_list(struct cx *cx, const struct cap *cap, struct wall **ret, int *ret_n) MUST_USE;
/* against: a person, or another client whom the actor may see. Errors: RC_INVALID nobody, no
 * reason, or somebody stands on both sides. */
enum rc wall_add(struct cx *cx, const struct cap *cap, struct wall *w) MUST_USE;
enum rc wall_lift(struct cx *cx, const struct cap *cap, struct id wall) MUST_USE;

/* Restriction of processing, or its end; cap: ACT_BLOCK. */
enum rc client_block(struct cx *cx, const struct cap *cap, bool block) MUST_USE;
enum rc client_is_blocked(struct cx *cx, const struct cap *cap, bool *ret) MUST_USE;

/* --- emergencies ------------------------------------------------------------------------------ */

enum emergency_finding { FINDING_NONE, FINDING_JUSTIFIED, FINDING_NOT, FINDING_N_ };
struct emergency {
    struct id id, client, person, reviewer;
    enum emergency_reason reason;
    enum emergency_finding finding;
    int64_t created_ms, until_ms, reviewed_ms;
    const char *words;         /* sealed: why */
    const char *finding_words; /* sealed */
};
/* What is sealed of it, each with a version of its own: 1 and 2. */
extern const struct record_type emergency_words_type, emergency_finding_type;
/* What is asked for. */
struct emergency_ask {
    const char *given_name, *family_name;
    int32_t birth_date;
    const char *contact; /* a telephone number or an e-mail address */
    enum emergency_reason reason;
    const char *words;
};
struct emergency_review {
    enum emergency_finding finding;
    const char *words;
};
extern const struct record_type emergency_ask_type, emergency_review_type;
extern const struct choice emergency_finding_choices[FINDING_N_];

/* Opens one record to read for an hour. Errors: RC_INVALID a single practice; one is open already;
 * nobody is called so and has what was said besides, or must not be found: the same, and noted in
 * the log. */
enum rc emergency_open(struct cx *cx, const struct emergency_ask *ask,
                       struct id *ret_client) MUST_USE;
/* Newest first, at most max. cap NULL: the practice's; else the client's (ACT_SEE_TEAM). */
enum rc emergency_list(struct cx *cx, const struct cap *cap, int max, struct emergency **ret,
                       int *ret_n) MUST_USE;
/* Closes the review, once, by somebody else; what is still open ends. */
enum rc emergency_review(struct cx *cx, struct id id, const struct emergency_review *r) MUST_USE;
/* Are there two clinicians at least? */
struct notice; /* app/app.h */
/* Told on every page to those who see to it. */
enum rc emergency_notice(struct cx *cx, struct notice *ret) MUST_USE;
enum rc emergency_is_possible(struct cx *cx, bool *ret) MUST_USE;
