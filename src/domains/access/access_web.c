/* SPDX-License-Identifier: AGPL-3.0-or-later
 * access_web.c - who may read a client's file: the care team, walls, blocking; the table. */
#include "access_pages.h"
#include "access_sql.h"

#include <string.h>

static const struct member member_members[] = {
    SHAPE_ID(struct team_row, person), SHAPE_STR(struct team_row, name),
    SHAPE_STR(struct team_row, role_key), SHAPE_STR(struct team_row, until_text),
    SHAPE_BOOL(struct team_row, is_unmasked)};
static const struct shape member_shape = SHAPE("TeamRow", member_members);
static const struct member wall_members[] = {SHAPE_ID(struct wall_row, id),
                                             SHAPE_STR(struct wall_row, name),
                                             SHAPE_STR(struct wall_row, reason)};
static const struct shape wall_shape = SHAPE("WallRow", wall_members);
static const struct member team_members[] = {
    SHAPE_ID(struct team_view, id),
    SHAPE_STR(struct team_view, clinician),
    SHAPE_LIST(struct team_view, members, &member_shape),
    SHAPE_LIST(struct team_view, walls, &wall_shape),
    SHAPE_LIST(struct team_view, emergencies, &emergency_row_shape),
    SHAPE_BOOL(struct team_view, is_blocked),
};
static const struct shape team_shape = SHAPE("CareTeam", team_members);

/* --- filling the page --------------------------------------------------------------------- */

static const char *name_among(struct cx *cx, const struct person *p, int n, struct id id)
{
    for (int i = 0; i < n; i++)
        if (id_eq(p[i].id, id))
            return person_name(cx, &p[i]);
    return NULL;
}

static enum rc fill_members(struct cx *cx, const struct cap *cap, const struct person *staff, int n,
                            struct team_view *v)
{
    struct team_member *m;
    struct client c;
    TRY(client_load(cx, cap, &c));
    v->clinician = name_among(cx, staff, n, c.clinician);
    if (v->clinician == NULL)
        v->clinician = trc(cx, N_("Nobody yet"));
    TRY(team_list(cx, cap, &m, &v->n_members));
    v->members = arena_array(cx->arena, struct team_row, v->n_members + 1);
    for (int i = 0; i < v->n_members; i++)
        v->members[i] = (struct team_row){
            .person = m[i].person,
            .role = m[i].role,
            .role_key = team_role_choices[m[i].role].key,
            .role_text = trc(cx, team_role_choices[m[i].role].label),
            .name = or_empty(name_among(cx, staff, n, m[i].person)),
            .until_text = m[i].until == DATE_NONE
                              ? trc(cx, N_("no end"))
                              : locale_date(cx->arena, cx->locale, m[i].until, DATE_MEDIUM),
            .is_unmasked = m[i].is_unmasked};
    return RC_OK;
}

static enum rc fill_walls(struct cx *cx, const struct person *staff, int n, struct team_view *v)
{
    const struct cap *cap;
    struct wall *w;
    struct client_name *name;
    TRY(authorize(cx, ACT_WALL, v->id, PURPOSE_OVERSIGHT, &cap));
    TRY(wall_list(cx, cap, &w, &v->n_walls));
    struct id *ids = arena_array(cx->arena, struct id, v->n_walls + 1);
    for (int i = 0; i < v->n_walls; i++)
        ids[i] = w[i].against;
    TRY(client_names(cx, ids, v->n_walls, &name));
    v->walls = arena_array(cx->arena, struct wall_row, v->n_walls + 1);
    for (int i = 0; i < v->n_walls; i++) {
        const char *person = name_among(cx, staff, n, w[i].against);
        v->walls[i] = (struct wall_row){
            .id = w[i].id,
            .name = person != NULL       ? person
                    : name[i].is_visible ? trf(cx, N_("the care team of %s"), name[i].name)
                                         : trc(cx, N_("the care team of somebody you may not see")),
            .reason = or_empty(w[i].reason),
            .since = cx_date(cx, w[i].created_ms, DATE_MEDIUM)};
    }
    return RC_OK;
}

