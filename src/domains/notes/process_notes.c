/* SPDX-License-Identifier: AGPL-3.0-or-later
 * process_notes.c - what a therapist writes for themselves alone. Sealed by the client's key and
 * the author's own: no colleague, owner or administrator opens it, and no document has it. */
#include "app/audit.h"
#include "notes_private.h"
#include "notes_sql.h"

static const struct field fields[] = {
    NOTE(struct process_note, text, N_("Process notes"), .seal = SEAL_PRIVATE, .max = 40000)};
const struct record_type process_note_type = {
    .table = "process_note", .name = "ProcessNote", .fields = fields, .n_fields = N_ELEMS(fields)};

static enum rc open_row(struct cx *cx, const struct cap *cap, struct db_rows *rows,
                        struct process_note *ret)
{
    struct client_keys keys;
    TRY(client_keys_load(cx, cap, &keys));
    ret->version = db_i64(rows, 0);
    return record_unseal(cx, &process_note_type, SEAL_PRIVATE, cap_client(cap),
                         keys.wrapped[SEAL_CLINICAL], cx->actor.user, ret->version,
                         db_bytes(rows, 1), ret);
}

enum rc process_note_load(struct cx *cx, struct id client, struct process_note *ret)
{
    const struct cap *cap;
    enum rc rc = RC_OK;
    record_init(&process_note_type, ret);
    TRY(authorize(cx, ACT_PRIVATE, client, PURPOSE_CARE, &cap));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_PROCESS_NOTE_GET, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        rc = open_row(cx, cap, rows, ret);
    TRY(db_end(rows));
    ret->is_lost = rc == RC_BROKEN; /* the own key was another then */
    return ret->is_lost ? RC_OK : rc;
}

static enum rc store(struct cx *cx, struct id client, int64_t version, struct bytes sealed,
                     int64_t *ret_n)
{
    if (version == 0) {
        struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_ID(cx->actor.user), DB_B(sealed),
                             DB_I(cx->now_ms)};
        return db_exec(cx->db, &SQL_PROCESS_NOTE_INSERT, v, N_ELEMS(v), ret_n);
    }
    struct db_val v[] = {DB_B(sealed),  DB_I(cx->now_ms),      DB_I(cx->practice),
                         DB_ID(client), DB_ID(cx->actor.user), DB_I(version)};
    return db_exec(cx->db, &SQL_PROCESS_NOTE_UPDATE, v, N_ELEMS(v), ret_n);
}

enum rc process_note_save(struct cx *cx, struct id client, struct process_note *n)
{
    struct client_keys keys;
    const struct cap *cap;
    struct bytes sealed;
    int64_t n_changed = 0;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(authorize(cx, ACT_PRIVATE, client, PURPOSE_CARE, &cap));
    TRY(client_keys_load(cx, cap, &keys));
    TRY(record_seal(cx, &process_note_type, SEAL_PRIVATE, client, keys.wrapped[SEAL_CLINICAL],
                    cx->actor.user, n->version + 1, n, &sealed));
    enum rc rc = store(cx, client, n->version, sealed, &n_changed);
    if (rc == RC_CONFLICT || (rc == RC_OK && n_changed == 0))
        return refuse(cx, RC_CONFLICT, "version",
                      N_("These notes were changed on another device."));
    TRY(rc);
    TRY(audit_change_about(cx, client, "process_note", client, "change", NULL));
    TRY(db_commit(&tx));
    n->version++;
    return RC_OK;
}
