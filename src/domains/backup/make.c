/* SPDX-License-Identifier: AGPL-3.0-or-later
 * make.c - makes an archive while everybody goes on working.
 *
 * What must fit together is read in an order: the key of the log, how long the log is, then a
 * snapshot of the database. The log is taken up to where either of the two knew of it, so that it
 * has no change that the snapshot lacks, and the snapshot knows of no record that is missing. */
#include "app/audit.h"
#include "backup_private.h"
#include "backup_sql.h"
#include "base/days.h"
#include "db/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARENA_BYTES = 256 << 20, KEY_FILE_MAX = 4096, SAME_SECOND_MAX = 10 };

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define _cleanup_fd_ CLEANUP(fd_close)

static void out_free(struct arc_out **o)
{
    arc_out_free(*o);
}
static void db_drop(struct db **db)
{
    if (*db != NULL)
        db_close(*db);
}

static enum rc not_written(struct cx *cx)
{
    return refuse(
        cx, RC_BUSY, NULL,
        N_("The backup could not be written: the disk is full or not there. Nothing of it "
           "was kept."));
}

/* --- for whom ---------------------------------------------------------------------------- */

static enum rc recipients(struct cx *cx, struct age_key *ret, int *ret_n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    *ret_n = 0;
    TRY(db_query(cx->db, cx->arena, &SQL_BACKUP_KITS, NULL, 0, &rows));
    while (*ret_n < AGE_RECIPIENTS_MAX && db_next(rows)) {
        struct bytes key = db_bytes(rows, 0);
        if (key.len != AGE_KEY_BYTES)
            return RC_BROKEN;
        memcpy(ret[(*ret_n)++].b, key.p, AGE_KEY_BYTES);
    }
    TRY(db_end(rows));
    return *ret_n > 0
               ? RC_OK
               : refuse(cx, RC_INVALID, NULL,
                        N_("There is no recovery kit yet, and a backup is sealed to it. Make "
                           "the kit first."));
}

/* --- what goes in ---------------------------------------------------------------------------- */

/* The sink of the tables, which also listens for how much of the log the snapshot knows. */
struct snapshot {
    struct dump_sink to;
    struct audit_log *log;
    int64_t n_log;
};

static int column(const struct dump_table *t, const char *name)
{
    for (int i = 0; i < t->n_cols; i++)
        if (strcmp(t->cols[i], name) == 0)
            return i;
    return -1;
}

static enum rc on_table(void *arg, const struct dump_table *t)
{
    struct snapshot *s = arg;
    return s->to.table(s->to.arg, t);
}

static enum rc on_row(void *arg, const struct dump_table *t, const struct db_val *v)
{
    struct snapshot *s = arg;
    if (strcmp(t->name, "audit_anchor") == 0) {
        int id = column(t, "log_id"), n = column(t, "n");
        if (id < 0 || n < 0)
            return RC_BROKEN;
        if (v[id].kind == DB_BLOB && v[id].b.len == sizeof(s->log->log_id) &&
            memcmp(v[id].b.p, s->log->log_id, sizeof(s->log->log_id)) == 0 && v[n].i > s->n_log)
            s->n_log = v[n].i;
    }
    return s->to.row(s->to.arg, t, v);
}

static enum rc on_table_end(void *arg, const struct dump_table *t)
{
    struct snapshot *s = arg;
    return s->to.table_end(s->to.arg, t);
}

static enum rc put_tables(struct cx *cx, struct arc_out *out, struct audit_log *log,
                          int64_t *ret_n_log)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    CLEANUP(db_drop) struct db *db = NULL;
    struct snapshot s = {.log = log, .n_log = log->n};
    arena_init(&a, ARENA_BYTES);
    TRY(db_open(cx->app->settings.db, false, &db));
    arc_tables(out, &s.to);
    TRY(db_dump(db, &a, &(struct dump_sink){&s, on_table, on_row, on_table_end}));
    *ret_n_log = s.n_log;
    return RC_OK;
}

static enum rc put_whole_file(struct arc_out *out, int dir, const char *file, const char *name)
{
    struct stat st;
    _cleanup_fd_ int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? RC_OK : RC_BROKEN;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return RC_BROKEN;
    return arc_put_file(out, name, fd, st.st_size);
}

static void dir_close(DIR **d)
{
    if (*d != NULL)
        closedir(*d);
}

/* Time stamps of checkpoints: small files that never change. */
static enum rc put_stamps(struct arc_out *out, int data_dir)
{
    char name[128];
    int fd = openat(data_dir, "outgoing/stamps", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(dir_close) DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        if (strspn(e->d_name, "0123456789") == 0)
            continue;
        int n = snprintf(name, sizeof(name), "files/outgoing/stamps/%s", e->d_name);
        if (n < (int)sizeof(name))
            TRY(put_whole_file(out, dirfd(d), e->d_name, name));
    }
    return RC_OK;
}

static enum rc put_log(struct arc_out *out, int data_dir, int64_t n_log)
{
    _cleanup_fd_ int fd = openat(data_dir, "audit.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 ? arc_put_file(out, "files/audit.log", fd,
                                  n_log * (int64_t)sizeof(struct audit_record))
                   : RC_BROKEN;
}

