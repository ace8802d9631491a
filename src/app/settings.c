/* SPDX-License-Identifier: AGPL-3.0-or-later
 * settings.c - reads the settings file, and refuses settings that are not safe to start with. */
#include "app/app.h"
#include "base/utf8.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILE_BYTES = 64 * 1024 };

/* --- the file ------------------------------------------------------------- */

static const struct {
    const char *key;
    size_t offset; /* of a const char * in struct settings */
} keys[] = {
    {"listen", offsetof(struct settings, listen)},
    {"db", offsetof(struct settings, db)},
    {"data", offsetof(struct settings, data_dir)},
    {"key-file", offsetof(struct settings, key_file)},
    {"key-holder", offsetof(struct settings, key_holder)},
    {"clients-per-hour", offsetof(struct settings, clients_an_hour)},
    {"public-url", offsetof(struct settings, public_url)},
    {"caller", offsetof(struct settings, caller)},
    {"backup-to", offsetof(struct settings, backup_to)},
    {"time-stamp-url", offsetof(struct settings, net.time_stamp_url)},
    {"time-stamp-ca", offsetof(struct settings, net.time_stamp_ca)},
    {"smtp-url", offsetof(struct settings, net.smtp_url)},
    {"smtp-user", offsetof(struct settings, net.smtp_user)},
    {"smtp-password-file", offsetof(struct settings, net.smtp_password_file)},
    {"mail-from", offsetof(struct settings, net.mail_from)},
    {"syslog", offsetof(struct settings, net.syslog)},
    {"ca-file", offsetof(struct settings, net.ca_file)},
    {"reach-here", offsetof(struct settings, net.reach_here)},
};

static void file_close(FILE **f)
{
    if (*f != NULL)
        fclose(*f);
}

static enum rc read_file(struct arena *a, const char *path, char **ret, const char **ret_why)
{
    FILE *f CLEANUP(file_close) = fopen(path, "re");
    if (f == NULL) {
        bool is_missing = errno == ENOENT;
        *ret_why =
            is_missing ? "The settings file does not exist." : "The settings file cannot be read.";
        return is_missing ? RC_NOT_FOUND : RC_INVALID;
    }
    char *s = arena_alloc(a, MAX_FILE_BYTES + 1);
    size_t n = fread(s, 1, MAX_FILE_BYTES + 1, f);
    if (ferror(f) || n > MAX_FILE_BYTES || !utf8_is_valid(s, n)) {
        *ret_why = "The settings file is not a text of at most 64 KiB.";
        return RC_INVALID;
    }
    s[n] = '\0';
    *ret = s;
    return RC_OK;
}

/* Cuts white space off both ends, in place. */
static char *trim(char *s)
{
    s += strspn(s, " \t\r");
    size_t n = strlen(s);
    while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
        n--;
    s[n] = '\0';
    return s;
}

static const char **place_of(struct settings *s, const char *key)
{
    for (size_t i = 0; i < N_ELEMS(keys); i++)
        if (strcmp(keys[i].key, key) == 0)
            return (const char **)((char *)s + keys[i].offset);
    return NULL;
}

static const char *key_names(struct arena *a)
{
    struct buf b;
    buf_init(&b, a, 1024);
    for (size_t i = 0; i < N_ELEMS(keys); i++)
        buf_printf(&b, "%s %s", i > 0 ? "," : "", keys[i].key);
    return b.s;
}

static enum rc take_line(struct arena *a, char *line, int n, struct settings *s,
                         struct settings *seen, const char **ret_why)
{
    line = trim(line);
    if (line[0] == '\0' || line[0] == '#')
        return RC_OK;
    char *equals = strchr(line, '=');
    if (equals == NULL) {
        *ret_why =
            arena_printf(a, "Line %d of the settings file is not of the form \"key = value\".", n);
        return RC_INVALID;
    }
    *equals = '\0';
    const char *key = trim(line), *value = trim(equals + 1);
    const char **place = place_of(s, key), **before = place_of(seen, key);
    if (place == NULL) {
        *ret_why = arena_printf(
            a, "Line %d of the settings file: there is no setting \"%s\"; there are%s.", n, key,
            key_names(a));
        return RC_INVALID;
    }
    if (value[0] == '\0' || *before != NULL) {
        *ret_why = arena_printf(a, "Line %d of the settings file: \"%s\" %s.", n, key,
                                value[0] == '\0' ? "has no value" : "is set twice");
        return RC_INVALID;
    }
    *place = *before = value;
    return RC_OK;
}

