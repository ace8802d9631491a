/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log_web.c - pages of the audit log: the practice's with filters, one client's, what is unusual.
 */
#include "trust_pages.h"

#include <string.h>

enum { PAGE_ROWS = 50, OPENED_ROWS = 500 };

static const struct member row_members[] = {
    SHAPE_INT(struct log_row, seq),      SHAPE_INSTANT(struct log_row, at),
    SHAPE_ID(struct log_row, person_id), SHAPE_ID(struct log_row, client_id),
    SHAPE_STR(struct log_row, who),      SHAPE_STR(struct log_row, role),
    SHAPE_STR(struct log_row, action),   SHAPE_STR(struct log_row, what),
    SHAPE_STR(struct log_row, client),   SHAPE_STR(struct log_row, purpose),
    SHAPE_STR(struct log_row, refused),  SHAPE_STR(struct log_row, detail),
    SHAPE_INT(struct log_row, n_rows),   SHAPE_BOOL(struct log_row, is_change),
};
static const struct shape row_shape = SHAPE("LogEntry", row_members);
static const struct member sent_members[] = {
    SHAPE_STR(struct sent_row, what),
    SHAPE_INSTANT(struct sent_row, sent),
    SHAPE_INT(struct sent_row, n_failed),
    SHAPE_STR(struct sent_row, problem),
};
static const struct shape sent_shape = SHAPE("Sent", sent_members);
static const struct member log_members[] = {
    SHAPE_LIST(struct log_view, rows, &row_shape),
    SHAPE_LIST(struct log_view, sent, &sent_shape),
    SHAPE_STR(struct log_view, older),
    SHAPE_BOOL(struct log_view, was_cut),
};
const struct shape log_shape = SHAPE("Log", log_members);

static const struct member opened_row_members[] = {
    SHAPE_INSTANT(struct opened_row, at),  SHAPE_STR(struct opened_row, who),
    SHAPE_STR(struct opened_row, role),    SHAPE_STR(struct opened_row, what),
    SHAPE_STR(struct opened_row, purpose), SHAPE_INT(struct opened_row, n),
};
static const struct shape opened_row_shape = SHAPE("Opened", opened_row_members);
static const struct member opened_members[] = {
    SHAPE_ID(struct opened_view, client),
    SHAPE_LIST(struct opened_view, rows, &opened_row_shape),
    SHAPE_STR(struct opened_view, older),
};
const struct shape opened_shape = SHAPE("WhoOpened", opened_members);

static const struct member unusual_row_members[] = {
    SHAPE_KEY(struct unusual_row, reason, unusual_reasons, UNUSUAL_N_),
    SHAPE_ID(struct unusual_row, person_id),
    SHAPE_ID(struct unusual_row, client_id),
    SHAPE_INSTANT(struct unusual_row, first),
    SHAPE_INSTANT(struct unusual_row, last),
    SHAPE_INT(struct unusual_row, n),
    SHAPE_STR(struct unusual_row, who),
    SHAPE_STR(struct unusual_row, client),
};
static const struct shape unusual_row_shape = SHAPE("UnusualAccess", unusual_row_members);
static const struct member unusual_members[] = {
    SHAPE_LIST(struct unusual_view, rows, &unusual_row_shape),
};
const struct shape unusual_shape = SHAPE("UnusualAccesses", unusual_members);

/* --- what entries say -------------------------------------------------------------------- */

static const char *roles_text(struct cx *cx, unsigned roles)
{
    struct person p = {.roles = roles};
    return roles != 0 ? record_show(cx, &person_type, &p, "roles") : "";
}

struct found {
    struct cx *cx;
    struct log_entry *e;
    int n, max;
    bool for_client, has_views; /* on paper for the client; with bare views of pages */
};

/* That somebody keeps notes of their own is nobody else's to know, least of all on paper. */
static bool is_left_out(const struct found *f, const struct log_entry *e)
{
    bool is_own = id_eq(e->person, f->cx->actor.user);
    return (log_is_private(e) && (f->for_client || !is_own)) ||
           (!f->has_views && log_is_page_view(e));
}

static bool collect(void *arg, const struct log_entry *e)
{
    struct found *f = arg;
    if (is_left_out(f, e))
        return true;
    f->e[f->n++] = *e;
    return f->n < f->max;
}

