/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bench_audit.c - what the audit log adds to a page, and how long a long one takes to verify.
 *
 *     build/bench_audit FOLDER [million records, 1; 0: how long pages wait alone]
 *
 * Prints Markdown rows for bench.py. Pages are due at 2,000 a second whatever becomes of the ones
 * before (open loop), and each counts from when it was due until it may be sent, also when who
 * makes them comes late. For a second each, by turns: without a log, with the log in this process,
 * with the log in a key holder behind a socket, and with nothing but fdatasync after fdatasync.
 * What the machine does to all of them shows in the first, what the disk makes any log wait in the
 * last; what the log adds is the difference within a turn. */
#include "audit/audit_private.h"
#include "audit/remote.h"
#include "verify/log_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PER_SECOND = 2000, TURNS = 12, AT_ONCE = 250 };

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double ms_at(int64_t *us, int n, double part)
{
    qsort(us, (size_t)n, sizeof(*us), by_value);
    return (double)us[(int)((n - 1) * part)] / 1000;
}

/* --- what a page waits ------------------------------------------------------------- */

enum way { WITHOUT, DISK, HERE, HOLDER, N_WAYS };
static const char *const way_names[N_WAYS] = {"without", "the disk alone", "log in this process",
                                              "log in the key holder"};

struct waiting {
    struct audit_file *here;
    struct audit_remote *holder;
    int64_t us[PER_SECOND]; /* due, then how long */
    double p50[N_WAYS][TURNS], p99[N_WAYS][TURNS];
};
static _Atomic int n_done, n_refused;

static void done(void *arg, enum rc rc, int64_t seq UNUSED)
{
    int64_t *us = arg;
    *us = now_us() - *us;
    n_refused += rc != RC_OK;
    n_done++;
}

static void sleep_until(int64_t us)
{
    struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        ;
}

static void disclose(struct waiting *w, enum way way, int64_t *due)
{
    const struct audit_entry e = {.practice = 1,
                                  .actor = id_derive(1, 1),
                                  .action = "show",
                                  .what = "client",
                                  .client = id_derive(2, 2),
                                  .outcome = 200,
                                  .n_rows = 1};
    struct audit_record r = record_encode(clock_ms(), &e);
    if (way == WITHOUT)
        done(due, RC_OK, 0);
    else if (way == HERE)
        audit_disclose_later(w->here, clock_ms(), &e, done, due);
    else
        audit_remote_put(w->holder, &r, false, done, due);
}

static int measure_second(struct waiting *w, enum way way)
{
    int64_t begin = now_us() + 1000;
    n_done = 0;
    for (int i = 0; i < PER_SECOND; i++) {
        w->us[i] = begin + (int64_t)i * 1000000 / PER_SECOND;
        if (w->us[i] > now_us())
            sleep_until(w->us[i]);
        disclose(w, way, &w->us[i]);
    }
    while (n_done < PER_SECOND)
        usleep(1000);
    return PER_SECOND;
}

/* The least that a log does: whoever is due waits for the first fdatasync that begins then. */
static int measure_disk(struct waiting *w, int fd, int turn)
{
    static const char bytes[320];
    int64_t begin = now_us() + 1000;
    for (int done_to = 0; done_to < PER_SECOND;) {
        int first = done_to;
        int64_t due = begin + (int64_t)first * 1000000 / PER_SECOND;
        if (due > now_us())
            sleep_until(due);
        for (int64_t began = now_us(); done_to < PER_SECOND && due <= began;) {
            w->us[done_to++] = due;
            due = begin + (int64_t)done_to * 1000000 / PER_SECOND;
        }
        for (int i = first; i < done_to; i++)
            if (pwrite(fd, bytes, sizeof(bytes), (off_t)(turn * PER_SECOND + i) * 320) != 320)
                exit(1);
        if (fdatasync(fd) != 0)
            exit(1);
        for (int i = first; i < done_to; i++)
            w->us[i] = now_us() - w->us[i];
    }
    return PER_SECOND;
}

