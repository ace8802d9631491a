/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sent.c - checkpoints that leave this computer, so that whoever rewrites the log here is found
 * out.
 *
 * Of the installation, not of a practice: each log sends its own, also when several programs share
 * a database. So what was sent is told by a file beside the log, not by jobs. */
#include "audit/audit.h"
#include "base/log.h"
#include "domains/people/people.h"
#include "domains/trust/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARENA_BYTES = 4 << 20, PATH_BYTES = 4096, LONGEST_BACKOFF_MIN = 60 };

static const struct {
    const char *key, *text;
    int64_t every_ms;
    bool is_repeated; /* also when nothing was recorded since: its absence is a sign */
} kinds[SENT_N_] = {
    [SENT_STAMP] = {"stamp", N_("Time stamp of an authority"), MS_PER_DAY, false},
    [SENT_LOG] = {"syslog", N_("System log, which may be forwarded"), 0, false},
    [SENT_MAIL] = {"mail", N_("Weekly mail to the owners"), 7 * MS_PER_DAY, true},
};

static const char *const faults[NETD_FAULT_N_] = {
    [NETD_OK] = N_("It went."),
    [NETD_NOT_SET_UP] = N_("It is not set up."),
    [NETD_NOT_ALLOWED] = N_("The settings do not name this place, or an address is not one."),
    [NETD_NO_NAME] = N_("The name of the other computer is not known."),
    [NETD_NOT_PUBLIC] = N_("The address of the other computer is not one of the public Internet."),
    [NETD_NO_CONNECTION] = N_("There is no connection."),
    [NETD_NO_TRUST] = N_("The other computer's certificate does not hold, or it has none."),
    [NETD_TOO_SLOW] = N_("The other computer did not answer in time."),
    [NETD_TOO_LONG] = N_("The answer is too long."),
    [NETD_REFUSED] = N_("The other computer refused."),
    [NETD_BAD_ANSWER] = N_("What came back is no stamp of this checkpoint that can be trusted."),
    [NETD_GONE] = N_("The process for connections does not answer; start the program anew."),
};

const char *sent_kind_text(struct cx *cx, enum sent_kind k)
{
    return trc(cx, kinds[k].text);
}

const char *sent_fault_text(struct cx *cx, enum netd_fault f)
{
    return trc(cx, faults[f]);
}

/* --- the file ------------------------------------------------------------------------------- */

static void file_close(FILE **f)
{
    if (*f != NULL)
        fclose(*f);
}

/* One that is not there, or not to be read, tells of nothing: then all is sent anew. */
void sent_load(const struct settings *s, struct sent ret[static SENT_N_])
{
    char path[PATH_BYTES], key[16];
    struct sent x;
    int fault;
    memset(ret, 0, SENT_N_ * sizeof(*ret));
    ret[SENT_STAMP].is_wanted = s->net.time_stamp_url != NULL;
    ret[SENT_LOG].is_wanted = s->net.syslog != NULL;
    ret[SENT_MAIL].is_wanted = s->net.smtp_url != NULL;
    snprintf(path, sizeof(path), "%s/" SENT_DIR "/sent", s->data_dir);
    FILE *f CLEANUP(file_close) = fopen(path, "re");
    while (f != NULL && fscanf(f, "%15s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %d", key,
                               &x.ok_ms, &x.n, &x.try_ms, &x.n_failed, &fault) == 6)
        for (int k = 0; k < SENT_N_; k++)
            if (strcmp(key, kinds[k].key) == 0 && fault >= 0 && fault < NETD_FAULT_N_) {
                x.fault = (enum netd_fault)fault;
                x.is_wanted = ret[k].is_wanted;
                ret[k] = x;
            }
}

/* Whole or not at all. */
static enum rc write_file(const char *path, const void *p, size_t n)
{
    char new_path[PATH_BYTES];
    snprintf(new_path, sizeof(new_path), "%s.new", path);
    int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return RC_BUSY;
    bool is_good = write(fd, p, n) == (ssize_t)n && fdatasync(fd) == 0;
    is_good = close(fd) == 0 && is_good;
    return is_good && rename(new_path, path) == 0 ? RC_OK : RC_BUSY;
}

