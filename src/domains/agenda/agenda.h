/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda.h - appointments: who, with whom, where, when; no two at once.
 *
 * The database refuses overlaps of a clinician, a room or a client (appointment_slot).
 * Instants are UTC ms; the practice's zone decides days and weekly repetition (local time is kept).
 */
#pragma once
#include "domains/clients/clients.h"

enum appointment_state {
    APPT_BOOKED,
    APPT_CONFIRMED,
    APPT_ARRIVED,
    APPT_HELD,
    APPT_LATE_CANCEL,
    APPT_NO_SHOW,
    APPT_CANCELLED,
    APPT_N_
};
extern const struct choice appointment_state_choices[APPT_N_];
static inline bool appointment_holds_slot(enum appointment_state s)
{
    return s <= APPT_HELD;
}
/* Still to come, or under way: may be moved and cancelled. */
static inline bool appointment_is_open(enum appointment_state s)
{
    return s < APPT_HELD;
}

enum { APPT_MAX_CLIENTS = 12, APPT_MAX_REPEAT = 60 };
struct appointment {
    struct id id;
    int64_t version;
    struct id clinician, room, service; /* room unset: none */
    enum modality modality;
    enum appointment_state state;
    int64_t start_ms, end_ms;
    int64_t actual_start_ms, actual_end_ms; /* 0: not known */
    int64_t closed_ms;                      /* 0: not closed */
    struct id series;
    const char *remark, *cancel_reason; /* sealed under the practice's identity key */
    struct id client[APPT_MAX_CLIENTS];
    int n_clients;
};
extern const struct record_type appointment_type;

/* New when id is unset; end_ms 0: as long as the service takes. Of a stored one the state stays as
 * it is (below); once it was held, missed or cancelled only its remark may change. Errors:
 * RC_INVALID fields; RC_CONFLICT stale ("version"), or something is in the way: the sentence names
 * it (clinician, room, client, time), another's client only as "the client". */
enum rc appointment_save(struct cx *cx, struct appointment *a) MUST_USE;
/* a and n-1 more, a week apart at the same local time; all or none; *ret_series. Every conflict is
 * named. */
enum rc appointment_save_weekly(struct cx *cx, struct appointment *a, int n,
                                struct id *ret_series) MUST_USE;
enum rc appointment_load(struct cx *cx, struct id id,
                         struct appointment *ret) MUST_USE; /* RC_NOT_FOUND also: not yours */
/* Moves the state; cancelling frees the slots, booking again takes them; held numbers the session.
 * reason: why, NULL keeps the one there is. Errors: RC_INVALID "state": closed (Close corrects it),
 * held (it must be opened again first), or not begun; RC_CONFLICT stale, or the time is taken
 * meanwhile. */
enum rc appointment_set_state(struct cx *cx, struct id id, int64_t version,
                              enum appointment_state s, const char *reason) MUST_USE;
/* Cancels this one and what follows of its repetition and is still open; *ret_n: how many. All or
 * none. */
enum rc appointment_cancel_series(struct cx *cx, struct id id, int64_t version, const char *reason,
                                  int *ret_n) MUST_USE;
/* Marks closed with actual times (0: as planned); part of Close. Idempotent. */
enum rc appointment_close(struct cx *cx, struct id id, enum appointment_state s,
                          int64_t actual_start_ms, int64_t actual_end_ms) MUST_USE;

/* Is nothing in the way of the clinician, the room, the clients? RC_CONFLICT names all that is. */
enum rc slots_free(struct cx *cx, const struct appointment *a) MUST_USE;

/* A row for lists: opened and named, as the actor may see it. What the actor may know nothing of (a
 * colleague's session) shows that the time is taken, by whom and where; if cancelled or missed, not
 * at all. */
struct appointment_row {
    struct id id, clinician_id, room_id, service_id, series_id;
    int64_t version;
    int64_t start_ms, end_ms;
    int64_t closed_ms;
    enum appointment_state state;
    enum modality modality;
    enum service_kind kind;
    struct id client_id; /* the first; unset when the actor may not know */
    int n_all_clients;
    const char *title;                      /* clients' names; the group's; or "Busy" */
    const char *clinician, *room, *service; /* names; room "" */
    const char *place;                      /* the room's name, or how else one meets: "video" */
    const char *hint; /* what is not usual: "couple", "confirmed", in words; or "" */
    const char *remark;
    int64_t color;           /* of the clinician, an index into the palette of the agenda */
    int64_t ordinal;         /* which session of the first client; 0 unknown */
    bool may_open, may_move; /* the actor */
    bool is_closed;
};
/* Appointments with start in [from_ms, to_ms), by start. clinician unset: all the actor may see.
 * One query for all, and each client opened once. */
enum rc appointment_list(struct cx *cx, int64_t from_ms, int64_t to_ms, struct id clinician,
                         struct appointment_row **ret, int *ret_n) MUST_USE;
/* One client's, newest first, at most max, starting before before_ms (INT64_MAX: all). */
enum rc appointment_list_client(struct cx *cx, struct id client, int64_t before_ms, int max,
                                struct appointment_row **ret, int *ret_n) MUST_USE;
/* Past, not closed, of the clinician, oldest first, at most max. */
enum rc appointment_list_unclosed(struct cx *cx, struct id clinician, int64_t before_ms, int max,
                                  struct appointment_row **ret, int *ret_n) MUST_USE;
/* One as a row; RC_NOT_FOUND also: not yours. */
enum rc appointment_row_load(struct cx *cx, struct id id, struct appointment_row *ret) MUST_USE;
/* "Mon 23 Nov, 10:00 to 10:50". */
const char *appointment_when(struct cx *cx, int64_t start_ms, int64_t end_ms,
                             enum date_style style);

/* Attendance of a client: next session's number and the last (at most 20) outcomes, newest first.
 */
struct attendance {
    int64_t n_held; /* ordinal of the last held session */
    int n_last;     /* how many of last[] */
    enum appointment_state last[20];
    int n_last_held, n_last_missed, n_last_moved; /* among last[] */
    int64_t next_start_ms; /* the next one still to come after that instant; 0 none */
};
/* As it stands at an instant: now, or the start of a session that is prepared or closed. */
enum rc attendance_load(struct cx *cx, struct id client, int64_t at_ms,
                        struct attendance *ret) MUST_USE;

/* When a client comes next; *ret_ms 0: nothing is booked. */
enum rc appointment_next(struct cx *cx, struct id client, int64_t *ret_ms) MUST_USE;

/* Free starts for the same length, weekday and time in the following weeks (1, 2, 3, 4), skipping
 * what is taken: where Close suggests the next appointment. *ret_ms[0..*ret_n), at most max. */
enum rc appointment_suggest(struct cx *cx, const struct appointment *a, int max, int64_t *ret_ms,
                            int *ret_n) MUST_USE;

struct self_note {
    const char *text; /* sealed */
};
extern const struct record_type self_note_type;
/* "Note to self" of the acting clinician about a client; text NULL or "" erases. RC_CONFLICT stale.
 */
enum rc self_note_load(struct cx *cx, struct id client, const char **ret_text,
                       int64_t *ret_version) MUST_USE;
/* The same in two steps, for a page that opens more than this. */
struct self_note_found {
    struct seal_item item;
    int64_t version; /* 0: there is none */
};
enum rc self_note_find(struct cx *cx, struct id client, struct self_note_found *ret) MUST_USE;
enum rc self_note_open(struct cx *cx, struct self_note_found *f, const char **ret_text) MUST_USE;
enum rc self_note_save(struct cx *cx, struct id client, const char *text, int64_t version) MUST_USE;
