/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_private.h - between the files of this folder. */
#pragma once
#include "domains/clients/clients.h"

/* Whose clients the actor may see: the own id for one who is only a clinician, else unset (all). */
struct id client_filter(const struct cx *cx);

/* Contact, birth and everything else beyond name and invoice: not for who only keeps the money. */
bool client_sees_contact(const struct cx *cx);
/* As client_load(), and whether there is a photo. */
enum rc client_open(struct cx *cx, struct id id, struct client *ret, bool *ret_has_photo) MUST_USE;

/* --- the list ------------------------------------------------------------------ */
enum client_sort { SORT_NAME, SORT_RECENT, SORT_STATUS, SORT_AGE, SORT_N_ };
struct client_query {
    const char *text;    /* words; NULL or "": all */
    int status;          /* enum client_status; -1: all but archived; -2: all */
    struct id clinician; /* unset: any */
    const char *tag;     /* NULL or "": any */
    enum client_sort sort;
    bool descending;
    int offset, max;
};
struct client_row {
    struct id id, clinician_id;
    int64_t version, created_ms;
    enum client_status status;
    /* sealed; NULL when empty: */
    const char *given_name, *family_name, *name_used, *pronouns, *phone, *email, *id_number, *tags;
    int32_t birth_date;
    /* of the rows of the page alone: */
    const char *name; /* as one says it */
    int age;          /* -1 unknown */
};
enum rc client_list(struct cx *cx, const struct client_query *q, struct client_row **ret,
                    int *ret_n, int *ret_n_all) MUST_USE;

/* --- the photo ------------------------------------------------------------------ */
enum { CLIENT_PHOTO_MAX_BYTES = 2 * 1024 * 1024 };
/* By the first bytes: "image/jpeg", "image/png", "image/webp", or NULL. */
const char *client_photo_type(struct bytes image);
enum rc client_photo_load(struct cx *cx, struct id client, struct bytes *ret_image) MUST_USE;
/* Errors: RC_INVALID not such an image, or too large. */
enum rc client_photo_save(struct cx *cx, struct id client, struct bytes image) MUST_USE;
enum rc client_photo_drop(struct cx *cx, struct id client) MUST_USE;

/* For `entracte check`. */
enum rc client_check(struct cx *cx,
                     void (*report)(void *arg, const char *invariant, const char *detail),
                     void *arg) MUST_USE;
