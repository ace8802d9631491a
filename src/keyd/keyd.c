/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keyd.c - the process that has the keys: a thread for each connection, and one for the log. */
#include "audit/remote.h"
#include "base/log.h"
#include "keyd/keyd_private.h"
#include "sandbox/sandbox.h"
#include "seal/audit_keys.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARENA_BYTES = 96 << 20, PATIENCE = 50, ALARM_EVERY_MS = 1000 };

/* --- the calls that are not of the keys alone ------------------------------------------------ */

static enum rc open_key_file(struct keyd *d)
{
    struct keyring *k = NULL;
    d->key_rc = keyring_open_with(d->c.key_file, d->c.ask, &k, &d->key_why);
    __atomic_store_n(&d->keys, k, __ATOMIC_RELEASE);
    return d->key_rc;
}

/* A database that is new gets a key file; any other must come with its own. */
static enum rc key_file_call(struct keyd *d, struct call *c)
{
    bool makes = c->n[0] != 0 && d->key_rc == RC_NOT_FOUND;
    if (makes && keyring_make_file(d->c.key_file) != RC_OK) {
        c->out[0] = call_text("The key file cannot be written. Its directory must exist.");
        return RC_INVALID;
    }
    enum rc rc = makes ? open_key_file(d) : d->key_rc;
    c->out[0] = call_text(d->key_why);
    return rc;
}

static enum rc tell_audit(struct keyd *d, struct arena *a, struct call *c)
{
    unsigned char *id = arena_alloc(a, 16);
    audit_log_id(d->audit, id);
    c->out[1] = (struct bytes){id, 16};
    c->n[0] = audit_found(d->audit);
    return RC_OK;
}

static enum rc open_audit(struct keyd *d, struct arena *a, struct call *c)
{
    const char *why = NULL;
    if (d->keys == NULL)
        return RC_CONFLICT;
    if (d->audit != NULL)
        return tell_audit(d, a, c);
    const struct audit_config config = {
        .dir = d->c.data_dir, .keys = d->keys, .clock_ms = d->c.clock_ms, .reserve_bytes = c->n[0]};
    enum rc rc = audit_open(&config, &d->audit, &why);
    for (int i = 0; i < PATIENCE && rc == RC_BUSY; i++) { /* the one before us writes its last */
        usleep(100 * 1000);
        rc = audit_open(&config, &d->audit, &why);
    }
    c->out[0] = call_text(why);
    if (rc != RC_OK)
        return rc;
    keyring_forget_first(d->keys);
    pthread_cond_broadcast(&d->has_audit);
    return tell_audit(d, a, c);
}

static enum rc last_checkpoint(struct keyd *d, struct arena *a, struct call *c)
{
    if (d->audit == NULL)
        return RC_CONFLICT;
    struct audit_checkpoint *at = arena_new(a, struct audit_checkpoint);
    audit_last_checkpoint(d->audit, at);
    c->out[0] = (struct bytes){(const unsigned char *)at, sizeof(*at)};
    return RC_OK;
}

static enum rc own_call(struct keyd *d, struct arena *a, struct call *c)
{
    pthread_mutex_lock(&d->lock);
    enum rc rc = c->op == CALL_KEY_FILE     ? key_file_call(d, c)
                 : c->op == CALL_AUDIT_OPEN ? open_audit(d, a, c)
                                            : last_checkpoint(d, a, c);
    pthread_mutex_unlock(&d->lock);
    return rc;
}

static void told(void *arg UNUSED, enum rc rc UNUSED, int64_t seq UNUSED) {}

/* Somebody opens more records than a day's work needs: at once in both logs, not again and again.
 */
static void alarm_of(struct keyd *d, const struct call *c)
{
    int64_t now_ms = d->c.clock_ms();
    int64_t last_ms = __atomic_load_n(&d->told_ms, __ATOMIC_RELAXED);
    if (last_ms + ALARM_EVERY_MS > now_ms || d->audit == NULL)
        return;
    __atomic_store_n(&d->told_ms, now_ms, __ATOMIC_RELAXED);
    struct audit_entry e = {.kind = AUDIT_SYSTEM,
                            .action = "metered",
                            .practice = c->n_items > 0 ? c->items[0].where.practice : 0};
    memcpy(e.session, c->keys->session, sizeof(e.session));
    audit_disclose_later(d->audit, now_ms, &e, told, NULL);
    log_warn("more clients' records were asked for than a person opens in an hour; refused");
}

