/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_audit.c - the file of disclosures: durable, chained, and honest about a full disk. */
#include "app/audit.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { RECORD = 160 };
static char dir[64], path[96];

static int set_up(void **state UNUSED)
{
    snprintf(dir, sizeof(dir), "/tmp/test_audit.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/audit.log", dir);
    return 0;
}

static int tear_down(void **state UNUSED)
{
    unlink(path);
    return rmdir(dir);
}

static struct audit_file *opened(void)
{
    struct audit_file *f = NULL;
    const char *why = NULL;
    if (audit_open(dir, &f, &why) != RC_OK)
        fail_msg("%s", why);
    return f;
}

static enum rc disclose(struct audit_file *f, int n)
{
    struct audit_entry e = {.practice = 1,
                            .actor = id_derive(1, 1),
                            .session = {9},
                            .what = "client",
                            .object = id_derive(2, (uint64_t)n),
                            .outcome = 200,
                            .n_rows = n};
    return audit_disclose(f, 1000 + n, &e);
}

static void disclose_many(int n)
{
    struct audit_file *f = opened();
    for (int i = 0; i < n; i++)
        assert_int_equal(disclose(f, i), RC_OK);
    audit_close(f);
}

enum { THREADS = 16 };
static struct {
    struct audit_file *f;
    int each, n_ok, n_busy;
} crowd;

static void *disclose_often(void *arg UNUSED)
{
    for (int i = 0; i < crowd.each; i++)
        __atomic_fetch_add(disclose(crowd.f, i) == RC_OK ? &crowd.n_ok : &crowd.n_busy, 1,
                           __ATOMIC_RELAXED);
    return NULL;
}

/* Many entries quickly: they share their syncs. */
static void run_crowd(int each)
{
    pthread_t t[THREADS];
    crowd.f = opened();
    crowd.each = each;
    crowd.n_ok = crowd.n_busy = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, disclose_often, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    audit_close(crowd.f);
}

static off_t size_of_file(void)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void assert_verified(int64_t n, int64_t bad)
{
    int64_t got_n = -2, got_bad = -2;
    assert_int_equal(audit_verify(dir, &got_n, &got_bad), RC_OK);
    assert_int_equal(got_n, n);
    assert_int_equal(got_bad, bad);
}

static void assert_refused(enum rc rc, const char *why_has)
{
    struct audit_file *f = NULL;
    const char *why = "";
    assert_int_equal(audit_open(dir, &f, &why), rc);
    assert_null(f);
    assert_non_null(strstr(why, why_has));
}

static void flip(off_t at)
{
    unsigned char c;
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &c, 1, at), 1);
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, at), 1);
    close(fd);
}

static void grow_by(const void *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, p, n), (ssize_t)n);
    close(fd);
}

static void an_entry_is_on_disk_as_described(void **state UNUSED)
{
    unsigned char r[RECORD + 1];
    struct stat st;
    struct audit_file *f = opened();
    assert_int_equal(disclose(f, 0x0102), RC_OK);
    int fd = open(path, O_RDONLY); /* still open for writing: it is there already */
    assert_int_equal(read(fd, r, sizeof(r)), RECORD);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    close(fd);
    assert_memory_equal(r, "\x01\0\0\0\0\0\0\0", 8);
    assert_memory_equal(r + 8, "\xea\x04\0\0\0\0\0\0", 8); /* 1000 + 0x102 */
    assert_memory_equal(r + 16, "\x01\0\0\0\0\0\0\0", 8);
    assert_string_equal((char *)r + 24, id_derive(1, 1).s);
    assert_memory_equal(r + 48, "\x09\0\0", 3);
    assert_string_equal((char *)r + 64, "client");
    assert_string_equal((char *)r + 88, id_derive(2, 0x0102).s);
    assert_memory_equal(r + 112, "\xc8\0\0\0\x02\x01\0\0", 8);
    assert_memory_equal(r + 152, "\0\0\0\0\0\0\0\0", 8);
    audit_close(f);
    assert_verified(1, -1);
}

static void long_and_missing_texts_fit(void **state UNUSED)
{
    struct audit_file *f = opened();
    struct audit_entry e = {.what = "a record name of more than twenty-four bytes"};
    assert_int_equal(audit_disclose(f, 1, &e), RC_OK);
    e.what = NULL;
    assert_int_equal(audit_disclose(f, 1, &e), RC_OK);
    audit_close(f);
    assert_verified(2, -1);
}

static void the_chain_goes_on_after_a_restart(void **state UNUSED)
{
    disclose_many(3);
    disclose_many(4);
    assert_verified(7, -1);
    run_crowd(70); /* more than is checked at open */
    disclose_many(1);
    assert_verified(7 + 70 * THREADS + 1, -1);
}

static void verify_finds_the_altered_entry(void **state UNUSED)
{
    disclose_many(20);
    for (off_t at = 0; at < RECORD; at += 7) {
        flip(12 * RECORD + at);
        assert_verified(12, 13);
        flip(12 * RECORD + at);
    }
    assert_verified(20, -1);
}

