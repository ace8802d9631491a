/* SPDX-License-Identifier: AGPL-3.0-or-later
 * root_key.h - the key below the boot key, stored in the database. */
#pragma once
#include "app/cx.h"

/* Makes it in a database that has none, else opens it; before anything else is opened.
 * RC_BROKEN: it was wrapped by another boot key. */
enum rc root_key_load(struct cx *cx) MUST_USE;
/* As stored and wrapped by the boot key that cx has. RC_NOT_FOUND. */
enum rc root_key_stored(struct cx *cx, struct bytes *ret) MUST_USE;
/* Since when the newest boot key wraps it. */
enum rc root_key_made(struct cx *cx, int64_t *ret_ms) MUST_USE;
/* Beside what is stored: the same key, wrapped by a new boot key. */
enum rc root_key_add(struct cx *cx, struct bytes wrapped) MUST_USE;
/* Does this boot key open one that is stored? */
enum rc root_key_is_known(struct cx *cx, struct keyring *with, bool *ret) MUST_USE;
/* Drops what this boot key does not open. */
enum rc root_key_drop_others(struct cx *cx, struct keyring *with) MUST_USE;