static enum rc client_names_of(struct cx *cx, const struct log_entry *e, int n,
                               struct client_name **ret)
{
    struct id *ids = arena_array(cx->arena, struct id, n + 1);
    for (int i = 0; i < n; i++)
        ids[i] = e[i].client;
    return client_names(cx, ids, n, ret);
}

static enum rc fill_row(struct cx *cx, const struct names *names, const struct log_entry *e,
                        const struct client_name *client, struct log_row *r)
{
    *r = (struct log_row){.seq = e->seq,
                          .at_ms = e->at_ms,
                          .person_id = e->person,
                          .client_id = e->client,
                          .n_rows = e->is_change ? 0 : e->n_rows,
                          .is_change = e->is_change,
                          .when = cx_moment(cx, e->at_ms, DATE_SHORT),
                          .who = name_of(cx, names, e->person),
                          .role = roles_text(cx, e->roles),
                          .action = log_action_text(cx, e->action),
                          .what = log_thing_text(cx, e->what),
                          .purpose = log_purpose_text(cx, e->purpose)};
    if (id_is_set(e->client))
        r->client = client->is_visible ? client->name : trc(cx, N_("(somebody you may not see)"));
    if (e->outcome >= 400)
        r->refused = trc(cx, N_("refused"));
    /* keys of the program live as long as it does; those read from the log live in the entry */
    r->action = arena_strdup(cx->arena, r->action);
    r->what = arena_strdup(cx->arena, r->what);
    r->purpose = arena_strdup(cx->arena, r->purpose);
    bool is_hidden = id_is_set(e->client) && !client->is_visible;
    return e->is_change && !is_hidden ? log_detail(cx, e, &r->detail) : RC_OK;
}

/* --- filters --------------------------------------------------------------------------------- */

static int64_t day_asked(struct cx *cx, const struct form *query, const char *key, int plus,
                         const char **ret_text)
{
    const char *s = form_get(query, key);
    int32_t day;
    *ret_text = "";
    if (!is_filled(s) || !days_parse_iso(s, &day))
        return 0;
    *ret_text = s;
    return zone_day_start(cx->zone, day + plus);
}

static void id_asked(const struct form *query, const char *key, struct id *ret)
{
    const char *s = form_get(query, key);
    if (!is_filled(s) || !id_parse(s, ret))
        *ret = (struct id){{0}};
}

static struct log_query asked(struct req *rq, struct log_view *v)
{
    struct log_query q = {0};
    const struct form *query = &rq->query;
    id_asked(query, "person", &q.person);
    id_asked(query, "client", &q.client);
    q.action = or_empty(form_get(query, "action"));
    q.from_ms = day_asked(rq->cx, query, "from", 0, &v->from);
    q.to_ms = day_asked(rq->cx, query, "to", 1, &v->to);
    q.before = form_number(query, "before");
    v->has_views = form_get(query, "views") != NULL;
    v->client = q.client;
    v->is_filtered = id_is_set(q.person) || id_is_set(q.client) || q.action[0] != '\0' ||
                     q.from_ms != 0 || q.to_ms != 0;
    return q;
}

static void fill_choices(struct cx *cx, const struct names *names, const struct log_query *q,
                         struct log_view *v)
{
    v->people = arena_array(cx->arena, struct select_option, names->n + 1);
    v->people[v->n_people++] =
        (struct select_option){.value = "", .label = trc(cx, N_("Everybody"))};
    for (int i = 0; i < names->n; i++)
        v->people[v->n_people++] =
            (struct select_option){.value = names->person[i].id.s,
                                   .label = person_name(cx, &names->person[i]),
                                   .is_chosen = id_eq(names->person[i].id, q->person)};
    v->actions = arena_array(cx->arena, struct select_option, LOG_ACTIONS_N + 1);
    v->actions[v->n_actions++] =
        (struct select_option){.value = "", .label = trc(cx, N_("Anything"))};
    for (int i = 0; i < LOG_ACTIONS_N; i++)
        v->actions[v->n_actions++] =
            (struct select_option){.value = log_actions[i].key,
                                   .label = trc(cx, log_actions[i].label),
                                   .is_chosen = strcmp(log_actions[i].key, q->action) == 0};
}

