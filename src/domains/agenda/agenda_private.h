/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_private.h - between the files of this folder. */
#pragma once
#include "domains/agenda/agenda.h"

/* A clinician who is nothing else works in the own agenda only; unset: all. */
struct id agenda_filter(const struct cx *cx);
