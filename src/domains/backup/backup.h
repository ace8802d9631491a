/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backup.h - copies of everything that can be opened elsewhere, and the way back.
 *
 * A backup is one file (arc/arc.h) sealed to the recovery kits: all rows of all tables, the audit
 * log with its key, its stamps. It opens with a kit and with nothing that lies on this machine.
 * docs/adr/0015-backups.md says why it is so. */
#pragma once
#include "app/app.h"
#include "arc/arc.h"
#include "domains/retention/retention.h"

enum { BACKUP_NAME_BYTES = 40, MIGRATIONS_MAX = 512 };

struct backup {
    struct id id;
    int64_t made_ms, proven_ms; /* 0: not yet */
    int64_t n_bytes, n_rows;
    const char *path;
    const char
        *fault; /* why it did not work, a sentence (N_()); then there is no file. NULL: none */
};
enum { BACKUP_LATE_HOURS = 26 };

/* --- making ------------------------------------------------------------------------------- */

/* Nobody else of this installation makes one, or tries one out, until *ret_fd is closed.
 * RC_CONFLICT with a sentence: somebody does. */
enum rc backup_alone(struct cx *cx, int *ret_fd) MUST_USE;
/* Writes "entracte-2026-11-23T104512Z.age" into `dir` and notes it in the database; a file of that
 * name is whole or not there. ret_key opens this file and no other.
 * Errors, each with a sentence: RC_INVALID no kit, no such directory; RC_BUSY it cannot be written.
 */
enum rc backup_make(struct cx *cx, const char *dir, struct backup *ret,
                    struct age_file_key *ret_key) MUST_USE;
/* It was restored and what came of it was right. */
enum rc backup_proven(struct cx *cx, struct id id) MUST_USE;
/* One that did not work, in the place of the one noted before. */
enum rc backup_failed(struct cx *cx, const char *why) MUST_USE;
/* Deletes what is too many in `dir`: of the last seven days the newest of each, then of each week
 * of five and of each month of twelve; what was never proven goes when a later one was. One that
 * a clock which ran ahead dates into the future stays until then. */
enum rc backup_prune(struct cx *cx, const char *dir) MUST_USE;
/* app->last_proof; 0: none, or none but of the future. */
enum rc backup_last_proof(struct cx *cx, int64_t *ret_ms) MUST_USE;
/* An owner hears of it when no backup is proven for a day, where backups are made. */
enum rc backup_notice(struct cx *cx, struct notice *ret) MUST_USE;
/* Newest first. */
enum rc backup_list(struct cx *cx, int max, struct backup **ret, int *ret_n) MUST_USE;

/* --- who was erased, beside the archives ---------------------------------------------------- */

/* Of the practice, as hexadecimal; tells its list from others and from an altered one. */
struct erased_key {
    char hex[65];
};
enum rc erased_key(struct cx *cx, struct erased_key *ret) MUST_USE;
/* The practice's tombstones into "entracte-erased-<of the practice>.txt" in `dir`, with what stood
 * there. Each with a sentence: RC_NOT_FOUND the directory is not there; RC_BUSY. */
enum rc erased_write(struct cx *cx, const char *dir) MUST_USE;
/* The list beside an archive, whose manifest has the key. RC_NOT_FOUND: there is none. RC_INVALID
 * with a sentence: altered, or somebody else's. */
enum rc erased_read(struct cx *cx, const char *archive, const struct erased_key *key,
                    struct tombstone **ret, int *ret_n) MUST_USE;

/* --- before an upgrade ---------------------------------------------------------------------- */

/* Where its copy of all rows lies, as a SQLite file; sealed values are sealed in it too. */
const char *before_upgrade_path(struct arena *a, const struct settings *s);
/* Within the upgrade's transaction: the copy goes after a week, or with the next erasure. */
enum rc before_upgrade_made(struct cx *cx) MUST_USE;

/* --- restoring ------------------------------------------------------------------------------ */

/* What an archive says of itself. */
struct manifest {
    int64_t made_ms;
    int n_migrations; /* how many of this program's it has */
    unsigned char log_id[16];
    int64_t n_log; /* records of the audit log */
    struct erased_key erased;
};
struct restore {
    const char *archive;
    const struct age_key *kit; /* one of the two */
    const struct age_file_key *key;
    const char *db;       /* of an empty database, or a file that is not there */
    const char *data_dir; /* is made; must not be there, or be empty */
};
/* Reads the archive's beginning: is it one, does the kit open it, can this program read it? Changes
 * nothing. Errors: RC_INVALID with a sentence of its own for each. */
enum rc restore_look(struct cx *cx, const struct restore *r, struct manifest *ret) MUST_USE;
/* Fills database and data directory from it, and brings the schema to this program's. cx has no
 * database yet. On an error what was written is incomplete and of no use.
 * Errors: as above, and RC_CONFLICT: there is something already; RC_BUSY: not enough room. */
enum rc restore_fill(struct cx *cx, const struct restore *r, struct manifest *ret) MUST_USE;
