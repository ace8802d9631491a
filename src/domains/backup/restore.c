/* SPDX-License-Identifier: AGPL-3.0-or-later
 * restore.c - an archive into an empty database and an empty directory. */
#include "backup_private.h"
#include "db/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS_ARENA_BYTES = 1 << 30, PART_ARENA_BYTES = 256 << 20 };

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define _cleanup_fd_ CLEANUP(fd_close)

static void in_free(struct arc_in **in)
{
    arc_in_free(*in);
}
static void db_drop(struct db **db)
{
    if (*db != NULL)
        db_close(*db);
}
static void load_drop(struct load **l)
{
    db_load_free(*l);
}

static enum rc faulty(struct cx *cx, enum arc_fault f)
{
    return f == ARC_OK ? RC_OK : refuse(cx, RC_INVALID, NULL, arc_sentences[f]);
}

/* --- the beginning ----------------------------------------------------------------------- */

static enum rc open_archive(struct cx *cx, const struct restore *r, int *ret_fd,
                            struct arc_in **ret)
{
    *ret_fd = open(r->archive, O_RDONLY | O_CLOEXEC);
    if (*ret_fd < 0)
        return faulty(cx, ARC_NONE);
    return faulty(cx, arc_open(*ret_fd, r->kit, r->key, ret));
}

static enum rc read_manifest(struct cx *cx, struct arc_in *in, struct manifest *ret)
{
    const char *name;
    int64_t n;
    struct bytes text;
    TRY(faulty(cx, arc_next(in, &name, &n)));
    if (name == NULL || strcmp(name, MANIFEST_NAME) != 0)
        return faulty(cx, ARC_NOT_OURS);
    TRY(faulty(cx, arc_take(in, cx->arena, &text)));
    enum rc rc = manifest_parse(arena_strndup(cx->arena, (const char *)text.p, text.len), ret);
    if (rc == RC_CONFLICT)
        return refuse(cx, RC_INVALID, NULL,
                      N_("The archive was made by a newer version of this program, or by another "
                         "one. Install the version that made it, or a later one."));
    return rc == RC_OK ? RC_OK : faulty(cx, ARC_NOT_OURS);
}

enum rc restore_look(struct cx *cx, const struct restore *r, struct manifest *ret)
{
    _cleanup_fd_ int fd = -1;
    CLEANUP(in_free) struct arc_in *in = NULL;
    TRY(open_archive(cx, r, &fd, &in));
    return read_manifest(cx, in, ret);
}

/* --- files ------------------------------------------------------------------------------------ */

static enum rc there_is_something(struct cx *cx)
{
    return refuse(cx, RC_CONFLICT, NULL,
                  N_("There are data already where the backup is to go. Nothing was changed: name "
                     "an empty place, or move away what is there."));
}

static enum rc no_room(struct cx *cx)
{
    return refuse(cx, RC_BUSY, NULL,
                  N_("What is restored cannot be written there: the disk is full, or not to be "
                     "written."));
}

static void dir_close(DIR **d)
{
    if (*d != NULL)
        closedir(*d);
}

static enum rc make_dirs(struct cx *cx, const char *path)
{
    static const char *const below[] = {"", "/outgoing", "/outgoing/stamps"};
    CLEANUP(dir_close) DIR *d = opendir(path);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            return there_is_something(cx);
    for (size_t i = 0; i < N_ELEMS(below); i++)
        if (mkdir(arena_printf(cx->arena, "%s%s", path, below[i]), 0700) != 0 && errno != EEXIST)
            return no_room(cx);
    return RC_OK;
}

/* The few that there are, by name; a stamp's is a number and what it is. */
static bool is_file_of_ours(const char *name)
{
    static const char stamps[] = "outgoing/stamps/";
    if (strncmp(name, stamps, strlen(stamps)) != 0)
        return strcmp(name, "audit.log") == 0 || strcmp(name, "audit.key") == 0;
    name += strlen(stamps);
    size_t n = strspn(name, "0123456789");
    return n > 0 && (strcmp(name + n, ".tsr") == 0 || strcmp(name + n, ".txt") == 0);
}

