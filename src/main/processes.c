/* SPDX-License-Identifier: AGPL-3.0-or-later
 * processes.c - the key holder beside the server, and the server shut in. */
#include "main/processes.h"

#include "domains/trust/trust.h"
#include "keyd/keyd.h"
#include "main/commands.h"
#include "netd/netd.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <libgen.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static struct keyd_config config_of(const struct settings *s, const char *key_dir)
{
    return (struct keyd_config){.key_file = s->key_file,
                                .key_dir = key_dir,
                                .data_dir = s->data_dir,
                                .ask = passphrase_read,
                                .clock_ms = app_clock_ms};
}

int holder_start(const struct settings *s, struct door **ret, pid_t *ret_holder)
{
    int r = house_ground(s);
    if (r != 0)
        return r;
    if (s->key_holder != NULL)
        return keyd_connect(s->key_holder, ret) == RC_OK
                   ? 0
                   : refused("The key holder is not there. Start it before: entracte keyd");
    CLEANUP(release) char *dir = dir_of(s->key_file);
    const struct keyd_config c = config_of(s, dir);
    return keyd_start(&c, ret, ret_holder) == RC_OK
               ? 0
               : refused("The process that holds the keys could not be started.");
}

int command_keyd(const struct options *o)
{
    sigset_t end;
    const struct settings *s = &o->settings;
    if (s->key_holder == NULL)
        return refused("Give --key-holder, the path of the socket to serve.");
    const char *why;
    if (settings_check_keys(s, &why) != RC_OK)
        return refused(why);
    if (mkdir(s->data_dir, 0700) != 0 && errno != EEXIST)
        return refused("The data directory cannot be made.");
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    CLEANUP(release) char *dir = dir_of(s->key_file);
    const struct keyd_config c = config_of(s, dir);
    return keyd_listen(&c, s->key_holder, &end) == RC_OK
               ? 0
               : refused("The key holder's socket cannot be made there.");
}

int caller_start(const struct settings *s, struct netd **ret)
{
    const char *why;
    if (!netd_is_wanted(&s->net))
        return 0;
    if (netd_check(&s->net, &why) != RC_OK)
        return refused(why);
    if (s->caller != NULL)
        return netd_connect(s->caller, ret) == RC_OK
                   ? 0
                   : refused("The caller is not there. Start it before: entracte netd");
    return netd_start(&s->net, ret) == RC_OK
               ? 0
               : refused("The process that connects to other computers could not be started.");
}

int caller_check(const struct settings *s)
{
    return s->net.reach_here == NULL || (s->is_demo && s->caller == NULL)
               ? 0
               : refused("reach-here is for a demo practice alone.");
}

int command_netd(const struct options *o)
{
    sigset_t end;
    const char *why = "Nothing is to be sent anywhere: give time-stamp-url, smtp-url or syslog.";
    const struct settings *s = &o->settings;
    if (s->caller == NULL)
        return refused("Give --caller, the path of the socket to serve.");
    if (s->net.reach_here != NULL)
        return refused("reach-here is for a demo practice alone.");
    if (!netd_is_wanted(&s->net) || netd_check(&s->net, &why) != RC_OK)
        return refused(why);
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    return netd_listen(&s->net, s->caller, &end) == RC_OK
               ? 0
               : refused("The caller's socket cannot be made there.");
}

static const char *sqlite_file(const struct settings *s)
{
    return strncmp(s->db, "sqlite:", 7) == 0 ? s->db + 7 : NULL;
}

static char *beside(const char *file, const char *suffix)
{
    char *path = NULL;
    if (asprintf(&path, "%s%s", file, suffix) < 0)
        abort();
    return path;
}

/* Not the directory of the database: the key file may lie beneath it. Its files are there, for a
 * connection is open. */
int shut_in_files(const struct settings *s, bool writes_log)
{
    const char *file = sqlite_file(s);
    CLEANUP(release) char *log = file != NULL ? beside(file, "-wal") : NULL;
    CLEANUP(release) char *index = file != NULL ? beside(file, "-shm") : NULL;
    CLEANUP(release) char *sent = beside(s->data_dir, "/" SENT_DIR);
    const char *const writes[] = {"/dev/null",
                                  writes_log ? s->data_dir : sent,
                                  s->backup_to != NULL ? s->backup_to : sent,
                                  file != NULL ? file : sent,
                                  log,
                                  index,
                                  NULL};
    /* fonts, names of hosts and accounts, certificates, time zones, the number of processors */
    const char *const reads[] = {s->data_dir,
                                 "/usr",
                                 "/etc/fonts",
                                 "/etc/gai.conf",
                                 "/etc/host.conf",
                                 "/etc/hosts",
                                 "/etc/ld.so.cache",
                                 "/etc/localtime",
                                 "/etc/nsswitch.conf",
                                 "/etc/passwd",
                                 "/etc/resolv.conf",
                                 "/etc/services",
                                 "/etc/ssl/certs",
                                 "/etc/timezone",
                                 "/lib",
                                 "/lib64",
                                 "/var/cache/fontconfig",
                                 "/dev/urandom",
                                 "/proc/cpuinfo",
                                 "/proc/meminfo",
                                 "/proc/self",
                                 "/proc/stat",
                                 "/proc/sys/vm",
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