static int by_ms(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* median [least to most] */
static void say_ms(const double *of)
{
    double ms[TURNS];
    memcpy(ms, of, sizeof(ms));
    qsort(ms, TURNS, sizeof(*ms), by_ms);
    printf(" | %.2f [%.2f to %.2f]", (ms[TURNS / 2 - 1] + ms[TURNS / 2]) / 2, ms[0], ms[TURNS - 1]);
}

static void say_waiting(const struct waiting *w)
{
    for (enum way way = WITHOUT; way < N_WAYS; way++) {
        double to_page[TURNS], to_disk[TURNS];
        for (int i = 0; i < TURNS; i++) {
            to_page[i] = w->p99[way][i] - w->p99[WITHOUT][i];
            to_disk[i] = w->p99[way][i] - w->p99[DISK][i];
        }
        printf("%s", way_names[way]);
        say_ms(w->p50[way]);
        say_ms(w->p99[way]);
        say_ms(to_page);
        say_ms(to_disk);
        printf("\n");
    }
}

static void measure_waiting(struct waiting *w, const char *folder)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/syncs", folder);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, TURNS * PER_SECOND * 320) != 0)
        exit(1);
    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* of when pages are due */
    for (int i = 0; i < TURNS; i++)
        for (enum way way = WITHOUT; way < N_WAYS; way++) {
            int n = way == DISK ? measure_disk(w, fd, i) : measure_second(w, way);
            w->p50[way][i] = ms_at(w->us, n, 0.5);
            w->p99[way][i] = ms_at(w->us, n, 0.99);
        }
    close(fd);
    say_waiting(w);
    if (n_refused > 0)
        exit(1);
}

/* --- how long verifying takes ---------------------------------------------------------- */

static void fill(struct audit_file *f, int64_t n)
{
    static struct audit_entry e[AT_ONCE];
    static int64_t seq[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++)
        e[i] = (struct audit_entry){.practice = 1,
                                    .action = "show",
                                    .what = "note",
                                    .actor = id_derive(1, 1),
                                    .object = id_derive(3, (uint64_t)i)};
    for (int64_t at = 0; at < n; at += AT_ONCE)
        if (audit_append_many(f, clock_ms(), e, AT_ONCE, seq) != RC_OK)
            exit(1);
}

static double seconds_to_check(const char *folder)
{
    struct audit_log l;
    struct checked_log checked;
    if (audit_log_open(folder, &l) != RC_OK)
        exit(1);
    size_t len = (size_t)l.n * RECORD_SIZE;
    int64_t begin = now_us();
    const void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, l.fd, 0);
    struct log_verdict v = check_log(p, len, l.public_key, &checked);
    if (strcmp(v.word, "good") != 0)
        exit(1);
    audit_log_close(&l);
    return (double)(now_us() - begin) / 1e6;
}

static struct audit_file *open_log(const char *folder, struct keyring *keys)
{
    const struct audit_config c = {
        .dir = folder, .keys = keys, .clock_ms = clock_ms, .reserve_bytes = AUDIT_RESERVE_BYTES};
    const char *why = NULL;
    struct audit_file *f;
    if (audit_open(&c, &f, &why) == RC_OK)
        return f;
    fprintf(stderr, "%s\n", why);
    exit(1);
}

/* A process with a log of its own, which answers on this socket until it is closed. */
static pid_t start_holder(const char *folder, struct keyring *keys, int ret_line[static 2])
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/holder", folder);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_line) != 0 || mkdir(path, 0700) != 0)
        exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        close(ret_line[0]);
        struct audit_file *f = open_log(path, keys);
        audit_serve_line(f, ret_line[1]);
        audit_close(f);
        _exit(0);
    }
    close(ret_line[1]);
    return pid;
}

static int verify(struct audit_file *f, const char *folder, struct keyring *keys, int64_t n)
{
    int64_t n_all, bad, begin = now_us();
    fill(f, n);
    audit_close(f);
    double written_s = (double)(now_us() - begin) / 1e6, checked_s = seconds_to_check(folder);
    begin = now_us();
    if (audit_verify(folder, keys, &n_all, &bad) != RC_OK || bad != 0)
        return 1;
    printf("verifying | %lld | %.2f | %.2f | %.2f\n", (long long)n_all, written_s, checked_s,
           (double)(now_us() - begin) / 1e6);
    return 0;
}

int main(int argc, char **argv)
{
    static struct waiting w;
    const char *folder = argc > 1 ? argv[1] : ".";
    int64_t n = 1000000 * (argc > 2 ? strtoll(argv[2], NULL, 10) : 1);
    struct keyring *keys = keyring_for_tests();
    int line[2], r = 0;
    pid_t holder = start_holder(folder, keys, line);
    w.here = open_log(folder, keys);
    w.holder = audit_remote_new(line[0]);
    measure_waiting(&w, folder);
    shutdown(line[0], SHUT_WR); /* what was sent is answered, and then it ends */
    audit_remote_free(w.holder);
    close(line[0]);
    waitpid(holder, NULL, 0);
    if (n > 0)
        r = verify(w.here, folder, keys, n);
    else
        audit_close(w.here);
    keyring_free(keys);
    return r;
}
