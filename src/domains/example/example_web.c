/* SPDX-License-Identifier: AGPL-3.0-or-later
 * example_web.c - routes, pages and JSON of examples. */
#include "domains/example/example_view.h"
#include "example_sql.h"

/* --- the list -------------------------------------------------------------------- */

static const struct member row_members[] = {
    SHAPE_ID(struct example_row, id),
    SHAPE_STR(struct example_row, name),
    SHAPE_KEY(struct example_row, state, example_state_choices, EXAMPLE_STATE_N_),
    SHAPE_DATE(struct example_row, due_days),
};
static const struct shape row_shape = SHAPE("ExampleRow", row_members);
static const struct member list_members[] = {
    SHAPE_LIST(struct example_list_view, rows, &row_shape),
};
static const struct shape list_shape = SHAPE("ExampleList", list_members);

static enum rc list(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct example *all;
    struct example_list_view v = {.may_write = cx_may(cx, PERM_PRACTICE_WRITE)};
    TRY(example_list(cx, &all, &v.n_rows));
    v.rows = arena_array(cx->arena, struct example_row, v.n_rows);
    for (int i = 0; i < v.n_rows; i++)
        v.rows[i] = (struct example_row){
            .id = all[i].id,
            .name = all[i].name,
            .state = all[i].state,
            .due_days = all[i].due_days,
            .state_text = record_show(cx, &example_type, &all[i], "state"),
            .due_text = record_show(cx, &example_type, &all[i], "due_days"),
        };
    rq->n_disclosed = v.n_rows;
    page_init(rq, &v.page, N_("Examples"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &list_shape, &v, PAGE(example_list_html));
}

/* --- one ----------------------------------------------------------------------------- */

static const struct member edit_members[] = {
    SHAPE_ID(struct example_edit_view, id),
    SHAPE_INT(struct example_edit_view, version),
    SHAPE_RECORD(struct example_edit_view, example, &example_type),
};
static const struct shape edit_shape = SHAPE("ExamplePage", edit_members);

/* Shows the form; with what was typed and the errors when it comes back. */
static enum rc reply_form(struct req *rq, enum rc rc, const struct example *e,
                          const struct form *typed)
{
    struct example_edit_view v = {.id = e->id,
                                  .version = e->version,
                                  .example = *e,
                                  .action = "/examples",
                                  .may_write = cx_may(rq->cx, PERM_PRACTICE_WRITE)};
    v.form =
        (struct record_form){.cx = rq->cx, .t = &example_type, .rec = &v.example, .typed = typed};
    if (id_is_set(e->id))
        v.action = path_of(rq, "/examples/%s", e->id.s);
    page_init(rq, &v.page, N_("Example"), NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &edit_shape, &v, PAGE(example_edit_html));
}

static enum rc show_new(struct req *rq)
{
    struct example e = {0};
    record_init(&example_type, &e);
    return reply_form(rq, RC_OK, &e, NULL);
}

static enum rc show(struct req *rq)
{
    struct example e;
    TRY(example_load(rq->cx, rq->id[0], &e));
    rq->n_disclosed = 1;
    return reply_form(rq, RC_OK, &e, NULL);
}

/* --- writing ---------------------------------------------------------------------------- */

static enum rc create(struct req *rq)
{
    struct example e = {0};
    record_init(&example_type, &e);
    enum rc rc = record_parse(rq->cx, &example_type, &rq->form, NULL, &e);
    if (rc == RC_OK)
        rc = example_save(rq->cx, &e);
    if (rc == RC_INVALID)
        return reply_form(rq, rc, &e, &rq->form);
    TRY(rc);
    return reply_done(rq, "/examples", e.id, e.version, true, N_("Saved."));
}

static enum rc save(struct req *rq)
{
    struct example e, stored;
    TRY(example_load(rq->cx, rq->id[0], &stored));
    e = stored;
    e.version = form_version(&rq->form);
    enum rc rc = record_parse(rq->cx, &example_type, &rq->form, NULL, &e);
    if (rc == RC_OK)
        rc = example_save(rq->cx, &e);
    if (rc == RC_INVALID)
        return reply_form(rq, rc, &e, &rq->form);
    if (rc == RC_CONFLICT) /* what is stored now, with the user's own entries in the inputs */
        return reply_form(rq, rc, &stored, &rq->form);
    TRY(rc);
    return reply_done(rq, "/examples", e.id, e.version, false, N_("Saved."));
}

static enum rc erase(struct req *rq)
{
    TRY(example_erase(rq->cx, rq->id[0], form_version(&rq->form)));
    return reply_done(rq, "/examples", rq->id[0], 0, false, N_("Erased."));
}

static const struct route routes[] = {
    {GET, "/examples", PERM_PRACTICE_READ, NO_BODY, list, N_("List of examples"),
     .discloses = "examples", .answer = &list_shape},
    {GET, "/examples/new", PERM_PRACTICE_WRITE, NO_BODY, show_new, N_("Form for a new example"),
     .answer = &edit_shape},
    {GET, "/examples/{id}", PERM_PRACTICE_READ, NO_BODY, show, N_("One example"),
     .discloses = "example", .answer = &edit_shape},
    {POST, "/examples", PERM_PRACTICE_WRITE, 64 * KiB, create, N_("Store a new example"),
     .takes = &example_type},
    {POST, "/examples/{id}", PERM_PRACTICE_WRITE, 64 * KiB, save, N_("Store a changed example"),
     .takes = &example_type},
    {POST, "/examples/{id}/erase", PERM_PRACTICE_WRITE, 4 * KiB, erase, N_("Erase an example")},
};

static const struct sealed_table sealed_example = {.name = "example",
                                                   .class = SEAL_IDENTITY,
                                                   .others = &SQL_EXAMPLE_OTHER_KEY,
                                                   .put = &SQL_EXAMPLE_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_example, NULL};

const struct domain domain_example = {
    .name = "example",
    ROUTES(routes),
    .statements = EXAMPLE_STATEMENTS,
    .n_statements = (int)N_ELEMS(EXAMPLE_STATEMENTS),
    .sealed = sealed,
};
