/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/practice/practice.h"
#include "web/web.h"

struct practice_fact {
    const char *label, *value;
};
struct practice_view {
    struct page page;
    struct practice_tabs tabs;
    int64_t version;
    struct practice practice;
    struct record_form form;
    struct select_view zone, locale;
    struct practice_fact *facts; /* for who may only read */
    int n_facts;
    bool may_write, lacks_services;
};
void practice_settings_html(struct html h, const struct practice_view *v);

struct room_row {
    struct id id;
    int64_t version, capacity, position;
    const char *name;
    bool is_active;
    bool is_edited; /* the page only */
};
struct rooms_view {
    struct page page;
    struct practice_tabs tabs;
    struct room_row *rooms;
    int n_rooms;
    /* the form: of one that is edited, or of a new one */
    struct id id;
    int64_t version;
    struct room room;
    struct record_form form;
    const char *action;
    bool may_write;
};
void practice_rooms_html(struct html h, const struct rooms_view *v);

struct service_row {
    struct id id;
    int64_t version, duration_min, fee_cents, position;
    const char *code, *name;
    enum modality modality;
    enum service_kind kind;
    bool is_active;
    /* the page only: */
    const char *kind_text, *modality_text, *fee;
    bool is_edited;
};
struct services_view {
    struct page page;
    struct practice_tabs tabs;
    struct service_row *services;
    int n_services;
    struct id id;
    int64_t version;
    struct service service;
    struct record_form form;
    const char *action;
    bool may_write;
};
void practice_services_html(struct html h, const struct services_view *v);

extern const struct domain domain_practice;
