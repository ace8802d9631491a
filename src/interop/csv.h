/* SPDX-License-Identifier: AGPL-3.0-or-later
 * csv.h - tables as text: RFC 4180, and what programs really write.
 *
 * Takes UTF-8 and UTF-16 with or without the usual marks and Windows-1252; commas, semicolons, tabs
 * or bars, whichever the first row has most of (or names, as "sep=;"); any end of line; rows of
 * unequal length. Cells are text: numbers, dates and formulas stay as they are written.
 * Problems count rows from 1, the headings being row 1; empty lines are not rows. */
#pragma once
#include "interop/problems.h"

enum {
    CSV_MAX_BYTES = 64 * 1024 * 1024,
    CSV_MAX_ROWS = 100000,
    CSV_MAX_COLUMNS = 200,
    CSV_MAX_CELL_BYTES = 256 * 1024,
};

struct csv_row {
    int number; /* from 1; 1 is the row of headings */
    int n_cells;
    const char *const *cells; /* valid UTF-8, owned by the arena */
};

struct csv_info {
    char separator;
    const char *encoding; /* "UTF-8", "UTF-16" or "windows-1252" */
    int n_rows;           /* taken, headings included */
    struct problems problems;
};

/* Calls on_row for each row, in order; it returns false to stop.
 *
 * In:     a  room for about twice the file, four times when little of it is ASCII
 * Out:    ret  written also on failure: its problems say what is wrong
 * Errors: RC_INVALID  the file is empty, binary, or above a limit */
enum rc csv_each(struct arena *a, struct bytes file,
                 bool (*on_row)(void *context, const struct csv_row *row), void *context,
                 struct csv_info *ret) MUST_USE;

struct csv_table {
    int n_columns;              /* of the first row */
    const char *const *heads;   /* [n_columns] */
    const struct csv_row *rows; /* [n_rows], without the headings; each has n_columns cells */
    int n_rows;
    struct csv_info info;
};

/* The whole table; short rows are filled up with "". Errors as csv_each(). */
enum rc csv_read(struct arena *a, struct bytes file, struct csv_table *ret) MUST_USE;

/* Writes one row with CRLF; csv_read() gives back the same cells. */
void csv_put_row(struct buf *b, const char *const *cells, int n_cells);
