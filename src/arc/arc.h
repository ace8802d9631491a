/* SPDX-License-Identifier: AGPL-3.0-or-later
 * arc.h - a backup as one file: tar, zstd, age. Opens without us: age -d FILE | tar --zstd -x
 *
 * Only this folder includes libarchive, whose names begin with archive_; ours with arc_. What
 * stands in a member is the caller's business, but for tables, which are in the text format of
 * PostgreSQL's COPY with a line of column names above. */
#pragma once
#include "db/dump.h"
#include "seal/age.h"

enum arc_fault {
    ARC_OK,
    ARC_NONE,      /* there is no such file, or it cannot be read */
    ARC_NOT_OURS,  /* it is no backup of this program */
    ARC_WRONG_KIT, /* whole as far as can be seen, but for another kit */
    ARC_ALTERED,
    ARC_TRUNCATED,
    ARC_N_
};
extern const char *const arc_sentences[ARC_N_]; /* N_() */

/* --- writing ---------------------------------------------------------------------------- */

struct arc_out;
/* Into an open file, from its beginning. RC_BUSY from all of these: it cannot be written. */
enum rc arc_begin(int fd, const struct age_key *to, int n_to, struct arc_out **ret) MUST_USE;
enum rc arc_put(struct arc_out *o, const char *name, struct bytes content) MUST_USE;
/* A file's first n_bytes. RC_NOT_FOUND: it is shorter. */
enum rc arc_put_file(struct arc_out *o, const char *name, int fd, int64_t n_bytes) MUST_USE;
/* For db_dump(): tables in members "tables/NAME.N.tsv". */
void arc_tables(struct arc_out *o, struct dump_sink *ret);
/* Rows put so far. */
int64_t arc_n_rows(const struct arc_out *o);
/* On disk afterwards (fsync). */
enum rc arc_end(struct arc_out *o) MUST_USE;
void arc_out_key(const struct arc_out *o, struct age_file_key *ret);
void arc_out_free(struct arc_out *o); /* NULL is fine */

/* --- reading ---------------------------------------------------------------------------- */

struct arc_in;
/* With the key of the kit or of this one file; the other is NULL. Freed whatever comes of it. */
enum arc_fault arc_open(int fd, const struct age_key *kit, const struct age_file_key *key,
                        struct arc_in **ret);
/* The next member; *ret_name NULL: there is none. The name is plain and relative, and lives until
 * the next call. ARC_OK at the end means that the file was whole. */
enum arc_fault arc_next(struct arc_in *in, const char **ret_name, int64_t *ret_bytes);
/* All of the present member, in the arena. */
enum arc_fault arc_take(struct arc_in *in, struct arena *a, struct bytes *ret);
enum arc_fault arc_take_file(struct arc_in *in, int fd);
void arc_in_free(struct arc_in *in); /* NULL is fine */

/* Loads a member "tables/NAME.N.tsv"; its bytes are changed. RC_INVALID: not rows of this
 * database's tables. */
enum rc arc_load(struct load *l, const char *name, struct bytes member) MUST_USE;
