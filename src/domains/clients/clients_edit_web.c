/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_edit_web.c - forms: a new client, the whole file, the status, the photo. */
#include "clients_pages.h"

#include <string.h>

static const char keep_prefix[] = "keep.";
static const struct form_key also[] = {{keep_prefix, FORM_STRING}, {0}};

void client_section_inputs(struct html h, const struct client_section *s)
{
    for (const char *const *key = s->keys; *key != NULL; key++)
        record_input(h, s->form, *key);
}

/* --- the form ---------------------------------------------------------------------------- */

static const char *chosen_clinician(const struct client *c, const struct form *typed)
{
    const char *sent = typed != NULL ? form_get(typed, "clinician") : NULL;
    return sent != NULL ? sent : c->clinician.s;
}

/* Everything a form of this client shows. `typed`: sent and refused, or NULL. */
static enum rc fill_form(struct req *rq, const struct client *c, const struct form *typed,
                         struct client_edit_view *v)
{
    struct cx *cx = rq->cx;
    v->id = c->id;
    v->version = c->version;
    v->client = *c;
    v->form = (struct record_form){.cx = cx, .t = &client_type, .rec = &v->client, .typed = typed};
    v->sections = arena_array(cx->arena, struct client_section, n_client_parts);
    for (; v->n_sections < n_client_parts; v->n_sections++) {
        const struct client_part *p = &client_parts[v->n_sections];
        v->sections[v->n_sections] =
            (struct client_section){.anchor = p->anchor,
                                    .title = trc(cx, p->title),
                                    .help = p->help != NULL ? trc(cx, p->help) : NULL,
                                    .form = &v->form,
                                    .keys = p->keys};
    }
    v->chooses_clinician = !client_is_own_only(cx);
    v->clinician_problem = cx_err(cx, "clinician");
    v->photo_problem = cx_err(cx, "photo");
    TRY(clinician_options(cx, N_("Nobody yet"), chosen_clinician(c, typed), &v->clinicians,
                          &v->n_clinicians));
    if (id_is_set(c->id))
        TRY(client_header_load(cx, c->id, TAB_OVERVIEW, &v->header));
    return RC_OK;
}

/* page_init() clears the page, so that the errors come last. */
static void fill_page(struct req *rq, const struct form *typed, struct client_edit_view *v)
{
    bool is_patient = rq->cx->says_patient;
    const char *title = is_patient ? N_("Patient") : N_("Client");
    if (!id_is_set(v->id))
        title = is_patient ? N_("New patient") : N_("New client");
    page_init(rq, &v->page, title, NAV_CLIENTS);
    v->heading = v->page.title;
    v->page.errors = typed != NULL || rq->cx->n_errs > 0 ? &v->form : NULL;
}

static enum rc reply_form(struct req *rq, enum rc rc, const struct client *c,
                          const struct form *typed)
{
    struct client_edit_view *v = arena_new(rq->cx->arena, struct client_edit_view);
    TRY(fill_form(rq, c, typed, v));
    fill_page(rq, typed, v);
    if (!id_is_set(c->id))
        return reply_page(rq, rc, NULL, v, PAGE(clients_new_html));
    struct client_show_view current = {.id = c->id, .version = c->version, .client = *c};
    if (rq->wants_json)
        return reply_page(rq, rc, &client_page_shape, &current, PAGE(clients_show_html));
    return reply_page(rq, rc, NULL, v, PAGE(clients_edit_html));
}

/* --- a new one ------------------------------------------------------------------------------ */

/* Who treats files the own clients, until somebody else is chosen. */
static struct client fresh(const struct cx *cx)
{
    struct client c = {0};
    record_init(&client_type, &c);
    c.status = CLIENT_ACTIVE;
    if (cx->actor.roles & ROLE_CLINICIAN)
        c.clinician = cx->actor.user;
    return c;
}

