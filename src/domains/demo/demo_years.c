/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo_years.c - the years week by week: appointments and notes; at each month's end the invoices.
 */
#include "app/audit.h"
#include "demo_private.h"
#include "demo_sql.h"

#include <inttypes.h>

enum { HOUR_MS = 3600000, WEEKS_AHEAD = 6, DRAFT_DAYS = 4, SETTLED_DAYS = 240 };

static const int hours[HOURS_A_DAY] = {9, 10, 11, 12, 16, 17, 18, 19};

static enum rc seal_one(struct demo *d, const struct demo_client *x, const char *table,
                        struct id row, enum seal_class c, struct bytes plain, struct bytes *ret)
{
    struct seal_item item = {.where = {d->cx->practice, x->id, table, row, c, 1},
                             .wrapped = x->keys.wrapped[c],
                             .in = plain};
    TRY(seal_close_many(d->cx->arena, d->cx->keys, &item, 1));
    *ret = item.out;
    return RC_OK;
}

/* --- a session ------------------------------------------------------------------------------ */

/* By the hour: what is over was held or missed, what goes on has arrived, what comes is booked. */
static enum appointment_state outcome(struct demo *d, int64_t start_ms, int64_t end_ms)
{
    int p = dice_below(&d->dice, 100);
    if (zone_local(d->cx->zone, start_ms).days == d->today) {
        if (end_ms <= d->now_ms)
            return p < 92 ? APPT_HELD : APPT_NO_SHOW;
        return start_ms <= d->now_ms ? APPT_ARRIVED : p < 70 ? APPT_CONFIRMED : APPT_BOOKED;
    }
    if (start_ms > d->now_ms)
        return p < 60 ? APPT_CONFIRMED : p < 96 ? APPT_BOOKED : APPT_CANCELLED;
    return p < 88 ? APPT_HELD : p < 92 ? APPT_NO_SHOW : p < 95 ? APPT_LATE_CANCEL : APPT_CANCELLED;
}

static enum rc slot(struct demo *d, const struct appointment *a, struct id resource, int kind)
{
    struct db_val v[] = {DB_I(d->cx->practice), DB_ID(resource), DB_I(a->start_ms),
                         DB_I(a->end_ms),       DB_ID(a->id),    DB_I(kind)};
    return db_exec(d->cx->db, &SQL_DEMO_SLOT, v, N_ELEMS(v), NULL);
}

static enum rc appointment(struct demo *d, const struct appointment *a, struct demo_client *x)
{
    bool held = a->state == APPT_HELD;
    struct db_val v[] = {DB_I(d->cx->practice),
                         DB_ID(a->id),
                         DB_ID(a->clinician),
                         DB_ID(a->room),
                         DB_ID(a->service),
                         DB_I(a->modality),
                         DB_I(a->state),
                         DB_I(a->start_ms),
                         DB_I(a->end_ms),
                         held ? DB_I(a->actual_start_ms) : DB_NIL,
                         held ? DB_I(a->actual_end_ms) : DB_NIL,
                         a->closed_ms != 0 ? DB_I(a->closed_ms) : DB_NIL,
                         DB_I(a->start_ms - 7 * MS_PER_DAY)};
    TRY(db_exec(d->cx->db, &SQL_DEMO_APPOINTMENT, v, N_ELEMS(v), NULL));
    struct db_val g[] = {DB_I(d->cx->practice), DB_ID(x->id),   DB_ID(a->id),
                         DB_I(a->start_ms),     DB_I(a->state), DB_I(held ? ++x->n_held : 0)};
    TRY(db_exec(d->cx->db, &SQL_DEMO_GUEST, g, N_ELEMS(g), NULL));
    if (!appointment_holds_slot(a->state))
        return RC_OK;
    TRY(slot(d, a, a->clinician, 0));
    if (id_is_set(a->room))
        TRY(slot(d, a, a->room, 1));
    return slot(d, a, x->id, 2);
}

