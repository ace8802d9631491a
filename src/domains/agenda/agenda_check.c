/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_check.c - what must always be true of the agenda, whatever happened to the machine. */
#include "agenda_private.h"
#include "agenda_sql.h"

enum rc agenda_check(struct cx *cx,
                     void (*report)(void *arg, const char *invariant, const char *detail),
                     void *arg)
{
    static const struct {
        const struct db_stmt *st;
        const char *invariant;
    } checks[] = {
        {&SQL_CHECK_OVERLAPS, "no two appointments of a clinician, a room or a client overlap"},
        {&SQL_CHECK_SLOTS, "an appointment that stands holds the time of all it needs"},
        {&SQL_CHECK_CLIENTS, "time and state beside each client are the appointment's"},
        {&SQL_CHECK_ORDINALS, "held sessions of a client are numbered without a gap"},
    };
    for (size_t i = 0; i < N_ELEMS(checks); i++) {
        _cleanup_rows_ struct db_rows *rows = NULL;
        struct db_val v[] = {DB_I(cx->practice)};
        TRY(db_query(cx->db, cx->arena, checks[i].st, v, N_ELEMS(v), &rows));
        while (db_next(rows))
            report(arg, checks[i].invariant, db_id(rows, 0).s);
        TRY(db_end(rows));
    }
    return RC_OK;
}
