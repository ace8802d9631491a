/* SPDX-License-Identifier: AGPL-3.0-or-later
 * incidents.c - what was found at start, what was done about it, and that work goes on. */
#include "base/log.h"
#include "domains/trust/trust.h"
#include "trust_sql.h"

#include <string.h>

enum { FINDINGS_ARENA_BYTES = 4 << 20, REASON_MAX = 2000 };

const struct choice incident_step_choices[STEP_N_] = {
    [STEP_NOTED] = {"noted", N_("It became known")},
    [STEP_CONTAINED] = {"contained", N_("Access was shut off and evidence kept")},
    [STEP_ASSESSED] = {"assessed", N_("What happened to whose data was assessed")},
    [STEP_AUTHORITY] = {"authority", N_("The data protection authority was told (Art. 33)")},
    [STEP_PEOPLE] = {"people", N_("The people concerned were told (Art. 34)")},
    [STEP_MEASURES] = {"measures", N_("Measures were taken against a repetition")},
};
static const struct field step_fields[] = {
    CHOICE(struct incident_step_entry, step, incident_step_choices, N_("Step"), .flags = REQUIRED),
    {.key = "done",
     .label = N_("When"),
     .kind = FIELD_INSTANT,
     .flags = REQUIRED,
     .offset = offsetof(struct incident_step_entry, done_ms)},
    NOTE(struct incident_step_entry, words, N_("Who was told, and what"), .seal = SEAL_IDENTITY,
         .flags = REQUIRED, .max = 4000),
};
const struct record_type incident_step_type = {.table = "incident_step",
                                               .name = "IncidentStep",
                                               .fields = step_fields,
                                               .n_fields = N_ELEMS(step_fields)};

/* --- findings --------------------------------------------------------------------- */

static const struct {
    const char *code, *sentence; /* %s: the detail */
} sentences[] = {
    {"log_cut", N_("The end of the audit log was cut off.")},
    {"log_gone", N_("The audit log was removed.")},
    {"log_older", N_("The audit log is older than the database knows it, or another one.")},
    {"log_missing", N_("A log that the database knows is not here.")},
    {"database_older",
     N_("The database is older than the audit log: it was put back, or records of changes were "
        "removed or altered.")},
    {"attestation_altered", N_("What the database should hold was altered.")},
    {"table_missing", N_("A table is missing: %s.")},
    {"table_unknown", N_("There is a table that this program did not make: %s.")},
    {"shape", N_("The tables were altered by hand.")},
    {"rows", N_("Rows are missing: %s.")},
};

const char *finding_sentence(struct cx *cx, const char *line, size_t len)
{
    const char *blank = memchr(line, ' ', len);
    size_t n = blank != NULL ? (size_t)(blank - line) : len;
    const char *detail = blank != NULL ? arena_strndup(cx->arena, blank + 1, len - n - 1) : "";
    for (size_t i = 0; i < N_ELEMS(sentences); i++)
        if (strlen(sentences[i].code) == n && memcmp(sentences[i].code, line, n) == 0)
            return trf(cx, sentences[i].sentence, detail);
    return arena_strndup(cx->arena, line, len);
}

/* --- at start ------------------------------------------------------------------------ */

static enum rc open_incident(struct app *app, struct db *db, const char *findings)
{
    struct id id = id_new();
    int64_t seq;
    struct audit_entry e = {.kind = AUDIT_SYSTEM, .action = "incident", .object = id};
    struct db_val v[] = {DB_ID(id), DB_I(app->clock_ms()), DB_S(findings)};
    seal_hash((struct bytes){(const unsigned char *)findings, strlen(findings)}, e.commitment);
    TRY(audit_append(app->audit, app->clock_ms(), &e, &seq));
    return db_exec(db, &SQL_TRUST_INCIDENT_INSERT, v, N_ELEMS(v), NULL);
}

static enum rc is_open(struct db *db, struct arena *a, bool *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(db, a, &SQL_TRUST_INCIDENT_OPEN, NULL, 0, &rows));
    *ret = db_next(rows);
    return db_end(rows);
}

static enum rc start(struct app *app, struct db *db, struct arena *a)
{
    struct buf findings;
    bool was_open = false;
    buf_init(&findings, a, FINDINGS_MAX_BYTES);
    TRY(is_open(db, a, &was_open));
    app->is_incident = was_open;
    if (!was_open) {
        TRY(trust_compare(app, db, &findings));
        app->is_incident = findings.len > 0;
        if (findings.len > 0)
            TRY(open_incident(app, db, findings.s));
    }
    if (app->is_incident) {
        log_error("something was changed outside of the program; only its page is served");
        return RC_OK;
    }
    return trust_attest(app, db);
}

enum rc trust_start(struct app *app, struct db *db)
{
    struct arena a;
    arena_init(&a, FINDINGS_ARENA_BYTES);
    enum rc rc = start(app, db, &a);
    arena_wipe(&a);
    return rc;
}

/* --- the record -------------------------------------------------------------------------- */

static struct seal_where reason_place(const struct cx *cx, struct id incident)
{
    return (struct seal_where){.practice = cx->practice,
                               .table = "incident",
                               .row = incident,
                               .cls = SEAL_IDENTITY,
                               .version = 1};
}

