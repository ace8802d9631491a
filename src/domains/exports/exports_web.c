/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exports_web.c - exports by page: begun, watched, taken; and what who leaves may take along. */
#include "app/audit.h"
#include "domains/clients/clients.h"
#include "domains/people/people.h"
#include "exports_sql.h"
#include "exports_view.h"

#include <stdlib.h>
#include <string.h>

enum { RELEASED_MAX = 1000 };
static const struct id no_id;

static const struct member run_members[] = {
    SHAPE_ID(struct run_view, id),       SHAPE_STR(struct run_view, state),
    SHAPE_INT(struct run_view, n_done),  SHAPE_INT(struct run_view, n_steps),
    SHAPE_INT(struct run_view, n_rows),  SHAPE_INT(struct run_view, n_clients),
    SHAPE_INT(struct run_view, n_bytes), SHAPE_INT(struct run_view, n_damaged),
    SHAPE_INT(struct run_view, n_left),  SHAPE_INSTANT(struct run_view, until),
    SHAPE_STR(struct run_view, fault)};
static const struct shape run_shape = SHAPE("Export", run_members);
static const struct member release_row_members[] = {SHAPE_ID(struct release_row, id),
                                                    SHAPE_STR(struct release_row, name),
                                                    SHAPE_BOOL(struct release_row, is_released)};
static const struct shape release_row_shape = SHAPE("ReleasedClient", release_row_members);
static const struct member release_members[] = {
    SHAPE_BOOL(struct release_view, with_money),
    SHAPE_LIST(struct release_view, rows, &release_row_shape)};
static const struct shape release_shape = SHAPE("Release", release_members);

/* --- one on its way
 * --------------------------------------------------------------------------------
 */

static const char *size_text(struct cx *cx, int64_t n_bytes)
{
    double mb = (double)n_bytes / 1e6;
    return arena_printf(cx->arena, mb < 10 ? "%.1f MB" : "%.0f MB", mb);
}

static const char *back_of(struct req *rq, const struct export_run *r)
{
    return id_is_set(r->client) ? path_of(rq, "/clients/%s/export", r->client.s) : "/your-data";
}

static void fill_run(struct req *rq, const struct export_run *r, struct run_view *v)
{
    static const char *const states[] = {"working", "ready", "failed"};
    struct cx *cx = rq->cx;
    *v = (struct run_view){.id = r->id,
                           .n_done = r->n_done,
                           .n_steps = r->n_steps > 0 ? r->n_steps : 1,
                           .n_rows = r->n_rows,
                           .n_clients = r->n_clients,
                           .n_bytes = r->n_bytes,
                           .n_damaged = r->n_damaged,
                           .n_left = r->n_left,
                           .until_ms = r->until_ms,
                           .state = states[r->state],
                           .is_working = r->state == RUN_WORKING,
                           .is_ready = r->state == RUN_READY,
                           .fault = r->fault != NULL ? trc(cx, r->fault) : "",
                           .back = back_of(rq, r),
                           .size = size_text(cx, r->n_bytes),
                           .rows = trnf(cx, "%d row", "%d rows", r->n_rows),
                           .clients = trnf(cx, "%d client", "%d clients", r->n_clients),
                           .left = trnf(cx, "%d more time", "%d more times", r->n_left)};
    if (v->is_ready)
        v->until = cx_time(cx, r->until_ms);
    if (r->n_damaged > 0)
        v->damaged =
            trnf(cx, "%d row does not open, and stands there without what was said.",
                 "%d rows do not open, and stand there without what was said.", r->n_damaged);
}

