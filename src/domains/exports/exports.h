/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exports.h - everything of a practice, or of one client, opened, for the practice to take along;
 * and that of a practice back into an empty installation.
 *
 * A directory of JSON, CSV, pages and files that need no program of ours; docs/export-format.md is
 * the format. The same data give the same files, whichever database they lie in and whenever. */
#pragma once
#include "app/app.h"
#include "text/html.h"

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

/* --- by page (runs.c)
 * ------------------------------------------------------------------------------
 */

enum run_state { RUN_WORKING, RUN_READY, RUN_FAILED };
/* One that is prepared, or waits for its session to take it. The list of them is the process's. */
struct export_run {
    struct id id, client, clinician;
    enum run_state state;
    int n_done, n_steps, n_left, n_promised; /* left: how often it can be taken yet */
    int64_t n_rows, n_clients, n_damaged, n_bytes, started_ms, until_ms;
    const char *fault; /* a sentence (N_()), or NULL */
};
/* Begins it, as cx's session; it was announced. RC_CONFLICT: one is being prepared. */
enum rc export_start(struct cx *cx, const struct export_ask *ask, struct id *ret) MUST_USE;
/* RC_NOT_FOUND: none, or another session's. id unset: the one that there is. */
enum rc export_look(struct cx *cx, struct id id, struct export_run *ret) MUST_USE;
enum rc export_cancel(struct cx *cx, struct id id) MUST_USE;
/* The one who asks may read it once, by the functions below; it counts when the last byte left. */
enum rc export_take(struct cx *cx, struct id id, int64_t *ret_bytes) MUST_USE;
void *export_read_begin(struct id id);
enum rc export_read(void *run, int64_t at, unsigned char *to, size_t n) MUST_USE;
void export_read_end(void *run);
/* All are given up, and gone on return. */
void exports_stop(void);

/* RC_DENIED: a wall stands between the actor and somebody. */
enum rc export_may_take_whole(struct cx *cx) MUST_USE;

/* When one was announced last; client unset: of the practice. 0: never. */
enum rc export_last(struct cx *cx, struct id client, int64_t *ret_ms) MUST_USE;

struct release {
    struct id clinician;
    const struct id *clients; /* sorted */
    int n;
    bool with_money;
    int64_t at_ms; /* 0: nothing was released */
};
/* Those who are still in the caseload. */
enum rc release_load(struct cx *cx, struct id clinician, struct release *ret) MUST_USE;
/* Instead of what was released before. RC_INVALID: not of the caseload. */
enum rc release_save(struct cx *cx, const struct release *r) MUST_USE;

/* What "Your data" shows of exports: {{>export_panel &v.exports}}. */
struct export_leaver {
    struct id id;
    const char *name, *clients, *released;
};
struct export_panel {
    const char *csrf;
    bool is_owner, with_money;
    int n_released; /* to the actor, who leaves */
    const char *released;
    const char *run;            /* the path of the one that there is, or "" */
    const char *last, *clients; /* of the owner */
    struct export_leaver *leavers;
    int n_leavers;
};
/* But for csrf. */
enum rc export_panel_load(struct cx *cx, struct export_panel *ret) MUST_USE;
void export_panel(struct html h, const struct export_panel *v);

/* --- back into an empty installation -----------------------------------------------------------
 */

#define IMPORT_OCCUPIED                                                                            \
    N_("There is a practice already. An import goes into an empty installation only: name "        \
       "another "                                                                                  \
       "place with --db, --data and --key-file. Nothing was changed.")

struct in_file;
/* What a directory says of itself, when all its files are as they were written. */
struct import_seen {
    const char *dir;
    const struct in_file *files; /* in the order of the manifest */
    int n_files;
    const struct form *head; /* the manifest without the files */
    char sha256[65];
    int64_t n_damaged; /* values that had not opened, and are empty */
    bool is_demo;
    bool has_log;             /* it came along, and its chain is whole: */
    unsigned char log_id[16]; /* nobody's, without */
    const char *log_head;     /* "LOG N HEAD" of its last checkpoint */
};
/* Looks at everything that needs no database, and writes nothing. RC_INVALID with a sentence. */
enum rc import_look(struct cx *cx, const char *dir, struct import_seen *ret) MUST_USE;

struct import_ask {
    const struct import_seen *seen;
    const char *email, *password; /* who may sign in afterwards: a clinician */
    bool is_for_all;              /* a demo: the password is everybody's */
};
struct import_done {
    int64_t n_clients, n_rows;
};
/* All rows under keys that are new, as one transaction, into a database that is migrated and has no
 * practice. cx->app->keys keeps open what it makes. Errors: RC_INVALID with file, row and column;
 * RC_CONFLICT there is a practice; RC_BUSY the disk is full. */
enum rc import_take(struct cx *cx, const struct import_ask *ask, struct import_done *ret) MUST_USE;
