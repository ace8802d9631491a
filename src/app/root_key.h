/* SPDX-License-Identifier: AGPL-3.0-or-later
 * root_key.h - the key below the boot key, stored in the database. */
#pragma once
#include "app/cx.h"

/* Makes it in a database that has none, else opens it; before anything else is opened.
 * RC_BROKEN: it was wrapped by another boot key. */
enum rc root_key_load(struct cx *cx) MUST_USE;
/* As stored and wrapped by the boot key that cx has. RC_NOT_FOUND. */
enum rc root_key_stored(struct cx *cx, struct bytes *ret) MUST_USE;
/* In the place of all that are stored: it is wrapped by a new boot key. */
enum rc root_key_replace(struct cx *cx, struct bytes wrapped) MUST_USE;
