/* SPDX-License-Identifier: AGPL-3.0-or-later
 * run.c - takes in what a plan says, some hundred rows at a time, and keeps the report.
 *
 * Each transaction moves the import's progress by one from what was seen: of two runs at once the
 * second stops. A row that the rules refuse after all is named, and its batch begins again. */
#include "app/audit.h"
#include "imports_private.h"
#include "imports_sql.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_ROWS = 200, BATCH_ARENA_BYTES = 256 * 1024 * 1024, BUSY_TRIES = 5 };

struct run {
    struct cx *cx;
    struct import import;
    struct import_plan plan;
    int n_taken;
};

/* --- one row --------------------------------------------------------------------------- */

static enum rc take_appointment(struct run *run, struct import_row *r)
{
    struct cx *cx = run->cx;
    struct appointment a = *r->appointment;
    TRY(slots_free(cx, &a));
    TRY(appointment_save(cx, &a));
    if (a.end_ms > cx->now_ms || !run->import.past_held)
        return RC_OK;
    return appointment_close(cx, a.id, APPT_HELD, 0, 0);
}

static enum rc take_row(struct run *run, struct import_row *r)
{
    struct client c;
    if (r->appointment != NULL)
        return take_appointment(run, r);
    c = *r->client;
    return client_save(run->cx, &c);
}

/* --- one batch ------------------------------------------------------------------------------ */

static enum rc step(struct run *run)
{
    struct cx *cx = run->cx;
    int64_t n_changed;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(run->import.id), DB_I(run->import.progress)};
    TRY(db_exec(cx->db, &SQL_IMPORT_STEP, v, N_ELEMS(v), &n_changed));
    return n_changed == 1 ? RC_OK
                          : refuse(cx, RC_CONFLICT, NULL,
                                   N_("This file is being taken in already. Look again in a "
                                      "moment."));
}

/* *ret_at: the row that was refused; -1: it was not a row. */
static enum rc take_batch(struct run *run, int from, int to, int *ret_at)
{
    struct cx *cx = run->cx;
    *ret_at = -1;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(step(run));
    for (int i = from; i < to; i++) {
        if (run->plan.rows[i].outcome != IMPORT_TAKEN)
            continue;
        enum rc rc = take_row(run, &run->plan.rows[i]);
        if (rc != RC_OK) {
            *ret_at = i;
            return rc;
        }
    }
    return db_commit(&tx);
}

/* In memory of its own, given back at once: a batch may need as much as a whole request. */
static enum rc take_batch_apart(struct run *run, int from, int to, int *ret_at,
                                const char **ret_why)
{
    struct cx *cx = run->cx;
    struct arena *outer = cx->arena, own;
    int n_errs = cx->n_errs;
    arena_init(&own, BATCH_ARENA_BYTES);
    cx->arena = &own;
    enum rc rc = take_batch(run, from, to, ret_at);
    cx->arena = outer;
    cx->detail = NULL;
    *ret_why = errors_taken(cx, n_errs); /* a copy in the outer arena */
    arena_wipe(&own);
    return rc;
}

static enum rc take_until_done(struct run *run, int from, int to)
{
    struct cx *cx = run->cx;
    for (int n_busy = 0;;) {
        int at;
        const char *why;
        enum rc rc = take_batch_apart(run, from, to, &at, &why);
        if (rc == RC_OK) {
            run->import.progress++;
            return RC_OK;
        }
        if (rc == RC_BUSY && ++n_busy < BUSY_TRIES)
            continue;
        if (at >= 0 && (rc == RC_INVALID || rc == RC_CONFLICT || rc == RC_NOT_FOUND))
            row_refuse(&run->plan.rows[at], why);
        else if (rc == RC_CONFLICT)
            return refuse(cx, rc, NULL, why);
        else
            return rc;
    }
}

/* The database went away in the middle: what is left is named, and can be brought again. */
static void give_up(struct run *run, int from)
{
    for (int i = from; i < run->plan.n_rows; i++)
        if (run->plan.rows[i].outcome == IMPORT_TAKEN)
            row_refuse(&run->plan.rows[i],
                       trc(run->cx, N_("The database was busy. Bring the file again: what is here "
                                       "already is skipped.")));
}

