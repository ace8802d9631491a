/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backup.c - backup and restore where there is no browser. */
#include "domains/backup/backup.h"

#include "app/audit.h"
#include "domains/keys/keys.h"
#include "main/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *path)
{
    return path != NULL && access(path, F_OK) == 0;
}

/* --- backup -------------------------------------------------------------------------------- */

/* What the restored copy is worth: everything that `check` knows, with the keys of this house. */
static enum rc check_copy(struct house *h, const char *db, const char *data_dir, int *ret_n)
{
    struct house copy = {.app = h->app};
    enum rc rc = RC_BROKEN;
    copy.app.settings.db = db;
    copy.app.settings.data_dir = data_dir;
    copy.app.audit = NULL;
    arena_init(&copy.arena, 256 << 20);
    if (db_open(db, false, &copy.db) == RC_OK) {
        cx_init(&copy.cx, &copy.app, &copy.arena, copy.db);
        cx_practice(&copy.cx, h->cx.practice);
        copy.cx.zone = h->cx.zone;
        copy.cx.currency = h->cx.currency;
        rc = house_check(&copy, ret_n);
        db_close(copy.db);
    }
    arena_wipe(&copy.arena);
    return rc;
}

static const char *proof_dir(struct cx *cx)
{
    return arena_printf(cx->arena, "%s/outgoing/proof", cx->app->settings.data_dir);
}

void house_sweep_proof(struct house *h)
{
    int alone = -1;
    const char *dir = proof_dir(&h->cx);
    if (!exists(dir) || backup_alone(&h->cx, &alone) != RC_OK)
        return;
    remove_tree(dir);
    close(alone);
}

/* A backup counts when it was restored from the disk and what came of it was right. */
static enum rc prove(struct house *h, const struct backup *b, const struct age_file_key *key)
{
    struct cx *cx = &h->cx;
    struct manifest m;
    int n = 0;
    const char *dir = proof_dir(cx);
    const char *db = arena_printf(cx->arena, "sqlite:%s/db", dir);
    const char *data = arena_printf(cx->arena, "%s/files", dir);
    remove_tree(dir);
    if (mkdir(dir, 0700) != 0)
        return refuse(cx, RC_BUSY, NULL, N_("There is no room to try the backup out."));
    enum rc rc = restore_fill(
        cx, &(struct restore){.archive = b->path, .key = key, .db = db, .data_dir = data}, &m);
    if (rc == RC_OK)
        rc = check_copy(h, db, data, &n);
    remove_tree(dir);
    TRY(rc);
    return n == 0
               ? backup_proven(cx, b->id)
               : refuse(cx, RC_BROKEN, NULL,
                        N_("The backup was restored to try it out, and is not right. Do not rely "
                           "on it; run: entracte check"));
}

enum rc house_back_up(struct house *h, const char *dir, struct backup *ret)
{
    struct age_file_key key;
    int alone = -1;
    enum rc rc = backup_alone(&h->cx, &alone);
    if (rc == RC_OK)
        rc = backup_make(&h->cx, dir, ret, &key);
    if (rc == RC_OK)
        rc = prove(h, ret, &key);
    if (rc == RC_OK)
        rc = erased_write(&h->cx, dir);
    if (alone >= 0)
        close(alone);
    explicit_bzero(&key, sizeof(key));
    return rc;
}

int command_backup(const struct options *o)
{
    struct house h;
    struct backup b;
    const char *dir = o->to != NULL ? o->to : o->settings.backup_to;
    if (dir == NULL) {
        fprintf(stderr, "entracte: Give --to DIR, a directory for backups.\n");
        return 2;
    }
    int r = house_open(&h, o, false);
    if (r == 0) {
        enum rc rc = house_back_up(&h, dir, &b);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "backup");
    }
    if (r == 0)
        printf("%s\n", b.path);
    house_close(&h);
    return r;
}

/* --- restore ----------------------------------------------------------------------------------
 * What comes of an archive is made beside where it belongs. When it is whole, a mark says so, and
 * the parts are moved to their places; a run that was killed is taken up from the mark, or begun
 * anew without one. */

