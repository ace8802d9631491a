/* SPDX-License-Identifier: AGPL-3.0-or-later
 * inputs_web.h - the form of an appointment, between the pages that have it. */
#pragma once
#include "agenda_pages.h"

/* Names written into the picker that are not yet a choice. */
struct typed_clients {
    const char *typed;         /* shown again; NULL: none */
    struct client_name *found; /* who may be meant */
    int n_found;
};
/* Only what was sent changes. Errors: RC_INVALID, all of them collected. */
enum rc read_appointment(struct cx *cx, const struct form *f, struct appointment *a,
                         struct typed_clients *t) MUST_USE;
enum rc read_repeat(struct cx *cx, const struct form *f,
                    int *ret) MUST_USE; /* 1 when not asked for */
bool has_new_client(const struct form *f);
enum rc read_new_client(struct cx *cx, const struct form *f, struct client *ret) MUST_USE;

const char *typed_or(const struct form *typed, const char *key, const char *otherwise);
/* typed, t: what came back with an error, or NULL. */
enum rc inputs_fill(struct cx *cx, const struct appointment *a, const struct form *typed,
                    const struct typed_clients *t, struct appointment_inputs *in) MUST_USE;
