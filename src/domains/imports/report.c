/* SPDX-License-Identifier: AGPL-3.0-or-later
 * report.c - what became of each row of a file: kept sealed in the file's place, given out as a
 * table, and what was left out as it stood, to be corrected and brought again. */
#include "app/audit.h"
#include "imports_private.h"
#include "imports_sql.h"

#include <stdlib.h>
#include <string.h>

/* REPORT_CELLS: the row as it stands in the file, itself a row of a table; "" unless left out. The
 * first row holds the file's headings there. */
enum {
    REPORT_NUMBER,
    REPORT_OUTCOME,
    REPORT_WHO,
    REPORT_WHAT,
    REPORT_REASON,
    REPORT_CELLS,
    REPORT_N_
};
enum { SHOWN_N = REPORT_CELLS };

/* --- keeping it ------------------------------------------------------------------------------ */

static const char *row_text(struct cx *cx, const char *const *cells, int n)
{
    struct buf b;
    buf_init(&b, cx->arena, CSV_MAX_BYTES);
    csv_put_row(&b, cells, n);
    return b.len <= CSV_MAX_CELL_BYTES ? b.s : "";
}

static const char *heads_text(struct cx *cx, const struct import_plan *p)
{
    if (p->n_columns == 0)
        return "";
    const char **heads = arena_array(cx->arena, const char *, p->n_columns);
    for (int i = 0; i < p->n_columns; i++)
        heads[i] = p->columns[i].head;
    return row_text(cx, heads, p->n_columns);
}

static struct bytes report_of(struct cx *cx, const struct import_plan *p)
{
    struct buf b;
    const char *heads[REPORT_N_] = {"row", "outcome", "who", "when", "reason", heads_text(cx, p)};
    buf_init(&b, cx->arena, CSV_MAX_BYTES);
    csv_put_row(&b, heads, REPORT_N_);
    for (int i = 0; i < p->n_rows; i++) {
        const struct import_row *r = &p->rows[i];
        bool is_kept = r->outcome == IMPORT_REFUSED && r->cells != NULL;
        const char *cells[REPORT_N_] = {arena_printf(cx->arena, "%d", r->number),
                                        import_outcome_choices[r->outcome].key,
                                        r->who,
                                        r->what,
                                        r->reason,
                                        is_kept ? row_text(cx, r->cells, p->n_columns) : ""};
        csv_put_row(&b, cells, REPORT_N_);
    }
    return (struct bytes){(const unsigned char *)b.s, b.len};
}

enum rc report_store(struct cx *cx, const struct import *i, const struct import_plan *p)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(import_seal(cx, i->id, 2, report_of(cx, p), &sealed));
    struct db_val v[] = {DB_B(sealed), DB_I(cx->practice), DB_ID(i->id), DB_I(i->progress)};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(db_exec(cx->db, &SQL_IMPORT_FINISH, v, N_ELEMS(v), &n_changed));
    if (n_changed == 1)
        TRY(audit_change(cx, "import_file", i->id, "take", NULL));
    return db_commit(&tx);
}

/* --- reading it ------------------------------------------------------------------------------ */

static enum rc read_report(struct cx *cx, struct id id, struct csv_table *ret)
{
    struct bytes content;
    TRY(import_content(cx, id, true, &content));
    if (csv_read(cx->arena, content, ret) != RC_OK || ret->n_columns != REPORT_N_) {
        cx->detail = "report of an import";
        return RC_BROKEN;
    }
    return RC_OK;
}

static enum import_outcome outcome_of(const char *key)
{
    for (int i = 0; i < IMPORT_OUTCOME_N_; i++)
        if (strcmp(import_outcome_choices[i].key, key) == 0)
            return (enum import_outcome)i;
    return IMPORT_REFUSED;
}

enum rc import_report(struct cx *cx, struct id id, struct import_row **ret, int *ret_n)
{
    struct csv_table t;
    TRY(read_report(cx, id, &t));
    struct import_row *rows = arena_array(cx->arena, struct import_row, t.n_rows + 1);
    for (int i = 0; i < t.n_rows; i++) {
        const char *const *cell = t.rows[i].cells;
        rows[i] = (struct import_row){.number = (int)strtol(cell[REPORT_NUMBER], NULL, 10),
                                      .outcome = outcome_of(cell[REPORT_OUTCOME]),
                                      .who = cell[REPORT_WHO],
                                      .what = cell[REPORT_WHAT],
                                      .reason = cell[REPORT_REASON]};
    }
    *ret = rows;
    *ret_n = t.n_rows;
    return RC_OK;
}

