/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plural.h - which plural form a number takes: the C expression in the Plural-Forms header of a
 * catalogue, for example "n == 1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2". */
#pragma once
#include "base/base.h"

enum { PLURAL_MAX_BYTES = 500 };

/* Evaluates s, which ends at ';' or at the end of the text; division by zero gives 0.
 * Errors: false when s is not an expression in n, or longer than PLURAL_MAX_BYTES.
 * Source: GNU gettext manual, 11.2.6 "Additional functions for plural forms". */
bool plural_form(const char *s, uint64_t n, uint64_t *ret);
