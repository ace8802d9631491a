/* SPDX-License-Identifier: AGPL-3.0-or-later
 * retention_web.c - who is due, and the page that says what erasing takes away. */
#include "retention_sql.h"
#include "retention_view.h"

enum { LIST_MAX = 200 };
static const struct id no_id;

static const struct member row_members[] = {
    SHAPE_ID(struct retention_row, client),       SHAPE_STR(struct retention_row, name),
    SHAPE_DATE(struct retention_row, ended_days), SHAPE_DATE(struct retention_row, until_days),
    SHAPE_BOOL(struct retention_row, is_over),    SHAPE_BOOL(struct retention_row, is_asked),
    SHAPE_BOOL(struct retention_row, is_blocked),
};
static const struct shape row_shape = SHAPE("RetentionRow", row_members);
static const struct member erasure_members[] = {
    SHAPE_ID(struct erasure_row, id), SHAPE_INSTANT(struct erasure_row, erased),
    SHAPE_STR(struct erasure_row, reason), SHAPE_STR(struct erasure_row, words),
    SHAPE_BOOL(struct erasure_row, is_early)};
static const struct shape erasure_shape = SHAPE("ErasureRow", erasure_members);
static const struct member list_members[] = {
    SHAPE_LIST(struct retention_view, rows, &row_shape),
    SHAPE_LIST(struct retention_view, erasures, &erasure_shape)};
static const struct shape list_shape = SHAPE("Retention", list_members);
static const struct member erase_members[] = {
    SHAPE_ID(struct erase_view, id),           SHAPE_DATE(struct erase_view, ended_days),
    SHAPE_DATE(struct erase_view, until_days), SHAPE_BOOL(struct erase_view, is_over),
    SHAPE_BOOL(struct erase_view, is_blocked), SHAPE_BOOL(struct erase_view, is_in_treatment),
};
static const struct shape erase_shape = SHAPE("RetentionOfClient", erase_members);

static const char *date(struct cx *cx, int32_t days)
{
    return locale_date(cx->arena, cx->locale, days, DATE_MEDIUM);
}

static const char *years_text(struct cx *cx, int64_t years)
{
    return trnf(cx, "%d year", "%d years", years > 0 ? years : RETENTION_YEARS);
}

/* --- the list ------------------------------------------------------------------------------ */

static enum rc fill_rows(struct cx *cx, struct retention_view *v)
{
    struct retention *r;
    struct client_name *name;
    TRY(retention_list(cx, LIST_MAX, &r, &v->n_rows));
    struct id *ids = arena_array(cx->arena, struct id, v->n_rows + 1);
    for (int i = 0; i < v->n_rows; i++)
        ids[i] = r[i].client;
    TRY(client_names(cx, ids, v->n_rows, &name));
    v->rows = arena_array(cx->arena, struct retention_row, v->n_rows + 1);
    for (int i = 0; i < v->n_rows; i++)
        v->rows[i] = (struct retention_row){
            .client = r[i].client,
            .ended_days = r[i].ended_days,
            .until_days = r[i].until_days,
            .is_over = r[i].is_over,
            .is_asked = r[i].asked_ms != 0,
            .is_blocked = r[i].is_blocked,
            .name = name[i].name,
            .ended = date(cx, r[i].ended_days),
            .until = date(cx, r[i].until_days),
            .asked = r[i].asked_ms != 0 ? cx_date(cx, r[i].asked_ms, DATE_MEDIUM) : ""};
    return RC_OK;
}

static enum rc fill_erasures(struct cx *cx, struct retention_view *v)
{
    struct erasure *e;
    TRY(erasure_list(cx, LIST_MAX, &e, &v->n_erasures));
    v->erasures = arena_array(cx->arena, struct erasure_row, v->n_erasures + 1);
    for (int i = 0; i < v->n_erasures; i++) {
        struct person p;
        bool is_replay = !id_is_set(e[i].by);
        if (!is_replay)
            TRY(person_load(cx, e[i].by, &p));
        v->erasures[i] = (struct erasure_row){
            .id = e[i].id,
            .erased_ms = e[i].erased_ms,
            .is_early = e[i].is_early,
            .when = cx_date(cx, e[i].erased_ms, DATE_MEDIUM),
            .reason = trc(cx, erasure_reason_choices[e[i].reason].label),
            .words = or_empty(e[i].words),
            .by = is_replay ? trc(cx, N_("again, in a backup that was put back"))
                            : person_name(cx, &p)};
    }
    return RC_OK;
}

