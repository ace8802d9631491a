/* SPDX-License-Identifier: AGPL-3.0-or-later
 * today.h - what a person's day holds: now, next, and what is owed. */
#pragma once
#include "domains/encounters/encounters.h"

enum owed_kind { OWED_UNCLOSED, OWED_DRAFT, OWED_TASK, OWED_MONEY, OWED_INVOICE };
enum owed_urgency { OWED_CALM, OWED_NEEDS_YOU };
struct owed {
    enum owed_kind kind;
    enum owed_urgency urgency;
    const char *what, *who, *why; /* sentences; who: the client's name or "" */
    const char *action, *path;    /* label and target of the button */
    int64_t due_ms;               /* for the order; 0: no date */
    struct id task;               /* that is done from here; unset: the button leads to path */
    int64_t version;              /* of the task */
};

struct today {
    struct appointment_row *rows; /* of the day, by start */
    int n_rows;
    int next;         /* index of the row that is now or next; -1 none */
    bool is_now;      /* it has begun */
    bool has_prepare; /* the next one's card follows */
    struct prepare prepare;
    struct owed *owed;
    int n_owed;
    int *note_state; /* per row, as note_states(): -1 none, else enum note_state */
};
/* In: nothing but cx; the actor's roles decide what is read. A constant number of index ranges. */
enum rc today_load(struct cx *cx, struct today *ret) MUST_USE;
