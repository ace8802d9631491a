/* SPDX-License-Identifier: AGPL-3.0-or-later
 * upgrade_next.c - build/entracte-next is the program with the migrations of a release to come,
 * for test_upgrade.py: NEXT says how the last one behaves. */
#include "db/migrate.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 512 };
extern const struct migration __real_migrations[];
extern const int __real_n_migrations;
extern struct migration __wrap_migrations[ROOM];
extern int __wrap_n_migrations;
struct migration __wrap_migrations[ROOM];
int __wrap_n_migrations;

static const char new_table[] =
    "CREATE TABLE next_thing (practice_id @i64@ NOT NULL, id TEXT NOT NULL, n @i64@ NOT NULL,"
    " PRIMARY KEY (practice_id, id)) @strict@;";

static const struct {
    const char *next, *sql;
} ways[] = {
    {"good", "INSERT INTO next_thing VALUES (1, 'a', 1);"},
    /* long enough for a kill in the middle */
    {"long", "INSERT INTO next_thing WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
             " WHERE n < 60000) SELECT 1, CAST(n AS TEXT), n FROM c;"},
    {"fails", "INSERT INTO next_thing SELECT 1, 'a', n FROM a_table_that_is_not_there;"},
    {"loses", "DELETE FROM task;"},
    {"says_so", "-- fewer rows: task\nDELETE FROM task;"},
    {"breaks", "UPDATE task SET treats_id = 'nobody' WHERE client_id IS NOT NULL;"},
};

static const char *sql_of(const char *next)
{
    for (size_t i = 0; i < N_ELEMS(ways); i++)
        if (next != NULL && strcmp(ways[i].next, next) == 0)
            return ways[i].sql;
    abort();
}

/* Two, so that one has run when the other fails. */
__attribute__((constructor)) static void add_next(void)
{
    int n = __real_n_migrations;
    if (n + 2 > ROOM)
        abort();
    memcpy(__wrap_migrations, __real_migrations, (size_t)n * sizeof(struct migration));
    __wrap_migrations[n++] = (struct migration){9001, "9001_next_thing", new_table, 1};
    __wrap_migrations[n++] = (struct migration){9002, "9002_next", sql_of(getenv("NEXT")), 2};
    __wrap_n_migrations = n;
}
