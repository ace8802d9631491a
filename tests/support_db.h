/* SPDX-License-Identifier: AGPL-3.0-or-later
 * support_db.h - a fresh, empty database for a test, on the engine that TEST_DB names.
 *
 * TEST_DB=sqlite (or unset): a new file in a new temporary folder.
 * TEST_DB=postgresql://...: a new database t_<pid>_<n> of that server.
 * Both are removed when the process ends. Fails the process when none can be made. */
#pragma once
#include "db/db.h"

const char *support_db_url(void); /* a new database with each call; valid until the process ends */
bool support_db_is_sqlite(void);
