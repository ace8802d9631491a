/* SPDX-License-Identifier: AGPL-3.0-or-later
 * serve.c - serves until SIGTERM or SIGINT, then finishes what is in flight. */
#include "app/audit.h"
#include "app/jobs.h"
#include "base/log.h"
#include "domains/domains.h"
#include "domains/exports/exports.h"
#include "domains/people/people_web.h"
#include "domains/practice/practice.h"
#include "domains/trust/trust.h"
#include "keyd/keyd.h"
#include "main/commands.h"
#include "main/processes.h"
#include "netd/netd.h"
#include "pdf/pdf.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS_AN_HOUR = 30, CLIENTS_AN_HOUR_MAX = 512 /* what the key holder can count */ };

/* Signals are taken by sigwait() in this thread alone; every thread made later inherits the mask.
 */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* What a crash left in the write-ahead log goes into the file before anybody waits for it: a log
 * that grows from crash to crash makes every read slower. At the end it is emptied too, for the
 * sandbox lets nobody remove it: the file alone is then the whole database. */
static void settle(struct db *db)
{
    if (db_engine(db) == DB_SQLITE && db_script(db, "PRAGMA wal_checkpoint(TRUNCATE)") != RC_OK)
        log_warn("the write-ahead log could not be emptied; somebody else is using the database");
}

/* By name: passkeys are made for names, not for 127.0.0.1. */
static const char *here(struct house *h)
{
    const char *port = strrchr(h->app.settings.listen, ':'); /* checked by settings_check() */
    return arena_printf(&h->arena, "localhost%s", port != NULL ? port : "");
}

/* Who may read this terminal may be the first owner; who only reaches the port may not. */
static void invite(struct house *h)
{
    const struct settings *s = &h->app.settings;
    struct site site;
    bool is_set_up = true;
    if (practice_exists(&h->cx, &is_set_up) != RC_OK || is_set_up)
        return;
    h->app.start_token = arena_strdup(&h->arena, id_new().s);
    (void)site_parse(&h->arena, s->public_url, &site); /* checked by settings_check() */
    fprintf(stderr, "\nThere is no practice yet. Set it up at\n\n    %s://%s/set-up?token=%s\n\n",
            site.is_https ? "https" : "http", site.host != NULL ? site.host : here(h),
            h->app.start_token);
}

static int run(struct house *h, const sigset_t *signals)
{
    struct web *w = NULL;
    struct job_runner *jobs = NULL;
    struct nightly *backups = NULL;
    const char *why = "";
    int sig, r = 0;
    struct web_config config = {.app = &h->app,
                                .domains = domains,
                                .authenticate = people_authenticate,
                                .names = people_names,
                                .touch = people_touch,
                                .lock = people_lock,
                                .step_up = people_step_up};
    if (web_new(&config, &w, &why) != RC_OK)
        return refused(why);
    if (web_listen(w, h->app.settings.listen, &why) != RC_OK) {
        r = refused(why);
    } else if (job_runner_start(&h->app, &jobs) != RC_OK) {
        r = refused("The background work could not be started.");
    } else {
        const char *public = h->app.settings.public_url;
        log_info("serving on http://%s%s%s", here(h),
                 public != NULL ? " as " : " for this computer only", public != NULL ? public : "");
        backups = nightly_start(h);
        r = shut_in_calls(&h->app.settings);
        pdf_warm_up(); /* beside the first requests, so that the first invoice does not wait for
                          fonts */
        if (r == 0)
            sigwait(signals, &sig);
        log_info("stopping: finishing requests in flight");
    }
    netd_hang_up(h->app.net); /* nobody waits for a stranger to stop */
    exports_stop();
    nightly_stop(backups);
    if (jobs != NULL)
        job_runner_stop(jobs);
    web_stop(w);
    web_free(w);
    return r;
}

/* A day's work with room to spare; nobody reads the whole practice in an evening. */
static int meter(struct house *h)
{
    const char *set = h->app.settings.clients_an_hour;
    char *end = NULL;
    long n = set != NULL ? strtol(set, &end, 10) : h->app.settings.is_demo ? 0 : CLIENTS_AN_HOUR;
    if (n < 0 || n > CLIENTS_AN_HOUR_MAX || (end != NULL && *end != '\0'))
        return refused(
            "clients-per-hour is a number up to 512: 30, or 0 for as many as there are.");
    return keyring_meter(h->app.keys, n) == RC_OK
               ? 0
               : refused("The key holder was told another number of clients per hour before.");
}

int command_serve(const struct options *o)
{
    struct house h;
    struct options behind = *o;
    sigset_t signals;
    pid_t holder = 0;
    block_signals(&signals);
    int r = caller_start(&o->settings, &behind.net);
    if (r == 0 && !o->keeps_keys)
        r = holder_start(&o->settings, &behind.door, &holder);
    if (r != 0)
        return r;
    r = house_open(&h, &behind, true);
    if (r == 0)
        r = caller_check(&h.app.settings);
    if (r == 0 && o->keeps_keys && !h.app.settings.is_demo)
        r = refused("Only a demo practice may be served without the key holder.");
    if (r == 0)
        r = meter(&h);
    if (r == 0)
        r = shut_in_files(&h.app.settings, o->keeps_keys);
    if (r == 0)
        r = house_open_audit(&h);
    if (r == 0 && trust_start(&h.app, h.db) != RC_OK)
        r = refused("The audit log could not be compared with the database.");
    if (r == 0) {
        settle(h.db);
        house_sweep_proof(&h);
        invite(&h);
        r = run(&h, &signals);
        settle(h.db);
    }
    house_close(&h);
    keyd_wait(holder);
    netd_free(behind.net);
    return r;
}