static enum rc note(struct demo *d, const struct demo_clinician *k, const struct demo_client *x,
                    const struct appointment *a)
{
    struct arena *arena = d->cx->arena;
    struct note n = {
        .id = id_new(), .template_key = k->template_key, .n_sections = k->template.n_sections};
    const struct note_template *t = x->is_spanish ? &k->template_es : &k->template;
    struct bytes plain, sealed;
    bool recent = a->start_ms > d->now_ms - DRAFT_DAYS * MS_PER_DAY,
         draft = recent && dice_percent(&d->dice, 35);
    bool late = !draft && dice_percent(&d->dice, 3);
    int64_t signed_ms = a->end_ms + (late ? 80 * (int64_t)HOUR_MS : 20 * MS_PER_MIN);
    for (int i = 0; i < n.n_sections; i++) {
        n.section[i] = t->section[i];
        n.section[i].text = demo_section(arena, &d->dice, x->is_spanish, n.section[i].key);
    }
    TRY(note_pack(d->cx, &n, &plain));
    TRY(seal_one(d, x, "note", n.id, SEAL_CLINICAL, plain, &sealed));
    struct db_val v[] = {DB_I(d->cx->practice),
                         DB_ID(n.id),
                         DB_ID(x->id),
                         DB_ID(a->id),
                         DB_ID(a->clinician),
                         DB_I(!draft),
                         DB_I(a->start_ms),
                         draft ? DB_NIL : DB_I(signed_ms),
                         DB_I(late),
                         DB_B(sealed),
                         DB_I(a->end_ms)};
    TRY(db_exec(d->cx->db, &SQL_DEMO_NOTE, v, N_ELEMS(v), NULL));
    return draft ? RC_OK : audit_change_of(d->cx, "note", n.id, "sign", sealed);
}

/* Homework and follow-ups go through their own domain: they are few. */
static enum rc tasks(struct demo *d, const struct demo_clinician *k, const struct demo_client *x,
                     const struct appointment *a)
{
    struct cx *cx = d->cx;
    int32_t day = zone_local(cx->zone, a->start_ms).days;
    bool open = a->start_ms > d->now_ms - 9 * MS_PER_DAY;
    if (!dice_percent(&d->dice, open ? 55 : 12))
        return RC_OK;
    bool homework = dice_percent(&d->dice, 75);
    struct task t = {.kind = homework ? TASK_HOMEWORK : TASK_FOLLOW_UP,
                     .client = x->id,
                     .owner = k->id,
                     .appointment = a->id,
                     .due_days = day + 7};
    t.title = homework ? demo_homework(&d->dice, x->is_spanish) : demo_follow_up(&d->dice);
    if (!open || dice_percent(&d->dice, 30)) {
        t.state = (enum task_state)(1 + dice_below(&d->dice, 3));
        t.why = t.state == TASK_NOT ? demo_why(&d->dice, x->is_spanish) : NULL;
    }
    cx->now_ms = a->end_ms;
    enum rc rc = task_save(cx, &t);
    cx->now_ms = d->now_ms;
    return rc;
}

static void charge(struct demo *d, struct demo_client *x, const struct appointment *a,
                   const struct service *s)
{
    bool due =
        a->state == APPT_HELD || (a->state == APPT_LATE_CANCEL && dice_percent(&d->dice, 50));
    if (!due || s->fee_cents == 0 || x->n_pending == (int)N_ELEMS(x->pending))
        return;
    x->pending[x->n_pending++] =
        (struct charge){.id = id_new(),
                        .client = x->id,
                        .clinician = a->clinician,
                        .appointment = a->id,
                        .service = a->service,
                        .service_days = zone_local(d->cx->zone, a->start_ms).days,
                        .amount_cents = s->fee_cents,
                        .description = s->name};
}

static enum rc session(struct demo *d, struct demo_clinician *k, struct demo_client *x, int32_t day,
                       int hour)
{
    const struct service *s = x->is_video ? &d->video : &d->individual;
    struct appointment a = {
        .id = id_new(), .clinician = k->id, .service = s->id, .modality = s->modality};
    (void)zone_instant(d->cx->zone, (struct local){day, hour * 60}, &a.start_ms);
    a.end_ms = a.start_ms + s->duration_min * MS_PER_MIN;
    a.state = outcome(d, a.start_ms, a.end_ms);
    if (!x->is_video)
        a.room = k->room;
    bool past = a.end_ms <= d->now_ms, today = day == d->today;
    bool just = a.end_ms > d->now_ms - 90 * MS_PER_MIN; /* nobody has found the time to close it */
    bool waits = past && today && a.state == APPT_HELD && (just || dice_percent(&d->dice, 30));
    a.actual_start_ms = a.start_ms + dice_below(&d->dice, 5) * MS_PER_MIN;
    a.actual_end_ms = a.end_ms + (dice_below(&d->dice, 7) - 2) * MS_PER_MIN;
    a.closed_ms = past && !waits && a.state != APPT_CANCELLED ? a.end_ms + 3 * MS_PER_MIN : 0;
    TRY(appointment(d, &a, x));
    if (a.state != APPT_HELD || waits) {
        if (past && !waits)
            charge(d, x, &a, s);
        return RC_OK;
    }
    TRY(note(d, k, x, &a));
    charge(d, x, &a, s);
    return tasks(d, k, x, &a);
}

