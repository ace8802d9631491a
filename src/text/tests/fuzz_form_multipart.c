/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_form_multipart.c - the first line is the Content-Type, the rest the body. */
#include "base/utf8.h"
#include "text/form.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    struct form f;
    const uint8_t *line = n > 0 ? memchr(data, '\n', n) : NULL;
    if (line == NULL)
        return 0;
    arena_init(&a, 64 << 20);
    const char *type = arena_strndup(&a, (const char *)data, (size_t)(line - data));
    const char *body = (const char *)line + 1, *end = (const char *)data + n;
    if (form_parse_multipart(&a, type, body, (size_t)(end - body), &f) == RC_OK) {
        for (int i = 0; i < f.n; i++)
            if (!utf8_is_valid(f.pair[i].value, strlen(f.pair[i].value)))
                abort();
        for (int i = 0; i < f.n_files; i++)
            if ((const char *)f.file[i].data.p < body ||
                (const char *)f.file[i].data.p + f.file[i].data.len > end ||
                strpbrk(f.file[i].name, "/\\") != NULL)
                abort();
    }
    arena_wipe(&a);
    return 0;
}
