/* SPDX-License-Identifier: AGPL-3.0-or-later
 * team.c - who is in the care team of a client, and who treats. */
#include "access_sql.h"
#include "app/audit.h"
#include "domains/access/access.h"

enum { SUPERVISES_MAX_DAYS = 366 };

/* The last instant of the day, or none. */
static int64_t until_ms(const struct cx *cx, int32_t day)
{
    return day == DATE_NONE ? INT64_MAX : zone_day_start(cx->zone, day + 1);
}

enum rc team_list(struct cx *cx, const struct cap *cap, struct team_member **ret, int *ret_n)
{
    struct team_member *list = NULL;
    struct id client = cap_client(cap);
    int n = 0, size = 0;
    TRY(cap_admits(cx, cap, ACT_SEE_TEAM));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_TEAM_OF_CLIENT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        int64_t ends_ms = db_i64(rows, 3);
        arena_grow(cx->arena, list, n, size);
        list[n++] = (struct team_member){
            .person = db_id(rows, 0),
            .role = (enum team_role)db_i64(rows, 1),
            .is_unmasked = db_i64(rows, 2) != 0,
            .until = ends_ms == INT64_MAX ? DATE_NONE : zone_local(cx->zone, ends_ms - 1).days};
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* May this person have this place? */
static enum rc check(struct cx *cx, struct id client, const struct team_member *m)
{
    struct person p;
    bool walled;
    enum rc rc = person_load(cx, m->person, &p);
    bool supervises = m->role == TEAM_SUPERVISOR;
    unsigned needed = supervises ? ROLE_SUPERVISOR | ROLE_CLINICIAN : ROLE_CLINICIAN;
    if (rc == RC_NOT_FOUND || (rc == RC_OK && (!p.is_active || (p.roles & needed) == 0)))
        return refuse(cx, RC_INVALID, "person", N_("Choose somebody with that role."));
    TRY(rc);
    if (m->until != DATE_NONE && m->until < cx_today(cx))
        return refuse(cx, RC_INVALID, "until", N_("The last day has passed."));
    if (supervises && (m->until == DATE_NONE || m->until > cx_today(cx) + SUPERVISES_MAX_DAYS))
        return refuse(cx, RC_INVALID, "until", N_("Say until when, within a year."));
    TRY(client_is_walled_from(cx, client, m->person, &walled));
    return walled ? refuse(cx, RC_INVALID, "person", N_("Choose somebody else.")) : RC_OK;
}

enum rc team_add(struct cx *cx, const struct cap *cap, const struct team_member *m)
{
    struct id client = cap_client(cap), person = m->person;
    TRY(cap_admits(cx, cap, ACT_TEAM));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(check(cx, client, m));
    struct db_val v[] = {DB_I(cx->practice),
                         DB_ID(client),
                         DB_ID(person),
                         DB_I(m->role),
                         DB_I(m->is_unmasked && m->role == TEAM_SUPERVISOR),
                         DB_I(cx->now_ms),
                         DB_I(until_ms(cx, m->until)),
                         DB_S(cx->actor.user.s)};
    TRY(db_exec(cx->db, &SQL_TEAM_PUT, v, N_ELEMS(v), NULL));
    TRY(audit_change_about(cx, client, "client_team", client, "add",
                           team_role_choices[m->role].key));
    return db_commit(&tx);
}

enum rc team_remove(struct cx *cx, const struct cap *cap, struct id person, enum team_role role)
{
    struct id client = cap_client(cap);
    int64_t n_changed;
    TRY(cap_admits(cx, cap, ACT_TEAM));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_ID(person), DB_I(role)};
    TRY(db_exec(cx->db, &SQL_TEAM_DROP, v, N_ELEMS(v), &n_changed));
    if (n_changed > 0)
        TRY(audit_change_about(cx, client, "client_team", client, "remove",
                               team_role_choices[role].key));
    return db_commit(&tx);
}

enum rc hand_over(struct cx *cx, const struct cap *cap, struct id clinician)
{
    struct client c;
    TRY(cap_admits(cx, cap, ACT_TEAM));
    if (!id_is_set(clinician))
        return refuse(cx, RC_INVALID, "clinician", N_("Choose a clinician of the practice."));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(client_load(cx, cap, &c));
    c.clinician = clinician;
    TRY(client_save(cx, &c));
    TRY(audit_change_about(cx, c.id, "client_team", c.id, "hand_over", NULL));
    return db_commit(&tx);
}
