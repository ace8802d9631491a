/* SPDX-License-Identifier: AGPL-3.0-or-later
 * imports_private.h - between the files of this folder. */
#pragma once
#include "domains/imports/imports.h"
#include "interop/csv.h"
#include "interop/ics.h"
#include "interop/vcard.h"

/* --- imports.c ------------------------------------------------------------------------ */
/* The file (is_done false) or the report. RC_CONFLICT: it is the other of the two. */
enum rc import_content(struct cx *cx, struct id id, bool is_done, struct bytes *ret) MUST_USE;
enum rc import_seal(struct cx *cx, struct id id, int64_t version, struct bytes plain,
                    struct bytes *ret) MUST_USE;

/* --- columns.c: which column is what ------------------------------------------------- */
enum { IMPORT_MAX_TARGETS = 40 };
/* Fields a column may go to: those of a client that are text or a date, and the full name. */
int import_targets(struct choice ret[static IMPORT_MAX_TARGETS]);
bool import_is_target(const char *key);
/* By the headings, in English and Spanish and as known programs write them. */
void columns_guess(struct cx *cx, struct import_column *columns, int n);
/* Name of the program whose export has such headings, or NULL. */
const char *columns_program(struct cx *cx, const struct import_column *columns, int n);
/* The key of column n in a stored mapping, in the arena. */
void columns_from(struct cx *cx, const char *mapping, struct import_column *columns, int n);

/* --- dates.c: dates of birth as programs write them ------------------------------------ */
/* Which number comes first. DATES_GUESSED: the values do not tell, or contradict each other;
 * *ret_open is then one that can be read in two ways, else NULL. */
enum date_order dates_guess(const char *const *values, int n, const char **ret_open);
/* False: no date, or none that exists. *ret is DATE_NONE for what stands for no date ("0.0.00"). */
bool date_read(const char *s, enum date_order order, int32_t today, int32_t *ret);

/* --- known.c: whom one has already -------------------------------------------------------- */
struct known_person {
    const char *name, *email; /* folded */
    int32_t birth_date;
    struct id id; /* unset: another row of the file */
    int row, next;
};
struct known {
    struct known_person *list;
    int n, cap;
    int *bucket; /* first of the list, by hash of the name; -1: none */
    int n_buckets;
};
/* All clients, with room for n_more; by the names they are called. */
enum rc known_load(struct cx *cx, int n_more, struct known *ret) MUST_USE;
void known_add(struct cx *cx, struct known *k, const char *name, struct known_person p);
/* The first of this folded name, then the next with it; -1: none. */
int known_first(const struct known *k, const char *folded);
int known_next(const struct known *k, int at);
const char *person_key(struct cx *cx, const char *given, const char *family); /* folded */

/* --- plan_clients.c, plan_calendar.c --------------------------------------------------- */
enum rc plan_table(struct cx *cx, const struct import *i, struct bytes file,
                   struct import_plan *ret) MUST_USE;
enum rc plan_cards(struct cx *cx, const struct import *i, struct bytes file,
                   struct import_plan *ret) MUST_USE;
enum rc plan_calendar(struct cx *cx, const struct import *i, struct bytes file,
                      struct import_plan *ret) MUST_USE;

/* --- report.c ------------------------------------------------------------------------- */
/* Puts the report in the file's place. */
enum rc report_store(struct cx *cx, const struct import *i, const struct import_plan *p) MUST_USE;

/* --- plan.c: rows of a plan ------------------------------------------------------------ */
/* A new row of a plan; rows[] has room for all there can be. */
struct import_row *plan_row(struct import_plan *p, int number);
void row_refuse(struct import_row *r, const char *reason);
void row_skip(struct import_row *r, const char *reason);
void row_note(struct cx *cx, struct import_row *r, const char *sentence); /* adds to its reason */
/* What the reader of the file complained of, each at its row; a row that is not there is refused.
 */
void plan_problems(struct cx *cx, struct import_plan *p, const struct problems *problems);
void plan_count(struct import_plan *p);
/* RC_INVALID with the sentence of what the reader found wrong with the whole file. */
enum rc plan_unreadable(struct cx *cx, const struct problems *problems) MUST_USE;
/* All sentences recorded since n_errs, in one; and forgets them. */
const char *errors_taken(struct cx *cx, int n_errs);
