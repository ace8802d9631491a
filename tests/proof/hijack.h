/* SPDX-License-Identifier: AGPL-3.0-or-later
 * hijack.h - deeds of somebody who runs code in the server's process; for row 37 of the battery. */
#pragma once

/* Tries the n-th and tells standard error what became of it: "hijack: name errno". */
void hijack(int n);
