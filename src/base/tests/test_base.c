/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_base.c - memory is zeroed, wiped and limited; buffers say when they are full. */
#include "base/base.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

enum { MIB = 1 << 20 };

static bool is_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

static void memory_is_aligned_and_zeroed_also_when_used_again(void **state UNUSED)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 32 * 1024, 100000};
    struct arena a;
    arena_init(&a, 4 * MIB);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < N_ELEMS(sizes); i++) {
            char *p = arena_alloc(&a, sizes[i]);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            assert_true(is_zero(p, sizes[i]));
            memset(p, 'x', sizes[i]);
        }
        if (round == 0)
            arena_reset(&a);
        else
            arena_wipe(&a);
    }
    assert_int_equal(a.used_bytes, 0);
}

static void what_was_written_is_wiped_by_a_reset(void **state UNUSED)
{
    struct arena a;
    arena_init(&a, MIB);
    char *p = arena_strdup(&a, "a name");
    arena_reset(&a);
    assert_non_null(a.block); /* one is kept for the next request */
    assert_true(is_zero(p, 6));
    assert_ptr_equal(arena_alloc(&a, 8), p);
    arena_wipe(&a);
}

static void a_large_block_is_not_kept(void **state UNUSED)
{
    struct arena a;
    arena_init(&a, 4 * MIB);
    (void)arena_alloc(&a, MIB);
    arena_reset(&a);
    assert_null(a.block);
    assert_int_equal(a.used_bytes, 0);
}

/* What the log says when a process of its own asks for so much, `first` bytes before. */
static const char *says_when_asked_for(size_t first, size_t n_bytes, char ret[static 200])
{
    int out[2], status;
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct arena a;
        signal(SIGABRT, SIG_DFL);
        dup2(out[1], STDERR_FILENO);
        arena_init(&a, MIB);
        (void)arena_alloc(&a, first);
        (void)arena_alloc(&a, n_bytes);
        _exit(0);
    }
    close(out[1]);
    ssize_t n = read(out[0], ret, 199);
    close(out[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    ret[n > 0 ? n : 0] = '\0';
    assert_true(n == 0 ? WIFEXITED(status) : WIFSIGNALED(status));
    return ret;
}

static void more_than_allowed_stops_the_program_with_a_word(void **state UNUSED)
{
    static const char why[] =
        "error: stopped: one piece of work asked for more memory than it may have\n";
    char said[200];
    assert_string_equal(says_when_asked_for(0, MIB / 2, said), "");
    assert_string_equal(says_when_asked_for(0, MIB + 1, said), why);
    assert_string_equal(says_when_asked_for(MIB / 2, MIB / 2 + 1, said), why);
    assert_string_equal(says_when_asked_for(0, SIZE_MAX, said), why); /* a count below zero */
}

static void a_buffer_keeps_what_fits_and_says_so(void **state UNUSED)
{
    struct arena a;
    struct buf b;
    arena_init(&a, MIB);
    buf_init(&b, &a, 1000);
    assert_string_equal(b.s, "");
    buf_int(&b, INT64_MIN);
    buf_putc(&b, ' ');
    buf_int(&b, 0);
    assert_string_equal(b.s, "-9223372036854775808 0");
    buf_printf(&b, "%0600d", 7); /* longer than its place on the stack */
    assert_int_equal(b.len, 622);
    assert_false(b.full);
    buf_printf(&b, "%0600d", 7);
    assert_true(b.full);
    assert_int_equal(b.len, 622);
    buf_puts(&b, ""); /* nothing goes behind what is missing */
    buf_puts(&b, "x");
    assert_int_equal(b.len, 622);
    assert_int_equal(strlen(b.s), 622);
    arena_wipe(&a);
}

static void arrays_grow_and_keep_what_they_hold(void **state UNUSED)
{
    struct arena a;
    int *list = NULL, n = 0, cap = 0;
    arena_init(&a, MIB);
    while (n < 1000) {
        arena_grow(&a, list, n, cap);
        list[n] = n;
        n++;
    }
    for (int i = 0; i < n; i++)
        assert_int_equal(list[i], i);
    arena_wipe(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_zeroed_also_when_used_again),
        cmocka_unit_test(what_was_written_is_wiped_by_a_reset),
        cmocka_unit_test(a_large_block_is_not_kept),
        cmocka_unit_test(more_than_allowed_stops_the_program_with_a_word),
        cmocka_unit_test(a_buffer_keeps_what_fits_and_says_so),
        cmocka_unit_test(arrays_grow_and_keep_what_they_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