static enum rc sent_save(struct app *app, struct arena *a, const struct sent *s)
{
    char path[PATH_BYTES];
    struct buf b;
    buf_init(&b, a, 1024);
    for (int k = 0; k < SENT_N_; k++)
        buf_printf(&b, "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d\n", kinds[k].key,
                   s[k].ok_ms, s[k].n, s[k].try_ms, s[k].n_failed, (int)s[k].fault);
    snprintf(path, sizeof(path), "%s/" SENT_DIR, app->settings.data_dir);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return RC_BUSY;
    snprintf(path, sizeof(path), "%s/" SENT_DIR "/sent", app->settings.data_dir);
    return write_file(path, b.s, b.len);
}

/* Before: the next attempt is put off, so that what fails here, or a disk that is full, does not
 * send the same thing again and again. */
static enum rc note_attempt(struct app *app, struct arena *a, enum sent_kind k)
{
    struct sent s[SENT_N_];
    sent_load(&app->settings, s);
    s[k].try_ms = app->clock_ms();
    s[k].fault = NETD_GONE;
    s[k].n_failed++;
    return sent_save(app, a, s);
}

static enum rc note_outcome(struct app *app, struct arena *a, enum sent_kind k, int64_t n,
                            enum netd_fault f)
{
    struct sent s[SENT_N_];
    sent_load(&app->settings, s);
    s[k].fault = f;
    if (f == NETD_OK) {
        s[k].ok_ms = s[k].try_ms;
        s[k].n = n;
        s[k].n_failed = 0;
    }
    return sent_save(app, a, s);
}

/* --- sending ------------------------------------------------------------------------------------
 */

static struct bytes text_bytes(const char *s)
{
    return (struct bytes){(const unsigned char *)s, strlen(s)};
}

static enum rc keep_stamp(const struct settings *s, int64_t n, const char *line, struct bytes stamp)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/" SENT_DIR "/stamps", s->data_dir);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return RC_BUSY;
    snprintf(path, sizeof(path), "%s/" SENT_DIR "/stamps/%" PRId64 ".txt", s->data_dir, n);
    TRY(write_file(path, line, strlen(line))); /* the bytes that were hashed: no end of line */
    snprintf(path, sizeof(path), "%s/" SENT_DIR "/stamps/%" PRId64 ".tsr", s->data_dir, n);
    return write_file(path, stamp.p, stamp.len);
}

enum rc trust_stamp(struct app *app, const struct audit_checkpoint *at, const char *line,
                    enum netd_fault *ret)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    struct netd_answer answer = {0};
    const struct netd_request r = {NETD_STAMP, {text_bytes(line)}};
    arena_init(&a, ARENA_BYTES);
    TRY(note_attempt(app, &a, SENT_STAMP));
    *ret = netd_ask(app->net, &a, &r, &answer);
    if (*ret == NETD_OK)
        TRY(keep_stamp(&app->settings, at->n, line, answer.body));
    return note_outcome(app, &a, SENT_STAMP, at->n, *ret);
}

/* Whom the mails go to, each in their language. */
struct mailing {
    struct app *app;
    const char *line;
    enum netd_fault fault;
    int n;
};

static enum netd_fault mail_to(struct cx *cx, const struct mailing *m, const struct person *p)
{
    struct netd_answer answer;
    cx->locale = locale_get(p->locale);
    cx->cat = catalogue_get(locale_language(cx->locale));
    const char *text = trf(
        cx,
        N_("This line fixes the audit log as it stands today:\n\n%s\n\n"
           "Please keep this mail. Whoever alters or shortens the log later cannot alter the line "
           "here. To compare, put the lines of your mails into a file and run:\n\n"
           "entracte audit verify --checkpoints FILE\n\n"
           "The mail comes once a week. When it stays away and nobody has switched it off, ask "
           "why.\n"),
        m->line);
    const struct netd_request r = {
        NETD_MAIL,
        {text_bytes(p->email), text_bytes(trc(cx, N_("Entracte: checkpoint of the audit log"))),
         text_bytes(text)}};
    return netd_ask(cx->app->net, cx->arena, &r, &answer);
}

