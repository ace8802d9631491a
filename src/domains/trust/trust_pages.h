/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust_pages.h - what the files of pages share. */
#pragma once
#include "domains/trust/trust_view.h"

/* Who is who, for entries that name people by id. */
struct names {
    struct person *person;
    int n;
};
enum rc names_load(struct cx *cx, struct names *ret) MUST_USE;
const char *name_of(struct cx *cx, const struct names *n, struct id person);

extern const struct shape incidents_shape;
enum rc incidents_show(struct req *rq);
enum rc incident_step_store(struct req *rq);
enum rc incident_close_do(struct req *rq);

extern const struct shape log_shape, opened_shape, unusual_shape;
enum rc log_show(struct req *rq);
enum rc opened_show(struct req *rq);
enum rc unusual_show(struct req *rq);
