/* SPDX-License-Identifier: AGPL-3.0-or-later
 * today.c - now, next, and what is owed. */
#include "domains/today/today.h"

#include <stdlib.h>

enum { MAX_UNCLOSED = 12, MAX_DRAFTS = 20, MAX_TASKS = 20, MAX_OWED = 64 };

static bool treats(const struct cx *cx)
{
    return cx_may(cx, PERM_CLINICAL_READ);
}

static enum rc load_day(struct cx *cx, struct today *t)
{
    int32_t day = cx_today(cx);
    bool own = treats(cx);
    if (!cx_may(cx, PERM_AGENDA_READ))
        return RC_OK;
    TRY(appointment_list(cx, zone_day_start(cx->zone, day), zone_day_start(cx->zone, day + 1),
                         own ? cx->actor.user : (struct id){{0}}, &t->rows, &t->n_rows));
    for (int i = t->n_rows - 1; i >= 0; i--)
        if (appointment_holds_slot(t->rows[i].state) && t->rows[i].closed_ms == 0 &&
            t->rows[i].end_ms > cx->now_ms)
            t->next = i;
    if (t->next >= 0)
        t->is_now = t->rows[t->next].start_ms <= cx->now_ms;
    return RC_OK;
}

static enum rc load_notes(struct cx *cx, struct today *t)
{
    struct id *ids = arena_array(cx->arena, struct id, t->n_rows + 1);
    t->note_state = arena_array(cx->arena, int, t->n_rows + 1);
    for (int i = 0; i < t->n_rows; i++)
        ids[i] = t->rows[i].id;
    return note_states(cx, ids, t->n_rows, t->note_state);
}

static enum rc load_prepare(struct cx *cx, struct today *t)
{
    if (t->next < 0 || !treats(cx) || !id_is_set(t->rows[t->next].client_id))
        return RC_OK;
    enum rc rc = prepare_load(cx, t->rows[t->next].id, &t->prepare);
    if (rc == RC_NOT_FOUND) { /* somebody else's client: the row still shows */
        cx->n_errs = 0;
        return RC_OK;
    }
    t->has_prepare = rc == RC_OK;
    return rc;
}

static void add(struct today *t, struct owed o)
{
    if (t->n_owed < MAX_OWED)
        t->owed[t->n_owed++] = o;
}

static const char *moment(struct cx *cx, int64_t ms)
{
    return trf(cx, N_("%s at %s"), cx_date(cx, ms, DATE_TINY), cx_time(cx, ms));
}

/* Sessions that are over and nobody has closed. */
static enum rc owed_unclosed(struct cx *cx, struct today *t)
{
    struct appointment_row *rows;
    int n;
    TRY(appointment_list_unclosed(cx, cx->actor.user, cx->now_ms, MAX_UNCLOSED, &rows, &n));
    for (int i = 0; i < n; i++)
        if (rows[i].end_ms <= cx->now_ms)
            add(t, (struct owed){
                       .kind = OWED_UNCLOSED,
                       .urgency = OWED_NEEDS_YOU,
                       .what = trc(cx, N_("Close the session of")),
                       .who = rows[i].title,
                       .why = moment(cx, rows[i].start_ms),
                       .action = trc(cx, N_("Close")),
                       .path = arena_printf(cx->arena, "/appointments/%s/close", rows[i].id.s),
                       .due_ms = rows[i].end_ms});
    return RC_OK;
}

static const char *const sign_what[] = {[NOTE_PROGRESS] = N_("Sign the note of"),
                                        [NOTE_ADDENDUM] = N_("Sign the addendum about"),
                                        [NOTE_AMENDMENT] = N_("Sign the amendment about")};

static enum rc owed_drafts(struct cx *cx, struct today *t)
{
    struct note_owed *d;
    struct client_name *name;
    int n;
    bool more;
    TRY(note_list_drafts(cx, MAX_DRAFTS, &d, &n, &more));
    struct id *ids = arena_array(cx->arena, struct id, n + 1);
    for (int i = 0; i < n; i++)
        ids[i] = d[i].client;
    TRY(client_names(cx, ids, n, &name));
    for (int i = 0; i < n; i++) {
        const char *size = trnf(cx, "Draft of %d word.", "Draft of %d words.", d[i].n_words);
        const char *late = d[i].kind != NOTE_PROGRESS ? ""
                           : d[i].is_late
                               ? trc(cx, N_("It is late."))
                               : trf(cx, N_("Late from %s."), moment(cx, d[i].late_at_ms));
        add(t, (struct owed){.kind = OWED_DRAFT,
                             .urgency = d[i].is_late ? OWED_NEEDS_YOU : OWED_CALM,
                             .what = trc(cx, sign_what[d[i].kind]),
                             .who = name[i].name,
                             .why = arena_printf(cx->arena, "%s %s", size, late),
                             .action = trc(cx, N_("Finish")),
                             .path = arena_printf(cx->arena, "/notes/%s", d[i].id.s),
                             .due_ms = d[i].late_at_ms});
    }
    if (more && n > 0)
        add(t, (struct owed){.kind = OWED_DRAFT,
                             .urgency = OWED_CALM,
                             .what = trc(cx, N_("More drafts wait to be signed")),
                             .why = trc(cx, N_("They stand here once these are signed.")),
                             .action = trc(cx, N_("Begin")),
                             .path = arena_printf(cx->arena, "/notes/%s", d[0].id.s),
                             .due_ms = INT64_MAX});
    return RC_OK;
}