static enum rc mail_owners(struct db *db, int64_t practice, void *arg)
{
    struct mailing *m = arg;
    CLEANUP(arena_wipe) struct arena a = {0};
    struct cx cx;
    struct person *p = NULL;
    int n = 0;
    arena_init(&a, ARENA_BYTES);
    cx_init(&cx, m->app, &a, db);
    cx_practice(&cx, practice);
    TRY(person_list(&cx, true, &p, &n));
    for (int i = 0; i < n && m->fault == NETD_OK; i++)
        if ((p[i].roles & ROLE_OWNER) != 0 && is_filled(p[i].email)) {
            m->fault = mail_to(&cx, m, &p[i]);
            m->n++;
        }
    return RC_OK;
}

static enum rc send_one(struct app *app, struct db *db, struct arena *a, enum sent_kind k,
                        const struct audit_checkpoint *at, const char *line, enum netd_fault *ret)
{
    struct mailing m = {.app = app, .line = line};
    struct netd_answer answer;
    if (k == SENT_STAMP)
        return trust_stamp(app, at, line, ret);
    TRY(note_attempt(app, a, k));
    if (k == SENT_MAIL)
        TRY(trust_each_practice(db, mail_owners, &m));
    else
        m.fault =
            netd_ask(app->net, a, &(struct netd_request){NETD_LOG, {text_bytes(line)}}, &answer);
    *ret = k == SENT_MAIL && m.n == 0 ? NETD_NOT_SET_UP : m.fault;
    return note_outcome(app, a, k, at->n, *ret);
}

/* --- when ---------------------------------------------------------------------------------------
 */

static bool is_due(const struct sent *s, enum sent_kind k, int64_t now_ms, int64_t n)
{
    int64_t wait_min = s->n_failed < 7 ? INT64_C(1) << (s->n_failed > 0 ? s->n_failed - 1 : 0)
                                       : LONGEST_BACKOFF_MIN;
    if (!s->is_wanted || now_ms < s->try_ms + (s->n_failed > 0 ? wait_min * MS_PER_MIN : 0))
        return false;
    return s->n_failed > 0 || s->ok_ms == 0 ||
           (now_ms >= s->ok_ms + kinds[k].every_ms && (kinds[k].is_repeated || n > s->n));
}

static const char *line_of(const struct app *app, struct arena *a,
                           const struct audit_checkpoint *at)
{
    struct audit_log l;
    if (audit_log_open(app->settings.data_dir, &l) != RC_OK)
        return NULL;
    const char *line = audit_checkpoint_line(a, at, l.public_key);
    audit_log_close(&l);
    return line;
}

void trust_send_off(struct app *app, struct db *db)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    struct audit_checkpoint at = {0};
    struct sent s[SENT_N_];
    const char *line = NULL;
    if (app->net == NULL)
        return;
    arena_init(&a, ARENA_BYTES);
    sent_load(&app->settings, s);
    audit_last_checkpoint(app->audit, &at);
    if (at.n > 0)
        line = line_of(app, &a, &at);
    for (int k = 0; k < SENT_N_ && line != NULL; k++) {
        enum netd_fault f = NETD_OK;
        if (!is_due(&s[k], (enum sent_kind)k, app->clock_ms(), at.n))
            continue;
        enum rc rc = send_one(app, db, &a, (enum sent_kind)k, &at, line, &f);
        if (rc != RC_OK || f != NETD_OK)
            log_warn("a checkpoint did not leave this computer: %s, fault %d, rc %d", kinds[k].key,
                     (int)f, (int)rc);
    }
}
