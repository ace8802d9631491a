/* SPDX-License-Identifier: AGPL-3.0-or-later
 * wall.c - the second wall between practices: row-level security on PostgreSQL. Its policies
 * compare with what db_practice() told the server.
 *
 * The wall is raised around every table that migrations made, so that none is forgotten; what may
 * be seen before a practice is known is opened by policies of its own, in migrations. Somebody who
 * takes it down is not overlooked: the program does not start. */
#include "db/db_private.h"

#include <string.h>

/* FORCE binds the tables' owner too. Without practice_id a table gets no policy here, so that
 * nothing is seen of it until a migration says who may. */
static const char raise_all[] =
    "DO $$ DECLARE t record; BEGIN"
    " FOR t IN SELECT c.relname AS name,"
    "   EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid"
    "            AND a.attname = 'practice_id' AND NOT a.attisdropped) AS has_practice,"
    "   EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid"
    "            AND p.polname = 'practice') AS has_policy,"
    "   c.relrowsecurity AND c.relforcerowsecurity AS stands"
    "  FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relname <> 'schema_migration'"
    "   AND c.relnamespace = current_schema()::regnamespace"
    " LOOP"
    "  IF NOT t.stands THEN"
    "   EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',"
    "                  t.name);"
    "  END IF;"
    "  IF t.has_practice AND NOT t.has_policy THEN"
    "   EXECUTE format('CREATE POLICY practice ON %I USING (practice_id ="
    " NULLIF(current_setting(''app.practice'', true), '''')::bigint)', t.name);"
    "  END IF;"
    " END LOOP; END $$";

/* A migration that changes rows changes those of all practices; raise_all binds the owner again. */
static const char lower_all[] =
    "DO $$ DECLARE t record; BEGIN"
    " FOR t IN SELECT c.relname AS name FROM pg_class c"
    "  WHERE c.relkind IN ('r', 'p') AND c.relforcerowsecurity"
    "   AND c.relnamespace = current_schema()::regnamespace"
    " LOOP"
    "  EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', t.name);"
    " END LOOP; END $$";

/* One row for each thing that is wrong. A database that other machines can reach is one, whoever
 * may sign in to it: what was asked of a firewall may be undone on a busy day. */
static const struct db_stmt faults = {
    "wall_faults",
    0,
    false,
    {NULL, "SELECT 0, CAST(rolname AS TEXT) FROM pg_roles WHERE rolname = current_user"
           " AND (rolsuper OR rolbypassrls)"
           " UNION ALL SELECT 1, CAST(c.relname AS TEXT) FROM pg_class c"
           " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace"
           "  AND c.relname <> 'schema_migration'"
           "  AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity"
           "       OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid"
           "                       AND p.polname IN ('practice', 'nobodys')))"
           " UNION ALL SELECT 2, a FROM (SELECT btrim(s) AS a FROM"
           "  unnest(string_to_array(current_setting('listen_addresses'), ',')) s) l"
           " WHERE a NOT IN ('', 'localhost', '::1') AND a NOT LIKE '127.%'"
           " ORDER BY 1, 2"}};

/* By the number of the fault. */
static const char *const sentences[] = {
    "The database role %s is a superuser or bypasses row-level security. Use a plain role that "
    "owns the database.",
    "The table %s has no row-level security that binds its owner. Somebody changed the schema by "
    "hand.",
    "The database server listens on the network (%s). Set its listen_addresses to '' and use the "
    "local socket.",
};

enum rc db_wall_raise(struct db *db)
{
    return db_engine(db) == DB_PGSQL ? db_script(db, raise_all) : RC_OK;
}

enum rc db_wall_lower(struct db *db)
{
    return db_engine(db) == DB_PGSQL ? db_script(db, lower_all) : RC_OK;
}

enum rc db_wall_check(struct db *db, struct arena *a, const char **ret_why)
{
    if (db_engine(db) != DB_PGSQL)
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(db, a, &faults, NULL, 0, &rows));
    if (!db_next(rows))
        return db_end(rows);
    *ret_why = arena_printf(a, sentences[db_i64(rows, 0)], db_text(rows, 1));
    return RC_INVALID;
}
