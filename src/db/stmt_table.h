/* SPDX-License-Identifier: AGPL-3.0-or-later
 * stmt_table.h - what a connection has prepared, found by the address of the statement's text.
 *
 * Texts are string constants of the program: the same address is the same text. */
#pragma once
#include "base/base.h"

struct stmt_table {
    struct stmt_slot {
        const char *text; /* NULL: free */
        void *prepared;   /* the driver's; NULL when the slot is new */
    } * slots;
    int n, cap;
};

/* The slot for a text, made when missing. Valid until the next call. */
struct stmt_slot *stmt_table_at(struct stmt_table *t, const char *text);
void stmt_table_done(struct stmt_table *t); /* what was prepared is the driver's to free, before */
