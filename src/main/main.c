/* SPDX-License-Identifier: AGPL-3.0-or-later
 * main.c - options and which command; nothing else. */
#include "base/log.h"
#include "main/commands.h"
#include "version.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
    const char *name, *usage, *help;
    int (*run)(const struct options *o);
};

#define WHERE "--db URL --data DIR --key-file FILE [--config FILE]"
static const struct command commands[] = {
    {"serve",
     "serve " WHERE " [--listen HOST:PORT] [--public-url https://HOST] [--clients-per-hour N] "
     "[--key-holder SOCKET] [--caller SOCKET] [--backup-to DIR]",
     "Serves the practice until it is told to stop. The keys are in a process of their own; "
     "--key-holder is the socket of one that runs as a service, --caller of the one that connects "
     "out. --backup-to is the directory of the nightly backups.",
     command_serve},
    {"keyd", "keyd --key-holder SOCKET --data DIR --key-file FILE",
     "The key holder as a service of its own: holds the keys and writes the audit log.",
     command_keyd},
    {"netd", "netd --caller SOCKET --config FILE",
     "The caller as a service of its own: the only process that connects to other computers.",
     command_netd},
    {"init", "init " WHERE " --email E --name \"Given Family\" [--practice NAME]",
     "Makes an empty practice and its first owner. The password is read from standard input.",
     command_init},
    {"demo", "demo " WHERE " [--seed N] [--clinicians C] [--clients K] [--years Y]",
     "Makes a fictitious practice to look around in, and prints its sign-ins.", command_demo},
    {"migrate", "migrate " WHERE " [--dry-run]",
     "Brings the database to this program's schema: a copy first, all or nothing, as serve does "
     "by itself. --dry-run tries it and keeps nothing; exit 70: it does not work.",
     command_migrate},
    {"check", "check " WHERE " [--full] [--json]",
     "Checks the invariants of the data; exit 1 when one is broken. --full opens every note.",
     command_check},
    {"doctor", "doctor " WHERE " [--json]",
     "Looks at the installation and says in plain words what to mend.", command_doctor},
    {"user",
     "user list|add|password|recover|factors|close " WHERE
     " [--email E] [--name N] [--roles owner,clinician] [--recovery-kit FILE]",
     "Lists and changes accounts. Passwords are read from standard input.", command_user},
    {"audit",
     "audit verify|export FOLDER|key|checkpoint|prove NUMBER " WHERE
     " [--checkpoints FILE] [--stamp]",
     "Checks the audit log, writes it out for others, prints its public key, its last checkpoint, "
     "or "
     "the proof for one record.",
     command_audit},
    {"recovery-kit", "recovery-kit --out FILE --email E " WHERE,
     "Makes a recovery kit and writes its words to a new file. The password of the clinician who "
     "makes it is read from standard input.",
     command_recovery_kit},
    {"keys", "keys rotate boot|practice|passphrase " WHERE,
     "Changes the boot key: a new key file takes the place of the old one. Or the practice's "
     "operational key, which the server goes on with. Or wraps the boot key by a passphrase that "
     "is typed at every start.",
     command_keys},
    {"recover-key", "recover-key --recovery-kit FILE " WHERE,
     "Makes a new key file for the database from the words of a recovery kit.",
     command_recover_key},
    {"backup", "backup --to DIR " WHERE,
     "Makes a backup in the directory, tries it out by a restore beside it, and prints its path.",
     command_backup},
    {"restore", "restore ARCHIVE --recovery-kit FILE " WHERE,
     "Restores a backup into an empty place with the words of the recovery kit alone: --db, --data "
     "and --key-file say where to, and must not be there yet.",
     command_restore},
    {"export",
     "export --out DIR " WHERE " [--email E | --recovery-kit FILE] [--client ID | --clinician ID "
     "[--with-money]] [--process-notes]",
     "Writes everything of the practice, of one client, or what a clinician who leaves did, "
     "opened, "
     "into a new directory: JSON, CSV, pages to read, the audit log. Opens with the password of "
     "the "
     "clinician, from standard input, or with the recovery kit.",
     command_export},
    {"import", "import DIR --email E " WHERE,
     "Takes what entracte export wrote into an empty installation, with keys of its own. The "
     "clinician named may sign in afterwards, with the password from standard input.",
     command_import},
    {"token", "token --email E " WHERE, "Prints a bearer token for programs.", command_token},
};

