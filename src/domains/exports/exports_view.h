/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exports_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/clients/clients.h"
#include "domains/exports/exports.h"
#include "domains/practice/practice.h"
#include "web/web.h"

/* One export on its way. */
struct run_view {
    struct page page;
    struct id id;
    int64_t n_done, n_steps, n_rows, n_clients, n_bytes, n_damaged, n_left, until_ms;
    const char *state, *fault; /* state: "working", "ready", "failed" */
    const char *back, *size, *rows, *clients, *until, *left, *damaged;
    bool is_working, is_ready;
};
void exports_run_html(struct html h, const struct run_view *v);

/* A records request. */
struct client_export_view {
    struct page page;
    struct client_header header;
    const char *last, *run; /* run: the path of one that is there, or "" */
    bool has_private;       /* may write process notes */
};
void exports_client_html(struct html h, const struct client_export_view *v);

/* Who leaves, and with whom. */
struct release_row {
    struct id id;
    const char *name;
    bool is_released;
};
struct release_view {
    struct page page;
    struct practice_tabs tabs;
    const char *name, *action, *at, *problem;
    struct release_row *rows;
    int n_rows;
    bool with_money;
};
void exports_release_html(struct html h, const struct release_view *v);

extern const struct domain domain_exports;
