/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_audit.c - the audit log: durable, chained, sealed, and honest about a full disk. */
#include "audit/audit_private.h"
#include "audit/remote.h"
#include "seal/audit_keys.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { RECORD = 320 };
static char dir[64], path[96], key_path[96];
static struct keyring *keys;

static int64_t clock_ms(void)
{
    return 500;
}

static int set_up(void **state UNUSED)
{
    snprintf(dir, sizeof(dir), "/tmp/test_audit.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/audit.log", dir);
    snprintf(key_path, sizeof(key_path), "%s/audit.key", dir);
    keys = keyring_for_tests();
    return 0;
}

static int tear_down(void **state UNUSED)
{
    char aside[96];
    snprintf(aside, sizeof(aside), "%s/audit.log.500", dir);
    unlink(aside);
    unlink(path);
    unlink(key_path);
    keyring_free(keys);
    return rmdir(dir);
}

static enum rc open_in(const char *folder, struct audit_file **ret, const char **ret_why)
{
    const struct audit_config c = {.dir = folder, .keys = keys, .clock_ms = clock_ms};
    return audit_open(&c, ret, ret_why);
}

static struct audit_file *opened(void)
{
    struct audit_file *f = NULL;
    const char *why = NULL;
    if (open_in(dir, &f, &why) != RC_OK)
        fail_msg("%s", why);
    return f;
}

static enum rc disclose(struct audit_file *f, int n)
{
    struct audit_entry e = {.practice = 1,
                            .actor = id_derive(1, 1),
                            .session = {9},
                            .roles = 3,
                            .action = "show",
                            .what = "client",
                            .client = id_derive(2, (uint64_t)n),
                            .purpose = "treatment",
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

static bool count(void *arg, const struct audit_record *r)
{
    *(int64_t *)arg += r->kind == AUDIT_DISCLOSURE;
    return true;
}

static int64_t n_disclosures(void)
{
    struct audit_log l;
    int64_t n = 0;
    assert_int_equal(audit_log_open(dir, &l), RC_OK);
    assert_int_equal(audit_log_back(&l, 0, count, &n), RC_OK);
    audit_log_close(&l);
    return n;
}

/* n disclosures beside what the log tells of itself. */
static void assert_verified(int64_t n)
{
    int64_t got_n = -2, got_bad = -2;
    assert_int_equal(audit_verify(dir, keys, &got_n, &got_bad), RC_OK);
    assert_int_equal(got_bad, 0);
    assert_int_equal(n_disclosures(), n);
}

static void assert_bad(int64_t bad)
{
    int64_t got_n = -2, got_bad = -2;
    assert_int_equal(audit_verify(dir, keys, &got_n, &got_bad), RC_OK);
    assert_int_equal(got_bad, bad);
}

static void assert_refused(enum rc rc, const char *why_has)
{
    struct audit_file *f = NULL;
    const char *why = "";
    assert_int_equal(open_in(dir, &f, &why), rc);
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
    unsigned char r[2 * RECORD + 1];
    struct stat st;
    struct audit_file *f = opened();
    assert_int_equal(disclose(f, 0x0102), RC_OK);
    int fd = open(path, O_RDONLY); /* still open for writing: it is there already */
    assert_int_equal(read(fd, r, sizeof(r)), 2 * RECORD);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    close(fd);
    const unsigned char *e = r + RECORD;
    assert_memory_equal(r, "\x01\x01\0\0", 4);
    assert_memory_equal(e, "\x01\x02\0\0\xc8\0\0\0", 8);
    assert_memory_equal(e + 8, "\x02\0\0\0\0\0\0\0", 8);
    assert_memory_equal(e + 16, "\xea\x04\0\0\0\0\0\0", 8); /* 1000 + 0x102 */
    assert_memory_equal(e + 32, "\x01\0\0\0\0\0\0\0", 8);
    assert_string_equal((char *)e + 40, id_derive(1, 1).s);
    assert_memory_equal(e + 64, "\x09\0\0", 3);
    assert_memory_equal(e + 80, "\x03\0\0\0\x02\x01\0\0", 8);
    assert_string_equal((char *)e + 88, "show");
    assert_string_equal((char *)e + 104, "client");
    assert_string_equal((char *)e + 128, id_derive(2, 0x0102).s);
    assert_string_equal((char *)e + 152, id_derive(2, 0x0102).s);
    assert_string_equal((char *)e + 176, "treatment");
    assert_memory_equal(e + 224, r + 288, 32); /* the hash of the one before */
    audit_close(f);
    assert_verified(1);
}

static void long_and_missing_texts_fit(void **state UNUSED)
{
    struct audit_file *f = opened();
    struct audit_entry e = {.what = "a record name of more than twenty-four bytes"};
    assert_int_equal(audit_disclose(f, 1, &e), RC_OK);
    e.what = NULL;
    assert_int_equal(audit_disclose(f, 1, &e), RC_OK);
    audit_close(f);
    assert_verified(2);
}

static void the_chain_goes_on_after_a_restart(void **state UNUSED)
{
    disclose_many(3);
    disclose_many(4);
    assert_verified(7);
    run_crowd(70); /* more than one checkpoint */
    disclose_many(1);
    assert_verified(7 + 70 * THREADS + 1);
}

static void verify_finds_the_altered_entry(void **state UNUSED)
{
    disclose_many(20);
    for (off_t at = 0; at < RECORD; at += 7) {
        flip(12 * RECORD + at);
        assert_bad(13);
        flip(12 * RECORD + at);
    }
    assert_verified(20);
}

static void verify_finds_a_removed_and_a_swapped_entry(void **state UNUSED)
{
    enum { N = 10 };
    char r[N * RECORD];
    disclose_many(N);
    int fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, r, sizeof(r), 0), sizeof(r));
    assert_int_equal(pwrite(fd, r + 5 * RECORD, 5 * RECORD, 4 * RECORD), 5 * RECORD);
    assert_bad(5);

