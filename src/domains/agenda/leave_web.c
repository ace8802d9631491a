/* SPDX-License-Identifier: AGPL-3.0-or-later
 * leave_web.c - the page on which somebody leaves the practice. */
#include "agenda_pages.h"

#include <string.h>

enum { AHEAD_DAYS = 400, SHOWN_MAX = 100 };

static const struct member client_members[] = {SHAPE_ID(struct leave_client, id),
                                               SHAPE_STR(struct leave_client, name)};
static const struct shape leave_client_shape = SHAPE("LeavingClient", client_members);
static const struct member leave_members[] = {
    SHAPE_ID(struct leave_view, id),
    SHAPE_LIST(struct leave_view, clients, &leave_client_shape),
    SHAPE_LIST(struct leave_view, appointments, &appointment_row_shape),
};
const struct shape leave_shape = SHAPE("Leaving", leave_members);

/* Everybody who treats but whoever leaves; the first says that none is chosen. */
static struct select_view whom(struct req *rq, const char *name, const char *label,
                               const struct person *p, int n)
{
    struct cx *cx = rq->cx;
    const char *typed = form_get(&rq->form, name);
    struct select_view s = {.name = name, .label = label};
    s.options = arena_array(cx->arena, struct select_option, n + 1);
    s.options[s.n_options++] = (struct select_option){.value = "", .label = "-"};
    for (int i = 0; i < n; i++) {
        if (id_eq(p[i].id, rq->id[0]))
            continue;
        const char *value = arena_strdup(cx->arena, p[i].id.s);
        s.options[s.n_options++] =
            (struct select_option){.value = value,
                                   .label = person_name(cx, &p[i]),
                                   .is_chosen = typed != NULL && strcmp(typed, value) == 0};
    }
    return s;
}

static enum rc leave_clients(struct req *rq, struct leave_view *v)
{
    struct cx *cx = rq->cx;
    struct id *client;
    struct client_name *name;
    struct person *p;
    int n;
    TRY(clinician_list(cx, &p, &n));
    TRY(client_caseload(cx, v->id, &client, &v->n_clients));
    TRY(client_names(cx, client, v->n_clients, &name));
    v->all = whom(rq, "to_all", trc(cx, N_("All who are not chosen below")), p, n);
    v->clients = arena_array(cx->arena, struct leave_client, v->n_clients + 1);
    for (int i = 0; i < v->n_clients; i++) {
        const char *label = name[i].name;
        v->n_hidden += !name[i].is_visible;
        if (!name[i].is_visible)
            label = trc(cx, N_("A client whom you may not see"));
        v->clients[i] =
            (struct leave_client){.id = client[i],
                                  .name = label,
                                  .to = whom(rq, path_of(rq, "to.%s", client[i].s), label, p, n)};
    }
    return RC_OK;
}

static enum rc leave_again(struct req *rq, enum rc rc)
{
    struct cx *cx = rq->cx;
    struct person p;
    struct leave_view v = {.id = rq->id[0],
                           .tabs = practice_tabs_of(cx, (struct practice_tabs){.staff = true})};
    TRY(person_load(cx, v.id, &p));
    v.name = person_name(cx, &p);
    v.is_gone = !p.is_active;
    v.back = path_of(rq, "/practice/staff/%s", v.id.s);
    v.action = path_of(rq, "/practice/staff/%s/leave", v.id.s);
    v.problem = cx->n_errs > 0 ? cx->errs[0].user : NULL;
    TRY(leave_clients(rq, &v));
    TRY(appointment_list(cx, cx->now_ms, cx->now_ms + AHEAD_DAYS * MS_PER_DAY, v.id,
                         &v.appointments, &v.n_appointments));
    v.rows = arena_array(cx->arena, struct agenda_row, SHOWN_MAX);
    for (int i = 0; i < v.n_appointments; i++) {
        if (!appointment_holds_slot(v.appointments[i].state))
            continue;
        if (v.n_rows == SHOWN_MAX) {
            v.n_more++;
            continue;
        }
        struct agenda_row r = agenda_row_of(rq, &v.appointments[i], false);
        r.time = cx_moment(cx, v.appointments[i].start_ms, DATE_SHORT);
        v.rows[v.n_rows++] = r;
    }
    rq->n_disclosed = v.n_clients + v.n_appointments;
    page_init(rq, &v.page, N_("Leaving the practice"), NAV_PRACTICE);
    return reply_page(rq, rc, &leave_shape, &v, PAGE(agenda_leave_html));
}

enum rc leave_show(struct req *rq)
{
    return leave_again(rq, RC_OK);
}

enum rc leave_do(struct req *rq)
{
    struct id all = {{0}}, *client;
    struct hand_over *h;
    int n;
    TRY(client_caseload(rq->cx, rq->id[0], &client, &n));
    (void)agenda_id_of(&rq->form, "to_all", &all);
    h = arena_array(rq->cx->arena, struct hand_over, n + 1);
    for (int i = 0; i < n; i++) {
        h[i] = (struct hand_over){.client = client[i]};
        if (!agenda_id_of(&rq->form, path_of(rq, "to.%s", client[i].s), &h[i].to))
            h[i].to = all;
    }
    enum rc rc = staff_leave(rq->cx, rq->id[0], h, n);
    if (rc == RC_INVALID)
        return leave_again(rq, rc);
    TRY(rc);
    return reply_done(rq, "/practice/staff", rq->id[0], 0, false,
                      N_("The account is closed, and the clients are handed over."));
}
