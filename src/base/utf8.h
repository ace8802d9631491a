/* SPDX-License-Identifier: AGPL-3.0-or-later
 * utf8.h - is it text. Checked once, at the edge; inside, every const char * is valid UTF-8. */
#pragma once
#include "base/base.h"

bool utf8_is_valid(const char *s, size_t n_bytes); /* RFC 3629; no NUL, no surrogates */
int64_t utf8_length(const char *s);                /* code points of valid text */
/* Cuts valid text after at most n_points code points; returns s itself when it fits. */
const char *utf8_cut(struct arena *a, const char *s, int64_t n_points);
