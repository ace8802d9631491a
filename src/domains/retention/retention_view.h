/* SPDX-License-Identifier: AGPL-3.0-or-later
 * retention_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/retention/retention.h"
#include "web/web.h"

struct retention_row {
    struct id client;
    int32_t ended_days, until_days;
    bool is_over, is_asked, is_blocked;
    const char *name, *ended, *until, *asked;
};
struct erasure_row {
    struct id id;
    int64_t erased_ms;
    bool is_early;
    const char *when, *reason, *words, *by;
};
struct retention_view {
    struct page page;
    struct practice_tabs tabs;
    struct retention_row *rows;
    int n_rows;
    struct erasure_row *erasures;
    int n_erasures;
    const char *years, *invoice_years;
    bool may_erase;
};
void retention_list_html(struct html h, const struct retention_view *v);

struct erase_view {
    struct page page;
    struct client_header header;
    struct id id;
    int32_t ended_days, until_days;
    bool is_over, is_blocked, is_minor, is_in_treatment;
    const char *ended, *until, *invoice_years;
    struct erasure entry;
    struct record_form form;
    const char *problem;
};
void retention_erase_html(struct html h, const struct erase_view *v);

extern const struct domain domain_retention;