static enum rc run_show(struct req *rq)
{
    struct export_run r;
    struct run_view v;
    TRY(export_look(rq->cx, rq->id[0], &r));
    fill_run(rq, &r, &v);
    if (v.is_working)
        reply_refresh(rq, 2);
    page_init(rq, &v.page, N_("Export"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &run_shape, &v, PAGE(exports_run_html));
}

static enum rc run_cancel(struct req *rq)
{
    struct export_run r;
    TRY(export_look(rq->cx, rq->id[0], &r));
    TRY(export_cancel(rq->cx, rq->id[0]));
    return reply_done(rq, back_of(rq, &r), no_id, 0, false, N_("Nothing of the export is left."));
}

/* The name is neutral: a day, and nobody's. */
static enum rc run_take(struct req *rq)
{
    char day[32];
    struct export_run r;
    struct reply_source source = {
        .id = rq->id[0], .begin = export_read_begin, .read = export_read, .end = export_read_end};
    TRY(export_look(rq->cx, rq->id[0], &r));
    TRY(export_take(rq->cx, rq->id[0], &source.n_bytes));
    rq->client = r.client;
    rq->n_disclosed = (int)r.n_clients;
    rq->purpose = id_is_set(r.client) ? "treatment" : "administration";
    ms_format_iso(rq->cx->now_ms, day);
    day[10] = '\0';
    return reply_stream(rq, "application/zip", path_of(rq, "entracte-export-%s.zip", day), &source);
}

static enum rc begin(struct req *rq, struct export_ask *ask)
{
    struct export_run was;
    struct id run;
    if (export_look(rq->cx, no_id, &was) == RC_OK && was.state == RUN_WORKING)
        return refuse(rq->cx, RC_CONFLICT, NULL,
                      N_("An export is being prepared already. Wait for it, or cancel it."));
    TRY(export_announce(rq->cx, ask));
    TRY(export_start(rq->cx, ask, &run));
    return reply_done(rq, path_of(rq, "/exports/%s", run.s), run, 0, true, NULL);
}

/* --- the whole practice, and a caseload
 * ----------------------------------------------------------- */

/* The key holder opens this many only to who has just typed the password. */
static enum rc open_all(struct req *rq)
{
    struct cx *cx = rq->cx;
    const char *password = form_get(&rq->form, "password");
    TRY(password_confirm(cx, "password", or_empty(password)));
    if (!seal_is_open(cx->keys, cx->practice))
        return RC_OK; /* export_announce() says why not */
    return seal_bulk(cx->keys, cx->practice);
}

static enum rc whole(struct req *rq)
{
    struct export_ask ask = {0};
    TRY(export_may_take_whole(rq->cx));
    TRY(open_all(rq));
    TRY(form_flag(rq->cx, &rq->form, "with_private", &ask.with_private));
    return begin(rq, &ask);
}

static enum rc caseload(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct release r;
    const struct cap *cap;
    struct export_ask ask = {.clinician = cx->actor.user};
    TRY(release_load(cx, cx->actor.user, &r));
    if (r.n == 0)
        return refuse(cx, RC_INVALID, NULL, N_("Nobody was released to you."));
    for (int i = 0; i < r.n; i++)
        TRY(authorize(cx, ACT_EXPORT, r.clients[i], PURPOSE_CARE, &cap));
    TRY(open_all(rq));
    TRY(form_flag(cx, &rq->form, "with_private", &ask.with_private));
    ask.clients = r.clients;
    ask.n_clients = r.n;
    ask.with_money = r.with_money;
    return begin(rq, &ask);
}

/* --- a records request
 * ----------------------------------------------------------------------------- */

static enum rc client_show(struct req *rq)
{
    struct cx *cx = rq->cx;
    bool may;
    int64_t last_ms = 0;
    struct export_run r;
    struct client_export_view v = {.last = "", .run = "", .has_private = true};
    TRY(authorized(cx, ACT_EXPORT, rq->id[0], PURPOSE_CARE, &may));
    if (!may)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such client."));
    TRY(client_header_load(cx, rq->id[0], TAB_OVERVIEW, &v.header));
    TRY(export_last(cx, rq->id[0], &last_ms));
    if (last_ms != 0)
        v.last = cx_moment(cx, last_ms, DATE_MEDIUM);
    if (export_look(cx, no_id, &r) == RC_OK && id_eq(r.client, rq->id[0]))
        v.run = path_of(rq, "/exports/%s", r.id.s);
    page_init(rq, &v.page, N_("Records request"), NAV_CLIENTS);
    return reply_page(rq, RC_OK, NULL, &v, PAGE(exports_client_html));
}

static enum rc client_begin(struct req *rq)
{
    struct cx *cx = rq->cx;
    const struct cap *cap;
    struct export_ask ask = {.client = rq->id[0]};
    TRY(authorize(cx, ACT_EXPORT, ask.client, PURPOSE_CARE, &cap));
    TRY(form_flag(cx, &rq->form, "with_private", &ask.with_private));
    if (!seal_is_open(cx->keys, cx->practice)) { /* the password opens it */
        cx->keys->was_closed = true;
        return RC_DENIED;
    }
    return begin(rq, &ask);
}

/* --- what who leaves takes along
 * -------------------------------------------------------------------- */

static bool is_released(const struct release *r, struct id id)
{
    for (int i = 0; i < r->n; i++)
        if (id_eq(r->clients[i], id))
            return true;
    return false;
}

struct named_row {
    const struct locale *locale;
    struct release_row row;
};

static int by_name(const void *a, const void *b)
{
    const struct named_row *x = a, *y = b;
    int order = locale_compare(x->locale, x->row.name, y->row.name);
    return order != 0 ? order : strcmp(x->row.id.s, y->row.id.s);
}

/* All, until something else was said. */
static enum rc fill_rows(struct cx *cx, const struct release *r, struct release_view *v)
{
    struct id *ids;
    struct client_name *names;
    int n;
    TRY(export_caseload(cx, r->clinician, &ids, &n));
    TRY(client_names(cx, ids, n, &names));
    struct named_row *list = arena_array(cx->arena, struct named_row, n + 1);
    for (int i = 0; i < n; i++)
        if (names[i].is_visible)
            list[v->n_rows++] = (struct named_row){
                cx->locale, {ids[i], names[i].name, r->at_ms == 0 || is_released(r, ids[i])}};
    if (v->n_rows > 0)
        qsort(list, (size_t)v->n_rows, sizeof(*list), by_name);
    v->rows = arena_array(cx->arena, struct release_row, v->n_rows + 1);
    for (int i = 0; i < v->n_rows; i++)
        v->rows[i] = list[i].row;
    return RC_OK;
}

static enum rc release_again(struct req *rq, enum rc rc)
{
    struct cx *cx = rq->cx;
    struct person p;
    struct release r;
    struct release_view v = {.tabs = practice_tabs_of(cx, (struct practice_tabs){.data = true}),
                             .action = path_of(rq, "/practice/staff/%s/release", rq->id[0].s),
                             .problem = cx_err(cx, "clients"),
                             .at = ""};
    TRY(person_load(cx, rq->id[0], &p));
    TRY(release_load(cx, rq->id[0], &r));
    TRY(fill_rows(cx, &r, &v));
    v.name = person_name(cx, &p);
    v.with_money = r.with_money;
    if (r.at_ms != 0)
        v.at = cx_moment(cx, r.at_ms, DATE_MEDIUM);
    rq->n_disclosed = v.n_rows;
    page_init(rq, &v.page, N_("What who leaves may take along"), NAV_PRACTICE);
    return reply_page(rq, rc, &release_shape, &v, PAGE(exports_release_html));
}

static enum rc release_show(struct req *rq)
{
    return release_again(rq, RC_OK);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct id *)a)->s, ((const struct id *)b)->s);
}