static int usage(FILE *to)
{
    fprintf(to, "Usage: entracte COMMAND [options]\n\nCommands:\n");
    for (size_t i = 0; i < N_ELEMS(commands); i++)
        fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].help);
    fprintf(to, "  %-12s %s\n\n", "version", "Prints the version.");
    fprintf(
        to,
        "entracte COMMAND --help tells more. --db is sqlite:PATH or postgresql://...\n"
        "A config file has lines \"key = value\": listen, db, data, key-file, key-holder,\n"
        "clients-per-hour, public-url, backup-to, and what leaves this computer (docs/admin).\n");
    return to == stdout ? 0 : 2;
}

static bool number(const char *s, int64_t min, int64_t max, int64_t *ret)
{
    char *end;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    if (errno != 0 || end == s || *end != '\0' || v < min || v > max)
        return false;
    *ret = v;
    return true;
}

enum {
    OPT_DB = 256,
    OPT_DATA,
    OPT_KEY,
    OPT_LISTEN,
    OPT_PUBLIC,
    OPT_CONFIG,
    OPT_EMAIL,
    OPT_NAME,
    OPT_PRACTICE,
    OPT_ROLES,
    OPT_SEED,
    OPT_CLINICIANS,
    OPT_CLIENTS,
    OPT_YEARS,
    OPT_JSON,
    OPT_FULL,
    OPT_CHECKPOINTS,
    OPT_KEEPS_KEYS,
    OPT_HOLDER,
    OPT_METER,
    OPT_CALLER,
    OPT_BACKUP_TO,
    OPT_STAMP,
    OPT_OUT,
    OPT_TO,
    OPT_KIT,
    OPT_CLIENT,
    OPT_CLINICIAN,
    OPT_WITH_MONEY,
    OPT_PROCESS_NOTES,
    OPT_DRY_RUN,
    OPT_HELP
};
static const struct option longs[] = {{"db", required_argument, NULL, OPT_DB},
                                      {"data", required_argument, NULL, OPT_DATA},
                                      {"key-file", required_argument, NULL, OPT_KEY},
                                      {"listen", required_argument, NULL, OPT_LISTEN},
                                      {"public-url", required_argument, NULL, OPT_PUBLIC},
                                      {"config", required_argument, NULL, OPT_CONFIG},
                                      {"email", required_argument, NULL, OPT_EMAIL},
                                      {"name", required_argument, NULL, OPT_NAME},
                                      {"practice", required_argument, NULL, OPT_PRACTICE},
                                      {"roles", required_argument, NULL, OPT_ROLES},
                                      {"seed", required_argument, NULL, OPT_SEED},
                                      {"clinicians", required_argument, NULL, OPT_CLINICIANS},
                                      {"clients", required_argument, NULL, OPT_CLIENTS},
                                      {"years", required_argument, NULL, OPT_YEARS},
                                      {"json", no_argument, NULL, OPT_JSON},
                                      {"full", no_argument, NULL, OPT_FULL},
                                      {"checkpoints", required_argument, NULL, OPT_CHECKPOINTS},
                                      {"without-key-holder", no_argument, NULL, OPT_KEEPS_KEYS},
                                      {"key-holder", required_argument, NULL, OPT_HOLDER},
                                      {"clients-per-hour", required_argument, NULL, OPT_METER},
                                      {"caller", required_argument, NULL, OPT_CALLER},
                                      {"backup-to", required_argument, NULL, OPT_BACKUP_TO},
                                      {"stamp", no_argument, NULL, OPT_STAMP},
                                      {"out", required_argument, NULL, OPT_OUT},
                                      {"to", required_argument, NULL, OPT_TO},
                                      {"recovery-kit", required_argument, NULL, OPT_KIT},
                                      {"client", required_argument, NULL, OPT_CLIENT},
                                      {"clinician", required_argument, NULL, OPT_CLINICIAN},
                                      {"with-money", no_argument, NULL, OPT_WITH_MONEY},
                                      {"process-notes", no_argument, NULL, OPT_PROCESS_NOTES},
                                      {"dry-run", no_argument, NULL, OPT_DRY_RUN},
                                      {"help", no_argument, NULL, OPT_HELP},
                                      {NULL, 0, NULL, 0}};

