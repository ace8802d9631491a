/* SPDX-License-Identifier: AGPL-3.0-or-later
 * imports_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/imports/imports.h"
#include "web/web.h"

struct import_item {
    struct id id;
    enum import_kind kind;
    bool is_done;
    int64_t created_ms;
    const char *kind_text, *when; /* as the actor reads them */
};
struct import_start_view {
    struct page page;
    struct import_item *imports;
    int n_imports;
    const char *problem; /* with the file that was sent, or NULL */
};
void imports_start_html(struct html h, const struct import_start_view *v);

struct import_column_view {
    const char *head, *sample, *key, *problem, *about;
    bool is_guess;
    const char *name, *input; /* of the select, and its id */
    struct select_option *options;
    int n_options;
};
struct import_line { /* a row that is skipped, left out, or differs from the file */
    int number;
    enum import_outcome outcome;
    const char *who, *what, *reason;
    const char *outcome_text, *chip; /* chip: its class */
};
struct import_sample { /* a row as it would be taken; client: whose an appointment would be */
    int number;
    const char *who, *what, *client, *phone, *email, *city;
    const char *given_name, *family_name;
    int32_t birth_date;
    int64_t start_ms;
    const char *birth_text;
};

/* Before and after alike: what becomes of each row. */
struct import_view {
    struct page page;
    struct id id;
    enum import_kind kind;
    bool is_done, is_calendar, has_dates;
    bool has_left_out; /* rows that can be corrected and brought again */
    int n_read, n_taken, n_skipped, n_refused;
    const char *encoding, *separator, *program, *note;
    struct import_column_view *columns;
    int n_columns;
    struct import_sample *sample;
    int n_sample;
    struct import_line *lines;
    int n_lines, n_more; /* n_more: not shown */
    struct id clinician, service;
    struct import import;
    struct record_form form;
    /* the page only: */
    const char *heading, *about, *more, *act;
    struct select_view clinicians, services;
};
void imports_clients_html(struct html h, const struct import_view *v);
void imports_calendar_html(struct html h, const struct import_view *v);
void imports_report_html(struct html h, const struct import_view *v);
void imports_begin(struct html h, const struct import_view *v); /* up to the choices */
void imports_decide(struct html h, const struct import_view *v);
void imports_end(struct html h, const struct import_view *v);
void imports_lines(struct html h, const struct import_view *v);
void imports_figures(struct html h, const struct import_view *v);

extern const struct domain domain_imports;
