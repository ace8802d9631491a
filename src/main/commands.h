/* SPDX-License-Identifier: AGPL-3.0-or-later
 * commands.h - the subcommands of the program. */
#pragma once
#include "app/app.h"
#include "domains/people/people.h"
#include "web/web.h"

enum {
    EXIT_REFUSED = 78, /* sysexits EX_CONFIG: the set-up is not safe or not right */
    EXIT_UPGRADE = 70  /* EX_SOFTWARE: an upgrade did not work; nothing was changed */
};

/* What every command that touches data works with. */
struct house {
    struct arena arena;
    struct app app;
    struct db *db; /* for the command itself */
    struct cx cx;
};
struct options {
    struct settings settings;
    const char *email, *name, *practice; /* init, user, token */
    const char *roles;
    const char *out, *to, *recovery_kit;
    const char *client;    /* export: the id of one */
    const char *clinician; /* export: of one who leaves */
    int64_t seed, clinicians, clients, years;
    bool json, full;
    const char *verb;        /* user: "list", "add", "password", "close" */
    const char *what;        /* audit: a folder, or a record's number */
    const char *checkpoints; /* audit verify: a file of lines that were kept */
    bool keeps_keys;         /* serve, a demo only: no key holder, to measure what it costs */
    bool process_notes;      /* export: what its maker wrote for themselves alone */
    bool with_money;         /* export --clinician: charges, invoices and payments too */
    bool dry_run;            /* migrate: keep nothing of it */
    bool stamps;             /* audit checkpoint: have it stamped */
    struct netd *net;        /* to the caller; NULL: nothing is sent anywhere */
    struct door *door;       /* to the key holder; NULL: the keys are read here */
};

/* The settings hold and the data directory is there; else prints why, and returns EXIT_REFUSED. */
int house_ground(const struct settings *s);
/* Checks the settings, opens keys and database, migrates when `migrate`, loads the practice's keys.
 * Prints one plain sentence and returns EXIT_REFUSED (78) or 1 on failure, else 0. */
int house_open(struct house *h, const struct options *o, bool migrate);
/* What there is becomes of this program's schema, or stays as it is: 0 or EXIT_UPGRADE. */
int house_upgrade(struct house *h, bool is_trial);
/* Opens what is in the database with the keys; cx has no practice when there is none, or many. */
enum rc house_load(struct house *h) MUST_USE;
/* The audit log, which discloses from now on; 0 or EXIT_REFUSED, as above. */
int house_open_audit(struct house *h);
/* Changes that are not in the log yet; it is open. */
enum rc house_log_changes(struct house *h) MUST_USE;
void house_close(struct house *h);
/* What `check` looks at; *ret_n: how many invariants are broken, which go to standard error. */
enum rc house_check(struct house *h, int *ret_n) MUST_USE;
int explain(struct cx *cx, enum rc rc, const char *what); /* prints the errors of cx; returns 1 */

int refused(const char *why); /* prints it; EXIT_REFUSED */
/* One line of standard input, without echo. */
bool password_read(char *ret, size_t size);
bool passphrase_read(char *ret, size_t size); /* of the key file */
enum rc account_by_email(struct cx *cx, const char *email, struct person *ret) MUST_USE;
/* Opens the clinical tier as o->email, with the password from standard input; in a demo as a
 * clinician who is an owner. cx acts as that person from then on. */
enum rc clinician_unlock(struct cx *cx, const struct options *o) MUST_USE;
/* The words of a recovery kit, or of two sheets of one; lines that begin with # are passed over. */
enum rc words_from_file(struct cx *cx, const char *path, const char **ret) MUST_USE;

/* Writes the audit log out for others, into a directory without any of it. RC_NOT_FOUND: there is
 * no log yet; RC_BUSY: it cannot be written. */
enum rc audit_write(struct house *h, const char *dir, int64_t *ret_n) MUST_USE;
void remove_tree(const char *path); /* with all that is in it */
/* Makes a backup in the directory and tries it out: it counts when a restore of it was right. */
struct backup;
enum rc house_back_up(struct house *h, const char *dir, struct backup *ret) MUST_USE;
/* What a killed run left of trying out: a whole copy, which erasing would not reach. */
void house_sweep_proof(struct house *h);
/* The thread that does it each night, and when the page asks; h lives longer. */
struct nightly;
struct nightly *nightly_start(const struct house *h);
void nightly_stop(struct nightly *n); /* NULL is fine */

int command_serve(const struct options *o);
int command_keyd(const struct options *o);
int command_netd(const struct options *o);
int command_init(const struct options *o);
int command_demo(const struct options *o);
int command_migrate(const struct options *o);
int command_check(const struct options *o);
int command_doctor(const struct options *o);
int command_user(const struct options *o);
int command_audit(const struct options *o);
int command_token(const struct options *o);
int command_recovery_kit(const struct options *o);
int command_keys(const struct options *o);
int command_recover_key(const struct options *o);
int command_backup(const struct options *o);
int command_restore(const struct options *o);
int command_export(const struct options *o);
int command_import(const struct options *o);
