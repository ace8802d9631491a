/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice_web.c - routes; the settings of the practice. */
#include "practice_pages.h"
#include "practice_sql.h"

static const struct member practice_members[] = {
    SHAPE_INT(struct practice_view, version),
    SHAPE_RECORD(struct practice_view, practice, &practice_type),
};
static const struct shape practice_shape = SHAPE("PracticePage", practice_members);

/* What stands on invoices, for who only keeps the money. */
static struct practice for_invoices(const struct practice *p)
{
    struct practice r;
    record_init(&practice_type, &r);
    r.version = p->version;
    r.name = p->name;
    r.legal_name = p->legal_name;
    r.tax_id = p->tax_id;
    r.street = p->street;
    r.postal_code = p->postal_code;
    r.city = p->city;
    r.country = p->country;
    r.bank_account = p->bank_account;
    r.exemption_text = p->exemption_text;
    r.time_zone = p->time_zone;
    r.locale = p->locale;
    r.currency = p->currency;
    r.invoice_due_days = p->invoice_due_days;
    r.note_late_hours = p->note_late_hours;
    r.retention_years = p->retention_years;
    r.invoice_years = p->invoice_years;
    return r;
}

/* The filled fields, in the order of the table. */
static struct practice_fact *facts_of(struct cx *cx, const struct practice *p, int *ret_n)
{
    struct practice_fact *list =
        arena_array(cx->arena, struct practice_fact, practice_type.n_fields);
    int n = 0;
    for (int i = 0; i < practice_type.n_fields; i++) {
        const struct field *f = &practice_type.fields[i];
        const char *value = record_show(cx, &practice_type, p, f->key);
        if (is_filled(value))
            list[n++] = (struct practice_fact){trc(cx, f->label), value};
    }
    *ret_n = n;
    return list;
}

struct practice_tabs practice_tabs_of(const struct cx *cx, struct practice_tabs current)
{
    current.sees_settings = cx_may(cx, PERM_PRACTICE_SETTINGS);
    current.sees_log = cx_may(cx, PERM_AUDIT);
    current.sees_keys = cx_may(cx, PERM_KEYS);
    current.sees_data = cx_may(cx, PERM_EXPORT);
    current.sees_emergencies = cx_may(cx, PERM_WALL);
    return current;
}

static enum rc reply_settings(struct req *rq, enum rc rc, const struct practice *p,
                              const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct service *services;
    int n_services;
    struct practice_view v = {.tabs =
                                  practice_tabs_of(cx, (struct practice_tabs){.settings = true}),
                              .version = p->version,
                              .practice = *p,
                              .may_write = cx_may(cx, PERM_PRACTICE_WRITE)};
    v.form =
        (struct record_form){.cx = cx, .t = &practice_type, .rec = &v.practice, .typed = typed};
    v.zone = select_zone(&v.form, "time_zone");
    v.locale = select_locale(&v.form, "locale");
    v.facts = facts_of(cx, p, &v.n_facts);
    TRY(service_list(cx, false, &services, &n_services));
    v.lacks_services = n_services == 0;
    page_init(rq, &v.page, N_("Practice"), NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &practice_shape, &v, PAGE(practice_settings_html));
}

static enum rc show(struct req *rq)
{
    struct practice p;
    TRY(practice_load(rq->cx, &p));
    if (!cx_may(rq->cx, PERM_PRACTICE_WRITE))
        p = for_invoices(&p);
    return reply_settings(rq, RC_OK, &p, NULL);
}

static enum rc store(struct req *rq)
{
    struct practice p, stored;
    TRY(practice_load(rq->cx, &stored));
    p = stored;
    p.version = form_version(&rq->form);
    enum rc rc = record_parse(rq->cx, &practice_type, &rq->form, NULL, &p);
    if (rc == RC_OK)
        rc = practice_save(rq->cx, &p);
    if (rc == RC_INVALID)
        return reply_settings(rq, rc, &p, &rq->form);
    if (rc == RC_CONFLICT) /* what is stored now, with the user's own entries in the inputs */
        return reply_settings(rq, rc, &stored, &rq->form);
    TRY(rc);
    return reply_done(rq, "/practice", (struct id){{0}}, p.version, false, N_("Saved."));
}

static const struct route routes[] = {
    {GET, "/practice", PERM_PRACTICE_SETTINGS, NO_BODY, show, N_("Settings of the practice"),
     .answer = &practice_shape},
    /* the bank account is among them: where clients' money goes */
    {POST, "/practice", PERM_PRACTICE_WRITE, 16 * KiB, store, N_("Change the settings"),
     .takes = &practice_type, .flags = STEP_UP},
    {GET, "/practice/rooms", PERM_PRACTICE_READ, NO_BODY, rooms_show, N_("List of rooms"),
     .answer = &rooms_shape},
    {POST, "/practice/rooms", PERM_PRACTICE_WRITE, 4 * KiB, room_create, N_("Store a new room"),
     .takes = &room_type},
    {GET, "/practice/rooms/{id}", PERM_PRACTICE_READ, NO_BODY, room_show, N_("One room"),
     .answer = &room_shape},
    {POST, "/practice/rooms/{id}", PERM_PRACTICE_WRITE, 4 * KiB, room_store,
     N_("Store a changed room"), .takes = &room_type},
    {GET, "/practice/services", PERM_PRACTICE_READ, NO_BODY, services_show, N_("List of services"),
     .answer = &services_shape},
    {POST, "/practice/services", PERM_PRACTICE_WRITE, 4 * KiB, service_create,
     N_("Store a new service"), .takes = &service_type},
    {GET, "/practice/services/{id}", PERM_PRACTICE_READ, NO_BODY, service_show, N_("One service"),
     .answer = &service_shape},
    {POST, "/practice/services/{id}", PERM_PRACTICE_WRITE, 4 * KiB, service_store,
     N_("Store a changed service"), .takes = &service_type},
};

static const struct sealed_table sealed_practice = {.name = "practice",
                                                    .class = SEAL_IDENTITY,
                                                    .others = &SQL_PRACTICE_OTHER_KEY,
                                                    .put = &SQL_PRACTICE_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_practice, NULL};

const struct domain domain_practice = {
    .name = "practice",
    ROUTES(routes),
    .statements = PRACTICE_STATEMENTS,
    .n_statements = (int)N_ELEMS(PRACTICE_STATEMENTS),
    .sealed = sealed,
};
