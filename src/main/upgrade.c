/* SPDX-License-Identifier: AGPL-3.0-or-later
 * upgrade.c - a newer program at a practice's data: a copy first, then all migrations and every
 * check in one transaction, which keeps all of it or nothing (docs/adr/0016-upgrades.md). */
#include "db/dump.h"
#include "db/migrate.h"
#include "domains/backup/backup.h"
#include "domains/trust/trust.h"
#include "main/commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { ROWS_ARENA_BYTES = 1 << 30, CHECK_ARENA_BYTES = 256 << 20 };

struct upgrade {
    struct house *h;
    bool is_trial;
    int n_broken;
};

static void db_drop(struct db **db)
{
    if (*db != NULL)
        db_close(*db);
}
static void load_drop(struct load **l)
{
    db_load_free(*l);
}
static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* --- the copy ------------------------------------------------------------------------------ */

static enum rc take_table(void *arg, const struct dump_table *t)
{
    return db_load_table(arg, t);
}

static enum rc take_row(void *arg, const struct dump_table *t UNUSED, const struct db_val *v)
{
    return db_load_row(arg, v);
}

/* The rows of a PostgreSQL database into a file of the same age. */
static enum rc copy_rows(const char *url, const char *path, int n_applied)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    CLEANUP(db_drop) struct db *from = NULL;
    CLEANUP(db_drop) struct db *to = NULL;
    CLEANUP(load_drop) struct load *l = NULL;
    arena_init(&a, ROWS_ARENA_BYTES);
    TRY(db_open(url, false, &from));
    TRY(db_open(arena_printf(&a, "sqlite:%s", path), false, &to));
    TRY(migrate_run_first(to, n_applied));
    TRY(db_load_begin(to, &a, false, &l));
    TRY(db_dump(from, &a, &(struct dump_sink){l, take_table, take_row, NULL}));
    return db_load_end(l);
}

static void remove_database(struct arena *a, const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < N_ELEMS(suffixes); i++)
        (void)unlink(arena_printf(a, "%s%s", path, suffixes[i]));
}

static enum rc sync_dir(const char *dir)
{
    CLEANUP(fd_close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? RC_OK : RC_BUSY;
}

/* Whole, or not there: the copy of the upgrade before stays until then. */
static enum rc make_copy(void *arg, int n_applied)
{
    const struct upgrade *u = arg;
    struct house *h = u->h;
    const struct settings *s = &h->app.settings;
    const char *path = before_upgrade_path(&h->arena, s);
    const char *part = arena_printf(&h->arena, "%s.part", path);
    if (u->is_trial)
        return RC_OK;
    remove_database(&h->arena, part);
    enum rc rc =
        db_engine(h->db) == DB_SQLITE ? db_copy_to(h->db, part) : copy_rows(s->db, part, n_applied);
    if (rc == RC_OK && rename(part, path) == 0)
        return sync_dir(arena_printf(&h->arena, "%s/" SENT_DIR, s->data_dir));
    remove_database(&h->arena, part);
    return RC_BUSY;
}

/* --- the check ----------------------------------------------------------------------------- */

static enum rc check_open(struct house *copy, struct upgrade *u)
{
    cx_init(&copy->cx, &copy->app, &copy->arena, copy->db);
    TRY(house_load(copy));
    if (copy->cx.practice == 0) /* nobody set it up yet, or it is one of many */
        return RC_OK;
    TRY(house_check(copy, &u->n_broken));
    return u->n_broken == 0 ? before_upgrade_made(&copy->cx) : RC_CONFLICT;
}

/* By the new program, on the new schema, before anything of it is kept. */
static enum rc check(void *arg)
{
    struct upgrade *u = arg;
    struct house copy = {.app = u->h->app, .db = u->h->db};
    arena_init(&copy.arena, CHECK_ARENA_BYTES);
    enum rc rc = check_open(&copy, u);
    arena_wipe(&copy.arena);
    return rc;
}

/* --- all of it ----------------------------------------------------------------------------- */

static int failed(struct house *h, const struct migrate_care *c, enum rc rc)
{
    static const char as_before[] = "Nothing was changed: the data are as they were, and the "
                                    "version of before goes on with them.";
    const char *why = NULL;
    if (rc == RC_BUSY && c->stop == STOP_BEFORE)
        why = "The copy that is made before an upgrade could not be written: the disk is full, or "
              "another program uses the database.";
    else if (rc == RC_BUSY)
        why = "The upgrade was broken off: the disk is full, or another program uses the database.";
    else if (c->stop == STOP_ROWS && c->what != NULL)
        why = arena_printf(&h->arena, "The upgrade would have lost rows of the table %s.", c->what);
    else if (c->stop == STOP_CHECK)
        why = "After the upgrade the data would not have been right, as entracte check says.";
    else
        why = arena_printf(&h->arena, "The upgrade failed%s%s.",
                           c->what != NULL ? " in its step " : "", or_empty(c->what));
    fprintf(stderr, "entracte: %s %s\n", why, as_before);
    return EXIT_UPGRADE;
}

int house_upgrade(struct house *h, bool is_trial)
{
    struct upgrade u = {.h = h, .is_trial = is_trial};
    struct migrate_care care = {
        .arena = &h->arena, .arg = &u, .before = make_copy, .check = check, .is_trial = is_trial};
    const char *lock = arena_printf(&h->arena, "%s/upgrade.lock", h->app.settings.data_dir);
    CLEANUP(fd_close) int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) /* others of this computer wait */
        return failed(h, &care, RC_BUSY);
    enum rc rc = migrate_with_care(h->db, &care);
    return rc == RC_OK ? 0 : failed(h, &care, rc);
}
