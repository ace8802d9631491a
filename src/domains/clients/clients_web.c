/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_web.c - routes; the list of clients and the first page of a client's file. */
#include "clients_pages.h"
#include "clients_sql.h"
#include "web/template.h"

#include <stdlib.h>
#include <string.h>

enum { PER_PAGE = 50, TAGS_MAX = 40, PATH_MAX_BYTES = 2048 };

/* --- what is asked for --------------------------------------------------------------- */

static const char *const sort_names[SORT_N_] = {
    [SORT_NAME] = "name", [SORT_RECENT] = "recent", [SORT_STATUS] = "status", [SORT_AGE] = "age"};

static int status_of_query(const char *s)
{
    if (is_filled(s) && strcmp(s, "all") == 0)
        return CLIENTS_ALL;
    for (int i = 0; is_filled(s) && i < CLIENT_STATUS_N_; i++)
        if (strcmp(s, client_status_choices[i].key) == 0)
            return i;
    return CLIENTS_NOT_ARCHIVED;
}

/* "age", or "-age" for the other way round. */
static void read_sort(const char *s, struct client_query *q)
{
    bool is_down = is_filled(s) && s[0] == '-';
    for (enum client_sort i = SORT_NAME; s != NULL && i < SORT_N_; i++)
        if (strcmp(s + is_down, sort_names[i]) == 0) {
            q->sort = i;
            q->descending = is_down;
        }
}

static const char *sort_text(struct cx *cx, const struct client_query *q)
{
    if (q->sort == SORT_NAME && !q->descending)
        return "";
    return arena_printf(cx->arena, "%s%s", q->descending ? "-" : "", sort_names[q->sort]);
}

static const char *page_text(struct cx *cx, int offset)
{
    return arena_printf(cx->arena, "%d", offset / PER_PAGE + 1);
}

/* Values that mean nothing are left out, not refused: an old link still shows a list. What somebody
 * looked for and tags are words about clients: they come in a body only, never in an address. */
static struct client_query query_of(const struct form *f, bool may_have_words)
{
    struct client_query q = {.max = PER_PAGE};
    const char *clinician = form_get(f, "clinician");
    q.text = may_have_words ? or_empty(form_get(f, "q")) : "";
    q.tag = may_have_words ? or_empty(form_get(f, "tag")) : "";
    q.status = status_of_query(form_get(f, "status"));
    read_sort(form_get(f, "sort"), &q);
    q.offset = (page_number(f) - 1) * PER_PAGE;
    if (!is_filled(clinician) || !id_parse(clinician, &q.clinician))
        q.clinician = (struct id){{0}};
    return q;
}

static void add_pair(struct buf *b, const char *key, const char *value)
{
    if (!is_filled(value))
        return;
    buf_putc(b, strchr(b->s, '?') != NULL ? '&' : '?');
    buf_puts(b, key);
    buf_putc(b, '=');
    template_url_part((struct html){b, NULL}, value);
}

static const char *status_name(int status)
{
    if (status == CLIENTS_ALL)
        return "all";
    return status >= 0 ? client_status_choices[status].key : "";
}

/* The address of the list that q describes, but for its words; what is usual is left out. */
static const char *path_of_query(struct cx *cx, const struct client_query *q)
{
    struct buf b;
    buf_init(&b, cx->arena, PATH_MAX_BYTES);
    buf_puts(&b, "/clients");
    add_pair(&b, "status", status_name(q->status));
    add_pair(&b, "clinician", q->clinician.s);
    add_pair(&b, "sort", sort_text(cx, q));
    if (q->offset > 0)
        add_pair(&b, "page", page_text(cx, q->offset));
    return b.s;
}

/* --- parts that pages share ------------------------------------------------------------ */

enum rc clinician_options(struct cx *cx, const char *none, const char *chosen,
                          struct client_option **ret, int *ret_n)
{
    struct person *p;
    int n;
    TRY(clinician_list(cx, &p, &n));
    struct client_option *o = arena_array(cx->arena, struct client_option, n + 1);
    o[0] = (struct client_option){"", trc(cx, none), !is_filled(chosen)};
    for (int i = 0; i < n; i++)
        o[i + 1] = (struct client_option){arena_strdup(cx->arena, p[i].id.s),
                                          person_name(cx, &p[i]), strcmp(chosen, p[i].id.s) == 0};
    *ret = o;
    *ret_n = n + 1;
    return RC_OK;
}

