/* SPDX-License-Identifier: AGPL-3.0-or-later
 * house.c - opening and closing what a command works with. */
#include "app/audit.h"
#include "app/root_key.h"
#include "db/migrate.h"
#include "domains/access/access.h"
#include "domains/agenda/agenda.h"
#include "domains/backup/backup.h"
#include "domains/domains.h"
#include "domains/keys/keys.h"
#include "domains/people/people.h"
#include "domains/tasks/tasks.h"
#include "domains/trust/trust.h"
#include "main/commands.h"
#include "seal/audit_keys.h"
#include "seal/call.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int refused(const char *why)
{
    fprintf(stderr, "entracte: %s\n", why);
    return EXIT_REFUSED;
}

int explain(struct cx *cx, enum rc rc, const char *what)
{
    for (int i = 0; i < cx->n_errs; i++)
        fprintf(stderr, "entracte: %s\n", cx->errs[i].user);
    if (cx->n_errs == 0)
        fprintf(stderr, "entracte: %s did not work%s.\n", what,
                rc == RC_BUSY     ? "; the database cannot be reached or is full"
                : rc == RC_BROKEN ? "; what is stored is damaged: keep a copy before anything else"
                                  : "");
    return 1;
}

/* A database without anything in it gets a key; any other must come with its own. */
static int open_keys(struct house *h, struct door *door, bool is_new)
{
    const char *why = NULL;
    if (door != NULL) {
        struct call c = {.op = CALL_KEY_FILE, .n = {is_new}};
        enum rc rc = door_call(door, &h->arena, &c);
        return rc == RC_OK ? 0 : refused(call_string(&h->arena, c.out[0]));
    }
    const char *file = h->app.settings.key_file;
    if (is_new && access(file, F_OK) != 0 && keyring_make_file(file) != RC_OK)
        return refused("The key file cannot be written. Its directory must exist.");
    if (keyring_open_with(file, passphrase_read, &h->app.keys, &why) == RC_OK)
        return 0;
    return refused(why != NULL ? why : "The key file cannot be read.");
}

static int open_schema(struct house *h, const struct options *o, enum schema_state state,
                       bool migrate)
{
    if (state == SCHEMA_NEWER)
        return refused("The database was made by a newer version of this program. Install that "
                       "version or a later one.");
    if (state == SCHEMA_ALTERED)
        return refused(
            "The database's schema was altered by hand; this program does not touch it.");
    if (state == SCHEMA_CURRENT)
        return 0;
    if (!migrate)
        return refused("The database has an older schema, or none. Run: entracte migrate");
    if (state == SCHEMA_EMPTY && o->dry_run)
        return refused("There are no data to try an upgrade on.");
    if (state == SCHEMA_OLDER)
        return house_upgrade(h, o->dry_run);
    if (migrate_run(h->db) != RC_OK)
        return refused("The schema could not be made; nothing was changed.");
    return 0;
}

/* Whether the practice is a demo decides how costly password hashes are. */
static enum rc load_practice(struct house *h)
{
    struct practice p;
    int n = 0;
    TRY(practice_open_all(&h->cx, &n));
    if (n != 1)
        return RC_OK;
    cx_practice(&h->cx, 1);
    TRY(practice_load(&h->cx, &p));
    h->cx.zone = zone_get(p.time_zone);
    h->cx.currency = p.currency;
    h->app.settings.is_demo = p.is_demo;
    return RC_OK;
}

enum rc house_load(struct house *h)
{
    TRY(root_key_load(&h->cx));
    return load_practice(h);
}

/* One at a time, what cannot wait first. */
static enum rc notice(struct cx *cx, struct notice *ret)
{
    TRY(emergency_notice(cx, ret));
    if (ret->text == NULL)
        TRY(grant_notice(cx, ret));
    if (ret->text == NULL)
        TRY(keys_notice(cx, ret));
    if (ret->text == NULL)
        TRY(kit_notice(cx, ret));
    return ret->text == NULL ? backup_notice(cx, ret) : RC_OK;
}

