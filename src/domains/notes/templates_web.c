/* SPDX-License-Identifier: AGPL-3.0-or-later
 * templates_web.c - the formats of notes: what is built in, and one's own. */
#include "notes_pages.h"
#include "notes_sql.h"

static const struct member part_members[] = {
    SHAPE_STR(struct note_part, key),
    SHAPE_STR(struct note_part, title),
    SHAPE_STR(struct note_part, text),
};
static const struct shape part_shape = SHAPE("TemplateSection", part_members);
static const struct member row_members[] = {
    SHAPE_STR(struct template_row, key),
    SHAPE_STR(struct template_row, name),
    SHAPE_BOOL(struct template_row, is_builtin),
    SHAPE_LIST(struct template_row, sections, &part_shape),
};
static const struct shape row_shape = SHAPE("TemplateRow", row_members);
static const struct member list_members[] = {
    SHAPE_LIST(struct template_list_view, templates, &row_shape),
};
const struct shape template_list_shape = SHAPE("TemplateList", list_members);
static const struct member one_members[] = {
    SHAPE_ID(struct template_view, id),
    SHAPE_INT(struct template_view, version),
    SHAPE_RECORD(struct template_view, template, &own_template_type),
};
const struct shape template_shape = SHAPE("TemplatePage", one_members);

/* --- all ------------------------------------------------------------------------------------ */

static struct template_row row_of(struct arena *a, const struct note_template *t)
{
    struct template_row row = {.key = t->key,
                               .name = t->name,
                               .is_builtin = t->is_builtin,
                               .sections = arena_array(a, struct note_part, t->n_sections),
                               .n_sections = t->n_sections};
    for (int i = 0; i < t->n_sections; i++)
        row.sections[i] = (struct note_part){
            .key = t->section[i].key, .title = t->section[i].title, .text = t->section[i].prompt};
    return row;
}

enum rc templates_list(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct note_template *all;
    struct template_list_view v = {0};
    TRY(note_template_list(cx, &all, &v.n_templates));
    TRY(own_template_list_away(cx, &v.away, &v.n_away));
    v.templates = arena_array(cx->arena, struct template_row, v.n_templates);
    for (int i = 0; i < v.n_templates; i++)
        v.templates[i] = row_of(cx->arena, &all[i]);
    page_init(rq, &v.page, N_("Templates for notes"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &template_list_shape, &v, PAGE(notes_templates_html));
}

/* --- one ------------------------------------------------------------------------------------- */

static enum rc reply_form(struct req *rq, enum rc rc, const struct own_template *t,
                          const struct form *typed)
{
    struct template_view v = {.id = t->id,
                              .version = t->version,
                              .template = *t,
                              .is_new = !id_is_set(t->id),
                              .action = "/notes/templates"};
    v.form = (struct record_form){
        .cx = rq->cx, .t = &own_template_type, .rec = &v.template, .typed = typed};
    if (!v.is_new)
        v.action = path_of(rq, "/notes/templates/%s", t->id.s);
    page_init(rq, &v.page, N_("Template"), NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &template_shape, &v, PAGE(notes_template_html));
}

enum rc template_new(struct req *rq)
{
    struct own_template t = {.is_active = true};
    return reply_form(rq, RC_OK, &t, NULL);
}

enum rc template_show(struct req *rq)
{
    struct own_template t;
    TRY(own_template_load(rq->cx, rq->id[0], &t));
    return reply_form(rq, RC_OK, &t, NULL);
}

static enum rc write(struct req *rq, const struct own_template *stored, struct own_template *t)
{
    bool is_new = !id_is_set(t->id);
    enum rc rc = record_parse(rq->cx, &own_template_type, &rq->form, NULL, t);
    if (rc == RC_OK)
        rc = own_template_save(rq->cx, t);
    if (rc == RC_INVALID)
        return reply_form(rq, rc, t, &rq->form);
    if (rc == RC_CONFLICT)
        return reply_form(rq, rc, stored, &rq->form);
    TRY(rc);
    return reply_done(rq, "/notes/templates", t->id, t->version, is_new, N_("Saved."));
}

enum rc template_create(struct req *rq)
{
    struct own_template t = {.is_active = true};
    return write(rq, &t, &t);
}

enum rc template_store(struct req *rq)
{
    struct own_template stored, t;
    TRY(own_template_load(rq->cx, rq->id[0], &stored));
    t = stored;
    t.version = form_version(&rq->form);
    return write(rq, &stored, &t);
}
