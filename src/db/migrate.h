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

/* Runs what is missing, in one transaction: all of it, or nothing. Several that start at once do it
 * one after the other. Errors: RC_CONFLICT newer or altered schema. */
enum rc migrate_run(struct db *db) MUST_USE;
/* The same up to the first `n` of them, for rows that were written under that schema. */
enum rc migrate_run_first(struct db *db, int n) MUST_USE;

/* What an upgrade of data that are in use takes care of. A table may not end with fewer rows than
 * it had, unless one of the migrations has a line "-- fewer rows: TABLE". */
struct migrate_care {
    struct arena *arena; /* is wiped after the connection is closed */
    void *arg;
    enum rc (*before)(void *arg, int n_applied); /* nothing is changed yet, nobody else migrates */
    enum rc (*check)(void *arg);                 /* everything has run, nothing is kept yet */
    bool is_trial;                               /* nothing is kept */
    enum migrate_stop { STOP_BEFORE, STOP_RUN, STOP_ROWS, STOP_CHECK, STOP_NONE } stop; /* out */
    const char *what; /* out: the migration, or the table, that it stopped at; or NULL */
};
/* Whatever stops it, nothing was changed. */
enum rc migrate_with_care(struct db *db, struct migrate_care *care) MUST_USE;
