/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_log.c - audit verify, export, key, checkpoint, prove: the log for whoever asks for proof.
 */
#include "domains/trust/trust.h"
#include "main/commands.h"
#include "main/processes.h"
#include "netd/netd.h"
#include "seal/audit_keys.h"
#include "verify/log_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_AT_ONCE = 1024, ARENA_BYTES = 256 << 20 };

static int no_log(enum rc rc)
{
    fputs(rc == RC_NOT_FOUND
              ? "entracte: There is no audit file yet: nothing was shown to anybody.\n"
              : "entracte: The audit file cannot be read.\n",
          stderr);
    return 1;
}

static void own_key(struct house *h, unsigned char ret[static 32])
{
    struct audit_keys *k = audit_keys_new(h->app.keys);
    audit_keys_public(k, ret);
    audit_keys_free(k);
}

/* A checkpoint of all there is, unless the running program has the file: it makes its own. */
static void settle(struct house *h)
{
    const char *why;
    const struct audit_config c = {
        .dir = h->app.settings.data_dir, .keys = h->app.keys, .clock_ms = h->app.clock_ms};
    if (audit_open(&c, &h->app.audit, &why) != RC_OK)
        return;
    audit_close(h->app.audit);
    h->app.audit = NULL;
}

/* --- verify ------------------------------------------------------------------------ */

static char *kept_lines(struct house *h, const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    char *s = arena_alloc(&h->arena, (1 << 20) + 1);
    ssize_t n = fd >= 0 ? read(fd, s, 1 << 20) : -1;
    if (fd >= 0)
        close(fd);
    return n < 0 ? NULL : s;
}

static struct log_verdict verdict_of(struct house *h, const struct options *o, const void *p,
                                     size_t len, struct checked_log *l)
{
    unsigned char key[32];
    int64_t n = 0, bad = 0;
    own_key(h, key);
    struct log_verdict v = check_log(p, len, key, l);
    if (strcmp(v.word, "good") == 0 && o->checkpoints != NULL) {
        const char *lines = kept_lines(h, o->checkpoints);
        v = lines != NULL ? check_checkpoints(l, lines) : (struct log_verdict){"checkpoint", 0};
    }
    if (strcmp(v.word, "good") == 0 &&
        (audit_verify(h->app.settings.data_dir, h->app.keys, &n, &bad) != RC_OK || bad > 0))
        v = (struct log_verdict){"mac-broken", bad};
    return v;
}

static int verify(struct house *h, const struct options *o)
{
    struct audit_log log;
    struct checked_log l;
    enum rc rc = audit_log_open(h->app.settings.data_dir, &log);
    if (rc != RC_OK)
        return no_log(rc);
    size_t len = (size_t)log.n * RECORD_SIZE; /* a record that is just being written is not read */
    void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, log.fd, 0);
    audit_log_close(&log);
    if (p == MAP_FAILED)
        return no_log(RC_BROKEN);
    struct log_verdict v = verdict_of(h, o, p, len, &l);
    printf("%s %lld\n", v.word, (long long)v.seq);
    if (strcmp(v.word, "good") == 0 && l.n_tail > 0)
        printf("%lld records stand behind the last checkpoint.\n", (long long)l.n_tail);
    munmap(p, len);
    return strcmp(v.word, "good") != 0;
}

/* --- export --------------------------------------------------------------------------- */

struct export
{
    const char *folder;
    struct arena *arena;
    FILE *out;
};

static FILE *open_out(const struct export *e, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", e->folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0 ? fdopen(fd, "w") : NULL;
}

static bool close_out(FILE *f)
{
    bool is_good = f != NULL && fflush(f) == 0 && ferror(f) == 0;
    return f != NULL && fclose(f) == 0 && is_good;
}

