/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exports.c - the order of things: what is known, tables, pages, hashes. */
#include "domains/exports/exports.h"

#include "app/audit.h"
#include "arc/zip.h"
#include "base/log.h"
#include "domains/practice/practice.h"
#include "exports_private.h"
#include "exports_sql.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_ARENA_BYTES = 512 << 20 };

static void spool_drop(struct spool **s)
{
    spool_free(*s);
}

static void zip_drop(struct zip_out **z)
{
    zip_free(*z);
}

/* --- before anything is opened
 * -------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct id *)a)->s, ((const struct id *)b)->s);
}

bool is_asked_for(const struct export_ask *ask, struct id client)
{
    if (id_is_set(ask->client))
        return id_eq(client, ask->client);
    if (!id_is_set(ask->clinician))
        return true;
    return ask->n_clients > 0 && bsearch(&client, ask->clients, (size_t)ask->n_clients,
                                         sizeof(*ask->clients), by_id) != NULL;
}

static enum rc ids_of(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                      struct id **ret, int *ret_n)
{
    struct id *list = NULL;
    int n = 0, size = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n_v, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, size);
        list[n++] = db_id(rows, 0);
    }
    TRY(db_end(rows));
    if (n > 0) /* as bytes, whatever the database's order is */
        qsort(list, (size_t)n, sizeof(*list), by_id);
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc export_caseload(struct cx *cx, struct id clinician, struct id **ret, int *ret_n)
{
    const struct db_val v[] = {DB_I(cx->practice), DB_ID(clinician), DB_I(cx->now_ms)};
    TRY(ids_of(cx, &SQL_EXPORT_PERSON, v, 2, ret, ret_n));
    if (*ret_n == 0)
        return refuse(cx, RC_NOT_FOUND, NULL, EXPORT_NOBODY);
    return ids_of(cx, &SQL_EXPORT_CASELOAD, v, N_ELEMS(v), ret, ret_n);
}

static enum rc announce_all(struct cx *cx, const struct export_ask *ask, int *ret_n)
{
    const struct db_val v[] = {DB_I(cx->practice)};
    struct id *list;
    int n;
    TRY(ids_of(cx, &SQL_EXPORT_CLIENTS, v, N_ELEMS(v), &list, &n));
    *ret_n = 0;
    for (int i = 0; i < n; i++)
        if (is_asked_for(ask, list[i])) {
            TRY(audit_change_about(cx, list[i], "client", list[i], "export", NULL));
            (*ret_n)++;
        }
    return RC_OK;
}

enum rc export_announce(struct cx *cx, const struct export_ask *ask)
{
    int n = 0;
    if (!seal_is_open(cx->keys, cx->practice))
        return refuse(cx, RC_DENIED, NULL,
                      N_("An export has what was said, and that opens with a clinician's password "
                         "or the recovery kit. Nothing was exported."));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(announce_all(cx, ask, &n));
    if (n == 0 && id_is_set(ask->client))
        return refuse(cx, RC_NOT_FOUND, NULL,
                      N_("There is no such client. The id is the last part of the address of the "
                         "client's page."));
    TRY(audit_change(cx, "practice", (struct id){0}, "export", NULL));
    return db_commit(&tx);
}

/* --- writing
 * ---------------------------------------------------------------------------------------- */

/* A table that nobody has thought of is not left out in silence. */
static enum rc check_tables(const struct export *x)
{
    enum rc rc = RC_OK;
    for (int i = 0; i < x->n_tables; i++) {
        bool is_known = stays_at_home(x->tables[i].name);
        for (int k = 0; k < n_exported && !is_known; k++)
            is_known = strcmp(exported[k].table, x->tables[i].name) == 0;
        if (!is_known) {
            log_error("export: nobody says what becomes of table %s", x->tables[i].name);
            rc = RC_BROKEN;
        }
    }
    return rc;
}

/* The pages and the packing are a step each. */
static void tell(const struct export *x, int n_done)
{
    if (x->ask->progress == NULL)
        return;
    x->ask->progress->n_steps = n_exported + 2;
    x->ask->progress->n_done = n_done;
}

static enum rc write_all(struct export *x)
{
    TRY(dir_new(x, "json"));
    TRY(dir_new(x, "csv"));
    TRY(dir_new(x, "files"));
    TRY(dir_new(x, "files/photos"));
    TRY(maps_load(x));
    TRY(pages_begin(x));
    for (int i = 0; i < n_exported; i++) {
        tell(x, i);
        TRY(table_export(x, &exported[i]));
    }
    tell(x, n_exported);
    TRY(tables_end(x));
    TRY(pages_end(x));
    TRY(schema_put(x));
    return manifest_put(x);
}

static void end_read(struct db **db)
{
    if (*db != NULL)
        db_end_read(*db);
}

/* One snapshot, on a connection of its own. */
static enum rc write_snapshot(struct export *x)
{
    TRY(db_begin_read(x->db));
    CLEANUP(end_read) struct db *reading UNUSED = x->db;
    TRY(db_dump_tables(x->db, x->cx->arena, &x->tables, &x->n_tables));
    TRY(check_tables(x));
    enum rc rc = write_all(x);
    pages_drop(x);
    tables_drop(x);
    return rc;
}

