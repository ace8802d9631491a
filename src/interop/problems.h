/* SPDX-License-Identifier: AGPL-3.0-or-later
 * problems.h - what of a foreign file was not taken, and why.
 *
 * Readers take what they can; each part they leave out is one problem. A problem names a place and
 * a reason, never the content. */
#pragma once
#include "base/base.h"

enum { PROBLEMS_MAX = 1000 };

struct problem {
    int row;            /* row, card or event from 1, as the reader's header says; 0: the file */
    const char *reason; /* key, as "quote_not_closed"; constant */
};

struct problems {
    struct arena *arena;
    struct problem *list; /* in the order found */
    int n, cap;
    int n_more; /* found past PROBLEMS_MAX, not listed */
};

void problems_add(struct problems *p, int row, const char *reason);
/* The msgid of the sentence for users; every reason has one. */
const char *problem_sentence(const char *reason);

/* Whether n_bytes more can be had from the arena: a file too large is refused, not an abort. */
bool arena_has_room(const struct arena *a, size_t n_bytes);