static const struct {
    int option;
    size_t offset; /* of a const char * in struct options */
} texts[] = {
    {OPT_DB, offsetof(struct options, settings.db)},
    {OPT_DATA, offsetof(struct options, settings.data_dir)},
    {OPT_KEY, offsetof(struct options, settings.key_file)},
    {OPT_LISTEN, offsetof(struct options, settings.listen)},
    {OPT_PUBLIC, offsetof(struct options, settings.public_url)},
    {OPT_HOLDER, offsetof(struct options, settings.key_holder)},
    {OPT_METER, offsetof(struct options, settings.clients_an_hour)},
    {OPT_CALLER, offsetof(struct options, settings.caller)},
    {OPT_BACKUP_TO, offsetof(struct options, settings.backup_to)},
    {OPT_EMAIL, offsetof(struct options, email)},
    {OPT_NAME, offsetof(struct options, name)},
    {OPT_PRACTICE, offsetof(struct options, practice)},
    {OPT_ROLES, offsetof(struct options, roles)},
    {OPT_CHECKPOINTS, offsetof(struct options, checkpoints)},
    {OPT_OUT, offsetof(struct options, out)},
    {OPT_TO, offsetof(struct options, to)},
    {OPT_KIT, offsetof(struct options, recovery_kit)},
    {OPT_CLIENT, offsetof(struct options, client)},
    {OPT_CLINICIAN, offsetof(struct options, clinician)},
};
static const struct {
    int option;
    size_t offset; /* of a bool */
} flags[] = {
    {OPT_JSON, offsetof(struct options, json)},
    {OPT_FULL, offsetof(struct options, full)},
    {OPT_KEEPS_KEYS, offsetof(struct options, keeps_keys)},
    {OPT_STAMP, offsetof(struct options, stamps)},
    {OPT_PROCESS_NOTES, offsetof(struct options, process_notes)},
    {OPT_DRY_RUN, offsetof(struct options, dry_run)},
    {OPT_WITH_MONEY, offsetof(struct options, with_money)},
};

/* One option; false when its value is not usable. */
static bool option(int c, struct options *o, const char **ret_config)
{
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        if (texts[i].option == c) {
            *(const char **)((char *)o + texts[i].offset) = optarg;
            return true;
        }
    for (size_t i = 0; i < N_ELEMS(flags); i++)
        if (flags[i].option == c) {
            *(bool *)((char *)o + flags[i].offset) = true;
            return true;
        }
    switch (c) {
    case OPT_CONFIG:
        *ret_config = optarg;
        return true;
    case OPT_SEED:
        return number(optarg, 0, INT64_MAX, &o->seed);
    case OPT_CLINICIANS:
        return number(optarg, 1, 200, &o->clinicians);
    case OPT_CLIENTS:
        return number(optarg, 1, 100000, &o->clients);
    case OPT_YEARS:
        return number(optarg, 1, 40, &o->years);
    default:
        return false;
    }
}

static int help(const struct command *c)
{
    printf("Usage: entracte %s\n\n%s\n", c->usage, c->help);
    return 0;
}

/* The config file is read first, so that the command line wins whatever the order. */
static int settle(struct arena *a, int argc, char **argv, struct options *o,
                  const struct command *cmd)
{
    const char *config = NULL, *why = NULL;
    struct options given = *o;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == OPT_HELP)
            return help(cmd), -1;
        if (c == '?')
            return 2;
        if (!option(c, &given, &config)) {
            fprintf(stderr, "entracte: \"%s\" is not a value this option can have.\n",
                    or_empty(optarg));
            return 2;
        }
    }
    if (config != NULL && settings_file(a, config, &o->settings, &why) != RC_OK) {
        fprintf(stderr, "entracte: %s\n", why);
        return EXIT_REFUSED;
    }
    optind = 1;
    while (true) {
        int c = getopt_long(argc, argv, "", longs, NULL);
        if (c == -1)
            break;
        (void)option(c, o, &config);
    }
    if (optind < argc)
        o->verb = argv[optind];
    if (optind + 1 < argc)
        o->what = argv[optind + 1];
    return 0;
}

int main(int argc, char **argv)
{
    struct arena a;
    struct options o = {.settings = {.listen = "127.0.0.1:8080"},
                        .seed = 1,
                        .clinicians = 3,
                        .clients = 120,
                        .years = 2};
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return usage(argc < 2 ? stderr : stdout);
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        printf("entracte %s\n", ENTRACTE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < N_ELEMS(commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        arena_init(&a, 1 << 20);
        int r = settle(&a, argc - 1, argv + 1, &o, &commands[i]);
        if (r == 0)
            r = commands[i].run(&o);
        arena_wipe(&a);
        return r < 0 ? 0 : r;
    }
    fprintf(stderr, "entracte: there is no command \"%s\".\n", argv[1]);
    return usage(stderr);
}
