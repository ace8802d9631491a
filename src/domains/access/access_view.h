/* SPDX-License-Identifier: AGPL-3.0-or-later
 * access_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/access/access.h"
#include "web/web.h"

struct access_choice {
    const char *value, *label;
    bool is_chosen;
};
struct team_row {
    struct id person;
    enum team_role role;
    const char *name, *role_key, *role_text, *until_text;
    bool is_unmasked;
};
struct wall_row {
    struct id id;
    const char *name, *reason, *since;
};
struct emergency_row {
    struct id id, client, person;
    int64_t created_ms, until_ms;
    enum emergency_finding finding;
    const char *when, *who, *client_name, *reason, *words, *state, *state_kind, *finding_words;
    bool may_review, is_open;
};

/* Who may read a client's file. */
struct team_view {
    struct page page;
    struct client_header header;
    struct id id;
    const char *clinician;
    struct team_row *members;
    int n_members;
    struct wall_row *walls;
    int n_walls;
    struct emergency_row *emergencies;
    int n_emergencies;
    struct access_choice *staff, *clinicians;
    int n_staff, n_clinicians;
    struct team_member member;
    struct wall wall;
    struct record_form form, wall_form;
    const char *person_problem, *clinician_problem, *against_problem, *against_text;
    bool may_change, sees_walls, may_block, is_blocked;
};
void access_team_html(struct html h, const struct team_view *v);

struct emergency_view {
    struct page page;
    struct emergency_ask ask;
    struct record_form form;
    bool is_possible;
};
void access_emergency_html(struct html h, const struct emergency_view *v);

struct emergencies_view {
    struct page page;
    struct practice_tabs tabs;
    struct emergency_row *emergencies;
    int n_emergencies;
    struct emergency_review review;
    struct record_form form;
};
void access_emergencies_html(struct html h, const struct emergencies_view *v);

extern const struct domain domain_access;
