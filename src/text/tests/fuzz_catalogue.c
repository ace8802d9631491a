/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_catalogue.c - any bytes as a .mo image, and any text as a plural rule. */
#include "text/catalogue.h"
#include "text/plural.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint64_t form;
    char *rule = strndup((const char *)data, n);
    plural_form(rule, n, &form);
    struct catalogue *c = catalogue_open("es", (struct bytes){data, n});
    if (c != NULL) {
        size_t used = strlen(tr(c, rule)) + strlen(tr(c, "Client"));
        for (int64_t i = -2; i < 30; i++)
            used += strlen(trn(c, rule, "%d sessions", i)) + strlen(trn(c, "%d session", "", i));
        if (used == SIZE_MAX)
            abort();
        catalogue_free(c);
    }
    free(rule);
    return 0;
}
