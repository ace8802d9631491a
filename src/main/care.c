/* SPDX-License-Identifier: AGPL-3.0-or-later
 * care.c - migrate, check, doctor: how the data and the installation are. */
#include "app/audit.h"
#include "domains/demo/demo.h"
#include "domains/domains.h"
#include "domains/people/people.h"
#include "domains/practice/practice.h"
#include "domains/trust/trust.h"
#include "main/commands.h"
#include "seal/call.h"
#include "text/json.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int command_migrate(const struct options *o)
{
    struct house h;
    int r = house_open(&h, o, true);
    if (r == 0)
        printf(o->dry_run ? "It would work. Nothing was changed.\n"
                          : "The database has this program's schema.\n");
    house_close(&h);
    return r;
}

/* --- check ------------------------------------------------------------------- */

enum { SAMPLE = 512 }; /* notes that are opened unless all are */

struct findings {
    struct json json;
    bool as_json, is_full;
    bool is_closed; /* nobody opened the clinical tier */
    int n;
    int64_t n_opened, n_sealed; /* notes */
};

/* How far it is: a large practice has a million notes. */
static void opened(void *arg, int64_t n_opened, int64_t n_all)
{
    struct findings *f = arg;
    f->n_opened = n_opened;
    f->n_sealed = n_all;
    if (f->is_full && !f->as_json && isatty(STDERR_FILENO))
        fprintf(stderr, "\r%lld of %lld notes opened", (long long)n_opened, (long long)n_all);
}

static void found(void *arg, const char *invariant, const char *detail)
{
    struct findings *f = arg;
    f->n++;
    if (!f->as_json) {
        printf("broken: %s (%s)\n", invariant, detail);
        return;
    }
    json_open(&f->json, '{');
    json_key(&f->json, "invariant");
    json_str(&f->json, invariant);
    json_key(&f->json, "detail");
    json_str(&f->json, detail);
    json_close(&f->json, '}');
}

/* The passwords of a demo are known; in any other practice the command line opens nothing clinical.
 */
static enum rc open_demo(struct house *h)
{
    struct person *p;
    int n;
    enum rc rc = RC_OK;
    if (!h->app.settings.is_demo)
        return RC_OK;
    TRY(clinician_list(&h->cx, &p, &n));
    for (int i = 0; i < n && !seal_is_open(h->cx.keys, h->cx.practice); i++)
        rc = person_unlock(&h->cx, p[i].email, DEMO_PASSWORD);
    return rc == RC_DENIED ? RC_OK : rc;
}