static enum rc read_key(int data_dir, unsigned char ret[static KEY_FILE_MAX], size_t *ret_n)
{
    _cleanup_fd_ int fd = openat(data_dir, "audit.key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd >= 0 ? read(fd, ret, KEY_FILE_MAX) : -1;
    *ret_n = n > 0 ? (size_t)n : 0;
    return n > 0 ? RC_OK : RC_BROKEN;
}

static enum rc put_all(struct cx *cx, struct arc_out *out)
{
    unsigned char key[KEY_FILE_MAX];
    size_t n_key;
    struct audit_log log = {.fd = -1};
    struct manifest m = {.made_ms = cx->now_ms};
    _cleanup_fd_ int dir = open(cx->app->settings.data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return RC_BROKEN;
    TRY(read_key(dir, key, &n_key));
    TRY(audit_log_open(cx->app->settings.data_dir, &log));
    m.n_log = log.n;
    memcpy(m.log_id, log.log_id, sizeof(m.log_id));
    audit_log_close(&log);
    TRY(erased_key(cx, &m.erased));
    const char *text = manifest_text(cx->arena, &m);
    TRY(arc_put(out, MANIFEST_NAME, (struct bytes){(const unsigned char *)text, strlen(text)}));
    TRY(put_tables(cx, out, &log, &m.n_log));
    TRY(arc_put(out, "files/audit.key", (struct bytes){key, n_key}));
    TRY(put_log(out, dir, m.n_log));
    return put_stamps(out, dir);
}

/* --- one file --------------------------------------------------------------------------------- */

enum rc backup_alone(struct cx *cx, int *ret)
{
    const char *dir = arena_printf(cx->arena, "%s/outgoing", cx->app->settings.data_dir);
    const char *path = arena_printf(cx->arena, "%s/backup.lock", dir);
    (void)mkdir(dir, 0700);
    *ret = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*ret >= 0 && flock(*ret, LOCK_EX | LOCK_NB) == 0)
        return RC_OK;
    return refuse(cx, RC_CONFLICT, NULL, N_("A backup is being made already."));
}

/* nth: of those that are made in the same second. */
static const char *name_of(struct arena *a, int64_t ms, int nth)
{
    char day[11];
    int64_t min = ms / 60000 % 1440;
    days_format_iso((int32_t)(ms / 86400000), day);
    return arena_printf(a, "entracte-%sT%02d%02d%02dZ%s.age", day, (int)(min / 60), (int)(min % 60),
                        (int)(ms / 1000 % 60), nth > 0 ? arena_printf(a, "-%d", nth) : "");
}

static enum rc write_archive(struct cx *cx, int fd, struct backup *b, struct age_file_key *ret_key)
{
    struct age_key to[AGE_RECIPIENTS_MAX];
    int n_to;
    struct stat st;
    CLEANUP(out_free) struct arc_out *out = NULL;
    TRY(recipients(cx, to, &n_to));
    TRY(arc_begin(fd, to, n_to, &out));
    TRY(put_all(cx, out));
    TRY(arc_end(out));
    arc_out_key(out, ret_key);
    b->n_rows = arc_n_rows(out);
    if (fstat(fd, &st) != 0)
        return RC_BUSY;
    b->n_bytes = st.st_size;
    return RC_OK;
}

const char *backup_part_name(struct cx *cx, const char *what)
{
    unsigned char hash[32];
    const char *of = cx->app->settings.data_dir;
    seal_hash((struct bytes){(const unsigned char *)of, strlen(of)}, hash);
    return arena_printf(cx->arena, ".entracte-%s.%s.part", audit_hex(cx->arena, hash, 8), what);
}

static enum rc publish(struct cx *cx, int dir, const char *part, const char **ret_name)
{
    for (int nth = 0; nth < SAME_SECOND_MAX; nth++) {
        *ret_name = name_of(cx->arena, cx->now_ms, nth);
        if (renameat2(dir, part, dir, *ret_name, RENAME_NOREPLACE) == 0)
            return fsync(dir) == 0 ? RC_OK : RC_BUSY;
        if (errno != EEXIST)
            return RC_BUSY;
    }
    return RC_BUSY;
}

enum rc backup_make(struct cx *cx, const char *dir, struct backup *ret,
                    struct age_file_key *ret_key)
{
    struct backup b = {.id = id_new(), .made_ms = cx->now_ms};
    const char *name = NULL;
    const char *part = backup_part_name(cx, "age");
    _cleanup_fd_ int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return refuse(cx, RC_INVALID, NULL,
                      N_("The directory for backups is not there, or cannot be opened."));
    (void)unlinkat(at, part, 0); /* ours, of a run that was killed: we are alone */
    _cleanup_fd_ int fd =
        openat(at, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return not_written(cx);
    enum rc rc = write_archive(cx, fd, &b, ret_key);
    if (rc == RC_OK)
        rc = publish(cx, at, part, &name);
    if (rc != RC_OK)
        (void)unlinkat(at, part, 0);
    if (rc == RC_BUSY)
        return not_written(cx);
    TRY(rc);
    b.path = arena_printf(cx->arena, "%s/%s", dir, name);
    TRY(backup_note(cx, &b));
    *ret = b;
    return RC_OK;
}