struct places {
    const char *db, *db_file, *db_beside; /* file: NULL on PostgreSQL */
    const char *data, *data_beside, *mark, *mark_beside;
    const char *key, *key_beside;
};

static struct places places_of(struct arena *a, const struct settings *s)
{
    bool is_file = strncmp(s->db, "sqlite:", 7) == 0;
    struct places p = {.db = s->db, .data = s->data_dir, .key = s->key_file};
    p.db_file = is_file ? s->db + 7 : NULL;
    p.db_beside = is_file ? arena_printf(a, "%s.restoring", s->db) : s->db;
    p.data_beside = arena_printf(a, "%s.restoring", s->data_dir);
    p.mark = arena_printf(a, "%s/restored", p.data);
    p.mark_beside = arena_printf(a, "%s/restored", p.data_beside);
    p.key_beside = arena_printf(a, "%s.restoring", p.key);
    return p;
}

static void remove_rest(struct arena *a, const struct places *p)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    remove_tree(p->data_beside);
    (void)unlink(p->key_beside);
    for (size_t i = 0; i < N_ELEMS(suffixes) && p->db_file != NULL; i++)
        (void)unlink(arena_printf(a, "%s%s", p->db_beside + 7, suffixes[i]));
}

static enum rc must_be_free(struct cx *cx, const struct places *p)
{
    if (exists(p->db_file) || (exists(p->data) && rmdir(p->data) != 0))
        return refuse(cx, RC_CONFLICT, NULL,
                      N_("There are data already where the backup is to go. Nothing was changed: "
                         "name an empty place, or move away what is there."));
    if (exists(p->key))
        return refuse(cx, RC_CONFLICT, NULL,
                      N_("There is a key file already. Move it away first, if it is not the right "
                         "one."));
    return RC_OK;
}

static enum rc put_mark(struct cx *cx, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok ? RC_OK : refuse(cx, RC_BUSY, NULL, N_("What is restored cannot be written there."));
}

/* The new key file opens it, and the paper alone has made it. */
static enum rc make_key(struct cx *cx, const struct places *p, const char *words)
{
    struct cx inner;
    struct db *db = NULL;
    if (db_open(p->db_beside, false, &db) != RC_OK)
        return RC_BUSY;
    cx_init(&inner, cx->app, cx->arena, db);
    enum rc rc = kit_recover_key(&inner, words, p->key_beside);
    for (int i = 0; i < inner.n_errs; i++)
        (void)refuse(cx, rc, NULL, inner.errs[i].user);
    db_close(db);
    return rc;
}

/* Whoever was erased after the archive was made, before anybody can use what is restored. */
static enum rc erase_again(struct cx *cx, const struct options *o, const struct places *p,
                           const struct tombstone *list, int n)
{
    struct house h;
    struct options there = *o;
    int n_again = 0;
    there.settings.db = p->db_beside;
    there.settings.data_dir = p->data_beside;
    there.settings.key_file = p->key_beside;
    enum rc rc = house_open(&h, &there, false) == 0 ? RC_OK : RC_BROKEN;
    if (rc == RC_OK)
        rc = retention_replay(&h.cx, list, n, &n_again);
    house_close(&h);
    if (rc != RC_OK)
        return refuse(cx, rc, NULL,
                      N_("Clients who were erased after the backup could not be erased again."));
    if (n_again > 0)
        printf("Erased again, as after this backup: %d of the clients in it.\n", n_again);
    return RC_OK;
}

