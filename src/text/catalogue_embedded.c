/* SPDX-License-Identifier: AGPL-3.0-or-later
 * catalogue_embedded.c - the catalogues of the process, from the images in the binary.
 *
 * Apart from the reader, so that its tests link without any image. */
#include "base/log.h"
#include "text/catalogue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CATALOGUES = 16 };

/* Written once under `made`, only read afterwards. [0] is English: no entries, every text itself.
 */
static struct catalogue *catalogues[MAX_CATALOGUES];
static int n_catalogues;
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void make(void)
{
    /* The smallest valid image: no strings. */
    static const uint32_t empty[] = {0x950412de, 0, 0, 20, 20};
    struct bytes en = {(const unsigned char *)empty, sizeof(empty)};
    catalogues[n_catalogues++] = catalogue_open("en", en);
    for (int i = 0; i < n_embedded_mos && n_catalogues < MAX_CATALOGUES; i++) {
        struct catalogue *c = catalogue_open(embedded_mos[i].language, embedded_mos[i].mo);
        if (c == NULL) {
            log_error("catalogue %s is damaged", embedded_mos[i].language);
            abort();
        }
        catalogues[n_catalogues++] = c;
    }
}

void catalogue_init(void)
{
    pthread_once(&made, make);
}

const struct catalogue *catalogue_get(const char *language)
{
    catalogue_init();
    for (int i = 1; i < n_catalogues && language != NULL; i++)
        if (strcmp(catalogue_language(catalogues[i]), language) == 0)
            return catalogues[i];
    return catalogues[0];
}