static struct access_choice *choices(struct cx *cx, const struct person *p, int n, unsigned roles,
                                     struct id chosen, int *ret_n)
{
    struct access_choice *c = arena_array(cx->arena, struct access_choice, n + 1);
    *ret_n = 0;
    for (int i = 0; i < n; i++)
        if (p[i].is_active && (p[i].roles & roles) != 0)
            c[(*ret_n)++] = (struct access_choice){arena_strdup(cx->arena, p[i].id.s),
                                                   person_name(cx, &p[i]), id_eq(p[i].id, chosen)};
    return c;
}

static enum rc fill(struct req *rq, const struct form *typed, struct team_view *v)
{
    struct cx *cx = rq->cx;
    const struct cap *cap;
    struct person *staff;
    int n;
    TRY(authorize(cx, ACT_SEE_TEAM, v->id, PURPOSE_OVERSIGHT, &cap));
    TRY(authorized(cx, ACT_TEAM, v->id, PURPOSE_OVERSIGHT, &v->may_change));
    TRY(authorized(cx, ACT_WALL, v->id, PURPOSE_OVERSIGHT, &v->sees_walls));
    TRY(authorized(cx, ACT_BLOCK, v->id, PURPOSE_OVERSIGHT, &v->may_block));
    TRY(person_list(cx, false, &staff, &n));
    TRY(fill_members(cx, cap, staff, n, v));
    TRY(client_is_blocked(cx, cap, &v->is_blocked));
    if (v->sees_walls)
        TRY(fill_walls(cx, staff, n, v));
    TRY(emergency_rows(cx, cap, &v->emergencies, &v->n_emergencies));
    v->staff = choices(cx, staff, n, v->sees_walls ? ROLE_ALL : ROLE_CLINICIAN | ROLE_SUPERVISOR,
                       v->member.person, &v->n_staff);
    v->clinicians = choices(cx, staff, n, ROLE_CLINICIAN, v->member.person, &v->n_clinicians);
    v->form =
        (struct record_form){.cx = cx, .t = &team_member_type, .rec = &v->member, .typed = typed};
    v->wall_form = (struct record_form){.cx = cx, .t = &wall_type, .rec = &v->wall, .typed = typed};
    v->person_problem = cx_err(cx, "person");
    v->clinician_problem = cx_err(cx, "clinician");
    v->against_problem = cx_err(cx, "against");
    return client_header_load(cx, v->id, TAB_TEAM, &v->header);
}

static enum rc reply_team(struct req *rq, enum rc rc, const struct team_member *m,
                          const struct form *typed)
{
    struct team_view v = {.id = rq->id[0]};
    record_init(&team_member_type, &v.member);
    record_init(&wall_type, &v.wall);
    if (m != NULL)
        v.member = *m;
    v.against_text = typed != NULL ? or_empty(form_get(typed, "client_name")) : "";
    TRY(fill(rq, typed, &v));
    rq->n_disclosed = 1;
    page_init(rq, &v.page, N_("Care team"), NAV_CLIENTS);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &team_shape, &v, PAGE(access_team_html));
}

static enum rc show(struct req *rq)
{
    return reply_team(rq, RC_OK, NULL, NULL);
}

static const char *path(struct req *rq)
{
    return path_of(rq, "/clients/%s/team", rq->id[0].s);
}

/* --- the care team -------------------------------------------------------------------------- */