static enum rc release_do(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct release r = {.clinician = rq->id[0]};
    struct id *list = arena_array(cx->arena, struct id, RELEASED_MAX);
    for (int i = 0; i < rq->form.n; i++) {
        const struct form_pair *p = &rq->form.pair[i];
        if (strncmp(p->key, "clients", strlen("clients")) != 0 || p->value[0] == '\0')
            continue;
        if (r.n == RELEASED_MAX || !id_parse(p->value, &list[r.n]))
            return refuse(cx, RC_INVALID, "clients", N_("This is not a list of clients."));
        r.n++;
    }
    if (r.n > 0)
        qsort(list, (size_t)r.n, sizeof(*list), by_id);
    r.clients = list;
    TRY(form_flag(cx, &rq->form, "with_money", &r.with_money));
    enum rc rc = release_save(cx, &r);
    if (rc == RC_INVALID)
        return release_again(rq, rc);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/practice/staff/%s/release", rq->id[0].s), no_id, 0, false,
                      r.n > 0 ? N_("Released. It waits under Your data when this person signs in.")
                              : N_("Nobody is released any more."));
}

/* --- the table ----------------------------------------------------------------------------------
 */

static const struct form_key whole_keys[] = {
    {"password", FORM_STRING}, {"with_private", FORM_BOOL}, {0}};
static const struct form_key client_keys[] = {{"with_private", FORM_BOOL}, {0}};
static const struct form_key release_keys[] = {
    {"clients", FORM_EMPTY}, {"clients.", FORM_STRING}, {"with_money", FORM_BOOL}, {0}};

static const struct route routes[] = {
    {POST, "/exports", PERM_KEYS, 4 * KiB, whole, N_("Prepare an export of the whole practice"),
     .reads = whole_keys, .flags = STEP_UP | SLOW},
    {POST, "/exports/caseload", PERM_CLINICAL_READ, 4 * KiB, caseload,
     N_("Prepare an export of the clients who were released to oneself"), .reads = whole_keys,
     .flags = STEP_UP | SLOW},
    {GET, "/exports/{id}", PERM_EXPORT, NO_BODY, run_show, N_("How far an export is"),
     .answer = &run_shape},
    {POST, "/exports/{id}/cancel", PERM_EXPORT, NO_BODY, run_cancel, N_("Give an export up")},
    {GET, "/exports/{id}/file", PERM_EXPORT, NO_BODY, run_take, N_("An export as a ZIP"),
     .discloses = "export"},
    {GET, "/clients/{id}/export", PERM_CLINICAL_READ, NO_BODY, client_show,
     N_("Form for a records request of one client")},
    {POST, "/clients/{id}/export", PERM_CLINICAL_READ, 4 * KiB, client_begin,
     N_("Prepare an export of one client"), .reads = client_keys},
    {GET, "/practice/staff/{id}/release", PERM_KEYS, NO_BODY, release_show,
     N_("Whom a clinician who leaves may take along"), .discloses = "caseload",
     .answer = &release_shape},
    {POST, "/practice/staff/{id}/release", PERM_KEYS, 64 * KiB, release_do,
     N_("Say whom a clinician who leaves may take along"), .reads = release_keys, .flags = STEP_UP},
};

const struct domain domain_exports = {.name = "exports",
                                      ROUTES(routes),
                                      .statements = EXPORTS_STATEMENTS,
                                      .n_statements = (int)N_ELEMS(EXPORTS_STATEMENTS)};
