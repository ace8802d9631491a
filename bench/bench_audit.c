/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bench_audit.c - what the audit log adds to a page, and how long a long one takes to verify.
 *
 *     build/bench_audit FOLDER [million records, 1]
 *
 * Prints Markdown rows for bench.py. Entries arrive at 2,000 a second whatever becomes of the ones
 * before (open loop); what a page waits is from there until its entry is on disk. Beside it: the
 * same bytes by one fdatasync each, and b2sum over the same file. */
#include "audit/audit.h"
#include "verify/log_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PER_SECOND = 2000, SECONDS = 10, N = PER_SECOND * SECONDS, N_SYNCS = 1000, AT_ONCE = 250 };

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

static int64_t waited_us[N]; /* begin, then how long */
static _Atomic int n_done, n_refused;

static void done(void *arg, enum rc rc, int64_t seq UNUSED)
{
    int64_t *us = arg;
    *us = now_us() - *us;
    n_refused += rc != RC_OK;
    n_done++;
}

static void measure_waiting(struct audit_file *f)
{
    struct audit_entry e = {.practice = 1,
                            .actor = id_derive(1, 1),
                            .action = "show",
                            .what = "client",
                            .client = id_derive(2, 2),
                            .outcome = 200,
                            .n_rows = 1};
    int64_t begin = now_us();
    for (int i = 0; i < N; i++) {
        int64_t at = begin + (int64_t)i * 1000000 / PER_SECOND, early = at - now_us();
        if (early > 0)
            usleep((useconds_t)early);
        waited_us[i] = now_us();
        audit_disclose_later(f, clock_ms(), &e, done, &waited_us[i]);
    }
    while (n_done < N)
        usleep(1000);
}

static void measure_syncs(const char *folder, int64_t *us)
{
    char path[4096], bytes[320] = {0};
    snprintf(path, sizeof(path), "%s/syncs", folder);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < N_SYNCS; i++) {
        us[i] = now_us();
        if (pwrite(fd, bytes, sizeof(bytes), i * 320) != 320 || fdatasync(fd) != 0)
            exit(1);
        us[i] = now_us() - us[i];
    }
    close(fd);
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

int main(int argc, char **argv)
{
    static int64_t syncs[N_SYNCS];
    const char *why = NULL, *folder = argc > 1 ? argv[1] : ".";
    int64_t n = 1000000 * (argc > 2 ? strtoll(argv[2], NULL, 10) : 1), n_all, bad;
    struct keyring *keys = keyring_for_tests();
    const struct audit_config c = {
        .dir = folder, .keys = keys, .clock_ms = clock_ms, .reserve_bytes = AUDIT_RESERVE_BYTES};
    struct audit_file *f;
    if (audit_open(&c, &f, &why) != RC_OK) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    measure_syncs(folder, syncs);
    measure_waiting(f);
    printf("waiting | %.2f | %.2f | %.2f | %.2f | %d\n", ms_at(waited_us, N, 0.5),
           ms_at(waited_us, N, 0.99), ms_at(syncs, N_SYNCS, 0.5), ms_at(syncs, N_SYNCS, 0.99),
           (int)n_refused);
    int64_t begin = now_us();
    fill(f, n);
    audit_close(f);
    double written_s = (double)(now_us() - begin) / 1e6, checked_s = seconds_to_check(folder);
    begin = now_us();
    if (audit_verify(folder, keys, &n_all, &bad) != RC_OK || bad != 0)
        return 1;
    printf("verifying | %lld | %.2f | %.2f | %.2f\n", (long long)n_all, written_s, checked_s,
           (double)(now_us() - begin) / 1e6);
    keyring_free(keys);
    return 0;
}