/* Whose record is opened is on disk before it is: also when the server that asks would rather not
 * write it down. */
static enum rc record_opened(struct keyd *d, struct arena *a, const struct call *c)
{
    int n = c->keys->n_fresh;
    struct audit_entry *e = arena_array(a, struct audit_entry, n);
    int64_t *seq = arena_array(a, int64_t, n);
    for (int i = 0; i < n; i++) {
        e[i] = (struct audit_entry){.kind = AUDIT_SYSTEM,
                                    .action = "opened",
                                    .practice = c->items[0].where.practice,
                                    .client = c->keys->fresh[i]};
        memcpy(e[i].session, c->keys->session, sizeof(e[i].session));
    }
    return d->audit != NULL ? audit_append_many(d->audit, d->c.clock_ms(), e, n, seq) : RC_BUSY;
}

/* A kit is all the keys on paper: that one was made or shown is on disk before it is. So is that
 * the clinical key is changed, and that everything is going to be opened. */
static enum rc record_keys(struct keyd *d, const struct call *c)
{
    struct audit_entry e = {.kind = AUDIT_SYSTEM,
                            .action = c->op == CALL_PAIR_MAKE ? "pair"
                                      : c->op == CALL_BULK    ? "bulk"
                                                              : "kit",
                            .practice = c->n[0]};
    int64_t seq;
    memcpy(e.session, c->keys->session, sizeof(e.session));
    return d->audit != NULL ? audit_append_many(d->audit, d->c.clock_ms(), &e, 1, &seq) : RC_BUSY;
}

static bool touches_keys(const struct call *c)
{
    return c->rc == RC_OK && (c->op == CALL_KIT_MAKE || c->op == CALL_KIT_SEED ||
                              c->op == CALL_PAIR_MAKE || c->op == CALL_BULK);
}

static void withhold(struct call *c)
{
    c->rc = RC_BUSY;
    memset(c->out, 0, sizeof(c->out));
    for (int i = 0; i < c->n_items; i++) {
        c->items[i].rc = RC_BUSY;
        c->items[i].out = (struct bytes){0};
    }
}

static void answer(struct keyd *d, struct arena *a, struct call *c)
{
    struct keyring *k = __atomic_load_n(&d->keys, __ATOMIC_ACQUIRE);
    if (c->op == CALL_KEY_FILE || c->op == CALL_AUDIT_OPEN || c->op == CALL_AUDIT_LAST)
        c->rc = own_call(d, a, c);
    else if (k == NULL)
        c->rc = RC_DENIED;
    else
        call_answer(a, k, c);
    if (c->keys->n_fresh > 0 && c->n_items > 0) {
        if (record_opened(d, a, c) == RC_OK)
            call_was_told(c);
        else
            withhold(c);
    }
    if (touches_keys(c) && record_keys(d, c) != RC_OK)
        withhold(c);
    if (c->keys->was_metered)
        alarm_of(d, c);
}

/* --- connections ------------------------------------------------------------------------------ */

/* Who speaks nonsense is not heard again. */
static void *serve_calls(void *arg)
{
    struct connection *x = arg;
    struct arena a;
    struct bytes asked;
    struct call c;
    struct call_room *room = calloc(1, sizeof(*room));
    if (room == NULL)
        abort();
    arena_init(&a, ARENA_BYTES);
    while (call_read(x->fd, &a, room, &asked) == RC_OK) {
        if (call_decode(&a, asked, &c) != RC_OK) {
            log_error("the key holder was asked something that is no question");
            break;
        }
        answer(x->d, &a, &c);
        enum rc rc = call_write(x->fd, call_encode_answer(&a, &c));
        call_room_wipe(room, asked);
        arena_reset(&a);
        if (rc != RC_OK)
            break;
    }
    explicit_bzero(room, sizeof(*room)); /* also what was no message */
    free(room);
    arena_wipe(&a);
    close(x->fd);
    return NULL;
}

