/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exports.h - everything of a practice, or of one client, opened, for the practice to take along.
 *
 * A directory of JSON, CSV, pages and files that need no program of ours; docs/export-format.md is
 * the format. The same data give the same files, whichever database they lie in and whenever. */
#pragma once
#include "app/app.h"

struct export_ask {
    const char *dir;  /* there, and empty; of export_zip() one that may be written */
    struct id client; /* of this client alone */
    /* Of somebody who leaves: what they did with these clients, and nobody else's. Both unset: the
     * whole practice. */
    struct id clinician;
    const struct id *clients; /* sorted (export_caseload()) */
    int n_clients;
    bool with_money;   /* charges, invoices and payments of who leaves; of others always */
    bool with_private; /* what the actor wrote for themselves alone */
    struct export_progress *progress; /* NULL: nobody looks */
};
/* Looked at by others while it goes on. */
struct export_progress {
    _Atomic int n_done, n_steps;
    _Atomic int64_t n_rows;
    _Atomic bool is_cancelled; /* RC_DENIED soon after */
};
struct export_done {
    int64_t n_clients, n_rows;
    int64_t n_damaged; /* rows that do not open: they stand there without what was sealed */
    char sha256[65];   /* of all files but the log and the README */
};
#define EXPORT_NOBODY                                                                              \
    N_("There is no such clinician. The id is the last part of the address of the person's page.")
/* The clients whom somebody treats or stands in for, by id. RC_NOT_FOUND: there is no such person.
 */
enum rc export_caseload(struct cx *cx, struct id clinician, struct id **ret, int *ret_n) MUST_USE;
/* Notes whose records are going to be opened, one change a client, before anything is. cx has the
 * clinical tier open. Errors: RC_DENIED it has not; RC_NOT_FOUND there is no such client. */
enum rc export_announce(struct cx *cx, const struct export_ask *ask) MUST_USE;
/* Fills the directory. What was written when it fails is incomplete, and the caller's to remove.
 * Errors: RC_BUSY it cannot be written. */
enum rc export_write(struct cx *cx, const struct export_ask *ask, struct export_done *ret) MUST_USE;
/* The same as one ZIP that lies nowhere in the open; *ret is the caller's to free. */
struct spool;
enum rc export_zip(struct cx *cx, const struct export_ask *ask, struct spool **ret,
                   struct export_done *ret_done) MUST_USE;
/* What README.txt says. It is outside of the hash: it says when. */
const char *export_readme(struct cx *cx, const struct export_done *done);
