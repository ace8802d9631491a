/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_private.h - between the files of this folder. */
#pragma once
#include "domains/people/people.h"

/* Keyed hash of a sign-in address, case and accents folded; 32 bytes. */
void email_index(struct cx *cx, const char *email, unsigned char ret[static 32]);

/* Gives the practice's clinical key to a person who is a clinician and has none yet, when the
 * actor's session has it open; takes it from who is none. Within the transaction of the change. */
enum rc person_grant(struct cx *cx, struct id person, unsigned roles) MUST_USE;

/* A session as the account page lists it. */
struct session_row {
    const char *device;
    int64_t created_ms, used_ms;
    bool is_bearer, is_locked, is_this;
};
enum rc session_list(struct cx *cx, struct id person, const char *this_token,
                     struct session_row **ret, int *ret_n) MUST_USE;
enum rc session_end_all(struct cx *cx, struct id person) MUST_USE;
enum rc session_touch(struct cx *cx, const char *token) MUST_USE;
/* What a token says: fills cx (practice, zone, currency, locale, cat, actor). RC_DENIED: none such,
 * or ended. */
struct session_facts {
    bool is_bearer, is_locked, wants_touch;
    enum theme theme;
    enum density density;
    int64_t lock_min;
    const char *practice_name;
};
enum rc session_open(struct cx *cx, const char *token, struct session_facts *ret) MUST_USE;
/* The actor's own, with a back-off of its own. Errors: RC_INVALID for the field. */
enum rc password_confirm(struct cx *cx, const char *field, const char *password) MUST_USE;
/* The same with a sentence of its own for a wrong password. */
enum rc password_confirm_or(struct cx *cx, const char *field, const char *password,
                            const char *wrong_msgid) MUST_USE;
/* Another session of the actor, whose password was just confirmed. */
enum rc session_renew(struct cx *cx, const char *device, char ret_token[static 44]) MUST_USE;
