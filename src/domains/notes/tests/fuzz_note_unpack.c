/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_note_unpack.c - any bytes said to be a packed note: refused, or sections of text inside
 * them. */
#include "domains/notes/notes_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    struct cx cx = {.arena = &a};
    struct note note, back;
    struct bytes packed;
    arena_init(&a, 64 << 20);
    if (note_unpack((struct bytes){data, n}, &note) == RC_OK) {
        if (note.n_sections < 0 || note.n_sections > NOTE_MAX_SECTIONS || note_words(&note) < 0)
            abort();
        if (note_pack(&cx, &note, &packed) == RC_OK &&
            (note_unpack(packed, &back) != RC_OK || packed.len != n ||
             memcmp(packed.p, data, n) != 0))
            abort(); /* what is read is what was packed, byte for byte */
    }
    arena_wipe(&a);
    return 0;
}
