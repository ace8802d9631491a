/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encounters_private.h - between the files of this folder. */
#pragma once
#include "app/app.h"
#include "domains/encounters/encounters.h"

extern const struct job_kind *const encounter_jobs[];
event_fn encounter_event;
