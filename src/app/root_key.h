/* SPDX-License-Identifier: AGPL-3.0-or-later
 * root_key.h - the key below the boot key, stored in the database. */
#pragma once
#include "app/cx.h"

/* Makes it in a database that has none, else opens it; before anything else is opened.
 * RC_BROKEN: it was wrapped by another boot key. */
enum rc root_key_load(struct cx *cx) MUST_USE;
