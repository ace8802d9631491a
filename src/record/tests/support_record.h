/* SPDX-License-Identifier: AGPL-3.0-or-later
 * support_record.h - a cx without database, and forms from lists. */
#pragma once
#include "record/tests/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

static struct arena arena;
static struct cx cx;

static int open_cx(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    cx = (struct cx){.arena = &arena,
                     .practice = 1,
                     .zone = zone_get("Europe/Madrid"),
                     .currency = "EUR",
                     .locale = locale_get("en-GB"),
                     .cat = catalogue_get("en"),
                     .now_ms = INT64_C(1767225600000)};
    return 0;
}

static int close_cx(void **state)
{
    (void)state;
    arena_wipe(&arena);
    return 0;
}

struct pair {
    const char *key, *value;
};
static UNUSED struct form form_of(const struct pair *pairs, size_t n)
{
    struct form f = {0};
    for (size_t i = 0; i < n; i++)
        form_add(&arena, &f, pairs[i].key, pairs[i].value);
    return f;
}
/* FORM({"name", "Ada"}, {"way", "room"}) */
#define FORM(...)                                                                                  \
    form_of((const struct pair[]){__VA_ARGS__},                                                    \
            sizeof((const struct pair[]){__VA_ARGS__}) / sizeof(struct pair))

/* Reads the form into a new sample; the errors before are forgotten. */
static UNUSED enum rc parse(struct form f, struct sample *ret)
{
    cx.n_errs = 0;
    record_init(&sample_type, ret);
    return record_parse(&cx, &sample_type, &f, NULL, ret);
}