/* Without a list nobody can tell who was erased since. */
static enum rc tombstones_beside(struct cx *cx, const char *archive, const struct manifest *m,
                                 struct tombstone **ret, int *ret_n)
{
    enum rc rc = erased_read(cx, archive, &m->erased, ret, ret_n);
    if (rc == RC_NOT_FOUND)
        fprintf(stderr, "There is no list of erased clients beside the archive: whoever was erased "
                        "after it was made is there again.\n");
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc move(struct cx *cx, const char *from, const char *to)
{
    return !exists(from) || rename(from, to) == 0
               ? RC_OK
               : refuse(cx, RC_BUSY, NULL,
                        N_("What was restored could not be moved to its place."));
}

/* From the mark on nothing can go wrong that the same command does not finish. */
static enum rc settle(struct cx *cx, const struct places *p)
{
    TRY(move(cx, p->data_beside, p->data));
    TRY(move(cx, p->key_beside, p->key));
    return p->db_file != NULL ? move(cx, p->db_beside + 7, p->db_file) : RC_OK;
}

static enum rc restore(struct cx *cx, const struct options *o, const struct places *p)
{
    struct kit_seed seed;
    struct age_key kit;
    struct manifest m;
    struct tombstone *erased = NULL;
    int n_erased = 0;
    const char *words;
    struct restore r = {
        .archive = o->verb, .kit = &kit, .db = p->db_beside, .data_dir = p->data_beside};
    TRY(words_from_file(cx, o->recovery_kit, &words));
    TRY(kit_seed_of_words(cx, words, &seed));
    age_identity_of_kit(&seed, &kit);
    explicit_bzero(&seed, sizeof(seed));
    enum rc rc = restore_look(cx, &r, &m);
    if (rc == RC_OK)
        rc = must_be_free(cx, p);
    if (rc == RC_OK)
        rc = tombstones_beside(cx, r.archive, &m, &erased, &n_erased);
    if (rc == RC_OK) {
        remove_rest(cx->arena, p);
        rc = restore_fill(cx, &r, &m);
        if (rc == RC_OK)
            rc = make_key(cx, p, words);
        if (rc == RC_OK && n_erased > 0)
            rc = erase_again(cx, o, p, erased, n_erased);
        if (rc == RC_OK)
            rc = put_mark(cx, p->mark_beside);
        if (rc != RC_OK)
            remove_rest(cx->arena, p);
    }
    explicit_bzero(&kit, sizeof(kit));
    return rc == RC_OK ? settle(cx, p) : rc;
}

/* The log says that it goes on from a copy, and everything is looked at. */
static int conclude(const struct options *o, const struct places *p)
{
    struct house h;
    int n = 0;
    int64_t seq;
    const struct audit_entry e = {.kind = AUDIT_SYSTEM, .action = "restore"};
    int r = house_open(&h, o, false);
    if (r == 0)
        r = house_open_audit(&h);
    if (r == 0) {
        enum rc rc = audit_append(h.app.audit, h.app.clock_ms(), &e, &seq);
        if (rc == RC_OK)
            rc = house_check(&h, &n);
        r = rc == RC_OK ? n > 0 : explain(&h.cx, rc, "restore");
    }
    if (r == 0) {
        (void)unlink(p->mark);
        printf("Restored. All invariants hold; the key file is a new one. Start: entracte serve\n");
    }
    house_close(&h);
    return r;
}

int command_restore(const struct options *o)
{
    struct house h = {.app = {.settings = o->settings, .clock_ms = app_clock_ms}};
    int r = 0;
    if (o->verb == NULL || o->settings.db == NULL || o->settings.data_dir == NULL ||
        o->settings.key_file == NULL) {
        fprintf(stderr, "entracte: Say: restore ARCHIVE --recovery-kit FILE --db URL --data DIR "
                        "--key-file FILE\n");
        return 2;
    }
    arena_init(&h.arena, 64 << 20);
    catalogue_init();
    struct places p = places_of(&h.arena, &o->settings);
    cx_init(&h.cx, &h.app, &h.arena, NULL);
    enum rc rc =
        exists(p.mark) || exists(p.mark_beside) ? settle(&h.cx, &p) : restore(&h.cx, o, &p);
    if (rc != RC_OK)
        r = explain(&h.cx, rc, "restore");
    if (r == 0)
        r = conclude(o, &p);
    arena_wipe(&h.arena);
    return r;
}
