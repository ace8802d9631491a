/* SPDX-License-Identifier: AGPL-3.0-or-later
 * emergency_web.c - asking for emergency access, and its review. */
#include "access_pages.h"

#include <string.h>

enum { LIST_MAX = 200 };

static const struct member row_members[] = {
    SHAPE_ID(struct emergency_row, id),
    SHAPE_ID(struct emergency_row, client),
    SHAPE_ID(struct emergency_row, person),
    SHAPE_INSTANT(struct emergency_row, created),
    SHAPE_INSTANT(struct emergency_row, until),
    SHAPE_STR(struct emergency_row, reason),
    SHAPE_STR(struct emergency_row, words),
    SHAPE_STR(struct emergency_row, state),
    SHAPE_STR(struct emergency_row, finding_words),
};
const struct shape emergency_row_shape = SHAPE("EmergencyRow", row_members);
static const struct member list_members[] = {
    SHAPE_LIST(struct emergencies_view, emergencies, &emergency_row_shape)};
const struct shape emergencies_shape = SHAPE("EmergencyList", list_members);

static enum rc name_of(struct cx *cx, struct id person, const char **ret)
{
    struct person p;
    TRY(person_load(cx, person, &p));
    *ret = person_name(cx, &p);
    return RC_OK;
}

static enum rc row_of(struct cx *cx, const struct emergency *e, struct emergency_row *ret)
{
    bool is_mine = id_eq(e->person, cx->actor.user);
    struct emergency_row r = {
        .id = e->id,
        .client = e->client,
        .person = e->person,
        .created_ms = e->created_ms,
        .until_ms = e->until_ms,
        .finding = e->finding,
        .when = cx_moment(cx, e->created_ms, DATE_MEDIUM),
        .reason = trc(cx, emergency_reason_choices[e->reason].label),
        .words = or_empty(e->words),
        .state = trc(cx, emergency_finding_choices[e->finding].label),
        .state_kind = e->finding == FINDING_NONE  ? "need"
                      : e->finding == FINDING_NOT ? "risk"
                                                  : "ok",
        .finding_words = or_empty(e->finding_words),
        .may_review = e->finding == FINDING_NONE && !is_mine && cx_may(cx, PERM_WALL),
        .is_open = e->until_ms > cx->now_ms,
    };
    TRY(name_of(cx, e->person, &r.who));
    *ret = r;
    return RC_OK;
}

/* That it happened is seen by all who watch; of whom, and in which words, not behind a wall. */
static void hide(struct cx *cx, struct emergency_row *r)
{
    r->client = (struct id){{0}};
    r->client_name = trc(cx, N_("Somebody you may not see"));
    r->words = r->finding_words = "";
    r->may_review = false;
}

enum rc emergency_rows(struct cx *cx, const struct cap *cap, struct emergency_row **ret, int *ret_n)
{
    struct emergency *e;
    struct client_name *name;
    int n;
    TRY(emergency_list(cx, cap, LIST_MAX, &e, &n));
    struct emergency_row *row = arena_array(cx->arena, struct emergency_row, n + 1);
    struct id *ids = arena_array(cx->arena, struct id, n + 1);
    for (int i = 0; i < n; i++)
        ids[i] = e[i].client;
    TRY(client_names(cx, ids, n, &name));
    for (int i = 0; i < n; i++) {
        TRY(row_of(cx, &e[i], &row[i]));
        row[i].client_name = name[i].name;
        if (!name[i].is_visible)
            hide(cx, &row[i]);
    }
    *ret = row;
    *ret_n = n;
    return RC_OK;
}

/* --- asking ------------------------------------------------------------------------------- */

static enum rc reply_ask(struct req *rq, enum rc rc, const struct emergency_ask *ask,
                         const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct emergency_view v = {.ask = *ask};
    v.form =
        (struct record_form){.cx = cx, .t = &emergency_ask_type, .rec = &v.ask, .typed = typed};
    TRY(emergency_is_possible(cx, &v.is_possible));
    page_init(rq, &v.page, N_("Emergency access"), NAV_CLIENTS);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, NULL, &v, PAGE(access_emergency_html));
}

enum rc emergency_show(struct req *rq)
{
    struct emergency_ask ask;
    record_init(&emergency_ask_type, &ask);
    return reply_ask(rq, RC_OK, &ask, NULL);
}

enum rc emergency_ask(struct req *rq)
{
    struct emergency_ask ask;
    struct id client;
    record_init(&emergency_ask_type, &ask);
    enum rc rc = record_parse(rq->cx, &emergency_ask_type, &rq->form, NULL, &ask);
    if (rc == RC_OK)
        rc = emergency_open(rq->cx, &ask, &client);
    if (rc == RC_INVALID)
        return reply_ask(rq, rc, &ask, &rq->form);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/clients/%s", client.s), client, 0, true,
                      N_("Open to read for an hour. The care team and who watches over access see "
                         "it now."));
}

/* --- the review ------------------------------------------------------------------------------ */

static enum rc reply_list(struct req *rq, enum rc rc, const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct emergencies_view v = {
        .tabs = practice_tabs_of(cx, (struct practice_tabs){.emergencies = true})};
    record_init(&emergency_review_type, &v.review);
    v.form = (struct record_form){
        .cx = cx, .t = &emergency_review_type, .rec = &v.review, .typed = typed};
    TRY(emergency_rows(cx, NULL, &v.emergencies, &v.n_emergencies));
    rq->n_disclosed = v.n_emergencies;
    page_init(rq, &v.page, N_("Emergency access"), NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &emergencies_shape, &v, PAGE(access_emergencies_html));
}

enum rc emergencies_show(struct req *rq)
{
    return reply_list(rq, RC_OK, NULL);
}

enum rc emergency_close(struct req *rq)
{
    struct emergency_review r;
    record_init(&emergency_review_type, &r);
    enum rc rc = record_parse(rq->cx, &emergency_review_type, &rq->form, NULL, &r);
    if (rc == RC_OK)
        rc = emergency_review(rq->cx, rq->id[0], &r);
    if (rc == RC_INVALID)
        return reply_list(rq, rc, &rq->form);
    TRY(rc);
    return reply_done(rq, "/emergencies", rq->id[0], 0, false, N_("The review is closed."));
}
