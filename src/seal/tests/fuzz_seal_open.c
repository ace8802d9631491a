/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_seal_open.c - the opener against arbitrary and against damaged values: never a crash, and
 * nothing opens but what was closed. */
#include "seal/seal.h"

#include <string.h>

enum { PRACTICE = 1 };

static struct keys *keys(void)
{
    static struct keys k;
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    if (k.ring == NULL) {
        k.ring = keyring_for_tests();
        if (seal_practice_make(&k, PRACTICE, SEAL_IDENTITY, wrapped) != RC_OK)
            abort();
    }
    return &k;
}

static const struct seal_where here = {
    .practice = PRACTICE, .table = "client", .cls = SEAL_IDENTITY, .version = 1};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses: the input as a sealed value, or as text to close, damage at a place,
 * open. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct arena a;
    arena_init(&a, 64 << 20);
    if (data[0] % 2 == 0) {
        struct seal_item it = {.where = here, .in = {data + 1, size - 1}};
        if (seal_open_many(&a, keys(), &it, 1) == RC_OK)
            abort();
    } else {
        struct seal_item shut = {.where = here, .in = {data + 3, size - 3}};
        if (seal_close_many(&a, keys(), &shut, 1) != RC_OK)
            abort();
        size_t at = (size_t)(data[1] | data[2] << 8) % shut.out.len;
        struct seal_item it = {.where = here, .in = shut.out};
        if (seal_open_many(&a, keys(), &it, 1) != RC_OK || it.out.len != size - 3 ||
            memcmp(it.out.p, data + 3, size - 3) != 0)
            abort();
        ((unsigned char *)shut.out.p)[at] ^= 1;
        if (seal_open_many(&a, keys(), &it, 1) == RC_OK)
            abort();
    }
    arena_wipe(&a);
    return 0;
}