static enum rc load_steps(struct cx *cx, struct incident_step_entry **ret, int *ret_n)
{
    static const struct id no_client;
    struct incident_step_entry *e =
        arena_array(cx->arena, struct incident_step_entry, INCIDENT_STEPS_MAX);
    struct bytes *sealed = arena_array(cx->arena, struct bytes, INCIDENT_STEPS_MAX);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(INCIDENT_STEPS_MAX)};
    int n = 0;
    TRY(db_query(cx->db, cx->arena, &SQL_TRUST_STEPS, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++) {
        e[n] = (struct incident_step_entry){.id = db_id(rows, 0),
                                            .incident = db_id(rows, 1),
                                            .step = (enum incident_step)db_i64(rows, 2),
                                            .done_ms = db_i64(rows, 3),
                                            .actor = db_id(rows, 4)};
        sealed[n] = db_bytes(rows, 5);
    }
    TRY(db_end(rows));
    for (int i = 0; i < n; i++)
        TRY(record_unseal(cx, &incident_step_type, SEAL_IDENTITY, no_client, (struct bytes){0},
                          e[i].id, 1, sealed[i], &e[i]));
    *ret = e;
    *ret_n = n;
    return RC_OK;
}

/* The reason is of the practice that closed it; others see that it is closed. */
static enum rc open_reason(struct cx *cx, struct incident *i, struct bytes sealed)
{
    struct seal_item item = {.where = reason_place(cx, i->id), .in = sealed};
    TRY(seal_open_many(cx->arena, cx->keys, &item, 1));
    i->reason = arena_strndup(cx->arena, (const char *)item.out.p, item.out.len);
    return RC_OK;
}

static enum rc load_incidents(struct cx *cx, struct incident **ret, int *ret_n)
{
    struct incident *list = arena_array(cx->arena, struct incident, INCIDENTS_MAX);
    struct bytes *reason = arena_array(cx->arena, struct bytes, INCIDENTS_MAX);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(INCIDENTS_MAX)};
    int n = 0;
    TRY(db_query(cx->db, cx->arena, &SQL_TRUST_INCIDENTS, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n++) {
        list[n] = (struct incident){.id = db_id(rows, 0),
                                    .found_ms = db_i64(rows, 1),
                                    .findings = db_text(rows, 2),
                                    .closed_ms = db_i64(rows, 3),
                                    .closed_by = db_id(rows, 4)};
        if (db_i64(rows, 6) == cx->practice)
            reason[n] = db_bytes(rows, 5);
    }
    TRY(db_end(rows));
    for (int i = 0; i < n; i++)
        if (reason[i].p != NULL)
            TRY(open_reason(cx, &list[i], reason[i]));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc incident_list(struct cx *cx, struct incident **ret, int *ret_n,
                      struct incident_step_entry **ret_steps, int *ret_n_steps)
{
    TRY(load_incidents(cx, ret, ret_n));
    return load_steps(cx, ret_steps, ret_n_steps);
}

enum rc incident_step_add(struct cx *cx, struct incident_step_entry *e)
{
    static const struct id no_client;
    struct bytes sealed;
    struct id id = id_new();
    _cleanup_tx_ struct db_tx tx = {0};
    if (e->done_ms > cx->now_ms)
        return refuse(cx, RC_INVALID, "done", N_("This is still to come."));
    TRY(record_seal(cx, &incident_step_type, SEAL_IDENTITY, no_client, (struct bytes){0}, id, 1, e,
                    &sealed));
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id),        DB_ID(e->incident),
                         DB_I(e->step),      DB_I(e->done_ms), DB_ID(cx->actor.user),
                         DB_B(sealed),       DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_TRUST_STEP_INSERT, v, N_ELEMS(v), NULL));
    TRY(audit_change(cx, "incident_step", id, "create", incident_step_choices[e->step].key));
    TRY(db_commit(&tx));
    e->id = id;
    return RC_OK;
}

/* --- going on -------------------------------------------------------------------------------- */

static enum rc close_open(struct cx *cx, struct id incident, const char *reason)
{
    const struct bytes plain = {(const unsigned char *)reason, strlen(reason)};
    struct seal_item item = {.where = reason_place(cx, incident), .in = plain};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->now_ms), DB_ID(cx->actor.user), DB_B(item.out),
                         DB_I(cx->practice)};
    TRY(db_exec(cx->db, &SQL_TRUST_INCIDENT_CLOSE, v, N_ELEMS(v), NULL));
    TRY(audit_change_of(cx, "incident", incident, "acknowledge", item.out));
    return db_commit(&tx);
}

enum rc incident_close(struct cx *cx, const char *reason)
{
    struct incident *list;
    int n, open = -1;
    if (!is_filled(reason) || strlen(reason) > REASON_MAX)
        return refuse(cx, RC_INVALID, "reason",
                      N_("Say in a sentence or two why it is safe to go on."));
    TRY(load_incidents(cx, &list, &n));
    for (int i = 0; i < n; i++)
        if (list[i].closed_ms == 0)
            open = i;
    if (open < 0)
        return refuse(cx, RC_NOT_FOUND, NULL, N_("No incident is open."));
    TRY(close_open(cx, list[open].id, reason));
    TRY(audit_anchors_forget(cx->app, cx->db, cx->arena));
    TRY(trust_attest(cx->app, cx->db));
    cx->app->is_incident = false;
    return RC_OK;
}
