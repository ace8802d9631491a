/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_arc.c - archives: whole, cut, altered, for another kit, and with what does not belong there.
 */
#include "arc/arc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CONTENT_BYTES = 300 * 1024, FILE_MAX = 1 << 20 };
static unsigned char content[CONTENT_BYTES];
static unsigned char whole[FILE_MAX], copy[FILE_MAX];
static size_t n_whole;
static struct kit_seed seed;
static struct age_key kit, other, public_key;
static struct arena a;

static int temporary(void)
{
    char path[] = "/tmp/entracte-arc-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    return fd;
}

static void fd_close(int *fd)
{
    close(*fd);
}
static void out_free(struct arc_out **o)
{
    arc_out_free(*o);
}
static void in_free(struct arc_in **in)
{
    arc_in_free(*in);
}

static int begin(void **state)
{
    (void)state;
    struct kit_seed another;
    CLEANUP(fd_close) int fd = temporary();
    CLEANUP(out_free) struct arc_out *o = NULL;
    arena_init(&a, 64 << 20);
    seal_random(content, sizeof(content)); /* as sealed values are: it does not shrink */
    seal_random(&seed, sizeof(seed));
    seal_random(&another, sizeof(another));
    age_identity_of_kit(&seed, &kit);
    age_identity_of_kit(&another, &other);
    age_public_of(&kit, &public_key);
    assert_int_equal(arc_begin(fd, &public_key, 1, &o), RC_OK);
    assert_int_equal(arc_put(o, "a.txt", (struct bytes){(const unsigned char *)"hello", 5}), RC_OK);
    assert_int_equal(arc_put(o, "b/c.bin", (struct bytes){content, sizeof(content)}), RC_OK);
    assert_int_equal(arc_end(o), RC_OK);
    ssize_t n = pread(fd, whole, sizeof(whole), 0);
    assert_true(n > CONTENT_BYTES);
    n_whole = (size_t)n;
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_wipe(&a);
    return 0;
}

/* All of it, as a restore reads it. */
static enum arc_fault read_all(const unsigned char *file, size_t n, const struct age_key *with)
{
    CLEANUP(fd_close) int fd = temporary();
    CLEANUP(in_free) struct arc_in *in = NULL;
    const char *name;
    int64_t size;
    struct bytes got;
    arena_reset(&a);
    assert_int_equal(pwrite(fd, file, n, 0), n);
    enum arc_fault f = arc_open(fd, with, NULL, &in);
    for (int i = 0; f == ARC_OK; i++) {
        f = arc_next(in, &name, &size);
        if (f != ARC_OK || name == NULL)
            break;
        assert_string_equal(name, i == 0 ? "a.txt" : "b/c.bin");
        f = arc_take(in, &a, &got);
        if (f == ARC_OK && i == 1)
            assert_memory_equal(got.p, content, sizeof(content));
    }
    return f;
}

static void what_was_put_in_comes_out(void **state)
{
    (void)state;
    assert_int_equal(read_all(whole, n_whole, &kit), ARC_OK);
}

static void another_kit_does_not_open_it(void **state)
{
    (void)state;
    assert_int_equal(read_all(whole, n_whole, &other), ARC_WRONG_KIT);
}

static void cut_at_every_page_it_is_called_cut(void **state)
{
    (void)state;
    for (size_t n = 4096; n < n_whole; n += 4096)
        assert_int_equal(read_all(whole, n, &kit), ARC_TRUNCATED);
}

static void a_byte_changed_in_a_thousand_places_is_called_altered(void **state)
{
    (void)state;
    enum { FIRST = 22 }; /* behind the line that says what kind of file it is */
    memcpy(copy, whole, n_whole);
    for (size_t i = 0; i < 1000; i++) {
        size_t at = FIRST + (n_whole - FIRST) * i / 1000;
        copy[at] ^= 8;
        assert_int_equal(read_all(copy, n_whole, &kit), ARC_ALTERED);
        copy[at] ^= 8;
    }
}

static void something_else_is_not_taken_for_one(void **state)
{
    (void)state;
    static const unsigned char text[] = "PK\003\004 a file of another program, with some length\n";
    assert_int_equal(read_all(text, sizeof(text) - 1, &kit), ARC_NOT_OURS);
}

/* Names that lead out of the place are no names of ours. */
static void a_name_that_leads_elsewhere_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"/etc/passwd", "../x", "a/../../x", "a b", "x\n"};
    for (size_t i = 0; i < N_ELEMS(names); i++) {
        CLEANUP(fd_close) int fd = temporary();
        CLEANUP(out_free) struct arc_out *o = NULL;
        CLEANUP(in_free) struct arc_in *in = NULL;
        const char *name;
        int64_t size;
        assert_int_equal(arc_begin(fd, &public_key, 1, &o), RC_OK);
        assert_int_equal(arc_put(o, names[i], (struct bytes){content, 10}), RC_OK);
        assert_int_equal(arc_end(o), RC_OK);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(arc_open(fd, &kit, NULL, &in), ARC_OK);
        assert_int_equal(arc_next(in, &name, &size), ARC_NOT_OURS);
    }
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    CLEANUP(out_free) struct arc_out *o = NULL;
    assert_non_null(full);
    enum rc rc = arc_begin(fileno(full), &public_key, 1, &o);
    if (rc == RC_OK)
        rc = arc_put(o, "b", (struct bytes){content, sizeof(content)});
    if (rc == RC_OK)
        rc = arc_end(o);
    assert_int_equal(rc, RC_BUSY);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_in_comes_out),
        cmocka_unit_test(another_kit_does_not_open_it),
        cmocka_unit_test(cut_at_every_page_it_is_called_cut),
        cmocka_unit_test(a_byte_changed_in_a_thousand_places_is_called_altered),
        cmocka_unit_test(something_else_is_not_taken_for_one),
        cmocka_unit_test(a_name_that_leads_elsewhere_is_refused),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
