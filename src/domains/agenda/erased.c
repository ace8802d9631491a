/* SPDX-License-Identifier: AGPL-3.0-or-later
 * erased.c - a client is erased: times stay, words go. */
#include "agenda_private.h"
#include "agenda_sql.h"
#include "app/app.h"

static enum rc check_none_to_come(struct cx *cx, struct id client)
{
    bool is_booked;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_AGENDA_TO_COME, v, N_ELEMS(v), &rows));
    is_booked = db_next(rows);
    TRY(db_end(rows));
    return is_booked ? refuse(cx, RC_INVALID, NULL,
                              N_("This client has an appointment to come. Cancel it before the "
                                 "client is erased."))
                     : RC_OK;
}

enum rc agenda_event(struct cx *cx, enum event e, struct id subject)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(subject)};
    if (e != EV_CLIENT_ERASED)
        return RC_OK;
    if (!cx->is_replay)
        TRY(check_none_to_come(cx, subject));
    TRY(db_exec(cx->db, &SQL_SELF_NOTES_DROP, v, N_ELEMS(v), NULL));
    return db_exec(cx->db, &SQL_APPOINTMENT_REMARKS_DROP, v, N_ELEMS(v), NULL);
}
