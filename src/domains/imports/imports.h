/* SPDX-License-Identifier: AGPL-3.0-or-later
 * imports.h - own data on the first day: clients from tables and cards, appointments from
 * calendars.
 *
 * A file is uploaded and waits, sealed, for at most a day; import_plan() says what would become of
 * each of its rows; import_run() does exactly that and leaves a report in the file's place.
 * Whom one has already is skipped, so that the same file may come twice. */
#pragma once
#include "domains/agenda/agenda.h"

enum {
    IMPORT_MAX_BYTES = 16 * 1024 * 1024,
    IMPORT_MAX_ROWS = 20000,
    IMPORT_MAX_COLUMNS = 200,
    IMPORT_LIST_MAX = 20,
};

enum import_kind { IMPORT_TABLE, IMPORT_CARDS, IMPORT_CALENDAR, IMPORT_KIND_N_ };
extern const struct choice import_kind_choices[IMPORT_KIND_N_];

enum date_order { DATES_GUESSED, DATES_DAY_FIRST, DATES_MONTH_FIRST, DATE_ORDER_N_ };

enum import_outcome { IMPORT_TAKEN, IMPORT_SKIPPED, IMPORT_REFUSED, IMPORT_OUTCOME_N_ };
extern const struct choice import_outcome_choices[IMPORT_OUTCOME_N_];

struct import {
    struct id id;
    enum import_kind kind;
    bool is_done; /* taken in: its content is the report */
    int64_t progress, created_ms;
    /* what its owner chose: */
    const char *mapping;   /* key of each column's field, comma separated; "": as guessed */
    enum date_order dates; /* of a table */
    enum client_status status;
    struct id clinician, service;
    int32_t from_days, until_days; /* of a calendar: both days included */
    bool past_held;                /* what is past took place, and is closed */
};
extern const struct record_type import_type; /* the choices */

/* Stores a file; its kind is told by its content, the choices are the likely ones.
 * Errors: RC_INVALID "file": empty, too large, or not what it claims to be. */
enum rc import_put(struct cx *cx, struct bytes file, struct import *ret) MUST_USE;
/* RC_NOT_FOUND also: another one's. */
enum rc import_load(struct cx *cx, struct id id, struct import *ret) MUST_USE;
enum rc import_list(struct cx *cx, struct import **ret,
                    int *ret_n) MUST_USE; /* own, newest first */
/* Stores the choices. Errors: RC_INVALID the field at fault. */
enum rc import_choose(struct cx *cx, const struct import *i) MUST_USE;
enum rc import_erase(struct cx *cx, struct id id) MUST_USE;
extern const struct job_kind import_erase_job;

/* --- what would become of it ------------------------------------------------------- */

struct import_row {
    int number; /* row, card or event in the file, from 1 */
    enum import_outcome outcome;
    const char *who, *what; /* name or title; for appointments when */
    const char *reason;     /* why it is not taken, or what differs from the file; "" */
    struct client *client;  /* one of these two, where it could be read */
    struct appointment *appointment;
    const char *const *cells; /* of a table: as they stand in the file, or NULL */
};

struct import_column {
    const char *head, *sample; /* sample: three values at most, no two alike */
    const char *key;           /* of the field it goes to; "": left out */
    bool is_guess;             /* by its heading; nobody has chosen yet */
    bool has_twin;             /* another column has the same heading */
};

struct import_plan {
    const char *encoding;  /* of a table, or NULL */
    char separator;        /* of a table */
    const char *program;   /* that wrote it, or NULL */
    enum date_order dates; /* as they are read */
    bool has_dates;
    const char *open_date; /* one that can be read in two ways while nobody says how, or NULL */
    struct import_column *columns;
    int n_columns;
    struct import_row *rows;
    int n_rows;
    int n[IMPORT_OUTCOME_N_];
    const char *note; /* about the file as a whole, or NULL */
    int n_read;       /* rows, cards or events in the file */
};

/* In:     cx->arena  with room: see work_open()
 * Errors: RC_INVALID "file" it cannot be read; RC_CONFLICT it was taken in meanwhile */
enum rc import_plan(struct cx *cx, const struct import *i, struct import_plan *ret) MUST_USE;

/* Takes in what the plan says, in transactions of some hundred rows, and leaves the report.
 * Errors: RC_CONFLICT another run is at work; RC_BUSY nothing was taken. What fails in the middle
 * is named in the report. Running it again on what is done does nothing. */
enum rc import_run(struct cx *cx, struct id id) MUST_USE;

/* The report of a finished import: rows without their records. RC_CONFLICT: it still waits. */
enum rc import_report(struct cx *cx, struct id id, struct import_row **ret, int *ret_n) MUST_USE;
/* The same as a table for download; what a spreadsheet would take for a formula stays text. */
enum rc import_report_csv(struct cx *cx, struct id id, struct bytes *ret) MUST_USE;
/* The rows of a table that were left out, as they stood in the file, and why in a last column: to
 * be corrected and brought again. RC_NOT_FOUND: there are none. */
enum rc import_left_out_csv(struct cx *cx, struct id id, struct bytes *ret) MUST_USE;

/* --- room to work ----------------------------------------------------------------------
 * A file takes more memory than a request has: its own arena, from work_open() to work_rest(), is
 * cx->arena. What was made in it lives until work_close(). */
struct work {
    struct cx *cx;
    struct arena *outer, arena;
};
void work_open(struct work *w, struct cx *cx);
void work_rest(struct work *w); /* cx->arena is the request's again; sentences are kept */
void work_close(struct work *w);
#define _cleanup_work_ CLEANUP(work_close)
