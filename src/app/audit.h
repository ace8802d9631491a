/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit.h - who changed what: a row of audit_change in the transaction of the change.
 *
 * Neither a row nor the log (audit/audit.h) holds names or texts: ids, actions, and names of
 * fields; those of a client's record are sealed under that client's key, and gone when it is.
 * docs/adr/0006-audit.md */
#pragma once
#include "app/cx.h"
#include "audit/audit.h"

/* action: "create", "change", "sign", ...; fields: names, comma separated, or NULL. */
enum rc audit_change(struct cx *cx, const char *record, struct id id, const char *action,
                     const char *fields) MUST_USE;
/* The same of a client's record: fields, or another word, are sealed. client unset: not a client's;
 * of one who is erased no word is kept. */
enum rc audit_change_about(struct cx *cx, struct id client, const char *record, struct id id,
                           const char *action, const char *fields) MUST_USE;
/* Blanks what is sealed of a client who is being erased; the log stays whole. */
enum rc audit_change_shred(struct cx *cx, struct id client) MUST_USE;
/* The same of what never changes again: content is what is stored, sealed as it is. */
enum rc audit_change_of(struct cx *cx, const char *record, struct id id, const char *action,
                        struct bytes content) MUST_USE;

/* --- the log and the database know each other (audit_chain.c) --------------------------------
 * Called by the job runner at each turn, on its connection. */

/* A row of audit_change as the log commits to it. */
struct logged_change {
    int64_t seq, practice, at_ms, log_seq;
    struct id actor, client; /* client: whose key seals; unset: nothing is sealed */
    const char *record, *action, *fields;
    struct id id;
    struct bytes salt, content_hash;
    struct bytes sealed; /* salt and fields, of a client; NULL: not a client's, or shredded */
    struct bytes commitment;
};
/* docs/audit-format.md, "Changes": the details, and the commitment to them. Needs salt and fields:
 * see change_open(). */
struct bytes change_details(struct arena *a, const struct logged_change *c);
void change_commitment(struct arena *a, const struct logged_change *c,
                       unsigned char ret[static 32]);
/* Opens salt and fields where they are sealed; afterwards salt.p is NULL when they are gone.
 * RC_BROKEN: altered. Works in the practice of the change, whichever cx is in. */
enum rc change_open(struct cx *cx, struct logged_change *c) MUST_USE;
/* One page of the changes that this log has, by their records, after one. */
enum rc changes_logged(struct db *db, struct arena *a, const unsigned char log_id[static 16],
                       int64_t after, struct logged_change **ret, int *ret_n) MUST_USE;

/* Hands changes that are not in the log yet to it; *ret_more: there may be others. */
enum rc audit_log_changes(struct app *app, struct db *db, struct arena *a, bool *ret_more) MUST_USE;
/* Notes in the database how far the log has come, when it has come further. */
enum rc audit_anchor(struct app *app, struct db *db) MUST_USE;

/* One change by its number; RC_NOT_FOUND. */
enum rc change_load(struct db *db, struct arena *a, int64_t seq,
                    struct logged_change *ret) MUST_USE;

struct audit_anchor_row {
    unsigned char log_id[16], head[32];
    int64_t n, at_ms;
};
enum rc audit_anchors(struct db *db, struct arena *a, struct audit_anchor_row **ret,
                      int *ret_n) MUST_USE;
/* Forgets what the database knew of logs other than the one that is written. */
enum rc audit_anchors_forget(struct app *app, struct db *db, struct arena *a) MUST_USE;

/* What the database held when a record of the log committed to it (domains/trust/attest.c). */
enum rc audit_attestation_put(struct db *db, const unsigned char hash[static 32], int64_t at_ms,
                              const char *said) MUST_USE;
enum rc audit_attestation_get(struct db *db, struct arena *a, const unsigned char hash[static 32],
                              const char **ret) MUST_USE; /* RC_NOT_FOUND */
