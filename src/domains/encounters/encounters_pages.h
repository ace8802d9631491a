/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encounters_pages.h - between the pages of this folder. */
#pragma once
#include "encounters_view.h"

const char *span_text(struct cx *cx, int64_t start_ms, int64_t end_ms); /* "10:00 to 10:50" */
/* What was understood last time: every section but the plan, which stands on its own. */
const char *last_text(struct cx *cx, const struct note *n);

/* Into r, whose note is already the draft. */
enum rc close_parse(struct cx *cx, const struct form *f, const struct appointment *a,
                    struct close_request *r) MUST_USE;

handler_fn prepare_show, close_show, close_draft, close_do;
extern const struct form_key close_keys[];
extern const struct shape prepare_shape, close_shape;
