/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keys_private.h - between the files of this folder. */
#pragma once
#include "domains/keys/keys.h"

/* The steps of keys_rotate_boot(); until: for tests, which look what a kill after one leaves. */
enum boot_step { BOOT_FILE, BOOT_ROW, BOOT_RENAME, BOOT_DROP };
enum rc keys_rotate_boot_until(struct cx *cx, const char *key_file, enum boot_step last) MUST_USE;

extern const struct job_kind keys_epoch_job;