static enum rc take_all(struct run *run)
{
    for (int from = 0; from < run->plan.n_rows; from += BATCH_ROWS) {
        int left = run->plan.n_rows - from, n = left < BATCH_ROWS ? left : BATCH_ROWS;
        enum rc rc = take_until_done(run, from, from + n);
        if (rc == RC_BUSY && from > 0) {
            give_up(run, from);
            return RC_OK;
        }
        TRY(rc);
    }
    return RC_OK;
}

/* --- the report ------------------------------------------------------------------------------- */

enum { REPORT_NUMBER, REPORT_OUTCOME, REPORT_WHO, REPORT_WHAT, REPORT_REASON, REPORT_N_ };
static const char *const report_heads[REPORT_N_] = {"row", "outcome", "who", "when", "reason"};

static int by_number(const void *x, const void *y)
{
    const struct import_row *a = x, *b = y;
    return a->number - b->number;
}

static enum rc store_report(struct run *run)
{
    struct cx *cx = run->cx;
    struct import_plan *p = &run->plan;
    struct bytes sealed;
    struct buf b;
    int64_t n_changed;
    buf_init(&b, cx->arena, CSV_MAX_BYTES);
    csv_put_row(&b, report_heads, REPORT_N_);
    for (int i = 0; i < p->n_rows; i++) {
        const struct import_row *r = &p->rows[i];
        const char *cells[REPORT_N_] = {arena_printf(cx->arena, "%d", r->number),
                                        import_outcome_choices[r->outcome].key, r->who, r->what,
                                        r->reason};
        csv_put_row(&b, cells, REPORT_N_);
    }
    TRY(import_seal(cx, run->import.id, 2, (struct bytes){(const unsigned char *)b.s, b.len},
                    &sealed));
    struct db_val v[] = {DB_B(sealed), DB_I(cx->practice), DB_ID(run->import.id),
                         DB_I(run->import.progress)};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(db_exec(cx->db, &SQL_IMPORT_FINISH, v, N_ELEMS(v), &n_changed));
    if (n_changed == 1)
        TRY(audit_change(cx, "import_file", run->import.id, "take", NULL));
    return db_commit(&tx);
}

enum rc import_run(struct cx *cx, struct id id)
{
    struct run run = {.cx = cx};
    _cleanup_work_ struct work w = {0};
    work_open(&w, cx);
    TRY(import_load(cx, id, &run.import));
    if (run.import.is_done)
        return RC_OK;
    TRY(import_choose(cx, &run.import)); /* is what was chosen still there? */
    TRY(import_plan(cx, &run.import, &run.plan));
    TRY(take_all(&run));
    if (run.import.kind != IMPORT_CALENDAR) /* which is in the order of time */
        qsort(run.plan.rows, (size_t)run.plan.n_rows, sizeof(*run.plan.rows), by_number);
    enum rc rc = RC_BUSY;
    for (int i = 0; i < BUSY_TRIES && rc == RC_BUSY; i++)
        rc = store_report(&run);
    return rc;
}

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
    const char *heads[REPORT_N_] = {trc(cx, N_("Row")), trc(cx, N_("What became of it")),
                                    trc(cx, N_("Name")), trc(cx, N_("When")), trc(cx, N_("Why"))};
    TRY(import_report(cx, id, &rows, &n));
    buf_init(&b, cx->arena, CSV_MAX_BYTES);
    buf_puts(&b, "\xef\xbb\xbf"); /* so that spreadsheets see UTF-8 */
    csv_put_row(&b, heads, REPORT_N_);
    for (int i = 0; i < n; i++) {
        const struct import_row *r = &rows[i];
        const char *cells[REPORT_N_] = {arena_printf(cx->arena, "%d", r->number),
                                        trc(cx, import_outcome_choices[r->outcome].label),
                                        as_text(cx, r->who), as_text(cx, r->what),
                                        as_text(cx, r->reason)};
        csv_put_row(&b, cells, REPORT_N_);
    }
    *ret = (struct bytes){(const unsigned char *)b.s, b.len};
    return RC_OK;
}
