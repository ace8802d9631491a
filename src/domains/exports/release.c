/* SPDX-License-Identifier: AGPL-3.0-or-later
 * release.c - whom a clinician who leaves may take along: the owner says it, the clinician takes it
 * with what their own password opens. */
#include "app/audit.h"
#include "domains/clients/clients.h"
#include "domains/people/people.h"
#include "exports_private.h"
#include "exports_sql.h"

#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct id *)a)->s, ((const struct id *)b)->s);
}

static bool is_in(const struct id *sorted, int n, struct id id)
{
    return n > 0 && bsearch(&id, sorted, (size_t)n, sizeof(id), by_id) != NULL;
}

enum rc release_load(struct cx *cx, struct id clinician, struct release *ret)
{
    struct id *list = NULL, *caseload;
    int n = 0, size = 0, n_caseload;
    _cleanup_rows_ struct db_rows *rows = NULL;
    const struct db_val v[] = {DB_I(cx->practice), DB_ID(clinician)};
    *ret = (struct release){.clinician = clinician};
    TRY(export_caseload(cx, clinician, &caseload, &n_caseload));
    TRY(db_query(cx->db, cx->arena, &SQL_RELEASE_OF, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct id client = db_id(rows, 0);
        ret->with_money = db_i64(rows, 1) != 0;
        ret->at_ms = db_i64(rows, 2);
        if (!is_in(caseload, n_caseload, client)) /* handed over, erased or blocked since */
            continue;
        arena_grow(cx->arena, list, n, size);
        list[n++] = client;
    }
    TRY(db_end(rows));
    if (n > 0)
        qsort(list, (size_t)n, sizeof(*list), by_id);
    ret->clients = list;
    ret->n = n;
    return RC_OK;
}

static enum rc put(struct cx *cx, const struct release *r, struct id client)
{
    const struct db_val v[] = {DB_I(cx->practice),    DB_ID(r->clinician), DB_ID(client),
                               DB_ID(cx->actor.user), DB_I(r->with_money), DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_RELEASE_INSERT, v, N_ELEMS(v), NULL));
    return audit_change_about(cx, client, "client", client, "release", NULL);
}

enum rc release_save(struct cx *cx, const struct release *r)
{
    struct id *caseload;
    int n;
    _cleanup_tx_ struct db_tx tx = {0};
    const struct db_val v[] = {DB_I(cx->practice), DB_ID(r->clinician)};
    TRY(db_begin(cx->db, &tx));
    TRY(export_caseload(cx, r->clinician, &caseload, &n));
    TRY(db_exec(cx->db, &SQL_RELEASE_DROP, v, N_ELEMS(v), NULL));
    for (int i = 0; i < r->n; i++) {
        if (!is_in(caseload, n, r->clients[i]))
            return refuse(
                cx, RC_INVALID, "clients",
                N_("One of these is not in the caseload any more. Look at the list again."));
        TRY(put(cx, r, r->clients[i]));
    }
    TRY(audit_change(cx, "person", r->clinician, "release", NULL));
    return db_commit(&tx);
}

enum rc export_may_take_whole(struct cx *cx)
{
    int n = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    const struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_EXPORT_WALLED, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        n++;
    TRY(db_end(rows));
    return n == 0 ? RC_OK
                  : refuse(cx, RC_DENIED, NULL,
                           N_("Not everything in this practice is yours to see. Whoever keeps this "
                              "machine exports it with: entracte export --out DIR"));
}

static enum rc one_number(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n,
                          int64_t *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n, &rows));
    if (db_next(rows))
        *ret = db_i64(rows, 0);
    return db_end(rows);
}

enum rc export_last(struct cx *cx, struct id client, int64_t *ret_ms)
{
    const struct db_val of_client[] = {DB_I(cx->practice), DB_ID(client), DB_S("export")};
    const struct db_val of_all[] = {DB_I(cx->practice), DB_S("export")};
    *ret_ms = 0;
    return id_is_set(client) ? one_number(cx, &SQL_EXPORT_LAST, of_client, 3, ret_ms)
                             : one_number(cx, &SQL_EXPORT_LAST_WHOLE, of_all, 2, ret_ms);
}

static enum rc list_leavers(struct cx *cx, struct export_panel *ret)
{
    struct person *p;
    int n;
    TRY(clinician_list(cx, &p, &n));
    ret->leavers = arena_array(cx->arena, struct export_leaver, n + 1);
    for (int i = 0; i < n; i++) {
        struct id *ids;
        int n_clients;
        struct release r;
        TRY(export_caseload(cx, p[i].id, &ids, &n_clients));
        TRY(release_load(cx, p[i].id, &r));
        bool is_self = id_eq(p[i].id, cx->actor.user); /* takes everything */
        if (n_clients > 0 && !is_self)
            ret->leavers[ret->n_leavers++] = (struct export_leaver){
                .id = p[i].id,
                .name = person_name(cx, &p[i]),
                .clients = trnf(cx, "%d client", "%d clients", n_clients),
                .released = r.n > 0 ? trnf(cx, "%d released", "%d released", r.n) : ""};
    }
    return RC_OK;
}

enum rc export_panel_load(struct cx *cx, struct export_panel *ret)
{
    struct export_run run;
    struct release r;
    int64_t last_ms, n_clients = 0;
    const struct db_val v[] = {DB_I(cx->practice)};
    *ret = (struct export_panel){.is_owner = cx_may(cx, PERM_KEYS), .last = "", .run = ""};
    if (export_look(cx, (struct id){0}, &run) == RC_OK)
        ret->run = arena_printf(cx->arena, "/exports/%s", run.id.s);
    if (cx_may(cx, PERM_CLINICAL_WRITE)) {
        TRY(release_load(cx, cx->actor.user, &r));
        ret->n_released = r.n;
        ret->released = trnf(cx, "%d client", "%d clients", r.n);
        ret->with_money = r.with_money;
    }
    if (!ret->is_owner)
        return RC_OK;
    TRY(export_last(cx, (struct id){0}, &last_ms));
    if (last_ms != 0)
        ret->last = cx_moment(cx, last_ms, DATE_MEDIUM);
    TRY(one_number(cx, &SQL_EXPORT_COUNT, v, N_ELEMS(v), &n_clients));
    ret->clients = trnf(cx, "%d client", "%d clients", n_clients);
    return list_leavers(cx, ret);
}
