/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bech32.h - 32 bytes as text with a checksum (BIP-173), as age writes its keys. */
#pragma once
#include "base/base.h"

enum { BECH32_DATA_BYTES = 32 };

/* prefix: lower case. ret holds strlen(prefix) + 60 bytes. */
void bech32_format(const char *prefix, const unsigned char data[static BECH32_DATA_BYTES],
                   char *ret);
/* All lower or all upper case. RC_INVALID: another prefix, length, letter or checksum. */
enum rc bech32_parse(const char *prefix, const char *s,
                     unsigned char ret[static BECH32_DATA_BYTES]) MUST_USE;
