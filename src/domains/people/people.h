/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people.h - members of staff: accounts, roles, sign-in, sessions, opening hours. */
#pragma once
#include "domains/practice/practice.h"

enum theme { THEME_AUTO, THEME_LIGHT, THEME_DARK };
enum density { DENSITY_COMFORTABLE, DENSITY_COMPACT };

struct person {
    struct id id;
    int64_t version;
    unsigned roles; /* enum role bits */
    bool is_active;
    int64_t color;
    const char *locale;
    enum theme theme;
    enum density density;
    int64_t lock_min;
    const char *note_template; /* builtin key ("dap") or a template's id; NULL: dap */
    /* sealed: */
    const char *given_name, *family_name, *title, *email, *phone, *licence;
};
extern const struct record_type person_type;

/* New (id unset; password needed) or changed (password NULL keeps it). */
enum rc person_save(struct cx *cx, struct person *p, const char *password) MUST_USE;
enum rc person_load(struct cx *cx, struct id id, struct person *ret) MUST_USE; /* RC_NOT_FOUND */
/* Nobody signs in as this person any more; sessions, tokens and links end. What they wrote stays.
 */
enum rc person_close(struct cx *cx, struct id id) MUST_USE;
enum rc person_list(struct cx *cx, bool active_only, struct person **ret,
                    int *ret_n) MUST_USE; /* by name */
/* Those with the clinician role, active, by name. */
enum rc clinician_list(struct cx *cx, struct person **ret, int *ret_n) MUST_USE;
/* "Dr. Ines Robles" in the actor's locale. */
const char *person_name(struct cx *cx, const struct person *p);

struct opening {
    struct id id;
    struct id person;
    int weekday; /* 0 = Monday */
    int32_t start_min, end_min;
};
enum rc opening_list(struct cx *cx, struct id person, struct opening **ret,
                     int *ret_n) MUST_USE; /* person unset: all */
enum rc opening_replace(struct cx *cx, struct id person, const struct opening *o, int n) MUST_USE;

/* Takes every second factor away: phone and paper are lost. Sessions and tokens end. */
enum rc factors_drop_all(struct cx *cx, struct id person) MUST_USE;

/* --- sign-in ------------------------------------------------------------------ */
/* Checks the password (Argon2id, bounded; call on a worker), and makes a session.
 * The same answer and time for an unknown account. Errors: RC_DENIED with one sentence for
 * every cause; RC_BUSY too many at once; RC_INVALID "wait n seconds" after failures (back-off 1, 2,
 * 4 .. 60 s). */
enum rc sign_in(struct cx *cx, const char *email, const char *password, const char *device,
                char ret_token[static 44]) MUST_USE;
enum rc sign_out(struct cx *cx, const char *token) MUST_USE;
enum rc session_lock(struct cx *cx, const char *token, bool lock) MUST_USE;
/* For the command line: a bearer token of a person. It opens what cx has open. */
enum rc token_make(struct cx *cx, const char *email, char ret_token[static 44]) MUST_USE;
/* Opens the clinical tier for this cx alone, as this person. RC_DENIED: not with this password. */
enum rc person_unlock(struct cx *cx, const char *email, const char *password) MUST_USE;
