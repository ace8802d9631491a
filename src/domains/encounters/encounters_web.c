/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encounters_web.c - routes of Prepare and Close. */
#include "encounters_pages.h"
#include "encounters_private.h"

static const struct route routes[] = {
    {GET, "/appointments/{id}/prepare", PERM_CLINICAL_READ, NO_BODY, prepare_show,
     N_("Prepare the next session"), .discloses = "prepare", .answer = &prepare_shape},
    {GET, "/appointments/{id}/close", PERM_CLINICAL_WRITE, NO_BODY, close_show,
     N_("Form to close a session"), .discloses = "close", .answer = &close_shape},
    {POST, "/appointments/{id}/draft", PERM_CLINICAL_WRITE, 512 * KiB, close_draft,
     N_("Keep the draft while closing a session"), .reads = close_keys},
    {POST, "/appointments/{id}/close", PERM_CLINICAL_WRITE, 512 * KiB, close_do,
     N_("Close a session: attendance, note, tasks, next appointment, charge"), .reads = close_keys},
};

const struct domain domain_encounters = {
    .name = "encounters", ROUTES(routes), .on_event = encounter_event, .jobs = encounter_jobs};
