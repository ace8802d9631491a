/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_pages.h - between the files of this folder that make pages. */
#pragma once
#include "clients_private.h"
#include "clients_view.h"

handler_fn client_new, client_create, client_edit, client_store, client_status_store;
handler_fn client_photo_show, client_photo_store, client_photo_erase;
extern const struct shape client_page_shape;
extern const struct record_type client_status_type;

/* How the file is divided; the page and the form have the same sections. */
struct client_part {
    const char *anchor, *title, *help;
    const char *const *keys; /* NULL-ended */
};
extern const struct client_part client_parts[];
extern const int n_client_parts;

/* Clinicians to choose from; `chosen` is an id, "" for none. */
enum rc clinician_options(struct cx *cx, const char *none, const char *chosen,
                          struct client_option **ret, int *ret_n) MUST_USE;
struct client_option *status_options(struct cx *cx, enum client_status chosen, int *ret_n);
const char *client_status_kind(enum client_status s); /* class of its chip */
