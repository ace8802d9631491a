/* SPDX-License-Identifier: AGPL-3.0-or-later
 * support_db.c - makes and removes the databases of a test process. */
#include "support_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DATABASES = 64, URL_BYTES = 512 };

static char urls[MAX_DATABASES][URL_BYTES];
static char folders[MAX_DATABASES][64]; /* SQLite only */
static int n_databases;

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "support_db: %s\n", what);
    _exit(1);
}

static const char *server_url(void)
{
    const char *url = getenv("TEST_DB");
    return url == NULL || strcmp(url, "sqlite") == 0 ? NULL : url;
}

bool support_db_is_sqlite(void)
{
    return server_url() == NULL;
}

static void on_server(const char *fmt, int n)
{
    char sql[128];
    struct db *db = NULL;
    check(db_open(server_url(), false, &db) == RC_OK, "the server of TEST_DB does not answer");
    snprintf(sql, sizeof(sql), fmt, (int)getpid(), n);
    check(db_script(db, sql) == RC_OK, db_error(db));
    db_close(db);
}

/* The server's URL with another database: postgresql://user@host/NAME?options */
static void make_on_server(int n)
{
    on_server("CREATE DATABASE t_%d_%d TEMPLATE template0 ENCODING 'UTF8'", n);
    const char *url = server_url(), *authority = strstr(url, "://");
    check(authority != NULL, "TEST_DB is not a URL");
    const size_t head = (size_t)(authority + 3 - url) + strcspn(authority + 3, "/?");
    snprintf(urls[n], URL_BYTES, "%.*s/t_%d_%d%s", (int)head, url, (int)getpid(), n,
             url + head + strcspn(url + head, "?"));
}

static void make_file(int n)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folders[n], sizeof(folders[n]), "%s/entracte-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    check(mkdtemp(folders[n]) != NULL, "no temporary folder");
    snprintf(urls[n], URL_BYTES, "sqlite:%s/test.sqlite", folders[n]);
}

static void remove_file(int n)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char path[URL_BYTES + 16];
    for (size_t i = 0; i < N_ELEMS(suffixes); i++) {
        snprintf(path, sizeof(path), "%s%s", urls[n] + strlen("sqlite:"), suffixes[i]);
        unlink(path);
    }
    rmdir(folders[n]);
}

static void remove_all(void)
{
    for (int n = 0; n < n_databases; n++) {
        if (support_db_is_sqlite())
            remove_file(n);
        else
            on_server("DROP DATABASE IF EXISTS t_%d_%d WITH (FORCE)", n);
    }
}

const char *support_db_url(void)
{
    check(n_databases < MAX_DATABASES, "too many databases");
    if (n_databases == 0)
        atexit(remove_all);
    const int n = n_databases++;
    if (support_db_is_sqlite())
        make_file(n);
    else
        make_on_server(n);
    return urls[n];
}