int house_ground(const struct settings *s)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    const char *why = NULL;
    arena_init(&a, 64 * 1024);
    if (settings_check(&a, s, &why) != RC_OK)
        return refused(why);
    const char *sent = arena_printf(&a, "%s/" SENT_DIR, s->data_dir);
    if ((mkdir(s->data_dir, 0700) != 0 && errno != EEXIST) ||
        (mkdir(sent, 0700) != 0 && errno != EEXIST))
        return refused("The data directory cannot be made.");
    /* again: the key file may lie in what was just made */
    return settings_check(&a, s, &why) == RC_OK ? 0 : refused(why);
}

int house_open(struct house *h, const struct options *o, bool migrate)
{
    enum schema_state state;
    const char *why = NULL;
    *h = (struct house){.app = {.settings = o->settings,
                                .net = o->net,
                                .send_off = trust_send_off,
                                .on_event = domain_events(),
                                .jobs = domain_jobs(),
                                .sealed = domain_sealed(),
                                .clock_ms = app_clock_ms,
                                .n_due = task_count_due,
                                .next_session = appointment_next,
                                .access_facts = client_access_facts,
                                .client_key = client_identity_key,
                                .attest = trust_attest,
                                .last_proof = backup_last_proof,
                                .refresh = practice_refresh,
                                .notice = notice,
                                .enter = practice_enter}};
    arena_init(&h->arena, 256 << 20);
    if (o->door != NULL)
        h->app.keys = keyring_behind(o->door);
    catalogue_init();
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core would hold opened text and keys */
    int r = house_ground(&o->settings);
    if (r != 0)
        return r;
    if (db_open(o->settings.db, false, &h->db) != RC_OK)
        return refused("The database cannot be opened. --db takes sqlite:PATH or a postgresql:// "
                       "URL that can be reached.");
    if (migrate_state(h->db, &state) != RC_OK)
        return refused("The database cannot be read.");
    r = open_keys(h, o->door, migrate && state == SCHEMA_EMPTY && !o->dry_run);
    if (r == 0)
        r = open_schema(h, o, state, migrate);
    if (o->dry_run)
        return r;
    if (r == 0 && db_wall_check(h->db, &h->arena, &why) != RC_OK)
        r = refused(why != NULL ? why : "The database cannot be read.");
    if (r != 0)
        return r;
    cx_init(&h->cx, &h->app, &h->arena, h->db);
    if (house_load(h) != RC_OK)
        return refused("The key file belongs to another installation: the practice's keys do not "
                       "open with it.");
    return 0;
}

int house_open_audit(struct house *h)
{
    const char *why = NULL;
    const struct audit_config c = {.dir = h->app.settings.data_dir,
                                   .keys = h->app.keys,
                                   .clock_ms = h->app.clock_ms,
                                   .reserve_bytes = AUDIT_RESERVE_BYTES};
    if (audit_open(&c, &h->app.audit, &why) != RC_OK)
        return refused(why);
    keyring_forget_first(h->app.keys);
    return 0;
}

enum rc house_log_changes(struct house *h)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    bool more = true;
    enum rc rc = RC_OK;
    int64_t was = db_practice(h->db, 0); /* the log is of all practices */
    arena_init(&a, 16 << 20);
    while (more && rc == RC_OK) {
        rc = audit_log_changes(&h->app, h->db, &a, &more);
        arena_reset(&a);
    }
    (void)db_practice(h->db, was);
    return rc;
}

static int remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED,
                      struct FTW *at UNUSED)
{
    return remove(path);
}

void remove_tree(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void house_close(struct house *h)
{
    audit_close(h->app.audit);
    if (h->db != NULL)
        db_close(h->db);
    keyring_free(h->app.keys);
    arena_wipe(&h->arena);
}