static enum rc sync_dir(struct cx *cx, const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_good = fd >= 0 && syncfs(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_good ? RC_OK : not_written(cx);
}

/* In the practice's language, whoever makes it. */
static enum rc speak(struct export *x)
{
    struct cx *cx = x->cx;
    x->practice = arena_new(cx->arena, struct practice);
    TRY(practice_load(cx, x->practice));
    cx->locale = locale_get(x->practice->locale);
    cx->cat = catalogue_get(locale_language(cx->locale));
    cx->zone = zone_get(x->practice->time_zone);
    cx->currency = x->practice->currency;
    cx->says_patient = x->practice->says_patient;
    return RC_OK;
}

/* Into the directory, or the spool when x has one. */
static enum rc write_export(struct cx *cx, struct export *x)
{
    struct cx own = *cx;
    x->cx = &own;
    TRY(speak(x));
    TRY(db_open(cx->app->settings.db, false, &x->db));
    (void)db_practice(x->db, cx->practice);
    arena_init(&x->batch, BATCH_ARENA_BYTES);
    x->in = own;
    x->in.arena = &x->batch;
    enum rc rc = write_snapshot(x);
    db_close(x->db);
    arena_wipe(&x->batch);
    for (int i = 0; i < own.n_errs && rc != RC_OK; i++)
        (void)refuse(cx, rc, NULL, own.errs[i].user);
    x->cx = cx;
    return rc;
}

enum rc export_write(struct cx *cx, const struct export_ask *ask, struct export_done *ret)
{
    struct export *x = arena_new(cx->arena, struct export);
    *x = (struct export){.ask = ask};
    TRY(write_export(cx, x));
    *ret = x->done;
    return sync_dir(cx, ask->dir);
}

const char *export_readme(struct cx *cx, const struct export_done *done)
{
    char when[32];
    ms_format_iso(cx->now_ms, when);
    return arena_printf(
        cx->arena,
        "Entracte export, format 1, made %s\n\n"
        "index.html   to read, on any computer\n"
        "csv, json    the same as tables; schema.json says what they hold\n"
        "files        what was put on record as a file\n"
        "audit        who saw and changed what, if it is here: entracte-verify checks it\n\n"
        "%lld clients, %lld rows. Hash of everything but audit and this file:\n%s\n\n"
        "Nothing here is encrypted. Whoever has these files can read them all.\n",
        when, (long long)done->n_clients, (long long)done->n_rows, done->sha256);
}

/* --- packed -------------------------------------------------------------------------------------
 */

static enum rc put_packed(void *arg, struct bytes part)
{
    return spool_put(arg, part);
}

static enum rc pack_file(struct export *x, struct zip_out *zip, const struct out_file *f,
                         unsigned char *some)
{
    struct arena *a = x->cx->arena;
    TRY(zip_file(zip, arena_printf(a, "entracte-export/%s", f->path), f->n_bytes, x->cx->now_ms));
    for (int i = 0; i < f->n_pieces; i++)
        for (int64_t at = 0, n; at < f->piece[i].n; at += n) {
            n = f->piece[i].n - at < SPOOL_CHUNK_BYTES ? f->piece[i].n - at : SPOOL_CHUNK_BYTES;
            TRY(spool_get(x->spool, f->piece[i].at + at, some, (size_t)n));
            TRY(zip_data(zip, (struct bytes){some, (size_t)n}));
        }
    return is_cancelled(x) ? RC_DENIED : RC_OK;
}

static enum rc pack(struct export *x, struct spool *to)
{
    const char *readme = export_readme(x->cx, &x->done);
    CLEANUP(zip_drop) struct zip_out *zip = NULL;
    TRY(file_whole(x, "README.txt", (struct bytes){(const unsigned char *)readme, strlen(readme)}));
    unsigned char *some = arena_alloc(x->cx->arena, SPOOL_CHUNK_BYTES);
    TRY(zip_begin(put_packed, to, &zip));
    for (int i = 0; i < x->n_files; i++)
        TRY(pack_file(x, zip, &x->files[i], some));
    return zip_end(zip);
}

enum rc export_zip(struct cx *cx, const struct export_ask *ask, struct spool **ret,
                   struct export_done *ret_done)
{
    CLEANUP(spool_drop) struct spool *loose = NULL;
    CLEANUP(spool_drop) struct spool *packed = NULL;
    struct export *x = arena_new(cx->arena, struct export);
    if (spool_new(ask->dir, &loose) != RC_OK || spool_new(ask->dir, &packed) != RC_OK)
        return not_written(cx);
    *x = (struct export){.ask = ask, .spool = loose};
    TRY(write_export(cx, x));
    tell(x, n_exported + 1);
    enum rc rc = pack(x, packed);
    if (rc != RC_OK)
        return rc == RC_BUSY ? not_written(cx) : rc;
    tell(x, n_exported + 2);
    *ret_done = x->done;
    *ret = packed;
    packed = NULL;
    return RC_OK;
}