static enum rc add(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct team_member m;
    const struct cap *cap;
    record_init(&team_member_type, &m);
    TRY(authorize(cx, ACT_TEAM, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    enum rc rc = record_parse(cx, &team_member_type, &rq->form, NULL, &m);
    if (rc == RC_OK)
        rc = team_add(cx, cap, &m);
    if (rc == RC_INVALID)
        return reply_team(rq, rc, &m, &rq->form);
    TRY(rc);
    return reply_done(rq, path(rq), rq->id[0], 0, true, N_("The care team is changed."));
}

static const struct field place_fields[] = {
    IDREF(struct team_member, person, N_("Person"), .flags = REQUIRED),
    CHOICE(struct team_member, role, team_role_choices, N_("Role in the team"), .flags = REQUIRED),
};
static const struct record_type place_type = {.table = "client_team",
                                              .name = "TeamPlace",
                                              .fields = place_fields,
                                              .n_fields = N_ELEMS(place_fields)};

static enum rc take_out(struct req *rq)
{
    struct team_member m;
    const struct cap *cap;
    record_init(&place_type, &m);
    TRY(authorize(rq->cx, ACT_TEAM, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    TRY(record_parse(rq->cx, &place_type, &rq->form, NULL, &m));
    TRY(team_remove(rq->cx, cap, m.person, m.role));
    return reply_done(rq, path(rq), rq->id[0], 0, false, N_("The care team is changed."));
}

struct new_clinician {
    struct id clinician;
};
static const struct field clinician_fields[] = {
    IDREF(struct new_clinician, clinician, N_("Clinician"), .flags = REQUIRED)};
static const struct record_type clinician_type = {.table = "client",
                                                  .name = "HandOver",
                                                  .fields = clinician_fields,
                                                  .n_fields = N_ELEMS(clinician_fields)};

static enum rc hand(struct req *rq)
{
    struct new_clinician to;
    const struct cap *cap;
    bool still;
    record_init(&clinician_type, &to);
    TRY(authorize(rq->cx, ACT_TEAM, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    enum rc rc = record_parse(rq->cx, &clinician_type, &rq->form, NULL, &to);
    if (rc == RC_OK)
        rc = hand_over(rq->cx, cap, to.clinician);
    if (rc == RC_INVALID)
        return reply_team(rq, rc, NULL, &rq->form);
    TRY(rc);
    TRY(authorized(rq->cx, ACT_SEE_TEAM, rq->id[0], PURPOSE_OVERSIGHT, &still));
    return reply_done(rq, still ? path(rq) : "/clients", rq->id[0], 0, false,
                      N_("The client is handed over."));
}

/* --- walls and blocking ------------------------------------------------------------------------
 */

/* Without a picker a client is named: the one whom the words find. */
static enum rc other_side(struct cx *cx, const struct form *f, struct wall *w)
{
    struct client_name *found;
    int n = 0;
    const char *id = form_get(f, "against"), *words = form_get(f, "client_name");
    if (is_filled(id) && id_parse(id, &w->against))
        return RC_OK;
    if (is_filled(words))
        TRY(client_find(cx, words, 2, &found, &n));
    if (n != 1)
        return refuse(cx, RC_INVALID, "against",
                      N_("Choose somebody of the staff, or write the full name of one client."));
    w->against = found[0].id;
    return RC_OK;
}

static const struct form_key wall_keys[] = {
    {"against", FORM_STRING}, {"client_name", FORM_STRING}, {0}};

static enum rc wall_create(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct wall w;
    const struct cap *cap;
    record_init(&wall_type, &w);
    TRY(authorize(cx, ACT_WALL, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    enum rc rc = record_parse(cx, &wall_type, &rq->form, wall_keys, &w);
    if (rc == RC_OK)
        rc = other_side(cx, &rq->form, &w);
    if (rc == RC_OK)
        rc = wall_add(cx, cap, &w);
    if (rc == RC_INVALID)
        return reply_team(rq, rc, NULL, &rq->form);
    TRY(rc);
    return reply_done(rq, path(rq), w.id, 0, true, N_("The wall stands."));
}

struct wall_ref {
    struct id wall;
};
static const struct field wall_ref_fields[] = {
    IDREF(struct wall_ref, wall, N_("Wall"), .flags = REQUIRED)};
static const struct record_type wall_ref_type = {.table = "client_wall",
                                                 .name = "WallRef",
                                                 .fields = wall_ref_fields,
                                                 .n_fields = N_ELEMS(wall_ref_fields)};

static enum rc lift(struct req *rq)
{
    struct wall_ref ref;
    const struct cap *cap;
    record_init(&wall_ref_type, &ref);
    TRY(authorize(rq->cx, ACT_WALL, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    TRY(record_parse(rq->cx, &wall_ref_type, &rq->form, NULL, &ref));
    TRY(wall_lift(rq->cx, cap, ref.wall));
    return reply_done(rq, path(rq), ref.wall, 0, false, N_("The wall is lifted."));
}

struct block {
    bool block;
};
static const struct field block_fields[] = {
    BOOL(struct block, block, N_("Keep this record, and let nobody use it"))};
static const struct record_type block_type = {
    .table = "client", .name = "Block", .fields = block_fields, .n_fields = N_ELEMS(block_fields)};

static enum rc block(struct req *rq)
{
    struct block b;
    const struct cap *cap;
    record_init(&block_type, &b);
    TRY(authorize(rq->cx, ACT_BLOCK, rq->id[0], PURPOSE_OVERSIGHT, &cap));
    TRY(record_parse(rq->cx, &block_type, &rq->form, NULL, &b));
    TRY(client_block(rq->cx, cap, b.block));
    return reply_done(rq, path(rq), rq->id[0], 0, false,
                      b.block ? N_("The record is blocked.") : N_("The record may be used again."));
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct route routes[] = {
    {GET, "/clients/{id}/team", PERM_TEAM, NO_BODY, show, N_("Who may read a client's file"),
     .discloses = "client_team", .answer = &team_shape},
    {POST, "/clients/{id}/team", PERM_TEAM, 4 * KiB, add, N_("Take somebody into a care team"),
     .takes = &team_member_type},
    {POST, "/clients/{id}/team/remove", PERM_TEAM, 4 * KiB, take_out,
     N_("Take somebody out of a care team"), .takes = &place_type},
    {POST, "/clients/{id}/hand-over", PERM_TEAM, 4 * KiB, hand,
     N_("Hand a client over to another clinician"), .takes = &clinician_type},
    {POST, "/clients/{id}/walls", PERM_WALL, 4 * KiB, wall_create,
     N_("Keep somebody from finding a client"), .takes = &wall_type},
    {POST, "/clients/{id}/walls/lift", PERM_WALL, 4 * KiB, lift, N_("Lift a wall"),
     .takes = &wall_ref_type},
    {POST, "/clients/{id}/block", PERM_BLOCK, 4 * KiB, block,
     N_("Block a record, or lift the block"), .takes = &block_type},
    {GET, "/emergency", PERM_EMERGENCY, NO_BODY, emergency_show, N_("Form for emergency access")},
    {POST, "/emergency", PERM_EMERGENCY, 4 * KiB, emergency_ask,
     N_("Open a record in an emergency"), .takes = &emergency_ask_type, .flags = STEP_UP},
    {GET, "/emergencies", PERM_WALL, NO_BODY, emergencies_show,
     N_("Records opened in an emergency"), .discloses = "emergencies",
     .answer = &emergencies_shape},
    {POST, "/emergencies/{id}", PERM_WALL, 4 * KiB, emergency_close,
     N_("Close the review of an emergency"), .takes = &emergency_review_type},
};

static const struct sealed_table sealed_emergency = {.name = "emergency",
                                                     .class = SEAL_IDENTITY,
                                                     .others = &SQL_EMERGENCY_OTHER_KEY,
                                                     .put = &SQL_EMERGENCY_RESEAL};
static const struct sealed_table sealed_finding = {.name = "emergency",
                                                   .class = SEAL_IDENTITY,
                                                   .others = &SQL_FINDING_OTHER_KEY,
                                                   .put = &SQL_FINDING_RESEAL};
static const struct sealed_table sealed_wall = {.name = "client_wall",
                                                .class = SEAL_IDENTITY,
                                                .others = &SQL_WALL_OTHER_KEY,
                                                .put = &SQL_WALL_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_emergency, &sealed_finding,
                                                    &sealed_wall, NULL};

const struct domain domain_access = {
    .name = "access",
    ROUTES(routes),
    .statements = ACCESS_STATEMENTS,
    .n_statements = (int)N_ELEMS(ACCESS_STATEMENTS),
    .sealed = sealed,
};