static enum rc list(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct practice p;
    struct retention_view v = {.tabs =
                                   practice_tabs_of(cx, (struct practice_tabs){.retention = true}),
                               .may_erase = cx_may(cx, PERM_BLOCK)};
    TRY(practice_load(cx, &p));
    v.years = years_text(cx, p.retention_years);
    v.invoice_years = years_text(cx, p.invoice_years);
    TRY(fill_rows(cx, &v));
    TRY(fill_erasures(cx, &v));
    rq->n_disclosed = v.n_rows;
    rq->purpose = "oversight";
    page_init(rq, &v.page, N_("Retention and erasure"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &list_shape, &v, PAGE(retention_list_html));
}

/* --- one client --------------------------------------------------------------------------------
 */

static enum rc reply_erase(struct req *rq, enum rc rc, const struct cap *cap,
                           const struct erasure *e, const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct practice p;
    struct retention r;
    TRY(practice_load(cx, &p));
    TRY(retention_load(cx, cap, &r));
    struct erase_view v = {.id = r.client,
                           .ended_days = r.ended_days,
                           .until_days = r.until_days,
                           .is_over = r.is_over,
                           .is_blocked = r.is_blocked,
                           .is_minor = r.is_minor,
                           .is_in_treatment = r.is_in_treatment,
                           .ended = date(cx, r.ended_days),
                           .until = date(cx, r.until_days),
                           .invoice_years = years_text(cx, p.invoice_years),
                           .entry = *e};
    v.form = (struct record_form){.cx = cx, .t = &erasure_type, .rec = &v.entry, .typed = typed};
    v.problem =
        typed != NULL && cx->n_errs > 0 && cx->errs[0].field == NULL ? cx->errs[0].user : NULL;
    TRY(client_header_load(cx, v.id, TAB_TEAM, &v.header));
    rq->n_disclosed = 1;
    rq->purpose = "oversight";
    page_init(rq, &v.page, N_("Erase a client"), NAV_CLIENTS);
    v.page.errors = typed != NULL && v.problem == NULL ? &v.form : NULL;
    return reply_page(rq, rc, &erase_shape, &v, PAGE(retention_erase_html));
}

static enum rc confirm(struct req *rq)
{
    struct erasure e;
    const struct cap *cap;
    record_init(&erasure_type, &e);
    e.reason = ERASE_ASKED;
    TRY(authorize(rq->cx, ACT_BLOCK, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    return reply_erase(rq, RC_OK, cap, &e, NULL);
}

static enum rc erase(struct req *rq)
{
    struct erasure e;
    const struct cap *cap;
    bool erased = false;
    record_init(&erasure_type, &e);
    TRY(authorize(rq->cx, ACT_BLOCK, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    enum rc rc = record_parse(rq->cx, &erasure_type, &rq->form, NULL, &e);
    if (rc == RC_OK)
        rc = retention_erase(rq->cx, cap, &e, &erased);
    if (rc == RC_INVALID)
        return reply_erase(rq, rc, cap, &e, &rq->form);
    TRY(rc);
    return reply_done(rq, "/retention", erased ? e.id : no_id, 0, false,
                      erased
                          ? N_("The client is erased.")
                          : N_("It is too early: the record is blocked until its time is over."));
}

static const struct route routes[] = {
    {GET, "/retention", PERM_WALL, NO_BODY, list,
     N_("Files whose time is over, wishes to be erased, tombstones"), .discloses = "retention",
     .answer = &list_shape},
    {GET, "/clients/{id}/erase", PERM_BLOCK, NO_BODY, confirm,
     N_("How long a client's file is kept, and what erasing takes away"), .discloses = "client",
     .answer = &erase_shape},
    {POST, "/clients/{id}/erase", PERM_BLOCK, 4 * KiB, erase,
     N_("Erase a client, or block the record while its time runs"), .takes = &erasure_type,
     .flags = STEP_UP},
};

static const struct sealed_table sealed_erasure = {.name = "erasure",
                                                   .class = SEAL_IDENTITY,
                                                   .others = &SQL_ERASURE_OTHER_KEY,
                                                   .put = &SQL_ERASURE_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_erasure, NULL};

const struct domain domain_retention = {
    .name = "retention",
    ROUTES(routes),
    .statements = RETENTION_STATEMENTS,
    .n_statements = (int)N_ELEMS(RETENTION_STATEMENTS),
    .sealed = sealed,
    .check = retention_check,
};