static enum rc take_file(struct cx *cx, struct arc_in *in, const char *dir, const char *name)
{
    if (!is_file_of_ours(name))
        return faulty(cx, ARC_NOT_OURS);
    const char *path = arena_printf(cx->arena, "%s/%s", dir, name);
    _cleanup_fd_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return no_room(cx);
    enum arc_fault f = arc_take_file(in, fd);
    return f == ARC_NONE ? no_room(cx) : faulty(cx, f);
}

/* --- all of it
 * ------------------------------------------------------------------------------------
 */

struct filling {
    struct cx *cx;
    const struct restore *r;
    struct arc_in *in;
    struct load *load;
    struct arena *statements; /* wiped after the connection is closed */
    struct arena part;
};

/* What lets somebody in without a password. Since the backup it may have been ended or used, and a
 * copy cannot know: it does not come back. */
static bool lets_in(const char *name)
{
    static const char *const tables[] = {"tables/session.", "tables/person_link.",
                                         "tables/passkey_challenge."};
    for (size_t i = 0; i < N_ELEMS(tables); i++)
        if (strncmp(name, tables[i], strlen(tables[i])) == 0)
            return true;
    return false;
}

static enum rc take_rows(struct filling *f, const char *name)
{
    struct bytes rows;
    arena_reset(&f->part);
    if (lets_in(name))
        return RC_OK;
    TRY(faulty(f->cx, arc_take(f->in, &f->part, &rows)));
    enum rc rc = arc_load(f->load, name, rows);
    return rc == RC_INVALID ? faulty(f->cx, ARC_NOT_OURS) : rc == RC_BUSY ? no_room(f->cx) : rc;
}

static enum rc take_members(struct filling *f)
{
    const char *name;
    int64_t n;
    for (;;) {
        TRY(faulty(f->cx, arc_next(f->in, &name, &n)));
        if (name == NULL)
            return RC_OK;
        if (strncmp(name, "files/", 6) == 0)
            TRY(take_file(f->cx, f->in, f->r->data_dir, name + 6));
        else
            TRY(take_rows(f, name));
    }
}

static enum rc fill(struct filling *f, struct db *db, const struct manifest *m)
{
    CLEANUP(load_drop) struct load *l = NULL;
    enum rc rc = migrate_run_first(db, m->n_migrations);
    if (rc == RC_OK)
        rc = db_load_begin(db, f->statements, false, &l);
    if (rc == RC_CONFLICT)
        return there_is_something(f->cx);
    if (rc != RC_OK)
        return no_room(f->cx);
    f->load = l;
    arena_init(&f->part, PART_ARENA_BYTES);
    rc = take_members(f);
    arena_wipe(&f->part);
    TRY(rc);
    rc = db_load_end(l);
    if (rc == RC_OK)
        rc = migrate_run(db);
    if (rc == RC_OK)
        rc = db_analyze(db);
    return rc == RC_CONFLICT ? faulty(f->cx, ARC_NOT_OURS) : rc == RC_OK ? RC_OK : no_room(f->cx);
}

enum rc restore_fill(struct cx *cx, const struct restore *r, struct manifest *ret)
{
    _cleanup_fd_ int fd = -1;
    CLEANUP(in_free) struct arc_in *in = NULL;
    CLEANUP(arena_wipe) struct arena rows = {0};
    CLEANUP(db_drop) struct db *db = NULL;
    arena_init(&rows, ROWS_ARENA_BYTES);
    TRY(open_archive(cx, r, &fd, &in));
    TRY(read_manifest(cx, in, ret));
    TRY(make_dirs(cx, r->data_dir));
    if (db_open(r->db, false, &db) != RC_OK)
        return refuse(cx, RC_BUSY, NULL, N_("The database for it cannot be opened."));
    struct filling f = {.cx = cx, .r = r, .in = in, .statements = &rows};
    return fill(&f, db, ret);
}