static enum rc owed_tasks(struct cx *cx, struct today *t)
{
    struct task *task;
    int n;
    int32_t today = cx_today(cx);
    TRY(task_list_open(cx, MAX_TASKS, &task, &n));
    for (int i = 0; i < n; i++) {
        if (task[i].kind != TASK_FOLLOW_UP || task[i].due_days == DATE_NONE ||
            task[i].due_days > today + 7)
            continue;
        const char *until = locale_date(cx->arena, cx->locale, task[i].due_days, DATE_TINY);
        add(t, (struct owed){.kind = OWED_TASK,
                             .urgency = task[i].due_days <= today ? OWED_NEEDS_YOU : OWED_CALM,
                             .what = task[i].title,
                             .who = task[i].client_name,
                             .why = task[i].due_days < today ? trf(cx, N_("Was due %s."), until)
                                                             : trf(cx, N_("Due %s."), until),
                             .action = trc(cx, N_("Done")),
                             .path = arena_printf(cx->arena, "/tasks/%s", task[i].id.s),
                             .task = task[i].id,
                             .version = task[i].version,
                             .due_ms = zone_day_start(cx->zone, task[i].due_days + 1)});
    }
    return RC_OK;
}

static enum rc owed_money(struct cx *cx, struct today *t)
{
    struct balance b;
    TRY(balance_load(cx, (struct id){{0}}, &b));
    if (b.overdue_cents > 0)
        add(t, (struct owed){
                   .kind = OWED_MONEY,
                   .urgency = OWED_CALM,
                   .who = "",
                   .what = trf(cx, N_("%s overdue"),
                               locale_money(cx->arena, cx->locale, b.overdue_cents, cx->currency)),
                   .why = trf(cx, N_("Oldest was due %d days ago."),
                              (int)(cx_today(cx) - b.oldest_due_days)),
                   .action = trc(cx, N_("See")),
                   .path = "/money?filter=overdue"});
    if (b.uninvoiced_cents > 0)
        add(t, (struct owed){.kind = OWED_INVOICE,
                             .urgency = OWED_CALM,
                             .who = "",
                             .what = trf(cx, N_("%s not yet invoiced"),
                                         locale_money(cx->arena, cx->locale, b.uninvoiced_cents,
                                                      cx->currency)),
                             .why = trc(cx, N_("From closed sessions.")),
                             .action = trc(cx, N_("Issue invoice")),
                             .path = "/money"});
    return RC_OK;
}

/* What needs you first; then by date, what has none last. */
static int by_urgency(const void *x, const void *y)
{
    const struct owed *a = x, *b = y;
    if (a->urgency != b->urgency)
        return (int)b->urgency - (int)a->urgency;
    if ((a->due_ms == 0) != (b->due_ms == 0))
        return a->due_ms == 0 ? 1 : -1;
    return (a->due_ms > b->due_ms) - (a->due_ms < b->due_ms);
}

enum rc today_load(struct cx *cx, struct today *ret)
{
    struct today *t = arena_new(cx->arena, struct today);
    t->next = -1;
    t->owed = arena_array(cx->arena, struct owed, MAX_OWED);
    TRY(load_day(cx, t));
    if (treats(cx)) {
        TRY(load_notes(cx, t));
        TRY(load_prepare(cx, t));
        TRY(owed_unclosed(cx, t));
        TRY(owed_drafts(cx, t));
    }
    TRY(owed_tasks(cx, t));
    if (cx_may(cx, PERM_MONEY_READ))
        TRY(owed_money(cx, t));
    qsort(t->owed, (size_t)t->n_owed, sizeof(*t->owed), by_urgency);
    *ret = *t;
    return RC_OK;
}
