/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_call.c - a server that was taken over says anything to the key holder: it answers or
 * refuses, and never falls. */
#include "seal/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keyring *ring;
    struct arena a;
    struct call c;
    if (ring == NULL)
        ring = keyring_for_tests();
    arena_init(&a, 64 << 20);
    if (call_decode(&a, (struct bytes){data, size}, &c) == RC_OK && c.op != CALL_PASSWORD_MAKE &&
        c.op != CALL_PASSWORD_CHECK) { /* these two take their time, whatever is asked */
        call_answer(&a, ring, &c);
        (void)call_encode_answer(&a, &c);
    }
    struct call asked = {.op = CALL_INDEX};
    (void)call_decode_answer(&a, (struct bytes){data, size}, &asked);
    arena_wipe(&a);
    return 0;
}
