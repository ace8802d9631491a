/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_form_json.c - any body said to be JSON; what is taken is JSON, and text. */
#include "base/utf8.h"
#include "text/form.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    struct form f;
    arena_init(&a, 64 << 20);
    if (form_parse_json(&a, (const char *)data, n, &f) == RC_OK) {
        if (!json_is_valid((const char *)data, n) || f.n > FORM_MAX_PAIRS)
            abort();
        for (int i = 0; i < f.n; i++)
            if (strlen(f.pair[i].key) > FORM_MAX_KEY ||
                !utf8_is_valid(f.pair[i].value, strlen(f.pair[i].value)))
                abort();
        form_row(&a, &f, "tasks", 0);
    }
    arena_wipe(&a);
    return 0;
}
