/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plan.c - rows of a plan: what becomes of each, and why. */
#include "imports_private.h"

#include <string.h>

struct import_row *plan_row(struct import_plan *p, int number)
{
    struct import_row *r = &p->rows[p->n_rows++];
    *r = (struct import_row){.number = number, .who = "", .what = "", .reason = ""};
    return r;
}

void row_refuse(struct import_row *r, const char *reason)
{
    r->outcome = IMPORT_REFUSED;
    r->reason = reason;
}

void row_skip(struct import_row *r, const char *reason)
{
    r->outcome = IMPORT_SKIPPED;
    r->reason = reason;
}

void row_note(struct cx *cx, struct import_row *r, const char *sentence)
{
    r->reason =
        r->reason[0] == '\0' ? sentence : arena_printf(cx->arena, "%s %s", r->reason, sentence);
}

/* The rows as they were read: by number. Events of one number stand apart; the first is meant. */
static struct import_row *row_of(struct import_plan *p, int n_rows, int number)
{
    for (int i = 0; i < n_rows; i++)
        if (p->rows[i].number == number)
            return &p->rows[i];
    return NULL;
}

void plan_problems(struct cx *cx, struct import_plan *p, const struct problems *problems)
{
    int n_rows = p->n_rows;
    for (int i = 0; i < problems->n; i++) {
        const struct problem *b = &problems->list[i];
        const char *sentence = trc(cx, problem_sentence(b->reason));
        struct import_row *r = b->row > 0 ? row_of(p, n_rows, b->row) : NULL;
        if (b->row == 0)
            p->note =
                p->note == NULL ? sentence : arena_printf(cx->arena, "%s %s", p->note, sentence);
        else if (r != NULL)
            row_note(cx, r, sentence);
        else
            row_refuse(plan_row(p, b->row), sentence);
    }
}

void plan_count(struct import_plan *p)
{
    memset(p->n, 0, sizeof(p->n));
    for (int i = 0; i < p->n_rows; i++)
        p->n[p->rows[i].outcome]++;
}

enum rc plan_unreadable(struct cx *cx, const struct problems *problems)
{
    const char *why = problems->n > 0 ? problem_sentence(problems->list[0].reason)
                                      : N_("The file cannot be read.");
    return refuse(cx, RC_INVALID, "file", why);
}

const char *errors_taken(struct cx *cx, int n_errs)
{
    const char *all = "";
    for (int i = n_errs; i < cx->n_errs; i++)
        all = arena_printf(cx->arena, all[0] != '\0' ? "%s %s" : "%s%s", all, cx->errs[i].user);
    cx->n_errs = n_errs;
    return all;
}
