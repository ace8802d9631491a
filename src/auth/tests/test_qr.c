/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_qr.c - codes as they are drawn. */
#include "auth/qr.h"
#include "auth_test.h"

/* Paints the path back into modules. */
static void paint(const struct qr *q, unsigned char *dark)
{
    const char *s = q->path;
    while (*s == 'M') {
        char *end;
        long x = strtol(s + 1, &end, 10), y = strtol(end, &end, 10);
        assert_int_equal(*end, 'h');
        long n = strtol(end + 1, &end, 10);
        for (long i = 0; i < n; i++)
            dark[y * q->size + x + i]++;
        assert_memory_equal(end, "v1h-", 4);
        assert_int_equal(strtol(end + 4, &end, 10), n);
        assert_int_equal(*end, 'z');
        s = end + 1;
    }
    assert_string_equal(s, "");
}

static void code_has_its_three_corners_and_a_quiet_zone(void **state UNUSED)
{
    struct qr q;
    assert_int_equal(qr_draw(&arena, "HELLO", &q), RC_OK);
    assert_int_equal(q.size, 21 + 2 * QR_MARGIN);
    unsigned char *dark = arena_alloc(&arena, (size_t)(q.size * q.size));
    paint(&q, dark);
    for (int i = 0; i < q.size * q.size; i++) {
        int x = i % q.size - QR_MARGIN, y = i / q.size - QR_MARGIN;
        bool is_outside = x < 0 || y < 0 || x > 20 || y > 20;
        assert_true(dark[i] <= 1);
        if (is_outside)
            assert_int_equal(dark[i], 0);
        if (!is_outside && (y == 0 || y == 6) && (x < 7 || x > 13))
            assert_int_equal(dark[i], 1); /* upper and lower edge of two finders */
        if (!is_outside && y == 7 && x < 8)
            assert_int_equal(dark[i], 0); /* what sets a finder off */
    }
}

static void longer_text_needs_more_modules(void **state UNUSED)
{
    struct qr few, many;
    char *s = arena_alloc(&arena, QR_MAX_BYTES + 2);
    memset(s, 'x', QR_MAX_BYTES);
    assert_int_equal(qr_draw(&arena, "x", &few), RC_OK);
    assert_int_equal(qr_draw(&arena, s, &many), RC_OK);
    assert_true(many.size > few.size);
}

static void empty_and_too_long_are_refused(void **state UNUSED)
{
    struct qr q;
    char *s = arena_alloc(&arena, QR_MAX_BYTES + 2);
    memset(s, 'x', QR_MAX_BYTES + 1);
    assert_int_equal(qr_draw(&arena, "", &q), RC_INVALID);
    assert_int_equal(qr_draw(&arena, s, &q), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_has_its_three_corners_and_a_quiet_zone),
        cmocka_unit_test(longer_text_needs_more_modules),
        cmocka_unit_test(empty_and_too_long_are_refused),
    };
    return cmocka_run_group_tests(tests, open_arena, wipe_arena);
}
