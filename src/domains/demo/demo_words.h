/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo_words.h - what the fictitious people are called and say. */
#pragma once
#include "demo_dice.h"

struct demo_name {
    const char *given, *family, *language; /* language: spoken where such names are, "en" or "es" */
};
struct demo_name demo_name(struct dice *d); /* of several cultures */
const char *demo_profession(struct dice *d);
const char *demo_street(struct dice *d);
const char *demo_city(struct dice *d);

/* A section of a note: "d", "a", "plan", "s", "o", "b", "i", "r", "g"; 2 to 5 sentences. */
const char *demo_section(struct arena *a, struct dice *d, bool is_spanish, const char *key);
const char *demo_homework(struct dice *d, bool is_spanish);
const char *demo_follow_up(struct dice *d);            /* what the clinician has to do */
const char *demo_why(struct dice *d, bool is_spanish); /* a task was not done */
const char *demo_self_note(struct dice *d, bool is_spanish);
