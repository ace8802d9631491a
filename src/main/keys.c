/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keys.c - recovery-kit, recover-key: the kit where there is no browser. */
#include "domains/keys/keys.h"

#include "db/migrate.h"
#include "domains/demo/demo.h"
#include "main/commands.h"
#include "seal/age.h"
#include "seal/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void file_close(FILE **f)
{
    if (*f != NULL)
        fclose(*f);
}

enum rc words_from_file(struct cx *cx, const char *path, const char **ret)
{
    char line[KIT_TEXT_MAX];
    struct buf b;
    CLEANUP(file_close) FILE *f = path != NULL ? fopen(path, "re") : NULL;
    if (f == NULL)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Give --recovery-kit FILE: a file with the words of the kit."));
    buf_init(&b, cx->arena, KIT_TEXT_MAX);
    while (fgets(line, sizeof(line), f) != NULL)
        if (line[0] != '#' && b.len + strlen(line) < KIT_TEXT_MAX)
            buf_puts(&b, line);
    explicit_bzero(line, sizeof(line));
    *ret = b.len > 0 ? b.s : "";
    return RC_OK;
}

/* A demo's passwords are known. */
enum rc clinician_unlock(struct cx *cx, const struct options *o)
{
    struct person p;
    char password[256] = DEMO_PASSWORD;
    bool is_demo = cx->app->settings.is_demo;
    if (o->email == NULL && is_demo) {
        struct person *list;
        int n;
        TRY(clinician_list(cx, &list, &n));
        if (n == 0)
            return RC_NOT_FOUND;
        p = list[0];
        for (int i = n - 1; i >= 0; i--)
            if ((list[i].roles & ROLE_OWNER) != 0) /* who may make a kit too */
                p = list[i];
    } else {
        TRY(account_by_email(cx, o->email, &p));
        if (!is_demo && !password_read(password, sizeof(password)))
            return refuse(cx, RC_INVALID, NULL, N_("No password came on standard input."));
    }
    enum rc rc = person_unlock(cx, p.email, password);
    explicit_bzero(password, sizeof(password));
    if (rc == RC_DENIED)
        return refuse(cx, rc, NULL, N_("The e-mail address or the password is not right."));
    cx->actor.user = p.id;
    return rc;
}

/* The file is the paper: nobody need be asked for two words of it. */
static enum rc make(struct cx *cx, const char *ret[static KIT_WORDS],
                    char ret_identity[static AGE_TEXT_BYTES])
{
    struct recovery_kit kit;
    struct kit_seed seed;
    struct age_key secret;
    int nth[KIT_ASKED];
    const char *typed[KIT_ASKED];
    TRY(kit_make(cx));
    TRY(kit_own(cx, &kit));
    TRY(kit_show(cx, &kit, 0, ret));
    kit_asks(&kit, nth);
    for (int i = 0; i < KIT_ASKED; i++)
        typed[i] = ret[nth[i] - 1];
    TRY(kit_confirm(cx, &kit, typed));
    TRY(seal_kit_seed(cx->keys, cx->practice, kit.id, kit.sealed.seed, &seed));
    age_identity_of_kit(&seed, &secret);
    age_identity_text(&secret, ret_identity);
    explicit_bzero(&seed, sizeof(seed));
    explicit_bzero(&secret, sizeof(secret));
    return RC_OK;
}

static enum rc is_owner(struct cx *cx)
{
    struct person p;
    TRY(person_load(cx, cx->actor.user, &p));
    return (p.roles & ROLE_OWNER) != 0
               ? RC_OK
               : refuse(cx, RC_DENIED, NULL,
                        N_("A recovery kit opens every record: only an owner of the practice who "
                           "is a clinician makes one."));
}

static enum rc recovery_kit(struct cx *cx, const struct options *o)
{
    const char *word[KIT_WORDS];
    char identity[AGE_TEXT_BYTES];
    if (o->out == NULL)
        return refuse(cx, RC_INVALID, NULL, N_("Give --out FILE, where the words are written."));
    int fd = open(o->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    CLEANUP(file_close) FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL)
        return refuse(cx, RC_CONFLICT, NULL,
                      errno == EEXIST ? N_("There is such a file already.")
                                      : N_("The file cannot be written."));
    enum rc rc = clinician_unlock(cx, o);
    if (rc == RC_OK)
        rc = is_owner(cx);
    if (rc == RC_OK)
        rc = make(cx, word, identity);
    for (int i = 0; i < KIT_WORDS && rc == RC_OK; i++)
        fprintf(f, "%s%s", word[i], i < KIT_WORDS - 1 ? " " : "\n");
    if (rc == RC_OK) {
        fprintf(f, "# %s\n# %s\n# %s\n",
                trc(cx, N_("Entracte recovery kit: whoever holds these words and a copy of the "
                           "data can read every record.")),
                trc(cx, N_("The same for the program age, which opens backups without Entracte:")),
                identity);
        explicit_bzero(identity, sizeof(identity));
        if (fflush(f) == 0 && fsync(fd) == 0)
            return RC_OK;
        rc = refuse(cx, RC_BUSY, NULL, N_("The file cannot be written."));
    }
    (void)unlink(o->out);
    return rc;
}

