/* SPDX-License-Identifier: AGPL-3.0-or-later
 * form_private.h - what the three readers of forms share. */
#pragma once
#include "text/form.h"

bool form_has_room(const struct form *f); /* for one more pair or file */
bool form_key_is_valid(const char *key, size_t n_bytes);