/* Entries may only be written when there is a log to write them to. */
static void *serve_line(void *arg)
{
    struct connection *x = arg;
    pthread_mutex_lock(&x->d->lock);
    while (x->d->audit == NULL)
        pthread_cond_wait(&x->d->has_audit, &x->d->lock);
    pthread_mutex_unlock(&x->d->lock);
    audit_serve_line(x->d->audit, x->fd);
    return NULL;
}

bool connection_start(struct connection *x)
{
    void *(*work)(void *) = x->is_line ? serve_line : serve_calls;
    return pthread_create(&x->thread, NULL, work, x) == 0;
}

/* Its two files, and no way to another program or to anybody else. */
static enum rc harden(const struct keyd_config *c, bool accepts)
{
    const char *dir = c->key_dir;
    const char *const writes[] = {c->data_dir, access(c->key_file, F_OK) != 0 ? dir : NULL, NULL};
    const char *const reads[] = {"/sys/devices/system/cpu", NULL};
    const struct sandbox s = {
        .kind = SANDBOX_KEYD, .accepts = accepts, .writes = writes, .reads = reads};
    prctl(PR_SET_NAME, "entracte-keyd");
    signal(SIGPIPE, SIG_IGN);
    TRY(sandbox_files(&s));
    return sandbox_calls(&s);
}

enum rc keyd_init(struct keyd *d, const struct keyd_config *c, bool accepts)
{
    *d = (struct keyd){.c = *c, .key_rc = RC_NOT_FOUND, .key_why = "The key file does not exist."};
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->has_audit, NULL);
    if (access(c->key_file, F_OK) == 0)
        (void)open_key_file(d); /* what was wrong is told to who asks */
    enum rc rc = harden(c, accepts);
    if (rc != RC_OK)
        log_error("the key holder could not be shut in");
    return rc;
}

static int run(const struct keyd_config *c, const int *fds, int n)
{
    static struct keyd d;
    static struct connection x[LINES_MAX];
    signal(SIGINT, SIG_IGN); /* ends when nobody can ask any more, not before */
    signal(SIGTERM, SIG_IGN);
    if (keyd_init(&d, c, false) != RC_OK)
        return 1;
    for (int i = 0; i < n; i++) {
        x[i] = (struct connection){.d = &d, .fd = fds[i], .is_line = i == n - 1};
        if (!connection_start(&x[i]))
            return 1;
    }
    for (int i = 0; i < n - 1; i++)
        pthread_join(x[i].thread, NULL);
    if (d.audit != NULL) {
        pthread_join(x[n - 1].thread, NULL);
        audit_close(d.audit);
    }
    keyring_free(d.keys);
    return 0;
}

/* One for each thread that asks, and one for the log. */
int keyd_n_lines(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN) + LINES_MORE;
    return n < LINES_MAX ? (int)n : LINES_MAX;
}

void keyd_wait(pid_t holder)
{
    if (holder > 0)
        waitpid(holder, NULL, 0);
}

/* Of what is open only these and the standard three; they ascend, as they were made so. */
static void keep_only(const int *fds, int n)
{
    int from = STDERR_FILENO + 1;
    for (int i = 0; i < n; i++) {
        if (fds[i] > from)
            close_range((unsigned)from, (unsigned)fds[i] - 1, 0);
        from = fds[i] + 1;
    }
    close_range((unsigned)from, ~0U, 0);
}

enum rc keyd_start(const struct keyd_config *c, struct door **ret, pid_t *ret_holder)
{
    int here[LINES_MAX], there[LINES_MAX];
    int n = keyd_n_lines();
    for (int i = 0; i < n; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
            return RC_BUSY;
        here[i] = pair[0];
        there[i] = pair[1];
    }
    pid_t pid = fork();
    if (pid < 0)
        return RC_BUSY;
    if (pid == 0) {
        keep_only(there, n);
        _exit(run(c, there, n));
    }
    for (int i = 0; i < n; i++)
        close(there[i]);
    *ret = door_new(here, n);
    *ret_holder = pid;
    return RC_OK;
}
