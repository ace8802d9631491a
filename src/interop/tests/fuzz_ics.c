/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_ics.c - any bytes as a calendar; what is given lies in the window and within the limits. */
#include "base/utf8.h"
#include "interop/ics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ics_window window = {INT64_C(1767225600000), INT64_C(1798761600000)}; /* 2026 */

static void check(const struct ics_event *e)
{
    const char *const texts[] = {e->uid,         e->summary, e->location,
                                 e->description, e->zone,    e->recurrence};
    for (size_t k = 0; k < N_ELEMS(texts); k++)
        if (!utf8_is_valid(texts[k], strlen(texts[k])))
            abort();
    bool has_instant = !e->is_all_day && !e->is_floating;
    if (has_instant && (e->start_ms > e->end_ms || e->start_ms >= window.until_ms))
        abort();
    if (e->start_days > e->end_days || e->start_min < 0 || e->start_min > 1439)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct ics_calendar c;
    arena_init(&a, 64 * 1024 * 1024);
    if (ics_read(&a, (struct bytes){data, size}, window, &c) != RC_OK && c.problems.n == 0)
        abort();
    for (int i = 0; i < c.n; i++)
        check(&c.list[i]);
    for (int i = 0; i < c.problems.n; i++)
        (void)problem_sentence(c.problems.list[i].reason);
    arena_wipe(&a);
    return 0;
}