/* The same question; with a client or without, and from where on. */
static const char *path_with(struct req *rq, const struct log_query *q, const struct log_view *v,
                             struct id client, int64_t before)
{
    struct buf b;
    buf_init(&b, rq->cx->arena, 1024);
    buf_printf(&b, "/audit?person=%s&client=%s&action=", q->person.s, client.s);
    for (int i = 0; i < LOG_ACTIONS_N; i++) /* only keys of ours go into addresses */
        if (strcmp(log_actions[i].key, q->action) == 0)
            buf_puts(&b, q->action);
    buf_printf(&b, "&from=%s&to=%s%s", v->from, v->to, v->has_views ? "&views=1" : "");
    if (before > 0)
        buf_printf(&b, "&before=%lld", (long long)before);
    return b.s;
}

/* --- the practice's log --------------------------------------------------------------------------
 */

static enum rc fill_log(struct req *rq, const struct log_query *q, struct log_view *v)
{
    struct cx *cx = rq->cx;
    struct found f = {.cx = cx, .max = PAGE_ROWS + 1, .has_views = v->has_views};
    struct names names;
    struct client_name *clients, *one;
    f.e = arena_array(cx->arena, struct log_entry, f.max);
    TRY(log_read(cx, q, collect, &f, &v->was_cut));
    TRY(names_load(cx, &names));
    TRY(client_names_of(cx, f.e, f.n, &clients));
    v->n_rows = f.n > PAGE_ROWS ? PAGE_ROWS : f.n;
    v->rows = arena_array(cx->arena, struct log_row, v->n_rows + 1);
    for (int i = 0; i < v->n_rows; i++)
        TRY(fill_row(cx, &names, &f.e[i], &clients[i], &v->rows[i]));
    if (f.n > PAGE_ROWS)
        v->older = path_with(rq, q, v, q->client, v->rows[v->n_rows - 1].seq);
    if (id_is_set(q->client)) {
        TRY(client_names(cx, &q->client, 1, &one));
        v->client_name =
            one[0].is_visible ? one[0].name : trc(cx, N_("(somebody you may not see)"));
        v->without_client = path_with(rq, q, v, (struct id){{0}}, 0);
    }
    fill_choices(cx, &names, q, v);
    return RC_OK;
}

static void fill_sent(struct cx *cx, struct log_view *v)
{
    struct sent s[SENT_N_];
    sent_load(&cx->app->settings, s);
    v->tells_sent = true;
    v->sent = arena_array(cx->arena, struct sent_row, SENT_N_);
    for (int k = 0; k < SENT_N_; k++) {
        v->has_failed = v->has_failed || (s[k].is_wanted && s[k].n_failed > 0);
        if (s[k].is_wanted)
            v->sent[v->n_sent++] = (struct sent_row){
                .what = sent_kind_text(cx, (enum sent_kind)k),
                .when = s[k].ok_ms > 0
                            ? trf(cx, N_("last on %s"), cx_moment(cx, s[k].ok_ms, DATE_MEDIUM))
                            : NULL,
                .problem = s[k].n_failed > 0 ? sent_fault_text(cx, s[k].fault) : NULL,
                .sent_ms = s[k].ok_ms,
                .n_failed = s[k].n_failed};
    }
}