struct client_option *status_options(struct cx *cx, enum client_status chosen, int *ret_n)
{
    struct client_option *o = arena_array(cx->arena, struct client_option, CLIENT_STATUS_N_);
    for (int i = 0; i < CLIENT_STATUS_N_; i++)
        o[i] = (struct client_option){client_status_choices[i].key,
                                      trc(cx, client_status_choices[i].label), i == (int)chosen};
    *ret_n = CLIENT_STATUS_N_;
    return o;
}

static struct client_tag *tags_of(struct cx *cx, const char *tags, int *ret_n)
{
    struct client_tag *list = arena_array(cx->arena, struct client_tag, TAGS_MAX);
    int n = 0;
    for (const char *s = or_empty(tags); *s != '\0' && n < TAGS_MAX;) {
        size_t len = strcspn(s, ","), lead = strspn(s, " ");
        const char *end = s + len;
        while (end > s + lead && end[-1] == ' ')
            end--;
        if (end > s + lead)
            list[n++].name = arena_strndup(cx->arena, s + lead, (size_t)(end - s) - lead);
        s += len + (s[len] == ',');
    }
    *ret_n = n;
    return list;
}

/* --- the list ---------------------------------------------------------------------------- */

static const struct member item_members[] = {
    SHAPE_ID(struct client_item, id),
    SHAPE_INT(struct client_item, version),
    SHAPE_STR(struct client_item, name),
    SHAPE_STR(struct client_item, hint),
    SHAPE_STR(struct client_item, given_name),
    SHAPE_STR(struct client_item, family_name),
    SHAPE_STR(struct client_item, name_used),
    SHAPE_STR(struct client_item, pronouns),
    SHAPE_DATE(struct client_item, birth_date),
    SHAPE_KEY(struct client_item, status, client_status_choices, CLIENT_STATUS_N_),
    SHAPE_STR(struct client_item, phone),
    SHAPE_STR(struct client_item, email),
    SHAPE_STR(struct client_item, tags),
    SHAPE_ID(struct client_item, clinician_id),
};
static const struct shape item_shape = SHAPE("ClientRow", item_members);
static const struct member list_members[] = {
    SHAPE_LIST(struct client_list_view, clients, &item_shape),
    SHAPE_COUNT(struct client_list_view, n_all),
    SHAPE_COUNT(struct client_list_view, offset),
};
static const struct shape list_shape = SHAPE("ClientList", list_members);

static struct client_item item_of(struct cx *cx, const struct client_row *r)
{
    const char *called = is_filled(r->name_used) ? r->name_used : r->given_name;
    struct client_item i = {.id = r->id, .version = r->version, .status = r->status};
    i.clinician_id = r->clinician_id;
    i.birth_date = DATE_NONE;
    i.name = r->name;
    i.given_name = r->given_name;
    i.family_name = r->family_name;
    i.name_used = r->name_used;
    i.filed_name = locale_person(cx->arena, cx->locale, called, r->family_name, true);
    i.status_text = trc(cx, client_status_choices[r->status].label);
    i.status_kind = client_status_kind(r->status);
    i.since = cx_date(cx, r->created_ms, DATE_MEDIUM);
    i.age_text = "";
    if (!client_sees_contact(cx))
        return i;
    i.pronouns = r->pronouns;
    i.birth_date = r->birth_date;
    i.phone = r->phone;
    i.email = r->email;
    i.tags = r->tags;
    i.tag = tags_of(cx, r->tags, &i.n_tag);
    if (r->age >= 0) {
        i.age_text = arena_printf(cx->arena, "%d", r->age);
        i.hint = trnf(cx, "%d year", "%d years", r->age);
    }
    return i;
}

static enum rc fill_rows(struct cx *cx, const struct client_query *q, struct client_list_view *v)
{
    struct client_row *row;
    TRY(client_list(cx, q, &row, &v->n_clients, &v->n_all));
    v->clients = arena_array(cx->arena, struct client_item, v->n_clients + 1);
    for (int i = 0; i < v->n_clients; i++) {
        v->clients[i] = item_of(cx, &row[i]);
        for (int k = 1; k < v->n_clinicians; k++) /* 0: anybody */
            if (strcmp(v->clinicians[k].value, row[i].clinician_id.s) == 0)
                v->clients[i].clinician = v->clinicians[k].label;
    }
    return RC_OK;
}

