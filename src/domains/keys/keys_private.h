/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keys_private.h - between the files of this folder. */
#pragma once
#include "domains/keys/keys.h"

/* The steps of keys_rotate_boot(); until: for tests, which look what a kill after one leaves. */
enum boot_step { BOOT_FILE, BOOT_ROW, BOOT_RENAME, BOOT_DROP };
enum rc keys_rotate_boot_until(struct cx *cx, const char *key_file, enum boot_step last) MUST_USE;

/* The steps of keys_rotate_clinical() in the same way: stored, taken by this session, moved. */
enum pair_step { PAIR_STORED, PAIR_TAKEN, PAIR_MOVED };
enum rc keys_rotate_clinical_until(struct cx *cx, enum pair_step last) MUST_USE;
enum { KEYS_AT_ONCE = 500 }; /* moved in one transaction */

/* Something is left under the former pair. */
enum rc keys_clinical_is_left(struct cx *cx, bool *ret) MUST_USE;

/* A kit opens everything: it is an owner's, and ends with the role. */
enum rc kit_drop_unowned(struct cx *cx) MUST_USE;
/* The clinical boxes of all kits for the pair; the kits of those who left are dropped. */
enum rc kit_renew_all(struct cx *cx, const struct seal_pair *pair) MUST_USE;
enum rc keys_event(struct cx *cx, enum event e, struct id subject) MUST_USE;

extern const struct job_kind keys_epoch_job, keys_clinical_job, keys_operational_job;