static void verify_finds_a_removed_and_a_swapped_entry(void **state UNUSED)
{
    enum { N = 10 };
    char r[N * RECORD];
    disclose_many(N);
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, r, sizeof(r), 0), sizeof(r));
    assert_int_equal(pwrite(fd, r + 5 * RECORD, 5 * RECORD, 4 * RECORD), 5 * RECORD);
    assert_int_equal(ftruncate(fd, 9 * RECORD), 0);
    assert_verified(4, 5);

    assert_int_equal(pwrite(fd, r, sizeof(r), 0), sizeof(r));
    assert_int_equal(pwrite(fd, r + 8 * RECORD, RECORD, 7 * RECORD), RECORD);
    assert_int_equal(pwrite(fd, r + 7 * RECORD, RECORD, 8 * RECORD), RECORD);
    assert_verified(7, 8);
    close(fd);
}

static void a_missing_file_is_not_found(void **state UNUSED)
{
    int64_t n, bad;
    assert_int_equal(audit_verify(dir, &n, &bad), RC_NOT_FOUND);
}

static void an_altered_file_does_not_open(void **state UNUSED)
{
    run_crowd(75); /* 1200 */
    flip(1100 * RECORD + 20);
    assert_refused(RC_BROKEN, "altered");
    flip(1100 * RECORD + 20);
    flip(100 * RECORD + 20); /* beyond what open looks at; verify sees it */
    disclose_many(1);
    assert_verified(100, 101);
}

static void a_torn_tail_is_cut(void **state UNUSED)
{
    disclose_many(5);
    grow_by("part of a record", 16);
    disclose_many(1);
    assert_verified(6, -1);
    assert_int_equal(size_of_file(), 6 * RECORD);

    char zeros[3 * RECORD + 5] = {0}; /* the length reached the disk, the data did not */
    grow_by(zeros, sizeof(zeros));
    disclose_many(1);
    assert_verified(7, -1);
    assert_int_equal(size_of_file(), 7 * RECORD);
}

static void a_file_of_nothing_but_a_torn_record_starts_anew(void **state UNUSED)
{
    disclose_many(0);
    grow_by("part", 4);
    disclose_many(2);
    assert_verified(2, -1);
}

static void a_foreign_tail_is_not_taken_for_a_torn_one(void **state UNUSED)
{
    char forged[RECORD];
    disclose_many(5);
    memset(forged, 'x', sizeof(forged));
    grow_by(forged, sizeof(forged));
    assert_refused(RC_BROKEN, "altered");
}

static void two_processes_do_not_share_a_file(void **state UNUSED)
{
    struct audit_file *f = opened();
    assert_refused(RC_BUSY, "in use");
    audit_close(f);
    audit_close(opened());
}

static void a_directory_that_is_missing_is_told(void **state UNUSED)
{
    struct audit_file *f = NULL;
    const char *why = "";
    assert_int_equal(audit_open("/nowhere", &f, &why), RC_BROKEN);
    assert_non_null(strstr(why, "cannot be opened"));
}

static void limit_file_size(rlim_t n_bytes)
{
    struct rlimit l;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = n_bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* A limit on file sizes stands for the full disk: a short write, then an error. */
static void a_full_disk_discloses_nothing_and_space_mends_it(void **state UNUSED)
{
    signal(SIGXFSZ, SIG_IGN);
    struct audit_file *f = opened();
    for (int i = 0; i < 3; i++)
        assert_int_equal(disclose(f, i), RC_OK);
    limit_file_size(3 * RECORD + 50);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(disclose(f, i), RC_BUSY);
        assert_int_equal(size_of_file(), 3 * RECORD);
    }
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(disclose(f, 4), RC_OK);
    audit_close(f);
    assert_verified(4, -1);
}

static void threads_share_the_file_and_no_entry_is_lost(void **state UNUSED)
{
    run_crowd(500);
    assert_int_equal(crowd.n_ok, THREADS * 500);
    assert_verified(THREADS * 500, -1);
}

static void what_was_refused_is_not_there_and_what_was_granted_is(void **state UNUSED)
{
    signal(SIGXFSZ, SIG_IGN);
    limit_file_size(1001 * RECORD + 7);
    run_crowd(500);
    limit_file_size(RLIM_INFINITY);
    assert_true(crowd.n_busy > 0);
    assert_true(crowd.n_ok <= 1001);
    assert_verified(crowd.n_ok, -1);
}

int main(void)
{
#define IN_DIR(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_DIR(an_entry_is_on_disk_as_described),
        IN_DIR(long_and_missing_texts_fit),
        IN_DIR(the_chain_goes_on_after_a_restart),
        IN_DIR(verify_finds_the_altered_entry),
        IN_DIR(verify_finds_a_removed_and_a_swapped_entry),
        IN_DIR(a_missing_file_is_not_found),
        IN_DIR(an_altered_file_does_not_open),
        IN_DIR(a_torn_tail_is_cut),
        IN_DIR(a_file_of_nothing_but_a_torn_record_starts_anew),
        IN_DIR(a_foreign_tail_is_not_taken_for_a_torn_one),
        IN_DIR(two_processes_do_not_share_a_file),
        IN_DIR(a_directory_that_is_missing_is_told),
        IN_DIR(a_full_disk_discloses_nothing_and_space_mends_it),
        IN_DIR(threads_share_the_file_and_no_entry_is_lost),
        IN_DIR(what_was_refused_is_not_there_and_what_was_granted_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
