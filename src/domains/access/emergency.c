/* SPDX-License-Identifier: AGPL-3.0-or-later
 * emergency.c - one record, opened to read for an hour, with a reason; it cannot be hidden, and
 * somebody else says whether it was right. */
#include "access_sql.h"
#include "app/app.h"
#include "app/audit.h"
#include "domains/access/access.h"

enum { LASTS_MS = 60 * MS_PER_MIN };
static const struct id no_id;

static const struct field words_fields[] = {
    NOTE(struct emergency, words, "", .seal = SEAL_IDENTITY, .max = 1000)};
const struct record_type emergency_words_type = {
    .table = "emergency", .fields = words_fields, .n_fields = N_ELEMS(words_fields)};
static const struct field finding_fields[] = {
    NOTE(struct emergency, finding_words, "", .seal = SEAL_IDENTITY, .max = 1000)};
const struct record_type emergency_finding_type = {
    .table = "emergency", .fields = finding_fields, .n_fields = N_ELEMS(finding_fields)};

enum rc emergency_is_possible(struct cx *cx, bool *ret)
{
    struct person *p;
    int n;
    TRY(clinician_list(cx, &p, &n));
    *ret = n > 1;
    return RC_OK;
}

static enum rc check_none_open(struct cx *cx)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(cx->actor.user.s), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_EMERGENCY_OPEN_OF, v, N_ELEMS(v), &rows));
    bool is_open = db_next(rows);
    TRY(db_end(rows));
    return is_open
               ? refuse(cx, RC_INVALID, NULL,
                        N_("You have one record open in an emergency. Wait until it has closed."))
               : RC_OK;
}

/* Whom the actor must not find is not there. */
static enum rc find(struct cx *cx, const struct emergency_ask *ask, struct id *ret)
{
    const struct cap *cap;
    int n_errs = cx->n_errs;
    const struct client_told told = {ask->given_name, ask->family_name, ask->contact,
                                     ask->birth_date};
    enum rc rc = client_identify(cx, &told, ret);
    if (rc == RC_OK)
        rc = authorize(cx, ACT_EMERGENCY, *ret, PURPOSE_CARE, &cap);
    cx->n_errs = n_errs;
    if (rc == RC_NOT_FOUND)
        return refuse(cx, RC_INVALID, "family_name",
                      N_("Nobody of this practice has this name, and this date of birth or "
                         "contact."));
    return rc;
}

/* Whoever tries names until one is there is seen to do so. */
static enum rc note_miss(struct cx *cx)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(audit_change(cx, "emergency", cx->actor.user, "miss", NULL));
    return db_commit(&tx);
}

static enum rc open_found(struct cx *cx, const struct emergency_ask *ask, struct id *ret_client)
{
    struct emergency e = {.id = id_new(), .words = ask->words};
    struct bytes sealed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(check_none_open(cx));
    TRY(find(cx, ask, &e.client));
    TRY(record_seal(cx, &emergency_words_type, SEAL_IDENTITY, no_id, (struct bytes){0}, e.id, 1, &e,
                    &sealed));
    struct db_val v[] = {DB_I(cx->practice),          DB_ID(e.id),       DB_ID(e.client),
                         DB_S(cx->actor.user.s),      DB_I(ask->reason), DB_I(cx->now_ms),
                         DB_I(cx->now_ms + LASTS_MS), DB_B(sealed)};
    TRY(db_exec(cx->db, &SQL_EMERGENCY_INSERT, v, N_ELEMS(v), NULL));
    TRY(audit_change_about(cx, e.client, "emergency", e.client, "open",
                           emergency_reason_choices[ask->reason].key));
    TRY(db_commit(&tx));
    *ret_client = e.client;
    return RC_OK;
}

enum rc emergency_open(struct cx *cx, const struct emergency_ask *ask, struct id *ret_client)
{
    bool possible;
    TRY(emergency_is_possible(cx, &possible));
    if (!possible)
        return refuse(cx, RC_INVALID, NULL,
                      N_("There is one clinician only: nobody else's records could be opened."));
    enum rc rc = open_found(cx, ask, ret_client);
    if (rc == RC_INVALID && cx_err(cx, "family_name") != NULL)
        TRY(note_miss(cx));
    return rc;
}

enum rc emergency_list(struct cx *cx, const struct cap *cap, int max, struct emergency **ret,
                       int *ret_n)
{
    struct emergency *list = NULL;
    struct id client = no_id;
    int n = 0, size = 0;
    if (cap != NULL) {
        TRY(cap_admits(cx, cap, ACT_SEE_TEAM));
        client = cap_client(cap);
    }
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(max)};
    TRY(db_query(cx->db, cx->arena, &SQL_EMERGENCY_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, size);
        struct emergency *e = &list[n++];
        *e = (struct emergency){.id = db_id(rows, 0),
                                .client = db_id(rows, 1),
                                .person = db_id(rows, 2),
                                .reviewer = db_id(rows, 3),
                                .reason = (enum emergency_reason)db_i64(rows, 4),
                                .finding = (enum emergency_finding)db_i64(rows, 5),
                                .created_ms = db_i64(rows, 6),
                                .until_ms = db_i64(rows, 7),
                                .reviewed_ms = db_i64(rows, 8)};
        TRY(record_unseal(cx, &emergency_words_type, SEAL_IDENTITY, no_id, (struct bytes){0}, e->id,
                          1, db_bytes(rows, 9), e));
        if (!db_is_null(rows, 10))
            TRY(record_unseal(cx, &emergency_finding_type, SEAL_IDENTITY, no_id, (struct bytes){0},
                              e->id, 2, db_bytes(rows, 10), e));
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc emergency_review(struct cx *cx, struct id id, const struct emergency_review *r)
{
    struct emergency e = {.id = id, .finding_words = r->words};
    struct bytes sealed;
    int64_t n_changed;
    if (r->finding == FINDING_NONE)
        return refuse(cx, RC_INVALID, "finding", N_("Say whether it was justified."));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(record_seal(cx, &emergency_finding_type, SEAL_IDENTITY, no_id, (struct bytes){0}, id, 2, &e,
                    &sealed));
    struct db_val v[] = {DB_I(r->finding), DB_S(cx->actor.user.s), DB_I(cx->now_ms),
                         DB_B(sealed),     DB_I(cx->practice),     DB_ID(id)};
    TRY(db_exec(cx->db, &SQL_EMERGENCY_REVIEW, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return refuse(cx, RC_NOT_FOUND, NULL,
                      N_("There is no such review: it is closed, or yours, or not there."));
    TRY(audit_change(cx, "emergency", id, "review", emergency_finding_choices[r->finding].key));
    return db_commit(&tx);
}

enum rc emergency_notice(struct cx *cx, struct notice *ret)
{
    struct id client = {{0}};
    bool oversees = cx_may(cx, PERM_WALL);
    if (!oversees && !cx_may(cx, PERM_CLINICAL_READ))
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user), DB_I(oversees)};
    TRY(db_query(cx->db, cx->arena, &SQL_EMERGENCY_PENDING, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        client = db_id(rows, 0);
    TRY(db_end(rows));
    if (!id_is_set(client))
        return RC_OK;
    const char *path =
        oversees ? "/emergencies" : arena_printf(cx->arena, "/clients/%s/team", client.s);
    *ret =
        (struct notice){trc(cx, N_("Somebody opened a file in an emergency. It waits for a look.")),
                        path, trc(cx, N_("Look at it"))};
    return RC_OK;
}
