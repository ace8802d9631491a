/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_call.c - a server that was taken over says anything to the key holder: it answers or
 * refuses, and never falls. */
#include "seal/call.h"

#include <sys/socket.h>
#include <unistd.h>

/* Whatever length it says: read into the room, or into the arena, or refused. */
static void read_as_it_comes(const uint8_t *data, size_t size, struct arena *a)
{
    static struct call_room room;
    struct bytes b;
    int pair[2];
    if (size > 100000 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return;
    enum rc rc = call_write(pair[0], (struct bytes){data, size});
    close(pair[0]);
    while (rc == RC_OK && (rc = call_read(pair[1], a, &room, &b)) == RC_OK)
        call_room_wipe(&room, b);
    close(pair[1]);
}

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
    read_as_it_comes(data, size, &a);
    arena_wipe(&a);
    return 0;
}