int command_recovery_kit(const struct options *o)
{
    struct house h;
    int r = house_open(&h, o, false);
    if (r == 0) {
        enum rc rc = recovery_kit(&h.cx, o);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "recovery-kit");
    }
    house_close(&h);
    return r;
}

/* New words for the file at hand; the old ones are asked first, when it has some. */
static int set_passphrase(const struct options *o)
{
    char new[256];
    const char *why = NULL;
    int r = house_ground(&o->settings);
    if (r != 0)
        return r;
    fprintf(stderr, "The new passphrase. ");
    if (!passphrase_read(new, sizeof(new)))
        return refused("No passphrase came on standard input.");
    why = password_weakness(new, NULL);
    enum rc rc = why != NULL ? RC_INVALID : RC_OK;
    if (rc == RC_OK)
        rc = keyring_set_passphrase(o->settings.key_file, passphrase_read, new, &why);
    explicit_bzero(new, sizeof(new));
    if (rc != RC_OK)
        return refused(why != NULL ? why : "The key file could not be changed.");
    printf("From now on the passphrase is asked at every start. Keep the recovery kit.\n");
    return 0;
}

/* Run again, it says how far it is. */
static enum rc rotate_practice(struct cx *cx)
{
    static const char *const said[] = {
        "",
        "A new operational key is made. In ten minutes, when every server knows it, the server "
        "seals by it.",
        "The new operational key seals. The server moves what is under the former one, and "
        "destroys that then.",
    };
    struct practice_key_row row;
    TRY(keys_rotate_operational(cx));
    TRY(practice_key(cx, SEAL_IDENTITY, &row));
    printf("%s\n", said[row.phase]);
    return RC_OK;
}

int command_keys(const struct options *o)
{
    struct house h;
    if (o->verb != NULL && strcmp(o->verb, "passphrase") == 0)
        return set_passphrase(o);
    bool rotates = o->verb != NULL && strcmp(o->verb, "rotate") == 0 && o->what != NULL;
    bool is_boot = rotates && strcmp(o->what, "boot") == 0;
    if (!is_boot && !(rotates && strcmp(o->what, "practice") == 0)) {
        fprintf(stderr, "entracte: Say: keys rotate boot, keys rotate practice, or keys "
                        "passphrase.\n");
        return 2;
    }
    int r = house_open(&h, o, false);
    if (r == 0) {
        enum rc rc =
            is_boot ? keys_rotate_boot(&h.cx, o->settings.key_file) : rotate_practice(&h.cx);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "keys");
    }
    if (r == 0 && is_boot)
        printf("The key file is a new one; copies of the old one open nothing any more.\n");
    house_close(&h);
    return r;
}

static enum rc recover_key(struct cx *cx, const struct options *o)
{
    const char *words;
    TRY(words_from_file(cx, o->recovery_kit, &words));
    return kit_recover_key(cx, words, o->settings.key_file);
}

/* There is no key that opens the house. */
int command_recover_key(const struct options *o)
{
    struct house h = {.app = {.settings = o->settings, .clock_ms = app_clock_ms}};
    const char *why = NULL;
    enum schema_state state;
    int r = 0;
    arena_init(&h.arena, 16 << 20);
    catalogue_init();
    if (settings_check(&h.arena, &o->settings, &why) != RC_OK)
        r = refused(why);
    else if (db_open(o->settings.db, false, &h.db) != RC_OK)
        r = refused("The database cannot be opened.");
    else if (migrate_state(h.db, &state) != RC_OK || state != SCHEMA_CURRENT)
        r = refused("The database is not one of this version of the program.");
    if (r == 0) {
        cx_init(&h.cx, &h.app, &h.arena, h.db);
        enum rc rc = recover_key(&h.cx, o);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "recover-key");
    }
    if (r == 0)
        printf("The new key file opens the database; an older one does not any more.\n");
    house_close(&h);
    return r;
}