    assert_int_equal(pwrite(fd, r, sizeof(r), 0), sizeof(r));
    assert_int_equal(pwrite(fd, r + 8 * RECORD, RECORD, 7 * RECORD), RECORD);
    assert_int_equal(pwrite(fd, r + 7 * RECORD, RECORD, 8 * RECORD), RECORD);
    assert_bad(8);
    close(fd);
}

/* Who can hash but has no key makes a chain that follows, and no MAC. */
static void verify_finds_an_entry_that_was_written_anew_with_its_hashes(void **state UNUSED)
{
    unsigned char r[RECORD];
    int64_t n, bad;
    disclose_many(3);
    int fd = open(path, O_RDWR);
    off_t last = size_of_file() - RECORD;
    assert_int_equal(pread(fd, r, RECORD, last), RECORD);
    r[40] ^= 1;
    seal_hash((struct bytes){r, 288}, r + 288);
    assert_int_equal(pwrite(fd, r, RECORD, last), RECORD);
    close(fd);
    assert_int_equal(audit_verify(dir, NULL, &n, &bad), RC_OK);
    assert_int_equal(bad, 0);
    assert_bad(last / RECORD + 1);
    assert_refused(RC_BROKEN, "altered");
}

static void a_missing_file_is_not_found(void **state UNUSED)
{
    int64_t n, bad;
    assert_int_equal(audit_verify(dir, keys, &n, &bad), RC_NOT_FOUND);
}

static void an_altered_file_does_not_open(void **state UNUSED)
{
    run_crowd(75); /* 1200 */
    flip(1100 * RECORD + 20);
    assert_refused(RC_BROKEN, "altered");
    flip(1100 * RECORD + 20);
    disclose_many(1);
    assert_verified(1201);
}

/* The stored key stands behind records that a cut file no longer has. */
static void a_file_that_was_cut_is_put_aside_and_told(void **state UNUSED)
{
    char aside[96];
    disclose_many(10);
    assert_int_equal(truncate(path, 5 * RECORD), 0);
    struct audit_file *f = opened();
    assert_int_equal(audit_found(f), AUDIT_WAS_CUT);
    assert_int_equal(disclose(f, 1), RC_OK);
    audit_close(f);
    assert_verified(1);
    snprintf(aside, sizeof(aside), "%s/audit.log.500", dir);
    assert_int_equal(access(aside, F_OK), 0);
    f = opened();
    assert_int_equal(audit_found(f), AUDIT_GOOD);
    audit_close(f);
}

