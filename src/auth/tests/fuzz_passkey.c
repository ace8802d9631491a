/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_passkey.c - any bytes as client data, as a new key, as an answer of a key that was read. */
#include "auth/passkey.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes first_half(const uint8_t *data, size_t size)
{
    return (struct bytes){data, size / 2};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct client_data d;
    struct passkey key;
    struct relying_party rp = {.id = "practice.example.org"};
    uint32_t counter;
    arena_init(&a, 64 * 1024 * 1024);
    (void)!passkey_client_data(&a, (struct bytes){data, size}, "webauthn.get", &d);
    if (size >= sizeof(rp.hash))
        memcpy(rp.hash, data, sizeof(rp.hash)); /* what begins so is for this site */
    if (passkey_read(&a, &rp, (struct bytes){data, size}, &key) == RC_OK) {
        struct passkey_answer answer = {.client_data = first_half(data, size),
                                        .auth_data = {data, size < 37 ? size : 37},
                                        .signature = {data + size / 2, size - size / 2}};
        if (passkey_check(&rp, &key, &answer, &counter) == RC_OK)
            abort(); /* nobody signed it */
    }
    arena_wipe(&a);
    return 0;
}
