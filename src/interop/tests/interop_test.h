/* SPDX-License-Identifier: AGPL-3.0-or-later
 * interop_test.h - the arena and the words of the tests of this folder. */
#pragma once
#include "interop/problems.h"

#include <setjmp.h>
#include <stdarg.h>
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

static bool problems_has(const struct problems *p, const char *reason)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->list[i].reason, reason) == 0)
            return true;
    return false;
}
