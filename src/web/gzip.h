/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gzip.h - makes text answers smaller. Owner of zlib.
 *
 * Pages hold secrets and echoed input together (BREACH); the session cookie is SameSite=Strict, so
 * another site cannot cause such an answer. */
#pragma once
#include "base/base.h"

enum { GZIP_MIN_BYTES = 1024 };
struct gzip; /* working memory, one per worker */
struct gzip *gzip_new(void);
void gzip_free(struct gzip *g);
/* False when the result would not be smaller. *ret lives in `a`. */
bool gzip_pack(struct gzip *g, struct arena *a, struct bytes in, struct bytes *ret);
