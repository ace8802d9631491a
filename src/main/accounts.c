/* SPDX-License-Identifier: AGPL-3.0-or-later
 * accounts.c - init, user, token. Passwords come from standard input, never from the command line.
 */
#include "domains/demo/demo.h"
#include "domains/keys/keys.h"
#include "domains/people/people.h"
#include "main/commands.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool read_secret(const char *prompt, char *ret, size_t size)
{
    struct termios was, quiet;
    bool tty = tcgetattr(STDIN_FILENO, &was) == 0;
    if (tty) {
        quiet = was;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        fprintf(stderr, "%s: ", prompt);
    }
    bool ok = fgets(ret, (int)size, stdin) != NULL;
    if (tty) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
        fprintf(stderr, "\n");
    }
    if (ok)
        ret[strcspn(ret, "\r\n")] = '\0';
    return ok;
}

bool password_read(char *ret, size_t size)
{
    return read_secret("Password (at least 12 characters)", ret, size);
}

bool passphrase_read(char *ret, size_t size)
{
    return read_secret("Passphrase of the key file", ret, size);
}

/* "Ines Robles Prat": the first word is the given name. */
static void split_name(struct arena *a, const char *name, struct person *p)
{
    const char *blank = strchr(name, ' ');
    p->given_name = blank != NULL ? arena_strndup(a, name, (size_t)(blank - name)) : name;
    p->family_name = blank != NULL ? blank + 1 : "";
}

static enum rc add(struct cx *cx, const struct options *o, unsigned roles)
{
    char password[256];
    struct person p;
    record_init(&person_type, &p);
    if (o->email == NULL || o->name == NULL)
        return refuse(cx, RC_INVALID, NULL, N_("Give --email and --name \"Given Family\"."));
    if (!password_read(password, sizeof(password)))
        return refuse(cx, RC_INVALID, NULL, N_("No password came on standard input."));
    split_name(cx->arena, o->name, &p);
    p.email = o->email;
    p.roles = roles;
    p.is_active = true;
    enum rc rc = person_save(cx, &p, password);
    explicit_bzero(password, sizeof(password));
    return rc;
}

static enum rc init(struct cx *cx, const struct options *o)
{
    struct practice p;
    record_init(&practice_type, &p);
    p.name = o->practice != NULL ? o->practice : "Practice";
    p.time_zone = "Europe/Madrid";
    p.locale = "en-GB";
    p.currency = "EUR";
    p.invoice_due_days = 14;
    p.note_late_hours = 72;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(practice_create(cx, &p));
    TRY(add(cx, o, ROLE_OWNER | ROLE_CLINICIAN));
    return db_commit(&tx);
}

int command_init(const struct options *o)
{
    struct house h;
    int r = house_open(&h, o, true);
    if (r == 0) {
        enum rc rc = init(&h.cx, o);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "init");
    }
    if (r == 0)
        printf("The practice is ready. Start it with: entracte serve\n");
    house_close(&h);
    return r;
}

static enum rc user_list(struct cx *cx)
{
    struct person *p;
    int n;
    TRY(person_list(cx, false, &p, &n));
    for (int i = 0; i < n; i++)
        printf("%s\t%s\t%s\n", p[i].email, role_names(cx->arena, p[i].roles),
               p[i].is_active ? "active" : "closed");
    return RC_OK;
}

enum rc account_by_email(struct cx *cx, const char *email, struct person *ret)
{
    struct person *p;
    int n;
    TRY(person_list(cx, false, &p, &n));
    for (int i = 0; i < n && email != NULL; i++)
        if (strcmp(text_fold(cx->arena, p[i].email), text_fold(cx->arena, email)) == 0) {
            *ret = p[i];
            return RC_OK;
        }
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no account with this e-mail address."));
}

static enum rc recover(struct cx *cx, const struct options *o)
{
    char password[256];
    const char *words;
    TRY(words_from_file(cx, o->recovery_kit, &words));
    if (!password_read(password, sizeof(password)))
        return refuse(cx, RC_INVALID, NULL, N_("No password came on standard input."));
    enum rc rc = kit_recover_person(cx, or_empty(o->email), words, password);
    explicit_bzero(password, sizeof(password));
    return rc;
}

static enum rc user(struct cx *cx, const struct options *o)
{
    struct person p;
    char password[256];
    unsigned roles = ROLE_CLINICIAN;
    const char *verb = o->verb != NULL ? o->verb : "list";
    if (o->roles != NULL && !role_parse(o->roles, &roles))
        return refuse(cx, RC_INVALID, NULL, N_("Roles are owner, clinician, reception, billing."));
    if (strcmp(verb, "list") == 0)
        return user_list(cx);
    if (strcmp(verb, "add") == 0)
        return add(cx, o, roles);
    if (strcmp(verb, "recover") == 0)
        return recover(cx, o);
    TRY(account_by_email(cx, o->email, &p));
    if (strcmp(verb, "close") == 0) {
        p.is_active = false;
        return person_save(cx, &p, NULL);
    }
    if (strcmp(verb, "factors") == 0)
        return factors_drop_all(cx, p.id);
    if (strcmp(verb, "password") != 0)
        return refuse(cx, RC_INVALID, NULL,
                      N_("The verbs are list, add, password, recover, factors, close."));
    if (!password_read(password, sizeof(password)))
        return refuse(cx, RC_INVALID, NULL, N_("No password came on standard input."));
    enum rc rc = person_save(cx, &p, password);
    explicit_bzero(password, sizeof(password));
    return rc;
}

int command_user(const struct options *o)
{
    struct house h;
    int r = house_open(&h, o, false);
    if (r == 0) {
        enum rc rc = user(&h.cx, o);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "user");
    }
    house_close(&h);
    return r;
}

int command_token(const struct options *o)
{
    struct house h;
    char token[44];
    int r = house_open(&h, o, false);
    if (r == 0 && o->email == NULL) {
        fprintf(stderr, "entracte: Give --email.\n");
        r = 2;
    } else if (r == 0) {
        enum rc rc = RC_OK;
        if (h.app.settings.is_demo) /* whose passwords are known */
            rc = person_unlock(&h.cx, o->email, DEMO_PASSWORD);
        if (rc == RC_OK || rc == RC_DENIED)
            rc = token_make(&h.cx, o->email, token);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "token");
    }
    if (r == 0)
        printf("%s\n", token);
    house_close(&h);
    return r;
}
