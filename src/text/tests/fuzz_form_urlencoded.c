/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_form_urlencoded.c - any query string or body; what is taken is text. */
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
    if (form_parse_urlencoded(&a, (const char *)data, n, &f) == RC_OK)
        for (int i = 0; i < f.n; i++)
            if (!utf8_is_valid(f.pair[i].key, strlen(f.pair[i].key)) ||
                !utf8_is_valid(f.pair[i].value, strlen(f.pair[i].value)) ||
                form_rows(&f, f.pair[i].key, 50) > 50 || !form_has(&f, f.pair[i].key))
                abort();
    arena_wipe(&a);
    return 0;
}
