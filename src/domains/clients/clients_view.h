/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/clients/clients.h"
#include "web/web.h"

/* A choice of a filter or of a select drawn by hand. */
struct client_option {
    const char *value, *label;
    bool is_chosen;
};

struct client_tag {
    const char *name;
};
struct client_item {
    struct id id, clinician_id;
    int64_t version;
    const char *name; /* as one says it; for pickers */
    const char *hint; /* tells two of the same name apart; NULL: nothing to say */
    const char *given_name, *family_name, *name_used, *pronouns, *phone, *email, *tags;
    int32_t birth_date;
    enum client_status status;
    /* the page only: */
    const char *filed_name, *age_text, *status_text, *status_kind, *clinician, *since;
    struct client_tag *tag;
    int n_tag;
};
struct client_head {          /* of a column that sorts */
    const char *path, *order; /* order: what a search is sent with */
    const char *sort;         /* of aria-sort */
};
struct client_list_view {
    struct page page;
    struct client_item *clients;
    int n_clients, n_all, offset;
    struct client_option *statuses, *clinicians;
    int n_statuses, n_clinicians;
    struct client_head by_name, by_age, by_status, by_recent;
    const char *q, *tag, *status, *clinician, *sort; /* as they were asked for */
    const char *heading, *range, *path_before, *path_after, *page_before, *page_after;
    bool may_write, sees_contact, sees_clinicians, is_filtered;
    bool may_break_glass; /* colleagues' clients are not in the list */
    bool has_words;       /* going on means sending them again: no address may hold them */
};
void clients_list_html(struct html h, const struct client_list_view *v);
void clients_again(struct html h, const struct client_list_view *v);

/* The client's file, its first tab. */
struct client_fact {
    const char *label, *value, *tel, *mail; /* tel, mail: set when the value is one */
};
struct client_facts {
    const char *anchor, *title;
    struct client_fact *facts;
    int n_facts;
};
struct client_show_view {
    struct page page;
    struct client_header header;
    struct id id;
    int64_t version;
    struct client client;
    struct client_facts *groups;
    int n_groups;
    struct client_tag *tag;
    int n_tag;
    struct client_option *statuses;
    int n_statuses;
    const char *clinician, *since;
    bool may_write, sees_contact, sees_accesses;
};
void clients_show_html(struct html h, const struct client_show_view *v);

/* A section of the form: inputs in the order of the work. */
struct client_section {
    const char *anchor, *title, *help;
    const struct record_form *form;
    const char *const *keys; /* NULL-ended */
};
void client_section_inputs(struct html h, const struct client_section *s);

/* One field of which two versions exist. */
struct client_choice {
    const char *key, *label, *theirs, *mine;
};
struct client_typed {
    const char *key, *value;
};
struct client_edit_view {
    struct page page;
    struct client_header header;
    struct id id; /* unset: a new one */
    int64_t version;
    struct client client;
    struct record_form form;
    struct client_section *sections;
    int n_sections;
    struct client_option *clinicians;
    int n_clinicians;
    struct client_choice *differences; /* after a conflict */
    int n_differences;
    struct client_typed *typed; /* what the user sent, to be sent again */
    int n_typed;
    const char *heading, *clinician_problem, *photo_problem;
    bool chooses_clinician;
};
void clients_edit_html(struct html h, const struct client_edit_view *v);
void clients_new_html(struct html h, const struct client_edit_view *v);
void clients_both_html(struct html h, const struct client_edit_view *v);

extern const struct domain domain_clients;
