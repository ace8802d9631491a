/* SPDX-License-Identifier: AGPL-3.0-or-later
 * client_web.c - appointments in a client's file, and the note to self. */
#include "agenda_pages.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 50 };

/* --- the client's appointments ------------------------------------------------------ */

static const struct member client_agenda_members[] = {
    SHAPE_LIST(struct client_agenda_view, appointments, &appointment_row_shape),
    SHAPE_INT(struct client_agenda_view, held),
    SHAPE_INT(struct client_agenda_view, last_held),
    SHAPE_INT(struct client_agenda_view, last_missed),
    SHAPE_INT(struct client_agenda_view, last_moved),
};
const struct shape client_agenda_shape = SHAPE("ClientAgenda", client_agenda_members);

/* "before", as the link to older ones has it; anything else is the newest page. */
static int64_t before_of(const struct req *rq)
{
    const char *s = form_get(&rq->query, "before");
    int64_t ms;
    return s != NULL && zone_parse_iso(rq->cx->zone, s, &ms) ? ms : INT64_MAX;
}

/* In the list of one client the day is what tells the rows apart. */
static struct agenda_row row_of(struct req *rq, const struct appointment_row *a)
{
    struct cx *cx = rq->cx;
    struct agenda_row r = agenda_row_of(rq, a, true);
    r.title = cx_date(cx, a->start_ms, DATE_FULL);
    return r;
}

/* What is to come is read forward, what was backward. */
static void split(struct req *rq, struct client_agenda_view *v)
{
    v->coming = arena_array(rq->cx->arena, struct agenda_row, v->n_appointments + 1);
    v->past = arena_array(rq->cx->arena, struct agenda_row, v->n_appointments + 1);
    for (int i = v->n_appointments - 1; i >= 0; i--)
        if (v->appointments[i].end_ms > rq->cx->now_ms)
            v->coming[v->n_coming++] = row_of(rq, &v->appointments[i]);
    for (int i = 0; i < v->n_appointments; i++)
        if (v->appointments[i].end_ms <= rq->cx->now_ms)
            v->past[v->n_past++] = row_of(rq, &v->appointments[i]);
}

static const char *figures(struct cx *cx, const struct attendance *t)
{
    if (t->n_last == 0)
        return "";
    return trf(cx, N_("Session %d. Of the last %d: %d held, %d missed, %d cancelled in time."),
               (int)t->n_held, t->n_last, t->n_last_held, t->n_last_missed, t->n_last_moved);
}

enum rc client_agenda_show(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct attendance t;
    struct client_agenda_view v = {.new_path = "", .older_path = ""};
    struct id client = rq->id[0];
    TRY(client_header_load(cx, client, TAB_AGENDA, &v.header));
    TRY(appointment_list_client(cx, client, before_of(rq), LIST_MAX, &v.appointments,
                                &v.n_appointments));
    TRY(attendance_load(cx, client, cx->now_ms, &t));
    v.held = t.n_held;
    v.last_held = t.n_last_held;
    v.last_missed = t.n_last_missed;
    v.last_moved = t.n_last_moved;
    v.figures = figures(cx, &t);
    split(rq, &v);
    if (cx_may(cx, PERM_AGENDA_WRITE))
        v.new_path = path_of(rq, "/appointments/new?client=%s&next=/clients/%s/appointments",
                             client.s, client.s);
    if (v.n_appointments == LIST_MAX) {
        char iso[32];
        ms_format_iso(v.appointments[LIST_MAX - 1].start_ms, iso);
        v.older_path = path_of(rq, "/clients/%s/appointments?before=%s", client.s, iso);
    }
    rq->n_disclosed = v.n_appointments;
    page_init(rq, &v.page, N_("Appointments"), NAV_CLIENTS);
    return reply_page(rq, RC_OK, &client_agenda_shape, &v, PAGE(agenda_client_html));
}

/* --- the note to self ------------------------------------------------------------------- */

static const struct member self_note_members[] = {
    SHAPE_STR(struct self_note_view, text),
    SHAPE_INT(struct self_note_view, version),
};
static const struct shape self_note_shape = SHAPE("SelfNotePage", self_note_members);

static enum rc reply_self_note(struct req *rq, enum rc rc, const char *typed)
{
    struct cx *cx = rq->cx;
    struct self_note_view v = {.client = rq->id[0], .typed = typed, .problem = cx_err(cx, "text")};
    if (v.problem == NULL)
        v.problem = cx_err(cx, "version");
    TRY(self_note_load(cx, rq->id[0], &v.text, &v.version));
    v.action = path_of(rq, "/clients/%s/self-note", rq->id[0].s);
    v.next = path_next(&rq->form, path_of(rq, "/clients/%s", rq->id[0].s));
    page_init(rq, &v.page, N_("Note to self"), NAV_CLIENTS);
    return reply_page(rq, rc, &self_note_shape, &v, PAGE(agenda_self_note_html));
}

enum rc self_note_save_form(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct self_note n = {""};
    const struct cap *cap;
    int64_t version = form_version(&rq->form);
    TRY(authorize(cx, ACT_PRIVATE, rq->id[0], PURPOSE_CARE, &cap));
    const char *typed = form_get(&rq->form, "text");
    enum rc rc = record_parse(cx, &self_note_type, &rq->form, NULL, &n);
    if (rc == RC_OK)
        rc = self_note_save(cx, rq->id[0], n.text, version);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return reply_self_note(rq, rc, or_empty(typed));
    TRY(rc);
    const char *next = path_next(&rq->form, path_of(rq, "/clients/%s", rq->id[0].s));
    return reply_done(rq, next, rq->id[0], version + 1, false, N_("Saved."));
}
