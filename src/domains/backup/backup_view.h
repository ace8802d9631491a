/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backup_view.h - what the page of this domain shows; HTML and JSON alike. */
#pragma once
#include "domains/backup/backup.h"
#include "domains/exports/exports.h"
#include "domains/practice/practice.h"
#include "web/web.h"

struct backup_row {
    struct id id;
    int64_t made_ms, proven_ms, n_bytes, n_rows;
    const char *path, *fault; /* fault: a sentence, or "" */
    const char *made, *proven, *size, *chip, *state;
};
/* Sizes of the copies, oldest first, in a box of 600 by 120. */
struct size_plot {
    const char *path; /* of a line; "": fewer than two */
    const char *from, *to, *top;
};
struct backups_view {
    struct page page;
    struct practice_tabs tabs;
    const char *place; /* "": none is set */
    struct backup_row *rows;
    int n_rows;
    int64_t last_proof_ms; /* 0: never */
    const char *last_proof, *growth;
    struct size_plot plot;
    int64_t n_in_treatment, n_kept, n_over, n_blocked;
    const char *next_end; /* "": nothing is kept */
    bool sees_retention;
    struct export_panel exports;
    bool is_owner, is_late, may_make, is_wanted, has_kit;
};
void backup_list_html(struct html h, const struct backups_view *v);

extern const struct domain domain_backup;
