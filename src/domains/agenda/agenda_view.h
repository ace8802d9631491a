/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_view.h - what the pages of this domain show; HTML and JSON alike. */
#pragma once
#include "domains/agenda/agenda.h"
#include "web/web.h"

/* --- the agenda ---------------------------------------------------------------- */

struct agenda_resource {
    struct id id;
    const char *name;
};
/* Outside of a clinician's opening hours; clinician_id unset: of the only one shown. */
struct agenda_closed {
    int64_t start_ms, end_ms;
    struct id clinician_id;
};
struct agenda_chip { /* a filter, as a link */
    const char *name, *path;
    bool is_on;
};
/* One appointment in a list. */
struct agenda_row {
    const char *path; /* "": may not be opened */
    const char *time, *title, *about, *state;
    const char *look, *chip;                 /* classes of the row and of its state */
    const char *service, *place, *clinician; /* on paper; clinician "": the page says who */
    const char *color;                       /* class of the clinician's colour */
};
struct agenda_column { /* a day, a clinician, or a room */
    const char *heading, *sub, *new_path;
    struct agenda_row *rows;
    int n_rows;
    bool is_today;
};
struct agenda_view {
    struct page page;
    const char *view, *by, *date; /* "week", "day"; "", "clinician", "room"; first day */
    const char *clinician, *room; /* ids of the filters, or "" */
    struct appointment_row *appointments;
    struct agenda_resource *resources; /* columns of the grid */
    struct agenda_closed *closed;
    int n_appointments, n_resources, n_closed;
    /* the page only: */
    const char *heading, *sub, *zone, *min, *max; /* min, max: "08:00", the hours shown */
    const char *prev_path, *today_path, *next_path, *pdf_path, *new_path;
    const char *all_new; /* where a click on a free hour goes; "" may not */
    struct agenda_chip *views, *clinicians, *rooms;
    struct agenda_column *columns;
    int n_views, n_clinicians, n_rooms, n_columns;
    bool is_day;
};
void agenda_agenda_html(struct html h, const struct agenda_view *v);

/* --- an appointment --------------------------------------------------------------- */

struct agenda_pick { /* an option */
    const char *value, *name;
    bool is_on;
};
struct agenda_combo { /* a place for one more client */
    const char *input_id, *typed;
};
/* The inputs of the form, for a new one and for a change. */
struct appointment_inputs {
    struct record_form form;
    struct agenda_pick *clinicians, *rooms, *services,
        *clients; /* clients: ticked, or to be ticked */
    struct agenda_combo *combos, *more;
    int n_clinicians, n_rooms, n_services, n_clients, n_combos, n_more;
    const char *clinician_error, *room_error, *service_error, *clients_error, *end_error;
    const char *minutes, *client_word;
    const char *new_client; /* "#new-client" where a new client may be made, else "" */
    bool wants_focus;       /* the picker, of a new appointment without a client */
};
void agenda_who_html(struct html h, const struct appointment_inputs *v);
void agenda_inputs_html(struct html h, const struct appointment_inputs *v);

struct appointment_new_view {
    struct page page;
    struct appointment appointment;
    struct appointment_inputs inputs;
    const char *repeat, *repeat_error, *next, *back;
    struct record_form client; /* the new one */
    const char
        *new_client_path; /* the same form with the new client's fields open, without script */
    bool is_new_client;
    const char *family_words; /* of a name as it is typed: "2" where people have two surnames */
};
void agenda_new_html(struct html h, const struct appointment_new_view *v);

struct agenda_client {
    struct id id;
    const char *name; /* "" when the actor may not know */
};
struct agenda_act { /* a button that moves the state */
    const char *state, *label;
};
struct appointment_view {
    struct page page;
    struct id id;
    int64_t version;
    struct appointment appointment;
    struct appointment_row row;
    struct agenda_client *clients;
    int n_clients;
    /* the page only: */
    struct appointment_inputs inputs;
    const char *when, *state, *chip, *ordinal, *closed, *reason;
    const char *path, *back, *prepare, *close; /* prepare, close: "" not to be offered */
    struct agenda_act *acts;
    struct agenda_pick *ends; /* how else it can end: cancelled, late, no-show */
    int n_acts, n_ends;
    bool may_change, is_series;
    bool lacks_room; /* in person, to come, and the practice has rooms */
};
void agenda_appointment_html(struct html h, const struct appointment_view *v);

/* --- in the client's file ------------------------------------------------------------ */

struct client_agenda_view {
    struct page page;
    struct client_header header;
    struct appointment_row *appointments;
    int n_appointments;
    int64_t held, last_held, last_missed, last_moved; /* last: among the 20 before now */
    struct agenda_row *coming, *past;
    int n_coming, n_past;
    const char *new_path, *older_path, *figures;
};
/* Somebody leaves the practice. */
struct leave_client {
    struct id id;
    const char *name;
    struct select_view to;
};
struct leave_view {
    struct page page;
    struct practice_tabs tabs;
    struct id id;
    const char *name, *action, *back, *problem;
    struct select_view all;
    struct leave_client *clients;
    struct appointment_row *appointments;
    struct agenda_row *rows;
    int n_clients, n_hidden, n_appointments, n_rows, n_more;
    bool is_gone;
};
void agenda_leave_html(struct html h, const struct leave_view *v);
void agenda_client_html(struct html h, const struct client_agenda_view *v);

struct self_note_view {
    struct page page;
    struct id client;
    int64_t version;
    const char *text;  /* as stored */
    const char *typed; /* by the user */
    const char *problem, *action, *next;
};
void agenda_self_note_html(struct html h, const struct self_note_view *v);

extern const struct domain domain_agenda;
