/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encode.h - bytes as base64url, as browsers send them (RFC 4648, 5; without padding). */
#pragma once
#include "base/base.h"

const char *base64url_format(struct arena *a, struct bytes in);
/* RC_INVALID: another character, a length that none has, or bits left over. */
enum rc base64url_parse(struct arena *a, const char *s, struct bytes *ret) MUST_USE;
