/* SPDX-License-Identifier: AGPL-3.0-or-later
 * trust_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/clients/clients.h"
#include "domains/people/people.h"
#include "domains/trust/trust.h"
#include "web/web.h"

/* --- incidents --------------------------------------------------------------------- */

struct incident_finding {
    const char *text;
};
struct incident_step_view {
    enum incident_step step;
    int64_t done_ms;
    const char *step_text, *when, *who, *words;
};
struct incident_view {
    struct id id;
    int64_t found_ms, closed_ms, due_ms;
    const char *found, *due, *closed, *closed_by, *reason;
    bool is_open;
    struct incident_finding *findings;
    int n_findings;
    struct incident_step_view *steps;
    int n_steps;
};
struct incidents_view {
    struct page page;
    struct incident_view *incidents;
    int n_incidents;
    bool may_write, has_open;
    struct id open_id;
    struct incident_step_entry entry;
    struct record_form form;
    const char *problem, *reason; /* of going on */
};
void trust_incidents_html(struct html h, const struct incidents_view *v);

/* --- the log -------------------------------------------------------------------------- */

struct log_row {
    int64_t seq, at_ms;
    struct id person_id, client_id;
    const char *when, *who, *role, *action, *what, *client, *purpose, *refused;
    const char *detail; /* of a change; NULL or "": nothing more is known */
    int64_t n_rows;
    bool is_change;
};
/* How checkpoints leave this computer; told on the first page. */
struct sent_row {
    const char *what, *when, *problem; /* when NULL: never; problem NULL: it went */
    int64_t sent_ms, n_failed;
};
struct log_view {
    struct page page;
    struct sent_row *sent;
    int n_sent;
    bool tells_sent, has_failed;
    struct practice_tabs tabs;
    struct select_option *people, *actions;
    int n_people, n_actions;
    const char *from, *to, *client_name, *without_client;
    struct id client;
    struct log_row *rows;
    int n_rows;
    const char *older;
    bool is_filtered, was_cut, has_views;
};
void trust_log_html(struct html h, const struct log_view *v);

struct opened_row {
    int64_t at_ms;
    const char *when, *who, *role, *what, *purpose;
    int64_t n; /* times on that day */
};
struct opened_view {
    struct page page;
    struct id client;
    const char *name, *practice, *made, *older;
    struct opened_row *rows;
    int n_rows;
};
void trust_opened_html(struct html h, const struct opened_view *v);

struct unusual_row {
    enum unusual_reason reason;
    struct id person_id, client_id;
    int64_t first_ms, last_ms, n;
    const char *when, *who, *client, *reason_text, *times, *log_path;
};
struct unusual_view {
    struct page page;
    struct practice_tabs tabs;
    struct unusual_row *rows;
    int n_rows;
};
void trust_unusual_html(struct html h, const struct unusual_view *v);

/* --- how your words are kept: for clients, without an account ----------------------------------
 */
struct words_view {
    struct page page;
};
void trust_words_html(struct html h, const struct words_view *v);

extern const struct domain domain_trust;