static void a_file_that_is_gone_is_told(void **state UNUSED)
{
    disclose_many(10);
    assert_int_equal(unlink(path), 0);
    struct audit_file *f = opened();
    assert_int_equal(audit_found(f), AUDIT_WAS_GONE);
    audit_close(f);
}

static void another_boot_key_does_not_open_it(void **state UNUSED)
{
    disclose_many(3);
    keyring_free(keys);
    keys = keyring_for_tests();
    assert_refused(RC_BROKEN, "altered");
}

/* The first key is for opening alone: who takes the process later cannot make old MACs. */
static void a_forgotten_first_key_begins_nothing_and_resumes(void **state UNUSED)
{
    int64_t n, bad;
    disclose_many(3);
    keyring_forget_first(keys);
    disclose_many(2);
    assert_int_equal(n_disclosures(), 5);
    assert_int_equal(audit_verify(dir, keys, &n, &bad), RC_DENIED);
    assert_int_equal(unlink(path), 0);
    assert_refused(RC_DENIED, "forgotten");
}

static void a_torn_tail_is_cut_and_told(void **state UNUSED)
{
    disclose_many(5); /* with begin and checkpoint seven records */
    grow_by("part of a record", 16);
    disclose_many(1);
    assert_verified(6);
    assert_int_equal(size_of_file(), 10 * RECORD); /* tail_cut, the entry, checkpoint */

    char zeros[3 * RECORD + 5] = {0}; /* the length reached the disk, the data did not */
    grow_by(zeros, sizeof(zeros));
    disclose_many(1);
    assert_verified(7);
    assert_int_equal(size_of_file(), 13 * RECORD);
}

static void a_file_of_nothing_but_a_torn_record_starts_anew(void **state UNUSED)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "part", 4), 4);
    close(fd);
    disclose_many(2);
    assert_verified(2);
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
    assert_int_equal(open_in("/nowhere", &f, &why), RC_BROKEN);
    assert_non_null(strstr(why, "cannot be opened"));
}

static void time_never_goes_back_and_says_when_the_clock_did(void **state UNUSED)
{
    unsigned char r[3 * RECORD];
    struct audit_file *f = opened();
    assert_int_equal(audit_disclose(f, 9000, &(struct audit_entry){.what = "a"}), RC_OK);
    assert_int_equal(audit_disclose(f, 8000, &(struct audit_entry){.what = "b"}), RC_OK);
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, r, sizeof(r)), sizeof(r));
    close(fd);
    audit_close(f);
    assert_memory_equal(r + 2 * RECORD + 16, r + RECORD + 16, 8);
    assert_int_equal(r[RECORD + 2], 0);
    assert_int_equal(r[2 * RECORD + 2], AUDIT_CLOCK_BACK);
}

static void checkpoints_are_signed_and_say_how_far(void **state UNUSED)
{
    struct arena a;
    struct audit_log l;
    struct audit_checkpoint at;
    arena_init(&a, 1 << 20);
    disclose_many(5);
    assert_int_equal(audit_log_open(dir, &l), RC_OK);
    assert_int_equal(audit_last_in_log(&l, &at), RC_OK);
    assert_int_equal(at.n, 6);
    const char *line = audit_checkpoint_line(&a, &at, l.public_key);
    size_t n = (size_t)(strstr(line, audit_hex(&a, l.public_key, 32)) - line - 1);
    const struct bytes text = {(const unsigned char *)line, n};
    assert_true(audit_is_signed(text, at.signature, l.public_key));
    at.signature[0] ^= 1;
    assert_false(audit_is_signed(text, at.signature, l.public_key));
    audit_log_close(&l);
    arena_wipe(&a);
}

static bool count_roots(void *arg, const struct audit_record *r)
{
    *(int *)arg += strcmp(r->action, "day_root") == 0;
    return true;
}

/* Every day that ends leaves its root in the log, also when days end within one batch. */
static void each_day_that_ends_leaves_its_root(void **state UNUSED)
{
    int n_roots = 0;
    struct audit_log l;
    struct audit_file *f = opened();
    for (int day = 1; day <= 3; day++)
        for (int i = 0; i < 5; i++)
            assert_int_equal(
                audit_disclose(f, day * INT64_C(86400000), &(struct audit_entry){.what = "a"}),
                RC_OK);
    audit_close(f);
    assert_verified(15);
    assert_int_equal(audit_log_open(dir, &l), RC_OK);
    assert_int_equal(audit_log_back(&l, 0, count_roots, &n_roots), RC_OK);
    assert_int_equal(n_roots, 3);
    audit_log_close(&l);
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
    limit_file_size(4 * RECORD + 50);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(disclose(f, i), RC_BUSY);
        assert_int_equal(size_of_file(), 4 * RECORD);
    }
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(disclose(f, 4), RC_OK);
    audit_close(f);
    assert_verified(4);
}

