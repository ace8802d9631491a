/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backup_private.h - the manifest, which is the first member of an archive. */
#pragma once
#include "backup.h"

#define MANIFEST_NAME "manifest.txt"

/* Lines of words. */
const char *manifest_text(struct arena *a, const struct manifest *m);
/* RC_INVALID: not one. RC_CONFLICT: of a newer program, or of another history. */
enum rc manifest_parse(const char *s, struct manifest *ret) MUST_USE;