static void fill_filters(struct cx *cx, const struct client_query *q, struct client_list_view *v)
{
    int n;
    struct client_option *all = arena_array(cx->arena, struct client_option, CLIENT_STATUS_N_ + 2);
    struct client_option *states = status_options(cx, (enum client_status)q->status, &n);
    all[0] = (struct client_option){"", trc(cx, N_("All but archived")),
                                    q->status == CLIENTS_NOT_ARCHIVED};
    memcpy(all + 1, states, sizeof(*all) * (size_t)n);
    all[n + 1] = (struct client_option){"all", trc(cx, N_("All")), q->status == CLIENTS_ALL};
    v->statuses = all;
    v->n_statuses = n + 2;
    v->q = q->text;
    v->tag = q->tag;
    v->status = status_name(q->status);
    v->clinician = arena_strdup(cx->arena, q->clinician.s);
    v->sort = sort_text(cx, q);
    v->has_words = is_filled(q->text) || is_filled(q->tag);
    v->is_filtered = v->has_words || q->status != CLIENTS_NOT_ARCHIVED || id_is_set(q->clinician);
}

/* A second click on the column that sorts turns the order round. */
static struct client_head head(struct cx *cx, const struct client_query *q, enum client_sort sort)
{
    struct client_query by = *q;
    bool is_current = q->sort == sort;
    by.sort = sort;
    by.descending = is_current && !q->descending;
    by.offset = 0;
    return (struct client_head){.path = path_of_query(cx, &by),
                                .order = sort_text(cx, &by),
                                .sort = !is_current     ? "none"
                                        : q->descending ? "descending"
                                                        : "ascending"};
}

static void fill_paging(struct cx *cx, const struct client_query *q, struct client_list_view *v)
{
    struct client_query other = *q;
    v->by_name = head(cx, q, SORT_NAME);
    v->by_age = head(cx, q, SORT_AGE);
    v->by_status = head(cx, q, SORT_STATUS);
    v->by_recent = head(cx, q, SORT_RECENT);
    v->offset = q->offset;
    v->range = trf(cx, N_("%d to %d of %d"), q->offset + 1, q->offset + v->n_clients, v->n_all);
    if (q->offset > 0) {
        other.offset = q->offset - PER_PAGE;
        v->path_before = path_of_query(cx, &other);
        v->page_before = page_text(cx, other.offset);
    }
    if (q->offset + v->n_clients < v->n_all) {
        other.offset = q->offset + PER_PAGE;
        v->path_after = path_of_query(cx, &other);
        v->page_after = page_text(cx, other.offset);
    }
}

static enum rc reply_list(struct req *rq, struct client_query q)
{
    struct cx *cx = rq->cx;
    struct client_list_view v = {.may_write = cx_may(cx, PERM_CLIENT_WRITE),
                                 .sees_contact = client_sees_contact(cx),
                                 .sees_clinicians = !client_is_own_only(cx),
                                 .may_break_glass = cx_may(cx, PERM_EMERGENCY)};
    if (v.sees_clinicians)
        TRY(clinician_options(cx, N_("Every clinician"), q.clinician.s, &v.clinicians,
                              &v.n_clinicians));
    else
        q.clinician = (struct id){{0}};
    TRY(fill_rows(cx, &q, &v));
    if (v.n_clients == 0 && v.n_all > 0) { /* a page that is no more: the last one */
        q.offset = (v.n_all - 1) / PER_PAGE * PER_PAGE;
        TRY(fill_rows(cx, &q, &v));
    }
    fill_filters(cx, &q, &v);
    fill_paging(cx, &q, &v);
    rq->n_disclosed = v.n_clients;
    v.heading = cx->says_patient ? N_("Patients") : N_("Clients");
    page_init(rq, &v.page, v.heading, NAV_CLIENTS);
    v.heading = v.page.title;
    return reply_page(rq, RC_OK, &list_shape, &v, PAGE(clients_list_html));
}

static enum rc list(struct req *rq)
{
    return reply_list(rq, query_of(&rq->query, false));
}

