/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit.h - who changed what: a row of audit_change in the transaction of the change.
 *
 * Neither a row nor the log (audit/audit.h) holds names or texts: ids, actions, and names of
 * fields. docs/adr/0006-audit.md */
#pragma once
#include "app/cx.h"
#include "audit/audit.h"

/* action: "create", "change", "sign", ...; fields: names, comma separated, or NULL. */
enum rc audit_change(struct cx *cx, const char *record, struct id id, const char *action,
                     const char *fields) MUST_USE;
