/* SPDX-License-Identifier: AGPL-3.0-or-later
 * page.h - views of the pages that belong to no domain: the frame and the error page. */
#pragma once
#include "record/record.h"
#include "web/web.h"

struct error_view {
    struct page page;
    int status;
    const char *heading, *what;
    const char **lines; /* sentences for the user */
    int n_lines;
};
void error_page(struct html h, const struct error_view *v);
