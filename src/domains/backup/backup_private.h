/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backup_private.h - what the files of this folder share; the manifest is the first member of an
 * archive. */
#pragma once
#include "backup.h"

extern const struct job_kind before_upgrade_job;
event_fn before_upgrade_event;

enum rc backup_note(struct cx *cx, const struct backup *b) MUST_USE;

/* Of a file that is being written; of this installation alone: others may use the directory. */
const char *backup_part_name(struct cx *cx, const char *what);

#define MANIFEST_NAME "manifest.txt"

/* Lines of words. */
const char *manifest_text(struct arena *a, const struct manifest *m);
/* RC_INVALID: not one. RC_CONFLICT: of a newer program, or of another history. */
enum rc manifest_parse(const char *s, struct manifest *ret) MUST_USE;
