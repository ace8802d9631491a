/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_private.h - between the files of this folder. */
#pragma once
#include "domains/people/people.h"

/* Gives the practice's clinical key to a person who is a clinician and has none yet, when the
 * actor's session has it open; takes it from who is none. Within the transaction of the change. */
enum rc person_grant(struct cx *cx, struct id person, unsigned roles) MUST_USE;
/* A clinician whom nobody gave the key yet: invited, or with a password chosen by a link. */
enum rc person_lacks_key(struct cx *cx, struct id person, bool *ret) MUST_USE;

/* A session as the account page lists it. */
struct session_row {
    const char *device;
    int64_t created_ms, used_ms;
    bool is_bearer, is_locked, is_this, is_complete;
    unsigned char hash[32];
    struct id place;    /* stands for it in forms */
    const char *scopes; /* of a token: names of permissions; NULL: all */
    int64_t expires_ms;
};
enum rc session_list(struct cx *cx, struct id person, const char *this_token,
                     struct session_row **ret, int *ret_n) MUST_USE;
/* The place of a session with this hash. */
struct id session_row_of(struct bytes hash);
/* One of the person's, by its place. RC_NOT_FOUND. */
enum rc session_end(struct cx *cx, struct id person, struct id place) MUST_USE;
/* Was the practice's clinical key changed since this session began? */
enum rc session_precedes_key(struct cx *cx, const char *token, bool *ret) MUST_USE;
enum rc session_end_all(struct cx *cx, struct id person) MUST_USE;
enum rc session_touch(struct cx *cx, const char *token) MUST_USE;
/* What a token says: fills cx (practice, zone, currency, locale, cat, actor). RC_DENIED: none such,
 * or ended. */
struct session_facts {
    bool is_bearer, is_locked, wants_touch;
    enum session_state state;
    int64_t verified_ms;
    enum theme theme;
    enum density density;
    int64_t lock_min;
    struct seal_item names[2]; /* of the person, of the practice */
};
enum rc session_open(struct cx *cx, const char *token, struct session_facts *ret) MUST_USE;
/* Opens them: cx->actor.name, and the practice's. Late, so that a page asks once for all it shows.
 */
enum rc session_names(struct cx *cx, struct seal_item names[static 2],
                      const char **ret_practice) MUST_USE;
/* Whoever guessed at this address before keeps nobody waiting who has proved to be its owner. */
enum rc sign_in_forgive(struct cx *cx, const char *email) MUST_USE;
/* password_confirm() with a sentence of its own for a wrong password. */
enum rc password_confirm_or(struct cx *cx, const char *field, const char *password,
                            const char *wrong_msgid) MUST_USE;
/* A new token takes the place of the actor's session, on which the stamp of the account is put
 * anew. What happened says how it goes on: with a password confirmed, a factor shown or set up. */
enum session_gain { GAIN_PASSWORD, GAIN_FACTOR };
enum rc session_renew(struct cx *cx, const char *token, enum session_gain g, const char *device,
                      char ret_token[static 44]) MUST_USE;
/* Of a person who showed a passkey and nothing else. Fills cx as sign_in() does. */
enum rc session_by_passkey(struct cx *cx, int64_t practice, struct id person, const char *device,
                           char ret_token[static 44]) MUST_USE;
/* A token for programs, of the actor: at most these permissions (comma separated names). */
enum rc token_mint(struct cx *cx, const char *name, const char *scopes, int days,
                   char ret_token[static 44]) MUST_USE;

/* The actor signed in with the browser that has this name. */
enum device_news {
    DEVICE_KNOWN,
    DEVICE_NEW,        /* never seen here; the others will hear of it */
    DEVICE_OTHERS_NEW, /* known, and another was new since */
};
enum rc device_meet(struct cx *cx, const char *device, enum device_news *ret) MUST_USE;