enum rc client_new(struct req *rq)
{
    struct client c = fresh(rq->cx);
    return reply_form(rq, RC_OK, &c, NULL);
}

enum rc client_create(struct req *rq)
{
    struct client c = fresh(rq->cx);
    enum rc rc = record_parse(rq->cx, &client_type, &rq->form, NULL, &c);
    if (rc == RC_OK)
        rc = client_save(rq->cx, &c);
    if (rc == RC_INVALID)
        return reply_form(rq, rc, &c, &rq->form);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/clients/%s", c.id.s), c.id, c.version, true,
                      N_("The file is made."));
}

/* --- two versions ------------------------------------------------------------------------ */

static bool is_frame(const char *key)
{
    return strcmp(key, "csrf") == 0 || strcmp(key, "version") == 0 || strcmp(key, "next") == 0;
}

/* What the user wants to store: without the fields of which the other version was chosen. */
static struct form kept(struct cx *cx, const struct form *sent)
{
    struct form f = {.is_json = sent->is_json};
    for (int i = 0; i < sent->n; i++) {
        const char *key = sent->pair[i].key;
        const char *keep = form_get(sent, arena_printf(cx->arena, "%s%s", keep_prefix, key));
        bool is_choice = strncmp(key, keep_prefix, sizeof(keep_prefix) - 1) == 0;
        if (!is_choice && (keep == NULL || strcmp(keep, "theirs") != 0))
            form_add_pair(cx->arena, &f, sent->pair[i]);
    }
    return f;
}

static const char *shown(struct cx *cx, const struct client *c, const struct field *f)
{
    struct person p;
    if (f->kind != FIELD_ID)
        return record_show(cx, &client_type, c, f->key);
    if (!id_is_set(c->clinician))
        return trc(cx, N_("Nobody yet"));
    return person_load(cx, c->clinician, &p) == RC_OK ? person_name(cx, &p) : "";
}

static const char *or_empty_mark(struct cx *cx, const char *value)
{
    return is_filled(value) ? value : trc(cx, N_("(empty)"));
}

/* The stored version and what was sent, field by field where they differ. */
static enum rc reply_both(struct req *rq, const struct client *stored, const struct client *mine,
                          const struct form *sent)
{
    struct cx *cx = rq->cx;
    struct client_edit_view *v = arena_new(cx->arena, struct client_edit_view);
    TRY(fill_form(rq, stored, NULL, v));
    v->differences = arena_array(cx->arena, struct client_choice, client_type.n_fields);
    v->typed = arena_array(cx->arena, struct client_typed, sent->n + 1);
    for (int i = 0; i < client_type.n_fields; i++) {
        const struct field *f = &client_type.fields[i];
        const char *theirs = shown(cx, stored, f), *own = shown(cx, mine, f);
        if (strcmp(theirs, own) != 0)
            v->differences[v->n_differences++] = (struct client_choice){
                f->key, trc(cx, f->label), or_empty_mark(cx, theirs), or_empty_mark(cx, own)};
    }
    for (int i = 0; i < sent->n; i++)
        if (!is_frame(sent->pair[i].key))
            v->typed[v->n_typed++] = (struct client_typed){sent->pair[i].key, sent->pair[i].value};
    fill_page(rq, NULL, v);
    return reply_page(rq, RC_CONFLICT, NULL, v, PAGE(clients_both_html));
}

enum rc client_edit(struct req *rq)
{
    struct client c;
    const struct cap *cap;
    TRY(authorize(rq->cx, ACT_CHANGE, rq->id[0], PURPOSE_OFFICE, &cap));
    TRY(client_load(rq->cx, cap, &c));
    rq->n_disclosed = 1;
    return reply_form(rq, RC_OK, &c, NULL);
}