enum rc log_show(struct req *rq)
{
    struct log_view v = {.tabs = practice_tabs_of(rq->cx, (struct practice_tabs){.log = true})};
    struct log_query q = asked(rq, &v);
    TRY(fill_log(rq, &q, &v));
    if (!v.is_filtered && q.before == 0)
        fill_sent(rq->cx, &v);
    rq->n_disclosed = v.n_rows;
    rq->client = q.client;
    rq->purpose = "oversight";
    page_init(rq, &v.page, N_("Accesses"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &log_shape, &v, PAGE(trust_log_html));
}

/* --- who opened one record
 * -------------------------------------------------------------------------- */

/* Once a day is enough to know: the same person, thing and purpose of a day are one line. */
static bool is_same_line(const struct cx *cx, const struct log_entry *x, const struct log_entry *y)
{
    return id_eq(x->person, y->person) && strcmp(x->what, y->what) == 0 &&
           strcmp(x->purpose, y->purpose) == 0 &&
           zone_local(cx->zone, x->at_ms).days == zone_local(cx->zone, y->at_ms).days;
}

static void fill_opened(struct cx *cx, const struct names *names, const struct found *f,
                        struct opened_view *v)
{
    const struct log_entry **line =
        (const struct log_entry **)arena_array(cx->arena, struct log_entry *, f->n + 1);
    v->rows = arena_array(cx->arena, struct opened_row, f->n + 1);
    for (int i = 0; i < f->n; i++) {
        const struct log_entry *e = &f->e[i];
        int k = 0;
        if (e->is_change || e->outcome >= 400)
            continue;
        while (k < v->n_rows && !is_same_line(cx, line[k], e))
            k++;
        if (k == v->n_rows) {
            line[v->n_rows++] = e;
            v->rows[k] = (struct opened_row){
                .at_ms = e->at_ms,
                .when = cx_moment(cx, e->at_ms, DATE_SHORT),
                .who = name_of(cx, names, e->person),
                .role = roles_text(cx, e->roles),
                .what = arena_strdup(cx->arena, log_thing_text(cx, e->what)),
                .purpose = arena_strdup(cx->arena, log_purpose_text(cx, e->purpose))};
        }
        v->rows[k].n++;
    }
}

enum rc opened_show(struct req *rq)
{
    struct cx *cx = rq->cx;
    const struct cap *cap;
    struct client_name *name;
    struct names names;
    struct opened_view v = {.client = rq->id[0]};
    struct log_query q = {.client = v.client, .before = form_number(&rq->query, "before")};
    struct found f = {.cx = cx, .max = OPENED_ROWS, .for_client = true};
    bool was_cut = false;
    TRY(authorize(cx, ACT_SEE_TEAM, v.client, PURPOSE_OVERSIGHT, &cap));
    TRY(client_names(cx, &v.client, 1, &name));
    f.e = arena_array(cx->arena, struct log_entry, f.max);
    TRY(log_read(cx, &q, collect, &f, &was_cut));
    TRY(names_load(cx, &names));
    fill_opened(cx, &names, &f, &v);
    v.name = name[0].name;
    v.made = cx_moment(cx, cx->now_ms, DATE_LONG);
    if (f.n == f.max)
        v.older =
            path_of(rq, "/clients/%s/audit?before=%lld", v.client.s, (long long)f.e[f.n - 1].seq);
    rq->n_disclosed = v.n_rows;
    rq->purpose = "oversight";
    page_init(rq, &v.page, N_("Who opened this record"), NAV_CLIENTS);
    v.practice = v.page.practice;
    return reply_page(rq, RC_OK, &opened_shape, &v, PAGE(trust_opened_html));
}

/* --- what is unusual
 * ------------------------------------------------------------------------------------ */

static enum rc fill_unusual(struct req *rq, const struct unusual *list, int n,
                            struct unusual_view *v)
{
    struct cx *cx = rq->cx;
    struct id *ids = arena_array(cx->arena, struct id, n + 1);
    struct client_name *clients;
    struct names names;
    for (int i = 0; i < n; i++)
        ids[i] = list[i].client;
    TRY(client_names(cx, ids, n, &clients));
    TRY(names_load(cx, &names));
    v->rows = arena_array(cx->arena, struct unusual_row, n + 1);
    for (int i = 0; i < n; i++) {
        const struct unusual *u = &list[i];
        struct unusual_row *r = &v->rows[v->n_rows++];
        *r = (struct unusual_row){.reason = u->reason,
                                  .person_id = u->person,
                                  .client_id = u->client,
                                  .first_ms = u->first_ms,
                                  .last_ms = u->last_ms,
                                  .n = u->n,
                                  .when = cx_moment(cx, u->last_ms, DATE_SHORT),
                                  .who = name_of(cx, &names, u->person),
                                  .reason_text = trc(cx, unusual_reasons[u->reason].label)};
        if (id_is_set(u->client))
            r->client =
                clients[i].is_visible ? clients[i].name : trc(cx, N_("(somebody you may not see)"));
        if (u->reason == UNUSUAL_MISS)
            r->client = trc(cx, N_("nobody"));
        r->times = u->reason == UNUSUAL_BULK ? trnf(cx, "%d client", "%d clients", u->n)
                                             : trnf(cx, "%d time", "%d times", u->n);
        r->log_path = path_of(rq, "/audit?person=%s&client=%s", u->person.s, u->client.s);
    }
    return RC_OK;
}

enum rc unusual_show(struct req *rq)
{
    struct unusual *list;
    int n;
    struct unusual_view v = {.tabs = practice_tabs_of(rq->cx, (struct practice_tabs){.log = true})};
    TRY(unusual_list(rq->cx, &list, &n));
    TRY(fill_unusual(rq, list, n, &v));
    rq->n_disclosed = v.n_rows;
    rq->purpose = "oversight";
    page_init(rq, &v.page, N_("Unusual accesses"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &unusual_shape, &v, PAGE(trust_unusual_html));
}
