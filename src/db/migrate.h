/* SPDX-License-Identifier: AGPL-3.0-or-later
 * migrate.h - brings a database to this program's schema; forward only.
 *
 * Migrations are embedded (tools/embed_migrations.py): files NNNN_name.sql of all domains,
 * numbers unique in the project. Tokens: @i64@ @blob@ @serial@ @strict@ @strict_key@. A line
 * "-- only: sqlite" or "-- only: pgsql" starts a part for one engine, "-- only: both" ends it. */
#pragma once
#include "db/db.h"

struct migration {
    int number;
    const char *name;  /* "0010_client" */
    const char *sql;   /* with tokens */
    uint64_t checksum; /* FNV-1a 64 of sql */
};
extern const struct migration migrations[]; /* ascending */
extern const int n_migrations;

/* How the database stands against this program. */
enum schema_state { SCHEMA_EMPTY, SCHEMA_OLDER, SCHEMA_CURRENT, SCHEMA_NEWER, SCHEMA_ALTERED };
enum rc migrate_state(struct db *db, enum schema_state *ret) MUST_USE;

/* Runs what is missing, one transaction each. Errors: RC_CONFLICT newer or altered schema. */
enum rc migrate_run(struct db *db) MUST_USE;
/* The same up to the first `n` of them, for rows that were written under that schema. */
enum rc migrate_run_first(struct db *db, int n) MUST_USE;
