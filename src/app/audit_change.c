/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_change.c - one row for each change, in the change's own transaction. */
#include "app/audit.h"
#include "app_sql.h"

enum { SALT_BYTES = 16 };

static enum rc put(struct cx *cx, const char *record, struct id id, const char *action,
                   const char *fields, struct bytes content_hash)
{
    unsigned char salt[SALT_BYTES];
    seal_random(salt, sizeof(salt));
    const struct bytes salted = {salt, sizeof(salt)};
    const struct db_val v[] = {
        DB_I(cx->practice), DB_I(cx->now_ms), DB_ID(cx->actor.user), DB_S(record),       DB_ID(id),
        DB_S(action),       DB_S(fields),     DB_B(salted),          DB_B(content_hash),
    };
    return db_exec(cx->db, &SQL_AUDIT_CHANGE_INSERT, v, N_ELEMS(v), NULL);
}

enum rc audit_change(struct cx *cx, const char *record, struct id id, const char *action,
                     const char *fields)
{
    return put(cx, record, id, action, fields, (struct bytes){0});
}

enum rc audit_change_of(struct cx *cx, const char *record, struct id id, const char *action,
                        struct bytes content)
{
    unsigned char hash[32];
    seal_hash(content, hash);
    return put(cx, record, id, action, NULL, (struct bytes){hash, sizeof(hash)});
}
