/* SPDX-License-Identifier: AGPL-3.0-or-later
 * import.c - the export of a practice into an empty installation. */
#include "domains/demo/demo.h"
#include "domains/exports/exports.h"
#include "main/commands.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_BEFORE "log-before-import"

static bool exists(const char *path)
{
    return path != NULL && access(path, F_OK) == 0;
}

/* --- the log that came along --------------------------------------------------------------------
 */

static enum rc no_room(struct cx *cx)
{
    return refuse(cx, RC_BUSY, NULL,
                  N_("The log that came along cannot be written into the data directory: the disk "
                     "is full. Nothing was imported."));
}

static bool copy_bytes(int from, int to)
{
    struct stat st;
    off_t at = 0;
    if (fstat(from, &st) != 0)
        return false;
    while (at < st.st_size)
        if (copy_file_range(from, &at, to, NULL, (size_t)(st.st_size - at), 0) <= 0)
            return false;
    return fsync(to) == 0;
}

static bool copy_file(struct cx *cx, const char *from_dir, const char *to_dir, const char *name)
{
    int from =
        open(arena_printf(cx->arena, "%s/%s", from_dir, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int to = open(arena_printf(cx->arena, "%s/%s", to_dir, name),
                  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    bool is_good = from >= 0 && to >= 0 && copy_bytes(from, to);
    if (from >= 0)
        close(from);
    if (to >= 0 && close(to) != 0)
        is_good = false;
    return is_good;
}

/* Kept as evidence: who saw and changed what before. */
static enum rc keep_log(struct cx *cx, const struct import_seen *seen, const char *to)
{
    const char *from = arena_printf(cx->arena, "%s/audit", seen->dir);
    bool is_good = true;
    remove_tree(to); /* of an import that was killed: there is no practice */
    if (!seen->has_log)
        return RC_OK;
    DIR *d = mkdir(to, 0700) == 0 ? opendir(from) : NULL;
    if (d == NULL)
        return no_room(cx);
    for (struct dirent *e; is_good && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            is_good = copy_file(cx, from, to, e->d_name);
    closedir(d);
    return is_good ? RC_OK : no_room(cx);
}

/* --- where to -----------------------------------------------------------------------------------
 */

/* What was there before, so that a refusal leaves nothing behind. */
struct place {
    const char *db, *data, *key; /* db: a file, or NULL */
    bool had_db, had_data, had_key;
};

static struct place place_of(const struct settings *s)
{
    struct place p = {.data = s->data_dir, .key = s->key_file};
    if (strncmp(s->db, "sqlite:", 7) == 0)
        p.db = s->db + 7;
    p.had_db = exists(p.db);
    p.had_data = exists(p.data);
    p.had_key = exists(p.key);
    return p;
}

static void tidy(struct arena *a, const struct place *p)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < N_ELEMS(suffixes) && p->db != NULL && !p->had_db; i++)
        (void)unlink(arena_printf(a, "%s%s", p->db, suffixes[i]));
    if (p->db != NULL && !p->had_db && !p->had_key) /* with a database that stays its key stays */
        (void)unlink(p->key);
    if (!p->had_data && p->db != NULL)
        remove_tree(p->data);
}

/* One at a time. */
static enum rc alone(struct cx *cx, const char *data_dir, int *ret)
{
    *ret = open(arena_printf(cx->arena, "%s/outgoing/import.lock", data_dir),
                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*ret >= 0 && flock(*ret, LOCK_EX | LOCK_NB) == 0)
        return RC_OK;
    return refuse(cx, RC_CONFLICT, NULL, N_("An import is being made there already."));
}

/* --- the import ---------------------------------------------------------------------------------
 */

static enum rc is_free(struct cx *cx)
{
    return cx->practice == 0 ? RC_OK : refuse(cx, RC_CONFLICT, NULL, IMPORT_OCCUPIED);
}

static enum rc fill(struct house *h, const struct import_ask *ask, struct import_done *ret)
{
    const char *log = arena_printf(&h->arena, "%s/" LOG_BEFORE, h->app.settings.data_dir);
    TRY(is_free(&h->cx));
    TRY(keep_log(&h->cx, ask->seen, log));
    keyring_keep_open(h->app.keys); /* everything is sealed by this process */
    enum rc rc = import_take(&h->cx, ask, ret);
    if (rc != RC_OK && rc != RC_CONFLICT)
        remove_tree(log);
    return rc;
}

/* The new log begins with where it comes from. */
static int begin_log(struct house *h)
{
    int r = house_open_audit(h);
    if (r != 0)
        return r;
    enum rc rc = house_log_changes(h);
    return rc == RC_OK ? 0 : explain(&h->cx, rc, "import");
}

/* What one does who is alone there. */
static int import_alone(const struct options *o, const struct import_ask *ask,
                        const struct place *p)
{
    struct house h;
    struct import_done done;
    int r = house_open(&h, o, true);
    if (r == 0) {
        enum rc rc = fill(&h, ask, &done);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "import");
        if (rc != RC_OK && rc != RC_CONFLICT)
            tidy(&h.arena, p);
    }
    if (r == 0)
        r = begin_log(&h);
    if (r == 0)
        printf("Imported %lld clients, %lld rows. Start: entracte serve\n",
               (long long)done.n_clients, (long long)done.n_rows);
    if (r == 0 && ask->seen->n_damaged > 0)
        printf("%lld values had not opened when the export was made: they are empty here.\n",
               (long long)ask->seen->n_damaged);
    house_close(&h);
    return r;
}

static int import_to(struct cx *cx, const struct options *o, const struct import_ask *ask)
{
    struct place p = place_of(&o->settings);
    int lock = -1, r = house_ground(&o->settings);
    if (r != 0)
        return r;
    enum rc rc = alone(cx, o->settings.data_dir, &lock);
    r = rc == RC_OK ? import_alone(o, ask, &p) : explain(cx, rc, "import");
    if (lock >= 0)
        close(lock);
    return r;
}

static enum rc read_password(struct cx *cx, const struct options *o, bool is_demo, char *ret,
                             size_t size)
{
    if (is_demo) {
        snprintf(ret, size, "%s", DEMO_PASSWORD);
        return RC_OK;
    }
    if (o->email == NULL)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Give --email of a clinician who works in this practice, with a new "
                         "password on standard input: an export has no passwords, and without one "
                         "nobody could open what was said. Nothing was imported."));
    return password_read(ret, size)
               ? RC_OK
               : refuse(cx, RC_INVALID, NULL, N_("No password came on standard input."));
}

/* Looks at all of it before there is a database. */
int command_import(const struct options *o)
{
    struct house h = {.app = {.settings = o->settings, .clock_ms = app_clock_ms}};
    struct import_seen seen;
    char password[256];
    int r = 0;
    if (o->verb == NULL || o->settings.db == NULL || o->settings.data_dir == NULL ||
        o->settings.key_file == NULL) {
        fprintf(stderr, "entracte: Say: import DIR --email E --db URL --data DIR --key-file FILE, "
                        "with a password on standard input\n");
        return 2;
    }
    arena_init(&h.arena, 256 << 20);
    catalogue_init();
    cx_init(&h.cx, &h.app, &h.arena, NULL);
    enum rc rc = import_look(&h.cx, o->verb, &seen);
    if (rc == RC_OK)
        rc = read_password(&h.cx, o, seen.is_demo, password, sizeof(password));
    if (rc != RC_OK)
        r = explain(&h.cx, rc, "import");
    else
        r = import_to(&h.cx, o,
                      &(struct import_ask){.seen = &seen,
                                           .email = o->email,
                                           .password = password,
                                           .is_for_all = seen.is_demo});
    explicit_bzero(password, sizeof(password));
    arena_wipe(&h.arena);
    return r;
}
