/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust.h - who looked, and whether what is stored is what was stored. */
#pragma once
#include "app/audit.h"
#include "record/record.h"

/* Every signed note and issued invoice of all practices, sealed as it is stored; fn stops it with
 * another rc than RC_OK. */
typedef enum rc stored_fn(void *arg, const char *record, struct id id, struct bytes stored);
enum rc trust_each_stored(struct cx *cx, stored_fn *fn, void *arg) MUST_USE;
