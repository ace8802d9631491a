/* SPDX-License-Identifier: AGPL-3.0-or-later
 * totp.h - one-time codes of an authenticator app (liboath).
 *
 * Pure computation: who may guess how often, and where the secret and the last used step are kept,
 * is the domain's. Source: RFC 6238 with its defaults (HMAC-SHA-1, 30 s, 6 digits), which every
 * app knows. */
#pragma once
#include "base/base.h"

enum { TOTP_SECRET_BYTES = 20, TOTP_STEP_MS = 30000, TOTP_DIGITS = 6 };

/* The code of one step; digits 6 to 8. */
enum rc totp_code(const unsigned char *secret, size_t n_bytes, int64_t step, unsigned digits,
                  char ret[static 9]) MUST_USE;
/* Is it the code of now, or of the step before or after, and of none up to last_step? Blanks within
 * are ignored: apps show "123 456".
 * Out:    ret_step  which step it was, to be remembered before anything is opened.
 * Errors: RC_DENIED it is not, or was used */
enum rc totp_check(const unsigned char secret[static TOTP_SECRET_BYTES], int64_t now_ms,
                   int64_t last_step, const char *code, int64_t *ret_step) MUST_USE;
/* For those who type it: "abcd efgh ..." in base32. */
enum rc totp_secret_format(struct arena *a, const unsigned char secret[static TOTP_SECRET_BYTES],
                           const char **ret) MUST_USE;
/* For the QR code: otpauth://totp/Entracte:ACCOUNT?... */
enum rc totp_uri(struct arena *a, const unsigned char secret[static TOTP_SECRET_BYTES],
                 const char *account, const char **ret) MUST_USE;
