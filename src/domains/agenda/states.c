/* SPDX-License-Identifier: AGPL-3.0-or-later
 * states.c - from booked to held, cancelled or missed; and closed. */
#include "agenda_private.h"
#include "agenda_sql.h"

/* Booked, confirmed, arrived and back as one likes; whatever did not take place may be booked
 * again. What was held must first be opened again: nobody cancels it by a slip. */
static bool may_become(enum appointment_state from, enum appointment_state to)
{
    if (from == APPT_HELD || to == APPT_HELD)
        return from == to || appointment_is_open(from == APPT_HELD ? to : from);
    return true;
}

static enum rc state_check(struct cx *cx, const struct appointment *a, enum appointment_state to)
{
    bool says_it_was = to == APPT_HELD || to == APPT_NO_SHOW;
    if (a->closed_ms != 0)
        return refuse(cx, RC_INVALID, "state",
                      N_("This session is closed. Its Close page corrects what was recorded."));
    if (!may_become(a->state, to))
        return refuse(
            cx, RC_INVALID, "state",
            a->state == APPT_HELD
                ? N_("This session was held. Set it back to booked first.")
                : N_("This appointment was cancelled or missed. Set it back to booked first."));
    if (says_it_was && zone_local(cx->zone, a->start_ms).days > cx_today(cx))
        return refuse(cx, RC_INVALID, "state", N_("This appointment is still to come."));
    return RC_OK;
}

static enum rc move(struct cx *cx, const struct appointment *was, int64_t version,
                    enum appointment_state s, const char *reason)
{
    struct appointment is = *was;
    is.version = version;
    is.state = s;
    if (appointment_holds_slot(s))
        is.cancel_reason = NULL;
    else if (reason != NULL)
        is.cancel_reason = reason;
    TRY(appointment_update(cx, was, &is, appointment_state_choices[s].key));
    return RC_OK;
}

enum rc appointment_set_state(struct cx *cx, struct id id, int64_t version,
                              enum appointment_state s, const char *reason)
{
    struct appointment was;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(appointment_load(cx, id, &was));
    TRY(state_check(cx, &was, s));
    TRY(move(cx, &was, version, s, reason));
    return db_commit(&tx);
}

/* --- the rest of a repetition ----------------------------------------------------------- */

struct version_of {
    struct id id;
    int64_t version;
};

static enum rc following(struct cx *cx, const struct appointment *a, struct version_of **ret,
                         int *ret_n)
{
    struct version_of *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(a->series), DB_I(a->start_ms + 1)};
    TRY(db_query(cx->db, cx->arena, &SQL_SERIES_FOLLOWING, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct version_of){db_id(rows, 0), db_i64(rows, 1)};
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

enum rc appointment_cancel_series(struct cx *cx, struct id id, int64_t version, const char *reason,
                                  int *ret_n)
{
    struct appointment first;
    struct version_of *rest;
    int n;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(appointment_load(cx, id, &first));
    if (!id_is_set(first.series))
        return refuse(cx, RC_INVALID, NULL, N_("This appointment is not repeated."));
    TRY(appointment_set_state(cx, id, version, APPT_CANCELLED, reason));
    TRY(following(cx, &first, &rest, &n));
    for (int i = 0; i < n; i++)
        TRY(appointment_set_state(cx, rest[i].id, rest[i].version, APPT_CANCELLED, reason));
    TRY(db_commit(&tx));
    *ret_n = n + 1;
    return RC_OK;
}

/* --- closing ------------------------------------------------------------------------------ */

static bool is_closed_so(const struct appointment *a, enum appointment_state s,
                         int64_t actual_start_ms, int64_t actual_end_ms)
{
    return a->closed_ms != 0 && a->state == s && a->actual_start_ms == actual_start_ms &&
           a->actual_end_ms == actual_end_ms;
}

enum rc appointment_close(struct cx *cx, struct id id, enum appointment_state s,
                          int64_t actual_start_ms, int64_t actual_end_ms)
{
    struct appointment was, is;
    if (s != APPT_HELD && s != APPT_LATE_CANCEL && s != APPT_NO_SHOW)
        return refuse(cx, RC_INVALID, "attendance", N_("Say whether the session was held."));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(appointment_load(cx, id, &was));
    if (!is_closed_so(&was, s, actual_start_ms, actual_end_ms)) {
        is = was;
        is.state = s;
        is.actual_start_ms = actual_start_ms;
        is.actual_end_ms = actual_end_ms;
        is.closed_ms = was.closed_ms != 0 ? was.closed_ms : cx->now_ms;
        TRY(appointment_update(cx, &was, &is, "close"));
    }
    return db_commit(&tx);
}