/* --- a week ------------------------------------------------------------------------------ */

static bool is_holiday(int32_t day)
{
    int y, m, dd;
    civil_from_days(day, &y, &m, &dd);
    return (m == 8 && dd <= 14) || (m == 12 && dd >= 24) || (m == 1 && dd <= 6);
}

/* Who has this slot in this week; NULL: free. */
static struct demo_client *occupant(struct demo *d, struct demo_clinician *k, int slot, int week)
{
    for (int i = 0; i < k->n_slot_clients[slot]; i++) {
        struct demo_client *x = &d->client[k->slot_client[slot][i]];
        if (week >= x->from_week && week < x->to_week)
            return x;
    }
    struct demo_client *often = &d->client[0];
    return id_eq(often->clinician, k->id) && often->second_slot == slot ? often : NULL;
}

static enum rc clinician_week(struct demo *d, struct demo_clinician *k, int week)
{
    int32_t monday = d->first_monday + 7 * week;
    for (int slot = 0; slot < SLOTS_A_WEEK; slot++) {
        int32_t day = monday + slot % 5;
        struct demo_client *x = occupant(d, k, slot, week);
        if (x == NULL || (is_holiday(day) && day != d->today))
            continue;
        TRY(session(d, k, x, day, hours[slot / 5]));
        if (days_weekday(d->today) > 4 && slot % 5 == 4 &&
            day == d->today - (days_weekday(d->today) - 4))
            TRY(session(d, k, x, d->today,
                        hours[slot / 5])); /* a full agenda also when the demo begins on a Sunday */
    }
    return RC_OK;
}

/* --- a month's end ----------------------------------------------------------------------- */

static enum rc store_charge(struct demo *d, const struct demo_client *x, const struct charge *c,
                            struct id invoice)
{
    struct bytes plain, sealed;
    TRY(record_pack(d->cx, &charge_type, SEAL_IDENTITY, c, &plain));
    TRY(seal_one(d, x, "charge", c->id, SEAL_IDENTITY, plain, &sealed));
    struct db_val v[] = {
        DB_I(d->cx->practice),
        DB_ID(c->id),
        DB_ID(x->id),
        DB_ID(c->clinician),
        DB_ID(c->appointment),
        DB_ID(c->service),
        DB_I(c->service_days),
        DB_I(c->amount_cents),
        DB_I(id_is_set(invoice) ? CHARGE_INVOICED : CHARGE_OPEN),
        DB_ID(invoice),
        DB_B(sealed),
        DB_I(zone_day_start(d->cx->zone, c->service_days) + 20 * (int64_t)HOUR_MS)};
    return db_exec(d->cx->db, &SQL_DEMO_CHARGE, v, N_ELEMS(v), NULL);
}

static enum rc pay(struct demo *d, const struct invoice *v, int64_t cents)
{
    struct id id = id_new();
    int32_t day = v->issued_days + 2 + dice_below(&d->dice, 20);
    if (day > d->today)
        day = d->today;
    struct db_val p[] = {DB_I(d->cx->practice),
                         DB_ID(id),
                         DB_ID(v->id),
                         DB_I(day),
                         DB_I(cents),
                         DB_I(dice_below(&d->dice, 3)),
                         DB_I(zone_day_start(d->cx->zone, day) + 12 * (int64_t)HOUR_MS)};
    return db_exec(d->cx->db, &SQL_DEMO_PAYMENT, p, N_ELEMS(p), NULL);
}

static int64_t paid_cents(struct demo *d, const struct invoice *v)
{
    bool old = v->issued_days < d->today - SETTLED_DAYS;
    if (old || dice_percent(&d->dice, 92))
        return v->total_cents;
    return dice_percent(&d->dice, 25) ? v->total_cents / 2 : 0;
}

static struct invoice_party buyer(struct cx *cx, const struct client *c)
{
    return (struct invoice_party){
        locale_person(cx->arena, cx->locale, c->given_name, c->family_name, false),
        c->id_number,
        c->street,
        c->postal_code,
        c->city,
        c->country};
}

