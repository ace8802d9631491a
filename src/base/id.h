/* SPDX-License-Identifier: AGPL-3.0-or-later
 * id.h - identifiers of rows: 128 random bits as 22 characters base64url.
 *
 * Made in C, never by the database; nothing can be counted or guessed from one. */
#pragma once
#include "base/base.h"

enum { ID_LEN = 22 };
struct id {
    char s[24]; /* NUL-terminated; s[0] == 0: no id */
};

struct id id_new(void); /* aborts when the system has no randomness */
/* deterministic; for the demo generator and tests */
struct id id_derive(uint64_t hi, uint64_t lo);
bool id_parse(const char *s, struct id *ret); /* false: not 22 characters of the alphabet */
static inline bool id_is_set(struct id i)
{
    return i.s[0] != '\0';
}
static inline bool id_eq(struct id a, struct id b)
{
    return __builtin_strcmp(a.s, b.s) == 0;
}
