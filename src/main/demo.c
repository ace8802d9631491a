/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo.c - a fictitious practice; prints who may sign in. */
#include "domains/demo/demo.h"

#include "app/audit.h"
#include "main/commands.h"

#include <stdio.h>

/* Bulk: a large cache, and the disk is waited for once at the end, before anything is acknowledged.
 */
static enum rc bulk(struct db *db, bool begin)
{
    if (db_engine(db) == DB_PGSQL)
        return db_script(db,
                         begin ? "SET synchronous_commit = off" : "SET synchronous_commit = on");
    return db_script(db, begin ? "PRAGMA cache_size = -400000; PRAGMA synchronous = OFF"
                               : "PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)");
}

int command_demo(const struct options *o)
{
    struct house h;
    struct demo_sign_in *who = NULL;
    int n = 0;
    int r = house_open(&h, o, true);
    if (r == 0) {
        keyring_keep_open(h.app.keys); /* it makes what was said in all these years */
        struct demo_options d = {o->seed, (int)o->clinicians, (int)o->clients, (int)o->years};
        enum rc rc = bulk(h.db, true);
        if (rc == RC_OK)
            rc = demo_make(&h.cx, &d, &who, &n);
        if (rc == RC_OK)
            r = house_open_audit(&h);
        if (rc == RC_OK && r == 0)
            rc = house_log_changes(&h); /* of all these years */
        if (rc == RC_OK)
            rc = db_analyze(h.db);
        if (rc == RC_OK)
            rc = bulk(h.db, false);
        r = r != 0 ? r : rc == RC_OK ? 0 : explain(&h.cx, rc, "demo");
    }
    for (int i = 0; i < n && r == 0; i++)
        printf("sign-in: %s %s %s\n", who[i].email, DEMO_PASSWORD, who[i].roles);
    house_close(&h);
    return r;
}
