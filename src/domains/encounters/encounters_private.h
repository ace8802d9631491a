/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encounters_private.h - between the files of this folder. */
#pragma once
#include "app/app.h"
#include "domains/encounters/encounters.h"

/* The Prepare card: everything that is known before a session, computed from what exists, no text of its own. */
struct prepare {
    struct appointment appointment;
    struct appointment_row row; /* named */
    struct client client;       /* the first client */
    struct attendance attendance;
    struct balance balance;
    struct note last;           /* the last note about an earlier session; id unset: none */
    struct task *tasks;         /* open, and answered since the last session */
    int n_tasks;
    const char *self_note;
    int64_t self_note_version;
    bool has_note;
};
enum rc prepare_load(struct cx *cx, struct id appointment, struct prepare *ret) MUST_USE;

extern const struct job_kind *const encounter_jobs[];
