/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_web.h - what main hands to the web layer: who a request is. */
#pragma once
#include "web/web.h"

enum rc people_authenticate(struct cx *cx, const char *token, bool is_bearer,
                            struct web_session *ret) MUST_USE;
enum rc people_step_up(struct req *rq) MUST_USE; /* asks for the second factor again */
enum rc people_names(struct cx *cx, struct web_session *s) MUST_USE;
enum rc people_touch(struct cx *cx, const char *token) MUST_USE;
enum rc people_lock(struct cx *cx, const char *token) MUST_USE;