enum rc client_store(struct req *rq)
{
    struct client c, stored;
    struct form sent = kept(rq->cx, &rq->form);
    const struct cap *cap;
    TRY(authorize(rq->cx, ACT_CHANGE, rq->id[0], PURPOSE_OFFICE, &cap));
    TRY(client_load(rq->cx, cap, &stored));
    c = stored;
    c.version = form_version(&sent);
    enum rc rc = record_parse(rq->cx, &client_type, &sent, also, &c);
    if (rc == RC_OK)
        rc = client_save(rq->cx, &c);
    if (rc == RC_INVALID)
        return reply_form(rq, rc, &c, &sent);
    if (rc == RC_CONFLICT) {
        TRY(client_load(rq->cx, cap, &stored)); /* it may have changed since we read it */
        return rq->wants_json ? reply_form(rq, rc, &stored, &sent)
                              : reply_both(rq, &stored, &c, &sent);
    }
    TRY(rc);
    return reply_done(rq, path_of(rq, "/clients/%s", c.id.s), c.id, c.version, false, N_("Saved."));
}

/* --- the status -------------------------------------------------------------------------- */

struct status_change {
    enum client_status status;
};
static const struct field status_fields[] = {
    CHOICE(struct status_change, status, client_status_choices, N_("Status"), .flags = REQUIRED),
};
const struct record_type client_status_type = {.table = "client",
                                               .name = "ClientStatus",
                                               .fields = status_fields,
                                               .n_fields = N_ELEMS(status_fields)};

enum rc client_status_store(struct req *rq)
{
    struct client c, was;
    struct status_change change;
    const struct cap *cap;
    record_init(&client_status_type, &change);
    TRY(authorize(rq->cx, ACT_CHANGE, rq->id[0], PURPOSE_OFFICE, &cap));
    TRY(client_load(rq->cx, cap, &was));
    TRY(record_parse(rq->cx, &client_status_type, &rq->form, NULL, &change));
    c = was;
    c.version = form_version(&rq->form);
    c.status = change.status;
    TRY(client_save(rq->cx, &c));
    const char *path = path_of(rq, "/clients/%s", c.id.s);
    reply_offer_undo(rq, path_of(rq, "%s/status", path),
                     path_of(rq, "version=%lld&status=%s", (long long)c.version,
                             client_status_choices[was.status].key));
    return reply_done(
        rq, path, c.id, c.version, false,
        trf(rq->cx, N_("Status: %s."), trc(rq->cx, client_status_choices[c.status].label)));
}

/* --- the photo --------------------------------------------------------------------------- */

enum rc client_photo_show(struct req *rq)
{
    struct bytes image;
    const struct cap *cap;
    TRY(authorize(rq->cx, ACT_CONTACT, rq->id[0], PURPOSE_OFFICE, &cap));
    TRY(client_photo_load(rq->cx, cap, &image));
    rq->n_disclosed = 1;
    return reply_file(rq, client_photo_type(image), "photo", true, image);
}

enum rc client_photo_store(struct req *rq)
{
    struct client c;
    const struct cap *cap;
    const struct form_file *f = form_file(&rq->form, "photo");
    TRY(authorize(rq->cx, ACT_CHANGE, rq->id[0], PURPOSE_OFFICE, &cap));
    TRY(client_load(rq->cx, cap, &c));
    enum rc rc = f != NULL && f->data.len > 0
                     ? client_photo_save(rq->cx, cap, f->data)
                     : refuse(rq->cx, RC_INVALID, "photo", N_("Choose a photo first."));
    if (rc == RC_INVALID)
        return reply_form(rq, rc, &c, NULL);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/clients/%s/edit", c.id.s), c.id, c.version, false,
                      N_("The photo is stored."));
}

enum rc client_photo_erase(struct req *rq)
{
    const struct cap *cap;
    TRY(authorize(rq->cx, ACT_CHANGE, rq->id[0], PURPOSE_OFFICE, &cap));
    TRY(client_photo_drop(rq->cx, cap));
    return reply_done(rq, path_of(rq, "/clients/%s/edit", rq->id[0].s), rq->id[0], 0, false,
                      N_("The photo is erased."));
}
