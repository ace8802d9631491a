/* SPDX-License-Identifier: AGPL-3.0-or-later
 * incident_web.c - the page that is left when something was changed outside of the program: what
 * was found, the 72 hours of Art. 33 GDPR step by step, and the way on. */
#include "trust_pages.h"

#include <string.h>

static const struct member finding_members[] = {SHAPE_STR(struct incident_finding, text)};
static const struct shape finding_shape = SHAPE("IncidentFinding", finding_members);
static const struct member step_members[] = {
    SHAPE_KEY(struct incident_step_view, step, incident_step_choices, STEP_N_),
    SHAPE_INSTANT(struct incident_step_view, done),
    SHAPE_STR(struct incident_step_view, who),
    SHAPE_STR(struct incident_step_view, words),
};
static const struct shape step_shape = SHAPE("IncidentStepDone", step_members);
static const struct member incident_members[] = {
    SHAPE_ID(struct incident_view, id),
    SHAPE_INSTANT(struct incident_view, found),
    SHAPE_INSTANT(struct incident_view, due),
    SHAPE_INSTANT(struct incident_view, closed),
    SHAPE_STR(struct incident_view, closed_by),
    SHAPE_STR(struct incident_view, reason),
    SHAPE_LIST(struct incident_view, findings, &finding_shape),
    SHAPE_LIST(struct incident_view, steps, &step_shape),
};
static const struct shape incident_shape = SHAPE("Incident", incident_members);
static const struct member incidents_members[] = {
    SHAPE_LIST(struct incidents_view, incidents, &incident_shape),
};
const struct shape incidents_shape = SHAPE("Incidents", incidents_members);

enum rc names_load(struct cx *cx, struct names *ret)
{
    return person_list(cx, false, &ret->person, &ret->n);
}

const char *name_of(struct cx *cx, const struct names *n, struct id person)
{
    if (!id_is_set(person))
        return trc(cx, N_("the program"));
    for (int i = 0; i < n->n; i++)
        if (id_eq(n->person[i].id, person))
            return person_name(cx, &n->person[i]);
    return trc(cx, N_("somebody who is no longer known"));
}

/* --- the page ------------------------------------------------------------------------ */

static const char *moment(struct cx *cx, int64_t ms)
{
    return ms != 0 ? cx_moment(cx, ms, DATE_SHORT) : NULL;
}

static void fill_findings(struct cx *cx, const char *findings, struct incident_view *v)
{
    int n = 0;
    for (const char *s = findings; *s != '\0'; s++)
        n += *s == '\n';
    v->findings = arena_array(cx->arena, struct incident_finding, n + 1);
    for (const char *s = findings; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
        v->findings[v->n_findings++].text = finding_sentence(cx, s, strcspn(s, "\n"));
}

static void fill_steps(struct cx *cx, const struct names *names,
                       const struct incident_step_entry *e, int n, struct incident_view *v)
{
    v->steps = arena_array(cx->arena, struct incident_step_view, n + 1);
    for (int i = 0; i < n; i++)
        if (id_eq(e[i].incident, v->id))
            v->steps[v->n_steps++] = (struct incident_step_view){
                .step = e[i].step,
                .done_ms = e[i].done_ms,
                .step_text = trc(cx, incident_step_choices[e[i].step].label),
                .when = moment(cx, e[i].done_ms),
                .who = name_of(cx, names, e[i].actor),
                .words = e[i].words};
}

static enum rc fill_incidents(struct cx *cx, struct incidents_view *v)
{
    struct incident *list;
    struct incident_step_entry *steps;
    struct names names;
    int n, n_steps;
    TRY(incident_list(cx, &list, &n, &steps, &n_steps));
    TRY(names_load(cx, &names));
    v->incidents = arena_array(cx->arena, struct incident_view, n + 1);
    for (int i = 0; i < n; i++) {
        struct incident_view *x = &v->incidents[v->n_incidents++];
        int64_t due_ms = list[i].found_ms + INCIDENT_HOURS * INT64_C(3600000);
        *x = (struct incident_view){.id = list[i].id,
                                    .found_ms = list[i].found_ms,
                                    .closed_ms = list[i].closed_ms,
                                    .due_ms = due_ms,
                                    .found = moment(cx, list[i].found_ms),
                                    .due = moment(cx, due_ms),
                                    .closed = moment(cx, list[i].closed_ms),
                                    .reason = list[i].reason,
                                    .is_open = list[i].closed_ms == 0};
        if (!x->is_open)
            x->closed_by = name_of(cx, &names, list[i].closed_by);
        if (x->is_open)
            v->open_id = x->id;
        v->has_open |= x->is_open;
        fill_findings(cx, list[i].findings, x);
        fill_steps(cx, &names, steps, n_steps, x);
    }
    return RC_OK;
}

static enum rc reply_incidents(struct req *rq, enum rc rc, const struct incident_step_entry *e,
                               const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct incidents_view v = {.may_write = cx_may(cx, PERM_PRACTICE_WRITE), .entry = *e};
    if (v.may_write)
        TRY(fill_incidents(cx, &v));
    else
        v.has_open = cx->app->is_incident;
    v.form =
        (struct record_form){.cx = cx, .t = &incident_step_type, .rec = &v.entry, .typed = typed};
    v.problem = cx_err(cx, "reason");
    v.reason = or_empty(form_get(&rq->form, "reason"));
    rq->n_disclosed = v.n_incidents;
    page_init(rq, &v.page, N_("Incidents"), NAV_PRACTICE);
    v.page.errors = typed != NULL && v.problem == NULL ? &v.form : NULL;
    return reply_page(rq, rc, &incidents_shape, &v, PAGE(trust_incidents_html));
}

static struct incident_step_entry blank(struct cx *cx)
{
    struct incident_step_entry e;
    record_init(&incident_step_type, &e);
    e.step = STEP_NOTED;
    e.done_ms = cx->now_ms;
    return e;
}

enum rc incidents_show(struct req *rq)
{
    struct incident_step_entry e = blank(rq->cx);
    return reply_incidents(rq, RC_OK, &e, NULL);
}

/* --- writing ----------------------------------------------------------------------------- */

enum rc incident_step_store(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct incident *list;
    struct incident_step_entry *steps, e = blank(cx);
    int n, n_steps;
    enum rc rc = record_parse(cx, &incident_step_type, &rq->form, NULL, &e);
    TRY(incident_list(cx, &list, &n, &steps, &n_steps));
    for (int i = 0; i < n; i++) /* an incident that is closed still gets what is done later */
        if (id_eq(list[i].id, rq->id[0]))
            e.incident = rq->id[0];
    if (!id_is_set(e.incident))
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such incident."));
    if (rc == RC_OK)
        rc = incident_step_add(cx, &e);
    if (rc == RC_INVALID)
        return reply_incidents(rq, rc, &e, &rq->form);
    TRY(rc);
    return reply_done(rq, "/incidents", e.id, 1, true, N_("Saved."));
}

enum rc incident_close_do(struct req *rq)
{
    struct incident_step_entry e = blank(rq->cx);
    enum rc rc = incident_close(rq->cx, form_get(&rq->form, "reason"));
    if (rc == RC_INVALID)
        return reply_incidents(rq, rc, &e, &rq->form);
    TRY(rc);
    return reply_done(rq, "/incidents", (struct id){{0}}, 0, false,
                      N_("The incident is closed; work goes on."));
}
