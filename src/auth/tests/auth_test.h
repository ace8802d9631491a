/* SPDX-License-Identifier: AGPL-3.0-or-later
 * auth_test.h - what the tests of this folder begin with: an arena of the file. */
#pragma once
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

static struct arena arena;

static int open_arena(void **state UNUSED)
{
    arena_init(&arena, 16 * 1024 * 1024);
    return 0;
}

static int wipe_arena(void **state UNUSED)
{
    arena_wipe(&arena);
    return 0;
}
