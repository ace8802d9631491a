/* SPDX-License-Identifier: AGPL-3.0-or-later
 * interop_test.h - the arena and the words of the tests of this folder. */
#pragma once
#include "interop/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

static struct arena arena;

static int begin(void **state UNUSED)
{
    arena_init(&arena, 512 * 1024 * 1024);
    return 0;
}

static int end(void **state UNUSED)
{
    arena_wipe(&arena);
    return 0;
}

/* A file as a real program wrote it. */
static UNUSED struct bytes fixture(const char *name)
{
    enum { MAX_BYTES = 1024 * 1024 };
    char *s = arena_alloc(&arena, MAX_BYTES);
    FILE *f = fopen(arena_printf(&arena, SRCDIR "/tests/fixtures/interop/%s", name), "re");
    assert_non_null(f);
    size_t n = fread(s, 1, MAX_BYTES - 1, f);
    assert_true(n > 0);
    fclose(f);
    return (struct bytes){(const unsigned char *)s, n};
}

static bool problems_has(const struct problems *p, const char *reason)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->list[i].reason, reason) == 0)
            return true;
    return false;
}
