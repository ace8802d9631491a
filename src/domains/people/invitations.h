/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invitations.h - links of one use with which somebody chooses a password. Private to this folder.
 *
 * The owner hands a link over in person or by phone; nothing here sends it. Only its hash is kept.
 */
#pragma once
#include "domains/people/people.h"

/* Stored: append only. */
enum link_kind { LINK_INVITATION, LINK_PASSWORD, LINK_PASSWORD_AND_FACTOR };
enum { LINK_DAYS = 7 };

/* A new account that nobody can enter before the link was used. */
enum rc person_invite(struct cx *cx, struct person *p, char ret_token[static 44]) MUST_USE;
/* Another link for an account; those before are worth nothing. Not for the actor's own. */
enum rc link_make(struct cx *cx, struct id person, bool drops_factors,
                  char ret_token[static 44]) MUST_USE;
/* Whose it is. Fills cx with the practice and nobody acting. RC_NOT_FOUND: used, or too old. */
struct link {
    enum link_kind kind;
    struct person who;
};
enum rc link_open(struct cx *cx, const char *token, struct link *ret) MUST_USE;
/* The password is chosen: the account is open, the link used up. Errors: RC_INVALID "password". */
enum rc link_use(struct cx *cx, const char *token, const char *password, struct link *ret) MUST_USE;
/* Who was invited and has not come yet. */
struct invited {
    struct id person;
    int64_t expires_ms;
};
enum rc invited_list(struct cx *cx, struct invited **ret, int *ret_n) MUST_USE;