static enum rc invoice(struct demo *d, struct demo_client *x, int32_t day)
{
    struct cx *cx = d->cx;
    const struct practice *p = &d->practice;
    struct client c;
    struct bytes plain, sealed;
    int y, m, dd;
    civil_from_days(day, &y, &m, &dd);
    if (y != d->number_year) {
        d->number_year = y;
        d->last_number = 0;
    }
    struct invoice *v = arena_new(cx->arena, struct invoice);
    v->id = id_new();
    v->issued_days = day;
    v->due_days = day + 14;
    seller_freeze(p, v);
    const struct cap *cap;
    TRY(authorize(cx, ACT_MONEY, x->id, PURPOSE_BILLING, &cap));
    TRY(client_load(cx, cap, &c));
    v->buyer = buyer(cx, &c);
    for (int i = 0; i < x->n_pending; i++) {
        v->line[v->n_lines++] = (struct invoice_line){
            x->pending[i].service_days, x->pending[i].description, x->pending[i].amount_cents};
        v->total_cents += x->pending[i].amount_cents;
        TRY(store_charge(d, x, &x->pending[i], v->id));
    }
    int64_t paid = paid_cents(d, v);
    TRY(invoice_pack(cx, v, &plain));
    TRY(seal_one(d, x, "invoice", v->id, SEAL_IDENTITY, plain, &sealed));
    const char *series = arena_printf(cx->arena, "%04d", y);
    struct db_val row[] = {
        DB_I(cx->practice),   DB_ID(v->id),
        DB_S(series),         DB_I(++d->last_number),
        DB_ID(x->id),         DB_ID(x->clinician),
        DB_I(v->issued_days), DB_I(v->due_days),
        DB_I(v->total_cents), DB_I(v->total_cents - paid),
        DB_B(sealed),         DB_I(zone_day_start(cx->zone, day) + 20 * (int64_t)HOUR_MS)};
    TRY(db_exec(cx->db, &SQL_DEMO_INVOICE, row, N_ELEMS(row), NULL));
    TRY(audit_change_of(cx, "invoice", v->id, "issue", sealed));
    struct db_val s[] = {DB_I(cx->practice), DB_S(series), DB_I(d->last_number)};
    TRY(db_exec(cx->db, &SQL_DEMO_SERIES, s, N_ELEMS(s), NULL));
    if (paid > 0)
        TRY(pay(d, v, paid));
    x->n_pending = 0;
    return RC_OK;
}

static enum rc month_end(struct demo *d, int32_t day)
{
    for (int i = 0; i < d->n_clients; i++)
        if (d->client[i].n_pending > 0)
            TRY(invoice(d, &d->client[i], day));
    return RC_OK;
}

/* The last day of a month within the seven days before this Monday, or DATE_NONE. */
static int32_t month_ended(int32_t monday)
{
    int y, m, dd;
    civil_from_days(monday, &y, &m, &dd);
    return dd <= 7 ? monday - dd : DATE_NONE;
}

static enum rc demo_week(struct demo *d, int week)
{
    int32_t monday = d->first_monday + 7 * week, end = month_ended(monday);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(d->cx->db, &tx));
    if (end != DATE_NONE && week > 0 && end <= d->today && monday <= d->today)
        TRY(month_end(d, monday - 1 < d->today ? monday - 1 : d->today));
    for (int i = 0; i < d->o.n_clinicians; i++)
        TRY(clinician_week(d, &d->clinician[i], week));
    return db_commit(&tx);
}

/* What this month has not invoiced yet stays to be invoiced. */
static enum rc leave_open(struct demo *d)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(d->cx->db, &tx));
    for (int i = 0; i < d->n_clients; i++)
        for (int k = 0; k < d->client[i].n_pending; k++)
            TRY(store_charge(d, &d->client[i], &d->client[i].pending[k], (struct id){{0}}));
    return db_commit(&tx);
}

static enum rc self_notes(struct demo *d)
{
    struct actor was = d->cx->actor;
    enum rc rc = RC_OK;
    for (int i = 0; i < d->n_clients && rc == RC_OK; i++) {
        struct demo_client *x = &d->client[i];
        if (x->to_week < d->n_weeks || !dice_percent(&d->dice, 40))
            continue;
        d->cx->actor =
            (struct actor){.user = x->clinician, .roles = ROLE_CLINICIAN, .name = "demo"};
        rc = self_note_save(d->cx, x->id, demo_self_note(&d->dice, x->is_spanish), 0);
    }
    d->cx->actor = was;
    return rc;
}

enum rc demo_years(struct demo *d)
{
    for (int week = 0; week <= d->n_weeks + WEEKS_AHEAD; week++) {
        TRY(demo_week(d, week));
        arena_reset(d->cx->arena);
    }
    TRY(leave_open(d));
    return self_notes(d);
}