enum rc settings_file(struct arena *a, const char *path, struct settings *s, const char **ret_why)
{
    char *text = NULL;
    struct settings read = *s, seen = {0};
    TRY(read_file(a, path, &text, ret_why));
    for (int n = 1; text != NULL; n++) {
        char *line = strsep(&text, "\n");
        TRY(take_line(a, line, n, &read, &seen, ret_why));
    }
    *s = read;
    return RC_OK;
}

/* --- the check ------------------------------------------------------------ */

/* Entracte speaks plain HTTP; a proxy on the same machine adds TLS. */
static const char *listen_fault(const char *listen)
{
    static const char form[] = "The listen address must be HOST:PORT, as 127.0.0.1:8080.";
    static const char far[] =
        "The listen address must be of this computer only (127.0.0.1, [::1] or localhost): "
        "put a proxy with TLS in front.";
    const char *colon = strrchr(listen, ':');
    char host[64], *end;
    if (colon == NULL || colon == listen || colon - listen >= (ptrdiff_t)sizeof(host))
        return form;
    memcpy(host, listen, (size_t)(colon - listen));
    host[colon - listen] = '\0';
    if (colon[1] < '0' || colon[1] > '9' || strtoul(colon + 1, &end, 10) > 65535 || *end != '\0')
        return form;
    struct in_addr v4;
    if (strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0)
        return NULL;
    return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127 ? NULL : far;
}

/* One that does not exist is made for a new database, and missed by keyring_open() else. */
static const char *key_file_fault(const char *key_file)
{
    struct stat st;
    if (stat(key_file, &st) != 0)
        return errno == ENOENT ? NULL : "The key file cannot be examined.";
    if (!S_ISREG(st.st_mode))
        return "The key file is not a regular file.";
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "The key file is open to other users of this computer; give it mode 0400.";
    return NULL;
}

/* The file, or the directory it will be made in. */
static bool find_place(const char *file, char ret[static PATH_MAX])
{
    char copy[PATH_MAX];
    if (realpath(file, ret) != NULL)
        return true;
    return snprintf(copy, sizeof(copy), "%s", file) < PATH_MAX &&
           realpath(dirname(copy), ret) != NULL;
}

/* A data directory that does not exist yet holds nothing. */
static bool is_inside(const char *file, const char *dir)
{
    char f[PATH_MAX], d[PATH_MAX];
    if (!find_place(file, f) || realpath(dir, d) == NULL)
        return false;
    size_t n = strlen(d);
    return strncmp(f, d, n) == 0 && (f[n] == '\0' || f[n] == '/' || d[n - 1] == '/');
}

/* What the process that reads the key must find. */
static const char *key_fault(const struct settings *s)
{
    if (!is_filled(s->data_dir))
        return "No data directory is named; give --data DIRECTORY.";
    if (!is_filled(s->key_file))
        return "No key file is named; give --key-file FILE.";
    const char *why = key_file_fault(s->key_file);
    if (why == NULL && is_inside(s->key_file, s->data_dir))
        why = "The key file lies in the data directory, so whoever copies the data has the key: "
              "move it elsewhere.";
    if (why == NULL && s->backup_to != NULL && is_inside(s->key_file, s->backup_to))
        why = "The key file lies in the directory of the backups: move it elsewhere.";
    return why;
}

static const char *fault(struct arena *a, const struct settings *s)
{
    struct site site;
    if (s->db == NULL)
        return "No database is named; give --db sqlite:PATH or --db postgresql://...";
    if (strncmp(s->db, "sqlite:", 7) != 0 && strncmp(s->db, "postgresql://", 13) != 0)
        return "The database must be sqlite:PATH or postgresql://...";
    if (!is_filled(s->data_dir))
        return "No data directory is named; give --data DIRECTORY.";
    const char *why = s->key_holder == NULL ? key_fault(s) : NULL;
    if (why == NULL)
        why = s->listen == NULL ? "No listen address is given." : listen_fault(s->listen);
    if (why == NULL)
        why = site_parse(a, s->public_url, &site);
    if (why == NULL && netd_check(&s->net, &why) == RC_OK)
        why = NULL;
    return why;
}

enum rc settings_check(struct arena *a, const struct settings *s, const char **ret_why)
{
    const char *why = fault(a, s);
    if (why == NULL)
        return RC_OK;
    *ret_why = why;
    return RC_INVALID;
}

enum rc settings_check_keys(const struct settings *s, const char **ret_why)
{
    *ret_why = key_fault(s);
    return *ret_why == NULL ? RC_OK : RC_INVALID;
}

bool settings_are_local_demo(const struct settings *s)
{
    return s->is_demo && s->public_url == NULL && site_is_loopback(s->listen);
}