struct client_search {
    const char *q, *status, *clinician, *tag, *sort, *page;
};
static const struct field search_fields[] = {
    TEXT(struct client_search, q, N_("Search by name, phone or tag"), .max = 200),
    TEXT(struct client_search, status, N_("Status"), .max = 40),
    TEXT(struct client_search, clinician, N_("Clinician"), .max = 40),
    TEXT(struct client_search, tag, N_("Tags"), .max = 200),
    TEXT(struct client_search, sort, N_("Order"), .max = 40),
    TEXT(struct client_search, page, N_("Page"), .max = 40),
};
static const struct record_type search_type = {.table = "client",
                                               .name = "ClientSearch",
                                               .fields = search_fields,
                                               .n_fields = N_ELEMS(search_fields)};

static enum rc search(struct req *rq)
{
    struct client_search s;
    record_init(&search_type, &s);
    TRY(record_parse(rq->cx, &search_type, &rq->form, NULL, &s));
    return reply_list(rq, query_of(&rq->form, true));
}

/* Whoever comes back to a search, after the screen was locked, finds the list. */
static enum rc search_again(struct req *rq)
{
    return reply_redirect(rq, "/clients");
}

/* --- the file -------------------------------------------------------------------------------- */

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})
const struct client_part client_parts[] = {
    {"person", N_("Person"), NULL,
     KEYS("given_name", "family_name", "name_used", "pronouns", "birth_date", "gender",
          "marital_status", "profession", "languages", "nationality")},
    {"contact", N_("Contact"), NULL,
     KEYS("phone", "email", "street", "postal_code", "city", "country")},
    {"safe-contact", N_("Safe contact"),
     N_("How this person may be reached without risk. It stands on every page of the file."),
     KEYS("contact_channels", "contact_hours", "contact_wording")},
    {"people", N_("People around"), NULL,
     KEYS("emergency_name", "emergency_phone", "emergency_relation", "guardian_name",
          "guardian_phone", "guardian_relation", "gp", "referral_source")},
    {"insurer", N_("Identity and insurer"), N_("As invoices and insurers need it."),
     KEYS("id_number", "insurer", "policy_number")},
    {"practice", N_("In the practice"), NULL, KEYS("status", "tags", "remark")},
};
const int n_client_parts = N_ELEMS(client_parts);

static const struct member page_members[] = {
    SHAPE_ID(struct client_show_view, id),
    SHAPE_INT(struct client_show_view, version),
    SHAPE_RECORD(struct client_show_view, client, &client_type),
};
const struct shape client_page_shape = SHAPE("ClientPage", page_members);

/* What stands on invoices, for who only keeps the money. */
static struct client for_invoices(const struct client *c)
{
    struct client r;
    record_init(&client_type, &r);
    r.id = c->id;
    r.version = c->version;
    r.status = c->status;
    r.clinician = c->clinician;
    r.created_ms = c->created_ms;
    r.given_name = c->given_name;
    r.family_name = c->family_name;
    r.name_used = c->name_used;
    r.street = c->street;
    r.postal_code = c->postal_code;
    r.city = c->city;
    r.country = c->country;
    r.id_number = c->id_number;
    r.insurer = c->insurer;
    r.policy_number = c->policy_number;
    return r;
}

/* The fields of a part that are filled; status, tags and remarks have places of their own. */
static struct client_facts facts_of(struct cx *cx, const struct client_part *part,
                                    const struct client *c)
{
    struct client_facts g = {.anchor = part->anchor, .title = trc(cx, part->title)};
    g.facts = arena_array(cx->arena, struct client_fact, client_type.n_fields);
    for (const char *const *key = part->keys; *key != NULL; key++) {
        const struct field *f = field_find(&client_type, *key);
        const char *value = record_show(cx, &client_type, c, *key);
        if (strcmp(*key, "country") == 0)
            value = locale_country(cx->arena, cx->locale, value);
        if (!is_filled(value))
            continue;
        g.facts[g.n_facts++] = (struct client_fact){.label = trc(cx, f->label),
                                                    .value = value,
                                                    .tel = f->flags & PHONE ? value : NULL,
                                                    .mail = f->flags & EMAIL ? value : NULL};
    }
    return g;
}

static enum rc clinician_of(struct cx *cx, struct id id, const char **ret)
{
    struct person p;
    *ret = trc(cx, N_("Nobody yet"));
    if (!id_is_set(id))
        return RC_OK;
    TRY(person_load(cx, id, &p));
    *ret = person_name(cx, &p);
    return RC_OK;
}

