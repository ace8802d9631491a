/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_change.c - one row for each change, in the change's own transaction. */
#include "app/audit.h"
#include "app_sql.h"

enum rc audit_change(struct cx *cx, const char *record, struct id id, const char *action,
                     const char *fields)
{
    const struct db_val v[] = {
        DB_I(cx->practice), DB_I(cx->now_ms), DB_ID(cx->actor.user), DB_S(record),
        DB_ID(id),          DB_S(action),     DB_S(fields),
    };
    return db_exec(cx->db, &SQL_AUDIT_CHANGE_INSERT, v, N_ELEMS(v), NULL);
}
