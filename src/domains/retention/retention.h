/* SPDX-License-Identifier: AGPL-3.0-or-later
 * retention.h - how long a client's file is kept, and its erasure (docs/adr/0014-erasure.md).
 *
 * The clock of a file begins at the end of the treatment: when it was closed, else at the last
 * appointment; for who was a minor then, at majority. Until it has run, a wish to be erased is a
 * restriction: the record is blocked. After it, or early with a reason, the client's keys are
 * deleted. */
#pragma once
#include "domains/access/access.h"

enum erasure_reason { ERASE_PERIOD_OVER, ERASE_ASKED, ERASE_MISTAKE, ERASE_REASON_N_ };
extern const struct choice erasure_reason_choices[ERASE_REASON_N_];

struct retention {
    struct id client;
    int32_t ended_days, until_days; /* kept to the day before */
    int64_t asked_ms;               /* 0: nobody asked */
    bool is_in_treatment, is_blocked, is_minor, is_over;
};
/* cap: ACT_KNOW. */
enum rc retention_load(struct cx *cx, const struct cap *cap, struct retention *ret) MUST_USE;
/* Whose time is over, and who asked; of those the actor may see, at most max. */
enum rc retention_list(struct cx *cx, int max, struct retention **ret, int *ret_n) MUST_USE;

/* How many files there are in each state. The time of who was a minor ends later than next_days
 * says: nothing is opened here. */
struct retention_counts {
    int64_t n_in_treatment, n_kept, n_over, n_blocked;
    int32_t next_days; /* the next one to end; DATE_NONE: none is kept */
};
enum rc retention_count(struct cx *cx, struct retention_counts *ret) MUST_USE;

struct erasure {
    struct id id, by; /* id: of the tombstone */
    int64_t erased_ms;
    enum erasure_reason reason;
    bool is_early;     /* asked: although the time is not over */
    const char *words; /* why; sealed */
};
extern const struct record_type erasure_type;

/* Erases, or blocks when it is too early and e->is_early is not set; *ret_erased says which.
 * cap: ACT_BLOCK. Errors: RC_INVALID early without words; an invoice is open, an appointment is to
 * come. */
enum rc retention_erase(struct cx *cx, const struct cap *cap, struct erasure *e,
                        bool *ret_erased) MUST_USE;

/* --- once more, in a copy from before -------------------------------------------------------- */

enum { TOMBSTONE_HASH_BYTES = 32 };
/* What is said of an erasure outside of the database: that there was one. */
struct tombstone {
    unsigned char client_hash[TOMBSTONE_HASH_BYTES]; /* keyed, of the id */
    int32_t days;                                    /* when, UTC */
    enum erasure_reason reason;
};
enum rc tombstone_list(struct cx *cx, struct tombstone **ret, int *ret_n) MUST_USE;
enum rc tombstone_count(struct cx *cx, int64_t *ret) MUST_USE;
/* Erases those of the list who are there, by the program. *ret_n: how many. */
enum rc retention_replay(struct cx *cx, const struct tombstone *list, int n, int *ret_n) MUST_USE;

/* The newest tombstones. */
enum rc erasure_list(struct cx *cx, int max, struct erasure **ret, int *ret_n) MUST_USE;

/* Invariants, for `entracte check`. */
enum rc retention_check(struct cx *cx,
                        void (*report)(void *arg, const char *invariant, const char *detail),
                        void *arg) MUST_USE;
