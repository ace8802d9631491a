/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/people/people.h"
#include "factors_view.h"
#include "web/web.h"

struct demo_person {
    const char *email, *name, *roles;
};
struct sign_in_view {
    struct page page;
    const char *email, *next, *problem;
    struct demo_person *demo; /* to sign in as with one click; only in a demo on this machine */
    int n_demo;
    bool has_site;
    struct passkey_ask passkey;
};
void people_sign_in_html(struct html h, const struct sign_in_view *v);

struct locked_view {
    struct page page;
    const char *next, *problem, *name;
    bool is_new_key; /* since the session began */
};
void people_locked_html(struct html h, const struct locked_view *v);

/* First start: the practice and its owner. */
struct set_up {
    const char *token; /* what the program printed at its start */
    const char *practice, *time_zone, *locale, *currency;
    const char *given_name, *family_name, *email, *password;
};
struct set_up_view {
    struct page page;
    struct record_form form;
    struct select_view zone, locale;
    const char *password_problem, *token; /* token: the right one came along; not to be typed */
};
void people_set_up_html(struct html h, const struct set_up_view *v);

struct session_view {
    const char *device, *used, *created;
    int64_t used_ms, created_ms;
    bool is_bearer, is_locked, is_this;
    struct id id;
    const char *end_path;
};
struct passkey_line {
    struct id id;
    const char *name, *created, *used, *drop_path;
    int64_t created_ms, used_ms;
};
struct account_view {
    struct page page;
    struct person person;
    struct record_form form;
    struct select_view locale, note_template;
    int64_t version;
    struct session_view *sessions;
    int n_sessions;
    struct passkey_line *passkeys;
    int n_passkeys;
    bool has_app;
    int n_codes;
    const char *codes_left, *factor_problem;
    const char *email_problem, *password_problem, *new_password_problem;
};
void people_account_html(struct html h, const struct account_view *v);

struct staff_row {
    struct id id;
    const char *name, *email, *roles;
    bool is_active, is_invited;
};
struct staff_view {
    struct page page;
    struct practice_tabs tabs;
    struct staff_row *staff;
    int n_staff;
    struct staff_row *waiting; /* clinicians whom somebody who has it must give the clinical key */
    int n_waiting;
    bool may_write, may_give;
};
void people_staff_html(struct html h, const struct staff_view *v);

struct opening_row {
    int weekday;
    const char *day;
    const char *start1, *end1, *start2, *end2; /* two stretches a day, "" when unused */
};
struct person_view {
    struct page page;
    struct practice_tabs tabs;
    struct id id;
    int64_t version;
    struct person person;
    struct record_form form;
    struct select_view locale;
    struct opening_row *days;
    int n_days;
    const char *action, *openings_action, *link_action, *leave_path, *problem, *password_problem;
    bool may_write, is_new;
};
void people_person_html(struct html h, const struct person_view *v);

/* A link that is shown once, and the page it leads to. */
struct link_view {
    struct page page;
    struct practice_tabs tabs;
    struct id id;
    const char *name, *link, *expires, *back;
    int64_t expires_ms;
    bool is_invitation, is_only_here;
};
void people_link_html(struct html h, const struct link_view *v);
struct invitation_view {
    struct page page;
    const char *token, *email, *name, *problem;
    bool is_invitation, drops_factors;
};
void people_invitation_html(struct html h, const struct invitation_view *v);

struct token_line {
    struct id id;
    const char *name, *scopes, *used, *expires, *end_path;
    int64_t created_ms, used_ms, expires_ms;
};
struct scope_line {
    const char *key, *label;
    bool is_on;
};
struct tokens_view {
    struct page page;
    const char *minted; /* shown once; NULL: none was made now */
    struct token_line *tokens;
    int n_tokens;
    struct scope_line *scopes;
    int n_scopes;
    const char *name, *days, *name_problem, *days_problem, *scope_problem;
};
void people_tokens_html(struct html h, const struct tokens_view *v);

extern const struct domain domain_people;
