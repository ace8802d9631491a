/* SPDX-License-Identifier: AGPL-3.0-or-later
 * services_web.c - the list of services, with the form of one beside it. */
#include "practice_pages.h"

static const struct member row_members[] = {
    SHAPE_ID(struct service_row, id),
    SHAPE_INT(struct service_row, version),
    SHAPE_STR(struct service_row, code),
    SHAPE_STR(struct service_row, name),
    SHAPE_INT(struct service_row, duration_min),
    SHAPE_KEY(struct service_row, modality, modality_choices, MODALITY_N_),
    SHAPE_KEY(struct service_row, kind, service_kind_choices, SERVICE_KIND_N_),
    SHAPE_INT(struct service_row, fee_cents),
    SHAPE_INT(struct service_row, position),
    SHAPE_BOOL(struct service_row, is_active),
};
static const struct shape row_shape = SHAPE("ServiceRow", row_members);
static const struct member list_members[] = {
    SHAPE_LIST(struct services_view, services, &row_shape)};
const struct shape services_shape = SHAPE("ServiceList", list_members);
static const struct member service_members[] = {
    SHAPE_ID(struct services_view, id),
    SHAPE_INT(struct services_view, version),
    SHAPE_RECORD(struct services_view, service, &service_type),
};
const struct shape service_shape = SHAPE("ServicePage", service_members);

static struct service_row row_of(struct cx *cx, const struct service *s)
{
    return (struct service_row){
        .id = s->id,
        .version = s->version,
        .code = s->code,
        .name = s->name,
        .duration_min = s->duration_min,
        .modality = s->modality,
        .kind = s->kind,
        .fee_cents = s->fee_cents,
        .position = s->position,
        .is_active = s->is_active,
        .kind_text = trc(cx, service_kind_choices[s->kind].label),
        .modality_text = trc(cx, modality_choices[s->modality].label),
        .fee = locale_money(cx->arena, cx->locale, s->fee_cents, cx->currency),
    };
}

static enum rc fill_rows(struct cx *cx, struct services_view *v)
{
    struct service *service;
    TRY(service_list(cx, false, &service, &v->n_services));
    v->services = arena_array(cx->arena, struct service_row, v->n_services + 1);
    for (int i = 0; i < v->n_services; i++) {
        v->services[i] = row_of(cx, &service[i]);
        v->services[i].is_edited = id_eq(service[i].id, v->id);
    }
    return RC_OK;
}

static enum rc reply_services(struct req *rq, enum rc rc, const struct shape *shape,
                              const struct service *s, const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct services_view v = {.tabs =
                                  practice_tabs_of(cx, (struct practice_tabs){.services = true}),
                              .id = s->id,
                              .version = s->version,
                              .service = *s,
                              .action = "/practice/services",
                              .may_write = cx_may(cx, PERM_PRACTICE_WRITE)};
    if (id_is_set(s->id))
        v.action = path_of(rq, "/practice/services/%s", s->id.s);
    v.form = (struct record_form){.cx = cx, .t = &service_type, .rec = &v.service, .typed = typed};
    TRY(fill_rows(cx, &v));
    page_init(rq, &v.page, N_("Services"), NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, shape, &v, PAGE(practice_services_html));
}

static struct service fresh(void)
{
    struct service s = {0};
    record_init(&service_type, &s);
    s.is_active = true;
    return s;
}

enum rc services_show(struct req *rq)
{
    struct service s = fresh();
    s.duration_min = 50;
    return reply_services(rq, RC_OK, &services_shape, &s, NULL);
}

enum rc service_show(struct req *rq)
{
    struct service s;
    TRY(service_load(rq->cx, rq->id[0], &s));
    return reply_services(rq, RC_OK, &service_shape, &s, NULL);
}

enum rc service_create(struct req *rq)
{
    struct service s = fresh();
    enum rc rc = record_parse(rq->cx, &service_type, &rq->form, NULL, &s);
    if (rc == RC_OK)
        rc = service_save(rq->cx, &s);
    if (rc == RC_INVALID)
        return reply_services(rq, rc, &service_shape, &s, &rq->form);
    TRY(rc);
    return reply_done(rq, "/practice/services", s.id, s.version, true,
                      N_("The service is stored."));
}

enum rc service_store(struct req *rq)
{
    struct service s, stored;
    TRY(service_load(rq->cx, rq->id[0], &stored));
    s = stored;
    s.version = form_version(&rq->form);
    enum rc rc = record_parse(rq->cx, &service_type, &rq->form, NULL, &s);
    if (rc == RC_OK)
        rc = service_save(rq->cx, &s);
    if (rc == RC_INVALID)
        return reply_services(rq, rc, &service_shape, &s, &rq->form);
    if (rc == RC_CONFLICT) /* what is stored now, with the user's own entries in the inputs */
        return reply_services(rq, rc, &service_shape, &stored, &rq->form);
    TRY(rc);
    return reply_done(rq, "/practice/services", s.id, s.version, false,
                      N_("The service is stored."));
}