static enum rc show(struct req *rq)
{
    struct cx *cx = rq->cx;
    const struct cap *cap;
    struct client_show_view v = {.id = rq->id[0], .sees_contact = client_sees_contact(cx)};
    TRY(client_header_load(cx, v.id, TAB_OVERVIEW, &v.header));
    TRY(authorize(cx, ACT_KNOW, v.id, PURPOSE_OFFICE, &cap));
    TRY(client_load(cx, cap, &v.client));
    if (!v.sees_contact)
        v.client = for_invoices(&v.client);
    TRY(authorized(cx, ACT_CHANGE, v.id, PURPOSE_OFFICE, &v.may_write));
    TRY(authorized(cx, ACT_SEE_TEAM, v.id, PURPOSE_OVERSIGHT, &v.sees_accesses));
    v.sees_accesses = v.sees_accesses && cx_may(cx, PERM_TEAM);
    v.version = v.client.version;
    v.groups = arena_array(cx->arena, struct client_facts, n_client_parts);
    for (int i = 0; i < n_client_parts - 1; i++) { /* the last: drawn by hand */
        v.groups[v.n_groups] = facts_of(cx, &client_parts[i], &v.client);
        v.n_groups += v.groups[v.n_groups].n_facts > 0;
    }
    v.tag = tags_of(cx, v.client.tags, &v.n_tag);
    v.statuses = status_options(cx, v.client.status, &v.n_statuses);
    v.since = cx_date(cx, v.client.created_ms, DATE_MEDIUM);
    TRY(clinician_of(cx, v.client.clinician, &v.clinician));
    rq->n_disclosed = 1;
    page_init(rq, &v.page, cx->says_patient ? N_("Patient") : N_("Client"), NAV_CLIENTS);
    return reply_page(rq, RC_OK, &client_page_shape, &v, PAGE(clients_show_html));
}

/* --- the table ----------------------------------------------------------------------------------
 */

static const struct route routes[] = {
    {GET, "/clients", PERM_CLIENT_READ, NO_BODY, list, N_("List of clients"),
     .discloses = "clients", .answer = &list_shape},
    {GET, "/clients/search", PERM_CLIENT_READ, NO_BODY, search_again,
     N_("Back to the list of clients")},
    {POST, "/clients/search", PERM_CLIENT_READ, 4 * KiB, search, N_("Search for clients"),
     .discloses = "clients", .answer = &list_shape, .takes = &search_type, .flags = ONLY_READS},
    {GET, "/clients/new", PERM_CLIENT_WRITE, NO_BODY, client_new, N_("Form for a new client")},
    {POST, "/clients", PERM_CLIENT_WRITE, 64 * KiB, client_create, N_("Store a new client"),
     .takes = &client_type},
    {GET, "/clients/{id}", PERM_CLIENT_READ, NO_BODY, show, N_("A client's file"),
     .discloses = "client", .answer = &client_page_shape},
    {GET, "/clients/{id}/edit", PERM_CLIENT_WRITE, NO_BODY, client_edit, N_("Form of a client"),
     .discloses = "client", .answer = &client_page_shape},
    {POST, "/clients/{id}/edit", PERM_CLIENT_WRITE, 64 * KiB, client_store,
     N_("Store a changed client"), .takes = &client_type},
    {POST, "/clients/{id}/status", PERM_CLIENT_WRITE, 4 * KiB, client_status_store,
     N_("Change a client's status"), .takes = &client_status_type},
    {GET, "/clients/{id}/photo", PERM_CLIENT_WRITE, NO_BODY, client_photo_show,
     N_("A client's photo"), .discloses = "client_photo"},
    {POST, "/clients/{id}/photo", PERM_CLIENT_WRITE, CLIENT_PHOTO_MAX_BYTES + 64 * KiB,
     client_photo_store, N_("Store a client's photo"), .flags = EMBEDDED_FORM},
    {POST, "/clients/{id}/photo/erase", PERM_CLIENT_WRITE, 4 * KiB, client_photo_erase,
     N_("Erase a client's photo")},
};

const struct domain domain_clients = {
    .name = "clients",
    ROUTES(routes),
    .statements = CLIENTS_STATEMENTS,
    .n_statements = (int)N_ELEMS(CLIENTS_STATEMENTS),
    .check = client_check,
};
