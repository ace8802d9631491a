/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_spool.c - what is put aside comes back, and nothing of it is on the disk. */
#include "base/base.h"
#include "seal/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 3 * SPOOL_CHUNK_BYTES + 17 };

static struct spool *filled(unsigned char *all)
{
    struct spool *s;
    assert_int_equal(spool_new("/tmp", &s), RC_OK);
    for (size_t i = 0; i < MANY; i++)
        all[i] = (unsigned char)(i * 31 + i / 251);
    memcpy(all + SPOOL_CHUNK_BYTES - 8, "canary of the spool", 19); /* across two chunks */
    for (size_t at = 0, n = 1; at < MANY; at += n, n = n * 3 + 1) {
        n = n < MANY - at ? n : MANY - at;
        assert_int_equal(spool_put(s, (struct bytes){all + at, n}), RC_OK);
    }
    assert_int_equal(spool_bytes(s), MANY);
    return s;
}

static void what_was_put_comes_back_from_anywhere(void **state UNUSED)
{
    static unsigned char all[MANY], got[MANY];
    struct spool *s = filled(all);
    assert_int_equal(spool_get(s, 0, got, MANY), RC_OK);
    assert_memory_equal(got, all, MANY);
    for (int64_t at = MANY - 1; at >= 0; at -= 8191) {
        size_t n = (size_t)(MANY - at < 100000 ? MANY - at : 100000);
        assert_int_equal(spool_get(s, at, got, n), RC_OK);
        assert_memory_equal(got, all + at, n);
    }
    assert_int_equal(spool_get(s, MANY, got, 0), RC_OK);
    spool_free(s);
}

static void beyond_the_end_there_is_nothing(void **state UNUSED)
{
    static unsigned char all[MANY], got[8];
    struct spool *s = filled(all);
    assert_int_equal(spool_get(s, MANY - 7, got, 8), RC_BROKEN);
    assert_int_equal(spool_get(s, -1, got, 1), RC_BROKEN);
    assert_int_equal(spool_get(s, INT64_MAX, got, 1), RC_BROKEN);
    spool_free(s);
}

/* The file is found as this process holds it open: by no name. */
static int file_of_spool(void)
{
    for (int fd = 3; fd < 64; fd++) {
        char link[64], to[256] = "";
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        if (readlink(link, to, sizeof(to) - 1) > 0 && strncmp(to, "/tmp/#", 6) == 0)
            return fd;
    }
    return -1;
}

static void the_disk_has_no_name_and_no_word_of_it(void **state UNUSED)
{
    static unsigned char all[MANY], raw[2 * MANY];
    struct spool *s = filled(all);
    int fd = file_of_spool();
    assert_true(fd >= 0);
    ssize_t n = pread(fd, raw, sizeof(raw), 0);
    assert_true(n >= 3 * SPOOL_CHUNK_BYTES);
    assert_null(memmem(raw, (size_t)n, "canary", 6));
    assert_null(memmem(raw, (size_t)n, "of the spool", 12));
    spool_free(s);
}

static void one_altered_byte_is_not_handed_out(void **state UNUSED)
{
    static unsigned char all[MANY], got[1];
    struct spool *s = filled(all);
    int fd = file_of_spool();
    unsigned char byte;
    assert_int_equal(pread(fd, &byte, 1, SPOOL_CHUNK_BYTES + 99), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, SPOOL_CHUNK_BYTES + 99), 1);
    assert_int_equal(spool_get(s, 5, got, 1), RC_OK);
    assert_int_equal(spool_get(s, SPOOL_CHUNK_BYTES + 5, got, 1), RC_BROKEN);
    spool_free(s);
}

static void where_nothing_can_be_written_it_says_so(void **state UNUSED)
{
    struct spool *s;
    assert_int_equal(spool_new("/tmp/is/not/there", &s), RC_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_comes_back_from_anywhere),
        cmocka_unit_test(beyond_the_end_there_is_nothing),
        cmocka_unit_test(the_disk_has_no_name_and_no_word_of_it),
        cmocka_unit_test(one_altered_byte_is_not_handed_out),
        cmocka_unit_test(where_nothing_can_be_written_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
