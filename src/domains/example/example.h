/* SPDX-License-Identifier: AGPL-3.0-or-later
 * example.h - what other domains may know of an example. */
#pragma once
#include "record/record.h"

enum { EXAMPLE_LIST_MAX = 500 };

enum example_state { EXAMPLE_OPEN, EXAMPLE_DONE, EXAMPLE_STATE_N_ };
extern const struct choice example_state_choices[EXAMPLE_STATE_N_];

struct example {
    struct id id;
    int64_t version; /* counts writes; 0: not stored yet */
    enum example_state state;
    int32_t due_days;  /* since 1970-01-01; DATE_NONE: no date */
    int64_t fee_cents; /* practice's currency */
    /* sealed: */
    const char *name, *email, *remark;
    unsigned weekdays; /* bits, 0 = Monday */
    bool is_urgent;
};
extern const struct record_type example_type;

/* Reads one. Errors: RC_NOT_FOUND. */
enum rc example_load(struct cx *cx, struct id id, struct example *ret) MUST_USE;

/* Out: ret[*ret_n], by name in the actor's locale; at most EXAMPLE_LIST_MAX, the oldest. */
enum rc example_list(struct cx *cx, struct example **ret, int *ret_n) MUST_USE;

/* Stores a new one (id unset) or a changed one, with its entry in the audit trail.
 * In:     e->version as it was when the user opened it.
 * Out:    e->id and e->version of the stored row.
 * Errors: RC_CONFLICT somebody stored a newer version; RC_NOT_FOUND. */
enum rc example_save(struct cx *cx, struct example *e) MUST_USE;

/* Errors: as example_save(). */
enum rc example_erase(struct cx *cx, struct id id, int64_t version) MUST_USE;
