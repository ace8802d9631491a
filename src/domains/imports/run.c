/* SPDX-License-Identifier: AGPL-3.0-or-later
 * run.c - takes in what a plan says, some hundred rows at a time.
 *
 * Each transaction moves the import's progress by one from what was seen: of two runs at once the
 * second stops. A row that the rules refuse after all is named, and its batch begins again. */
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

/* --- all of it ------------------------------------------------------------------------------ */

static int by_number(const void *x, const void *y)
{
    const struct import_row *a = x, *b = y;
    return a->number - b->number;
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
    if (run.plan.open_date != NULL)
        return refuse(cx, RC_INVALID, "dates", N_("Say how the dates are written."));
    TRY(take_all(&run));
    if (run.import.kind != IMPORT_CALENDAR) /* which is in the order of time */
        qsort(run.plan.rows, (size_t)run.plan.n_rows, sizeof(*run.plan.rows), by_number);
    enum rc rc = RC_BUSY;
    for (int i = 0; i < BUSY_TRIES && rc == RC_BUSY; i++)
        rc = report_store(cx, &run.import, &run.plan);
    return rc;
}