static bool copy_log(struct export *e, const struct audit_log *l, int64_t n)
{
    struct audit_record *r = calloc(COPY_AT_ONCE, sizeof(*r));
    FILE *out = open_out(e, "audit.log");
    int64_t got = 1;
    if (r == NULL)
        abort();
    for (int64_t at = 1; at <= n && got > 0 && out != NULL; at += got) {
        int64_t left = n - at + 1;
        if (audit_log_read(l, at, r, left < COPY_AT_ONCE ? left : COPY_AT_ONCE, &got) != RC_OK ||
            fwrite(r, sizeof(*r), (size_t)got, out) != (size_t)got)
            got = 0;
    }
    free(r);
    return close_out(out) && got > 0;
}

static void put_hex(FILE *out, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%02x", p[i]);
}

static enum rc put_details(struct house *h, struct export *e, const struct audit_log *l, int64_t n)
{
    static const unsigned char altered[16];
    struct arena a;
    enum rc rc = RC_OK;
    struct logged_change *c;
    int64_t after = 0;
    int n_page = 1;
    int64_t was = db_practice(h->db, 0); /* the log is of all practices */
    arena_init(&a, ARENA_BYTES);
    while (n_page > 0 && rc == RC_OK) {
        struct cx x = h->cx;
        arena_reset(&a);
        x.arena = &a;
        x.keys = keys_new(&a, h->app.keys);
        n_page = 0;
        rc = changes_logged(h->db, &a, l->log_id, after, &c, &n_page);
        for (int i = 0; i < n_page && rc == RC_OK; i++) {
            after = c[i].log_seq;
            if (after > n) /* behind the checkpoint */
                continue;
            rc = change_open(&x, &c[i]);
            if (rc == RC_BROKEN) { /* altered: so that a verifier says so */
                c[i].salt = (struct bytes){altered, sizeof(altered)};
                rc = RC_OK;
            }
            if (rc != RC_OK || c[i].salt.p == NULL) /* shredded */
                continue;
            struct bytes d = change_details(&a, &c[i]);
            fprintf(e->out, "%lld ", (long long)after);
            put_hex(e->out, c[i].salt.p, c[i].salt.len);
            fputc(' ', e->out);
            put_hex(e->out, d.p, d.len);
            fputc('\n', e->out);
        }
    }
    arena_wipe(&a);
    (void)db_practice(h->db, was);
    return rc;
}

static enum rc put_record(void *arg, const struct stored *s)
{
    const struct export *e = arg;
    fprintf(e->out, "%s %s ", s->record, s->id.s);
    put_hex(e->out, s->bytes.p, s->bytes.len);
    return fputc('\n', e->out) != EOF ? RC_OK : RC_BUSY;
}

static bool put_text(const struct export *e, const char *name, const char *text)
{
    FILE *out = open_out(e, name);
    return out != NULL && fprintf(out, "%s\n", text) >= 0 ? close_out(out)
                                                          : (close_out(out), false);
}

static bool write_all_of(struct house *h, struct export *e, const struct audit_log *l,
                         const struct audit_checkpoint *at)
{
    const char *line = audit_checkpoint_line(&h->arena, at, l->public_key);
    if (!copy_log(e, l, at->n + 1) || !put_text(e, "checkpoint.txt", line) ||
        !put_text(e, "key.txt", audit_hex(&h->arena, l->public_key, 32)))
        return false;
    e->out = open_out(e, "details.txt");
    bool is_good = e->out != NULL && put_details(h, e, l, at->n) == RC_OK;
    if (!close_out(e->out) || !is_good)
        return false;
    e->out = open_out(e, "records.txt");
    is_good = e->out != NULL && trust_each_stored(&h->cx, INT64_MAX, put_record, e) == RC_OK;
    return close_out(e->out) && is_good;
}

enum rc audit_write(struct house *h, const char *dir, int64_t *ret_n)
{
    struct audit_log l;
    struct audit_checkpoint at;
    struct export e = {.folder = dir, .arena = &h->arena};
    settle(h);
    TRY(audit_log_open(h->app.settings.data_dir, &l));
    enum rc rc = audit_last_in_log(&l, &at);
    if (rc == RC_OK && (at.n == 0 || !write_all_of(h, &e, &l, &at)))
        rc = RC_BUSY;
    audit_log_close(&l);
    *ret_n = at.n + 1;
    return rc;
}