#define UTF8_MARK "\xef\xbb\xbf" /* so that spreadsheets see UTF-8 */

/* A spreadsheet calculates what begins so; an apostrophe says that it is text. */
static const char *as_text(struct cx *cx, const char *s)
{
    return strchr("=+-@\t\r", s[0]) != NULL && s[0] != '\0' ? arena_printf(cx->arena, "'%s", s) : s;
}

enum rc import_report_csv(struct cx *cx, struct id id, struct bytes *ret)
{
    struct import_row *rows;
    int n;
    struct buf b;
    const char *heads[SHOWN_N] = {trc(cx, N_("Row")), trc(cx, N_("What became of it")),
                                  trc(cx, N_("Name")), trc(cx, N_("When")), trc(cx, N_("Why"))};
    TRY(import_report(cx, id, &rows, &n));
    buf_init(&b, cx->arena, CSV_MAX_BYTES);
    buf_puts(&b, UTF8_MARK);
    csv_put_row(&b, heads, SHOWN_N);
    for (int i = 0; i < n; i++) {
        const struct import_row *r = &rows[i];
        const char *cells[SHOWN_N] = {arena_printf(cx->arena, "%d", r->number),
                                      trc(cx, import_outcome_choices[r->outcome].label),
                                      as_text(cx, r->who), as_text(cx, r->what),
                                      as_text(cx, r->reason)};
        csv_put_row(&b, cells, SHOWN_N);
    }
    *ret = (struct bytes){(const unsigned char *)b.s, b.len};
    return RC_OK;
}

/* --- what was left out ---------------------------------------------------------------------------
 */

/* The kept rows below their headings, again a table. *ret_why: the reason of each. */
static enum rc read_left_out(struct cx *cx, struct id id, struct csv_table *ret,
                             const char *const **ret_why)
{
    struct csv_table t;
    struct buf b;
    TRY(read_report(cx, id, &t));
    const char **why = arena_array(cx->arena, const char *, t.n_rows + 1);
    int n = 0;
    buf_init(&b, cx->arena, 2 * CSV_MAX_BYTES);
    buf_puts(&b, "sep=,\r\n"); /* as row_text() writes */
    buf_puts(&b, t.heads[REPORT_CELLS]);
    for (int i = 0; i < t.n_rows; i++)
        if (t.rows[i].cells[REPORT_CELLS][0] != '\0') {
            buf_puts(&b, t.rows[i].cells[REPORT_CELLS]);
            why[n++] = t.rows[i].cells[REPORT_REASON];
        }
    *ret_why = why;
    if (n == 0)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("No row of this file was left out."));
    if (csv_read(cx->arena, (struct bytes){(const unsigned char *)b.s, b.len}, ret) == RC_OK &&
        ret->n_rows == n)
        return RC_OK;
    cx->detail = "rows of an import";
    return RC_BROKEN;
}

enum rc import_left_out_csv(struct cx *cx, struct id id, struct bytes *ret)
{
    struct csv_table t;
    const char *const *why;
    struct buf b;
    TRY(read_left_out(cx, id, &t, &why));
    const char **cells = arena_array(cx->arena, const char *, t.n_columns + 1);
    buf_init(&b, cx->arena, 2 * CSV_MAX_BYTES);
    buf_puts(&b, UTF8_MARK);
    for (int k = 0; k < t.n_columns; k++)
        cells[k] = as_text(cx, t.heads[k]);
    cells[t.n_columns] = trc(cx, N_("Why it was left out"));
    csv_put_row(&b, cells, t.n_columns + 1);
    for (int i = 0; i < t.n_rows; i++) {
        for (int k = 0; k < t.n_columns; k++)
            cells[k] = as_text(cx, t.rows[i].cells[k]);
        cells[t.n_columns] = as_text(cx, why[i]);
        csv_put_row(&b, cells, t.n_columns + 1);
    }
    *ret = (struct bytes){(const unsigned char *)b.s, b.len};
    return RC_OK;
}
