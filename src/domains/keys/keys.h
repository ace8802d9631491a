/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keys.h - what a practice does about its keys: the recovery kit, changing keys. */
#pragma once
#include "app/app.h"
#include "domains/people/people.h"
#include "seal/kit.h"

/* --- the recovery kit -------------------------------------------------------------- */

struct recovery_kit {
    struct id id, person;
    int64_t made_ms, confirmed_ms, drilled_ms; /* 0: not yet */
    int64_t n_asked;
    struct seal_kit sealed;
};
enum { KIT_ASKED = 2, KIT_DRILL_DAYS = 365 };

/* Of those who are clinicians still, the newest first. */
enum rc kit_list(struct cx *cx, struct recovery_kit **ret, int *ret_n) MUST_USE;
/* The actor's own newest one, confirmed or not. RC_NOT_FOUND. */
enum rc kit_own(struct cx *cx, struct recovery_kit *ret) MUST_USE;
/* A new one of the actor's; what was there is good until its words are confirmed.
 * Errors: RC_DENIED when the session has not opened the clinical tier. */
enum rc kit_make(struct cx *cx) MUST_USE;
/* The words, in the actor's language; sheet as for kit_words(). RC_DENIED as above. */
enum rc kit_show(struct cx *cx, const struct recovery_kit *kit, int sheet,
                 const char *ret[static KIT_WORDS]) MUST_USE;
/* Which words are asked next, counted from 1. */
void kit_asks(const struct recovery_kit *kit, int ret_nth[static KIT_ASKED]);
/* Those words as typed: confirms the kit and drops the actor's others; of a confirmed one, a drill.
 * Errors: RC_INVALID "words": others are asked next. */
enum rc kit_confirm(struct cx *cx, const struct recovery_kit *kit,
                    const char *const typed[static KIT_ASKED]) MUST_USE;

/* A new password for who has the practice's kit; opens what the old one opened. The account's
 * sessions end. As for a sign-in, each wrong attempt makes the address wait.
 * Errors: RC_INVALID "email", "words", "password". */
enum rc kit_recover_person(struct cx *cx, const char *email, const char *words,
                           const char *password) MUST_USE;
/* Opens the clinical tier for this cx alone with the practice's kit, as whoever made that; nobody's
 * own notes. RC_INVALID "words". */
enum rc kit_unlock(struct cx *cx, const char *words) MUST_USE;
/* The seed that words stand for, of whatever kit. RC_INVALID "words". */
enum rc kit_seed_of_words(struct cx *cx, const char *words, struct kit_seed *ret) MUST_USE;
/* Makes the key file anew for the database, whose old one is worth nothing from then on.
 * Errors: RC_INVALID "words"; RC_CONFLICT: there is a file; RC_BUSY: it cannot be written. */
enum rc kit_recover_key(struct cx *cx, const char *words, const char *key_file) MUST_USE;

/* --- new keys in the place of old ones ------------------------------------------------ */

/* A new key file, which the server reads at its next start. Killed at any moment, one of the two
 * files stands there and works; run again, it goes on. */
enum rc keys_rotate_boot(struct cx *cx, const char *key_file) MUST_USE;

/* The practice's clinical key pair, by a session that has it open; not within a transaction. Who
 * had the former one and went has nothing left that opens what is stored; other sessions type their
 * password again. Goes on where one before was interrupted.
 * Errors: RC_DENIED: not open; RC_CONFLICT: it was changed minutes ago. */
enum rc keys_rotate_clinical(struct cx *cx) MUST_USE;
/* Begins to change the operational one; the job goes on, in batches. */
enum rc keys_rotate_operational(struct cx *cx) MUST_USE;

/* For owners: somebody left who had the clinical key, or changing it is not over. */
enum rc keys_notice(struct cx *cx, struct notice *ret) MUST_USE;
/* What the owners see on every page: set-up ends with a kit, and once a year it is asked for. */
enum rc kit_notice(struct cx *cx, struct notice *ret) MUST_USE;
