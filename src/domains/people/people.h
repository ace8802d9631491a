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
/* Keyed hash of a sign-in address, case and accents folded; 32 bytes. */
enum rc email_index(struct cx *cx, const char *email, unsigned char ret[static 32]) MUST_USE;
/* The first password of an account that came along without one (exports), and the clinical key when
 * it is due. NULL: one that nobody knows, until a link or `user recover` sets another. The
 * account's version stays. RC_INVALID: too weak. */
enum rc person_first_password(struct cx *cx, struct id person, const char *password) MUST_USE;
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
/* The actor's own password, with a back-off of its own; it opens the clinical tier for the session.
 * Errors: RC_INVALID for the field. */
enum rc password_confirm(struct cx *cx, const char *field, const char *password) MUST_USE;
/* For the command line: a bearer token of a person. It opens what cx has open. */
enum rc token_make(struct cx *cx, const char *email, char ret_token[static 44]) MUST_USE;
/* A session of this cx alone, which has opened nothing yet. */
void session_of_own(struct cx *cx);
/* Opens the clinical tier for this cx alone, as this person. RC_DENIED: not with this password. */
enum rc person_unlock(struct cx *cx, const char *email, const char *password) MUST_USE;

/* --- without the password (domains/keys) ------------------------------------------ */
/* Somebody shows something else than the password: an attempt counts as failed, and makes the
 * address wait, until attempt_right(). Opens the account's practice, and a session of cx's own for
 * what is opened. ret->practice 0: nobody who may sign in has this address,
 * and what cx has open is there to take as long.
 * Errors: RC_INVALID for the field, while the address waits. */
struct sign_in_attempt {
    int64_t practice;
    struct id person;
    unsigned char failures[32];
};
enum rc attempt_begin(struct cx *cx, const char *email, const char *field,
                      struct sign_in_attempt *ret) MUST_USE;
enum rc attempt_right(struct cx *cx, const struct sign_in_attempt *a) MUST_USE;
/* A new password, and the clinical key for it, from what cx's session has open; the own key too.
 * Sessions end; second factors stay. */
enum rc person_recover(struct cx *cx, struct id person, const char *password) MUST_USE;
/* Gives the practice's clinical key to a clinician who has none. RC_DENIED: cx has not opened it.
 */
enum rc person_give_access(struct cx *cx, struct id person) MUST_USE;
/* Another clinical key pair: it is for everybody who was given the one before and still may; what
 * sessions and tokens carry is of no use any more. Within the transaction that stores it. */
enum rc person_give_pair(struct cx *cx, const struct seal_pair *pair) MUST_USE;
/* Afterwards, when it is open in cx's session: that one carries it. */
enum rc session_keep_open(struct cx *cx) MUST_USE;
/* Clinicians who wait for that. */
struct notice; /* app/app.h */
/* Told on every page: who has no access to clinical records yet, and who can give it. */
enum rc grant_notice(struct cx *cx, struct notice *ret) MUST_USE;
enum rc person_waiting(struct cx *cx, struct person **ret, int *ret_n) MUST_USE;