static void threads_share_the_file_and_no_entry_is_lost(void **state UNUSED)
{
    run_crowd(500);
    assert_int_equal(crowd.n_ok, THREADS * 500);
    assert_verified(THREADS * 500);
}

static void what_was_refused_is_not_there_and_what_was_granted_is(void **state UNUSED)
{
    signal(SIGXFSZ, SIG_IGN);
    limit_file_size(1001 * RECORD + 7);
    run_crowd(500);
    limit_file_size(RLIM_INFINITY);
    assert_true(crowd.n_busy > 0);
    assert_true(crowd.n_ok <= 1001);
    assert_verified(crowd.n_ok);
}

/* --- by a line -------------------------------------------------------------------- */

enum { LINE_ENTRIES = 3000 };
static struct {
    struct audit_file *file;
    int there;
    int n_ok;
    int64_t last;
    bool is_in_order;
} line;

static void *serve_line(void *arg UNUSED)
{
    audit_serve_line(line.file, line.there);
    return NULL;
}

static void line_done(void *arg UNUSED, enum rc rc, int64_t seq)
{
    line.is_in_order &= seq > line.last;
    line.last = seq;
    __atomic_add_fetch(&line.n_ok, rc == RC_OK, __ATOMIC_SEQ_CST);
}

static void entries_that_came_by_a_line_are_each_answered(void **state UNUSED)
{
    int pair[2];
    pthread_t t;
    struct audit_entry e = {.practice = 1, .action = "show"};
    memset(&line, 0, sizeof(line));
    line.is_in_order = true;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    line.file = opened();
    line.there = pair[1];
    assert_int_equal(pthread_create(&t, NULL, serve_line, NULL), 0);
    struct audit_remote *r = audit_remote_new(pair[0]);
    for (int i = 0; i < LINE_ENTRIES; i++) {
        struct audit_record record = record_encode(1000 + i, &e);
        audit_remote_put(r, &record, false, line_done, NULL);
        if (i % 64 == 0) /* beside others, who may be the ones that write */
            assert_int_equal(disclose(line.file, 1), RC_OK);
    }
    shutdown(pair[0], SHUT_WR); /* what was sent is written, answered, and then it ends */
    pthread_join(t, NULL);
    close(pair[1]);
    audit_remote_free(r);
    close(pair[0]);
    assert_int_equal(line.n_ok, LINE_ENTRIES);
    assert_true(line.is_in_order);
    audit_close(line.file);
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
        IN_DIR(verify_finds_an_entry_that_was_written_anew_with_its_hashes),
        IN_DIR(a_missing_file_is_not_found),
        IN_DIR(an_altered_file_does_not_open),
        IN_DIR(a_file_that_was_cut_is_put_aside_and_told),
        IN_DIR(a_file_that_is_gone_is_told),
        IN_DIR(another_boot_key_does_not_open_it),
        IN_DIR(a_forgotten_first_key_begins_nothing_and_resumes),
        IN_DIR(a_torn_tail_is_cut_and_told),
        IN_DIR(a_file_of_nothing_but_a_torn_record_starts_anew),
        IN_DIR(a_foreign_tail_is_not_taken_for_a_torn_one),
        IN_DIR(two_processes_do_not_share_a_file),
        IN_DIR(a_directory_that_is_missing_is_told),
        IN_DIR(time_never_goes_back_and_says_when_the_clock_did),
        IN_DIR(checkpoints_are_signed_and_say_how_far),
        IN_DIR(each_day_that_ends_leaves_its_root),
        IN_DIR(a_full_disk_discloses_nothing_and_space_mends_it),
        IN_DIR(threads_share_the_file_and_no_entry_is_lost),
        IN_DIR(what_was_refused_is_not_there_and_what_was_granted_is),
        IN_DIR(entries_that_came_by_a_line_are_each_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
