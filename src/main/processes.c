/* SPDX-License-Identifier: AGPL-3.0-or-later
 * processes.c - the key holder beside the server, and the server shut in. */
#include "main/processes.h"

#include "keyd/keyd.h"
#include "main/commands.h"
#include "sandbox/sandbox.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

static void release(char **s)
{
    free(*s);
}

static char *dir_of(const char *file)
{
    char *copy = strdup(file);
    if (copy == NULL)
        abort();
    char *dir = strdup(dirname(copy));
    if (dir == NULL)
        abort();
    free(copy);
    return dir;
}

int holder_start(const struct settings *s, struct door **ret, pid_t *ret_holder)
{
    int r = house_ground(s);
    if (r != 0)
        return r;
    CLEANUP(release) char *dir = dir_of(s->key_file);
    const struct keyd_config c = {
        .key_file = s->key_file, .key_dir = dir, .data_dir = s->data_dir, .clock_ms = app_clock_ms};
    return keyd_start(&c, ret, ret_holder) == RC_OK
               ? 0
               : refused("The process that holds the keys could not be started.");
}

static const char *sqlite_file(const struct settings *s)
{
    return strncmp(s->db, "sqlite:", 7) == 0 ? s->db + 7 : NULL;
}

int shut_in_files(const struct settings *s)
{
    const char *file = sqlite_file(s);
    CLEANUP(release) char *db_dir = file != NULL ? dir_of(file) : NULL;
    const char *const writes[] = {"/dev/null", s->data_dir, db_dir, NULL};
    /* fonts, time zones, certificates, the number of processors */
    static const char *const reads[] = {"/usr",
                                        "/etc",
                                        "/lib",
                                        "/lib64",
                                        "/var/cache/fontconfig",
                                        "/dev/urandom",
                                        "/proc",
                                        "/sys/devices/system/cpu",
                                        "/sys/fs/cgroup",
                                        NULL};
    const struct sandbox b = {.kind = SANDBOX_WEB, .writes = writes, .reads = reads};
    return sandbox_files(&b) == RC_OK ? 0 : refused("The program could not shut itself in.");
}

int shut_in_calls(const struct settings *s)
{
    const struct sandbox b = {.kind = SANDBOX_WEB, .makes_sockets = sqlite_file(s) == NULL};
    return sandbox_calls(&b) == RC_OK ? 0 : refused("The program could not shut itself in.");
}