static int export(struct house *h, const struct options *o)
{
    unsigned char k[32];
    int64_t n;
    if (o->what == NULL || (mkdir(o->what, 0700) != 0 && errno != EEXIST)) {
        fputs("entracte: Name a folder that is new or empty.\n", stderr);
        return 2;
    }
    enum rc rc = audit_write(h, o->what, &n);
    if (rc == RC_NOT_FOUND)
        return no_log(rc);
    if (rc != RC_OK) {
        fputs("entracte: The export could not be written. Name a folder that is new or empty.\n",
              stderr);
        return 1;
    }
    own_key(h, k);
    printf("%lld records. Whoever has entracte-verify and this key can check them:\n%s\n",
           (long long)n, audit_hex(&h->arena, k, sizeof(k)));
    return 0;
}

/* --- key, checkpoint, prove ---------------------------------------------------------------- */

static int key(struct house *h)
{
    unsigned char k[32];
    own_key(h, k);
    printf("%s\n", audit_hex(&h->arena, k, sizeof(k)));
    return 0;
}

static int stamp(struct house *h, const struct audit_checkpoint *at, const char *line)
{
    enum netd_fault f;
    int r = caller_check(&h->app.settings);
    if (r != 0)
        return r;
    if (h->app.net == NULL || h->app.settings.net.time_stamp_url == NULL)
        return refused("No time-stamp-url is set: give --config FILE.");
    if (trust_stamp(&h->app, at, line, &f) != RC_OK) {
        fputs("entracte: Nothing can be written beside the audit log.\n", stderr);
        return 1;
    }
    if (f == NETD_OK) {
        printf(SENT_DIR "/stamps/%lld.tsr\n", (long long)at->n);
        return 0;
    }
    fprintf(stderr, "entracte: It was not stamped: %s\n", sent_fault_text(&h->cx, f));
    return 1;
}

static int checkpoint(struct house *h, const struct options *o)
{
    struct audit_log l;
    struct audit_checkpoint at;
    settle(h);
    enum rc rc = audit_log_open(h->app.settings.data_dir, &l);
    if (rc == RC_OK) {
        rc = audit_last_in_log(&l, &at);
        audit_log_close(&l);
    }
    if (rc != RC_OK || at.n == 0)
        return no_log(rc == RC_OK ? RC_NOT_FOUND : rc);
    const char *line = audit_checkpoint_line(&h->arena, &at, l.public_key);
    printf("%s\n", line);
    return o->stamps ? stamp(h, &at, line) : 0;
}

static int prove(struct house *h, const struct options *o)
{
    struct audit_log l;
    const char *text;
    int64_t seq = o->what != NULL ? strtoll(o->what, NULL, 10) : 0;
    enum rc rc = audit_log_open(h->app.settings.data_dir, &l);
    if (rc != RC_OK)
        return no_log(rc);
    rc = audit_prove(&h->arena, &l, h->app.keys, seq, &text);
    audit_log_close(&l);
    if (rc != RC_OK) {
        fputs("entracte: There is no record of this number.\n", stderr);
        return 1;
    }
    fputs(text, stdout);
    return 0;
}

static int run(struct house *h, const struct options *o)
{
    const char *verb = o->verb != NULL ? o->verb : "verify";
    if (strcmp(verb, "verify") == 0)
        return verify(h, o);
    if (strcmp(verb, "export") == 0)
        return export(h, o);
    if (strcmp(verb, "key") == 0)
        return key(h);
    if (strcmp(verb, "checkpoint") == 0)
        return checkpoint(h, o);
    if (strcmp(verb, "prove") == 0)
        return prove(h, o);
    fputs("entracte: The verbs are verify, export, key, checkpoint, prove.\n", stderr);
    return 2;
}

int command_audit(const struct options *o)
{
    struct house h;
    struct options with = *o;
    int r = o->stamps ? caller_start(&o->settings, &with.net) : 0;
    if (r != 0)
        return r;
    r = house_open(&h, &with, false);
    if (r == 0)
        r = run(&h, o);
    house_close(&h);
    netd_free(with.net);
    return r;
}