static enum rc check_all(struct house *h, struct findings *f)
{
    int64_t n, bad = 0;
    for (int i = 0; domains[i] != NULL; i++)
        if (domains[i]->check != NULL)
            TRY(domains[i]->check(&h->cx, found, f));
    TRY(open_demo(h));
    f->is_closed = !seal_is_open(h->cx.keys, h->cx.practice);
    const struct sealed_check sealed = {
        .max = f->is_full ? INT64_MAX : SAMPLE, .report = found, .tell = opened, .arg = f};
    for (int i = 0; domains[i] != NULL && !f->is_closed; i++)
        if (domains[i]->check_sealed != NULL)
            TRY(domains[i]->check_sealed(&h->cx, &sealed));
    if (f->is_full && !f->as_json && isatty(STDERR_FILENO))
        fprintf(stderr, "\n");
    struct buf differences;
    buf_init(&differences, &h->arena, FINDINGS_MAX_BYTES);
    TRY(trust_compare(&h->app, h->db, &differences));
    for (const char *s = differences.s; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
        found(f, "audit log and database differ", arena_strndup(&h->arena, s, strcspn(s, "\n")));
    /* a server has no keys of its own: hashes and signatures, and no seals */
    const struct keyring *seals = keyring_door(h->app.keys) == NULL ? h->app.keys : NULL;
    if (audit_verify(h->app.settings.data_dir, seals, &n, &bad) == RC_OK && bad > 0)
        found(f, "audit chain", arena_printf(&h->arena, "entry %lld", (long long)bad));
    return RC_OK;
}

static void conclude(const struct findings *f)
{
    if (f->is_closed)
        printf("Notes were not opened: only a clinician's password opens them.\n");
    else
        printf("%lld of %lld notes were opened%s\n", (long long)f->n_opened, (long long)f->n_sealed,
               f->n_opened < f->n_sealed ? "; --full opens them all." : ".");
    if (f->n == 0)
        printf("All invariants hold.\n");
}

enum rc house_check(struct house *h, int *ret_n)
{
    struct buf b;
    buf_init(&b, &h->arena, 16 << 20);
    struct findings f = {.json = {.out = &b}, .as_json = true};
    enum rc rc = check_all(h, &f);
    *ret_n = f.n;
    if (f.n > 0)
        fprintf(stderr, "%s\n", b.s);
    return rc;
}

int command_check(const struct options *o)
{
    struct house h;
    struct buf b;
    int r = house_open(&h, o, false);
    if (r == 0) {
        buf_init(&b, &h.arena, 16 << 20);
        struct findings f = {.json = {.out = &b}, .as_json = o->json, .is_full = o->full};
        json_open(&f.json, '[');
        enum rc rc = check_all(&h, &f);
        json_close(&f.json, ']');
        if (rc != RC_OK)
            r = explain(&h.cx, rc, "check");
        else if (o->json)
            printf("{\"ok\":%s,\"notes\":%lld,\"notes_opened\":%lld,\"violations\":%s}\n",
                   f.n == 0 ? "true" : "false", (long long)f.n_sealed, (long long)f.n_opened, b.s);
        else
            conclude(&f);
        r = r != 0 ? r : f.n > 0;
    }
    house_close(&h);
    return r;
}

/* --- doctor -------------------------------------------------------------------- */
struct doctor {
    struct json json;
    bool as_json;
    int n_bad;
};

static void say(struct doctor *d, bool ok, const char *good, const char *bad)
{
    d->n_bad += !ok;
    if (!d->as_json) {
        printf("%s %s\n", ok ? "good:" : "mend:", ok ? good : bad);
        return;
    }
    json_open(&d->json, '{');
    json_key(&d->json, "ok");
    json_bool(&d->json, ok);
    json_key(&d->json, "says");
    json_str(&d->json, ok ? good : bad);
    json_close(&d->json, '}');
}

/* What was sent off when, and what did not go. */
static void examine_sent(struct house *h, struct doctor *d)
{
    struct sent s[SENT_N_];
    struct cx *cx = &h->cx;
    int n = 0;
    sent_load(&h->app.settings, s);
    for (int k = 0; k < SENT_N_; k++) {
        if (!s[k].is_wanted)
            continue;
        const char *last = s[k].ok_ms == 0 ? "nothing was sent yet"
                                           : arena_printf(&h->arena, "last sent %s",
                                                          cx_moment(cx, s[k].ok_ms, DATE_MEDIUM));
        const char *what = sent_kind_text(cx, (enum sent_kind)k);
        say(d, s[k].n_failed == 0, arena_printf(&h->arena, "%s: %s.", what, last),
            arena_printf(&h->arena, "%s: failed %lld times; %s. %s", what, (long long)s[k].n_failed,
                         last, sent_fault_text(cx, s[k].fault)));
        n++;
    }
    if (n == 0)
        say(d, true,
            "Checkpoints of the audit log are not sent anywhere (time-stamp-url, smtp-url, "
            "syslog).",
            "");
}

static void examine(struct house *h, struct doctor *d)
{
    struct stat st;
    struct statvfs fs;
    const struct settings *s = &h->app.settings;
    int64_t n, bad = 0;
    say(d, stat(s->key_file, &st) == 0 && (st.st_mode & 0377) == 0,
        "The key file is readable by its owner alone.",
        "The key file may be written, or read by others. Run: chmod 0400 on it.");
    say(d, stat(s->data_dir, &st) == 0 && (st.st_mode & 077) == 0,
        "The data directory is closed to others.",
        "Others may look into the data directory. Run: chmod 0700 on it.");
    say(d, statvfs(s->data_dir, &fs) == 0 && (double)fs.f_bavail * (double)fs.f_frsize > 1e9,
        "There is more than 1 GB of free disk.",
        "Less than 1 GB of disk is free. Make room before writing stops.");
    say(d, h->cx.now_ms > INT64_C(1767225600000), "The clock is plausible.",
        "The clock stands before 2026. Set it.");
    enum rc audit = audit_verify(s->data_dir, h->app.keys, &n, &bad);
    say(d, audit == RC_NOT_FOUND || (audit == RC_OK && bad == 0),
        audit == RC_NOT_FOUND ? "There is no audit file yet: nothing was shown to anybody."
                              : "The audit file's chain is whole.",
        "The audit file was altered or cut. Keep a copy and find out who had access.");
    examine_sent(h, d);
    const char *reach = s->public_url != NULL
                            ? "It is served under its public address alone."
                            : "No public address is set: only this computer is answered.";
    say(d, true, reach, reach);
    say(d, !s->is_demo, "This is not a demo practice.",
        "This is a demo practice: its passwords are known. Never put real people in it.");
}

int command_doctor(const struct options *o)
{
    struct house h;
    struct buf b;
    int r = house_open(&h, o, false);
    if (r == 0) {
        buf_init(&b, &h.arena, 1 << 20);
        struct doctor d = {.json = {.out = &b}, .as_json = o->json};
        json_open(&d.json, '[');
        examine(&h, &d);
        json_close(&d.json, ']');
        if (o->json)
            printf("{\"ok\":%s,\"findings\":%s}\n", d.n_bad == 0 ? "true" : "false", b.s);
    }
    house_close(&h);
    return r;
}
