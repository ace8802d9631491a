/* SPDX-License-Identifier: AGPL-3.0-or-later
 * factors_web.h - between the pages that ask for passkeys. */
#pragma once
#include "factors_view.h"

struct passkey_site passkey_site_of(struct req *rq);
struct passkey_sent passkey_sent_of(const struct form *f);
struct passkey_ask passkey_ask_of(struct req *rq, enum challenge_use use, const char *label_msgid);
/* After a sign-in: is the browser new, or was another? Leaves the sentence to show, or nothing. */
enum rc devices_meet(struct req *rq, const char **ret_flash) MUST_USE;
