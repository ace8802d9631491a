/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_private.h - between the files of this folder. */
#pragma once
#include "domains/clients/clients.h"

bool client_sight_is_masked(const struct client_sight *s); /* are there any without a name? */
bool client_sight_is_own(const struct client_sight *s);    /* only those of own care teams? */

/* Only the clients of own care teams are the actor's. */
bool client_is_own_only(const struct cx *cx);
/* Contact, birth and everything else beyond name and invoice: not for who only keeps the money. */
bool client_sees_contact(const struct cx *cx);
/* As client_load(), and whether there is a photo. */
enum rc client_open(struct cx *cx, const struct cap *cap, struct client *ret,
                    bool *ret_has_photo) MUST_USE;

/* *ret_until_ms: when the actor's emergency access ends, where that alone opens the file; else 0.
 */
enum rc client_emergency(struct cx *cx, struct id client, int64_t *ret_until_ms,
                         enum emergency_reason *ret_reason) MUST_USE;

/* --- the list ------------------------------------------------------------------ */
/* Instead of one status. */
enum { CLIENTS_NOT_ARCHIVED = -1, CLIENTS_ALL = -2, CLIENTS_IN_TREATMENT = -3 };
enum client_sort { SORT_NAME, SORT_RECENT, SORT_STATUS, SORT_AGE, SORT_N_ };
struct client_query {
    const char *text;    /* words; NULL or "": all */
    int status;          /* enum client_status, or one of CLIENTS_... */
    struct id clinician; /* unset: any */
    const char *tag;     /* NULL or "": any */
    enum client_sort sort;
    bool descending;
    int offset, max; /* rows; what is not there costs nothing, so INT_MAX is "all" */
};
struct client_row {
    struct id id, clinician_id;
    int64_t version, created_ms;
    enum client_status status;
    /* sealed; NULL when empty: */
    const char *given_name, *family_name, *name_used, *pronouns, *phone, *email, *id_number, *tags;
    int32_t birth_date;
    bool is_masked;
    /* of the rows of the page alone: */
    const char *name; /* as one says it */
    int age;          /* -1 unknown */
};
/* By what stands in columns: status and clinician. */
bool client_is_wanted(const struct client_query *q, enum client_status status, struct id clinician);

/* As the columns say it: nothing opened yet; row[i].status and the like are set. */
struct client_found {
    struct client_row *row;
    struct seal_item *item; /* of row[i] */
    int n, cap_row, cap_item;
};
/* Of these ids (each once) the ones the actor may see, in no order. One query. */
enum rc client_found_of(struct cx *cx, const struct id *ids, int n,
                        struct client_found *ret) MUST_USE;
/* All of the practice, whoever asks: to put them in order. */
enum rc client_found_all(struct cx *cx, struct client_found *ret) MUST_USE;
/* Opens them; what lists show is then in row[i]. */
enum rc client_found_open(struct cx *cx, struct client_found *f) MUST_USE;
int client_by_name(const struct locale *l, const struct client_row *a, const struct client_row *b);

/* The order by name, remembered (clients_order.c): the page that q asks for, when q asks for no
 * words, no tag and no other order. */
enum rc client_order_page(struct cx *cx, const struct client_query *q, struct id **ret, int *ret_n,
                          int *ret_n_all) MUST_USE;
/* In the transaction that changes a client: what is remembered no longer holds. */
enum rc client_order_outdate(struct cx *cx) MUST_USE;

enum rc client_list(struct cx *cx, const struct client_query *q, struct client_row **ret,
                    int *ret_n, int *ret_n_all) MUST_USE;

/* --- the photo ------------------------------------------------------------------ */
enum { CLIENT_PHOTO_MAX_BYTES = 2 * 1024 * 1024 };
enum rc client_photo_load(struct cx *cx, const struct cap *cap, struct bytes *ret_image) MUST_USE;
/* Errors: RC_INVALID not such an image, or too large. */
enum rc client_photo_save(struct cx *cx, const struct cap *cap, struct bytes image) MUST_USE;
enum rc client_photo_drop(struct cx *cx, const struct cap *cap) MUST_USE;

/* For `entracte check`. */
typedef void report_fn(void *arg, const char *invariant, const char *detail);
enum rc client_check(struct cx *cx, report_fn *report, void *arg) MUST_USE;
