/* SPDX-License-Identifier: AGPL-3.0-or-later
 * example_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/example/example.h"
#include "web/web.h"

struct example_row {
    struct id id;
    const char *name;
    enum example_state state;
    int32_t due_days;
    const char *state_text, *due_text; /* as the actor reads them */
};
struct example_list_view {
    struct page page;
    struct example_row *rows;
    int n_rows;
    bool may_write;
};
void example_list_html(struct html h, const struct example_list_view *v);

struct example_edit_view {
    struct page page;
    struct id id; /* unset: a new one */
    int64_t version;
    struct example example;
    struct record_form form;
    const char *action; /* where the form goes */
    bool may_write;
};
void example_edit_html(struct html h, const struct example_edit_view *v);

extern const struct domain domain_example;
