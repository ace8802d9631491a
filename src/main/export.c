/* SPDX-License-Identifier: AGPL-3.0-or-later
 * export.c - everything of the practice, or of one client, opened, into a directory. */
#include "app/audit.h"
#include "domains/exports/exports.h"
#include "domains/keys/keys.h"
#include "main/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what opens it ---------------------------------------------------------------------------- */

static enum rc unlock(struct cx *cx, const struct options *o)
{
    const char *words;
    if (o->recovery_kit == NULL && o->email == NULL && !cx->app->settings.is_demo)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Give --email of a clinician, with the password on standard input, or "
                         "--recovery-kit FILE: what was said opens with nothing else. Nothing was "
                         "exported."));
    if (o->recovery_kit == NULL)
        return clinician_unlock(cx, o);
    if (o->process_notes)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Process notes open with their author's password alone: give --email, and "
                         "no recovery kit."));
    TRY(words_from_file(cx, o->recovery_kit, &words));
    return kit_unlock(cx, words);
}

/* What is exported stands in the log that goes along; while the program runs it puts it there. */
static enum rc log_changes(struct house *h)
{
    const char *why;
    const struct audit_config c = {
        .dir = h->app.settings.data_dir, .keys = h->app.keys, .clock_ms = h->app.clock_ms};
    if (audit_open(&c, &h->app.audit, &why) != RC_OK)
        return RC_OK;
    enum rc rc = house_log_changes(h);
    audit_close(h->app.audit);
    h->app.audit = NULL;
    return rc;
}

/* --- where to -----------------------------------------------------------------------------------
 */

/* Beside its place; what is there of an export that was killed is for a person to remove. */
static enum rc make_part(struct cx *cx, const char *out, const char *part)
{
    struct stat st;
    if (stat(out, &st) == 0 && rmdir(out) != 0)
        return refuse(cx, RC_CONFLICT, NULL,
                      N_("Give --out a directory that is not there yet, or is empty."));
    if (mkdir(part, 0700) == 0)
        return RC_OK;
    return errno == EEXIST
               ? refuse(cx, RC_CONFLICT, NULL,
                        N_("Beside it there is what an export left that was broken off; its name "
                           "ends with .part, and it can be read by whoever opens it. Remove it "
                           "first."))
               : refuse(cx, RC_BUSY, NULL,
                        N_("The directory for the export cannot be made. The one above it must be "
                           "there."));
}

static enum rc put_readme(struct cx *cx, const char *dir, const struct export_done *done)
{
    const char *text = export_readme(cx, done),
               *path = arena_printf(cx->arena, "%s/README.txt", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    size_t n = strlen(text);
    bool is_good = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        is_good = false;
    return is_good ? RC_OK : RC_BUSY;
}

static enum rc put_audit(struct house *h, const char *part)
{
    int64_t n;
    const char *dir = arena_printf(&h->arena, "%s/audit", part);
    if (mkdir(dir, 0700) != 0)
        return RC_BUSY;
    enum rc rc = audit_write(h, dir, &n);
    return rc == RC_NOT_FOUND ? RC_OK : rc; /* nothing was shown to anybody yet */
}

static enum rc fill(struct house *h, const struct export_ask *ask, struct export_done *ret)
{
    TRY(export_announce(&h->cx, ask));
    TRY(log_changes(h));
    TRY(export_write(&h->cx, ask, ret));
    if (!id_is_set(ask->client) && !id_is_set(ask->clinician)) /* the log names everybody's ids */
        TRY(put_audit(h, ask->dir));
    return put_readme(&h->cx, ask->dir, ret);
}

/* Who leaves, and with whom. */
static enum rc of_clinician(struct cx *cx, const struct options *o, struct export_ask *ask)
{
    struct id *clients;
    if (o->clinician == NULL)
        return RC_OK;
    if (o->client != NULL)
        return refuse(cx, RC_INVALID, NULL, N_("Give --client or --clinician, not both."));
    if (!id_parse(o->clinician, &ask->clinician))
        return refuse(cx, RC_INVALID, NULL, EXPORT_NOBODY);
    if (o->process_notes && !id_eq(ask->clinician, cx->actor.user))
        return refuse(
            cx, RC_INVALID, NULL,
            N_("Process notes are their author's alone: give --email of the clinician who "
               "leaves."));
    ask->with_money = o->with_money;
    TRY(export_caseload(cx, ask->clinician, &clients, &ask->n_clients));
    ask->clients = clients;
    return RC_OK;
}

static enum rc export_to(struct house *h, const struct options *o, struct export_done *ret)
{
    struct cx *cx = &h->cx;
    struct export_ask ask = {.with_private = o->process_notes};
    size_t n = strlen(o->out);
    while (n > 1 && o->out[n - 1] == '/')
        n--;
    const char *out = arena_strndup(cx->arena, o->out, n);
    if (o->client != NULL && !id_parse(o->client, &ask.client))
        return refuse(cx, RC_INVALID, NULL,
                      N_("There is no such client. The id is the last part of the address of the "
                         "client's page."));
    ask.dir = arena_printf(cx->arena, "%s.part", out);
    TRY(unlock(cx, o));
    TRY(of_clinician(cx, o, &ask));
    TRY(make_part(cx, out, ask.dir));
    enum rc rc = fill(h, &ask, ret);
    if (rc == RC_OK && rename(ask.dir, out) != 0)
        rc = RC_BUSY;
    if (rc != RC_OK)
        remove_tree(ask.dir);
    return rc;
}

int command_export(const struct options *o)
{
    struct house h;
    struct export_done done = {0};
    if (o->out == NULL) {
        fprintf(stderr, "entracte: Give --out DIR, a directory that is not there yet.\n");
        return 2;
    }
    int r = house_open(&h, o, false);
    if (r == 0) {
        enum rc rc = export_to(&h, o, &done);
        r = rc == RC_OK ? 0 : explain(&h.cx, rc, "export");
    }
    if (r == 0)
        printf("%s\n", done.sha256);
    if (r == 0 && done.n_damaged > 0)
        fprintf(stderr, "entracte: %lld rows do not open and stand there without what was said.\n",
                (long long)done.n_damaged);
    house_close(&h);
    return r;
}
