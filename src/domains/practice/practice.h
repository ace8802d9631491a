/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice.h - the practice itself: identity, settings, rooms, services.
 *
 * Structure (rooms, services) is clear text; who the practice is, is sealed under its own key. */
#pragma once
#include "record/record.h"

enum modality { MODALITY_IN_PERSON, MODALITY_VIDEO, MODALITY_PHONE, MODALITY_HOME, MODALITY_N_ };
extern const struct choice modality_choices[MODALITY_N_];
enum service_kind {
    SERVICE_INDIVIDUAL,
    SERVICE_COUPLE,
    SERVICE_FAMILY,
    SERVICE_GROUP,
    SERVICE_KIND_N_
};
extern const struct choice service_kind_choices[SERVICE_KIND_N_];

struct practice {
    int64_t version;
    const char *time_zone, *locale, *currency; /* IANA, BCP 47, ISO 4217 */
    bool says_patient;                         /* "patient" instead of "client" */
    bool is_demo;
    /* sealed: */
    const char *name, *legal_name, *tax_id;
    const char *street, *postal_code, *city, *country; /* country: ISO 3166 alpha-2 */
    const char *phone, *email, *bank_account;
    const char *exemption_text; /* printed on invoices; default per country */
    int64_t invoice_due_days;   /* days until an invoice is due */
    int64_t retention_years;    /* a file is kept after the end of treatment; 0: RETENTION_YEARS */
    int64_t invoice_years;      /* ... and an invoice after its year; 0: the same */
    int64_t note_late_hours;    /* a note signed later than this after the session is marked late */
};
enum { RETENTION_YEARS = 10 };
extern const struct record_type practice_type;

struct room {
    struct id id;
    int64_t version;
    const char *name;
    int64_t capacity, position;
    bool is_active;
};
extern const struct record_type room_type;

struct service {
    struct id id;
    int64_t version;
    const char *code, *name;
    int64_t duration_min;
    enum modality modality;
    enum service_kind kind;
    int64_t fee_cents, position;
    bool is_active;
};
extern const struct record_type service_type;

/* Makes the practice (id 1 or the next), its keys, and sets cx->practice, zone, currency.
 * Errors: RC_INVALID fields; RC_CONFLICT when a practice exists on SQLite (one file, one practice).
 */
enum rc practice_create(struct cx *cx, struct practice *p) MUST_USE;
/* Practice 1 with keys of its own, for a row that comes along (exports): within the transaction
 * that puts it there, foreign keys waiting. p: where and in what language it works. */
enum rc practice_begin(struct cx *cx, const struct practice *p) MUST_USE;
enum rc practice_load(struct cx *cx, struct practice *ret) MUST_USE;
enum rc practice_save(struct cx *cx, struct practice *p) MUST_USE; /* RC_CONFLICT stale version */
/* Loads every practice's keys into the keyring; at start, before anything is opened.
 * *ret_n: how many practices. RC_BROKEN: the boot key is another one's. */
enum rc practice_open_all(struct cx *cx, int *ret_n) MUST_USE;
/* The keys of one, which another process may have made since. */
enum rc practice_open(struct cx *cx, int64_t practice) MUST_USE;
/* Works for cx->practice from here on: its zone, currency and language. For jobs and tools (struct
 * app). */
enum rc practice_enter(struct cx *cx) MUST_USE;
/* --- epochs (seal.h): each outer wrap of clients' keys has its time ----------------- */
struct epochs {
    int64_t newest, made_ms, n; /* n: how many are kept */
};
enum { EPOCH_KNOWN_MS = 10 * 60000 }; /* until every process has heard of a new one */
enum rc practice_epoch(struct cx *cx, struct epochs *ret) MUST_USE;
enum rc practice_epoch_begin(struct cx *cx) MUST_USE; /* stored; wraps when it is loaded */
/* Those before are destroyed: what only they open is gone. */
enum rc practice_epoch_end(struct cx *cx, int64_t before) MUST_USE;
enum rc practice_epochs_open(struct cx *cx) MUST_USE; /* loads what is stored now */
/* --- the practice's own keys (docs/adr/0009-two-tiers.md) --------------------------- */
enum key_phase {
    KEY_SETTLED,
    KEY_COMES, /* the other one opens everywhere before it seals */
    KEY_GOES,  /* what is under the other one is being moved */
};
struct practice_key_row {
    struct bytes wrapped, other; /* as seal_practice_load_both() takes them */
    enum key_phase phase;
    int64_t made_ms, phase_ms; /* since when `wrapped` seals; since when the phase is that */
    int64_t due_ms;            /* since when there is a reason for another one; 0: there is none */
};
enum rc practice_key(struct cx *cx, enum seal_class c, struct practice_key_row *ret) MUST_USE;
/* The operational key, a step each: another one is made, unless one is on its way; it seals
 * (RC_CONFLICT: none comes). */
enum rc practice_key_next(struct cx *cx) MUST_USE;
enum rc practice_key_turn(struct cx *cx) MUST_USE;
/* The clinical one: stores a pair that seal_pair_make() made; after the commit it is taken. */
enum rc practice_key_pair(struct cx *cx, const struct seal_pair *pair) MUST_USE;
/* There is a reason for another one. */
enum rc practice_key_due(struct cx *cx, enum seal_class c) MUST_USE;
/* Nothing is left under the other one: it is dropped. */
enum rc practice_key_settle(struct cx *cx, enum seal_class c) MUST_USE;
/* Loads what other processes began lately, for all practices. */
enum rc practice_refresh(struct cx *cx) MUST_USE;

enum rc practice_exists(struct cx *cx, bool *ret) MUST_USE;   /* is any set up? */
enum rc practice_is_alone(struct cx *cx, bool *ret) MUST_USE; /* the only one of the database */

enum rc room_save(struct cx *cx, struct room *r) MUST_USE; /* new when id is unset */
enum rc room_load(struct cx *cx, struct id id, struct room *ret) MUST_USE;
enum rc room_list(struct cx *cx, bool active_only, struct room **ret,
                  int *ret_n) MUST_USE; /* by position, name */
enum rc service_save(struct cx *cx, struct service *s) MUST_USE;
enum rc service_load(struct cx *cx, struct id id, struct service *ret) MUST_USE;
enum rc service_list(struct cx *cx, bool active_only, struct service **ret, int *ret_n) MUST_USE;

/* --- parts of pages ------------------------------------------------------------------- */

/* A text field that is chosen from a list: {{>practice_select &v.zone}}. */
struct select_option {
    const char *value, *label;
    bool is_chosen;
};
struct select_view {
    const char *name, *label, *help, *error;
    struct select_option *options;
    int n_options;
    bool is_required;
};
void practice_select(struct html h, const struct select_view *v);

/* The field `key` of the form with these values to choose from; what it holds now is offered too,
 * when it is not among them. choices: key and label, labels translated. */
struct select_view select_of(const struct record_form *f, const char *key,
                             const struct choice *choices, int n_choices);
/* Languages and regions, each named in its own words; time zones. */
struct select_view select_locale(const struct record_form *f, const char *key);
struct select_view select_zone(const struct record_form *f, const char *key);

/* The pages under "Practice": {{>practice_tabs &v.tabs}}. */
struct practice_tabs {
    bool settings, rooms, services, staff, log, keys, emergencies, retention,
        data; /* which one is current */
    bool sees_settings, sees_log, sees_keys, sees_emergencies, sees_data;
};
void practice_tabs(struct html h, const struct practice_tabs *v);
/* ... those that the actor sees; current: with the one that is shown. */
struct practice_tabs practice_tabs_of(const struct cx *cx, struct practice_tabs current);
